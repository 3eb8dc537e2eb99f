/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The accounts that an object is charged to; the model is described in
 * account.h.
 *
 * A user has an account from the first object that is charged to it until the
 * last one is freed, and as long as it has a limit.
 */
#ifndef SVIPC_PAYERS_H
#define SVIPC_PAYERS_H

#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/workqueue.h>

#include "account.h"

struct svipc_instance;

/**
 * struct svipc_payers - the accounts that an object is charged to
 * @count: how many; less than 64, since user namespaces are nested 33 deep at
 *	most
 * @accounts: the account of the instance, then those of users, with references
 */
struct svipc_payers {
	unsigned int count;
	struct svipc_account **accounts;
};

/**
 * struct svipc_user - a user
 * @account: its account
 * @uid: its id in the initial user namespace
 * @refs: one for each object that is charged, one while there is a limit
 * @by_uid: link in the table
 * @free_work: frees it
 * @payers: the payers of its objects in the initial instance and the initial user
 *	namespace, where most are
 * @accounts: the accounts of @payers
 */
struct svipc_user {
	struct svipc_account account;
	kuid_t uid;
	refcount_t refs;
	struct hlist_node by_uid;
	struct work_struct free_work;
	struct svipc_payers payers;
	struct svipc_account *accounts[2];
};

struct svipc_payers *svipc_payers_of_caller(struct svipc_instance *instance);
void svipc_payers_free(struct svipc_payers *payers);
bool svipc_payers_charge(const struct svipc_payers *payers,
			 enum svipc_resource resource, u64 amount);
void svipc_payers_uncharge(const struct svipc_payers *payers,
			   enum svipc_resource resource, u64 amount);

struct svipc_user *svipc_user_find(kuid_t uid);
struct svipc_user *svipc_user_get(kuid_t uid);
void svipc_user_put(struct svipc_user *user);
struct svipc_user **svipc_users_collect(u32 *count);
void svipc_users_exit(void);

#endif /* SVIPC_PAYERS_H */
