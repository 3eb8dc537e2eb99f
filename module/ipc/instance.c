// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances: made, ended and freed; the model is described in instance.h.
 *
 * Locks: none.  The tables of an instance are set before others can find it, and
 * stay until its last reference is gone.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "ids.h"
#include "instance.h"

/* The instance of the initial IPC namespace. */
struct svipc_instance svipc_initial_instance;

/* Ends and frees instances. */
struct workqueue_struct *svipc_instances_wq;

/* By svipc_kind_number. */
static const struct svipc_kind *const *kinds;

static void free_tables(struct svipc_instance *instance)
{
	unsigned int i;

	for (i = 0; i < SVIPC_KINDS; i++)
		if (instance->kinds[i])
			kinds[i]->free_tables(instance->kinds[i]);
}

static void free_instance(struct work_struct *work)
{
	struct svipc_instance *instance =
		container_of(to_rcu_work(work), struct svipc_instance,
			     free_work);

	free_tables(instance);
	put_user_ns(instance->user_ns);
	instance->free(instance);
}

/**
 * svipc_instance_init() - set up an instance
 * @instance: the instance, cleared
 * @user_ns: where a caller needs its capabilities
 * @free: frees it
 *
 * Context: process context, may sleep.
 * Return: 0, and the caller has the one reference; -ENOMEM.
 */
int svipc_instance_init(struct svipc_instance *instance,
			struct user_namespace *user_ns,
			void (*free)(struct svipc_instance *instance))
{
	struct svipc_ids *ids;
	unsigned int i;

	for (i = 0; i < SVIPC_KINDS; i++) {
		ids = kinds[i]->new_tables(instance);
		if (IS_ERR(ids)) {
			free_tables(instance);
			return PTR_ERR(ids);
		}
		instance->kinds[i] = ids;
	}
	instance->user_ns = get_user_ns(user_ns);
	instance->free = free;
	refcount_set(&instance->refs, 1);
	INIT_RCU_WORK(&instance->free_work, free_instance);
	return 0;
}

/**
 * svipc_instance_end() - remove all objects, and let none be made any more
 * @instance: the instance
 *
 * Context: process context, may sleep.
 */
void svipc_instance_end(struct svipc_instance *instance)
{
	unsigned int i;

	for (i = 0; i < SVIPC_KINDS; i++)
		svipc_ids_end(instance->kinds[i]);
}

/**
 * svipc_instance_put() - give back a reference
 * @instance: the instance; freed with its last reference, after a grace period
 *
 * Context: any.
 */
void svipc_instance_put(struct svipc_instance *instance)
{
	if (refcount_dec_and_test(&instance->refs))
		queue_rcu_work(svipc_instances_wq, &instance->free_work);
}

/* The initial instance lies in the memory of the module. */
static void free_nothing(struct svipc_instance *instance)
{
}

/**
 * svipc_instances_init() - make the initial instance
 * @all_kinds: the kinds by their numbers; they stay as they are
 *
 * Context: while the module is loaded.
 * Return: 0, or -ENOMEM.
 */
int svipc_instances_init(const struct svipc_kind *const *all_kinds)
{
	int err;

	svipc_instances_wq = alloc_workqueue("msgq", WQ_UNBOUND, 0);
	if (!svipc_instances_wq)
		return -ENOMEM;

	kinds = all_kinds;
	err = svipc_instance_init(&svipc_initial_instance, &init_user_ns,
				  free_nothing);
	if (err)
		destroy_workqueue(svipc_instances_wq);
	return err;
}

/**
 * svipc_instances_exit() - free the initial instance
 *
 * Context: while the module is unloaded; no object exists, and all other
 * instances have been freed, or are about to be.
 */
void svipc_instances_exit(void)
{
	svipc_instance_put(&svipc_initial_instance);
	/* The work items that free are queued after a grace period. */
	rcu_barrier();
	destroy_workqueue(svipc_instances_wq);
}
