// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that read and set the values of semaphores: semctl(2) with GETVAL,
 * SETVAL, GETALL, SETALL, GETPID, GETNCNT and GETZCNT; and the call that tells
 * how a set is used.
 *
 * Locks: the set's lock.  The memory of a program is touched without it.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "ipc/object.h"
#include "instance.h"
#include "match.h"
#include "set.h"
#include "undo.h"
#include "values.h"
#include "wait.h"

/* The values of larger sets need memory. */
#define FEW_VALUES	256

/* May the caller read or change the values, and are there any? */
static int check_access(struct semset *set, int flags)
{
	lockdep_assert_held(&set->ipc.lock);

	if (!svipc_permits(&set->ipc, flags))
		return -EACCES;
	return set->ipc.removed ? -EIDRM : 0;
}

static int read_one(struct semset *set, unsigned int number, int cmd)
{
	struct semset_sem *sem = semset_at(set, number);

	switch (cmd) {
	case GETVAL:
		return sem->value;
	case GETPID:
		return pid_vnr(sem->pid);
	default:
		return semset_count_waiting(set, number, cmd == GETZCNT);
	}
}

/**
 * semset_get_one() - read a value, or what else there is to a semaphore
 * @instance: the sets that the caller can use
 * @semid: the identifier
 * @number: the semaphore
 * @cmd: GETVAL, GETPID, GETNCNT or GETZCNT
 *
 * Context: process context, may sleep.
 * Return: the number asked for; -EINVAL for an unknown identifier or semaphore;
 * -EACCES; -EIDRM.
 */
int semset_get_one(struct semset_instance *instance, int semid, int number,
		   int cmd)
{
	struct semset *set = semset_undo_get(instance, semid);
	int ret;

	if (IS_ERR(set))
		return PTR_ERR(set);

	spin_lock(&set->ipc.lock);
	ret = check_access(set, 0444);
	if (ret != -EACCES && (number < 0 || number >= set->count))
		ret = -EINVAL;
	if (!ret)
		ret = read_one(set, number, cmd);
	spin_unlock(&set->ipc.lock);
	semset_put(set);
	return ret;
}

/**
 * semset_set_one() - set a value
 * @instance: the sets that the caller can use
 * @semid: the identifier
 * @number: the semaphore
 * @value: its value from now on
 *
 * What processes have left to be taken back at it is forgotten.
 *
 * Context: process context, may sleep.
 * Return: 0; -ERANGE; -EINVAL for an unknown identifier or semaphore; -EACCES;
 * -EIDRM.
 */
int semset_set_one(struct semset_instance *instance, int semid, int number,
		   int value)
{
	struct semset_pass pass;
	struct semset *set;
	int err;

	if (value < 0 || value > SEMVMX)
		return -ERANGE;
	set = semset_undo_get(instance, semid);
	if (IS_ERR(set))
		return PTR_ERR(set);

	spin_lock(&set->ipc.lock);
	semset_pass_begin(&pass, set);
	if (number < 0 || number >= set->count)
		err = -EINVAL;
	else
		err = check_access(set, 0222);
	if (!err) {
		semset_undo_forget(set, number);
		semset_at(set, number)->value = value;
		semset_note(semset_at(set, number), task_tgid(current));
		set->ctime = ktime_get_real_seconds();
		semset_changed(&pass, number);
		semset_pass_end(&pass);
	}
	spin_unlock(&set->ipc.lock);
	semset_wake(set, &pass.completed);
	semset_put(set);
	return err;
}

/**
 * semset_state() - tell how a set is used
 * @instance: the sets that the caller can use
 * @state: the identifier, and where to put the numbers
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier; -EACCES; -EIDRM.
 */
int semset_state(struct semset_instance *instance, struct msgq_semstate *state)
{
	struct semset *set = semset_undo_get(instance, state->semid);
	int err;

	if (IS_ERR(set))
		return PTR_ERR(set);

	spin_lock(&set->ipc.lock);
	err = check_access(set, 0444);
	if (!err) {
		state->nsems = set->count;
		state->operations = set->operations;
		state->waits = set->arrivals;
		state->waiting = set->waiting;
	}
	spin_unlock(&set->ipc.lock);
	semset_put(set);
	return err;
}

/* Memory for all values of a set. */
static u16 *alloc_values(const struct semset *set, u16 *few)
{
	if (set->count <= FEW_VALUES)
		return few;
	return kvmalloc_array(set->count, sizeof(u16), GFP_KERNEL);
}

static void free_values(u16 *values, const u16 *few)
{
	if (values != few)
		kvfree(values);
}

static int read_all(struct semset *set, u16 *values)
{
	const struct semset_sem *sem = set->sems;
	u16 *end = values + set->count;
	int err;

	spin_lock(&set->ipc.lock);
	err = check_access(set, 0444);
	if (!err)
		while (values < end)
			*values++ = sem++->value;
	spin_unlock(&set->ipc.lock);
	return err;
}

/**
 * semset_get_all() - read all values
 * @instance: the sets that the caller can use
 * @semid: the identifier
 * @to: where the program wants them
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier; -EACCES; -EIDRM; -ENOMEM;
 * -EFAULT.
 */
int semset_get_all(struct semset_instance *instance, int semid,
		   u16 __user *to)
{
	struct semset *set = semset_undo_get(instance, semid);
	u16 few[FEW_VALUES], *values;
	int err = -ENOMEM;

	if (IS_ERR(set))
		return PTR_ERR(set);

	values = alloc_values(set, few);
	if (values) {
		err = read_all(set, values);
		if (!err && copy_to_user(to, values, set->count * sizeof(u16)))
			err = -EFAULT;
		free_values(values, few);
	}
	semset_put(set);
	return err;
}

static void set_all(struct semset *set, const u16 *values)
{
	struct pid *pid = task_tgid(current);
	unsigned int i;

	lockdep_assert_held(&set->ipc.lock);

	for (i = 0; i < set->count; i++) {
		set->sems[i].value = values[i];
		semset_note(&set->sems[i], pid);
	}
	semset_undo_forget_all(set);
	set->ctime = ktime_get_real_seconds();
}

static int check_values(const u16 *values, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if (values[i] > SEMVMX)
			return -ERANGE;
	return 0;
}

/* Copy the values and set them, if the caller may, which is checked first. */
static int copy_and_set_all(struct semset *set, u16 *values,
			    const u16 __user *from)
{
	struct semset_pass pass;
	int err;

	if (copy_from_user(values, from, set->count * sizeof(u16)))
		return -EFAULT;
	err = check_values(values, set->count);
	if (err)
		return err;

	spin_lock(&set->ipc.lock);
	semset_pass_begin(&pass, set);
	err = check_access(set, 0222);
	if (!err) {
		set_all(set, values);
		semset_changed_all(&pass);
		semset_pass_end(&pass);
	}
	spin_unlock(&set->ipc.lock);
	semset_wake(set, &pass.completed);
	return err;
}

/**
 * semset_set_all() - set all values
 * @instance: the sets that the caller can use
 * @semid: the identifier
 * @from: where the program has them
 *
 * What processes have left to be taken back at the set is forgotten.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier; -EACCES; -ENOMEM; -EFAULT;
 * -ERANGE; -EIDRM.
 */
int semset_set_all(struct semset_instance *instance, int semid,
		   const u16 __user *from)
{
	struct semset *set = semset_undo_get(instance, semid);
	u16 few[FEW_VALUES], *values;
	int err;

	if (IS_ERR(set))
		return PTR_ERR(set);

	spin_lock(&set->ipc.lock);
	err = check_access(set, 0222);
	spin_unlock(&set->ipc.lock);
	if (err)
		goto put;

	err = -ENOMEM;
	values = alloc_values(set, few);
	if (values) {
		err = copy_and_set_all(set, values, from);
		free_values(values, few);
	}
put:
	semset_put(set);
	return err;
}
