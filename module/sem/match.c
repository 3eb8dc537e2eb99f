// SPDX-License-Identifier: GPL-2.0-only
/*
 * Completing calls that can go on; the model is described in match.h.
 *
 * Locks: the lock of the set, which the callers hold.
 */
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/sem.h>
#include <linux/timekeeping.h>

#include "util/index.h"
#include "apply.h"
#include "match.h"
#include "set.h"
#include "wait.h"

/* The end of the list of changed semaphores. */
#define LAST_CHANGED	U32_MAX

/**
 * semset_pass_begin() - begin a pass
 * @pass: the pass
 * @set: the set
 *
 * Context: the set's lock, which is held until semset_pass_end().
 */
void semset_pass_begin(struct semset_pass *pass, struct semset *set)
{
	lockdep_assert_held(&set->ipc.lock);

	pass->set = set;
	pass->changed = LAST_CHANGED;
	pass->went_on = false;
	INIT_LIST_HEAD(&pass->completed);
}

/* Complete the call of a waiter that can go on, or cannot ever. */
static void complete_call(struct semset_pass *pass, struct semset_waiter *waiter)
{
	int result = semset_apply(pass->set, waiter);

	semset_wait_complete(pass->set, waiter, result, &pass->completed);
	if (result)
		return;

	pass->went_on = true;
	if (waiter->alters)
		semset_changed_by(pass, waiter->ops, waiter->count);
}

/**
 * semset_changed() - a value has changed
 * @pass: the pass
 * @number: the semaphore
 *
 * Context: the set's lock.
 */
void semset_changed(struct semset_pass *pass, unsigned int number)
{
	struct semset_sem *sem = semset_at(pass->set, number);
	struct semset_waiter *waiter, *next;

	if (!sem->value)
		list_for_each_entry_safe(waiter, next, &sem->zero, node.ring)
			complete_call(pass, waiter);
	if (sem->next_changed || (!sem->more.count && list_empty(&sem->arrays)))
		return;
	sem->next_changed = pass->changed;
	pass->changed = number + 1;
}

/**
 * semset_changed_by() - operations have been done
 * @pass: the pass
 * @ops: the operations
 * @count: how many
 *
 * Context: the set's lock.
 */
void semset_changed_by(struct semset_pass *pass, const struct sembuf *ops,
		       unsigned int count)
{
	unsigned int i;

	if (!pass->set->waiting)
		return;

	for (i = 0; i < count; i++)
		if (ops[i].sem_op)
			semset_changed(pass, ops[i].sem_num);
}

/**
 * semset_changed_all() - all values may have changed
 * @pass: the pass
 *
 * Context: the set's lock.
 */
void semset_changed_all(struct semset_pass *pass)
{
	unsigned int i;

	if (!pass->set->waiting)
		return;

	for (i = 0; i < pass->set->count; i++)
		semset_changed(pass, i);
}

/* The one of two waiters that comes first; either may be missing. */
static struct semset_waiter *first_of(struct semset_waiter *waiter,
				      struct semset_waiter *other)
{
	if (!waiter || !other)
		return waiter ?: other;
	if (waiter->alters != other->alters)
		return waiter->alters ? other : waiter;
	return waiter->node.arrival < other->node.arrival ? waiter : other;
}

/* The first waiter of a semaphore that can go on, or cannot ever; or NULL. */
static struct semset_waiter *first_at(struct semset *set,
				      struct semset_sem *sem)
{
	struct semset_waiter *first = NULL;
	struct semset_link *link;
	struct msgq_node *node;

	node = msgq_index_earliest(&sem->more, sem->value,
				   MSGQ_KEYS_BELOW | MSGQ_KEYS_AT);
	if (node)
		first = container_of(node, struct semset_waiter, node);
	list_for_each_entry(link, &sem->arrays, list)
		if (semset_try(set, link->waiter) != SEMSET_BLOCKED)
			first = first_of(first, link->waiter);
	return first;
}

/*
 * The first waiter of all that can go on, or cannot ever; or NULL.  Semaphores
 * without one leave the list: no waiter of theirs can go on until a value
 * changes that its operations name.
 */
static struct semset_waiter *first_that_can_go_on(struct semset_pass *pass)
{
	struct semset_waiter *first = NULL, *waiter;
	u32 *link = &pass->changed;
	struct semset_sem *sem;

	while (*link != LAST_CHANGED) {
		sem = semset_at(pass->set, *link - 1);
		waiter = first_at(pass->set, sem);
		first = first_of(first, waiter);
		if (waiter) {
			link = &sem->next_changed;
		} else {
			*link = sem->next_changed;
			sem->next_changed = 0;
		}
	}
	return first;
}

/**
 * semset_pass_end() - complete all calls that can go on
 * @pass: the pass; its completed calls are for semset_wake() then
 *
 * Context: the set's lock.
 */
void semset_pass_end(struct semset_pass *pass)
{
	struct semset_waiter *waiter;

	lockdep_assert_held(&pass->set->ipc.lock);

	while ((waiter = first_that_can_go_on(pass)))
		complete_call(pass, waiter);
	if (pass->went_on)
		pass->set->otime = ktime_get_real_seconds();
}
