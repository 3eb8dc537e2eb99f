// SPDX-License-Identifier: GPL-2.0-only
/*
 * One semaphore set: its memory; the model is described in set.h.
 *
 * Locks: none.  A set is freed after a grace period of RCU, so that a look-up
 * may still hold it while it goes.
 */
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include "ipc/payers.h"
#include "set.h"

/**
 * semset_alloc() - make a set that cannot be found yet
 * @instance: the sets among which it will be
 * @key: its key
 * @mode: nine permission bits
 * @count: how many semaphores, 1 or more; their values are 0
 *
 * Context: process context, may sleep.
 * Return: the set, owned by the caller's effective ids, with one reference; NULL
 * when there is no memory.
 */
struct semset *semset_alloc(struct semset_instance *instance, s32 key,
			    umode_t mode, unsigned int count)
{
	struct svipc_payers *payers;
	struct semset *set;
	size_t size = struct_size(set, sems, count);
	unsigned int i;

	/* The kernel warns of more. */
	if (size > INT_MAX)
		return NULL;

	payers = svipc_payers_of_caller(instance->ids.instance);
	if (!payers)
		return NULL;

	set = kvzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!set) {
		svipc_payers_free(payers);
		return NULL;
	}

	set->ipc.payers = payers;
	svipc_object_init(&set->ipc, &instance->ids, key, mode);
	svipc_instance_get(instance->ids.instance);
	set->count = count;
	set->ctime = ktime_get_real_seconds();
	for (i = 0; i < count; i++) {
		INIT_LIST_HEAD(&set->sems[i].zero);
		INIT_LIST_HEAD(&set->sems[i].arrays);
	}
	return set;
}

/**
 * semset_charge() - have the payers of a set pay for it
 * @set: the set, which nobody else can find yet
 *
 * Context: any.
 * Return: 0, or -ENOSPC.  What is charged is given back when the set is freed.
 */
int semset_charge(struct semset *set)
{
	struct svipc_payers *payers = set->ipc.payers;

	if (!svipc_payers_charge(payers, SVIPC_SETS, 1))
		return -ENOSPC;
	if (!svipc_payers_charge(payers, SVIPC_SEMAPHORES, set->count)) {
		svipc_payers_uncharge(payers, SVIPC_SETS, 1);
		return -ENOSPC;
	}
	set->charged = true;
	return 0;
}

static void free_semset(struct rcu_head *rcu)
{
	kvfree(container_of(rcu, struct semset, rcu));
}

/**
 * semset_put() - give back a reference
 * @set: the set; freed with its last reference
 *
 * Context: any but interrupts.
 */
void semset_put(struct semset *set)
{
	struct svipc_payers *payers = set->ipc.payers;
	unsigned int i;

	if (!refcount_dec_and_test(&set->ipc.refs))
		return;

	/* A waiter or a record left behind would use freed memory. */
	WARN_ON_ONCE(set->waiting || !RB_EMPTY_ROOT(&set->undos));
	for (i = 0; i < set->count; i++)
		put_pid(set->sems[i].pid);
	if (set->charged) {
		svipc_payers_uncharge(payers, SVIPC_SEMAPHORES, set->count);
		svipc_payers_uncharge(payers, SVIPC_SETS, 1);
	}
	svipc_payers_free(payers);
	svipc_instance_put(set->ipc.ids->instance);
	/* For this there is rcu_barrier(), and in 6.1 none for kvfree_rcu(). */
	call_rcu(&set->rcu, free_semset);
}
