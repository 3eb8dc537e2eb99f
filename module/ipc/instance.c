// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances: made, ended and freed; the model is described in instance.h.
 *
 * Locks: list_lock protects the list of all instances and their number; the list
 * is walked under RCU.  The tables of an instance are set before others can find
 * it, and stay until its last reference is gone.
 */
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "ids.h"
#include "instance.h"

/* The instance of the initial IPC namespace. */
struct svipc_instance svipc_initial_instance;

static DEFINE_SPINLOCK(list_lock);
static LIST_HEAD(all_instances);
static unsigned int instance_count;

/* The kinds of objects, by svipc_kind_number. */
const struct svipc_kind *const *svipc_kinds;

/**
 * svipc_retry_waiting() - have the kinds try what waits for an account
 * @work: the work item of the account
 *
 * Context: process context, may sleep.
 */
void svipc_retry_waiting(struct work_struct *work)
{
	struct svipc_account *account =
		container_of(work, struct svipc_account, retry_work);
	unsigned int i;

	for (i = 0; i < SVIPC_KINDS; i++)
		if (svipc_kinds[i]->retry)
			svipc_kinds[i]->retry(account);
}

static void free_tables(struct svipc_instance *instance)
{
	unsigned int i;

	for (i = 0; i < SVIPC_KINDS; i++)
		if (instance->kinds[i])
			svipc_kinds[i]->free_tables(instance->kinds[i]);
}

static void free_instance(struct work_struct *work)
{
	struct svipc_instance *instance =
		container_of(to_rcu_work(work), struct svipc_instance,
			     free_work);

	cancel_work_sync(&instance->account.retry_work);
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

	svipc_account_init(&instance->account, svipc_retry_waiting);
	for (i = 0; i < SVIPC_KINDS; i++) {
		ids = svipc_kinds[i]->new_tables(instance);
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

	spin_lock(&list_lock);
	list_add_tail_rcu(&instance->all, &all_instances);
	WRITE_ONCE(instance_count, instance_count + 1);
	spin_unlock(&list_lock);
	return 0;
}

/**
 * svipc_instance_hide() - list an instance no more
 * @instance: the instance, which no task uses any more
 *
 * Context: any.
 */
void svipc_instance_hide(struct svipc_instance *instance)
{
	WRITE_ONCE(instance->ended, true);
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

	svipc_instance_hide(instance);
	for (i = 0; i < SVIPC_KINDS; i++)
		svipc_ids_end(instance->kinds[i]);
}

/**
 * svipc_instance_put() - give back a reference
 * @instance: the instance; freed with its last reference, after a grace period
 *
 * Context: any but interrupts.
 */
void svipc_instance_put(struct svipc_instance *instance)
{
	if (!refcount_dec_and_test(&instance->refs))
		return;

	spin_lock(&list_lock);
	list_del_rcu(&instance->all);
	WRITE_ONCE(instance_count, instance_count - 1);
	spin_unlock(&list_lock);
	queue_rcu_work(svipc_wq, &instance->free_work);
}

/* Collect as many instances that have not ended as there is room for. */
static u32 collect_from_list(struct svipc_instance **found, u32 room)
{
	struct svipc_instance *instance;
	u32 count = 0;

	/* Instances that were added before the call are found. */
	spin_lock(&list_lock);
	spin_unlock(&list_lock);

	rcu_read_lock();
	list_for_each_entry_rcu(instance, &all_instances, all) {
		if (count == room)
			break;
		if (!READ_ONCE(instance->ended) &&
		    refcount_inc_not_zero(&instance->refs))
			found[count++] = instance;
	}
	rcu_read_unlock();
	return count;
}

/**
 * svipc_instances_collect() - collect all instances, the initial one first
 * @count: set to how many there are
 *
 * Context: process context, may sleep.
 * Return: the instances, with a reference to each; the caller frees the array by
 * kvfree(); NULL when there is no memory.
 */
struct svipc_instance **svipc_instances_collect(u32 *count)
{
	struct svipc_instance **found;
	u32 room;

	for (;;) {
		/* Some may be made meanwhile. */
		room = READ_ONCE(instance_count) + 64;
		found = kvmalloc_array(room, sizeof(*found),
				       GFP_KERNEL_ACCOUNT);
		if (!found)
			return NULL;
		*count = collect_from_list(found, room);
		if (*count < room)
			return found;
		while (*count)
			svipc_instance_put(found[--*count]);
		kvfree(found);
	}
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

	svipc_wq = alloc_workqueue("msgq", WQ_UNBOUND, 0);
	if (!svipc_wq)
		return -ENOMEM;

	svipc_kinds = all_kinds;
	err = svipc_instance_init(&svipc_initial_instance, &init_user_ns,
				  free_nothing);
	if (err)
		destroy_workqueue(svipc_wq);
	return err;
}

/**
 * svipc_instances_exit() - free the initial instance
 *
 * Context: while the module is unloaded; no object exists, no account is waited
 * for, and all other instances have been freed, or are about to be.
 */
void svipc_instances_exit(void)
{
	svipc_instance_put(&svipc_initial_instance);
	/* The work items that free are queued after a grace period. */
	rcu_barrier();
	destroy_workqueue(svipc_wq);
}
