// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is done to a whole queue: get, open, stat, set.
 *
 * Locks: the namespace's lock to make a queue, the queue's lock for all else.
 * A queue in the namespace holds the module.
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

#include "control.h"
#include "deliver.h"
#include "descriptor.h"
#include "ns.h"
#include "queue.h"
#include "wait.h"
#include "watch.h"

static bool permits_descriptor(struct msgq_queue *queue,
			       const struct msgq_descriptor *descriptor)
{
	return msgq_queue_permits(queue, (descriptor->reads ? 0444 : 0) |
					 (descriptor->writes ? 0222 : 0));
}

/* Let a descriptor stand for a queue, under its lock. */
static void attach_descriptor(struct msgq_queue *queue,
			      struct msgq_descriptor *descriptor)
{
	lockdep_assert_held(&queue->lock);

	refcount_inc(&queue->refs);
	descriptor->queue = queue;
	list_add_tail(&descriptor->all, &queue->descriptors);
	queue->opened++;
}

/*
 * The identifier of the queue with a key; -ENOENT when there is none.  If
 * there is one it is opened as well, where a descriptor is given.
 */
static int get_by_key(struct msgq_ns *ns, s32 key, int msgflg,
		      struct msgq_descriptor *descriptor)
{
	const int exclusive = IPC_CREAT | IPC_EXCL;
	struct msgq_queue *queue;
	int ret = -ENOENT;

	rcu_read_lock();
	queue = msgq_ns_find_key(ns, key);
	if (queue) {
		spin_lock(&queue->lock);
		if (queue->removed)
			ret = -ENOENT;
		else if ((msgflg & exclusive) == exclusive)
			ret = -EEXIST;
		else if (!msgq_queue_permits(queue, msgflg & 0777))
			ret = -EACCES;
		else if (descriptor && !permits_descriptor(queue, descriptor))
			ret = -EACCES;
		else
			ret = queue->id;
		if (ret >= 0 && descriptor)
			attach_descriptor(queue, descriptor);
		spin_unlock(&queue->lock);
	}
	rcu_read_unlock();
	return ret;
}

/*
 * Find a queue, or make one, and open it where a descriptor is given.  Who
 * makes it may open it, whatever its mode, as for a file.
 */
static int get_or_make(struct msgq_ns *ns, s32 key, int msgflg,
		       struct msgq_descriptor *descriptor, bool temporary)
{
	struct msgq_queue *queue;
	int ret = -ENOENT;

	if (key != IPC_PRIVATE) {
		ret = get_by_key(ns, key, msgflg, descriptor);
		if (ret != -ENOENT || !(msgflg & IPC_CREAT))
			return ret;
	}

	queue = msgq_queue_alloc(ns, key, msgflg & 0777);
	if (!queue)
		return -ENOMEM;

	mutex_lock(&ns->lock);
	/* Somebody else may have made it meanwhile. */
	if (key != IPC_PRIVATE)
		ret = get_by_key(ns, key, msgflg, descriptor);
	if (ret == -ENOENT) {
		ret = msgq_ns_add(ns, queue);
		if (ret >= 0) {
			/* The caller's descriptor holds it already. */
			__module_get(THIS_MODULE);
			/* Nobody removes it before the lock is released. */
			if (descriptor) {
				spin_lock(&queue->lock);
				queue->temporary = temporary;
				attach_descriptor(queue, descriptor);
				spin_unlock(&queue->lock);
			}
			queue = NULL;
		}
	}
	mutex_unlock(&ns->lock);

	if (queue)
		msgq_queue_put(queue);
	return ret;
}

/**
 * msgq_get() - find a queue by its key, or make one
 * @ns: the caller's namespace
 * @key: the key, or IPC_PRIVATE
 * @msgflg: IPC_CREAT, IPC_EXCL, and mode bits
 *
 * Context: process context, may sleep.
 * Return: the identifier; -ENOENT, -EEXIST, -EACCES, -ENOSPC when the limit
 * msgmni is reached, -ENOMEM.
 */
int msgq_get(struct msgq_ns *ns, s32 key, int msgflg)
{
	return get_or_make(ns, key, msgflg, NULL, false);
}

/**
 * msgq_attach() - find or make the queue that a descriptor is to stand for
 * @ns: the caller's namespace
 * @arg: which
 * @descriptor: the descriptor, new
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an unknown identifier; -EACCES; for a key what
 * msgq_get() returns.
 */
int msgq_attach(struct msgq_ns *ns, const struct msgq_open *arg,
		struct msgq_descriptor *descriptor)
{
	struct msgq_queue *queue;
	int err = 0;

	if (arg->flags & MSGQ_OPEN_KEY) {
		err = get_or_make(ns, arg->name, arg->msgflg, descriptor,
				  arg->flags & MSGQ_OPEN_TEMPORARY);
		return min(err, 0);
	}

	queue = msgq_ns_get(ns, arg->name);
	if (IS_ERR(queue))
		return PTR_ERR(queue);

	spin_lock(&queue->lock);
	if (queue->removed)
		err = -EINVAL;
	else if (!permits_descriptor(queue, descriptor))
		err = -EACCES;
	else
		attach_descriptor(queue, descriptor);
	spin_unlock(&queue->lock);
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
	lockdep_assert_held(&queue->lock);

	state->msqid = queue->id;
	state->key = queue->key;
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
 * @user_ns: as which ids are told
 * @pid_ns: as which processes are told
 * @ds: where to put it
 *
 * Context: the queue's lock; it is not removed.
 */
void msgq_describe(struct msgq_queue *queue, struct user_namespace *user_ns,
		   struct pid_namespace *pid_ns, struct msgq_ds64 *ds)
{
	lockdep_assert_held(&queue->lock);

	memset(ds, 0, sizeof(*ds));
	ds->key = queue->key;
	ds->uid = from_kuid_munged(user_ns, queue->uid);
	ds->gid = from_kgid_munged(user_ns, queue->gid);
	ds->cuid = from_kuid_munged(user_ns, queue->cuid);
	ds->cgid = from_kgid_munged(user_ns, queue->cgid);
	ds->mode = queue->mode;
	ds->seq = queue->id >> MSGQ_INDEX_BITS;
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
 * @ns: the caller's namespace
 * @msqid: the identifier, or an index unless @cmd is IPC_STAT
 * @cmd: IPC_STAT, MSG_STAT or MSG_STAT_ANY
 * @ds: where to put it; ids as in the caller's user namespace, processes as
 *	in its pid namespace
 *
 * Context: process context.
 * Return: 0 for IPC_STAT, else the identifier; -EINVAL, -EACCES, -EIDRM.
 */
int msgq_stat(struct msgq_ns *ns, int msqid, int cmd, struct msgq_ds64 *ds)
{
	struct msgq_queue *queue;
	int ret = 0;

	rcu_read_lock();
	queue = cmd == IPC_STAT ? msgq_ns_find(ns, msqid) :
				  msgq_ns_find_index(ns, msqid);
	if (IS_ERR(queue)) {
		rcu_read_unlock();
		return PTR_ERR(queue);
	}

	spin_lock(&queue->lock);
	if (cmd != MSG_STAT_ANY && !msgq_queue_permits(queue, 0444)) {
		ret = -EACCES;
		goto unlock;
	}
	if (queue->removed) {
		ret = -EIDRM;
		goto unlock;
	}

	msgq_describe(queue, current_user_ns(), task_active_pid_ns(current),
		      ds);
	if (cmd != IPC_STAT)
		ret = queue->id;
unlock:
	spin_unlock(&queue->lock);
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

	lockdep_assert_held(&queue->lock);

	if (queue->removed)
		return -EIDRM;
	if (!msgq_queue_owned(queue))
		return -EPERM;
	if ((u32)qbytes > READ_ONCE(queue->ns->limits.msgmnb) &&
	    !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	if (!uid_valid(uid) || !gid_valid(gid))
		return -EINVAL;

	queue->uid = uid;
	queue->gid = gid;
	queue->mode = ds->mode & 0777;
	queue->qbytes = qbytes;
	queue->ctime = ktime_get_real_seconds();
	queue->perm_epoch++;
	return 0;
}

/**
 * msgq_set() - change owner, mode and most bytes of a queue
 * @ns: the caller's namespace
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
 * -EPERM; -EIDRM.
 */
int msgq_set(struct msgq_ns *ns, int msqid, const struct msgq_ds64 *ds)
{
	struct msgq_queue *queue;
	LIST_HEAD(receivers);
	int err;

	queue = msgq_ns_get(ns, msqid);
	if (IS_ERR(queue))
		return PTR_ERR(queue);

	spin_lock(&queue->lock);
	err = change_queue(queue, ds);
	if (!err) {
		msgq_wait_take_receivers(queue, &receivers);
		msgq_admit_senders(queue);
		if (queue->pollers.room.count && !queue->removed)
			msgq_watch_room_anew(queue);
	}
	spin_unlock(&queue->lock);

	msgq_wait_end_taken(queue, &receivers, -EAGAIN);
	msgq_queue_put(queue);
	msgq_quota_wake(ns);
	return err;
}

/**
 * msgq_totals() - tell the limits of a namespace, or what it holds
 * @ns: the caller's namespace
 * @cmd: IPC_INFO or MSG_INFO
 * @info: where to put it
 *
 * Context: process context, may sleep.
 * Return: the highest index in use, 0 when there is none.
 */
int msgq_totals(struct msgq_ns *ns, int cmd, struct msginfo *info)
{
	int highest;

	/* There are holes between its fields. */
	memset(info, 0, sizeof(*info));
	info->msgmax = READ_ONCE(ns->limits.msgmax);
	info->msgmnb = READ_ONCE(ns->limits.msgmnb);
	info->msgmni = READ_ONCE(ns->limits.msgmni);
	info->msgssz = MSGSSZ;
	info->msgseg = MSGSEG;
	info->msgmap = MSGMAP;
	info->msgpool = MSGPOOL;
	info->msgtql = MSGTQL;

	mutex_lock(&ns->lock);
	highest = max(msgq_ns_highest(ns), 0);
	if (cmd == MSG_INFO) {
		info->msgpool = ns->in_use;
		info->msgmap = min_t(long, atomic_long_read(&ns->messages),
				     INT_MAX);
		info->msgtql = min_t(unsigned long, msgq_ns_bytes(ns), INT_MAX);
	}
	mutex_unlock(&ns->lock);
	return highest;
}
