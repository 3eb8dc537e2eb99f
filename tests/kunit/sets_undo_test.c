// SPDX-License-Identifier: MIT
/*
 * The end of a process takes back its operations with SEM_UNDO at a set.
 */
#include <kunit/test.h>
#include <linux/atomic.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/spinlock.h>
#include <linux/time64.h>

#include "ipc/exit_notice.h"
#include "sets.h"

#define SEMS	3

/* Skips the test where no process has a record. */
static int set_with_records(struct kunit *test)
{
	if (!svipc_notices_given)
		kunit_skip(test, "this kernel does not tell of exits");
	return new_set(test->priv, SEMS);
}

static unsigned int records_of(struct env *env, int id)
{
	struct semset *set = set_at(env, id);
	unsigned int records = 0;
	struct rb_node *rb;

	spin_lock(&set->ipc.lock);
	for (rb = rb_first(&set->undos); rb; rb = rb_next(rb))
		records++;
	spin_unlock(&set->ipc.lock);
	return records;
}

/* A process that has operated on the set, and lives. */
static struct sleeper *operated(struct env *env, int id,
				const struct sembuf *ops, unsigned int count)
{
	struct sleeper *sleeper = start_sleeper(env, id, ops, count, 0);

	KUNIT_ASSERT_EQ(env->test, sleeper_ret(sleeper), 0);
	return sleeper;
}

static struct sleeper *operated_once(struct env *env, int id, int number,
				     int op)
{
	const struct sembuf one = { number, op, SEM_UNDO };

	return operated(env, id, &one, 1);
}

static void expect_values(struct env *env, int id, int first, int second,
			  int third)
{
	KUNIT_EXPECT_EQ(env->test, value_of(env, id, 0), first);
	KUNIT_EXPECT_EQ(env->test, value_of(env, id, 1), second);
	KUNIT_EXPECT_EQ(env->test, value_of(env, id, 2), third);
}

/* A kernel that does not tell of the end of processes refuses SEM_UNDO. */
static void undo_refused(struct kunit *test)
{
	static const struct sembuf ops[] = { { 1, 2, 0 }, { 0, 1, SEM_UNDO } };
	struct env *env = test->priv;
	bool given = svipc_notices_given;
	int id = new_set(env, SEMS);

	svipc_notices_given = false;
	KUNIT_EXPECT_EQ(test, operate(env, id, ops, 2), -EOPNOTSUPP);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 0, SEM_UNDO), -EOPNOTSUPP);
	expect_values(env, id, 0, 0, 0);
	/* Other errors come first. */
	KUNIT_EXPECT_EQ(test, operate_one(env, id, SEMS, 1, SEM_UNDO), -EFBIG);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, 0), 0);
	svipc_notices_given = given;
	KUNIT_EXPECT_EQ(test, records_of(env, id), 0);
	KUNIT_EXPECT_EQ(test, operate(env, id, ops, 2), given ? 0 : -EOPNOTSUPP);
}

/* The end undoes operations with SEM_UNDO alone; the process is noted. */
static void undo_at_end(struct kunit *test)
{
	static const struct sembuf ops[] = {
		{ 0, 5, SEM_UNDO }, { 0, -2, 0 }, { 1, -3, SEM_UNDO },
		{ 2, 4, 0 }, { 0, -1, SEM_UNDO },
	};
	struct env *env = test->priv;
	int id = set_with_records(test);
	struct sleeper *sleeper;
	pid_t pid;

	KUNIT_EXPECT_EQ(test, set_value(env, id, 1, 4), 0);
	sleeper = operated(env, id, ops, ARRAY_SIZE(ops));
	pid = pid_nr(sleeper->process->pid);
	expect_values(env, id, 2, 1, 4);
	KUNIT_EXPECT_EQ(test, records_of(env, id), 1);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 4, 0), 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 2, 1, 0), 0);
	set_at(env, id)->otime = 0;

	end_sleeper(env, sleeper);
	expect_values(env, id, 2, 4, 5);
	KUNIT_EXPECT_EQ(test, records_of(env, id), 0);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 0, GETPID, 0), pid);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 1, GETPID, 0), pid);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 2, GETPID, 0),
			task_tgid_nr(current));
	KUNIT_EXPECT_NE(test, set_at(env, id)->otime, 0);
}

/* The value stays between 0 and the highest. */
static void undo_bounded(struct kunit *test)
{
	struct env *env = test->priv;
	int id = set_with_records(test);
	struct sleeper *gave, *took;

	gave = operated_once(env, id, 0, 5);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 1, SEMVMX), 0);
	took = operated_once(env, id, 1, -5);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, -3, 0), 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 1, 2, 0), 0);
	expect_values(env, id, 2, SEMVMX - 3, 0);
	end_sleeper(env, gave);
	expect_values(env, id, 0, SEMVMX - 3, 0);
	end_sleeper(env, took);
	expect_values(env, id, 0, SEMVMX, 0);
}

/* A call whose adjustment does not fit into 16 bits fails and does nothing. */
static void undo_range(struct kunit *test)
{
	static const struct sembuf most[] = {
		{ 0, SEMVMX, SEM_UNDO }, { 0, -SEMVMX, 0 },
		{ 0, 1, SEM_UNDO }, { 0, -1, 0 },
	};
	static const struct sembuf more[] = {
		{ 1, 1, SEM_UNDO }, { 0, SEMVMX, SEM_UNDO },
		{ 0, -SEMVMX, 0 }, { 0, 2, SEM_UNDO },
	};
	struct env *env = test->priv;
	int id = set_with_records(test);
	struct sleeper *sleeper = operated(env, id, most, ARRAY_SIZE(most));

	expect_values(env, id, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, SEMVMX), 0);
	end_sleeper(env, sleeper);
	/* Setting the value has cleared the adjustment. */
	expect_values(env, id, SEMVMX, 0, 0);

	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, 0), 0);
	sleeper = start_sleeper(env, id, more, ARRAY_SIZE(more), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleeper), -ERANGE);
	expect_values(env, id, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 1, 1, 0), 0);
	end_sleeper(env, sleeper);
	expect_values(env, id, 0, 1, 0);

	sleeper = operated(env, id, most, ARRAY_SIZE(most));
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, SEMVMX, 0), 0);
	end_sleeper(env, sleeper);
	expect_values(env, id, 0, 1, 0);
}

/* SETVAL clears the adjustments of a semaphore, SETALL all of them. */
static void undo_forgotten(struct kunit *test)
{
	static const struct sembuf ops[] = {
		{ 0, 1, SEM_UNDO }, { 1, 1, SEM_UNDO }, { 2, 1, SEM_UNDO },
	};
	struct env *env = test->priv;
	int id = set_with_records(test);
	struct sleeper *sleepers[2];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sleepers); i++)
		sleepers[i] = operated(env, id, ops, ARRAY_SIZE(ops));
	KUNIT_EXPECT_EQ(test, records_of(env, id), 2);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 1, 7), 0);
	end_sleeper(env, sleepers[0]);
	expect_values(env, id, 1, 7, 1);
	KUNIT_EXPECT_EQ(test, set_values(env, id, (u16[]){ 3, 4, 5 }), 0);
	end_sleeper(env, sleepers[1]);
	expect_values(env, id, 3, 4, 5);
	KUNIT_EXPECT_EQ(test, records_of(env, id), 0);
}

/* Tasks go on after all semaphores have got their values back. */
static void undo_lets_go_on(struct kunit *test)
{
	static const struct sembuf ops[] = {
		{ 0, 1, SEM_UNDO }, { 1, -1, SEM_UNDO }, { 2, -1, SEM_UNDO },
	};
	static const struct sembuf all[] = {
		{ 0, 0, 0 }, { 1, -1, 0 }, { 2, -1, 0 },
	};
	struct env *env = test->priv;
	int id = set_with_records(test);
	struct sleeper *ends, *array, *one;

	KUNIT_EXPECT_EQ(test, set_values(env, id, (u16[]){ 0, 1, 1 }), 0);
	ends = operated(env, id, ops, ARRAY_SIZE(ops));
	array = start_sleeper(env, id, all, ARRAY_SIZE(all), 0);
	await_waiting(env, id, 1);
	one = sleeper_waits(env, id, 1, -1);
	end_sleeper(env, ends);
	KUNIT_EXPECT_EQ(test, sleeper_ret(array), 0);
	KUNIT_EXPECT_TRUE(test, sleeps(one));
	expect_values(env, id, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 1, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(one), 0);
}

/* The end also undoes a call that another task has completed. */
static void undo_after_wait(struct kunit *test)
{
	static const struct sembuf one = { 0, -2, SEM_UNDO };
	struct env *env = test->priv;
	int id = set_with_records(test);
	struct sleeper *sleeper, *gave_up;

	gave_up = start_sleeper(env, id, &one, 1, NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, sleeper_ret(gave_up), -EAGAIN);
	sleeper = start_sleeper(env, id, &one, 1, 0);
	await_waiting(env, id, 1);
	/* The records exist, and nothing is in them yet. */
	KUNIT_EXPECT_EQ(test, records_of(env, id), 2);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 3, 0), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleeper), 0);
	expect_values(env, id, 1, 0, 0);
	end_sleeper(env, gave_up);
	expect_values(env, id, 1, 0, 0);
	end_sleeper(env, sleeper);
	expect_values(env, id, 3, 0, 0);
}

/* Several processes, and several sets; a process has a record for each. */
static void undo_several(struct kunit *test)
{
	struct env *env = test->priv;
	int id = set_with_records(test), other = new_set(env, 1);
	struct sleeper *first, *second;

	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, SEM_UNDO), 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 1, 1, SEM_UNDO), 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, other, 0, 1, SEM_UNDO), 0);
	KUNIT_EXPECT_EQ(test, records_of(env, id), 1);
	first = operated_once(env, id, 0, 10);
	second = operated_once(env, id, 0, 100);
	KUNIT_EXPECT_EQ(test, records_of(env, id), 3);
	KUNIT_EXPECT_EQ(test, records_of(env, other), 1);
	expect_values(env, id, 111, 1, 0);
	end_sleeper(env, second);
	expect_values(env, id, 11, 1, 0);
	end_sleeper(env, first);
	expect_values(env, id, 1, 1, 0);
	KUNIT_EXPECT_EQ(test, records_of(env, id), 1);
	KUNIT_EXPECT_EQ(test, value_of(env, other, 0), 1);
}

/* Both orders of the removal of a set and the end of a process. */
static void undo_and_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = set_with_records(test), other = new_set(env, 1);
	struct sleeper *lives = operated_once(env, id, 0, 1);
	struct sleeper *ended = operated_once(env, other, 0, 1);
	struct sleeper *waits = sleeper_waits(env, other, 0, 0);

	KUNIT_EXPECT_EQ(test, remove_set(env, id), 0);
	end_sleeper(env, lives);

	/* The removal waits for what an ended process has left. */
	mutex_lock(&svipc_notices_lock);
	end_sleeper_quietly(env, ended);
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&svipc_notices_pending));
	KUNIT_EXPECT_TRUE(test, sleeps(waits));
	mutex_unlock(&svipc_notices_lock);
	KUNIT_EXPECT_EQ(test, remove_set(env, other), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(waits), 0);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&svipc_notices_pending));
}

/* Each call about values serves what an ended process has left. */
static void undo_served_by_calls(struct kunit *test)
{
	struct env *env = test->priv;
	int id = set_with_records(test), i;
	struct sleeper *ended;

	for (i = 0; i < 4; i++) {
		ended = operated_once(env, id, 0, 1);
		mutex_lock(&svipc_notices_lock);
		end_sleeper_quietly(env, ended);
		KUNIT_EXPECT_EQ(test, set_at(env, id)->sems[0].value, 1);
		mutex_unlock(&svipc_notices_lock);
		if (i == 0)
			KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 0);
		else if (i == 1)
			KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 0,
							  IPC_NOWAIT), 0);
		else if (i == 2)
			KUNIT_EXPECT_EQ(test, set_value(env, id, 1, 0), 0);
		else
			KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, -1,
							  IPC_NOWAIT), -EAGAIN);
		KUNIT_EXPECT_EQ(test, set_at(env, id)->sems[0].value, 0);
		KUNIT_EXPECT_EQ(test, records_of(env, id), 0);
	}
}

/* A record needs memory before anything is done. */
static void undo_without_memory(struct kunit *test)
{
	struct env *env = test->priv;
	unsigned int nth, failures = 0;
	int id = set_with_records(test);
	bool failed;
	long ret;

	/* The areas are in memory afterwards. */
	KUNIT_ASSERT_EQ(test, operate_one(env, id, 0, 0, 0), 0);
	for (nth = 1; nth < 50; nth++) {
		current->fail_nth = nth;
		ret = operate_one(env, id, 0, 1, SEM_UNDO);
		failed = has_failed();
		KUNIT_EXPECT_EQ(test, value_of(env, id, 0), ret ? 0 : 1);
		KUNIT_EXPECT_EQ(test, records_of(env, id), ret ? 0 : 1);
		/* Failures in the kernel's checkers do not count. */
		if (ret) {
			KUNIT_EXPECT_EQ(test, ret, -ENOMEM);
			failures++;
			continue;
		}
		/* The next call has the record. */
		current->fail_nth = 1;
		KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, SEM_UNDO), 0);
		KUNIT_EXPECT_FALSE(test, has_failed());
		KUNIT_EXPECT_EQ(test, records_of(env, id), 1);
		if (!failed)
			break;
		id = new_set(env, 1);
	}
	KUNIT_EXPECT_EQ(test, failures, 2);
	KUNIT_EXPECT_EQ(test, ret, 0);
}

static struct kunit_case sets_undo_cases[] = {
	KUNIT_CASE(undo_refused),
	KUNIT_CASE(undo_at_end),
	KUNIT_CASE(undo_bounded),
	KUNIT_CASE(undo_range),
	KUNIT_CASE(undo_forgotten),
	KUNIT_CASE(undo_lets_go_on),
	KUNIT_CASE(undo_after_wait),
	KUNIT_CASE(undo_several),
	KUNIT_CASE(undo_and_removal),
	KUNIT_CASE(undo_served_by_calls),
	KUNIT_CASE(undo_without_memory),
	{ }
};

static struct kunit_suite sets_undo_suite = {
	.name = "msgq_sets_undo",
	.init = sets_init,
	.exit = sets_exit,
	.test_cases = sets_undo_cases,
};

kunit_test_suite(sets_undo_suite);
