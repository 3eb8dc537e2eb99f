// SPDX-License-Identifier: MIT
/*
 * version.c - "msgq version": the versions of the tool and the module
 */
#define _GNU_SOURCE
#include "commands.h"
#include "device.h"

static const char usage[] =
	"usage: msgq version [--json]\n"
	"\n"
	"Prints the version of this program and of the interface that it was built for,\n"
	"and the interface and features of the module, or why the device cannot be\n"
	"opened.\n"
	"\n"
	"  -j, --json           print an object\n"
	"  -h, --help           show this\n";

static const struct {
	uint64_t bit;
	const char *name;
} features[] = {
	{ MSGQ_FEATURE_TYPE_INDEX, "type index" },
	{ MSGQ_FEATURE_OPEN, "descriptors" },
	{ MSGQ_FEATURE_BATCH, "batches" },
	{ MSGQ_FEATURE_CLAIM, "claims" },
	{ MSGQ_FEATURE_COUNTS, "counts" },
	{ MSGQ_FEATURE_CLAIM_PROCESS, "claims end with their process" },
	{ MSGQ_FEATURE_WHO, "who" },
	{ MSGQ_FEATURE_NAMESPACES, "namespaces" },
	{ MSGQ_FEATURE_INSTANCES, "instances" },
	{ MSGQ_FEATURE_QUOTA, "quotas" },
	{ MSGQ_FEATURE_MOUNT, "mounts" },
	{ MSGQ_FEATURE_SEM, "semaphores" },
	{ MSGQ_FEATURE_SEM_UNDO, "semaphores undo" },
	{ MSGQ_FEATURE_SEM_WHO, "semaphores who" },
};

#define FEATURES	(sizeof(features) / sizeof(features[0]))

/* The members about the module; info is NULL without a device. */
static void version_json_module(const struct msgq_info *info)
{
	if (!info) {
		json_null("interface");
		json_null("features");
		return;
	}
	json_integer("interface", info->version);
	json_begin("features", '[');
	for (size_t i = 0; i < FEATURES; i++)
		if (info->features & features[i].bit)
			json_text(NULL, features[i].name);
	json_end(']');
}

static void version_json(const struct msgq_info *info)
{
	json_to(stdout);
	json_begin(NULL, '{');
	json_text("version", MSGQ_VERSION);
	json_integer("made_for", MSGQ_INTERFACE_VERSION);
	version_json_module(info);
	json_end('}');
	json_end_line();
}

static void version_show(const struct msgq_info *info, const char *why)
{
	printf("msgq %s, made for interface %u\n", MSGQ_VERSION,
	       MSGQ_INTERFACE_VERSION);
	if (!info) {
		printf("no device: %s: %s\n", msgq_device_path(), why);
		return;
	}
	printf("module: interface %u", info->version);
	for (size_t i = 0; i < FEATURES; i++)
		if (info->features & features[i].bit)
			printf(", %s", features[i].name);
	putchar('\n');
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
	const char *why;
	int device;

	while (next_option(argc, argv, "j", options, usage) != -1)
		json = true;
	no_more_operands(argc, argv);
	/* Without a module, only the version of the tool is shown. */
	device = msgq_device_why(&why);
	if (device != -1 && msgq_info(device, &info) == -1)
		return report_errno("version");

	if (json)
		version_json(device == -1 ? NULL : &info);
	else
		version_show(device == -1 ? NULL : &info, why);
	return DONE;
}
