// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command that lists all instances, for the administrator of the machine.
 *
 * Locks: the lock of the tables of an instance to add it up.  The instances
 * that are listed are kept by references.
 */
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "ipc/instance.h"
#include "ipc/namespace.h"
#include "msg/instance.h"
#include "sem/instance.h"
#include "util/argument.h"
#include "instances.h"

static_assert(sizeof(struct msgq_instances) == 24);

/* The first version of struct msgq_holding was so long: a program's is no less. */
#define HOLDING_FIRST_SIZE 40

static_assert(offsetof(struct msgq_holding, sets) == HOLDING_FIRST_SIZE);

static void describe_instance(struct svipc_instance *instance,
			      struct msgq_holding *holding)
{
	struct semset_instance *sets = semset_instance_in(instance);
	struct msgq_instance *queues = msgq_instance_in(instance);

	holding->id = instance->id;
	holding->flags = instance->mounted ? MSGQ_HOLDING_MOUNT : 0;
	mutex_lock(&queues->ids.lock);
	holding->queues = queues->ids.in_use;
	holding->messages = atomic_long_read(&queues->messages);
	holding->bytes = msgq_instance_bytes(queues);
	mutex_unlock(&queues->ids.lock);

	mutex_lock(&sets->ids.lock);
	holding->sets = sets->ids.in_use;
	holding->semaphores = sets->semaphores;
	mutex_unlock(&sets->ids.lock);
}

static int copy_holding(struct svipc_instance *instance, void __user *to,
			u32 size)
{
	struct msgq_holding holding = {};

	describe_instance(instance, &holding);
	return msgq_copy_result(to, size, &holding, sizeof(holding));
}

/* Copy the descriptions of the first, and give back the references to all. */
static int copy_holdings(struct svipc_instance **instances,
			 const struct msgq_instances *arg)
{
	void __user *to = u64_to_user_ptr(arg->holdings);
	int err = 0;
	u32 i;

	for (i = 0; i < arg->total; i++) {
		if (!err && i < arg->count)
			err = copy_holding(instances[i],
					   to + (size_t)i * arg->size,
					   arg->size);
		svipc_instance_put(instances[i]);
		cond_resched();
	}
	return err;
}

/**
 * msgq_list_instances() - list all instances
 * @cmd: the command
 * @argp: address of its argument
 *
 * The instances of namespaces that are gone are ended by the way.
 *
 * Context: process context, may sleep.
 * Return: 0; -EPERM; -EINVAL for an argument that makes no sense; -ENOMEM;
 * -EFAULT.
 */
long msgq_list_instances(unsigned int cmd, void __user *argp)
{
	struct svipc_instance **instances;
	struct msgq_instances arg;
	long ret;

	ret = msgq_copy_any_argument(&arg, sizeof(arg), sizeof(arg), cmd, argp);
	if (ret)
		return ret;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if (arg.flags || arg.count > MSGQ_INSTANCES_MOST ||
	    arg.size < HOLDING_FIRST_SIZE || arg.size > PAGE_SIZE)
		return -EINVAL;

	svipc_namespaces_sweep();
	instances = svipc_instances_collect(&arg.total);
	if (!instances)
		return -ENOMEM;

	arg.count = min(arg.count, arg.total);
	ret = copy_holdings(instances, &arg);
	kvfree(instances);
	if (!ret && copy_to_user(argp, &arg, sizeof(arg)))
		ret = -EFAULT;
	return ret;
}
