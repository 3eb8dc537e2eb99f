/* SPDX-License-Identifier: MIT */
/*
 * tool.h - what the files of the msgq command share
 *
 * Each command is a function in a file of its own.  It parses its options, does
 * its work, and returns the exit status of msgq.  A wrong word on the command
 * line ends the program where it is found.
 *
 * The files form layers, and this header describes them from the bottom to the
 * top.  A file calls only files of lower layers:
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
#include <sys/msg.h>
#include <sys/types.h>
#include <time.h>

#include <msgq.h>

#include "libmsgq.h"

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

/*
 * Open the device.  Without one, the reason is printed; open_device() returns
 * -1 then, and need_device() ends the program.
 */
int open_device(void);
int need_device(void);

/*
 * Replace this program with a command.  Returns 126 or 127 if it cannot be run,
 * after printing the reason.
 */
int execute(char **command);

/* The name of a process; "-" if it cannot be read. */
const char *process_name(pid_t pid);

/* The running command as the user typed it: "msgq NAME". */
extern char called[32];

/* The kind of objects that the command is about. */
extern const struct kind *kind;

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

/*
 * objects.c: objects of the kind that the command is about
 */
struct object {
	const char *name;	/* the text of its struct name, or NULL */
	int id;
	struct ipc_perm perm;
	time_t last;		/* of the last operation or change */

	/* A queue. */
	struct msqid_ds ds;
	struct msgq_state state;
	/* A semaphore set. */
	struct semid_ds sem;
	struct msgq_semstate semstate;

	bool has_state;		/* false: the caller may not read the object */
	bool has_counts;	/* false: counts is not filled in */
	uint64_t counts[2];	/* messages in and out; operations and waits */
	double rates[2];	/* of these, per second; negative: unknown */
};

struct objects {
	struct object *list;
	size_t count;
};

/* A column of a table; one of number and text is given. */
struct column {
	const char *name;
	int width;		/* in "msgq watch" */
	unsigned int rank;	/* there: 1 is the most useful; 0: not shown */
	bool left;		/* align it to the left */
	bool rate;		/* only in "msgq watch" */
	/* A number, by which the largest is sorted first; negative: unknown. */
	double (*number)(const struct object *object);
	void (*text)(const struct object *object, char *to, size_t size);
	/* A number by which the smallest is sorted first; NULL: by the text. */
	long long (*order)(const struct object *object);
	enum colour (*colour)(const struct object *object);
};

/* A kind of objects: its calls and its words. */
struct kind {
	const char *name;	/* as in "msgq run --kinds", and in JSON */
	const char *noun;	/* "queue" */
	const char *plural;	/* "queues" */
	const char *operand;	/* "QUEUE" */
	const char *option;	/* that chooses the kind, after a blank */
	const char *id;		/* "msqid" */
	uint64_t feature;	/* that a module with this kind has, or 0 */
	const struct column *columns;	/* up to one without a name */
	const char *rates[2];	/* their names in JSON */
	const char *legend[2];	/* of columns that need one */

	/* Only a new set has so many semaphores. */
	int (*get)(int device, key_t key, int semaphores, int flags);
	/* The highest index, or -1 with errno. */
	int (*highest)(int device);
	/* Read the object with an index into a cleared one, or return false. */
	bool (*read)(int device, int index, struct object *object);
	int (*remove)(int device, int id);
	/* What all these objects hold, as "3 messages". */
	void (*contents)(const struct objects *objects, char *to, size_t size);
	bool (*is_orphan)(int device, const struct object *object);
	void (*json)(const struct object *object);
};

extern const struct kind queue_kind, set_kind;

/*
 * Read an object by its identifier, which takes no permission for all but its
 * state.  Returns false with errno.
 */
bool read_object(int device, int id, struct object *object);

/* Read all objects, or end the program. */
struct objects read_objects(int device);

/* What columns of all kinds have. */
void key_text(const struct object *object, char *to, size_t size);
void id_text(const struct object *object, char *to, size_t size);
void owner_text(const struct object *object, char *to, size_t size);
void perms_text(const struct object *object, char *to, size_t size);
void last_text(const struct object *object, char *to, size_t size);
long long key_order(const struct object *object);
long long id_order(const struct object *object);
long long perms_order(const struct object *object);
long long last_order(const struct object *object);
double first_rate(const struct object *object);
double second_rate(const struct object *object);

/* The column with this name, or NULL. */
const struct column *find_column(const char *name);

/* The text of a cell. */
void cell_text(const struct column *column, const struct object *object,
	       char *to, size_t size);

/*
 * queues.c: queues as the module describes them
 */

/* Does the module count the messages of queues? */
bool device_has_counts(int device);

/* How full the queue is, in percent. */
unsigned int fullness(const struct object *queue);

/* The number of messages and of bytes of text on all these queues. */
struct contents {
	unsigned long long messages, bytes;
};

struct contents contents_of(const struct objects *queues);

bool read_queue(int device, int index, struct object *queue);
int highest_queue(int device);
void queue_contents(const struct objects *queues, char *to, size_t size);
extern const struct column queue_columns[];

/*
 * sets.c: semaphore sets as the module describes them
 */
bool read_set(int device, int index, struct object *set);

/* The limits, and what is in use: the highest index, or -1 with errno. */
int read_set_limits(int device, struct seminfo *info);
int highest_set(int device);
int remove_set(int device, int semid);
void set_contents(const struct objects *sets, char *to, size_t size);
extern const struct column set_columns[];

/* Set owner and mode from the struct semid_ds of the object; -1 with errno. */
int write_set(int device, struct object *set);

/*
 * Read the values of a set, or a number about one semaphore; set all values, or
 * one.  -1 with errno.
 */
int read_values(int device, const struct object *set, unsigned short *values);
int read_semaphore(int device, int semid, unsigned int number, int cmd);
int write_values(int device, const struct object *set, unsigned short value);
int write_value(int device, int semid, int number, unsigned short value);

/*
 * mounts.c: where msgqfs is mounted, and its limits
 */

struct mount {
	dev_t id;		/* the number of the file system's device */
	char *point;		/* where it is mounted */
	int msgtql;		/* -1: unknown */
};

/* Call this for each msgqfs that a process sees, "self" for this one. */
void read_mounts(const char *process,
		 void (*call)(const struct mount *mount, void *data),
		 void *data);

/*
 * The limits of the queues that the opened device leads to: of a mount, or in
 * /proc/sys/msgq.  -1: unknown; and if it cannot be set, with errno.
 */
int device_limit(int device, const char *name);
int set_device_limit(int device, const char *name, int value);

/*
 * instances.c: the sets of queues of all IPC namespaces and mounts
 */

/* Go into the IPC namespace of a process, or end the program. */
void enter_namespace_of(pid_t pid);

struct instance {
	struct msgq_holding holding;
	pid_t pid;		/* a process in its namespace; 0: none found */
	char *mount;		/* where it is mounted; NULL: a namespace, or unknown */
};

struct instances {
	struct instance *list;	/* by their ids */
	size_t count;
};

/* Read all instances, or end the program. */
struct instances read_instances(int device);

/*
 * rates.c: what is counted, per second
 */
struct rates {
	struct sample *samples;	/* from the last call, sorted by id */
	size_t count;
	uint64_t when;
};

/*
 * Set the rates since the last call, for each object that existed at that time.
 */
void measure_rates(struct rates *rates, struct objects *objects);

/*
 * json_object.c: queues and sets as JSON
 */

/* The members of a JSON object that describe one; an array of such objects. */
void json_object(const struct object *object);
void json_objects(const char *name, const struct objects *objects);

/* The members that only this kind has. */
void json_queue(const struct object *queue);
void json_set(const struct object *set);

/* The member "counts"; NULL: unknown. */
void json_counts(const struct msgq_counts *counts);

/*
 * stale.c: objects that seem to be no longer needed
 */

/* Has there been no operation and no change for at least this long? */
bool is_idle(const struct object *object, uint64_t nanoseconds);

/*
 * Have the processes that used it last ended, and does no process have it open or
 * wait for it?  False if the caller may not read it.
 */
bool is_orphan_queue(int device, const struct object *queue);
bool is_orphan_set(int device, const struct object *set);

/*
 * words.c: words of the command line; an invalid one ends the program
 */

/* A number from min to max; messages call it what. */
int64_t parse_number(const char *what, const char *text, int base, int64_t min,
		     int64_t max);

/* A number of bytes, with an optional unit k, M or G (1024). */
unsigned long parse_bytes(const char *text, unsigned long min);

unsigned int parse_mode(const char *text);

/* A value of a semaphore. */
unsigned short parse_value(const char *text);
uid_t parse_user(const char *text);
gid_t parse_group(const char *text);

/* A duration from now, or @SECONDS since 1970. */
void parse_deadline(struct msgq_how *how, const char *text);

/* A duration in seconds or with a unit, as 0.5, 500ms or 1h; in nanoseconds. */
uint64_t parse_duration(const char *text);

/* The object that the user names. */
struct name {
	const char *text;	/* for messages: the user can type it again */
	bool key;
	int value;		/* the key, or the identifier */
	int device;
	int id;
};

/*
 * Parse a name.  A number without 0x is an identifier, unless is_key says that
 * it is a key.
 */
struct name parse_name(const char *text, bool is_key);

/* Parse the name of an object that may have to be created, which needs a key. */
struct name parse_key(const char *text, bool is_key);

/*
 * quota.c: the limits of users, and those that an instance is given from outside
 */

/* Add LIMIT=VALUE to what is to be set; false if it is no such limit. */
bool parse_quota(struct msgq_quota *quota, const char *word);

/* Set the limits that have a flag, and read all; returns the status. */
int exchange_quota(int device, struct msgq_quota *quota);

/* A table of limits; members of an object; all users. */
void show_quota(struct msgq_quota *quota);
void json_quota(struct msgq_quota *quota);
void list_quotas(int device, bool json, bool heading);

/* Which limit of the caller, or of its instance, forbids a queue? NULL: none. */
const char *reached_quota(int device);

/*
 * errors.c: what failed, and what the user can do about it, by errno; each
 * function prints one line and returns the exit status
 */

/* The key is 0, which all private queues have; it finds no queue. */
int report_private_key(const struct name *name);

/* A call failed; action is what it was to do, as "send to it". */
int report_object(const struct name *name, const char *action);

/*
 * A message could not be sent.  The size is 0 if the message was not read to
 * its end.
 */
int report_message(const struct name *name, size_t size);

/* Changes of an object. */
struct change {
	bool set_owner, set_group, set_mode;
	uid_t owner;
	gid_t group;
	unsigned int mode;

	/* A queue. */
	bool set_bytes;
	unsigned long bytes;
	/* A set: the value of one semaphore, or with -1 of all. */
	bool set_value;
	int semaphore;
	unsigned short value;
};

/* An object could not be created. */
int report_create(const struct name *name);

/* An object could not be changed; it was read before. */
int report_change(const struct name *name, const struct change *change,
		  const struct object *object);

/*
 * find.c: the objects that the user names
 */

/*
 * Find an object and set its id.  Returns DONE, or a status after a message.
 */
int find_object(int device, struct name *name);

/*
 * Read the objects with these names, in their order.  Returns DONE, or the
 * status of the last one that was not found.
 */
int find_named(int device, struct objects *objects, char **names, bool is_key);

/*
 * choice.c: the objects that the user selects by options, and their order
 */
struct choice {
	const char *sort;	/* the name of a column, or NULL */
	bool rates;		/* may be sorted by rates */
	bool reverse;
	bool by_user;
	uid_t user;
	unsigned int full;	/* at least this full, in percent */
	bool waiting;
	bool claimed;
	bool filled;
	uint64_t idle;		/* for at least this long, in nanoseconds */
	bool orphan;
	bool filters;		/* an option that selects objects was given */
};

#define CHOICE_LETTERS	"s:ru:wI:o"
#define CHOICE_OPTIONS					\
	{ "sort", required_argument, NULL, 's' },	\
	{ "reverse", no_argument, NULL, 'r' },		\
	{ "user", required_argument, NULL, 'u' },	\
	{ "waiting", no_argument, NULL, 'w' },		\
	STALE_OPTIONS

/* Those that only queues have. */
#define QUEUE_CHOICE_LETTERS	CHOICE_LETTERS "f:cn"
#define QUEUE_CHOICE_OPTIONS				\
	CHOICE_OPTIONS,					\
	{ "full", required_argument, NULL, 'f' },	\
	{ "claimed", no_argument, NULL, 'c' },		\
	{ "not-empty", no_argument, NULL, 'n' }

/* "msgq rm" has these, too. */
#define STALE_OPTIONS					\
	{ "idle", required_argument, NULL, 'I' },	\
	{ "orphan", no_argument, NULL, 'o' }
#define QUEUE_CHOICE_USAGE						     \
	"  -s, --sort=COLUMN    sort by key, msqid, owner or perms; by bytes, messages,\n" \
	"                       full, rwait, swait or claims, largest first; or by last,\n" \
	"                       latest first\n"			     \
	"  -r, --reverse        reverse the order\n"			     \
	"  -u, --user=USER      only queues that USER owns\n"		     \
	"  -f, --full=PERCENT   only queues that are at least this full\n"    \
	"  -w, --waiting        only queues at which a task waits\n"	     \
	"  -c, --claimed        only queues with claimed messages\n"	     \
	"  -n, --not-empty      only queues with messages\n"		     \
	STALE_USAGE
#define STALE_USAGE							     \
	"  -I, --idle=TIME      only queues without a send, receive or change for this\n" \
	"                       long: seconds, or with a unit as 500ms, 30s, 10m, 1h, 2d\n" \
	"  -o, --orphan         only queues whose last sender and receiver have ended,\n" \
	"                       and that no process has open or waits at\n"
#define SET_CHOICE_USAGE						     \
	"  -s, --sort=COLUMN    sort by key, semid, owner or perms; by sems, waiting or\n" \
	"                       ops, largest first; or by last, latest first\n" \
	"  -r, --reverse        reverse the order\n"			     \
	"  -u, --user=USER      only sets that USER owns\n"		     \
	"  -w, --waiting        only sets at which a task waits\n"	     \
	SET_STALE_USAGE
#define SET_STALE_USAGE						     \
	"  -I, --idle=TIME      only sets without an operation or change for this long:\n" \
	"                       seconds, or with a unit as 500ms, 30s, 10m, 1h, 2d\n" \
	"  -o, --orphan         only sets where nobody waits, where the end of no process\n" \
	"                       changes a value, and where the processes that changed the\n" \
	"                       values last have ended\n"

/* In the help of a command for queues. */
#define SEM_USAGE							     \
	"      --sem            semaphore sets, and not queues; --sem --help shows more\n"

/* Sort by both rates together, or without rates by the last activity. */
#define ACTIVITY	"activity"

/* If this is one of these options, read it; otherwise return false. */
bool read_choice(struct choice *choice, int option);

/* Has the user selected this object? */
bool matches_choice(int device, const struct object *object,
		    const struct choice *choice);

/* Keep the selected objects, and sort them. */
void filter_and_sort(int device, struct objects *objects,
		     const struct choice *choice);

/*
 * change.c: changes of an object
 */
/* Returns DONE, or a status after a message. */
int change_object(const struct name *name, const struct change *change);

/*
 * deliver.c: a received message is written, or a command is run on it
 */
struct delivery {
	bool json;
	bool raw;
	char **command;		/* NULL: write to standard output */
	int msqid;
};

/* Returns DONE if the message was delivered, or a status after a message. */
int deliver(const struct delivery *delivery, const struct msgq_message *entry);

/*
 * view.c: the table of "msgq watch"
 */
struct view {
	size_t top;		/* the first object that is shown */
	size_t page;		/* the number of objects that were shown */
	bool help;		/* show the keys instead of the objects */
};

/* All columns, without an end of line. */
void view_headings(void);
void view_row(const struct object *object);

/* The whole screen. */
void view_draw(struct view *view, const struct objects *objects,
	       const struct choice *choice);

/* Handle a key. */
void view_key(struct view *view, struct choice *choice, int key);

/*
 * The commands; none reads argv[0].
 */
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

#endif /* TOOL_H */
