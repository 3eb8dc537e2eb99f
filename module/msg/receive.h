/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receiving.
 *
 * A receiver takes a message: it leaves the index, and no other receiver can
 * choose it.  Then its bytes are copied to the program.  Then the receiver
 * commits, and the message leaves the queue, or undoes, and the message is back
 * at its place.
 *
 * A short text can be copied under the lock, if its room is in memory.  Then
 * the message leaves at once.
 */
#ifndef MSGQ_RECEIVE_H
#define MSGQ_RECEIVE_H

#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/types.h>

#include "deliver.h"
#include "message.h"
#include "queue.h"
#include "rule.h"
#include "trace.h"
#include "wait.h"

struct iov_iter;
struct msgq_rcv;

long msgq_receive(struct msgq_instance *instance, const struct msgq_call *call,
		  const struct msgq_rcv *arg);
long msgq_receive_iter(struct msgq_queue *queue, const struct msgq_call *call,
		       const struct msgq_rule *rule, struct iov_iter *to);

struct msgq_msg *msgq_take_wait(struct msgq_queue *queue,
				const struct msgq_call *call,
				const struct msgq_rule *rule,
				struct msgq_waiter *waiter)
	__releases(&queue->ipc.lock);
void msgq_receive_commit(struct msgq_queue *queue, struct msgq_msg **msgs,
			 unsigned int count, u64 since);
void msgq_receive_undo(struct msgq_queue *queue, struct msgq_msg **msgs,
		       unsigned int count);

/**
 * msgq_trace_received() - report to tracers that a message has arrived
 * @queue: the queue
 * @msg: the message
 * @since: when the wait for it began, or 0
 *
 * Context: any; the message is the caller's, or the queue's lock is held.
 */
static inline void msgq_trace_received(const struct msgq_queue *queue,
				       const struct msgq_msg *msg, u64 since)
{
	/* Fetch the arguments only for a tracer. */
	if (trace_msgq_receive_enabled())
		trace_msgq_receive(queue, msg->node.key, msg->size, since);
}

/**
 * msgq_take_find() - find the message that could be taken
 * @queue: the queue
 * @call: the call
 * @rule: which message
 *
 * Context: the queue's lock.  Others may get it before anything is found.
 * Return: the message, or an error pointer: -EAGAIN when there is none,
 * -EACCES, -EIDRM, -E2BIG.
 */
static inline struct msgq_msg *msgq_take_find(struct msgq_queue *queue,
					      const struct msgq_call *call,
					      const struct msgq_rule *rule)
{
	struct msgq_msg *msg;

	lockdep_assert_held(&queue->ipc.lock);

	do {
		if (!call->perm_checked && !svipc_permits(&queue->ipc, 0444))
			return ERR_PTR(-EACCES);
		if (queue->ipc.removed)
			return ERR_PTR(-EIDRM);

		msg = msgq_store_choose(&queue->store, rule);
		if (!msg && !msgq_queue_index_unlocking(queue, rule))
			return ERR_PTR(-EAGAIN);
	} while (!msg);
	if (msg->size > rule->room && !rule->cuts)
		return ERR_PTR(-E2BIG);
	return msg;
}

/**
 * msgq_take_now() - take a message that is there
 * @queue: the queue
 * @call: the call
 * @rule: which message
 *
 * Context: the queue's lock.
 * Return: the message, to be committed or undone; or an error pointer:
 * -EAGAIN when there is none, -EACCES, -EIDRM, -E2BIG.
 */
static inline struct msgq_msg *msgq_take_now(struct msgq_queue *queue,
					     const struct msgq_call *call,
					     const struct msgq_rule *rule)
{
	struct msgq_msg *msg = msgq_take_find(queue, call, rule);

	lockdep_assert_held(&queue->ipc.lock);

	if (!IS_ERR(msg))
		msgq_store_take(&queue->store, msg);
	return msg;
}

/**
 * msgq_take_left() - messages have left: note it, and let senders go on
 * @queue: the queue
 *
 * The caller calls msgq_quota_wake() when the lock is released.
 *
 * Context: the queue's lock.
 */
static inline void msgq_take_left(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->ipc.lock);

	msgq_queue_received(queue, task_tgid(current));
	msgq_admit_senders(queue);
}

#endif /* MSGQ_RECEIVE_H */
