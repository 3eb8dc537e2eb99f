// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying a message from and to programs, and to another message; the model is
 * told in message.h.
 *
 * Locks: none.  A message that is filled or stored belongs to one task alone;
 * msgq_msg_copy() runs under the lock of the source's queue.
 */
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "message.h"
#include "words.h"

/* What is copied at once lies in the message itself. */
static_assert(MSGQ_AT_ONCE_MOST <= MSGQ_FIRST_BYTES);

static bool is_few(size_t size)
{
	return MSGQ_COPIES_WORDS && size <= MSGQ_WORDS_MOST;
}

/* Where words fail, the others know how far they get. */
static int get_text(void *to, const void __user *from, size_t size)
{
	if (is_few(size) && !msgq_get_words(to, from, size))
		return 0;
	return copy_from_user(to, from, size) ? -EFAULT : 0;
}

static int put_text(void __user *to, const void *from, size_t size)
{
	if (is_few(size) && !msgq_put_words(to, from, size))
		return 0;
	return copy_to_user(to, from, size) ? -EFAULT : 0;
}

/* Where a long of this size has to lie to end where the text begins. */
static void *type_before_text(struct msgq_msg *msg, unsigned int long_size)
{
	static_assert(offsetof(struct msgq_msg, text) ==
		      offsetof(struct msgq_msg, node.key) + sizeof(s64));

	return (char *)msg + offsetof(struct msgq_msg, text) - long_size;
}

/**
 * msgq_user_type() - read the type at the head of a program's msgbuf
 * @msgp: the msgbuf
 * @long_size: bytes of the program's long: 4 or 8
 * @type: where to put it
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT.
 */
int msgq_user_type(const void __user *msgp, unsigned int long_size, s64 *type)
{
	s32 type32;

	if (long_size == sizeof(*type))
		return copy_from_user(type, msgp, sizeof(*type)) ? -EFAULT : 0;

	if (copy_from_user(&type32, msgp, sizeof(type32)))
		return -EFAULT;
	*type = type32;
	return 0;
}

/**
 * msgq_msg_fill() - read type and text from a program's msgbuf
 * @msg: a message of the caller's own
 * @msgp: the msgbuf
 * @long_size: bytes of the program's long: 4 or 8; or 0 when @msgp is text
 *	alone, and the type is left alone
 *
 * Context: process context, may sleep.
 * Return: 0; -EFAULT when the type cannot be read; -EINVAL when it is below 1;
 * -EFAULT when the text cannot be read.
 */
int msgq_msg_fill(struct msgq_msg *msg, const void __user *msgp,
		  unsigned int long_size)
{
	size_t part = min_t(size_t, msg->size, MSGQ_FIRST_BYTES);
	void *to = type_before_text(msg, long_size);
	struct msgq_segment *segment;
	size_t left = msg->size - part;

	if (get_text(to, msgp, long_size + part)) {
		s64 type = 1;

		/* Which of the two was it? */
		if (long_size && msgq_user_type(msgp, long_size, &type))
			return -EFAULT;
		return type < 1 ? -EINVAL : -EFAULT;
	}

	if (long_size == sizeof(s32))
		msg->node.key = *(s32 *)to;
	if (long_size && msg->node.key < 1)
		return -EINVAL;

	msgp += long_size + part;
	for (segment = msg->more; left; segment = segment->more) {
		part = min_t(size_t, left, MSGQ_SEGMENT_BYTES);
		if (copy_from_user(segment->text, msgp, part))
			return -EFAULT;
		msgp += part;
		left -= part;
	}
	return 0;
}

/**
 * msgq_msg_store() - write type and text to a program's msgbuf
 * @msg: a message of the caller's own
 * @msgp: the msgbuf
 * @size: bytes of text to write, at most the message's
 * @long_size: bytes of the program's long: 4 or 8; or 0 when @msgp is room for
 *	the text alone
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT when some of it could not be written.
 */
int msgq_msg_store(struct msgq_msg *msg, void __user *msgp, size_t size,
		   unsigned int long_size)
{
	size_t part = min_t(size_t, size, MSGQ_FIRST_BYTES);
	void *from = msg->text;
	struct msgq_segment *segment;
	size_t left = size - part;

	if (long_size == sizeof(s64)) {
		from = type_before_text(msg, long_size);
		part += long_size;
	} else if (long_size) {
		s32 type32 = msg->node.key;

		if (copy_to_user(msgp, &type32, sizeof(type32)))
			return -EFAULT;
		msgp += sizeof(type32);
	}

	if (put_text(msgp, from, part))
		return -EFAULT;

	for (segment = msg->more; left; segment = segment->more) {
		msgp += part;
		part = min_t(size_t, left, MSGQ_SEGMENT_BYTES);
		if (copy_to_user(msgp, segment->text, part))
			return -EFAULT;
		left -= part;
	}
	return 0;
}

/**
 * msgq_msg_store_much() - write type and text without sleeping
 * @msg: a message
 * @msgp: the msgbuf, or room for the text alone
 * @size: bytes of text to write, at most the message's
 * @long_size: 8, or 0 when @msgp is room for the text alone
 *
 * The part of msgq_msg_store_at_once() for when words do not do.
 *
 * Context: any; page faults are not served.
 * Return: true; or false when it has to be done otherwise.
 */
bool msgq_msg_store_much(const struct msgq_msg *msg, void __user *msgp,
			 size_t size, unsigned int long_size)
{
	unsigned long left;

	size += long_size;
	if (size > MSGQ_AT_ONCE_MOST || !access_ok(msgp, size))
		return false;

	pagefault_disable();
	left = __copy_to_user_inatomic(msgp, msg->text - long_size, size);
	pagefault_enable();
	return !left;
}

/**
 * msgq_msg_fill_iter() - read the text from where a write reads
 * @msg: a message of the caller's own; its type is left alone
 * @from: at least as many bytes as the message has
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT.
 */
int msgq_msg_fill_iter(struct msgq_msg *msg, struct iov_iter *from)
{
	size_t part = min_t(size_t, msg->size, MSGQ_FIRST_BYTES);
	struct msgq_segment *segment;
	size_t left = msg->size - part;

	if (iter_is_ubuf(from) && is_few(part) &&
	    !msgq_get_words(msg->text, from->ubuf + from->iov_offset, part)) {
		iov_iter_advance(from, part);
		return 0;
	}

	if (copy_from_iter(msg->text, part, from) != part)
		return -EFAULT;

	for (segment = msg->more; left; segment = segment->more) {
		part = min_t(size_t, left, MSGQ_SEGMENT_BYTES);
		if (copy_from_iter(segment->text, part, from) != part)
			return -EFAULT;
		left -= part;
	}
	return 0;
}

/**
 * msgq_msg_store_iter() - write the text to where a read writes
 * @msg: a message of the caller's own
 * @to: room for at least @size bytes
 * @size: bytes of text to write, at most the message's
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT when some of it could not be written.
 */
int msgq_msg_store_iter(struct msgq_msg *msg, struct iov_iter *to, size_t size)
{
	size_t part = min_t(size_t, size, MSGQ_FIRST_BYTES);
	struct msgq_segment *segment;
	size_t left = size - part;

	if (copy_to_iter(msg->text, part, to) != part)
		return -EFAULT;

	for (segment = msg->more; left; segment = segment->more) {
		part = min_t(size_t, left, MSGQ_SEGMENT_BYTES);
		if (copy_to_iter(segment->text, part, to) != part)
			return -EFAULT;
		left -= part;
	}
	return 0;
}

/**
 * msgq_msg_copy() - make one message say what another says
 * @to: a message of the caller's own, allocated for at least as many bytes
 * @from: the other
 *
 * Context: any; the caller keeps @from from being freed.
 */
void msgq_msg_copy(struct msgq_msg *to, const struct msgq_msg *from)
{
	size_t part = min_t(size_t, from->size, MSGQ_FIRST_BYTES);
	const struct msgq_segment *source = from->more;
	struct msgq_segment *segment = to->more;
	size_t left = from->size - part;

	to->node.key = from->node.key;
	to->size = from->size;
	memcpy(to->text, from->text, part);
	for (; left; left -= part) {
		part = min_t(size_t, left, MSGQ_SEGMENT_BYTES);
		memcpy(segment->text, source->text, part);
		segment = segment->more;
		source = source->more;
	}
}
