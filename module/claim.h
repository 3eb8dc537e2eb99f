/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims.
 *
 * A message that is claimed belongs to the process that claimed it, and stays
 * on the queue, until the process acknowledges it (it leaves the queue) or
 * releases it (it stands where it stood, for anybody).  What the process does
 * not do is done for it: a claim is released when the process has no
 * descriptor any more of the opening by which it was made, because it closed
 * the last or is gone, and when its time is over.
 *
 * A process is known by its table of open files, as for the locks of fcntl(2):
 * threads share one, and a forked child has another.  Each close of a
 * descriptor tells whose table it was closed in.
 *
 * A claim lies in its message, so that claiming cannot fail.  The claims made
 * by a descriptor form a tree by token.  Tokens are numbered, and all claims
 * of a descriptor have the same time limit, so the tree is in order of expiry
 * as well.
 */
#ifndef MSGQ_CLAIM_H
#define MSGQ_CLAIM_H

#include <linux/types.h>

struct msgq_descriptor;
struct msgq_msg;
struct msgq_settle;

/* How a claim ended that was not acknowledged, as tracers are told. */
#define MSGQ_BY_RELEASE	0
#define MSGQ_BY_EXPIRY	1
#define MSGQ_BY_CLOSE	2

void msgq_claims_init(struct msgq_descriptor *descriptor);
void msgq_claims_exit(struct msgq_descriptor *descriptor);
void msgq_claim_prepare(struct msgq_descriptor *descriptor,
			struct msgq_msg *msg);
void msgq_claim(struct msgq_descriptor *descriptor, struct msgq_msg *msg,
		u64 since);
struct msgq_msg *msgq_claims_pop(struct msgq_descriptor *descriptor);
void msgq_claims_flush(struct msgq_descriptor *descriptor, const void *owner);
long msgq_settle(struct msgq_descriptor *descriptor,
		 const struct msgq_settle *arg);

#endif /* MSGQ_CLAIM_H */
