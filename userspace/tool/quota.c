// SPDX-License-Identifier: MIT
/*
 * quota.c - the limits of users, and those that an instance is given from
 * outside
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "tool.h"

static const struct {
	const char *name;
	const char *meaning;
	unsigned int flag;
} resources[] = {
	{ "queues", "queues", MSGQ_QUOTA_QUEUES },
	{ "bytes", "bytes that they may hold", MSGQ_QUOTA_BYTES },
	{ "messages", "messages on them", MSGQ_QUOTA_MESSAGES },
};

#define RESOURCES	(sizeof(resources) / sizeof(resources[0]))

static __u64 *limit_in(struct msgq_quota *quota, size_t resource)
{
	return resource == 0 ? &quota->queues :
	       resource == 1 ? &quota->bytes : &quota->messages;
}

static __u64 used_in(const struct msgq_quota *quota, size_t resource)
{
	return resource == 0 ? quota->used_queues :
	       resource == 1 ? quota->used_bytes : quota->used_messages;
}

bool parse_quota(struct msgq_quota *quota, const char *word)
{
	const char *equals = strchr(word, '=');

	for (size_t i = 0; equals && i < RESOURCES; i++) {
		size_t length = strlen(resources[i].name);

		if ((size_t)(equals - word) != length ||
		    strncmp(word, resources[i].name, length))
			continue;
		quota->flags |= resources[i].flag;
		*limit_in(quota, i) = strcmp(equals + 1, "none") ?
			(__u64)parse_number(resources[i].name, equals + 1, 10,
					    0, INT64_MAX) : MSGQ_UNLIMITED;
		return true;
	}
	return false;
}

int exchange_quota(int device, struct msgq_quota *quota)
{
	if (!ioctl(device, MSGQ_IOC_QUOTA, quota))
		return DONE;
	switch (errno) {
	case EPERM:
		fprintf(stderr, "msgq: limits: only root may do this\n");
		return NO_PERMISSION;
	case ENOTTY:
		fprintf(stderr, "msgq: limits: this module has no limits of users\n");
		return FAILED;
	default:
		return report_errno("limits");
	}
}

static void quota_cell(__u64 value, const char *unlimited)
{
	if (value == MSGQ_UNLIMITED)
		table_cell(PLAIN, "%s", unlimited);
	else
		table_cell(PLAIN, "%llu", (unsigned long long)value);
}

void show_quota(struct msgq_quota *quota)
{
	table_begin("limit >value >used meaning");
	for (size_t i = 0; i < RESOURCES; i++) {
		table_cell(PLAIN, "%s", resources[i].name);
		quota_cell(*limit_in(quota, i), "none");
		quota_cell(used_in(quota, i), "-");
		table_cell(PLAIN, "%s", resources[i].meaning);
	}
	table_end(true);
}

static void json_quota_value(const char *name, __u64 value)
{
	if (value == MSGQ_UNLIMITED)
		json_null(name);
	else
		json_integer(name, (long long)value);
}

void json_quota(struct msgq_quota *quota)
{
	char name[32];

	for (size_t i = 0; i < RESOURCES; i++) {
		snprintf(name, sizeof(name), "most_%s", resources[i].name);
		json_quota_value(name, *limit_in(quota, i));
		json_quota_value(resources[i].name, used_in(quota, i));
	}
}

static int compare_quotas(const void *left, const void *right)
{
	const struct msgq_quota *a = left, *b = right;

	return a->uid < b->uid ? -1 : a->uid > b->uid;
}

/* Read the quotas of all users, or end the program. */
static struct msgq_quotas read_quotas(int device)
{
	struct msgq_quotas arg = { .size = sizeof(struct msgq_quota) };
	struct msgq_quota *list = NULL;

	do {
		/* Users may have come since they were counted. */
		arg.count = arg.total + 16;
		free(list);
		list = calloc(arg.count, sizeof(*list));
		arg.quotas = (uintptr_t)list;
		if (!list)
			exit(report_errno("users"));
		if (!ioctl(device, MSGQ_IOC_QUOTAS, &arg))
			continue;
		if (errno == EPERM) {
			fprintf(stderr, "msgq: only root may list all users\n");
			exit(NO_PERMISSION);
		}
		exit(report_errno("users"));
	} while (arg.count < arg.total);
	qsort(list, arg.count, sizeof(*list), compare_quotas);
	return arg;
}

void list_quotas(int device, bool json, bool heading)
{
	struct msgq_quotas all = read_quotas(device);
	struct msgq_quota *list = (struct msgq_quota *)(uintptr_t)all.quotas;

	if (json) {
		json_to(stdout);
		json_begin(NULL, '[');
	} else {
		table_begin("user >queues >most >bytes >most >messages >most");
	}
	for (unsigned int i = 0; i < all.count; i++) {
		if (json) {
			json_begin(NULL, '{');
			json_text("user", user_name(list[i].uid));
			json_integer("uid", list[i].uid);
			json_quota(&list[i]);
			json_end('}');
			continue;
		}
		table_cell(PLAIN, "%s", user_name(list[i].uid));
		for (size_t j = 0; j < RESOURCES; j++) {
			quota_cell(used_in(&list[i], j), "-");
			quota_cell(*limit_in(&list[i], j), "none");
		}
	}
	if (json) {
		json_end(']');
		json_end_line();
	} else {
		table_end(heading);
	}
	free(list);
}

const char *reached_quota(int device)
{
	static char text[128];
	const unsigned int flags[] = { 0, MSGQ_QUOTA_INSTANCE };

	for (size_t i = 0; i < 2; i++) {
		struct msgq_quota quota = {
			.uid = flags[i] ? 0 : geteuid(),
			.flags = flags[i],
		};

		if (ioctl(device, MSGQ_IOC_QUOTA, &quota))
			continue;
		for (size_t j = 0; j < RESOURCES; j++) {
			__u64 most = *limit_in(&quota, j);

			/* A queue takes more than one byte. */
			if (most == MSGQ_UNLIMITED ||
			    used_in(&quota, j) + (j == 1 ? device_limit(device, "msgmnb") : 1) <= most)
				continue;
			snprintf(text, sizeof(text), "the limit of %s on %s is %llu, and %llu are in use",
				 flags[i] ? "this instance" : "the user",
				 resources[j].name, (unsigned long long)most,
				 (unsigned long long)used_in(&quota, j));
			return text;
		}
	}
	return NULL;
}
