// SPDX-License-Identifier: MIT
/*
 * recv.c - "msgq recv": receive messages without losing one
 *
 * Each message is claimed, delivered, and then acknowledged.  If it cannot be
 * delivered, the claim is released; if this program dies, the kernel releases
 * it.  Therefore no message is lost, but one may be delivered twice.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const char usage[] =
	"usage: msgq recv [OPTION]... QUEUE [OPTION]... [-- COMMAND [ARGUMENT]...]\n"
	"\n"
	"Receives a message and writes its text and a newline. With COMMAND, runs it for\n"
	"each message: the text is its standard input, and MSGQ_TYPE, MSGQ_MSQID and\n"
	"MSGQ_DELIVERIES are in its environment. A message is removed from the queue when\n"
	"it has been written, or when COMMAND has exited with 0; otherwise it goes back\n"
	"to the queue.\n"
	"\n"
	"  -m, --match=TYPE     which message, as in msgrcv(2): any (0), one of TYPE, or\n"
	"                       the first one of the lowest type up to TYPE (-TYPE)\n"
	"  -e, --except         with --match: one of any other type\n"
	"  -c, --count=NUMBER   receive this many messages (1)\n"
	"  -a, --all            receive all messages on the queue, and do not wait\n"
	"  -F, --follow         receive until the queue is removed\n"
	"  -n, --no-wait        fail if there is no message\n"
	"  -d, --deadline=TIME  how long to wait for all messages together: seconds from\n"
	"                       now, as 2 or 0.5, or until @SECONDS since 1970\n"
	"  -R, --raw            write only the text, without a newline\n"
	"  -j, --json           print an object for each message, one in a line; the text\n"
	"                       is \"text\", or \"base64\" if it is not UTF-8\n"
	"  -k, --key            QUEUE is a key, also as 69 or 0105\n"
	"  -h, --help           show this\n";

/* More than --count accepts. */
#define NO_COUNT	UINT64_MAX

/* The options of "msgq recv", and its state. */
struct receiving {
	struct name name;
	struct msgq_how how;
	struct delivery delivery;
	long msgtyp;
	uint64_t count;
	bool all;
	bool follow;

	int fd;
	char *buffer;
	uint32_t size;
};

/* Grow the buffer.  Returns false with errno. */
static bool recv_grow(struct receiving *receiving)
{
	uint32_t size = 8192;
	char *buffer;

	if (receiving->size == INT_MAX) {
		errno = E2BIG;
		return false;
	}
	if (receiving->size)
		size = receiving->size > INT_MAX / 2 ? INT_MAX :
						       2 * receiving->size;
	buffer = realloc(receiving->buffer, size);
	if (!buffer)
		return false;
	receiving->buffer = buffer;
	receiving->size = size;
	return true;
}

/* Claim the next message.  Returns false with errno. */
static bool recv_claim(struct receiving *receiving, struct msgq_message *entry)
{
	do {
		*entry = (struct msgq_message){
			.text = receiving->buffer,
			.size = receiving->size,
		};
		if (msgq_claimv(receiving->fd, entry, 1, receiving->msgtyp,
				&receiving->how) == 1)
			return true;
	} while (errno == EINTR || (errno == E2BIG && recv_grow(receiving)));
	return false;
}

static int recv_settle(struct receiving *receiving,
		       const struct msgq_message *entry, int status)
{
	if (status == DONE) {
		if (msgq_acknowledge(receiving->fd, &entry->token, 1) == 1)
			return DONE;
		return report_object(&receiving->name, "acknowledge the message");
	}
	if (msgq_release(receiving->fd, &entry->token, 1) == 1)
		fprintf(stderr, "msgq: queue %s: the message is back on the queue\n",
			receiving->name.text);
	else
		report_object(&receiving->name, "release the message");
	return status;
}

/* Is it no error that there are no more messages? */
static bool recv_is_complete(const struct receiving *receiving)
{
	if (errno == ETIMEDOUT)
		return receiving->all || receiving->follow;
	return errno == ENOMSG && receiving->all;
}

static int recv_all(struct receiving *receiving)
{
	struct msgq_message entry;
	int status;

	while (receiving->count) {
		if (!recv_claim(receiving, &entry)) {
			if (recv_is_complete(receiving))
				return DONE;
			return report_object(&receiving->name, "receive from it");
		}
		status = deliver(&receiving->delivery, &entry);
		status = recv_settle(receiving, &entry, status);
		if (status)
			return status;
		receiving->count--;
	}
	return DONE;
}

static void recv_option(struct receiving *receiving, int option)
{
	switch (option) {
	case 'm':
		receiving->msgtyp = parse_number("type to match", optarg, 10, LONG_MIN,
						 LONG_MAX);
		break;
	case 'e':
		receiving->how.msgflg |= MSG_EXCEPT;
		break;
	case 'c':
		receiving->count = (uint64_t)parse_number("count", optarg, 10, 0,
							  INT64_MAX);
		break;
	case 'a':
		receiving->all = true;
		receiving->how.msgflg |= IPC_NOWAIT;
		break;
	case 'F':
		receiving->follow = true;
		break;
	case 'n':
		receiving->how.msgflg |= IPC_NOWAIT;
		break;
	case 'd':
		parse_deadline(&receiving->how, optarg);
		break;
	case 'R':
		receiving->delivery.raw = true;
		break;
	case 'j':
		receiving->delivery.json = true;
		break;
	}
}

/* Open the queue: only the descriptor of a queue can claim. */
static int recv_open(struct receiving *receiving)
{
	struct msgq_open how = {
		.name = receiving->name.id,
		.flags = MSGQ_OPEN_READ,
	};

	receiving->fd = msgq_open(receiving->name.device, &how);
	if (receiving->fd == -1)
		return report_object(&receiving->name, "receive from it");
	receiving->delivery.msqid = receiving->name.id;
	return recv_grow(receiving) ? DONE : report_errno("message");
}

int cmd_recv(int argc, char **argv)
{
	static const struct option options[] = {
		{ "match", required_argument, NULL, 'm' },
		{ "except", no_argument, NULL, 'e' },
		{ "count", required_argument, NULL, 'c' },
		{ "all", no_argument, NULL, 'a' },
		{ "follow", no_argument, NULL, 'F' },
		{ "no-wait", no_argument, NULL, 'n' },
		{ "deadline", required_argument, NULL, 'd' },
		{ "raw", no_argument, NULL, 'R' },
		{ "json", no_argument, NULL, 'j' },
		{ "key", no_argument, NULL, 'k' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct receiving receiving = { .count = NO_COUNT };
	const char *queue = NULL;
	bool is_key = false;
	int option, status;

	while ((option = next_option_of_queue(argc, argv, "-m:ec:aFnd:Rjk",
					      options, usage,
					      &queue)) != -1) {
		if (option == 'k')
			is_key = true;
		else
			recv_option(&receiving, option);
	}
	if (!receiving.all && !receiving.follow && receiving.count == NO_COUNT)
		receiving.count = 1;
	if (receiving.all && receiving.follow)
		usage_error("--all and --follow exclude each other");
	if (receiving.delivery.raw && receiving.delivery.json)
		usage_error("--raw and --json exclude each other");
	receiving.name = parse_name(queue, is_key);
	if (optind < argc)
		receiving.delivery.command = argv + optind;

	/* Report a closed pipe as an error instead of dying. */
	signal(SIGPIPE, SIG_IGN);
	/* If SIGCHLD is ignored, waitpid() returns no status of a child. */
	signal(SIGCHLD, SIG_DFL);
	status = find_object(need_device(), &receiving.name) ?:
		 recv_open(&receiving) ?: recv_all(&receiving);
	free(receiving.buffer);
	return status;
}
