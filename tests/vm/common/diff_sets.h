/* SPDX-License-Identifier: MIT */
/*
 * diff_sets.h - the same calls on semaphore sets, made to the kernel and to the
 * device
 *
 * One side is the kernel's: its system calls, raw.  The other is the device's:
 * the names of the drop-in library.  A set is a pair of identifiers, one on each
 * side, and a process is a pair, too, where the sides need one each.
 */
#ifndef DIFF_SETS_H
#define DIFF_SETS_H

#include <stdbool.h>
#include <sys/sem.h>
#include <sys/types.h>

#include "fuzz_make.h"

enum sets_side { SETS_KERNEL, SETS_DEVICE, SETS_SIDES };

#define SETS_LOG	40	/* steps that are reported */
#define SETS_PAIRS	20000	/* processes that ever were */
#define SETS_VALUES	8	/* semaphores of a set */

/* An answer: what a call returned, and its errno if that was -1. */
struct sets_answer {
	int ret;
	int error;
};

struct sets_world {
	unsigned long seed;
	struct fuzz_random random;
	unsigned long steps;
	unsigned int told;
	char log[SETS_LOG][200];
	unsigned int pairs;
	pid_t pids[SETS_PAIRS][SETS_SIDES];
};

/* Skip the case if the kernel has no sets; make the world, in shared memory. */
struct sets_world *sets_begin(unsigned long seed);
/* Remove all sets of both sides. */
void sets_end(void);

struct sets_answer sets_get(enum sets_side side, key_t key, int nsems,
			    int flags);
struct sets_answer sets_operate(enum sets_side side, int semid,
				struct sembuf *ops, unsigned int count);
struct sets_answer sets_control(enum sets_side side, int semid, int number,
				int command, void *argument);

/* Note a step, or what belongs to one. */
void sets_note(struct sets_world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* The operations of a call, in words. */
const char *sets_tell(const struct sembuf *ops, unsigned int count);
/* Print the last steps, and end the case. */
void sets_disagree(struct sets_world *world, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* These processes are the same, or both 0. */
bool sets_same_process(const struct sets_world *world, pid_t kernel,
		       pid_t device);
void sets_note_process(struct sets_world *world, pid_t kernel, pid_t device);

/*
 * Compare all that can be read of a pair of sets; not the numbers of tasks that
 * wait unless @counts.
 */
void sets_compare(struct sets_world *world, const int *semids, bool counts);

#endif /* DIFF_SETS_H */
