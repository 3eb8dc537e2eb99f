/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue as a descriptor.
 *
 * MSGQ_IOC_OPEN makes a file of its own for a queue, with a rule for reading
 * and a type for writing.  Rights are looked at then and never again: a process
 * that has the file has the permission.  The file holds a reference to the
 * queue, and outlives its removal; then it says so.
 */
#ifndef MSGQ_DESCRIPTOR_H
#define MSGQ_DESCRIPTOR_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "claim.h"
#include "rule.h"
#include "wait.h"
#include "watch.h"

struct file;
struct msgq_instance;
struct msgq_open;
struct msgq_queue;

/**
 * struct msgq_descriptor - one opening of a queue
 * @queue: the queue; constant once it is attached, like the next six
 * @file: the file
 * @writes: whether it was opened for writing
 * @reads: whether it was opened for reading
 * @rule: the messages that reading takes; its room is that of each read
 * @type: the type that writing gives
 * @calls: how a read or a write is made: one that waits, and one that does not
 * @polled: the entries of its pollers
 * @readable: wakes them when there are messages
 * @writable: wakes them when there is room
 * @all: its place among all descriptors of the queue, under the queue's lock
 * @claims: the claims made by it
 * @rcu: frees it
 */
struct msgq_descriptor {
	struct msgq_queue *queue;
	struct file *file;
	bool reads;
	bool writes;
	struct msgq_rule rule;
	s64 type;
	struct msgq_call calls[2];
	wait_queue_head_t polled;
	struct msgq_watch readable;
	struct msgq_watch writable;
	struct list_head all;
	struct msgq_claims claims;
	struct rcu_head rcu;
};

long msgq_open(struct msgq_instance *instance, const struct msgq_open *arg);

#endif /* MSGQ_DESCRIPTOR_H */
