/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One task that waits for a semaphore set.
 *
 * A waiter is on the stack of the task that waits.  While it is queued, it is
 * found by the semaphores that its operations name: with one operation in the
 * index or the list of this semaphore, with several by a link for each of them.
 *
 * A task that changes a value completes the calls of the waiters that can go on:
 * it does their operations, takes them out and puts them on a list, all under
 * one hold of the set's lock.  Then it takes them off the list one by one, sets
 * their states and wakes them; from then on the waiting task may return and the
 * waiter may be gone.  A single one is woken under the same hold of the lock: it
 * is on its way while the waker still works.  A task that does not want to wait
 * for that, because a signal has come or its time is over, takes itself off the
 * list.
 */
#ifndef SEMSET_WAIT_H
#define SEMSET_WAIT_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/sem.h>
#include <linux/types.h>

#include "util/index.h"

struct pid;
struct semset;
struct semset_undo;
struct semset_waiter;
struct task_struct;

/* The state of a waiter whose call is not complete. */
#define SEMSET_WAITING	1

/**
 * struct semset_link - an operation of a waiter with several operations
 * @list: link in the list of the semaphore that the operation names
 * @waiter: the waiter
 */
struct semset_link {
	struct list_head list;
	struct semset_waiter *waiter;
};

/**
 * struct semset_waiter - a call that operates on a set, and the task that makes
 *	it
 * @node: with one operation, its place in the index or the list of its
 *	semaphore; its arrival; then its place in the list of completed calls
 * @ready: its place among those that can go on, see struct semset_pass
 * @ops: the operations
 * @count: how many
 * @blocking: the operation that cannot go on
 * @alters: it has an operation that changes a value
 * @queued: it waits, and its call is not complete
 * @is_ready: it is among those that can go on
 * @links: with several operations, a link for each
 * @undo: the undo record of the process, if an operation has SEM_UNDO
 * @pid: the process
 * @task: the task
 * @began: when it began to wait, in jiffies
 * @result: the result of the completed call: 0 or an errno
 * @state: SEMSET_WAITING, then @result
 *
 * The set's lock protects all but @state.
 */
struct semset_waiter {
	struct msgq_node node;
	struct msgq_node ready;
	struct sembuf *ops;
	unsigned int count;
	unsigned int blocking;
	bool alters;
	bool queued;
	bool is_ready;
	struct semset_link *links;
	struct semset_undo *undo;
	struct pid *pid;
	struct task_struct *task;
	unsigned long began;
	int result;
	int state;
};

void semset_wait_begin(struct semset *set, struct semset_waiter *waiter);
void semset_wait_complete(struct semset *set, struct semset_waiter *waiter,
			  int result, struct list_head *completed);
void semset_wait_end_all(struct semset *set, int result);
int semset_wait(struct semset *set, struct semset_waiter *waiter,
		ktime_t *deadline);
void semset_wake_single(struct semset *set, struct list_head *completed);
void semset_wake(struct semset *set, struct list_head *completed);

#endif /* SEMSET_WAIT_H */
