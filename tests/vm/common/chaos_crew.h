/* SPDX-License-Identifier: MIT */
/*
 * chaos_crew.h - a round of chaos: its processes are started, stopped,
 * signalled, killed and replaced, until all numbers are drawn
 */
#ifndef CHAOS_CREW_H
#define CHAOS_CREW_H

#include "chaos.h"

#define CHAOS_CONTROLLERS	2

/* The functions of the processes. */
struct chaos_cast {
	void (*live)(struct chaos_world *world, unsigned int process,
		     uint64_t seed) __attribute__((noreturn));
	/* A process was killed: settle its last call. */
	void (*settle)(struct chaos_world *world, unsigned int process,
		       struct chaos_verdict *verdict);
	/*
	 * All processes of a round were killed.  NULL: they end by themselves,
	 * when each was seen to wait where it has to.
	 */
	void (*killed)(struct chaos_world *world);
};

struct chaos_crew {
	const struct chaos_cast *cast;
	struct chaos_world *world;
	struct fuzz_random random;
	struct chaos_verdict verdict;	/* sum of all rounds */
	unsigned int rounds;
	time_t patience;		/* in seconds */

	/* The state of the round. */
	pid_t processes[CHAOS_PROCESSES];
	bool stopped[CHAOS_PROCESSES];
	pid_t controllers[CHAOS_CONTROLLERS];
};

/* One more round, and its verdict. */
void chaos_round(struct chaos_crew *crew);

/*
 * Rounds until so many messages were accepted, and for at least so many
 * seconds; the case fails with the first that has lost one.
 */
void chaos_rounds(struct chaos_crew *crew, unsigned long messages,
		  unsigned long duration, unsigned long seed);
/* Why calls failed, and how often. */
void chaos_print_errors(const struct chaos_world *world);

#endif /* CHAOS_CREW_H */
