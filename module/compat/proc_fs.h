/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of /proc.
 */
#ifndef MSGQ_COMPAT_PROC_FS_H
#define MSGQ_COMPAT_PROC_FS_H

#include <linux/proc_fs.h>

/* 5.17: the data of a file has a name in small letters. */
#ifndef MSGQ_HAS_PDE_DATA
#define pde_data PDE_DATA
#endif

#endif /* MSGQ_COMPAT_PROC_FS_H */
