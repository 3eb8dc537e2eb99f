// SPDX-License-Identifier: MIT
/*
 * limits.c - "msgq limits": show and change the limits
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"

/* The value of msgtql that means no limit. */
#define NO_LIMIT	INT_MAX

static const char queue_usage[] =
	"usage: msgq limits [--json]\n"
	"       msgq limits NAME=VALUE...\n"
	"       msgq limits --user=USER | --bound [--json | NAME=VALUE...]\n"
	"\n"
	"Shows the limits, and how much of them is in use. Or changes limits, which only\n"
	"root may do; they are reset when the module is unloaded:\n"
	"\n"
	"  msgmax               bytes of text in one message, 0 to 2147483647\n"
	"  msgmnb               bytes of text on a new queue, 0 to 2147483647\n"
	"  msgmni               queues, 0 to 32768\n"
	"  msgtql               messages on all queues together, 0 to 2147483646, or none\n"
	"\n"
	"  -u, --user=USER      the limits of a user, below\n"
	"  -b, --bound          the same for all users of this IPC namespace together,\n"
	"                       beside the limits above, which its own root may change\n"
	"  -j, --json           print an object\n"
	SEM_USAGE
	"  -h, --help           show this\n"
	"\n"
	"  queues               queues that the user has created, or others in user\n"
	"                       namespaces of the user\n"
	"  bytes                bytes of text that they may hold\n"
	"  messages             messages on them\n"
	"\n"
	"The value of these is a number or none.\n"
	"A limit may be set below what is in use: nothing is removed.\n";

static const char set_usage[] =
	"usage: msgq limits --sem [--json]\n"
	"       msgq limits --sem NAME=VALUE...\n"
	"       msgq limits --sem --user=USER | --bound [--json | NAME=VALUE...]\n"
	"\n"
	"Shows the limits on semaphore sets, and how much of them is in use. Or changes\n"
	"limits, which only root may do; they are reset when the module is unloaded:\n"
	"\n"
	"  semmsl               semaphores in a new set, 0 to 2147483647\n"
	"  semmns               semaphores in all sets together, 0 to 2147483647\n"
	"  semopm               operations in a call, 0 to 2147483647\n"
	"  semmni               sets, 0 to 32768\n"
	"\n"
	"  -u, --user=USER      the limits of a user, below\n"
	"  -b, --bound          the same for all users of this IPC namespace together,\n"
	"                       beside the limits above, which its own root may change\n"
	"  -j, --json           print an object\n"
	"  -h, --help           show this\n"
	"\n"
	"  sets                 sets that the user has created, or others in user\n"
	"                       namespaces of the user\n"
	"  semaphores           semaphores in them\n"
	"\n"
	"The value of these is a number or none.\n"
	"A limit may be set below what is in use: nothing is removed.\n";

static const struct limit {
	const char *name;
	const char *meaning;
	int max;
	const char *used;	/* in JSON, what is in use; or NULL */
} queue_limits[] = {
	{ "msgmax", "bytes of text in one message", INT_MAX, NULL },
	{ "msgmnb", "bytes of text on a new queue", INT_MAX, NULL },
	{ "msgmni", "queues", 32768, "queues" },
	{ "msgtql", "messages on all queues", NO_LIMIT, "messages" },
}, set_limits[] = {
	{ "semmsl", "semaphores in a new set", INT_MAX, NULL },
	{ "semmns", "semaphores in all sets", INT_MAX, "semaphores" },
	{ "semopm", "operations in a call", INT_MAX, NULL },
	{ "semmni", "sets", 32768, "sets" },
};

#define LIMITS	(sizeof(queue_limits) / sizeof(queue_limits[0]))
_Static_assert(sizeof(set_limits) == sizeof(queue_limits),
	       "both kinds have the same number of limits");

/* The limits of the kind. */
static const struct limit *kind_limits(void)
{
	return kind == &set_kind ? set_limits : queue_limits;
}

/* The value of a limit, and how much of it is in use; -1: unknown. */
static int queue_limit_value(int device, const char *name, int *used)
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
	return device_limit(device, name);
}

/* The same for sets. */
static int set_limit_value(int device, const char *name, int *used)
{
	struct seminfo info;

	if (read_set_limits(device, &info) == -1)
		exit(report_errno("limits"));
	*used = -1;
	if (!strcmp(name, "semmsl"))
		return info.semmsl;
	if (!strcmp(name, "semopm"))
		return info.semopm;
	/* The call for what is in use returns it in these. */
	if (!strcmp(name, "semmns")) {
		*used = info.semaem;
		return info.semmns;
	}
	*used = info.semusz;
	return info.semmni;
}

static int limit_value(int device, const char *name, int *used)
{
	return kind == &set_kind ? set_limit_value(device, name, used) :
				   queue_limit_value(device, name, used);
}

static void limits_show(int device)
{
	const struct limit *limits = kind_limits();
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
	const struct limit *limits = kind_limits();
	int used, value;

	json_to(stdout);
	json_begin(NULL, '{');
	for (size_t i = 0; i < LIMITS; i++) {
		value = limit_value(device, limits[i].name, &used);
		if (value == -1 || (value == NO_LIMIT &&
				    !strcmp(limits[i].name, "msgtql")))
			json_null(limits[i].name);
		else
			json_integer(limits[i].name, value);
		if (used != -1)
			json_integer(limits[i].used, used);
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
	const struct limit *limits = kind_limits(), *limit = NULL;
	const char *equals = strchr(word, '=');
	struct setting setting = {};

	for (size_t i = 0; equals && i < LIMITS; i++) {
		size_t length = strlen(limits[i].name);

		if ((size_t)(equals - word) == length &&
		    !strncmp(word, limits[i].name, length))
			limit = &limits[i];
	}
	if (!limit)
		word_error("invalid limit '%s': must be %s, %s, %s or %s with a value, as %s=8192",
			   word, limits[0].name, limits[1].name,
			   limits[2].name, limits[3].name, limits[0].name);

	setting.name = limit->name;
	if (!strcmp(limit->name, "msgtql") && !strcmp(equals + 1, "none"))
		setting.value = NO_LIMIT;
	else
		setting.value = (int)parse_number(limit->name, equals + 1, 10,
						  0, limit->max);
	return setting;
}

static int apply_setting(int device, const struct setting *setting)
{
	if (!set_device_limit(device, setting->name, setting->value))
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

/* Set the limits of a user or of this instance, or show them. */
static int limits_quota(struct msgq_quota *quota, char **words, bool json)
{
	bool shows = !*words;
	int status;

	for (; *words; words++)
		if (!parse_quota(quota, *words))
			word_error(kind == &set_kind ?
				   "invalid limit '%s': must be sets or semaphores with a value, as sets=10" :
				   "invalid limit '%s': must be queues, bytes or messages with a value, as queues=10",
				   *words);
	status = exchange_quota(need_device(), quota);
	if (status != DONE || !shows)
		return status;
	if (json) {
		json_to(stdout);
		json_begin(NULL, '{');
		json_quota(quota);
		json_end('}');
		json_end_line();
	} else {
		show_quota(quota);
	}
	return status;
}

int cmd_limits(int argc, char **argv)
{
	static const struct option options[] = {
		{ "user", required_argument, NULL, 'u' },
		{ "bound", no_argument, NULL, 'b' },
		{ "json", no_argument, NULL, 'j' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	int device, i, option, status = DONE;
	struct msgq_quota quota = { .uid = 0 };
	bool json = false, quotas = false;

	while ((option = next_option(argc, argv, "u:bj", options,
				     kind == &set_kind ? set_usage :
							 queue_usage)) != -1) {
		if (option == 'j') {
			json = true;
			continue;
		}
		quotas = true;
		quota.flags = option == 'b' ? MSGQ_QUOTA_INSTANCE : 0;
		quota.uid = option == 'u' ? parse_user(optarg) : 0;
	}
	if (quotas)
		return limits_quota(&quota, argv + optind, json);

	/* An invalid word changes no limit. */
	for (i = optind; i < argc; i++)
		parse_setting(argv[i]);

	device = need_device();
	for (i = optind; i < argc && status == DONE; i++) {
		struct setting setting = parse_setting(argv[i]);

		status = apply_setting(device, &setting);
	}
	if (optind == argc && json)
		limits_json(device);
	else if (optind == argc)
		limits_show(device);
	return status;
}
