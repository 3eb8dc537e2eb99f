/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One message.
 *
 * A message is made by its sender, from the bytes of a program, before any
 * lock is taken; then it belongs to a queue and is protected by the queue's
 * lock; and then to the receiver that took it, until its bytes have arrived.
 *
 * A short message is one piece of memory.  What does not fit into a page goes
 * on in a chain of segments of a page each, so that even a very long message
 * asks for no more than single pages.
 */
#ifndef MSGQ_MESSAGE_H
#define MSGQ_MESSAGE_H

#include <linux/list.h>
#include <linux/types.h>

#include "index.h"

struct msgq_segment;

/**
 * struct msgq_msg - one message
 * @all: its place among all messages of the queue; empty while it is on none
 * @more: the rest of a text that does not fit into this page
 * @size: bytes of text
 * @out: a receiver has taken it and its bytes have not arrived yet: it keeps
 *	its place on the list, but is in no index and nobody else's choice
 * @node: its place among the messages by type; the key is the type
 * @text: the beginning of the text.  It follows the type as it does in a
 *	program's msgbuf, so that one copy moves both.
 */
struct msgq_msg {
	struct list_head all;
	struct msgq_segment *more;
	u32 size;
	bool out;
	struct msgq_node node;
	char text[];
};

struct msgq_msg *msgq_msg_alloc(size_t size);
int msgq_msg_fill(struct msgq_msg *msg, const void __user *msgp,
		  unsigned int long_size);
int msgq_msg_store(struct msgq_msg *msg, void __user *msgp, size_t size,
		   unsigned int long_size);
void msgq_msg_copy(struct msgq_msg *to, const struct msgq_msg *from);
void msgq_msg_free(struct msgq_msg *msg);
int msgq_user_type(const void __user *msgp, unsigned int long_size, s64 *type);

#endif /* MSGQ_MESSAGE_H */
