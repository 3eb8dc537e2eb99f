// SPDX-License-Identifier: MIT
/*
 * rm.c - "msgq rm": remove queues and their messages, or semaphore sets
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"

static const char queue_usage[] =
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
	SEM_USAGE
	"  -h, --help           show this\n"
	"\n"
	"--idle and --orphan select from the given queues, with --mine from the caller's\n"
	"queues, and otherwise from all queues.\n";

static const char set_usage[] =
	"usage: msgq rm --sem [OPTION]... SET...\n"
	"       msgq rm --sem [OPTION]... --all | --mine | --idle=TIME | --orphan\n"
	"\n"
	"Removes semaphore sets. On a terminal, asks for confirmation.\n"
	"\n"
	"  -a, --all            all sets\n"
	"  -M, --mine           all sets that the caller owns or has created\n"
	SET_STALE_USAGE
	"  -k, --key            each SET is a key, also as 69 or 0105\n"
	"  -y, --yes            do not ask\n"
	"  -h, --help           show this\n"
	"\n"
	"--idle and --orphan select from the given sets, with --mine from the caller's\n"
	"sets, and otherwise from all sets.\n";

static bool rm_is_mine(const struct object *object)
{
	uid_t me = geteuid();

	return object->perm.uid == me || object->perm.cuid == me;
}

/* Show an object that was selected by options and not by its name. */
static void rm_show(struct object *object)
{
	char key[16], age[32], contents[64];

	key_text(object, key, sizeof(key));
	last_text(object, age, sizeof(age));
	kind->contents(&(struct objects){ object, 1 }, contents,
		       sizeof(contents));
	fprintf(stderr, "%s %d, key %s, owner %s, %s, idle for %s\n",
		kind->noun, object->id, key, user_name(object->perm.uid),
		contents, age);
}

/* Ask the user, showing what will be removed. */
static bool rm_confirm(const struct objects *objects,
		       const struct choice *choice)
{
	char answer[16], contents[64];

	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	for (size_t i = 0; choice->filters && i < objects->count; i++)
		rm_show(&objects->list[i]);
	kind->contents(objects, contents, sizeof(contents));
	if (objects->count == 1 && objects->list[0].name)
		fprintf(stderr, "msgq: remove %s %s with %s? [y/N] ",
			kind->noun, objects->list[0].name, contents);
	else if (objects->count == 1)
		fprintf(stderr, "msgq: remove %s %d with %s? [y/N] ",
			kind->noun, objects->list[0].id, contents);
	else
		fprintf(stderr, "msgq: remove %zu %ss with %s? [y/N] ",
			objects->count, kind->noun, contents);
	return fgets(answer, sizeof(answer), stdin) &&
	       (*answer == 'y' || *answer == 'Y');
}

/*
 * A process may have used the object since it was selected, for example while
 * the user was asked.
 */
static bool rm_still_matches(int device, int id, const struct choice *choice)
{
	struct object object;

	if (!choice->filters || !read_object(device, id, &object) ||
	    matches_choice(device, &object, choice))
		return true;
	fprintf(stderr, "msgq: %s %d has been used since it was selected, and is kept\n",
		kind->noun, id);
	return false;
}

/* Remove the objects that were listed, and none that was created since. */
static int rm_objects(int device, const struct objects *objects,
		      const struct choice *choice)
{
	int status = DONE;
	char text[16];

	for (size_t i = 0; i < objects->count; i++) {
		struct name name = {
			.text = objects->list[i].name ?: text,
			.device = device, .id = objects->list[i].id,
		};

		if (!rm_still_matches(device, name.id, choice))
			continue;
		/* An object that another process has removed is no error. */
		if (!kind->remove(device, name.id) ||
		    errno == EINVAL || errno == EIDRM)
			continue;
		snprintf(text, sizeof(text), "%d", name.id);
		status = report_object(&name, "remove it");
	}
	return status;
}

static void rm_keep_mine(struct objects *objects)
{
	size_t kept = 0;

	for (size_t i = 0; i < objects->count; i++)
		if (rm_is_mine(&objects->list[i]))
			objects->list[kept++] = objects->list[i];
	objects->count = kept;
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
	struct objects objects;

	while ((option = next_option(argc, argv, "aMI:oky", options,
				     kind == &set_kind ? set_usage :
							 queue_usage)) != -1) {
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
		usage_error("missing %s", kind->operand);
	if ((all || mine) && optind < argc)
		usage_error("--%s takes no %s", all ? "all" : "mine",
			    kind->operand);

	device = need_device();
	if (optind < argc)
		status = find_named(device, &objects, argv + optind, is_key);
	else
		objects = read_objects(device);
	if (mine)
		rm_keep_mine(&objects);
	if (choice.filters)
		filter_and_sort(device, &objects, &choice);

	if (objects.count && !yes && !rm_confirm(&objects, &choice)) {
		fputs("msgq: nothing was removed\n", stderr);
		return FAILED;
	}
	removed = rm_objects(device, &objects, &choice);
	free(objects.list);
	return removed ? removed : status;
}
