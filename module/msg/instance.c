// SPDX-License-Identifier: GPL-2.0-only
/*
 * The queues of an instance: set up, and added up; the model is described in
 * ns.h.
 *
 * Locks: the lock of the tables to go through all queues, and inside it the
 * lock of each.
 */
#include <linux/lockdep.h>
#include <linux/mutex.h>

#include "instance.h"
#include "queue.h"

static struct msgq_ns initial_ns;

/**
 * msgq_ns_init() - set up the queues of the first instance
 * @kind: the operations of queues
 * @limits: the limits
 *
 * Context: while the module is loaded.
 * Return: 0, or -ENOMEM.
 */
int msgq_ns_init(const struct svipc_kind *kind,
		 const struct msgq_limits *limits)
{
	struct msgq_ns *ns = &initial_ns;

	ns->limits = *limits;
	spin_lock_init(&ns->quota_lock);
	INIT_LIST_HEAD(&ns->quota_waiters);
	svipc_initial_instance.kinds[SVIPC_MSG] = &ns->ids;
	return svipc_ids_init(&ns->ids, kind, &svipc_initial_instance,
			      &ns->limits.msgmni);
}

/**
 * msgq_ns_exit() - tear them down
 *
 * Context: while the module is unloaded; no queue exists.
 */
void msgq_ns_exit(void)
{
	svipc_ids_exit(&initial_ns.ids);
}

/**
 * msgq_ns_bytes() - add up the bytes of text on all queues
 * @ns: the queues
 *
 * Context: the lock of @ns.
 * Return: their sum, as near as it can be while others send and receive.
 */
unsigned long msgq_ns_bytes(struct msgq_ns *ns)
{
	struct svipc_object *object;
	unsigned long bytes = 0;
	unsigned long index;

	lockdep_assert_held(&ns->ids.lock);

	xa_for_each(&ns->ids.objects, index, object)
		bytes += READ_ONCE(msgq_queue_of(object)->store.bytes);
	return bytes;
}

/**
 * msgq_ns_counts() - add up the counts of all queues
 * @ns: the queues
 * @counts: where to put it
 *
 * Context: process context, may sleep.
 */
void msgq_ns_counts(struct msgq_ns *ns, struct msgq_counts *counts)
{
	struct svipc_object *object;
	unsigned long index;

	mutex_lock(&ns->ids.lock);
	*counts = ns->gone;
	xa_for_each(&ns->ids.objects, index, object) {
		spin_lock(&object->lock);
		msgq_queue_count(msgq_queue_of(object), counts);
		spin_unlock(&object->lock);
	}
	mutex_unlock(&ns->ids.lock);
	counts->received += atomic64_read(&ns->received_after_removal);
}
