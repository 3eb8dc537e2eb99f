/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many messages by one call.
 *
 * A batch is carried out in parts.  The messages of a part are made, or copied
 * to the program, without the lock, and sent, taken or committed under one hold
 * of it.  Short texts are copied to the program while their messages are taken,
 * and leave the queue at once.  The batch ends with the first message that
 * fails, and returns the number of messages before it.
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
