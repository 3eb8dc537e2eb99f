// SPDX-License-Identifier: GPL-2.0-only
/*
 * The commands for queues: copy in, call, copy out.  The rules for arguments
 * are described in util/argument.h.
 *
 * Locks: none.
 */
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/ioctl.h>
#include <linux/ipc.h>
#include <linux/minmax.h>
#include <linux/msg.h>
#include <linux/nospec.h>
#include <linux/stddef.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "util/argument.h"
#include "batch.h"
#include "claim.h"
#include "claimer.h"
#include "control.h"
#include "descriptor.h"
#include "instance.h"
#include "ioctl.h"
#include "layout.h"
#include "queue.h"
#include "receive.h"
#include "remove.h"
#include "send.h"
#include "wait.h"
#include "who.h"

static_assert(sizeof(struct msgq_get) == 8);
static_assert(sizeof(struct msgq_snd) == 32);
static_assert(sizeof(struct msgq_rcv) == 40);
static_assert(sizeof(struct msgq_ctl) == 24);
static_assert(sizeof(struct msgq_open) == 48);
static_assert(sizeof(struct msgq_entry) == 32);
static_assert(sizeof(struct msgq_batch) == 48);
static_assert(sizeof(struct msgq_settle) == 16);
static_assert(sizeof(struct msgq_state) == 104);

/* The first version of the struct had so many bytes. */
#define STATE_FIRST_SIZE offsetof(struct msgq_state, counts)

static_assert(STATE_FIRST_SIZE == 56);

/*
 * Is this the size of a long?  It says how far before a text its type begins,
 * so it is bounded also where the processor only guesses that it is.
 */
static bool bound_long_size(u32 *long_size)
{
	if (*long_size != sizeof(s32) && *long_size != sizeof(s64))
		return false;
	*long_size = array_index_nospec(*long_size, sizeof(s64) + 1);
	return true;
}

static long ioctl_get(struct msgq_instance *instance, unsigned int cmd,
		      const void __user *argp)
{
	struct msgq_get arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;

	return msgq_get(instance, arg.key, arg.msgflg);
}

static long ioctl_snd(struct msgq_instance *instance, unsigned int cmd,
		      const void __user *argp)
{
	struct msgq_snd arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;
	if (arg.reserved || !bound_long_size(&arg.long_size))
		return -EINVAL;

	msgq_claimers_drain(instance, arg.msqid);
	return msgq_send(instance, msgq_call_by_id(arg.msgflg), &arg);
}

static long ioctl_rcv(struct msgq_instance *instance, unsigned int cmd,
		      const void __user *argp)
{
	struct msgq_rcv arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;
	if (arg.reserved || !bound_long_size(&arg.long_size))
		return -EINVAL;

	msgq_claimers_drain(instance, arg.msqid);
	return msgq_receive(instance, msgq_call_by_id(arg.msgflg), &arg);
}

static long ioctl_control(struct msgq_instance *instance,
			  const struct msgq_ctl *arg)
{
	void __user *buf = u64_to_user_ptr(arg->buf);
	struct msginfo info;
	struct msgq_ds64 ds;
	int err, ret;

	switch (arg->cmd) {
	case IPC_INFO:
	case MSG_INFO:
		ret = msgq_totals(instance, arg->cmd, &info);
		if (copy_to_user(buf, &info, sizeof(info)))
			return -EFAULT;
		return ret;
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		ret = msgq_stat(instance, arg->msqid, arg->cmd, &ds);
		if (ret < 0)
			return ret;
		return msgq_ds_to_user(buf, &ds, arg->long_size) ?: ret;
	case IPC_SET:
		err = msgq_ds_from_user(&ds, buf, arg->long_size);
		return err ?: msgq_set(instance, arg->msqid, &ds);
	case IPC_RMID:
		return msgq_remove(instance, arg->msqid);
	default:
		return -EINVAL;
	}
}

static long ioctl_ctl(struct msgq_instance *instance, unsigned int cmd,
		      const void __user *argp)
{
	struct msgq_ctl arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;
	if (arg.reserved || !bound_long_size(&arg.long_size) || arg.msqid < 0)
		return -EINVAL;

	return ioctl_control(instance, &arg);
}

static long ioctl_open(struct msgq_instance *instance, unsigned int cmd,
		       const void __user *argp)
{
	struct msgq_open arg;
	int err;

	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;

	return msgq_open(instance, &arg);
}

/*
 * Find the queue that a command is about, and take a reference: on the device
 * by its identifier, else the descriptor's.  The claims of processes that have
 * ended are released first.
 */
static struct msgq_queue *queue_of_command(struct msgq_instance *instance,
					   struct msgq_descriptor *descriptor,
					   s32 msqid)
{
	struct msgq_queue *queue = descriptor ? descriptor->queue : NULL;

	if (!queue)
		queue = msgq_queue_of(svipc_ids_get(&instance->ids, msqid));
	else if (msqid)
		queue = ERR_PTR(-EINVAL);
	else
		refcount_inc(&queue->ipc.refs);
	if (!IS_ERR(queue))
		svipc_notices_drain(queue);
	return queue;
}

/* Until when a batch waits.  A deadline that is over means not to wait. */
static int set_batch_deadline(struct msgq_call *call,
			      const struct msgq_batch *arg)
{
	switch (arg->flags & (MSGQ_MONOTONIC | MSGQ_REALTIME)) {
	case 0:
		call->deadline = KTIME_MAX;
		return arg->deadline ? -EINVAL : 0;
	case MSGQ_MONOTONIC:
		call->clock = CLOCK_MONOTONIC;
		break;
	case MSGQ_REALTIME:
		call->clock = CLOCK_REALTIME;
		break;
	default:
		return -EINVAL;
	}

	call->deadline = min_t(u64, arg->deadline, KTIME_MAX);
	call->expired = call->deadline <= (call->clock == CLOCK_MONOTONIC ?
					   ktime_get() : ktime_get_real());
	if (call->expired)
		call->nowait = true;
	return 0;
}

static int init_batch_call(struct msgq_call *call, const struct msgq_batch *arg,
			   struct msgq_descriptor *descriptor, u32 known)
{
	if (arg->reserved || arg->flags & ~known || !arg->count ||
	    arg->count > MSGQ_BATCH_MOST || arg->least > arg->count)
		return -EINVAL;

	call->perm_checked = descriptor;
	call->nowait = arg->msgflg & IPC_NOWAIT;
	call->interrupted = -ERESTARTNOHAND;
	return set_batch_deadline(call, arg);
}

static long ioctl_sendv(struct msgq_instance *instance,
			struct msgq_descriptor *descriptor, unsigned int cmd,
			const void __user *argp)
{
	const u32 known = MSGQ_MONOTONIC | MSGQ_REALTIME;
	struct msgq_call call = {};
	struct msgq_queue *queue;
	struct msgq_batch arg;
	long ret;

	if (descriptor && !descriptor->writes)
		return -EBADF;
	ret = msgq_copy_argument(&arg, sizeof(arg), cmd, argp) ?:
	      init_batch_call(&call, &arg, descriptor, known);
	if (ret)
		return ret;
	if (arg.msgtyp)
		return -EINVAL;

	queue = queue_of_command(instance, descriptor, arg.msqid);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	if (descriptor)
		call.room_watch = &descriptor->writable;
	ret = msgq_send_batch(queue, &call, &arg);
	msgq_queue_put(queue);
	return ret;
}

static long ioctl_recvv(struct msgq_instance *instance,
			struct msgq_descriptor *descriptor, unsigned int cmd,
			const void __user *argp)
{
	u32 known = MSGQ_MONOTONIC | MSGQ_REALTIME;
	struct msgq_call call = {};
	struct msgq_queue *queue;
	struct msgq_batch arg;
	long ret;

	if (descriptor && !descriptor->reads)
		return -EBADF;
	/* Only a descriptor can end, and so release what it has claimed. */
	if (descriptor)
		known |= MSGQ_CLAIM;
	ret = msgq_copy_argument(&arg, sizeof(arg), cmd, argp) ?:
	      init_batch_call(&call, &arg, descriptor, known);
	if (ret)
		return ret;

	queue = queue_of_command(instance, descriptor, arg.msqid);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	ret = msgq_receive_batch(queue, &call, &arg,
				 arg.flags & MSGQ_CLAIM ? &descriptor->claims : NULL);
	msgq_queue_put(queue);
	return ret;
}

static long ioctl_settle(struct msgq_descriptor *descriptor, unsigned int cmd,
			 const void __user *argp)
{
	struct msgq_settle arg;
	int err;

	if (!descriptor->reads)
		return -EBADF;
	err = msgq_copy_argument(&arg, sizeof(arg), cmd, argp);
	if (err)
		return err;

	svipc_notices_drain(descriptor->queue);
	return msgq_settle(&descriptor->claims, &arg);
}

static long ioctl_state(struct msgq_instance *instance,
			struct msgq_descriptor *descriptor, unsigned int cmd,
			void __user *argp)
{
	struct msgq_queue *queue;
	struct msgq_state arg;
	long ret;

	if (descriptor && !descriptor->reads)
		return -EBADF;
	ret = msgq_copy_any_argument(&arg, sizeof(arg), STATE_FIRST_SIZE, cmd,
				     argp);
	if (ret)
		return ret;

	queue = queue_of_command(instance, descriptor, arg.msqid);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	spin_lock(&queue->ipc.lock);
	if (!descriptor && !svipc_permits(&queue->ipc, 0444))
		ret = -EACCES;
	else if (queue->ipc.removed)
		ret = -EIDRM;
	else
		msgq_state(queue, &arg);
	spin_unlock(&queue->ipc.lock);
	msgq_queue_put(queue);

	if (!ret && copy_to_user(argp, &arg,
				 min_t(size_t, _IOC_SIZE(cmd), sizeof(arg))))
		ret = -EFAULT;
	return ret;
}

static long ioctl_who(struct msgq_instance *instance,
		      struct msgq_descriptor *descriptor, unsigned int cmd,
		      void __user *argp)
{
	struct msgq_queue *queue;
	struct msgq_who arg;
	long ret;

	ret = msgq_copy_any_argument(&arg, sizeof(arg), sizeof(arg), cmd, argp);
	if (ret)
		return ret;

	queue = queue_of_command(instance, descriptor, arg.msqid);
	if (IS_ERR(queue))
		return PTR_ERR(queue);
	ret = msgq_who(queue, &arg);
	msgq_queue_put(queue);
	if (!ret && copy_to_user(argp, &arg, sizeof(arg)))
		ret = -EFAULT;
	return ret;
}

/* Commands both of the device, with an instance, and of the descriptor of a queue. */
static long ioctl_either(struct msgq_instance *instance,
			 struct msgq_descriptor *descriptor, unsigned int cmd,
			 void __user *argp)
{
	switch (cmd & ~IOCSIZE_MASK) {
	case MSGQ_IOC_SENDV & ~IOCSIZE_MASK:
		return ioctl_sendv(instance, descriptor, cmd, argp);
	case MSGQ_IOC_RECVV & ~IOCSIZE_MASK:
		return ioctl_recvv(instance, descriptor, cmd, argp);
	case MSGQ_IOC_STATE & ~IOCSIZE_MASK:
		return ioctl_state(instance, descriptor, cmd, argp);
	case MSGQ_IOC_WHO & ~IOCSIZE_MASK:
		return ioctl_who(instance, descriptor, cmd, argp);
	default:
		return -ENOTTY;
	}
}

/**
 * msgq_descriptor_ioctl() - carry out a command on the descriptor of a queue
 * @file: the descriptor
 * @cmd: the command
 * @arg: address of its argument
 *
 * Context: process context, may sleep.
 * Return: as msgq_ioctl(); -EBADF when the descriptor was not opened for what
 * the command does.
 */
long msgq_descriptor_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	struct msgq_descriptor *descriptor = file->private_data;
	void __user *argp = (void __user *)arg;

	if ((cmd & ~IOCSIZE_MASK) == (MSGQ_IOC_SETTLE & ~IOCSIZE_MASK))
		return ioctl_settle(descriptor, cmd, argp);
	return ioctl_either(NULL, descriptor, cmd, argp);
}

/**
 * msgq_ioctl() - carry out a command of the device that is for queues
 * @instance: the queues that the caller can use
 * @cmd: the command
 * @arg: address of its argument
 *
 * Context: process context, may sleep.
 * Return: as msgq_device_ioctl().
 */
long msgq_ioctl(struct msgq_instance *instance, unsigned int cmd,
		unsigned long arg)
{
	void __user *argp = (void __user *)arg;

	switch (cmd & ~IOCSIZE_MASK) {
	case MSGQ_IOC_GET & ~IOCSIZE_MASK:
		return ioctl_get(instance, cmd, argp);
	case MSGQ_IOC_SND & ~IOCSIZE_MASK:
		return ioctl_snd(instance, cmd, argp);
	case MSGQ_IOC_RCV & ~IOCSIZE_MASK:
		return ioctl_rcv(instance, cmd, argp);
	case MSGQ_IOC_CTL & ~IOCSIZE_MASK:
		return ioctl_ctl(instance, cmd, argp);
	case MSGQ_IOC_OPEN & ~IOCSIZE_MASK:
		return ioctl_open(instance, cmd, argp);
	default:
		return ioctl_either(instance, NULL, cmd, argp);
	}
}
