// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accounts; the model is described in account.h.
 *
 * Locks: none but for the list of what waits, which has its own and is looked at
 * without it.  The amounts are atomic, and a limit is one number.
 */
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include <asm/barrier.h>

#include "account.h"

/* Does what cannot be done at once; waited for when the module is unloaded. */
struct workqueue_struct *svipc_wq;

/*
 * Something waits, and may go on now: the caller has changed the amount or the
 * limit, and what waits has looked at them after it was added to the list.
 */
static void retry_waiters(struct svipc_account *account)
{
	if (unlikely(!list_empty(&account->waiters)) &&
	    svipc_account_allows(account, SVIPC_MESSAGES, 1))
		queue_work(svipc_wq, &account->retry_work);
}

/**
 * svipc_account_init() - set up an account, without limits
 * @account: the account, cleared
 * @retry: has what waits for the account tried; may sleep
 *
 * Context: any.
 */
void svipc_account_init(struct svipc_account *account, work_func_t retry)
{
	unsigned int i;

	for (i = 0; i < SVIPC_RESOURCES; i++)
		account->most[i] = SVIPC_UNLIMITED;
	spin_lock_init(&account->waiters_lock);
	INIT_LIST_HEAD(&account->waiters);
	INIT_WORK(&account->retry_work, retry);
}

/**
 * svipc_account_has_limit() - is there a limit on any resource?
 * @account: the account
 *
 * Context: any; the caller keeps apart those that set limits.
 * Return: true when there is.
 */
bool svipc_account_has_limit(const struct svipc_account *account)
{
	unsigned int i;

	for (i = 0; i < SVIPC_RESOURCES; i++)
		if (account->most[i] != SVIPC_UNLIMITED)
			return true;
	return false;
}

/**
 * svipc_account_limit() - set a limit
 * @account: the account
 * @resource: the resource
 * @most: the limit, or SVIPC_UNLIMITED; what is in use may be more
 *
 * Context: any.
 */
void svipc_account_limit(struct svipc_account *account,
			 enum svipc_resource resource, u64 most)
{
	WRITE_ONCE(account->most[resource], most);
	/* Pairs with the barrier after a link is added to the list. */
	smp_mb();
	retry_waiters(account);
}

/**
 * svipc_account_charge() - charge an amount, if the limit allows
 * @account: the account
 * @resource: the resource
 * @amount: how much
 *
 * Context: any.
 * Return: true when it is charged.
 */
bool svipc_account_charge(struct svipc_account *account,
			  enum svipc_resource resource, u64 amount)
{
	s64 used = atomic64_read(&account->used[resource]);

	do {
		if (!svipc_within(READ_ONCE(account->most[resource]), used,
				  amount))
			return false;
	} while (!atomic64_try_cmpxchg(&account->used[resource], &used,
				       used + amount));
	return true;
}

/**
 * svipc_account_uncharge() - take back what was charged
 * @account: the account
 * @resource: the resource
 * @amount: how much
 *
 * What waits for messages is tried soon.  It was put on the list, and then tried
 * once more, with the same barriers as at msgq_quota_wake().
 *
 * Context: any.
 */
void svipc_account_uncharge(struct svipc_account *account,
			    enum svipc_resource resource, u64 amount)
{
	atomic64_sub(amount, &account->used[resource]);
	if (resource != SVIPC_MESSAGES)
		return;

	/* Pairs with the barrier after a link is added to the list. */
	smp_mb__after_atomic();
	retry_waiters(account);
}
