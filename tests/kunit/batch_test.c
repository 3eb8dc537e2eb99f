// SPDX-License-Identifier: MIT
/*
 * Batches: the number of messages that go through, and the fate of the others.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/msg.h>
#include <linux/wait.h>

#include "msg/queue.h"
#include "batches.h"

/* More than two parts. */
#define COUNT	35

static void fill(struct msgq_entry *entries)
{
	u32 i;

	for (i = 0; i < COUNT; i++)
		entries[i] = entry_of(1 + i % 3, i, i % BATCH_TEXT);
}

static void clean(struct msgq_entry *entries)
{
	u32 i;

	for (i = 0; i < COUNT; i++)
		entries[i] = (struct msgq_entry){ .size = BATCH_TEXT };
}

/* Receive all messages from number from on, in order: there are no others. */
static void expect_rest(struct env *env, int id, u32 from, u32 to)
{
	for (; from < to; from++) {
		KUNIT_ASSERT_EQ(env->test, receive(env, id, BATCH_TEXT, 0, 0),
				from % BATCH_TEXT);
		KUNIT_ASSERT_EQ(env->test, received_type(env), 1 + from % 3);
		KUNIT_ASSERT_TRUE(env->test,
				  is_text(env, env->to + sizeof(s64), from,
					  from % BATCH_TEXT));
	}
	KUNIT_ASSERT_EQ(env->test, receive(env, id, BATCH_TEXT, 0, 0), -ENOMSG);
	KUNIT_ASSERT_EQ(env->test, atomic_long_read(&env->instance->messages), 0);
}

static struct msgq_entry *new_entries(struct kunit *test)
{
	struct msgq_entry *entries;

	entries = kunit_kcalloc(test, COUNT, sizeof(*entries), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, entries);
	return entries;
}

static void batch_whole(struct kunit *test)
{
	struct msgq_entry *entries = new_entries(test);
	struct env *env = test->priv;
	int id = new_queue(env, 0600), fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	u32 i;

	fill(entries);
	KUNIT_EXPECT_EQ(test, send_batch(env, one, entries, COUNT), COUNT);
	clean(entries);
	KUNIT_EXPECT_EQ(test, receive_batch(env, one, entries, COUNT, 0, 0,
					    false, -1), COUNT);
	for (i = 0; i < COUNT; i++) {
		KUNIT_EXPECT_TRUE(test, is_entry(env, &entries[i], 1 + i % 3,
						 i, i % BATCH_TEXT));
		KUNIT_EXPECT_EQ(test, entries[i].token, 0);
		KUNIT_EXPECT_EQ(test, entries[i].deliveries, 0);
	}
	expect_rest(env, id, 0, 0);
	close_queue(fd);
}

/* At each place in turn a message cannot be sent. */
static void batch_send_stops(struct kunit *test)
{
	static const struct {
		s64 type;
		u32 size;
		int err;
	} bad[] = {
		{ 0, 1, -EINVAL },
		{ S64_MIN, 1, -EINVAL },
		{ 1, 8193, -EMSGSIZE },
		{ 1, U32_MAX, -EMSGSIZE },
	};
	struct msgq_entry *entries = new_entries(test);
	struct env *env = test->priv;
	int id = new_queue(env, 0600), fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	u32 i, j;

	for (i = 0; i < COUNT; i++) {
		for (j = 0; j < ARRAY_SIZE(bad); j++) {
			fill(entries);
			entries[i].type = bad[j].type;
			entries[i].size = bad[j].size;
			KUNIT_ASSERT_EQ(test, send_batch(env, one, entries,
							 COUNT),
					(long)i ?: bad[j].err);
			expect_rest(env, id, 0, i);
		}
	}
	close_queue(fd);
}

static void batch_send_full(struct kunit *test)
{
	struct msgq_entry *entries = new_entries(test);
	struct env *env = test->priv;
	int id = new_queue(env, 0600), fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	u32 i, j;

	for (i = 0; i < COUNT; i++) {
		/* As many messages as bytes, and these have none. */
		KUNIT_ASSERT_EQ(test, set_queue(env, id, 0600, i), 0);
		for (j = 0; j < COUNT; j++)
			entries[j] = entry_of(1, j, 0);
		KUNIT_ASSERT_EQ(test, send_batch(env, one, entries, COUNT),
				(long)i ?: -EAGAIN);
		KUNIT_ASSERT_EQ(test, one->queue->store.count, i);
		for (j = 0; j < i; j++)
			KUNIT_ASSERT_EQ(test, receive(env, id, 0, 0, 0), 0);
	}
	close_queue(fd);
}

static int wakes(wait_queue_entry_t *entry, unsigned int mode, int flags,
		 void *key)
{
	*(int *)entry->private += 1;
	return 0;
}

/* A poller is woken for the room of a sender that gave up in the middle. */
static void batch_send_given_up(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600), fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	const struct msgq_entry entries[] = {
		entry_of(1, 0, 2), entry_of(1, 1, 5), entry_of(1, 2, 6),
	};
	struct msgq_call until = {
		.perm_checked = true,
		.clock = CLOCK_MONOTONIC,
		.room_watch = &one->writable,
	};
	wait_queue_entry_t entry;
	int woken = 0;

	init_waitqueue_func_entry(&entry, wakes);
	entry.private = &woken;
	add_wait_queue(&one->polled, &entry);
	KUNIT_ASSERT_EQ(test, set_queue(env, id, 0600, 10), 0);
	until.deadline = ktime_add_ms(ktime_get(), 20);
	KUNIT_EXPECT_EQ(test, send_batch_as(env, one, &until, entries, 3, 3),
			2);
	KUNIT_EXPECT_EQ(test, receive(env, id, 2, 0, 0), 2);
	KUNIT_EXPECT_EQ(test, woken, 0);
	KUNIT_EXPECT_EQ(test, receive(env, id, 5, 0, 0), 5);
	KUNIT_EXPECT_EQ(test, woken, 1);
	remove_wait_queue(&one->polled, &entry);
	close_queue(fd);
}

/* At each place in turn a message cannot be received, or claimed. */
static void receive_stops(struct kunit *test, bool claims, bool faults)
{
	struct msgq_entry *entries = new_entries(test);
	struct env *env = test->priv;
	int id = new_queue(env, 0600), fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	u64 tokens[COUNT];
	long ret;
	u32 i, j;

	/* The first message has no text, so it always fits. */
	for (i = 1; i < COUNT; i++) {
		fill(entries);
		KUNIT_ASSERT_EQ(test, send_batch(env, one, entries, COUNT),
				COUNT);
		clean(entries);
		if (!faults)
			entries[i].size = i - 1;
		ret = receive_batch(env, one, entries, COUNT, 0, 0, claims,
				    faults ? i : -1);
		KUNIT_ASSERT_EQ(test, ret, i);
		for (j = 0; j < i; j++) {
			KUNIT_ASSERT_TRUE(test, is_entry(env, &entries[j],
							 1 + j % 3, j,
							 j % BATCH_TEXT));
			tokens[j] = entries[j].token;
		}
		KUNIT_ASSERT_EQ(test, one->queue->claimed, claims ? i : 0);
		KUNIT_ASSERT_EQ(test, one->queue->store.count,
				claims ? COUNT : COUNT - i);
		if (claims)
			KUNIT_ASSERT_EQ(test, settle(env, one, tokens, i,
						     false), i);

		/* A message that could not be claimed was not delivered. */
		entries[0].size = BATCH_TEXT;
		ret = receive_batch(env, one, entries, 1, 0, 0, true, -1);
		KUNIT_ASSERT_EQ(test, ret, 1);
		KUNIT_ASSERT_EQ(test, entries[0].deliveries, 1);
		KUNIT_ASSERT_EQ(test, settle(env, one, &entries[0].token, 1,
					     true), 1);
		expect_rest(env, id, i, COUNT);
	}
	close_queue(fd);
}

static void batch_receive_stops(struct kunit *test)
{
	receive_stops(test, false, false);
	receive_stops(test, false, true);
}

static void batch_claim_stops(struct kunit *test)
{
	receive_stops(test, true, false);
	receive_stops(test, true, true);
}

static struct kunit_case batch_cases[] = {
	KUNIT_CASE(batch_whole),
	KUNIT_CASE(batch_send_stops),
	KUNIT_CASE(batch_send_full),
	KUNIT_CASE(batch_send_given_up),
	KUNIT_CASE(batch_receive_stops),
	KUNIT_CASE(batch_claim_stops),
	{ }
};

static struct kunit_suite batch_suite = {
	.name = "msgq_batch",
	.init = env_init,
	.exit = env_exit,
	.test_cases = batch_cases,
};

kunit_test_suite(batch_suite);
