// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims: made, acknowledged, released; the model is described in claim.h.
 *
 * Locks: the claims of an opening are protected by the lock of its queue.
 * A message that is on its way to a program belongs to the task that took it,
 * its claim included, until msgq_claim().
 */
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>
#include <linux/workqueue.h>

#include <msgq.h>

#include "compat/workqueue.h"
#include "claim.h"
#include "claimer.h"
#include "deliver.h"
#include "instance.h"
#include "message.h"
#include "queue.h"
#include "trace.h"

/* How many claims are ended, or passed by, under one hold of the lock. */
#define END_BATCH	SVIPC_NOTICE_STEP

/*
 * Bits of a token: a number that counts the claims of the opening, and
 * above it the one of the claimer.  Claimers share a number once there have
 * been more than fit; then each passes by the claims of the others.
 */
#define COUNT_BITS	48
#define CLAIMER_BITS	15

static struct msgq_msg *claim_to_msg(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct msgq_msg, claim.rb);
}

static struct msgq_msg *first_claim(struct msgq_claims *claims)
{
	return claim_to_msg(rb_first_cached(&claims->by_token));
}

/* The claim with the least token that is not below one. */
static struct msgq_msg *first_claim_from(struct msgq_claims *claims, u64 token)
{
	struct rb_node *rb = claims->by_token.rb_root.rb_node;
	struct msgq_msg *found = NULL;

	while (rb) {
		struct msgq_msg *msg = claim_to_msg(rb);

		if (msg->claim.token < token) {
			rb = rb->rb_right;
		} else {
			found = msg;
			rb = rb->rb_left;
		}
	}
	return found;
}

static void end_claim(struct msgq_claims *claims, struct msgq_msg *msg)
{
	lockdep_assert_held(&claims->queue->ipc.lock);

	rb_erase_cached(&msg->claim.rb, &claims->by_token);
	msg->claim.claimer->count--;
	claims->queue->claimed--;
}

/* End a claim with the message back on the queue, which is not removed. */
static void give_claim_back(struct msgq_claims *claims, struct msgq_msg *msg,
			    int by)
{
	trace_msgq_return(claims->queue, msg, by);
	end_claim(claims, msg);
	claims->queue->returned++;
	msgq_put_back(claims->queue, msg);
}

/* End a claim with the message off the queue. */
static void take_claim_off(struct msgq_claims *claims, struct msgq_msg *msg)
{
	end_claim(claims, msg);
	/* A removal may have taken it off already. */
	if (!list_empty(&msg->all))
		msgq_queue_leave(claims->queue, msg);
}

/* The first token behind those of all whose claimer has this one's number. */
static u64 claimer_tokens_end(u64 token)
{
	return ((token >> COUNT_BITS) + 1) << COUNT_BITS;
}

/**
 * struct claims_pass - one pass over the claims of an opening
 * @from: the token to go on with
 * @to: the token to stop before
 * @claimer: whose claims are to end; NULL for those of all
 * @by: how they end, MSGQ_BY_*
 * @expires: the earliest expiry among the claims whose time is not over, in
 *	jiffies
 * @steps: how many claims were looked at
 */
struct claims_pass {
	u64 from;
	u64 to;
	const struct msgq_claimer *claimer;
	int by;
	unsigned long expires;
	unsigned int steps;
};

/* Does a claim end in this pass?  If not, say where to go on. */
static bool ends_in_pass(struct claims_pass *pass, const struct msgq_msg *msg)
{
	if (pass->claimer && msg->claim.claimer != pass->claimer)
		return false;
	if (pass->by != MSGQ_BY_EXPIRY ||
	    time_after_eq(jiffies, msg->claim.expires))
		return true;

	if (time_before(msg->claim.expires, pass->expires))
		pass->expires = msg->claim.expires;
	/* None of the same process behind it has less time. */
	pass->from = claimer_tokens_end(msg->claim.token);
	return false;
}

/*
 * Go on with a pass, under the lock of the queue, and move messages to a list
 * that are to be freed; false when it is finished.
 */
static bool continue_claims_pass(struct msgq_claims *claims,
				 struct claims_pass *pass,
				 struct list_head *left)
{
	struct msgq_queue *queue = claims->queue;
	unsigned int i;

	lockdep_assert_held(&queue->ipc.lock);

	for (i = 0; i < END_BATCH; i++) {
		struct msgq_msg *msg = first_claim_from(claims, pass->from);

		if (!msg || msg->claim.token >= pass->to)
			return false;

		pass->steps++;
		pass->from = msg->claim.token + 1;
		if (queue->ipc.removed) {
			take_claim_off(claims, msg);
			list_add_tail(&msg->all, left);
		} else if (ends_in_pass(pass, msg)) {
			give_claim_back(claims, msg, pass->by);
		}
	}
	return true;
}

/* End the claims that a pass is about. */
static void end_claims(struct msgq_claims *claims, struct claims_pass *pass)
{
	struct msgq_queue *queue = claims->queue;
	bool more;

	do {
		LIST_HEAD(left);

		spin_lock(&queue->ipc.lock);
		more = continue_claims_pass(claims, pass, &left);
		spin_unlock(&queue->ipc.lock);
		msgq_msg_free_list(&left);
		cond_resched();
	} while (more);
	msgq_quota_wake(msgq_instance_of(queue));
}

/*
 * Have the work run when a claim expires, unless it does before, under the
 * lock of the queue.  While it runs it is not pending, and may have passed by.
 */
static void expire_claims_at(struct msgq_claims *claims, unsigned long expires)
{
	lockdep_assert_held(&claims->queue->ipc.lock);

	if (delayed_work_pending(&claims->expiry) &&
	    time_after_eq(expires, claims->expires))
		return;

	claims->expires = expires;
	mod_delayed_work(system_dfl_wq, &claims->expiry,
			 max_t(long, 1, expires - jiffies));
}

static void expire_claims(struct work_struct *work)
{
	struct msgq_claims *claims =
		container_of(work, struct msgq_claims, expiry.work);
	struct msgq_queue *queue = claims->queue;
	struct claims_pass pass = {
		.to = U64_MAX,
		.by = MSGQ_BY_EXPIRY,
		.expires = jiffies + claims->limit,
	};

	end_claims(claims, &pass);

	spin_lock(&queue->ipc.lock);
	if (!RB_EMPTY_ROOT(&claims->by_token.rb_root))
		expire_claims_at(claims, pass.expires);
	spin_unlock(&queue->ipc.lock);
}

/**
 * msgq_claims_init() - set up the claims of an opening
 * @claims: the claims, cleared but for their limit; the opening is attached to
 *	no queue yet
 *
 * Context: any.
 */
void msgq_claims_init(struct msgq_claims *claims)
{
	claims->by_token = RB_ROOT_CACHED;
	atomic64_set(&claims->tokens, 0);
	INIT_DELAYED_WORK(&claims->expiry, expire_claims);
}

/**
 * msgq_claims_exit() - release all claims of an opening
 * @claims: the claims; the opening is attached and has no user any more
 *
 * Context: process context, may sleep.
 */
void msgq_claims_exit(struct msgq_claims *claims)
{
	struct claims_pass pass = { .to = U64_MAX, .by = MSGQ_BY_CLOSE };

	cancel_delayed_work_sync(&claims->expiry);
	end_claims(claims, &pass);
}

/**
 * msgq_claims_end() - end claims of a process that has ended
 * @claimer: the claimer of the process; its opening cannot go meanwhile
 * @ended: where to put how many claims it has dealt with
 *
 * Context: process context, svipc_notices_lock, may sleep.
 * Return: true when there are more.
 */
bool msgq_claims_end(struct msgq_claimer *claimer, unsigned int *ended)
{
	struct msgq_claims *claims = claimer->claims;
	struct msgq_queue *queue = claims->queue;
	struct claims_pass pass = {
		.from = claimer->ended,
		.to = claimer_tokens_end(claimer->tokens),
		.claimer = claimer,
		.by = MSGQ_BY_EXIT,
	};
	LIST_HEAD(left);
	bool more;

	lockdep_assert_held(&svipc_notices_lock);

	spin_lock(&queue->ipc.lock);
	/* Once more from the beginning, should numbers have come round. */
	if (claimer->count && !continue_claims_pass(claims, &pass, &left))
		pass.from = claimer->tokens;
	claimer->ended = pass.from;
	more = claimer->count;
	spin_unlock(&queue->ipc.lock);

	msgq_msg_free_list(&left);
	msgq_quota_wake(msgq_instance_of(queue));
	*ended = pass.steps;
	return more;
}

/**
 * msgq_claim_tokens() - the upper bits of the tokens of a claimer
 * @number: how many claimers the opening has had before
 *
 * Context: any.
 * Return: the upper bits of the tokens.
 */
u64 msgq_claim_tokens(unsigned int number)
{
	return (number & (BIT_ULL(CLAIMER_BITS) - 1)) << COUNT_BITS;
}

/**
 * msgq_claim_prepare() - give a claim its token, before it is copied out
 * @claimer: the claimer
 * @msg: a message that the caller has taken
 *
 * Its time begins.
 *
 * Context: process context.
 */
void msgq_claim_prepare(struct msgq_claimer *claimer, struct msgq_msg *msg)
{
	struct msgq_claims *claims = claimer->claims;
	u64 count = atomic64_inc_return(&claims->tokens);

	msg->claim.token = claimer->tokens |
			   (count & (BIT_ULL(COUNT_BITS) - 1));
	msg->claim.claimer = claimer;
	msg->claim.expires = jiffies + claims->limit;
}

/**
 * msgq_claim() - make a message that was taken a claimed one
 * @claimer: the claimer
 * @msg: a message that the caller has taken, after msgq_claim_prepare(); on
 *	the queue, which is not removed
 * @since: when the wait for it began, or 0
 *
 * The message belongs to others when the lock is released.
 *
 * Context: the queue's lock.
 */
void msgq_claim(struct msgq_claimer *claimer, struct msgq_msg *msg, u64 since)
{
	struct msgq_claims *claims = claimer->claims;
	struct rb_node **link = &claims->by_token.rb_root.rb_node;
	bool leftmost = true;
	struct rb_node *parent = NULL;

	lockdep_assert_held(&claimer->claims->queue->ipc.lock);

	while (*link) {
		parent = *link;
		if (msg->claim.token < claim_to_msg(parent)->claim.token) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	rb_link_node(&msg->claim.rb, parent, link);
	rb_insert_color_cached(&msg->claim.rb, &claims->by_token, leftmost);

	if (msg->deliveries < MSGQ_DELIVERIES_MAX)
		msg->deliveries++;
	claimer->count++;
	claims->queue->claimed++;
	claims->queue->claims++;
	trace_msgq_claim(claims->queue, msg, since);
	if (claims->limit)
		expire_claims_at(claims, msg->claim.expires);
}

/**
 * msgq_claims_pop() - end some claim by taking its message off the queue
 * @claims: the claims of the opening
 *
 * Context: the queue's lock.
 * Return: the message, which is the caller's now, or NULL when no claim is
 * left.
 */
struct msgq_msg *msgq_claims_pop(struct msgq_claims *claims)
{
	struct msgq_msg *msg = first_claim(claims);

	lockdep_assert_held(&claims->queue->ipc.lock);

	if (msg)
		take_claim_off(claims, msg);
	return msg;
}

/*
 * End the claims of some tokens, and move messages that leave to a list; how
 * many there were, up to the first that is none.
 */
static unsigned int settle_tokens(struct msgq_claims *claims, const u64 *tokens,
				  unsigned int count, u32 flags,
				  struct list_head *left)
{
	struct msgq_queue *queue = claims->queue;
	unsigned int i;

	lockdep_assert_held(&queue->ipc.lock);

	for (i = 0; i < count; i++) {
		struct msgq_msg *msg = first_claim_from(claims, tokens[i]);

		if (!msg || msg->claim.token != tokens[i])
			break;
		if (flags & MSGQ_RELEASE) {
			give_claim_back(claims, msg, MSGQ_BY_RELEASE);
			/* The lock may have been released meanwhile. */
			if (queue->ipc.removed)
				return i + 1;
		} else {
			trace_msgq_receive(queue, msg->node.key, msg->size, 0);
			end_claim(claims, msg);
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
 * @claims: the claims of the opening that they were made by
 * @arg: which, and what to do
 *
 * Context: process context, may sleep.
 * Return: how many, up to the first token without a claim; -ENOENT
 * when that is the first of all; -EIDRM when the queue is removed; -EFAULT;
 * -EINVAL.
 */
long msgq_settle(struct msgq_claims *claims, const struct msgq_settle *arg)
{
	const u64 __user *user = u64_to_user_ptr(arg->tokens);
	struct msgq_queue *queue = claims->queue;
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

		spin_lock(&queue->ipc.lock);
		some = 0;
		if (queue->ipc.removed)
			err = -EIDRM;
		else
			some = settle_tokens(claims, tokens, part, arg->flags,
					     &left);
		spin_unlock(&queue->ipc.lock);

		msgq_msg_free_list(&left);
		msgq_quota_wake(msgq_instance_of(queue));
		done += some;
	} while (some == part && done < arg->count);
	return done ?: err ?: -ENOENT;
}
