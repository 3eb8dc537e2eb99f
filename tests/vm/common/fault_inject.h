/* SPDX-License-Identifier: MIT */
/*
 * fault_inject.h - make the nth place that can fail in the kernel fail
 *
 * A kernel with fault injection counts, for one task, the places where an
 * allocation or a copy from or to the program could fail, and fails one.  It
 * does not count the copies of get_user() and put_user().
 */
#ifndef FAULT_INJECT_H
#define FAULT_INJECT_H

#include <stdbool.h>

/*
 * Which allocations are counted.  The number of page allocations for slabs, and
 * of allocations by the kernel's own checkers, differs from call to call.
 * Counting them, too, shifts the others and can leave some out.
 */
enum inject_scope {
	INJECT_SLABS,			/* the same in each such call */
	INJECT_ALL,
};

/*
 * Prepare this process; false if the kernel has no fault injection.  Each
 * process has its own switch: prepare again after fork().
 */
bool inject_prepare(enum inject_scope scope);

/* Fail the nth place, counted from 1, that this task reaches from now on. */
void inject_arm(unsigned int nth);

/* Stop that; returns true if the fault has happened. */
bool inject_disarm(void);

/*
 * The case fails if kmemleak reports leaked memory of the module, and is
 * skipped if the kernel has no kmemleak.
 */
void leaks_check(void);

#endif /* FAULT_INJECT_H */
