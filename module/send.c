// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending a message, waiting for room included.
 *
 * Locks: the message is made before any lock is taken.  The queue is found
 * under RCU and used under its lock; a task that has to wait holds a reference
 * to it.
 */
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "deliver.h"
#include "message.h"
#include "ns.h"
#include "queue.h"
#include "send.h"
#include "wait.h"

/* Make the message.  Answers in the order in which System V looks. */
static struct msgq_msg *message_of(struct msgq_ns *ns,
				   const struct msgq_snd *arg)
{
	const void __user *msgp = u64_to_user_ptr(arg->msgp);
	struct msgq_msg *msg;
	s64 type;
	int err;

	if (arg->msgsz < 0 || arg->msgsz > READ_ONCE(ns->limits.msgmax) ||
	    arg->msqid < 0) {
		err = msgq_user_type(msgp, arg->long_size, &type);
		return ERR_PTR(err ?: -EINVAL);
	}

	msg = msgq_msg_alloc(arg->msgsz);
	if (!msg) {
		err = msgq_user_type(msgp, arg->long_size, &type);
		if (!err)
			err = type < 1 ? -EINVAL : -ENOMEM;
		return ERR_PTR(err);
	}

	err = msgq_msg_fill(msg, msgp, arg->long_size);
	if (err) {
		msgq_msg_free(msg);
		return ERR_PTR(err);
	}
	return msg;
}

/* -EAGAIN: there is no room. */
static int send_now(struct msgq_queue *queue, struct msgq_msg *msg)
{
	if (!msgq_queue_permits(queue, 0222))
		return -EACCES;
	if (queue->removed)
		return -EIDRM;
	if (!msgq_queue_fits(queue, msg->size) || !msgq_ns_reserve(queue))
		return -EAGAIN;

	msgq_deliver(queue, msg, task_tgid(current));
	return 0;
}

static int send_wait(struct msgq_queue *queue, struct msgq_waiter *waiter)
{
	int err;

	do {
		err = msgq_wait(queue, waiter);
		if (err != -EAGAIN)
			return err;

		spin_lock(&queue->lock);
		queue->kept_bytes -= waiter->msg->size;
		queue->kept_messages--;
		err = send_now(queue, waiter->msg);
		if (err == -EAGAIN)
			msgq_wait_begin(queue, waiter, &queue->senders);
		/* Of the room that was kept, this may have left some. */
		msgq_admit_senders(queue);
		spin_unlock(&queue->lock);
	} while (err == -EAGAIN);
	return err;
}

/**
 * msgq_send() - send a message
 * @ns: the caller's namespace
 * @arg: what to send, and where to
 *
 * Context: process context, may sleep.
 * Return: 0; -EFAULT, -EINVAL, -ENOMEM for what cannot be a message; -EINVAL
 * for an unknown identifier; -EACCES; -EAGAIN when it would have to wait and
 * IPC_NOWAIT is set; -EIDRM when the queue was removed; -ERESTARTNOHAND when
 * a signal came while it waited.  On failure nothing was sent.
 */
int msgq_send(struct msgq_ns *ns, const struct msgq_snd *arg)
{
	struct msgq_waiter waiter = {};
	struct msgq_queue *queue;
	struct msgq_msg *msg;
	int err;

	msg = message_of(ns, arg);
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	rcu_read_lock();
	queue = msgq_ns_find(ns, arg->msqid);
	if (IS_ERR(queue)) {
		rcu_read_unlock();
		msgq_msg_free(msg);
		return PTR_ERR(queue);
	}

	spin_lock(&queue->lock);
	err = send_now(queue, msg);
	if (err == -EAGAIN && !(arg->msgflg & IPC_NOWAIT)) {
		refcount_inc(&queue->refs);
		waiter.msg = msg;
		waiter.node.key = msg->size;
		msgq_wait_begin(queue, &waiter, &queue->senders);
		spin_unlock(&queue->lock);
		rcu_read_unlock();

		err = send_wait(queue, &waiter);
		msgq_queue_put(queue);
	} else {
		spin_unlock(&queue->lock);
		rcu_read_unlock();
	}

	if (err)
		msgq_msg_free(msg);
	msgq_ns_kick(ns);
	return err;
}
