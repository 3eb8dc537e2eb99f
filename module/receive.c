// SPDX-License-Identifier: GPL-2.0-only
/*
 * Receiving a message, waiting for one included.
 *
 * Locks: the queue is found under RCU; a message is chosen under the queue's
 * lock.  Its bytes are copied to the program under no lock, with a reference
 * to the queue, and then the message leaves for good, or is put back, under
 * the lock again.
 */
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/msg.h>
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
#include "receive.h"
#include "wait.h"

enum mode {
	MODE_ANY,
	MODE_EQUAL,
	MODE_EXCEPT,
	MODE_UPTO,
	MODE_POSITION,
};

/* Which message a receiver wants, and how much of it. */
struct rule {
	enum mode mode;
	s64 key;
	size_t room;
};

static struct rule rule_of(const struct msgq_rcv *arg)
{
	struct rule rule = {
		.mode = MODE_EQUAL,
		.key = arg->msgtyp,
		.room = arg->msgflg & MSG_NOERROR ? SIZE_MAX : arg->msgsz,
	};

	if (arg->msgflg & MSG_COPY) {
		rule.mode = MODE_POSITION;
	} else if (!rule.key) {
		rule.mode = MODE_ANY;
		rule.key = S64_MAX;
	} else if (rule.key < 0) {
		rule.mode = MODE_UPTO;
		/* The least number has no positive counterpart. */
		rule.key = -max(rule.key, -S64_MAX);
	} else if (arg->msgflg & MSG_EXCEPT) {
		rule.mode = MODE_EXCEPT;
	}
	return rule;
}

static struct msgq_index *wait_queue(struct msgq_queue *queue, enum mode mode)
{
	switch (mode) {
	case MODE_EQUAL:
		return &queue->equal;
	case MODE_EXCEPT:
		return &queue->except;
	default:
		return &queue->up_to;
	}
}

static struct msgq_msg *at_position(struct msgq_queue *queue, s64 position)
{
	struct msgq_msg *msg;

	list_for_each_entry(msg, &queue->messages, all)
		if (!msg->out && !position--)
			return msg;
	return NULL;
}

/* The message that a rule takes, or NULL. */
static struct msgq_msg *choose(struct msgq_queue *queue,
			       const struct rule *rule)
{
	struct msgq_msg *first = list_first_entry_or_null(&queue->messages,
							  struct msgq_msg, all);
	struct msgq_node *node = NULL;

	if (!first)
		return NULL;

	switch (rule->mode) {
	case MODE_POSITION:
		return at_position(queue, rule->key);
	case MODE_ANY:
		if (!first->out)
			return first;
		node = msgq_index_earliest(&queue->types, rule->key,
					   MSGQ_KEYS_BELOW | MSGQ_KEYS_AT);
		break;
	case MODE_EQUAL:
		node = msgq_index_earliest(&queue->types, rule->key,
					   MSGQ_KEYS_AT);
		break;
	case MODE_EXCEPT:
		if (!first->out && first->node.key != rule->key)
			return first;
		node = msgq_index_earliest(&queue->types, rule->key,
					   MSGQ_KEYS_BELOW | MSGQ_KEYS_ABOVE);
		break;
	case MODE_UPTO:
		node = msgq_index_lowest(&queue->types);
		if (node && node->key > rule->key)
			return NULL;
		break;
	}
	return node ? container_of(node, struct msgq_msg, node) : NULL;
}

/* -EAGAIN: there is none. */
static struct msgq_msg *find_now(struct msgq_queue *queue,
				 const struct rule *rule)
{
	struct msgq_msg *msg;

	if (!msgq_queue_permits(queue, 0444))
		return ERR_PTR(-EACCES);
	if (queue->removed)
		return ERR_PTR(-EIDRM);

	msg = choose(queue, rule);
	if (!msg)
		return ERR_PTR(-EAGAIN);
	if (msg->size > rule->room)
		return ERR_PTR(-E2BIG);
	return msg;
}

static struct msgq_msg *take_now(struct msgq_queue *queue,
				 const struct rule *rule)
{
	struct msgq_msg *msg = find_now(queue, rule);

	if (!IS_ERR(msg)) {
		msgq_index_del(&queue->types, &msg->node);
		msg->out = true;
	}
	return msg;
}

static struct msgq_msg *take_wait(struct msgq_queue *queue,
				  const struct rule *rule,
				  struct msgq_waiter *waiter)
{
	struct msgq_msg *msg;
	int err;

	do {
		err = msgq_wait(queue, waiter);
		if (!err)
			return waiter->msg;
		if (err != -EAGAIN)
			return ERR_PTR(err);

		spin_lock(&queue->lock);
		msg = take_now(queue, rule);
		if (msg == ERR_PTR(-EAGAIN))
			msgq_wait_begin(queue, waiter,
					wait_queue(queue, rule->mode));
		spin_unlock(&queue->lock);
	} while (msg == ERR_PTR(-EAGAIN));
	return msg;
}

/* The bytes have arrived, or they never will: settle what the queue counts. */
static void settle(struct msgq_queue *queue, struct msgq_msg *msg, int err)
{
	bool put_back = false;

	spin_lock(&queue->lock);
	if (err && !queue->removed) {
		msgq_put_back(queue, msg);
		put_back = true;
	} else if (!list_empty(&msg->all)) {
		msgq_queue_leave(queue, msg);
		msgq_queue_received(queue, task_tgid(current));
		msgq_admit_senders(queue);
	}
	spin_unlock(&queue->lock);

	if (!put_back)
		msgq_msg_free(msg);
}

/* Give the caller the message that it has taken, or that it was handed. */
static long deliver_to_user(struct msgq_queue *queue, struct msgq_msg *msg,
			    const struct msgq_rcv *arg, bool handed)
{
	size_t size = min_t(size_t, msg->size, arg->msgsz);
	int err;

	/* One that is being killed has no use for what it was handed. */
	if (handed && fatal_signal_pending(current))
		err = -EINTR;
	else
		err = msgq_msg_store(msg, u64_to_user_ptr(arg->msgp), size,
				     arg->long_size);

	if (!err && handed)
		msgq_msg_free(msg);
	else
		settle(queue, msg, err);
	return err ?: size;
}

/* Read a message without taking it. */
static long copy_out(struct msgq_ns *ns, const struct msgq_rcv *arg)
{
	void __user *msgp = u64_to_user_ptr(arg->msgp);
	const struct rule rule = rule_of(arg);
	struct msgq_queue *queue;
	struct msgq_msg *msg, *copy;
	size_t room;
	long ret;

	if (!(arg->msgflg & IPC_NOWAIT) || arg->msgflg & MSG_EXCEPT)
		return -EINVAL;

	room = min_t(u64, arg->msgsz, READ_ONCE(ns->limits.msgmax));
	copy = msgq_msg_alloc(room);
	if (!copy)
		return -ENOMEM;

	/* System V reads the buffer, and so faults before all else. */
	ret = msgq_msg_fill(copy, msgp, 0);
	if (ret)
		goto free;

	rcu_read_lock();
	queue = msgq_ns_find(ns, arg->msqid);
	if (IS_ERR(queue)) {
		ret = PTR_ERR(queue);
		goto unlock_rcu;
	}

	spin_lock(&queue->lock);
	msg = find_now(queue, &rule);
	if (IS_ERR(msg))
		ret = msg == ERR_PTR(-EAGAIN) ? -ENOMSG : PTR_ERR(msg);
	else if (msg->size > room)
		ret = -EINVAL;
	else
		msgq_msg_copy(copy, msg);
	spin_unlock(&queue->lock);

unlock_rcu:
	rcu_read_unlock();
	if (!ret)
		ret = msgq_msg_store(copy, msgp, copy->size, arg->long_size) ?:
		      copy->size;
free:
	msgq_msg_free(copy);
	return ret;
}

/**
 * msgq_receive() - receive a message
 * @ns: the caller's namespace
 * @arg: where from, which one, and where to
 *
 * Context: process context, may sleep.
 * Return: the number of bytes of text received; -EINVAL for arguments that
 * make no sense or an unknown identifier; -EACCES; -E2BIG when the message is
 * larger than the buffer; -ENOMSG when it would have to wait and IPC_NOWAIT is
 * set; -EIDRM when the queue was removed; -EFAULT when the buffer cannot be
 * written; -ENOMEM under MSG_COPY; -ERESTARTNOHAND when a signal came while it
 * waited.  On failure no message is lost.
 */
long msgq_receive(struct msgq_ns *ns, const struct msgq_rcv *arg)
{
	struct msgq_waiter waiter = {};
	struct msgq_queue *queue;
	struct msgq_msg *msg;
	struct rule rule;
	bool waited;
	long ret;

	if (arg->msqid < 0 || arg->msgsz < 0)
		return -EINVAL;
	if (arg->msgflg & MSG_COPY)
		return copy_out(ns, arg);

	rule = rule_of(arg);
	rcu_read_lock();
	queue = msgq_ns_find(ns, arg->msqid);
	if (IS_ERR(queue)) {
		rcu_read_unlock();
		return PTR_ERR(queue);
	}

	spin_lock(&queue->lock);
	msg = take_now(queue, &rule);
	waited = msg == ERR_PTR(-EAGAIN) && !(arg->msgflg & IPC_NOWAIT);
	if (waited) {
		waiter.node.key = rule.key;
		waiter.room = rule.room;
		msgq_wait_begin(queue, &waiter, wait_queue(queue, rule.mode));
	}
	if (waited || !IS_ERR(msg))
		refcount_inc(&queue->refs);
	spin_unlock(&queue->lock);
	rcu_read_unlock();

	if (!waited && IS_ERR(msg))
		return msg == ERR_PTR(-EAGAIN) ? -ENOMSG : PTR_ERR(msg);

	if (waited)
		msg = take_wait(queue, &rule, &waiter);
	if (IS_ERR(msg))
		ret = PTR_ERR(msg);
	else
		ret = deliver_to_user(queue, msg, arg, waiter.msg);

	msgq_queue_put(queue);
	msgq_ns_kick(ns);
	return ret;
}
