// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleeping and waking; the model is described in wait.h.
 *
 * Locks: a waiter is protected by the lock of its set, but for its state.  The
 * waker writes the state without the lock, with release, as its last access to
 * the waiter; the waiting task reads it with acquire.  The task can end at once,
 * so the waker reads its address before, and wakes it inside the same read-side
 * section of RCU.
 */
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "set.h"
#include "wait.h"

/* How many tasks are woken in one read-side section of RCU. */
#define WAKE_LOT	64

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

static void queue_array(struct semset *set, struct semset_waiter *waiter)
{
	struct semset_sem *sem;
	unsigned int i;

	for (i = 0; i < waiter->count; i++) {
		sem = semset_at(set, waiter->ops[i].sem_num);
		waiter->links[i].waiter = waiter;
		list_add_tail(&waiter->links[i].list, &sem->arrays);
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
	waiter->state = SEMSET_WAITING;
	waiter->queued = true;
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

static void complete_all_at(struct semset *set, struct semset_sem *sem,
			    int result, struct list_head *completed)
{
	struct semset_waiter *waiter, *next;
	struct semset_link *link;
	struct msgq_node *node;

	list_for_each_entry_safe(waiter, next, &sem->zero, node.ring)
		semset_wait_complete(set, waiter, result, completed);
	while ((node = msgq_index_lowest(&sem->more))) {
		waiter = container_of(node, struct semset_waiter, node);
		semset_wait_complete(set, waiter, result, completed);
	}
	while (!list_empty(&sem->arrays)) {
		link = list_first_entry(&sem->arrays, struct semset_link, list);
		semset_wait_complete(set, link->waiter, result, completed);
	}
}

/**
 * semset_wait_complete_all() - complete the calls of all waiters
 * @set: the set
 * @result: the result of their calls
 * @completed: where to put them, for semset_wake()
 *
 * Context: the set's lock.
 */
void semset_wait_complete_all(struct semset *set, int result,
			      struct list_head *completed)
{
	unsigned int i;

	lockdep_assert_held(&set->ipc.lock);

	for (i = 0; i < set->count && set->waiting; i++)
		complete_all_at(set, &set->sems[i], result, completed);
}

/* Sleep until the task that has completed the call says so; it does so soon. */
static int wait_completed(struct semset_waiter *waiter)
{
	int state;

	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		/* Pairs with the release in wake_waiter(). */
		state = smp_load_acquire(&waiter->state);
		if (state != SEMSET_WAITING)
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return state;
}

/* Wait no more, unless the call is complete already. */
static int give_up(struct semset *set, struct semset_waiter *waiter, int err)
{
	bool completed;

	spin_lock(&set->ipc.lock);
	completed = !waiter->queued;
	if (!completed)
		unqueue(set, waiter);
	spin_unlock(&set->ipc.lock);
	return completed ? wait_completed(waiter) : err;
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

	/* Pairs with the release in wake_waiter(). */
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

/* The waiter may be gone when this returns. */
static void wake_waiter(struct semset_waiter *waiter)
{
	struct task_struct *task = waiter->task;

	/* Pairs with the acquire in semset_wait() and wait_completed(). */
	smp_store_release(&waiter->state, waiter->result);
	wake_up_process(task);
}

/**
 * semset_wake() - wake the tasks whose calls have been completed
 * @completed: their waiters; the list means nothing afterwards
 *
 * Context: process context, no spinlock held, may sleep.
 */
void semset_wake(struct list_head *completed)
{
	struct semset_waiter *waiter, *next;
	unsigned int woken = 0;

	if (list_empty(completed))
		return;

	rcu_read_lock();
	list_for_each_entry_safe(waiter, next, completed, node.ring) {
		wake_waiter(waiter);
		if (++woken % WAKE_LOT)
			continue;
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
	}
	rcu_read_unlock();
}

/**
 * semset_count_waiting() - count the tasks that wait for a semaphore
 * @set: the set
 * @number: the semaphore
 * @for_zero: those that wait until it is zero, and not those that wait until it
 *	is higher
 *
 * A task with several operations waits for the semaphore of the first that
 * cannot go on.
 *
 * Context: the set's lock.
 * Return: their number.
 */
unsigned int semset_count_waiting(struct semset *set, unsigned int number,
				  bool for_zero)
{
	struct semset_sem *sem = semset_at(set, number);
	unsigned int count = 0;
	struct semset_waiter *waiter;
	struct semset_link *link;

	if (for_zero)
		list_for_each_entry(waiter, &sem->zero, node.ring)
			count++;
	else
		count = sem->more.count;
	list_for_each_entry(link, &sem->arrays, list) {
		waiter = link->waiter;
		if (link == &waiter->links[waiter->blocking] &&
		    for_zero == !waiter->ops[waiter->blocking].sem_op)
			count++;
	}
	return count;
}
