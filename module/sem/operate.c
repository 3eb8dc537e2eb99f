// SPDX-License-Identifier: GPL-2.0-only
/*
 * The call that operates on a set: semop(2) and semtimedop(2).
 *
 * Locks: the lock of the set to look at it and to operate on it.  The
 * operations of the program are copied before.
 */
#include <linux/compat.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/time.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "util/words.h"
#include "apply.h"
#include "match.h"
#include "operate.h"
#include "set.h"
#include "undo.h"
#include "wait.h"

/* Calls with more operations need memory. */
#define FEW_OPERATIONS	8

static_assert(FEW_OPERATIONS * sizeof(struct sembuf) <= MSGQ_WORDS_MAX);

/* The call has to have an undo record first.  No errno, and neither is SEMSET_BLOCKED. */
#define NEEDS_RECORD	2

/**
 * struct operation - a call
 * @waiter: its operations, and its place among the tasks that wait
 * @asked: mode bits of the permission that it needs
 * @highest: the highest number of a semaphore that it names
 * @undoes: an operation has SEM_UNDO
 * @few: the operations, if they are few
 * @links: links for them
 */
struct operation {
	struct semset_waiter waiter;
	int asked;
	unsigned int highest;
	bool undoes;
	struct sembuf few[FEW_OPERATIONS];
	struct semset_link links[FEW_OPERATIONS];
};

static int copy_few(struct sembuf *to, const void __user *from,
		    unsigned int count)
{
	size_t size = count * sizeof(*to);

	if (!MSGQ_COPIES_WORDS)
		return copy_from_user(to, from, size) ? -EFAULT : 0;
	/* The most common call: with a constant size the copy has no loop. */
	if (count == 1)
		return msgq_get_words(to, from, sizeof(*to));
	return msgq_get_words(to, from, size);
}

/* Copy many operations; their links are in the same memory. */
static int copy_many(struct operation *call, const void __user *from,
		     unsigned int count)
{
	struct semset_waiter *waiter = &call->waiter;

	waiter->links = kvmalloc_array(count, sizeof(struct semset_link) +
						      sizeof(struct sembuf),
				       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!waiter->links)
		return -ENOMEM;

	waiter->ops = (struct sembuf *)(waiter->links + count);
	if (copy_from_user(waiter->ops, from, count * sizeof(struct sembuf))) {
		kvfree(waiter->links);
		return -EFAULT;
	}
	return 0;
}

static int copy_operations(struct operation *call, const struct msgq_semop *arg)
{
	const void __user *from = u64_to_user_ptr(arg->sops);
	struct semset_waiter *waiter = &call->waiter;

	waiter->count = arg->nsops;
	if (unlikely(arg->nsops > FEW_OPERATIONS))
		return copy_many(call, from, arg->nsops);

	waiter->ops = call->few;
	waiter->links = call->links;
	return copy_few(call->few, from, arg->nsops);
}

static void free_operations(struct operation *call)
{
	if (unlikely(call->waiter.links != call->links))
		kvfree(call->waiter.links);
}

/* Find out what the call needs, from its operations. */
static void look_at_operations(struct operation *call)
{
	const struct semset_waiter *waiter = &call->waiter;
	unsigned int i;
	int flags = 0;
	int alters = 0;

	call->highest = 0;
	for (i = 0; i < waiter->count; i++) {
		call->highest = max_t(unsigned int, call->highest,
				      waiter->ops[i].sem_num);
		flags |= waiter->ops[i].sem_flg;
		alters |= waiter->ops[i].sem_op;
	}
	call->undoes = flags & SEM_UNDO;
	call->waiter.alters = alters;
	call->waiter.undo = NULL;
	call->waiter.pid = task_tgid(current);
	call->asked = alters ? 0222 : 0444;
}

/*
 * Do the operations if they can go on now, and complete the calls that can go on
 * then.
 */
static int operate_now(struct semset *set, struct operation *call,
		       struct semset_pass *pass)
{
	struct semset_waiter *waiter = &call->waiter;
	int ret;

	lockdep_assert_held(&set->ipc.lock);

	if (call->highest >= set->count)
		return -EFBIG;
	if (!svipc_permits(&set->ipc, call->asked))
		return -EACCES;
	if (set->ipc.removed)
		return -EIDRM;
	if (call->undoes) {
		waiter->undo = semset_undo_find(set);
		if (!waiter->undo)
			return NEEDS_RECORD;
	}

	ret = semset_apply(set, waiter);
	if (ret)
		return ret;

	set->otime = ktime_get_real_seconds();
	set->operations++;
	if (waiter->alters && set->waiting) {
		semset_changed_by(pass, waiter->ops, waiter->count);
		semset_pass_end(pass);
	}
	return 0;
}

/* The same; if they cannot go on now, join the tasks that wait. */
static int operate_or_queue(struct semset *set, struct operation *call,
			    struct semset_pass *pass)
{
	int ret;

	semset_pass_begin(pass, set);
	ret = operate_now(set, call, pass);
	if (ret == SEMSET_BLOCKED)
		semset_wait_begin(set, &call->waiter);
	return ret;
}

/* The part of a call that may have to wait, if it is not done. */
static noinline int operate_later(struct semset *set, struct operation *call,
				  ktime_t *deadline, int ret)
{
	struct semset_pass pass;

	while (ret == NEEDS_RECORD) {
		ret = semset_undo_make(set);
		if (ret)
			return ret;

		spin_lock(&set->ipc.lock);
		ret = operate_or_queue(set, call, &pass);
		spin_unlock(&set->ipc.lock);
		semset_wake(set, &pass.completed);
	}
	if (ret == SEMSET_BLOCKED)
		ret = semset_wait(set, &call->waiter, deadline);
	return ret;
}

static int operate(struct semset_instance *instance, int semid,
		   struct operation *call, ktime_t *deadline)
{
	struct semset_pass pass;
	struct semset *set;
	bool keeps;
	int ret;

	rcu_read_lock();
	set = semset_of(svipc_ids_find(&instance->ids, semid));
	if (IS_ERR(set)) {
		rcu_read_unlock();
		return PTR_ERR(set);
	}

	spin_lock(&set->ipc.lock);
	ret = operate_or_queue(set, call, &pass);
	keeps = ret > 0 || !list_empty(&pass.completed);
	if (keeps)
		refcount_inc(&set->ipc.refs);
	spin_unlock(&set->ipc.lock);
	rcu_read_unlock();
	if (!keeps)
		return ret;

	semset_wake(set, &pass.completed);
	ret = operate_later(set, call, deadline, ret);
	semset_put(set);
	return ret;
}

/* Until when the call waits; NULL in @deadline for ever. */
static int read_timeout(const struct msgq_semop *arg, struct timespec64 *timeout)
{
	void __user *from = u64_to_user_ptr(arg->timeout);
	int err;

	if (arg->time_size == sizeof(s64))
		err = get_timespec64(timeout, from);
	else
		err = get_old_timespec32(timeout, from);
	return err ? -EFAULT : 0;
}

/**
 * semset_operate() - operate on a set
 * @instance: the sets that the caller can use
 * @arg: the set and the operations
 *
 * Context: process context, may sleep.
 * Return: 0; -EFAULT when operations or time cannot be read; -EINVAL for no
 * operations, a time that is none, or an unknown identifier; -E2BIG for more
 * operations than semopm; -ENOMEM; -EFBIG for a semaphore that the set does not
 * have; -EACCES; -ERANGE; -EAGAIN when it would have to wait and does not, or the
 * time is over; -EIDRM when the set was removed; -EINTR when a signal came while
 * it waited; -EOPNOTSUPP for SEM_UNDO where the kernel does not tell of the end
 * of processes.  On failure nothing was done.
 */
long semset_operate(struct semset_instance *instance,
		    const struct msgq_semop *arg)
{
	struct timespec64 timeout;
	struct operation call;
	ktime_t deadline;
	int ret;

	if (arg->timeout) {
		ret = read_timeout(arg, &timeout);
		if (ret)
			return ret;
	}
	if (arg->nsops > READ_ONCE(instance->limits.semopm))
		return -E2BIG;
	if (!arg->nsops)
		return -EINVAL;
	ret = copy_operations(&call, arg);
	if (ret)
		return ret;

	ret = -EINVAL;
	if (arg->semid < 0)
		goto free;
	if (arg->timeout) {
		if (!timespec64_valid(&timeout))
			goto free;
		deadline = ktime_add_safe(ktime_get(),
					  timespec64_to_ktime(timeout));
	}

	look_at_operations(&call);
	semset_undo_drain_id(instance, arg->semid);
	ret = operate(instance, arg->semid, &call,
		      arg->timeout ? &deadline : NULL);
free:
	free_operations(&call);
	return ret;
}
