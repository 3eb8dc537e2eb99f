// SPDX-License-Identifier: MIT
/*
 * options.c - the options of a command, and messages for wrong usage
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* getopt_long(3) returns this for an operand if letters begins with "-". */
#define OPERAND	1

/* Longer words are not compared: no command or option is that long. */
#define MAX_WORD	31

static size_t min_size(size_t one, size_t other)
{
	return one < other ? one : other;
}

/*
 * The number of letters to insert, remove, replace or swap with their neighbour
 * to turn one word into the other.
 */
static size_t edit_distance(const char *one, const char *other)
{
	size_t rows[MAX_WORD + 1][MAX_WORD + 1];
	size_t height = strlen(one), width = strlen(other);

	if (height > MAX_WORD || width > MAX_WORD)
		return SIZE_MAX;
	for (size_t i = 0; i <= height; i++) {
		for (size_t j = 0; j <= width; j++) {
			if (!i || !j) {
				rows[i][j] = i + j;
				continue;
			}
			rows[i][j] = min_size(rows[i - 1][j],
					      rows[i][j - 1]) + 1;
			rows[i][j] = min_size(rows[i][j], rows[i - 1][j - 1] +
					      (one[i - 1] != other[j - 1]));
			if (i > 1 && j > 1 && one[i - 1] == other[j - 2] &&
			    one[i - 2] == other[j - 1])
				rows[i][j] = min_size(rows[i][j],
						      rows[i - 2][j - 2] + 1);
		}
	}
	return rows[height][width];
}

void closest_begin(struct closest *closest, const char *word)
{
	*closest = (struct closest){ .word = word, .distance = SIZE_MAX };
}

void closest_try(struct closest *closest, const char *candidate)
{
	size_t length = min_size(strlen(closest->word), strlen(candidate));
	size_t away = edit_distance(closest->word, candidate);

	/* If more than half of a word differs, it is another word. */
	if (away > 2 || 2 * away > length || away >= closest->distance)
		return;
	closest->found = candidate;
	closest->distance = away;
}

/* Print the line without its newline. */
static void print_error(const char *format, va_list rest)
	__attribute__((format(printf, 1, 0)));

static void print_error(const char *format, va_list rest)
{
	fputs("msgq: ", stderr);
	vfprintf(stderr, format, rest);
}

void word_error(const char *format, ...)
{
	va_list rest;

	va_start(rest, format);
	print_error(format, rest);
	va_end(rest);
	fputc('\n', stderr);
	exit(WRONG_USAGE);
}

void usage_error(const char *format, ...)
{
	va_list rest;

	va_start(rest, format);
	print_error(format, rest);
	va_end(rest);
	fprintf(stderr, "; see '%s --help'\n", called);
	exit(WRONG_USAGE);
}

void no_more_operands(int argc, char **argv)
{
	if (optind < argc)
		usage_error("unexpected argument '%s'", argv[optind]);
}

void unknown_option(const char *word, const struct option *options)
{
	size_t length = strcspn(word + 2, "="), prefix_of = 0;
	char name[MAX_WORD + 1];
	struct closest closest;

	snprintf(name, sizeof(name), "%.*s", (int)min_size(length, MAX_WORD),
		 word + 2);
	closest_begin(&closest, name);
	for (; options->name; options++) {
		prefix_of += !strncmp(options->name, word + 2, length);
		closest_try(&closest, options->name);
	}
	if (prefix_of > 1)
		usage_error("ambiguous option '--%s'", name);
	if (closest.found)
		word_error("unknown option '--%s'; did you mean '--%s'?", name,
			   closest.found);
	usage_error("unknown option '%s'", word);
}

/* Report the option that getopt_long(3) refused with '?' or ':'. */
static void wrong_option(const char *word, int reason, const char *letters,
			 const struct option *options)
	__attribute__((noreturn));

static void wrong_option(const char *word, int reason, const char *letters,
			 const struct option *options)
{
	bool is_long = !strncmp(word, "--", 2);

	if (reason == '?' && !optopt)
		unknown_option(word, options);
	if (reason == '?' && is_long && strchr(letters, optopt))
		usage_error("option '%.*s' takes no value",
			    (int)strcspn(word, "="), word);
	if (reason == '?')
		usage_error("unknown option '-%c'", optopt);
	if (is_long)
		usage_error("option '%s' needs a value", word);
	usage_error("option '-%c' needs a value", optopt);
}

int next_option(int argc, char **argv, const char *letters,
		const struct option *options, const char *usage)
{
	/*
	 * The operand mode goes first, then ":", which disables its messages.
	 */
	size_t order = strspn(letters, "+-");
	char all[64];
	int option;

	snprintf(all, sizeof(all), "%.*s:h%s", (int)order, letters,
		 letters + order);
	opterr = 0;
	option = getopt_long(argc, argv, all, options, NULL);
	if (option == 'h') {
		fputs(usage, stdout);
		exit(finish(DONE));
	}
	if (option == '?' || option == ':')
		wrong_option(argv[optind - 1], option, all, options);
	return option;
}

static void missing_dashes_error(const char *queue, const char *command)
	__attribute__((noreturn));

static void missing_dashes_error(const char *queue, const char *command)
{
	word_error("COMMAND goes after '--', as in '%s %s -- %s'", called,
		   queue, command);
}

int next_option_of_queue(int argc, char **argv, const char *letters,
			 const struct option *options, const char *usage,
			 const char **queue)
{
	int option;

	while ((option = next_option(argc, argv, letters, options, usage)) ==
	       OPERAND) {
		if (*queue)
			missing_dashes_error(*queue, optarg);
		*queue = optarg;
	}
	if (option != -1)
		return option;

	/* "-- QUEUE -- COMMAND", where QUEUE may look like an option. */
	if (!*queue && optind < argc) {
		*queue = argv[optind++];
		if (optind < argc && strcmp(argv[optind++], "--"))
			missing_dashes_error(*queue, argv[optind - 1]);
	}
	if (!*queue)
		usage_error("missing QUEUE");
	return -1;
}
