// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands for semaphore sets: copy in, call, copy out.  The rules for
 * arguments are described in util/argument.h.
 *
 * Locks: none.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/ipc.h>
#include <linux/kernel.h>
#include <linux/sem.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "util/argument.h"
#include "control.h"
#include "instance.h"
#include "ioctl.h"
#include "layout.h"
#include "operate.h"
#include "values.h"
#include "who.h"

static_assert(sizeof(struct msgq_semget) == 16);
static_assert(sizeof(struct msgq_semop) == 32);
static_assert(sizeof(struct msgq_semctl) == 24);
static_assert(sizeof(struct msgq_semstate) == 32);
static_assert(sizeof(struct msgq_semwho) == 32);

static bool is_size_of_long(u32 size)
{
	return size == sizeof(s32) || size == sizeof(s64);
}

static long ioctl_semget(struct semset_instance *instance, unsigned int cmd,
			 const void __user *argp)
{
	struct msgq_semget arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;
	if (arg.reserved)
		return -EINVAL;

	return semset_get(instance, arg.key, arg.nsems, arg.semflg);
}

static long ioctl_semop(struct semset_instance *instance, unsigned int cmd,
			const void __user *argp)
{
	struct msgq_semop arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;
	if (arg.reserved || (arg.timeout ? !is_size_of_long(arg.time_size) :
					   arg.time_size))
		return -EINVAL;

	return semset_operate(instance, &arg);
}

static long semctl_totals(struct semset_instance *instance, int cmd,
			  void __user *buf)
{
	struct seminfo info;
	int highest = semset_totals(instance, cmd, &info);

	return copy_to_user(buf, &info, sizeof(info)) ? -EFAULT : highest;
}

static long semctl_stat(struct semset_instance *instance,
			const struct msgq_semctl *arg, void __user *buf)
{
	struct semset_ds ds;
	int ret = semset_stat(instance, arg->semid, arg->cmd, &ds);

	if (ret < 0)
		return ret;
	return semset_ds_to_user(buf, &ds, arg->long_size) ?: ret;
}

static long semctl_set(struct semset_instance *instance,
		       const struct msgq_semctl *arg, void __user *buf)
{
	struct semset_ds ds;
	int err = semset_ds_from_user(&ds, buf, arg->long_size);

	return err ?: semset_set(instance, arg->semid, &ds);
}

static long semctl(struct semset_instance *instance,
		   const struct msgq_semctl *arg)
{
	void __user *buf = u64_to_user_ptr(arg->arg);

	switch (arg->cmd) {
	case IPC_INFO:
	case SEM_INFO:
		return semctl_totals(instance, arg->cmd, buf);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		return semctl_stat(instance, arg, buf);
	case IPC_SET:
		return semctl_set(instance, arg, buf);
	case IPC_RMID:
		return semset_remove(instance, arg->semid);
	case GETVAL:
	case GETPID:
	case GETNCNT:
	case GETZCNT:
		return semset_get_one(instance, arg->semid, arg->semnum,
				      arg->cmd);
	case SETVAL:
		return semset_set_one(instance, arg->semid, arg->semnum,
				      arg->arg);
	case GETALL:
		return semset_get_all(instance, arg->semid, buf);
	case SETALL:
		return semset_set_all(instance, arg->semid, buf);
	default:
		return -EINVAL;
	}
}

static long ioctl_semctl(struct semset_instance *instance, unsigned int cmd,
			 const void __user *argp)
{
	struct msgq_semctl arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;
	if (!is_size_of_long(arg.long_size) || arg.semid < 0)
		return -EINVAL;

	return semctl(instance, &arg);
}

static long ioctl_semstate(struct semset_instance *instance, unsigned int cmd,
			   void __user *argp)
{
	struct msgq_semstate arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;
	if (arg.semid < 0 || arg.reserved)
		return -EINVAL;

	err = semset_state(instance, &arg);
	if (!err && copy_to_user(argp, &arg, sizeof(arg)))
		err = -EFAULT;
	return err;
}

static long ioctl_semwho(struct semset_instance *instance, unsigned int cmd,
			 void __user *argp)
{
	struct msgq_semwho arg;
	long ret;

	ret = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (ret)
		return ret;

	ret = semset_who(instance, &arg);
	if (!ret && copy_to_user(argp, &arg, sizeof(arg)))
		ret = -EFAULT;
	return ret;
}

/**
 * semset_ioctl() - carry out a command of the device that is for semaphore sets
 * @instance: the sets that the caller can use
 * @cmd: the command
 * @arg: address of its argument
 *
 * Context: process context, may sleep.
 * Return: as msgq_device_ioctl().
 */
long semset_ioctl(struct semset_instance *instance, unsigned int cmd,
		  unsigned long arg)
{
	void __user *argp = (void __user *)arg;

	switch (cmd & ~IOCSIZE_MASK) {
	case MSGQ_IOC_SEMOP & ~IOCSIZE_MASK:
		return ioctl_semop(instance, cmd, argp);
	case MSGQ_IOC_SEMCTL & ~IOCSIZE_MASK:
		return ioctl_semctl(instance, cmd, argp);
	case MSGQ_IOC_SEMGET & ~IOCSIZE_MASK:
		return ioctl_semget(instance, cmd, argp);
	case MSGQ_IOC_SEMSTATE & ~IOCSIZE_MASK:
		return ioctl_semstate(instance, cmd, argp);
	case MSGQ_IOC_SEMWHO & ~IOCSIZE_MASK:
		return ioctl_semwho(instance, cmd, argp);
	default:
		return -ENOTTY;
	}
}
