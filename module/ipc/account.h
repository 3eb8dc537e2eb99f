/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What objects are charged to.
 *
 * An account has an amount in use and a limit for each resource.  There is one
 * of each instance and one of each user.  An object is charged to its payers:
 * the instance that it is in, its creator, and the owner of each user namespace
 * from the creator's up to the initial one.  A user therefore gains nothing by
 * subordinate ids or by new namespaces.  A payer that occurs twice pays once.
 *
 * An object keeps its charge until its memory is freed, whoever becomes its
 * owner; that for the bytes that it may hold, until it is removed.  Objects and
 * bytes are counted always, so that a limit can be set at any time.  Messages come
 * and go too often for that: an account counts them from its first limit on them.
 *
 * A charge that finds a limit reached fails, unless the task has
 * CAP_SYS_RESOURCE in the initial user namespace.  Messages know no such task,
 * but can be waited for: the kind links what waits in the list of the account,
 * and is called back when the account allows more.  What waits is tried in the
 * order of the list, as long as the account allows it.
 */
#ifndef SVIPC_ACCOUNT_H
#define SVIPC_ACCOUNT_H

#include <linux/atomic.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

/* No limit. */
#define SVIPC_UNLIMITED	U64_MAX

/**
 * enum svipc_resource - what is charged
 * @SVIPC_QUEUES: message queues
 * @SVIPC_QUEUE_BYTES: bytes of text that the queues may hold
 * @SVIPC_MESSAGES: messages on the queues
 * @SVIPC_SETS: semaphore sets
 * @SVIPC_SEMAPHORES: semaphores in them
 * @SVIPC_RESOURCES: how many resources there are
 */
enum svipc_resource {
	SVIPC_QUEUES,
	SVIPC_QUEUE_BYTES,
	SVIPC_MESSAGES,
	SVIPC_SETS,
	SVIPC_SEMAPHORES,
	SVIPC_RESOURCES,
};

/**
 * struct svipc_account - what is charged to an instance or a user
 * @used: how much of each resource is in use
 * @most: the limits, or SVIPC_UNLIMITED; written at any time, read with
 *	READ_ONCE()
 * @counts_messages: SVIPC_MESSAGES is counted: there is a limit, or was one
 * @waiters_lock: protects @waiters
 * @waiters: what waits for SVIPC_MESSAGES, linked by the kind
 * @retry_work: has the kind try what waits
 */
struct svipc_account {
	atomic64_t used[SVIPC_RESOURCES];
	u64 most[SVIPC_RESOURCES];
	bool counts_messages;
	/* Protects the list. */
	spinlock_t waiters_lock;
	struct list_head waiters;
	struct work_struct retry_work;
};

extern struct workqueue_struct *svipc_wq;

void svipc_account_init(struct svipc_account *account, work_func_t retry);
bool svipc_account_has_limit(const struct svipc_account *account);
void svipc_account_limit(struct svipc_account *account,
			 enum svipc_resource resource, u64 most);
bool svipc_account_charge(struct svipc_account *account,
			  enum svipc_resource resource, u64 amount);
void svipc_account_uncharge(struct svipc_account *account,
			    enum svipc_resource resource, u64 amount);

/**
 * svipc_account_force() - charge an amount, whatever the limit is
 * @account: the account
 * @resource: the resource
 * @amount: how much
 *
 * Context: any.
 */
static inline void svipc_account_force(struct svipc_account *account,
				       enum svipc_resource resource, u64 amount)
{
	atomic64_add(amount, &account->used[resource]);
}

/**
 * svipc_within() - is an amount within a limit?
 * @most: the limit, or SVIPC_UNLIMITED
 * @used: what is in use
 * @amount: how much more
 *
 * Context: any.
 * Return: true when it is.
 */
static inline bool svipc_within(u64 most, u64 used, u64 amount)
{
	return most == SVIPC_UNLIMITED ||
	       (amount <= most && used <= most - amount);
}

/**
 * svipc_account_allows() - would a charge be within the limit?
 * @account: the account
 * @resource: the resource
 * @amount: how much
 *
 * Context: any.
 * Return: true when it would, at this moment.
 */
static inline bool svipc_account_allows(const struct svipc_account *account,
					enum svipc_resource resource,
					u64 amount)
{
	return svipc_within(READ_ONCE(account->most[resource]),
			    atomic64_read(&account->used[resource]), amount);
}

#endif /* SVIPC_ACCOUNT_H */
