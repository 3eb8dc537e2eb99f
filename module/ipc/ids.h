/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identifiers and keys of one kind of objects in one instance.
 *
 * An identifier is an index and a sequence number.  The indices go round in a
 * cycle that is wider than the number of objects, and the sequence number grows
 * with each round, so that the identifier of a removed object names no other
 * object for a long time.  A program that restores an object asks for its
 * identifier first.
 *
 * Look-ups run under RCU alone.  The lock serialises making and removing
 * objects.  The memory of a program is never touched while it is held: shared
 * memory will take it when a segment is unmapped, under mmap_lock.
 */
#ifndef SVIPC_IDS_H
#define SVIPC_IDS_H

#include <linux/mutex.h>
#include <linux/rhashtable-types.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct svipc_account;
struct svipc_ids;
struct svipc_instance;
struct svipc_object;

/* An identifier has so many bits of index, and above them the sequence number. */
#define SVIPC_INDEX_BITS	15

/* The most objects of one kind. */
#define SVIPC_MNI_MAX		32768

/**
 * struct svipc_kind - the operations of a kind of objects
 * @settings: its numbers that people set
 * @setting_count: how many
 * @new_tables: make the tables of the kind for this instance, empty; return
 *	them or an error pointer; may sleep
 * @free_tables: free them, once no object of them exists; may sleep
 * @make: make an object for these tables, with this key and mode, and one
 *	reference; return it or an error pointer; may sleep
 * @check: svipc_get() has found an object by its key, and the caller may not have
 *	permission; return 0, or an errno but -ENOENT; under the lock of the
 *	object; or NULL
 * @found: the same, and the caller has permission; not called without an
 *	argument; or NULL
 * @charge: have the payers of a new object pay for it, before others can find it;
 *	return 0, or -ENOSPC; under the lock of its tables
 * @added: an object is made and about to be found by others; under the locks of
 *	its tables and of the object
 * @removed: an object has just been removed; under the same locks
 * @finish: free what an object holds that has been removed, and give back its
 *	reference for being in the tables; may sleep
 * @retry: try what waits for an account, whose amount has fallen; may sleep; or
 *	NULL
 * @put: give back a reference
 *
 * The argument of svipc_get() is passed to make, check, found and added.
 */
struct svipc_kind {
	const struct svipc_setting *settings;
	unsigned int setting_count;
	struct svipc_ids *(*new_tables)(struct svipc_instance *instance);
	void (*free_tables)(struct svipc_ids *ids);
	struct svipc_object *(*make)(struct svipc_ids *ids, s32 key,
				     umode_t mode, void *arg);
	int (*check)(struct svipc_object *object, void *arg);
	int (*found)(struct svipc_object *object, void *arg);
	int (*charge)(struct svipc_object *object);
	void (*added)(struct svipc_object *object, void *arg);
	void (*removed)(struct svipc_object *object);
	void (*finish)(struct svipc_object *object);
	void (*retry)(struct svipc_account *account);
	void (*put)(struct svipc_object *object);
};

/**
 * struct svipc_ids - the tables of one kind in one instance
 * @objects: objects by index; changed under @lock, read under RCU
 * @keys: objects by key; changed under @lock, read under RCU
 * @kind: the kind; constant, like the next two
 * @instance: the instance
 * @most: the limit on the number of objects, at most SVIPC_MNI_MAX; written at
 *	any time, read with READ_ONCE()
 * @lock: serialises making and removing objects; protects @in_use, @last,
 *	@seq and @ended; no task holds it together with svipc_notices_lock
 * @in_use: number of objects
 * @last: the index that was given last
 * @seq: the sequence number that goes with it
 * @next_id: the identifier that the next object is to have, or -1 for any;
 *	written at any time, and used up under @lock
 * @ended: its instance has ended: no object is added any more
 */
struct svipc_ids {
	struct xarray objects;
	struct rhashtable keys;
	const struct svipc_kind *kind;
	struct svipc_instance *instance;
	const int *most;

	/* Serialises making and removing objects. */
	struct mutex lock;
	unsigned int in_use;
	int last;
	unsigned int seq;
	int next_id;
	bool ended;
};

int svipc_ids_init(struct svipc_ids *ids, const struct svipc_kind *kind,
		   struct svipc_instance *instance, const int *most);
void svipc_ids_exit(struct svipc_ids *ids);

struct svipc_object *svipc_ids_find(struct svipc_ids *ids, int id);
struct svipc_object *svipc_ids_find_index(struct svipc_ids *ids, int index);
struct svipc_object *svipc_ids_find_key(struct svipc_ids *ids, s32 key);
struct svipc_object *svipc_ids_get(struct svipc_ids *ids, int id);
int svipc_ids_highest(struct svipc_ids *ids);

int svipc_ids_add(struct svipc_ids *ids, struct svipc_object *object,
		  void *arg);
struct svipc_object *svipc_ids_remove(struct svipc_ids *ids, int id);
bool svipc_ids_remove_if(struct svipc_object *object,
			 bool (*wanted)(struct svipc_object *object));
void svipc_ids_end(struct svipc_ids *ids);

#endif /* SVIPC_IDS_H */
