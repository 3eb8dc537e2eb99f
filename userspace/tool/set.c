// SPDX-License-Identifier: MIT
/*
 * set.c - "msgq set": another owner, mode or size
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static const char usage[] =
	"usage: msgq set OPTION... QUEUE...\n"
	"\n"
	"Changes queues. Only the owner, the creator and root may do this.\n"
	"\n"
	"  -o, --owner=USER[:GROUP]  change the owner, or only the group (:GROUP)\n"
	"  -m, --mode=MODE      permissions as in chmod: 640\n"
	"  -b, --bytes=BYTES    how many bytes of text the queue may hold, with optional\n"
	"                       k, M or G of 1024\n"
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
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

int cmd_set(int argc, char **argv)
{
	static const struct option options[] = {
		{ "owner", required_argument, NULL, 'o' },
		{ "mode", required_argument, NULL, 'm' },
		{ "bytes", required_argument, NULL, 'b' },
		{ "key", no_argument, NULL, 'k' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct change change = { .set_owner = false };
	int option, device, status = DONE, changed;
	bool is_key = false, any = false;

	while ((option = next_option(argc, argv, "o:m:b:k", options,
				     usage)) != -1) {
		any |= option != 'k';
		switch (option) {
		case 'o':
			parse_owner(&change, optarg);
			break;
		case 'm':
			change.set_mode = true;
			change.mode = parse_mode(optarg);
			break;
		case 'b':
			change.set_bytes = true;
			change.bytes = parse_bytes(optarg, 0);
			break;
		case 'k':
			is_key = true;
			break;
		}
	}
	if (!any)
		usage_error("missing --owner, --mode or --bytes");
	if (optind == argc)
		usage_error("missing QUEUE");

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
