/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_SEND_H
#define MSGQ_SEND_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/types.h>

#include "deliver.h"
#include "instance.h"
#include "message.h"
#include "queue.h"
#include "quota.h"
#include "trace.h"
#include "wait.h"

struct iov_iter;
struct msgq_snd;

int msgq_send(struct msgq_instance *instance, const struct msgq_call *call,
	      const struct msgq_snd *arg);
long msgq_send_iter(struct msgq_queue *queue, const struct msgq_call *call,
		    s64 type, struct iov_iter *from);

int msgq_send_when_room(struct msgq_queue *queue, const struct msgq_call *call,
			struct msgq_msg *msg, bool may_wait);

/**
 * msgq_send_reserve() - may a message be sent, and is there room?
 * @queue: the queue
 * @call: the call
 * @size: bytes of text
 *
 * When it succeeds, the instance counts the message.  The caller notes that it
 * was sent, by msgq_queue_sent(), and calls msgq_send_finish(), under the
 * same hold of the lock.
 *
 * Context: the queue's lock.
 * Return: 0; -EAGAIN when there is no room; -EACCES; -EIDRM.
 */
static __always_inline int
msgq_send_reserve(struct msgq_queue *queue, const struct msgq_call *call,
		  size_t size)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (!call->perm_checked && !svipc_permits(&queue->ipc, 0222))
		return -EACCES;
	if (queue->ipc.removed)
		return -EIDRM;
	if (!msgq_queue_fits(queue, size) ||
	    !msgq_quota_reserve(queue))
		return -EAGAIN;
	return 0;
}

/**
 * msgq_send_finish() - send a message for which room was reserved
 * @queue: the queue
 * @msg: a message of the caller's own; it belongs to others afterwards
 * @since: when the wait for room began, or 0
 *
 * The caller calls msgq_quota_wake() when the lock is released.
 *
 * Context: as msgq_deliver().
 */
static __always_inline void msgq_send_finish(struct msgq_queue *queue,
					     struct msgq_msg *msg, u64 since)
{
	lockdep_assert_held(&queue->ipc.lock);

	/* Fetch the arguments only for a tracer. */
	if (trace_msgq_send_enabled())
		trace_msgq_send(queue, msg->node.key, msg->size, since);
	msgq_deliver(queue, msg);
}

#endif /* MSGQ_SEND_H */
