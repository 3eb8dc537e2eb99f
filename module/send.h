/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_SEND_H
#define MSGQ_SEND_H

#include <linux/types.h>

struct iov_iter;
struct msgq_call;
struct msgq_msg;
struct msgq_ns;
struct msgq_queue;
struct msgq_snd;
struct msgq_waiter;

int msgq_send(struct msgq_ns *ns, const struct msgq_snd *arg);
long msgq_send_iter(struct msgq_queue *queue, const struct msgq_call *call,
		    s64 type, struct iov_iter *from);

int msgq_send_now(struct msgq_queue *queue, const struct msgq_call *call,
		  struct msgq_msg *msg);
void msgq_send_begin(struct msgq_queue *queue, const struct msgq_call *call,
		     struct msgq_msg *msg, struct msgq_waiter *waiter);
int msgq_send_wait(struct msgq_queue *queue, const struct msgq_call *call,
		   struct msgq_waiter *waiter);

#endif /* MSGQ_SEND_H */
