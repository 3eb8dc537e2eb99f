// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finding an object by its key, or making one.
 *
 * Locks: the lock of an object to look at it, the lock of the tables to make
 * one.
 */
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/spinlock.h>

#include "get.h"
#include "ids.h"
#include "object.h"

/* An object is found by its key: may the caller have it? */
static int check_found(struct svipc_object *object, int flags, void *arg)
{
	const struct svipc_kind *kind = object->ids->kind;
	int err = kind->check ? kind->check(object, arg) : 0;

	lockdep_assert_held(&object->lock);

	if (err)
		return err;
	if (!svipc_permits(object, flags & 0777))
		return -EACCES;
	return arg && kind->found ? kind->found(object, arg) : 0;
}

/* The identifier of the object with a key; -ENOENT when there is none. */
static int get_by_key(struct svipc_ids *ids, s32 key, int flags, void *arg)
{
	const int exclusive = IPC_CREAT | IPC_EXCL;
	struct svipc_object *object;
	int ret = -ENOENT;

	rcu_read_lock();
	object = svipc_ids_find_key(ids, key);
	if (object) {
		spin_lock(&object->lock);
		if (object->removed)
			ret = -ENOENT;
		else if ((flags & exclusive) == exclusive)
			ret = -EEXIST;
		else
			ret = check_found(object, flags, arg);
		if (!ret)
			ret = object->id;
		spin_unlock(&object->lock);
	}
	rcu_read_unlock();
	return ret;
}

/**
 * svipc_get() - find an object by its key, or make one
 * @ids: the tables of the kind
 * @key: the key, or IPC_PRIVATE
 * @flags: IPC_CREAT, IPC_EXCL, and mode bits
 * @arg: an argument for the operations of the kind, or NULL
 *
 * Context: process context, may sleep.
 * Return: the identifier; -ENOENT, -EEXIST, -EACCES, -ENOSPC when the limit on
 * the number of objects is reached, -ENOMEM, or what the operations return.
 */
int svipc_get(struct svipc_ids *ids, s32 key, int flags, void *arg)
{
	struct svipc_object *object;
	int ret = -ENOENT;

	if (key != IPC_PRIVATE) {
		ret = get_by_key(ids, key, flags, arg);
		if (ret != -ENOENT || !(flags & IPC_CREAT))
			return ret;
	}

	object = ids->kind->make(ids, key, flags & 0777, arg);
	if (IS_ERR(object))
		return PTR_ERR(object);

	mutex_lock(&ids->lock);
	/* Another task may have made it meanwhile. */
	if (key != IPC_PRIVATE)
		ret = get_by_key(ids, key, flags, arg);
	if (ret == -ENOENT) {
		ret = svipc_ids_add(ids, object, arg);
		if (ret >= 0)
			object = NULL;
	}
	mutex_unlock(&ids->lock);

	if (object)
		ids->kind->put(object);
	return ret;
}
