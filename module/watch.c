// SPDX-License-Identifier: GPL-2.0-only
/*
 * Waking those who poll; the model is told in watch.h.
 *
 * Locks: everything here runs under the queue's lock.  The lock of a wait
 * queue nests inside it.  Poll enters the wait queue first and looks at the
 * message queue, under its lock, afterwards: so a watch that is seen without
 * anybody in its wait queue is put in the index again by whoever comes.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/poll.h>

#include "ns.h"
#include "queue.h"
#include "watch.h"

/**
 * msgq_watch_init() - set a watch up
 * @watch: the watch
 *
 * Context: any.
 */
void msgq_watch_init(struct msgq_watch *watch)
{
	watch->index = NULL;
	init_waitqueue_head(&watch->wait);
}

/**
 * msgq_watch_begin() - let a watch be woken, if anybody polls
 * @queue: the queue
 * @watch: the watch
 * @index: where it is to stand
 * @key: what it watches for
 *
 * A watch for room that stands there already is woken by the lesser of both.
 *
 * Context: the queue's lock.
 */
void msgq_watch_begin(struct msgq_queue *queue, struct msgq_watch *watch,
		      struct msgq_index *index, s64 key)
{
	/* Whoever polls has entered it before it took the lock. */
	if (!waitqueue_active(&watch->wait) ||
	    (watch->index && watch->node.key <= key))
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
	if (!watch->index)
		return;

	msgq_index_del(watch->index, &watch->node);
	watch->index = NULL;
	queue->watches--;
}

/* Wake the watches for a range of keys. */
static void wake(struct msgq_queue *queue, struct msgq_index *index, s64 from,
		 s64 to, __poll_t events)
{
	struct msgq_node *node, *next;

	for (node = msgq_index_from(index, from); node && node->key <= to;
	     node = next) {
		struct msgq_watch *watch = container_of(node, struct msgq_watch,
							node);

		next = msgq_index_next(node);
		/* Whoever enters it now takes the lock afterwards. */
		if (events & EPOLLOUT || !waitqueue_active(&watch->wait))
			msgq_watch_end(queue, watch);
		wake_up_poll(&watch->wait, events);
	}
}

/**
 * msgq_watch_message() - wake those who watch for messages of a type
 * @queue: the queue
 * @type: the type of a message that can be taken now
 *
 * Context: the queue's lock.
 */
void msgq_watch_message(struct msgq_queue *queue, s64 type)
{
	const __poll_t events = EPOLLIN | EPOLLRDNORM;

	wake(queue, &queue->watch_equal, type, type, events);
	wake(queue, &queue->watch_except, 0, type - 1, events);
	if (type < S64_MAX)
		wake(queue, &queue->watch_except, type + 1, S64_MAX, events);
	wake(queue, &queue->watch_up_to, type, S64_MAX, events);
}

/**
 * msgq_watch_room() - wake those who watch for room, if there is enough
 * @queue: the queue
 *
 * Context: the queue's lock.
 */
void msgq_watch_room(struct msgq_queue *queue)
{
	if (!msgq_queue_fits(queue, 0) || !msgq_ns_has_room(queue))
		return;

	wake(queue, &queue->watch_room, 0,
	     min_t(u64, queue->qbytes - queue->cbytes, S64_MAX),
	     EPOLLOUT | EPOLLWRNORM);
}
