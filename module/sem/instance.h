/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The semaphore sets of one instance: their tables and limits.
 *
 * A struct semset_instance is the part of a struct svipc_instance that is about
 * semaphore sets, and is found by the kind SVIPC_SEM of it.
 */
#ifndef SEMSET_INSTANCE_H
#define SEMSET_INSTANCE_H

#include <linux/kernel.h>

#include "ipc/ids.h"
#include "ipc/instance.h"

/**
 * struct semset_limits - the limits of the semaphores of an instance; all 0 to
 * INT_MAX
 * @semmsl: semaphores in one set
 * @semmns: semaphores in all sets together
 * @semopm: operations of one call
 * @semmni: sets, at most SVIPC_MNI_MAX
 */
struct semset_limits {
	int semmsl;
	int semmns;
	int semopm;
	int semmni;
};

/**
 * struct semset_instance - the semaphore sets of one instance
 * @ids: their identifiers and keys
 * @limits: the limits; written at any time, read with READ_ONCE()
 * @semaphores: semaphores in all sets; protected by the lock of @ids
 */
struct semset_instance {
	struct svipc_ids ids;
	struct semset_limits limits;
	unsigned int semaphores;
};

/**
 * semset_instance_in() - the semaphore sets of an instance
 * @instance: the instance
 *
 * Context: any.
 * Return: its semaphore sets.
 */
static inline struct semset_instance *
semset_instance_in(const struct svipc_instance *instance)
{
	return container_of(instance->kinds[SVIPC_SEM], struct semset_instance,
			    ids);
}

extern struct semset_limits semset_initial_limits;

struct svipc_ids *semset_instance_new(struct svipc_instance *instance,
				      const struct svipc_kind *kind);
void semset_instance_free(struct svipc_ids *ids);

#endif /* SEMSET_INSTANCE_H */
