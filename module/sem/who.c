// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listing the processes at a set; the model is described in who.h.
 *
 * Locks: the set's lock, for one semaphore or one undo record at a time.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/sem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "util/argument.h"
#include "util/index.h"
#include "apply.h"
#include "set.h"
#include "undo.h"
#include "wait.h"
#include "who.h"

/* The first version of struct msgq_semparty was so long: a program's is no less. */
#define PARTY_FIRST_SIZE 32

static_assert(sizeof(struct msgq_semparty) == PARTY_FIRST_SIZE);

/**
 * struct listing - the parties that are collected for the program
 * @parties: the array, cleared
 * @room: for how many it has room
 * @count: how many it holds
 * @pid_ns: the pid namespace of the caller
 */
struct listing {
	struct msgq_semparty *parties;
	u32 room;
	u32 count;
	struct pid_namespace *pid_ns;
};

static struct msgq_semparty *next_party(struct listing *listing)
{
	if (listing->count == listing->room)
		return NULL;
	return &listing->parties[listing->count++];
}

/* List each semaphore that the end of a process changes. */
static void add_undo(const struct semset_undo *undo, void *data)
{
	struct listing *listing = data;
	struct msgq_semparty *party;
	unsigned int i;

	lockdep_assert_held(&undo->set->ipc.lock);

	for (i = 0; i < undo->set->count; i++) {
		if (!undo->adjust[i])
			continue;
		party = next_party(listing);
		if (!party)
			return;
		party->pid = pid_nr_ns(undo->pid, listing->pid_ns);
		party->what = MSGQ_SEMPARTY_UNDOES;
		party->semnum = i;
		party->amount = undo->adjust[i];
	}
}

/* False when there is no room for it. */
static bool add_waiter(struct listing *listing,
		       const struct semset_waiter *waiter)
{
	const struct sembuf *op = &waiter->ops[waiter->blocking];
	struct msgq_semparty *party = next_party(listing);

	if (!party)
		return false;
	party->pid = task_tgid_nr_ns(waiter->task, listing->pid_ns);
	party->tid = task_pid_nr_ns(waiter->task, listing->pid_ns);
	party->what = MSGQ_SEMPARTY_WAITS;
	party->semnum = op->sem_num;
	party->amount = op->sem_op;
	party->nsops = waiter->count;
	party->waited = jiffies64_to_nsecs(jiffies - waiter->began);
	return true;
}

/* List the tasks that wait for a semaphore, as far as there is room. */
static void add_waiters(struct semset *set, unsigned int number,
			struct listing *listing)
{
	struct semset_sem *sem = semset_at(set, number);
	struct semset_waiter *waiter;
	struct semset_link *link;
	struct msgq_node *node;

	list_for_each_entry(waiter, &sem->zero, node.ring)
		if (!add_waiter(listing, waiter))
			return;
	for (node = msgq_index_lowest(&sem->more); node;
	     node = msgq_index_next(node)) {
		waiter = container_of(node, struct semset_waiter, node);
		if (!add_waiter(listing, waiter))
			return;
	}
	list_for_each_entry(link, &sem->arrays, list) {
		waiter = link->waiter;
		/* It is listed once: where it cannot go on now. */
		semset_try(set, waiter);
		if (waiter->ops[waiter->blocking].sem_num == number &&
		    !add_waiter(listing, waiter))
			return;
	}
}

static int add_parties(struct semset *set, struct msgq_semwho *arg,
		       struct listing *listing)
{
	unsigned int i;
	int err = 0;

	spin_lock(&set->ipc.lock);
	if (!svipc_owned(&set->ipc))
		err = -EPERM;
	else if (set->ipc.removed)
		err = -EIDRM;
	arg->waiting = set->waiting;
	spin_unlock(&set->ipc.lock);
	if (err)
		return err;

	arg->undoing = semset_undo_visit(set, add_undo, listing);
	for (i = 0; i < set->count && listing->count < listing->room; i++) {
		spin_lock(&set->ipc.lock);
		add_waiters(set, i, listing);
		spin_unlock(&set->ipc.lock);
		cond_resched();
	}
	arg->count = listing->count;
	return 0;
}

/**
 * semset_who() - list the processes at a set
 * @instance: the sets that the caller can use
 * @arg: the set, and where to put them; its numbers are set
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier or an argument that makes no
 * sense; -EPERM; -EIDRM; -ENOMEM; -EFAULT.
 */
long semset_who(struct semset_instance *instance, struct msgq_semwho *arg)
{
	struct listing listing = {
		.room = arg->count,
		.pid_ns = task_active_pid_ns(current),
	};
	struct semset *set;
	long ret = -ENOMEM;

	if (arg->semid < 0 || arg->flags || arg->count > MSGQ_WHO_MOST ||
	    arg->size < PARTY_FIRST_SIZE || arg->size > PAGE_SIZE)
		return -EINVAL;
	set = semset_undo_get(instance, arg->semid);
	if (IS_ERR(set))
		return PTR_ERR(set);

	listing.parties = kvcalloc(arg->count, sizeof(struct msgq_semparty),
				   GFP_KERNEL_ACCOUNT);
	if (listing.parties) {
		ret = add_parties(set, arg, &listing) ?:
		      msgq_copy_results(u64_to_user_ptr(arg->parties),
					arg->size, listing.parties,
					sizeof(struct msgq_semparty),
					listing.count);
		kvfree(listing.parties);
	}
	semset_put(set);
	return ret;
}
