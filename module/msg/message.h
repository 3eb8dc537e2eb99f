/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One message.
 *
 * A message is made by its sender, from the bytes of a program, before any
 * lock is taken; then it belongs to a queue and is protected by the queue's
 * lock; and then to the receiver that took it, until its bytes have arrived.
 *
 * A receiver may claim a message instead of taking it.  It keeps its place on
 * the queue then, but is in no index, so that what the index needs in it holds
 * the claim instead.
 *
 * A message is one piece of memory.  A text that does not fit into 4 KiB goes
 * on in a chain of segments of 4 KiB each, so that even a very long message
 * needs single pages only.  All memory comes from caches of the module's own.
 * It is not cleared for each message, unless the module is loaded with init=1.
 * From its type on a message may be copied to programs, and a segment from its
 * text on; a kernel with hardened user copies refuses to copy the bytes before.
 *
 * Most messages are short, and for them what surrounds the work is most of the
 * cost.  A short one may be the one that its queue has room for.  A few bytes
 * are copied word by word; and what is not much is copied at once, under the
 * lock, if the program's side is in memory.
 */
#ifndef MSGQ_MESSAGE_H
#define MSGQ_MESSAGE_H

#include <linux/build_bug.h>
#include <linux/jump_label.h>
#include <linux/list.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/types.h>
#include <linux/uaccess.h>

#include "util/index.h"
#include "util/words.h"

struct iov_iter;
struct msgq_claimer;
struct msgq_snd;

/**
 * struct msgq_segment - the next piece of a text
 * @more: the piece after it
 * @text: its bytes
 */
struct msgq_segment {
	struct msgq_segment *more;
	char text[];
};

/**
 * struct msgq_claim - the claim of a claimed message
 * @rb: its place among the claims of an opening, by token
 * @claimer: the claimer
 * @expires: the time at which it is released unless it is settled, in jiffies
 * @token: the number by which the owner settles it
 */
struct msgq_claim {
	struct rb_node rb;
	struct msgq_claimer *claimer;
	unsigned long expires;
	u64 token;
};

/* How often a message is said to have been claimed, at most but for one. */
#define MSGQ_DELIVERIES_BITS	29
#define MSGQ_DELIVERIES_MAX ((1U << MSGQ_DELIVERIES_BITS) - 1)

/**
 * struct msgq_msg - one message
 * @all: its place among all messages of the queue; empty while it is on none
 * @more: the rest of a text that does not fit into this piece
 * @size: bytes of text
 * @deliveries: how often it has been claimed
 * @is_inline: it is the message of its queue's own
 * @taken: a receiver has taken it and its bytes have not arrived yet, or it is
 *	claimed: it keeps its place on the list, but is in no index and cannot
 *	be chosen by others
 * @placing: no receiver has taken it, though @taken is set: it is about to be
 *	given to a receiver that waits, or put into the index
 * @node: its place among the messages by type; the key is the type
 * @claim: in the place of it while the message is claimed, beside the arrival
 *	and the key
 * @text: the beginning of the text.  It follows the type as it does in a
 *	program's msgbuf, so that one copy at once moves both.
 */
struct msgq_msg {
	struct list_head all;
	struct msgq_segment *more;
	u32 size;
	u32 deliveries : MSGQ_DELIVERIES_BITS;
	u32 is_inline : 1;
	u32 taken : 1;
	u32 placing : 1;
	union {
		struct msgq_node node;
		struct msgq_claim claim;
	};
	char text[];
};

/* The least and the most of a piece of memory, the allocator's pointer included. */
#define MSGQ_PIECE_MIN 128
#define MSGQ_PIECE_MAX 4096
#define MSGQ_POINTER		sizeof(void *)

/* Most bytes of a short text: a message with one takes the least. */
#define MSGQ_SHORT_BYTES \
	(MSGQ_PIECE_MIN - MSGQ_POINTER - sizeof(struct msgq_msg))

/* Most bytes of text in a message itself, and in each segment. */
#define MSGQ_FIRST_BYTES \
	(MSGQ_PIECE_MAX - MSGQ_POINTER - sizeof(struct msgq_msg))
#define MSGQ_SEGMENT_HEAD	sizeof(struct msgq_segment)
#define MSGQ_SEGMENT_BYTES (MSGQ_PIECE_MAX - MSGQ_POINTER - MSGQ_SEGMENT_HEAD)

/* Longer texts are copied without the lock, for which other tasks may wait. */
#define MSGQ_AT_ONCE_MAX 2048
/* After so many bytes of texts the next is copied under another hold of the lock. */
#define MSGQ_AT_ONCE_TOTAL (4 * MSGQ_AT_ONCE_MAX)

static_assert(sizeof(struct msgq_claim) <= offsetof(struct msgq_node, arrival));

DECLARE_STATIC_KEY_FALSE(msgq_msg_cleared);

int msgq_msg_init(bool clear);
void msgq_msg_exit(void);
struct msgq_msg *msgq_msg_alloc(size_t size);
bool msgq_msg_alloc_short(struct msgq_msg **msgs, unsigned int count);
int msgq_user_type(const void __user *msgp, unsigned int long_size, s64 *type);
struct msgq_msg *msgq_msg_make(s64 type, const void __user *text, size_t size);
struct msgq_msg *msgq_msg_make_snd(const struct msgq_snd *arg, u32 most);
struct msgq_msg *msgq_msg_make_iter(s64 type, struct iov_iter *from);
int msgq_msg_fill(struct msgq_msg *msg, const void __user *text);
int msgq_msg_store(struct msgq_msg *msg, void __user *msgp, size_t size,
		   unsigned int long_size);
int msgq_msg_store_iter(struct msgq_msg *msg, struct iov_iter *to, size_t size);
void msgq_msg_copy(struct msgq_msg *to, const struct msgq_msg *from);
void msgq_msg_free(struct msgq_msg *msg);
void msgq_msg_free_list(struct list_head *msgs);
void msgq_msg_free_many(struct msgq_msg **msgs, unsigned int count);
bool msgq_msg_store_atomic(const struct msgq_msg *msg, void __user *msgp,
			   size_t size, unsigned int long_size);

/* A shorter text can be read without sleeping, by msgq_msg_fill_at_once(). */
#define MSGQ_AT_ONCE_LIMIT	(MSGQ_COPIES_WORDS ? MSGQ_SHORT_BYTES + 1 : 0)

/**
 * msgq_msg_fill_at_once() - read type and a short text without sleeping
 * @msg: the message of a queue's own
 * @msgp: the msgbuf, or the text alone
 * @size: bytes of text, less than MSGQ_AT_ONCE_LIMIT
 * @long_size: bytes of the program's long: 4 or 8; or 0 when @msgp is text
 *	alone, and the type is left alone
 *
 * Context: any; page faults are not served.
 * Return: true; or false when it has to be done otherwise.
 */
static __always_inline bool
msgq_msg_fill_at_once(struct msgq_msg *msg, const void __user *msgp,
		      size_t size, unsigned int long_size)
{
	int err;

	if (static_branch_unlikely(&msgq_msg_cleared))
		memset(msg->text, 0, MSGQ_SHORT_BYTES);

	pagefault_disable();
	err = msgq_get_words(msg->text - long_size, msgp, size + long_size);
	pagefault_enable();
	if (long_size == sizeof(s32))
		msg->node.key = *(s32 *)(msg->text - long_size);
	return !err;
}

/**
 * msgq_msg_store_at_once() - write type and not much text without sleeping
 * @msg: a message
 * @msgp: the msgbuf, or room for the text alone
 * @size: bytes of text to write, at most the message's
 * @long_size: as for msgq_msg_store()
 *
 * Context: any; page faults are not served.
 * Return: true; or false when it has to be done otherwise.
 */
static __always_inline bool
msgq_msg_store_at_once(const struct msgq_msg *msg, void __user *msgp,
		       size_t size, unsigned int long_size)
{
	int err;

	if (long_size == sizeof(s32))
		return false;
	if (!MSGQ_COPIES_WORDS || size + long_size > MSGQ_WORDS_MAX)
		return msgq_msg_store_atomic(msg, msgp, size, long_size);

	pagefault_disable();
	err = msgq_put_words(msgp, msg->text - long_size, size + long_size);
	pagefault_enable();
	return !err;
}

#endif /* MSGQ_MESSAGE_H */
