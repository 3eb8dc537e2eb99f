// SPDX-License-Identifier: MIT
/*
 * Which calls that wait go on after a change, and in which order: first those
 * that change nothing, then one after the other by arrival.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "sem/apply.h"
#include "sets.h"

#define SEMS	3
#define OPS	3
#define CALLS	5

/* The operations of a call that waits. */
struct waits {
	struct sembuf ops[OPS];
	unsigned int count;
};

/*
 * Calls that wait, named A, B and so on in order of arrival; the values are set
 * anew; in this order the calls go on.
 */
struct scenario {
	const char *name;
	int before[SEMS];
	struct waits waits[CALLS];
	int set_to[SEMS];
	const char *order;
	int after[SEMS];
};

static const struct scenario scenarios[] = {
	{
		.name = "one operation: those for which the value suffices",
		.waits = { { { { 0, -5, 0 } }, 1 }, { { { 0, -2, 0 } }, 1 },
			   { { { 0, -1, 0 } }, 1 }, { { { 0, -1, 0 } }, 1 } },
		.set_to = { 3 },
		.order = "BC",
	},
	{
		.name = "one operation: the earlier needs more",
		.waits = { { { { 0, -3, 0 } }, 1 }, { { { 0, -1, 0 } }, 1 } },
		.set_to = { 3 },
		.order = "A",
	},
	{
		.name = "all that wait for zero",
		.before = { 1 },
		.waits = { { { { 0, 0, 0 } }, 1 }, { { { 0, -2, 0 } }, 1 },
			   { { { 0, 0, 0 } }, 1 } },
		.order = "AC",
	},
	{
		.name = "zero after two that subtract",
		.before = { 1 },
		.waits = { { { { 0, -3, 0 } }, 1 }, { { { 0, 0, 0 } }, 1 },
			   { { { 0, -2, 0 } }, 1 } },
		.set_to = { 5 },
		.order = "ACB",
	},
	{
		.name = "two semaphores do not meet",
		.before = { 1, 0, 0 },
		.waits = { { { { 1, -1, 0 } }, 1 }, { { { 0, 0, 0 } }, 1 },
			   { { { 2, -1, 0 } }, 1 } },
		.set_to = { 0, 2, 1 },
		.order = "BAC",
		.after = { 0, 1, 0 },
	},
	{
		.name = "one that changes nothing before an earlier one",
		.before = { 1 },
		.waits = { { { { 0, 0, 0 }, { 1, 1, 0 } }, 2 },
			   { { { 0, 0, 0 }, { 1, 0, 0 } }, 2 } },
		.order = "BA",
		.after = { 0, 1, 0 },
	},
	{
		.name = "zero with one operation before several",
		.before = { 1 },
		.waits = { { { { 0, 0, 0 }, { 1, 0, 0 } }, 2 },
			   { { { 0, 0, 0 }, { 2, 0, 0 } }, 2 },
			   { { { 0, 0, 0 } }, 1 } },
		.order = "CAB",
	},
	{
		.name = "zero with several operations, after one that subtracts",
		.before = { 1, 0, 1 },
		.waits = { { { { 0, 0, 0 }, { 1, 0, 0 } }, 2 },
			   { { { 0, -2, 0 }, { 1, 0, 0 } }, 2 },
			   { { { 0, 0, 0 }, { 2, 0, 0 } }, 2 } },
		.set_to = { 2, 0, 0 },
		.order = "BAC",
	},
	{
		.name = "several operations arrived before one",
		.before = { 0, 1 },
		.waits = { { { { 0, -1, 0 }, { 1, -1, 0 } }, 2 },
			   { { { 0, -1, 0 } }, 1 } },
		.set_to = { 1, 1 },
		.order = "A",
	},
	{
		.name = "one operation arrived before several",
		.before = { 0, 1 },
		.waits = { { { { 0, -1, 0 } }, 1 },
			   { { { 0, -1, 0 }, { 1, -1, 0 } }, 2 } },
		.set_to = { 1, 1 },
		.order = "A",
		.after = { 0, 1 },
	},
	{
		.name = "several operations that cannot go on let one pass",
		.waits = { { { { 0, -1, 0 }, { 1, -1, 0 } }, 2 },
			   { { { 0, -1, 0 } }, 1 } },
		.set_to = { 1 },
		.order = "B",
	},
	{
		.name = "each lets the next go on",
		.waits = { { { { 1, -1, 0 }, { 2, 1, 0 } }, 2 },
			   { { { 0, -1, 0 }, { 1, 1, 0 } }, 2 },
			   { { { 2, -1, 0 }, { 0, 1, 0 } }, 2 } },
		.set_to = { 1 },
		.order = "BAC",
		.after = { 1 },
	},
	{
		.name = "one that is let go on comes before a later one",
		.waits = { { { { 1, -1, 0 } }, 1 },
			   { { { 0, -1, 0 }, { 1, 1, 0 } }, 2 },
			   { { { 0, -1, 0 }, { 1, -1, 0 } }, 2 } },
		.set_to = { 2 },
		.order = "BA",
		.after = { 1 },
	},
	{
		.name = "an earlier one needs more, which is added on the way",
		.waits = { { { { 1, -3, 0 } }, 1 },
			   { { { 0, -1, 0 }, { 1, 2, 0 } }, 2 },
			   { { { 1, -1, 0 } }, 1 } },
		.set_to = { 1, 1 },
		.order = "BA",
	},
	{
		.name = "one that could go on makes room for the next",
		.waits = { { { { 0, -1, 0 }, { 1, -1, 0 } }, 2 },
			   { { { 1, -2, 0 } }, 1 }, { { { 1, -1, 0 } }, 1 } },
		.set_to = { 1, 2 },
		.order = "AC",
	},
	{
		.name = "the same while others wait with several operations",
		.waits = { { { { 0, -1, 0 }, { 1, -1, 0 } }, 2 },
			   { { { 0, -9, 0 }, { 1, -9, 0 } }, 2 },
			   { { { 1, -2, 0 } }, 1 }, { { { 1, -1, 0 } }, 1 } },
		.set_to = { 1, 2 },
		.order = "AD",
	},
	{
		.name = "one with several operations makes room for the next",
		.waits = { { { { 0, -1, 0 }, { 1, -1, 0 } }, 2 },
			   { { { 1, -2, 0 }, { 2, 1, 0 } }, 2 },
			   { { { 1, -1, 0 }, { 2, 1, 0 } }, 2 } },
		.set_to = { 1, 2 },
		.order = "AC",
		.after = { 0, 0, 1 },
	},
	{
		.name = "one semaphore named twice",
		.waits = { { { { 0, -1, 0 }, { 0, -1, 0 } }, 2 },
			   { { { 0, -1, 0 }, { 1, 0, 0 }, { 0, 1, 0 } }, 3 },
			   { { { 0, -1, 0 } }, 1 } },
		.set_to = { 1 },
		.order = "BC",
	},
	{
		.name = "the next with the same operations stays",
		.waits = { { { { 0, -1, 0 }, { 1, 1, 0 } }, 2 },
			   { { { 0, -1, 0 }, { 1, 1, 0 } }, 2 },
			   { { { 1, -2, 0 } }, 1 } },
		.set_to = { 1, 1 },
		.order = "AC",
	},
};

KUNIT_ARRAY_PARAM_DESC(scenario, scenarios, name);

/* A set with calls that wait, and the letters of those that have gone on. */
struct scene {
	struct env *env;
	struct semset *set;
	struct call *calls[CALLS];
	unsigned int count;
	char order[CALLS + 1];
	unsigned int gone;
};

static struct scene *new_scene(struct kunit *test, const int *values)
{
	struct scene *scene = kunit_kzalloc(test, sizeof(*scene), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, scene);
	scene->env = test->priv;
	scene->set = set_at(scene->env, new_set(scene->env, SEMS));
	for (i = 0; i < SEMS; i++)
		scene->set->sems[i].value = values[i];
	return scene;
}

static struct call *add_waiting(struct scene *scene, const struct sembuf *ops,
				unsigned int count, struct semset_undo *undo)
{
	struct call *call = new_call(scene->env, ops, count);

	call->waiter.undo = undo;
	queue_call(scene->env, scene->set, call);
	scene->calls[scene->count++] = call;
	return call;
}

static void note_gone(struct scene *scene, const struct semset_waiter *waiter)
{
	unsigned int i;

	for (i = 0; i < scene->count; i++)
		if (&scene->calls[i]->waiter == waiter)
			scene->order[scene->gone++] = 'A' + i;
}

/* Record the calls that have gone on; a single one has left the list. */
static void note_completed(struct scene *scene, struct semset_pass *pass)
{
	const struct semset_waiter *waiter;
	unsigned int i;

	list_for_each_entry(waiter, &pass->completed, node.ring)
		note_gone(scene, waiter);
	for (i = 0; !scene->gone && i < scene->count; i++)
		if (!scene->calls[i]->waiter.queued)
			note_gone(scene, &scene->calls[i]->waiter);
}

/* Set values as a call does, and complete the calls that can go on then. */
static void set_to(struct scene *scene, const int *values)
{
	struct semset *set = scene->set;
	struct semset_pass pass;
	unsigned int i;

	spin_lock(&set->ipc.lock);
	semset_pass_begin(&pass, set);
	for (i = 0; i < SEMS; i++)
		set->sems[i].value = values[i];
	semset_changed_all(&pass);
	semset_pass_end(&pass);
	note_completed(scene, &pass);
	spin_unlock(&set->ipc.lock);
	semset_wake(set, &pass.completed);
}

static void expect_after(struct kunit *test, const struct scene *scene,
			 const char *order, const int *values)
{
	unsigned int i, waiting = scene->count - strlen(order);

	KUNIT_EXPECT_STREQ(test, scene->order, order);
	for (i = 0; i < SEMS; i++)
		KUNIT_EXPECT_EQ_MSG(test, scene->set->sems[i].value, values[i],
				    "semaphore %u", i);
	KUNIT_EXPECT_EQ(test, scene->set->waiting, waiting);
	for (i = 0; i < scene->count; i++) {
		const struct semset_waiter *waiter = &scene->calls[i]->waiter;
		bool gone = strchr(order, 'A' + i);

		KUNIT_EXPECT_EQ_MSG(test, waiter->queued, !gone, "%c", 'A' + i);
		KUNIT_EXPECT_EQ_MSG(test, waiter->state,
				    gone ? waiter->result : SEMSET_WAITING,
				    "%c", 'A' + i);
		KUNIT_EXPECT_FALSE_MSG(test, waiter->is_ready, "%c", 'A' + i);
	}
}

static void order_scenario(struct kunit *test)
{
	const struct scenario *scenario = test->param_value;
	struct scene *scene = new_scene(test, scenario->before);
	unsigned int i;

	for (i = 0; i < CALLS && scenario->waits[i].count; i++)
		add_waiting(scene, scenario->waits[i].ops,
			    scenario->waits[i].count, NULL);
	KUNIT_EXPECT_EQ(test, scene->set->waiting, scene->count);
	KUNIT_EXPECT_EQ(test, scene->set->arrivals, scene->count);
	set_to(scene, scenario->set_to);
	expect_after(test, scene, scenario->order, scenario->after);
	KUNIT_EXPECT_EQ(test, scene->set->operations, strlen(scenario->order));
	KUNIT_EXPECT_NE(test, scene->set->otime, 0);
}

/* The operations of a call, and those that it lets go on. */
static void order_after_operations(struct kunit *test)
{
	static const struct sembuf ops[] = {
		{ 2, 0, 0 }, { 0, 2, 0 }, { 1, 1, 0 },
	};
	static const struct sembuf both[] = { { 0, -1, 0 }, { 1, -1, 0 } };
	static const struct sembuf one = { 0, -1, 0 };
	static const int nothing[SEMS];
	struct scene *scene = new_scene(test, nothing);
	struct call *call = new_call(scene->env, ops, ARRAY_SIZE(ops));
	struct semset *set = scene->set;
	struct semset_pass pass;

	add_waiting(scene, &one, 1, NULL);
	add_waiting(scene, both, 2, NULL);
	add_waiting(scene, &one, 1, NULL);
	spin_lock(&set->ipc.lock);
	semset_pass_begin(&pass, set);
	semset_apply(set, &call->waiter);
	semset_changed_by(&pass, call->ops, call->waiter.count);
	semset_pass_end(&pass);
	note_completed(scene, &pass);
	spin_unlock(&set->ipc.lock);
	/* Several are woken without the lock. */
	KUNIT_EXPECT_EQ(test, scene->calls[0]->waiter.state, SEMSET_WAITING);
	KUNIT_EXPECT_EQ(test, scene->calls[1]->waiter.state, SEMSET_WAITING);
	semset_wake(set, &pass.completed);
	KUNIT_EXPECT_TRUE(test, list_empty(&pass.completed));
	expect_after(test, scene, "AB", nothing);
}

/* A single task is woken under the same hold of the lock. */
static void order_single_is_woken(struct kunit *test)
{
	static const int nothing[SEMS];
	static const struct sembuf one = { 0, -1, 0 };
	struct scene *scene = new_scene(test, nothing);
	struct call *call = add_waiting(scene, &one, 1, NULL);
	struct semset *set = scene->set;
	struct semset_pass pass;
	bool left;
	int state;

	spin_lock(&set->ipc.lock);
	semset_pass_begin(&pass, set);
	set->sems[0].value = 1;
	semset_changed(&pass, 0);
	semset_pass_end(&pass);
	left = !list_empty(&pass.completed);
	state = call->waiter.state;
	spin_unlock(&set->ipc.lock);
	KUNIT_EXPECT_EQ(test, state, 0);
	KUNIT_EXPECT_FALSE(test, left);
}

/* A pass that completes no call leaves the time of the last operation. */
static void order_nothing_goes_on(struct kunit *test)
{
	static const int nothing[SEMS];
	static const int values[SEMS] = { 1, 0, 1 };
	static const struct sembuf two = { 0, -2, 0 };
	static const struct sembuf ops[] = { { 0, -1, 0 }, { 1, -1, 0 } };
	static const struct sembuf zero[] = { { 2, -1, 0 }, { 0, 0, 0 } };
	struct scene *scene = new_scene(test, nothing);

	add_waiting(scene, &two, 1, NULL);
	add_waiting(scene, ops, 2, NULL);
	add_waiting(scene, zero, 2, NULL);
	set_to(scene, values);
	expect_after(test, scene, "", values);
	KUNIT_EXPECT_EQ(test, scene->set->otime, 0);
	KUNIT_EXPECT_EQ(test, scene->set->operations, 0);
}

/* A call can fail when its turn comes; it changes nothing, and others go on. */
static void order_failing(struct kunit *test)
{
	static const struct sembuf too_high[] = { { 0, -1, 0 }, { 1, 1, 0 } };
	static const struct sembuf no_wait[] = {
		{ 0, -1, 0 }, { 2, -1, IPC_NOWAIT },
	};
	static const struct sembuf zeroes[] = {
		{ 2, 0, 0 }, { 0, 0, IPC_NOWAIT },
	};
	static const struct sembuf last[] = { { 0, -1, 0 }, { 2, 0, 0 } };
	static const int before[SEMS] = { 0, SEMVMX, 1 };
	static const int values[SEMS] = { 1, SEMVMX, 0 };
	static const int after[SEMS] = { 0, SEMVMX, 0 };
	struct scene *scene = new_scene(test, before);

	add_waiting(scene, too_high, 2, NULL);
	add_waiting(scene, no_wait, 2, NULL);
	add_waiting(scene, zeroes, 2, NULL);
	add_waiting(scene, last, 2, NULL);
	set_to(scene, values);
	expect_after(test, scene, "CABD", after);
	KUNIT_EXPECT_EQ(test, scene->calls[0]->waiter.result, -ERANGE);
	KUNIT_EXPECT_EQ(test, scene->calls[1]->waiter.result, -EAGAIN);
	KUNIT_EXPECT_EQ(test, scene->calls[2]->waiter.result, -EAGAIN);
	KUNIT_EXPECT_EQ(test, scene->calls[3]->waiter.result, 0);
	KUNIT_EXPECT_EQ(test, scene->set->operations, 1);
}

/* The only one that completes fails: no operation has been done. */
static void order_only_failing(struct kunit *test)
{
	static const struct sembuf ops[] = { { 0, -1, 0 }, { 1, 1, 0 } };
	static const int before[SEMS] = { 0, SEMVMX, 0 };
	static const int values[SEMS] = { 1, SEMVMX, 0 };
	struct scene *scene = new_scene(test, before);

	add_waiting(scene, ops, 2, NULL);
	set_to(scene, values);
	expect_after(test, scene, "A", values);
	KUNIT_EXPECT_EQ(test, scene->calls[0]->waiter.result, -ERANGE);
	KUNIT_EXPECT_EQ(test, scene->set->operations, 0);
	KUNIT_EXPECT_EQ(test, scene->set->otime, 0);
}

/* A call that waits changes the adjustment when it goes on, if this fits. */
static void order_undo(struct kunit *test)
{
	static const struct sembuf one = { 0, -1, SEM_UNDO };
	static const struct sembuf ops[] = { { 1, 0, 0 }, { 0, -1, SEM_UNDO } };
	static const int nothing[SEMS];
	static const int values[SEMS] = { 4, 0, 0 };
	static const int after[SEMS] = { 2, 0, 0 };
	struct scene *scene = new_scene(test, nothing);
	struct semset_undo *undo;

	undo = new_undo(scene->env, scene->set, task_tgid(current));
	undo->adjust[0] = S16_MAX - 2;
	add_waiting(scene, ops, 2, undo);
	add_waiting(scene, &one, 1, undo);
	add_waiting(scene, &one, 1, undo);
	add_waiting(scene, ops, 2, undo);
	KUNIT_EXPECT_EQ(test, undo->adjust[0], S16_MAX - 2);
	set_to(scene, values);
	expect_after(test, scene, "ABCD", after);
	KUNIT_EXPECT_EQ(test, scene->calls[1]->waiter.result, 0);
	KUNIT_EXPECT_EQ(test, scene->calls[2]->waiter.result, -ERANGE);
	KUNIT_EXPECT_EQ(test, scene->calls[3]->waiter.result, -ERANGE);
	KUNIT_EXPECT_EQ(test, undo->adjust[0], S16_MAX);
	KUNIT_EXPECT_EQ(test, scene->set->operations, 2);
}

/* The process of a call that goes on is noted, not the one that let it. */
static void order_notes(struct kunit *test)
{
	static const struct sembuf one = { 0, -1, 0 };
	static const int nothing[SEMS];
	static const int values[SEMS] = { 2, 0, 0 };
	struct scene *scene = new_scene(test, nothing);
	struct pid *pid = new_pid(scene->env);

	add_waiting(scene, &one, 1, NULL);
	add_waiting(scene, &one, 1, NULL)->waiter.pid = pid;
	set_to(scene, values);
	expect_after(test, scene, "AB", nothing);
	KUNIT_EXPECT_PTR_EQ(test, scene->set->sems[0].pid, pid);
	KUNIT_EXPECT_NULL(test, scene->set->sems[1].pid);
	KUNIT_ASSERT_EQ(test, remove_set(scene->env, scene->set->ipc.id), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&pid->count), 1);
}

static struct kunit_case sets_order_cases[] = {
	KUNIT_CASE_PARAM(order_scenario, scenario_gen_params),
	KUNIT_CASE(order_after_operations),
	KUNIT_CASE(order_single_is_woken),
	KUNIT_CASE(order_nothing_goes_on),
	KUNIT_CASE(order_failing),
	KUNIT_CASE(order_only_failing),
	KUNIT_CASE(order_undo),
	KUNIT_CASE(order_notes),
	{ }
};

static struct kunit_suite sets_order_suite = {
	.name = "msgq_sets_order",
	.init = sets_init,
	.exit = sets_exit,
	.test_cases = sets_order_cases,
};

kunit_test_suite(sets_order_suite);
