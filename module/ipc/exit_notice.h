/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notice of the end of a process.
 *
 * An object that belongs to a process embeds a struct svipc_notice.  Once the
 * process has ended, ended() of the notice is called.  A process ends when its
 * last thread exits, for whatever reason.  An execve(2) does not end it, even
 * if another thread than the first calls it, because the struct pid of the
 * thread group stays the same.
 *
 * The kernel tells of exits by the tracepoint sched_process_exit.  The probe
 * runs in the task that exits and must be short: it looks the process up, puts
 * it on a list and queues a work item.  The processes on this list are served
 * in the order in which they ended.  The work item serves all their notices.
 *
 * A call that might see what an ended process has left does not wait for that.
 * It begins with svipc_notices_drain(), which serves the notices about what the
 * call is about, their subject, and no others: no call pays for the end of an
 * unrelated process.  A parent that has waited for its child finds everything
 * done, while tasks that sleep or poll are woken by the work item.
 *
 * Serving proceeds in short steps, each under one hold of svipc_notices_lock.
 * A task that drains stops between two steps when it is killed; the work item
 * does the rest.
 *
 * A process is recorded only while it has a notice.  For all others the probe
 * reads one word of a hash table and takes no lock.
 */
#ifndef SVIPC_EXIT_NOTICE_H
#define SVIPC_EXIT_NOTICE_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct svipc_process;

/**
 * struct svipc_notice - tells its owner that a process has ended
 * @ended: called under svipc_notices_lock once the process has ended, again and
 *	again until it has called svipc_notice_del().  Each time it does a part
 *	of its work, bounded by SVIPC_NOTICE_STEP, and returns how much that
 *	was.  It may sleep.
 * @subject: the address of the object that its owner is a part of, which exists
 *	as long as the notice
 * @process: the process
 * @by_subject: link in the tree of the notices of @process
 */
struct svipc_notice {
	unsigned int (*ended)(struct svipc_notice *notice);
	const void *subject;
	struct svipc_process *process;
	struct rb_node by_subject;
};

/* How much is done under one hold of svipc_notices_lock: at most twice this. */
#define SVIPC_NOTICE_STEP	64

extern struct mutex svipc_notices_lock;
extern atomic_t svipc_notices_pending;
extern bool svipc_notices_given;

int svipc_notices_init(void);
void svipc_notices_exit(void);
struct svipc_process *svipc_process_alloc(void);
void svipc_process_free(struct svipc_process *process);
void svipc_notice_add(struct svipc_notice *notice,
		      struct svipc_process **spare);
void svipc_notice_del(struct svipc_notice *notice);
void svipc_notices_serve(const void *subject, bool nowait);
void svipc_notices_visit(const void *subject,
			 void (*visit)(struct svipc_notice *notice, void *data),
			 void *data);

/**
 * svipc_notices_due() - has a process ended that is not served yet?
 *
 * Context: any.
 * Return: true when there may be one.
 */
static inline bool svipc_notices_due(void)
{
	return unlikely(atomic_read(&svipc_notices_pending));
}

/**
 * svipc_notices_drain() - serve what ended processes have left of a subject
 * @subject: the subject; the caller holds it
 *
 * All processes that ended before the call are served as to @subject when it
 * returns, unless the caller is being killed.
 *
 * Context: process context, no lock held, may sleep.
 */
static inline void svipc_notices_drain(const void *subject)
{
	if (svipc_notices_due())
		svipc_notices_serve(subject, false);
}

#endif /* SVIPC_EXIT_NOTICE_H */
