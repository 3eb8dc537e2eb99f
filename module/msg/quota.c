// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting messages against msgtql; the model is described in quota.h.
 *
 * Locks: instance->quota_lock, the innermost lock, protects the list of queues
 * that wait.  The count is atomic.
 */
#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include <asm/barrier.h>

#include "instance.h"
#include "queue.h"
#include "quota.h"

static bool count_message(struct msgq_instance *instance)
{
	long most = READ_ONCE(instance->limits.msgtql);
	long messages = atomic_long_read(&instance->messages);

	do {
		if (messages >= most)
			return false;
	} while (!atomic_long_try_cmpxchg(&instance->messages, &messages,
					  messages + 1));
	return true;
}

/* Have the queue tried again once a message leaves, or the limit is raised. */
static void add_quota_waiter(struct msgq_queue *queue)
{
	struct msgq_instance *instance = msgq_instance_of(queue);

	lockdep_assert_held(&queue->ipc.lock);

	spin_lock(&instance->quota_lock);
	if (list_empty(&queue->quota_waiter) && !queue->ipc.removed) {
		refcount_inc(&queue->ipc.refs);
		list_add_tail(&queue->quota_waiter, &instance->quota_waiters);
	}
	spin_unlock(&instance->quota_lock);

	/* Pairs with the barrier in msgq_quota_wake(), as shown there. */
	smp_mb();
}

/**
 * msgq_quota_reserve_limited() - count one more message, if there is a limit
 * @queue: the queue that the message is for
 *
 * The part of msgq_quota_reserve() for when msgtql is set.
 *
 * Context: the queue's lock.
 * Return: true when it is counted.
 */
bool msgq_quota_reserve_limited(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (likely(count_message(msgq_instance_of(queue))))
		return true;

	add_quota_waiter(queue);
	return count_message(msgq_instance_of(queue));
}

/**
 * msgq_quota_allows() - is the count of messages below msgtql?
 * @instance: the instance
 *
 * Context: any.
 * Return: true when one more message is allowed at this moment.
 */
bool msgq_quota_allows(struct msgq_instance *instance)
{
	long most = READ_ONCE(instance->limits.msgtql);

	return most == MSGQ_TQL_NONE ||
	       atomic_long_read(&instance->messages) < most;
}

/**
 * msgq_quota_has_room() - would msgtql allow one more message?
 * @queue: the queue that it would be for
 *
 * Context: the queue's lock.
 * Return: true when it would.  If not, the queue is tried again as after
 * msgq_quota_reserve().
 */
bool msgq_quota_has_room(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (likely(msgq_quota_allows(msgq_instance_of(queue))))
		return true;

	add_quota_waiter(queue);
	return msgq_quota_allows(msgq_instance_of(queue));
}

/**
 * msgq_quota_pop_waiter() - take the first queue off the list of those that wait
 * @instance: the instance
 *
 * Context: process context, no queue's lock held.
 * Return: the queue, with the reference that the list had, or NULL.
 */
struct msgq_queue *msgq_quota_pop_waiter(struct msgq_instance *instance)
{
	struct msgq_queue *queue;

	spin_lock(&instance->quota_lock);
	queue = list_first_entry_or_null(&instance->quota_waiters,
					 struct msgq_queue, quota_waiter);
	if (queue)
		list_del_init(&queue->quota_waiter);
	spin_unlock(&instance->quota_lock);
	return queue;
}

/**
 * msgq_quota_forget() - forget that a queue waits for msgtql
 * @queue: the queue; it is removed
 *
 * Context: process context, no lock held.
 */
void msgq_quota_forget(struct msgq_queue *queue)
{
	struct msgq_instance *instance = msgq_instance_of(queue);
	bool waited;

	spin_lock(&instance->quota_lock);
	waited = !list_empty(&queue->quota_waiter);
	list_del_init(&queue->quota_waiter);
	spin_unlock(&instance->quota_lock);
	if (waited)
		msgq_queue_put(queue);
}
