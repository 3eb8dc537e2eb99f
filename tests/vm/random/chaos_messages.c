// SPDX-License-Identifier: MIT
/*
 * chaos_messages.c - whatever happens to senders, receivers and queues, each
 * message is received once, or is on a queue, or was removed with it
 *
 * See common/chaos.h for the method.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "chaos_crew.h"
#include "chaos_ns.h"
#include "options.h"
#include "peer.h"
#include "test.h"

/* The default number of messages: most in the most important case. */
#define MOST	100000
#define FEWER	30000

/* The least number of messages a second on a quiet machine. */
#define RATE	1000

/* Tries to send in a round. */
#define ROUND	8192

/* Linux must have lost a message within so many rounds. */
#define LOSSY_ROUNDS	20

static const char usage[] =
"Usage: chaos_messages [--messages N] [--seconds S] [--seed N] [--lossy]\n"
"                      [--help] [CASE]...\n"
"\n"
"Sends, receives, kills, stops, signals, sets and removes, as root.\n"
"  --messages N  until so many were accepted (100000; 30000 in a program of\n"
"                32 bits, and over the kernel's own queues)\n"
"  --seconds S   for at least so long as well (0)\n"
"  --seed N      draw as another run did; what becomes of it is up to the\n"
"                scheduler all the same; without it, by the clock\n"
"  --lossy       do to the kernel's own queues, too, what they do not survive\n"
"                unharmed; this has to fail\n"
"The environment says the same by MSGQ_CHAOS_MESSAGES, _SECONDS, _SEED and\n"
"_LOSSY=1.\n";

static void set_limit(void);

static struct options options = {
	.program = "chaos_messages",
	.usage = usage,
	.unit = "messages",
	.variable = "MSGQ_CHAOS_MESSAGES",
	.prefix = "MSGQ_CHAOS",
	.knows_lossy = true,
};

__attribute__((constructor)) static void read_options(int argc, char **argv)
{
	options_read(&options, argc, argv);
	set_limit();
}

static void make_crew(struct chaos_crew *crew, bool lossy)
{
	static const struct chaos_cast cast = {
		.live = chaos_process,
		.settle = chaos_settle,
	};

	memset(crew, 0, sizeof(*crew));
	crew->cast = &cast;
	fuzz_seed(&crew->random, options.seed);
	crew->patience = test_patience(12);
	crew->world = chaos_world_make(ROUND);
	crew->world->faults = lossy;
	crew->world->kill_receivers = lossy;
	crew->world->limit = on_device();
}

static void print_table(const struct chaos_crew *crew)
{
	const struct chaos_verdict *verdict = &crew->verdict;
	const unsigned long *counts = crew->world->counts;

	printf("# %lu messages conserved in %u rounds, seed %lu:\n",
	       verdict->accepted, crew->rounds, options.seed);
	printf("#   received %lu (%lu of them cut, %lu by receivers killed before they could tell, %lu stood on a queue at the end)\n",
	       verdict->received, counts[CHAOS_CUT],
	       counts[CHAOS_KEPT_BY_KILLED], verdict->left);
	printf("#   removed with their queue %lu, unknown after a kill of the sender %lu, put back after a fault %lu, overtaken meanwhile %lu\n",
	       verdict->removed, verdict->unknown, counts[CHAOS_PUT_BACK],
	       verdict->overtaken);
	printf("#   %lu kills, %lu stops, %lu signals, %lu IPC_SETs, %lu IPC_RMIDs, msgtql moved %lu times\n",
	       counts[CHAOS_KILLS], counts[CHAOS_STOPS],
	       counts[CHAOS_SIGNALS], counts[CHAOS_SETS],
	       counts[CHAOS_REMOVALS], counts[CHAOS_LIMITS]);
	chaos_print_errors(crew->world);
}

CASE(conserved)
{
	unsigned long namespaces;
	static struct chaos_crew crew;
	bool lossy = on_device() || options.lossy;
	unsigned long messages = options.count;

	if (!messages)
		messages = on_device() && sizeof(long) > 4 ? MOST : FEWER;
	printf("# seed %lu\n", options.seed);
	fflush(stdout);
	make_crew(&crew, lossy);
	chaos_ns_begin();
	chaos_rounds(&crew, messages, options.seconds, options.seed);
	namespaces = chaos_ns_end();
	print_table(&crew);
	printf("#   %lu IPC namespaces ended meanwhile\n", namespaces);

	/* There was enough disturbance. */
	CHECK(crew.world->counts[CHAOS_KILLS] > 0);
	CHECK(crew.world->counts[CHAOS_REMOVALS] > 0);
	CHECK(crew.verdict.removed < crew.verdict.accepted / 2);
	if (lossy)
		CHECK(crew.world->counts[CHAOS_PUT_BACK] > 0);
}

/* The test notices a loss: Linux drops a message if its receiver faults. */
CASE(loss_is_seen)
{
	static struct chaos_crew crew;

	if (on_device())
		SKIP("for the kernel's own queues alone");
	make_crew(&crew, true);
	while (!crew.verdict.lost && crew.rounds < LOSSY_ROUNDS)
		chaos_round(&crew);
	CHECK(crew.verdict.lost > 0);
}

static void set_limit(void)
{
	unsigned long messages = options.count ? options.count : MOST;

	entry_conserved.seconds += messages / RATE + options.seconds;
	entry_loss_is_seen.seconds = LOSSY_ROUNDS * ROUND / RATE;
}
