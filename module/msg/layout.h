/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct msqid_ds of programs, as the C library has it: of 64 bits or of 32.
 *
 * The two layouts of uapi/msgq.h are those of the kernel's own msgctl(2) on
 * architectures that take the generic ones and put the low byte first.  Where
 * the architecture has another layout the module does not build.
 */
#ifndef MSGQ_LAYOUT_H
#define MSGQ_LAYOUT_H

#include <linux/types.h>

struct msgq_ds64;

int msgq_ds_to_user(void __user *buf, const struct msgq_ds64 *ds,
		    u32 long_size);
int msgq_ds_from_user(struct msgq_ds64 *ds, const void __user *buf,
		      u32 long_size);

#endif /* MSGQ_LAYOUT_H */
