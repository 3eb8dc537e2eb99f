// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims: made, acknowledged, released; the model is told in claim.h.
 *
 * Locks: the claims of a descriptor are protected by the lock of its queue.
 * A message that is on its way to a program belongs to the task that took it,
 * its claim included, until msgq_claim().
 */
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include <msgq.h>

#include "claim.h"
#include "compat.h"
#include "deliver.h"
#include "descriptor.h"
#include "message.h"
#include "ns.h"
#include "queue.h"
#include "trace.h"

/* How many claims are ended under one hold of the lock. */
#define END_BATCH	64

static struct msgq_msg *to_msg(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct msgq_msg, claim.rb);
}

static struct msgq_msg *first(struct msgq_descriptor *descriptor)
{
	return to_msg(rb_first_cached(&descriptor->claims));
}

/* The claim with the least token that is not below one. */
static struct msgq_msg *first_from(struct msgq_descriptor *descriptor,
				   u64 token)
{
	struct rb_node *rb = descriptor->claims.rb_root.rb_node;
	struct msgq_msg *found = NULL;

	while (rb) {
		struct msgq_msg *msg = to_msg(rb);

		if (msg->claim.token < token) {
			rb = rb->rb_right;
		} else {
			found = msg;
			rb = rb->rb_left;
		}
	}
	return found;
}

static void end(struct msgq_descriptor *descriptor, struct msgq_msg *msg)
{
	rb_erase_cached(&msg->claim.rb, &descriptor->claims);
	descriptor->queue->claimed--;
}

/* End a claim with the message back on the queue, which is not removed. */
static void give_back(struct msgq_descriptor *descriptor, struct msgq_msg *msg,
		      int by)
{
	trace_msgq_return(descriptor->queue, msg, by);
	end(descriptor, msg);
	descriptor->queue->returned++;
	msgq_put_back(descriptor->queue, msg);
}

/* Which claims are released: an owner's, those whose time is over, or all. */
#define OVERDUE		((const void *)1)
#define ALL		((const void *)2)

static bool is_due(const struct msgq_msg *msg, const void *whose)
{
	if (whose == OVERDUE)
		return time_after_eq(jiffies, msg->claim.expires);
	return whose == ALL || msg->claim.owner == whose;
}

/* Put back what is claimed; of a removed queue all of it is freed. */
static void release(struct msgq_descriptor *descriptor, const void *whose)
{
	struct msgq_queue *queue = descriptor->queue;
	struct msgq_msg *msg;
	u64 token = 0;
	unsigned int i = 0;

	spin_lock(&queue->lock);
	for (;;) {
		bool removed = queue->removed;

		msg = removed ? msgq_claims_pop(descriptor) :
				first_from(descriptor, token);
		if (!msg)
			break;

		token = msg->claim.token + 1;
		if (removed) {
			spin_unlock(&queue->lock);
			msgq_msg_free(msg);
			spin_lock(&queue->lock);
		} else if (is_due(msg, whose)) {
			give_back(descriptor, msg, whose == OVERDUE ?
				  MSGQ_BY_EXPIRY : MSGQ_BY_CLOSE);
		} else if (whose == OVERDUE) {
			/* None behind it has less time. */
			break;
		}
		if (++i % END_BATCH)
			continue;
		spin_unlock(&queue->lock);
		cond_resched();
		spin_lock(&queue->lock);
	}
	spin_unlock(&queue->lock);
	msgq_ns_kick(queue->ns);
}

static void expire(struct work_struct *work)
{
	struct msgq_descriptor *descriptor =
		container_of(work, struct msgq_descriptor, expiry.work);
	struct msgq_queue *queue = descriptor->queue;
	struct msgq_msg *msg;

	release(descriptor, OVERDUE);

	spin_lock(&queue->lock);
	msg = first(descriptor);
	if (msg)
		queue_delayed_work(system_dfl_wq, &descriptor->expiry,
				   max_t(long, 1,
					 msg->claim.expires - jiffies));
	spin_unlock(&queue->lock);
}

/**
 * msgq_claims_init() - set up the claims of a descriptor
 * @descriptor: the descriptor, attached to no queue yet
 *
 * Context: any.
 */
void msgq_claims_init(struct msgq_descriptor *descriptor)
{
	descriptor->claims = RB_ROOT_CACHED;
	atomic64_set(&descriptor->tokens, 0);
	INIT_DELAYED_WORK(&descriptor->expiry, expire);
}

/**
 * msgq_claims_exit() - release all claims of a descriptor
 * @descriptor: the descriptor, attached, that nobody has any more
 *
 * Context: process context, may sleep.
 */
void msgq_claims_exit(struct msgq_descriptor *descriptor)
{
	cancel_delayed_work_sync(&descriptor->expiry);
	/* Whoever claimed has closed it: there is none, but by a removal. */
	release(descriptor, ALL);
}

/**
 * msgq_claim_prepare() - number a claim, before the program is told
 * @descriptor: the descriptor that it is made by
 * @msg: a message that the caller has taken
 *
 * Its time begins.
 *
 * Context: process context.
 */
void msgq_claim_prepare(struct msgq_descriptor *descriptor,
			struct msgq_msg *msg)
{
	msg->claim.token = atomic64_inc_return(&descriptor->tokens);
	msg->claim.owner = current->files;
	msg->claim.expires = jiffies + descriptor->limit;
}

/**
 * msgq_claim() - make a message that was taken a claimed one
 * @descriptor: the descriptor that it is made by
 * @msg: a message that the caller has taken, after msgq_claim_prepare(); on
 *	the queue, which is not removed
 * @since: when the wait for it began, or 0
 *
 * The message belongs to others when the lock is released.
 *
 * Context: the queue's lock.
 */
void msgq_claim(struct msgq_descriptor *descriptor, struct msgq_msg *msg,
		u64 since)
{
	struct rb_node **link = &descriptor->claims.rb_root.rb_node;
	bool leftmost = true, alone = !*link;
	struct rb_node *parent = NULL;

	while (*link) {
		parent = *link;
		if (msg->claim.token < to_msg(parent)->claim.token) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&msg->claim.rb, parent, link);
	rb_insert_color_cached(&msg->claim.rb, &descriptor->claims, leftmost);

	if (msg->deliveries < MSGQ_DELIVERIES_MOST)
		msg->deliveries++;
	descriptor->queue->claimed++;
	descriptor->queue->claims++;
	trace_msgq_claim(descriptor->queue, msg, since);
	/* With others before it, the work is on its way. */
	if (descriptor->limit && alone)
		queue_delayed_work(system_dfl_wq, &descriptor->expiry,
				   descriptor->limit);
}

/**
 * msgq_claims_pop() - end some claim by taking its message off the queue
 * @descriptor: the descriptor
 *
 * Context: the queue's lock.
 * Return: the message, which is the caller's now, or NULL when no claim is
 * left.
 */
struct msgq_msg *msgq_claims_pop(struct msgq_descriptor *descriptor)
{
	struct msgq_msg *msg = first(descriptor);

	if (!msg)
		return NULL;

	end(descriptor, msg);
	/* A removal may have taken it off already. */
	if (!list_empty(&msg->all))
		msgq_queue_leave(descriptor->queue, msg);
	return msg;
}

/**
 * msgq_claims_flush() - a process has closed a descriptor
 * @descriptor: what it has closed
 * @owner: its table of open files
 *
 * If it was the last of this opening in the table, the claims of the process
 * are released.
 *
 * Context: process context, may sleep.
 */
void msgq_claims_flush(struct msgq_descriptor *descriptor, const void *owner)
{
	struct msgq_queue *queue = descriptor->queue;
	bool none;

	/*
	 * Whoever claims meanwhile looks at the table after it has claimed,
	 * under the lock, and this is after the table has changed.
	 */
	spin_lock(&queue->lock);
	none = !first(descriptor);
	spin_unlock(&queue->lock);
	if (!none && !msgq_descriptor_in(descriptor, owner))
		release(descriptor, owner);
}

/*
 * End the claims of some tokens, and move messages that leave to a list; how
 * many there were, up to the first that is none.
 */
static unsigned int settle(struct msgq_descriptor *descriptor,
			   const u64 *tokens, unsigned int count, u32 flags,
			   struct list_head *left)
{
	struct msgq_queue *queue = descriptor->queue;
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct msgq_msg *msg = first_from(descriptor, tokens[i]);

		if (!msg || msg->claim.token != tokens[i])
			break;
		if (flags & MSGQ_RELEASE) {
			give_back(descriptor, msg, MSGQ_BY_RELEASE);
			/* The lock may have been released meanwhile. */
			if (queue->removed)
				return i + 1;
		} else {
			trace_msgq_receive(queue, msg->node.key, msg->size, 0);
			end(descriptor, msg);
			msgq_queue_leave(queue, msg);
			list_add_tail(&msg->all, left);
		}
	}
	if (!list_empty(left))
		msgq_admit_senders(queue);
	return i;
}

/**
 * msgq_settle() - acknowledge or release claims
 * @descriptor: the descriptor that they were made by
 * @arg: which, and what to do
 *
 * Context: process context, may sleep.
 * Return: how many, up to the first token that stands for no claim; -ENOENT
 * when that is the first of all; -EIDRM when the queue is removed; -EFAULT;
 * -EINVAL.
 */
long msgq_settle(struct msgq_descriptor *descriptor,
		 const struct msgq_settle *arg)
{
	const u64 __user *user = u64_to_user_ptr(arg->tokens);
	struct msgq_queue *queue = descriptor->queue;
	unsigned int part, some;
	u64 tokens[END_BATCH / 2];
	int done = 0, err = 0;

	if (!arg->count || arg->count > MSGQ_BATCH_MOST ||
	    arg->flags & ~MSGQ_RELEASE)
		return -EINVAL;

	do {
		LIST_HEAD(left);

		part = min_t(unsigned int, arg->count - done,
			     ARRAY_SIZE(tokens));
		if (copy_from_user(tokens, user + done, part * sizeof(*tokens)))
			return done ?: -EFAULT;

		spin_lock(&queue->lock);
		some = 0;
		if (queue->removed)
			err = -EIDRM;
		else
			some = settle(descriptor, tokens, part, arg->flags,
				      &left);
		spin_unlock(&queue->lock);

		msgq_msg_free_list(&left);
		msgq_ns_kick(queue->ns);
		done += some;
	} while (some == part && done < arg->count);
	return done ?: err ?: -ENOENT;
}
