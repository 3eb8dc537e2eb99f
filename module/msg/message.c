// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying a message from and to programs, and to another message; the model is
 * described in message.h.
 *
 * Locks: none.  A message that is filled or stored belongs to one task alone;
 * msgq_msg_copy() runs under the lock of the source's queue.
 */
#include <linux/build_bug.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "util/words.h"
#include "message.h"

/* A text that is copied at once is in the message itself. */
static_assert(MSGQ_AT_ONCE_MAX <= MSGQ_FIRST_BYTES);

/* The type ends where the text begins, so that one copy moves both. */
static_assert(offsetof(struct msgq_msg, text) ==
	      offsetofend(struct msgq_msg, node.key));

static bool is_short(size_t size)
{
	return MSGQ_COPIES_WORDS && size <= MSGQ_WORDS_MAX;
}

/*
 * Copy between one piece of a message and a program, in the direction of the
 * iterator.  If the word copy faults, fall back to the iterator's own copy,
 * which stops at the faulting byte.
 */
static bool copy_piece(void *piece, size_t size, struct iov_iter *iter)
{
	bool reads = iov_iter_rw(iter) == WRITE;

	if (is_short(size) && iter_is_ubuf(iter)) {
		void __user *user = iter->ubuf + iter->iov_offset;

		if (!(reads ? msgq_get_words(piece, user, size) :
			      msgq_put_words(user, piece, size))) {
			iov_iter_advance(iter, size);
			return true;
		}
	}
	return (reads ? copy_from_iter(piece, size, iter) :
			copy_to_iter(piece, size, iter)) == size;
}

/*
 * Copy @size bytes of text between a message and a program, and before them
 * the last @head bytes of the type.
 */
static int copy_text(struct msgq_msg *msg, size_t head, size_t size,
		     struct iov_iter *iter)
{
	size_t part = min_t(size_t, size, MSGQ_FIRST_BYTES);
	struct msgq_segment *segment = msg->more;

	if (!copy_piece(msg->text - head, head + part, iter))
		return -EFAULT;

	for (size -= part; size; size -= part) {
		part = min_t(size_t, size, MSGQ_SEGMENT_BYTES);
		if (!copy_piece(segment->text, part, iter))
			return -EFAULT;
		segment = segment->more;
	}
	return 0;
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
	size_t size = long_size + msg->size;
	struct iov_iter from;
	s64 type = 1;

	/* Short texts are the common case: copy them without an iterator. */
	if (!is_short(size) ||
	    msgq_get_words(msg->text - long_size, msgp, size)) {
		iov_iter_ubuf(&from, ITER_SOURCE, (void __user *)msgp, size);
		if (copy_text(msg, long_size, msg->size, &from)) {
			/* An invalid type comes before an unreadable text. */
			if (long_size &&
			    msgq_user_type(msgp, long_size, &type))
				return -EFAULT;
			return type < 1 ? -EINVAL : -EFAULT;
		}
	}

	if (long_size == sizeof(s32))
		msg->node.key = *(s32 *)(msg->text - long_size);
	return long_size && msg->node.key < 1 ? -EINVAL : 0;
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
	struct iov_iter to;

	if (long_size == sizeof(s32)) {
		s32 type32 = msg->node.key;

		if (copy_to_user(msgp, &type32, sizeof(type32)))
			return -EFAULT;
		msgp += sizeof(type32);
		long_size = 0;
	}
	if (is_short(long_size + size) &&
	    !msgq_put_words(msgp, msg->text - long_size, long_size + size))
		return 0;
	iov_iter_ubuf(&to, ITER_DEST, msgp, long_size + size);
	return copy_text(msg, long_size, size, &to);
}

/**
 * msgq_msg_store_atomic() - write type and text without sleeping
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
bool msgq_msg_store_atomic(const struct msgq_msg *msg, void __user *msgp,
			   size_t size, unsigned int long_size)
{
	unsigned long left;

	size += long_size;
	if (size > MSGQ_AT_ONCE_MAX || !access_ok(msgp, size))
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
	return copy_text(msg, 0, msg->size, from);
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
	return copy_text(msg, 0, size, to);
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
