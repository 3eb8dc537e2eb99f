// SPDX-License-Identifier: MIT
/*
 * Waiting receivers: which one gets a message, and what becomes of the message
 * if that one cannot take it.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/msg.h>
#include <linux/sched/signal.h>

#include "msg/control.h"
#include "msg/remove.h"
#include "env.h"

static void expect_counts(struct env *env, int id, u64 messages, u64 bytes)
{
	struct msgq_ds64 ds = stat_of(env, id);

	KUNIT_EXPECT_EQ(env->test, ds.qnum, messages);
	KUNIT_EXPECT_EQ(env->test, ds.cbytes, bytes);
}

static void receivers_hand_over(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *worker = start_receiver(env, NULL, id, 100, 0, 0);

	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, 100), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 5, 1, 100));
	expect_counts(env, id, 0, 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).lspid, task_tgid_vnr(current));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).lrpid, task_tgid_vnr(worker->task));
	KUNIT_EXPECT_NE(test, stat_of(env, id).rtime, 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 0);
}

/* Receivers are served by rule and, if several match, in order of arrival. */
static void receivers_rules(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *five = start_receiver(env, NULL, id, 9, 5, 0);
	struct worker *up_to_3 = start_receiver(env, NULL, id, 9, -3, 0);
	struct worker *not_3 = start_receiver(env, NULL, id, 9, 3, MSG_EXCEPT);
	struct worker *any = start_receiver(env, NULL, id, 9, 0, 0);
	struct worker *five_too = start_receiver(env, NULL, id, 9, 5, 0);

	KUNIT_EXPECT_EQ(test, send(env, id, 3, 1, 9), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(up_to_3, 3, 1, 9));
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 2, 9), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(five, 5, 2, 9));
	KUNIT_EXPECT_EQ(test, send(env, id, 3, 3, 9), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(any, 3, 3, 9));
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 4, 9), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(not_3, 5, 4, 9));
	KUNIT_EXPECT_TRUE(test, worker_waits(five_too));
	KUNIT_EXPECT_EQ(test, send(env, id, 6, 5, 9), 0);
	KUNIT_EXPECT_TRUE(test, worker_waits(five_too));
	expect_counts(env, id, 1, 9);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 6, 9), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(five_too, 5, 6, 9));
}

/* Receivers with too small a buffer fail, and the next gets the message. */
static void receivers_too_small(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *small = start_receiver(env, NULL, id, 4, 0, 0);
	struct worker *other = start_receiver(env, NULL, id, 4, 9, 0);
	struct worker *smaller = start_receiver(env, NULL, id, 0, -9, 0);
	struct worker *large = start_receiver(env, NULL, id, 5, 5, 0);

	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, 5), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(small), -E2BIG);
	KUNIT_EXPECT_EQ(test, worker_ends(smaller), -E2BIG);
	KUNIT_EXPECT_TRUE(test, worker_received(large, 5, 1, 5));
	KUNIT_EXPECT_TRUE(test, worker_waits(other));

	KUNIT_EXPECT_EQ(test, send(env, id, 9, 2, 5), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(other), -E2BIG);
	expect_counts(env, id, 1, 5);
}

static void receivers_cut(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *worker;

	worker = start_receiver(env, NULL, id, 4, 0, MSG_NOERROR);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, 50), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 5, 1, 4));
	expect_counts(env, id, 0, 0);
}

/* A message that its receiver cannot take goes where it would have been. */
static void receivers_fault(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *worker;

	worker = start_receiver_at(env, env->read_only, id, 10, 5, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 6, 1, 10), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 2, 10), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -EFAULT);
	expect_counts(env, id, 2, 20);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 3, 10), 0);
	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, 0), 10);
	KUNIT_EXPECT_EQ(test, received_type(env), 6);
	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, 0), 10);
	KUNIT_EXPECT_TRUE(test, is_text(env, env->to + 8, 2, 10));
	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, 0), 10);
	KUNIT_EXPECT_TRUE(test, is_text(env, env->to + 8, 3, 10));
}

/* Such a message is offered to the next receiver at once. */
static void receivers_fault_next(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *bad, *good;

	bad = start_receiver_at(env, env->read_only, id, 10, 5, 0);
	good = start_receiver(env, NULL, id, 10, 0, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 2, 10), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(bad), -EFAULT);
	KUNIT_EXPECT_TRUE(test, worker_received(good, 5, 2, 10));
	expect_counts(env, id, 0, 0);
}

/* A receive that did not wait puts its message back in the same way. */
static void receivers_fault_now(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	char __user *to = env->to;
	struct msgq_ds64 before, after;
	int i;

	for (i = 1; i <= 3; i++)
		KUNIT_EXPECT_EQ(test, send(env, id, 5, i, 10), 0);
	before = stat_of(env, id);
	env->to = env->from + AREA_BYTES - 8 - 9;
	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 5, 0), -EFAULT);
	env->to = to;
	after = stat_of(env, id);
	KUNIT_EXPECT_MEMEQ(test, &before, &after, sizeof(before));
	for (i = 1; i <= 3; i++) {
		KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, 0), 10);
		KUNIT_EXPECT_TRUE(test, is_text(env, env->to + 8, i, 10));
	}
}

static void receivers_signal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *worker = start_receiver(env, NULL, id, 10, 0, 0);
	struct worker *other = start_receiver(env, NULL, id, 10, 0, 0);

	send_sig(SIGUSR1, worker->task, 1);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -ERESTARTNOHAND);
	KUNIT_EXPECT_EQ(test, receivers_of(env, id), 1);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, 10), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(other, 5, 1, 10));
}

static void receivers_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *workers[3];
	int i;

	workers[0] = start_receiver(env, NULL, id, 10, 0, 0);
	workers[1] = start_receiver(env, NULL, id, 10, 5, 0);
	workers[2] = start_receiver(env, NULL, id, 10, 5, MSG_EXCEPT);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	for (i = 0; i < ARRAY_SIZE(workers); i++)
		KUNIT_EXPECT_EQ(test, worker_ends(workers[i]), -EIDRM);
}

/* More receivers wait than are woken in one round. */
static void receivers_removal_many(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	static struct worker *workers[150];
	int i;

	for (i = 0; i < ARRAY_SIZE(workers); i++)
		workers[i] = start_receiver(env, NULL, id, 10, i % 7, 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	for (i = 0; i < ARRAY_SIZE(workers); i++)
		KUNIT_EXPECT_EQ(test, worker_ends(workers[i]), -EIDRM);
}

/* After IPC_SET each checks permission again, and keeps its place. */
static void receivers_set(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0666);
	const struct cred *stranger = env_user(env, 7, 7);
	struct worker *first = start_receiver(env, NULL, id, 10, 5, 0);
	struct worker *other = start_receiver(env, stranger, id, 10, 0, 0);
	struct worker *second = start_receiver(env, NULL, id, 10, 5, 0);

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 100), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(other), -EACCES);
	await_waiters(env, id, 2, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, 10), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(first, 5, 1, 10));
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 2, 10), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(second, 5, 2, 10));
}

/* The queue is removed between the request to check again and the check. */
static void receivers_set_and_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *worker = start_receiver(env, NULL, id, 10, 5, 0);

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 100), 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -EIDRM);
}

static struct kunit_case receivers_cases[] = {
	KUNIT_CASE(receivers_hand_over),
	KUNIT_CASE(receivers_rules),
	KUNIT_CASE(receivers_too_small),
	KUNIT_CASE(receivers_cut),
	KUNIT_CASE(receivers_fault),
	KUNIT_CASE(receivers_fault_next),
	KUNIT_CASE(receivers_fault_now),
	KUNIT_CASE(receivers_signal),
	KUNIT_CASE(receivers_removal),
	KUNIT_CASE(receivers_removal_many),
	KUNIT_CASE(receivers_set),
	KUNIT_CASE(receivers_set_and_removal),
	{ }
};

static struct kunit_suite receivers_suite = {
	.name = "msgq_receivers",
	.init = env_init,
	.exit = env_exit,
	.test_cases = receivers_cases,
};

kunit_test_suite(receivers_suite);
