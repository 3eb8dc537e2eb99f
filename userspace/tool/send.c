// SPDX-License-Identifier: MIT
/*
 * send.c - "msgq send": send arguments, a file, or standard input
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const char usage[] =
	"usage: msgq send [OPTION]... QUEUE [TEXT]...\n"
	"\n"
	"Sends each TEXT as a message; without TEXT, all of standard input as one\n"
	"message.\n"
	"\n"
	"  -f, --file=FILE      send the contents of FILE as one message\n"
	"  -l, --lines          send each line of standard input, without its newline\n"
	"  -L, --length=BYTES   send standard input in messages of this length\n"
	"  -T, --type=TYPE      the type of the messages (1)\n"
	"  -n, --no-wait        fail if there is no room\n"
	"  -d, --deadline=TIME  how long to wait for room, for all messages together:\n"
	"                       seconds from now, as 2 or 0.5, or until @SECONDS since\n"
	"                       1970\n"
	"  -k, --key            QUEUE is a key, also as 69 or 0105\n"
	"  -h, --help           show this\n";

/* The options of "msgq send", and its progress. */
struct sending {
	struct name name;
	struct msgq_how how;
	int64_t type;
	const char *file;
	size_t length;
	bool lines;
	unsigned long sent;
};

static int send_text(struct sending *sending, const char *text, size_t size)
{
	struct msgq_message entry = {
		.type = sending->type,
		.text = (void *)text,
		.size = (uint32_t)size,
	};
	int sent;

	if (size > INT_MAX) {
		errno = EMSGSIZE;
		return report_message(&sending->name, size);
	}
	do {
		sent = msgq_sendv(sending->name.device, &entry, 1,
				  &sending->how);
	} while (sent == -1 && errno == EINTR);
	if (sent == -1)
		return report_message(&sending->name, size);
	sending->sent++;
	return DONE;
}

/*
 * Read up to max bytes into a new buffer and set *size.  Returns NULL after a
 * message if reading failed.
 */
static char *send_read(FILE *file, const char *path, size_t max, size_t *size)
{
	size_t capacity = 4096, count;
	char *text = malloc(capacity);

	*size = 0;
	while (text && *size < max) {
		if (*size == capacity) {
			char *larger = realloc(text, 2 * capacity);

			if (!larger)
				free(text);
			text = larger;
			capacity *= 2;
			continue;
		}
		count = capacity - *size < max - *size ? capacity - *size :
						      max - *size;
		count = fread(text + *size, 1, count, file);
		if (!count)
			break;
		*size += count;
	}
	if (text && !ferror(file))
		return text;
	report_errno(path);
	free(text);
	return NULL;
}

/* One byte more than the limit is enough to have the message refused. */
static size_t send_size_limit(const struct sending *sending)
{
	struct msginfo info = { .msgmax = INT_MAX - 1 };

	msgq_ctl(sending->name.device, 0, IPC_INFO, (struct msqid_ds *)&info);
	return (size_t)info.msgmax + 1;
}

static int send_file(struct sending *sending, const char *path)
{
	bool standard = !strcmp(path, "-");
	FILE *file = standard ? stdin : fopen(path, "re");
	size_t size, max = send_size_limit(sending);
	int status = FAILED;
	char *text;

	if (!file)
		return report_errno(path);
	text = send_read(file, standard ? "standard input" : path, max, &size);
	if (text && size == max) {
		errno = EMSGSIZE;
		status = report_message(&sending->name, 0);
	} else if (text) {
		status = send_text(sending, text, size);
	}
	free(text);
	if (!standard)
		fclose(file);
	return status;
}

static int send_lines(struct sending *sending)
{
	int status = DONE;
	char *line = NULL;
	size_t capacity = 0;
	ssize_t size;

	while (status == DONE &&
	       (size = getline(&line, &capacity, stdin)) > 0) {
		if (line[size - 1] == '\n')
			size--;
		status = send_text(sending, line, (size_t)size);
	}
	if (status == DONE && !feof(stdin))
		status = report_errno("standard input");
	free(line);
	return status;
}

static int send_blocks(struct sending *sending)
{
	int status = DONE;
	size_t size;
	char *text;

	while (status == DONE) {
		text = send_read(stdin, "standard input", sending->length, &size);
		if (!text)
			return FAILED;
		if (size)
			status = send_text(sending, text, size);
		free(text);
		if (size < sending->length)
			break;
	}
	return status;
}

static void send_option(struct sending *sending, int option)
{
	switch (option) {
	case 'f':
		sending->file = optarg;
		break;
	case 'l':
		sending->lines = true;
		break;
	case 'L':
		sending->length = parse_bytes(optarg, 1);
		break;
	case 'T':
		sending->type = parse_number("type of a message", optarg, 10, 1,
					     INT64_MAX);
		break;
	case 'n':
		sending->how.msgflg |= IPC_NOWAIT;
		break;
	case 'd':
		parse_deadline(&sending->how, optarg);
		break;
	}
}

static int send_all(struct sending *sending, char **texts)
{
	int status = DONE;

	if (sending->lines)
		return send_lines(sending);
	if (sending->length)
		return send_blocks(sending);
	if (sending->file)
		return send_file(sending, sending->file);
	if (!*texts)
		return send_file(sending, "-");
	for (; *texts && status == DONE; texts++)
		status = send_text(sending, *texts, strlen(*texts));
	return status;
}

int cmd_send(int argc, char **argv)
{
	static const struct option options[] = {
		{ "file", required_argument, NULL, 'f' },
		{ "lines", no_argument, NULL, 'l' },
		{ "length", required_argument, NULL, 'L' },
		{ "type", required_argument, NULL, 'T' },
		{ "no-wait", no_argument, NULL, 'n' },
		{ "deadline", required_argument, NULL, 'd' },
		{ "key", no_argument, NULL, 'k' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct sending sending = { .type = 1 };
	bool is_key = false, several;
	int option, status;

	while ((option = next_option(argc, argv, "f:lL:T:nd:k", options,
				     usage)) != -1) {
		if (option == 'k')
			is_key = true;
		else
			send_option(&sending, option);
	}
	if (optind == argc)
		usage_error("missing QUEUE");
	if (sending.lines + !!sending.length + !!sending.file +
	    (argc - optind > 1) > 1)
		usage_error("TEXT, --file, --lines and --length exclude each other");

	several = sending.lines || sending.length || argc - optind > 2;
	sending.name = parse_name(argv[optind], is_key);
	status = find_object(need_device(), &sending.name);
	if (status)
		return status;
	sending.how.msqid = sending.name.id;
	status = send_all(&sending, argv + optind + 1);
	/* A user that tries again has to know where to continue. */
	if (status && several)
		fprintf(stderr, "msgq: send: %lu messages were sent before the error\n",
			sending.sent);
	return status;
}
