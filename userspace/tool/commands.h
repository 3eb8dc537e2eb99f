/* SPDX-License-Identifier: MIT */
/*
 * commands.h - what the commands share, and the commands; tool.h tells how the
 * files form layers
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "objects.h"

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

#endif /* COMMANDS_H */
