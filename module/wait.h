/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One waiting task.
 *
 * A waiter lies on the stack of the task that waits, and stands in one of the
 * queue's indexes while others may serve it.  Whoever serves it takes it out,
 * under the queue's lock, fills in what it brings, and at last sets @state;
 * from then on the task may return and the waiter be gone.  So a task that
 * finds its state set needs no lock.
 */
#ifndef MSGQ_WAIT_H
#define MSGQ_WAIT_H

#include <linux/ktime.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

#include "index.h"

struct msgq_msg;
struct msgq_queue;
struct msgq_watch;
struct task_struct;

/* The state of a waiter that nobody has served. */
#define MSGQ_WAITING	1

/**
 * struct msgq_call - by what right a call is made, and how it waits
 * @trusted: the right was looked at when the descriptor was opened, and is
 *	not looked at again
 * @nowait: it does not wait
 * @interrupted: what it comes to when a signal ends the wait, as an errno
 * @clock: the clock of the deadline
 * @deadline: when a wait ends at the latest; KTIME_MAX for never
 * @full: what to wake when there is room again, if a write that does not wait,
 *	or a batch, finds none; or NULL
 */
struct msgq_call {
	bool trusted;
	bool nowait;
	int interrupted;
	clockid_t clock;
	ktime_t deadline;
	struct msgq_watch *full;
};

/* The calls of System V: one that waits, and one that does not. */
extern const struct msgq_call msgq_calls_by_id[2];

/**
 * struct msgq_waiter - one waiting task
 * @node: its place among the waiters; it keeps its arrival when it waits again
 * @index: the index that it stands in, or NULL
 * @task: the task
 * @msg: the message that it sends, or that a sender has handed to it
 * @type: the type of the message that it sends; 0 for a receiver
 * @since: when it began to wait, in nanoseconds; 0 when nobody wanted to know
 * @room: a receiver's: most bytes of text that it can take
 * @trusted: its right is not looked at again
 * @claims: a receiver's: it claims the message, which stays on the queue
 * @judged: the queue's number of changes when the task's right was judged
 * @state: MSGQ_WAITING; then 0 when the call is done, -EAGAIN when the task
 *	has to try by itself, or what else the call has come to as an errno
 */
struct msgq_waiter {
	struct msgq_node node;
	struct msgq_index *index;
	struct task_struct *task;
	struct msgq_msg *msg;
	s64 type;
	u64 since;
	size_t room;
	bool trusted;
	bool claims;
	u32 judged;
	int state;
};

void msgq_wait_begin(struct msgq_queue *queue, struct msgq_waiter *waiter,
		     struct msgq_index *index);
int msgq_wait(struct msgq_queue *queue, struct msgq_waiter *waiter,
	      const struct msgq_call *call);
void msgq_wait_end(struct msgq_queue *queue, struct msgq_waiter *waiter,
		   int state);
void msgq_wait_end_receivers(struct msgq_queue *queue, int state);
void msgq_wait_end_senders(struct msgq_queue *queue, int state);

/**
 * msgq_waited() - how long a wait has been
 * @since: when it began, or 0
 *
 * Context: any.
 * Return: nanoseconds; 0 when there was none, or its beginning was not noted.
 */
static inline u64 msgq_waited(u64 since)
{
	return since ? ktime_get_ns() - since : 0;
}

#endif /* MSGQ_WAIT_H */
