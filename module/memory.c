// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of messages; the model is told in message.h.
 *
 * Locks: none.
 */
#include <linux/build_bug.h>
#include <linux/container_of.h>
#include <linux/minmax.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "message.h"
#include "queue.h"

/* Each power of two from MSGQ_PIECE_LEAST to MSGQ_PIECE. */
static struct kmem_cache *caches[6];

static const char *const names[ARRAY_SIZE(caches)] = {
	"msgq_128", "msgq_256", "msgq_512", "msgq_1024", "msgq_2048",
	"msgq_4096",
};

static_assert(MSGQ_PIECE_LEAST << (ARRAY_SIZE(caches) - 1) == MSGQ_PIECE);
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
