/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the end of a process takes back at a set.
 *
 * The first operation with SEM_UNDO that a process makes at a set makes a
 * record, before any value is changed: for each semaphore, what is to be added
 * when the process ends.  The record has notice of that, see ipc/exit_notice.h.
 * It exists until then, or until the set is removed.
 *
 * In kernels that do not tell of the end of processes there are no records.
 */
#ifndef SEMSET_UNDO_H
#define SEMSET_UNDO_H

#include <linux/compiler.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "ipc/exit_notice.h"
#include "set.h"

struct pid;

/**
 * struct semset_undo - what the end of a process takes back at a set
 * @set: the set
 * @pid: the process, its thread group's; its record in exit_notice.c holds it
 * @by_pid: link in the tree of the set; changed under svipc_notices_lock and
 *	the lock of the set
 * @notice: tells of the end of the process
 * @adjust: what is added to each semaphore then; protected by the lock of the
 *	set
 */
struct semset_undo {
	struct semset *set;
	struct pid *pid;
	struct rb_node by_pid;
	struct svipc_notice notice;
	s16 adjust[];
};

struct semset_undo *semset_undo_find(struct semset *set);
int semset_undo_make(struct semset *set);
void semset_undo_forget(struct semset *set, unsigned int number);
void semset_undo_forget_all(struct semset *set);
void semset_undo_exit(struct semset *set);
u32 semset_undo_visit(struct semset *set,
		      void (*visit)(const struct semset_undo *undo, void *data),
		      void *data);
struct semset *semset_undo_get(struct semset_instance *instance, int semid);
void semset_undo_serve(struct semset_instance *instance, int semid);

/**
 * semset_undo_drain() - take back what ended processes have left at a set
 * @set: the set; the caller holds a reference
 *
 * As svipc_notices_drain().  The record of a process is in the tree until it is
 * served: without any there is nothing to do, and no other task to wait for.
 *
 * Context: process context, no lock held, may sleep.
 */
static inline void semset_undo_drain(struct semset *set)
{
	if (svipc_notices_due() && READ_ONCE(set->undos.rb_node))
		svipc_notices_serve(set, false);
}

/**
 * semset_undo_drain_id() - the same for a set without a reference
 * @instance: the sets that the caller can use
 * @semid: the identifier of the set, or of none
 *
 * Context: process context, no lock held, may sleep.
 */
static inline void semset_undo_drain_id(struct semset_instance *instance,
					int semid)
{
	if (svipc_notices_due())
		semset_undo_serve(instance, semid);
}

#endif /* SEMSET_UNDO_H */
