// SPDX-License-Identifier: MIT
/*
 * Senders that wait for room on the queue, or in the instance.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/sched/signal.h>

#include "msg/control.h"
#include "msg/deliver.h"
#include "msg/remove.h"
#include "env.h"

/* A queue of 100 bytes with one message that leaves room for so many bytes. */
static int queue_with_room(struct env *env, size_t room)
{
	int id = new_queue(env, 0666);

	KUNIT_ASSERT_EQ(env->test, set_queue(env, id, 0666, 100), 0);
	KUNIT_ASSERT_EQ(env->test, send(env, id, 9, 0, 100 - room), 0);
	return id;
}

static void take(struct env *env, int id, s64 type, u32 number, size_t size)
{
	KUNIT_EXPECT_EQ(env->test, receive(env, id, 100, type, 0), size);
	KUNIT_EXPECT_TRUE(env->test, is_text(env, env->to + 8, number, size));
}

static void senders_go_on(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 5);
	struct worker *worker = start_sender(env, NULL, id, 1, 1, 6);

	take(env, id, 9, 0, 95);
	/* The message is there before its sender runs again. */
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 1);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), 0);
	take(env, id, 0, 1, 6);
}

/* Each that fits goes on, in order of arrival; the others keep their place. */
static void senders_order(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 0);
	struct worker *big, *small, *small_too, *big_too;

	big = start_sender(env, NULL, id, 1, 1, 90);
	small = start_sender(env, NULL, id, 2, 2, 20);
	small_too = start_sender(env, NULL, id, 3, 3, 20);
	big_too = start_sender(env, NULL, id, 4, 4, 90);

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0666, 140), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(small), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(small_too), 0);
	KUNIT_EXPECT_TRUE(test, worker_waits(big));

	take(env, id, 9, 0, 100);
	KUNIT_EXPECT_EQ(test, worker_ends(big), 0);
	KUNIT_EXPECT_TRUE(test, worker_waits(big_too));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).cbytes, 130);
	take(env, id, 1, 1, 90);
	KUNIT_EXPECT_EQ(test, worker_ends(big_too), 0);
}

/* An empty message needs no byte, but a place of its own. */
static void senders_empty(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct worker *first, *second;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 2), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 9, 1, 2), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 8, 2, 0), 0);
	first = start_sender(env, NULL, id, 1, 3, 0);
	second = start_sender(env, NULL, id, 2, 4, 0);
	take(env, id, 8, 2, 0);
	KUNIT_EXPECT_EQ(test, worker_ends(first), 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 2);
	KUNIT_EXPECT_TRUE(test, worker_waits(second));
	take(env, id, 1, 3, 0);
	KUNIT_EXPECT_EQ(test, worker_ends(second), 0);
}

/* A new sender whose message fits does not queue behind waiting ones. */
static void senders_new_one_passes(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 10);
	struct worker *worker = start_sender(env, NULL, id, 1, 1, 11);

	KUNIT_EXPECT_EQ(test, send(env, id, 2, 2, 10), 0);
	KUNIT_EXPECT_TRUE(test, worker_waits(worker));
	take(env, id, 2, 2, 10);
	KUNIT_EXPECT_TRUE(test, worker_waits(worker));
	take(env, id, 9, 0, 90);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), 0);
}

/* An admitted message is handed to a receiver that waits for it. */
static void senders_meet_receivers(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 0);
	struct worker *receiver = start_receiver(env, NULL, id, 50, 1, 0);
	struct worker *sender = start_sender(env, NULL, id, 1, 1, 50);

	KUNIT_EXPECT_TRUE(test, worker_waits(receiver));
	take(env, id, 9, 0, 100);
	KUNIT_EXPECT_EQ(test, worker_ends(sender), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(receiver, 1, 1, 50));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
}

static void senders_signal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 0);
	struct worker *worker = start_sender(env, NULL, id, 1, 1, 10);

	send_sig(SIGUSR1, worker->task, 1);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -ERESTARTNOHAND);
	KUNIT_EXPECT_EQ(test, senders_of(env, id), 0);
	take(env, id, 0, 0, 100);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
}

static void senders_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 0);
	static struct worker *workers[100];
	int i;

	for (i = 0; i < ARRAY_SIZE(workers); i++)
		workers[i] = start_sender(env, NULL, id, 1, 1, i + 1);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	for (i = 0; i < ARRAY_SIZE(workers); i++)
		KUNIT_EXPECT_EQ(test, worker_ends(workers[i]), -EIDRM);
}

/* Permission lost while waiting is noticed when there is room, not before. */
static void senders_set(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 0);
	const struct cred *cred = env_user(env, 7, 7);
	struct worker *stranger = start_sender(env, cred, id, 1, 1, 60);
	struct worker *owner = start_sender(env, NULL, id, 2, 2, 60);

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 100), 0);
	KUNIT_EXPECT_TRUE(test, worker_waits(stranger));
	KUNIT_EXPECT_TRUE(test, worker_waits(owner));
	/* The second gets the room that the first may not use. */
	take(env, id, 9, 0, 100);
	KUNIT_EXPECT_EQ(test, worker_ends(stranger), -EACCES);
	KUNIT_EXPECT_EQ(test, worker_ends(owner), 0);
	take(env, id, 0, 2, 60);
}

/* Senders that check permission again still go on in order of arrival. */
static void senders_set_order(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 0);
	struct worker *workers[4];
	int i;

	for (i = 0; i < ARRAY_SIZE(workers); i++)
		workers[i] = start_sender(env, NULL, id, 1, i, 40);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0666, 100), 0);
	take(env, id, 9, 0, 100);
	KUNIT_EXPECT_EQ(test, worker_ends(workers[0]), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(workers[1]), 0);
	KUNIT_EXPECT_TRUE(test, worker_waits(workers[2]));
	KUNIT_EXPECT_TRUE(test, worker_waits(workers[3]));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).cbytes, 80);
}

/* The next sender gets the room of a message that a receiver takes at once. */
static void senders_set_unused_room(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 0);
	struct worker *first = start_sender(env, NULL, id, 2, 1, 60);
	struct worker *second = start_sender(env, NULL, id, 1, 2, 55);
	struct worker *receiver;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0666, 100), 0);
	receiver = start_receiver(env, NULL, id, 60, 2, 0);
	take(env, id, 9, 0, 100);
	KUNIT_EXPECT_EQ(test, worker_ends(first), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(receiver, 2, 1, 60));
	KUNIT_EXPECT_EQ(test, worker_ends(second), 0);
}

/* When all have checked permission again, no room and no place is kept. */
static void senders_set_keeps_nothing(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600), i;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 2), 0);
	for (i = 0; i < 2; i++)
		KUNIT_EXPECT_EQ(test, send(env, id, 1, i, 0), 0);
	for (i = 0; i < 2; i++) {
		struct worker *worker = start_sender(env, NULL, id, 2, i, 0);

		KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 2), 0);
		take(env, id, 1, i, 0);
		KUNIT_EXPECT_EQ(test, worker_ends(worker), 0);
	}
}

/* IPC_SET makes a sender check permission; the queue is removed before that. */
static void senders_set_and_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = queue_with_room(env, 0);
	struct worker *worker = start_sender(env, NULL, id, 1, 1, 60);
	long ret;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 200), 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	ret = worker_ends(worker);
	/* It can only run before the removal if that is preempted. */
	if (ret || IS_ENABLED(CONFIG_PREEMPT_NONE))
		KUNIT_EXPECT_EQ(test, ret, -EIDRM);
}

/* msgtql holds senders up: a message that leaves any queue lets one go on. */
static void senders_msgtql(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	int other = new_queue(env, 0600);
	struct worker *worker, *second;

	KUNIT_EXPECT_EQ(test, send(env, other, 1, 1, 5), 0);
	KUNIT_EXPECT_EQ(test, send(env, other, 1, 2, 5), 0);
	env->instance->limits.msgtql = 2;
	worker = start_sender(env, NULL, id, 1, 3, 5);
	second = start_sender(env, NULL, id, 1, 4, 5);
	KUNIT_EXPECT_FALSE(test, list_empty(&env->instance->quota_waiters));

	take(env, other, 0, 1, 5);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), 0);
	KUNIT_EXPECT_TRUE(test, worker_waits(second));
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 2);

	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, other), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(second), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 2);
}

/* Senders wait on several queues: if the limit rises, the first goes first. */
static void senders_msgtql_rises(struct kunit *test)
{
	struct env *env = test->priv;
	struct worker *workers[3];
	int ids[3], i;

	env->instance->limits.msgtql = 0;
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		ids[i] = new_queue(env, 0600);
		workers[i] = start_sender(env, NULL, ids[i], 1, i, 5);
	}
	env->instance->limits.msgtql = 1;
	msgq_quota_wake(env->instance);
	KUNIT_EXPECT_EQ(test, worker_ends(workers[0]), 0);
	KUNIT_EXPECT_TRUE(test, worker_waits(workers[1]));

	/* Removing one of those queues takes its sender off the list. */
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, ids[1]), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(workers[1]), -EIDRM);
	env->instance->limits.msgtql = MSGQ_TQL_NONE;
	msgq_quota_wake(env->instance);
	KUNIT_EXPECT_EQ(test, worker_ends(workers[2]), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&env->instance->quota_waiters));
}

static struct kunit_case senders_cases[] = {
	KUNIT_CASE(senders_go_on),
	KUNIT_CASE(senders_order),
	KUNIT_CASE(senders_empty),
	KUNIT_CASE(senders_new_one_passes),
	KUNIT_CASE(senders_meet_receivers),
	KUNIT_CASE(senders_signal),
	KUNIT_CASE(senders_removal),
	KUNIT_CASE(senders_set),
	KUNIT_CASE(senders_set_order),
	KUNIT_CASE(senders_set_unused_room),
	KUNIT_CASE(senders_set_keeps_nothing),
	KUNIT_CASE(senders_set_and_removal),
	KUNIT_CASE(senders_msgtql),
	KUNIT_CASE(senders_msgtql_rises),
	{ }
};

static struct kunit_suite senders_suite = {
	.name = "msgq_senders",
	.init = env_init,
	.exit = env_exit,
	.test_cases = senders_cases,
};

kunit_test_suite(senders_suite);
