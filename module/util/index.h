/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An index of things that have a key and came in an order.
 *
 * Messages by type, waiting receivers by the type that they want and waiting
 * senders by size are all chosen by the same question: which came first among
 * those whose key is below, at or above a given one?  This index answers it
 * in a number of steps that grows with the logarithm of the number of keys in
 * use, and not with the number of things.
 *
 * The things of one key form a ring in order of arrival.  The first of each
 * ring, its head, is a node of a red-black tree ordered by key, where every
 * node also knows the earliest arrival in the subtree below it.  All of it lies
 * in the things themselves, so that adding to the index cannot fail.
 *
 * An index has no lock; its owner serialises all calls.
 */
#ifndef MSGQ_INDEX_H
#define MSGQ_INDEX_H

#include <linux/list.h>
#include <linux/rbtree_augmented.h>
#include <linux/types.h>

/**
 * struct msgq_node - one thing's place in an index
 * @rb: its place in the tree, if it is the head of its ring, else cleared
 * @ring: the ring of the things with the same key
 * @earliest: the earliest arrival among the heads in the subtree at this node
 * @arrival: its number in the order of arrival; set by the owner, and unique
 *	where msgq_index_earliest() is to be asked
 * @key: the key by which it is looked up; set by the owner.  It has to stay the
 *	last member, and members that the index alone needs the first: see
 *	struct msgq_msg.
 */
struct msgq_node {
	struct rb_node rb;
	struct list_head ring;
	u64 earliest;
	u64 arrival;
	s64 key;
};

/**
 * struct msgq_index - the index; zeroed memory is an empty one
 * @root: the tree of the heads
 * @count: how many things there are
 */
struct msgq_index {
	struct rb_root root;
	unsigned int count;
};

/* Which keys msgq_index_earliest() looks at, relative to the one it is given */
#define MSGQ_KEYS_BELOW		0x1
#define MSGQ_KEYS_AT		0x2
#define MSGQ_KEYS_ABOVE		0x4

static inline bool msgq_index_empty(const struct msgq_index *index)
{
	return RB_EMPTY_ROOT(&index->root);
}

void msgq_index_insert(struct msgq_index *index, struct msgq_node *node);
void msgq_index_add_beside(struct msgq_index *index, struct msgq_node *node,
			   struct msgq_node *other);
void msgq_index_erase(struct msgq_index *index, struct msgq_node *node);
void msgq_index_drain(struct msgq_index *index, struct list_head *things);
struct msgq_node *msgq_index_lowest(const struct msgq_index *index);
struct msgq_node *msgq_index_from(const struct msgq_index *index, s64 key);
struct msgq_node *msgq_index_next(struct msgq_node *node);
struct msgq_node *msgq_index_earliest(const struct msgq_index *index, s64 key,
				      unsigned int where);

/**
 * msgq_index_add() - add a thing
 * @index: the index
 * @node: the thing, in no index, with its key and arrival set
 *
 * Context: the owner's lock.  A thing with an arrival older than that of
 * others with its key is put where it belongs, at a cost of one step for each
 * older one in the ring.
 */
static inline void msgq_index_add(struct msgq_index *index,
				  struct msgq_node *node)
{
	if (index->count++) {
		msgq_index_insert(index, node);
		return;
	}

	INIT_LIST_HEAD(&node->ring);
	node->earliest = node->arrival;
	rb_link_node(&node->rb, NULL, &index->root.rb_node);
	rb_set_parent_color(&node->rb, NULL, RB_BLACK);
}

/**
 * msgq_index_del() - take a thing out
 * @index: the index
 * @node: a thing that is in it
 *
 * Context: the owner's lock.
 */
static inline void msgq_index_del(struct msgq_index *index,
				  struct msgq_node *node)
{
	if (--index->count)
		msgq_index_erase(index, node);
	else
		index->root = RB_ROOT;
}

#endif /* MSGQ_INDEX_H */
