// SPDX-License-Identifier: MIT
/*
 * The index of messages and waiters, by examples.
 */
#include <kunit/test.h>
#include <linux/limits.h>

#include "util/index.h"

#define ALL	(MSGQ_KEYS_BELOW | MSGQ_KEYS_AT | MSGQ_KEYS_ABOVE)

struct fixture {
	struct msgq_index index;
	struct msgq_node nodes[8];
};

static int index_init(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct fixture), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, test->priv);
	return 0;
}

static struct msgq_node *add(struct fixture *fix, int i, s64 key, u64 arrival)
{
	struct msgq_node *node = &fix->nodes[i];

	node->key = key;
	node->arrival = arrival;
	msgq_index_add(&fix->index, node);
	return node;
}

/* The number of a node that was found, -1 for none. */
static int number(struct fixture *fix, struct msgq_node *node)
{
	return node ? node - fix->nodes : -1;
}

static int earliest(struct fixture *fix, s64 key, unsigned int where)
{
	return number(fix, msgq_index_earliest(&fix->index, key, where));
}

static int lowest(struct fixture *fix)
{
	return number(fix, msgq_index_lowest(&fix->index));
}

static void index_empty(struct kunit *test)
{
	struct fixture *fix = test->priv;

	KUNIT_EXPECT_TRUE(test, msgq_index_empty(&fix->index));
	KUNIT_EXPECT_EQ(test, lowest(fix), -1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 1, ALL), -1);

	add(fix, 0, 1, 1);
	KUNIT_EXPECT_FALSE(test, msgq_index_empty(&fix->index));
	msgq_index_del(&fix->index, &fix->nodes[0]);
	KUNIT_EXPECT_TRUE(test, msgq_index_empty(&fix->index));
	KUNIT_EXPECT_EQ(test, lowest(fix), -1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 1, ALL), -1);
}

static void index_range(struct kunit *test)
{
	struct fixture *fix = test->priv;

	add(fix, 0, 5, 1);
	add(fix, 1, 3, 2);
	add(fix, 2, 9, 3);
	add(fix, 3, 1, 4);
	add(fix, 4, 7, 5);

	KUNIT_EXPECT_EQ(test, lowest(fix), 3);
	KUNIT_EXPECT_EQ(test, earliest(fix, 5, MSGQ_KEYS_AT), 0);
	KUNIT_EXPECT_EQ(test, earliest(fix, 6, MSGQ_KEYS_AT), -1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 5, MSGQ_KEYS_BELOW), 1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 5, MSGQ_KEYS_ABOVE), 2);
	KUNIT_EXPECT_EQ(test, earliest(fix, 6, MSGQ_KEYS_BELOW), 0);
	KUNIT_EXPECT_EQ(test, earliest(fix, 3, MSGQ_KEYS_BELOW), 3);
	KUNIT_EXPECT_EQ(test, earliest(fix, 1, MSGQ_KEYS_BELOW), -1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 9, MSGQ_KEYS_ABOVE), -1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 5, MSGQ_KEYS_BELOW |
						MSGQ_KEYS_ABOVE), 1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 4, MSGQ_KEYS_BELOW |
						MSGQ_KEYS_AT), 1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 6, MSGQ_KEYS_AT |
						MSGQ_KEYS_ABOVE), 2);
	KUNIT_EXPECT_EQ(test, earliest(fix, 6, ALL), 0);
	KUNIT_EXPECT_EQ(test, earliest(fix, 6, 0), -1);
}

static void index_same_key(struct kunit *test)
{
	struct fixture *fix = test->priv;
	int i;

	for (i = 0; i < 5; i++)
		add(fix, i, 4, 10 + i);
	for (i = 0; i < 5; i++) {
		KUNIT_EXPECT_EQ(test, earliest(fix, 4, MSGQ_KEYS_AT), i);
		KUNIT_EXPECT_EQ(test, lowest(fix), i);
		msgq_index_del(&fix->index, &fix->nodes[i]);
	}
	KUNIT_EXPECT_TRUE(test, msgq_index_empty(&fix->index));
}

/* Deleting a node from the middle, and the last, keeps the others in order. */
static void index_ring_del(struct kunit *test)
{
	struct fixture *fix = test->priv;
	int i;

	for (i = 0; i < 4; i++)
		add(fix, i, 4, 10 + i);
	msgq_index_del(&fix->index, &fix->nodes[1]);
	msgq_index_del(&fix->index, &fix->nodes[3]);
	KUNIT_EXPECT_EQ(test, lowest(fix), 0);
	msgq_index_del(&fix->index, &fix->nodes[0]);
	KUNIT_EXPECT_EQ(test, lowest(fix), 2);
	msgq_index_del(&fix->index, &fix->nodes[2]);
	KUNIT_EXPECT_TRUE(test, msgq_index_empty(&fix->index));
}

/* A node that returns gets its old place: first, between, last. */
static void index_return(struct kunit *test)
{
	static const int order[] = { 2, 0, 3, 1 };
	struct fixture *fix = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(order); i++)
		add(fix, order[i], 4, 10 + order[i]);
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		KUNIT_EXPECT_EQ(test, lowest(fix), i);
		msgq_index_del(&fix->index, &fix->nodes[i]);
	}
}

/* The least arrival below a node follows the one that is first in its ring. */
static void index_least_follows(struct kunit *test)
{
	struct fixture *fix = test->priv;

	add(fix, 0, 4, 10);
	add(fix, 1, 2, 11);
	add(fix, 2, 6, 12);
	add(fix, 3, 1, 1);
	add(fix, 4, 1, 20);
	KUNIT_EXPECT_EQ(test, earliest(fix, 5, MSGQ_KEYS_BELOW), 3);
	msgq_index_del(&fix->index, &fix->nodes[3]);
	KUNIT_EXPECT_EQ(test, earliest(fix, 5, MSGQ_KEYS_BELOW), 0);
	KUNIT_EXPECT_EQ(test, earliest(fix, 4, MSGQ_KEYS_BELOW), 1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 2, MSGQ_KEYS_BELOW), 4);

	add(fix, 3, 1, 1);
	KUNIT_EXPECT_EQ(test, earliest(fix, 5, MSGQ_KEYS_BELOW), 3);
	KUNIT_EXPECT_EQ(test, lowest(fix), 3);
}

static void index_extremes(struct kunit *test)
{
	struct fixture *fix = test->priv;

	add(fix, 0, S64_MAX, 1);
	add(fix, 1, S64_MIN, 2);
	add(fix, 2, 0, 3);
	KUNIT_EXPECT_EQ(test, lowest(fix), 1);
	KUNIT_EXPECT_EQ(test, earliest(fix, S64_MAX, MSGQ_KEYS_AT), 0);
	KUNIT_EXPECT_EQ(test, earliest(fix, S64_MAX, MSGQ_KEYS_ABOVE), -1);
	KUNIT_EXPECT_EQ(test, earliest(fix, S64_MAX, MSGQ_KEYS_BELOW), 1);
	KUNIT_EXPECT_EQ(test, earliest(fix, S64_MIN, MSGQ_KEYS_BELOW), -1);
	KUNIT_EXPECT_EQ(test, earliest(fix, S64_MIN, MSGQ_KEYS_ABOVE), 0);
	KUNIT_EXPECT_EQ(test, earliest(fix, -1, MSGQ_KEYS_BELOW), 1);
	KUNIT_EXPECT_EQ(test, earliest(fix, -1, MSGQ_KEYS_ABOVE), 0);
}

static struct kunit_case index_cases[] = {
	KUNIT_CASE(index_empty),
	KUNIT_CASE(index_range),
	KUNIT_CASE(index_same_key),
	KUNIT_CASE(index_ring_del),
	KUNIT_CASE(index_return),
	KUNIT_CASE(index_least_follows),
	KUNIT_CASE(index_extremes),
	{ }
};

static struct kunit_suite index_suite = {
	.name = "msgq_index",
	.init = index_init,
	.test_cases = index_cases,
};

kunit_test_suite(index_suite);
