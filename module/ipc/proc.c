// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files under /proc that list objects; the model is described in proc.h.
 *
 * Locks: objects are found under RCU, from start to stop.  An open file does
 * not hold the module: when the module goes, the file system waits for the
 * readers, and later reads fail.
 */
#include <linux/err.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/xarray.h>

#include "compat/proc_fs.h"
#include "ids.h"
#include "namespace.h"
#include "proc.h"

/**
 * struct list_reader - one opening of the file
 * @list: the file
 * @ids: the tables whose objects are listed, with a reference to the instance
 * @pid_ns: the pid namespace of the task that opened it, with a reference
 */
struct list_reader {
	const struct svipc_list *list;
	struct svipc_ids *ids;
	struct pid_namespace *pid_ns;
};

/* Find the first object at a position or after it, and move the position there. */
static void *find_from(struct svipc_ids *ids, loff_t *pos)
{
	unsigned long index = *pos - 1;
	struct svipc_object *object;

	object = xa_find(&ids->objects, &index, ULONG_MAX, XA_PRESENT);
	if (object)
		*pos = index + 1;
	return object;
}

static void *svipc_list_start(struct seq_file *file, loff_t *pos)
	__acquires(RCU)
{
	struct list_reader *reader = file->private;

	rcu_read_lock();
	return *pos ? find_from(reader->ids, pos) : SEQ_START_TOKEN;
}

static void *svipc_list_next(struct seq_file *file, void *shown, loff_t *pos)
{
	struct list_reader *reader = file->private;

	++*pos;
	return find_from(reader->ids, pos);
}

static void svipc_list_stop(struct seq_file *file, void *shown)
	__releases(RCU)
{
	rcu_read_unlock();
}

static int svipc_list_show(struct seq_file *file, void *object)
{
	struct list_reader *reader = file->private;

	if (object != SEQ_START_TOKEN)
		return reader->list->show(file, object, reader->pid_ns);

	seq_puts(file, reader->list->heading);
	return 0;
}

static const struct seq_operations svipc_list_lines = {
	.start = svipc_list_start,
	.next = svipc_list_next,
	.stop = svipc_list_stop,
	.show = svipc_list_show,
};

static int svipc_list_open(struct inode *inode, struct file *file)
{
	const struct svipc_list *list = pde_data(inode);
	struct svipc_instance *instance = svipc_instance_of_caller();
	struct list_reader *reader;

	if (IS_ERR(instance))
		return PTR_ERR(instance);

	reader = __seq_open_private(file, &svipc_list_lines, sizeof(*reader));
	if (!reader)
		return -ENOMEM;

	svipc_instance_get(instance);
	reader->list = list;
	reader->ids = instance->kinds[list->kind];
	reader->pid_ns = get_pid_ns(task_active_pid_ns(current));
	return 0;
}

static int svipc_list_release(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct list_reader *reader = seq->private;

	put_pid_ns(reader->pid_ns);
	svipc_instance_put(reader->ids->instance);
	return seq_release_private(inode, file);
}

static const struct proc_ops svipc_list_ops = {
	.proc_open = svipc_list_open,
	.proc_read_iter = seq_read_iter,
	.proc_lseek = seq_lseek,
	.proc_release = svipc_list_release,
};

/**
 * svipc_list_create() - make a file that lists objects
 * @list: the file, which stays as it is until proc_remove()
 *
 * Context: while the module is loaded.
 * Return: the file, or NULL when there is no memory.
 */
struct proc_dir_entry *svipc_list_create(const struct svipc_list *list)
{
	return proc_create_data(list->name, 0444, NULL, &svipc_list_ops,
				(void *)list);
}
