// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queues of an instance: set up, and added up; the model is described in
 * instance.h.
 *
 * Locks: the lock of the tables to go through all queues, and inside it the
 * lock of each.
 */
#include <linux/lockdep.h>
#include <linux/mutex.h>

#include "instance.h"
#include "queue.h"

static struct msgq_instance initial_instance;

/**
 * msgq_instance_init() - set up the queues of the first instance
 * @kind: the operations of queues
 * @limits: the limits
 *
 * Context: while the module is loaded.
 * Return: 0, or -ENOMEM.
 */
int msgq_instance_init(const struct svipc_kind *kind,
		       const struct msgq_limits *limits)
{
	struct msgq_instance *instance = &initial_instance;

	instance->limits = *limits;
	spin_lock_init(&instance->quota_lock);
	INIT_LIST_HEAD(&instance->quota_waiters);
	svipc_initial_instance.kinds[SVIPC_MSG] = &instance->ids;
	return svipc_ids_init(&instance->ids, kind, &svipc_initial_instance,
			      &instance->limits.msgmni);
}

/**
 * msgq_instance_exit() - tear them down
 *
 * Context: while the module is unloaded; no queue exists.
 */
void msgq_instance_exit(void)
{
	svipc_ids_exit(&initial_instance.ids);
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
