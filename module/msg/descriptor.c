// SPDX-License-Identifier: GPL-2.0-only
/*
 * Queues as descriptors: open, read, write, poll, close; the model is described
 * in descriptor.h.
 *
 * Locks: the queue and the mode of a descriptor do not change.  Its watches,
 * its claims and its place in the queue are protected by the queue's lock.
 */
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/msg.h>
#include <linux/poll.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include <msgq.h>

#include "ipc/exit_notice.h"
#include "claim.h"
#include "claimer.h"
#include "control.h"
#include "descriptor.h"
#include "instance.h"
#include "ioctl.h"
#include "queue.h"
#include "receive.h"
#include "remove.h"
#include "send.h"
#include "wait.h"

static const struct msgq_call *call_of_iocb(const struct kiocb *iocb)
{
	struct msgq_descriptor *descriptor = iocb->ki_filp->private_data;
	bool nowait = iocb->ki_flags & IOCB_NOWAIT ||
		      iocb->ki_filp->f_flags & O_NONBLOCK;

	return &descriptor->calls[nowait];
}

static __always_inline ssize_t read_message(struct kiocb *iocb,
					    struct iov_iter *to)
{
	struct msgq_descriptor *descriptor = iocb->ki_filp->private_data;
	struct msgq_rule rule = descriptor->rule;

	rule.room = iov_iter_count(to);
	return msgq_receive_iter(descriptor->queue, call_of_iocb(iocb), &rule,
				 to);
}

static __always_inline ssize_t write_message(struct kiocb *iocb,
					     struct iov_iter *from)
{
	struct msgq_descriptor *descriptor = iocb->ki_filp->private_data;

	return msgq_send_iter(descriptor->queue, call_of_iocb(iocb),
			      descriptor->type, from);
}

static void serve_descriptor_notices(const struct kiocb *iocb)
{
	struct msgq_descriptor *descriptor = iocb->ki_filp->private_data;

	svipc_notices_serve(descriptor->queue, iocb->ki_flags & IOCB_NOWAIT);
}

/* Out of line, so that the callers save no registers for it. */
static noinline ssize_t drain_and_read(struct kiocb *iocb, struct iov_iter *to)
{
	serve_descriptor_notices(iocb);
	return read_message(iocb, to);
}

static noinline ssize_t drain_and_write(struct kiocb *iocb,
					struct iov_iter *from)
{
	serve_descriptor_notices(iocb);
	return write_message(iocb, from);
}

static ssize_t descriptor_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	if (svipc_notices_due())
		return drain_and_read(iocb, to);
	return read_message(iocb, to);
}

static ssize_t descriptor_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	if (svipc_notices_due())
		return drain_and_write(iocb, from);
	return write_message(iocb, from);
}

static __poll_t descriptor_poll(struct file *file, poll_table *wait)
{
	struct msgq_descriptor *descriptor = file->private_data;
	struct msgq_queue *queue = descriptor->queue;
	__poll_t events = 0;

	/* One head: AIO takes no more. */
	poll_wait(file, &descriptor->polled, wait);

	spin_lock(&queue->ipc.lock);
again:
	if (queue->ipc.removed) {
		events = EPOLLHUP | EPOLLERR;
		goto unlock;
	}
	if (descriptor->reads) {
		const struct msgq_rule *rule = &descriptor->rule;

		msgq_watch_begin(queue, &descriptor->readable,
				 msgq_rule_among(rule, &queue->pollers),
				 rule->key);
		if (msgq_store_choose(&queue->store, rule))
			events |= EPOLLIN | EPOLLRDNORM;
		else if (msgq_queue_index_unlocking(queue, rule))
			goto again;
	}
	if (descriptor->writes &&
	    msgq_watch_find_room(queue, &descriptor->writable))
		events |= EPOLLOUT | EPOLLWRNORM;
unlock:
	spin_unlock(&queue->ipc.lock);
	return events;
}

static int descriptor_release(struct inode *inode, struct file *file)
{
	struct msgq_descriptor *descriptor = file->private_data;

	if (descriptor->queue) {
		msgq_claims_exit(&descriptor->claims);
		msgq_claimers_exit(&descriptor->claims);
		msgq_detach(descriptor);
	}
	/* A task that wakes many may still wake its head. */
	kfree_rcu(descriptor, rcu);
	return 0;
}

static void descriptor_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct msgq_descriptor *descriptor = file->private_data;
	struct msgq_queue *queue = descriptor->queue;

	seq_printf(seq, "msgq-key:\t0x%08x\nmsgq-msqid:\t%d\n", queue->ipc.key,
		   queue->ipc.id);
}

static const struct file_operations descriptor_fops = {
	.owner = THIS_MODULE,
	.read_iter = descriptor_read_iter,
	.write_iter = descriptor_write_iter,
	.poll = descriptor_poll,
	.unlocked_ioctl = msgq_descriptor_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = descriptor_release,
	.show_fdinfo = descriptor_show_fdinfo,
};

static bool open_is_valid(const struct msgq_open *arg)
{
	const u32 known = MSGQ_OPEN_KEY | MSGQ_OPEN_READ | MSGQ_OPEN_WRITE |
			  MSGQ_OPEN_NONBLOCK | MSGQ_OPEN_TEMPORARY;

	if (arg->reserved || arg->flags & ~known ||
	    !(arg->flags & (MSGQ_OPEN_READ | MSGQ_OPEN_WRITE)))
		return false;
	if (!(arg->flags & MSGQ_OPEN_KEY) &&
	    (arg->flags & MSGQ_OPEN_TEMPORARY || arg->name < 0))
		return false;
	if (arg->flags & MSGQ_OPEN_WRITE && arg->type < 1)
		return false;
	return arg->room <= INT_MAX;
}

static struct msgq_descriptor *new_descriptor(const struct msgq_open *arg)
{
	int msgflg = arg->msgflg & (MSG_EXCEPT | MSG_NOERROR);
	struct msgq_descriptor *descriptor;

	descriptor = kzalloc(sizeof(*descriptor), GFP_KERNEL_ACCOUNT);
	if (!descriptor)
		return NULL;

	descriptor->reads = arg->flags & MSGQ_OPEN_READ;
	descriptor->writes = arg->flags & MSGQ_OPEN_WRITE;
	descriptor->rule = msgq_rule_of(arg->msgtyp, msgflg, 0);
	descriptor->type = arg->type;
	/* Up to a whole tick; and the one that a claim is made in is not. */
	if (arg->limit)
		descriptor->claims.limit =
			min_t(u64, MAX_JIFFY_OFFSET,
			      nsecs_to_jiffies64(arg->limit) + 2);
	descriptor->calls[0] = (struct msgq_call){
		.perm_checked = true,
		.interrupted = -ERESTARTSYS,
		.deadline = KTIME_MAX,
		.room_watch = &descriptor->writable,
	};
	descriptor->calls[1] = descriptor->calls[0];
	descriptor->calls[1].nowait = true;
	init_waitqueue_head(&descriptor->polled);
	msgq_watch_init(&descriptor->readable, &descriptor->polled, 0);
	msgq_watch_init(&descriptor->writable, &descriptor->polled,
			arg->room ?: 1);
	msgq_claims_init(&descriptor->claims);
	return descriptor;
}

static struct file *new_descriptor_file(struct msgq_descriptor *descriptor)
{
	struct file *file;
	int flags;

	flags = descriptor->reads && descriptor->writes ? O_RDWR :
		descriptor->writes			? O_WRONLY :
							  O_RDONLY;
	file = anon_inode_getfile("[msgq]", &descriptor_fops, descriptor,
				  flags);
	if (IS_ERR(file))
		return file;

	stream_open(file_inode(file), file);
	file->f_mode |= FMODE_NOWAIT;
	descriptor->file = file;
	return file;
}

/**
 * msgq_open() - open a queue
 * @instance: the caller's instance
 * @arg: which, and for what
 *
 * Context: process context, may sleep.
 * Return: a new descriptor; -EINVAL for arguments that make no sense or an
 * unknown identifier; -EACCES; for a key what msgq_get() returns; -EMFILE,
 * -ENFILE, -ENOMEM.  On failure no queue is made.
 */
long msgq_open(struct msgq_instance *instance, const struct msgq_open *arg)
{
	struct msgq_descriptor *descriptor;
	struct file *file;
	int fd, err;

	if (!open_is_valid(arg))
		return -EINVAL;

	descriptor = new_descriptor(arg);
	if (!descriptor)
		return -ENOMEM;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		kfree(descriptor);
		return fd;
	}

	file = new_descriptor_file(descriptor);
	if (IS_ERR(file)) {
		kfree(descriptor);
		err = PTR_ERR(file);
		goto put_fd;
	}
	if (arg->flags & MSGQ_OPEN_NONBLOCK)
		file->f_flags |= O_NONBLOCK;

	/* Nothing fails after this. */
	err = msgq_attach(instance, arg, descriptor);
	if (err)
		goto put_file;

	fd_install(fd, file);
	return fd;

put_file:
	fput(file);
put_fd:
	put_unused_fd(fd);
	return err;
}
