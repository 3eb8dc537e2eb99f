/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part that all objects of System V IPC have in common.
 *
 * Each object begins with a struct svipc_object: its identifier and key, its
 * owner and mode, and the lock that protects it.  The functions here and in
 * ids.h know an object by this part alone.
 *
 * A look-up finds an object under RCU.  To keep it longer a task takes a
 * reference.  A look-up may still find an object that has just been removed,
 * and a reference keeps it: a task that locks an object checks @removed.
 */
#ifndef SVIPC_OBJECT_H
#define SVIPC_OBJECT_H

#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct svipc_ids;
struct svipc_payers;

/**
 * struct svipc_object - names and permission of an object
 * @lock: protects @removed to @cgid, and the members that the kind names; nests
 *	inside the lock of @ids
 * @removed: removed from the tables of @ids, or about to be; set under both
 *	locks; a task that has found the object checks this under @lock
 * @mode: nine permission bits
 * @perm_epoch: number of changes of mode and owner so far
 * @uid: owner
 * @gid: owner's group
 * @cuid: creator; constant
 * @cgid: creator's group; constant
 * @refs: one for being in the tables, one for each task that uses the object
 *	outside RCU and @lock
 * @key: its key, or IPC_PRIVATE; constant
 * @id: its identifier; constant once it can be found
 * @ids: the tables that it is in; constant
 * @payers: the accounts that it is charged to; constant
 * @by_key: its place in the table of keys, unless the key is IPC_PRIVATE
 */
struct svipc_object {
	/* Protects the members up to the blank line. */
	spinlock_t lock;
	bool removed;
	umode_t mode;
	u32 perm_epoch;
	kuid_t uid;
	kgid_t gid;
	kuid_t cuid;
	kgid_t cgid;

	refcount_t refs;
	s32 key;
	int id;
	struct svipc_ids *ids;
	struct svipc_payers *payers;
	struct rhash_head by_key;
};

void svipc_object_init(struct svipc_object *object, struct svipc_ids *ids,
		       s32 key, umode_t mode);
void svipc_object_set(struct svipc_object *object, kuid_t uid, kgid_t gid,
		      umode_t mode);
bool svipc_permits(struct svipc_object *object, int flags);
bool svipc_owned(struct svipc_object *object);

#endif /* SVIPC_OBJECT_H */
