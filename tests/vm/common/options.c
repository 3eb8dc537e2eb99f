// SPDX-License-Identifier: MIT
/*
 * options.c - options of a program with a random part; see options.h
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "options.h"

/* The variable for an option's number; NULL if it is no such option. */
static unsigned long *place_of(struct options *options, const char *name,
			       char *variable, size_t room)
{
	unsigned long *place = NULL;

	if (!strcmp(name, options->unit)) {
		snprintf(variable, room, "%s", options->variable);
		return &options->count;
	}

	if (!strcmp(name, "seconds"))
		place = &options->seconds;
	else if (!strcmp(name, "seed"))
		place = &options->seed;
	else if (!strcmp(name, "lossy") && options->knows_lossy)
		place = &options->lossy;
	snprintf(variable, room, "%s_%s", options->prefix,
		 place == &options->seconds ? "SECONDS" :
		 place == &options->seed    ? "SEED" :
					      "LOSSY");
	return place;
}

static void set_number(const struct options *options, unsigned long *place,
		       const char *name, const char *value)
{
	char *end;

	errno = 0;
	*place = value ? strtoul(value, &end, 10) : 0;
	if (!value || !*value || *value == '-' || *end || errno) {
		fprintf(stderr, "%s: --%s needs a number\n", options->program,
			name);
		exit(2);
	}
}

static void read_environment(struct options *options)
{
	const char *names[] = { options->unit, "seconds", "seed", "lossy" };
	char variable[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned long *place = place_of(options, names[i], variable,
						sizeof(variable));

		if (place && getenv(variable))
			set_number(options, place, names[i], getenv(variable));
	}
}

void options_read(struct options *options, int argc, char **argv)
{
	char variable[64];
	int kept = 1;

	options->seed = time(NULL);
	read_environment(options);
	for (int i = 1; i < argc; i++) {
		unsigned long *place = NULL;
		const char *name = argv[i] + 2, *value = "1";

		if (!strcmp(argv[i], "--help")) {
			fputs(options->usage, stdout);
			exit(0);
		}
		if (!strncmp(argv[i], "--", 2))
			place = place_of(options, name, variable,
					 sizeof(variable));
		if (!place) {
			argv[kept++] = argv[i];
			continue;
		}
		if (place != &options->lossy)
			value = argv[++i];
		set_number(options, place, name, value);
		setenv(variable, value, 1);
	}
	if (kept == argc)
		return;
	argv[kept] = NULL;
	execv("/proc/self/exe", argv);
	fprintf(stderr, "%s: /proc/self/exe: %s\n", options->program,
		strerror(errno));
	exit(2);
}
