/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The work queues of the system.
 */
#ifndef MSGQ_COMPAT_WORKQUEUE_H
#define MSGQ_COMPAT_WORKQUEUE_H

#include <linux/version.h>
#include <linux/workqueue.h>

/* 6.17: the unbound work queue of the system has a new name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define system_dfl_wq		system_unbound_wq
#endif

#endif /* MSGQ_COMPAT_WORKQUEUE_H */
