// SPDX-License-Identifier: MIT
/*
 * open.c - "msgq open": a program with a queue as a descriptor
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
	"usage: msgq open [OPTION]... QUEUE [OPTION]... -- COMMAND [ARGUMENT]...\n"
	"\n"
	"Runs COMMAND with a queue as descriptor 3: each write to it sends a message,\n"
	"and each read takes one. QUEUE is an identifier, as \"msgq ls\" tells it, or a\n"
	"key: 0x45, or PATH:PROJECT by ftok(3).\n"
	"\n"
	"  -k, --key            QUEUE is a key, also as 69 or 0105\n"
	"  -c, --create[=MODE]  make the queue of that key if there is none, with these\n"
	"                       rights (600)\n"
	"  -x, --exclusive      and fail if there is one\n"
	"  -t, --temporary      remove the queue, if it was made now, with its last\n"
	"                       descriptor\n"
	"  -r, --read           to read alone; without this and the next, for both\n"
	"  -w, --write          to write alone\n"
	"  -n, --nonblock       never wait\n"
	"  -T, --type=TYPE      of the messages that are written (1)\n"
	"  -m, --match=TYPE     which messages are read, as in msgrcv(2): any (0), those\n"
	"                       of a type, or from the lowest up to it (-TYPE)\n"
	"  -e, --except         those of any other type\n"
	"  -C, --cut            a message that is longer than the room for it\n"
	"  -f, --fd=NUMBER      another descriptor than 3\n"
	"  -h, --help           show this\n"
	"\n"
	"Exits with the status of COMMAND; 127 when there is none, 126 when it cannot be\n"
	"run, 1 when the queue cannot be opened, 2 for wrong usage.\n";

/* What "msgq open" is told. */
struct opening {
	struct msgq_open how;
	const char *queue;
	struct name name;
	char **command;
	int fd;
};

static void open_option(struct opening *opening, int option)
{
	struct msgq_open *how = &opening->how;

	switch (option) {
	case 'k':
		how->flags |= MSGQ_OPEN_KEY;
		break;
	case 'c':
		how->msgflg &= ~0777;
		how->msgflg |= IPC_CREAT | (optarg ?
			(int)parse_mode(optarg) : 0600);
		break;
	case 'x':
		how->msgflg |= IPC_EXCL;
		break;
	case 't':
		how->flags |= MSGQ_OPEN_TEMPORARY;
		break;
	case 'r':
		how->flags |= MSGQ_OPEN_READ;
		break;
	case 'w':
		how->flags |= MSGQ_OPEN_WRITE;
		break;
	case 'n':
		how->flags |= MSGQ_OPEN_NONBLOCK;
		break;
	case 'T':
		how->type = parse_number("type of a message", optarg, 10, 1,
					 INT64_MAX);
		break;
	case 'm':
		how->msgtyp = parse_number("type to match", optarg, 10, INT64_MIN,
					   INT64_MAX);
		break;
	case 'e':
		how->msgflg |= MSG_EXCEPT;
		break;
	case 'C':
		how->msgflg |= MSG_NOERROR;
		break;
	case 'f':
		opening->fd = (int)parse_number("descriptor", optarg, 10, 0, INT_MAX);
		break;
	}
}

static void open_options(struct opening *opening, int argc, char **argv)
{
	static const struct option options[] = {
		{ "key", no_argument, NULL, 'k' },
		{ "create", optional_argument, NULL, 'c' },
		{ "exclusive", no_argument, NULL, 'x' },
		{ "temporary", no_argument, NULL, 't' },
		{ "read", no_argument, NULL, 'r' },
		{ "write", no_argument, NULL, 'w' },
		{ "nonblock", no_argument, NULL, 'n' },
		{ "type", required_argument, NULL, 'T' },
		{ "match", required_argument, NULL, 'm' },
		{ "except", no_argument, NULL, 'e' },
		{ "cut", no_argument, NULL, 'C' },
		{ "fd", required_argument, NULL, 'f' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = next_option_of_queue(argc, argv, "-kc::xtrwnT:m:eCf:",
					      options, usage,
					      &opening->queue)) != -1)
		open_option(opening, option);
	opening->command = argv + optind;
	if (!*opening->command)
		usage_error("missing COMMAND");
}

static void open_target(struct opening *opening)
{
	struct msgq_open *how = &opening->how;
	bool is_key = how->flags & MSGQ_OPEN_KEY;

	if (how->msgflg & IPC_CREAT || how->flags & MSGQ_OPEN_TEMPORARY)
		opening->name = parse_key(opening->queue, is_key);
	else
		opening->name = parse_name(opening->queue, is_key);
	how->name = opening->name.value;
	if (opening->name.key)
		how->flags |= MSGQ_OPEN_KEY;
	if (!(how->flags & (MSGQ_OPEN_READ | MSGQ_OPEN_WRITE)))
		how->flags |= MSGQ_OPEN_READ | MSGQ_OPEN_WRITE;
}

static void open_report(struct name *name)
{
	int reason = errno;

	if (reason == EEXIST || reason == ENOSPC) {
		report_create(name);
	} else if (reason == ENOENT || (reason == EINVAL && name->key)) {
		fprintf(stderr, "msgq: queue %s: %s\n", name->text,
			reason == ENOENT ?
			"there is none with this key; --create makes it" :
			strerror(reason));
	} else if (reason != EACCES || find_queue(name->device, name) == DONE) {
		/* complain_of() names the owner of a queue that was found. */
		errno = reason;
		report_queue(name, "open it");
	}
}

/* The number that the command knows it by; it stays open there. */
static int open_move_descriptor(int fd, int number)
{
	struct rlimit limit;

	if (fd == number)
		return fcntl(fd, F_SETFD, 0);
	if (dup2(fd, number) != -1)
		return 0;
	if (errno == EBADF && !getrlimit(RLIMIT_NOFILE, &limit))
		fprintf(stderr, "msgq: descriptor %d: must be 0 to %llu, by the limit of open files\n",
			number, (unsigned long long)limit.rlim_cur - 1);
	else
		fprintf(stderr, "msgq: descriptor %d: %s\n", number,
			strerror(errno));
	return -1;
}

int cmd_open(int argc, char **argv)
{
	struct opening opening = { .fd = 3, .how.type = 1 };
	int device, fd;

	open_options(&opening, argc, argv);
	open_target(&opening);
	/* With this key the call would make a queue. */
	if (opening.name.key && opening.name.value == IPC_PRIVATE) {
		report_private_key(&opening.name);
		return FAILED;
	}

	device = open_device();
	if (device == -1)
		return FAILED;
	opening.name.device = device;
	fd = msgq_open(device, &opening.how);
	if (fd == -1) {
		open_report(&opening.name);
		return FAILED;
	}
	if (open_move_descriptor(fd, opening.fd) == -1)
		return FAILED;
	/* What else is open closes now. */
	return execute(opening.command);
}

