// SPDX-License-Identifier: MIT
/*
 * Claims: which receivers see a message, where it returns, how a claim ends.
 */
#include <kunit/test.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/msg.h>

#include "msg/claim.h"
#include "msg/control.h"
#include "msg/message.h"
#include "msg/queue.h"
#include "msg/remove.h"
#include "msg/rule.h"
#include "batches.h"

static void expect_counts(struct env *env, struct msgq_descriptor *descriptor,
			  u64 messages, u64 claimed)
{
	struct msgq_queue *queue = descriptor->queue;

	KUNIT_EXPECT_EQ(env->test, queue->store.count, messages);
	KUNIT_EXPECT_EQ(env->test, queue->claimed, claimed);
	KUNIT_EXPECT_EQ(env->test, atomic_long_read(&env->instance->messages),
			messages);
}

static void claims_end(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, 0), other_fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	struct msgq_descriptor *other = descriptor_of(env, other_fd);
	u64 token;

	KUNIT_ASSERT_EQ(test, send(env, id, 5, 1, 9), 0);
	token = claim_one(env, one, 0, 5, 1, 9, 1);
	KUNIT_ASSERT_NE(test, token, 0);
	expect_counts(env, one, 1, 1);
	KUNIT_EXPECT_EQ(test, receive(env, id, 9, 0, 0), -ENOMSG);
	KUNIT_EXPECT_EQ(test, settle(env, other, &token, 1, false), -ENOENT);
	KUNIT_EXPECT_EQ(test, settle(env, one, &token, 1, true), 1);
	KUNIT_EXPECT_EQ(test, settle(env, one, &token, 1, true), -ENOENT);
	expect_counts(env, one, 1, 0);

	token = claim_one(env, other, 5, 5, 1, 9, 2);
	KUNIT_ASSERT_NE(test, token, 0);
	KUNIT_EXPECT_EQ(test, settle(env, other, &token, 1, false), 1);
	KUNIT_EXPECT_EQ(test, settle(env, other, &token, 1, false), -ENOENT);
	expect_counts(env, one, 0, 0);
	close_queue(fd);
	close_queue(other_fd);
}

static void claims_closed(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, 0), other_fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	struct msgq_descriptor *other = descriptor_of(env, other_fd);

	KUNIT_ASSERT_EQ(test, send(env, id, 5, 1, 9), 0);
	KUNIT_ASSERT_EQ(test, send(env, id, 5, 2, 9), 0);
	KUNIT_ASSERT_NE(test, claim_one(env, one, 0, 5, 1, 9, 1), 0);
	KUNIT_ASSERT_NE(test, claim_one(env, other, 0, 5, 2, 9, 1), 0);
	expect_counts(env, other, 2, 2);
	close_queue(fd);
	expect_counts(env, other, 2, 1);
	KUNIT_EXPECT_EQ(test, receive(env, id, 9, 0, 0), 9);
	KUNIT_EXPECT_TRUE(test, is_text(env, env->to + sizeof(s64), 1, 9));
	KUNIT_EXPECT_EQ(test, receive(env, id, 9, 0, 0), -ENOMSG);
	close_queue(other_fd);
	KUNIT_EXPECT_EQ(test, receive(env, id, 9, 0, 0), 9);
}

/* A process has closed its last descriptor, but the file is still held. */
static void claims_held(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	struct file *held = fget(fd);

	KUNIT_ASSERT_NOT_NULL(test, held);
	KUNIT_ASSERT_EQ(test, send(env, id, 5, 1, 9), 0);
	KUNIT_ASSERT_NE(test, claim_one(env, one, 0, 5, 1, 9, 1), 0);
	close_queue(fd);
	expect_counts(env, one, 1, 1);
	KUNIT_EXPECT_EQ(test, receive(env, id, 9, 0, 0), -ENOMSG);
	fput(held);
	flush_delayed_fput();
	KUNIT_EXPECT_EQ(test, receive(env, id, 9, 0, 0), 9);
}

static void claims_removed(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, NSEC_PER_SEC);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	u64 token;

	KUNIT_ASSERT_EQ(test, send(env, id, 5, 1, 9), 0);
	token = claim_one(env, one, 0, 5, 1, 9, 1);
	KUNIT_ASSERT_NE(test, token, 0);
	KUNIT_ASSERT_EQ(test, msgq_remove(env->instance, id), 0);
	expect_counts(env, one, 0, 0);
	KUNIT_EXPECT_EQ(test, settle(env, one, &token, 1, false), -EIDRM);
	KUNIT_EXPECT_EQ(test, settle(env, one, &token, 1, true), -EIDRM);
	close_queue(fd);
}

/* The claims end after a removal has begun, but not reached them. */
static void claims_closed_in_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	struct msgq_queue *queue = one->queue;
	int i;

	for (i = 0; i < 100; i++) {
		KUNIT_ASSERT_EQ(test, send(env, id, 5, i, 9), 0);
		KUNIT_ASSERT_NE(test, claim_one(env, one, 0, 5, i, 9, 1), 0);
	}
	spin_lock(&queue->ipc.lock);
	queue->ipc.removed = true;
	spin_unlock(&queue->ipc.lock);
	close_queue(fd);
	KUNIT_EXPECT_EQ(test, queue->store.count, 0);
	KUNIT_EXPECT_EQ(test, queue->claimed, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
}

/* Long enough for two claims before either expires, even on a slow machine. */
#define EXPIRY	(2 * NSEC_PER_SEC)

static void claims_expire(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, EXPIRY);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	unsigned long until = jiffies + PATIENCE;
	ktime_t begin = ktime_get();
	u64 tokens[2];

	KUNIT_ASSERT_EQ(test, send(env, id, 5, 1, 9), 0);
	KUNIT_ASSERT_EQ(test, send(env, id, 5, 2, 9), 0);
	tokens[0] = claim_one(env, one, 0, 5, 1, 9, 1);
	tokens[1] = claim_one(env, one, 0, 5, 2, 9, 1);
	while (READ_ONCE(one->queue->claimed) && time_before(jiffies, until))
		usleep_range(1000, 2000);
	KUNIT_EXPECT_GE(test, ktime_sub(ktime_get(), begin),
			EXPIRY);
	expect_counts(env, one, 2, 0);
	KUNIT_EXPECT_EQ(test, settle(env, one, tokens, 2, false), -ENOENT);
	tokens[0] = claim_one(env, one, 0, 5, 1, 9, 2);
	KUNIT_EXPECT_NE(test, tokens[0], 0);
	close_queue(fd);
}

/* A released message is handed to a waiting receiver. */
static void claims_to_those_who_wait(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	struct worker *worker;
	u64 token;

	KUNIT_ASSERT_EQ(test, send(env, id, 5, 1, 9), 0);
	token = claim_one(env, one, 0, 5, 1, 9, 1);
	worker = start_receiver(env, NULL, id, 9, -5, 0);
	KUNIT_EXPECT_EQ(test, settle(env, one, &token, 1, true), 1);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 5, 1, 9));
	expect_counts(env, one, 0, 0);
	close_queue(fd);
}

/* How often it was claimed is not known for ever. */
static void claims_without_end(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	u32 before = MSGQ_DELIVERIES_MAX - 1;
	struct msgq_msg *msg;
	u64 token;
	u32 i;

	KUNIT_ASSERT_EQ(test, send(env, id, 5, 1, 9), 0);
	msg = list_first_entry(&one->queue->store.messages, struct msgq_msg, all);
	msg->deliveries = before;
	for (i = 1; i <= 3; i++) {
		token = claim_one(env, one, 0, 5, 1, 9, before + min(i, 2U));
		KUNIT_ASSERT_NE(test, token, 0);
		KUNIT_ASSERT_EQ(test, settle(env, one, &token, 1, true), 1);
	}
	close_queue(fd);
}

#define RETURN	200

/* In any order of return, each message gets its old place back. */
static void claims_return(struct kunit *test)
{
	static const u32 types[] = { 1, 2, 7, RETURN };
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	u64 *tokens, token;
	struct rnd_state rnd;
	u32 i, j, seed = env_seed(&rnd);

	tokens = kunit_kcalloc(test, RETURN, sizeof(*tokens), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tokens);
	for (j = 0; j < ARRAY_SIZE(types); j++) {
		for (i = 0; i < RETURN; i++)
			KUNIT_ASSERT_EQ(test, send(env, id, 1 + i % types[j], i,
						   1), 0);
		for (i = 0; i < RETURN; i++) {
			s64 type = 1 + i % types[j];

			tokens[i] = claim_one(env, one, type, type, i, 1, 1);
			KUNIT_ASSERT_NE(test, tokens[i], 0);
		}
		for (i = RETURN; i; i--) {
			u32 k = below(&rnd, i);

			token = tokens[k];
			tokens[k] = tokens[i - 1];
			KUNIT_ASSERT_EQ_MSG(test, 1,
					    settle(env, one, &token, 1, true),
					    "seed %u", seed);
		}
		for (i = 0; i < RETURN; i++) {
			s64 type = 1 + i % types[j];

			KUNIT_ASSERT_EQ(test, receive(env, id, 1, type, 0), 1);
			KUNIT_ASSERT_TRUE_MSG(test, is_text(env, env->to +
							    sizeof(s64), i, 1),
					      "seed %u", seed);
		}
	}
	close_queue(fd);
}

/* The least of three times in which count claims of one type return. */
static u64 time_to_return(struct env *env, u32 count)
{
	u64 least = U64_MAX, begin;
	u32 i, round;

	for (round = 0; round < 3; round++) {
		int id = new_queue(env, 0600);
		int fd = open_queue(env, id, 0);
		struct msgq_descriptor *one = descriptor_of(env, fd);

		KUNIT_ASSERT_EQ(env->test, 0,
				set_queue(env, id, 0600, count + 1));
		for (i = 0; i <= count; i++)
			KUNIT_ASSERT_EQ(env->test, send(env, id, 1, i, 0), 0);
		for (i = 0; i < count; i++)
			KUNIT_ASSERT_NE(env->test, 0,
					claim_one(env, one, 1, 1, i, 0, 1));
		begin = ktime_get_ns();
		close_queue(fd);
		least = min(least, ktime_get_ns() - begin);
		KUNIT_ASSERT_EQ(env->test, msgq_remove(env->instance, id), 0);
	}
	return least;
}

/* The cost of a return does not grow with the number of earlier returns. */
static void claims_return_quickly(struct kunit *test)
{
	struct env *env = test->priv;
	u64 few = time_to_return(env, 512);
	u64 many = time_to_return(env, 16 * 512);

	KUNIT_EXPECT_LT(test, many, 40 * few);
}

/*
 * Rules look past any number of claimed messages.  The types are 1 to 5 in
 * turn; the first FRONT messages are claimed.
 */
#define DEPTH	2000
#define FRONT	1501

static u32 chosen(struct msgq_descriptor *descriptor, s64 msgtyp, int flags)
{
	const struct msgq_rule rule = msgq_rule_of(msgtyp, flags, SIZE_MAX);
	struct msgq_queue *queue = descriptor->queue;
	struct msgq_msg *msg;
	u32 number;

	spin_lock(&queue->ipc.lock);
	do {
		msg = msgq_store_choose(&queue->store, &rule);
	} while (!msg && msgq_queue_index_unlocking(queue, &rule));
	number = msg ? msg->node.arrival : 0;
	spin_unlock(&queue->ipc.lock);
	return number;
}

static void claims_in_front(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600), fd;
	struct msgq_descriptor *one;
	u64 *tokens;
	u32 i;

	tokens = kunit_kcalloc(test, FRONT, sizeof(*tokens), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, tokens);
	fd = open_queue(env, id, 0);
	one = descriptor_of(env, fd);
	/* Arrivals are numbered from 1, as texts are here. */
	for (i = 1; i <= DEPTH; i++)
		KUNIT_ASSERT_EQ(test, send(env, id, 1 + i % 5, i, 1), 0);
	for (i = 0; i < FRONT; i++) {
		tokens[i] = claim_one(env, one, 0, 1 + (i + 1) % 5, i + 1, 1,
				      1);
		KUNIT_ASSERT_NE(test, tokens[i], 0);
	}

	KUNIT_EXPECT_EQ(test, chosen(one, 0, 0), 1502);
	KUNIT_EXPECT_EQ(test, chosen(one, 1, 0), 1505);
	KUNIT_EXPECT_EQ(test, chosen(one, 3, 0), 1502);
	KUNIT_EXPECT_EQ(test, chosen(one, 3, MSG_EXCEPT), 1503);
	KUNIT_EXPECT_EQ(test, chosen(one, 1, MSG_EXCEPT), 1502);
	KUNIT_EXPECT_EQ(test, chosen(one, -5, 0), 1505);
	KUNIT_EXPECT_EQ(test, chosen(one, 0, MSG_COPY), 1502);
	KUNIT_EXPECT_EQ(test, chosen(one, 498, MSG_COPY), DEPTH);
	KUNIT_EXPECT_EQ(test, chosen(one, 499, MSG_COPY), 0);

	/* A message from the middle of them is the first again. */
	KUNIT_EXPECT_EQ(test, settle(env, one, &tokens[700], 1, true), 1);
	KUNIT_EXPECT_EQ(test, chosen(one, 0, 0), 701);
	KUNIT_EXPECT_EQ(test, chosen(one, 2, 0), 701);
	KUNIT_EXPECT_EQ(test, chosen(one, 2, MSG_EXCEPT), 1502);
	KUNIT_EXPECT_EQ(test, settle(env, one, &tokens[10], 1, true), 1);
	KUNIT_EXPECT_EQ(test, chosen(one, 0, 0), 11);
	KUNIT_EXPECT_EQ(test, chosen(one, 0, MSG_COPY), 11);
	KUNIT_EXPECT_EQ(test, chosen(one, 1, MSG_COPY), 701);
	expect_counts(env, one, DEPTH, FRONT - 2);

	close_queue(fd);
	for (i = 1; i <= DEPTH; i++) {
		KUNIT_ASSERT_EQ(test, receive(env, id, 1, 0, 0), 1);
		KUNIT_ASSERT_EQ(test, received_type(env), 1 + i % 5);
		KUNIT_ASSERT_TRUE(test, is_text(env, env->to + sizeof(s64), i,
						1));
	}
}

static struct kunit_case claims_cases[] = {
	KUNIT_CASE(claims_end),
	KUNIT_CASE(claims_closed),
	KUNIT_CASE(claims_held),
	KUNIT_CASE(claims_removed),
	KUNIT_CASE(claims_closed_in_removal),
	KUNIT_CASE(claims_expire),
	KUNIT_CASE(claims_to_those_who_wait),
	KUNIT_CASE(claims_without_end),
	KUNIT_CASE(claims_return),
	KUNIT_CASE(claims_return_quickly),
	KUNIT_CASE(claims_in_front),
	{ }
};

static struct kunit_suite claims_suite = {
	.name = "msgq_claims",
	.init = env_init,
	.exit = env_exit,
	.test_cases = claims_cases,
};

kunit_test_suite(claims_suite);
