// SPDX-License-Identifier: GPL-2.0-only
/*
 * The device: its commands, by the kind of object that they are for.
 *
 * A command belongs to a kind by its number, and the kind itself knows its
 * commands.  The others are about the module as a whole.
 *
 * Locks: none.  An open file of the device holds the module.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/stddef.h>

#include <msgq.h>

#include "ipc/exit_notice.h"
#include "ipc/namespace.h"
#include "msg/instance.h"
#include "msg/ioctl.h"
#include "sem/instance.h"
#include "sem/ioctl.h"
#include "util/argument.h"
#include "device.h"
#include "instances.h"
#include "quotas.h"

static_assert(sizeof(struct msgq_counts) == 48);
static_assert(sizeof(struct msgq_info) == 64);

/* The first version of the struct had so many bytes. */
#define INFO_FIRST_SIZE offsetof(struct msgq_info, counts)

static_assert(INFO_FIRST_SIZE == 16);

/* These are not inlined, so that the way to a queue saves no registers for them. */
static noinline long ioctl_info(struct msgq_instance *instance,
				unsigned int cmd, void __user *argp)
{
	struct msgq_info info = {
		.version = MSGQ_INTERFACE_VERSION,
		.features =
			MSGQ_FEATURE_TYPE_INDEX | MSGQ_FEATURE_OPEN |
			MSGQ_FEATURE_BATCH | MSGQ_FEATURE_CLAIM |
			MSGQ_FEATURE_COUNTS | MSGQ_FEATURE_WHO |
			MSGQ_FEATURE_INSTANCES | MSGQ_FEATURE_QUOTA |
			MSGQ_FEATURE_MOUNT | MSGQ_FEATURE_SEM |
			MSGQ_FEATURE_SEM_WHO |
			(svipc_notices_given ? MSGQ_FEATURE_CLAIM_PROCESS |
					       MSGQ_FEATURE_SEM_UNDO : 0) |
			(svipc_namespaces_given ? MSGQ_FEATURE_NAMESPACES : 0),
	};
	size_t size = _IOC_SIZE(cmd);

	if (size < INFO_FIRST_SIZE)
		return -EINVAL;
	if (size > INFO_FIRST_SIZE)
		msgq_instance_counts(instance, &info.counts);
	return msgq_copy_result(argp, size, &info, sizeof(info));
}

static noinline long ioctl_of_module(struct svipc_instance *instance,
				     unsigned int cmd, void __user *argp)
{
	switch (cmd & ~IOCSIZE_MASK) {
	case MSGQ_IOC_INFO & ~IOCSIZE_MASK:
		return ioctl_info(msgq_instance_in(instance), cmd, argp);
	case MSGQ_IOC_INSTANCES & ~IOCSIZE_MASK:
		return msgq_list_instances(cmd, argp);
	case MSGQ_IOC_QUOTA & ~IOCSIZE_MASK:
		return msgq_quota(instance, cmd, argp);
	case MSGQ_IOC_QUOTAS & ~IOCSIZE_MASK:
		return msgq_list_quotas(cmd, argp);
	default:
		return -ENOTTY;
	}
}

static __always_inline long ioctl_in(struct svipc_instance *instance,
				     unsigned int cmd, unsigned long arg)
{
	switch (_IOC_NR(cmd)) {
	case 0x01 ... 0x0f:
		return msgq_ioctl(msgq_instance_in(instance), cmd, arg);
	case 0x10 ... 0x1f:
		return semset_ioctl(semset_instance_in(instance), cmd, arg);
	default:
		return ioctl_of_module(instance, cmd, (void __user *)arg);
	}
}

/**
 * msgq_device_ioctl_in() - carry out a command of the device in an instance
 * @instance: the instance, which stays as long as the call
 * @cmd: the command
 * @arg: address of its argument
 *
 * Context: process context, may sleep.
 * Return: as msgq_device_ioctl(), but for errors of finding the instance.
 */
noinline long msgq_device_ioctl_in(struct svipc_instance *instance,
				   unsigned int cmd, unsigned long arg)
{
	return ioctl_in(instance, cmd, arg);
}

/* The caller is not in the initial namespace, unless it has none. */
static noinline long ioctl_elsewhere(unsigned int cmd, unsigned long arg)
{
	struct svipc_instance *instance = svipc_instance_of_namespace();

	if (IS_ERR(instance))
		return PTR_ERR(instance);
	return ioctl_in(instance, cmd, arg);
}

/**
 * msgq_device_ioctl() - carry out a command of the device
 * @file: the device, opened
 * @cmd: the command
 * @arg: address of its argument
 *
 * Context: process context, may sleep.
 * Return: the result of the command; -ENOTTY for an unknown command; -EFAULT
 * when the argument cannot be read; -EINVAL when it is too short, or asks for
 * something that this module does not know; what svipc_instance_of_caller()
 * returns.
 */
long msgq_device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (likely(svipc_uses_initial_instance()))
		return ioctl_in(&svipc_initial_instance, cmd, arg);
	return ioctl_elsewhere(cmd, arg);
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.unlocked_ioctl = msgq_device_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice msgq_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = MSGQ_DEVICE_NAME,
	.fops = &device_fops,
	.mode = 0666,
};

/**
 * msgq_device_init() - make the device
 *
 * Context: while the module is loaded, when all else is ready.
 * Return: 0, or an errno.
 */
int msgq_device_init(void)
{
	return misc_register(&msgq_device);
}

/**
 * msgq_device_exit() - remove the device
 *
 * Context: while the module is unloaded; no file of it is open.
 */
void msgq_device_exit(void)
{
	misc_deregister(&msgq_device);
}
