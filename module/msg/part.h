/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A part of a batch: the messages that are dealt with under one hold of the
 * queue's lock.
 */
#ifndef MSGQ_PART_H
#define MSGQ_PART_H

#include <msgq.h>

struct msgq_msg;

/* How many messages make a part. */
#define MSGQ_PART	16

/**
 * struct msgq_part - one part, on the stack of its task
 * @entries: the entries of the program, one for each message
 * @msgs: the messages
 * @memory: when they are sent: for so many there is memory, made or not
 * @count: how many messages there are
 * @since: when the wait for the first of them began, or 0
 * @err: why there are no more, as an errno
 */
struct msgq_part {
	struct msgq_entry entries[MSGQ_PART];
	struct msgq_msg *msgs[MSGQ_PART];
	unsigned int memory;
	unsigned int count;
	int err;
	u64 since;
};

int msgq_part_get(struct msgq_part *part, const struct msgq_entry __user *from,
		  unsigned int count);

#endif /* MSGQ_PART_H */
