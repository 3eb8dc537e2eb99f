// SPDX-License-Identifier: MIT
/*
 * quota.c - the limits of users, and those that an instance is given from
 * outside
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "commands.h"

struct resource {
	const char *name;
	const char *meaning;
	unsigned int flag;
	size_t most, used;	/* where they are in struct msgq_quota */
};

#define RESOURCE(name, meaning, flag)					\
	{ #name, (meaning), (flag), offsetof(struct msgq_quota, name),	\
	  offsetof(struct msgq_quota, used_ ## name) }

static const struct resource queue_resources[] = {
	RESOURCE(queues, "queues", MSGQ_QUOTA_QUEUES),
	RESOURCE(bytes, "bytes that they may hold", MSGQ_QUOTA_BYTES),
	RESOURCE(messages, "messages on them", MSGQ_QUOTA_MESSAGES),
	{ .name = NULL },
}, set_resources[] = {
	RESOURCE(sets, "sets", MSGQ_QUOTA_SETS),
	RESOURCE(semaphores, "semaphores in them", MSGQ_QUOTA_SEMAPHORES),
	{ .name = NULL },
};

/* The first of the kind; the last is followed by one without a name. */
static const struct resource *first_resource(void)
{
	return kind == &set_kind ? set_resources : queue_resources;
}

static __u64 *limit_in(struct msgq_quota *quota, const struct resource *resource)
{
	return (__u64 *)((char *)quota + resource->most);
}

static __u64 used_in(const struct msgq_quota *quota,
		     const struct resource *resource)
{
	return *(const __u64 *)((const char *)quota + resource->used);
}

bool parse_quota(struct msgq_quota *quota, const char *word)
{
	const char *equals = strchr(word, '=');

	for (const struct resource *resource = first_resource();
	     equals && resource->name; resource++) {
		size_t length = strlen(resource->name);

		if ((size_t)(equals - word) != length ||
		    strncmp(word, resource->name, length))
			continue;
		quota->flags |= resource->flag;
		*limit_in(quota, resource) = strcmp(equals + 1, "none") ?
			(__u64)parse_number(resource->name, equals + 1, 10,
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
	for (const struct resource *resource = first_resource();
	     resource->name; resource++) {
		table_cell(PLAIN, "%s", resource->name);
		quota_cell(*limit_in(quota, resource), "none");
		quota_cell(used_in(quota, resource), "-");
		table_cell(PLAIN, "%s", resource->meaning);
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

	for (const struct resource *resource = first_resource();
	     resource->name; resource++) {
		snprintf(name, sizeof(name), "most_%s", resource->name);
		json_quota_value(name, *limit_in(quota, resource));
		json_quota_value(resource->name, used_in(quota, resource));
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

static void quota_json(struct msgq_quota *quota)
{
	json_begin(NULL, '{');
	json_text("user", user_name(quota->uid));
	json_integer("uid", quota->uid);
	json_quota(quota);
	json_end('}');
}

static void quota_row(struct msgq_quota *quota)
{
	table_cell(PLAIN, "%s", user_name(quota->uid));
	for (const struct resource *resource = first_resource();
	     resource->name; resource++) {
		quota_cell(used_in(quota, resource), "-");
		quota_cell(*limit_in(quota, resource), "none");
	}
}

void list_quotas(int device, bool json, bool heading)
{
	struct msgq_quotas all = read_quotas(device);
	struct msgq_quota *list = (struct msgq_quota *)(uintptr_t)all.quotas;

	if (json) {
		json_to(stdout);
		json_begin(NULL, '[');
	} else {
		table_begin(kind == &set_kind ? "user >sets >most >semaphores >most" :
			    "user >queues >most >bytes >most >messages >most");
	}
	for (unsigned int i = 0; i < all.count; i++) {
		if (json)
			quota_json(&list[i]);
		else
			quota_row(&list[i]);
	}
	if (json) {
		json_end(']');
		json_end_line();
	} else {
		table_end(heading);
	}
	free(list);
}

/*
 * The least that a new object takes of a resource: a queue takes more than one
 * byte.
 */
static __u64 least_of(int device, const struct resource *resource)
{
	return resource->flag == MSGQ_QUOTA_BYTES ?
		(__u64)device_limit(device, "msgmnb") : 1;
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
		for (const struct resource *resource = first_resource();
		     resource->name; resource++) {
			__u64 most = *limit_in(&quota, resource);

			if (most == MSGQ_UNLIMITED ||
			    used_in(&quota, resource) +
			    least_of(device, resource) <= most)
				continue;
			snprintf(text, sizeof(text), "the limit of %s on %s is %llu, and %llu are in use",
				 flags[i] ? "this instance" : "the user",
				 resource->name, (unsigned long long)most,
				 (unsigned long long)used_in(&quota, resource));
			return text;
		}
	}
	return NULL;
}
