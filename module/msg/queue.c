// SPDX-License-Identifier: GPL-2.0-only
/*
 * One queue: its memory, what it holds; the model is described in
 * queue.h.
 *
 * Locks: functions that read or change a queue's state run under its lock.
 * A queue is freed after a grace period of RCU, so that a look-up may still
 * hold it while it goes.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/timekeeping.h>

#include <msgq.h>

#include "compat/slab.h"
#include "ipc/payers.h"
#include "instance.h"
#include "message.h"
#include "queue.h"

/* A cache of our own, since each queue holds the text of a message. */
static struct kmem_cache *cache;

/**
 * msgq_queue_init() - get ready to make queues
 *
 * Context: while the module is loaded.
 * Return: 0, or -ENOMEM.
 */
int msgq_queue_init(void)
{
	const unsigned int head =
		offsetof(struct msgq_queue, inline_msg.node.key);
	const unsigned int size =
		offsetof(struct msgq_queue, inline_msg.text[MSGQ_SHORT_BYTES]);

	/* Programs are given type and text of the message of its own alone. */
	cache = kmem_cache_create_usercopy("msgq_queue", size, 0,
					   SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT |
					   SLAB_NO_MERGE, head, size - head,
					   NULL);
	return cache ? 0 : -ENOMEM;
}

/**
 * msgq_queue_exit() - make queues no more
 *
 * Context: while the module is unloaded, or cannot be loaded; no queue exists,
 * and the grace periods of all that did are over.
 */
void msgq_queue_exit(void)
{
	kmem_cache_destroy(cache);
}

/**
 * msgq_queue_alloc() - make a queue that cannot be found yet
 * @instance: the queues among which it will be
 * @key: its key
 * @mode: nine permission bits
 *
 * Context: process context, may sleep.
 * Return: the queue, owned by the caller's effective ids, with one reference;
 * NULL when there is no memory.
 */
struct msgq_queue *msgq_queue_alloc(struct msgq_instance *instance, s32 key,
				    umode_t mode)
{
	struct svipc_payers *payers;
	struct msgq_queue *queue;

	payers = svipc_payers_of_caller(instance->ids.instance);
	if (!payers)
		return NULL;

	queue = kmem_cache_zalloc(cache, GFP_KERNEL);
	if (!queue) {
		svipc_payers_free(payers);
		return NULL;
	}

	queue->ipc.payers = payers;
	svipc_object_init(&queue->ipc, &instance->ids, key, mode);
	svipc_instance_get(instance->ids.instance);
	msgq_store_init(&queue->store);
	INIT_LIST_HEAD(&queue->descriptors);
	INIT_LIST_HEAD(&queue->account_waiter);
	INIT_LIST_HEAD(&queue->quota_waiter);
	queue->inline_msg.is_inline = true;
	queue->qbytes = READ_ONCE(instance->limits.msgmnb);
	queue->ctime = ktime_get_real_seconds();
	return queue;
}

/* Take back what the queue was charged, and forget who paid. */
static void uncharge(struct msgq_queue *queue)
{
	struct svipc_payers *payers = queue->ipc.payers;

	if (queue->charged) {
		svipc_payers_uncharge(payers, SVIPC_QUEUE_BYTES,
				      queue->charged_bytes);
		svipc_payers_uncharge(payers, SVIPC_QUEUES, 1);
	}
	svipc_payers_free(payers);
}

static void free_queue(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct msgq_queue, rcu));
}

/**
 * msgq_queue_put() - give back a reference
 * @queue: the queue; freed with its last reference
 *
 * Context: any but interrupts.
 */
void msgq_queue_put(struct msgq_queue *queue)
{
	if (!refcount_dec_and_test(&queue->ipc.refs))
		return;

	/* A message left behind would be lost memory, or freed already. */
	WARN_ON_ONCE(!msgq_store_empty(&queue->store));
	put_pid(queue->lspid);
	put_pid(queue->lrpid);
	uncharge(queue);
	svipc_instance_put(queue->ipc.ids->instance);
	/* For this there is rcu_barrier(), and in 6.1 none for kfree_rcu(). */
	call_rcu(&queue->rcu, free_queue);
}

/**
 * msgq_queue_note() - note a process in the place of another
 * @noted: where it is noted
 * @pid: the process
 *
 * Context: any but interrupts; the caller protects @noted.
 */
void msgq_queue_note(struct pid **noted, struct pid *pid)
{
	put_pid(*noted);
	*noted = get_pid(pid);
}

/**
 * msgq_queue_count() - add up what has happened at a queue
 * @queue: the queue, not removed before
 * @counts: to what it is added
 *
 * Context: the queue's lock.
 */
void msgq_queue_count(const struct msgq_queue *queue,
		      struct msgq_counts *counts)
{
	lockdep_assert_held(&queue->ipc.lock);

	counts->sent += queue->sent;
	counts->received += queue->sent - queue->store.count;
	counts->waits += queue->waits;
	counts->full += queue->full;
	counts->claims += queue->claims;
	counts->returned += queue->returned;
}

/**
 * msgq_queue_index_unlocking() - index messages that a rule may ask for
 * @queue: the queue, where msgq_store_choose() has found none
 * @rule: the rule
 *
 * Context: the queue's lock, which is released and taken again when there are
 * many messages to index: all may have changed when this returns.
 * Return: true when some were not indexed: choose again; false when no message
 * meets the rule.
 */
bool msgq_queue_index_unlocking(struct msgq_queue *queue,
				const struct msgq_rule *rule)
	__must_hold(&queue->ipc.lock)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (rule->mode == MSGQ_POSITION ||
	    !msgq_store_has_unindexed(&queue->store))
		return false;

	if (!msgq_store_index(&queue->store)) {
		spin_unlock(&queue->ipc.lock);
		spin_lock(&queue->ipc.lock);
	}
	return true;
}

/**
 * msgq_queue_leave_first() - take the first messages off the queue for good
 * @queue: the queue
 * @msgs: the first messages on its list, in their order, which can be taken
 * @count: how many
 *
 * Context: the queue's lock.  As msgq_queue_leave().
 */
void msgq_queue_leave_first(struct msgq_queue *queue, struct msgq_msg **msgs,
			    unsigned int count)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (!count)
		return;

	msgq_store_remove_first(&queue->store, msgs, count);
	msgq_queue_uncount_messages(queue, count);
}

/**
 * msgq_queue_charge() - have the payers of a queue pay for it
 * @queue: the queue, which nobody else can find yet
 *
 * Context: any.
 * Return: 0, or -ENOSPC.  What is charged is given back when the queue is freed.
 */
int msgq_queue_charge(struct msgq_queue *queue)
{
	int err = 0;

	if (!svipc_payers_charge(queue->ipc.payers, SVIPC_QUEUES, 1))
		return -ENOSPC;

	queue->charged = true;
	spin_lock(&queue->ipc.lock);
	if (!msgq_queue_charge_bytes(queue, queue->qbytes))
		err = -ENOSPC;
	spin_unlock(&queue->ipc.lock);
	return err;
}

/**
 * msgq_queue_charge_bytes() - have the payers of a queue pay for so many bytes
 * @queue: the queue
 * @qbytes: the bytes of text that it shall be able to hold
 *
 * Context: the queue's lock.
 * Return: true when they pay for them; false when a limit is reached, and then
 * they pay what they have paid.
 */
bool msgq_queue_charge_bytes(struct msgq_queue *queue, unsigned long qbytes)
{
	/* IPC_SET can set more than any machine has. */
	u32 now = queue->charged_bytes, then = min_t(u64, qbytes, U32_MAX);

	lockdep_assert_held(&queue->ipc.lock);

	if (then > now &&
	    !svipc_payers_charge(queue->ipc.payers, SVIPC_QUEUE_BYTES,
				 then - now))
		return false;
	if (then < now)
		svipc_payers_uncharge(queue->ipc.payers, SVIPC_QUEUE_BYTES,
				      now - then);
	queue->charged_bytes = then;
	return true;
}

/**
 * msgq_queue_charge_messages() - charge messages, whatever the limits are
 * @queue: the queue
 * @count: how many
 *
 * The part of msgq_queue_count_messages() for when an account counts them.
 *
 * Context: the queue's lock.
 */
void msgq_queue_charge_messages(struct msgq_queue *queue, unsigned int count)
{
	struct svipc_payers *payers = queue->ipc.payers;
	unsigned int i;

	lockdep_assert_held(&queue->ipc.lock);

	for (i = 0; i < payers->count; i++)
		if (queue->message_payers & BIT_ULL(i))
			svipc_account_force(payers->accounts[i], SVIPC_MESSAGES,
					    count);
}

/**
 * msgq_queue_uncharge_messages() - take back what was charged for messages
 * @queue: the queue
 * @count: how many
 *
 * The part of msgq_queue_uncount_messages() for when an account counts them.
 *
 * Context: the queue's lock.
 */
void msgq_queue_uncharge_messages(struct msgq_queue *queue, unsigned int count)
{
	struct svipc_payers *payers = queue->ipc.payers;
	unsigned int i;

	lockdep_assert_held(&queue->ipc.lock);

	for (i = 0; i < payers->count; i++)
		if (queue->message_payers & BIT_ULL(i))
			svipc_account_uncharge(payers->accounts[i],
					       SVIPC_MESSAGES, count);
}
