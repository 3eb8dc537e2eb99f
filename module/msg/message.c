// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making a message of a program's bytes, and copying it to programs and to
 * another message; the model is described in message.h.
 *
 * Locks: none.  A message that is filled or stored belongs to one task alone;
 * msgq_msg_copy() runs under the lock of the source's queue.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/stddef.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "compat/uio.h"
#include "util/words.h"
#include "message.h"

/* A text that is copied at once is in the message itself. */
static_assert(MSGQ_AT_ONCE_MAX <= MSGQ_FIRST_BYTES);

/* The type ends where the text begins, so that one copy at once moves both. */
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

	if (is_short(size) && msgq_iter_is_piece(iter)) {
		void __user *user = msgq_iter_piece(iter);

		if (!(reads ? msgq_get_words(piece, user, size) :
			      msgq_put_words(user, piece, size))) {
			iov_iter_advance(iter, size);
			return true;
		}
	}
	return (reads ? copy_from_iter(piece, size, iter) :
			copy_to_iter(piece, size, iter)) == size;
}

/* Copy @size bytes of text between a message and a program. */
static int copy_text(struct msgq_msg *msg, size_t size, struct iov_iter *iter)
{
	size_t part = min_t(size_t, size, MSGQ_FIRST_BYTES);
	struct msgq_segment *segment = msg->more;

	if (!copy_piece(msg->text, part, iter))
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
	int err;

	if (long_size == sizeof(*type))
		return get_user(*type, (const s64 __user *)msgp);

	err = get_user(type32, (const s32 __user *)msgp);
	*type = type32;
	return err;
}

static int put_user_type(s64 type, void __user *msgp, unsigned int long_size)
{
	if (long_size == sizeof(type))
		return put_user(type, (s64 __user *)msgp);
	return put_user((s32)type, (s32 __user *)msgp);
}

/**
 * msgq_msg_fill() - read the text of a message from a program
 * @msg: a message of the caller's own; its type is left alone
 * @text: as many bytes as the message has
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT.
 */
int msgq_msg_fill(struct msgq_msg *msg, const void __user *text)
{
	struct msgq_user_iter from;

	return copy_text(msg, msg->size,
			 msgq_user_iter(&from, ITER_SOURCE,
					(void __user *)text, msg->size));
}

/* A message whose text was read, or could not be. */
static struct msgq_msg *made_message(struct msgq_msg *msg, int err)
{
	if (!err)
		return msg;
	msgq_msg_free(msg);
	return ERR_PTR(err);
}

/**
 * msgq_msg_make() - make a message of a program's text
 * @type: its type
 * @text: its text
 * @size: bytes of text, at most INT_MAX
 *
 * Context: as msgq_msg_alloc().
 * Return: the message; or an error pointer, -ENOMEM or -EFAULT.
 */
struct msgq_msg *msgq_msg_make(s64 type, const void __user *text, size_t size)
{
	struct msgq_msg *msg = msgq_msg_alloc(size);
	struct msgq_user_iter from;

	if (!msg)
		return ERR_PTR(-ENOMEM);
	msg->node.key = type;
	/* Short texts are the common case: copy them without an iterator. */
	if (is_short(size) && !msgq_get_words(msg->text, text, size))
		return msg;
	return made_message(msg, copy_text(msg, msg->size,
					   msgq_user_iter(&from, ITER_SOURCE,
							  (void __user *)text,
							  msg->size)));
}

/**
 * msgq_msg_make_snd() - make the message that a call of System V sends
 * @arg: the argument of the call
 * @most: bytes of text that a message may have
 *
 * It answers in the order in which System V looks.
 *
 * Context: as msgq_msg_alloc().
 * Return: the message; or an error pointer, -EFAULT, -ENOMEM, or -EINVAL for a
 * size, an identifier or a type that there cannot be.
 */
struct msgq_msg *msgq_msg_make_snd(const struct msgq_snd *arg, u32 most)
{
	const void __user *msgp = u64_to_user_ptr(arg->msgp);
	s64 type;

	if (msgq_user_type(msgp, arg->long_size, &type))
		return ERR_PTR(-EFAULT);
	if (arg->msgsz < 0 || arg->msgsz > most || arg->msqid < 0 || type < 1)
		return ERR_PTR(-EINVAL);
	return msgq_msg_make(type, msgp + arg->long_size, arg->msgsz);
}

/**
 * msgq_msg_make_iter() - make a message whose text is where a write reads
 * @type: its type
 * @from: its text, at most INT_MAX bytes; moved on, also on failure
 *
 * Context: as msgq_msg_alloc().
 * Return: as msgq_msg_make().
 */
struct msgq_msg *msgq_msg_make_iter(s64 type, struct iov_iter *from)
{
	struct msgq_msg *msg = msgq_msg_alloc(iov_iter_count(from));

	if (!msg)
		return ERR_PTR(-ENOMEM);
	msg->node.key = type;
	return made_message(msg, copy_text(msg, msg->size, from));
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
	struct msgq_user_iter to;

	/* Short texts are the common case: one copy with the type. */
	if (long_size != sizeof(s32) && is_short(long_size + size) &&
	    !msgq_put_words(msgp, msg->text - long_size, long_size + size))
		return 0;
	if (long_size && put_user_type(msg->node.key, msgp, long_size))
		return -EFAULT;
	return copy_text(msg, size, msgq_user_iter(&to, ITER_DEST,
						   msgp + long_size, size));
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
	return copy_text(msg, size, to);
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
