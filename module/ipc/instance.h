/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One world of objects.
 *
 * The objects of an instance are found by the tasks that use this instance, and
 * by no others.  Each kind of object has its tables in it.  The initial instance
 * exists while the module is loaded.  Others come and go: namespace.h tells
 * which one a task uses.
 *
 * An instance ends once no task can use it any more.  Its objects are removed
 * then, as if by a call: whoever still has a descriptor of one is told so.  Its
 * memory is freed with the last reference, which an object of it may hold.
 */
#ifndef SVIPC_INSTANCE_H
#define SVIPC_INSTANCE_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "account.h"

struct svipc_ids;
struct svipc_kind;
struct user_namespace;

/**
 * enum svipc_kind_number - the kinds of objects
 * @SVIPC_MSG: message queues
 * @SVIPC_SEM: semaphore sets
 * @SVIPC_KINDS: how many kinds there are
 */
enum svipc_kind_number {
	SVIPC_MSG,
	SVIPC_SEM,
	SVIPC_KINDS,
};

/**
 * struct svipc_instance - one instance
 * @id: what tells it apart for people, as in struct msgq_holding; constant, like
 *	the next
 * @mounted: it belongs to a file system, and not to an IPC namespace
 * @user_ns: where a caller needs its capabilities, with a reference
 * @account: what its objects are charged to
 * @kinds: the tables of each kind
 * @ended: no task can use it any more; written once
 * @refs: references
 * @all: link in the list of all instances
 * @free: free the memory that the instance is a part of; may sleep
 * @free_work: calls it, after a grace period
 */
struct svipc_instance {
	u64 id;
	bool mounted;
	struct user_namespace *user_ns;
	struct svipc_account account;
	struct svipc_ids *kinds[SVIPC_KINDS];
	bool ended;
	refcount_t refs;
	struct list_head all;
	void (*free)(struct svipc_instance *instance);
	struct rcu_work free_work;
};

extern struct svipc_instance svipc_initial_instance;
extern const struct svipc_kind *const *svipc_kinds;

int svipc_instances_init(const struct svipc_kind *const *all_kinds);
void svipc_instances_exit(void);
int svipc_instance_init(struct svipc_instance *instance,
			struct user_namespace *user_ns,
			void (*free)(struct svipc_instance *instance));
void svipc_instance_hide(struct svipc_instance *instance);
void svipc_instance_end(struct svipc_instance *instance);
void svipc_instance_put(struct svipc_instance *instance);
struct svipc_instance **svipc_instances_collect(u32 *count);
void svipc_retry_waiting(struct work_struct *work);

/**
 * svipc_instance_get() - take a reference
 * @instance: the instance, to which the caller has one
 *
 * Context: any.
 */
static inline void svipc_instance_get(struct svipc_instance *instance)
{
	refcount_inc(&instance->refs);
}

#endif /* SVIPC_INSTANCE_H */
