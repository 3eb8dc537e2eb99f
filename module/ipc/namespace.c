// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances of IPC namespaces; the model is described in namespace.h.
 *
 * Locks: make_lock, a mutex, serialises adding.  table_lock protects the table, the
 * slots and the list; look-ups in the table run under RCU, and those in the slots
 * without.  An instance that is in the table has its mark, and so its super block:
 * it is taken out before the mark is freed.
 *
 * The mark and the table have a reference to the instance each.  The instance is
 * taken out of the table once, by whichever comes first: the end of the super
 * block, a sweep, or unloading.
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/hashtable.h>
#include <linux/init_task.h>
#include <linux/ipc_namespace.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "compat/fsnotify.h"
#include "namespace.h"

/* The table has so many bits of index: lists stay short up to some thousands. */
#define TABLE_BITS	10

/* So many instances are looked at under one hold of the lock. */
#define SWEEP_LOT	64

/* After so many seconds they are looked at again. */
#define SWEEP_SECONDS	10

/**
 * struct namespace_instance - the instance of an IPC namespace
 * @instance: the instance
 * @sb: the super block that tells the namespace apart
 * @by_sb: link in the table, by the address of @sb
 * @all: link in the list of all
 * @mark: tells of the end of @sb
 * @end_work: ends the instance
 */
struct namespace_instance {
	struct svipc_instance instance;
	const struct super_block *sb;
	struct hlist_node by_sb;
	struct list_head all;
	struct fsnotify_mark mark;
	struct work_struct end_work;
};

/* The initial IPC namespace, and whether others have instances of their own. */
struct ipc_namespace *svipc_initial_ns;
bool svipc_namespaces_given;

static DEFINE_MUTEX(make_lock);
static DEFINE_SPINLOCK(table_lock);
static DEFINE_HASHTABLE(table, TABLE_BITS);
static LIST_HEAD(all_instances);
static struct fsnotify_group *group;

/*
 * The instance that was added last of those with the same hash.  A task reads no
 * memory of other instances here, and so needs no RCU, which costs as much as all
 * the rest of a look-up.
 */
#define SLOT_BITS	8

struct slot {
	const struct super_block *sb;
	struct namespace_instance *instance;
};

static struct slot slots[1 << SLOT_BITS];
static seqcount_spinlock_t slots_seq = SEQCNT_SPINLOCK_ZERO(slots_seq,
							    &table_lock);

/* How many exist, in the table or not. */
static atomic_t existing = ATOMIC_INIT(0);
static DECLARE_WAIT_QUEUE_HEAD(none_exists);

static void sweep_and_continue(struct work_struct *work);

static DECLARE_DELAYED_WORK(sweep_work, sweep_and_continue);

static struct namespace_instance *of_mark(struct fsnotify_mark *mark)
{
	return container_of(mark, struct namespace_instance, mark);
}

static struct slot *slot_of(const struct super_block *sb)
{
	return &slots[hash_ptr(sb, SLOT_BITS)];
}

static void set_slot(struct slot *slot, const struct super_block *sb,
		     struct namespace_instance *instance)
{
	lockdep_assert_held(&table_lock);

	write_seqcount_begin(&slots_seq);
	WRITE_ONCE(slot->sb, sb);
	WRITE_ONCE(slot->instance, instance);
	write_seqcount_end(&slots_seq);
}

/* Have an instance ended if it is still in the table. */
static void take_out_and_end(struct namespace_instance *instance)
{
	lockdep_assert_held(&table_lock);

	if (hlist_unhashed(&instance->by_sb))
		return;

	if (slot_of(instance->sb)->instance == instance)
		set_slot(slot_of(instance->sb), NULL, NULL);
	hash_del_rcu(&instance->by_sb);
	list_del(&instance->all);
	queue_work(svipc_wq, &instance->end_work);
}

static void end_namespace_instance(struct work_struct *work)
{
	struct namespace_instance *instance =
		container_of(work, struct namespace_instance, end_work);

	fsnotify_destroy_mark(&instance->mark, group);
	svipc_instance_end(&instance->instance);
	fsnotify_put_mark(&instance->mark);
	svipc_instance_put(&instance->instance);
}

static void free_namespace_instance(struct svipc_instance *instance)
{
	kfree(container_of(instance, struct namespace_instance, instance));
	if (atomic_dec_and_test(&existing))
		wake_up(&none_exists);
}

/* The super block goes, or the mark is destroyed here. */
static void mark_goes(struct fsnotify_mark *mark, struct fsnotify_group *group)
{
	spin_lock(&table_lock);
	take_out_and_end(of_mark(mark));
	spin_unlock(&table_lock);
}

static void mark_is_gone(struct fsnotify_mark *mark)
{
	svipc_instance_put(&of_mark(mark)->instance);
}

static const struct fsnotify_ops notify_ops = {
	.freeing_mark = mark_goes,
	.free_mark = mark_is_gone,
};

/* Find the instance of the caller's namespace in its slot, if it is in there. */
static __always_inline struct namespace_instance *
find_in_slot(const struct super_block *sb)
{
	const struct slot *slot = slot_of(sb);
	struct namespace_instance *instance;
	unsigned int seq;
	bool same;

	seq = read_seqcount_begin(&slots_seq);
	same = READ_ONCE(slot->sb) == sb;
	instance = READ_ONCE(slot->instance);
	return same && !read_seqcount_retry(&slots_seq, seq) ? instance : NULL;
}

/* Find the instance of the caller's namespace, which keeps it. */
static struct namespace_instance *find(const struct super_block *sb)
{
	struct namespace_instance *instance, *found = NULL;

	rcu_read_lock();
	hash_for_each_possible_rcu(table, instance, by_sb, (unsigned long)sb) {
		if (instance->sb == sb) {
			found = instance;
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

static struct namespace_instance *alloc_instance(struct ipc_namespace *ns)
{
	struct namespace_instance *new;
	int err;

	new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	if (!new)
		return ERR_PTR(-ENOMEM);

	new->instance.id = ns->ns.inum;
	err = svipc_instance_init(&new->instance, ns->user_ns,
				  free_namespace_instance);
	if (err) {
		kfree(new);
		return ERR_PTR(err);
	}
	atomic_inc(&existing);
	new->sb = ns->mq_mnt->mnt_sb;
	INIT_WORK(&new->end_work, end_namespace_instance);
	return new;
}

/* Let an instance be found, and have notice of the end of its super block. */
static int add_instance(struct namespace_instance *new, struct inode *root)
{
	int err;

	lockdep_assert_held(&make_lock);

	fsnotify_init_mark(&new->mark, group);
	new->mark.flags |= FSNOTIFY_MARK_FLAG_NO_IREF;
	svipc_instance_get(&new->instance);
	err = fsnotify_add_inode_mark(&new->mark, root, 0);
	if (err) {
		fsnotify_put_mark(&new->mark);
		return err;
	}

	spin_lock(&table_lock);
	hash_add_rcu(table, &new->by_sb, (unsigned long)new->sb);
	set_slot(slot_of(new->sb), new->sb, new);
	list_add_tail(&new->all, &all_instances);
	spin_unlock(&table_lock);
	queue_delayed_work(svipc_wq, &sweep_work, SWEEP_SECONDS * HZ);
	return 0;
}

/*
 * Make the instance of the caller's namespace, unless another task of it has
 * been faster.  Memory is allocated without the lock: that may take long if the
 * control group of the caller has none left.
 */
static struct namespace_instance *make_instance(struct ipc_namespace *ns)
{
	struct namespace_instance *new = alloc_instance(ns), *found;
	int err = 0;

	if (IS_ERR(new))
		return new;

	mutex_lock(&make_lock);
	found = find(new->sb);
	if (!found)
		err = add_instance(new, d_inode(ns->mq_mnt->mnt_root));
	mutex_unlock(&make_lock);

	if (!found && !err)
		return new;
	svipc_instance_put(&new->instance);
	return found ?: ERR_PTR(err);
}

static noinline struct svipc_instance *
find_or_make_instance(struct ipc_namespace *ns)
{
	struct namespace_instance *instance = find(ns->mq_mnt->mnt_sb);

	if (!instance)
		instance = make_instance(ns);
	return IS_ERR(instance) ? ERR_CAST(instance) : &instance->instance;
}

/**
 * svipc_instance_of_namespace() - the instance that the calling task uses
 *
 * The part of svipc_instance_of_caller() for tasks outside the initial
 * namespace.
 *
 * Context: process context, may sleep.
 * Return: as svipc_instance_of_caller().
 */
struct svipc_instance *svipc_instance_of_namespace(void)
{
	const struct nsproxy *nsproxy = current->nsproxy;
	struct namespace_instance *instance;
	struct ipc_namespace *ns;

	if (!svipc_namespaces_given)
		return &svipc_initial_instance;
	if (!nsproxy)
		return ERR_PTR(-ESRCH);

	ns = nsproxy->ipc_ns;
	instance = find_in_slot(ns->mq_mnt->mnt_sb);
	return likely(instance) ? &instance->instance : find_or_make_instance(ns);
}

/* End those instances of a lot whose namespace is gone; false when there are none. */
static bool sweep_lot(void)
{
	struct namespace_instance *instance;
	unsigned int i;
	bool any;

	spin_lock(&table_lock);
	any = !list_empty(&all_instances);
	for (i = 0; i < SWEEP_LOT && !list_empty(&all_instances); i++) {
		instance = list_first_entry(&all_instances,
					    struct namespace_instance, all);
		list_move_tail(&instance->all, &all_instances);
		if (!READ_ONCE(instance->sb->s_fs_info))
			take_out_and_end(instance);
	}
	spin_unlock(&table_lock);
	return any;
}

/**
 * svipc_namespaces_sweep() - end the instances of all namespaces that are gone
 *
 * Context: process context, may sleep.
 */
void svipc_namespaces_sweep(void)
{
	int lots = atomic_read(&existing) / SWEEP_LOT + 1;

	while (lots-- && sweep_lot())
		cond_resched();
}

/* Look again later, as long as there are instances. */
static void sweep_and_continue(struct work_struct *work)
{
	svipc_namespaces_sweep();
	if (atomic_read(&existing))
		queue_delayed_work(svipc_wq, &sweep_work, SWEEP_SECONDS * HZ);
}

/**
 * svipc_namespaces_init() - get ready for instances of namespaces
 * @wanted: false when all tasks are to use the initial instance
 *
 * Context: while the module is loaded, after svipc_instances_init().
 * Return: 0, or -ENOMEM.
 */
int svipc_namespaces_init(bool wanted)
{
	svipc_initial_ns = init_task.nsproxy->ipc_ns;
	svipc_initial_instance.id = svipc_initial_ns->ns.inum;
	if (!wanted || !svipc_initial_ns->mq_mnt)
		return 0;

	group = fsnotify_alloc_group(&notify_ops, FSNOTIFY_GROUP_NOFS);
	if (IS_ERR(group))
		return PTR_ERR(group);

	svipc_namespaces_given = true;
	return 0;
}

/**
 * svipc_namespaces_exit() - end all instances of namespaces
 *
 * Waits until the last one is freed: those that end at this moment as well.
 * The functions of the marks are not called any more afterwards.
 *
 * Context: while the module is unloaded, before svipc_instances_exit(); no task
 * asks for an instance any more, and no object exists.
 */
void svipc_namespaces_exit(void)
{
	struct namespace_instance *instance;

	if (!svipc_namespaces_given)
		return;

	cancel_delayed_work_sync(&sweep_work);
	spin_lock(&table_lock);
	while (!list_empty(&all_instances)) {
		instance = list_first_entry(&all_instances,
					    struct namespace_instance, all);
		take_out_and_end(instance);
		cond_resched_lock(&table_lock);
	}
	spin_unlock(&table_lock);

	wait_event(none_exists, !atomic_read(&existing));
	/* The thread that frees marks may still be in mark_is_gone(). */
	fsnotify_wait_marks_destroyed();
	fsnotify_put_group(group);
}
