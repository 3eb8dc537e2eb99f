// SPDX-License-Identifier: GPL-2.0-only
/*
 * Notice of the end of a process; the model is described in exit_notice.h.
 *
 * Locks: svipc_notices_lock, a mutex, protects the notices of each process,
 * changes of the hash table, and the list of processes to serve.  It is the
 * outermost of the locks: ended() takes others under it.  The probe takes
 * no lock.  It looks processes up under RCU and hands them over by a lockless
 * list.
 *
 * Lifetimes: a record of a process holds its struct pid, so that no other
 * process has the same address meanwhile.  The task that sets
 * SVIPC_PROCESS_ENDED decides about the record: if the probe sets it, the record
 * is freed after it was served; if svipc_notice_del() sets it because the last
 * notice has gone, no probe uses the record any more and it is freed after a
 * grace period.
 */
#include <linux/bits.h>
#include <linux/bitops.h>
#include <linux/hash.h>
#include <linux/llist.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>
#include <trace/events/sched.h>

#include "compat/rbtree.h"
#include "compat/sched_exit.h"
#include "compat/workqueue.h"
#include "exit_notice.h"

#define HASH_BITS	10

/* Bit of the flags of a process. */
#define SVIPC_PROCESS_ENDED	0

/**
 * struct svipc_process - a process that has notices
 * @by_pid: link in the hash table
 * @pid: the thread group's, referenced
 * @flags: SVIPC_PROCESS_*
 * @notices: the notices, in order of the address of their subject
 * @ended: link in the list of those that have ended, which the probe fills
 * @order: link in the list of those to serve, which is in order
 * @number: counts those that were ever on this list
 * @rcu: frees it
 */
struct svipc_process {
	struct hlist_node by_pid;
	struct pid *pid;
	unsigned long flags;
	struct rb_root notices;
	struct llist_node ended;
	struct list_head order;
	u64 number;
	struct rcu_head rcu;
};

static void serve_all_notices(struct work_struct *unused);

/* Protects all notices; see above. */
DEFINE_MUTEX(svipc_notices_lock);

/* How many processes have ended and are not served yet. */
atomic_t svipc_notices_pending __read_mostly = ATOMIC_INIT(0);

/* Does the kernel tell of the end of processes?  If not, no notice is added. */
bool svipc_notices_given __read_mostly;

static struct hlist_head processes[BIT(HASH_BITS)] __read_mostly;
static LLIST_HEAD(ended_processes);
static DECLARE_WORK(serve_work, serve_all_notices);
static struct tracepoint *tracepoint;

/* Under svipc_notices_lock: those to serve, and the number of the last. */
static LIST_HEAD(to_serve);
static u64 last_number;

static struct hlist_head *bucket_of(const struct pid *pid)
{
	return &processes[hash_ptr(pid, HASH_BITS)];
}

static struct svipc_process *find_process(const struct pid *pid)
{
	struct svipc_process *process;

	hlist_for_each_entry_rcu(process, bucket_of(pid), by_pid,
				 lockdep_is_held(&svipc_notices_lock))
		if (process->pid == pid)
			return process;
	return NULL;
}

/*
 * A task exits.  If its process ends with it, and has notices, have these
 * served.  Most processes have none: this is short for them.
 */
static void probe_exit(void *data, MSGQ_EXIT_PROBE_ARGS)
{
	struct svipc_process *process;

	if (atomic_read(&task->signal->live))
		return;

	/*
	 * A notice that another thread has added is seen: since then that
	 * thread has decremented @live, which is a full barrier, and so has
	 * this one. From 7.0 on probes are not called with preemption disabled.
	 */
	rcu_read_lock_sched();
	process = find_process(task_tgid(task));
	/* Two threads that exit at the same time may both see no live one. */
	if (process &&
	    !test_and_set_bit(SVIPC_PROCESS_ENDED, &process->flags)) {
		/* First: a caller that sees none pending does not look. */
		atomic_inc(&svipc_notices_pending);
		llist_add(&process->ended, &ended_processes);
		queue_work(system_dfl_wq, &serve_work);
	}
	rcu_read_unlock_sched();
}

/* Remove the record of a process from the table, and free it. */
static void forget_process(struct svipc_process *process)
{
	hlist_del_rcu(&process->by_pid);
	put_pid(process->pid);
	kfree_rcu(process, rcu);
}

/* Move what the probe has added, in reverse, to the end of those to serve. */
static void collect_ended(void)
{
	struct svipc_process *process, *next;
	struct llist_node *ended;

	ended = llist_reverse_order(llist_del_all(&ended_processes));
	llist_for_each_entry_safe(process, next, ended, ended) {
		process->number = ++last_number;
		list_add_tail(&process->order, &to_serve);
	}
}

static struct svipc_notice *to_notice(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct svipc_notice, by_subject);
}

static bool subject_less(struct rb_node *rb, const struct rb_node *other)
{
	return to_notice(rb)->subject <
	       rb_entry(other, struct svipc_notice, by_subject)->subject;
}

static int compare_subject(const void *subject, const struct rb_node *rb)
{
	const void *other =
		rb_entry(rb, struct svipc_notice, by_subject)->subject;

	return subject < other ? -1 : subject > other;
}

/* A notice of a process about a subject, or NULL for any. */
static struct svipc_notice *find_notice(const struct svipc_process *process,
					const void *subject)
{
	if (!subject)
		return to_notice(rb_first(&process->notices));
	return to_notice(rb_find_first(subject, &process->notices,
				       compare_subject));
}

/* A process on the list of those to serve may have no notice any more. */
static void finish_process(struct svipc_process *process)
{
	if (!RB_EMPTY_ROOT(&process->notices))
		return;

	list_del(&process->order);
	forget_process(process);
	atomic_dec(&svipc_notices_pending);
}

/*
 * Do a step, for processes up to a number and for a subject, or NULL for all;
 * false when nothing of this is left.
 */
static bool serve_notices_step(const void *subject, u64 until)
{
	struct svipc_process *process, *next;
	struct svipc_notice *notice;
	unsigned int done = 0;

	lockdep_assert_held(&svipc_notices_lock);
	list_for_each_entry_safe(process, next, &to_serve, order) {
		if (process->number > until)
			break;
		while ((notice = find_notice(process, subject))) {
			if (done >= SVIPC_NOTICE_STEP)
				return true;
			/* Finding the notice counts as a step, too. */
			done += notice->ended(notice) + 1;
		}
		finish_process(process);
	}
	return false;
}

static void serve_all_notices(struct work_struct *unused)
{
	bool more;

	do {
		mutex_lock(&svipc_notices_lock);
		collect_ended();
		more = serve_notices_step(NULL, last_number);
		mutex_unlock(&svipc_notices_lock);
		cond_resched();
	} while (more);
}

static bool lock_to_serve(bool nowait)
{
	if (nowait)
		return mutex_trylock(&svipc_notices_lock);
	return !mutex_lock_killable(&svipc_notices_lock);
}

/**
 * svipc_notices_serve() - serve what ended processes have left of a subject
 * @subject: the subject; the caller holds it
 * @nowait: do not wait for another task that serves
 *
 * To be called when svipc_notices_due().  All processes that have ended until
 * now are served as to @subject when it returns, unless the caller is being
 * killed or @nowait is set.  Processes that end meanwhile are left to other
 * tasks, so that the caller comes to an end.
 *
 * Context: process context, no lock held, may sleep.
 */
void svipc_notices_serve(const void *subject, bool nowait)
{
	u64 until = 0;
	bool more;

	do {
		if (!lock_to_serve(nowait))
			return;
		collect_ended();
		if (!until)
			until = last_number;
		more = serve_notices_step(subject, until);
		mutex_unlock(&svipc_notices_lock);
		cond_resched();
	} while (more && !fatal_signal_pending(current));
}

/**
 * svipc_process_alloc() - memory for the record of a process
 *
 * Context: process context, may sleep.
 * Return: the record, for svipc_notice_add(); NULL when there is no memory.
 */
struct svipc_process *svipc_process_alloc(void)
{
	return kzalloc(sizeof(struct svipc_process), GFP_KERNEL_ACCOUNT);
}

/**
 * svipc_process_free() - free a record that svipc_notice_add() did not need
 * @process: the record, or NULL
 *
 * Context: any.
 */
void svipc_process_free(struct svipc_process *process)
{
	kfree(process);
}

/**
 * svipc_notice_add() - have notice given of the end of the calling process
 * @notice: the notice, with its ended() and its subject set
 * @spare: a record from svipc_process_alloc(); set to NULL if it was needed
 *
 * Context: svipc_notices_lock.
 */
void svipc_notice_add(struct svipc_notice *notice, struct svipc_process **spare)
{
	struct pid *pid = task_tgid(current);
	struct svipc_process *process;

	lockdep_assert_held(&svipc_notices_lock);
	process = find_process(pid);
	if (!process) {
		process = *spare;
		*spare = NULL;
		process->pid = get_pid(pid);
		process->notices = RB_ROOT;
		hlist_add_head_rcu(&process->by_pid, bucket_of(pid));
	}
	notice->process = process;
	rb_add(&notice->by_subject, &process->notices, subject_less);
}

/**
 * svipc_notice_del() - have no notice given any more
 * @notice: a notice that was added
 *
 * Its ended() is not called afterwards.
 *
 * Context: svipc_notices_lock.
 */
void svipc_notice_del(struct svipc_notice *notice)
{
	struct svipc_process *process = notice->process;

	lockdep_assert_held(&svipc_notices_lock);
	rb_erase(&notice->by_subject, &process->notices);
	if (RB_EMPTY_ROOT(&process->notices) &&
	    !test_and_set_bit(SVIPC_PROCESS_ENDED, &process->flags))
		forget_process(process);
}

/* Visit the notices of a process about a subject. */
static void
visit_process(const struct svipc_process *process, const void *subject,
	      void (*visit)(struct svipc_notice *notice, void *data),
	      void *data)
{
	struct svipc_notice *notice = find_notice(process, subject);

	while (notice && notice->subject == subject) {
		visit(notice, data);
		notice = to_notice(rb_next(&notice->by_subject));
	}
}

/**
 * svipc_notices_visit() - look at all notices about a subject
 * @subject: the subject; the caller holds it
 * @visit: called for each notice under svipc_notices_lock, for those of one
 *	process one after the other
 * @data: for @visit
 *
 * A notice that is added or deleted meanwhile may be visited or not.
 *
 * Context: process context, no lock held, may sleep.
 */
void svipc_notices_visit(const void *subject,
			 void (*visit)(struct svipc_notice *notice, void *data),
			 void *data)
{
	struct svipc_process *process;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(processes); i++) {
		if (hlist_empty(&processes[i]))
			continue;

		mutex_lock(&svipc_notices_lock);
		hlist_for_each_entry(process, &processes[i], by_pid)
			visit_process(process, subject, visit, data);
		mutex_unlock(&svipc_notices_lock);
		cond_resched();
	}
}

static void find_tracepoint(struct tracepoint *candidate, void *found)
{
	if (!strcmp(candidate->name, "sched_process_exit"))
		*(struct tracepoint **)found = candidate;
}

/**
 * svipc_notices_init() - get ready to give notice
 *
 * Context: while the module is loaded.
 * Return: 0, also where the kernel has no such tracepoint; -ENOMEM.
 */
int svipc_notices_init(void)
{
	struct tracepoint *found = NULL;
	int err;

	/* The compiler compares the probe with what the kernel calls. */
	check_trace_callback_type_sched_process_exit(probe_exit);

	if (IS_ENABLED(CONFIG_TRACEPOINTS))
		for_each_kernel_tracepoint(find_tracepoint, &found);
	if (!found)
		return 0;

	err = tracepoint_probe_register(found, probe_exit, NULL);
	if (err)
		return err;

	tracepoint = found;
	svipc_notices_given = true;
	return 0;
}

/**
 * svipc_notices_exit() - give no notice any more
 *
 * Context: while the module is unloaded, or cannot be loaded; no notice
 * exists.  Waits for probes that run and for what they have queued.
 */
void svipc_notices_exit(void)
{
	if (!IS_ENABLED(CONFIG_TRACEPOINTS) || !svipc_notices_given)
		return;

	tracepoint_probe_unregister(tracepoint, probe_exit, NULL);
	tracepoint_synchronize_unregister();
	flush_work(&serve_work);
}
