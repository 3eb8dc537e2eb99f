/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many messages by one call.
 *
 * A batch goes through in parts.  The messages of a part are made, or copied
 * out, without a lock, and sent, taken or committed under one hold of it;
 * short texts are copied out under that of taking them, and leave at once.
 * What a part could not do ends the batch, which then tells how many it did.
 */
#ifndef MSGQ_BATCH_H
#define MSGQ_BATCH_H

struct msgq_batch;
struct msgq_call;
struct msgq_claims;
struct msgq_queue;

long msgq_send_batch(struct msgq_queue *queue, const struct msgq_call *call,
		     const struct msgq_batch *arg);
long msgq_receive_batch(struct msgq_queue *queue, const struct msgq_call *call,
			const struct msgq_batch *arg,
			struct msgq_claims *claims);

#endif /* MSGQ_BATCH_H */
