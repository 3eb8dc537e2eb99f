// SPDX-License-Identifier: GPL-2.0-only
/*
 * Identifiers and keys; the model is described in ids.h.
 *
 * Locks: ids->lock, a mutex, serialises changes to the tables; look-ups run
 * under RCU alone.  The lock of an object nests inside it.
 */
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>

#include "compat/lockdep.h"
#include "ids.h"
#include "object.h"

/* Linux never uses the last sequence number that there is room for. */
#define SEQ_MAX ((INT_MAX >> SVIPC_INDEX_BITS) - 1)

/* The cycle of indices is never shorter than this. */
#define CYCLE_MIN 64

static_assert(BIT(SVIPC_INDEX_BITS) == SVIPC_MNI_MAX);

static const struct rhashtable_params key_params = {
	.key_len = sizeof_field(struct svipc_object, key),
	.key_offset = offsetof(struct svipc_object, key),
	.head_offset = offsetof(struct svipc_object, by_key),
	.automatic_shrinking = true,
};

/*
 * Have lockdep report any access to a program's memory under the lock.  This is
 * not done where the module is built in: there is no such memory yet.
 */
static void forbid_faults_under_lock(struct svipc_ids *ids)
{
	if (!IS_ENABLED(CONFIG_LOCKDEP) || !current->mm)
		return;

	mmap_read_lock(current->mm);
	mutex_lock(&ids->lock);
	mutex_unlock(&ids->lock);
	mmap_read_unlock(current->mm);
}

/**
 * svipc_ids_init() - set up the tables of a kind
 * @ids: the tables, cleared
 * @kind: the kind
 * @instance: the instance that they are for
 * @most: the limit on the number of objects
 *
 * Context: process context, may sleep.
 * Return: 0, or -ENOMEM.
 */
int svipc_ids_init(struct svipc_ids *ids, const struct svipc_kind *kind,
		   struct svipc_instance *instance, const int *most)
{
	ids->kind = kind;
	ids->instance = instance;
	ids->most = most;
	ids->last = -1;
	ids->next_id = -1;
	mutex_init(&ids->lock);
	/* The calls' flags alone charge a node only if the first try fails. */
	xa_init_flags(&ids->objects, XA_FLAGS_ALLOC | XA_FLAGS_ACCOUNT);
	forbid_faults_under_lock(ids);
	return rhashtable_init(&ids->keys, &key_params);
}

/**
 * svipc_ids_exit() - tear the tables down
 * @ids: the tables, which are empty
 *
 * Context: process context, may sleep.
 */
void svipc_ids_exit(struct svipc_ids *ids)
{
	rhashtable_destroy(&ids->keys);
	xa_destroy(&ids->objects);
}

/**
 * svipc_ids_find_index() - find the object with an index
 * @ids: the tables
 * @index: the index; bits beyond it, those of a sequence number, are ignored,
 *	which also bounds the index that a processor uses speculatively
 *
 * Context: RCU or the lock of @ids.
 * Return: the object, or an error pointer: -EINVAL when there is none.
 */
struct svipc_object *svipc_ids_find_index(struct svipc_ids *ids, int index)
{
	struct svipc_object *object;

	lockdep_assert(rcu_read_lock_held() || lockdep_is_held(&ids->lock));

	object = xa_load(&ids->objects, index & (SVIPC_MNI_MAX - 1));
	return object ?: ERR_PTR(-EINVAL);
}

/**
 * svipc_ids_find() - find the object with an identifier
 * @ids: the tables
 * @id: the identifier
 *
 * Context: RCU or the lock of @ids.
 * Return: the object, or an error pointer: -EINVAL when there is none.
 */
struct svipc_object *svipc_ids_find(struct svipc_ids *ids, int id)
{
	struct svipc_object *object = svipc_ids_find_index(ids, id);

	if (!IS_ERR(object) && object->id != id)
		return ERR_PTR(-EINVAL);
	return object;
}

/**
 * svipc_ids_get() - find the object with an identifier, and keep it
 * @ids: the tables
 * @id: the identifier
 *
 * Context: any.
 * Return: the object, with a reference for the caller, or an error pointer:
 * -EINVAL when there is none.
 */
struct svipc_object *svipc_ids_get(struct svipc_ids *ids, int id)
{
	struct svipc_object *object;

	rcu_read_lock();
	object = id < 0 ? ERR_PTR(-EINVAL) : svipc_ids_find(ids, id);
	if (!IS_ERR(object) && !refcount_inc_not_zero(&object->refs))
		object = ERR_PTR(-EINVAL);
	rcu_read_unlock();
	return object;
}

/**
 * svipc_ids_find_key() - find the object with a key
 * @ids: the tables
 * @key: the key, not IPC_PRIVATE
 *
 * Context: RCU or the lock of @ids.
 * Return: the object, or NULL when there is none.
 */
struct svipc_object *svipc_ids_find_key(struct svipc_ids *ids, s32 key)
{
	return rhashtable_lookup_fast(&ids->keys, &key, key_params);
}

/* Reserve the next index of the cycle. */
static int reserve_next_index(struct svipc_ids *ids)
{
	u32 cycle = clamp_t(u32, ids->in_use * 3 / 2, CYCLE_MIN, SVIPC_MNI_MAX);
	u32 index;
	int err;

	err = xa_alloc(&ids->objects, &index, NULL,
		       XA_LIMIT(min_t(u32, ids->last + 1, cycle), cycle - 1),
		       GFP_KERNEL);
	if (err == -EBUSY)
		err = xa_alloc(&ids->objects, &index, NULL,
			       XA_LIMIT(0, cycle - 1), GFP_KERNEL);
	return err ?: index;
}

/* Give an object the next identifier of the cycle; return its index. */
static int give_next_id(struct svipc_ids *ids, struct svipc_object *object)
{
	int index = reserve_next_index(ids);

	lockdep_assert_held(&ids->lock);

	if (index < 0)
		return index;

	if (index <= ids->last && ids->seq++ == SEQ_MAX)
		ids->seq = 0;
	object->id = ids->seq << SVIPC_INDEX_BITS | index;
	return index;
}

/*
 * Give an object the identifier that was asked for, or the one of the next
 * index that is free; return its index.  The cycle goes on as if this had not
 * been.
 */
static int give_wanted_id(struct svipc_ids *ids, struct svipc_object *object,
			  int wanted)
{
	u32 index;
	int err;

	err = xa_alloc(&ids->objects, &index, NULL,
		       XA_LIMIT(wanted & (SVIPC_MNI_MAX - 1),
				SVIPC_MNI_MAX - 1),
		       GFP_KERNEL);
	if (err)
		return err == -EBUSY ? -ENOSPC : err;

	object->id = (wanted & ~(SVIPC_MNI_MAX - 1)) | index;
	return index;
}

/**
 * svipc_ids_add() - give an object its identifier and let it be found
 * @ids: the tables
 * @object: the object, ready for use
 * @arg: an argument for the added() operation of its kind
 *
 * Context: the lock of @ids.
 * Return: the identifier; -EIDRM when the instance has ended; -ENOSPC when a
 * limit is reached, or no index is free from the one on that was asked for;
 * -ENOMEM.
 */
int svipc_ids_add(struct svipc_ids *ids, struct svipc_object *object, void *arg)
{
	int wanted, index, err;

	lockdep_assert_held(&ids->lock);

	if (ids->ended)
		return -EIDRM;
	if (ids->in_use >= READ_ONCE(*ids->most))
		return -ENOSPC;
	err = ids->kind->charge(object);
	if (err)
		return err;

	wanted = xchg(&ids->next_id, -1);
	index = wanted < 0 ? give_next_id(ids, object) :
			     give_wanted_id(ids, object, wanted);
	if (index < 0)
		return index;

	/*
	 * A look-up by key may find the object from here on: hold its lock
	 * until its identifier is known, too.
	 */
	spin_lock(&object->lock);
	if (object->key != IPC_PRIVATE) {
		err = rhashtable_insert_fast(&ids->keys, &object->by_key,
					     key_params);
		if (err) {
			spin_unlock(&object->lock);
			xa_release(&ids->objects, index);
			return err;
		}
	}

	ids->kind->added(object, arg);
	/* The place is reserved: this needs no memory. */
	xa_store(&ids->objects, index, object, GFP_ATOMIC);
	spin_unlock(&object->lock);
	if (wanted < 0)
		ids->last = index;
	ids->in_use++;
	return object->id;
}

/* Take an object that is marked as removed out of the tables. */
static void delete_from_tables(struct svipc_ids *ids,
			       struct svipc_object *object)
{
	lockdep_assert_held(&ids->lock);

	xa_erase(&ids->objects, object->id & (SVIPC_MNI_MAX - 1));
	if (object->key != IPC_PRIVATE)
		rhashtable_remove_fast(&ids->keys, &object->by_key, key_params);
	ids->in_use--;
}

static void mark_removed(struct svipc_object *object)
{
	lockdep_assert_held(&object->ids->lock);
	lockdep_assert_held(&object->lock);

	object->removed = true;
	object->ids->kind->removed(object);
}

/**
 * svipc_ids_remove() - remove an object that the caller may remove
 * @ids: the tables
 * @id: its identifier
 *
 * Context: process context, may sleep.
 * Return: the object, whose reference for being in the tables is the caller's
 * now, or an error pointer: -EINVAL for an unknown identifier; -EPERM.
 */
struct svipc_object *svipc_ids_remove(struct svipc_ids *ids, int id)
{
	struct svipc_object *object;
	int err = 0;

	mutex_lock(&ids->lock);
	object = svipc_ids_find(ids, id);
	if (IS_ERR(object))
		goto unlock;

	spin_lock(&object->lock);
	if (svipc_owned(object))
		mark_removed(object);
	else
		err = -EPERM;
	spin_unlock(&object->lock);
	if (err)
		object = ERR_PTR(err);
	else
		delete_from_tables(ids, object);
unlock:
	mutex_unlock(&ids->lock);
	return object;
}

/**
 * svipc_ids_remove_if() - remove an object that is not wanted any more
 * @object: the object; the caller has a reference
 * @wanted: decides, under the lock of @object, whether it stays
 *
 * Context: process context, may sleep.
 * Return: true when it was removed by this call; its reference for being in the
 * tables is the caller's then.
 */
bool svipc_ids_remove_if(struct svipc_object *object,
			 bool (*wanted)(struct svipc_object *object))
{
	struct svipc_ids *ids = object->ids;
	bool removes;

	mutex_lock(&ids->lock);
	spin_lock(&object->lock);
	removes = !object->removed && !wanted(object);
	if (removes)
		mark_removed(object);
	spin_unlock(&object->lock);
	if (removes)
		delete_from_tables(ids, object);
	mutex_unlock(&ids->lock);
	return removes;
}

/* Take any object out of the tables of an ended instance; NULL when there is none. */
static struct svipc_object *remove_any(struct svipc_ids *ids)
{
	struct svipc_object *object;
	unsigned long index = 0;

	mutex_lock(&ids->lock);
	ids->ended = true;
	object = xa_find(&ids->objects, &index, ULONG_MAX, XA_PRESENT);
	if (object) {
		spin_lock(&object->lock);
		mark_removed(object);
		spin_unlock(&object->lock);
		delete_from_tables(ids, object);
	}
	mutex_unlock(&ids->lock);
	return object;
}

/**
 * svipc_ids_end() - remove all objects, and let none be added any more
 * @ids: the tables
 *
 * Context: process context, may sleep.
 */
void svipc_ids_end(struct svipc_ids *ids)
{
	struct svipc_object *object;

	while ((object = remove_any(ids))) {
		ids->kind->finish(object);
		cond_resched();
	}
}

/**
 * svipc_ids_highest() - find the highest index in use
 * @ids: the tables
 *
 * Context: the lock of @ids.
 * Return: the index, -1 when there is none.
 */
int svipc_ids_highest(struct svipc_ids *ids)
{
	int highest = -1, step;

	lockdep_assert_held(&ids->lock);

	/* Binary search: the highest index is below highest + 2 * step. */
	for (step = SVIPC_MNI_MAX; step; step /= 2) {
		unsigned long index = highest + step;

		if (xa_find(&ids->objects, &index, SVIPC_MNI_MAX - 1,
			    XA_PRESENT))
			highest = index;
	}
	return highest;
}
