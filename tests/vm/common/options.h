/* SPDX-License-Identifier: MIT */
/*
 * options.h - what a program with a random part is told
 *
 * The harness brings main(), and takes arguments for names of cases: options
 * are read before it runs, in a constructor.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>

/**
 * struct options - what all of them are told, and how
 * @program: the name of the program
 * @usage: what --help prints
 * @unit: what @count counts: the option is --unit
 * @variable: the variable of the environment that says the same
 * @prefix: the variables of the others are prefix_SECONDS, prefix_SEED and
 *	prefix_LOSSY
 * @count: how much to do at least; 0 without option
 * @seconds: for how long at least; 0 without option
 * @seed: how to draw; by the clock without option
 * @lossy: --lossy was given, which only some know
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
 * Set what the environment and the options say; the program starts once more
 * without the options.  --help prints the usage.
 */
void options_read(struct options *options, int argc, char **argv);

#endif /* OPTIONS_H */
