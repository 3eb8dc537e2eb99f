// SPDX-License-Identifier: MIT
/*
 * Notice of the end of processes: in which order, how often, about which
 * subject, and by which task it is given.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "ipc/exit_notice.h"
#include "process.h"

#define MOST	8

/**
 * struct told - a notice that records when it is given
 * @notice: the notice; its subject is itself, unless a case sets another
 * @tale: the record
 * @steps: how often it must be given
 */
struct told {
	struct svipc_notice notice;
	struct tale *tale;
	unsigned int steps;
};

/**
 * struct tale - the record of the ends of processes
 * @told: the notices, two for each process, in order of their subjects
 * @order: which of them were given for the last time, in this order
 * @ended: how many of them were
 * @cost: how many steps each call says that it has taken
 * @killer: a task that is killed when it gives notice, or NULL
 * @steps: how often this task has given notice
 * @turn: until when, in jiffies, notices are given again and again for this
 *	task to have its turn; 0 when they are not
 * @test: the task of the test
 * @subject: the only subject that @test may give notice about, or NULL
 * @strange: how often @test gave notice about another
 */
struct tale {
	struct told told[MOST];
	unsigned int order[MOST];
	unsigned int ended;
	unsigned int cost;
	struct task_struct *killer;
	unsigned int steps;
	unsigned long turn;
	struct task_struct *test;
	const void *subject;
	unsigned int strange;
};

static unsigned int on_end(struct svipc_notice *notice)
{
	struct told *told = container_of(notice, struct told, notice);
	struct tale *tale = told->tale;

	if (current == tale->killer) {
		tale->steps++;
		send_sig(SIGKILL, current, 1);
	}
	if (current == tale->test && notice->subject != tale->subject)
		tale->strange++;
	if (tale->turn && !tale->steps && time_before(jiffies, tale->turn))
		return tale->cost;
	if (!--told->steps) {
		tale->order[tale->ended++] = told - tale->told;
		svipc_notice_del(notice);
	}
	return tale->cost;
}

/* Run by a process: add two notices of its end. */
static long add_two(struct env *env, void *data)
{
	struct told *told = data;
	int i;

	for (i = 0; i < 2; i++) {
		struct svipc_process *process = svipc_process_alloc();

		if (!process)
			return -ENOMEM;
		mutex_lock(&svipc_notices_lock);
		svipc_notice_add(&told[i].notice, &process);
		mutex_unlock(&svipc_notices_lock);
		/* The second notice does not use its new process. */
		if (!process != !i)
			return -EINVAL;
		svipc_process_free(process);
	}
	return 0;
}

static struct tale *new_tale(struct env *env)
{
	struct tale *tale = kunit_kzalloc(env->test, sizeof(*tale), GFP_KERNEL);
	int i;

	if (!svipc_notices_given)
		kunit_skip(env->test, "this kernel does not tell of exits");
	KUNIT_ASSERT_NOT_NULL(env->test, tale);
	KUNIT_ASSERT_EQ(env->test, 0, atomic_read(&svipc_notices_pending));
	tale->test = current;
	/* Each call uses up the steps that one hold of the lock allows. */
	tale->cost = SVIPC_NOTICE_STEP;
	for (i = 0; i < MOST; i++) {
		tale->told[i].notice.ended = on_end;
		tale->told[i].notice.subject = &tale->told[i];
		tale->told[i].tale = tale;
		tale->told[i].steps = 1;
	}
	return tale;
}

/* A process that has the notices with this number and the next. */
static struct process *start(struct env *env, struct tale *tale,
			     unsigned int number)
{
	struct process *process = start_process(env, add_two,
						&tale->told[number]);

	KUNIT_ASSERT_EQ(env->test, 0, process_ret(process));
	return process;
}

static void del(struct tale *tale, unsigned int number)
{
	mutex_lock(&svipc_notices_lock);
	svipc_notice_del(&tale->told[number].notice);
	mutex_unlock(&svipc_notices_lock);
}

static void expect_order(struct kunit *test, struct tale *tale,
			 const unsigned int *order, unsigned int count)
{
	unsigned int i;

	svipc_notices_drain(NULL);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&svipc_notices_pending));
	KUNIT_ASSERT_EQ(test, tale->ended, count);
	for (i = 0; i < count; i++)
		KUNIT_EXPECT_EQ(test, tale->order[i], order[i]);
}

/* Notices that have to wait for the lock are given in order of the ends. */
static void notices_in_order(struct kunit *test)
{
	static const unsigned int order[] = { 4, 5, 0, 1, 6, 7, 2, 3 };
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	struct process *processes[4];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(processes); i++)
		processes[i] = start(env, tale, 2 * i);
	mutex_lock(&svipc_notices_lock);
	for (i = 0; i < ARRAY_SIZE(processes); i++) {
		end_process(processes[order[2 * i] / 2]);
		KUNIT_EXPECT_EQ(test, i + 1,
				atomic_read(&svipc_notices_pending));
	}
	KUNIT_EXPECT_EQ(test, tale->ended, 0);
	mutex_unlock(&svipc_notices_lock);
	expect_order(test, tale, order, ARRAY_SIZE(order));
}

/* The work item gives all notices, without a call. */
static void notices_without_calls(struct kunit *test)
{
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	unsigned long until = jiffies + PATIENCE;

	end_process(start(env, tale, 0));
	while (atomic_read(&svipc_notices_pending) &&
	       time_before(jiffies, until))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_EQ(test, tale->ended, 2);
}

static void notices_deleted(struct kunit *test)
{
	static const unsigned int order[] = { 1, 5 };
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	struct process *processes[3];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(processes); i++)
		processes[i] = start(env, tale, 2 * i);
	/* Delete one, or both, while the process lives. */
	del(tale, 0);
	del(tale, 2);
	del(tale, 3);
	mutex_lock(&svipc_notices_lock);
	for (i = 0; i < ARRAY_SIZE(processes); i++)
		end_process(processes[i]);
	KUNIT_EXPECT_EQ(test, 2, atomic_read(&svipc_notices_pending));
	/* Delete one after the process has ended, before it is given. */
	svipc_notice_del(&tale->told[4].notice);
	mutex_unlock(&svipc_notices_lock);
	expect_order(test, tale, order, ARRAY_SIZE(order));
}

/* All notices of an ended process are deleted before any is given. */
static void notices_deleted_late(struct kunit *test)
{
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	struct process *process = start(env, tale, 0);

	mutex_lock(&svipc_notices_lock);
	end_process(process);
	svipc_notice_del(&tale->told[0].notice);
	svipc_notice_del(&tale->told[1].notice);
	mutex_unlock(&svipc_notices_lock);
	expect_order(test, tale, NULL, 0);
}

static void notices_by_steps(struct kunit *test)
{
	static const unsigned int order[] = { 0, 1, 2, 3 };
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	struct process *first = start(env, tale, 0);
	struct process *second = start(env, tale, 2);

	tale->told[0].steps = 5;
	tale->told[1].steps = 3;
	mutex_lock(&svipc_notices_lock);
	end_process(first);
	end_process(second);
	/* A caller that must not wait goes on without giving notice. */
	svipc_notices_serve(NULL, true);
	KUNIT_EXPECT_EQ(test, tale->told[0].steps, 5);
	mutex_unlock(&svipc_notices_lock);
	expect_order(test, tale, order, ARRAY_SIZE(order));
}

/* A call waits for the notices about its subject, and for no others. */
static void notices_by_subject(struct kunit *test)
{
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	struct process *processes[4];
	unsigned int i;

	/* Two subjects; the third process has both notices about one. */
	for (i = 0; i < MOST; i++)
		tale->told[i].notice.subject = &tale->told[i % 2];
	tale->told[5].notice.subject = &tale->told[0];
	/* This keeps the work item busy meanwhile. */
	tale->told[1].steps = 10000;
	for (i = 0; i < ARRAY_SIZE(processes); i++)
		processes[i] = start(env, tale, 2 * i);
	mutex_lock(&svipc_notices_lock);
	for (i = 0; i < ARRAY_SIZE(processes); i++)
		end_process(processes[i]);
	mutex_unlock(&svipc_notices_lock);

	tale->subject = &tale->told[0];
	svipc_notices_drain(tale->subject);
	mutex_lock(&svipc_notices_lock);
	for (i = 0; i < MOST; i++)
		if (tale->told[i].notice.subject == tale->subject)
			KUNIT_EXPECT_EQ(test, tale->told[i].steps, 0);
	mutex_unlock(&svipc_notices_lock);
	/* There is no notice about this subject. */
	svipc_notices_drain(tale);
	KUNIT_EXPECT_EQ(test, tale->strange, 0);
	svipc_notices_drain(NULL);
	KUNIT_EXPECT_EQ(test, tale->ended, MOST);
	KUNIT_EXPECT_EQ(test, 0, atomic_read(&svipc_notices_pending));
}

static long drain(struct env *env, void *data)
{
	struct tale *tale = data;

	tale->killer = current;
	svipc_notices_drain(NULL);
	return 0;
}

/*
 * A task that is killed while it drains leaves the rest to the work, after so
 * many calls at most.
 */
static void expect_killed(struct kunit *test, unsigned int cost,
			  unsigned int most)
{
	static const unsigned int order[] = { 0, 1 };
	unsigned long until = jiffies + PATIENCE;
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	struct process *process = start(env, tale, 0);
	struct process *drains;

	tale->cost = cost;
	/* The task gets the lock between two holds of the work item. */
	tale->turn = jiffies + PATIENCE / 10;
	tale->told[0].steps = 1000;
	mutex_lock(&svipc_notices_lock);
	end_process(process);
	drains = start_process(env, drain, tale);
	while (!READ_ONCE(tale->killer) && time_before(jiffies, until))
		schedule_timeout_uninterruptible(1);
	mutex_unlock(&svipc_notices_lock);
	KUNIT_EXPECT_EQ(test, 0, process_ret(drains));
	expect_order(test, tale, order, ARRAY_SIZE(order));
	KUNIT_EXPECT_GE(test, tale->steps, 1);
	KUNIT_EXPECT_LE(test, tale->steps, most);
	end_process(drains);
}

static void notices_killed(struct kunit *test)
{
	expect_killed(test, SVIPC_NOTICE_STEP, 1);
	/* A call that had nothing to do is a step, too. */
	expect_killed(test, 0, SVIPC_NOTICE_STEP);
}

/* A task that is killed while another holds the lock does not wait for it. */
static void notices_killed_before(struct kunit *test)
{
	static const unsigned int order[] = { 0, 1 };
	unsigned long until = jiffies + PATIENCE;
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	struct process *process = start(env, tale, 0);
	struct process *drains;

	mutex_lock(&svipc_notices_lock);
	end_process(process);
	drains = start_process(env, drain, tale);
	while (!READ_ONCE(tale->killer) && time_before(jiffies, until))
		schedule_timeout_uninterruptible(1);
	send_sig(SIGKILL, drains->task, 1);
	KUNIT_EXPECT_EQ(test, 0, process_ret(drains));
	KUNIT_EXPECT_EQ(test, tale->ended, 0);
	mutex_unlock(&svipc_notices_lock);
	end_process(drains);
	expect_order(test, tale, order, ARRAY_SIZE(order));
	KUNIT_EXPECT_EQ(test, tale->steps, 0);
}

/* A process can add notices again when all its old ones are deleted. */
static long add_again(struct env *env, void *data)
{
	struct tale *tale = data;
	long err = add_two(env, &tale->told[0]);

	if (err)
		return err;
	del(tale, 0);
	del(tale, 1);
	return add_two(env, &tale->told[2]);
}

static void notices_again(struct kunit *test)
{
	static const unsigned int order[] = { 2, 3 };
	struct env *env = test->priv;
	struct tale *tale = new_tale(env);
	struct process *process = start_process(env, add_again, tale);

	KUNIT_EXPECT_EQ(test, 0, process_ret(process));
	end_process(process);
	expect_order(test, tale, order, ARRAY_SIZE(order));
}

static struct kunit_case notices_cases[] = {
	KUNIT_CASE(notices_in_order),
	KUNIT_CASE(notices_without_calls),
	KUNIT_CASE(notices_deleted),
	KUNIT_CASE(notices_deleted_late),
	KUNIT_CASE(notices_by_steps),
	KUNIT_CASE(notices_by_subject),
	KUNIT_CASE(notices_killed),
	KUNIT_CASE(notices_killed_before),
	KUNIT_CASE(notices_again),
	{ }
};

static struct kunit_suite notices_suite = {
	.name = "svipc_notices",
	.init = env_init,
	.exit = env_exit,
	.test_cases = notices_cases,
};

kunit_test_suite(notices_suite);
