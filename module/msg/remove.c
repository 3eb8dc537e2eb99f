// SPDX-License-Identifier: GPL-2.0-only
/*
 * The end of a queue: removed by a caller, or with its last descriptor.
 *
 * Locks: a queue is marked as removed under its own lock and the one of its
 * tables, and no longer found from then on.  Its messages and waiters are taken
 * off under its lock, a lot at a time.
 */
#include <linux/err.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/spinlock.h>

#include "ipc/ids.h"
#include "claim.h"
#include "deliver.h"
#include "descriptor.h"
#include "instance.h"
#include "message.h"
#include "queue.h"
#include "quota.h"
#include "remove.h"
#include "wait.h"
#include "watch.h"

/* How many messages are taken from a removed queue in one go. */
#define FREE_BATCH	64

/* Free the messages of a removed queue, but for those that receivers have taken. */
static void free_messages(struct msgq_queue *queue)
{
	struct msgq_msg *msg;
	unsigned int i;
	bool more;

	do {
		LIST_HEAD(removed);

		i = 0;
		spin_lock(&queue->ipc.lock);
		while (i++ < FREE_BATCH && (msg = msgq_queue_pop(queue))) {
			if (!msg->taken || msg->placing)
				list_add_tail(&msg->all, &removed);
			else
				msgq_queue_count_removed(queue, 1);
		}
		more = queue->store.count;
		spin_unlock(&queue->ipc.lock);

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
	spin_lock(&queue->ipc.lock);
	list_splice_init(&queue->descriptors, &rest);
	while (!list_empty(&rest)) {
		descriptor = list_first_entry(&rest, struct msgq_descriptor,
					      all);
		msg = msgq_claims_pop(&descriptor->claims);
		if (msg) {
			list_add_tail(&msg->all, &claimed);
		} else {
			list_move_tail(&descriptor->all, &queue->descriptors);
			heads.heads[heads.count++] = &descriptor->polled;
		}
		if (++i % MSGQ_WAKE_LOT)
			continue;
		msgq_heads_wake(queue, &heads, 0);
		spin_unlock(&queue->ipc.lock);
		msgq_msg_free_list(&claimed);
		cond_resched();
		spin_lock(&queue->ipc.lock);
	}
	if (heads.count)
		msgq_heads_wake(queue, &heads, 0);
	spin_unlock(&queue->ipc.lock);
	msgq_msg_free_list(&claimed);
}

/**
 * msgq_finish_removal() - free all that a removed queue holds
 * @queue: the queue, with the reference that it had for being in the tables;
 *	the caller keeps its instance
 *
 * Context: process context, may sleep.
 */
void msgq_finish_removal(struct msgq_queue *queue)
{
	struct msgq_instance *instance = msgq_instance_of(queue);
	LIST_HEAD(waiters);

	spin_lock(&queue->ipc.lock);
	msgq_queue_charge_bytes(queue, 0);
	msgq_wait_take_receivers(queue, &waiters);
	msgq_wait_take_senders(queue, &waiters);
	spin_unlock(&queue->ipc.lock);
	msgq_wait_end_taken(queue, &waiters, -EIDRM);

	end_descriptors(queue);
	free_messages(queue);
	msgq_quota_forget(queue);
	msgq_queue_put(queue);
	msgq_quota_wake(instance);
	module_put(THIS_MODULE);
}

/**
 * msgq_remove() - remove a queue and its messages
 * @instance: the queues that the caller can use
 * @msqid: the identifier
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier; -EPERM.
 */
int msgq_remove(struct msgq_instance *instance, int msqid)
{
	struct msgq_queue *queue;

	queue = msgq_queue_of(svipc_ids_remove(&instance->ids, msqid));
	if (IS_ERR(queue))
		return PTR_ERR(queue);

	msgq_finish_removal(queue);
	return 0;
}

static bool is_opened(struct svipc_object *object)
{
	return msgq_queue_of(object)->opened;
}

/**
 * msgq_detach() - separate a descriptor from its queue
 * @descriptor: the descriptor, without claims and users
 *
 * Context: process context, may sleep.
 */
void msgq_detach(struct msgq_descriptor *descriptor)
{
	struct msgq_queue *queue = descriptor->queue;
	bool unused;

	spin_lock(&queue->ipc.lock);
	msgq_watch_end(queue, &descriptor->readable);
	msgq_watch_end(queue, &descriptor->writable);
	list_del(&descriptor->all);
	unused = !--queue->opened && queue->temporary;
	spin_unlock(&queue->ipc.lock);

	/* Another task may open it meanwhile. */
	if (unused && svipc_ids_remove_if(&queue->ipc, is_opened))
		msgq_finish_removal(queue);
	msgq_queue_put(queue);
}
