// SPDX-License-Identifier: MIT
/*
 * The operations of a call: all of them are done, in order, or none.  The
 * adjustments of an undo record change together with the values.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "sem/apply.h"
#include "sets.h"

#define SEMS	3
#define MOST	4

/* A set with these values, and what an array of operations does to it. */
struct array {
	const char *name;
	int before[SEMS];
	struct sembuf ops[MOST];
	unsigned int count;
	int ret;
	unsigned int blocking;
	int after[SEMS];
};

static const struct array arrays[] = {
	{
		.name = "all are done",
		.before = { 5, 0, 2 },
		.ops = { { 0, -3, 0 }, { 1, 0, 0 }, { 2, 4, 0 } },
		.count = 3,
		.after = { 2, 0, 6 },
	},
	{
		.name = "the last cannot go on",
		.before = { 5, 0, 2 },
		.ops = { { 0, -3, 0 }, { 2, 4, 0 }, { 1, -1, 0 } },
		.count = 3,
		.ret = SEMSET_BLOCKED,
		.blocking = 2,
		.after = { 5, 0, 2 },
	},
	{
		.name = "the first cannot go on",
		.before = { 5, 0, 2 },
		.ops = { { 0, 0, 0 }, { 1, -1, 0 } },
		.count = 2,
		.ret = SEMSET_BLOCKED,
		.after = { 5, 0, 2 },
	},
	{
		.name = "added first, then subtracted",
		.ops = { { 0, 2, 0 }, { 0, -2, 0 }, { 0, 0, 0 } },
		.count = 3,
	},
	{
		.name = "subtracted first, then added",
		.ops = { { 0, -2, 0 }, { 0, 2, 0 } },
		.count = 2,
		.ret = SEMSET_BLOCKED,
	},
	{
		.name = "zero, then locked",
		.ops = { { 1, 0, 0 }, { 1, 1, 0 } },
		.count = 2,
		.after = { 0, 1, 0 },
	},
	{
		.name = "locked, then zero",
		.ops = { { 1, 1, 0 }, { 1, 0, 0 } },
		.count = 2,
		.ret = SEMSET_BLOCKED,
		.blocking = 1,
	},
	{
		.name = "the value suffices for one of two",
		.before = { 3, 0, 0 },
		.ops = { { 0, -2, 0 }, { 0, -2, 0 } },
		.count = 2,
		.ret = SEMSET_BLOCKED,
		.blocking = 1,
		.after = { 3, 0, 0 },
	},
	{
		.name = "the value suffices for both",
		.before = { 4, 0, 0 },
		.ops = { { 0, -2, 0 }, { 0, -2, 0 } },
		.count = 2,
	},
	{
		.name = "one that cannot go on does not wait",
		.before = { 1, 0, 0 },
		.ops = { { 0, -1, 0 }, { 1, -1, IPC_NOWAIT } },
		.count = 2,
		.ret = -EAGAIN,
		.blocking = 1,
		.after = { 1, 0, 0 },
	},
	{
		.name = "another than it does not wait",
		.before = { 1, 0, 0 },
		.ops = { { 0, -1, IPC_NOWAIT }, { 1, -1, 0 } },
		.count = 2,
		.ret = SEMSET_BLOCKED,
		.blocking = 1,
		.after = { 1, 0, 0 },
	},
	{
		.name = "the highest value",
		.before = { SEMVMX - 3, 0, 0 },
		.ops = { { 0, 3, 0 }, { 1, SEMVMX, 0 } },
		.count = 2,
		.after = { SEMVMX, SEMVMX, 0 },
	},
	{
		.name = "more than the highest value",
		.before = { SEMVMX - 3, 0, 0 },
		.ops = { { 1, 1, 0 }, { 0, 4, IPC_NOWAIT } },
		.count = 2,
		.ret = -ERANGE,
		.blocking = 1,
		.after = { SEMVMX - 3, 0, 0 },
	},
	{
		.name = "in between more than the highest value",
		.before = { SEMVMX, 0, 0 },
		.ops = { { 0, 1, 0 }, { 0, -1, 0 } },
		.count = 2,
		.ret = -ERANGE,
		.after = { SEMVMX, 0, 0 },
	},
	{
		.name = "down to 0",
		.before = { SEMVMX, 0, 0 },
		.ops = { { 0, -SEMVMX, 0 }, { 0, 0, 0 } },
		.count = 2,
	},
	{
		.name = "more than any value",
		.before = { SEMVMX, 0, 0 },
		.ops = { { 0, S16_MIN, 0 } },
		.count = 1,
		.ret = SEMSET_BLOCKED,
		.after = { SEMVMX, 0, 0 },
	},
};

KUNIT_ARRAY_PARAM_DESC(array, arrays, name);

static void put_values(struct semset *set, const int *values)
{
	unsigned int i;

	for (i = 0; i < set->count; i++)
		set->sems[i].value = values[i];
}

static void expect_values(struct kunit *test, const struct semset *set,
			  const int *values)
{
	unsigned int i;

	for (i = 0; i < set->count; i++)
		KUNIT_EXPECT_EQ_MSG(test, set->sems[i].value, values[i],
				    "semaphore %u", i);
}

static int try(struct semset *set, struct call *call)
{
	int ret;

	spin_lock(&set->ipc.lock);
	ret = semset_try(set, &call->waiter);
	spin_unlock(&set->ipc.lock);
	return ret;
}

/* Tried, and done: both give the same answer. */
static void apply_array(struct kunit *test)
{
	const struct array *array = test->param_value;
	struct env *env = test->priv;
	struct semset *set = set_at(env, new_set(env, SEMS));
	struct call *call = new_call(env, array->ops, array->count);

	put_values(set, array->before);
	KUNIT_EXPECT_EQ(test, try(set, call), array->ret);
	if (array->ret)
		KUNIT_EXPECT_EQ(test, call->waiter.blocking, array->blocking);
	expect_values(test, set, array->before);

	call->waiter.blocking = 0;
	KUNIT_EXPECT_EQ(test, apply(set, call), array->ret);
	if (array->ret)
		KUNIT_EXPECT_EQ(test, call->waiter.blocking, array->blocking);
	expect_values(test, set, array->after);
}

/* The process is noted at each semaphore that a call names, if it is done. */
static void apply_notes(struct kunit *test)
{
	static const struct sembuf ops[] = {
		{ 0, 0, 0 }, { 1, -1, 0 }, { 1, 1, 0 },
	};
	struct env *env = test->priv;
	struct semset *set = set_at(env, new_set(env, SEMS));
	struct call *call = new_call(env, ops, ARRAY_SIZE(ops));
	struct pid *pid = new_pid(env), *other = new_pid(env);

	call->waiter.pid = pid;
	KUNIT_EXPECT_EQ(test, apply(set, call), SEMSET_BLOCKED);
	KUNIT_EXPECT_NULL(test, set->sems[0].pid);
	set->sems[1].value = 1;
	KUNIT_EXPECT_EQ(test, try(set, call), 0);
	KUNIT_EXPECT_NULL(test, set->sems[0].pid);

	KUNIT_EXPECT_EQ(test, apply(set, call), 0);
	KUNIT_EXPECT_PTR_EQ(test, set->sems[0].pid, pid);
	KUNIT_EXPECT_PTR_EQ(test, set->sems[1].pid, pid);
	KUNIT_EXPECT_NULL(test, set->sems[2].pid);
	KUNIT_EXPECT_EQ(test, refcount_read(&pid->count), 3);

	call->waiter.pid = other;
	KUNIT_EXPECT_EQ(test, apply(set, call), 0);
	KUNIT_EXPECT_PTR_EQ(test, set->sems[1].pid, other);
	KUNIT_EXPECT_EQ(test, refcount_read(&pid->count), 1);
	KUNIT_EXPECT_EQ(test, refcount_read(&other->count), 3);
	KUNIT_ASSERT_EQ(test, remove_set(env, set->ipc.id), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&other->count), 1);
}

/* A set, the undo record of a process, and a call of this process. */
struct scene {
	struct env *env;
	struct semset *set;
	struct semset_undo *undo;
	struct call *call;
};

static struct scene new_scene(struct kunit *test)
{
	struct env *env = test->priv;
	struct semset *set = set_at(env, new_set(env, SEMS));

	return (struct scene){
		.env = env,
		.set = set,
		.undo = new_undo(env, set, task_tgid(current)),
		.call = new_call(env, NULL, 0),
	};
}

static int apply_ops(struct scene *scene, const struct sembuf *ops,
		     unsigned int count)
{
	make_call(scene->call, ops, count, task_tgid(current));
	scene->call->waiter.undo = scene->undo;
	return apply(scene->set, scene->call);
}

static int apply_op(struct scene *scene, int number, int op, int flags)
{
	const struct sembuf one = { number, op, flags };

	return apply_ops(scene, &one, 1);
}

/* Only operations with SEM_UNDO change the adjustment; they add up. */
static void apply_undo(struct kunit *test)
{
	static const struct sembuf ops[] = {
		{ 0, 4, SEM_UNDO }, { 0, -1, SEM_UNDO }, { 0, -2, 0 },
		{ 2, 0, SEM_UNDO },
	};
	static const int values[SEMS] = { 1, 0, 0 };
	struct scene scene = new_scene(test);

	KUNIT_EXPECT_EQ(test, apply_ops(&scene, ops, ARRAY_SIZE(ops)), 0);
	expect_values(test, scene.set, values);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[0], -3);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[1], 0);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[2], 0);
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 0, -1, SEM_UNDO), 0);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[0], -2);
}

/* A call that cannot go on, fails or is tried leaves the adjustments alone. */
static void apply_undo_taken_back(struct kunit *test)
{
	static const struct sembuf blocked[] = {
		{ 0, 4, SEM_UNDO }, { 0, -1, SEM_UNDO }, { 1, 2, 0 },
		{ 2, -1, SEM_UNDO },
	};
	static const struct sembuf fails[] = {
		{ 1, -1, SEM_UNDO }, { 0, SEMVMX, SEM_UNDO },
	};
	static const int values[SEMS] = { 1, 1, 0 };
	struct scene scene = new_scene(test);

	put_values(scene.set, values);
	scene.undo->adjust[0] = 7;
	scene.undo->adjust[2] = -7;
	KUNIT_EXPECT_EQ(test, apply_ops(&scene, blocked, 4), SEMSET_BLOCKED);
	KUNIT_EXPECT_EQ(test, scene.call->waiter.blocking, 3);
	expect_values(test, scene.set, values);
	KUNIT_EXPECT_EQ(test, apply_ops(&scene, fails, 2), -ERANGE);
	expect_values(test, scene.set, values);

	make_call(scene.call, blocked, 3, task_tgid(current));
	scene.call->waiter.undo = scene.undo;
	KUNIT_EXPECT_EQ(test, try(scene.set, scene.call), 0);
	expect_values(test, scene.set, values);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[0], 7);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[1], 0);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[2], -7);
}

/* A call fails if its adjustment does not fit into 16 bits. */
static void apply_undo_range(struct kunit *test)
{
	static const struct sembuf too_much[] = {
		{ 1, 5, SEM_UNDO }, { 0, -1, SEM_UNDO },
	};
	static const int values[SEMS] = { SEMVMX, 0, 0 };
	struct scene scene = new_scene(test);

	put_values(scene.set, values);
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 0, -SEMVMX, SEM_UNDO), 0);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[0], S16_MAX);
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 0, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, apply_ops(&scene, too_much, 2), -ERANGE);
	KUNIT_EXPECT_EQ(test, scene.call->waiter.blocking, 1);
	KUNIT_EXPECT_EQ(test, scene.set->sems[0].value, 1);
	KUNIT_EXPECT_EQ(test, scene.set->sems[1].value, 0);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[0], S16_MAX);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[1], 0);
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 0, -1, 0), 0);

	/* The other bound is one further from 0. */
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 2, SEMVMX, SEM_UNDO), 0);
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 2, -SEMVMX, 0), 0);
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 2, 1, SEM_UNDO), 0);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[2], S16_MIN);
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 2, 1, SEM_UNDO), -ERANGE);
	KUNIT_EXPECT_EQ(test, scene.set->sems[2].value, 1);
	KUNIT_EXPECT_EQ(test, scene.undo->adjust[2], S16_MIN);
}

/* A call waits rather than fail, if an operation before would have to wait. */
static void apply_undo_waits_first(struct kunit *test)
{
	struct scene scene = new_scene(test);

	scene.undo->adjust[0] = S16_MAX;
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 0, -1, SEM_UNDO), SEMSET_BLOCKED);
	scene.set->sems[0].value = 1;
	KUNIT_EXPECT_EQ(test, apply_op(&scene, 0, -1, SEM_UNDO), -ERANGE);
	KUNIT_EXPECT_EQ(test, scene.set->sems[0].value, 1);
}

static struct kunit_case sets_apply_cases[] = {
	KUNIT_CASE_PARAM(apply_array, array_gen_params),
	KUNIT_CASE(apply_notes),
	KUNIT_CASE(apply_undo),
	KUNIT_CASE(apply_undo_taken_back),
	KUNIT_CASE(apply_undo_range),
	KUNIT_CASE(apply_undo_waits_first),
	{ }
};

static struct kunit_suite sets_apply_suite = {
	.name = "msgq_sets_apply",
	.init = sets_init,
	.exit = sets_exit,
	.test_cases = sets_apply_cases,
};

kunit_test_suite(sets_apply_suite);
