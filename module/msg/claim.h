/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims.
 *
 * A message that is claimed belongs to the process that claimed it, and stays
 * on the queue, until the process acknowledges it (it leaves the queue) or
 * releases it (it stands where it stood, for anybody).  A claim that the
 * process does not settle is released for it: when the process ends, when the
 * time of the claim is over, and with the last close of the opening by which
 * it was made.  A process is known by the struct pid of its thread group: its
 * threads share claims, a forked child has none of them, and execve(2) leaves
 * them alone.
 *
 * A claim lies in its message, so that claiming cannot fail; what it needs
 * besides, the claimer, is made before a message is taken.  The claims made
 * by a descriptor form a tree by token.  The lower bits of a token are a number
 * that is counted up in the descriptor, and the upper ones say whose it is: so
 * the claims of one process stand side by side, and its end costs what it has
 * claimed.  All claims of a descriptor have the same time limit, so those of
 * one process are in order of expiry as well.
 */
#ifndef MSGQ_CLAIM_H
#define MSGQ_CLAIM_H

#include <linux/types.h>

struct msgq_claimer;
struct msgq_descriptor;
struct msgq_msg;
struct msgq_settle;

/* How a claim ended that was not acknowledged, as tracers are told. */
#define MSGQ_BY_RELEASE	0
#define MSGQ_BY_EXPIRY	1
#define MSGQ_BY_CLOSE	2
#define MSGQ_BY_EXIT	3

void msgq_claims_init(struct msgq_descriptor *descriptor);
void msgq_claims_exit(struct msgq_descriptor *descriptor);
u64 msgq_claim_tokens(unsigned int number);
void msgq_claim_prepare(struct msgq_claimer *claimer, struct msgq_msg *msg);
void msgq_claim(struct msgq_claimer *claimer, struct msgq_msg *msg, u64 since);
struct msgq_msg *msgq_claims_pop(struct msgq_descriptor *descriptor);
bool msgq_claims_end(struct msgq_claimer *claimer, unsigned int *ended);
long msgq_settle(struct msgq_descriptor *descriptor,
		 const struct msgq_settle *arg);

#endif /* MSGQ_CLAIM_H */
