// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counting messages against limits; the model is described in quota.h.
 *
 * Locks: instance->quota_lock protects the list of queues that wait for msgtql,
 * and account->waiters_lock that of those that wait for an account.  They are
 * the innermost locks.  The counts are atomic.  count_lock keeps apart those
 * that have accounts count.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/errno.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <asm/barrier.h>

#include "ipc/instance.h"
#include "ipc/payers.h"
#include "instance.h"
#include "queue.h"
#include "quota.h"

/* Keeps apart those that have accounts count. */
static DEFINE_MUTEX(count_lock);

static bool count_message(struct msgq_instance *instance)
{
	long most = READ_ONCE(instance->limits.msgtql);
	long messages = atomic_long_read(&instance->messages);

	do {
		if (messages >= most && most != MSGQ_TQL_NONE)
			return false;
	} while (!atomic_long_try_cmpxchg(&instance->messages, &messages,
					  messages + 1));
	return true;
}

/* Have the queue tried again once a message leaves, or the limit is raised. */
static void add_quota_waiter(struct msgq_queue *queue)
{
	struct msgq_instance *instance = msgq_instance_of(queue);

	lockdep_assert_held(&queue->ipc.lock);

	spin_lock(&instance->quota_lock);
	if (list_empty(&queue->quota_waiter) && !queue->ipc.removed) {
		refcount_inc(&queue->ipc.refs);
		list_add_tail(&queue->quota_waiter, &instance->quota_waiters);
	}
	spin_unlock(&instance->quota_lock);

	/* Pairs with the barrier in msgq_quota_wake(), as shown there. */
	smp_mb();
}

/* Take a queue off the list of what waits for an account; true when it was there. */
static bool unlink_account_waiter(struct msgq_queue *queue)
{
	struct svipc_account *account = queue->waits_for;
	bool linked;

	if (!account)
		return false;

	spin_lock(&account->waiters_lock);
	linked = !list_empty(&queue->account_waiter);
	list_del_init(&queue->account_waiter);
	spin_unlock(&account->waiters_lock);
	return linked;
}

/*
 * Have the queue tried again once an account allows a message.  It keeps its
 * place if it waits for this one already.
 */
static void add_account_waiter(struct msgq_queue *queue,
			       struct svipc_account *account)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (queue->ipc.removed)
		return;

	if (queue->waits_for != account && unlink_account_waiter(queue))
		refcount_dec(&queue->ipc.refs);
	queue->waits_for = account;
	spin_lock(&account->waiters_lock);
	if (list_empty(&queue->account_waiter)) {
		refcount_inc(&queue->ipc.refs);
		list_add_tail(&queue->account_waiter, &account->waiters);
	}
	spin_unlock(&account->waiters_lock);

	/* Pairs with the barriers before retry_waiters(). */
	smp_mb();
}

/* Do all accounts allow one more message? If not, the queue is tried again. */
static bool payers_allow(struct msgq_queue *queue)
{
	struct svipc_payers *payers = queue->ipc.payers;
	unsigned int i;

	lockdep_assert_held(&queue->ipc.lock);

	for (i = 0; i < payers->count; i++) {
		struct svipc_account *account = payers->accounts[i];

		if (!(queue->message_payers & BIT_ULL(i)) ||
		    svipc_account_allows(account, SVIPC_MESSAGES, 1))
			continue;
		add_account_waiter(queue, account);
		if (!svipc_account_allows(account, SVIPC_MESSAGES, 1))
			return false;
	}
	return true;
}

static bool charge_account(struct msgq_queue *queue,
			   struct svipc_account *account)
{
	if (likely(svipc_account_charge(account, SVIPC_MESSAGES, 1)))
		return true;

	add_account_waiter(queue, account);
	return svipc_account_charge(account, SVIPC_MESSAGES, 1);
}

/*
 * Charge a message to all accounts that count it, or to none: first to that which
 * the fewest share.
 */
static bool charge_payers(struct msgq_queue *queue)
{
	struct svipc_payers *payers = queue->ipc.payers;
	unsigned int i = payers->count;

	lockdep_assert_held(&queue->ipc.lock);

	while (i--)
		if (queue->message_payers & BIT_ULL(i) &&
		    !charge_account(queue, payers->accounts[i]))
			goto undo;
	return true;

undo:
	while (++i < payers->count)
		if (queue->message_payers & BIT_ULL(i))
			svipc_account_uncharge(payers->accounts[i],
					       SVIPC_MESSAGES, 1);
	return false;
}

/* Count a message against msgtql. */
static bool count_against_msgtql(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (likely(count_message(msgq_instance_of(queue))))
		return true;

	add_quota_waiter(queue);
	return count_message(msgq_instance_of(queue));
}

/**
 * msgq_quota_reserve_limited() - count one more message, if there is a limit
 * @queue: the queue that the message is for
 *
 * The part of msgq_quota_reserve() for when a limit is set.
 *
 * Context: the queue's lock.
 * Return: true when it is counted.
 */
bool msgq_quota_reserve_limited(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->ipc.lock);

	/* A sender that finds a limit reached takes no room from others. */
	if (!msgq_quota_has_room(queue) || !charge_payers(queue))
		return false;
	if (count_against_msgtql(queue))
		return true;
	if (queue->message_payers)
		msgq_queue_uncharge_messages(queue, 1);
	return false;
}

/**
 * msgq_quota_allows() - is the count of messages below msgtql?
 * @instance: the instance
 *
 * Context: any.
 * Return: true when one more message is allowed at this moment.
 */
bool msgq_quota_allows(struct msgq_instance *instance)
{
	long most = READ_ONCE(instance->limits.msgtql);

	return most == MSGQ_TQL_NONE ||
	       atomic_long_read(&instance->messages) < most;
}

/**
 * msgq_quota_has_room() - would the limits allow one more message?
 * @queue: the queue that it would be for
 *
 * Context: the queue's lock.
 * Return: true when it would.  If not, the queue is tried again as after
 * msgq_quota_reserve().
 */
bool msgq_quota_has_room(struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->ipc.lock);

	if (unlikely(queue->message_payers) && !payers_allow(queue))
		return false;
	if (likely(msgq_quota_allows(msgq_instance_of(queue))))
		return true;

	add_quota_waiter(queue);
	return msgq_quota_allows(msgq_instance_of(queue));
}

/**
 * msgq_quota_pop_waiter() - take the first queue off the list of those that wait
 * @instance: the instance
 *
 * Context: process context, no queue's lock held.
 * Return: the queue, with the reference that the list had, or NULL.
 */
struct msgq_queue *msgq_quota_pop_waiter(struct msgq_instance *instance)
{
	struct msgq_queue *queue;

	spin_lock(&instance->quota_lock);
	queue = list_first_entry_or_null(&instance->quota_waiters,
					 struct msgq_queue, quota_waiter);
	if (queue)
		list_del_init(&queue->quota_waiter);
	spin_unlock(&instance->quota_lock);
	return queue;
}

/**
 * msgq_quota_pop_account_waiter() - take the first queue off the list of an account
 * @account: the account
 *
 * Context: process context, no lock held.
 * Return: the queue, with the reference that the list had, or NULL.
 */
struct msgq_queue *msgq_quota_pop_account_waiter(struct svipc_account *account)
{
	struct msgq_queue *queue;

	spin_lock(&account->waiters_lock);
	queue = list_first_entry_or_null(&account->waiters, struct msgq_queue,
					 account_waiter);
	if (queue)
		list_del_init(&queue->account_waiter);
	spin_unlock(&account->waiters_lock);
	return queue;
}

/**
 * msgq_quota_forget() - forget that a queue waits for a limit
 * @queue: the queue; it is removed
 *
 * Context: process context, no lock held.
 */
void msgq_quota_forget(struct msgq_queue *queue)
{
	struct msgq_instance *instance = msgq_instance_of(queue);
	bool waited;

	spin_lock(&instance->quota_lock);
	waited = !list_empty(&queue->quota_waiter);
	list_del_init(&queue->quota_waiter);
	spin_unlock(&instance->quota_lock);
	if (waited)
		msgq_queue_put(queue);
	if (unlink_account_waiter(queue))
		msgq_queue_put(queue);
}

/**
 * msgq_quota_begin() - have the accounts of a new queue count its messages
 * @queue: the queue, which is about to be found by others
 *
 * Context: the locks of its tables and of the queue.
 */
void msgq_quota_begin(struct msgq_queue *queue)
{
	struct svipc_payers *payers = queue->ipc.payers;
	unsigned int i;

	lockdep_assert_held(&queue->ipc.lock);

	for (i = 0; i < payers->count; i++)
		if (READ_ONCE(payers->accounts[i]->counts_messages))
			queue->message_payers |= BIT_ULL(i);
}

/* Have an account count the messages of a queue, if it pays for it. */
static void count_queue_for(struct msgq_queue *queue,
			    const struct svipc_account *account)
{
	struct svipc_payers *payers = queue->ipc.payers;
	unsigned int i;

	spin_lock(&queue->ipc.lock);
	for (i = 0; i < payers->count; i++) {
		if (payers->accounts[i] != account ||
		    queue->message_payers & BIT_ULL(i))
			continue;
		queue->message_payers |= BIT_ULL(i);
		svipc_account_force(payers->accounts[i], SVIPC_MESSAGES,
				    queue->store.count);
	}
	spin_unlock(&queue->ipc.lock);
}

/* The same for the queues of an instance. */
static void count_instance_for(struct svipc_instance *instance,
			       const struct svipc_account *account)
{
	struct svipc_ids *ids = instance->kinds[SVIPC_MSG];
	struct svipc_object *object;
	unsigned long index;

	mutex_lock(&ids->lock);
	xa_for_each(&ids->objects, index, object)
		count_queue_for(msgq_queue_of(object), account);
	mutex_unlock(&ids->lock);
}

/**
 * msgq_quota_count_for() - have an account count messages from now on
 * @account: the account; the caller has a reference to what it is of
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int msgq_quota_count_for(struct svipc_account *account)
{
	struct svipc_instance **instances;
	u32 count, i;
	int err = 0;

	mutex_lock(&count_lock);
	if (account->counts_messages)
		goto unlock;

	/* A queue that is made from here on counts: it is added under a lock taken below. */
	WRITE_ONCE(account->counts_messages, true);
	instances = svipc_instances_collect(&count);
	if (!instances) {
		WRITE_ONCE(account->counts_messages, false);
		err = -ENOMEM;
		goto unlock;
	}
	for (i = 0; i < count; i++) {
		count_instance_for(instances[i], account);
		svipc_instance_put(instances[i]);
		cond_resched();
	}
	kvfree(instances);
unlock:
	mutex_unlock(&count_lock);
	return err;
}
