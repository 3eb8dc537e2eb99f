// SPDX-License-Identifier: MIT
/*
 * Sets by the commands: the limits, calls with few and many operations, and
 * what is told of a set.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/limits.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sem.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "device.h"
#include "sets.h"

/* The operations that a call has room for on its stack. */
#define FEW	8

/* The most operations of a call by default. */
#define MOST	500

static void sets_semmsl(struct kunit *test)
{
	struct env *env = test->priv;

	sets_of_module()->limits.semmsl = 10;
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, 11, 0600), -EINVAL);
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, INT_MAX, 0600), -EINVAL);
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, -1, 0600), -EINVAL);
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, 0, 0600), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_at(env, new_set(env, 10))->count, 10);
	KUNIT_EXPECT_EQ(test, set_at(env, new_set(env, 1))->count, 1);
	KUNIT_EXPECT_EQ(test, sets_of_module()->semaphores, 11);
}

/* A set is found by its key if it has as many semaphores as are asked for. */
static void sets_found(struct kunit *test)
{
	struct env *env = test->priv;
	int id = get_set(env, 7, 4, IPC_CREAT | 0600);

	KUNIT_ASSERT_GE(test, id, 0);
	KUNIT_EXPECT_EQ(test, get_set(env, 7, 4, 0600), id);
	KUNIT_EXPECT_EQ(test, get_set(env, 7, 0, 0600), id);
	KUNIT_EXPECT_EQ(test, get_set(env, 7, 1, IPC_CREAT | 0600), id);
	KUNIT_EXPECT_EQ(test, get_set(env, 7, 5, IPC_CREAT | 0600), -EINVAL);
	KUNIT_EXPECT_EQ(test, get_set(env, 7, 4, IPC_CREAT | IPC_EXCL), -EEXIST);
	KUNIT_EXPECT_EQ(test, get_set(env, 8, 4, 0600), -ENOENT);
	/* More than semmsl fails, even if the set has more. */
	sets_of_module()->limits.semmsl = 2;
	KUNIT_EXPECT_EQ(test, get_set(env, 7, 3, 0600), -EINVAL);
	KUNIT_EXPECT_EQ(test, get_set(env, 7, 2, 0600), id);
	KUNIT_EXPECT_EQ(test, sets_of_module()->ids.in_use, 1);
}

static void sets_semmns(struct kunit *test)
{
	struct semset_instance *sets = sets_of_module();
	struct env *env = test->priv;
	int id = new_set(env, 6);

	sets->limits.semmns = 10;
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, 5, 0600), -ENOSPC);
	KUNIT_EXPECT_EQ(test, get_set(env, 3, 11, IPC_CREAT), -ENOSPC);
	new_set(env, 4);
	KUNIT_EXPECT_EQ(test, sets->semaphores, 10);
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, 1, 0600), -ENOSPC);

	/* There are more than a lowered limit allows. */
	sets->limits.semmns = 5;
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, 1, 0600), -ENOSPC);
	KUNIT_EXPECT_EQ(test, remove_set(env, id), 0);
	KUNIT_EXPECT_EQ(test, sets->semaphores, 4);
	new_set(env, 1);
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, 1, 0600), -ENOSPC);
	KUNIT_EXPECT_EQ(test, sets->ids.in_use, 2);
}

static void sets_semmni(struct kunit *test)
{
	struct semset_instance *sets = sets_of_module();
	struct env *env = test->priv;
	int id = get_set(env, 7, 1, IPC_CREAT | 0600);

	sets->limits.semmni = 2;
	new_set(env, 1);
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, 1, 0600), -ENOSPC);
	KUNIT_EXPECT_EQ(test, sets->semaphores, 2);
	/* One that exists is found. */
	KUNIT_EXPECT_EQ(test, get_set(env, 7, 1, IPC_CREAT | 0600), id);
	KUNIT_EXPECT_EQ(test, remove_set(env, id), 0);
	KUNIT_EXPECT_EQ(test, remove_set(env, id), -EINVAL);
	new_set(env, 1);
	sets->limits.semmni = 0;
	KUNIT_EXPECT_EQ(test, get_set(env, IPC_PRIVATE, 1, 0600), -ENOSPC);
}

/* The operations of a call that gives each semaphore 1 more than the one before. */
static struct sembuf *many_ops(struct env *env)
{
	struct sembuf *ops = kunit_kcalloc(env->test, MOST + 1, sizeof(*ops),
					   GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(env->test, ops);
	for (i = 0; i <= MOST; i++)
		ops[i] = (struct sembuf){ i, i + 1, 0 };
	return ops;
}

/* Calls on both sides of what fits on the stack, up to the limit. */
static void sets_many_operations(struct kunit *test)
{
	static const unsigned int counts[] = { 1, 2, FEW, FEW + 1, MOST };
	struct env *env = test->priv;
	int id = new_set(env, MOST + 1);
	struct semset *set = set_at(env, id);
	struct sembuf *ops = many_ops(env);
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		unsigned int wrong = 0;

		KUNIT_EXPECT_EQ(test, operate(env, id, ops, counts[i]), 0);
		for (j = 0; j < set->count; j++) {
			wrong += set->sems[j].value !=
				 (j < counts[i] ? j + 1 : 0);
			set->sems[j].value = 0;
		}
		KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "%u operations", counts[i]);
		/* The last cannot go on. */
		ops[counts[i]].sem_op = -1;
		KUNIT_EXPECT_EQ(test, operate(env, id, ops, counts[i] + 1),
				counts[i] == MOST ? -E2BIG : -EAGAIN);
		ops[counts[i]].sem_op = counts[i] + 1;
		for (j = 0; j < set->count; j++)
			wrong += set->sems[j].value != 0;
		KUNIT_EXPECT_EQ_MSG(test, wrong, 0, "%u operations", counts[i]);
	}
	KUNIT_EXPECT_EQ(test, set->waiting, 0);
	KUNIT_EXPECT_EQ(test, set->operations, ARRAY_SIZE(counts));
}

/* Tasks wait with more operations than fit on the stack, and go on. */
static void sets_many_operations_wait(struct kunit *test)
{
	static const struct sembuf ops[] = {
		{ 0, -1, 0 }, { 1, 1, 0 }, { 2, 1, 0 }, { 1, 1, 0 },
		{ 2, 1, 0 }, { 1, 1, 0 }, { 2, 1, 0 }, { 1, 1, 0 },
		{ 0, -1, 0 }, { 2, 0, IPC_NOWAIT },
	};
	struct env *env = test->priv;
	int id = new_set(env, 3);
	struct sleeper *fails, *goes_on, *gives_up;

	gives_up = start_sleeper(env, id, ops, FEW + 1, NSEC_PER_MSEC);
	KUNIT_EXPECT_EQ(test, sleeper_ret(gives_up), -EAGAIN);
	fails = start_sleeper(env, id, ops, FEW + 2, 0);
	await_waiting(env, id, 1);
	goes_on = start_sleeper(env, id, ops, FEW + 1, 0);
	await_waiting(env, id, 2);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 0, GETNCNT, 0), 2);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, 1), 0);
	KUNIT_EXPECT_TRUE(test, sleeps(fails));
	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, 2), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(fails), -EAGAIN);
	KUNIT_EXPECT_EQ(test, sleeper_ret(goes_on), 0);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 0);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 1), 4);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 2), 3);
}

/* Only a call with many operations needs memory. */
static void sets_without_memory(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, MOST);
	struct sembuf *ops = many_ops(env);

	/* The areas are in memory afterwards. */
	KUNIT_ASSERT_EQ(test, operate(env, id, ops, FEW), 0);
	current->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, operate(env, id, ops, FEW), 0);
	KUNIT_EXPECT_FALSE(test, has_failed());
	current->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, operate(env, id, ops, FEW + 1), -ENOMEM);
	KUNIT_EXPECT_TRUE(test, has_failed());
	KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 2);
	KUNIT_EXPECT_EQ(test, value_of(env, id, FEW), 0);
}

/* Operate with operations at an address, and perhaps a time. */
static long operate_at(struct env *env, int id, const void __user *ops,
		       unsigned int count, const void __user *timeout)
{
	const struct msgq_semop arg = {
		.semid = id,
		.nsops = count,
		.sops = (unsigned long)ops,
		.timeout = (unsigned long)timeout,
		.time_size = timeout ? sizeof(s64) : 0,
	};

	KUNIT_ASSERT_EQ(env->test, 0,
			copy_to_user(env->from, &arg, sizeof(arg)));
	return msgq_device_ioctl(NULL, MSGQ_IOC_SEMOP, (unsigned long)env->from);
}

/* Operations, few and many, that end in a hole. */
static void sets_bad_address(struct kunit *test)
{
	static const unsigned int counts[] = { 1, 2, FEW, FEW + 1, 100 };
	const char __user *end;
	struct env *env = test->priv;
	int id = new_set(env, 1);
	unsigned int i;

	end = env->to + AREA_BYTES;
	KUNIT_ASSERT_EQ(test, 0, clear_user(env->to, AREA_BYTES));
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		size_t size = counts[i] * sizeof(struct sembuf);

		KUNIT_EXPECT_EQ(test, 0, operate_at(env, id, end - size,
						    counts[i], NULL));
		KUNIT_EXPECT_EQ(test, -EFAULT,
				operate_at(env, id, end - size + 1, counts[i],
					   NULL));
		KUNIT_EXPECT_EQ(test, -EFAULT,
				operate_at(env, id, end - size, counts[i],
					   end - 1));
	}
	KUNIT_EXPECT_EQ(test, set_at(env, id)->operations, ARRAY_SIZE(counts));
}

static void sets_bad_times(struct kunit *test)
{
	static const struct timespec64 times[] = {
		{ -1, 0 }, { 0, -1 }, { 0, NSEC_PER_SEC },
	};
	static const struct timespec64 longest = { S64_MAX, NSEC_PER_SEC - 1 };
	struct env *env = test->priv;
	int id = new_set(env, 1);
	char __user *at = env->to + PAGE_SIZE;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, clear_user(env->to, PAGE_SIZE));
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		KUNIT_ASSERT_EQ(test, 0, copy_to_user(at, &times[i],
						      sizeof(times[i])));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				operate_at(env, id, env->to, 1, at));
	}
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(at, &longest, sizeof(longest)));
	KUNIT_EXPECT_EQ(test, 0, operate_at(env, id, env->to, 1, at));
}

static void sets_refused(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, 2);
	const struct sembuf ops[] = { { 0, 1, 0 }, { 2, 0, 0 }, { 1, 1, 0 } };
	const struct cred *old;

	KUNIT_EXPECT_EQ(test, operate(env, id, ops, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, operate(env, id, ops, 3), -EFBIG);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, U16_MAX, 1, 0), -EFBIG);
	KUNIT_EXPECT_EQ(test, operate_one(env, id + 1, 0, 1, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, operate_one(env, -1, 0, 1, 0), -EINVAL);
	sets_of_module()->limits.semopm = 2;
	KUNIT_EXPECT_EQ(test, operate(env, id, ops, 3), -E2BIG);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 0);

	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, -1), -ERANGE);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, SEMVMX + 1), -ERANGE);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 2, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_value(env, id, -1, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 2), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_values(env, id, (u16[]){ 1, SEMVMX + 1 }),
			-ERANGE);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 0);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 1, SEMVMX), 0);

	/* Reading does not need more than the permission to read. */
	set_at(env, id)->ipc.mode = 0604;
	old = override_creds(env_user(env, 7, 7));
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, 0), -EACCES);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, 1), -EACCES);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 1), SEMVMX);
	KUNIT_EXPECT_EQ(test, remove_set(env, id), -EPERM);
	set_at(env, id)->ipc.mode = 0602;
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 0, 0), -EACCES);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 1), -EACCES);
	revert_creds(old);
}

static struct msgq_semstate state_of(struct env *env, int id)
{
	struct msgq_semstate state = { .semid = id };

	KUNIT_ASSERT_EQ(env->test, 0,
			copy_to_user(env->from, &state, sizeof(state)));
	KUNIT_EXPECT_EQ(env->test, 0,
			msgq_device_ioctl(NULL, MSGQ_IOC_SEMSTATE,
					  (unsigned long)env->from));
	KUNIT_ASSERT_EQ(env->test, 0,
			copy_from_user(&state, env->from, sizeof(state)));
	return state;
}

static void expect_state(struct env *env, int id, u64 operations, u64 waits,
			 u32 waiting)
{
	struct msgq_semstate state = state_of(env, id);

	KUNIT_EXPECT_EQ(env->test, state.semid, id);
	KUNIT_EXPECT_EQ(env->test, state.nsems, 3);
	KUNIT_EXPECT_EQ(env->test, state.operations, operations);
	KUNIT_EXPECT_EQ(env->test, state.waits, waits);
	KUNIT_EXPECT_EQ(env->test, state.waiting, waiting);
	KUNIT_EXPECT_EQ(env->test, state.reserved, 0);
}

/* Calls that succeeded, that had to wait, and that wait. */
static void sets_state(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, 3);
	struct sleeper *sleeper;

	expect_state(env, id, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 1, 5, 0), 0);
	expect_state(env, id, 2, 0, 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, -1, IPC_NOWAIT), -EAGAIN);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 1, SEMVMX, 0), -ERANGE);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 2, 1), 0);
	expect_state(env, id, 2, 0, 0);
	/* Its time is over at once. */
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, -1, 0), -EAGAIN);
	expect_state(env, id, 2, 1, 0);

	sleeper = sleeper_waits(env, id, 0, -1);
	expect_state(env, id, 2, 2, 1);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleeper), 0);
	expect_state(env, id, 4, 2, 0);
}

static void sets_state_refused(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, 3);
	struct msgq_semstate state = { .semid = id + 1 };
	unsigned long at = (unsigned long)env->from;
	const struct cred *old;

	KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->from, &state, sizeof(state)));
	KUNIT_EXPECT_EQ(test, -EINVAL, msgq_device_ioctl(NULL, MSGQ_IOC_SEMSTATE, at));
	state.semid = -1;
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->from, &state, sizeof(state)));
	KUNIT_EXPECT_EQ(test, -EINVAL, msgq_device_ioctl(NULL, MSGQ_IOC_SEMSTATE, at));
	state.semid = id;
	state.reserved = 1;
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->from, &state, sizeof(state)));
	KUNIT_EXPECT_EQ(test, -EINVAL, msgq_device_ioctl(NULL, MSGQ_IOC_SEMSTATE, at));
	state.reserved = 0;
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->from, &state, sizeof(state)));
	set_at(env, id)->ipc.mode = 0602;
	old = override_creds(env_user(env, 7, 7));
	KUNIT_EXPECT_EQ(test, -EACCES, msgq_device_ioctl(NULL, MSGQ_IOC_SEMSTATE, at));
	revert_creds(old);
	KUNIT_EXPECT_EQ(test, 0, msgq_device_ioctl(NULL, MSGQ_IOC_SEMSTATE, at));
}

/* Each command drops its reference to the set. */
static void sets_references(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_set(env, 3);
	struct semset *set = set_at(env, id);
	unsigned int before = refcount_read(&set->ipc.refs);
	struct sleeper *sleeper;

	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 0, 0), -EAGAIN);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 0, 0, IPC_NOWAIT), -EAGAIN);
	KUNIT_EXPECT_EQ(test, operate_one(env, id, 3, 0, 0), -EFBIG);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 0), 1);
	KUNIT_EXPECT_EQ(test, value_of(env, id, 3), -EINVAL);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, 2), 0);
	KUNIT_EXPECT_EQ(test, set_values(env, id, (u16[]){ 1, 2, 3 }), 0);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 0, GETALL,
					(unsigned long)env->to), 0);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 0, GETALL, 0), -EFAULT);
	KUNIT_EXPECT_EQ(test, semctl_of(env, id, 0, SETALL, 0), -EFAULT);
	state_of(env, id);
	KUNIT_EXPECT_EQ(test, refcount_read(&set->ipc.refs), before);

	sleeper = sleeper_waits(env, id, 0, -5);
	KUNIT_EXPECT_EQ(test, refcount_read(&set->ipc.refs), before + 1);
	KUNIT_EXPECT_EQ(test, set_value(env, id, 0, 5), 0);
	KUNIT_EXPECT_EQ(test, sleeper_ret(sleeper), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&set->ipc.refs), before);
}

/* More values than fit on the stack. */
static void sets_all_values(struct kunit *test)
{
	static const int counts[] = { 1, 256, 257, 2000 };
	struct env *env = test->priv;
	u16 *values, *read;
	unsigned int i, j;

	values = kunit_kcalloc(test, 2000, sizeof(*values), GFP_KERNEL);
	read = kunit_kcalloc(test, 2000, sizeof(*read), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, values);
	KUNIT_ASSERT_NOT_NULL(test, read);
	for (i = 0; i < ARRAY_SIZE(counts); i++) {
		size_t size = counts[i] * sizeof(*values);
		int id = new_set(env, counts[i]);

		for (j = 0; j < counts[i]; j++)
			values[j] = j * 16 + i;
		KUNIT_EXPECT_EQ(test, set_values(env, id, values), 0);
		KUNIT_ASSERT_EQ(test, 0, clear_user(env->to, AREA_BYTES));
		KUNIT_EXPECT_EQ(test, 0,
				semctl_of(env, id, 0, GETALL,
					  (unsigned long)env->to +
						  AREA_BYTES - size));
		KUNIT_ASSERT_EQ(test, 0,
				copy_from_user(read, env->to + AREA_BYTES - size,
					       size));
		KUNIT_EXPECT_MEMEQ(test, read, values, size);
		KUNIT_EXPECT_EQ(test, value_of(env, id, counts[i] - 1),
				values[counts[i] - 1]);
	}
}

static struct kunit_case sets_cases[] = {
	KUNIT_CASE(sets_semmsl),
	KUNIT_CASE(sets_found),
	KUNIT_CASE(sets_semmns),
	KUNIT_CASE(sets_semmni),
	KUNIT_CASE(sets_many_operations),
	KUNIT_CASE(sets_many_operations_wait),
	KUNIT_CASE(sets_without_memory),
	KUNIT_CASE(sets_bad_address),
	KUNIT_CASE(sets_bad_times),
	KUNIT_CASE(sets_refused),
	KUNIT_CASE(sets_state),
	KUNIT_CASE(sets_state_refused),
	KUNIT_CASE(sets_references),
	KUNIT_CASE(sets_all_values),
	{ }
};

static struct kunit_suite sets_suite = {
	.name = "msgq_sets",
	.init = sets_init,
	.exit = sets_exit,
	.test_cases = sets_cases,
};

kunit_test_suite(sets_suite);
