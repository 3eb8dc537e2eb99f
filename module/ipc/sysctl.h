/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The settings of the kinds, as files under /proc/sys/msgq.
 *
 * A file shows and sets the number of the instance that the calling task uses.
 * Permission is that of Linux's files for System V IPC: the mode of the file
 * counts for root of the user namespace of the caller's instance, as owner and
 * group of the file.
 */
#ifndef SVIPC_SYSCTL_H
#define SVIPC_SYSCTL_H

#ifdef CONFIG_SYSCTL
int svipc_sysctl_init(void);
void svipc_sysctl_exit(void);
#else
static inline int svipc_sysctl_init(void)
{
	return 0;
}

static inline void svipc_sysctl_exit(void)
{
}
#endif

#endif /* SVIPC_SYSCTL_H */
