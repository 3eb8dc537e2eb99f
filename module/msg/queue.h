/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One queue, and the tasks that wait at it.
 *
 * Most queues hold at most one message most of the time.  Each queue therefore
 * has memory for one message with a short text, the inline message, which is
 * used whenever it is free.
 *
 * Waiting.  Each queue has indexes of its waiters: one of senders, by size, and
 * three of receivers, by the rule that they choose a message by.  A waiter is
 * on the stack of its task.  A task that satisfies a waiter completes its call
 * on its behalf, under the queue's lock: a sender hands its message to the
 * receiver, and a receiver that made room puts the waiting sender's message on
 * the queue.  The woken task finds its call done.
 *
 * A message that is handed to a waiting receiver was never on the queue and
 * does not count.  If the receiver cannot take it, because its buffer faults or
 * the task is being killed, the message is put on the queue at the place of its
 * number and counts from then on, even above the limits: a message that was
 * accepted is not lost.
 *
 * Descriptors.  A queue has a list of its descriptors.  Polled descriptors
 * are in indexes as waiters are, by the events that they watch for: a message
 * that can be taken wakes the pollers whose rule it meets, and room wakes the
 * pollers for which it is enough.
 *
 * Removal.  A message that a receiver has taken at that moment is the
 * receiver's: its call ends as if the removal had come later.
 *
 * Counts.  Messages are numbered as they are sent, and waiters as they begin to
 * wait: the last number is the count.  received = sent - messages on the queue.
 * When a queue is removed, its counts are added to those of its instance, and
 * messages that receivers still get afterwards are counted there.
 */
#ifndef MSGQ_QUEUE_H
#define MSGQ_QUEUE_H

#include <linux/atomic.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/spinlock.h>
#include <linux/stddef.h>
#include <linux/time64.h>
#include <linux/timekeeping.h>
#include <linux/types.h>

#include <msgq.h>

#include "ipc/object.h"
#include "util/index.h"
#include "instance.h"
#include "message.h"
#include "rule.h"
#include "store.h"

struct pid;
struct svipc_account;

/**
 * struct msgq_queue - one queue
 * @ipc: its names and permission; the lock protects all members below up to the
 *	blank line, and quota_lock of struct msgq_instance nests inside it
 * @temporary: it is removed with its last descriptor
 * @opened: how many descriptors it has
 * @watches: how many watches are in the indexes of @pollers
 * @reserved_messages: number of senders that check their permission again
 * @qbytes: most bytes of text, and most messages, that it may hold
 * @charged_bytes: how many of these its payers pay for: all, up to 32 bits, until
 *	it is removed
 * @reserved_bytes: room that is kept for these senders
 * @claimed: messages that are claimed
 * @sent: the number that was given last to a message
 * @store: the messages
 * @waiters: waiting tasks; senders are in its index for room
 * @pollers: descriptors that are polled
 * @descriptors: all descriptors
 * @lspid: process that sent last, or NULL
 * @lrpid: process that received last, or NULL
 * @stime: time of the last send, seconds since 1970, 0 for none
 * @rtime: time of the last receive, likewise
 * @ctime: time of making or the last IPC_SET, likewise
 * @waits: the number that was given last to a waiter
 * @full: sends that found no room
 * @claims: claims so far
 * @returned: claims that ended with the message back on the queue
 * @message_payers: which of the accounts that the queue is charged to count its
 *	messages, as bits
 * @waits_for: the account whose list @account_waiter may be in, or NULL
 * @account_waiter: link in the list of what waits for an account, under the
 *	lock of the list
 * @quota_waiter: link in the list of queues that wait for msgtql, under the
 *	lock of the list; not used any more once the last reference is gone
 * @rcu: frees it
 * @charged: the queue is charged to its payers, from when it is added to the
 *	tables until it is freed
 * @inline_used: the inline message is in use; set under the lock, cleared when
 *	the message is freed
 * @inline_msg: the inline message, with room for a short text
 *
 * A queue takes 568 bytes on 64 bits, and 576 as the cache aligns it.
 */
struct msgq_queue {
	struct svipc_object ipc;
	bool temporary;
	bool inline_used;
	bool charged;
	unsigned int opened;
	unsigned int watches;
	unsigned int reserved_messages;
	unsigned long qbytes;
	unsigned long reserved_bytes;
	unsigned long claimed;
	u64 sent;
	struct msgq_store store;
	struct msgq_interest waiters;
	struct msgq_interest pollers;
	struct list_head descriptors;
	struct pid *lspid;
	struct pid *lrpid;
	time64_t stime;
	time64_t rtime;
	u64 message_payers;
	time64_t ctime;
	u64 waits;
	u64 full;
	u64 claims;
	u64 returned;
	u32 charged_bytes;
	struct svipc_account *waits_for;

	struct list_head account_waiter;
	union {
		struct list_head quota_waiter;
		struct rcu_head rcu;
	};

	struct msgq_msg inline_msg;
};

/* Like an error pointer, NULL is the same for both. */
static_assert(offsetof(struct msgq_queue, ipc) == 0);

/**
 * msgq_queue_of() - the queue that an object is
 * @object: the object, NULL or an error pointer
 *
 * Return: the queue, or what @object was.
 */
static inline struct msgq_queue *msgq_queue_of(struct svipc_object *object)
{
	return container_of(object, struct msgq_queue, ipc);
}

/**
 * msgq_queue_find() - find a queue by its identifier
 * @instance: the queues that the caller can use
 * @msqid: the identifier
 *
 * Context: RCU.
 * Return: the queue, which may have been removed; or an error pointer as
 * svipc_ids_find().
 */
static inline struct msgq_queue *
msgq_queue_find(struct msgq_instance *instance, int msqid)
{
	return msgq_queue_of(svipc_ids_find(&instance->ids, msqid));
}

/**
 * msgq_instance_of() - the queues among which a queue is
 * @queue: the queue
 *
 * Return: all queues of its instance.
 */
static inline struct msgq_instance *
msgq_instance_of(const struct msgq_queue *queue)
{
	return container_of(queue->ipc.ids, struct msgq_instance, ids);
}

int msgq_queue_init(void);
void msgq_queue_exit(void);
struct msgq_queue *msgq_queue_alloc(struct msgq_instance *instance, s32 key,
				    umode_t mode);
void msgq_queue_put(struct msgq_queue *queue);
void msgq_queue_note(struct pid **noted, struct pid *pid);
void msgq_queue_count(const struct msgq_queue *queue,
		      struct msgq_counts *counts);
bool msgq_queue_index_unlocking(struct msgq_queue *queue,
				const struct msgq_rule *rule);
void msgq_queue_leave_first(struct msgq_queue *queue, struct msgq_msg **msgs,
			    unsigned int count);
int msgq_queue_charge(struct msgq_queue *queue);
bool msgq_queue_charge_bytes(struct msgq_queue *queue, unsigned long qbytes);
void msgq_queue_charge_messages(struct msgq_queue *queue, unsigned int count);
void msgq_queue_uncharge_messages(struct msgq_queue *queue,
				  unsigned int count);

/**
 * msgq_queue_count_messages() - count messages to those who pay for them
 * @queue: the queue
 * @count: how many, whatever the limits are
 *
 * Context: the queue's lock.
 */
static inline void msgq_queue_count_messages(struct msgq_queue *queue,
					     unsigned int count)
{
	lockdep_assert_held(&queue->ipc.lock);

	atomic_long_add(count, &msgq_instance_of(queue)->messages);
	if (unlikely(queue->message_payers))
		msgq_queue_charge_messages(queue, count);
}

/**
 * msgq_queue_uncount_messages() - count messages out again
 * @queue: the queue
 * @count: how many
 *
 * Context: the queue's lock.  The caller calls msgq_quota_wake() when it is
 * released.
 */
static inline void msgq_queue_uncount_messages(struct msgq_queue *queue,
					       unsigned int count)
{
	lockdep_assert_held(&queue->ipc.lock);

	atomic_long_sub(count, &msgq_instance_of(queue)->messages);
	if (unlikely(queue->message_payers))
		msgq_queue_uncharge_messages(queue, count);
}

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
	lockdep_assert_held(&queue->ipc.lock);

	return queue->store.bytes + size <= queue->qbytes &&
	       queue->store.count + 1 <= queue->qbytes;
}

/**
 * msgq_queue_count_removed() - count what a receiver gets, if the queue is removed
 * @queue: the queue
 * @count: messages that it was not counted for until now; negative when they
 *	come back and it was
 *
 * Nothing has to be counted while the queue is there.
 *
 * Context: the queue's lock.
 */
static inline void msgq_queue_count_removed(struct msgq_queue *queue,
					    long count)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (unlikely(queue->ipc.removed))
		atomic64_add(count,
			     &msgq_instance_of(queue)->received_after_removal);
}

/**
 * msgq_queue_sent() - note the last sender, and when
 * @queue: the queue
 * @sender: the sending process
 *
 * Context: the queue's lock.
 */
static inline void msgq_queue_sent(struct msgq_queue *queue, struct pid *sender)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (unlikely(queue->lspid != sender))
		msgq_queue_note(&queue->lspid, sender);
	queue->stime = ktime_get_real_seconds();
}

/**
 * msgq_queue_received() - note the last receiver, and when
 * @queue: the queue
 * @receiver: the receiving process
 *
 * Context: the queue's lock.
 */
static inline void msgq_queue_received(struct msgq_queue *queue,
				       struct pid *receiver)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (unlikely(queue->lrpid != receiver))
		msgq_queue_note(&queue->lrpid, receiver);
	queue->rtime = ktime_get_real_seconds();
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
	lockdep_assert_held(&queue->ipc.lock);

	msgq_store_remove(&queue->store, msg);
	msgq_queue_uncount_messages(queue, 1);
}

/**
 * msgq_queue_leave_chosen() - take a message off the queue that was chosen
 * @queue: the queue
 * @msg: the message that msgq_store_choose() has chosen
 *
 * Context: as msgq_queue_leave(); the lock is held since the message was
 * chosen.
 */
static inline void msgq_queue_leave_chosen(struct msgq_queue *queue,
					   struct msgq_msg *msg)
{
	lockdep_assert_held(&queue->ipc.lock);

	msgq_store_extract(&queue->store, msg);
	msgq_queue_uncount_messages(queue, 1);
}

/**
 * msgq_queue_pop() - take the first message off a removed queue
 * @queue: the queue
 *
 * Context: the queue's lock.
 * Return: the message, which a receiver may have taken; NULL when there is
 * none.
 */
static inline struct msgq_msg *msgq_queue_pop(struct msgq_queue *queue)
{
	struct msgq_msg *msg;

	lockdep_assert_held(&queue->ipc.lock);

	msg = msgq_store_pop(&queue->store);
	if (msg)
		msgq_queue_uncount_messages(queue, 1);
	return msg;
}

#endif /* MSGQ_QUEUE_H */
