// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making, copying and freeing a message; the model is told in message.h.
 *
 * Locks: none.  A message that is made or stored belongs to one task alone;
 * msgq_msg_copy() runs under the lock of the source's queue.
 */
#include <linux/build_bug.h>
#include <linux/container_of.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "message.h"
#include "queue.h"
#include "words.h"

struct msgq_segment {
	struct msgq_segment *more;
	char text[];
};

static_assert(sizeof(struct msgq_segment) == MSGQ_SEGMENT_HEAD);

/* Each power of two from MSGQ_PIECE_LEAST to MSGQ_PIECE. */
static struct kmem_cache *caches[6];

static const char *const names[ARRAY_SIZE(caches)] = {
	"msgq_128", "msgq_256", "msgq_512", "msgq_1024", "msgq_2048",
	"msgq_4096",
};

static_assert(MSGQ_PIECE_LEAST << (ARRAY_SIZE(caches) - 1) == MSGQ_PIECE);
/* What is copied at once lies in the message itself. */
static_assert(MSGQ_AT_ONCE_MOST <= MSGQ_FIRST_BYTES);

/*
 * What has a constructor is not cleared when it is allocated.  Of a text no
 * more is ever read than was written.
 */
static void construct(void *memory)
{
	memset(memory, 0, sizeof(struct msgq_msg));
}

#ifdef CONFIG_SLOB
#error "kfree() has to take what comes from a cache, and SLOB's does not"
#endif

/* The cache for so many bytes. */
static struct kmem_cache *cache_for(size_t size)
{
	return caches[fls((size + MSGQ_POINTER - 1) / MSGQ_PIECE_LEAST)];
}

/**
 * msgq_msg_init() - get ready to make messages
 *
 * Context: while the module is loaded.
 * Return: 0, or -ENOMEM.
 */
int msgq_msg_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++) {
		unsigned int size = (MSGQ_PIECE_LEAST << i) - MSGQ_POINTER;

		caches[i] = kmem_cache_create_usercopy(names[i], size, 0,
						       SLAB_HWCACHE_ALIGN |
						       SLAB_ACCOUNT,
						       MSGQ_SEGMENT_HEAD,
						       size - MSGQ_SEGMENT_HEAD,
						       construct);
		if (!caches[i]) {
			msgq_msg_exit();
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * msgq_msg_exit() - make messages no more
 *
 * Context: while the module is unloaded, or cannot be loaded; no message
 * exists.
 */
void msgq_msg_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(caches); i++)
		kmem_cache_destroy(caches[i]);
}

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

static void prepare(struct msgq_msg *msg, size_t size)
{
	INIT_LIST_HEAD(&msg->all);
	msg->more = NULL;
	msg->size = size;
	msg->deliveries = 0;
	msg->own = false;
	msg->out = false;
	msg->placing = false;
}

/**
 * msgq_msg_alloc() - memory for a message
 * @size: bytes of text, at most INT_MAX
 *
 * Context: process context, may sleep.  The memory is charged to the caller's
 * control group.
 * Return: the message, on no queue, its type and text not set; NULL when
 * there is no memory.
 */
struct msgq_msg *msgq_msg_alloc(size_t size)
{
	size_t part = min_t(size_t, size, MSGQ_FIRST_BYTES);
	struct msgq_segment **link;
	struct msgq_msg *msg;

	msg = kmem_cache_alloc(cache_for(sizeof(*msg) + part), GFP_KERNEL);
	if (!msg)
		return NULL;

	prepare(msg, size);
	link = &msg->more;
	for (size -= part; size; size -= part) {
		struct msgq_segment *segment;

		cond_resched();
		part = min_t(size_t, size, MSGQ_SEGMENT_BYTES);
		segment = kmem_cache_alloc(cache_for(sizeof(*segment) + part),
					   GFP_KERNEL);
		if (!segment) {
			msgq_msg_free(msg);
			return NULL;
		}
		segment->more = NULL;
		*link = segment;
		link = &segment->more;
	}
	return msg;
}

/**
 * msgq_msg_alloc_short() - memory for many messages with short texts
 * @msgs: where to put them
 * @count: how many
 *
 * Their sizes are 0, and can be set to MSGQ_SHORT_BYTES at most.
 *
 * Context: as msgq_msg_alloc().
 * Return: true; false when there is not enough memory for all.
 */
bool msgq_msg_alloc_short(struct msgq_msg **msgs, unsigned int count)
{
	unsigned int i;

	if (!kmem_cache_alloc_bulk(caches[0], GFP_KERNEL, count,
				   (void **)msgs))
		return false;
	for (i = 0; i < count; i++)
		prepare(msgs[i], 0);
	return true;
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
 * Context: the lock of @from's queue.
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

/**
 * msgq_msg_free() - free a message
 * @msg: a message on no queue; if it is its queue's own, the queue is there
 *
 * Context: process context, may sleep.
 */
void msgq_msg_free(struct msgq_msg *msg)
{
	struct msgq_segment *segment = msg->more;

	if (msg->own) {
		/* Pairs with the acquire in send.c. */
		smp_store_release(&container_of(msg, struct msgq_queue,
						own)->own_used, false);
		return;
	}

	kfree(msg);
	while (segment) {
		struct msgq_segment *more = segment->more;

		cond_resched();
		kfree(segment);
		segment = more;
	}
}

/**
 * msgq_msg_free_list() - free messages that stand on a list
 * @msgs: a list of messages on no queue, by their place among all; empty
 *	afterwards
 *
 * Context: process context, may sleep.
 */
void msgq_msg_free_list(struct list_head *msgs)
{
	struct msgq_msg *msg, *next;

	list_for_each_entry_safe(msg, next, msgs, all)
		msgq_msg_free(msg);
	INIT_LIST_HEAD(msgs);
}

/**
 * msgq_msg_free_many() - free messages
 * @msgs: messages on no queue; what stands there afterwards means nothing
 * @count: how many
 *
 * Context: process context, may sleep.
 */
void msgq_msg_free_many(struct msgq_msg **msgs, unsigned int count)
{
	unsigned int i, plain = 0;

	for (i = 0; i < count; i++) {
		if (msgs[i]->own || msgs[i]->more)
			msgq_msg_free(msgs[i]);
		else
			msgs[plain++] = msgs[i];
	}
	if (plain == 1)
		kfree(msgs[0]);
	else if (plain)
		kfree_bulk(plain, (void **)msgs);
}
