// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waking pollers; the model is described in watch.h.
 *
 * Locks: everything here runs under the queue's lock; functions that wake many
 * release it and take it again.  The lock of a head nests inside it.  Poll
 * enters the head first and looks at the message queue, under its lock,
 * afterwards: so a watch that is seen while its head has no entry is put in the
 * index again by the next poll.
 */
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>

#include "instance.h"
#include "queue.h"
#include "quota.h"
#include "watch.h"

static struct msgq_watch *to_watch(struct msgq_node *node)
{
	return container_of(node, struct msgq_watch, node);
}

/**
 * msgq_watch_init() - set a watch up
 * @watch: the watch
 * @head: the wait queue head to wake; freed, at the earliest, a grace period of
 *	RCU after msgq_watch_end()
 * @room: for a watch for room: bytes of text that it asks for at least
 *
 * Context: any.
 */
void msgq_watch_init(struct msgq_watch *watch, wait_queue_head_t *head,
		     size_t room)
{
	*watch = (struct msgq_watch){ .head = head, .room = room };
}

/**
 * msgq_watch_begin() - let a watch be woken, if its descriptor is polled
 * @queue: the queue
 * @watch: the watch
 * @index: the index that it is to be in
 * @key: the type or size that it watches for, from now on
 *
 * Context: the queue's lock.
 */
void msgq_watch_begin(struct msgq_queue *queue, struct msgq_watch *watch,
		      struct msgq_index *index, s64 key)
{
	lockdep_assert_held(&queue->ipc.lock);

	/* A task that polls has entered it before it took the lock. */
	if (!waitqueue_active(watch->head) ||
	    (watch->index && watch->node.key == key))
		return;

	msgq_watch_end(queue, watch);
	watch->node.key = key;
	watch->index = index;
	msgq_index_add(index, &watch->node);
	queue->watches++;
}

/**
 * msgq_watch_end() - let a watch be woken no more
 * @queue: the queue
 * @watch: the watch
 *
 * Context: the queue's lock.
 */
void msgq_watch_end(struct msgq_queue *queue, struct msgq_watch *watch)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (!watch->index)
		return;

	msgq_index_del(watch->index, &watch->node);
	watch->index = NULL;
	queue->watches--;
}

/* Bytes of text that there has to be room for. */
static size_t room_wanted(const struct msgq_queue *queue,
			  struct msgq_watch *watch)
{
	if (watch->perm_epoch != queue->ipc.perm_epoch)
		watch->refused = 0;
	return max_t(size_t, watch->room,
		     min_t(size_t, watch->refused, queue->qbytes));
}

/**
 * msgq_watch_find_room() - is there the room that a descriptor asks for?
 * @queue: the queue
 * @watch: its watch for room
 *
 * Context: the queue's lock.
 * Return: true; or false, and then the pollers are woken when there is.
 */
bool msgq_watch_find_room(struct msgq_queue *queue, struct msgq_watch *watch)
{
	size_t room = room_wanted(queue, watch);

	lockdep_assert_held(&queue->ipc.lock);

	if (msgq_queue_fits(queue, room) && msgq_quota_has_room(queue))
		return true;

	msgq_watch_begin(queue, watch, &queue->pollers.room, room);
	return false;
}

/**
 * msgq_watch_refused() - a write found no room
 * @queue: the queue
 * @watch: its descriptor's watch for room
 * @size: bytes of text that it was to send
 *
 * Context: the queue's lock.
 */
void msgq_watch_refused(struct msgq_queue *queue, struct msgq_watch *watch,
			size_t size)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (watch->perm_epoch != queue->ipc.perm_epoch || !watch->refused ||
	    watch->refused > size)
		watch->refused = size;
	watch->perm_epoch = queue->ipc.perm_epoch;
	msgq_watch_begin(queue, watch, &queue->pollers.room,
			 room_wanted(queue, watch));
}

/**
 * msgq_watch_accepted() - a write has succeeded after one that found no room
 * @queue: the queue
 * @watch: its descriptor's watch for room
 *
 * Its pollers look again, since it may ask for less room now.
 *
 * Context: the queue's lock.
 */
void msgq_watch_accepted(struct msgq_queue *queue, struct msgq_watch *watch)
{
	lockdep_assert_held(&queue->ipc.lock);

	watch->refused = 0;
	if (!watch->index)
		return;

	msgq_watch_end(queue, watch);
	wake_up_poll(watch->head, EPOLLOUT | EPOLLWRNORM);
}

/**
 * msgq_heads_wake() - release the queue's lock, wake heads, and take it again
 * @queue: the queue
 * @heads: the heads, collected since the lock was taken; none afterwards
 * @events: for which events; 0 for all
 *
 * The queue may have been removed meanwhile, and all else may have changed.
 *
 * Context: the queue's lock; the queue is protected by a reference or RCU.
 */
void msgq_heads_wake(struct msgq_queue *queue, struct msgq_heads *heads,
		     __poll_t events) __must_hold(&queue->ipc.lock)
{
	unsigned int i;

	lockdep_assert_held(&queue->ipc.lock);

	/* It begins before the lock ends, which kept the heads until now. */
	rcu_read_lock();
	spin_unlock(&queue->ipc.lock);
	for (i = 0; i < heads->count; i++) {
		if (events)
			wake_up_poll(heads->heads[i], events);
		else
			wake_up_all(heads->heads[i]);
	}
	heads->count = 0;
	rcu_read_unlock();
	spin_lock(&queue->ipc.lock);
}

/* Wake the rest of the heads; a single one while the lock is held. */
static void wake_remaining_heads(struct msgq_queue *queue,
				 struct msgq_heads *heads, __poll_t events)
	__must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (heads->count == 1)
		wake_up_poll(heads->heads[0], events);
	else if (heads->count)
		msgq_heads_wake(queue, heads, events);
}

/*
 * Wake the watches for messages of a range of keys.  They stay in the index,
 * so a marker tells where to go on when the lock was released.
 */
static noinline_for_stack void wake_watches(struct msgq_queue *queue,
					    struct msgq_index *index, s64 from,
					    s64 to)
	__must_hold(&queue->ipc.lock)
{
	const __poll_t events = EPOLLIN | EPOLLRDNORM;
	unsigned int left = index->count, steps = 0;
	struct msgq_watch marker = {};
	struct msgq_node *node, *next;
	struct msgq_heads heads;

	lockdep_assert_held(&queue->ipc.lock);

	heads.count = 0;
	for (node = msgq_index_from(index, from);
	     node && node->key <= to && left--; node = next) {
		struct msgq_watch *watch = to_watch(node);
		bool pause = ++steps % MSGQ_WAKE_LOT == 0;

		next = msgq_index_next(node);
		if (pause) {
			marker.node.key = node->key;
			marker.node.arrival = node->arrival + 1;
			msgq_index_add_beside(index, &marker.node, node);
		}
		/* The marker of another task has no head. */
		if (watch->head && waitqueue_active(watch->head))
			heads.heads[heads.count++] = watch->head;
		else if (watch->head)
			msgq_watch_end(queue, watch);
		if (pause) {
			msgq_heads_wake(queue, &heads, events);
			next = msgq_index_next(&marker.node);
			msgq_index_del(index, &marker.node);
			if (queue->ipc.removed)
				return;
		}
	}
	wake_remaining_heads(queue, &heads, events);
}

/**
 * msgq_watch_message() - wake pollers that watch for messages of a type
 * @queue: the queue
 * @type: the type of a message that can be taken now
 *
 * Context: the queue's lock, which is released meanwhile when they are many.
 */
void msgq_watch_message(struct msgq_queue *queue, s64 type)
	__must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (queue->pollers.equal.count)
		wake_watches(queue, &queue->pollers.equal, type, type);
	if (queue->pollers.except.count)
		wake_watches(queue, &queue->pollers.except, 0, type - 1);
	if (queue->pollers.except.count && type < S64_MAX)
		wake_watches(queue, &queue->pollers.except, type + 1, S64_MAX);
	if (queue->pollers.up_to.count)
		wake_watches(queue, &queue->pollers.up_to, type, S64_MAX);
}

/* Wake the watches for room, those for the least first, while there is enough. */
static noinline_for_stack void wake_room_watches(struct msgq_queue *queue,
						 bool all)
	__must_hold(&queue->ipc.lock)
{
	const __poll_t events = EPOLLOUT | EPOLLWRNORM;
	unsigned int left = queue->pollers.room.count;
	struct msgq_heads heads;
	struct msgq_node *node;

	lockdep_assert_held(&queue->ipc.lock);

	heads.count = 0;
	while (left-- && (node = msgq_index_lowest(&queue->pollers.room))) {
		if (!all && (!msgq_queue_fits(queue, node->key) ||
			     !msgq_quota_has_room(queue)))
			break;

		msgq_watch_end(queue, to_watch(node));
		heads.heads[heads.count++] = to_watch(node)->head;
		if (heads.count < MSGQ_WAKE_LOT)
			continue;
		msgq_heads_wake(queue, &heads, events);
		if (queue->ipc.removed)
			return;
	}
	wake_remaining_heads(queue, &heads, events);
}

/**
 * msgq_watch_room() - wake pollers that watch for room, if there is enough
 * @queue: the queue
 *
 * Context: the queue's lock, which is released meanwhile when they are many.
 */
void msgq_watch_room(struct msgq_queue *queue) __must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	wake_room_watches(queue, false);
}

/**
 * msgq_watch_room_anew() - let pollers that watch for room look again
 * @queue: the queue, whose bound has changed
 *
 * Context: the queue's lock, which is released meanwhile when they are many.
 */
void msgq_watch_room_anew(struct msgq_queue *queue)
	__must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	wake_room_watches(queue, true);
}
