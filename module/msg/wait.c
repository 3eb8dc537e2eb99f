// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleeping and waking; the model is described in wait.h.
 *
 * Locks: a waiter is protected by the lock of its queue, but for its state.
 * The waker writes the state under the lock, with release, as its last access
 * to the waiter; the waiting task reads it with acquire and no lock.  The task
 * can end at once, so the waker reads the task's address before.  It wakes
 * the task while it holds the spinlock, which is a read-side section of RCU,
 * or with a reference to it that it has taken under the lock.
 */
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>

#include "queue.h"
#include "trace.h"
#include "wait.h"

const struct msgq_call msgq_calls_by_id[2] = {
	{
		.interrupted = -ERESTARTNOHAND,
		.deadline = KTIME_MAX,
	},
	{
		.nowait = true,
	},
};

/* Does a tracer ask how long a task waits? */
static bool waits_are_timed(void)
{
	return trace_msgq_send_enabled() || trace_msgq_receive_enabled() ||
	       trace_msgq_claim_enabled() || trace_msgq_wake_enabled();
}

/**
 * msgq_wait_begin() - join the tasks that wait
 * @queue: the queue
 * @waiter: the caller's, its key set; zeroed before the first time
 * @index: the index to join, one of those of @queue's waiters
 *
 * A task that waits again, because it had to try by itself, gets its
 * old place.
 *
 * Context: the queue's lock; the caller holds a reference.
 */
void msgq_wait_begin(struct msgq_queue *queue, struct msgq_waiter *waiter,
		     struct msgq_index *index)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (!waiter->node.arrival) {
		waiter->node.arrival = ++queue->waits;
		waiter->since = waits_are_timed() ? ktime_get_ns() : 0;
		waiter->began = jiffies;
	}
	waiter->task = current;
	waiter->perm_epoch = queue->ipc.perm_epoch;
	waiter->state = MSGQ_WAITING;
	waiter->index = index;
	msgq_index_add(index, &waiter->node);
}

/* Take a waiter out of its index, or off the list that it was moved to. */
static void leave_index(struct msgq_waiter *waiter)
{
	if (waiter->index)
		msgq_index_del(waiter->index, &waiter->node);
	else
		list_del(&waiter->node.ring);
	waiter->index = NULL;
}

/*
 * Stop waiting, because a signal came or the time is over.  The state stays
 * MSGQ_WAITING when another task is about to serve the waiter.
 */
static int give_up_waiting(struct msgq_queue *queue, struct msgq_waiter *waiter,
			   int err)
{
	int state;

	spin_lock(&queue->ipc.lock);
	state = waiter->state;
	if (state == MSGQ_WAITING &&
	    (waiter->index || !list_empty(&waiter->node.ring))) {
		leave_index(waiter);
		trace_msgq_wake(queue, waiter, err);
		state = err;
	}
	spin_unlock(&queue->ipc.lock);
	return state;
}

/* Sleep until the task that serves the waiter is done; it does not sleep. */
static int wait_served(struct msgq_waiter *waiter)
{
	int state;

	for (;;) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		/* Pairs with the release in msgq_wait_end(). */
		state = smp_load_acquire(&waiter->state);
		if (state != MSGQ_WAITING)
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return state;
}

/**
 * msgq_wait() - sleep until served
 * @queue: the queue
 * @waiter: the caller's, after msgq_wait_begin()
 * @call: until when to wait, and what a signal means
 *
 * Context: process context, no lock held; the caller holds a reference to the
 * queue.
 * Return: the waiter's state; or what @call says of a signal, when one came
 * first; or -ETIMEDOUT.  The waiter is in no index then.
 */
int msgq_wait(struct msgq_queue *queue, struct msgq_waiter *waiter,
	      const struct msgq_call *call)
{
	ktime_t deadline = call->deadline;
	ktime_t *until = deadline == KTIME_MAX ? NULL : &deadline;
	bool late = false;
	int state;

	/* Pairs with the release in msgq_wait_end(). */
	while ((state = smp_load_acquire(&waiter->state)) == MSGQ_WAITING) {
		if (late || signal_pending(current)) {
			state = give_up_waiting(queue, waiter,
						signal_pending(current) ?
							call->interrupted :
							-ETIMEDOUT);
			return state == MSGQ_WAITING ? wait_served(waiter) :
						       state;
		}

		set_current_state(TASK_INTERRUPTIBLE);
		/* Pairs with the same release: do not sleep once served. */
		if (smp_load_acquire(&waiter->state) == MSGQ_WAITING &&
		    !signal_pending(current))
			late = !schedule_hrtimeout_range_clock(until, 0,
							       HRTIMER_MODE_ABS,
							       call->clock);
		__set_current_state(TASK_RUNNING);
	}
	return state;
}

/**
 * msgq_wait_serve() - begin to serve a waiter
 * @queue: the queue
 * @waiter: a waiter in an index
 *
 * It leaves the index, and cannot give up any more: the queue's lock may be
 * released before msgq_wait_end().
 *
 * Context: the queue's lock.  The caller does not sleep until msgq_wait_end().
 */
void msgq_wait_serve(struct msgq_queue *queue, struct msgq_waiter *waiter)
{
	lockdep_assert_held(&queue->ipc.lock);

	leave_index(waiter);
	INIT_LIST_HEAD(&waiter->node.ring);
}

/**
 * msgq_wait_end() - serve a waiter
 * @queue: the queue
 * @waiter: a waiter that has not been served; it may be gone afterwards
 * @state: the result of its call
 * @wakeups: where to put the task, with room for it; or NULL to wake it now
 *
 * Context: the queue's lock.
 */
void msgq_wait_end(struct msgq_queue *queue, struct msgq_waiter *waiter,
		   int state, struct msgq_wakeups *wakeups)
{
	struct task_struct *task = waiter->task;

	lockdep_assert_held(&queue->ipc.lock);

	leave_index(waiter);
	trace_msgq_wake(queue, waiter, state);
	if (wakeups)
		wakeups->tasks[wakeups->count++] = get_task_struct(task);
	/* Pairs with the acquire in msgq_wait() and wait_served(). */
	smp_store_release(&waiter->state, state);
	if (!wakeups)
		wake_up_process(task);
}

static void wake_tasks(struct msgq_wakeups *wakeups)
{
	unsigned int i;

	for (i = 0; i < wakeups->count; i++) {
		wake_up_process(wakeups->tasks[i]);
		put_task_struct(wakeups->tasks[i]);
	}
	wakeups->count = 0;
}

/**
 * msgq_wait_wake() - release the queue's lock, wake tasks, and take it again
 * @queue: the queue
 * @wakeups: the tasks; none afterwards
 *
 * The queue may have been removed meanwhile, its permission, room and messages
 * may have changed, and other waiters may have come and gone.
 *
 * Context: the queue's lock; the queue is protected by a reference or RCU.
 */
void msgq_wait_wake(struct msgq_queue *queue, struct msgq_wakeups *wakeups)
	__must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	spin_unlock(&queue->ipc.lock);
	wake_tasks(wakeups);
	spin_lock(&queue->ipc.lock);
}

/* Move all waiters of an index to a list: a step for each. */
static void take_all_waiters(struct msgq_index *index, struct list_head *taken)
{
	struct list_head *last = taken->prev;
	struct msgq_waiter *waiter;

	if (msgq_index_empty(index))
		return;

	msgq_index_drain(index, taken);
	waiter = list_entry(last, struct msgq_waiter, node.ring);
	list_for_each_entry_continue(waiter, taken, node.ring)
		waiter->index = NULL;
}

/**
 * msgq_wait_take_receivers() - take all waiting receivers out of their indexes
 * @queue: the queue
 * @taken: a list, at whose end they are put, for msgq_wait_end_taken()
 *
 * Nothing is handed to them any more.  They can still give up.
 *
 * Context: the queue's lock.
 */
void msgq_wait_take_receivers(struct msgq_queue *queue,
			      struct list_head *taken)
{
	lockdep_assert_held(&queue->ipc.lock);

	take_all_waiters(&queue->waiters.equal, taken);
	take_all_waiters(&queue->waiters.except, taken);
	take_all_waiters(&queue->waiters.up_to, taken);
}

/**
 * msgq_wait_take_senders() - take all waiting senders out of their index
 * @queue: the queue
 * @taken: as for msgq_wait_take_receivers()
 *
 * Context: the queue's lock.
 */
void msgq_wait_take_senders(struct msgq_queue *queue, struct list_head *taken)
{
	lockdep_assert_held(&queue->ipc.lock);

	take_all_waiters(&queue->waiters.room, taken);
}

/**
 * msgq_wait_end_taken() - serve the waiters of a list
 * @queue: the queue; the caller holds a reference
 * @taken: the waiters; empty afterwards
 * @state: the result of their calls
 *
 * Context: process context, no lock held, may sleep.
 */
void msgq_wait_end_taken(struct msgq_queue *queue, struct list_head *taken,
			 int state)
{
	struct msgq_wakeups wakeups;
	bool more;

	/* Waiters leave the list, and none is added. */
	if (list_empty(taken))
		return;

	wakeups.count = 0;
	do {
		spin_lock(&queue->ipc.lock);
		while (!list_empty(taken) && wakeups.count < MSGQ_WAKE_LOT)
			msgq_wait_end(queue,
				      list_first_entry(taken,
						       struct msgq_waiter,
						       node.ring),
				      state, &wakeups);
		more = !list_empty(taken);
		spin_unlock(&queue->ipc.lock);

		wake_tasks(&wakeups);
		if (more)
			cond_resched();
	} while (more);
}
