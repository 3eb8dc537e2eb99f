// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where messages and waiters meet: a new message finds the receiver that waits
 * for it, new room finds the sender that waits for it, and a message that a
 * receiver could not have finds its way back.
 *
 * Locks: everything here runs under the queue's lock.
 */
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/sched/signal.h>

#include "deliver.h"
#include "message.h"
#include "ns.h"
#include "queue.h"
#include "wait.h"
#include "watch.h"

static struct msgq_waiter *earlier(struct msgq_waiter *waiter,
				   struct msgq_node *node)
{
	if (!node || (waiter && waiter->node.arrival < node->arrival))
		return waiter;
	return container_of(node, struct msgq_waiter, node);
}

/* The receiver that has waited longest among those whose rule a type meets. */
static struct msgq_waiter *match_receiver(struct msgq_queue *queue, s64 type)
{
	struct msgq_waiter *waiter = NULL;

	waiter = earlier(waiter, msgq_index_earliest(&queue->equal, type,
						     MSGQ_KEYS_AT));
	waiter = earlier(waiter, msgq_index_earliest(&queue->except, type,
						     MSGQ_KEYS_BELOW |
						     MSGQ_KEYS_ABOVE));
	waiter = earlier(waiter, msgq_index_earliest(&queue->up_to, type,
						     MSGQ_KEYS_AT |
						     MSGQ_KEYS_ABOVE));
	return waiter;
}

static inline bool receivers_wait(const struct msgq_queue *queue)
{
	return unlikely(queue->equal.count | queue->except.count |
			queue->up_to.count);
}

/*
 * The receiver that a message goes to.  Those before it whose buffers are too
 * small learn it on the way.
 */
static struct msgq_waiter *find_receiver(struct msgq_queue *queue,
					 struct msgq_msg *msg)
{
	struct msgq_waiter *waiter;

	while ((waiter = match_receiver(queue, msg->node.key))) {
		if (waiter->room >= msg->size)
			break;
		msgq_wait_end(queue, waiter, -E2BIG);
	}
	return waiter;
}

/*
 * The namespace counts the message.  What is claimed stays on the queue; what
 * is not counts no more.
 */
static void hand_over(struct msgq_queue *queue, struct msgq_waiter *waiter,
		      struct msgq_msg *msg)
{
	bool listed = !list_empty(&msg->all);

	if (waiter->claims && !listed)
		msgq_queue_link(queue, msg);
	else if (!waiter->claims && listed)
		msgq_queue_leave(queue, msg);
	else if (!listed)
		atomic_long_dec(&queue->ns->messages);

	msg->out = true;
	waiter->msg = msg;
	msgq_queue_received(queue, task_tgid(waiter->task));
	msgq_wait_end(queue, waiter, 0);
}

/* Is it a message of a type that can be taken?  It is none of the late. */
static bool shows(const struct msgq_msg *msg, s64 type)
{
	return !msg->out && msg->node.key == type;
}

/*
 * The message before or behind one on the list that is its neighbour in the
 * index, if it is near: what is claimed together returns together.
 *
 * Where none is near, few of the type are on the list, or few of those return
 * that way: all of N return in a number of steps of the order of N * sqrt(N).
 */
static struct msgq_msg *neighbour(struct msgq_queue *queue,
				  const struct msgq_msg *msg)
{
	const struct list_head *before = msg->all.prev;
	const struct list_head *behind = msg->all.next;
	unsigned long i;

	for (i = 0; i * i < queue->qnum; i++) {
		struct msgq_msg *other;

		if (before != &queue->messages) {
			other = list_entry(before, struct msgq_msg, all);
			if (shows(other, msg->node.key))
				return other;
			before = before->prev;
		}
		if (behind != queue->late) {
			other = list_entry(behind, struct msgq_msg, all);
			if (shows(other, msg->node.key))
				return other;
			behind = behind->next;
		}
	}
	return NULL;
}

/* Let a message on the list be seen again. */
static void show(struct msgq_queue *queue, struct msgq_msg *msg)
{
	struct msgq_msg *other = neighbour(queue, msg);

	msg->out = false;
	if (other)
		msgq_index_add_beside(&queue->types, &msg->node, &other->node);
	else
		msgq_index_add(&queue->types, &msg->node);
	if (unlikely(queue->watches))
		msgq_watch_message(queue, msg->node.key);
}

/**
 * msgq_deliver() - accept a message
 * @queue: the queue
 * @msg: a message that never was on a queue, that fits and that the namespace
 *	counts
 *
 * It goes to the receiver that waits for it, or stands on the queue.  In
 * either case it belongs to others when this returns.  The caller notes who
 * sent it, by msgq_queue_sent().
 *
 * Context: the queue's lock.  The caller calls msgq_ns_kick() when it is
 * released.
 */
void msgq_deliver(struct msgq_queue *queue, struct msgq_msg *msg)
{
	struct msgq_waiter *waiter;

	msg->node.arrival = ++queue->sent;
	if (receivers_wait(queue)) {
		waiter = find_receiver(queue, msg);
		if (waiter) {
			hand_over(queue, waiter, msg);
			return;
		}
		queue->typed = true;
	} else if (unlikely(queue->typed) && !queue->qnum) {
		queue->typed = false;
	}

	msgq_queue_append(queue, msg);
	if (unlikely(queue->typed))
		msgq_index_add(&queue->types, &msg->node);
	else if (queue->late == &queue->messages)
		queue->late = &msg->all;
	if (unlikely(queue->watches))
		msgq_watch_message(queue, msg->node.key);
}

static void admit_judged(struct msgq_queue *queue)
{
	while (!msgq_index_empty(&queue->senders)) {
		unsigned long bytes = queue->cbytes + queue->kept_bytes;
		struct msgq_waiter *waiter;
		struct msgq_node *node;
		s64 room;

		if (bytes > queue->qbytes ||
		    queue->qnum + queue->kept_messages + 1 > queue->qbytes)
			return;

		room = min_t(u64, queue->qbytes - bytes, S64_MAX);
		node = msgq_index_earliest(&queue->senders, room,
					   MSGQ_KEYS_BELOW | MSGQ_KEYS_AT);
		if (!node)
			return;

		waiter = container_of(node, struct msgq_waiter, node);
		if (waiter->judged != queue->changes && !waiter->trusted) {
			queue->kept_bytes += waiter->msg->size;
			queue->kept_messages++;
			msgq_wait_end(queue, waiter, -EAGAIN);
			continue;
		}

		if (!msgq_ns_reserve(queue->ns, queue))
			return;
		msgq_queue_sent(queue, task_tgid(waiter->task));
		msgq_deliver(queue, waiter->msg);
		msgq_wait_end(queue, waiter, 0);
	}
}

/**
 * msgq_admit_waiting() - let those have the room that there is who want it
 * @queue: the queue
 *
 * The part of msgq_admit_senders() for when somebody waits or polls.
 *
 * Context: the queue's lock.
 */
void msgq_admit_waiting(struct msgq_queue *queue)
{
	/* Whoever removes it wakes them. */
	if (queue->removed)
		return;

	admit_judged(queue);
	if (queue->watch_room.count)
		msgq_watch_room(queue);
}

/**
 * msgq_put_back() - give back a message that its receiver cannot have
 * @queue: the queue
 * @msg: the message: taken from the queue, or handed over and never on it, or
 *	claimed until now; the queue is not removed
 *
 * It goes to another receiver that waits for it, or stands where it stood,
 * and belongs to others when this returns.
 *
 * Context: the queue's lock.  The caller calls msgq_ns_kick() when it is
 * released.
 */
void msgq_put_back(struct msgq_queue *queue, struct msgq_msg *msg)
{
	struct msgq_waiter *waiter = find_receiver(queue, msg);
	bool counted = !list_empty(&msg->all);

	if (!counted)
		atomic_long_inc(&queue->ns->messages);

	if (waiter) {
		bool stays = waiter->claims;

		hand_over(queue, waiter, msg);
		if (counted && !stays)
			msgq_admit_senders(queue);
		return;
	}

	if (!counted)
		msgq_queue_link(queue, msg);
	show(queue, msg);
}
