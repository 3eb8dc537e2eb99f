// SPDX-License-Identifier: MIT
/*
 * open.c - "msgq open": run a program with a queue as a descriptor
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "commands.h"

static const char usage[] =
	"usage: msgq open [OPTION]... QUEUE [OPTION]... -- COMMAND [ARGUMENT]...\n"
	"\n"
	"Runs COMMAND with a queue as descriptor 3: each write sends a message, and each\n"
	"read receives one. QUEUE is an identifier, as \"msgq ls\" lists it, or a key:\n"
	"0x45, or PATH:PROJECT as in ftok(3).\n"
	"\n"
	"  -k, --key            QUEUE is a key, also as 69 or 0105\n"
	"  -c, --create[=MODE]  create the queue if no queue has this key, with these\n"
	"                       permissions (600)\n"
	"  -x, --exclusive      with --create: fail if a queue has this key\n"
	"  -t, --temporary      if this creates the queue, remove it when its last\n"
	"                       descriptor is closed\n"
	"  -r, --read           open for reading only; without -r and -w, for both\n"
	"  -w, --write          open for writing only\n"
	"  -n, --nonblock       never wait\n"
	"  -T, --type=TYPE      the type of messages that are written (1)\n"
	"  -m, --match=TYPE     which messages to read, as in msgrcv(2): any (0), those\n"
	"                       of TYPE, or the lowest types first, up to TYPE (-TYPE)\n"
	"  -e, --except         with --match: those of any other type\n"
	"  -C, --cut            cut a message that is longer than the buffer of a read\n"
	"  -f, --fd=NUMBER      use another descriptor than 3\n"
	"  -h, --help           show this\n"
	"\n"
	"Exits with the status of COMMAND; with 127 if COMMAND does not exist, 126 if it\n"
	"cannot be run, 1 if the queue cannot be opened, 2 for wrong usage.\n";

/* The options and operands of "msgq open". */
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
			"no queue has this key; --create creates one" :
			strerror(reason));
	} else if (reason != EACCES || find_object(name->device, name) == DONE) {
		/* report_object() names the owner only if the queue is found. */
		errno = reason;
		report_object(name, "open it");
	}
}

/* Move the descriptor to the number that the command expects. */
static int open_move_descriptor(int fd, int number)
{
	struct rlimit limit;

	if (fd == number)
		return fcntl(fd, F_SETFD, 0);
	if (dup2(fd, number) != -1)
		return 0;
	if (errno == EBADF && !getrlimit(RLIMIT_NOFILE, &limit))
		fprintf(stderr, "msgq: descriptor %d: must be 0 to %llu, the limit on open files\n",
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
	/* A call with key 0 would create a private queue. */
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
	/* The device and the original descriptor are close-on-exec. */
	return execute(opening.command);
}

