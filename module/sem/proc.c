// SPDX-License-Identifier: GPL-2.0-only
/*
 * The list of all semaphore sets, /proc/msgq-sem, in the columns of
 * /proc/sysvipc/sem: a program that reads one can read the other.
 *
 * Locks: a set is read under its own lock.
 */
#include <linux/errno.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/spinlock.h>

#include <msgq.h>

#include "ipc/proc.h"
#include "control.h"
#include "layout.h"
#include "proc.h"
#include "set.h"

static int show_semset(struct seq_file *file, struct svipc_object *object,
		       struct pid_namespace *pid_ns)
{
	struct semset *set = semset_of(object);
	struct semset_ds ds;
	bool removed;

	spin_lock(&set->ipc.lock);
	removed = set->ipc.removed;
	if (!removed)
		semset_describe(set, seq_user_ns(file), &ds);
	spin_unlock(&set->ipc.lock);
	if (removed)
		return SEQ_SKIP;

	seq_printf(file,
		   "%10d %10d  %4o %10u %5u %5u %5u %5u %10llu %10llu\n",
		   ds.key, set->ipc.id, ds.mode, ds.nsems, ds.uid, ds.gid,
		   ds.cuid, ds.cgid, ds.otime, ds.ctime);
	return 0;
}

static const struct svipc_list semset_list = {
	.name = MSGQ_DEVICE_NAME "-sem",
	.kind = SVIPC_SEM,
	.heading =
		"       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n",
	.show = show_semset,
};

static struct proc_dir_entry *proc_entry;

/**
 * semset_proc_init() - make the list of sets
 *
 * Context: while the module is loaded, after svipc_instances_init().
 * Return: 0, or -ENOMEM.
 */
int semset_proc_init(void)
{
	proc_entry = svipc_list_create(&semset_list);
	return proc_entry ? 0 : -ENOMEM;
}

/**
 * semset_proc_exit() - remove the list of sets
 *
 * Context: while the module is unloaded, before svipc_instances_exit().  Waits
 * for the readers.
 */
void semset_proc_exit(void)
{
	proc_remove(proc_entry);
}
