/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * File systems whose directories exist in memory only.
 */
#ifndef MSGQ_COMPAT_FS_H
#define MSGQ_COMPAT_FS_H

#include <linux/fs.h>

/* Newer kernels drop such directories whenever a super block goes. */
#ifndef MSGQ_HAS_KILL_LITTER
#define kill_litter_super	kill_anon_super
#endif

#endif /* MSGQ_COMPAT_FS_H */
