/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events that poll(2) waits for.
 *
 * A descriptor has one wait queue head of the kernel's, for poll, select,
 * epoll, io_uring and AIO, and two watches: one for messages that meet its
 * rule and one for room.  While the head has entries, each watch is in an index
 * of the message queue, by what it watches for, so that only those descriptors
 * are woken that have a reason to look.  A wake-up says for which events it is.
 *
 * A watch for messages stays in its index: each message that arrives is news,
 * as an edge-triggered poll wants it.  It leaves when it turns out that its
 * head has no entry.  A watch for room is in its index only while there is not
 * enough, and leaves when it is woken; poll, and a write that finds no room,
 * put it there again.
 *
 * A descriptor is writable when there is room for so many bytes as it was
 * opened with.  A write of more that found no room makes it ask for as many
 * as that write, or for all that the queue may hold if that is less, so that
 * a program that polls and writes does not spin.  After several such writes it
 * asks for the fewest bytes among them, so that no thread sleeps that could
 * write.  That ends when a write succeeds, and with IPC_SET.
 *
 * At most MSGQ_WAKE_LOT heads are collected under one hold of the queue's
 * lock, and woken once it is released.  A head stays valid for a grace period
 * of RCU after its descriptor has left the queue.
 */
#ifndef MSGQ_WATCH_H
#define MSGQ_WATCH_H

#include <linux/types.h>
#include <linux/wait.h>

#include "util/index.h"
#include "wait.h"

struct msgq_queue;

/**
 * struct msgq_watch - one watch; under the queue's lock, but for @head and
 * @room
 * @node: its place in the index; its arrival is 0, and a marker's is not
 * @index: the index that it is in, or NULL
 * @head: the entries of the pollers of the descriptor; NULL for a marker
 * @room: for room: bytes of text that it asks for at least
 * @refused: for room: the fewest bytes of the writes that found none, or 0
 * @perm_epoch: the queue's number of IPC_SETs then
 */
struct msgq_watch {
	struct msgq_node node;
	struct msgq_index *index;
	wait_queue_head_t *head;
	size_t room;
	size_t refused;
	u32 perm_epoch;
};

/**
 * struct msgq_heads - heads to wake once the queue's lock is released
 * @count: how many there are
 * @heads: the heads
 */
struct msgq_heads {
	unsigned int count;
	wait_queue_head_t *heads[MSGQ_WAKE_LOT];
};

void msgq_watch_init(struct msgq_watch *watch, wait_queue_head_t *head,
		     size_t room);
void msgq_watch_begin(struct msgq_queue *queue, struct msgq_watch *watch,
		      struct msgq_index *index, s64 key);
void msgq_watch_end(struct msgq_queue *queue, struct msgq_watch *watch);
bool msgq_watch_find_room(struct msgq_queue *queue, struct msgq_watch *watch);
void msgq_watch_refused(struct msgq_queue *queue, struct msgq_watch *watch,
			size_t size);
void msgq_watch_accepted(struct msgq_queue *queue, struct msgq_watch *watch);
void msgq_watch_message(struct msgq_queue *queue, s64 type);
void msgq_watch_room(struct msgq_queue *queue);
void msgq_watch_room_anew(struct msgq_queue *queue);
void msgq_heads_wake(struct msgq_queue *queue, struct msgq_heads *heads,
		     __poll_t events);

#endif /* MSGQ_WATCH_H */
