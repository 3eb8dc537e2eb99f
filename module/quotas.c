// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands about the limits of users and of instances; the model is
 * described in ipc/account.h.
 *
 * Locks: limits_lock serialises setting limits, and with them the reference that
 * a user has as long as there is one.
 */
#include <linux/build_bug.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "ipc/account.h"
#include "ipc/instance.h"
#include "ipc/payers.h"
#include "msg/quota.h"
#include "util/argument.h"
#include "quotas.h"

static_assert(sizeof(struct msgq_quotas) == 24);

/* The first version of struct msgq_quota was so long: a program's is no less. */
#define QUOTA_FIRST_SIZE 56

static_assert(offsetof(struct msgq_quota, sets) == QUOTA_FIRST_SIZE);

/**
 * struct quota_member - the members of struct msgq_quota about a resource
 * @flag: the flag that sets the limit
 * @most: where the limit is
 * @used: where the amount in use is
 */
struct quota_member {
	u32 flag;
	size_t most;
	size_t used;
};

#define MEMBER(name, flag_) {					\
	.flag = (flag_),					\
	.most = offsetof(struct msgq_quota, name),		\
	.used = offsetof(struct msgq_quota, used_ ## name),	\
}

static const struct quota_member quota_members[SVIPC_RESOURCES] = {
	[SVIPC_QUEUES] = MEMBER(queues, MSGQ_QUOTA_QUEUES),
	[SVIPC_QUEUE_BYTES] = MEMBER(bytes, MSGQ_QUOTA_BYTES),
	[SVIPC_MESSAGES] = MEMBER(messages, MSGQ_QUOTA_MESSAGES),
	[SVIPC_SETS] = MEMBER(sets, MSGQ_QUOTA_SETS),
	[SVIPC_SEMAPHORES] = MEMBER(semaphores, MSGQ_QUOTA_SEMAPHORES),
};

/* The flags that set a limit. */
#define LIMIT_FLAGS (MSGQ_QUOTA_QUEUES | MSGQ_QUOTA_BYTES | MSGQ_QUOTA_MESSAGES | \
		     MSGQ_QUOTA_SETS | MSGQ_QUOTA_SEMAPHORES)

static DEFINE_MUTEX(limits_lock);

static_assert(MSGQ_UNLIMITED == SVIPC_UNLIMITED);

static __u64 *quota_at(struct msgq_quota *quota, size_t offset)
{
	return (void *)quota + offset;
}

static void describe_account(const struct svipc_account *account,
			     struct msgq_quota *quota)
{
	unsigned int i;

	for (i = 0; i < SVIPC_RESOURCES; i++) {
		*quota_at(quota, quota_members[i].most) = READ_ONCE(account->most[i]);
		*quota_at(quota, quota_members[i].used) = atomic64_read(&account->used[i]);
	}
	if (!READ_ONCE(account->counts_messages))
		quota->used_messages = MSGQ_UNLIMITED;
}

static int set_limits(struct svipc_account *account, struct msgq_quota *quota)
{
	unsigned int i;
	int err;

	lockdep_assert_held(&limits_lock);

	if (quota->flags & MSGQ_QUOTA_MESSAGES &&
	    quota->messages != MSGQ_UNLIMITED) {
		err = msgq_quota_count_for(account);
		if (err)
			return err;
	}
	for (i = 0; i < SVIPC_RESOURCES; i++)
		if (quota->flags & quota_members[i].flag)
			svipc_account_limit(account, i,
					    *quota_at(quota, quota_members[i].most));
	return 0;
}

/* Set the limits of a user, which stays as long as it has one. */
static int set_limits_of_user(struct svipc_user *user,
			      struct msgq_quota *quota)
{
	struct svipc_account *account = &user->account;
	bool before = svipc_account_has_limit(account), now;
	int err;

	lockdep_assert_held(&limits_lock);

	err = set_limits(account, quota);
	now = svipc_account_has_limit(account);
	if (now && !before)
		refcount_inc(&user->refs);
	else if (before && !now)
		svipc_user_put(user);
	return err;
}

/* Nothing is charged to the user, and there is no limit. */
static int no_account(struct msgq_quota *quota)
{
	unsigned int i;

	*quota = (struct msgq_quota){
		.uid = quota->uid,
		.used_messages = MSGQ_UNLIMITED,
	};
	for (i = 0; i < SVIPC_RESOURCES; i++)
		*quota_at(quota, quota_members[i].most) = MSGQ_UNLIMITED;
	return 0;
}

static int quota_of_user(struct msgq_quota *quota)
{
	kuid_t uid = make_kuid(current_user_ns(), quota->uid);
	struct svipc_user *user;
	int err = 0;

	if (!uid_valid(uid))
		return -EINVAL;
	if ((quota->flags || !uid_eq(uid, current_euid())) &&
	    !capable(CAP_SYS_RESOURCE))
		return -EPERM;

	user = quota->flags ? svipc_user_get(uid) : svipc_user_find(uid);
	if (!user)
		return quota->flags ? -ENOMEM : no_account(quota);
	if (quota->flags) {
		mutex_lock(&limits_lock);
		err = set_limits_of_user(user, quota);
		mutex_unlock(&limits_lock);
	}
	describe_account(&user->account, quota);
	svipc_user_put(user);
	return err;
}

static int quota_of_instance(struct svipc_instance *instance,
			     struct msgq_quota *quota)
{
	int err = 0;

	if (quota->uid)
		return -EINVAL;
	if (quota->flags & LIMIT_FLAGS) {
		if (!capable(CAP_SYS_RESOURCE))
			return -EPERM;
		mutex_lock(&limits_lock);
		err = set_limits(&instance->account, quota);
		mutex_unlock(&limits_lock);
	}
	describe_account(&instance->account, quota);
	return err;
}

/**
 * msgq_quota() - set or tell the limits of a user or an instance
 * @instance: the caller's instance
 * @cmd: the command
 * @argp: address of its argument
 *
 * Context: process context, may sleep.
 * Return: 0; -EPERM; -EINVAL for an argument that makes no sense; -ENOMEM, and
 * then no limit is set; -EFAULT.
 */
long msgq_quota(struct svipc_instance *instance, unsigned int cmd,
		void __user *argp)
{
	struct msgq_quota quota;
	long ret;

	ret = msgq_copy_any_argument(&quota, sizeof(quota), QUOTA_FIRST_SIZE,
				     cmd, argp);
	if (ret)
		return ret;
	if (quota.flags & ~(u32)(LIMIT_FLAGS | MSGQ_QUOTA_INSTANCE))
		return -EINVAL;

	if (quota.flags & MSGQ_QUOTA_INSTANCE)
		ret = quota_of_instance(instance, &quota);
	else
		ret = quota_of_user(&quota);
	if (!ret && copy_to_user(argp, &quota,
				 min_t(size_t, _IOC_SIZE(cmd), sizeof(quota))))
		ret = -EFAULT;
	return ret;
}

static int copy_quota(const struct svipc_user *user, void __user *to, u32 size)
{
	struct msgq_quota quota = {
		.uid = from_kuid_munged(current_user_ns(), user->uid),
	};

	describe_account(&user->account, &quota);
	return msgq_copy_result(to, size, &quota, sizeof(quota));
}

/* Copy the descriptions of the first, and give back the references to all. */
static int copy_quotas(struct svipc_user **users, const struct msgq_quotas *arg)
{
	void __user *to = u64_to_user_ptr(arg->quotas);
	int err = 0;
	u32 i;

	for (i = 0; i < arg->total; i++) {
		if (!err && i < arg->count)
			err = copy_quota(users[i], to + (size_t)i * arg->size,
					 arg->size);
		svipc_user_put(users[i]);
		cond_resched();
	}
	return err;
}

/**
 * msgq_list_quotas() - list all users that have objects or limits
 * @cmd: the command
 * @argp: address of its argument
 *
 * Context: process context, may sleep.
 * Return: 0; -EPERM; -EINVAL for an argument that makes no sense; -ENOMEM;
 * -EFAULT.
 */
long msgq_list_quotas(unsigned int cmd, void __user *argp)
{
	struct svipc_user **users;
	struct msgq_quotas arg;
	long ret;

	ret = msgq_copy_any_argument(&arg, sizeof(arg), sizeof(arg), cmd, argp);
	if (ret)
		return ret;
	if (!capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (arg.flags || arg.size < QUOTA_FIRST_SIZE || arg.size > PAGE_SIZE)
		return -EINVAL;

	users = svipc_users_collect(&arg.total);
	if (!users)
		return -ENOMEM;

	arg.count = min(arg.count, arg.total);
	ret = copy_quotas(users, &arg);
	kvfree(users);
	if (!ret && copy_to_user(argp, &arg, sizeof(arg)))
		ret = -EFAULT;
	return ret;
}
