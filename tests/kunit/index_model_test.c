// SPDX-License-Identifier: MIT
/*
 * The index against a model of it: an array that is searched from end to end.
 * After each step of a random sequence both give the same answers, and the
 * tree and its rings are in order.
 */
#include <kunit/test.h>
#include <linux/limits.h>
#include <linux/rbtree_augmented.h>

#include "util/index.h"
#include "env.h"

#define NODES		24
#define SEQUENCES	4000
#define STEPS		60

/* A node is in the index if its place in here says so. */
struct model {
	struct msgq_index index;
	struct msgq_node nodes[NODES];
	bool in[NODES];
	u64 arrivals;
	struct rnd_state rnd;
};

static bool wanted(s64 key, s64 at, unsigned int where)
{
	if (key < at)
		return where & MSGQ_KEYS_BELOW;
	if (key > at)
		return where & MSGQ_KEYS_ABOVE;
	return where & MSGQ_KEYS_AT;
}

static struct msgq_node *model_earliest(struct model *model, s64 key,
					unsigned int where)
{
	struct msgq_node *found = NULL;
	int i;

	for (i = 0; i < NODES; i++) {
		struct msgq_node *node = &model->nodes[i];

		if (model->in[i] && wanted(node->key, key, where) &&
		    (!found || node->arrival < found->arrival))
			found = node;
	}
	return found;
}

/* The node that a walk finds behind a place: by key, and then by arrival. */
static struct msgq_node *model_next(struct model *model, s64 key, u64 arrival)
{
	struct msgq_node *found = NULL;
	int i;

	for (i = 0; i < NODES; i++) {
		struct msgq_node *node = &model->nodes[i];

		if (!model->in[i] || node->key < key ||
		    (node->key == key && node->arrival <= arrival))
			continue;
		if (!found || node->key < found->key ||
		    (node->key == found->key &&
		     node->arrival < found->arrival))
			found = node;
	}
	return found;
}

static bool walk_agrees(struct model *model, s64 key)
{
	struct msgq_node *node = msgq_index_from(&model->index, key);

	if (node != model_next(model, key, 0))
		return false;
	for (; node; node = msgq_index_next(node))
		if (msgq_index_next(node) !=
		    model_next(model, node->key, node->arrival))
			return false;
	return true;
}

static struct msgq_node *model_lowest(struct model *model)
{
	struct msgq_node *found = NULL;
	int i;

	for (i = 0; i < NODES; i++) {
		struct msgq_node *node = &model->nodes[i];

		if (!model->in[i])
			continue;
		if (!found || node->key < found->key ||
		    (node->key == found->key &&
		     node->arrival < found->arrival))
			found = node;
	}
	return found;
}

static int model_size(struct model *model)
{
	int i, size = 0;

	for (i = 0; i < NODES; i++)
		size += model->in[i];
	return size;
}

/* The number of nodes in a ring, -1 when it is out of order. */
static int ring_size(struct msgq_node *head)
{
	struct msgq_node *node, *before = head;
	int size = 1;

	list_for_each_entry(node, &head->ring, ring) {
		if (node->key != head->key || node->arrival <= before->arrival ||
		    !RB_EMPTY_NODE(&node->rb))
			return -1;
		before = node;
		size++;
	}
	return size;
}

/* The result of checking a subtree. */
struct subtree {
	int size;
	int blacks;
	u64 least;
};

/* Depth: at most twice the logarithm of NODES. */
static bool check_subtree(struct rb_node *rb, s64 low, s64 high,
			  struct subtree *found)
{
	struct subtree left, right;
	struct msgq_node *node;
	int size;

	if (!rb) {
		*found = (struct subtree){ .least = U64_MAX };
		return true;
	}

	node = rb_entry(rb, struct msgq_node, rb);
	size = ring_size(node);
	if (size < 0 || node->key < low || node->key > high ||
	    !check_subtree(rb->rb_left, low, node->key - 1, &left) ||
	    !check_subtree(rb->rb_right, node->key + 1, high, &right) ||
	    left.blacks != right.blacks)
		return false;
	if (rb_is_red(rb) && ((rb->rb_left && rb_is_red(rb->rb_left)) ||
			      (rb->rb_right && rb_is_red(rb->rb_right))))
		return false;

	found->size = size + left.size + right.size;
	found->blacks = left.blacks + rb_is_black(rb);
	found->least = min3(node->arrival, left.least, right.least);
	return node->earliest == found->least;
}

static bool in_order(struct model *model)
{
	struct subtree found;

	/* The keys of the steps are far from the ends. */
	return check_subtree(model->index.root.rb_node, S64_MIN, S64_MAX,
			     &found) &&
	       found.size == model_size(model);
}

/* Few keys, so that rings grow; or many, so that the tree does. */
static s64 draw_key(struct model *model, u32 keys)
{
	return (s64)below(&model->rnd, keys) - keys / 2;
}

/* A node with the same key, right before or behind it in order of arrival. */
static struct msgq_node *model_neighbour(struct model *model,
					 const struct msgq_node *node)
{
	struct msgq_node *before = NULL, *behind;
	int i;

	for (i = 0; i < NODES; i++) {
		struct msgq_node *other = &model->nodes[i];

		if (model->in[i] && other->key == node->key &&
		    other->arrival < node->arrival &&
		    (!before || other->arrival > before->arrival))
			before = other;
	}
	behind = model_next(model, node->key, node->arrival);
	if (!behind || behind->key != node->key)
		return before;
	return before && below(&model->rnd, 2) ? before : behind;
}

static void step(struct model *model, u32 keys)
{
	int i = below(&model->rnd, NODES);
	struct msgq_node *node = &model->nodes[i], *other = NULL;

	if (model->in[i]) {
		msgq_index_del(&model->index, node);
		model->in[i] = false;
		return;
	}

	/* One in four returns to its old place, half of them by a neighbour. */
	if (!node->arrival || below(&model->rnd, 4)) {
		node->arrival = ++model->arrivals;
		node->key = draw_key(model, keys);
	} else if (below(&model->rnd, 2)) {
		other = model_neighbour(model, node);
	}
	if (other)
		msgq_index_add_beside(&model->index, node, other);
	else
		msgq_index_add(&model->index, node);
	model->in[i] = true;
}

static bool agrees(struct model *model, u32 keys)
{
	s64 key = draw_key(model, keys + 2);
	unsigned int where;

	if (msgq_index_lowest(&model->index) != model_lowest(model) ||
	    !walk_agrees(model, key))
		return false;
	for (where = 0; where < 8; where++)
		if (msgq_index_earliest(&model->index, key, where) !=
		    model_earliest(model, key, where))
			return false;
	return true;
}

static void index_as_model(struct kunit *test)
{
	struct model *model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	struct rnd_state rnd;
	u32 seed, sequence, i;

	KUNIT_ASSERT_NOT_NULL(test, model);
	seed = env_seed(&rnd);
	kunit_info(test, "seed %u", seed);
	for (sequence = 0; sequence < SEQUENCES; sequence++) {
		u32 keys = 1 + below(&rnd, sequence % 2 ? 6 : 100);

		memset(model, 0, sizeof(*model));
		model->rnd = rnd;
		for (i = 0; i < STEPS; i++) {
			step(model, keys);
			KUNIT_ASSERT_TRUE_MSG(test, in_order(model),
					      "seed %u sequence %u step %u",
					      seed, sequence, i);
			KUNIT_ASSERT_TRUE_MSG(test, agrees(model, keys),
					      "seed %u sequence %u step %u",
					      seed, sequence, i);
		}
		rnd = model->rnd;
	}
}

static struct kunit_case index_model_cases[] = {
	KUNIT_CASE(index_as_model),
	{ }
};

static struct kunit_suite index_model_suite = {
	.name = "msgq_index_model",
	.test_cases = index_model_cases,
};

kunit_test_suite(index_model_suite);
