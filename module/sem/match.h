/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Completing the calls of tasks that can go on after a change.
 *
 * A pass begins with a change of values under the lock of a set, and ends, under
 * the same hold of it, when no waiter can go on.  It looks at the waiters that
 * name a semaphore which has changed, and at no others.
 *
 * Waiters with one operation that wait for zero are completed at once when a
 * value becomes 0.  All others are completed one after the other, each as if it
 * had called at this moment, and what it changes may let others go on.  Calls
 * that change nothing come first, and else the order is that of arrival.
 *
 * For each semaphore that has changed, the first waiter that can go on is put
 * into an index, and the earliest of these is completed.  Then the semaphores
 * that it names are looked at again, whether it has changed them or not: another
 * waiter is the first now.  A waiter in the index that cannot go on any more,
 * when its turn comes, makes room for the next in the same way.
 *
 * Linux sometimes orders tasks that wait with one operation by semaphore.  The
 * values do not depend on that: two of them that wait for different semaphores
 * do not meet.
 */
#ifndef SEMSET_MATCH_H
#define SEMSET_MATCH_H

#include <linux/list.h>
#include <linux/types.h>

#include "util/index.h"

struct semset;
struct sembuf;

/**
 * struct semset_pass - a pass
 * @set: the set
 * @ready: waiters that can go on
 * @went_on: a waiter has gone on
 * @completed: the waiters whose calls are complete, for semset_wake()
 */
struct semset_pass {
	struct semset *set;
	struct msgq_index ready;
	bool went_on;
	struct list_head completed;
};

void semset_pass_begin(struct semset_pass *pass, struct semset *set);
void semset_changed(struct semset_pass *pass, unsigned int number);
void semset_changed_by(struct semset_pass *pass, const struct sembuf *ops,
		       unsigned int count);
void semset_changed_all(struct semset_pass *pass);
void semset_pass_end(struct semset_pass *pass);
unsigned int semset_count_waiting(struct semset *set, unsigned int number,
				  bool for_zero);

#endif /* SEMSET_MATCH_H */
