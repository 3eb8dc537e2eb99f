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
 * struct reader - one opening of the file
 * @ns: whose queues are listed
 * @pid_ns: as which processes are shown: that of who opened it; it is held
 */
struct reader {
	struct msgq_ns *ns;
	struct pid_namespace *pid_ns;
};

/* The first queue at a position or after it, which is where it stands then. */
static struct msgq_queue *find_from(struct msgq_ns *ns, loff_t *pos)
{
	unsigned long index = *pos - 1;
	struct msgq_queue *queue;

	queue = xa_find(&ns->ids, &index, ULONG_MAX, XA_PRESENT);
	if (queue)
		*pos = index + 1;
	return queue;
}

static void *start(struct seq_file *file, loff_t *pos)
	__acquires(RCU)
{
	struct reader *reader = file->private;

	rcu_read_lock();
	return *pos ? find_from(reader->ns, pos) : SEQ_START_TOKEN;
}

static void *next(struct seq_file *file, void *shown, loff_t *pos)
{
	struct reader *reader = file->private;

	++*pos;
	return find_from(reader->ns, pos);
}

static void stop(struct seq_file *file, void *shown)
	__releases(RCU)
{
	rcu_read_unlock();
}

static int show(struct seq_file *file, void *to_show)
{
	struct reader *reader = file->private;
	struct msgq_queue *queue = to_show;
	struct msgq_ds64 ds;
	bool removed;

	if (to_show == SEQ_START_TOKEN) {
		seq_puts(file,
			 "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n");
		return 0;
	}

	spin_lock(&queue->lock);
	removed = queue->removed;
	if (!removed)
		msgq_describe(queue, seq_user_ns(file), reader->pid_ns, &ds);
	spin_unlock(&queue->lock);
	if (removed)
		return SEQ_SKIP;

	seq_printf(file,
		   "%10d %10d  %4o  %10llu %10llu %5u %5u %5u %5u %5u %5u %10llu %10llu %10llu\n",
		   ds.key, queue->id, ds.mode, ds.cbytes, ds.qnum,
		   ds.lspid, ds.lrpid, ds.uid, ds.gid, ds.cuid, ds.cgid,
		   ds.stime, ds.rtime, ds.ctime);
	return 0;
}

static const struct seq_operations lines = {
	.start = start,
	.next = next,
	.stop = stop,
	.show = show,
};

static int open(struct inode *inode, struct file *file)
{
	struct reader *reader;

	reader = __seq_open_private(file, &lines, sizeof(*reader));
	if (!reader)
		return -ENOMEM;

	reader->ns = msgq_ns_of_caller();
	reader->pid_ns = get_pid_ns(task_active_pid_ns(current));
	return 0;
}

static int release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct reader *reader = seq->private;

	put_pid_ns(reader->pid_ns);
	return seq_release_private(inode, file);
}

static const struct proc_ops ops = {
	.proc_open = open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = release,
};

static struct proc_dir_entry *entry;

/**
 * msgq_proc_init() - show the list of queues
 *
 * Context: while the module is loaded, after msgq_ns_init().
 * Return: 0, or -ENOMEM.
 */
int msgq_proc_init(void)
{
	entry = proc_create(MSGQ_DEVICE_NAME, 0444, NULL, &ops);
	return entry ? 0 : -ENOMEM;
}

/**
 * msgq_proc_exit() - show it no more
 *
 * Context: while the module is unloaded, before msgq_ns_exit().  Waits for
 * those who read.
 */
void msgq_proc_exit(void)
{
	proc_remove(entry);
}
