/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_ELAPSED_H
#define MSGQ_ELAPSED_H

#include <linux/timekeeping.h>
#include <linux/types.h>

/**
 * msgq_elapsed() - the time since a moment
 * @since: the moment, as ktime_get_ns() returned it, or 0
 *
 * Context: any.
 * Return: nanoseconds; 0 when the moment was not recorded.
 */
static inline u64 msgq_elapsed(u64 since)
{
	return since ? ktime_get_ns() - since : 0;
}

#endif /* MSGQ_ELAPSED_H */
