// SPDX-License-Identifier: GPL-2.0-only
/*
 * Namespaces of queues: identifiers, keys, limits, totals; the model is told
 * in ns.h.
 *
 * Locks: ns->lock, a mutex, serialises changes to the tables; look-ups run
 * under RCU alone.  The order is ns->lock, queue->lock, ns->quota_lock.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>

#include "ns.h"
#include "queue.h"
#include "trace.h"

/* One less than there is room for: Linux never uses the last one. */
#define SEQ_MAX ((INT_MAX >> MSGQ_INDEX_BITS) - 1)

/* The cycle of indices is never shorter than this. */
#define CYCLE_MIN 64

static_assert(BIT(MSGQ_INDEX_BITS) == MSGQ_MNI_MAX);

static struct msgq_ns initial_ns;

static const struct rhashtable_params key_params = {
	.key_len = sizeof_field(struct msgq_queue, key),
	.key_offset = offsetof(struct msgq_queue, key),
	.head_offset = offsetof(struct msgq_queue, by_key),
	.automatic_shrinking = true,
};

/**
 * msgq_ns_of_caller() - the namespace that the calling task uses
 *
 * Context: any.
 * Return: the namespace.  There is one so far.
 */
struct msgq_ns *msgq_ns_of_caller(void)
{
	return &initial_ns;
}

/**
 * msgq_ns_init() - set the namespace up
 * @limits: its limits
 *
 * Context: while the module is loaded.
 * Return: 0, or -ENOMEM.
 */
int msgq_ns_init(const struct msgq_limits *limits)
{
	struct msgq_ns *ns = &initial_ns;

	ns->limits = *limits;
	ns->user_ns = &init_user_ns;
	ns->last = -1;
	ns->next_id = -1;
	mutex_init(&ns->lock);
	/* The calls' flags alone charge a node only if the first try fails. */
	xa_init_flags(&ns->ids, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	spin_lock_init(&ns->quota_lock);
	INIT_LIST_HEAD(&ns->quota_waiters);
	return rhashtable_init(&ns->keys, &key_params);
}

/**
 * msgq_ns_exit() - tear the namespace down
 *
 * Context: while the module is unloaded; no queue exists.
 */
void msgq_ns_exit(void)
{
	rhashtable_destroy(&initial_ns.keys);
	xa_destroy(&initial_ns.ids);
}

/**
 * msgq_ns_find_index() - the queue with an index
 * @ns: the namespace
 * @index: the index; bits beyond it, those of a sequence number, are ignored,
 *	which also bounds what a processor looks up on a guess
 *
 * Context: RCU or the lock of @ns.
 * Return: the queue, or an error pointer: -EINVAL when there is none.
 */
struct msgq_queue *msgq_ns_find_index(struct msgq_ns *ns, int index)
{
	lockdep_assert(rcu_read_lock_held() || lockdep_is_held(&ns->lock));

	return xa_load(&ns->ids, index & (MSGQ_MNI_MAX - 1)) ?:
							       ERR_PTR(-EINVAL);
}

/**
 * msgq_ns_find() - the queue with an identifier
 * @ns: the namespace
 * @msqid: the identifier
 *
 * Context: RCU or the lock of @ns.
 * Return: the queue, or an error pointer: -EINVAL when there is none.
 */
struct msgq_queue *msgq_ns_find(struct msgq_ns *ns, int msqid)
{
	struct msgq_queue *queue = msgq_ns_find_index(ns, msqid);

	if (!IS_ERR(queue) && queue->id != msqid)
		return ERR_PTR(-EINVAL);
	return queue;
}

/**
 * msgq_ns_get() - the queue with an identifier, to keep
 * @ns: the namespace
 * @msqid: the identifier
 *
 * Context: any.
 * Return: the queue, with a reference for the caller, or an error pointer:
 * -EINVAL when there is none.
 */
struct msgq_queue *msgq_ns_get(struct msgq_ns *ns, int msqid)
{
	struct msgq_queue *queue;

	rcu_read_lock();
	queue = msqid < 0 ? ERR_PTR(-EINVAL) : msgq_ns_find(ns, msqid);
	if (!IS_ERR(queue) && !refcount_inc_not_zero(&queue->refs))
		queue = ERR_PTR(-EINVAL);
	rcu_read_unlock();
	return queue;
}

/**
 * msgq_ns_find_key() - the queue with a key
 * @ns: the namespace
 * @key: the key, not IPC_PRIVATE
 *
 * Context: RCU or the lock of @ns.
 * Return: the queue, or NULL when there is none.
 */
struct msgq_queue *msgq_ns_find_key(struct msgq_ns *ns, s32 key)
{
	return rhashtable_lookup_fast(&ns->keys, &key, key_params);
}

/* Reserve the next index of the cycle. */
static int next_index(struct msgq_ns *ns)
{
	u32 cycle = clamp_t(u32, ns->in_use * 3 / 2, CYCLE_MIN, MSGQ_MNI_MAX);
	u32 index;
	int err;

	err = xa_alloc(&ns->ids, &index, NULL,
		       XA_LIMIT(min_t(u32, ns->last + 1, cycle), cycle - 1),
		       GFP_KERNEL);
	if (err == -EBUSY)
		err = xa_alloc(&ns->ids, &index, NULL, XA_LIMIT(0, cycle - 1),
			       GFP_KERNEL);
	return err ?: index;
}

/* Give a queue the next identifier of the cycle; its index. */
static int give_next(struct msgq_ns *ns, struct msgq_queue *queue)
{
	int index = next_index(ns);

	lockdep_assert_held(&ns->lock);

	if (index < 0)
		return index;

	if (index <= ns->last && ns->seq++ == SEQ_MAX)
		ns->seq = 0;
	queue->id = ns->seq << MSGQ_INDEX_BITS | index;
	return index;
}

/*
 * Give a queue the identifier that was asked for, or the one of the next index
 * that is free; its index.  The cycle goes on as if it had not been.
 */
static int give_wanted(struct msgq_ns *ns, struct msgq_queue *queue, int wanted)
{
	u32 index;
	int err;

	err = xa_alloc(&ns->ids, &index, NULL,
		       XA_LIMIT(wanted & (MSGQ_MNI_MAX - 1), MSGQ_MNI_MAX - 1),
		       GFP_KERNEL);
	if (err)
		return err == -EBUSY ? -ENOSPC : err;

	queue->id = (wanted & ~(MSGQ_MNI_MAX - 1)) | index;
	return index;
}

/**
 * msgq_ns_add() - give a queue its identifier and let it be found
 * @ns: the namespace
 * @queue: the queue, ready for use
 *
 * Context: the lock of @ns.
 * Return: the identifier; -ENOSPC when the limit msgmni is reached, or no index
 * is free from the one on that was asked for; -ENOMEM.
 */
int msgq_ns_add(struct msgq_ns *ns, struct msgq_queue *queue)
{
	int wanted, index, err;

	lockdep_assert_held(&ns->lock);

	if (ns->in_use >= READ_ONCE(ns->limits.msgmni))
		return -ENOSPC;

	wanted = xchg(&ns->next_id, -1);
	index = wanted < 0 ? give_next(ns, queue) :
			     give_wanted(ns, queue, wanted);
	if (index < 0)
		return index;

	/* Who finds its key waits until its identifier is known as well. */
	spin_lock(&queue->lock);
	if (queue->key != IPC_PRIVATE) {
		err = rhashtable_insert_fast(&ns->keys, &queue->by_key,
					     key_params);
		if (err) {
			spin_unlock(&queue->lock);
			xa_release(&ns->ids, index);
			return err;
		}
	}

	/* Before anybody uses it. */
	trace_msgq_make(queue);
	/* The place is reserved: this needs no memory. */
	xa_store(&ns->ids, index, queue, GFP_ATOMIC);
	spin_unlock(&queue->lock);
	if (wanted < 0)
		ns->last = index;
	ns->in_use++;
	return queue->id;
}

/**
 * msgq_ns_del() - let a queue be found no more
 * @ns: the namespace
 * @queue: a queue in it
 *
 * Context: the lock of @ns.
 */
void msgq_ns_del(struct msgq_ns *ns, struct msgq_queue *queue)
{
	lockdep_assert_held(&ns->lock);

	xa_erase(&ns->ids, queue->id & (MSGQ_MNI_MAX - 1));
	if (queue->key != IPC_PRIVATE)
		rhashtable_remove_fast(&ns->keys, &queue->by_key, key_params);
	ns->in_use--;
}

/**
 * msgq_ns_highest() - the highest index in use
 * @ns: the namespace
 *
 * Context: the lock of @ns.
 * Return: the index, -1 when there is none.
 */
int msgq_ns_highest(struct msgq_ns *ns)
{
	int highest = -1, step;

	lockdep_assert_held(&ns->lock);

	/* It is at most a step, and what comes of halving it, away. */
	for (step = MSGQ_MNI_MAX; step; step /= 2) {
		unsigned long index = highest + step;

		if (xa_find(&ns->ids, &index, MSGQ_MNI_MAX - 1, XA_PRESENT))
			highest = index;
	}
	return highest;
}

/**
 * msgq_ns_bytes() - bytes of text on all queues
 * @ns: the namespace
 *
 * Context: the lock of @ns.
 * Return: their sum, as near as it can be while others send and receive.
 */
unsigned long msgq_ns_bytes(struct msgq_ns *ns)
{
	struct msgq_queue *queue;
	unsigned long bytes = 0;
	unsigned long index;

	lockdep_assert_held(&ns->lock);

	xa_for_each(&ns->ids, index, queue)
		bytes += READ_ONCE(queue->store.bytes);
	return bytes;
}

/**
 * msgq_ns_counts() - what has happened at all queues
 * @ns: the namespace
 * @counts: where to put it
 *
 * Context: process context, may sleep.
 */
void msgq_ns_counts(struct msgq_ns *ns, struct msgq_counts *counts)
{
	struct msgq_queue *queue;
	unsigned long index;

	mutex_lock(&ns->lock);
	*counts = ns->gone;
	xa_for_each(&ns->ids, index, queue) {
		spin_lock(&queue->lock);
		msgq_queue_count(queue, counts);
		spin_unlock(&queue->lock);
	}
	mutex_unlock(&ns->lock);
	counts->received += atomic64_read(&ns->received_after_removal);
}
