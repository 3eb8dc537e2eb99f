// SPDX-License-Identifier: GPL-2.0-only
/*
 * The limits of semaphores, and the identifier of the next set.
 *
 * Locks: none.
 */
#include <linux/build_bug.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/stddef.h>

#include "ipc/ids.h"
#include "ipc/instance.h"
#include "instance.h"
#include "setting.h"

static_assert(offsetof(struct semset_instance, ids) == 0);

/* The settings of semaphores; the limits are one file, in the order of kernel.sem. */
const struct svipc_setting semset_settings[SEMSET_SETTINGS] = {
	{
		.name = "semmsl",
		.file = "sem",
		.kind = SVIPC_SEM,
		.offset = offsetof(struct semset_instance, limits.semmsl),
		.most = INT_MAX,
		.ceiling = &semset_initial_limits.semmsl,
	},
	{
		.name = "semmns",
		.kind = SVIPC_SEM,
		.offset = offsetof(struct semset_instance, limits.semmns),
		.most = INT_MAX,
		.ceiling = &semset_initial_limits.semmns,
	},
	{
		.name = "semopm",
		.kind = SVIPC_SEM,
		.offset = offsetof(struct semset_instance, limits.semopm),
		.most = INT_MAX,
		.ceiling = &semset_initial_limits.semopm,
	},
	{
		.name = "semmni",
		.kind = SVIPC_SEM,
		.offset = offsetof(struct semset_instance, limits.semmni),
		.most = SVIPC_MNI_MAX,
		.ceiling = &semset_initial_limits.semmni,
	},
	{
		.name = "sem_next_id",
		.file = "sem_next_id",
		.kind = SVIPC_SEM,
		.offset = offsetof(struct semset_instance, ids.next_id),
		.most = INT_MAX,
		.restores = true,
	},
};
