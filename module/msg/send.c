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
#include <linux/lockdep.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "compat/uio.h"
#include "deliver.h"
#include "instance.h"
#include "message.h"
#include "queue.h"
#include "send.h"
#include "trace.h"
#include "wait.h"
#include "watch.h"

/* Send a message, if there is room.  The lock is released as msgq_deliver(). */
static __always_inline int
send_now(struct msgq_queue *queue, const struct msgq_call *call,
	 struct msgq_msg *msg, u64 since)
{
	int err = msgq_send_reserve(queue, call, msg->size);

	if (err)
		return err;
	msgq_queue_sent(queue, task_tgid(current));
	msgq_send_finish(queue, msg, since);
	return 0;
}

/* Begin to wait for room, under the queue's lock. */
static void begin_to_wait_for_room(struct msgq_queue *queue,
				   const struct msgq_call *call,
				   struct msgq_msg *msg,
				   struct msgq_waiter *waiter)
{
	lockdep_assert_held(&queue->ipc.lock);

	waiter->msg = msg;
	waiter->node.key = msg->size;
	waiter->type = msg->node.key;
	waiter->perm_checked = call->perm_checked;
	msgq_wait_begin(queue, waiter, &queue->waiters.room);
	trace_msgq_wait(queue, waiter, NULL);
}

/*
 * Wait for room, and send; the errnos are those of msgq_send_reserve() and
 * msgq_wait() without -EAGAIN.
 */
static int wait_for_room_and_send(struct msgq_queue *queue,
				  const struct msgq_call *call,
				  struct msgq_waiter *waiter)
{
	int err;

	do {
		err = msgq_wait(queue, waiter, call);
		/* Not the message itself: another task may have received it. */
		if (!err)
			trace_msgq_send(queue, waiter->type, waiter->node.key,
					waiter->since);
		if (err != -EAGAIN)
			return err;

		spin_lock(&queue->ipc.lock);
		queue->reserved_bytes -= waiter->msg->size;
		queue->reserved_messages--;
		err = send_now(queue, call, waiter->msg, waiter->since);
		if (err == -EAGAIN)
			begin_to_wait_for_room(queue, call, waiter->msg,
					       waiter);
		/* Some of the room that was kept may be left. */
		msgq_admit_senders(queue);
		spin_unlock(&queue->ipc.lock);
	} while (err == -EAGAIN);
	return err;
}

/**
 * msgq_send_when_room() - wait for room that a message has not found, and send
 * @queue: the queue; the caller holds a reference
 * @call: the call
 * @msg: the message, for which msgq_send_reserve() returned -EAGAIN; it belongs
 *	to others when this succeeds
 * @may_wait: false to return at once even if @call may wait
 *
 * The caller calls msgq_quota_wake() afterwards.
 *
 * Context: process context; the queue's lock, which is released while the
 * caller waits.
 * Return: 0; -EAGAIN when it does not wait; after a wait an errno as
 * msgq_send_reserve() and msgq_wait() have them.
 */
noinline_for_stack int msgq_send_when_room(struct msgq_queue *queue,
					   const struct msgq_call *call,
					   struct msgq_msg *msg, bool may_wait)
	__must_hold(&queue->ipc.lock)
{
	struct msgq_waiter waiter = {};
	int err;

	lockdep_assert_held(&queue->ipc.lock);

	queue->full++;
	/* Before the wait, which may end without room. */
	if (call->room_watch)
		msgq_watch_refused(queue, call->room_watch, msg->size);
	if (!may_wait || call->nowait)
		return -EAGAIN;

	begin_to_wait_for_room(queue, call, msg, &waiter);
	spin_unlock(&queue->ipc.lock);
	err = wait_for_room_and_send(queue, call, &waiter);
	spin_lock(&queue->ipc.lock);
	return err;
}

/*
 * Send a short text in the message of the queue's own, copied under the lock;
 * false when it has to be done otherwise, and nothing has happened.  The type
 * is read with the text or, with a @long_size of 0, is @type, a valid one.
 */
static __always_inline bool
send_at_once(struct msgq_queue *queue, const struct msgq_call *call, s64 type,
	     const void __user *msgp, size_t size, unsigned int long_size)
{
	struct msgq_msg *msg = &queue->inline_msg;
	bool sent = false;

	/* All that can be known without the lock: others may wait for it. */
	if (size >= MSGQ_AT_ONCE_LIMIT || READ_ONCE(queue->inline_used) ||
	    size > READ_ONCE(msgq_instance_of(queue)->limits.msgmax))
		return false;

	spin_lock(&queue->ipc.lock);
	/* Pairs with the release in msgq_msg_free(). */
	if (smp_load_acquire(&queue->inline_used))
		goto unlock;

	msg->node.key = type;
	if (!msgq_msg_fill_at_once(msg, msgp, size, long_size) ||
	    (long_size && msg->node.key < 1))
		goto unlock;

	INIT_LIST_HEAD(&msg->all);
	msg->size = size;
	msg->deliveries = 0;
	msg->taken = false;
	msg->placing = false;
	/* Before: a receiver that waits for it may free it at any time. */
	WRITE_ONCE(queue->inline_used, true);
	sent = !send_now(queue, call, msg, 0);
	if (!sent)
		WRITE_ONCE(queue->inline_used, false);
unlock:
	spin_unlock(&queue->ipc.lock);
	return sent;
}

static bool sent_by_id_at_once(struct msgq_instance *instance,
			       const struct msgq_call *call,
			       const struct msgq_snd *arg)
{
	struct msgq_queue *queue;
	bool sent;

	if (arg->msqid < 0 || (u64)arg->msgsz >= MSGQ_AT_ONCE_LIMIT)
		return false;

	rcu_read_lock();
	queue = msgq_queue_find(instance, arg->msqid);
	sent = !IS_ERR(queue) &&
	       send_at_once(queue, call, 0, u64_to_user_ptr(arg->msgp),
			    arg->msgsz, arg->long_size);
	rcu_read_unlock();
	if (sent)
		msgq_quota_wake(instance);
	return sent;
}

/**
 * msgq_send() - send a message
 * @instance: the caller's instance
 * @call: the call, one of System V
 * @arg: the queue and the message
 *
 * Context: process context, may sleep.
 * Return: 0; -EFAULT, -EINVAL, -ENOMEM for a message that cannot be made;
 * -EINVAL for an unknown identifier; -EACCES; -EAGAIN when it would have to
 * wait and @call does not; -EIDRM when the queue was removed;
 * -ERESTARTNOHAND when a signal came while it waited.  On failure nothing was
 * sent.
 */
int msgq_send(struct msgq_instance *instance, const struct msgq_call *call,
	      const struct msgq_snd *arg)
{
	struct msgq_queue *queue;
	struct msgq_msg *msg;
	int err;

	if (sent_by_id_at_once(instance, call, arg))
		return 0;

	msg = msgq_msg_make_snd(arg, READ_ONCE(instance->limits.msgmax));
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	rcu_read_lock();
	queue = msgq_queue_find(instance, arg->msqid);
	if (IS_ERR(queue)) {
		rcu_read_unlock();
		msgq_msg_free(msg);
		return PTR_ERR(queue);
	}

	spin_lock(&queue->ipc.lock);
	err = send_now(queue, call, msg, 0);
	if (err == -EAGAIN) {
		refcount_inc(&queue->ipc.refs);
		rcu_read_unlock();
		err = msgq_send_when_room(queue, call, msg, true);
		spin_unlock(&queue->ipc.lock);
		msgq_queue_put(queue);
	} else {
		spin_unlock(&queue->ipc.lock);
		rcu_read_unlock();
	}

	if (err)
		msgq_msg_free(msg);
	msgq_quota_wake(instance);
	return err;
}

/* A write has succeeded: what one before it wanted is of no interest now. */
static __always_inline void write_accepted(struct msgq_queue *queue,
					   const struct msgq_call *call)
{
	msgq_quota_wake(msgq_instance_of(queue));
	if (unlikely(READ_ONCE(call->room_watch->refused))) {
		spin_lock(&queue->ipc.lock);
		msgq_watch_accepted(queue, call->room_watch);
		spin_unlock(&queue->ipc.lock);
	}
}

/**
 * msgq_send_iter() - send a message whose text is where a write reads
 * @queue: the queue; the caller holds a reference
 * @call: the call
 * @type: the message's type
 * @from: the text
 *
 * Context: process context, may sleep.
 * Return: the number of bytes of text; -EMSGSIZE when there are more than a
 * message can have; -ENOMEM; -EFAULT; -EAGAIN when it would have to wait;
 * -EIDRM.  On failure nothing was sent.
 */
long msgq_send_iter(struct msgq_queue *queue, const struct msgq_call *call,
		    s64 type, struct iov_iter *from)
{
	size_t size = iov_iter_count(from);
	struct msgq_msg *msg;
	int err;

	if (msgq_iter_is_piece(from) &&
	    send_at_once(queue, call, type, msgq_iter_piece(from), size, 0)) {
		write_accepted(queue, call);
		return size;
	}

	if (size > READ_ONCE(msgq_instance_of(queue)->limits.msgmax))
		return -EMSGSIZE;

	msg = msgq_msg_make_iter(type, from);
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	spin_lock(&queue->ipc.lock);
	err = send_now(queue, call, msg, 0);
	if (err == -EAGAIN)
		err = msgq_send_when_room(queue, call, msg, true);
	spin_unlock(&queue->ipc.lock);
	if (err) {
		msgq_msg_free(msg);
		msgq_quota_wake(msgq_instance_of(queue));
		return err;
	}
	write_accepted(queue, call);
	return size;
}
