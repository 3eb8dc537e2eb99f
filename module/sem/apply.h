/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMSET_APPLY_H
#define SEMSET_APPLY_H

#include <linux/types.h>

struct semset;
struct semset_waiter;

/* The operations cannot go on now. */
#define SEMSET_BLOCKED	1

int semset_apply(struct semset *set, struct semset_waiter *waiter);
int semset_try(struct semset *set, struct semset_waiter *waiter);

#endif /* SEMSET_APPLY_H */
