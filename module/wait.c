// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleeping and waking; the model is told in wait.h.
 *
 * Locks: a waiter is protected by the lock of its queue, but for its state.
 * That is written under the lock by the waker, with release, as the last
 * thing that it does to the waiter, and read by the task with acquire and no
 * lock.  The task itself can end right then, so the waker has read the task's
 * address before, and holds the spinlock, which is a read-side section of
 * RCU, until it has woken it.
 */
#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>

#include "queue.h"
#include "trace.h"
#include "wait.h"

/* How many tasks are woken in one go. */
#define WAKE_BATCH	64

const struct msgq_call msgq_calls_by_id[2] = {
	{
		.interrupted = -ERESTARTNOHAND,
		.deadline = KTIME_MAX,
	},
	{
		.nowait = true,
	},
};

/* Does anybody ask how long somebody waits? */
static bool is_timed(void)
{
	return trace_msgq_send_enabled() || trace_msgq_receive_enabled() ||
	       trace_msgq_claim_enabled() || trace_msgq_wake_enabled();
}

/**
 * msgq_wait_begin() - stand in a wait queue
 * @queue: the queue
 * @waiter: the caller's, its key set; zeroed before the first time
 * @index: the wait queue, one of @queue's
 *
 * A task that waits again, because it was told to try by itself, gets its
 * old place.
 *
 * Context: the queue's lock; the caller holds a reference.
 */
void msgq_wait_begin(struct msgq_queue *queue, struct msgq_waiter *waiter,
		     struct msgq_index *index)
{
	if (!waiter->node.arrival) {
		waiter->node.arrival = ++queue->waits;
		waiter->since = is_timed() ? ktime_get_ns() : 0;
	}
	waiter->task = current;
	waiter->judged = queue->changes;
	waiter->state = MSGQ_WAITING;
	waiter->index = index;
	msgq_index_add(index, &waiter->node);
}

/* Take a waiter from wherever it stands. */
static void leave(struct msgq_waiter *waiter)
{
	if (waiter->index)
		msgq_index_del(waiter->index, &waiter->node);
	else
		list_del(&waiter->node.same);
	waiter->index = NULL;
}

/* A signal came, or the time is over: stop waiting, unless the call is done. */
static int give_up(struct msgq_queue *queue, struct msgq_waiter *waiter,
		   int err)
{
	int state;

	spin_lock(&queue->lock);
	state = waiter->state;
	if (state == MSGQ_WAITING) {
		leave(waiter);
		trace_msgq_wake(queue, waiter, err);
		state = err;
	}
	spin_unlock(&queue->lock);
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
 * first; or -ETIMEDOUT.  The waiter stands nowhere then.
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
		if (signal_pending(current))
			return give_up(queue, waiter, call->interrupted);
		if (late)
			return give_up(queue, waiter, -ETIMEDOUT);

		/* Not asleep, not even in name, once it has been served. */
		set_current_state(TASK_INTERRUPTIBLE);
		/* And so does this. */
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
 * msgq_wait_end() - serve a waiter
 * @queue: the queue
 * @waiter: a waiter that stands in a wait queue; it may be gone afterwards
 * @state: what its call has come to
 *
 * Context: the queue's lock.
 */
void msgq_wait_end(struct msgq_queue *queue, struct msgq_waiter *waiter,
		   int state)
{
	struct task_struct *task = waiter->task;

	leave(waiter);
	trace_msgq_wake(queue, waiter, state);
	/* Pairs with the acquire in msgq_wait(). */
	smp_store_release(&waiter->state, state);
	wake_up_process(task);
}

/* Take all out of a wait queue, in order of arrival. */
static void take_all(struct msgq_index *index, struct list_head *taken)
{
	struct msgq_waiter *waiter;
	struct msgq_node *node;

	while ((node = msgq_index_earliest(index, 0, MSGQ_KEYS_BELOW |
						     MSGQ_KEYS_AT |
						     MSGQ_KEYS_ABOVE))) {
		waiter = container_of(node, struct msgq_waiter, node);
		leave(waiter);
		list_add_tail(&node->same, taken);
	}
}

/* Wake them some at a time: a great many must not hold the processor. */
static void end_taken(struct msgq_queue *queue, struct list_head *taken,
		      int state)
{
	struct msgq_waiter *waiter;
	unsigned int i;

	for (i = 1; !list_empty(taken); i++) {
		waiter = list_first_entry(taken, struct msgq_waiter, node.same);
		msgq_wait_end(queue, waiter, state);
		if (i % WAKE_BATCH)
			continue;
		spin_unlock(&queue->lock);
		cond_resched();
		spin_lock(&queue->lock);
	}
}

/**
 * msgq_wait_end_receivers() - serve all receivers that wait
 * @queue: the queue; the caller holds a reference
 * @state: what their calls have come to
 *
 * They are taken out at once, and then woken, those of each wait queue in
 * order of arrival.
 *
 * Context: process context, no lock held, may sleep.
 */
void msgq_wait_end_receivers(struct msgq_queue *queue, int state)
{
	LIST_HEAD(taken);

	spin_lock(&queue->lock);
	take_all(&queue->equal, &taken);
	take_all(&queue->except, &taken);
	take_all(&queue->up_to, &taken);
	end_taken(queue, &taken, state);
	spin_unlock(&queue->lock);
}

/**
 * msgq_wait_end_senders() - serve all senders that wait
 * @queue: the queue; the caller holds a reference
 * @state: what their calls have come to
 *
 * As msgq_wait_end_receivers().
 *
 * Context: process context, no lock held, may sleep.
 */
void msgq_wait_end_senders(struct msgq_queue *queue, int state)
{
	LIST_HEAD(taken);

	spin_lock(&queue->lock);
	take_all(&queue->senders, &taken);
	end_taken(queue, &taken, state);
	spin_unlock(&queue->lock);
}
