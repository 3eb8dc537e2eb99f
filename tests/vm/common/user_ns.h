/* SPDX-License-Identifier: MIT */
/*
 * user_ns.h - a part of a case in a user namespace of its own
 */
#ifndef USER_NS_H
#define USER_NS_H

#include <sys/types.h>

/* Ids 0 to 999 inside are these outside; nothing else is mapped. */
#define OUTSIDE(id)	(100000 + (id))
#define UNMAPPED	1000

/* Run a part in a new user namespace, as its root; the case fails with it. */
void in_user_ns(void (*run)(int msqid), int msqid);

/* A new private queue that another user than its creator owns. */
int queue_owned_by(uid_t uid, gid_t gid, unsigned int mode);

/* The id that represents all ids without mapping. */
int overflow_id(void);

#endif /* USER_NS_H */
