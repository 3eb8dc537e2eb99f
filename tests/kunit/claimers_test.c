// SPDX-License-Identifier: MIT
/*
 * Claimers: the claims of several processes by one opening, and the end of one
 * of them.
 */
#include <kunit/test.h>
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/errno.h>
#include <linux/spinlock.h>

#include "ipc/exit_notice.h"
#include "msg/claim.h"
#include "msg/claimer.h"
#include "msg/message.h"
#include "msg/queue.h"
#include "msg/remove.h"
#include "batches.h"
#include "process.h"

#define SOME	150

/**
 * struct scene - a queue, an opening, and a process that claims by it
 * @env: the test's
 * @id: the queue
 * @fd: the opening
 * @descriptor: the same
 * @count: how many messages the process claims
 * @first: the number of the first
 * @tokens: the tokens of the claims
 */
struct scene {
	struct env *env;
	int id;
	int fd;
	struct msgq_descriptor *descriptor;
	u32 count;
	u32 first;
	u64 tokens[SOME];
};

static struct scene *new_scene(struct kunit *test, u64 limit)
{
	struct scene *scene = kunit_kzalloc(test, sizeof(*scene), GFP_KERNEL);
	struct env *env = test->priv;

	KUNIT_ASSERT_NOT_NULL(test, scene);
	scene->env = env;
	scene->id = new_queue(env, 0600);
	scene->fd = open_queue(env, scene->id, limit);
	scene->descriptor = descriptor_of(env, scene->fd);
	return scene;
}

static struct scene *new_scene_with_notice(struct kunit *test, u64 limit)
{
	if (!svipc_notices_given)
		kunit_skip(test, "this kernel does not tell of exits");
	return new_scene(test, limit);
}

static void put(struct scene *scene, u32 count)
{
	struct env *env = scene->env;
	u32 i;

	for (i = 0; i < count; i++)
		KUNIT_ASSERT_EQ(env->test, 0, send(env, scene->id, 5, i, 1));
}

static u64 claim_number(struct scene *scene, u32 number)
{
	return claim_one(scene->env, scene->descriptor, 0, 5, number, 1, 1);
}

static long claim_some(struct env *env, void *data)
{
	struct scene *scene = data;
	u32 i;

	for (i = 0; i < scene->count; i++) {
		scene->tokens[i] = claim_number(scene, scene->first + i);
		if (!scene->tokens[i])
			return -EINVAL;
	}
	return 0;
}

/* Start a process that claims count messages, from this number on. */
static struct process *start_claimer(struct scene *scene, u32 first, u32 count)
{
	struct process *process;

	scene->first = first;
	scene->count = count;
	process = start_process(scene->env, claim_some, scene);
	KUNIT_ASSERT_EQ(scene->env->test, 0, process_ret(process));
	return process;
}

static void expect_claimed(struct scene *scene, u64 messages, u64 claimed)
{
	struct msgq_queue *queue = scene->descriptor->queue;

	svipc_notices_drain(NULL);
	KUNIT_EXPECT_EQ(scene->env->test, queue->store.count, messages);
	KUNIT_EXPECT_EQ(scene->env->test, queue->claimed, claimed);
}

/* Receive these messages: they are the first that are not claimed. */
static void take_numbers(struct scene *scene, u32 first, u32 count)
{
	struct env *env = scene->env;
	u32 i;

	for (i = 0; i < count; i++) {
		KUNIT_ASSERT_EQ(env->test, 1, receive(env, scene->id, 1, 0, 0));
		KUNIT_ASSERT_TRUE(env->test,
				  is_text(env, env->to + sizeof(s64),
					  first + i, 1));
	}
}

/* The same, and there are no others. */
static void expect_numbers(struct scene *scene, u32 first, u32 count)
{
	take_numbers(scene, first, count);
	KUNIT_EXPECT_EQ(scene->env->test, -ENOMSG,
			receive(scene->env, scene->id, 1, 0, 0));
}

static u32 count_claimers(struct scene *scene)
{
	struct rb_node *rb;
	u32 count = 0;

	for (rb = rb_first(&scene->descriptor->claims.claimers); rb; rb = rb_next(rb))
		count++;
	return count;
}

static void claimers_end(struct kunit *test)
{
	struct scene *scene = new_scene_with_notice(test, 0);
	struct process *process;
	u64 own;

	put(scene, 5);
	own = claim_number(scene, 0);
	KUNIT_EXPECT_NE(test, own, 0);
	process = start_claimer(scene, 1, 3);
	KUNIT_EXPECT_EQ(test, count_claimers(scene), 2);
	expect_claimed(scene, 5, 4);
	/* Any process that has the opening can settle by a token. */
	KUNIT_EXPECT_EQ(test, 1, settle(scene->env, scene->descriptor,
					&scene->tokens[1], 1, false));
	end_process(process);
	expect_claimed(scene, 4, 1);
	KUNIT_EXPECT_EQ(test, count_claimers(scene), 1);
	KUNIT_EXPECT_EQ(test, -ENOENT, settle(scene->env, scene->descriptor,
					      &scene->tokens[0], 1, false));
	KUNIT_EXPECT_EQ(test, 1, settle(scene->env, scene->descriptor, &own, 1,
					false));
	KUNIT_EXPECT_EQ(test, 1, receive(scene->env, scene->id, 1, 0, 0));
	expect_numbers(scene, 3, 2);
	close_queue(scene->fd);
}

/* The opening is closed before the process ends, or the queue is removed. */
static void claimers_outlive(struct kunit *test)
{
	struct scene *scene = new_scene_with_notice(test, 0);
	struct process *process;

	put(scene, 3);
	process = start_claimer(scene, 0, 2);
	close_queue(scene->fd);
	expect_numbers(scene, 0, 3);
	end_process(process);
	svipc_notices_drain(NULL);

	scene->fd = open_queue(scene->env, scene->id, 0);
	scene->descriptor = descriptor_of(scene->env, scene->fd);
	put(scene, 3);
	process = start_claimer(scene, 0, 2);
	KUNIT_EXPECT_EQ(test, 0, msgq_remove(scene->env->instance, scene->id));
	end_process(process);
	expect_claimed(scene, 0, 0);
	KUNIT_EXPECT_EQ(test, count_claimers(scene), 0);
	close_queue(scene->fd);
}

/* The process ends after a removal has begun, but not reached its claims. */
static void claimers_end_in_removal(struct kunit *test)
{
	struct scene *scene = new_scene_with_notice(test, 0);
	struct msgq_queue *queue = scene->descriptor->queue;
	struct process *process;

	put(scene, SOME);
	process = start_claimer(scene, 0, SOME);
	spin_lock(&queue->ipc.lock);
	queue->ipc.removed = true;
	spin_unlock(&queue->ipc.lock);
	end_process(process);
	expect_claimed(scene, 0, 0);
	KUNIT_EXPECT_EQ(test, 0, msgq_remove(scene->env->instance, scene->id));
	close_queue(scene->fd);
}

/* After so many claimers, two have the same number in their tokens. */
static void claimers_share_number(struct kunit *test)
{
	struct scene *scene = new_scene_with_notice(test, 0);
	struct process *process;
	u32 i;

	put(scene, 3 * SOME);
	for (i = 0; i < SOME; i++)
		KUNIT_ASSERT_NE(test, 0, claim_number(scene, i));
	scene->descriptor->claims.claimers_made = BIT(15);
	process = start_claimer(scene, SOME, SOME);
	for (i = 0; i < SOME; i++)
		KUNIT_ASSERT_NE(test, 0, claim_number(scene, 2 * SOME + i));
	/* One tree in order of the tokens; the two are adjacent. */
	KUNIT_EXPECT_EQ(test, scene->tokens[0], SOME + 1);
	end_process(process);
	expect_claimed(scene, 3 * SOME, 2 * SOME);
	expect_numbers(scene, SOME, SOME);
	close_queue(scene->fd);
	take_numbers(scene, 0, SOME);
	expect_numbers(scene, 2 * SOME, SOME);
}

/* Tokens wrap around while there are claims: all of these end nevertheless. */
static void claimers_come_round(struct kunit *test)
{
	struct scene *scene = new_scene_with_notice(test, 0);
	struct process *process;
	u64 own;

	put(scene, SOME + 1);
	own = claim_number(scene, 0);
	scene->descriptor->claims.claimers_made = 7;
	atomic64_set(&scene->descriptor->claims.tokens, BIT_ULL(48) - SOME / 3);
	process = start_claimer(scene, 1, SOME);
	KUNIT_EXPECT_EQ(test, scene->tokens[0] >> 48, 7);
	KUNIT_EXPECT_EQ(test, scene->tokens[SOME - 1] >> 48, 7);
	end_process(process);
	expect_claimed(scene, SOME + 1, 1);
	KUNIT_EXPECT_EQ(test, 1, settle(scene->env, scene->descriptor, &own, 1,
					false));
	expect_numbers(scene, 1, SOME);
	close_queue(scene->fd);
}

static long claim_same_token(struct env *env, void *data)
{
	struct scene *scene = data;
	u64 first = claim_number(scene, 0);

	atomic64_set(&scene->descriptor->claims.tokens, 0);
	return claim_number(scene, 1) == first ? 0 : -EINVAL;
}

static void claimers_same_token(struct kunit *test)
{
	struct scene *scene = new_scene_with_notice(test, 0);
	struct process *process;

	put(scene, 2);
	process = start_process(scene->env, claim_same_token, scene);
	KUNIT_EXPECT_EQ(test, 0, process_ret(process));
	expect_claimed(scene, 2, 2);
	end_process(process);
	expect_claimed(scene, 2, 0);
	expect_numbers(scene, 0, 2);
	close_queue(scene->fd);
}

/* The arrival of the claimed message, if there is exactly one. */
static u64 arrival_of_claimed(struct msgq_queue *queue)
{
	struct msgq_msg *msg;
	u64 arrival = 0;

	spin_lock(&queue->ipc.lock);
	if (queue->claimed == 1)
		list_for_each_entry(msg, &queue->store.messages, all)
			if (msg->taken)
				arrival = msg->node.arrival;
	spin_unlock(&queue->ipc.lock);
	return arrival;
}

static void await_unclaimed(struct scene *scene, u64 messages)
{
	struct msgq_queue *queue = scene->descriptor->queue;
	unsigned long until = jiffies + PATIENCE;

	while (READ_ONCE(queue->claimed) && time_before(jiffies, until))
		usleep_range(1000, 2000);
	expect_claimed(scene, messages, 0);
}

/* The claims of two processes expire, each at its own time. */
static void claimers_expire(struct kunit *test)
{
	struct scene *scene = new_scene_with_notice(test, 4 * NSEC_PER_SEC);
	struct msgq_queue *queue = scene->descriptor->queue;
	unsigned long until = jiffies + PATIENCE;
	struct process *process;
	unsigned long looked;
	u64 token, arrival;

	put(scene, 3);
	token = claim_number(scene, 0);
	process = start_claimer(scene, 1, 1);
	KUNIT_EXPECT_EQ(test, 1, settle(scene->env, scene->descriptor, &token,
					1, false));
	schedule_timeout_uninterruptible(HZ);
	/* This claim expires later, and is before the other in the tree. */
	token = claim_number(scene, 2);
	KUNIT_EXPECT_LT(test, token, scene->tokens[0]);
	do {
		looked = jiffies;
		usleep_range(1000, 2000);
	} while (READ_ONCE(queue->claimed) == 2 && time_before(jiffies, until));
	/* No claim may be left where a look comes that late. */
	arrival = arrival_of_claimed(queue);
	KUNIT_EXPECT_TRUE(test, arrival == 3 ||
			  (!arrival && time_after(jiffies, looked + HZ / 2)));
	await_unclaimed(scene, 2);
	expect_numbers(scene, 1, 2);
	end_process(process);
	close_queue(scene->fd);
}

/* Without notice of exits, an opening has one claimer for all processes. */
static void claimers_without_notice(struct kunit *test)
{
	struct scene *scene = new_scene(test, 0);
	bool given = svipc_notices_given;
	struct process *process;

	put(scene, 3);
	svipc_notices_given = false;
	KUNIT_EXPECT_NE(test, 0, claim_number(scene, 0));
	process = start_claimer(scene, 1, 1);
	KUNIT_EXPECT_EQ(test, count_claimers(scene), 1);
	end_process(process);
	expect_claimed(scene, 3, 2);
	close_queue(scene->fd);
	expect_numbers(scene, 0, 3);

	/* Claims expire, too. */
	scene->fd = open_queue(scene->env, scene->id, NSEC_PER_MSEC);
	scene->descriptor = descriptor_of(scene->env, scene->fd);
	put(scene, 1);
	end_process(start_claimer(scene, 0, 1));
	await_unclaimed(scene, 1);
	close_queue(scene->fd);
	svipc_notices_given = given;
}

static struct kunit_case claimers_cases[] = {
	KUNIT_CASE(claimers_end),
	KUNIT_CASE(claimers_outlive),
	KUNIT_CASE(claimers_end_in_removal),
	KUNIT_CASE(claimers_share_number),
	KUNIT_CASE(claimers_come_round),
	KUNIT_CASE(claimers_same_token),
	KUNIT_CASE(claimers_expire),
	KUNIT_CASE(claimers_without_notice),
	{ }
};

static struct kunit_suite claimers_suite = {
	.name = "msgq_claimers",
	.init = env_init,
	.exit = env_exit,
	.test_cases = claimers_cases,
};

kunit_test_suite(claimers_suite);
