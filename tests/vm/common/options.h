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
#include <stddef.h>

/* A number that an option sets, or a variable of the environment. */
struct option_number {
	const char *name;		/* "--steps" */
	const char *variable;		/* "MSGQ_DIFF_STEPS" */
	unsigned long *value;
	bool given;			/* the option takes no number, it is 1 */
};

/*
 * Set what the environment and the options say; the program starts once more
 * without the options.  --help prints the usage.
 */
void options_read(const char *program, const char *usage,
		  const struct option_number *options, size_t count,
		  int argc, char **argv);

#endif /* OPTIONS_H */
