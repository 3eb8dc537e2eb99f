/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracepoint sched_process_exit.
 */
#ifndef MSGQ_COMPAT_SCHED_EXIT_H
#define MSGQ_COMPAT_SCHED_EXIT_H

#include <linux/sched.h>
#include <linux/types.h>
#include <linux/version.h>

/* 6.16: a probe learns whether the thread is the last of its process. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
#define MSGQ_EXIT_PROBE_ARGS	struct task_struct *task
#else
#define MSGQ_EXIT_PROBE_ARGS	struct task_struct *task, bool last
#endif

#endif /* MSGQ_COMPAT_SCHED_EXIT_H */
