// SPDX-License-Identifier: MIT
/*
 * The tasks that wait for a set: how they are counted, and how their waits end
 * by themselves, with the set, and by what other tasks do.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#include "sets.h"

/* More waiters than three lots have. */
#define MANY	200

/* Semaphores of a large set: more than are looked at in three lots. */
#define LARGE	200

static const struct sembuf takes[] = { { 0, -1, 0 } };
static const struct sembuf takes_more[] = { { 0, -2, 0 } };
static const struct sembuf zero[] = { { 1, 0, 0 } };
static const struct sembuf takes_both[] = { { 0, -1, 0 }, { 1, -1, 0 } };
static const struct sembuf takes_twice[] = {
	{ 0, -1, 0 }, { 2, 1, 0 }, { 0, -1, 0 },
};

static const struct sembuf zeroes[] = {
	{ 1, 0, 0 }, { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 },
};

/* A way to wait. */
struct way {
	const struct sembuf *ops;
	unsigned int count;
};

/* Each one at a set with the values 0, 1 and 0. */
static const struct way ways[] = {
	{ takes, ARRAY_SIZE(takes) },
	{ takes_more, ARRAY_SIZE(takes_more) },
	{ zero, ARRAY_SIZE(zero) },
	{ takes_both, ARRAY_SIZE(takes_both) },
	{ takes_twice, ARRAY_SIZE(takes_twice) },
	{ zeroes, ARRAY_SIZE(zeroes) },
};

static struct semset *set_to_wait_for(struct env *env, int count)
{
	struct semset *set = set_at(env, new_set(env, count));

	set->sems[1].value = 1;
	return set;
}

/* Calls that wait in all ways in turn. */
static struct call **many_calls(struct env *env, struct semset *set,
				unsigned int count)
{
	struct call **calls;
	unsigned int i;

	calls = kunit_kcalloc(env->test, count, sizeof(*calls), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(env->test, calls);
	for (i = 0; i < count; i++) {
		unsigned int way = i % ARRAY_SIZE(ways);

		calls[i] = new_call(env, ways[way].ops, ways[way].count);
		queue_call(env, set, calls[i]);
	}
	KUNIT_EXPECT_EQ(env->test, set->waiting, count);
	return calls;
}

static void expect_none(struct kunit *test, const struct semset *set)
{
	unsigned int i;

	KUNIT_EXPECT_EQ(test, set->waiting, 0);
	for (i = 0; i < set->count; i++) {
		KUNIT_EXPECT_TRUE(test, list_empty(&set->sems[i].zero));
		KUNIT_EXPECT_EQ(test, set->sems[i].more.count, 0);
		KUNIT_EXPECT_TRUE(test,
				  msgq_index_empty(&set->sems[i].more));
		KUNIT_EXPECT_TRUE(test, list_empty(&set->sems[i].arrays));
	}
}

static void expect_waiting(struct kunit *test, struct semset *set,
			   unsigned int number, unsigned int for_more,
			   unsigned int for_zero)
{
	KUNIT_EXPECT_EQ_MSG(test, waiting_for(set, number, false), for_more,
			    "semaphore %u", number);
	KUNIT_EXPECT_EQ_MSG(test, waiting_for(set, number, true), for_zero,
			    "semaphore %u", number);
}

/* A task counts where it cannot go on, and nowhere else. */
static void wait_counts(struct kunit *test)
{
	struct env *env = test->priv;
	struct semset *set = set_to_wait_for(env, 3);

	many_calls(env, set, ARRAY_SIZE(ways));
	expect_waiting(test, set, 0, 4, 0);
	expect_waiting(test, set, 1, 0, 2);
	expect_waiting(test, set, 2, 0, 0);

	/* Two with several operations wait for another semaphore now. */
	set->sems[0].value = 1;
	set->sems[1].value = 0;
	expect_waiting(test, set, 0, 3, 1);
	expect_waiting(test, set, 1, 1, 1);
	expect_waiting(test, set, 2, 0, 0);
	KUNIT_EXPECT_EQ(test, set->sems[0].value, 1);
	KUNIT_EXPECT_EQ(test, set->sems[1].value, 0);
	KUNIT_EXPECT_EQ(test, set->sems[2].value, 0);
}

/* The time of each is over, in an order that mixes the ways. */
static void wait_gives_up(struct kunit *test)
{
	struct env *env = test->priv;
	struct semset *set = set_to_wait_for(env, 3);
	const unsigned int count = 5 * ARRAY_SIZE(ways);
	struct call **calls = many_calls(env, set, count);
	unsigned int i;

	for (i = 0; i < count; i++) {
		struct call *call = calls[i * 7 % count];

		KUNIT_EXPECT_EQ(test, give_up_call(set, call), -EAGAIN);
		KUNIT_EXPECT_FALSE(test, call->waiter.queued);
		KUNIT_EXPECT_EQ(test, set->waiting, count - i - 1);
	}
	expect_none(test, set);
	KUNIT_EXPECT_EQ(test, set->arrivals, count);
	/* A call that has gone does not go on later. */
	KUNIT_EXPECT_EQ(test, set_value(env, set->ipc.id, 0, 5), 0);
	KUNIT_EXPECT_EQ(test, set->sems[0].value, 5);
	KUNIT_EXPECT_EQ(test, set->operations, 0);
}

/* The time is over when the call is complete, but the task not woken yet. */
static void wait_gives_up_late(struct kunit *test)
{
	struct env *env = test->priv;
	struct semset *set = set_to_wait_for(env, 3);
	struct call *calls[3];
	struct semset_pass pass;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		calls[i] = new_call(env, takes, 1);
		queue_call(env, set, calls[i]);
	}
	spin_lock(&set->ipc.lock);
	semset_pass_begin(&pass, set);
	set->sems[0].value = 2;
	semset_changed(&pass, 0);
	semset_pass_end(&pass);
	spin_unlock(&set->ipc.lock);

	KUNIT_EXPECT_EQ(test, give_up_call(set, calls[0]), 0);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&pass.completed));
	KUNIT_EXPECT_EQ(test, give_up_call(set, calls[2]), -EAGAIN);
	semset_wake(set, &pass.completed);
	KUNIT_EXPECT_EQ(test, calls[0]->waiter.state, SEMSET_WAITING);
	KUNIT_EXPECT_EQ(test, give_up_call(set, calls[1]), 0);
	KUNIT_EXPECT_EQ(test, calls[1]->waiter.state, 0);
	expect_none(test, set);
}

/* A lot of waiters does not end the waits of all. */
static void wait_ends_many(struct kunit *test)
{
	struct env *env = test->priv;
	struct semset *set = set_to_wait_for(env, 3);
	struct call **calls = many_calls(env, set, MANY);
	unsigned int i;

	semset_wait_end_all(set, -EIDRM);
	for (i = 0; i < MANY; i++) {
		KUNIT_EXPECT_FALSE(test, calls[i]->waiter.queued);
		KUNIT_EXPECT_EQ(test, calls[i]->waiter.state, -EIDRM);
	}
	expect_none(test, set);
	KUNIT_EXPECT_EQ(test, set->operations, 0);
	KUNIT_EXPECT_EQ(test, set->sems[0].value, 0);
	KUNIT_EXPECT_EQ(test, set->sems[1].value, 1);
}

/* The only ones are at the last semaphore, and at a multiple of a lot. */
static void wait_ends_in_large_set(struct kunit *test)
{
	static const unsigned int numbers[] = { 0, 64, 128, LARGE - 1 };
	struct env *env = test->priv;
	struct semset *set = set_to_wait_for(env, LARGE);
	struct call *calls[ARRAY_SIZE(numbers)];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct sembuf one = { numbers[i], -1, 0 };

		calls[i] = new_call(env, &one, 1);
		queue_call(env, set, calls[i]);
	}
	semset_wait_end_all(set, -EIDRM);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		KUNIT_EXPECT_EQ(test, calls[i]->waiter.state, -EIDRM);
	expect_none(test, set);
	/* There is none to end. */
	semset_wait_end_all(set, -EIDRM);
	expect_none(test, set);
}

/* The removal of the set by the command, as far as waiters are concerned. */
static void wait_ends_in_removal(struct kunit *test)
{
	struct env *env = test->priv;
	struct semset *set = set_to_wait_for(env, 3);
	struct call **calls = many_calls(env, set, MANY);
	struct sleeper *sleeper = sleeper_waits(env, set->ipc.id, 0, -1);
	unsigned int i;

	KUNIT_EXPECT_EQ(test, remove_set(env, set->ipc.id), 0);
	for (i = 0; i < MANY; i++)
		KUNIT_EXPECT_EQ(test, calls[i]->waiter.state, -EIDRM);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleeper), -EIDRM);
}

/* Tasks that sleep are woken: one, and several. */
static void wait_is_woken(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, 2);
	struct sleeper *sleepers[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sleepers); i++)
		sleepers[i] = sleeper_waits(env, id, 0, -1);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 0, GETNCNT, 0), 4);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 0, GETZCNT, 0), 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleepers[0]), 0);
	KUNIT_EXPECT_TRUE(test, sleeps(sleepers[1]));

	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, 2), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleepers[1]), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleepers[2]), 0);
	KUNIT_EXPECT_TRUE(test, sleeps(sleepers[3]));
	KUNIT_EXPECT_EQ(test, set_values(env, id, (u16[]){ 1, 7 }), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleepers[3]), 0);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 0);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 1), 7);
	/* The last one was noted, although another task did it for it. */
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 0, GETPID, 0),
			pid_nr(sleepers[3]->process->pid));
}

static void wait_signal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, 2);
	struct sleeper *sleeper = sleeper_waits(env, id, 0, -1);
	struct sleeper *other = sleeper_waits(env, id, 0, -1);

	send_sig(SIGKILL, sleeper->process->task, 1);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleeper), -EINTR);
	KUNIT_EXPECT_EQ(test, set_at(env, id)->waiting, 1);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 2, 0), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(other), 0);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 1);
}

/* A call whose time is over, and one that goes on in time. */
static void wait_deadline(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, 2);
	struct sleeper *late, *in_time;

	late = start_sleeper(env, id, takes_both, 2, 20 * NSEC_PER_MSEC);
	in_time = start_sleeper(env, id, takes, 1, 1000 * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, sleeper_ret(late), -EAGAIN);
	await_waiting(env, id, 1);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(in_time), 0);
	KUNIT_EXPECT_EQ(test, set_at(env, id)->arrivals, 2);
	expect_none(test, set_at(env, id));
}

static struct kunit_case sets_wait_cases[] = {
	KUNIT_CASE(wait_counts),
	KUNIT_CASE(wait_gives_up),
	KUNIT_CASE(wait_gives_up_late),
	KUNIT_CASE(wait_ends_many),
	KUNIT_CASE(wait_ends_in_large_set),
	KUNIT_CASE(wait_ends_in_removal),
	KUNIT_CASE(wait_is_woken),
	KUNIT_CASE(wait_signal),
	KUNIT_CASE(wait_deadline),
	{ }
};

static struct kunit_suite sets_wait_suite = {
	.name = "msgq_sets_wait",
	.init = sets_init,
	.exit = sets_exit,
	.test_cases = sets_wait_cases,
};

kunit_test_suite(sets_wait_suite);
