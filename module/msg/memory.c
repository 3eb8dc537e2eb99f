// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of messages; the model is described in message.h.
 *
 * Locks: none.
 */
#include <linux/build_bug.h>
#include <linux/jump_label.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat/slab.h"
#include "message.h"
#include "queue.h"

/* One cache for each power of two from MSGQ_PIECE_MIN to MSGQ_PIECE_MAX. */
#define SIZES	6

static_assert(MSGQ_PIECE_MIN << (SIZES - 1) == MSGQ_PIECE_MAX);

/*
 * Segments do not share caches with messages: nearly all of a segment is bytes
 * of a program, and memory that was one must not be taken for a message.
 */
static struct kmem_cache *message_caches[SIZES];
static struct kmem_cache *segment_caches[SIZES];

/* Are messages cleared?  In the inline message of a queue only the text is. */
DEFINE_STATIC_KEY_FALSE(msgq_msg_cleared);

/*
 * A cache with a constructor is cleared neither when memory of it is allocated
 * nor when it is freed, even where the kernel is set to do so (init_on_alloc,
 * init_on_free).  No more of a text is ever read than was written.
 */
static void construct_nothing(void *memory)
{
}

#ifdef CONFIG_SLOB
#error "kfree() has to take what comes from a cache, and SLOB's does not"
#endif

/* The cache for so many bytes. */
static struct kmem_cache *cache_for(struct kmem_cache *const *caches,
				    size_t size)
{
	unsigned int i = fls((size + MSGQ_POINTER - 1) / MSGQ_PIECE_MIN);

	/* The size is a program's, and may not have been checked in earnest. */
	return caches[array_index_nospec(i, SIZES)];
}

/* Programs' bytes lie behind the first @head ones; others are not copied. */
static int create_caches(struct kmem_cache **caches, const char *prefix,
			 unsigned int head, void (*constructor)(void *memory))
{
	unsigned int i;

	for (i = 0; i < SIZES; i++) {
		unsigned int piece = MSGQ_PIECE_MIN << i;
		unsigned int size = piece - MSGQ_POINTER;
		char name[32];

		snprintf(name, sizeof(name), "%s_%u", prefix, piece);
		caches[i] = kmem_cache_create_usercopy(name, size, 0,
						       SLAB_HWCACHE_ALIGN |
						       SLAB_ACCOUNT |
						       SLAB_NO_MERGE,
						       head, size - head,
						       constructor);
		if (!caches[i])
			return -ENOMEM;
	}
	return 0;
}

/**
 * msgq_msg_init() - get ready to make messages
 * @clear: clear the memory of each message before it is used
 *
 * Context: while the module is loaded.
 * Return: 0, or -ENOMEM.
 */
int msgq_msg_init(bool clear)
{
	void (*constructor)(void *memory) = clear ? NULL : construct_nothing;
	int err;

	/* The type and the text may be copied together. */
	err = create_caches(message_caches, "msgq",
			    offsetof(struct msgq_msg, node.key),
			    constructor) ?:
	      create_caches(segment_caches, "msgq_segment",
			    MSGQ_SEGMENT_HEAD, constructor);
	if (err)
		msgq_msg_exit();
	else if (clear)
		static_branch_enable(&msgq_msg_cleared);
	return err;
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

	static_branch_disable(&msgq_msg_cleared);
	for (i = 0; i < SIZES; i++) {
		kmem_cache_destroy(message_caches[i]);
		kmem_cache_destroy(segment_caches[i]);
	}
}

static gfp_t message_gfp(void)
{
	return static_branch_unlikely(&msgq_msg_cleared) ?
		       GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;
}

static void init_message(struct msgq_msg *msg, size_t size)
{
	INIT_LIST_HEAD(&msg->all);
	msg->more = NULL;
	msg->size = size;
	msg->deliveries = 0;
	msg->is_inline = false;
	msg->taken = false;
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

	msg = kmem_cache_alloc(cache_for(message_caches, sizeof(*msg) + part),
			       message_gfp());
	if (!msg)
		return NULL;

	init_message(msg, size);
	link = &msg->more;
	for (size -= part; size; size -= part) {
		struct msgq_segment *segment;

		cond_resched();
		part = min_t(size_t, size, MSGQ_SEGMENT_BYTES);
		segment = kmem_cache_alloc(cache_for(segment_caches,
						     sizeof(*segment) + part),
					   message_gfp());
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

	if (!kmem_cache_alloc_bulk(message_caches[0], message_gfp(), count,
				   (void **)msgs))
		return false;
	for (i = 0; i < count; i++)
		init_message(msgs[i], 0);
	return true;
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
	struct msgq_queue *queue;

	if (msg->is_inline) {
		queue = container_of(msg, struct msgq_queue, inline_msg);
		/* Pairs with the acquire in send.c. */
		smp_store_release(&queue->inline_used, false);
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
 * msgq_msg_free_list() - free the messages on a list
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
 * @msgs: messages on no queue; undefined afterwards
 * @count: how many
 *
 * Context: process context, may sleep.
 */
void msgq_msg_free_many(struct msgq_msg **msgs, unsigned int count)
{
	unsigned int i, plain = 0;

	for (i = 0; i < count; i++) {
		if (msgs[i]->is_inline || msgs[i]->more)
			msgq_msg_free(msgs[i]);
		else
			msgs[plain++] = msgs[i];
	}
	if (plain == 1)
		kfree(msgs[0]);
	else if (plain)
		kfree_bulk(plain, (void **)msgs);
}
