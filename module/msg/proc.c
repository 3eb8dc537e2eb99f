// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of all queues, /proc/msgq, in the columns of /proc/sysvipc/msg:
 * what reads the one can read the other.
 *
 * The position in the file is 0 for the heading, else one more than the index
 * of a queue, so that a reader that comes back goes on where it was, whatever
 * has been made and removed meanwhile.
 *
 * Locks: queues are found under RCU, from start to stop; one that is shown is
 * read under its own lock.  An open file does not hold the module: when that
 * goes, the file system waits for those who read, and later reads fail.
 */
#include <linux/err.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <msgq.h>

#include "control.h"
#include "ns.h"
#include "proc.h"
#include "queue.h"

/**
 * struct proc_reader - one opening of the file
 * @ns: whose queues are listed
 * @pid_ns: as which processes are shown: that of who opened it; it is held
 */
struct proc_reader {
	struct msgq_ns *ns;
	struct pid_namespace *pid_ns;
};

/* The first queue at a position or after it, which is where it stands then. */
static struct msgq_queue *proc_find_from(struct msgq_ns *ns, loff_t *pos)
{
	unsigned long index = *pos - 1;
	struct msgq_queue *queue;

	queue = xa_find(&ns->ids.objects, &index, ULONG_MAX, XA_PRESENT);
	if (queue)
		*pos = index + 1;
	return queue;
}

static void *msgq_proc_start(struct seq_file *file, loff_t *pos) __acquires(RCU)
{
	struct proc_reader *reader = file->private;

	rcu_read_lock();
	return *pos ? proc_find_from(reader->ns, pos) : SEQ_START_TOKEN;
}

static void *msgq_proc_next(struct seq_file *file, void *shown, loff_t *pos)
{
	struct proc_reader *reader = file->private;

	++*pos;
	return proc_find_from(reader->ns, pos);
}

static void msgq_proc_stop(struct seq_file *file, void *shown) __releases(RCU)
{
	rcu_read_unlock();
}

static int msgq_proc_show(struct seq_file *file, void *to_show)
{
	struct proc_reader *reader = file->private;
	struct msgq_queue *queue = to_show;
	struct msgq_ds64 ds;
	bool removed;

	if (to_show == SEQ_START_TOKEN) {
		seq_puts(file,
			 "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n");
		return 0;
	}

	spin_lock(&queue->ipc.lock);
	removed = queue->ipc.removed;
	if (!removed)
		msgq_describe(queue, seq_user_ns(file), reader->pid_ns, &ds);
	spin_unlock(&queue->ipc.lock);
	if (removed)
		return SEQ_SKIP;

	seq_printf(file,
		   "%10d %10d  %4o  %10llu %10llu %5u %5u %5u %5u %5u %5u %10llu %10llu %10llu\n",
		   ds.key, queue->ipc.id, ds.mode, ds.cbytes, ds.qnum,
		   ds.lspid, ds.lrpid, ds.uid, ds.gid, ds.cuid, ds.cgid,
		   ds.stime, ds.rtime, ds.ctime);
	return 0;
}

static const struct seq_operations msgq_proc_lines = {
	.start = msgq_proc_start,
	.next = msgq_proc_next,
	.stop = msgq_proc_stop,
	.show = msgq_proc_show,
};

static int msgq_proc_open(struct inode *inode, struct file *file)
{
	struct proc_reader *reader;

	reader = __seq_open_private(file, &msgq_proc_lines, sizeof(*reader));
	if (!reader)
		return -ENOMEM;

	reader->ns = msgq_ns_of_caller();
	reader->pid_ns = get_pid_ns(task_active_pid_ns(current));
	return 0;
}

static int msgq_proc_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct proc_reader *reader = seq->private;

	put_pid_ns(reader->pid_ns);
	return seq_release_private(inode, file);
}

static const struct proc_ops msgq_proc_ops = {
	.proc_open = msgq_proc_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = msgq_proc_release,
};

static struct proc_dir_entry *proc_entry;

/**
 * msgq_proc_init() - show the list of queues
 *
 * Context: while the module is loaded, after msgq_ns_init().
 * Return: 0, or -ENOMEM.
 */
int msgq_proc_init(void)
{
	proc_entry = proc_create(MSGQ_DEVICE_NAME, 0444, NULL, &msgq_proc_ops);
	return proc_entry ? 0 : -ENOMEM;
}

/**
 * msgq_proc_exit() - show it no more
 *
 * Context: while the module is unloaded, before msgq_ns_exit().  Waits for
 * those who read.
 */
void msgq_proc_exit(void)
{
	proc_remove(proc_entry);
}
