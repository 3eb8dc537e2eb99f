/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_SEND_H
#define MSGQ_SEND_H

#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>

#include "deliver.h"
#include "message.h"
#include "ns.h"
#include "queue.h"
#include "trace.h"
#include "wait.h"

struct iov_iter;
struct msgq_snd;

int msgq_send(struct msgq_ns *ns, const struct msgq_snd *arg);
long msgq_send_iter(struct msgq_queue *queue, const struct msgq_call *call,
		    s64 type, struct iov_iter *from);

void msgq_send_begin(struct msgq_queue *queue, const struct msgq_call *call,
		     struct msgq_msg *msg, struct msgq_waiter *waiter);
int msgq_send_wait(struct msgq_queue *queue, const struct msgq_call *call,
		   struct msgq_waiter *waiter);

/**
 * msgq_send_some() - send one of some messages, if there is room
 * @queue: the queue
 * @call: the call
 * @msg: a message of the caller's own; others' when this succeeds
 * @since: when the wait for room began, or 0
 *
 * Before the lock is released, the caller notes that they were sent, by
 * msgq_queue_sent(), and afterwards it calls msgq_ns_kick().
 *
 * Context: the queue's lock.
 * Return: 0; -EAGAIN when there is no room; -EACCES; -EIDRM.
 */
static __always_inline int
msgq_send_some(struct msgq_queue *queue, const struct msgq_call *call,
	       struct msgq_msg *msg, u64 since)
{
	if (!call->trusted && !msgq_queue_permits(queue, 0222))
		return -EACCES;
	if (queue->removed)
		return -EIDRM;
	if (!msgq_queue_fits(queue, msg->size) ||
	    !msgq_ns_reserve(queue->ns, queue))
		return -EAGAIN;

	/* Else nothing is fetched for it. */
	if (trace_msgq_send_enabled())
		trace_msgq_send(queue, msg->node.key, msg->size, since);
	msgq_deliver(queue, msg);
	return 0;
}

#endif /* MSGQ_SEND_H */
