/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct semid_ds of programs, as the C library has it: of 64 bits or of 32.
 *
 * The layouts are those of the kernel's own semctl(2) on the architecture.
 */
#ifndef SEMSET_LAYOUT_H
#define SEMSET_LAYOUT_H

#include <linux/types.h>

/**
 * struct semset_ds - what is publicly known of a set
 * @key: its key
 * @uid: owner
 * @gid: owner's group
 * @cuid: creator
 * @cgid: creator's group
 * @mode: nine permission bits
 * @seq: the sequence number of its identifier
 * @nsems: how many semaphores there are
 * @otime: the second of the last operation, or 0
 * @ctime: the second of the last other change
 */
struct semset_ds {
	s32 key;
	u32 uid;
	u32 gid;
	u32 cuid;
	u32 cgid;
	u32 mode;
	u16 seq;
	u32 nsems;
	s64 otime;
	s64 ctime;
};

int semset_ds_to_user(void __user *buf, const struct semset_ds *ds,
		      u32 long_size);
int semset_ds_from_user(struct semset_ds *ds, const void __user *buf,
			u32 long_size);

#endif /* SEMSET_LAYOUT_H */
