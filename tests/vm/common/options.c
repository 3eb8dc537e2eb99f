// SPDX-License-Identifier: MIT
/*
 * options.c - what a program with a random part is told; see options.h
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "options.h"

static void set_number(const char *program, const struct option_number *option,
		       const char *value)
{
	char *end;

	errno = 0;
	*option->value = value ? strtoul(value, &end, 10) : 0;
	if (!value || !*value || *value == '-' || *end || errno) {
		fprintf(stderr, "%s: %s needs a number\n", program,
			option->name);
		exit(2);
	}
}

static const struct option_number *
find_option(const struct option_number *options, size_t count,
	    const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(options[i].name, name))
			return &options[i];
	return NULL;
}

void options_read(const char *program, const char *usage,
		  const struct option_number *options, size_t count,
		  int argc, char **argv)
{
	int kept = 1;

	for (size_t i = 0; i < count; i++)
		if (getenv(options[i].variable))
			set_number(program, &options[i],
				   getenv(options[i].variable));

	for (int i = 1; i < argc; i++) {
		const struct option_number *option;
		const char *value = "1";

		if (!strcmp(argv[i], "--help")) {
			fputs(usage, stdout);
			exit(0);
		}
		option = find_option(options, count, argv[i]);
		if (!option) {
			argv[kept++] = argv[i];
			continue;
		}
		if (!option->given)
			value = argv[++i];
		set_number(program, option, value);
		setenv(option->variable, value, 1);
	}
	if (kept == argc)
		return;
	argv[kept] = NULL;
	execv("/proc/self/exe", argv);
	fprintf(stderr, "%s: /proc/self/exe: %s\n", program, strerror(errno));
	exit(2);
}
