// SPDX-License-Identifier: GPL-2.0-only
/*
 * The semaphore sets of an instance: made and freed; the model is described in
 * instance.h.
 *
 * Locks: none.
 */
#include <linux/err.h>
#include <linux/sem.h>
#include <linux/slab.h>

#include "instance.h"

/* The limits that instances begin with: those that the module was loaded with. */
struct semset_limits semset_initial_limits = {
	.semmsl = SEMMSL,
	.semmns = SEMMNS,
	.semopm = SEMOPM,
	.semmni = SEMMNI,
};

/**
 * semset_instance_new() - make the semaphore sets of an instance: none yet
 * @instance: the instance
 * @kind: the operations of semaphore sets
 *
 * Context: process context, may sleep.
 * Return: the tables of the sets, or an error pointer: -ENOMEM.
 */
struct svipc_ids *semset_instance_new(struct svipc_instance *instance,
				      const struct svipc_kind *kind)
{
	struct semset_instance *sets;
	int err;

	sets = kzalloc(sizeof(*sets), GFP_KERNEL_ACCOUNT);
	if (!sets)
		return ERR_PTR(-ENOMEM);

	sets->limits = semset_initial_limits;
	err = svipc_ids_init(&sets->ids, kind, instance, &sets->limits.semmni);
	if (err) {
		kfree(sets);
		return ERR_PTR(err);
	}
	return &sets->ids;
}

/**
 * semset_instance_free() - free the semaphore sets of an instance
 * @ids: their tables; no set exists
 *
 * Context: process context, may sleep.
 */
void semset_instance_free(struct svipc_ids *ids)
{
	svipc_ids_exit(ids);
	kfree(container_of(ids, struct semset_instance, ids));
}
