/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A process that claims messages by one opening of a queue.
 *
 * The first claim that a process makes by an opening makes a claimer, before
 * any message is taken, and so a claim itself needs no memory.  It has notice
 * of the end of its process, and then its claims end.  A claimer exists until
 * its process or the opening ends.
 *
 * In kernels that do not tell of the end of processes, an opening has one
 * claimer for all of them, and its claims end by time or with the opening.
 */
#ifndef MSGQ_CLAIMER_H
#define MSGQ_CLAIMER_H

#include <linux/rbtree.h>
#include <linux/types.h>

#include "ipc/exit_notice.h"

struct msgq_claims;
struct msgq_instance;
struct msgq_queue;
struct pid;

/**
 * struct msgq_claimer - a process that claims by an opening
 * @claims: the claims of the opening
 * @pid: the process, its thread group's; its record holds it.  NULL when the
 *	claimer is that of all processes.
 * @tokens: the bits that the tokens of its claims have in common
 * @by_pid: link in the tree of the claimers of the opening, by the address of
 *	@pid; changed under svipc_notices_lock and the lock of the queue
 * @notice: tells of the end of the process
 * @count: how many claims it has, under the lock of the queue
 * @ended: the token up to which its claims have been ended, once its process
 *	has, under svipc_notices_lock
 */
struct msgq_claimer {
	struct msgq_claims *claims;
	struct pid *pid;
	u64 tokens;
	struct rb_node by_pid;
	struct svipc_notice notice;
	unsigned long count;
	u64 ended;
};

struct msgq_claimer *msgq_claimer_of(struct msgq_claims *claims);
void msgq_claimers_exit(struct msgq_claims *claims);
void msgq_claimers_serve(struct msgq_instance *instance, int msqid);
void msgq_claimers_visit(struct msgq_queue *queue,
			 void (*visit)(struct pid *pid, unsigned long claims,
				       void *data), void *data);

/**
 * msgq_claimers_drain() - end the claims of ended processes at a queue
 * @instance: the caller's instance
 * @msqid: the identifier of the queue, or of none
 *
 * As svipc_notices_drain().
 *
 * Context: process context, no lock held, may sleep.
 */
static inline void msgq_claimers_drain(struct msgq_instance *instance,
				       int msqid)
{
	if (svipc_notices_due())
		msgq_claimers_serve(instance, msqid);
}

#endif /* MSGQ_CLAIMER_H */
