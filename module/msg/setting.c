// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits of queues, and the identifier of the next queue.
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
#include "deliver.h"
#include "instance.h"
#include "setting.h"

static_assert(offsetof(struct msgq_instance, ids) == 0);

/* A higher msgtql lets senders go on that wait for it. */
static void wake_quota_waiters(struct svipc_ids *ids)
{
	/* A sender either sees the new limit or is seen here. */
	smp_mb();
	msgq_quota_wake(container_of(ids, struct msgq_instance, ids));
}

/* The settings of queues. */
const struct svipc_setting msgq_settings[MSGQ_SETTINGS] = {
	{
		.name = "msgmax",
		.file = "msgmax",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, limits.msgmax),
		.most = INT_MAX,
		.ceiling = &msgq_initial_limits.msgmax,
	},
	{
		.name = "msgmnb",
		.file = "msgmnb",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, limits.msgmnb),
		.most = INT_MAX,
		.ceiling = &msgq_initial_limits.msgmnb,
	},
	{
		.name = "msgmni",
		.file = "msgmni",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, limits.msgmni),
		.most = SVIPC_MNI_MAX,
		.ceiling = &msgq_initial_limits.msgmni,
	},
	{
		.name = "msgtql",
		.file = "msgtql",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, limits.msgtql),
		.most = INT_MAX,
		.ceiling = &msgq_initial_limits.msgtql,
		.written = wake_quota_waiters,
	},
	{
		.name = "msg_next_id",
		.file = "msg_next_id",
		.kind = SVIPC_MSG,
		.offset = offsetof(struct msgq_instance, ids.next_id),
		.most = INT_MAX,
		.restores = true,
	},
};
