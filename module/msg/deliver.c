// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where messages and waiters meet: a new message finds the receiver that waits
 * for it, new room finds the sender that waits for it, and a message that a
 * receiver could not have finds its way back.
 *
 * Locks: everything here runs under the queue's lock.  Functions that wake many
 * release it and take it again, so that no task waits for it until all are
 * woken; what may have changed meanwhile is looked at again.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "deliver.h"
#include "instance.h"
#include "message.h"
#include "queue.h"
#include "quota.h"
#include "wait.h"
#include "watch.h"

static struct msgq_waiter *earlier_waiter(struct msgq_waiter *waiter,
					  struct msgq_node *node)
{
	if (!node || (waiter && waiter->node.arrival < node->arrival))
		return waiter;
	return container_of(node, struct msgq_waiter, node);
}

/* The receiver that has waited longest among those whose rule a type meets. */
static struct msgq_waiter *match_receiver(struct msgq_queue *queue, s64 type)
{
	const struct msgq_interest *waiters = &queue->waiters;
	struct msgq_waiter *waiter = NULL;
	struct msgq_node *node;

	lockdep_assert_held(&queue->ipc.lock);

	node = msgq_index_earliest(&waiters->equal, type, MSGQ_KEYS_AT);
	waiter = earlier_waiter(waiter, node);
	node = msgq_index_earliest(&waiters->except, type,
				   MSGQ_KEYS_BELOW | MSGQ_KEYS_ABOVE);
	waiter = earlier_waiter(waiter, node);
	node = msgq_index_earliest(&waiters->up_to, type,
				   MSGQ_KEYS_AT | MSGQ_KEYS_ABOVE);
	return earlier_waiter(waiter, node);
}

static inline bool receivers_wait(const struct msgq_queue *queue)
{
	return unlikely(msgq_interest_in_messages(&queue->waiters));
}

/*
 * Tell receivers whose buffers are too small for a message, and find the one
 * that it goes to behind them; an error pointer when the queue was removed,
 * and the message with it.  The lock is released meanwhile: so the message
 * keeps its place on the queue, but cannot be chosen.
 */
static noinline_for_stack struct msgq_waiter *
turn_receivers_away(struct msgq_queue *queue, struct msgq_msg *msg)
	__must_hold(&queue->ipc.lock)
{
	s64 type = msg->node.key;
	size_t size = msg->size;
	struct msgq_wakeups wakeups;
	struct msgq_waiter *waiter;

	lockdep_assert_held(&queue->ipc.lock);

	if (list_empty(&msg->all))
		msgq_store_insert(&queue->store, msg);
	msg->taken = true;
	msg->placing = true;

	wakeups.count = 0;
	while ((waiter = match_receiver(queue, type)) && waiter->room < size) {
		msgq_wait_end(queue, waiter, -E2BIG, &wakeups);
		if (wakeups.count < MSGQ_WAKE_LOT)
			continue;
		msgq_wait_wake(queue, &wakeups);
		if (queue->ipc.removed)
			return ERR_PTR(-EIDRM);
	}
	if (!wakeups.count)
		return waiter;

	msgq_wait_wake(queue, &wakeups);
	if (queue->ipc.removed)
		return ERR_PTR(-EIDRM);
	return match_receiver(queue, type);
}

/*
 * The receiver that a message goes to, or NULL.  Receivers before it whose
 * buffers are too small end with E2BIG.  An error pointer as
 * turn_receivers_away().
 */
static struct msgq_waiter *find_receiver(struct msgq_queue *queue,
					 struct msgq_msg *msg)
	__must_hold(&queue->ipc.lock)
{
	struct msgq_waiter *waiter = match_receiver(queue, msg->node.key);

	lockdep_assert_held(&queue->ipc.lock);

	while (!IS_ERR_OR_NULL(waiter) && waiter->room < msg->size)
		waiter = turn_receivers_away(queue, msg);
	return waiter;
}

/*
 * The instance counts the message.  A claimed message stays on the queue; a
 * taken one is no longer counted.  True when it leaves room on the queue.
 */
static bool hand_message_over(struct msgq_queue *queue,
			      struct msgq_waiter *waiter, struct msgq_msg *msg)
{
	bool listed = !list_empty(&msg->all);
	bool claims = waiter->claims;

	if (claims && !listed)
		msgq_store_insert(&queue->store, msg);
	else if (!claims && listed)
		msgq_queue_leave(queue, msg);
	else if (!listed)
		msgq_queue_uncount_messages(queue, 1);

	msg->taken = true;
	msg->placing = false;
	waiter->msg = msg;
	msgq_queue_received(queue, task_tgid(waiter->task));
	msgq_wait_end(queue, waiter, 0, NULL);
	return listed && !claims;
}

/* Let a message in the store be chosen, and wake those that poll for it. */
static void make_available(struct msgq_queue *queue, struct msgq_msg *msg)
	__must_hold(&queue->ipc.lock)
{
	s64 type = msg->node.key;

	lockdep_assert_held(&queue->ipc.lock);

	msg->placing = false;
	msgq_store_make_available(&queue->store, msg);
	if (unlikely(queue->watches))
		msgq_watch_message(queue, type);
}

/* The part of place_message() for when receivers wait. */
static noinline bool place_message_beside_receivers(struct msgq_queue *queue,
						    struct msgq_msg *msg)
	__must_hold(&queue->ipc.lock)
{
	struct msgq_waiter *waiter = find_receiver(queue, msg);

	lockdep_assert_held(&queue->ipc.lock);

	if (IS_ERR(waiter))
		return false;
	if (waiter)
		return hand_message_over(queue, waiter, msg);

	if (list_empty(&msg->all))
		msgq_store_append(&queue->store, msg);
	make_available(queue, msg);
	return false;
}

/* As msgq_deliver(); true when a message that stood on the queue has left it. */
static __always_inline bool place_message(struct msgq_queue *queue,
					  struct msgq_msg *msg)
	__must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	msg->node.arrival = ++queue->sent;
	if (receivers_wait(queue))
		return place_message_beside_receivers(queue, msg);

	msgq_store_add(&queue->store, msg);
	if (unlikely(queue->watches))
		msgq_watch_message(queue, msg->node.key);
	return false;
}

/**
 * msgq_deliver() - accept a message
 * @queue: the queue
 * @msg: a message that never was on a queue, that fits and that the instance
 *	counts
 *
 * It goes to the receiver that waits for it, or is added to the queue.  In
 * either case it belongs to others when this returns.  The caller has noted
 * the sender, by msgq_queue_sent().
 *
 * Context: the queue's lock, which is released meanwhile when many are to be
 * woken: the queue may be removed when this returns.  The caller calls
 * msgq_quota_wake() when the lock is released.
 */
void msgq_deliver(struct msgq_queue *queue, struct msgq_msg *msg)
	__must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (unlikely(place_message(queue, msg)))
		msgq_admit_senders(queue);
}

/*
 * Let one sender go on, the one that has waited longest among those whose
 * message fits; false when there is none.
 */
static bool admit_one_sender(struct msgq_queue *queue,
			     struct msgq_wakeups *wakeups)
	__must_hold(&queue->ipc.lock)
{
	unsigned long bytes = queue->store.bytes + queue->reserved_bytes;
	struct msgq_waiter *waiter;
	struct msgq_node *node;
	s64 room;

	lockdep_assert_held(&queue->ipc.lock);

	if (queue->ipc.removed || bytes > queue->qbytes ||
	    queue->store.count + queue->reserved_messages + 1 > queue->qbytes)
		return false;

	room = min_t(u64, queue->qbytes - bytes, S64_MAX);
	node = msgq_index_earliest(&queue->waiters.room, room,
				   MSGQ_KEYS_BELOW | MSGQ_KEYS_AT);
	if (!node)
		return false;

	waiter = container_of(node, struct msgq_waiter, node);
	if (waiter->perm_epoch != queue->ipc.perm_epoch &&
	    !waiter->perm_checked) {
		queue->reserved_bytes += waiter->msg->size;
		queue->reserved_messages++;
		msgq_wait_end(queue, waiter, -EAGAIN, wakeups);
		return true;
	}

	if (!msgq_quota_reserve(queue))
		return false;
	msgq_wait_serve(queue, waiter);
	msgq_queue_sent(queue, task_tgid(waiter->task));
	place_message(queue, waiter->msg);
	msgq_wait_end(queue, waiter, 0, wakeups);
	return true;
}

static noinline_for_stack void admit_many_senders(struct msgq_queue *queue)
	__must_hold(&queue->ipc.lock)
{
	struct msgq_wakeups wakeups;

	lockdep_assert_held(&queue->ipc.lock);

	wakeups.count = 0;
	while (admit_one_sender(queue, &wakeups))
		if (wakeups.count == MSGQ_WAKE_LOT)
			msgq_wait_wake(queue, &wakeups);
	if (wakeups.count)
		msgq_wait_wake(queue, &wakeups);
}

/**
 * msgq_admit_waiting() - let waiting senders and pollers have the room there is
 * @queue: the queue
 *
 * The part of msgq_admit_senders() for when there are any.  One sender is woken
 * under the lock, others are not.
 *
 * Context: as msgq_admit_senders().
 */
void msgq_admit_waiting(struct msgq_queue *queue) __must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	/* The removal wakes them. */
	if (queue->ipc.removed)
		return;

	if (!msgq_index_empty(&queue->waiters.room) &&
	    admit_one_sender(queue, NULL) &&
	    !msgq_index_empty(&queue->waiters.room))
		admit_many_senders(queue);
	if (queue->pollers.room.count && !queue->ipc.removed)
		msgq_watch_room(queue);
}

/**
 * msgq_put_back() - give back a message that its receiver cannot have
 * @queue: the queue
 * @msg: the message: taken from the queue, or handed over and never on it, or
 *	claimed until now; the queue is not removed
 *
 * It goes to another receiver that waits for it, or back to its place, and
 * belongs to others when this returns.
 *
 * Context: the queue's lock, which is released meanwhile when many are to be
 * woken: the queue may be removed when this returns.  The caller calls
 * msgq_quota_wake() when the lock is released.
 */
void msgq_put_back(struct msgq_queue *queue, struct msgq_msg *msg)
	__must_hold(&queue->ipc.lock)
{
	struct msgq_waiter *waiter;

	lockdep_assert_held(&queue->ipc.lock);

	if (list_empty(&msg->all))
		msgq_queue_count_messages(queue, 1);

	waiter = find_receiver(queue, msg);
	if (IS_ERR(waiter))
		return;
	if (waiter) {
		if (hand_message_over(queue, waiter, msg))
			msgq_admit_senders(queue);
		return;
	}

	if (list_empty(&msg->all))
		msgq_store_insert(&queue->store, msg);
	make_available(queue, msg);
}

/**
 * msgq_admit_quota_waiters() - try the queues that wait for msgtql
 * @instance: the instance
 *
 * They are tried in the order in which they came to wait.
 *
 * Context: process context, no queue's lock held.
 */
void msgq_admit_quota_waiters(struct msgq_instance *instance)
{
	struct msgq_queue *queue;

	while (msgq_quota_allows(instance)) {
		queue = msgq_quota_pop_waiter(instance);
		if (!queue)
			return;

		spin_lock(&queue->ipc.lock);
		msgq_admit_senders(queue);
		spin_unlock(&queue->ipc.lock);
		msgq_queue_put(queue);
	}
}

/**
 * msgq_admit_account_waiters() - try the queues that wait for an account
 * @account: the account
 *
 * They are tried in their order, as long as the account allows a message.  One
 * that finds the limit reached again is put at the end.
 *
 * Context: process context, no lock held.
 */
void msgq_admit_account_waiters(struct svipc_account *account)
{
	struct msgq_queue *queue;

	while (svipc_account_allows(account, SVIPC_MESSAGES, 1)) {
		queue = msgq_quota_pop_account_waiter(account);
		if (!queue)
			return;

		spin_lock(&queue->ipc.lock);
		msgq_admit_senders(queue);
		spin_unlock(&queue->ipc.lock);
		msgq_quota_wake(msgq_instance_of(queue));
		msgq_queue_put(queue);
		cond_resched();
	}
}
