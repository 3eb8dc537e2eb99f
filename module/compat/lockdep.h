/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Assertions about locks.
 */
#ifndef MSGQ_COMPAT_LOCKDEP_H
#define MSGQ_COMPAT_LOCKDEP_H

#include <linux/bug.h>
#include <linux/lockdep.h>

/* 5.13: an assertion of any condition. */
#ifndef lockdep_assert
#ifdef CONFIG_LOCKDEP
#define lockdep_assert(condition)	WARN_ON(debug_locks && !(condition))
#else
#define lockdep_assert(condition)	do { } while (0)
#endif
#endif

#endif /* MSGQ_COMPAT_LOCKDEP_H */
