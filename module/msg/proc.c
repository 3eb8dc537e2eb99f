// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of all queues, /proc/msgq, in the columns of /proc/sysvipc/msg: a
 * program that reads one can read the other.
 *
 * Locks: a queue is read under its own lock.
 */
#include <linux/errno.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include <msgq.h>

#include "ipc/proc.h"
#include "control.h"
#include "proc.h"
#include "queue.h"

static int show_queue(struct seq_file *file, struct svipc_object *object,
		      struct pid_namespace *pid_ns)
{
	struct msgq_queue *queue = msgq_queue_of(object);
	struct msgq_ds64 ds;
	bool removed;

	spin_lock(&queue->ipc.lock);
	removed = queue->ipc.removed;
	if (!removed)
		msgq_describe(queue, seq_user_ns(file), pid_ns, &ds);
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

static const struct svipc_list queue_list = {
	.name = MSGQ_DEVICE_NAME,
	.kind = SVIPC_MSG,
	.heading =
		"       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime      ctime\n",
	.show = show_queue,
};

static struct proc_dir_entry *proc_entry;

/**
 * msgq_proc_init() - make the list of queues
 *
 * Context: while the module is loaded, after msgq_instance_init().
 * Return: 0, or -ENOMEM.
 */
int msgq_proc_init(void)
{
	proc_entry = svipc_list_create(&queue_list);
	return proc_entry ? 0 : -ENOMEM;
}

/**
 * msgq_proc_exit() - remove the list of queues
 *
 * Context: while the module is unloaded, before msgq_instance_exit().  Waits
 * for the readers.
 */
void msgq_proc_exit(void)
{
	proc_remove(proc_entry);
}
