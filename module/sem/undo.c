// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the end of a process takes back; the model is described in undo.h.
 *
 * Locks: records are added and removed under svipc_notices_lock and, inside it,
 * the lock of the set; either is enough to look at them.  The end of a process
 * and the removal of a set can therefore not meet a record that the other frees.
 *
 * Lifetimes: a call uses the record of its process without a reference.  The
 * process does not end before the call does, and a removed set has completed
 * the calls that wait before it frees its records.
 */
#include <linux/errno.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "compat/rbtree.h"
#include "match.h"
#include "set.h"
#include "undo.h"
#include "wait.h"

static struct semset_undo *to_undo(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct semset_undo, by_pid);
}

static bool pid_less(struct rb_node *rb, const struct rb_node *other)
{
	return to_undo(rb)->pid < rb_entry(other, struct semset_undo,
					   by_pid)->pid;
}

static int compare_pid(const void *pid, const struct rb_node *rb)
{
	const void *other = rb_entry(rb, struct semset_undo, by_pid)->pid;

	return pid < other ? -1 : pid > other;
}

/**
 * semset_undo_find() - find the record of the calling process
 * @set: the set
 *
 * Context: the set's lock.
 * Return: the record, or NULL.
 */
struct semset_undo *semset_undo_find(struct semset *set)
{
	lockdep_assert_held(&set->ipc.lock);

	return to_undo(rb_find(task_tgid(current), &set->undos, compare_pid));
}

static void free_undo(struct semset_undo *undo)
{
	lockdep_assert_held(&svipc_notices_lock);

	svipc_notice_del(&undo->notice);
	kvfree(undo);
}

/* Add to each semaphore what its process has left to be added. */
static void take_back_all(struct semset_pass *pass, struct semset_undo *undo)
{
	struct semset *set = undo->set;
	struct semset_sem *sem;
	unsigned int i;

	for (i = 0; i < set->count; i++) {
		if (!undo->adjust[i])
			continue;
		sem = semset_at(set, i);
		sem->value = clamp(sem->value + undo->adjust[i], 0, SEMVMX);
		semset_note(sem, undo->pid);
	}
	/* After all: others go on by the values of all semaphores. */
	for (i = 0; i < set->count; i++)
		if (undo->adjust[i])
			semset_changed(pass, i);
}

static unsigned int process_ended(struct svipc_notice *notice)
{
	struct semset_undo *undo =
		container_of(notice, struct semset_undo, notice);
	struct semset *set = undo->set;
	unsigned int steps = set->count / SVIPC_NOTICE_STEP;
	struct semset_pass pass;

	lockdep_assert_held(&svipc_notices_lock);

	spin_lock(&set->ipc.lock);
	semset_pass_begin(&pass, set);
	rb_erase(&undo->by_pid, &set->undos);
	if (!set->ipc.removed) {
		take_back_all(&pass, undo);
		semset_pass_end(&pass);
		set->otime = ktime_get_real_seconds();
	}
	spin_unlock(&set->ipc.lock);

	semset_wake(set, &pass.completed);
	free_undo(undo);
	return min_t(unsigned int, steps, SVIPC_NOTICE_STEP);
}

/* Add a record, unless another thread has been faster or the set is removed. */
static bool add_undo(struct semset_undo *undo, struct svipc_process **process)
{
	struct semset *set = undo->set;
	bool added = false;

	lockdep_assert_held(&svipc_notices_lock);

	spin_lock(&set->ipc.lock);
	if (!set->ipc.removed && !semset_undo_find(set)) {
		rb_add(&undo->by_pid, &set->undos, pid_less);
		added = true;
	}
	spin_unlock(&set->ipc.lock);
	if (added)
		svipc_notice_add(&undo->notice, process);
	return added;
}

/**
 * semset_undo_make() - make a record for the calling process
 * @set: the set; the caller holds a reference
 *
 * Context: process context, no lock held, may sleep.
 * Return: 0 when it has one, or the set is removed; -EOPNOTSUPP when the kernel
 * does not tell of the end of processes; -ENOMEM; -EINTR when the caller is
 * being killed.
 */
int semset_undo_make(struct semset *set)
{
	struct svipc_process *process;
	struct semset_undo *undo;
	int err = -ENOMEM;

	if (!svipc_notices_given)
		return -EOPNOTSUPP;

	process = svipc_process_alloc();
	undo = kvzalloc(struct_size(undo, adjust, set->count),
			GFP_KERNEL_ACCOUNT);
	if (!process || !undo)
		goto free;

	undo->set = set;
	undo->pid = task_tgid(current);
	undo->notice.ended = process_ended;
	undo->notice.subject = set;
	err = -EINTR;
	if (mutex_lock_killable(&svipc_notices_lock))
		goto free;
	if (add_undo(undo, &process))
		undo = NULL;
	mutex_unlock(&svipc_notices_lock);
	err = 0;
free:
	svipc_process_free(process);
	kvfree(undo);
	return err;
}

/**
 * semset_undo_forget() - take nothing back at a semaphore that was set
 * @set: the set
 * @number: the semaphore
 *
 * Context: the set's lock.
 */
void semset_undo_forget(struct semset *set, unsigned int number)
{
	struct rb_node *rb;

	lockdep_assert_held(&set->ipc.lock);

	for (rb = rb_first(&set->undos); rb; rb = rb_next(rb))
		to_undo(rb)->adjust[semset_bound(set, number)] = 0;
}

/**
 * semset_undo_forget_all() - take nothing back at any semaphore
 * @set: the set
 *
 * Context: the set's lock.
 */
void semset_undo_forget_all(struct semset *set)
{
	struct rb_node *rb;

	lockdep_assert_held(&set->ipc.lock);

	for (rb = rb_first(&set->undos); rb; rb = rb_next(rb))
		memset(to_undo(rb)->adjust, 0, set->count * sizeof(s16));
}

/**
 * semset_undo_exit() - free all records of a removed set
 * @set: the set; the caller holds a reference
 *
 * Context: process context, no lock held, may sleep.
 */
void semset_undo_exit(struct semset *set)
{
	struct semset_undo *undo;

	do {
		/* One at a time: a great many must not keep others out. */
		mutex_lock(&svipc_notices_lock);
		spin_lock(&set->ipc.lock);
		undo = to_undo(rb_first(&set->undos));
		if (undo)
			rb_erase(&undo->by_pid, &set->undos);
		spin_unlock(&set->ipc.lock);
		if (undo)
			free_undo(undo);
		mutex_unlock(&svipc_notices_lock);
		cond_resched();
	} while (undo);
}

/**
 * semset_undo_visit() - visit the records of all processes
 * @set: the set; the caller holds a reference
 * @visit: called for each record, under the set's lock
 * @data: passed to it
 *
 * Context: process context, no lock held, may sleep.
 * Return: how many there are.
 */
u32 semset_undo_visit(struct semset *set,
		      void (*visit)(const struct semset_undo *undo, void *data),
		      void *data)
{
	struct rb_node *rb;
	u32 count = 0;

	mutex_lock(&svipc_notices_lock);
	for (rb = rb_first(&set->undos); rb; rb = rb_next(rb)) {
		spin_lock(&set->ipc.lock);
		visit(to_undo(rb), data);
		spin_unlock(&set->ipc.lock);
		count++;
		cond_resched();
	}
	mutex_unlock(&svipc_notices_lock);
	return count;
}

/**
 * semset_undo_get() - find a set, and take back what ended processes have left
 * @instance: the sets that the caller can use
 * @semid: the identifier
 *
 * Context: process context, no lock held, may sleep.
 * Return: the set, with a reference; -EINVAL.
 */
struct semset *semset_undo_get(struct semset_instance *instance, int semid)
{
	struct semset *set = semset_of(svipc_ids_get(&instance->ids, semid));

	if (!IS_ERR(set))
		semset_undo_drain(set);
	return set;
}

/**
 * semset_undo_serve() - take back what ended processes have left at a set
 * @instance: the sets that the caller can use
 * @semid: the identifier of the set, or of none
 *
 * The part of semset_undo_drain_id() for when processes have ended.
 *
 * Context: process context, no lock held, may sleep.
 */
void semset_undo_serve(struct semset_instance *instance, int semid)
{
	struct semset *set = semset_undo_get(instance, semid);

	if (!IS_ERR(set))
		semset_put(set);
}
