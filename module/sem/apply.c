// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of a call: all of them are done, in order, or none.
 *
 * Locks: the lock of the set, which the callers hold.
 */
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/limits.h>
#include <linux/lockdep.h>
#include <linux/sem.h>

#include "apply.h"
#include "set.h"
#include "undo.h"
#include "wait.h"

static_assert(SEMVMX == S16_MAX && SEMAEM == S16_MAX);

/* Do one operation; -EAGAIN when it cannot go on. */
static __always_inline int apply_one(struct semset *set,
				     struct semset_undo *undo,
				     const struct sembuf *op)
{
	unsigned int number = semset_bound(set, op->sem_num);
	struct semset_sem *sem = &set->sems[number];
	int value = sem->value + op->sem_op;

	if (op->sem_op ? value < 0 : value > 0)
		return -EAGAIN;
	if (value > SEMVMX)
		return -ERANGE;

	if (op->sem_flg & SEM_UNDO) {
		int adjust = undo->adjust[number] - op->sem_op;

		if (adjust < S16_MIN || adjust > S16_MAX)
			return -ERANGE;
		undo->adjust[number] = adjust;
	}
	sem->value = value;
	return 0;
}

static void take_back(struct semset *set, const struct semset_waiter *waiter,
		      unsigned int count)
{
	const struct sembuf *op;
	unsigned int number;

	while (count--) {
		op = &waiter->ops[count];
		number = semset_bound(set, op->sem_num);
		set->sems[number].value -= op->sem_op;
		if (op->sem_flg & SEM_UNDO)
			waiter->undo->adjust[number] += op->sem_op;
	}
}

/* Do all operations or none; the processes are not noted. */
static __always_inline int apply_all(struct semset *set,
				     struct semset_waiter *waiter)
{
	unsigned int i;
	int err;

	lockdep_assert_held(&set->ipc.lock);

	for (i = 0; i < waiter->count; i++) {
		err = apply_one(set, waiter->undo, &waiter->ops[i]);
		if (likely(!err))
			continue;

		take_back(set, waiter, i);
		waiter->blocking = i;
		if (err == -EAGAIN && !(waiter->ops[i].sem_flg & IPC_NOWAIT))
			return SEMSET_BLOCKED;
		return err;
	}
	return 0;
}

/**
 * semset_apply() - do the operations of a call
 * @set: the set
 * @waiter: the call
 *
 * Context: the set's lock.
 * Return: 0 when they are done; SEMSET_BLOCKED when one cannot go on now;
 * -EAGAIN when this one has IPC_NOWAIT; -ERANGE when a value or what is to be
 * undone would be too large.  Nothing is changed then.
 */
int semset_apply(struct semset *set, struct semset_waiter *waiter)
{
	int ret = apply_all(set, waiter);
	unsigned int i;

	if (ret)
		return ret;

	for (i = 0; i < waiter->count; i++)
		semset_note(semset_at(set, waiter->ops[i].sem_num),
			    waiter->pid);
	return 0;
}

/**
 * semset_try() - tell what semset_apply() would return
 * @set: the set
 * @waiter: the call
 *
 * Context: the set's lock.
 * Return: as semset_apply(); nothing is changed.
 */
int semset_try(struct semset *set, struct semset_waiter *waiter)
{
	int ret = apply_all(set, waiter);

	if (!ret)
		take_back(set, waiter, waiter->count);
	return ret;
}
