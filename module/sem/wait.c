// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleeping and waking; the model is described in wait.h.
 *
 * Locks: a waiter is protected by the lock of its set, but for its state.  The
 * waker writes the state under the lock, with release, as its last access to the
 * waiter; the waiting task reads it with acquire and no lock.  The task can end
 * at once, so the waker reads its address before, and wakes it inside the same
 * read-side section of RCU, as the hold of a spinlock is.
 */
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "set.h"
#include "wait.h"

/* How many waiters of a removed set are ended under one hold of its lock. */
#define END_LOT	64

static void queue_single(struct semset *set, struct semset_waiter *waiter)
{
	struct semset_sem *sem = semset_at(set, waiter->ops->sem_num);

	if (waiter->alters) {
		waiter->node.key = -waiter->ops->sem_op;
		msgq_index_add(&sem->more, &waiter->node);
	} else {
		list_add_tail(&waiter->node.ring, &sem->zero);
	}
}

/* An operation that names the semaphore of one before it needs no link. */
static bool is_linked(const struct list_head *entry, const struct list_head *head,
		      const struct semset_waiter *waiter)
{
	return entry != head &&
	       list_entry(entry, struct semset_link, list)->waiter == waiter;
}

static void queue_array(struct semset *set, struct semset_waiter *waiter)
{
	struct list_head *arrays;
	struct semset_link *link;
	unsigned int i;

	for (i = 0; i < waiter->count; i++) {
		arrays = &semset_at(set, waiter->ops[i].sem_num)->arrays;
		link = &waiter->links[i];
		link->waiter = waiter;
		if (is_linked(arrays->prev, arrays, waiter) ||
		    is_linked(arrays->next, arrays, waiter))
			INIT_LIST_HEAD(&link->list);
		else if (waiter->alters)
			list_add_tail(&link->list, arrays);
		else
			list_add(&link->list, arrays);
	}
}

/**
 * semset_wait_begin() - join the tasks that wait
 * @set: the set
 * @waiter: the caller's, whose operations cannot go on
 *
 * Context: the set's lock; the caller holds a reference.
 */
void semset_wait_begin(struct semset *set, struct semset_waiter *waiter)
{
	lockdep_assert_held(&set->ipc.lock);

	waiter->task = current;
	waiter->began = jiffies;
	waiter->state = SEMSET_WAITING;
	waiter->queued = true;
	waiter->is_ready = false;
	waiter->node.arrival = ++set->arrivals;
	set->waiting++;
	if (waiter->count == 1)
		queue_single(set, waiter);
	else
		queue_array(set, waiter);
}

static void unqueue(struct semset *set, struct semset_waiter *waiter)
{
	unsigned int i;

	lockdep_assert_held(&set->ipc.lock);

	if (waiter->count > 1) {
		for (i = 0; i < waiter->count; i++)
			list_del(&waiter->links[i].list);
	} else if (waiter->alters) {
		msgq_index_del(&semset_at(set, waiter->ops->sem_num)->more,
			       &waiter->node);
	} else {
		list_del(&waiter->node.ring);
	}
	set->waiting--;
	waiter->queued = false;
}

/**
 * semset_wait_complete() - complete the call of a waiter
 * @set: the set
 * @waiter: the waiter, queued
 * @result: the result of the call
 * @completed: where to put the waiter, for semset_wake()
 *
 * Context: the set's lock.
 */
void semset_wait_complete(struct semset *set, struct semset_waiter *waiter,
			  int result, struct list_head *completed)
{
	lockdep_assert_held(&set->ipc.lock);

	unqueue(set, waiter);
	waiter->result = result;
	list_add_tail(&waiter->node.ring, completed);
}

/* Any waiter of a semaphore; NULL when there is none. */
static struct semset_waiter *any_waiter(struct semset_sem *sem)
{
	struct semset_waiter *waiter;
	struct msgq_node *node;

	waiter = list_first_entry_or_null(&sem->zero, struct semset_waiter,
					  node.ring);
	if (waiter)
		return waiter;
	node = msgq_index_lowest(&sem->more);
	if (node)
		return container_of(node, struct semset_waiter, node);
	if (list_empty(&sem->arrays))
		return NULL;
	return list_first_entry(&sem->arrays, struct semset_link, list)->waiter;
}

/**
 * semset_wait_end_all() - complete the calls of all waiters of a removed set
 * @set: the set; the caller holds a reference
 * @result: the result of their calls
 *
 * Context: process context, no lock held, may sleep.
 */
void semset_wait_end_all(struct semset *set, int result)
{
	struct semset_waiter *waiter;
	LIST_HEAD(completed);
	unsigned int i = 0, lot;

	do {
		spin_lock(&set->ipc.lock);
		for (lot = 0; lot < END_LOT && i < set->count && set->waiting;
		     lot++) {
			waiter = any_waiter(&set->sems[i]);
			if (waiter)
				semset_wait_complete(set, waiter, result,
						     &completed);
			else
				i++;
		}
		spin_unlock(&set->ipc.lock);
		semset_wake(set, &completed);
		cond_resched();
	} while (lot == END_LOT);
}

/* Wait no more; the call may be complete already. */
static int give_up(struct semset *set, struct semset_waiter *waiter, int err)
{
	int state;

	spin_lock(&set->ipc.lock);
	state = waiter->state;
	if (state == SEMSET_WAITING && waiter->queued) {
		unqueue(set, waiter);
		state = err;
	} else if (state == SEMSET_WAITING) {
		list_del(&waiter->node.ring);
		state = waiter->result;
	}
	spin_unlock(&set->ipc.lock);
	return state;
}

/**
 * semset_wait() - sleep until the call is complete
 * @set: the set
 * @waiter: the caller's, after semset_wait_begin()
 * @deadline: until when to wait, by CLOCK_MONOTONIC; or NULL
 *
 * Context: process context, no lock held; the caller holds a reference to the
 * set.
 * Return: the result of the call; -EAGAIN when the time is over; -EINTR when a
 * signal came.  The waiter is not queued any more.
 */
int semset_wait(struct semset *set, struct semset_waiter *waiter,
		ktime_t *deadline)
{
	bool late = false;
	int state;

	/* Pairs with the release in take_completed(). */
	while ((state = smp_load_acquire(&waiter->state)) == SEMSET_WAITING) {
		if (late)
			return give_up(set, waiter, -EAGAIN);
		if (signal_pending(current))
			return give_up(set, waiter, -EINTR);

		set_current_state(TASK_INTERRUPTIBLE);
		/* Pairs with the same release: do not sleep once complete. */
		if (smp_load_acquire(&waiter->state) == SEMSET_WAITING)
			late = !schedule_hrtimeout_range(deadline,
							 current->timer_slack_ns,
							 HRTIMER_MODE_ABS);
		__set_current_state(TASK_RUNNING);
	}
	return state;
}

/* Take a waiter off the list; its task may return at once.  NULL: all have gone. */
static struct task_struct *take_completed(struct semset *set,
					  struct list_head *completed)
{
	struct semset_waiter *waiter;
	struct task_struct *task;

	lockdep_assert_held(&set->ipc.lock);

	waiter = list_first_entry_or_null(completed, struct semset_waiter,
					  node.ring);
	if (!waiter)
		return NULL;
	list_del(&waiter->node.ring);
	task = waiter->task;
	/* Pairs with the acquire in semset_wait(). */
	smp_store_release(&waiter->state, waiter->result);
	return task;
}

/**
 * semset_wake_single() - wake the task whose call has been completed
 * @set: the set
 * @completed: its waiter; empty afterwards.  If there are none or several, this
 *	does nothing.
 *
 * Context: the set's lock.
 */
void semset_wake_single(struct semset *set, struct list_head *completed)
{
	if (list_is_singular(completed))
		wake_up_process(take_completed(set, completed));
}

/**
 * semset_wake() - wake the tasks whose calls have been completed
 * @set: the set; the caller holds a reference
 * @completed: their waiters; empty afterwards
 *
 * Context: process context, no spinlock held, may sleep.
 */
void semset_wake(struct semset *set, struct list_head *completed)
{
	struct task_struct *task;

	/* Waiters leave the list, and none is added. */
	while (!list_empty(completed)) {
		rcu_read_lock();
		spin_lock(&set->ipc.lock);
		task = take_completed(set, completed);
		spin_unlock(&set->ipc.lock);
		if (task)
			wake_up_process(task);
		rcu_read_unlock();
		cond_resched();
	}
}
