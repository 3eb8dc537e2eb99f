// SPDX-License-Identifier: MIT
/*
 * Lack of memory: each allocation of a call fails in its turn, and the call has
 * no effect then.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/limits.h>
#include <linux/msg.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "ipc/exit_notice.h"
#include "msg/control.h"
#include "msg/message.h"
#include "msg/remove.h"
#include "batches.h"
#include "env.h"

/* More than the number of allocations of any call. */
#define MOST	50

/* The pages of the test's own areas are present already. */
static struct env *prepared(struct kunit *test)
{
	struct env *env = test->priv;

	KUNIT_ASSERT_EQ(test, clear_user(env->from, AREA_BYTES), 0);
	KUNIT_ASSERT_EQ(test, clear_user(env->to, AREA_BYTES), 0);
	return env;
}

static void memory_get(struct kunit *test)
{
	static const s32 keys[] = { IPC_PRIVATE, 77 };
	struct env *env = prepared(test);
	int i, nth, id;

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		for (nth = 1; nth < MOST; nth++) {
			current->fail_nth = nth;
			id = msgq_get(env->instance, keys[i], IPC_CREAT | 0600);
			if (!has_failed())
				break;
			/* Allocations that only save steps may fail unseen. */
			if (id >= 0)
				KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
			else
				KUNIT_EXPECT_EQ(test, id, -ENOMEM);
			KUNIT_EXPECT_EQ(test, env->instance->ids.in_use, 0);
			KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 77, 0), -ENOENT);
		}
		KUNIT_EXPECT_GT(test, nth, 1);
		KUNIT_EXPECT_LT(test, nth, MOST);
		KUNIT_EXPECT_GE(test, id, 0);
		KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	}
}

static void memory_send(struct kunit *test)
{
	/* The segments of a long message fail, too. */
	static const struct {
		size_t size;
		int failures;
	} cases[] = { { 0, 1 }, { 10, 1 }, { 3 * PAGE_SIZE, 4 } };
	struct env *env = prepared(test);
	int id = new_queue(env, 0600);
	int i, nth, err, failures;

	env->instance->limits.msgmax = INT_MAX;
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, INT_MAX), 0);
	/* Use up the queue's inline message, which needs no memory. */
	KUNIT_EXPECT_EQ(test, send(env, id, 2, 1, 0), 0);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		failures = 0;
		for (nth = 1; nth < MOST; nth++) {
			/* A bad type is reported before that. */
			current->fail_nth = nth;
			err = send(env, id, 0, 1, cases[i].size);
			has_failed();
			KUNIT_EXPECT_EQ(test, err, -EINVAL);

			current->fail_nth = nth;
			err = send(env, id, 1, 1, cases[i].size);
			if (!has_failed())
				break;
			/* Failures in the kernel's checkers do not count. */
			if (!err) {
				KUNIT_EXPECT_EQ(test, cases[i].size,
						receive(env, id, INT_MAX, 1, 0));
				continue;
			}
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
			KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 1);
			failures++;
		}
		KUNIT_EXPECT_EQ(test, failures, cases[i].failures);
		KUNIT_EXPECT_EQ(test, err, 0);
		KUNIT_EXPECT_EQ(test, receive(env, id, INT_MAX, 1, 0), cases[i].size);
	}
}

/* Without memory for all at once, the messages of a batch are made one by one. */
static void memory_batch(struct kunit *test)
{
	const struct msgq_entry entries[] = {
		entry_of(1, 0, 10), entry_of(1, 1, 10), entry_of(1, 2, 10),
	};
	struct env *env = prepared(test);
	int id = new_queue(env, 0600), fd = open_queue(env, id, 0);
	struct msgq_descriptor *opening = descriptor_of(env, fd);
	int nth, one_by_one = 0;
	bool failed = true;
	long i, ret;

	for (nth = 1; failed && nth < MOST; nth++) {
		current->fail_nth = nth;
		ret = send_batch(env, opening, entries, ARRAY_SIZE(entries));
		failed = has_failed();
		if (failed && ret == ARRAY_SIZE(entries))
			one_by_one++;
		else if (ret < 0)
			KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
		for (i = 0; i < ret; i++) {
			KUNIT_EXPECT_EQ(test, receive(env, id, 10, 1, 0), 10);
			KUNIT_EXPECT_TRUE(test, is_text(env, env->to + sizeof(s64),
							i, 10));
		}
		KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
	}
	KUNIT_EXPECT_GE(test, one_by_one, 1);
	KUNIT_EXPECT_EQ(test, ret, ARRAY_SIZE(entries));
	close_queue(fd);
}

static void memory_copy(struct kunit *test)
{
	struct env *env = prepared(test);
	int id = new_queue(env, 0600);

	KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 10), 0);
	current->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, MSG_COPY), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, has_failed());
	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, MSG_COPY), 10);
}

/* A receive needs no memory. */
static void memory_receive(struct kunit *test)
{
	struct env *env = prepared(test);
	int id = new_queue(env, 0600);

	KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 10), 0);
	current->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, 0), 10);
	KUNIT_EXPECT_FALSE(test, has_failed());
}

/* Claim a message by an opening, and release it. */
static long claim_and_release(struct env *env, struct msgq_descriptor *opening)
{
	struct msgq_entry entry = { .size = 10 };
	long ret = receive_batch(env, opening, &entry, 1, 0, 0, true, -1);
	unsigned int left = current->fail_nth;

	current->fail_nth = 0;
	if (ret == 1)
		KUNIT_EXPECT_EQ(env->test, 1, settle(env, opening, &entry.token,
						     1, true));
	current->fail_nth = left;
	return ret;
}

/* A process's first claim by an opening allocates before it takes anything. */
static void memory_claim(struct kunit *test)
{
	struct msgq_descriptor *opening;
	struct env *env = prepared(test);
	int id = new_queue(env, 0600);
	int nth, fd, failures = 0;
	bool failed;
	long ret;

	KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 10), 0);
	for (nth = 1; nth < MOST; nth++) {
		fd = open_queue(env, id, 0);
		opening = descriptor_of(env, fd);
		current->fail_nth = nth;
		ret = claim_and_release(env, opening);
		failed = has_failed();
		/* Failures in the kernel's checkers do not count. */
		if (ret != 1) {
			KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
			failures++;
		}
		/* Nothing was taken, and the next needs no memory. */
		current->fail_nth = 1;
		if (ret == 1)
			KUNIT_EXPECT_EQ(test, claim_and_release(env, opening), 1);
		KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, 0), 10);
		KUNIT_EXPECT_FALSE(test, has_failed());
		KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 10), 0);
		close_queue(fd);
		if (!failed)
			break;
	}
	KUNIT_EXPECT_EQ(test, failures, svipc_notices_given ? 2 : 1);
	KUNIT_EXPECT_EQ(test, ret, 1);
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE(memory_get),
	KUNIT_CASE(memory_send),
	KUNIT_CASE(memory_batch),
	KUNIT_CASE(memory_copy),
	KUNIT_CASE(memory_receive),
	KUNIT_CASE(memory_claim),
	{ }
};

static struct kunit_suite memory_suite = {
	.name = "msgq_memory",
	.init = env_init,
	.exit = env_exit,
	.test_cases = memory_cases,
};

kunit_test_suite(memory_suite);
