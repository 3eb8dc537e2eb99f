// SPDX-License-Identifier: MIT
/*
 * set.c - "msgq set": another owner, mode, size or value
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const char queue_usage[] =
	"usage: msgq set OPTION... QUEUE...\n"
	"\n"
	"Changes queues. Only the owner, the creator and root may do this.\n"
	"\n"
	"  -o, --owner=USER[:GROUP]  change the owner, or only the group (:GROUP)\n"
	"  -m, --mode=MODE      permissions as in chmod: 640\n"
	"  -b, --bytes=BYTES    how many bytes of text the queue may hold, with optional\n"
	"                       k, M or G of 1024\n"
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
	SEM_USAGE
	"  -h, --help           show this\n";

static const char set_usage[] =
	"usage: msgq set --sem OPTION... SET...\n"
	"\n"
	"Changes semaphore sets. Only the owner, the creator and root may change owner\n"
	"and mode; a value may be changed with permission to write.\n"
	"\n"
	"  -o, --owner=USER[:GROUP]  change the owner, or only the group (:GROUP)\n"
	"  -m, --mode=MODE      permissions as in chmod: 640\n"
	"  -V, --value=VALUE    the value of all semaphores, 0 to 32767; what processes\n"
	"                       have to take back when they end is forgotten\n"
	"  -S, --semaphore=NUMBER  set the value of this one only\n"
	"  -k, --key            each SET is a key, also as 69 or 0105\n"
	"  -h, --help           show this\n";

/* Parse USER, USER:GROUP or :GROUP. */
static void parse_owner(struct change *change, const char *text)
{
	char *copy = strdup(text), *colon = copy ? strchr(copy, ':') : NULL;

	if (!copy)
		exit(report_errno("owner"));
	if (colon) {
		*colon = '\0';
		change->set_group = true;
		change->group = parse_group(colon + 1);
	}
	if (colon != copy) {
		change->set_owner = true;
		change->owner = parse_user(copy);
	}
	free(copy);
}

/* Read an option that is not about the kind; false: it is another one. */
static bool read_perm_option(struct change *change, int option)
{
	switch (option) {
	case 'o':
		parse_owner(change, optarg);
		return true;
	case 'm':
		change->set_mode = true;
		change->mode = parse_mode(optarg);
		return true;
	}
	return false;
}

#define SET_OPTIONS					\
	{ "owner", required_argument, NULL, 'o' },	\
	{ "mode", required_argument, NULL, 'm' },	\
	{ "key", no_argument, NULL, 'k' },		\
	HELP_OPTION,					\
	{ NULL, 0, NULL, 0 }

static int set_option(int argc, char **argv)
{
	static const struct option queue_options[] = {
		{ "bytes", required_argument, NULL, 'b' },
		SET_OPTIONS,
	}, set_options[] = {
		{ "value", required_argument, NULL, 'V' },
		{ "semaphore", required_argument, NULL, 'S' },
		SET_OPTIONS,
	};

	if (kind == &set_kind)
		return next_option(argc, argv, "o:m:V:S:k", set_options,
				   set_usage);
	return next_option(argc, argv, "o:m:b:k", queue_options, queue_usage);
}

/* Read all options; returns whether each operand is a key. */
static bool read_changes(int argc, char **argv, struct change *change)
{
	bool is_key = false, any = false;
	int option;

	while ((option = set_option(argc, argv)) != -1) {
		any |= option != 'k' && option != 'S';
		is_key |= option == 'k';
		if (read_perm_option(change, option))
			continue;
		if (option == 'b') {
			change->set_bytes = true;
			change->bytes = parse_bytes(optarg, 0);
		} else if (option == 'V') {
			change->set_value = true;
			change->value = parse_value(optarg);
		} else if (option == 'S') {
			change->semaphore = (int)parse_number("semaphore",
							      optarg, 10, 0,
							      INT_MAX);
		}
	}
	if (change->semaphore != -1 && !change->set_value)
		usage_error("--semaphore needs --value");
	if (!any)
		usage_error("missing --owner, --mode or --%s",
			    kind == &set_kind ? "value" : "bytes");
	return is_key;
}

int cmd_set(int argc, char **argv)
{
	struct change change = { .semaphore = -1 };
	bool is_key = read_changes(argc, argv, &change);
	int device, status = DONE, changed;

	if (optind == argc)
		usage_error("missing %s", kind->operand);

	device = need_device();
	for (; optind < argc; optind++) {
		struct name name = parse_name(argv[optind], is_key);

		changed = find_object(device, &name) ?:
			  change_object(&name, &change);
		if (changed)
			status = changed;
	}
	return status;
}
