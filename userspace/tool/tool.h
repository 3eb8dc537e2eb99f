/* SPDX-License-Identifier: MIT */
/*
 * tool.h - what the parts of the msgq command share
 *
 * Each command is a function of a file of its own.  It reads its options, works,
 * and returns the status that msgq ends with; what is wrong with its words ends
 * the program where it is found.
 */
#ifndef TOOL_H
#define TOOL_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/msg.h>
#include <sys/types.h>
#include <time.h>

#include <msgq.h>

#include "libmsgq.h"

/* Of what is installed; the Makefile tells it.  That of a kernel's tree has none. */
#ifndef MSGQ_VERSION
#define MSGQ_VERSION "without version"
#endif

/* What msgq ends with; msgq(1) tells the user. */
enum {
	DONE,
	FAILED,
	WRONG_USAGE,
	NO_QUEUE,
	NOT_NOW,
	NO_RIGHT,
	LIMIT_MET,
	NO_DEVICE,
	COMMAND_FAILED,
};

/* The commands; none reads argv[0]. */
int cmd_create(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_limits(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_open(int argc, char **argv);
int cmd_peek(int argc, char **argv);
int cmd_recv(int argc, char **argv);
int cmd_rm(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_send(int argc, char **argv);
int cmd_set(int argc, char **argv);
int cmd_stat(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_who(int argc, char **argv);

/*
 * msgq.c
 */

/* Tell errno; FAILED. */
int complain(const char *what);

/* The device, or -1 with the reason told; or the program ends. */
int open_device(void);
int need_device(void);

/* Become a command; 126 or 127 with the reason told when it cannot be. */
int execute(char **command);

/* The running command, as its user calls it: "msgq NAME". */
extern char called[32];

/* The status to end with: it is no success if output could not be written. */
int finish(int status);

/*
 * options.c: the options of a command, and one line for each misuse
 */

/*
 * The next option as of getopt_long(3), or -1.  It knows -h and --help, and ends
 * the program after that, and after a wrong option.
 */
int next_option(int argc, char **argv, const char *letters,
		const struct option *options, const char *usage);
#define HELP_OPTION	{ "help", no_argument, NULL, 'h' }

/*
 * The same for a command with the operands QUEUE and then, behind "--", COMMAND.
 * Options may stand on both sides of QUEUE; letters begin with "-".  After -1,
 * *queue is set, and COMMAND begins at optind.
 */
int next_option_of_queue(int argc, char **argv, const char *letters,
			 const struct option *options, const char *usage,
			 const char **queue);

/*
 * Print one line and end the program for wrong usage.  usage_error() adds a
 * pointer to --help; word_error() is for a line that is complete without it.
 */
void usage_error(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void word_error(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

/* The same for a long option that does not exist or is ambiguous. */
void unknown_option(const char *word, const struct option *options)
	__attribute__((noreturn));

/* End the program unless all operands have been read. */
void no_more_operands(int argc, char **argv);

/* The candidate that is nearest to a misspelt word, if one is near enough. */
struct closest {
	const char *word;
	const char *found;	/* or NULL */
	size_t distance;
};

void closest_begin(struct closest *closest, const char *word);
void closest_try(struct closest *closest, const char *candidate);

/*
 * words.c: words of the command line; one that makes no sense ends the program
 */

/* Read a number within its bounds; messages call it what. */
int64_t number(const char *what, const char *text, int base, int64_t least,
	       int64_t most);

/* A number of bytes, with k, M or G of 1024. */
unsigned long number_of_bytes(const char *text, unsigned long least);

unsigned int mode_of(const char *text);
uid_t user_of(const char *text);
gid_t group_of(const char *text);

/* A duration from now, or @SECONDS of the clock, into how. */
void set_deadline(struct msgq_how *how, const char *text);

/* A duration in seconds or with a unit, as 0.5, 500ms or 1h, in nanoseconds. */
uint64_t duration_of(const char *text);

/* A queue as the user names it, and what that is. */
struct name {
	const char *text;	/* for messages, and to be typed again */
	bool key;
	int value;		/* the key, or the identifier */
	int device;
	int msqid;
};

/*
 * Read a name.  A number without 0x is an identifier, unless is_key says that
 * it is a key.
 */
struct name read_name(const char *text, bool is_key);

/* Read the name of a queue that may have to be made, which takes a key. */
struct name read_key(const char *text, bool is_key);

/* Find the queue of a name: DONE, or a status with the reason told. */
int find_queue(int device, struct name *name);

/*
 * errors.c: what went wrong with a queue by errno, and what to do about it;
 * they return the status to end with
 */

/* Of a key that is 0: all private queues have it, and it finds none. */
int complain_of_private(const struct name *name);

/* Of a call that was to do something: "send to it". */
int complain_of(const struct name *name, const char *what);

/*
 * Of a message for which there was no room, or that is longer than allowed; of
 * one that was not read to its end the size is 0.
 */
int complain_of_message(const struct name *name, size_t size);

/* Of a queue that could not be made, and of one that was to hold so much. */
int complain_of_making(const struct name *name);
int complain_of_change(const struct name *name, unsigned long bytes);

/*
 * queues.c: what is known of queues
 */
struct queue {
	const char *named;	/* as struct name has it, or NULL */
	int msqid;
	struct msqid_ds ds;
	struct msgq_state state;
	bool known;		/* the state is: it takes the right to read */
	bool counted;		/* and its counts are: the module has them */
	double in, out;		/* messages a second; less than 0: not known */
};

struct queues {
	struct queue *list;
	size_t count;
};

/* Read one by its identifier, whoever may; false with errno. */
bool read_queue(int device, int msqid, struct queue *queue);

/* Read all; or the program ends. */
struct queues read_queues(int device);

/* Does the module count what happens at queues? */
bool has_counts(int device);

/* How much of what it may hold a queue holds, in per cent. */
unsigned int fullness(const struct queue *queue);

/* The messages and the bytes of text on all of them. */
struct contents {
	unsigned long long messages, bytes;
};

struct contents contents_of(const struct queues *queues);

/* When something last happened to it. */
time_t last_activity(const struct queue *queue);

/*
 * stale.c: queues that nobody seems to need any more
 */

/* Has nothing been sent, received or changed for at least so long? */
bool is_idle(const struct queue *queue, uint64_t nanoseconds);

/*
 * Have the last processes that sent and received ended, and does nobody have it
 * open or wait?  False where the caller may not know.
 */
bool is_orphan(const struct queue *queue);

/*
 * queues.c again: those that the user wants to see, and in which order
 */
struct choice {
	const char *sort;	/* the name of a column, or NULL */
	bool rates;		/* by rates, too: there are some */
	bool reverse;
	bool by_user;
	uid_t user;
	unsigned int full;	/* at least, in per cent */
	bool waiting;
	bool claimed;
	bool filled;
	uint64_t idle;		/* at least so long, in nanoseconds */
	bool orphan;
	bool filters;		/* any of these was given, but for the order */
};

#define CHOICE_LETTERS	"s:ru:f:wcnI:o"
#define CHOICE_OPTIONS					\
	{ "sort", required_argument, NULL, 's' },	\
	{ "reverse", no_argument, NULL, 'r' },		\
	{ "user", required_argument, NULL, 'u' },	\
	{ "full", required_argument, NULL, 'f' },	\
	{ "waiting", no_argument, NULL, 'w' },		\
	{ "claimed", no_argument, NULL, 'c' },		\
	{ "not-empty", no_argument, NULL, 'n' },	\
	STALE_OPTIONS

/* Of these, the options that "msgq rm" knows, too. */
#define STALE_OPTIONS					\
	{ "idle", required_argument, NULL, 'I' },	\
	{ "orphan", no_argument, NULL, 'o' }
#define CHOICE_USAGE							     \
	"  -s, --sort=COLUMN    by a column: key, msqid, owner, perms; or by bytes,\n" \
	"                       messages, full, rwait, swait, claims, the largest\n" \
	"                       first; or by last, the latest first\n"	     \
	"  -r, --reverse        the other way round\n"			     \
	"  -u, --user=USER      those that belong to USER\n"		     \
	"  -f, --full=PERCENT   those at least so full\n"		     \
	"  -w, --waiting        those that somebody waits for\n"	     \
	"  -c, --claimed        those with messages that are claimed\n"	     \
	"  -n, --not-empty      those with messages\n"		     \
	STALE_USAGE
#define STALE_USAGE							     \
	"  -I, --idle=TIME      those where nothing was sent, received or changed for\n" \
	"                       so long: seconds, or as 500ms, 30s, 10m, 1h or 2d\n" \
	"  -o, --orphan         those whose last sender and receiver have ended, and\n" \
	"                       that nobody has open or waits for\n"

/* To sort by rates together, or where there are none by the last activity. */
#define ACTIVITY	"activity"

/* Is this one of these options?  Then it is read. */
bool read_choice(struct choice *choice, int option);

/* Is this one of those that are wanted? */
bool is_chosen(const struct queue *queue, const struct choice *choice);

/* Leave those that are wanted, in their order. */
void choose(struct queues *queues, const struct choice *choice);

/* Leave those that are named, in the order of their names; a status. */
int choose_named(int device, struct queues *queues, char **names, bool is_key);

/* The parts of a table that several commands show. */
void show_key(char *to, size_t size, int key);
void show_age(char *to, size_t size, time_t then, time_t now);
const char *user_name(uid_t uid);
const char *group_name(gid_t gid);

/* The members of an object that tell a queue, and an array of such. */
void json_queue(const struct queue *queue);
void json_queues(const char *name, const struct queues *queues);

/* The member "counts"; NULL: they are not known. */
void json_counts(const struct msgq_counts *counts);

/*
 * set.c: what is to be changed of a queue
 */
struct change {
	bool set_owner, set_group, set_mode, set_bytes;
	uid_t owner;
	gid_t group;
	unsigned int mode;
	unsigned long bytes;
};

/* Change it; a status. */
int change_queue(const struct name *name, const struct change *change);

/*
 * limits.c: a limit that is known by its file alone; -1: there is none
 */
int read_limit(const char *name);

/*
 * table.c: a table whose columns are as wide as they have to be
 */
enum colour { PLAIN, BOLD, YELLOW, RED };

/* Is the standard output a screen, and one that is to be coloured? */
bool on_screen(void);
bool coloured(void);
const char *colour_begin(enum colour colour);
const char *colour_end(enum colour colour);
enum colour colour_of_fullness(unsigned int full);

/* The headings, one blank between them; ">" before one: to the right. */
void table_begin(const char *headings);
void table_cell(enum colour colour, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void table_end(bool headings);

/*
 * screen.c: a screen that is drawn again and again
 */

/* Take the screen, and give it back. */
void screen_begin(void);
void screen_end(void);

/* How many lines and columns it has. */
void screen_size(unsigned int *lines, unsigned int *columns);

/* What screen_key() answers, besides characters. */
enum {
	KEY_TIME = 256,		/* the time has come */
	KEY_DRAW,		/* it is to be drawn again */
	KEY_CLOSED,		/* the terminal is gone */
	KEY_UP, KEY_DOWN, KEY_PAGE_UP, KEY_PAGE_DOWN, KEY_HOME, KEY_END,
	KEY_OTHER,
};

/*
 * Wait for a key until a time of CLOCK_MONOTONIC.  A signal that ends the
 * program gives the screen back first.
 */
int screen_key(uint64_t until);

/*
 * rates.c: how many messages a second go through queues
 */
struct rates {
	struct sample *samples;	/* of the last time, by msqid */
	size_t count;
	uint64_t when;
};

/* CLOCK_MONOTONIC, in nanoseconds. */
uint64_t monotonic(void);

/* Set what goes in and out since the last time, of those that were there. */
void set_rates(struct rates *rates, struct queues *queues);

/*
 * view.c: the table of "msgq watch"
 */
struct view {
	size_t top;		/* the first queue that is shown */
	size_t page;		/* how many were shown */
	bool help;		/* in their place the keys are */
};

/* Parts of lines, all columns. */
void view_headings(void);
void view_row(const struct queue *queue);

/* The whole screen. */
void view_draw(struct view *view, const struct queues *queues,
	       const struct choice *choice);

/* What a key changes of it. */
void view_key(struct view *view, struct choice *choice, int key);

/*
 * text.c: what a message says, whatever its bytes are
 */

/* The bytes of the character of UTF-8 that begins here; 0: none does. */
size_t utf8_character(const char *text, size_t size);
bool is_utf8(const char *text, size_t size);

/*
 * In one line that can do no harm to a terminal: what is no printable character
 * becomes \n, \t, \r, \\ or \xNN.  At most so many columns, of which the last
 * are "..." where there is more; 0: all.
 */
void show_text(FILE *to, const char *text, size_t size, size_t columns);

/*
 * json.c: a document of JSON; name is NULL in an array
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

/* "text", or if that is no UTF-8 "base64". */
void json_message(const char *text, size_t size);

/*
 * deliver.c: what becomes of a message that was received
 */
struct delivery {
	bool json;
	bool raw;
	char **command;		/* NULL: it is written to the standard output */
	int msqid;
};

/* DONE when it has arrived there; else a status with the reason told. */
int deliver(const struct delivery *delivery, const struct msgq_message *entry);

#endif /* TOOL_H */
