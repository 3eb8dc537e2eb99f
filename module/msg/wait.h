/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One waiting task.
 *
 * A waiter is on the stack of the task that waits, and is in one of the
 * queue's indexes while others may serve it.  A task that serves it takes it
 * out of the index, under the queue's lock, fills in the result, and sets
 * @state last; from then on the waiting task may return and the waiter may be
 * gone.  A task that finds its state set needs no lock.
 *
 * A single task is woken under the queue's lock: it is on its way while the
 * waker still works.  Many are not: their states are set under the lock, they
 * are kept in struct msgq_wakeups with a reference to each, and woken once the
 * lock is released, at most MSGQ_WAKE_LOT between two holds of it.
 */
#ifndef MSGQ_WAIT_H
#define MSGQ_WAIT_H

#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/ktime.h>
#include <linux/types.h>

#include "util/index.h"

struct msgq_msg;
struct msgq_queue;
struct msgq_watch;
struct task_struct;

/* The state of a waiter that has not been served. */
#define MSGQ_WAITING	1

/* How many tasks, or polled descriptors, are woken between two holds of a lock. */
#define MSGQ_WAKE_LOT	64

/**
 * struct msgq_wakeups - tasks to wake once the queue's lock is released
 * @count: how many there are
 * @tasks: the tasks, with a reference to each
 */
struct msgq_wakeups {
	unsigned int count;
	struct task_struct *tasks[MSGQ_WAKE_LOT];
};

/**
 * struct msgq_call - how a call checks permission, and how it waits
 * @perm_checked: permission was checked when the descriptor was opened, and is
 *	not checked again
 * @nowait: it does not wait
 * @expired: its deadline was over when it was made; it does not wait then
 * @interrupted: its result when a signal ends the wait, an errno
 * @clock: the clock of the deadline
 * @deadline: when a wait ends at the latest; KTIME_MAX for never
 * @room_watch: the watch that asks for room after a write that does not wait,
 *	or a batch, has found none; or NULL
 */
struct msgq_call {
	bool perm_checked;
	bool nowait;
	bool expired;
	int interrupted;
	clockid_t clock;
	ktime_t deadline;
	struct msgq_watch *room_watch;
};

/**
 * msgq_call_failure() - the errno of a batch that sent or received nothing
 * @call: the call
 * @err: the error, -EAGAIN when the call would have to wait
 * @not_now: the errno for -EAGAIN while the call has time left
 *
 * Return: the errno for the program.
 */
static inline int msgq_call_failure(const struct msgq_call *call, int err,
				    int not_now)
{
	if (err != -EAGAIN)
		return err;
	return call->expired ? -ETIMEDOUT : not_now;
}

/* The calls of System V: one that waits, and one that does not. */
extern const struct msgq_call msgq_calls_by_id[2];

/**
 * msgq_call_by_id() - the kind of a call of System V
 * @msgflg: the flags that the program gave
 *
 * Return: the call.
 */
static inline const struct msgq_call *msgq_call_by_id(int msgflg)
{
	return &msgq_calls_by_id[!!(msgflg & IPC_NOWAIT)];
}

/**
 * struct msgq_waiter - one waiting task
 * @node: its place among the waiters; it keeps its arrival when it waits again
 * @index: the index that it is in, or NULL
 * @task: the task
 * @msg: the message that it sends, or that a sender has handed to it
 * @type: the type of the message that it sends; 0 for a receiver
 * @since: when it began to wait, in nanoseconds; 0 when there was no tracer
 * @began: the same in jiffies, always
 * @room: a receiver's: most bytes of text that it can take
 * @perm_checked: its permission is not checked again
 * @claims: a receiver's: it claims the message, which stays on the queue
 * @perm_epoch: that of the queue when the task's permission was checked
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
	unsigned long began;
	size_t room;
	bool perm_checked;
	bool claims;
	u32 perm_epoch;
	int state;
};

void msgq_wait_begin(struct msgq_queue *queue, struct msgq_waiter *waiter,
		     struct msgq_index *index);
int msgq_wait(struct msgq_queue *queue, struct msgq_waiter *waiter,
	      const struct msgq_call *call);
void msgq_wait_serve(struct msgq_queue *queue, struct msgq_waiter *waiter);
void msgq_wait_end(struct msgq_queue *queue, struct msgq_waiter *waiter,
		   int state, struct msgq_wakeups *wakeups);
void msgq_wait_wake(struct msgq_queue *queue, struct msgq_wakeups *wakeups);
void msgq_wait_take_receivers(struct msgq_queue *queue,
			      struct list_head *taken);
void msgq_wait_take_senders(struct msgq_queue *queue, struct list_head *taken);
void msgq_wait_end_taken(struct msgq_queue *queue, struct list_head *taken,
			 int state);

#endif /* MSGQ_WAIT_H */
