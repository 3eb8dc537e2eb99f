// SPDX-License-Identifier: MIT
/*
 * Work that is done late or not at all: messages are not indexed until a
 * receiver chooses among them, and a queue's inline message needs no memory.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/msg.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "msg/message.h"
#include "msg/queue.h"
#include "msg/receive.h"
#include "msg/remove.h"
#include "batches.h"

#define SIZE	10
#define LATE	MSGQ_STORE_INDEX_LOT

/* The number of messages that are late (not indexed): all from one on. */
static int late(struct msgq_queue *queue)
{
	struct list_head *at;
	int count = 0;

	for (at = queue->store.unindexed; at != &queue->store.messages; at = at->next)
		count++;
	return count;
}

/* A queue with so many messages of types 1, 2, 3, 1, ...; numbers from 0. */
static int queue_of(struct env *env, int messages)
{
	int id = new_queue(env, 0600);
	int i;

	/* These pages are present, so that no copy has to fault. */
	KUNIT_ASSERT_EQ(env->test, clear_user(env->from, PAGE_SIZE), 0);
	KUNIT_ASSERT_EQ(env->test, clear_user(env->to, PAGE_SIZE), 0);
	for (i = 0; i < messages; i++)
		KUNIT_ASSERT_EQ(env->test, send(env, id, 1 + i % 3, i, SIZE), 0);
	return id;
}

static void expect(struct env *env, int id, s64 msgtyp, int flags, u32 number)
{
	KUNIT_EXPECT_EQ(env->test, receive(env, id, SIZE, msgtyp, flags), SIZE);
	KUNIT_EXPECT_EQ(env->test, received_type(env), 1 + number % 3);
	KUNIT_EXPECT_TRUE(env->test, is_text(env, env->to + 8, number, SIZE));
}

static void expect_none(struct env *env, int id)
{
	static const s64 rules[] = { 0, 1, 2, 3, -3 };
	int i;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		KUNIT_EXPECT_EQ(env->test, receive(env, id, SIZE, rules[i], 0), -ENOMSG);
	KUNIT_EXPECT_EQ(env->test, stat_of(env, id).qnum, 0);
}

/* A receiver in order of arrival gets all messages, indexed or not. */
static void late_in_order(struct kunit *test)
{
	static const int depths[] = {
		1, 2, LATE - 1, LATE, LATE + 1, LATE + 2, 2 * LATE + 3,
	};
	struct env *env = test->priv;
	int i, number, id;

	for (i = 0; i < ARRAY_SIZE(depths); i++) {
		id = queue_of(env, depths[i]);
		for (number = 0; number < depths[i]; number++)
			expect(env, id, 0, 0, number);
		expect_none(env, id);
	}
}

/* A choice indexes all messages, and later ones are indexed on arrival. */
static void late_until_chosen(struct kunit *test)
{
	static const int depths[] = {
		3, LATE - 1, LATE, LATE + 1, 2 * LATE, 3 * LATE + 1,
	};
	struct env *env = test->priv;

	for (int i = 0; i < ARRAY_SIZE(depths); i++) {
		int depth = depths[i];
		int id = queue_of(env, depth);
		struct msgq_queue *queue = queue_at(env, id);

		KUNIT_EXPECT_EQ(test, late(queue), depth);
		KUNIT_EXPECT_TRUE(test, msgq_index_empty(&queue->store.types));
		expect(env, id, 2, 0, 1);
		KUNIT_EXPECT_EQ(test, late(queue), 0);
		KUNIT_EXPECT_EQ(test, queue->store.types.count, depth - 1);
		KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
		KUNIT_EXPECT_EQ(test, queue->store.types.count, depth);
		for (int number = 0; number < depth; number++)
			if (number != 1)
				expect(env, id, 0, 0, number);
		expect(env, id, 0, 0, 0);

		/* The queue has been empty, which ends the indexing. */
		KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
		KUNIT_EXPECT_EQ(test, late(queue), 1);
		KUNIT_EXPECT_TRUE(test, msgq_index_empty(&queue->store.types));
	}
}

/* Many messages are indexed in several rounds; the last one says it is. */
static void late_in_goes(struct kunit *test)
{
	static const int depths[] = {
		1, LATE - 1, LATE, LATE + 1, 2 * LATE, 2 * LATE + 3,
	};
	struct env *env = test->priv;

	for (int i = 0; i < ARRAY_SIZE(depths); i++) {
		struct msgq_queue *queue = queue_at(env, queue_of(env, depths[i]));
		int left = depths[i];

		while (left) {
			bool done;

			left -= min(left, LATE);
			spin_lock(&queue->ipc.lock);
			done = msgq_store_index(&queue->store);
			spin_unlock(&queue->ipc.lock);
			KUNIT_EXPECT_EQ(test, late(queue), left);
			KUNIT_EXPECT_EQ(test, queue->store.types.count, depths[i] - left);
			KUNIT_EXPECT_EQ(test, done, !left);
		}
	}
}

/* While a receiver waits, the messages that it does not want are indexed. */
static void late_while_waiting(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_of(env, 0);
	struct msgq_queue *queue = queue_at(env, id);
	struct worker *worker = start_receiver(env, NULL, id, SIZE, 3, 0);

	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 2, 1, SIZE), 0);
	KUNIT_EXPECT_EQ(test, late(queue), 0);
	KUNIT_EXPECT_EQ(test, queue->store.types.count, 2);
	KUNIT_EXPECT_EQ(test, send(env, id, 3, 2, SIZE), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 3, 2, SIZE));
	expect(env, id, 2, 0, 1);
	expect(env, id, 1, 0, 0);
	expect_none(env, id);
}

/* Each rule finds the right message of both kinds, after some are received. */
static void late_choice(struct kunit *test)
{
	struct env *env = test->priv;
	int left, id;

	for (left = 0; left < 3; left++) {
		id = queue_of(env, 9);
		for (int i = 0; i < left; i++)
			expect(env, id, 0, 0, i);
		/* 3 4 5 6 7 8 are there, and the rest of 0 1 2. */
		expect(env, id, 3, 0, 2);
		KUNIT_EXPECT_EQ(test, send(env, id, 1, 9, SIZE), 0);
		expect(env, id, 1, MSG_EXCEPT, left < 2 ? 1 : 4);
		KUNIT_EXPECT_EQ(test, send(env, id, 2, 10, SIZE), 0);
		expect(env, id, -3, 0, left < 1 ? 0 : 3);
		KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 4, 0), -ENOMSG);
		KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	}
}

/* If the first message matches, or for MSG_COPY, nothing is indexed. */
static void late_needless(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_of(env, 9);
	struct msgq_queue *queue = queue_at(env, id);

	expect(env, id, 2, MSG_EXCEPT, 0);
	expect(env, id, 2, 0, 1);
	expect(env, id, 3, MSG_COPY, 5);
	KUNIT_EXPECT_EQ(test, late(queue), 7);
	KUNIT_EXPECT_TRUE(test, msgq_index_empty(&queue->store.types));
	expect(env, id, 3, MSG_EXCEPT, 3);
	KUNIT_EXPECT_EQ(test, late(queue), 0);
	KUNIT_EXPECT_EQ(test, queue->store.types.count, 6);
	expect(env, id, 0, 0, 2);
}

/* A returned message is before those that arrived after it. */
static void late_returns(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_of(env, 4);
	int fd = open_queue(env, id, 0);
	struct msgq_descriptor *descriptor = descriptor_of(env, fd);
	u64 tokens[2];

	tokens[0] = claim_one(env, descriptor, 0, 1, 0, SIZE, 1);
	tokens[1] = claim_one(env, descriptor, 0, 2, 1, SIZE, 1);
	expect(env, id, 0, 0, 2);
	KUNIT_EXPECT_EQ(test, late(queue_at(env, id)), 1);
	KUNIT_EXPECT_EQ(test, send(env, id, 2, 4, SIZE), 0);
	KUNIT_EXPECT_EQ(test, settle(env, descriptor, tokens, 2, true), 2);
	KUNIT_EXPECT_EQ(test, send(env, id, 3, 5, SIZE), 0);
	expect(env, id, 2, 0, 1);
	expect(env, id, 0, 0, 0);
	expect(env, id, 0, 0, 3);
	expect(env, id, 0, 0, 4);
	expect(env, id, 0, 0, 5);
	expect_none(env, id);
	close_queue(fd);
}

/* No message is late on a removed queue: all are freed. */
static void late_removed(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_of(env, 3);
	struct msgq_queue *queue = queue_at(env, id);
	int fd = open_queue(env, id, 0);

	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	KUNIT_EXPECT_PTR_EQ(test, queue->store.unindexed, &queue->store.messages);
	close_queue(fd);
}

/* The return of a handed-over message leaves those before it findable. */
static void late_handed_back(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_of(env, 0);
	struct worker *worker;

	worker = start_receiver_at(env, env->read_only, id, SIZE, 2, 0);
	await_waiters(env, id, 1, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 2, 1, SIZE), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -EFAULT);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 2);
	expect(env, id, 1, 0, 0);
	expect(env, id, 2, 0, 1);
	expect_none(env, id);
}

/* The inline message needs no memory, and is used exactly when it is free. */
static void late_own(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_of(env, 0);
	struct msgq_queue *queue = queue_at(env, id);
	int i;

	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_FALSE(test, queue->inline_used);
		current->fail_nth = 1;
		KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
		KUNIT_EXPECT_EQ(test, current->fail_nth, 1);
		KUNIT_EXPECT_TRUE(test, queue->inline_used);
		KUNIT_EXPECT_EQ(test, send(env, id, 2, 1, SIZE), -ENOMEM);
		KUNIT_EXPECT_EQ(test, current->fail_nth, 0);
		KUNIT_EXPECT_EQ(test, send(env, id, 2, 1, SIZE), 0);
		KUNIT_EXPECT_EQ(test, send(env, id, 3, 2, MSGQ_SHORT_BYTES + 1), 0);
		KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 3, MSG_NOERROR), SIZE);
		expect(env, id, 2, 0, 1);
		KUNIT_EXPECT_TRUE(test, queue->inline_used);
		expect(env, id, 0, 0, 0);
	}
	KUNIT_EXPECT_FALSE(test, queue->inline_used);
	expect_none(env, id);
}

/* A failed send leaves the inline message free. */
static void late_own_refused(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_of(env, 0);
	struct msgq_queue *queue = queue_at(env, id);

	KUNIT_EXPECT_EQ(test, send(env, id, 0, 0, SIZE), -EINVAL);
	KUNIT_EXPECT_FALSE(test, queue->inline_used);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, SIZE - 1), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), -EAGAIN);
	KUNIT_EXPECT_FALSE(test, queue->inline_used);
	env->instance->limits.msgmax = SIZE - 2;
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE - 1), -EINVAL);
	KUNIT_EXPECT_FALSE(test, queue->inline_used);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE - 2), 0);
	KUNIT_EXPECT_TRUE(test, queue->inline_used);
}

/* The inline message is free after it has left the queue in any way. */
static void late_own_freed(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_of(env, 0);
	struct msgq_queue *queue = queue_at(env, id);
	int fd = open_queue(env, id, 0);
	struct msgq_descriptor *descriptor = descriptor_of(env, fd);
	struct msgq_entry entry = { .size = SIZE };
	struct worker *worker;
	u64 token;

	/* Handed over. */
	worker = start_receiver(env, NULL, id, SIZE, 0, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 1, 0, SIZE));
	KUNIT_EXPECT_FALSE(test, queue->inline_used);

	/* In a batch. */
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	KUNIT_EXPECT_EQ(test, receive_batch(env, descriptor, &entry, 1, 0, 0, false, -1), 1);
	KUNIT_EXPECT_TRUE(test, is_entry(env, &entry, 1, 0, SIZE));
	KUNIT_EXPECT_FALSE(test, queue->inline_used);

	/* Claimed and acknowledged; then it can be used like any other. */
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	token = claim_one(env, descriptor, 0, 1, 0, SIZE, 1);
	KUNIT_EXPECT_TRUE(test, queue->inline_used);
	KUNIT_EXPECT_EQ(test, settle(env, descriptor, &token, 1, false), 1);
	KUNIT_EXPECT_FALSE(test, queue->inline_used);
	worker = start_receiver(env, NULL, id, SIZE, 0, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 2, 1, SIZE), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 2, 1, SIZE));
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	token = claim_one(env, descriptor, 0, 1, 0, SIZE, 1);
	KUNIT_EXPECT_EQ(test, settle(env, descriptor, &token, 1, true), 1);
	expect(env, id, 0, 0, 0);
	KUNIT_EXPECT_FALSE(test, queue->inline_used);

	/* Removed with the queue, which the descriptor still holds. */
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	KUNIT_EXPECT_FALSE(test, queue->inline_used);
	close_queue(fd);
}

/* Cutting a long text copies a few bytes, and frees all. */
static void late_cut(struct kunit *test)
{
	const size_t size = 2 * PAGE_SIZE;
	struct env *env = test->priv;
	int id = queue_of(env, 1);
	int fd = open_queue(env, id, 0);
	struct msgq_entry entry = { .size = SIZE };

	env->instance->limits.msgmax = size;
	expect(env, id, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, size), 0);
	KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 0, MSG_NOERROR), SIZE);
	KUNIT_EXPECT_TRUE(test, is_text(env, env->to + 8, 0, SIZE));
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, size), 0);
	KUNIT_EXPECT_EQ(test, receive_batch(env, descriptor_of(env, fd), &entry, 1, 0,
					    MSG_NOERROR, false, -1), 1);
	KUNIT_EXPECT_TRUE(test, is_entry(env, &entry, 1, 1, SIZE));
	expect_none(env, id);
	close_queue(fd);
}

/* A text that is copied up to a hole in the buffer has not arrived. */
static void late_much(struct kunit *test)
{
	static const size_t sizes[] = {
		MSGQ_WORDS_MAX - 8,   MSGQ_WORDS_MAX - 7,   1024,
		MSGQ_AT_ONCE_MAX - 8, MSGQ_AT_ONCE_MAX - 7,
	};
	struct env *env = test->priv;
	int id = queue_of(env, 0);
	struct msgq_rcv arg = { .msqid = id, .long_size = sizeof(s64) };
	int i;

	KUNIT_ASSERT_EQ(test, clear_user(env->to, AREA_BYTES), 0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_EQ(test, send(env, id, 1, i, sizes[i]), 0);
		arg.msgsz = sizes[i];
		arg.msgp = (unsigned long)env->to + AREA_BYTES - sizes[i];
		KUNIT_EXPECT_EQ(test, -EFAULT,
				msgq_receive(env->instance,
					     msgq_call_by_id(arg.msgflg), &arg));
		KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 1);
		KUNIT_EXPECT_EQ(test, receive(env, id, sizes[i], 0, 0),
				sizes[i]);
		KUNIT_EXPECT_TRUE(test, is_text(env, env->to + 8, i, sizes[i]));
	}
	expect_none(env, id);
}

static struct kunit_case late_cases[] = {
	KUNIT_CASE(late_in_order),
	KUNIT_CASE(late_until_chosen),
	KUNIT_CASE(late_in_goes),
	KUNIT_CASE(late_while_waiting),
	KUNIT_CASE(late_choice),
	KUNIT_CASE(late_needless),
	KUNIT_CASE(late_returns),
	KUNIT_CASE(late_removed),
	KUNIT_CASE(late_handed_back),
	KUNIT_CASE(late_own),
	KUNIT_CASE(late_own_refused),
	KUNIT_CASE(late_own_freed),
	KUNIT_CASE(late_cut),
	KUNIT_CASE(late_much),
	{ }
};

static struct kunit_suite late_suite = {
	.name = "msgq_late",
	.init = env_init,
	.exit = env_exit,
	.test_cases = late_cases,
};

kunit_test_suite(late_suite);
