// SPDX-License-Identifier: MIT
/*
 * msgq - see, open and remove the queues of /dev/msgq, and run programs over it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>
#include <unistd.h>

#include <msgq.h>

#include "device.h"
#include "libmsgq.h"
#include "tool.h"

static const char usage[] =
	"usage: msgq ls               list the queues\n"
	"       msgq rm MSQID...      remove queues and their messages\n"
	"       msgq rm --all         remove all of them\n"
	"       msgq open [OPTION]... QUEUE [--] COMMAND [ARGUMENT]...\n"
	"                             run a command with a queue as descriptor 3; its\n"
	"                             options: msgq open --help\n"
	"       msgq run [--] PROGRAM [ARGUMENT]...\n"
	"                             run a program over the device: msgq run --help\n"
	"       msgq version          tell the interface of the module\n"
	"       msgq --help           show this\n";

static const char open_usage[] =
	"usage: msgq open [OPTION]... QUEUE [--] COMMAND [ARGUMENT]...\n"
	"\n"
	"Runs COMMAND with a queue as descriptor 3: each write to it sends a message,\n"
	"and each read takes one. QUEUE is an identifier, as \"msgq ls\" tells it.\n"
	"\n"
	"  -k, --key            QUEUE is a key: 69, 0105 or 0x45\n"
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
	"      --help           show this\n"
	"\n"
	"Exits with the status of COMMAND; 127 when there is none, 126 when it cannot be\n"
	"run, 1 when the queue cannot be opened, 2 for wrong usage.\n";

int complain(const char *what)
{
	fprintf(stderr, "msgq: %s: %s\n", what, strerror(errno));
	return 1;
}

/*
 * Call a function for each queue; the number of those for which it failed, or
 * -1 when there is no list.
 */
static int each_queue(int device, int (*call)(int device, int msqid,
					      const struct msqid_ds *ds))
{
	int highest, index, msqid, failed = 0;
	struct msginfo info;
	struct msqid_ds ds;

	highest = msgq_ctl(device, 0, MSG_INFO, (struct msqid_ds *)&info);
	if (highest == -1)
		return -1;

	for (index = 0; index <= highest; index++) {
		msqid = msgq_ctl(device, index, MSG_STAT_ANY, &ds);
		if (msqid != -1 && call(device, msqid, &ds))
			failed++;
	}
	return failed;
}

static int list_queue(int device, int msqid, const struct msqid_ds *ds)
{
	const struct passwd *owner = getpwuid(ds->msg_perm.uid);
	char number[16];

	(void)device;
	snprintf(number, sizeof(number), "%u", ds->msg_perm.uid);
	printf("0x%08x %-10d %-10s %-6.3o %-10lu %lu\n",
	       (unsigned int)ds->msg_perm.__key, msqid,
	       owner ? owner->pw_name : number, ds->msg_perm.mode & 0777u,
	       (unsigned long)ds->__msg_cbytes, (unsigned long)ds->msg_qnum);
	return 0;
}

static int list(int device)
{
	printf("%-10s %-10s %-10s %-6s %-10s %s\n", "key", "msqid", "owner",
	       "perms", "bytes", "messages");
	return each_queue(device, list_queue) ? complain("ls") : 0;
}

static int remove_queue(int device, int msqid, const struct msqid_ds *ds)
{
	bool gone;

	if (!msgq_ctl(device, msqid, IPC_RMID, NULL))
		return 0;

	gone = errno == EINVAL || errno == EIDRM;
	/* One that was listed and is gone by now is what was asked for. */
	if (gone && ds)
		return 0;
	fprintf(stderr, "msgq: queue %d: %s\n", msqid,
		gone ? "there is none with this identifier" : strerror(errno));
	return -1;
}

static int remove_some(int device, int count, char **names)
{
	int i, failed = 0;

	for (i = 0; i < count; i++) {
		char *end;
		long msqid;

		errno = 0;
		msqid = strtol(names[i], &end, 10);
		if (errno || end == names[i] || *end || msqid < 0 ||
		    msqid > INT_MAX) {
			fprintf(stderr, "msgq: %s is no identifier of a queue\n",
				names[i]);
			failed++;
		} else if (remove_queue(device, (int)msqid, NULL)) {
			failed++;
		}
	}
	return failed;
}

static int remove_all(int device)
{
	int failed = each_queue(device, remove_queue);

	if (failed == -1)
		return complain("rm");
	return failed ? 1 : 0;
}

static int version(int device)
{
	struct msgq_info info;

	if (msgq_info(device, &info) == -1)
		return complain("version");

	printf("interface %u%s\n", info.version,
	       info.features & MSGQ_FEATURE_TYPE_INDEX ? ", type index" : "");
	return 0;
}

static int wrong_usage(void)
{
	fputs(usage, stderr);
	return 2;
}

int open_device(void)
{
	const char *why;
	int device = msgq_device_why(&why);

	if (device == -1)
		fprintf(stderr, "msgq: " MSGQ_DEVICE_PATH ": %s\n", why);
	return device;
}

int execute(char **command)
{
	int status;

	execvp(*command, command);
	status = errno == ENOENT ? 127 : 126;
	complain(*command);
	return status;
}

/* A number for an option, or the program ends. */
static int64_t number(const char *what, const char *text, int base,
		      int64_t least, int64_t most)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, base);
	if (errno || end == text || *end || value < least || value > most) {
		fprintf(stderr, "msgq: %s is no %s\n", text, what);
		exit(2);
	}
	return value;
}

/* What "msgq open" is told. */
struct opening {
	struct msgq_open how;
	const char *queue;
	char **command;
	int fd;
	bool help;
};

static void read_option(struct opening *opening, int option)
{
	struct msgq_open *how = &opening->how;

	switch (option) {
	case 'k':
		how->flags |= MSGQ_OPEN_KEY;
		break;
	case 'c':
		how->msgflg &= ~0777;
		how->msgflg |= IPC_CREAT | (optarg ?
			(int)number("mode", optarg, 8, 0, 0777) : 0600);
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
		how->type = number("type of a message", optarg, 10, 1,
				   INT64_MAX);
		break;
	case 'm':
		how->msgtyp = number("type to match", optarg, 10, INT64_MIN,
				     INT64_MAX);
		break;
	case 'e':
		how->msgflg |= MSG_EXCEPT;
		break;
	case 'C':
		how->msgflg |= MSG_NOERROR;
		break;
	case 'f':
		opening->fd = (int)number("descriptor", optarg, 10, 0, INT_MAX);
		break;
	case 'h':
		opening->help = true;
		break;
	default:
		fputs("msgq: see msgq open --help\n", stderr);
		exit(2);
	}
}

/* Options end where the name of the queue begins. */
static void read_opening(struct opening *opening, int argc, char **argv)
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
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static char name[] = "msgq open";
	int option;

	/* As getopt(3) complains. */
	argv[0] = name;
	while ((option = getopt_long(argc, argv, "+kc::xtrwnT:m:eCf:", options,
				     NULL)) != -1)
		read_option(opening, option);
	if (optind < argc)
		opening->queue = argv[optind++];
	if (optind < argc && !strcmp(argv[optind], "--"))
		optind++;
	opening->command = argv + optind;
}

static void read_queue(struct opening *opening)
{
	struct msgq_open *how = &opening->how;
	bool key = how->flags & MSGQ_OPEN_KEY;

	/* As a key is written in hexadecimal, it has no sign. */
	how->name = (int)(key ?
		number("key", opening->queue, 0, INT_MIN, UINT32_MAX) :
		number("identifier of a queue", opening->queue, 10, 0,
		       INT_MAX));
	if (!(how->flags & (MSGQ_OPEN_READ | MSGQ_OPEN_WRITE)))
		how->flags |= MSGQ_OPEN_READ | MSGQ_OPEN_WRITE;
}

static int complain_of_queue(const struct opening *opening)
{
	const char *reason = strerror(errno);

	if (errno == EINVAL && !(opening->how.flags & MSGQ_OPEN_KEY))
		reason = "there is none with this identifier";
	else if (errno == ENOENT)
		reason = "there is none with this key; --create makes it";
	fprintf(stderr, "msgq: queue %s: %s\n", opening->queue, reason);
	return 1;
}

/* The number that the command knows it by; it stays open there. */
static int move(int fd, int number)
{
	return fd == number ? fcntl(fd, F_SETFD, 0) : dup2(fd, number);
}

static int open_and_run(int argc, char **argv)
{
	struct opening opening = { .fd = 3, .how.type = 1 };
	int device, fd;

	read_opening(&opening, argc, argv);
	if (opening.help) {
		fputs(open_usage, stdout);
		return fflush(stdout) ? complain("standard output") : 0;
	}
	if (!opening.queue || !*opening.command) {
		fputs(open_usage, stderr);
		return 2;
	}
	if (!(opening.how.flags & MSGQ_OPEN_KEY) &&
	    (opening.how.msgflg & IPC_CREAT ||
	     opening.how.flags & MSGQ_OPEN_TEMPORARY)) {
		fputs("msgq: --create and --temporary want --key\n", stderr);
		return 2;
	}
	read_queue(&opening);

	device = open_device();
	if (device == -1)
		return 1;
	fd = msgq_open(device, &opening.how);
	if (fd == -1)
		return complain_of_queue(&opening);
	if (move(fd, opening.fd) == -1) {
		fprintf(stderr, "msgq: descriptor %d: %s\n", opening.fd,
			strerror(errno));
		return 1;
	}
	/* What else is open closes now. */
	return execute(opening.command);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	bool ls = !strcmp(command, "ls"), rm = !strcmp(command, "rm");
	int device, status;

	if (!strcmp(command, "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (!strcmp(command, "open"))
		return open_and_run(argc - 1, argv + 1);
	if (!strcmp(command, "run"))
		return run(argc - 1, argv + 1);
	if (!ls && !rm && strcmp(command, "version"))
		return wrong_usage();
	if (rm ? argc < 3 : argc != 2)
		return wrong_usage();

	device = open_device();
	if (device == -1)
		return 1;

	if (ls)
		status = list(device);
	else if (!rm)
		status = version(device);
	else if (argc == 3 && !strcmp(argv[2], "--all"))
		status = remove_all(device);
	else
		status = remove_some(device, argc - 2, argv + 2) ? 1 : 0;

	if (fflush(stdout))
		return complain("standard output");
	return status;
}
