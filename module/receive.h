/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receiving.
 *
 * A receiver takes a message: it leaves the index, and is nobody else's
 * choice.  Then its bytes are copied to the program.  Then the receiver
 * commits, and the message leaves the queue, or is undone, and it stands
 * where it stood.
 *
 * A short text can be copied under the lock, if its room is in memory.  Then
 * the message leaves at once.
 */
#ifndef MSGQ_RECEIVE_H
#define MSGQ_RECEIVE_H

#include <linux/types.h>

struct iov_iter;
struct msgq_call;
struct msgq_msg;
struct msgq_ns;
struct msgq_queue;
struct msgq_rcv;
struct msgq_rule;
struct msgq_waiter;

long msgq_receive(struct msgq_ns *ns, const struct msgq_rcv *arg);
long msgq_receive_iter(struct msgq_queue *queue, const struct msgq_call *call,
		       const struct msgq_rule *rule, struct iov_iter *to);

struct msgq_msg *msgq_take_find(struct msgq_queue *queue,
				const struct msgq_call *call,
				const struct msgq_rule *rule);
void msgq_take(struct msgq_queue *queue, struct msgq_msg *msg);
struct msgq_msg *msgq_take_now(struct msgq_queue *queue,
			       const struct msgq_call *call,
			       const struct msgq_rule *rule);
void msgq_take_begin(struct msgq_queue *queue, const struct msgq_call *call,
		     const struct msgq_rule *rule, struct msgq_waiter *waiter);
struct msgq_msg *msgq_take_wait(struct msgq_queue *queue,
				const struct msgq_call *call,
				const struct msgq_rule *rule,
				struct msgq_waiter *waiter);
void msgq_take_leave(struct msgq_queue *queue, struct msgq_msg *msg);
void msgq_take_left(struct msgq_queue *queue);
void msgq_receive_commit(struct msgq_queue *queue, struct msgq_msg **msgs,
			 unsigned int count);
void msgq_receive_undo(struct msgq_queue *queue, struct msgq_msg **msgs,
		       unsigned int count);

#endif /* MSGQ_RECEIVE_H */
