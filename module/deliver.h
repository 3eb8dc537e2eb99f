/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where messages and waiters meet.
 */
#ifndef MSGQ_DELIVER_H
#define MSGQ_DELIVER_H

struct msgq_msg;
struct msgq_queue;
struct pid;

void msgq_deliver(struct msgq_queue *queue, struct msgq_msg *msg,
		  struct pid *sender);
void msgq_admit_senders(struct msgq_queue *queue);
void msgq_put_back(struct msgq_queue *queue, struct msgq_msg *msg);

#endif /* MSGQ_DELIVER_H */
