// SPDX-License-Identifier: MIT
/*
 * Which message a receive takes.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/limits.h>
#include <linux/msg.h>
#include <linux/uaccess.h>

#include "msg/receive.h"
#include "env.h"

#define SIZE	10

/* The queue of each example, in order of arrival; numbers are the places. */
static const s64 types[] = { 5, 3, 9, 3, 1, S64_MAX };

struct example {
	const char *name;
	s64 msgtyp;
	int flags;
	int takes;	/* the number of the message, or an errno */
};

static const struct example examples[] = {
	{ "any", 0, 0, 0 },
	{ "any, except means nothing", 0, MSG_EXCEPT, 0 },
	{ "equal, first", 5, 0, 0 },
	{ "equal, first of two", 3, 0, 1 },
	{ "equal, last", 1, 0, 4 },
	{ "equal, none", 4, 0, -ENOMSG },
	{ "equal, greatest", S64_MAX, 0, 5 },
	{ "except the first", 5, MSG_EXCEPT, 1 },
	{ "except another", 3, MSG_EXCEPT, 0 },
	{ "except none of them", 4, MSG_EXCEPT, 0 },
	{ "up to 10", -10, 0, 4 },
	{ "up to 1", -1, 0, 4 },
	{ "up to the greatest", -S64_MAX, 0, 4 },
	{ "up to, the least number", S64_MIN, 0, 4 },
	{ "up to, except means nothing", -10, MSG_EXCEPT, 4 },
	{ "position 0", 0, MSG_COPY, 0 },
	{ "position 3", 3, MSG_COPY, 3 },
	{ "position 5", 5, MSG_COPY, 5 },
	{ "position past the end", 6, MSG_COPY, -ENOMSG },
	{ "position far past the end", S64_MAX, MSG_COPY, -ENOMSG },
	{ "position below 0", -1, MSG_COPY, -ENOMSG },
	{ "position far below 0", S64_MIN, MSG_COPY, -ENOMSG },
	{ "copy and except", 0, MSG_COPY | MSG_EXCEPT, -EINVAL },
};

KUNIT_ARRAY_PARAM_DESC(select, examples, name);

static int fill(struct env *env)
{
	int id = new_queue(env, 0600);
	int i;

	for (i = 0; i < ARRAY_SIZE(types); i++)
		KUNIT_ASSERT_EQ(env->test, 0, send(env, id, types[i], i, SIZE));
	return id;
}

static void select_takes(struct kunit *test)
{
	const struct example *example = test->param_value;
	struct env *env = test->priv;
	int id = fill(env);
	bool taken = example->takes >= 0;
	long ret;

	ret = receive(env, id, SIZE, example->msgtyp, example->flags);
	KUNIT_ASSERT_EQ(test, ret, taken ? SIZE : example->takes);
	if (taken) {
		KUNIT_EXPECT_EQ(test, received_type(env),
				types[example->takes]);
		KUNIT_EXPECT_TRUE(test, is_text(env, env->to + sizeof(s64),
						example->takes, SIZE));
	}
	if (example->flags & MSG_COPY)
		taken = false;
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum,
			ARRAY_SIZE(types) - taken);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).cbytes,
			SIZE * (ARRAY_SIZE(types) - taken));
}

/* Take all by one rule; the answers are the message numbers in order. */
static void expect_drain(struct kunit *test, s64 msgtyp, int flags,
			 const int *order, int count)
{
	struct env *env = test->priv;
	int id = fill(env);
	int i;

	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_EQ(test, SIZE,
				receive(env, id, SIZE, msgtyp, flags));
		KUNIT_EXPECT_TRUE(test, is_text(env, env->to + sizeof(s64),
						order[i], SIZE));
	}
	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, msgtyp, flags));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum,
			ARRAY_SIZE(types) - count);
}

static void select_drain(struct kunit *test)
{
	static const int any[] = { 0, 1, 2, 3, 4, 5 };
	static const int equal[] = { 1, 3 };
	static const int except[] = { 0, 2, 4, 5 };
	static const int up_to[] = { 4, 1, 3, 0, 2 };
	static const int lowest[] = { 4, 1, 3, 0, 2, 5 };

	expect_drain(test, 0, 0, any, ARRAY_SIZE(any));
	expect_drain(test, 3, 0, equal, ARRAY_SIZE(equal));
	expect_drain(test, 3, MSG_EXCEPT, except, ARRAY_SIZE(except));
	expect_drain(test, -10, 0, up_to, ARRAY_SIZE(up_to));
	expect_drain(test, S64_MIN, 0, lowest, ARRAY_SIZE(lowest));
}

static void select_none_up_to(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);

	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, 0, 0));
	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, S64_MIN, 0));
	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, 1, MSG_EXCEPT));
	KUNIT_EXPECT_EQ(test, 0, send(env, id, 8, 0, SIZE));
	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, -7, 0));
	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, 8, MSG_EXCEPT));
	KUNIT_EXPECT_EQ(test, SIZE, receive(env, id, SIZE, -8, 0));
}

/* The chosen message has to fit, not one behind it. */
static void select_too_big(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);

	KUNIT_EXPECT_EQ(test, 0, send(env, id, 1, 1, SIZE));
	KUNIT_EXPECT_EQ(test, 0, send(env, id, 1, 2, SIZE / 2));
	KUNIT_EXPECT_EQ(test, -E2BIG, receive(env, id, SIZE - 1, 1, 0));
	KUNIT_EXPECT_EQ(test, -E2BIG, receive(env, id, 0, 1, MSG_COPY));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			receive(env, id, SIZE - 1, 0, MSG_COPY | MSG_NOERROR));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 2);

	KUNIT_ASSERT_EQ(test, 0, clear_user(env->to, 64));
	KUNIT_EXPECT_EQ(test, 4, receive(env, id, 4, 1, MSG_NOERROR));
	KUNIT_EXPECT_TRUE(test, is_text(env, env->to + sizeof(s64), 1, 4));
	KUNIT_EXPECT_FALSE(test, is_text(env, env->to + sizeof(s64), 1, 5));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).cbytes, SIZE / 2);
	KUNIT_EXPECT_EQ(test, 0, receive(env, id, 0, 1, MSG_NOERROR));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
}

/* A copy is made under IPC_NOWAIT only. */
static void select_copy_waits_not(struct kunit *test)
{
	struct env *env = test->priv;
	const struct msgq_rcv arg = {
		.msqid = fill(env),
		.msgflg = MSG_COPY,
		.msgp = (unsigned long)env->to,
		.msgsz = SIZE,
		.long_size = sizeof(s64),
	};

	KUNIT_EXPECT_EQ(test, -EINVAL,
			msgq_receive(env->instance, msgq_call_by_id(arg.msgflg),
				     &arg));
}

/* The number of messages before the wanted one. */
#define DEEP	10000

static s64 same_type(int i)
{
	return i < DEEP ? 5 : 9;
}

static s64 falling_type(int i)
{
	return DEEP + 1 - i;
}

static int fill_deep(struct env *env, s64 (*type_of)(int))
{
	int id = new_queue(env, 0600);
	int i;

	KUNIT_ASSERT_EQ(env->test, 0, set_queue(env, id, 0600, S32_MAX));
	for (i = 0; i <= DEEP; i++)
		KUNIT_ASSERT_EQ(env->test, 0, send(env, id, type_of(i), i, SIZE));
	return id;
}

static void expect_deep(struct env *env, int id, s64 msgtyp, int flags, int number)
{
	KUNIT_EXPECT_EQ(env->test, SIZE, receive(env, id, SIZE, msgtyp, flags));
	KUNIT_EXPECT_TRUE(env->test, is_text(env, env->to + sizeof(s64), number, SIZE));
}

static void select_deep_same(struct kunit *test)
{
	struct env *env = test->priv;
	int id = fill_deep(env, same_type);

	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, 7, 0));
	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, -4, 0));
	expect_deep(env, id, DEEP, MSG_COPY, DEEP);
	expect_deep(env, id, 5, MSG_EXCEPT, DEEP);
	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, 5, MSG_EXCEPT));
	KUNIT_EXPECT_EQ(test, 0, send(env, id, 9, DEEP + 1, SIZE));
	expect_deep(env, id, 9, 0, DEEP + 1);
	KUNIT_EXPECT_EQ(test, 0, send(env, id, 9, DEEP + 2, SIZE));
	expect_deep(env, id, -9, 0, 0);
	expect_deep(env, id, 5, 0, 1);
	expect_deep(env, id, 0, 0, 2);
	expect_deep(env, id, 9, MSG_EXCEPT, 3);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, DEEP - 4 + 1);
}

static void select_deep_distinct(struct kunit *test)
{
	struct env *env = test->priv;
	int id = fill_deep(env, falling_type);
	int i;

	KUNIT_EXPECT_EQ(test, -ENOMSG, receive(env, id, SIZE, DEEP + 2, 0));
	expect_deep(env, id, DEEP + 1, MSG_EXCEPT, 1);
	expect_deep(env, id, 0, 0, 0);
	expect_deep(env, id, DEEP / 2, 0, DEEP / 2 + 1);
	expect_deep(env, id, 1, 0, DEEP);
	for (i = DEEP - 1; i >= 2; i--)
		if (i != DEEP / 2 + 1)
			expect_deep(env, id, -DEEP, 0, i);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
}

static struct kunit_case select_cases[] = {
	KUNIT_CASE_PARAM(select_takes, select_gen_params),
	KUNIT_CASE(select_drain),
	KUNIT_CASE(select_none_up_to),
	KUNIT_CASE(select_too_big),
	KUNIT_CASE(select_copy_waits_not),
	KUNIT_CASE(select_deep_same),
	KUNIT_CASE(select_deep_distinct),
	{ }
};

static struct kunit_suite select_suite = {
	.name = "msgq_select",
	.init = env_init,
	.exit = env_exit,
	.test_cases = select_cases,
};

kunit_test_suite(select_suite);
