// SPDX-License-Identifier: MIT
/*
 * The limits of a message, a queue and an instance.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>

#include "msg/control.h"
#include "msg/deliver.h"
#include "msg/instance.h"
#include "msg/remove.h"
#include "batches.h"
#include "env.h"

static void limits_msgmax(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);

	env->instance->limits.msgmax = 5;
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 6), -EINVAL);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, -1), -EINVAL);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 5), 0);
	env->instance->limits.msgmax = 0;
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 0), 0);
	/* Queued messages stay and can be received. */
	KUNIT_EXPECT_EQ(test, receive(env, id, 5, 0, 0), 5);
	KUNIT_EXPECT_EQ(test, receive(env, id, -1, 0, 0), -EINVAL);
}

static void limits_qbytes(struct kunit *test)
{
	struct env *env = test->priv;
	int id;

	env->instance->limits.msgmnb = 10;
	id = new_queue(env, 0600);
	env->instance->limits.msgmnb = 99;
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qbytes, 10);

	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 11), -EAGAIN);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 7), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 4), -EAGAIN);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 3), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).cbytes, 10);
}

/* There are never more messages than bytes allowed. */
static void limits_number(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int i;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 3), 0);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 0), -EAGAIN);
	KUNIT_EXPECT_EQ(test, receive(env, id, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 0), 0);
	KUNIT_EXPECT_EQ(test, receive(env, id, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 0), -EAGAIN);
}

static void limits_msgtql(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int other = new_queue(env, 0600);

	env->instance->limits.msgtql = 2;
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, send(env, other, 1, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, send(env, other, 1, 0, 1), -EAGAIN);
	KUNIT_EXPECT_EQ(test, receive(env, other, 1, 0, 0), 1);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 1), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 2);

	/* Removing a queue frees its messages. */
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 0);
	KUNIT_EXPECT_EQ(test, send(env, other, 1, 0, 1), 0);

	env->instance->limits.msgtql = 0;
	KUNIT_EXPECT_EQ(test, send(env, other, 1, 0, 1), -EAGAIN);
	env->instance->limits.msgtql = MSGQ_TQL_NONE;
	KUNIT_EXPECT_EQ(test, send(env, other, 1, 0, 1), 0);
	msgq_quota_wake(env->instance);
	KUNIT_EXPECT_TRUE(test, list_empty(&env->instance->quota_waiters));
}

/* The most room that a writer may request. */
static void limits_room(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_open arg = {
		.name = new_queue(env, 0600),
		.flags = MSGQ_OPEN_WRITE,
		.type = 1,
		.room = INT_MAX,
	};
	int fd = msgq_open(env->instance, &arg);

	KUNIT_ASSERT_GE(test, fd, 0);
	close_queue(fd);
	arg.room++;
	KUNIT_EXPECT_EQ(test, msgq_open(env->instance, &arg), -EINVAL);
}

static struct kunit_case limits_cases[] = {
	KUNIT_CASE(limits_msgmax),
	KUNIT_CASE(limits_qbytes),
	KUNIT_CASE(limits_number),
	KUNIT_CASE(limits_msgtql),
	KUNIT_CASE(limits_room),
	{ }
};

static struct kunit_suite limits_suite = {
	.name = "msgq_limits",
	.init = env_init,
	.exit = env_exit,
	.test_cases = limits_cases,
};

kunit_test_suite(limits_suite);
