/* SPDX-License-Identifier: MIT */
/*
 * tool.h - what the files of the msgq command share
 *
 * Each command is a function in a file of its own.  It parses its options, does
 * its work, and returns the exit status of msgq.  A wrong word on the command
 * line ends the program where it is found.
 *
 * The files form layers, which three headers describe from the bottom to the
 * top: this one, objects.h and commands.h.  A file calls only files of lower
 * layers:
 *
 *   msgq.c                                    the table of commands
 *   create.c ls.c open.c ...                  a file for each command
 *   change.c choice.c find.c view.c           the objects that the user wants
 *   kinds.c                                   the table of kinds
 *   deliver.c errors.c json_object.c quota.c  what these need
 *   stale.c
 *   queues.c sets.c words.c
 *   instances.c json.c objects.c options.c    one subject each
 *   rates.c screen.c table.c
 *   base.c format.c sysctl.c text.c           these call no other file
 */
#ifndef TOOL_H
#define TOOL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

/*
 * The Makefile defines the version.  A tool built in a kernel's tree has none.
 */
#ifndef MSGQ_VERSION
#define MSGQ_VERSION "without version"
#endif

/* Nanoseconds. */
#define SECOND	1000000000ULL

/* The exit status of msgq, as documented in msgq(1). */
enum {
	DONE,
	FAILED,
	WRONG_USAGE,
	NO_QUEUE,
	NOT_NOW,
	NO_PERMISSION,
	LIMIT_MET,
	NO_DEVICE,
	COMMAND_FAILED,
};

/*
 * base.c: errno, the device, the clock, and the end of the program
 */

/* Print what and errno on standard error; returns FAILED. */
int report_errno(const char *what);

/* Open the device.  Without one, the reason is printed, and it returns -1. */
int open_device(void);

/*
 * Replace this program with a command.  Returns 126 or 127 if it cannot be run,
 * after printing the reason.
 */
int execute(char **command);

/* The name of a process; "-" if it cannot be read. */
const char *process_name(pid_t pid);

/* The running command as the user typed it: "msgq NAME". */
extern char called[32];

/* The exit status: status, or FAILED if the output could not be written. */
int finish(int status);

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t monotonic(void);

/*
 * format.c: keys, ages and users, as several commands print them
 */
void show_key(char *to, size_t size, int key);
void show_age(char *to, size_t size, time_t then, time_t now);
const char *user_name(uid_t uid);
const char *group_name(gid_t gid);

/*
 * sysctl.c: the limits in /proc/sys/msgq
 */

/* A limit; -1 if its file cannot be read. */
int read_limit(const char *name);

/* Returns -1 with errno if the limit cannot be set. */
int write_limit(const char *name, int value);

/*
 * text.c: the text of a message, which may hold any bytes
 */

/* The length of the UTF-8 character at text, or 0 if there is no valid one. */
size_t utf8_character(const char *text, size_t size);
bool is_utf8(const char *text, size_t size);

/*
 * Write the text in one line that is safe for a terminal: a byte that is not
 * part of a printable character is written as \n, \t, \r, \\ or \xNN.  Longer
 * texts are cut to this many columns, "..." included; 0: no limit.
 */
void show_text(FILE *to, const char *text, size_t size, size_t columns);

/*
 * options.c: the options of a command, and the messages for wrong usage
 */

/*
 * The next option, as getopt_long(3) returns it, or -1.  -h and --help print
 * the usage and end the program; a wrong option ends it with an error.
 */
int next_option(int argc, char **argv, const char *letters,
		const struct option *options, const char *usage);
#define HELP_OPTION	{ "help", no_argument, NULL, 'h' }

/*
 * The same for a command with the operands QUEUE and, after "--", COMMAND.
 * Options may stand before and after QUEUE; letters begins with "-".  After it
 * has returned -1, *queue is set and COMMAND begins at optind.
 */
int next_option_of_queue(int argc, char **argv, const char *letters,
			 const struct option *options, const char *usage,
			 const char **queue);

/*
 * Print one line and end the program with WRONG_USAGE.  usage_error() adds a
 * hint to --help; word_error() prints the line as it is.
 */
void usage_error(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void word_error(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* The same for a long option that is unknown or ambiguous. */
void unknown_option(const char *word, const struct option *options)
	__attribute__((noreturn));

/* End the program with WRONG_USAGE if an operand has not been read. */
void no_more_operands(int argc, char **argv);

/*
 * Finds the candidate that is closest to a misspelt word, if one is close
 * enough.
 */
struct closest {
	const char *word;
	const char *found;	/* or NULL */
	size_t distance;
};

void closest_begin(struct closest *closest, const char *word);
void closest_try(struct closest *closest, const char *candidate);

/*
 * json.c: a JSON document; name is NULL for an element of an array
 */
void json_to(FILE *to);
void json_begin(const char *name, char bracket);
void json_end(char bracket);
void json_end_line(void);
void json_null(const char *name);
void json_bool(const char *name, bool value);
void json_integer(const char *name, long long value);
void json_decimal(const char *name, int digits, double value);
void json_text(const char *name, const char *text);
void json_time(const char *name, time_t value);

/* The member "text", or "base64" if the text is not UTF-8. */
void json_message(const char *text, size_t size);

/*
 * table.c: a table whose columns are as wide as their contents
 */
enum colour { PLAIN, BOLD, YELLOW, RED };

/* Is the standard output a terminal?  May colours be written to it? */
bool on_screen(void);
bool coloured(void);
const char *colour_begin(enum colour colour);
const char *colour_end(enum colour colour);
enum colour colour_of_fullness(unsigned int full);

/*
 * The headings, separated by one blank each; ">" before one aligns it to the
 * right.
 */
void table_begin(const char *headings);
void table_cell(enum colour colour, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void table_end(bool headings);

/*
 * screen.c: a terminal whose whole screen is redrawn
 */

/* Switch to a screen of our own, and back. */
void screen_begin(void);
void screen_end(void);

/* The size of the screen. */
void screen_size(unsigned int *lines, unsigned int *columns);

/* The return values of screen_key(), besides characters. */
enum {
	KEY_TIME = 256,		/* the time has been reached */
	KEY_DRAW,		/* redraw the screen */
	KEY_CLOSED,		/* the terminal is gone */
	KEY_UP, KEY_DOWN, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_HOME, KEY_END,
	KEY_OTHER,
};

/*
 * Wait for a key until a time of CLOCK_MONOTONIC.  A signal that ends the
 * program restores the screen first.
 */
int screen_key(uint64_t until);

#endif /* TOOL_H */
