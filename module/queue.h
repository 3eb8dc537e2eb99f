/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One queue, and those who wait at it.
 *
 * Messages.  All messages stand on one list in order of arrival, numbered as
 * they arrive.  Beside the list they stand in an index by type; but for the
 * late ones, the last on the list from some point on.  These enter it once a
 * receiver wants to choose among them, and from then on each as it arrives,
 * until the queue has been empty: who takes messages as they come needs no
 * index.  While a receiver waits, no message is late.  A receiver that
 * takes a message takes it out of the index only: while its bytes are on
 * their way to the program the message keeps its place on the list and still
 * counts.  When the bytes have arrived it leaves the list; when they could
 * not be written it goes back to the index.
 *
 * Most queues hold one message at most, most of the time.  So each has memory
 * for one with a short text, the message of its own, which is used whenever
 * it is free.
 *
 * Waiting.  Each queue has wait queues of its own: one of senders, by size,
 * and three of receivers, by the rule that they want a message by.  A waiter
 * lies on the stack of its task.  Whoever brings about what a waiter waits for
 * does the rest for it, under the queue's lock: a sender hands its message to
 * the receiver, a receiver that made room puts the waiting sender's message
 * on the queue.  The woken task finds its call done.
 *
 * A message handed to a waiting receiver never stood on the queue and does not
 * count.  If the receiver cannot have it, because its buffer faults or it is
 * being killed, the message is put where it belongs by its number and counts
 * from then on, even above the limits: what was accepted is not lost.
 *
 * Descriptors.  A queue that is opened knows its descriptors.  Those that are
 * polled stand in indexes like those who wait, but by what they watch: a
 * message that can be taken wakes those whose rule it meets, room wakes those
 * for whom it is enough.
 *
 * Removal.  A message that a receiver has taken at that moment is the
 * receiver's: its call ends as if the removal had come later.
 *
 * Counts.  Messages are numbered as they are sent and waiters as they come to
 * wait, so that the last numbers tell how many there were.  What was sent and
 * is not on the queue has been received.  Once a queue is removed the
 * namespace has its counts, and what receivers then still get is counted
 * there.
 */
#ifndef MSGQ_QUEUE_H
#define MSGQ_QUEUE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include <msgq.h>

#include "index.h"
#include "message.h"
#include "ns.h"

struct pid;

/* Few enough to put them into the index in one go. */
#define MSGQ_INDEX_BATCH	64

/**
 * struct msgq_queue - one queue
 * @lock: protects everything below it; nests inside the lock of the
 *	namespace and outside its quota_lock
 * @removed: it is gone for everyone who does not know it yet
 * @temporary: it is removed with its last descriptor
 * @mode: nine permission bits
 * @changes: number of IPC_SETs so far
 * @opened: how many descriptors it has
 * @uid: owner
 * @gid: owner's group
 * @cuid: creator
 * @cgid: creator's group
 * @watches: how many watches stand in the last four indexes
 * @kept_messages: number of senders who judge their right anew
 * @cbytes: bytes of text on the queue
 * @qnum: messages on the queue
 * @qbytes: most bytes of text, and most messages, that it may hold
 * @kept_bytes: room that is kept for these senders
 * @claimed: messages that are claimed
 * @sent: the number that was given last to a message
 * @messages: all messages in order of arrival
 * @types: the messages that can be taken, by type, but for the late ones
 * @late: the first of the late messages, which can all be taken; @messages
 *	itself when there is none
 * @senders: waiting senders, by size of their message
 * @equal: receivers that wait for one type, by it
 * @except: receivers that wait for any type but one, by it
 * @up_to: receivers that wait for types up to one, by it; up to S64_MAX for
 *	any type at all
 * @watch_equal: descriptors that watch for one type, by it
 * @watch_except: descriptors that watch for any type but one, by it
 * @watch_up_to: descriptors that watch for types up to one, by it
 * @watch_room: descriptors that watch for room, by how much
 * @descriptors: all descriptors
 * @lspid: process that sent last, or NULL
 * @lrpid: process that received last, or NULL
 * @stime: time of the last send, seconds since 1970, 0 for none
 * @rtime: time of the last receive, likewise
 * @ctime: time of making or the last IPC_SET, likewise
 * @waits: the number that was given last to a waiter
 * @full: sends that found no room
 * @claims: claims so far
 * @returned: those of them that ended with the message back on the queue
 * @quota_waiter: link in the list of queues that wait for msgtql, under the
 *	lock of the list; not used any more once the last reference is gone
 * @rcu: frees it
 * @ns: its namespace; constant, like @key and @id
 * @key: its key
 * @id: its identifier
 * @refs: one for standing in the namespace, one for each task that uses the
 *	queue outside RCU and @lock
 * @own_used: the message of its own is in use; set under @lock, cleared when
 *	that is freed
 * @typed: messages are not late any more; under @lock
 * @by_key: its place in the namespace's table of keys, unless IPC_PRIVATE
 * @own: the message of its own, with room for a short text
 *
 * With that room it takes 512 bytes on 64 bits: one more would take 1024.
 */
struct msgq_queue {
	/* All from here to the next gap. */
	spinlock_t lock;
	bool removed;
	bool temporary;
	umode_t mode;
	u32 changes;
	unsigned int opened;
	kuid_t uid;
	kgid_t gid;
	kuid_t cuid;
	kgid_t cgid;
	unsigned int watches;
	unsigned int kept_messages;
	unsigned long cbytes;
	unsigned long qnum;
	unsigned long qbytes;
	unsigned long kept_bytes;
	unsigned long claimed;
	u64 sent;
	struct list_head messages;
	struct msgq_index types;
	struct list_head *late;
	struct msgq_index senders;
	struct msgq_index equal;
	struct msgq_index except;
	struct msgq_index up_to;
	struct msgq_index watch_equal;
	struct msgq_index watch_except;
	struct msgq_index watch_up_to;
	struct msgq_index watch_room;
	struct list_head descriptors;
	struct pid *lspid;
	struct pid *lrpid;
	time64_t stime;
	time64_t rtime;
	time64_t ctime;
	u64 waits;
	u64 full;
	u64 claims;
	u64 returned;

	union {
		struct list_head quota_waiter;
		struct rcu_head rcu;
	};

	struct msgq_ns *ns;
	s32 key;
	int id;
	refcount_t refs;
	bool own_used;
	bool typed;
	struct rhash_head by_key;

	struct msgq_msg own;
};

int msgq_queue_init(void);
void msgq_queue_exit(void);
struct msgq_queue *msgq_queue_alloc(struct msgq_ns *ns, s32 key, umode_t mode);
void msgq_queue_put(struct msgq_queue *queue);
bool msgq_queue_permits(struct msgq_queue *queue, int flags);
bool msgq_queue_owned(struct msgq_queue *queue);
void msgq_queue_note(struct pid **noted, struct pid *pid);
void msgq_queue_count(const struct msgq_queue *queue,
		      struct msgq_counts *counts);
bool msgq_queue_index(struct msgq_queue *queue);
void msgq_queue_leave_first(struct msgq_queue *queue, struct msgq_msg **msgs,
			    unsigned int count);
void msgq_queue_link(struct msgq_queue *queue, struct msgq_msg *msg);

/**
 * msgq_queue_fits() - is there room on the queue itself?
 * @queue: the queue
 * @size: bytes of text of the message that would enter
 *
 * Context: the queue's lock.
 * Return: true when neither bytes nor messages would exceed qbytes.
 */
static inline bool msgq_queue_fits(const struct msgq_queue *queue, size_t size)
{
	return queue->cbytes + size <= queue->qbytes &&
	       queue->qnum + 1 <= queue->qbytes;
}

/**
 * msgq_queue_late() - count what a receiver gets, if the queue is removed
 * @queue: the queue
 * @count: messages that it was not counted for until now; negative when they
 *	come back and it was
 *
 * Nothing has to be counted while the queue is there.
 *
 * Context: the queue's lock.
 */
static inline void msgq_queue_late(struct msgq_queue *queue, long count)
{
	lockdep_assert_held(&queue->lock);

	if (unlikely(queue->removed))
		atomic64_add(count, &queue->ns->late);
}

/**
 * msgq_queue_sent() - note who sent last, and when
 * @queue: the queue
 * @sender: the sending process
 *
 * Context: the queue's lock.
 */
static inline void msgq_queue_sent(struct msgq_queue *queue, struct pid *sender)
{
	lockdep_assert_held(&queue->lock);

	if (unlikely(queue->lspid != sender))
		msgq_queue_note(&queue->lspid, sender);
	queue->stime = ktime_get_real_seconds();
}

/**
 * msgq_queue_received() - note who received last, and when
 * @queue: the queue
 * @receiver: the receiving process
 *
 * Context: the queue's lock.
 */
static inline void msgq_queue_received(struct msgq_queue *queue,
				       struct pid *receiver)
{
	lockdep_assert_held(&queue->lock);

	if (unlikely(queue->lrpid != receiver))
		msgq_queue_note(&queue->lrpid, receiver);
	queue->rtime = ktime_get_real_seconds();
}

/**
 * msgq_queue_append() - put a message on the list of a queue, as the last
 * @queue: the queue
 * @msg: a message on no queue that the namespace counts already
 *
 * It counts from now on.
 *
 * Context: the queue's lock.
 */
static inline void msgq_queue_append(struct msgq_queue *queue,
				     struct msgq_msg *msg)
{
	lockdep_assert_held(&queue->lock);

	list_add_tail(&msg->all, &queue->messages);
	/* Totals are read without the lock. */
	WRITE_ONCE(queue->cbytes, queue->cbytes + msg->size);
	queue->qnum++;
}

/**
 * msgq_queue_unindex() - take a message out of the index
 * @queue: the queue
 * @msg: what msgq_rule_choose() chose
 *
 * Context: the queue's lock, held since then.
 */
static inline void msgq_queue_unindex(struct msgq_queue *queue,
				      struct msgq_msg *msg)
{
	lockdep_assert_held(&queue->lock);

	if (queue->late == &msg->all)
		queue->late = msg->all.next;
	else
		msgq_index_del(&queue->types, &msg->node);
}

/**
 * msgq_queue_leave() - take a message off the queue for good
 * @queue: the queue
 * @msg: a message on it that is in no index
 *
 * Context: the queue's lock.  The message belongs to the caller afterwards,
 * who lets waiting senders have the room, and calls msgq_quota_wake() when the
 * lock is released.
 */
static inline void msgq_queue_leave(struct msgq_queue *queue,
				    struct msgq_msg *msg)
{
	lockdep_assert_held(&queue->lock);

	list_del_init(&msg->all);
	WRITE_ONCE(queue->cbytes, queue->cbytes - msg->size);
	queue->qnum--;
	atomic_long_dec(&queue->ns->messages);
}

#endif /* MSGQ_QUEUE_H */
