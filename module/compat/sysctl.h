/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of files under /proc/sys.
 */
#ifndef MSGQ_COMPAT_SYSCTL_H
#define MSGQ_COMPAT_SYSCTL_H

#include <linux/sysctl.h>
#include <linux/version.h>

/* 6.11: the handlers see their table as constant. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
#define msgq_const_table
#else
#define msgq_const_table	const
#endif

/* 6.10: and so do the functions that check permission. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define msgq_const_permitted
#else
#define msgq_const_permitted	const
#endif

/* 6.6: a table is registered with its size; until then an empty entry ends it. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
static inline struct ctl_table_header *
register_sysctl_sz(const char *path, struct ctl_table *table, size_t size)
{
	return register_sysctl(path, table);
}
#endif

#endif /* MSGQ_COMPAT_SYSCTL_H */
