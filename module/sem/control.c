// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls about a whole set: get, stat, set, remove.
 *
 * Locks: the lock of the tables to make and remove a set, the set's lock for all
 * else.  A set holds the module from when it can be found until its removal is
 * done.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sem.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/timekeeping.h>
#include <linux/user_namespace.h>

#include "ipc/get.h"
#include "ipc/ids.h"
#include "ipc/object.h"
#include "control.h"
#include "instance.h"
#include "layout.h"
#include "set.h"
#include "setting.h"
#include "undo.h"
#include "wait.h"

static struct svipc_ids *new_semset_tables(struct svipc_instance *instance)
{
	return semset_instance_new(instance, &semset_kind);
}

static struct svipc_object *make_semset(struct svipc_ids *ids, s32 key,
					umode_t mode, void *arg)
{
	struct semset_instance *instance =
		container_of(ids, struct semset_instance, ids);
	const int *count = arg;
	struct semset *set;

	if (!*count)
		return ERR_PTR(-EINVAL);
	if (*count > READ_ONCE(instance->limits.semmns))
		return ERR_PTR(-ENOSPC);

	set = semset_alloc(instance, key, mode, *count);
	return set ? &set->ipc : ERR_PTR(-ENOMEM);
}

/* Does the set have as many semaphores as are asked for? */
static int check_count(struct svipc_object *object, void *arg)
{
	const int *count = arg;

	return *count > semset_of(object)->count ? -EINVAL : 0;
}

static int charge_semset(struct svipc_object *object)
{
	struct semset *set = semset_of(object);
	struct semset_instance *instance = semset_instance_of(set);
	unsigned int most = READ_ONCE(instance->limits.semmns);

	lockdep_assert_held(&instance->ids.lock);

	if (instance->semaphores > most ||
	    set->count > most - instance->semaphores)
		return -ENOSPC;
	return semset_charge(set);
}

static void semset_added(struct svipc_object *object, void *arg)
{
	struct semset *set = semset_of(object);

	lockdep_assert_held(&object->ids->lock);

	/* The caller's descriptor holds the module already. */
	__module_get(THIS_MODULE);
	semset_instance_of(set)->semaphores += set->count;
}

static void semset_removed(struct svipc_object *object)
{
	struct semset *set = semset_of(object);

	lockdep_assert_held(&object->ids->lock);

	semset_instance_of(set)->semaphores -= set->count;
}

/* Complete the calls of all that wait for a removed set, and free its records. */
static void finish_semset(struct svipc_object *object)
{
	struct semset *set = semset_of(object);

	semset_wait_end_all(set, -EIDRM);
	semset_undo_exit(set);
	semset_put(set);
	module_put(THIS_MODULE);
}

static void put_semset(struct svipc_object *object)
{
	semset_put(semset_of(object));
}

const struct svipc_kind semset_kind = {
	.settings = semset_settings,
	.setting_count = SEMSET_SETTINGS,
	.new_tables = new_semset_tables,
	.free_tables = semset_instance_free,
	.make = make_semset,
	.check = check_count,
	.charge = charge_semset,
	.added = semset_added,
	.removed = semset_removed,
	.finish = finish_semset,
	.put = put_semset,
};

/**
 * semset_get() - find a set by its key, or make one
 * @instance: the sets that the caller can use
 * @key: the key, or IPC_PRIVATE
 * @count: how many semaphores a new set has, and one that is found has at least
 * @semflg: IPC_CREAT, IPC_EXCL, and mode bits
 *
 * Context: process context, may sleep.
 * Return: the identifier; -EINVAL when there are too many semaphores, or too few
 * in the set that was found, or none in a new one; -ENOENT, -EEXIST, -EACCES;
 * -ENOSPC when a limit is reached; -ENOMEM.
 */
int semset_get(struct semset_instance *instance, s32 key, int count, int semflg)
{
	if (count < 0 || count > READ_ONCE(instance->limits.semmsl))
		return -EINVAL;
	return svipc_get(&instance->ids, key, semflg, &count);
}

/**
 * semset_describe() - tell what is publicly known of a set
 * @set: the set
 * @user_ns: the user namespace in which ids are given
 * @ds: where to put it
 *
 * Context: the set's lock; it is not removed.
 */
void semset_describe(struct semset *set, struct user_namespace *user_ns,
		     struct semset_ds *ds)
{
	lockdep_assert_held(&set->ipc.lock);

	ds->key = set->ipc.key;
	ds->uid = from_kuid_munged(user_ns, set->ipc.uid);
	ds->gid = from_kgid_munged(user_ns, set->ipc.gid);
	ds->cuid = from_kuid_munged(user_ns, set->ipc.cuid);
	ds->cgid = from_kgid_munged(user_ns, set->ipc.cgid);
	ds->mode = set->ipc.mode;
	ds->seq = set->ipc.id >> SVIPC_INDEX_BITS;
	ds->otime = set->otime;
	ds->ctime = set->ctime;
	ds->nsems = set->count;
}

/**
 * semset_stat() - tell the state of a set
 * @instance: the sets that the caller can use
 * @semid: the identifier, or an index unless @cmd is IPC_STAT
 * @cmd: IPC_STAT, SEM_STAT or SEM_STAT_ANY
 * @ds: where to put it; ids as in the caller's user namespace
 *
 * By index, the state may be the one before the end of a process a moment ago.
 *
 * Context: process context, may sleep.
 * Return: 0 for IPC_STAT, else the identifier; -EINVAL, -EACCES, -EIDRM.
 */
int semset_stat(struct semset_instance *instance, int semid, int cmd,
		struct semset_ds *ds)
{
	struct svipc_ids *ids = &instance->ids;
	struct semset *set;
	int ret = 0;

	if (cmd == IPC_STAT)
		semset_undo_drain_id(instance, semid);
	rcu_read_lock();
	set = semset_of(cmd == IPC_STAT ? svipc_ids_find(ids, semid) :
					  svipc_ids_find_index(ids, semid));
	if (IS_ERR(set)) {
		rcu_read_unlock();
		return PTR_ERR(set);
	}

	spin_lock(&set->ipc.lock);
	if (cmd != SEM_STAT_ANY && !svipc_permits(&set->ipc, 0444))
		ret = -EACCES;
	else if (set->ipc.removed)
		ret = -EIDRM;
	else
		semset_describe(set, current_user_ns(), ds);
	if (!ret && cmd != IPC_STAT)
		ret = set->ipc.id;
	spin_unlock(&set->ipc.lock);
	rcu_read_unlock();
	return ret;
}

static int change_semset(struct semset *set, const struct semset_ds *ds)
{
	kuid_t uid = make_kuid(current_user_ns(), ds->uid);
	kgid_t gid = make_kgid(current_user_ns(), ds->gid);

	lockdep_assert_held(&set->ipc.lock);

	if (set->ipc.removed)
		return -EIDRM;
	if (!svipc_owned(&set->ipc))
		return -EPERM;
	if (!uid_valid(uid) || !gid_valid(gid))
		return -EINVAL;

	svipc_object_set(&set->ipc, uid, gid, ds->mode);
	set->ctime = ktime_get_real_seconds();
	return 0;
}

/**
 * semset_set() - change owner and mode of a set
 * @instance: the sets that the caller can use
 * @semid: the identifier
 * @ds: uid, gid and mode to set
 *
 * Tasks that wait go on as if they still had the permission that they had when
 * they began, as in Linux.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier or an id that does not map;
 * -EPERM; -EIDRM.
 */
int semset_set(struct semset_instance *instance, int semid,
	       const struct semset_ds *ds)
{
	struct semset *set = semset_of(svipc_ids_get(&instance->ids, semid));
	int err;

	if (IS_ERR(set))
		return PTR_ERR(set);

	spin_lock(&set->ipc.lock);
	err = change_semset(set, ds);
	spin_unlock(&set->ipc.lock);
	semset_put(set);
	return err;
}

/**
 * semset_remove() - remove a set
 * @instance: the sets that the caller can use
 * @semid: the identifier
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier; -EPERM.
 */
int semset_remove(struct semset_instance *instance, int semid)
{
	struct svipc_object *object;

	/* What ended processes have left lets waiters go on before. */
	semset_undo_drain_id(instance, semid);
	object = svipc_ids_remove(&instance->ids, semid);
	if (IS_ERR(object))
		return PTR_ERR(object);

	finish_semset(object);
	return 0;
}

/**
 * semset_totals() - tell the limits of an instance, or what it holds
 * @instance: the sets that the caller can use
 * @cmd: IPC_INFO or SEM_INFO
 * @info: where to put it
 *
 * Context: process context, may sleep.
 * Return: the highest index in use, 0 when there is none.
 */
int semset_totals(struct semset_instance *instance, int cmd,
		  struct seminfo *info)
{
	int highest;

	*info = (struct seminfo){
		.semmni = READ_ONCE(instance->limits.semmni),
		.semmns = READ_ONCE(instance->limits.semmns),
		.semmsl = READ_ONCE(instance->limits.semmsl),
		.semopm = READ_ONCE(instance->limits.semopm),
		.semvmx = SEMVMX,
		.semmnu = SEMMNU,
		.semmap = SEMMAP,
		.semume = SEMUME,
		.semusz = SEMUSZ,
		.semaem = SEMAEM,
	};

	mutex_lock(&instance->ids.lock);
	highest = max(svipc_ids_highest(&instance->ids), 0);
	if (cmd == SEM_INFO) {
		info->semusz = instance->ids.in_use;
		info->semaem = instance->semaphores;
	}
	mutex_unlock(&instance->ids.lock);
	return highest;
}
