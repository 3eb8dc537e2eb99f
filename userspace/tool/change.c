// SPDX-License-Identifier: MIT
/*
 * change.c - changes of queues and sets
 */
#define _GNU_SOURCE
#include "commands.h"

static bool changes_perm(const struct change *change)
{
	return change->set_owner || change->set_group || change->set_mode;
}

static void change_perm(struct ipc_perm *perm, const struct change *change)
{
	if (change->set_owner)
		perm->uid = change->owner;
	if (change->set_group)
		perm->gid = change->group;
	if (change->set_mode)
		perm->mode = (unsigned short)change->mode;
}

static int change_queue(int device, struct object *queue,
			const struct change *change)
{
	change_perm(&queue->ds.msg_perm, change);
	if (change->set_bytes)
		queue->ds.msg_qbytes = change->bytes;
	return msgq_ctl(device, queue->id, IPC_SET, &queue->ds);
}

static int change_set(int device, struct object *set,
		      const struct change *change)
{
	int ret = 0;

	if (change->set_value && change->semaphore == -1)
		ret = write_values(device, set, change->value);
	else if (change->set_value)
		ret = write_value(device, set->id, change->semaphore,
				  change->value);
	if (ret || !changes_perm(change))
		return ret;
	change_perm(&set->sem.sem_perm, change);
	return write_set(device, set);
}

int change_object(const struct name *name, const struct change *change)
{
	struct object object;
	int ret;

	if (!changes_perm(change) && !change->set_bytes && !change->set_value)
		return DONE;
	/* Its owner need not have permission to read it. */
	if (!read_object(name->device, name->id, &object))
		return report_object(name, "change it");
	ret = kind == &set_kind ? change_set(name->device, &object, change) :
				  change_queue(name->device, &object, change);
	return ret ? report_change(name, change, &object) : DONE;
}
