// SPDX-License-Identifier: GPL-2.0-only
/*
 * One queue: its memory, its permission, what it holds; the model is told in
 * queue.h.
 *
 * Locks: functions that read or change a queue's state run under its lock.
 * A queue is freed after a grace period of RCU, so that a look-up may still
 * hold it while it goes.
 */
#include <linux/capability.h>
#include <linux/container_of.h>
#include <linux/cred.h>
#include <linux/lockdep.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/timekeeping.h>

#include <msgq.h>

#include "compat.h"
#include "message.h"
#include "ns.h"
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
	const unsigned int head = offsetof(struct msgq_queue, own.node.key);
	const unsigned int size = offsetof(struct msgq_queue,
					   own.text[MSGQ_SHORT_BYTES]);

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
 * msgq_queue_alloc() - make a queue that stands nowhere yet
 * @ns: the namespace it is for
 * @key: its key
 * @mode: nine permission bits
 *
 * Context: process context, may sleep.
 * Return: the queue, owned by the caller's effective ids, with one reference;
 * NULL when there is no memory.
 */
struct msgq_queue *msgq_queue_alloc(struct msgq_ns *ns, s32 key, umode_t mode)
{
	struct msgq_queue *queue;

	queue = kmem_cache_zalloc(cache, GFP_KERNEL);
	if (!queue)
		return NULL;

	spin_lock_init(&queue->lock);
	refcount_set(&queue->refs, 1);
	INIT_LIST_HEAD(&queue->messages);
	queue->late = &queue->messages;
	INIT_LIST_HEAD(&queue->descriptors);
	INIT_LIST_HEAD(&queue->quota_waiter);
	queue->own.own = true;
	queue->ns = ns;
	queue->key = key;
	queue->mode = mode;
	current_euid_egid(&queue->uid, &queue->gid);
	queue->cuid = queue->uid;
	queue->cgid = queue->gid;
	queue->qbytes = READ_ONCE(ns->limits.msgmnb);
	queue->ctime = ktime_get_real_seconds();
	return queue;
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
	if (!refcount_dec_and_test(&queue->refs))
		return;

	put_pid(queue->lspid);
	put_pid(queue->lrpid);
	/* For this there is rcu_barrier(), and in 6.1 none for kfree_rcu(). */
	call_rcu(&queue->rcu, free_queue);
}

/**
 * msgq_queue_permits() - has the caller these rights?
 * @queue: the queue
 * @flags: mode bits of all three triads; the rights asked for are those that
 *	stand in any of them
 *
 * Context: the queue's lock.
 * Return: true when the one triad that counts for the caller grants all of
 * them, or CAP_IPC_OWNER does.
 */
bool msgq_queue_permits(struct msgq_queue *queue, int flags)
{
	int asked = (flags >> 6 | flags >> 3 | flags) & 0007;
	kuid_t euid = current_euid();
	int granted = queue->mode;

	lockdep_assert_held(&queue->lock);

	if (uid_eq(euid, queue->uid) || uid_eq(euid, queue->cuid))
		granted >>= 6;
	else if (in_group_p(queue->gid) || in_group_p(queue->cgid))
		granted >>= 3;

	return !(asked & ~granted) ||
	       ns_capable(queue->ns->user_ns, CAP_IPC_OWNER);
}

/**
 * msgq_queue_owned() - may the caller set and remove the queue?
 * @queue: the queue
 *
 * Context: the queue's lock.
 * Return: true for owner, creator and CAP_SYS_ADMIN.
 */
bool msgq_queue_owned(struct msgq_queue *queue)
{
	kuid_t euid = current_euid();

	lockdep_assert_held(&queue->lock);

	return uid_eq(euid, queue->uid) || uid_eq(euid, queue->cuid) ||
	       ns_capable(queue->ns->user_ns, CAP_SYS_ADMIN);
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
	lockdep_assert_held(&queue->lock);

	counts->sent += queue->sent;
	counts->received += queue->sent - queue->qnum;
	counts->waits += queue->waits;
	counts->full += queue->full;
	counts->claims += queue->claims;
	counts->returned += queue->returned;
}

/**
 * msgq_queue_index() - let the index have late messages
 * @queue: the queue
 *
 * Context: the queue's lock.
 * Return: true when none is late any more, and none will be; false when there
 * are too many for one go.
 */
bool msgq_queue_index(struct msgq_queue *queue)
{
	struct list_head *late = queue->late;
	unsigned int i;

	lockdep_assert_held(&queue->lock);

	for (i = 0; late != &queue->messages && i < MSGQ_INDEX_BATCH; i++) {
		msgq_index_add(&queue->types,
			       &list_entry(late, struct msgq_msg, all)->node);
		late = late->next;
	}
	queue->late = late;
	queue->typed = late == &queue->messages;
	return queue->typed;
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
	unsigned long bytes = 0;
	LIST_HEAD(left);
	unsigned int i;

	lockdep_assert_held(&queue->lock);

	if (!count)
		return;

	for (i = 0; i < count; i++) {
		msgq_queue_unindex(queue, msgs[i]);
		queue->qnum--;
		bytes += msgs[i]->size;
	}
	list_cut_position(&left, &queue->messages, &msgs[count - 1]->all);
	WRITE_ONCE(queue->cbytes, queue->cbytes - bytes);
	atomic_long_sub(count, &queue->ns->messages);
}

/**
 * msgq_queue_link() - put a message on the list of a queue, by its arrival
 * @queue: the queue
 * @msg: a message on no queue, with its arrival set, that the namespace
 *	counts already
 *
 * It counts from now on, and is in no index.  It came before all that are
 * late: when it was handed over, somebody waited, and none was.
 *
 * Context: the queue's lock.  Costs one step for each message that has
 * arrived since.
 */
void msgq_queue_link(struct msgq_queue *queue, struct msgq_msg *msg)
{
	struct msgq_msg *before;

	lockdep_assert_held(&queue->lock);

	list_for_each_entry_reverse(before, &queue->messages, all)
		if (before->node.arrival < msg->node.arrival)
			break;
	msgq_queue_append(queue, msg);
	list_move(&msg->all, &before->all);
}
