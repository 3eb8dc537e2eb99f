// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users, and the accounts that an object is charged to; the model is described
 * in payers.h.
 *
 * Locks: users_lock protects the table of users and their number.  A user leaves
 * the table with its last reference.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hashtable.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/user_namespace.h>

#include "instance.h"
#include "payers.h"

static DEFINE_SPINLOCK(users_lock);
static DEFINE_HASHTABLE(users, 10);
static unsigned int user_count;

/* Find a user and take a reference, under the lock; NULL when there is none. */
static struct svipc_user *find_and_get(kuid_t uid)
{
	struct svipc_user *user;

	lockdep_assert_held(&users_lock);

	hash_for_each_possible(users, user, by_uid, __kuid_val(uid)) {
		if (uid_eq(user->uid, uid)) {
			refcount_inc(&user->refs);
			return user;
		}
	}
	return NULL;
}

static void free_account_user(struct work_struct *work)
{
	struct svipc_user *user =
		container_of(work, struct svipc_user, free_work);

	cancel_work_sync(&user->account.retry_work);
	kfree(user);
}

/**
 * svipc_user_find() - find a user
 * @uid: its id
 *
 * Context: any.
 * Return: the user, with a reference; NULL when nothing is charged to it, and it
 * has no limit.
 */
struct svipc_user *svipc_user_find(kuid_t uid)
{
	struct svipc_user *user;

	spin_lock(&users_lock);
	user = find_and_get(uid);
	spin_unlock(&users_lock);
	return user;
}

/**
 * svipc_user_get() - find a user, or add it
 * @uid: its id
 *
 * Context: process context, may sleep.
 * Return: the user, with a reference; NULL when there is no memory.
 */
struct svipc_user *svipc_user_get(kuid_t uid)
{
	struct svipc_user *user = svipc_user_find(uid), *new;

	if (user)
		return user;

	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return NULL;
	svipc_account_init(&new->account, svipc_retry_waiting);
	INIT_WORK(&new->free_work, free_account_user);
	new->uid = uid;
	new->accounts[0] = &svipc_initial_instance.account;
	new->accounts[1] = &new->account;
	new->payers.count = 2;
	new->payers.accounts = new->accounts;
	refcount_set(&new->refs, 1);

	spin_lock(&users_lock);
	user = find_and_get(uid);
	if (!user) {
		hash_add(users, &new->by_uid, __kuid_val(uid));
		WRITE_ONCE(user_count, user_count + 1);
	}
	spin_unlock(&users_lock);
	if (!user)
		return new;
	kfree(new);
	return user;
}

/**
 * svipc_user_put() - give back a reference
 * @user: the user; freed with its last reference
 *
 * Context: any but interrupts.
 */
void svipc_user_put(struct svipc_user *user)
{
	bool last;

	spin_lock(&users_lock);
	last = refcount_dec_and_test(&user->refs);
	if (last) {
		hash_del(&user->by_uid);
		WRITE_ONCE(user_count, user_count - 1);
	}
	spin_unlock(&users_lock);
	if (!last)
		return;

	/* If its work item has ever been queued, that may be the caller. */
	if (user->account.counts_messages)
		queue_work(svipc_wq, &user->free_work);
	else
		kfree(user);
}

/* Collect as many users as there is room for. */
static u32 collect_from_table(struct svipc_user **found, u32 room)
{
	struct svipc_user *user;
	unsigned int i;
	u32 count = 0;

	for (i = 0; i < HASH_SIZE(users); i++) {
		spin_lock(&users_lock);
		hlist_for_each_entry(user, &users[i], by_uid) {
			if (count == room)
				break;
			refcount_inc(&user->refs);
			found[count++] = user;
		}
		spin_unlock(&users_lock);
	}
	return count;
}

/**
 * svipc_users_collect() - collect all users
 * @count: set to how many there are
 *
 * Context: process context, may sleep.
 * Return: the users, with a reference to each; the caller frees the array by
 * kvfree(); NULL when there is no memory.
 */
struct svipc_user **svipc_users_collect(u32 *count)
{
	struct svipc_user **found;
	u32 room;

	for (;;) {
		/* Some may come meanwhile. */
		room = READ_ONCE(user_count) + 64;
		found = kvmalloc_array(room, sizeof(*found),
				       GFP_KERNEL_ACCOUNT);
		if (!found)
			return NULL;
		*count = collect_from_table(found, room);
		if (*count < room)
			return found;
		while (*count)
			svipc_user_put(found[--*count]);
		kvfree(found);
	}
}

/* Add a user to the payers, unless it is among them. */
static bool add_payer(struct svipc_payers *payers, kuid_t uid)
{
	struct svipc_user *user = svipc_user_get(uid);
	unsigned int i;

	if (!user)
		return false;

	for (i = 1; i < payers->count; i++) {
		if (payers->accounts[i] == &user->account) {
			svipc_user_put(user);
			return true;
		}
	}
	payers->accounts[payers->count++] = &user->account;
	return true;
}

/**
 * svipc_payers_of_caller() - collect the accounts that an object is charged to
 * @instance: the instance that the object is in
 *
 * Context: process context, may sleep.
 * Return: the accounts; NULL when there is no memory.
 */
struct svipc_payers *svipc_payers_of_caller(struct svipc_instance *instance)
{
	struct user_namespace *ns = current_user_ns();
	struct svipc_payers *payers;
	kuid_t uid = current_euid();
	struct svipc_user *user;
	unsigned int depth = 2;

	if (instance == &svipc_initial_instance && ns == &init_user_ns) {
		user = svipc_user_get(uid);
		return user ? &user->payers : NULL;
	}

	while (ns != &init_user_ns) {
		ns = ns->parent;
		depth++;
	}
	payers = kzalloc(sizeof(*payers) + depth * sizeof(payers->accounts[0]),
			 GFP_KERNEL_ACCOUNT);
	if (!payers)
		return NULL;

	payers->accounts = (void *)(payers + 1);
	payers->accounts[payers->count++] = &instance->account;
	for (ns = current_user_ns(); add_payer(payers, uid); ns = ns->parent) {
		if (ns == &init_user_ns)
			return payers;
		uid = ns->owner;
	}
	svipc_payers_free(payers);
	return NULL;
}

/**
 * svipc_payers_free() - give back the references to users, and free the list
 * @payers: the accounts, to which nothing is charged any more
 *
 * Context: any but interrupts.
 */
void svipc_payers_free(struct svipc_payers *payers)
{
	struct svipc_user *user;
	unsigned int i;

	/* The list of a user goes with the user. */
	for (i = payers->count - 1; i > 0; i--) {
		user = container_of(payers->accounts[i], struct svipc_user,
				    account);
		if (payers == &user->payers) {
			svipc_user_put(user);
			return;
		}
		svipc_user_put(user);
	}
	kfree(payers);
}

static bool all_allow(const struct svipc_payers *payers,
		      enum svipc_resource resource, u64 amount)
{
	unsigned int i;

	for (i = 0; i < payers->count; i++)
		if (!svipc_account_allows(payers->accounts[i], resource,
					  amount))
			return false;
	return true;
}

/**
 * svipc_payers_charge() - charge all payers, or none
 * @payers: the accounts
 * @resource: the resource
 * @amount: how much
 *
 * The limits are looked at before anything is charged: a caller that has reached
 * its own does not disturb the others that it shares accounts with.  The account
 * of the instance, which most share, is charged last.
 *
 * Context: any.
 * Return: true when they are charged: all limits allow it, or the caller has
 * CAP_SYS_RESOURCE in the initial user namespace.
 */
bool svipc_payers_charge(const struct svipc_payers *payers,
			 enum svipc_resource resource, u64 amount)
{
	unsigned int i = payers->count;

	if (!all_allow(payers, resource, amount))
		goto refuse;

	while (i--)
		if (!svipc_account_charge(payers->accounts[i], resource, amount))
			goto undo;
	return true;

undo:
	while (++i < payers->count)
		svipc_account_uncharge(payers->accounts[i], resource, amount);
refuse:
	if (!capable(CAP_SYS_RESOURCE))
		return false;
	for (i = 0; i < payers->count; i++)
		svipc_account_force(payers->accounts[i], resource, amount);
	return true;
}

/**
 * svipc_payers_uncharge() - take back what was charged
 * @payers: the accounts
 * @resource: the resource
 * @amount: how much
 *
 * Context: any.
 */
void svipc_payers_uncharge(const struct svipc_payers *payers,
			   enum svipc_resource resource, u64 amount)
{
	unsigned int i;

	for (i = 0; i < payers->count; i++)
		svipc_account_uncharge(payers->accounts[i], resource, amount);
}

/**
 * svipc_users_exit() - forget the limits of all users
 *
 * Context: while the module is unloaded; nothing is charged to any of them.
 */
void svipc_users_exit(void)
{
	struct hlist_node *next;
	struct svipc_user *user;
	unsigned int i;

	hash_for_each_safe(users, i, next, user, by_uid)
		if (svipc_account_has_limit(&user->account))
			svipc_user_put(user);
}
