/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims.
 *
 * A message that is claimed belongs to the process that claimed it, and stays
 * on the queue, until the process acknowledges it (it leaves the queue) or
 * releases it (any receiver may take it again, at the place that it had).  A
 * claim that the process does not settle is released for it: when the process
 * ends, when the time of the claim is over, and with the last close of the
 * opening by which it was made.  A process is known by the struct pid of its
 * thread group: its threads share claims, a forked child has none of them, and
 * execve(2) does not change them.
 *
 * A claim is a part of its message, so claiming cannot fail.  The claimer,
 * which it needs besides, is made before a message is taken.
 *
 * Each opening has a struct msgq_claims with its claims in a tree by token.
 * The lower bits of a token count the claims of the opening, and the upper bits
 * stand for the claimer.  The claims of one process are therefore side by side,
 * and its end costs as much as it has claims.  All claims of an
 * opening have the same time limit, so those of one process are in order of
 * expiry as well.
 */
#ifndef MSGQ_CLAIM_H
#define MSGQ_CLAIM_H

#include <linux/atomic.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct msgq_claimer;
struct msgq_msg;
struct msgq_queue;
struct msgq_settle;

/* How a claim ended that was not acknowledged, for tracers. */
#define MSGQ_BY_RELEASE	0
#define MSGQ_BY_EXPIRY	1
#define MSGQ_BY_CLOSE	2
#define MSGQ_BY_EXIT	3

/**
 * struct msgq_claims - the claims that are made by one opening of a queue
 * @queue: the queue; set when the opening is attached to it, then constant
 * @limit: how long a claim lasts, in jiffies; 0 for ever; constant
 * @tokens: number of tokens given so far
 * @by_token: the claims, under the lock of the queue
 * @claimers: the processes that claim by the opening, by address; see claimer.c
 * @claimers_made: number of claimers so far, under svipc_notices_lock
 * @expiry: releases claims whose time is over
 * @expires: the time at which @expiry runs, in jiffies, while it is pending;
 *	under the lock of the queue
 */
struct msgq_claims {
	struct msgq_queue *queue;
	unsigned long limit;
	atomic64_t tokens;
	struct rb_root_cached by_token;
	struct rb_root claimers;
	unsigned int claimers_made;
	struct delayed_work expiry;
	unsigned long expires;
};

void msgq_claims_init(struct msgq_claims *claims);
void msgq_claims_exit(struct msgq_claims *claims);
u64 msgq_claim_tokens(unsigned int number);
void msgq_claim_prepare(struct msgq_claimer *claimer, struct msgq_msg *msg);
void msgq_claim(struct msgq_claimer *claimer, struct msgq_msg *msg, u64 since);
struct msgq_msg *msgq_claims_pop(struct msgq_claims *claims);
bool msgq_claims_end(struct msgq_claimer *claimer, unsigned int *ended);
long msgq_settle(struct msgq_claims *claims,
		 const struct msgq_settle *arg);

#endif /* MSGQ_CLAIM_H */
