// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load and unload.
 *
 * Locks: none.  An open file of the device or of a queue, each queue and each
 * semaphore set hold the module, so that it is unloaded under none of them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/msg.h>
#include <linux/rcupdate.h>
#include <linux/sem.h>
#include <linux/workqueue.h>

#include "ipc/exit_notice.h"
#include "ipc/ids.h"
#include "ipc/instance.h"
#include "ipc/namespace.h"
#include "ipc/payers.h"
#include "ipc/sysctl.h"
#include "msg/control.h"
#include "msg/instance.h"
#include "msg/message.h"
#include "msg/proc.h"
#include "msg/queue.h"
#include "sem/control.h"
#include "sem/instance.h"
#include "sem/proc.h"
#include "device.h"
#include "mount.h"

static struct msgq_limits limits = {
	.msgmax = MSGMAX,
	.msgmnb = MSGMNB,
	.msgmni = MSGMNI,
	.msgtql = MSGQ_TQL_NONE,
};

module_param_named(msgmax, limits.msgmax, int, 0444);
MODULE_PARM_DESC(msgmax, "Most bytes of text in one message");
module_param_named(msgmnb, limits.msgmnb, int, 0444);
MODULE_PARM_DESC(msgmnb, "Most bytes of text on a new queue");
module_param_named(msgmni, limits.msgmni, int, 0444);
MODULE_PARM_DESC(msgmni, "Most queues, up to " __stringify(SVIPC_MNI_MAX));
module_param_named(msgtql, limits.msgtql, int, 0444);
MODULE_PARM_DESC(msgtql, "Most messages on all queues together");

module_param_named(semmsl, semset_initial_limits.semmsl, int, 0444);
MODULE_PARM_DESC(semmsl, "Most semaphores in one set");
module_param_named(semmns, semset_initial_limits.semmns, int, 0444);
MODULE_PARM_DESC(semmns, "Most semaphores in all sets together");
module_param_named(semopm, semset_initial_limits.semopm, int, 0444);
MODULE_PARM_DESC(semopm, "Most operations of one call on a set");
module_param_named(semmni, semset_initial_limits.semmni, int, 0444);
MODULE_PARM_DESC(semmni, "Most semaphore sets, up to " __stringify(SVIPC_MNI_MAX));

static bool clear;

module_param_named(init, clear, bool, 0444);
MODULE_PARM_DESC(init, "Clear the memory of each message before it is used");

static bool namespaces = true;

module_param(namespaces, bool, 0444);
MODULE_PARM_DESC(namespaces, "Separate the queues of IPC namespaces");

static bool userns_mount;

module_param(userns_mount, bool, 0444);
MODULE_PARM_DESC(userns_mount, "Root of any user namespace may mount msgqfs");

static const struct svipc_kind *const kinds[SVIPC_KINDS] = {
	[SVIPC_MSG] = &msgq_queue_kind,
	[SVIPC_SEM] = &semset_kind,
};

static int __init check_limit(const char *name, int value, int most)
{
	if (value >= 0 && value <= most)
		return 0;

	pr_err("%s=%d is not between 0 and %d\n", name, value, most);
	return -EINVAL;
}

static int __init check_limits(void)
{
	const struct semset_limits *sem = &semset_initial_limits;

	return check_limit("msgmax", limits.msgmax, INT_MAX)	   ?:
	       check_limit("msgmnb", limits.msgmnb, INT_MAX)	   ?:
	       check_limit("msgmni", limits.msgmni, SVIPC_MNI_MAX) ?:
	       check_limit("msgtql", limits.msgtql, INT_MAX)	   ?:
	       check_limit("semmsl", sem->semmsl, INT_MAX)	   ?:
	       check_limit("semmns", sem->semmns, INT_MAX)	   ?:
	       check_limit("semopm", sem->semopm, INT_MAX)	   ?:
	       check_limit("semmni", sem->semmni, SVIPC_MNI_MAX);
}

/* All but the files by which programs use it. */
static int __init init_objects(void)
{
	int err;

	err = msgq_msg_init(clear);
	if (err)
		return err;

	err = msgq_queue_init();
	if (err)
		goto exit_msg;

	err = svipc_notices_init();
	if (err)
		goto exit_queue;

	err = msgq_instance_init(&limits);
	if (err)
		goto exit_notices;

	err = svipc_instances_init(kinds);
	if (err)
		goto exit_instance;

	err = svipc_namespaces_init(namespaces);
	if (err)
		goto exit_instances;
	return 0;

exit_instances:
	svipc_instances_exit();
exit_instance:
	msgq_instance_exit();
exit_notices:
	svipc_notices_exit();
exit_queue:
	msgq_queue_exit();
exit_msg:
	msgq_msg_exit();
	return err;
}

static void exit_objects(void)
{
	svipc_namespaces_exit();
	/* A removed queue may still be held by what tries the waiting ones. */
	flush_workqueue(svipc_wq);
	svipc_users_exit();
	svipc_instances_exit();
	msgq_instance_exit();
	svipc_notices_exit();
	/* Queues, and what the table of keys outgrew, have a grace period. */
	rcu_barrier();
	msgq_queue_exit();
	msgq_msg_exit();
}

static int __init msgq_init(void)
{
	int err;

	err = check_limits() ?: init_objects();
	if (err)
		return err;

	err = svipc_sysctl_init();
	if (err)
		goto exit_objects;

	err = msgq_proc_init();
	if (err)
		goto exit_sysctl;

	err = semset_proc_init();
	if (err)
		goto exit_proc;

	err = msgq_device_init();
	if (err)
		goto exit_semset_proc;

	err = msgq_mount_init(userns_mount);
	if (err)
		goto exit_device;
	return 0;

exit_device:
	msgq_device_exit();
exit_semset_proc:
	semset_proc_exit();
exit_proc:
	msgq_proc_exit();
exit_sysctl:
	svipc_sysctl_exit();
exit_objects:
	exit_objects();
	return err;
}

static void __exit msgq_exit(void)
{
	msgq_mount_exit();
	msgq_device_exit();
	semset_proc_exit();
	msgq_proc_exit();
	svipc_sysctl_exit();
	exit_objects();
}

module_init(msgq_init);
module_exit(msgq_exit);

MODULE_DESCRIPTION("System V style message queues and semaphores as a character device");
MODULE_LICENSE("GPL");
MODULE_VERSION(MSGQ_VERSION);
