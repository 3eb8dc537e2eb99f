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

/* Calls that change nothing come before all others. */
#define BEFORE_OTHERS	S64_MIN

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
	pass->ready = (struct msgq_index){};
	pass->went_on = false;
	INIT_LIST_HEAD(&pass->completed);
}

static void add_ready(struct semset_pass *pass, struct semset_waiter *waiter)
{
	struct msgq_node *node = &waiter->ready;

	if (waiter->is_ready)
		return;

	waiter->is_ready = true;
	node->arrival = waiter->node.arrival;
	node->key = node->arrival + (waiter->alters ? 0 : BEFORE_OTHERS);
	msgq_index_add(&pass->ready, node);
}

/* The first of those that wait with one operation and can go on; or NULL. */
static struct semset_waiter *first_single(const struct semset_sem *sem)
{
	struct msgq_node *node;

	if (!sem->more.count)
		return NULL;
	node = msgq_index_earliest(&sem->more, sem->value,
				   MSGQ_KEYS_BELOW | MSGQ_KEYS_AT);
	return node ? container_of(node, struct semset_waiter, node) : NULL;
}

/*
 * Find all of those that wait with several operations and change nothing, and the
 * first of the others.  A call can also come to fail.
 */
static void find_arrays(struct semset_pass *pass, struct semset_sem *sem)
{
	struct semset_waiter *waiter;
	struct semset_link *link;

	list_for_each_entry(link, &sem->arrays, list) {
		waiter = link->waiter;
		if (!waiter->is_ready &&
		    semset_try(pass->set, waiter) == SEMSET_BLOCKED)
			continue;
		add_ready(pass, waiter);
		if (waiter->alters)
			return;
	}
}

static void find_ready(struct semset_pass *pass, unsigned int number)
{
	struct semset_sem *sem = semset_at(pass->set, number);
	struct semset_waiter *single = first_single(sem);

	if (single)
		add_ready(pass, single);
	find_arrays(pass, sem);
}

static void complete_call(struct semset_pass *pass,
			  struct semset_waiter *waiter, int result)
{
	/* It may have become one of complete_singles() since it was found. */
	if (waiter->is_ready) {
		msgq_index_del(&pass->ready, &waiter->ready);
		waiter->is_ready = false;
	}
	semset_wait_complete(pass->set, waiter, result, &pass->completed);
	if (result)
		return;
	pass->set->operations++;
	pass->went_on = true;
}

/* Those that wait with one operation until a value is 0 can go on. */
static void complete_zero(struct semset_pass *pass, struct semset_sem *sem)
{
	struct semset_waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &sem->zero, node.ring)
		complete_call(pass, waiter, semset_apply(pass->set, waiter));
}

/*
 * No one waits with several operations for this semaphore, so those that wait
 * with one do not meet any others.
 */
static void complete_singles(struct semset_pass *pass, struct semset_sem *sem)
{
	struct semset_waiter *waiter;

	while ((waiter = first_single(sem))) {
		complete_call(pass, waiter, semset_apply(pass->set, waiter));
		if (!sem->value)
			complete_zero(pass, sem);
	}
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

	if (!sem->value)
		complete_zero(pass, sem);
	if (list_empty(&sem->arrays))
		complete_singles(pass, sem);
	else
		find_ready(pass, number);
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

	for (i = 0; i < pass->set->count && pass->set->waiting; i++)
		semset_changed(pass, i);
}

/* It is the turn of a waiter. */
static void take_turn(struct semset_pass *pass, struct semset_waiter *waiter)
{
	int result = semset_apply(pass->set, waiter);
	unsigned int i;

	if (result != SEMSET_BLOCKED)
		complete_call(pass, waiter, result);
	if (!result && waiter->alters)
		semset_changed_by(pass, waiter->ops, waiter->count);
	/* Whatever it did, others are the first now. */
	for (i = 0; i < waiter->count; i++)
		find_ready(pass, waiter->ops[i].sem_num);
}

/**
 * semset_pass_end() - complete all calls that can go on
 * @pass: the pass; its completed calls are for semset_wake() then, but for a
 *	single one, whose task is woken
 *
 * Context: the set's lock.
 */
void semset_pass_end(struct semset_pass *pass)
{
	struct semset_waiter *waiter;
	struct msgq_node *node;

	lockdep_assert_held(&pass->set->ipc.lock);

	while ((node = msgq_index_lowest(&pass->ready))) {
		msgq_index_del(&pass->ready, node);
		waiter = container_of(node, struct semset_waiter, ready);
		waiter->is_ready = false;
		take_turn(pass, waiter);
	}
	if (pass->went_on)
		pass->set->otime = ktime_get_real_seconds();
	semset_wake_single(pass->set, &pass->completed);
}

/**
 * semset_count_waiting() - count the tasks that wait for a semaphore
 * @set: the set
 * @number: the semaphore
 * @for_zero: those that wait until it is zero, and not those that wait until it
 *	is higher
 *
 * A task with several operations waits for the semaphore of the first that
 * cannot go on.
 *
 * Context: the set's lock.
 * Return: their number.
 */
unsigned int semset_count_waiting(struct semset *set, unsigned int number,
				  bool for_zero)
{
	struct semset_sem *sem = semset_at(set, number);
	unsigned int count = 0;
	struct semset_waiter *waiter;
	const struct sembuf *op;
	struct semset_link *link;

	if (for_zero)
		list_for_each_entry(waiter, &sem->zero, node.ring)
			count++;
	else
		count = sem->more.count;
	list_for_each_entry(link, &sem->arrays, list) {
		waiter = link->waiter;
		/* Find out which one it is now. */
		semset_try(set, waiter);
		op = &waiter->ops[waiter->blocking];
		if (op->sem_num == number && for_zero == !op->sem_op)
			count++;
	}
	return count;
}
