/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where messages and waiters meet.
 */
#ifndef MSGQ_DELIVER_H
#define MSGQ_DELIVER_H

#include <linux/compiler.h>
#include <linux/lockdep.h>

#include "queue.h"

struct msgq_msg;

void msgq_deliver(struct msgq_queue *queue, struct msgq_msg *msg);
void msgq_admit_waiting(struct msgq_queue *queue);
void msgq_put_back(struct msgq_queue *queue, struct msgq_msg *msg);

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
 * msgq_ns_kick() when the lock is released.
 */
static inline void msgq_admit_senders(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->lock);

	if (unlikely(queue->senders.count | queue->watch_room.count))
		msgq_admit_waiting(queue);
}

#endif /* MSGQ_DELIVER_H */
