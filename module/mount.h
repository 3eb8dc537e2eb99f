/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instance for each mounted file system of the type msgqfs.
 *
 * The file system has one file, which takes the commands of the device.  All that
 * open it use the instance of the file system, whatever IPC namespace they are
 * in: that is how containers share queues that nobody else can use.
 *
 * The instance ends with the file system: when it is mounted nowhere any more
 * and its file is not open.  Descriptors of queues do not keep it.
 */
#ifndef MSGQ_MOUNT_H
#define MSGQ_MOUNT_H

#include <linux/types.h>

int msgq_mount_init(bool in_user_ns);
void msgq_mount_exit(void);

#endif /* MSGQ_MOUNT_H */
