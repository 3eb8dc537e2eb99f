// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls about a whole queue: get, open, stat, set.
 *
 * Locks: the lock of the tables to make a queue, the queue's lock for all else.
 * A queue holds the module from when it can be found until its removal is done.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/msg.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include <msgq.h>

#include "ipc/get.h"
#include "ipc/ids.h"
#include "ipc/object.h"
#include "control.h"
#include "deliver.h"
#include "descriptor.h"
#include "instance.h"
#include "queue.h"
#include "quota.h"
#include "remove.h"
#include "setting.h"
#include "trace.h"
#include "wait.h"
#include "watch.h"

static bool permits_descriptor(struct msgq_queue *queue,
			       const struct msgq_descriptor *descriptor)
{
	return svipc_permits(&queue->ipc,
			     (descriptor->reads ? 0444 : 0) |
				     (descriptor->writes ? 0222 : 0));
}

/* Attach a descriptor to a queue, under its lock. */
static void attach_descriptor(struct msgq_queue *queue,
			      struct msgq_descriptor *descriptor)
{
	lockdep_assert_held(&queue->ipc.lock);

	refcount_inc(&queue->ipc.refs);
	descriptor->queue = queue;
	descriptor->claims.queue = queue;
	list_add_tail(&descriptor->all, &queue->descriptors);
	queue->opened++;
}

/**
 * struct queue_opening - a call that finds or makes a queue, and opens it
 * @descriptor: the descriptor to attach to it
 * @temporary: a queue that is made is removed with its last descriptor
 */
struct queue_opening {
	struct msgq_descriptor *descriptor;
	bool temporary;
};

static struct svipc_ids *new_queue_tables(struct svipc_instance *instance)
{
	return msgq_instance_new(instance, &msgq_queue_kind);
}

static struct svipc_object *make_queue(struct svipc_ids *ids, s32 key,
				       umode_t mode, void *opening)
{
	struct msgq_instance *instance =
		container_of(ids, struct msgq_instance, ids);
	struct msgq_queue *queue = msgq_queue_alloc(instance, key, mode);

	return queue ? &queue->ipc : ERR_PTR(-ENOMEM);
}

static int charge_queue(struct svipc_object *object)
{
	return msgq_queue_charge(msgq_queue_of(object));
}

static int open_found_queue(struct svipc_object *object, void *data)
{
	struct msgq_queue *queue = msgq_queue_of(object);
	struct queue_opening *opening = data;

	if (!permits_descriptor(queue, opening->descriptor))
		return -EACCES;
	attach_descriptor(queue, opening->descriptor);
	return 0;
}

/* The creator may open a queue whatever its mode is, as for a file. */
static void open_new_queue(struct svipc_object *object, void *data)
{
	struct msgq_queue *queue = msgq_queue_of(object);
	struct queue_opening *opening = data;

	/* The caller's descriptor holds the module already. */
	__module_get(THIS_MODULE);
	msgq_quota_begin(queue);
	trace_msgq_make(queue);
	if (opening) {
		queue->temporary = opening->temporary;
		attach_descriptor(queue, opening->descriptor);
	}
}

/* From now on the counts of the queue are part of its instance's. */
static void add_removed_counts(struct svipc_object *object)
{
	struct msgq_queue *queue = msgq_queue_of(object);

	lockdep_assert_held(&object->ids->lock);

	msgq_queue_count(queue, &msgq_instance_of(queue)->gone);
	trace_msgq_remove(queue);
}

static void finish_queue(struct svipc_object *object)
{
	msgq_finish_removal(msgq_queue_of(object));
}

static void put_queue(struct svipc_object *object)
{
	msgq_queue_put(msgq_queue_of(object));
}

const struct svipc_kind msgq_queue_kind = {
	.settings = msgq_settings,
	.setting_count = MSGQ_SETTINGS,
	.new_tables = new_queue_tables,
	.free_tables = msgq_instance_free,
	.make = make_queue,
	.found = open_found_queue,
	.charge = charge_queue,
	.added = open_new_queue,
	.removed = add_removed_counts,
	.finish = finish_queue,
	.retry = msgq_admit_account_waiters,
	.put = put_queue,
};

/**
 * msgq_get() - find a queue by its key, or make one
 * @instance: the queues that the caller can use
 * @key: the key, or IPC_PRIVATE
 * @msgflg: IPC_CREAT, IPC_EXCL, and mode bits
 *
 * Context: process context, may sleep.
 * Return: the identifier; -ENOENT, -EEXIST, -EACCES, -ENOSPC when the limit
 * msgmni is reached, -ENOMEM.
 */
int msgq_get(struct msgq_instance *instance, s32 key, int msgflg)
{
	return svipc_get(&instance->ids, key, msgflg, NULL);
}

/**
 * msgq_attach() - find or make the queue of a new descriptor
 * @instance: the queues that the caller can use
 * @arg: which
 * @descriptor: the descriptor, new
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier; -EACCES; for a key what
 * msgq_get() returns.
 */
int msgq_attach(struct msgq_instance *instance, const struct msgq_open *arg,
		struct msgq_descriptor *descriptor)
{
	struct queue_opening opening = {
		.descriptor = descriptor,
		.temporary = arg->flags & MSGQ_OPEN_TEMPORARY,
	};
	struct msgq_queue *queue;
	int err = 0;

	if (arg->flags & MSGQ_OPEN_KEY) {
		err = svipc_get(&instance->ids, arg->name, arg->msgflg,
				&opening);
		return min(err, 0);
	}

	queue = msgq_queue_of(svipc_ids_get(&instance->ids, arg->name));
	if (IS_ERR(queue))
		return PTR_ERR(queue);

	spin_lock(&queue->ipc.lock);
	if (queue->ipc.removed)
		err = -EINVAL;
	else
		err = open_found_queue(&queue->ipc, &opening);
	spin_unlock(&queue->ipc.lock);
	msgq_queue_put(queue);
	return err;
}

/**
 * msgq_state() - tell what a queue is and holds
 * @queue: the queue
 * @state: where to put it
 *
 * Context: the queue's lock.
 */
void msgq_state(struct msgq_queue *queue, struct msgq_state *state)
{
	lockdep_assert_held(&queue->ipc.lock);

	state->msqid = queue->ipc.id;
	state->key = queue->ipc.key;
	state->qnum = queue->store.count;
	state->cbytes = queue->store.bytes;
	state->qbytes = queue->qbytes;
	state->claimed = queue->claimed;
	state->receivers = msgq_interest_in_messages(&queue->waiters);
	state->senders = queue->waiters.room.count;
	state->descriptors = queue->opened;
	state->flags = queue->temporary ? MSGQ_STATE_TEMPORARY : 0;
	memset(&state->counts, 0, sizeof(state->counts));
	msgq_queue_count(queue, &state->counts);
}

/**
 * msgq_describe() - tell what is publicly known of a queue
 * @queue: the queue
 * @user_ns: the user namespace in which ids are given
 * @pid_ns: the pid namespace in which processes are given
 * @ds: where to put it
 *
 * Context: the queue's lock; it is not removed.
 */
void msgq_describe(struct msgq_queue *queue, struct user_namespace *user_ns,
		   struct pid_namespace *pid_ns, struct msgq_ds64 *ds)
{
	lockdep_assert_held(&queue->ipc.lock);

	memset(ds, 0, sizeof(*ds));
	ds->key = queue->ipc.key;
	ds->uid = from_kuid_munged(user_ns, queue->ipc.uid);
	ds->gid = from_kgid_munged(user_ns, queue->ipc.gid);
	ds->cuid = from_kuid_munged(user_ns, queue->ipc.cuid);
	ds->cgid = from_kgid_munged(user_ns, queue->ipc.cgid);
	ds->mode = queue->ipc.mode;
	ds->seq = queue->ipc.id >> SVIPC_INDEX_BITS;
	ds->stime = queue->stime;
	ds->rtime = queue->rtime;
	ds->ctime = queue->ctime;
	ds->cbytes = queue->store.bytes;
	ds->qnum = queue->store.count;
	ds->qbytes = queue->qbytes;
	ds->lspid = pid_nr_ns(queue->lspid, pid_ns);
	ds->lrpid = pid_nr_ns(queue->lrpid, pid_ns);
}

/**
 * msgq_stat() - tell the state of a queue
 * @instance: the caller's instance
 * @msqid: the identifier, or an index unless @cmd is IPC_STAT
 * @cmd: IPC_STAT, MSG_STAT or MSG_STAT_ANY
 * @ds: where to put it; ids as in the caller's user namespace, processes as
 *	in its pid namespace
 *
 * Context: process context.
 * Return: 0 for IPC_STAT, else the identifier; -EINVAL, -EACCES, -EIDRM.
 */
int msgq_stat(struct msgq_instance *instance, int msqid, int cmd,
	      struct msgq_ds64 *ds)
{
	struct svipc_ids *ids = &instance->ids;
	struct msgq_queue *queue;
	int ret = 0;

	rcu_read_lock();
	queue = msgq_queue_of(cmd == IPC_STAT ?
				      svipc_ids_find(ids, msqid) :
				      svipc_ids_find_index(ids, msqid));
	if (IS_ERR(queue)) {
		rcu_read_unlock();
		return PTR_ERR(queue);
	}

	spin_lock(&queue->ipc.lock);
	if (cmd != MSG_STAT_ANY && !svipc_permits(&queue->ipc, 0444)) {
		ret = -EACCES;
		goto unlock;
	}
	if (queue->ipc.removed) {
		ret = -EIDRM;
		goto unlock;
	}

	msgq_describe(queue, current_user_ns(), task_active_pid_ns(current),
		      ds);
	if (cmd != IPC_STAT)
		ret = queue->ipc.id;
unlock:
	spin_unlock(&queue->ipc.lock);
	rcu_read_unlock();
	return ret;
}

static int change_queue(struct msgq_queue *queue, const struct msgq_ds64 *ds)
{
	struct user_namespace *user_ns = current_user_ns();
	kuid_t uid = make_kuid(user_ns, ds->uid);
	kgid_t gid = make_kgid(user_ns, ds->gid);
	/* System V's width on Linux: an int, whatever the program's long is. */
	int qbytes = ds->qbytes;

	lockdep_assert_held(&queue->ipc.lock);

	if (queue->ipc.removed)
		return -EIDRM;
	if (!svipc_owned(&queue->ipc))
		return -EPERM;
	if ((u32)qbytes > READ_ONCE(msgq_instance_of(queue)->limits.msgmnb) &&
	    !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (!uid_valid(uid) || !gid_valid(gid))
		return -EINVAL;
	if (!msgq_queue_charge_bytes(queue, qbytes))
		return -ENOSPC;

	svipc_object_set(&queue->ipc, uid, gid, ds->mode);
	queue->qbytes = qbytes;
	queue->ctime = ktime_get_real_seconds();
	return 0;
}

/**
 * msgq_set() - change owner, mode and most bytes of a queue
 * @instance: the caller's instance
 * @msqid: the identifier
 * @ds: uid, gid, mode and qbytes to set
 *
 * Waiting receivers check their permission anew at once, and a waiting sender
 * does as soon as its message fits.  The receivers are taken out under the hold
 * of the lock that changes the permission: no message is handed to one that it
 * excludes.
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier or an id that does not map;
 * -EPERM; -EIDRM; -ENOSPC when a limit of an account is reached.
 */
int msgq_set(struct msgq_instance *instance, int msqid,
	     const struct msgq_ds64 *ds)
{
	struct msgq_queue *queue;
	LIST_HEAD(receivers);
	int err;

	queue = msgq_queue_of(svipc_ids_get(&instance->ids, msqid));
	if (IS_ERR(queue))
		return PTR_ERR(queue);

	spin_lock(&queue->ipc.lock);
	err = change_queue(queue, ds);
	if (!err) {
		msgq_wait_take_receivers(queue, &receivers);
		msgq_admit_senders(queue);
		if (queue->pollers.room.count && !queue->ipc.removed)
			msgq_watch_room_anew(queue);
	}
	spin_unlock(&queue->ipc.lock);

	msgq_wait_end_taken(queue, &receivers, -EAGAIN);
	msgq_queue_put(queue);
	msgq_quota_wake(instance);
	return err;
}

/**
 * msgq_totals() - tell the limits of an instance, or what it holds
 * @instance: the caller's instance
 * @cmd: IPC_INFO or MSG_INFO
 * @info: where to put it
 *
 * Context: process context, may sleep.
 * Return: the highest index in use, 0 when there is none.
 */
int msgq_totals(struct msgq_instance *instance, int cmd, struct msginfo *info)
{
	unsigned long bytes;
	long messages;
	int highest;

	/* There are holes between its fields. */
	memset(info, 0, sizeof(*info));
	info->msgmax = READ_ONCE(instance->limits.msgmax);
	info->msgmnb = READ_ONCE(instance->limits.msgmnb);
	info->msgmni = READ_ONCE(instance->limits.msgmni);
	info->msgssz = MSGSSZ;
	info->msgseg = MSGSEG;
	info->msgmap = MSGMAP;
	info->msgpool = MSGPOOL;
	info->msgtql = MSGTQL;

	mutex_lock(&instance->ids.lock);
	highest = max(svipc_ids_highest(&instance->ids), 0);
	if (cmd == MSG_INFO) {
		info->msgpool = instance->ids.in_use;
		messages = atomic_long_read(&instance->messages);
		bytes = msgq_instance_bytes(instance);
		info->msgmap = min_t(long, messages, INT_MAX);
		info->msgtql = min_t(unsigned long, bytes, INT_MAX);
	}
	mutex_unlock(&instance->ids.lock);
	return highest;
}
