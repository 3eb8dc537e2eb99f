// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving a message, waiting for one included; the model is described in
 * receive.h.
 *
 * Locks: the queue is found under RCU; a message is chosen under the queue's
 * lock.  Its bytes are copied to the program under no lock, with a reference
 * to the queue, and then the message leaves for good, or is put back, under
 * the lock again.
 */
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/msg.h>
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
#include "receive.h"
#include "rule.h"
#include "trace.h"
#include "wait.h"

/**
 * msgq_receive_commit() - the bytes have arrived: let the messages leave
 * @queue: the queue
 * @msgs: messages that the caller has taken, or that it was handed
 * @count: how many
 * @since: when the wait for the first of them began, or 0
 *
 * The caller calls msgq_quota_wake() afterwards.
 *
 * Context: process context, no lock held, may sleep.
 */
void msgq_receive_commit(struct msgq_queue *queue, struct msgq_msg **msgs,
			 unsigned int count, u64 since)
{
	unsigned int left = 0;
	unsigned int i;

	spin_lock(&queue->ipc.lock);
	for (i = 0; i < count; i++, since = 0) {
		msgq_trace_received(queue, msgs[i], since);
		/* On no list: it was handed over, or the queue is removed. */
		if (list_empty(&msgs[i]->all))
			continue;
		msgq_queue_leave(queue, msgs[i]);
		left++;
	}
	msgq_queue_count_removed(queue, left);
	if (left)
		msgq_take_left(queue);
	spin_unlock(&queue->ipc.lock);

	msgq_msg_free_many(msgs, count);
}

/**
 * msgq_receive_undo() - the bytes will never arrive: put the messages back
 * @queue: the queue
 * @msgs: messages that the caller has taken, or that it was handed
 * @count: how many
 *
 * The caller calls msgq_quota_wake() afterwards.
 *
 * Context: process context, no lock held, may sleep.
 */
void msgq_receive_undo(struct msgq_queue *queue, struct msgq_msg **msgs,
		       unsigned int count)
{
	unsigned int left = 0;
	unsigned int i;

	spin_lock(&queue->ipc.lock);
	for (i = 0; i < count; i++) {
		if (!queue->ipc.removed) {
			msgq_put_back(queue, msgs[i]);
			continue;
		}
		if (!list_empty(&msgs[i]->all))
			msgq_queue_leave(queue, msgs[i]);
		else
			msgq_queue_count_removed(queue, -1);
		msgs[left++] = msgs[i];
	}
	spin_unlock(&queue->ipc.lock);

	msgq_msg_free_many(msgs, left);
}

/* Begin to wait for a message. */
static void begin_to_wait(struct msgq_queue *queue,
			  const struct msgq_call *call,
			  const struct msgq_rule *rule,
			  struct msgq_waiter *waiter)
{
	lockdep_assert_held(&queue->ipc.lock);

	waiter->node.key = rule->key;
	waiter->room = rule->cuts ? SIZE_MAX : rule->room;
	waiter->perm_checked = call->perm_checked;
	msgq_wait_begin(queue, waiter, msgq_rule_among(rule, &queue->waiters));
	trace_msgq_wait(queue, waiter, rule);
}

/**
 * msgq_take_wait() - wait for a message
 * @queue: the queue; the caller holds a reference
 * @call: the call
 * @rule: which message; msgq_take_find() has found none
 * @waiter: the caller's, cleared but for its claims
 *
 * Context: process context, may sleep.  The queue's lock, which is released.
 * Return: the message, to be committed or undone.  If @waiter has a message, it
 * is this, handed over by a sender; unless it is claimed it is on no queue and
 * counts as received.  Or an error pointer, as msgq_take_now() and msgq_wait()
 * have them, but for -EAGAIN; -EINTR when the caller is being killed.
 */
struct msgq_msg *
msgq_take_wait(struct msgq_queue *queue, const struct msgq_call *call,
	       const struct msgq_rule *rule, struct msgq_waiter *waiter)
	__releases(&queue->ipc.lock)
{
	struct msgq_msg *msg;
	int err;

	lockdep_assert_held(&queue->ipc.lock);

	do {
		begin_to_wait(queue, call, rule, waiter);
		spin_unlock(&queue->ipc.lock);
		err = msgq_wait(queue, waiter, call);
		if (!err)
			goto handed;
		if (err != -EAGAIN)
			return ERR_PTR(err);

		spin_lock(&queue->ipc.lock);
		msg = msgq_take_now(queue, call, rule);
	} while (msg == ERR_PTR(-EAGAIN));
	spin_unlock(&queue->ipc.lock);
	return msg;

handed:
	/* A task that is being killed must not keep a message. */
	if (!fatal_signal_pending(current))
		return waiter->msg;
	msgq_receive_undo(queue, &waiter->msg, 1);
	waiter->msg = NULL;
	msgq_quota_wake(msgq_instance_of(queue));
	return ERR_PTR(-EINTR);
}

/*
 * Where a message goes: to a msgbuf, or where a read writes.
 */
struct destination {
	void __user *msgp;
	unsigned int long_size;
	struct iov_iter *iter;
	size_t room;
};

/*
 * Receive a message that was found with its text copied at once, under the
 * lock; false when it has to be taken first.
 */
static __always_inline bool
receive_message_at_once(struct msgq_queue *queue, struct msgq_msg *msg,
			void __user *msgp, size_t size, unsigned int long_size)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (!msgq_msg_store_at_once(msg, msgp, size, long_size))
		return false;
	msgq_trace_received(queue, msg, 0);
	msgq_queue_leave_chosen(queue, msg);
	msgq_take_left(queue);
	return true;
}

/* Give the caller the message that it has taken, or that it was handed. */
static long copy_to_receiver(struct msgq_queue *queue, struct msgq_msg *msg,
			     const struct destination *to, bool handed,
			     u64 since)
{
	size_t size = min_t(size_t, msg->size, to->room);
	int err;

	if (to->iter)
		err = msgq_msg_store_iter(msg, to->iter, size);
	else
		err = msgq_msg_store(msg, to->msgp, size, to->long_size);

	if (err) {
		msgq_receive_undo(queue, &msg, 1);
	} else if (handed) {
		msgq_trace_received(queue, msg, since);
		msgq_msg_free(msg);
	} else {
		msgq_receive_commit(queue, &msg, 1, since);
	}
	return err ?: size;
}

/* Read a message without taking it. */
static long receive_copy(struct msgq_instance *instance,
			 const struct msgq_rcv *arg)
{
	void __user *msgp = u64_to_user_ptr(arg->msgp);
	const struct msgq_call call = {};
	struct msgq_queue *queue;
	struct msgq_msg *msg, *copy;
	struct msgq_rule rule;
	size_t room;
	long ret;

	if (!(arg->msgflg & IPC_NOWAIT) || arg->msgflg & MSG_EXCEPT)
		return -EINVAL;

	rule = msgq_rule_of(arg->msgtyp, arg->msgflg, arg->msgsz);
	room = min_t(u64, arg->msgsz, READ_ONCE(instance->limits.msgmax));
	/* System V reads the buffer, and so faults before all else. */
	copy = msgq_msg_make(0, msgp, room);
	if (IS_ERR(copy))
		return PTR_ERR(copy);

	queue = msgq_queue_of(svipc_ids_get(&instance->ids, arg->msqid));
	if (IS_ERR(queue)) {
		ret = PTR_ERR(queue);
		goto free;
	}

	ret = 0;
	spin_lock(&queue->ipc.lock);
	msg = msgq_take_find(queue, &call, &rule);
	if (IS_ERR(msg))
		ret = msg == ERR_PTR(-EAGAIN) ? -ENOMSG : PTR_ERR(msg);
	else if (msg->size > room)
		ret = -EINVAL;
	else
		msgq_msg_copy(copy, msg);
	spin_unlock(&queue->ipc.lock);
	msgq_queue_put(queue);
	if (!ret)
		ret = msgq_msg_store(copy, msgp, copy->size, arg->long_size) ?:
		      copy->size;
free:
	msgq_msg_free(copy);
	return ret;
}

/*
 * The rest of a receive: the message was found, or is to be waited for.  The
 * caller holds a reference to the queue.
 */
static noinline long
receive_or_wait(struct msgq_queue *queue, const struct msgq_call *call,
		const struct msgq_rule *rule, const struct destination *to,
		struct msgq_msg *msg) __releases(&queue->ipc.lock)
{
	struct msgq_waiter waiter = {};
	long ret;

	if (msg == ERR_PTR(-EAGAIN) && !call->nowait) {
		msg = msgq_take_wait(queue, call, rule, &waiter);
	} else {
		if (!IS_ERR(msg))
			msgq_store_take(&queue->store, msg);
		spin_unlock(&queue->ipc.lock);
	}
	if (IS_ERR(msg))
		return PTR_ERR(msg);

	ret = copy_to_receiver(queue, msg, to, waiter.msg, waiter.since);
	msgq_quota_wake(msgq_instance_of(queue));
	return ret;
}

/**
 * msgq_receive() - receive a message
 * @instance: the caller's instance
 * @call: the call, one of System V
 * @arg: where from, which one, and where to
 *
 * Context: process context, may sleep.
 * Return: the number of bytes of text received; -EINVAL for arguments that
 * make no sense or an unknown identifier; -EACCES; -E2BIG when the message is
 * larger than the buffer; -ENOMSG when it would have to wait and @call does
 * not; -EIDRM when the queue was removed; -EFAULT when the buffer cannot be
 * written; -ENOMEM under MSG_COPY; -ERESTARTNOHAND when a signal came while it
 * waited.  On failure no message is lost.
 */
long msgq_receive(struct msgq_instance *instance, const struct msgq_call *call,
		  const struct msgq_rcv *arg)
{
	void __user *msgp = u64_to_user_ptr(arg->msgp);
	struct msgq_queue *queue;
	struct destination to;
	struct msgq_rule rule;
	struct msgq_msg *msg;
	long ret;

	if (arg->msqid < 0 || arg->msgsz < 0)
		return -EINVAL;
	if (arg->msgflg & MSG_COPY)
		return receive_copy(instance, arg);

	rule = msgq_rule_of(arg->msgtyp, arg->msgflg, arg->msgsz);
	rcu_read_lock();
	queue = msgq_queue_find(instance, arg->msqid);
	if (IS_ERR(queue)) {
		rcu_read_unlock();
		return PTR_ERR(queue);
	}

	spin_lock(&queue->ipc.lock);
	msg = msgq_take_find(queue, call, &rule);
	if (IS_ERR(msg)) {
		if (msg != ERR_PTR(-EAGAIN) || call->nowait) {
			spin_unlock(&queue->ipc.lock);
			rcu_read_unlock();
			return msg == ERR_PTR(-EAGAIN) ? -ENOMSG : PTR_ERR(msg);
		}
	} else {
		ret = min_t(size_t, msg->size, arg->msgsz);
		/* To free the segments of a long one may sleep. */
		if (!msg->more && receive_message_at_once(queue, msg, msgp, ret,
							  arg->long_size)) {
			spin_unlock(&queue->ipc.lock);
			/* Before the queue may go, whose own it may be. */
			msgq_msg_free(msg);
			rcu_read_unlock();
			msgq_quota_wake(instance);
			return ret;
		}
	}

	refcount_inc(&queue->ipc.refs);
	rcu_read_unlock();
	to = (struct destination){
		.msgp = msgp,
		.long_size = arg->long_size,
		.room = arg->msgsz,
	};
	ret = receive_or_wait(queue, call, &rule, &to, msg);
	msgq_queue_put(queue);
	return ret;
}

/**
 * msgq_receive_iter() - receive a message's text to where a read writes
 * @queue: the queue; the caller holds a reference
 * @call: the call
 * @rule: which message
 * @to: where to
 *
 * Context: process context, may sleep.
 * Return: the number of bytes of text received; -EAGAIN when it would have to
 * wait; -E2BIG, -EIDRM, -EFAULT, as msgq_receive().  On failure no message is
 * lost.
 */
long msgq_receive_iter(struct msgq_queue *queue, const struct msgq_call *call,
		       const struct msgq_rule *rule, struct iov_iter *to)
{
	size_t size, room = iov_iter_count(to);
	struct destination destination;
	struct msgq_msg *msg;

	spin_lock(&queue->ipc.lock);
	msg = msgq_take_find(queue, call, rule);
	if (!IS_ERR(msg) && msgq_iter_is_piece(to)) {
		size = min_t(size_t, msg->size, room);
		if (receive_message_at_once(queue, msg, msgq_iter_piece(to),
					    size, 0)) {
			spin_unlock(&queue->ipc.lock);
			msgq_msg_free(msg);
			iov_iter_advance(to, size);
			msgq_quota_wake(msgq_instance_of(queue));
			return size;
		}
	}
	destination = (struct destination){ .iter = to, .room = room };
	return receive_or_wait(queue, call, rule, &destination, msg);
}
