/* SPDX-License-Identifier: MIT */
/*
 * fault_inject.h - let the nth thing that can fail in the kernel fail
 *
 * A kernel with fault injection counts, for one task, the places where an
 * allocation or a copy from or to the program could fail, and fails one.  The
 * copies that get_user() and put_user() make are not among them.
 */
#ifndef FAULT_INJECT_H
#define FAULT_INJECT_H

#include <stdbool.h>

/*
 * Which allocations are counted.  Those of pages behind a slab, and those of
 * the kernel's own checkers, come and go from call to call, so that counting
 * them too shifts the others and can leave some out.
 */
enum inject_scope {
	INJECT_SLABS,			/* the same ones in each same call */
	INJECT_ALL,
};

/*
 * Prepare this process; false where the kernel has no fault injection.  Each
 * process has a switch of its own: prepare again after fork().
 */
bool inject_prepare(enum inject_scope scope);

/* Fail the nth place, from 1, that this task comes to from now on. */
void inject_arm(unsigned int nth);

/* No more; true when the fault has happened. */
bool inject_disarm(void);

/*
 * Memory of the module that nothing points to, as kmemleak reports it: the
 * first report's beginning, or NULL.  False where the kernel cannot tell.
 */
bool leaks_find(const char **report);

#endif /* FAULT_INJECT_H */
