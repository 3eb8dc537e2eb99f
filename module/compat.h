/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that this module is built for.  The rest
 * reads as if written for the newest of them.
 */
#ifndef MSGQ_COMPAT_H
#define MSGQ_COMPAT_H

#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/version.h>
#include <linux/workqueue.h>

/* 6.17: the unbound work queue of the system has a new name. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define system_dfl_wq		system_unbound_wq
#endif

/* 6.16: a probe of sched_process_exit is told whether the thread is the last. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define MSGQ_EXIT_PROBE_ARGS	struct task_struct *task
#else
#define MSGQ_EXIT_PROBE_ARGS	struct task_struct *task, bool last
#endif

/* 6.11: the handlers of a sysctl see its table as constant. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define msgq_const_table
#else
#define msgq_const_table	const
#endif

/* 6.6: a table is registered with its size; until then an empty entry ends it. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#define MSGQ_TABLE_END		{ }
#else
#define MSGQ_TABLE_END
#endif

/*
 * 6.5: until then a constructor or bytes for user copies keep a cache from being
 * merged, and there is no other means.
 */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE		0
#endif

#endif /* MSGQ_COMPAT_H */
