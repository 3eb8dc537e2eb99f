/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What poll(2) waits for.
 *
 * A descriptor has two watches, for messages that meet its rule and for room,
 * each with a wait queue of the kernel's for poll, select, epoll and io_uring.
 * While somebody is in the wait queue the watch stands in an index of the
 * message queue, by what it watches for, so that only those are woken that
 * have a reason to look.
 *
 * A watch for messages stays there: each message that arrives is news, as an
 * edge-triggered poll wants it.  One that turns out to have nobody in its wait
 * queue leaves.  A watch for room is there only while there is not enough, and
 * leaves when it is woken; poll, and a write that does not wait and finds no
 * room, put it there again.
 */
#ifndef MSGQ_WATCH_H
#define MSGQ_WATCH_H

#include <linux/types.h>
#include <linux/wait.h>

#include "index.h"

struct msgq_queue;

/**
 * struct msgq_watch - one watch; all but @wait under the queue's lock
 * @node: its place in the index; nobody asks which came first, so that its
 *	arrival stays 0
 * @index: the index that it stands in, or NULL
 * @wait: those who poll
 */
struct msgq_watch {
	struct msgq_node node;
	struct msgq_index *index;
	wait_queue_head_t wait;
};

void msgq_watch_init(struct msgq_watch *watch);
void msgq_watch_begin(struct msgq_queue *queue, struct msgq_watch *watch,
		      struct msgq_index *index, s64 key);
void msgq_watch_end(struct msgq_queue *queue, struct msgq_watch *watch);
void msgq_watch_message(struct msgq_queue *queue, s64 type);
void msgq_watch_room(struct msgq_queue *queue);

#endif /* MSGQ_WATCH_H */
