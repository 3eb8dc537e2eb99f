// SPDX-License-Identifier: MIT
/*
 * peek.c - "msgq peek": show messages and leave them on the queue
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"

/* The number of messages that are shown by default. */
#define DEFAULT_COUNT	10

static const char usage[] =
	"usage: msgq peek [OPTION]... QUEUE\n"
	"\n"
	"Shows the first ten messages and leaves them on the queue: position, type, bytes\n"
	"and text. If there are more, says so on standard error. Claimed messages are not\n"
	"shown.\n"
	"\n"
	"  -c, --count=NUMBER   show this many messages (10)\n"
	"  -a, --all            show all messages\n"
	"  -p, --at=POSITION    start at this position; the first one is 0\n"
	"  -m, --match=TYPE     only messages of TYPE, or of all types up to TYPE (-TYPE)\n"
	"  -e, --except         with --match: those of any other type\n"
	"  -R, --raw            write only the texts, one after the other\n"
	"  -j, --json           print an array of objects; the text is \"text\", or\n"
	"                       \"base64\" if it is not UTF-8\n"
	"  -k, --key            QUEUE is a key, also as 69 or 0105\n"
	"  -h, --help           show this\n"
	"\n"
	"In the table, a text is cut to the width of the screen, and bytes that are not\n"
	"printable are shown as \\n, \\t, \\r, \\\\ or \\xNN.\n";

/* The options of "msgq peek", and a buffer for a message. */
struct peeking {
	struct name name;
	long msgtyp;
	bool except;
	int64_t count;		/* messages that remain to be shown */
	bool count_given;		/* --count or --all was given */
	long position;		/* the next message to show */
	bool raw;
	bool json;

	struct {
		long type;
		char text[];
	} *message;
	size_t capacity;
	size_t msgmax;		/* the limit msgmax */
};

/* Grow the buffer, up to the limit msgmax; false: it has that size already. */
static bool peek_grow(struct peeking *peeking)
{
	struct msginfo info = { .msgmax = 0 };
	size_t capacity = peeking->capacity ? 2 * peeking->capacity : 8192;

	msgq_ctl(peeking->name.device, 0, IPC_INFO, (struct msqid_ds *)&info);
	peeking->msgmax = (size_t)info.msgmax;
	if (peeking->capacity && peeking->capacity >= peeking->msgmax)
		return false;
	if (peeking->capacity && capacity > peeking->msgmax)
		capacity = peeking->msgmax;
	free(peeking->message);
	peeking->message = malloc(sizeof(long) + capacity);
	if (!peeking->message)
		exit(report_errno("message"));
	peeking->capacity = capacity;
	return true;
}

/* Copy the message at a position.  Returns its size, or -1 with errno. */
static ssize_t peek_copy(struct peeking *peeking, long position)
{
	ssize_t size;

	if (!peeking->capacity)
		peek_grow(peeking);
	do {
		size = msgq_rcv(peeking->name.device, peeking->name.id,
				peeking->message, peeking->capacity, position,
				IPC_NOWAIT | MSG_COPY);
		if (size != -1 || errno != E2BIG)
			return size;
	} while (peek_grow(peeking));
	errno = E2BIG;
	return -1;
}

static bool peek_matches(const struct peeking *peeking)
{
	long type = peeking->message->type, rule = peeking->msgtyp;

	if (rule < 0)
		return type <= (rule == LONG_MIN ? LONG_MAX : -rule);
	if (!rule)
		return true;
	return (type == rule) != peeking->except;
}

/* The columns for the text of a message; 0: do not cut it. */
static size_t peek_text_width(void)
{
	struct winsize screen;

	if (!on_screen() || ioctl(STDOUT_FILENO, TIOCGWINSZ, &screen) ||
	    screen.ws_col < 50)
		return 0;
	return screen.ws_col - 30;
}

static void peek_row(const struct peeking *peeking, long position, size_t size)
{
	char *text = NULL;
	size_t length;
	FILE *memory = open_memstream(&text, &length);

	if (!memory)
		exit(report_errno("message"));
	show_text(memory, peeking->message->text, size, peek_text_width());
	fclose(memory);
	table_cell(PLAIN, "%ld", position);
	table_cell(PLAIN, "%ld", peeking->message->type);
	table_cell(PLAIN, "%zu", size);
	table_cell(PLAIN, "%s", text);
	free(text);
}

static void peek_show(const struct peeking *peeking, long position, size_t size)
{
	if (peeking->raw) {
		fwrite(peeking->message->text, 1, size, stdout);
	} else if (peeking->json) {
		json_begin(NULL, '{');
		json_integer("position", position);
		json_integer("type", peeking->message->type);
		json_integer("size", (long long)size);
		json_message(peeking->message->text, size);
		json_end('}');
	} else {
		peek_row(peeking, position, size);
	}
}

/*
 * The default number of messages was shown: report how many remain.  The queue
 * may change meanwhile, so the number is a hint; whether any message remains is
 * decided by the one at this position.
 */
static void peek_report_rest(struct peeking *peeking)
{
	long position = peeking->position;
	struct msgq_state state = { .msqid = peeking->name.id };
	const char *name = peeking->name.text;
	unsigned long long seen, rest = 1;

	if (peek_copy(peeking, position) == -1 && errno != E2BIG)
		return;
	if (!msgq_state(peeking->name.device, &state)) {
		seen = (unsigned long long)position + state.claimed;
		if (state.qnum > seen)
			rest = state.qnum - seen;
	}
	if (peeking->msgtyp)
		fprintf(stderr, "msgq: queue %s: %llu more not searched; see --all\n",
			name, rest);
	else
		fprintf(stderr, "msgq: queue %s: %llu more not shown; see --all and --at=%ld\n",
			name, rest, position);
}

static int peek_all(struct peeking *peeking)
{
	int status = DONE;
	ssize_t size;

	for (; peeking->count; peeking->position++) {
		size = peek_copy(peeking, peeking->position);
		if (size == -1 && errno == ENOMSG)
			break;
		if (size == -1 && errno == E2BIG) {
			fprintf(stderr, "msgq: queue %s: the message at position %ld is longer than the limit msgmax, which is %zu bytes now, and cannot be copied; msgq recv can receive it\n",
				peeking->name.text, peeking->position,
				peeking->msgmax);
			status = LIMIT_MET;
			continue;
		}
		if (size == -1)
			return report_object(&peeking->name, "read it");
		if (!peek_matches(peeking))
			continue;
		peek_show(peeking, peeking->position, (size_t)size);
		peeking->count--;
	}
	return status;
}

static int peek_print(struct peeking *peeking)
{
	int status;

	if (peeking->json) {
		json_to(stdout);
		json_begin(NULL, '[');
	} else if (!peeking->raw) {
		table_begin(">position >type >bytes text");
	}
	status = peek_all(peeking);
	if (peeking->json) {
		json_end(']');
		json_end_line();
	} else if (!peeking->raw) {
		table_end(true);
	}
	return status;
}

static void peek_option(struct peeking *peeking, int option)
{
	switch (option) {
	case 'c':
		peeking->count = parse_number("count", optarg, 10, 0, INT64_MAX);
		peeking->count_given = true;
		break;
	case 'a':
		peeking->count = INT64_MAX;
		peeking->count_given = true;
		break;
	case 'p':
		peeking->position = parse_number("position", optarg, 10, 0, INT_MAX);
		break;
	case 'm':
		peeking->msgtyp = parse_number("type to match", optarg, 10, LONG_MIN,
					       LONG_MAX);
		break;
	case 'e':
		peeking->except = true;
		break;
	case 'R':
		peeking->raw = true;
		break;
	case 'j':
		peeking->json = true;
		break;
	}
}

int cmd_peek(int argc, char **argv)
{
	static const struct option options[] = {
		{ "count", required_argument, NULL, 'c' },
		{ "all", no_argument, NULL, 'a' },
		{ "at", required_argument, NULL, 'p' },
		{ "match", required_argument, NULL, 'm' },
		{ "except", no_argument, NULL, 'e' },
		{ "raw", no_argument, NULL, 'R' },
		{ "json", no_argument, NULL, 'j' },
		{ "key", no_argument, NULL, 'k' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct peeking peeking = { .count = DEFAULT_COUNT };
	bool is_key = false;
	int option, status;

	while ((option = next_option(argc, argv, "c:ap:m:eRjk", options,
				     usage)) != -1) {
		if (option == 'k')
			is_key = true;
		else
			peek_option(&peeking, option);
	}
	if (optind == argc)
		usage_error("missing QUEUE");
	if (peeking.raw && peeking.json)
		usage_error("--raw and --json exclude each other");
	peeking.name = parse_name(argv[optind++], is_key);
	no_more_operands(argc, argv);
	status = find_object(need_device(), &peeking.name);
	if (status)
		return status;

	status = peek_print(&peeking);
	if (!peeking.count && !peeking.count_given && !fflush(stdout))
		peek_report_rest(&peeking);
	free(peeking.message);
	return status;
}
