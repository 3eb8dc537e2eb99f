// SPDX-License-Identifier: MIT
/*
 * The list of the processes at a set: processes whose end changes a value, and
 * tasks that wait.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/time64.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "ipc/exit_notice.h"
#include "device.h"
#include "sets.h"

/* A command with this argument, which it changes. */
static long who(struct env *env, struct msgq_semwho *arg)
{
	char __user *at = env->from + AREA_BYTES - sizeof(*arg);
	long ret;

	KUNIT_ASSERT_EQ(env->test, 0, copy_to_user(at, arg, sizeof(*arg)));
	ret = msgq_device_ioctl(NULL, MSGQ_IOC_SEMWHO, (unsigned long)at);
	KUNIT_ASSERT_EQ(env->test, 0, copy_from_user(arg, at, sizeof(*arg)));
	return ret;
}

static struct msgq_semwho who_of(struct env *env, int id, u32 count)
{
	return (struct msgq_semwho){
		.semid = id,
		.parties = (unsigned long)env->to,
		.count = count,
		.size = sizeof(struct msgq_semparty),
	};
}

static struct msgq_semparty party_at(struct env *env, u32 i)
{
	struct msgq_semparty party;

	KUNIT_ASSERT_EQ(env->test, 0,
			copy_from_user(&party, env->to + i * sizeof(party),
				       sizeof(party)));
	return party;
}

/* A task that waits: its call, and where the list has to show it. */
struct waits {
	struct sembuf ops[3];
	unsigned int count;
	u32 semnum;
	s32 amount;
};

/* In the order of the list, which is not that of arrival. */
static const struct waits waiting[] = {
	{ { { 0, -1, 0 } }, 1, 0, -1 },
	{ { { 0, -4, 0 } }, 1, 0, -4 },
	{ { { 0, -5, 0 } }, 1, 0, -5 },
	{ { { 1, 0, 0 }, { 0, -1, 0 } }, 2, 1, 0 },
	{ { { 2, 0, 0 } }, 1, 2, 0 },
	{ { { 2, -7, 0 } }, 1, 2, -7 },
	{ { { 2, 0, 0 }, { 0, 0, 0 }, { 2, 0, 0 } }, 3, 2, 0 },
	{ { { 0, 1, 0 }, { 0, -1, 0 }, { 2, -9, 0 } }, 3, 2, -9 },
};

static int set_with_waiting(struct env *env)
{
	int id = new_set(env, 3), i;

	KUNIT_EXPECT_EQ(env->test, set_values(env, id, (u16[]){ 0, 1, 1 }), 0);
	for (i = ARRAY_SIZE(waiting) - 1; i >= 0; i--)
		queue_call(env, set_at(env, id),
			   new_call(env, waiting[i].ops, waiting[i].count));
	return id;
}

static void who_waits(struct kunit *test)
{
	struct env *env = test->priv;
	int id = set_with_waiting(env), i;
	struct msgq_semwho arg = who_of(env, id, 20);

	KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, ARRAY_SIZE(waiting));
	KUNIT_EXPECT_EQ(test, arg.waiting, ARRAY_SIZE(waiting));
	KUNIT_EXPECT_EQ(test, arg.undoing, 0);
	for (i = 0; i < ARRAY_SIZE(waiting); i++) {
		struct msgq_semparty party = party_at(env, i);

		KUNIT_EXPECT_EQ(test, party.what, MSGQ_SEMPARTY_WAITS);
		KUNIT_EXPECT_EQ_MSG(test, party.semnum, waiting[i].semnum,
				    "number %d", i);
		KUNIT_EXPECT_EQ_MSG(test, party.amount, waiting[i].amount,
				    "number %d", i);
		KUNIT_EXPECT_EQ_MSG(test, party.nsops, waiting[i].count,
				    "number %d", i);
		KUNIT_EXPECT_EQ(test, party.pid, task_tgid_nr(current));
		KUNIT_EXPECT_EQ(test, party.tid, task_pid_nr(current));
	}
}

/* No more entries are written than there is room for. */
static void who_room(struct kunit *test)
{
	struct env *env = test->priv;
	int id = set_with_waiting(env);
	struct msgq_semwho arg;
	u32 room;

	for (room = 0; room <= ARRAY_SIZE(waiting); room++) {
		KUNIT_ASSERT_EQ(test, 0, clear_user(env->to, PAGE_SIZE));
		arg = who_of(env, id, room);
		KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
		KUNIT_EXPECT_EQ(test, arg.count, room);
		KUNIT_EXPECT_EQ(test, arg.waiting, ARRAY_SIZE(waiting));
		if (room)
			KUNIT_EXPECT_EQ(test, party_at(env, room - 1).what,
					MSGQ_SEMPARTY_WAITS);
		KUNIT_EXPECT_EQ(test, party_at(env, room).what, 0);
	}
}

/* A task with several operations is listed where it waits now. */
static void who_waits_elsewhere(struct kunit *test)
{
	static const struct sembuf ops[] = { { 0, -1, 0 }, { 1, -2, 0 } };
	struct env *env = test->priv;
	int id = new_set(env, 2);
	struct msgq_semwho arg = who_of(env, id, 5);
	struct sleeper *sleeper = start_sleeper(env, id, ops, 2, 0);
	unsigned long until;

	await_waiting(env, id, 1);
	KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, 1);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).semnum, 0);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).amount, -1);

	until = jiffies + msecs_to_jiffies(100);
	while (time_before(jiffies, until))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, 3), 0);
	arg = who_of(env, id, 5);
	KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, 1);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).semnum, 1);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).amount, -2);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).pid,
			pid_nr(sleeper->process->pid));
	KUNIT_EXPECT_EQ(test, party_at(env, 0).tid,
			task_pid_nr(sleeper->process->task));
	KUNIT_EXPECT_GE(test, party_at(env, 0).waited, 100 * NSEC_PER_MSEC);
	KUNIT_EXPECT_LE(test, party_at(env, 0).waited, 100 * NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 3);
}

/* It is so for one that no pass has looked at since. */
static void who_looks_again(struct kunit *test)
{
	static const struct sembuf ops[] = { { 0, 0, 0 }, { 1, 0, 0 } };
	struct env *env = test->priv;
	int id = new_set(env, 2);
	struct msgq_semwho arg = who_of(env, id, 5);

	KUNIT_EXPECT_EQ(test, set_value(env, id, 1, 1), 0);
	queue_call(env, set_at(env, id), new_call(env, ops, 2));
	KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, 1);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).semnum, 1);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, 0), 0);
	arg = who_of(env, id, 5);
	KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, 1);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).semnum, 0);
}

/* Processes whose end changes a value come first. */
static void who_undoes(struct kunit *test)
{
	static const struct sembuf ops[] = {
		{ 2, 3, SEM_UNDO }, { 1, 1, SEM_UNDO }, { 1, -1, SEM_UNDO },
		{ 0, 2, SEM_UNDO },
	};
	struct env *env = test->priv;
	int id = new_set(env, 3);
	struct msgq_semwho arg = who_of(env, id, 5);
	struct sleeper *sleeper, *waits;

	if (!svipc_notices_given)
		kunit_skip(test, "this kernel does not tell of exits");
	sleeper = start_sleeper(env, id, ops, ARRAY_SIZE(ops), 0);
	KUNIT_ASSERT_EQ(test, sleeper_ret(sleeper), 0);
	/* This one has a record with nothing in it. */
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 1, 0, SEM_UNDO), 0);
	waits = sleeper_waits(env, id, 1, -1);
	KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, 3);
	KUNIT_EXPECT_EQ(test, arg.undoing, 2);
	KUNIT_EXPECT_EQ(test, arg.waiting, 1);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).what, MSGQ_SEMPARTY_UNDOES);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).semnum, 0);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).amount, -2);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).nsops, 0);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).tid, 0);
	KUNIT_EXPECT_EQ(test, party_at(env, 1).semnum, 2);
	KUNIT_EXPECT_EQ(test, party_at(env, 1).amount, -3);
	KUNIT_EXPECT_EQ(test, party_at(env, 1).pid,
			pid_nr(sleeper->process->pid));
	KUNIT_EXPECT_EQ(test, party_at(env, 2).what, MSGQ_SEMPARTY_WAITS);
	KUNIT_EXPECT_EQ(test, party_at(env, 2).pid, pid_nr(waits->process->pid));

	arg = who_of(env, id, 1);
	KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, 1);
	KUNIT_EXPECT_EQ(test, arg.undoing, 2);
	end_sleeper(env, sleeper);
	arg = who_of(env, id, 5);
	KUNIT_ASSERT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, 1);
	KUNIT_EXPECT_EQ(test, arg.undoing, 1);
}

static void who_refused(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, 1);
	const struct cred *old;
	struct msgq_semwho arg;
	unsigned int i;
	const struct {
		struct msgq_semwho arg;
		long ret;
	} refused[] = {
		{ { .semid = id, .size = 32, .flags = 1 }, -EINVAL },
		{ { .semid = id, .size = 31 }, -EINVAL },
		{ { .semid = id, .size = PAGE_SIZE + 1 }, -EINVAL },
		{ { .semid = id, .size = 32, .count = MSGQ_WHO_MOST + 1 }, -EINVAL },
		{ { .semid = id + 1, .size = 32 }, -EINVAL },
		{ { .semid = -1, .size = 32 }, -EINVAL },
		{ { .semid = id, .size = 32 }, 0 },
		{ { .semid = id, .size = 40, .count = 1 }, 0 },
	};

	for (i = 0; i < ARRAY_SIZE(refused); i++) {
		arg = refused[i].arg;
		KUNIT_EXPECT_EQ_MSG(test, who(env, &arg), refused[i].ret,
				    "number %u", i);
	}
	/* Permission to read is not enough. */
	set_at(env, id)->ipc.mode = 0666;
	old = override_creds(env_user(env, 7, 7));
	arg = who_of(env, id, 1);
	KUNIT_EXPECT_EQ(test, who(env, &arg), -EPERM);
	revert_creds(old);

	queue_call(env, set_at(env, id), new_call(env, waiting[0].ops, 1));
	arg.parties = (unsigned long)env->read_only;
	KUNIT_EXPECT_EQ(test, who(env, &arg), -EFAULT);
	arg = who_of(env, id, 1);
	current->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, who(env, &arg), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, has_failed());
	KUNIT_EXPECT_EQ(test, who(env, &arg), 0);
	KUNIT_EXPECT_EQ(test, arg.count, 1);
}

static struct kunit_case sets_who_cases[] = {
	KUNIT_CASE(who_waits),
	KUNIT_CASE(who_room),
	KUNIT_CASE(who_waits_elsewhere),
	KUNIT_CASE(who_looks_again),
	KUNIT_CASE(who_undoes),
	KUNIT_CASE(who_refused),
	{ }
};

static struct kunit_suite sets_who_suite = {
	.name = "msgq_sets_who",
	.init = sets_init,
	.exit = sets_exit,
	.test_cases = sets_who_cases,
};

kunit_test_suite(sets_who_suite);
