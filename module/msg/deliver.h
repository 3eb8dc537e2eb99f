/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where messages and waiters meet.
 */
#ifndef MSGQ_DELIVER_H
#define MSGQ_DELIVER_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/lockdep.h>

#include <asm/barrier.h>

#include "queue.h"

struct msgq_msg;

void msgq_deliver(struct msgq_queue *queue, struct msgq_msg *msg);
void msgq_admit_waiting(struct msgq_queue *queue);
void msgq_put_back(struct msgq_queue *queue, struct msgq_msg *msg);
void msgq_admit_quota_waiters(struct msgq_instance *instance);
void msgq_admit_account_waiters(struct svipc_account *account);

/**
 * msgq_admit_senders() - let senders have the room that there is
 * @queue: the queue
 *
 * Waiting senders are tried in order of arrival.  One whose permission has been
 * checked since the last IPC_SET is done with when this returns.  Others have
 * to check it themselves; the room is kept for them until they have, so that
 * those behind them do not take it.  Pollers learn of what is left.
 *
 * Context: the queue's lock, which is released meanwhile when many are to be
 * woken: the queue may be removed when this returns.  The caller calls
 * msgq_quota_wake() when the lock is released.
 */
static inline void msgq_admit_senders(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (unlikely(queue->waiters.room.count | queue->pollers.room.count))
		msgq_admit_waiting(queue);
}

/**
 * msgq_quota_wake() - let senders go on that wait for msgtql
 * @instance: the instance
 *
 * To be called each time after messages were counted out or the limit was
 * raised.
 *
 * A sender that finds the limit reached puts its queue on the list and then
 * looks at the count again.  A task that lowers the count looks at the list
 * afterwards.  The barriers make one of the two see what the other has done:
 *
 *	CPU 0: msgq_quota_reserve_limited()	CPU 1: a message leaves
 *
 *	count_message() fails
 *	list_add_tail(.., &quota_waiters)	atomic_long_dec(&messages)
 *	smp_mb()				smp_mb__after_atomic()
 *	count_message()				list_empty(&quota_waiters)
 *
 * If CPU 1 finds the list empty, CPU 0 counts the message at its second try.
 *
 * Context: process context, no queue's lock held.
 */
static inline void msgq_quota_wake(struct msgq_instance *instance)
{
	/* Pairs with the barrier in add_quota_waiter(). */
	smp_mb__after_atomic();
	if (unlikely(!list_empty(&instance->quota_waiters)))
		msgq_admit_quota_waiters(instance);
}

#endif /* MSGQ_DELIVER_H */
