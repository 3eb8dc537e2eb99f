/* SPDX-License-Identifier: MIT */
/*
 * chaos_crew.h - a round of chaos: its processes are started, stopped,
 * signalled, killed and replaced, until all numbers are drawn
 */
#ifndef CHAOS_CREW_H
#define CHAOS_CREW_H

#include "chaos.h"

#define CHAOS_CONTROLLERS	2

struct chaos_crew {
	struct chaos_world *world;
	struct fuzz_random random;
	struct chaos_verdict verdict;	/* of all rounds */
	unsigned int rounds;
	time_t patience;		/* in seconds */

	/* Of the round. */
	pid_t processes[CHAOS_PROCESSES];
	bool stopped[CHAOS_PROCESSES];
	pid_t controllers[CHAOS_CONTROLLERS];
};

/* One more round, and its verdict. */
void chaos_round(struct chaos_crew *crew);

#endif /* CHAOS_CREW_H */
