// SPDX-License-Identifier: MIT
/*
 * limits.c - "msgq limits": show and change the limits
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

/* The value of msgtql that means no limit. */
#define NO_LIMIT	INT_MAX

static const char usage[] =
	"usage: msgq limits [--json]\n"
	"       msgq limits NAME=VALUE...\n"
	"\n"
	"Shows the limits, and how much of them is in use. Or changes limits, which only\n"
	"root may do; they are reset when the module is unloaded:\n"
	"\n"
	"  msgmax               bytes of text in one message, 0 to 2147483647\n"
	"  msgmnb               bytes of text on a new queue, 0 to 2147483647\n"
	"  msgmni               queues, 0 to 32768\n"
	"  msgtql               messages on all queues together, 0 to 2147483646, or none\n"
	"\n"
	"  -j, --json           print an object\n"
	"  -h, --help           show this\n"
	"\n"
	"A limit may be set below what is in use: nothing is removed.\n";

static const struct limit {
	const char *name;
	const char *meaning;
	int max;
} limits[] = {
	{ "msgmax", "bytes of text in one message", INT_MAX },
	{ "msgmnb", "bytes of text on a new queue", INT_MAX },
	{ "msgmni", "queues", 32768 },
	{ "msgtql", "messages on all queues", NO_LIMIT },
};

#define LIMITS	(sizeof(limits) / sizeof(limits[0]))

/* The value of a limit, and how much of it is in use; -1: unknown. */
static int limit_value(int device, const char *name, int *used)
{
	struct msginfo configured = { .msgmni = 0 }, current = { .msgmni = 0 };

	if (msgq_ctl(device, 0, IPC_INFO,
		     (struct msqid_ds *)&configured) == -1 ||
	    msgq_ctl(device, 0, MSG_INFO, (struct msqid_ds *)&current) == -1)
		exit(report_errno("limits"));
	*used = -1;
	if (!strcmp(name, "msgmax"))
		return configured.msgmax;
	if (!strcmp(name, "msgmnb"))
		return configured.msgmnb;
	if (!strcmp(name, "msgmni")) {
		*used = current.msgpool;
		return configured.msgmni;
	}
	*used = current.msgmap;
	/* The call returns a constant for msgtql. */
	return read_limit(name);
}

static void limits_show(int device)
{
	int used, value;

	table_begin("limit >value >used meaning");
	for (size_t i = 0; i < LIMITS; i++) {
		value = limit_value(device, limits[i].name, &used);
		table_cell(PLAIN, "%s", limits[i].name);
		if (value == -1)
			table_cell(PLAIN, "-");
		else if (value == NO_LIMIT && !strcmp(limits[i].name, "msgtql"))
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

static void limits_json(int device)
{
	int used, value;

	json_to(stdout);
	json_begin(NULL, '{');
	for (size_t i = 0; i < LIMITS; i++) {
		bool last = !strcmp(limits[i].name, "msgtql");

		value = limit_value(device, limits[i].name, &used);
		if (value == -1 || (last && value == NO_LIMIT))
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

/* Parse NAME=VALUE. */
static struct setting parse_setting(const char *word)
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
		setting.value = NO_LIMIT;
	else
		setting.value = (int)parse_number(limit->name, equals + 1, 10,
						  0, limit->max);
	return setting;
}

static int apply_setting(const struct setting *setting)
{
	if (!write_limit(setting->name, setting->value))
		return DONE;
	switch (errno) {
	case EACCES:
	case EPERM:
		fprintf(stderr, "msgq: limits: only root may change %s\n",
			setting->name);
		return NO_PERMISSION;
	default:
		return report_errno(setting->name);
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
	/* An invalid word changes no limit. */
	for (i = optind; i < argc; i++)
		parse_setting(argv[i]);

	device = need_device();
	for (i = optind; i < argc && status == DONE; i++) {
		struct setting setting = parse_setting(argv[i]);

		status = apply_setting(&setting);
	}
	if (optind == argc && json)
		limits_json(device);
	else if (optind == argc)
		limits_show(device);
	return status;
}
