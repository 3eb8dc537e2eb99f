/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notice of what happens to inodes.
 */
#ifndef MSGQ_COMPAT_FSNOTIFY_H
#define MSGQ_COMPAT_FSNOTIFY_H

#include <linux/fsnotify_backend.h>

/* 6.8: no group allocates memory in reclaim any more. */
#ifndef FSNOTIFY_GROUP_NOFS
#define FSNOTIFY_GROUP_NOFS	0
#endif

#endif /* MSGQ_COMPAT_FSNOTIFY_H */
