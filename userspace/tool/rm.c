// SPDX-License-Identifier: MIT
/*
 * rm.c - "msgq rm": remove queues and their messages
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "tool.h"

static const char usage[] =
	"usage: msgq rm [OPTION]... QUEUE...\n"
	"       msgq rm [OPTION]... --all | --mine | --idle=TIME | --orphan\n"
	"\n"
	"Removes queues and their messages. On a terminal, asks for confirmation.\n"
	"\n"
	"  -a, --all            all queues\n"
	"  -M, --mine           all queues that the caller owns or has created\n"
	STALE_USAGE
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
	"  -y, --yes            do not ask\n"
	"  -h, --help           show this\n"
	"\n"
	"--idle and --orphan select from the given queues, with --mine from the caller's\n"
	"queues, and otherwise from all queues.\n";

static bool rm_is_mine(const struct object *queue)
{
	uid_t me = geteuid();

	return queue->ds.msg_perm.uid == me || queue->ds.msg_perm.cuid == me;
}

/* Show a queue that was selected by options and not by its name. */
static void rm_show(const struct object *queue)
{
	char key[16], age[32];

	show_key(key, sizeof(key), queue->ds.msg_perm.__key);
	show_age(age, sizeof(age), last_activity(queue), time(NULL));
	fprintf(stderr, "queue %d, key %s, owner %s, %lu messages, idle for %s\n",
		queue->id, key, user_name(queue->ds.msg_perm.uid),
		(unsigned long)queue->ds.msg_qnum, age);
}

/* Ask the user, showing what will be removed. */
static bool rm_confirm(const struct objects *queues, const struct choice *choice)
{
	char answer[16];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	for (size_t i = 0; choice->filters && i < queues->count; i++)
		rm_show(&queues->list[i]);
	if (queues->count == 1 && queues->list[0].name)
		fprintf(stderr, "msgq: remove queue %s with %llu messages? [y/N] ",
			queues->list[0].name, contents_of(queues).messages);
	else if (queues->count == 1)
		fprintf(stderr, "msgq: remove queue %d with %llu messages? [y/N] ",
			queues->list[0].id, contents_of(queues).messages);
	else
		fprintf(stderr, "msgq: remove %zu queues with %llu messages? [y/N] ",
			queues->count, contents_of(queues).messages);
	return fgets(answer, sizeof(answer), stdin) &&
	       (*answer == 'y' || *answer == 'Y');
}

/*
 * A process may have used the queue since it was selected, for example while
 * the user was asked.
 */
static bool rm_still_matches(int device, int msqid, const struct choice *choice)
{
	struct object queue;

	if (!choice->filters || !read_object(device, msqid, &queue) ||
	    matches_choice(&queue, choice))
		return true;
	fprintf(stderr, "msgq: queue %d has been used since it was selected, and is kept\n",
		msqid);
	return false;
}

/* Remove the queues that were listed, and none that was created since. */
static int rm_queues(int device, const struct objects *queues,
		     const struct choice *choice)
{
	int status = DONE;
	char text[16];

	for (size_t i = 0; i < queues->count; i++) {
		struct name name = {
			.text = queues->list[i].name ?: text,
			.device = device, .id = queues->list[i].id,
		};

		if (!rm_still_matches(device, name.id, choice))
			continue;
		/* A queue that another process has removed is no error. */
		if (!msgq_ctl(device, name.id, IPC_RMID, NULL) ||
		    errno == EINVAL || errno == EIDRM)
			continue;
		snprintf(text, sizeof(text), "%d", name.id);
		status = report_object(&name, "remove it");
	}
	return status;
}

static void rm_keep_mine(struct objects *queues)
{
	size_t kept = 0;

	for (size_t i = 0; i < queues->count; i++)
		if (rm_is_mine(&queues->list[i]))
			queues->list[kept++] = queues->list[i];
	queues->count = kept;
}

int cmd_rm(int argc, char **argv)
{
	static const struct option options[] = {
		{ "all", no_argument, NULL, 'a' },
		{ "mine", no_argument, NULL, 'M' },
		STALE_OPTIONS,
		{ "key", no_argument, NULL, 'k' },
		{ "yes", no_argument, NULL, 'y' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	bool all = false, mine = false, is_key = false, yes = false;
	int option, device, status = DONE, removed;
	struct choice choice = { .sort = NULL };
	struct objects queues;

	while ((option = next_option(argc, argv, "aMI:oky", options,
				     usage)) != -1) {
		all |= option == 'a';
		mine |= option == 'M';
		is_key |= option == 'k';
		yes |= option == 'y';
		if (option == 'I' || option == 'o')
			read_choice(&choice, option);
	}
	if (all && mine)
		usage_error("--all and --mine exclude each other");
	if (!all && !mine && !choice.filters && optind == argc)
		usage_error("missing QUEUE");
	if ((all || mine) && optind < argc)
		usage_error("--%s takes no QUEUE", all ? "all" : "mine");

	device = need_device();
	if (optind < argc)
		status = find_named(device, &queues, argv + optind, is_key);
	else
		queues = read_objects(device);
	if (mine)
		rm_keep_mine(&queues);
	if (choice.filters)
		filter_and_sort(&queues, &choice);

	if (queues.count && !yes && !rm_confirm(&queues, &choice)) {
		fputs("msgq: nothing was removed\n", stderr);
		return FAILED;
	}
	removed = rm_queues(device, &queues, &choice);
	free(queues.list);
	return removed ? removed : status;
}
