// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits of queues under /proc/sys/msgq, and the identifier of the next
 * queue.
 *
 * Locks: none.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/stddef.h>

#include <asm/barrier.h>

#include "ipc/ids.h"
#include "ipc/instance.h"
#include "ipc/sysctl.h"
#include "deliver.h"
#include "instance.h"
#include "sysctl.h"

static_assert(offsetof(struct msgq_instance, ids) == 0);

/* A higher msgtql lets senders go on that wait for it. */
static void wake_quota_waiters(struct svipc_ids *ids)
{
	/* A sender either sees the new limit or is seen here. */
	smp_mb();
	msgq_quota_wake(container_of(ids, struct msgq_instance, ids));
}

static const struct svipc_setting queue_settings[] = {
	{
		.name = "msgmax",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, limits.msgmax),
		.most = INT_MAX,
		.ceiling = &msgq_initial_limits.msgmax,
	},
	{
		.name = "msgmnb",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, limits.msgmnb),
		.most = INT_MAX,
		.ceiling = &msgq_initial_limits.msgmnb,
	},
	{
		.name = "msgmni",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, limits.msgmni),
		.most = SVIPC_MNI_MAX,
		.ceiling = &msgq_initial_limits.msgmni,
	},
	{
		.name = "msgtql",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, limits.msgtql),
		.most = INT_MAX,
		.ceiling = &msgq_initial_limits.msgtql,
		.written = wake_quota_waiters,
	},
	{
		.name = "msg_next_id",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, ids.next_id),
		.most = INT_MAX,
		.restores = true,
	},
};

static struct svipc_settings settings;

/**
 * msgq_sysctl_init() - make the files of the limits
 *
 * Context: while the module is loaded, after msgq_instance_init().
 * Return: 0, or -ENOMEM.
 */
int msgq_sysctl_init(void)
{
	return svipc_settings_register(&settings, queue_settings,
				       ARRAY_SIZE(queue_settings));
}

/**
 * msgq_sysctl_exit() - remove the files of the limits
 *
 * Context: while the module is unloaded, before msgq_instance_exit().
 */
void msgq_sysctl_exit(void)
{
	svipc_settings_unregister(&settings);
}
