// SPDX-License-Identifier: GPL-2.0-only
/*
 * The index of messages and waiters; the model is described in index.h.
 *
 * Locks: none of its own.  Each index is in a struct msgq_queue and is
 * protected by the queue's lock.
 */
#include <linux/limits.h>
#include <linux/minmax.h>

#include "index.h"

static struct msgq_node *to_node(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct msgq_node, rb);
}

static u64 earliest_below(struct rb_node *rb)
{
	return rb ? to_node(rb)->earliest : U64_MAX;
}

static bool earliest_update(struct msgq_node *node, bool stop_if_same)
{
	u64 earliest = min3(node->arrival, earliest_below(node->rb.rb_left),
			    earliest_below(node->rb.rb_right));

	if (stop_if_same && node->earliest == earliest)
		return true;

	node->earliest = earliest;
	return false;
}

RB_DECLARE_CALLBACKS(static, earliest_callbacks, struct msgq_node, rb, earliest,
		     earliest_update)

/* Put a node into the tree in the place of another. */
static void replace_head(struct msgq_index *index, struct msgq_node *old,
			 struct msgq_node *new)
{
	rb_replace_node(&old->rb, &new->rb, &index->root);
	RB_CLEAR_NODE(&old->rb);
	new->earliest = old->earliest;
}

/* Add a node to the ring of its key, in its place by arrival. */
static void join_ring(struct msgq_index *index, struct msgq_node *head,
		      struct msgq_node *node)
{
	struct msgq_node *after = list_prev_entry(head, ring);

	if (node->arrival < head->arrival) {
		list_add_tail(&node->ring, &head->ring);
		replace_head(index, head, node);
		return;
	}

	/*
	 * Nearly all come last.  One that returns comes first, or behind
	 * those that left and returned before it.
	 */
	if (node->arrival < after->arrival) {
		struct msgq_node *next = list_next_entry(head, ring);

		for (after = head; next->arrival < node->arrival;
		     next = list_next_entry(next, ring))
			after = next;
	}
	list_add(&node->ring, &after->ring);
	RB_CLEAR_NODE(&node->rb);
}

/**
 * msgq_index_insert() - add a thing to others
 * @index: the index
 * @node: the thing
 *
 * The part of msgq_index_add() for an index that is not empty.
 *
 * Context: the owner's lock.
 */
void msgq_index_insert(struct msgq_index *index, struct msgq_node *node)
{
	struct rb_node **link = &index->root.rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		struct msgq_node *head = to_node(*link);

		if (unlikely(node->arrival < head->earliest))
			head->earliest = node->arrival;
		if (node->key == head->key) {
			join_ring(index, head, node);
			return;
		}
		parent = *link;
		link = node->key < head->key ? &parent->rb_left :
					       &parent->rb_right;
	}

	INIT_LIST_HEAD(&node->ring);
	node->earliest = node->arrival;
	rb_link_node(&node->rb, parent, link);
	rb_insert_augmented(&node->rb, &index->root, &earliest_callbacks);
}

/**
 * msgq_index_add_beside() - add a thing next to another
 * @index: the index
 * @node: the thing, in no index, with its key and arrival set
 * @other: the last thing with its key before it, or the first behind it
 *
 * As msgq_index_add(), but with no step for each older thing in the ring.
 *
 * Context: the owner's lock.
 */
void msgq_index_add_beside(struct msgq_index *index, struct msgq_node *node,
			   struct msgq_node *other)
{
	if (other->arrival < node->arrival) {
		list_add(&node->ring, &other->ring);
	} else if (RB_EMPTY_NODE(&other->rb)) {
		list_add_tail(&node->ring, &other->ring);
	} else {
		/* It becomes the head. */
		msgq_index_add(index, node);
		return;
	}
	RB_CLEAR_NODE(&node->rb);
	index->count++;
}

/**
 * msgq_index_erase() - take a thing out from among others
 * @index: the index
 * @node: the thing
 *
 * The part of msgq_index_del() for an index that does not become empty.
 *
 * Context: the owner's lock.
 */
void msgq_index_erase(struct msgq_index *index, struct msgq_node *node)
{
	struct msgq_node *next = list_next_entry(node, ring);

	if (next == node) {
		rb_erase_augmented(&node->rb, &index->root,
				   &earliest_callbacks);
		return;
	}

	list_del(&node->ring);
	if (RB_EMPTY_NODE(&node->rb))
		return;

	replace_head(index, node, next);
	earliest_callbacks.propagate(&next->rb, NULL);
}

/**
 * msgq_index_drain() - take all things out
 * @index: the index; empty afterwards
 * @things: a list, at whose end the things are put by @ring; those of one key
 *	are in order of arrival, and the keys in no order
 *
 * Context: the owner's lock.  Costs a step for each key.
 */
void msgq_index_drain(struct msgq_index *index, struct list_head *things)
{
	struct msgq_node *head, *next;

	rbtree_postorder_for_each_entry_safe(head, next, &index->root, rb)
		/* The ring, from its head to the last. */
		list_bulk_move_tail(things, &head->ring, head->ring.prev);
	*index = (struct msgq_index){};
}

/**
 * msgq_index_lowest() - the first of those with the lowest key
 * @index: the index
 *
 * Context: the owner's lock.
 * Return: the thing, or NULL when the index is empty.
 */
struct msgq_node *msgq_index_lowest(const struct msgq_index *index)
{
	return to_node(rb_first(&index->root));
}

/**
 * msgq_index_from() - where a walk over all things begins
 * @index: the index
 * @key: the lowest key to look at
 *
 * Context: the owner's lock.
 * Return: the first of those with the lowest key that is not below @key, or
 * NULL when there is none.
 */
struct msgq_node *msgq_index_from(const struct msgq_index *index, s64 key)
{
	struct rb_node *rb = index->root.rb_node;
	struct msgq_node *found = NULL;

	while (rb) {
		struct msgq_node *node = to_node(rb);

		if (node->key < key) {
			rb = rb->rb_right;
		} else {
			found = node;
			rb = rb->rb_left;
		}
	}
	return found;
}

/**
 * msgq_index_next() - the next thing of a walk
 * @node: a thing in an index
 *
 * Keys ascend, and things of one key come in order of arrival.
 *
 * Context: the owner's lock, held since the walk came to @node.
 * Return: the thing, or NULL at the end.
 */
struct msgq_node *msgq_index_next(struct msgq_node *node)
{
	struct msgq_node *next = list_next_entry(node, ring);

	/* Only a ring's head is in the tree: the ring has come round. */
	if (!RB_EMPTY_NODE(&next->rb))
		return to_node(rb_next(&next->rb));
	return next;
}

/* The best choice so far: a node, or some node in the subtree below it. */
struct choice {
	struct msgq_node *node;
	u64 arrival;
};

static void consider_node(struct choice *choice, struct msgq_node *node)
{
	if (node->arrival < choice->arrival) {
		choice->arrival = node->arrival;
		choice->node = node;
	}
}

static void consider_subtree(struct choice *choice, struct rb_node *rb)
{
	u64 earliest = earliest_below(rb);

	if (earliest < choice->arrival) {
		choice->arrival = earliest;
		choice->node = to_node(rb);
	}
}

static struct msgq_node *chosen_node(const struct choice *choice)
{
	struct msgq_node *node = choice->node;

	while (node && node->arrival != choice->arrival)
		node = earliest_below(node->rb.rb_left) == choice->arrival ?
			       to_node(node->rb.rb_left) :
			       to_node(node->rb.rb_right);
	return node;
}

/**
 * msgq_index_earliest() - the first to arrive among a range of keys
 * @index: the index
 * @key: where the range is
 * @where: MSGQ_KEYS_BELOW, MSGQ_KEYS_AT, MSGQ_KEYS_ABOVE or several: which
 *	keys to look at, relative to @key
 *
 * Context: the owner's lock.
 * Return: the thing, or NULL when there is none.
 */
struct msgq_node *msgq_index_earliest(const struct msgq_index *index, s64 key,
				      unsigned int where)
{
	struct choice choice = { .node = NULL, .arrival = U64_MAX };
	struct rb_node *rb = index->root.rb_node;

	while (rb) {
		struct msgq_node *node = to_node(rb);

		if (key < node->key) {
			if (where & MSGQ_KEYS_ABOVE) {
				consider_node(&choice, node);
				consider_subtree(&choice, rb->rb_right);
			}
			rb = rb->rb_left;
		} else if (key > node->key) {
			if (where & MSGQ_KEYS_BELOW) {
				consider_node(&choice, node);
				consider_subtree(&choice, rb->rb_left);
			}
			rb = rb->rb_right;
		} else {
			if (where & MSGQ_KEYS_AT)
				consider_node(&choice, node);
			if (where & MSGQ_KEYS_BELOW)
				consider_subtree(&choice, rb->rb_left);
			if (where & MSGQ_KEYS_ABOVE)
				consider_subtree(&choice, rb->rb_right);
			break;
		}
	}
	return chosen_node(&choice);
}
