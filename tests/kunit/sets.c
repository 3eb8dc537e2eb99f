// SPDX-License-Identifier: MIT
/*
 * Common parts of the tests of semaphore sets; described in sets.h.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/kthread.h>
#include <linux/overflow.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include <msgq.h>

#include "ipc/exit_notice.h"
#include "sem/apply.h"
#include "device.h"
#include "sets.h"

/* Each sleeper has a part of the area for its argument and operations. */
#define PLACE_BYTES	(AREA_BYTES / 2 / SLEEPERS_MOST)

/* The limits as they were, the places in use, the memory of the test, its task. */
static struct semset_limits limits_before;
static unsigned int places;
static struct mm_struct *memory;
static struct task_struct *task;

struct semset_instance *sets_of_module(void)
{
	return semset_instance_in(&svipc_initial_instance);
}

int sets_init(struct kunit *test)
{
	struct semset_instance *sets = sets_of_module();
	int err;

	limits_before = sets->limits;
	places = 0;
	KUNIT_ASSERT_EQ(test, sets->ids.in_use, 0);
	KUNIT_ASSERT_EQ(test, sets->semaphores, 0);
	err = env_init(test);
	if (err)
		return err;

	/* Sets are removed when this task has ended, and wake it for a call. */
	task = get_task_struct(current);
	memory = current->mm;
	mmget(memory);
	return 0;
}

static void remove_sets(struct env *env)
{
	struct svipc_object *object;
	unsigned long index;

	kthread_use_mm(memory);
	xa_for_each(&sets_of_module()->ids.objects, index, object)
		KUNIT_EXPECT_EQ(env->test, remove_set(env, object->id), 0);
	kthread_unuse_mm(memory);
	mmput(memory);
	put_task_struct(task);
	memory = NULL;
}

void sets_exit(struct kunit *test)
{
	struct semset_instance *sets = sets_of_module();
	struct env *env = test->priv;

	if (memory)
		remove_sets(env);
	sets->limits = limits_before;
	KUNIT_EXPECT_EQ(test, sets->ids.in_use, 0);
	KUNIT_EXPECT_EQ(test, sets->semaphores, 0);
	env_exit(test);
}

/* The argument ends at a hole: an access behind it faults. */
static long command(struct env *env, unsigned int cmd, const void *arg)
{
	char __user *at = env->from + AREA_BYTES - _IOC_SIZE(cmd);

	KUNIT_ASSERT_EQ(env->test, 0, copy_to_user(at, arg, _IOC_SIZE(cmd)));
	return msgq_device_ioctl(NULL, cmd, (unsigned long)at);
}

long get_set(struct env *env, s32 key, int count, int flags)
{
	const struct msgq_semget arg = {
		.key = key,
		.nsems = count,
		.semflg = flags,
	};

	return command(env, MSGQ_IOC_SEMGET, &arg);
}

int new_set(struct env *env, int count)
{
	int id = get_set(env, IPC_PRIVATE, count, 0600);

	KUNIT_ASSERT_GE(env->test, id, 0);
	return id;
}

struct semset *set_at(struct env *env, int id)
{
	struct semset *set;

	rcu_read_lock();
	set = semset_of(svipc_ids_find(&sets_of_module()->ids, id));
	rcu_read_unlock();
	KUNIT_ASSERT_FALSE(env->test, IS_ERR(set));
	return set;
}

long semctl_of(struct env *env, int id, int number, int cmd, unsigned long arg)
{
	const struct msgq_semctl control = {
		.semid = id,
		.semnum = number,
		.cmd = cmd,
		.long_size = sizeof(s64),
		.arg = arg,
	};

	return command(env, MSGQ_IOC_SEMCTL, &control);
}

int remove_set(struct env *env, int id)
{
	return semctl_of(env, id, 0, IPC_RMID, 0);
}

int value_of(struct env *env, int id, int number)
{
	return semctl_of(env, id, number, GETVAL, 0);
}

int set_value(struct env *env, int id, int number, int value)
{
	return semctl_of(env, id, number, SETVAL, value);
}

int set_values(struct env *env, int id, const u16 *values)
{
	size_t size = set_at(env, id)->count * sizeof(*values);

	KUNIT_ASSERT_EQ(env->test, 0, copy_to_user(env->to, values, size));
	return semctl_of(env, id, 0, SETALL, (unsigned long)env->to);
}

long operate(struct env *env, int id, const struct sembuf *ops,
	     unsigned int count)
{
	size_t size = count * sizeof(*ops);
	char __user *at = env->to + AREA_BYTES - size;
	const struct timespec64 none = {};
	const struct msgq_semop arg = {
		.semid = id,
		.nsops = count,
		.sops = (unsigned long)at,
		.timeout = (unsigned long)env->to,
		.time_size = sizeof(s64),
	};

	KUNIT_ASSERT_EQ(env->test, 0, copy_to_user(env->to, &none, sizeof(none)));
	KUNIT_ASSERT_EQ(env->test, 0, copy_to_user(at, ops, size));
	return command(env, MSGQ_IOC_SEMOP, &arg);
}

long operate_one(struct env *env, int id, int number, int op, int flags)
{
	const struct sembuf one = { number, op, flags };

	return operate(env, id, &one, 1);
}

void make_call(struct call *call, const struct sembuf *ops, unsigned int count,
	       struct pid *pid)
{
	unsigned int i;

	memset(call, 0, sizeof(*call));
	for (i = 0; i < count; i++) {
		call->ops[i] = ops[i];
		call->waiter.alters |= ops[i].sem_op != 0;
	}
	call->waiter.ops = call->ops;
	call->waiter.links = call->links;
	call->waiter.count = count;
	call->waiter.pid = pid;
}

struct call *new_call(struct env *env, const struct sembuf *ops,
		      unsigned int count)
{
	struct call *call = kunit_kzalloc(env->test, sizeof(*call), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, call);
	make_call(call, ops, count, task_tgid(current));
	return call;
}

int apply(struct semset *set, struct call *call)
{
	int ret;

	spin_lock(&set->ipc.lock);
	ret = semset_apply(set, &call->waiter);
	spin_unlock(&set->ipc.lock);
	return ret;
}

void queue_call(struct env *env, struct semset *set, struct call *call)
{
	int ret;

	spin_lock(&set->ipc.lock);
	ret = semset_apply(set, &call->waiter);
	if (ret == SEMSET_BLOCKED)
		semset_wait_begin(set, &call->waiter);
	spin_unlock(&set->ipc.lock);
	KUNIT_ASSERT_EQ(env->test, ret, SEMSET_BLOCKED);
}

int give_up_call(struct semset *set, struct call *call)
{
	ktime_t deadline = 0;

	return semset_wait(set, &call->waiter, &deadline);
}

unsigned int waiting_for(struct semset *set, unsigned int number,
			 bool for_zero)
{
	unsigned int count;

	spin_lock(&set->ipc.lock);
	count = semset_count_waiting(set, number, for_zero);
	spin_unlock(&set->ipc.lock);
	return count;
}

struct pid *new_pid(struct env *env)
{
	struct pid *pid = kunit_kzalloc(env->test, struct_size(pid, numbers, 1),
					GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, pid);
	refcount_set(&pid->count, 1);
	return pid;
}

struct semset_undo *new_undo(struct env *env, struct semset *set,
			     struct pid *pid)
{
	struct semset_undo *undo;

	undo = kunit_kzalloc(env->test, struct_size(undo, adjust, set->count),
			     GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(env->test, undo);
	undo->set = set;
	undo->pid = pid;
	return undo;
}

/* Run by the process of a sleeper. */
static long sleep_in_call(struct env *env, void *data)
{
	struct sleeper *sleeper = data;
	char __user *place = sleeper->place;
	const struct timespec64 limit = ns_to_timespec64(sleeper->limit);
	const struct msgq_semop arg = {
		.semid = sleeper->id,
		.nsops = sleeper->count,
		.sops = (unsigned long)place + sizeof(arg) + sizeof(limit),
		.timeout = sleeper->limit ?
				   (unsigned long)place + sizeof(arg) : 0,
		.time_size = sleeper->limit ? sizeof(s64) : 0,
	};

	if (copy_to_user(place, &arg, sizeof(arg)) ||
	    copy_to_user(place + sizeof(arg), &limit, sizeof(limit)) ||
	    copy_to_user(place + sizeof(arg) + sizeof(limit), sleeper->ops,
			 sizeof(sleeper->ops)))
		return -EFAULT;
	return msgq_device_ioctl(NULL, MSGQ_IOC_SEMOP, (unsigned long)place);
}

static void end_process_of(void *data)
{
	end_process(data);
}

struct sleeper *start_sleeper(struct env *env, int id, const struct sembuf *ops,
			      unsigned int count, u64 limit)
{
	struct sleeper *sleeper = kunit_kzalloc(env->test, sizeof(*sleeper),
						GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(env->test, sleeper);
	KUNIT_ASSERT_LT(env->test, places, SLEEPERS_MOST);
	sleeper->place = env->from + places++ * PLACE_BYTES;
	sleeper->id = id;
	sleeper->count = count;
	sleeper->limit = limit;
	memcpy(sleeper->ops, ops, count * sizeof(*ops));
	sleeper->process = start_process(env, sleep_in_call, sleeper);
	KUNIT_ASSERT_EQ(env->test, 0,
			kunit_add_action_or_reset(env->test, end_process_of,
						  sleeper->process));
	return sleeper;
}

void await_waiting(struct env *env, int id, unsigned int waiting)
{
	struct semset *set = set_at(env, id);
	unsigned long end = jiffies + PATIENCE;

	while (READ_ONCE(set->waiting) != waiting && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_ASSERT_EQ(env->test, READ_ONCE(set->waiting), waiting);
}

struct sleeper *sleeper_waits(struct env *env, int id, int number, int op)
{
	const struct sembuf one = { number, op, 0 };
	unsigned int waiting = READ_ONCE(set_at(env, id)->waiting);
	struct sleeper *sleeper = start_sleeper(env, id, &one, 1, 0);

	await_waiting(env, id, waiting + 1);
	return sleeper;
}

long sleeper_ret(struct sleeper *sleeper)
{
	return process_ret(sleeper->process);
}

bool sleeps(struct sleeper *sleeper)
{
	return !completion_done(&sleeper->process->done);
}

void end_sleeper_quietly(struct env *env, struct sleeper *sleeper)
{
	kunit_release_action(env->test, end_process_of, sleeper->process);
}

void end_sleeper(struct env *env, struct sleeper *sleeper)
{
	end_sleeper_quietly(env, sleeper);
	svipc_notices_drain(NULL);
}
