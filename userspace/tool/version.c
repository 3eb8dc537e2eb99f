// SPDX-License-Identifier: MIT
/*
 * version.c - "msgq version": what tool and module know
 */
#define _GNU_SOURCE
#include "tool.h"

static const char usage[] =
	"usage: msgq version [--json]\n"
	"\n"
	"Tells the version of this program, and of the interface that it was made for; and\n"
	"the interface of the module, with its features.\n"
	"\n"
	"  -j, --json           an object\n"
	"      --help           show this\n";

static const struct {
	uint64_t bit;
	const char *name;
} features[] = {
	{ MSGQ_FEATURE_TYPE_INDEX, "type index" },
	{ MSGQ_FEATURE_OPEN, "descriptors" },
	{ MSGQ_FEATURE_BATCH, "batches" },
	{ MSGQ_FEATURE_CLAIM, "claims" },
	{ MSGQ_FEATURE_COUNTS, "counts" },
};

#define FEATURES	(sizeof(features) / sizeof(features[0]))

static void show_json(const struct msgq_info *info)
{
	json_to(stdout);
	json_begin(NULL, '{');
	json_text("version", MSGQ_VERSION);
	json_integer("made_for", MSGQ_INTERFACE_VERSION);
	json_integer("interface", info->version);
	json_begin("features", '[');
	for (size_t i = 0; i < FEATURES; i++)
		if (info->features & features[i].bit)
			json_text(NULL, features[i].name);
	json_end(']');
	json_end('}');
	json_end_line();
}

int cmd_version(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct msgq_info info;
	bool json = false;

	while (next_option(argc, argv, "j", options, usage) != -1)
		json = true;
	if (optind < argc)
		wrong_usage(usage);
	if (msgq_info(need_device(), &info) == -1)
		return complain("version");

	if (json) {
		show_json(&info);
		return DONE;
	}
	printf("msgq %s, made for interface %u\n", MSGQ_VERSION,
	       MSGQ_INTERFACE_VERSION);
	printf("module: interface %u", info.version);
	for (size_t i = 0; i < FEATURES; i++)
		if (info.features & features[i].bit)
			printf(", %s", features[i].name);
	putchar('\n');
	return DONE;
}
