// SPDX-License-Identifier: MIT
/*
 * rm.c - "msgq rm": queues and their messages are removed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
	"usage: msgq rm [OPTION]... QUEUE...\n"
	"       msgq rm [OPTION]... --all | --mine\n"
	"\n"
	"Removes queues with their messages. On a terminal it asks first.\n"
	"\n"
	"  -a, --all            all queues\n"
	"  -M, --mine           all that the caller owns or has made\n"
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
	"  -y, --yes            do not ask\n"
	"  -h, --help           show this\n";

static bool is_mine(const struct queue *queue)
{
	uid_t me = geteuid();

	return queue->ds.msg_perm.uid == me || queue->ds.msg_perm.cuid == me;
}

/* What goes is told before, and how much. */
static bool agreed(const struct queues *queues)
{
	unsigned long messages = 0;
	char answer[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	for (size_t i = 0; i < queues->count; i++)
		messages += queues->list[i].ds.msg_qnum;
	if (queues->count == 1 && queues->list[0].named)
		fprintf(stderr, "msgq: remove queue %s with %lu messages? [y/N] ",
			queues->list[0].named, messages);
	else if (queues->count == 1)
		fprintf(stderr, "msgq: remove queue %d with %lu messages? [y/N] ",
			queues->list[0].msqid, messages);
	else
		fprintf(stderr, "msgq: remove %zu queues with %lu messages? [y/N] ",
			queues->count, messages);
	return fgets(answer, sizeof(answer), stdin) &&
	       (*answer == 'y' || *answer == 'Y');
}

/* Those that were looked at, and none that came since. */
static int remove_queues(int device, const struct queues *queues)
{
	int status = DONE;
	char text[16];

	for (size_t i = 0; i < queues->count; i++) {
		struct name name = {
			.text = queues->list[i].named ?: text,
			.device = device, .msqid = queues->list[i].msqid,
		};

		/* One that is gone by now is what was asked for. */
		if (!msgq_ctl(device, name.msqid, IPC_RMID, NULL) ||
		    errno == EINVAL || errno == EIDRM)
			continue;
		snprintf(text, sizeof(text), "%d", name.msqid);
		status = complain_of(&name, "remove it");
	}
	return status;
}

int cmd_rm(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "mine", no_argument, NULL, 'M' },
		{ "key", no_argument, NULL, 'k' },
		{ "yes", no_argument, NULL, 'y' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	bool all = false, mine = false, is_key = false, yes = false;
	int option, device, status = DONE, removed;
	struct queues queues;
	size_t left = 0;

	while ((option = next_option(argc, argv, "aMky", options,
				     usage)) != -1) {
		all |= option == 'a';
		mine |= option == 'M';
		is_key |= option == 'k';
		yes |= option == 'y';
	}
	if (all && mine)
		usage_error("--all and --mine exclude each other");
	if (!all && !mine && optind == argc)
		usage_error("missing QUEUE");
	if ((all || mine) && optind < argc)
		usage_error("--%s takes no QUEUE", all ? "all" : "mine");

	device = need_device();
	if (optind < argc)
		status = choose_named(device, &queues, argv + optind, is_key);
	else
		queues = read_queues(device);
	for (size_t i = 0; mine && i < queues.count; i++)
		if (is_mine(&queues.list[i]))
			queues.list[left++] = queues.list[i];
	if (mine)
		queues.count = left;

	if (queues.count && !yes && !agreed(&queues)) {
		fputs("msgq: nothing is removed\n", stderr);
		return FAILED;
	}
	removed = remove_queues(device, &queues);
	free(queues.list);
	return removed ? removed : status;
}
