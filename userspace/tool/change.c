// SPDX-License-Identifier: MIT
/*
 * change.c - another owner, mode or size for a queue
 */
#define _GNU_SOURCE
#include "tool.h"

int change_object(const struct name *name, const struct change *change)
{
	struct object queue;
	struct msqid_ds *ds = &queue.ds;

	if (!change->set_owner && !change->set_group && !change->set_mode &&
	    !change->set_bytes)
		return DONE;
	/* Its owner need not have permission to read it. */
	if (!read_object(name->device, name->id, &queue))
		return report_object(name, "change it");
	if (change->set_owner)
		ds->msg_perm.uid = change->owner;
	if (change->set_group)
		ds->msg_perm.gid = change->group;
	if (change->set_mode)
		ds->msg_perm.mode = (unsigned short)change->mode;
	if (change->set_bytes)
		ds->msg_qbytes = change->bytes;
	if (msgq_ctl(name->device, name->id, IPC_SET, ds))
		return report_change(name, ds->msg_qbytes);
	return DONE;
}
