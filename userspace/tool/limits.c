// SPDX-License-Identifier: MIT
/*
 * limits.c - "msgq limits": what bounds the queues
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define FOLDER	"/proc/sys/msgq/"

/* This value of msgtql stands for no limit. */
#define NONE	INT_MAX

static const char usage[] =
	"usage: msgq limits [--json]\n"
	"       msgq limits NAME=VALUE...\n"
	"\n"
	"Shows the limits, and how much of them is in use; or changes them, as root may,\n"
	"until the module is unloaded:\n"
	"\n"
	"  msgmax               bytes of text in one message, 0 to 2147483647\n"
	"  msgmnb               bytes of text on a new queue, 0 to 2147483647\n"
	"  msgmni               queues, 0 to 32768\n"
	"  msgtql               messages on all queues together, 0 to 2147483646, or none\n"
	"\n"
	"  -j, --json           an object\n"
	"  -h, --help           show this\n"
	"\n"
	"What is less than there is now takes nothing away.\n";

static const struct limit {
	const char *name;
	const char *meaning;
	int most;
} limits[] = {
	{ "msgmax", "bytes of text in one message", INT_MAX },
	{ "msgmnb", "bytes of text on a new queue", INT_MAX },
	{ "msgmni", "queues", 32768 },
	{ "msgtql", "messages on all queues", NONE },
};

#define LIMITS	(sizeof(limits) / sizeof(limits[0]))

int read_limit(const char *name)
{
	char path[64];
	int value = -1;
	FILE *file;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/* The value, and what of it is in use: -1 is what nobody knows. */
static int value_of(int device, const char *name, int *used)
{
	struct msginfo most = { .msgmni = 0 }, now = { .msgmni = 0 };

	if (msgq_ctl(device, 0, IPC_INFO, (struct msqid_ds *)&most) == -1 ||
	    msgq_ctl(device, 0, MSG_INFO, (struct msqid_ds *)&now) == -1)
		exit(complain("limits"));
	*used = -1;
	if (!strcmp(name, "msgmax"))
		return most.msgmax;
	if (!strcmp(name, "msgmnb"))
		return most.msgmnb;
	if (!strcmp(name, "msgmni")) {
		*used = now.msgpool;
		return most.msgmni;
	}
	*used = now.msgmap;
	/* Of this the call tells a constant. */
	return read_limit(name);
}

static void show(int device)
{
	int used, value;

	table_begin("limit >value >used meaning");
	for (size_t i = 0; i < LIMITS; i++) {
		value = value_of(device, limits[i].name, &used);
		table_cell(PLAIN, "%s", limits[i].name);
		if (value == -1)
			table_cell(PLAIN, "-");
		else if (value == NONE && !strcmp(limits[i].name, "msgtql"))
			table_cell(PLAIN, "none");
		else
			table_cell(PLAIN, "%d", value);
		if (used == -1)
			table_cell(PLAIN, "-");
		else
			table_cell(PLAIN, "%d", used);
		table_cell(PLAIN, "%s", limits[i].meaning);
	}
	table_end(true);
}

static void show_json(int device)
{
	int used, value;

	json_to(stdout);
	json_begin(NULL, '{');
	for (size_t i = 0; i < LIMITS; i++) {
		bool last = !strcmp(limits[i].name, "msgtql");

		value = value_of(device, limits[i].name, &used);
		if (value == -1 || (last && value == NONE))
			json_null(limits[i].name);
		else
			json_integer(limits[i].name, value);
		if (used != -1)
			json_integer(last ? "messages" : "queues", used);
	}
	json_end('}');
	json_end_line();
}

struct setting {
	const char *name;
	int value;
};

/* What NAME=VALUE says. */
static struct setting setting_of(const char *word)
{
	const char *equals = strchr(word, '=');
	struct setting setting = {};
	const struct limit *limit = NULL;

	for (size_t i = 0; equals && i < LIMITS; i++) {
		size_t length = strlen(limits[i].name);

		if ((size_t)(equals - word) == length &&
		    !strncmp(word, limits[i].name, length))
			limit = &limits[i];
	}
	if (!limit)
		word_error("invalid limit '%s': must be msgmax, msgmnb, msgmni or msgtql with a value, as msgmax=8192",
			   word);

	setting.name = limit->name;
	if (!strcmp(limit->name, "msgtql") && !strcmp(equals + 1, "none"))
		setting.value = NONE;
	else
		setting.value = (int)number(limit->name, equals + 1, 10, 0,
					    limit->most);
	return setting;
}

static int write_file(const char *name, int value)
{
	char path[64], text[16];
	int fd, length, error;
	ssize_t written;

	snprintf(path, sizeof(path), FOLDER "%s", name);
	length = snprintf(text, sizeof(text), "%d", value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	written = write(fd, text, (size_t)length);
	error = errno;
	close(fd);
	errno = error;
	return written == length ? 0 : -1;
}

static int apply(const struct setting *setting)
{
	if (!write_file(setting->name, setting->value))
		return DONE;
	switch (errno) {
	case EACCES:
	case EPERM:
		fprintf(stderr, "msgq: limits: only root may change %s\n",
			setting->name);
		return NO_RIGHT;
	default:
		return complain(setting->name);
	}
}

int cmd_limits(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	int device, i, status = DONE;
	bool json = false;

	while (next_option(argc, argv, "j", options, usage) != -1)
		json = true;
	/* All or none, as far as that is told by the words. */
	for (i = optind; i < argc; i++)
		setting_of(argv[i]);

	device = need_device();
	for (i = optind; i < argc && status == DONE; i++) {
		struct setting setting = setting_of(argv[i]);

		status = apply(&setting);
	}
	if (optind == argc && json)
		show_json(device);
	else if (optind == argc)
		show(device);
	return status;
}
