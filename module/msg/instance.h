/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The queues of one instance: their tables, limits and totals.
 *
 * A struct msgq_instance is the part of a struct svipc_instance that is about
 * queues, and is found by the kind SVIPC_MSG of it.  Everything that queues
 * share is in there.  Besides it msg/ has only what the module itself has once:
 * caches of memory, and files.
 */
#ifndef MSGQ_INSTANCE_H
#define MSGQ_INSTANCE_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include <msgq.h>

#include "ipc/ids.h"
#include "ipc/instance.h"

/* This value of the limit msgtql means no limit. */
#define MSGQ_TQL_NONE	INT_MAX

/**
 * struct msgq_limits - the limits of the queues of an instance; all 0 to
 * INT_MAX
 * @msgmax: bytes of text in one message
 * @msgmnb: bytes of text on a new queue
 * @msgmni: queues, at most SVIPC_MNI_MAX
 * @msgtql: messages on all queues together, or MSGQ_TQL_NONE
 */
struct msgq_limits {
	int msgmax;
	int msgmnb;
	int msgmni;
	int msgtql;
};

/**
 * struct msgq_instance - the queues of one instance
 * @ids: their identifiers and keys
 * @limits: the limits; written at any time, read with READ_ONCE()
 * @gone: the counts of removed queues, as they were when they were removed;
 *	protected by the lock of @ids
 * @received_after_removal: messages that receivers got of removed queues
 *	afterwards, less those that came back
 * @messages: messages on all queues
 * @quota_lock: protects @quota_waiters and, in each queue, the link to it; the
 *	innermost of the locks
 * @quota_waiters: queues with a sender that waits until msgtql allows its
 *	message; each holds a reference while it is on the list
 */
struct msgq_instance {
	struct svipc_ids ids;
	struct msgq_limits limits;
	struct msgq_counts gone;
	atomic64_t received_after_removal;

	atomic_long_t messages ____cacheline_aligned_in_smp;

	/* Protects the list, and in each queue the link to it. */
	spinlock_t quota_lock;
	struct list_head quota_waiters;
};

/**
 * msgq_instance_in() - the queues of an instance
 * @instance: the instance
 *
 * Context: any.
 * Return: its queues.
 */
static inline struct msgq_instance *
msgq_instance_in(const struct svipc_instance *instance)
{
	return container_of(instance->kinds[SVIPC_MSG], struct msgq_instance,
			    ids);
}

extern struct msgq_limits msgq_initial_limits;

int msgq_instance_init(const struct msgq_limits *limits);
void msgq_instance_exit(void);

struct svipc_ids *msgq_instance_new(struct svipc_instance *instance,
				    const struct svipc_kind *kind);
void msgq_instance_free(struct svipc_ids *ids);

unsigned long msgq_instance_bytes(struct msgq_instance *instance);
void msgq_instance_counts(struct msgq_instance *instance,
			  struct msgq_counts *counts);

#endif /* MSGQ_INSTANCE_H */
