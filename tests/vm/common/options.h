/* SPDX-License-Identifier: MIT */
/*
 * options.h - options of a program with a random part
 *
 * The harness has main(), and takes arguments for names of cases: options are
 * read before it runs, in a constructor.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

/**
 * struct options - the options of a program, and their names
 * @program: the name of the program
 * @usage: the text of --help
 * @unit: the unit of @count: the option is --unit
 * @variable: the environment variable for @count
 * @prefix: the variables of the others are prefix_SECONDS, prefix_SEED and
 *	prefix_LOSSY
 * @count: how much to do at least; 0 without option
 * @seconds: for how long at least; 0 without option
 * @seed: the seed to draw by; from the clock without option
 * @lossy: --lossy was given, which only some programs know
 * @knows_lossy: this one does
 */
struct options {
	const char *program;
	const char *usage;
	const char *unit;
	const char *variable;
	const char *prefix;
	unsigned long count;
	unsigned long seconds;
	unsigned long seed;
	unsigned long lossy;
	bool knows_lossy;
};

/*
 * Read the environment and the options; then execute the program again without
 * the options.  --help prints the usage.
 */
void options_read(struct options *options, int argc, char **argv);

#endif /* OPTIONS_H */
