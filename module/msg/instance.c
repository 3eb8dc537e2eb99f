// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queues of an instance: made, freed, and added up; the model is described in
 * instance.h.
 *
 * Locks: the lock of the tables to go through all queues, and inside it the
 * lock of each.
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "compat/slab.h"
#include "instance.h"
#include "queue.h"

static struct kmem_cache *cache;

/* The limits that the module was loaded with. */
struct msgq_limits msgq_initial_limits;

/**
 * msgq_instance_init() - get ready to make instances
 * @limits: the limits that they begin with
 *
 * Context: while the module is loaded.
 * Return: 0, or -ENOMEM.
 */
int msgq_instance_init(const struct msgq_limits *limits)
{
	msgq_initial_limits = *limits;
	cache = KMEM_CACHE(msgq_instance, SLAB_ACCOUNT | SLAB_NO_MERGE);
	return cache ? 0 : -ENOMEM;
}

/**
 * msgq_instance_exit() - make instances no more
 *
 * Context: while the module is unloaded; no instance exists.
 */
void msgq_instance_exit(void)
{
	kmem_cache_destroy(cache);
}

/**
 * msgq_instance_new() - make the queues of an instance: none yet
 * @instance: the instance
 * @kind: the operations of queues
 *
 * Context: process context, may sleep.
 * Return: the tables of the queues, or an error pointer: -ENOMEM.
 */
struct svipc_ids *msgq_instance_new(struct svipc_instance *instance,
				    const struct svipc_kind *kind)
{
	struct msgq_instance *queues;
	int err;

	queues = kmem_cache_zalloc(cache, GFP_KERNEL);
	if (!queues)
		return ERR_PTR(-ENOMEM);

	queues->limits = msgq_initial_limits;
	spin_lock_init(&queues->quota_lock);
	INIT_LIST_HEAD(&queues->quota_waiters);
	err = svipc_ids_init(&queues->ids, kind, instance,
			     &queues->limits.msgmni);
	if (err) {
		kmem_cache_free(cache, queues);
		return ERR_PTR(err);
	}
	return &queues->ids;
}

/**
 * msgq_instance_free() - free the queues of an instance
 * @ids: their tables; no queue exists
 *
 * Context: process context, may sleep.
 */
void msgq_instance_free(struct svipc_ids *ids)
{
	svipc_ids_exit(ids);
	kmem_cache_free(cache, container_of(ids, struct msgq_instance, ids));
}

/**
 * msgq_instance_bytes() - add up the bytes of text on all queues
 * @instance: the queues
 *
 * Context: the lock of @instance.
 * Return: their sum, as near as it can be while others send and receive.
 */
unsigned long msgq_instance_bytes(struct msgq_instance *instance)
{
	struct svipc_object *object;
	unsigned long bytes = 0;
	unsigned long index;

	lockdep_assert_held(&instance->ids.lock);

	xa_for_each(&instance->ids.objects, index, object)
		bytes += READ_ONCE(msgq_queue_of(object)->store.bytes);
	return bytes;
}

/**
 * msgq_instance_counts() - add up the counts of all queues
 * @instance: the queues
 * @counts: where to put it
 *
 * Context: process context, may sleep.
 */
void msgq_instance_counts(struct msgq_instance *instance,
			  struct msgq_counts *counts)
{
	struct svipc_object *object;
	unsigned long index;

	mutex_lock(&instance->ids.lock);
	*counts = instance->gone;
	xa_for_each(&instance->ids.objects, index, object) {
		spin_lock(&object->lock);
		msgq_queue_count(msgq_queue_of(object), counts);
		spin_unlock(&object->lock);
	}
	mutex_unlock(&instance->ids.lock);
	counts->received += atomic64_read(&instance->received_after_removal);
}
