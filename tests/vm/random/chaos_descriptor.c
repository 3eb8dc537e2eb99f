// SPDX-License-Identifier: MIT
/*
 * chaos_descriptor.c - processes that send, receive and claim by descriptors
 * and in batches are killed at any instant, queues are removed and made again,
 * and nothing is lost
 *
 * See common/chaos.h for the method, and common/chaos_desc.h for the processes.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos_desc.h"
#include "chaos_ns.h"
#include "desc_claims.h"
#include "options.h"
#include "peer.h"

#define MOST	60000
#define FEWER	20000

/* The least number of messages a second on a quiet machine. */
#define RATE	1000

static const char usage[] =
"Usage: chaos_descriptor [--messages N] [--seconds S] [--seed N] [--help] [CASE]...\n"
"\n"
"Sends, receives, claims, kills, stops, signals, sets and removes, as root.\n"
"  --messages N  until so many were accepted (60000; 20000 in a program of\n"
"                32 bits)\n"
"  --seconds S   for at least so long as well (0)\n"
"  --seed N      draw as another run did; what becomes of it is up to the\n"
"                scheduler all the same; without it, by the clock\n"
"The environment says the same by MSGQ_CHAOS_MESSAGES, _SECONDS and _SEED.\n";

static void set_limit(void);

static struct options options = {
	.program = "chaos_descriptor",
	.usage = usage,
	.unit = "messages",
	.variable = "MSGQ_CHAOS_MESSAGES",
	.prefix = "MSGQ_CHAOS",
};

__attribute__((constructor)) static void read_options(int argc, char **argv)
{
	options_read(&options, argc, argv);
	if (!options.count)
		options.count = sizeof(long) > 4 ? MOST : FEWER;
	set_limit();
}

static void print_table(const struct chaos_crew *crew)
{
	const struct chaos_verdict *verdict = &crew->verdict;
	const unsigned long *counts = crew->world->counts;

	printf("# %lu messages conserved in %u rounds, seed %lu:\n",
	       verdict->accepted, crew->rounds, options.seed);
	printf("#   received or acknowledged %lu (%lu by receivers killed before they could tell, %lu stood on a queue at the end)\n",
	       verdict->received, counts[CHAOS_KEPT_BY_KILLED], verdict->left);
	printf("#   removed with their queue %lu, unknown after a kill of the sender %lu, acknowledged by claimers killed before they could tell %lu, overtaken meanwhile %lu\n",
	       verdict->removed, verdict->unknown, verdict->ended,
	       verdict->overtaken);
	printf("#   %lu claims, %lu released, %lu calls for one whose time was over, %lu batches cut by a fault\n",
	       counts[CHAOS_CLAIMED], counts[CHAOS_RELEASED],
	       counts[CHAOS_OUT_OF_TIME], counts[CHAOS_PUT_BACK]);
	printf("#   %lu kills, %lu stops, %lu signals, %lu IPC_SETs, %lu IPC_RMIDs, msgtql moved %lu times\n",
	       counts[CHAOS_KILLS], counts[CHAOS_STOPS],
	       counts[CHAOS_SIGNALS], counts[CHAOS_SETS],
	       counts[CHAOS_REMOVALS], counts[CHAOS_LIMITS]);
	chaos_print_errors(crew->world);
}

CASE(conserved)
{
	unsigned long namespaces;
	static struct chaos_crew crew = { .cast = &chaos_desc };

	printf("# seed %lu\n", options.seed);
	fflush(stdout);
	fuzz_seed(&crew.random, options.seed);
	crew.patience = test_patience(12);
	crew.world = chaos_world_make(CHAOS_ROUND);
	crew.world->faults = true;
	crew.world->kill_receivers = true;
	crew.world->limit = true;
	chaos_ns_begin();
	chaos_rounds(&crew, options.count, options.seconds, options.seed);
	namespaces = chaos_ns_end();
	print_table(&crew);
	printf("#   %lu IPC namespaces ended meanwhile\n", namespaces);

	/* There was enough disturbance. */
	CHECK(crew.world->counts[CHAOS_KILLS] > 0);
	CHECK(crew.world->counts[CHAOS_REMOVALS] > 0);
	CHECK(crew.world->counts[CHAOS_CLAIMED] > 0);
	CHECK(crew.world->counts[CHAOS_RELEASED] > 0);
	CHECK(crew.verdict.removed < crew.verdict.accepted / 2);
	nothing_left();
}

static void set_limit(void)
{
	entry_conserved.seconds += options.count / RATE + options.seconds;
}
