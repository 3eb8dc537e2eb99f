// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processes that claim by an opening; the model is described in claimer.h.
 *
 * Locks: the claimers of an opening are added and removed under
 * svipc_notices_lock and, inside it, the lock of the queue; either is enough to
 * look at them.  The end of a process and the end of an opening can therefore
 * not meet a claimer that the other frees.
 *
 * Lifetimes: a call that claims uses its claimer without a reference.  The
 * process is alive as long as the call is, and the file is open.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "claim.h"
#include "claimer.h"
#include "compat/rbtree.h"
#include "instance.h"
#include "queue.h"

static struct msgq_claimer *to_claimer(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct msgq_claimer, by_pid);
}

static bool pid_less(struct rb_node *rb, const struct rb_node *other)
{
	return to_claimer(rb)->pid < rb_entry(other, struct msgq_claimer,
					      by_pid)->pid;
}

static int compare_pid(const void *pid, const struct rb_node *rb)
{
	const void *other = rb_entry(rb, struct msgq_claimer, by_pid)->pid;

	return pid < other ? -1 : pid > other;
}

static struct msgq_claimer *find_claimer(struct msgq_claims *claims,
					 const struct pid *pid)
{
	return to_claimer(rb_find(pid, &claims->claimers, compare_pid));
}

static void remove_claimer(struct msgq_claimer *claimer)
{
	struct msgq_claims *claims = claimer->claims;

	lockdep_assert_held(&svipc_notices_lock);
	spin_lock(&claims->queue->ipc.lock);
	rb_erase(&claimer->by_pid, &claims->claimers);
	spin_unlock(&claims->queue->ipc.lock);
	if (claimer->pid)
		svipc_notice_del(&claimer->notice);
	kfree(claimer);
}

static unsigned int process_ended(struct svipc_notice *notice)
{
	struct msgq_claimer *claimer =
		container_of(notice, struct msgq_claimer, notice);
	unsigned int ended;
	bool more;

	more = msgq_claims_end(claimer, &ended);
	if (!more)
		remove_claimer(claimer);
	return ended;
}

static void add_claimer(struct msgq_claimer *claimer,
			struct svipc_process **process)
{
	struct msgq_claims *claims = claimer->claims;

	lockdep_assert_held(&svipc_notices_lock);
	if (claimer->pid)
		svipc_notice_add(&claimer->notice, process);
	claimer->tokens = msgq_claim_tokens(claims->claimers_made++);
	claimer->ended = claimer->tokens;
	spin_lock(&claims->queue->ipc.lock);
	rb_add(&claimer->by_pid, &claims->claimers, pid_less);
	spin_unlock(&claims->queue->ipc.lock);
}

static struct msgq_claimer *make_claimer(struct msgq_claims *claims,
					 struct pid *pid)
{
	struct msgq_claimer *claimer, *made = ERR_PTR(-ENOMEM);
	struct svipc_process *process = NULL;

	claimer = kzalloc(sizeof(*claimer), GFP_KERNEL_ACCOUNT);
	if (!claimer)
		return made;
	if (pid) {
		process = svipc_process_alloc();
		if (!process)
			goto free;
	}

	claimer->claims = claims;
	claimer->pid = pid;
	claimer->notice.ended = process_ended;
	claimer->notice.subject = claims->queue;
	if (mutex_lock_killable(&svipc_notices_lock)) {
		made = ERR_PTR(-EINTR);
		goto free;
	}
	/* Another thread of the process may have been faster. */
	made = find_claimer(claims, pid);
	if (!made) {
		add_claimer(claimer, &process);
		swap(made, claimer);
	}
	mutex_unlock(&svipc_notices_lock);
free:
	svipc_process_free(process);
	kfree(claimer);
	return made;
}

/**
 * msgq_claimer_of() - the claimer of the calling process
 * @claims: the claims of the opening that it is to claim by; attached
 *
 * It stays until the process ends or the caller closes its descriptor.
 *
 * Context: process context, no lock held, may sleep.
 * Return: the claimer, made if there was none, or an error pointer: -ENOMEM;
 * -EINTR when the caller is being killed.
 */
struct msgq_claimer *msgq_claimer_of(struct msgq_claims *claims)
{
	struct pid *pid = svipc_notices_given ? task_tgid(current) : NULL;
	struct msgq_claimer *claimer;

	spin_lock(&claims->queue->ipc.lock);
	claimer = find_claimer(claims, pid);
	spin_unlock(&claims->queue->ipc.lock);
	return claimer ?: make_claimer(claims, pid);
}

/**
 * msgq_claimers_exit() - free all claimers of an opening
 * @claims: the claims, of which none is left; the opening is attached and has
 *	no user any more
 *
 * Context: process context, no lock held, may sleep.
 */
void msgq_claimers_exit(struct msgq_claims *claims)
{
	struct rb_node *rb;

	/* No process has claimed by it. */
	if (!claims->claimers_made)
		return;

	do {
		/* One at a time: a great many must not keep others out. */
		mutex_lock(&svipc_notices_lock);
		rb = rb_first(&claims->claimers);
		if (rb)
			remove_claimer(to_claimer(rb));
		mutex_unlock(&svipc_notices_lock);
		cond_resched();
	} while (rb);
}

/**
 * msgq_claimers_serve() - end the claims of ended processes at a queue
 * @instance: the caller's instance
 * @msqid: the identifier of the queue, or of none
 *
 * The part of msgq_claimers_drain() for when processes have ended.
 *
 * Context: process context, no lock held, may sleep.
 */
void msgq_claimers_serve(struct msgq_instance *instance, int msqid)
{
	struct msgq_queue *queue =
		msgq_queue_of(svipc_ids_get(&instance->ids, msqid));

	if (IS_ERR(queue))
		return;

	svipc_notices_serve(queue, false);
	msgq_queue_put(queue);
}

/**
 * struct visitor - the arguments of msgq_claimers_visit()
 * @visit: the function to call
 * @data: for it
 */
struct visitor {
	void (*visit)(struct pid *pid, unsigned long claims, void *data);
	void *data;
};

static void visit_claimer(struct svipc_notice *notice, void *data)
{
	struct msgq_claimer *claimer =
		container_of(notice, struct msgq_claimer, notice);
	struct msgq_queue *queue = claimer->claims->queue;
	const struct visitor *visitor = data;
	unsigned long claims;

	spin_lock(&queue->ipc.lock);
	claims = claimer->count;
	spin_unlock(&queue->ipc.lock);
	if (claims)
		visitor->visit(claimer->pid, claims, visitor->data);
}

/**
 * msgq_claimers_visit() - look at all processes that have claims at a queue
 * @queue: the queue; the caller holds a reference
 * @visit: called for each process, once for each opening by which it has
 *	claims, one after the other, with their number; the process is held
 *	meanwhile
 * @data: for @visit
 *
 * Context: process context, no lock held, may sleep.
 */
void msgq_claimers_visit(struct msgq_queue *queue,
			 void (*visit)(struct pid *pid, unsigned long claims,
				       void *data), void *data)
{
	struct visitor visitor = { .visit = visit, .data = data };

	svipc_notices_visit(queue, visit_claimer, &visitor);
}
