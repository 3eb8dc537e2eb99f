/* SPDX-License-Identifier: MIT */
/*
 * quotas.h - limits of users and of instances
 */
#ifndef QUOTAS_H
#define QUOTAS_H

#include <stdint.h>

#include <msgq.h>

/* The limits and the use of a user, or with a flag of the instance. */
struct msgq_quota quota_of(unsigned int uid, unsigned int flags);

/* Set the limits that have a flag to the same number; -1 with errno. */
int set_quota(unsigned int uid, unsigned int flags, uint64_t most);

#endif /* QUOTAS_H */
