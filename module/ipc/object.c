// SPDX-License-Identifier: GPL-2.0-only
/*
 * The common part of objects: owner, mode, permission; the model is described
 * in object.h.
 *
 * Locks: the lock of the object, which the callers hold.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/lockdep.h>
#include <linux/user_namespace.h>

#include "ids.h"
#include "instance.h"
#include "object.h"

/**
 * svipc_object_init() - set up the common part of a new object
 * @object: the object, cleared
 * @ids: the tables that it will be in
 * @key: its key, or IPC_PRIVATE
 * @mode: nine permission bits
 *
 * It belongs to the caller's effective ids and has one reference.
 *
 * Context: any.
 */
void svipc_object_init(struct svipc_object *object, struct svipc_ids *ids,
		       s32 key, umode_t mode)
{
	spin_lock_init(&object->lock);
	refcount_set(&object->refs, 1);
	object->ids = ids;
	object->key = key;
	object->mode = mode;
	current_euid_egid(&object->uid, &object->gid);
	object->cuid = object->uid;
	object->cgid = object->gid;
}

/**
 * svipc_object_set() - change owner and mode
 * @object: the object
 * @uid: its owner from now on
 * @gid: its owner's group
 * @mode: the mode; only its nine permission bits count
 *
 * Context: the lock of @object.
 */
void svipc_object_set(struct svipc_object *object, kuid_t uid, kgid_t gid,
		      umode_t mode)
{
	lockdep_assert_held(&object->lock);

	object->uid = uid;
	object->gid = gid;
	object->mode = mode & 0777;
	object->perm_epoch++;
}

/**
 * svipc_permits() - does the caller have permission?
 * @object: the object
 * @flags: mode bits of all three triads; the permissions asked for are those
 *	that are set in any of them
 *
 * Context: the lock of @object.
 * Return: true when the one triad that counts for the caller grants all of
 * them, or CAP_IPC_OWNER does.
 */
bool svipc_permits(struct svipc_object *object, int flags)
{
	int asked = (flags >> 6 | flags >> 3 | flags) & 0007;
	kuid_t euid = current_euid();
	int granted = object->mode;

	lockdep_assert_held(&object->lock);

	if (uid_eq(euid, object->uid) || uid_eq(euid, object->cuid))
		granted >>= 6;
	else if (in_group_p(object->gid) || in_group_p(object->cgid))
		granted >>= 3;

	return !(asked & ~granted) ||
	       ns_capable(object->ids->instance->user_ns, CAP_IPC_OWNER);
}

/**
 * svipc_owned() - may the caller change and remove the object?
 * @object: the object
 *
 * Context: the lock of @object.
 * Return: true for owner, creator and CAP_SYS_ADMIN.
 */
bool svipc_owned(struct svipc_object *object)
{
	kuid_t euid = current_euid();

	lockdep_assert_held(&object->lock);

	return uid_eq(euid, object->uid) || uid_eq(euid, object->cuid) ||
	       ns_capable(object->ids->instance->user_ns, CAP_SYS_ADMIN);
}
