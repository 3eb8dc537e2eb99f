// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a queue: removed by a caller, or with its last descriptor.
 *
 * Locks: a queue is marked as removed under its own lock and the namespace's,
 * and from then on nobody finds it.  What stands and waits at it is taken off
 * under its lock, some at a time.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "claim.h"
#include "deliver.h"
#include "descriptor.h"
#include "message.h"
#include "ns.h"
#include "queue.h"
#include "quota.h"
#include "remove.h"
#include "trace.h"
#include "wait.h"
#include "watch.h"

/* How many messages are taken from a removed queue in one go. */
#define FREE_BATCH	64

/* Free what stands on a removed queue, but for what receivers have taken. */
static void free_messages(struct msgq_queue *queue)
{
	struct msgq_msg *msg;
	unsigned int i;
	bool more;

	do {
		LIST_HEAD(removed);

		i = 0;
		spin_lock(&queue->lock);
		while (i++ < FREE_BATCH && (msg = msgq_queue_pop(queue))) {
			if (!msg->taken || msg->placing)
				list_add_tail(&msg->all, &removed);
			else
				msgq_queue_count_removed(queue, 1);
		}
		more = queue->store.count;
		spin_unlock(&queue->lock);

		msgq_msg_free_list(&removed);
		cond_resched();
	} while (more);
}

/* Tell the descriptors of a removed queue, and end their claims. */
static void end_descriptors(struct msgq_queue *queue)
{
	struct msgq_descriptor *descriptor;
	struct msgq_msg *msg;
	struct msgq_heads heads;
	LIST_HEAD(claimed);
	unsigned int i = 0;
	LIST_HEAD(rest);

	heads.count = 0;
	spin_lock(&queue->lock);
	list_splice_init(&queue->descriptors, &rest);
	while (!list_empty(&rest)) {
		descriptor = list_first_entry(&rest, struct msgq_descriptor,
					      all);
		msg = msgq_claims_pop(descriptor);
		if (msg) {
			list_add_tail(&msg->all, &claimed);
		} else {
			list_move_tail(&descriptor->all, &queue->descriptors);
			heads.heads[heads.count++] = &descriptor->polled;
		}
		if (++i % MSGQ_WAKE_LOT)
			continue;
		msgq_heads_wake(queue, &heads, 0);
		spin_unlock(&queue->lock);
		msgq_msg_free_list(&claimed);
		cond_resched();
		spin_lock(&queue->lock);
	}
	if (heads.count)
		msgq_heads_wake(queue, &heads, 0);
	spin_unlock(&queue->lock);
	msgq_msg_free_list(&claimed);
}

/* Remove a queue for everyone, under both locks. */
static void mark_removed(struct msgq_ns *ns, struct msgq_queue *queue)
{
	lockdep_assert_held(&ns->lock);
	lockdep_assert_held(&queue->lock);

	queue->removed = true;
	msgq_queue_count(queue, &ns->gone);
	trace_msgq_remove(queue);
}

/* The queue is removed, and nobody finds it any more: the rest of it. */
static void finish_removal(struct msgq_ns *ns, struct msgq_queue *queue)
{
	LIST_HEAD(waiters);

	spin_lock(&queue->lock);
	msgq_wait_take_receivers(queue, &waiters);
	msgq_wait_take_senders(queue, &waiters);
	spin_unlock(&queue->lock);
	msgq_wait_end_taken(queue, &waiters, -EIDRM);

	end_descriptors(queue);
	free_messages(queue);
	msgq_quota_forget(queue);
	msgq_queue_put(queue);
	msgq_quota_wake(ns);
	module_put(THIS_MODULE);
}

/**
 * msgq_remove() - remove a queue and its messages
 * @ns: the caller's namespace
 * @msqid: the identifier
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier; -EPERM.
 */
int msgq_remove(struct msgq_ns *ns, int msqid)
{
	struct msgq_queue *queue;
	int err = 0;

	mutex_lock(&ns->lock);
	rcu_read_lock();
	queue = msgq_ns_find(ns, msqid);
	rcu_read_unlock();
	if (IS_ERR(queue)) {
		mutex_unlock(&ns->lock);
		return PTR_ERR(queue);
	}

	spin_lock(&queue->lock);
	if (msgq_queue_owned(queue))
		mark_removed(ns, queue);
	else
		err = -EPERM;
	spin_unlock(&queue->lock);
	if (!err)
		msgq_ns_del(ns, queue);
	mutex_unlock(&ns->lock);
	if (err)
		return err;

	finish_removal(ns, queue);
	return 0;
}

/* Remove a queue that nobody has open, unless somebody has meanwhile. */
static void remove_unused(struct msgq_ns *ns, struct msgq_queue *queue)
{
	bool unused;

	mutex_lock(&ns->lock);
	spin_lock(&queue->lock);
	unused = !queue->removed && !queue->opened;
	if (unused)
		mark_removed(ns, queue);
	spin_unlock(&queue->lock);
	if (unused)
		msgq_ns_del(ns, queue);
	mutex_unlock(&ns->lock);
	if (unused)
		finish_removal(ns, queue);
}

/**
 * msgq_detach() - a descriptor stands for its queue no more
 * @descriptor: the descriptor, without claims, that nobody has any more
 *
 * Context: process context, may sleep.
 */
void msgq_detach(struct msgq_descriptor *descriptor)
{
	struct msgq_queue *queue = descriptor->queue;
	bool unused;

	spin_lock(&queue->lock);
	msgq_watch_end(queue, &descriptor->readable);
	msgq_watch_end(queue, &descriptor->writable);
	list_del(&descriptor->all);
	unused = !--queue->opened && queue->temporary;
	spin_unlock(&queue->lock);

	if (unused)
		remove_unused(queue->ns, queue);
	msgq_queue_put(queue);
}
