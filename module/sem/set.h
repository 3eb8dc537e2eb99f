/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One semaphore set.
 *
 * A set has a fixed number of semaphores.  Each has a value, and knows the
 * process that changed it last and the tasks that wait for it: see wait.h.
 *
 * All of it is protected by the lock of the set.  A call does its operations
 * under one hold of the lock, and completes the calls of all tasks that can go
 * on afterwards: see match.h.  No task that waits could go on while nobody
 * holds the lock.
 */
#ifndef SEMSET_SET_H
#define SEMSET_SET_H

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/nospec.h>
#include <linux/pid.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "ipc/object.h"
#include "util/index.h"
#include "instance.h"

/**
 * struct semset_sem - one semaphore
 * @value: its value, 0 to SEMVMX
 * @pid: the process that changed it last, with a reference, or NULL
 * @zero: tasks whose one operation waits until the value is 0, in order of
 *	arrival
 * @more: tasks whose one operation waits until the value suffices, by the value
 *	that they need
 * @arrays: tasks that wait with several operations, of which one or more name
 *	this semaphore: a struct semset_link for each; first those that change
 *	no value, in no order, then the others in order of arrival
 */
struct semset_sem {
	int value;
	struct pid *pid;
	struct list_head zero;
	struct msgq_index more;
	struct list_head arrays;
};

/**
 * struct semset - one semaphore set
 * @ipc: identifier, owner, mode, lock
 * @charged: its payers have paid for it
 * @count: how many semaphores there are; constant
 * @otime: the second of the last successful operation, or 0
 * @ctime: the second of the last other change
 * @waiting: tasks that wait
 * @arrivals: calls that have ever waited
 * @operations: calls that have ever operated on it
 * @undos: the undo records of processes, by the address of their struct pid;
 *	changed under svipc_notices_lock as well
 * @rcu: frees it
 * @sems: the semaphores
 */
struct semset {
	struct svipc_object ipc;
	bool charged;
	unsigned int count;

	/* Protected by the lock of @ipc. */
	time64_t otime;
	time64_t ctime;
	unsigned int waiting;
	u64 arrivals;
	u64 operations;
	struct rb_root undos;

	struct rcu_head rcu;
	struct semset_sem sems[];
};

/**
 * semset_of() - the set that begins with an object
 * @object: the object, or an error pointer
 *
 * Context: any.
 * Return: the set, or the error pointer.
 */
static inline struct semset *semset_of(struct svipc_object *object)
{
	return container_of(object, struct semset, ipc);
}

static_assert(offsetof(struct semset, ipc) == 0);

/**
 * semset_instance_of() - the semaphore sets that a set is one of
 * @set: the set
 *
 * Context: any.
 * Return: the sets.
 */
static inline struct semset_instance *semset_instance_of(const struct semset *set)
{
	return container_of(set->ipc.ids, struct semset_instance, ids);
}

/**
 * semset_bound() - bound the number of a semaphore
 * @set: the set
 * @number: the number, less than the count of the set
 *
 * Context: any.
 * Return: the number, which is less also where the processor only guesses that
 * it is.
 */
static inline unsigned int semset_bound(const struct semset *set,
					unsigned int number)
{
	return array_index_nospec(number, set->count);
}

/**
 * semset_at() - a semaphore of a set
 * @set: the set
 * @number: its number, less than the count of the set
 *
 * Context: the set's lock.
 * Return: the semaphore.
 */
static inline struct semset_sem *semset_at(struct semset *set,
					   unsigned int number)
{
	lockdep_assert_held(&set->ipc.lock);

	return &set->sems[semset_bound(set, number)];
}

/**
 * semset_note() - note the process that has changed a semaphore
 * @sem: the semaphore
 * @pid: the process
 *
 * Context: the set's lock.
 */
static inline void semset_note(struct semset_sem *sem, struct pid *pid)
{
	if (likely(sem->pid == pid))
		return;
	put_pid(sem->pid);
	sem->pid = get_pid(pid);
}

struct semset *semset_alloc(struct semset_instance *instance, s32 key,
			    umode_t mode, unsigned int count);
int semset_charge(struct semset *set);
void semset_put(struct semset *set);

#endif /* SEMSET_SET_H */
