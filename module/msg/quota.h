/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limits on messages: msgtql, the most on all queues of an instance, and
 * those of the accounts that a queue is charged to.
 *
 * A message is counted before it is sent and counted out when it leaves its
 * queue.  A queue whose sender finds msgtql reached is put on a list of the
 * instance.  Once messages have been counted out, or the limit was raised,
 * msgq_quota_wake() tries the queues of this list.
 *
 * A queue whose sender finds the limit of an account reached is put on the list
 * of this account, one at a time, and tried by a work item.
 *
 * An account counts the messages of a queue if it is among the @message_payers
 * of the queue.  These are set when the queue is made, and when the account gets
 * its first limit, by msgq_quota_count_for().
 */
#ifndef MSGQ_QUOTA_H
#define MSGQ_QUOTA_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/types.h>

#include "ipc/account.h"
#include "instance.h"
#include "queue.h"

bool msgq_quota_reserve_limited(struct msgq_queue *queue);
bool msgq_quota_has_room(struct msgq_queue *queue);
bool msgq_quota_allows(struct msgq_instance *instance);
struct msgq_queue *msgq_quota_pop_waiter(struct msgq_instance *instance);
void msgq_quota_forget(struct msgq_queue *queue);
void msgq_quota_begin(struct msgq_queue *queue);
int msgq_quota_count_for(struct svipc_account *account);
struct msgq_queue *msgq_quota_pop_account_waiter(struct svipc_account *account);

/**
 * msgq_quota_reserve() - count one more message, if the limits allow
 * @queue: the queue that the message is for
 *
 * Context: the queue's lock.
 * Return: true when it is counted.  If not, the queue's waiting senders are
 * tried again once another message leaves, or the limit is raised.
 */
static inline bool msgq_quota_reserve(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (unlikely(queue->message_payers ||
		     READ_ONCE(msgq_instance_of(queue)->limits.msgtql) !=
		     MSGQ_TQL_NONE))
		return msgq_quota_reserve_limited(queue);

	atomic_long_inc(&msgq_instance_of(queue)->messages);
	return true;
}

#endif /* MSGQ_QUOTA_H */
