// SPDX-License-Identifier: MIT
/*
 * ls.c - "msgq ls": a line for each queue or set
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "commands.h"

static const char queue_usage[] =
	"usage: msgq ls [OPTION]... [QUEUE]...\n"
	"       msgq ls --all-instances | --by-user [--json] [--no-heading]\n"
	"\n"
	"Lists all queues, or the given ones: key, identifier, owner, mode, bytes of\n"
	"text, messages; how full the queue is, in percent; tasks that wait to receive\n"
	"(rwait) and to send (swait); claimed messages; and the time since the last send,\n"
	"receive or change. \"-\" means that the caller may not read the queue.\n"
	"\n"
	QUEUE_CHOICE_USAGE
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
	"  -j, --json           print an array of objects\n"
	"  -H, --no-heading     print no headings\n"
	"  -A, --all-instances  list the sets of queues of all IPC namespaces: the number\n"
	"                       of the namespace, the first process in it, and how many\n"
	"                       queues, messages and bytes of text; for root\n"
	"  -U, --by-user        list the users that have queues or limits, in all IPC\n"
	"                       namespaces together; for root\n"
	SEM_USAGE
	"  -h, --help           show this\n"
	"\n"
	"With an option that selects queues (-u to -o), the exit status is 3 if no queue\n"
	"matches.\n";

static const char set_usage[] =
	"usage: msgq ls --sem [OPTION]... [SET]...\n"
	"       msgq ls --sem --all-instances | --by-user [--json] [--no-heading]\n"
	"\n"
	"Lists all semaphore sets, or the given ones: key, identifier, owner, mode, the\n"
	"number of semaphores (sems), tasks that wait, calls that have operated on the\n"
	"set (ops), and the time since the last operation or change. \"-\" means that the\n"
	"caller may not read the set.\n"
	"\n"
	SET_CHOICE_USAGE
	"  -k, --key            each SET is a key, also as 69 or 0105\n"
	"  -j, --json           print an array of objects\n"
	"  -H, --no-heading     print no headings\n"
	"  -A, --all-instances  list what all IPC namespaces have: the number of the\n"
	"                       namespace, the first process in it, and how many sets and\n"
	"                       semaphores; for root\n"
	"  -U, --by-user        list the users that have sets or limits, in all IPC\n"
	"                       namespaces together; for root\n"
	"  -h, --help           show this\n"
	"\n"
	"With an option that selects sets (-u to -o), the exit status is 3 if no set\n"
	"matches.\n";

/* The headings, as table_begin() reads them. */
static void ls_headings(char *to, size_t size)
{
	size_t used = 0;

	for (const struct column *column = kind->columns; column->name;
	     column++)
		if (!column->rate)
			used += (size_t)snprintf(to + used, size - used,
						 "%s%s%s", used ? " " : "",
						 column->left ? "" : ">",
						 column->name);
}

static void ls_row(const struct object *object)
{
	char text[64];

	for (const struct column *column = kind->columns; column->name;
	     column++) {
		if (column->rate)
			continue;
		cell_text(column, object, text, sizeof(text));
		table_cell(column->colour ? column->colour(object) : PLAIN,
			   "%s", text);
	}
}

static void ls_table(const struct objects *objects, bool heading)
{
	char headings[256];

	ls_headings(headings, sizeof(headings));
	table_begin(headings);
	for (size_t i = 0; i < objects->count; i++)
		ls_row(&objects->list[i]);
	table_end(heading);
}

/* Where a set of queues is: a folder, which others have named, or a process. */
static void place_cell(const struct instance *instance)
{
	char *shown = NULL;
	size_t size;
	FILE *to;

	if (!instance->mount) {
		table_cell(PLAIN, "%s", process_name(instance->pid));
		return;
	}
	to = open_memstream(&shown, &size);
	if (to) {
		show_text(to, instance->mount, strlen(instance->mount), 0);
		fclose(to);
	}
	table_cell(PLAIN, "%s", shown ?: "-");
	free(shown);
}

static void ls_instance_row(const struct instance *instance)
{
	const struct msgq_holding *holding = &instance->holding;

	if (holding->flags & MSGQ_HOLDING_MOUNT)
		table_cell(PLAIN, "%u:%u", major(holding->id),
			   minor(holding->id));
	else
		table_cell(PLAIN, "%llu", (unsigned long long)holding->id);
	if (instance->pid)
		table_cell(PLAIN, "%d", instance->pid);
	else
		table_cell(PLAIN, "-");
	place_cell(instance);
	if (kind == &set_kind) {
		table_cell(PLAIN, "%llu", (unsigned long long)holding->sets);
		table_cell(PLAIN, "%llu",
			   (unsigned long long)holding->semaphores);
		return;
	}
	table_cell(PLAIN, "%llu", (unsigned long long)holding->queues);
	table_cell(PLAIN, "%llu", (unsigned long long)holding->messages);
	table_cell(PLAIN, "%llu", (unsigned long long)holding->bytes);
}

static void ls_instance_json(const struct instance *instance)
{
	json_begin(NULL, '{');
	json_integer("instance", (long long)instance->holding.id);
	json_text("kind", instance->holding.flags & MSGQ_HOLDING_MOUNT ?
		  "mount" : "namespace");
	if (instance->pid) {
		json_integer("pid", instance->pid);
		json_text("command", process_name(instance->pid));
	} else {
		json_null("pid");
		json_null("command");
	}
	if (instance->mount)
		json_text("mount", instance->mount);
	else
		json_null("mount");
	if (kind == &set_kind) {
		json_integer("sets", (long long)instance->holding.sets);
		json_integer("semaphores",
			     (long long)instance->holding.semaphores);
	} else {
		json_integer("queues", (long long)instance->holding.queues);
		json_integer("messages", (long long)instance->holding.messages);
		json_integer("bytes", (long long)instance->holding.bytes);
	}
	json_end('}');
}

static void ls_instances(int device, bool json, bool heading)
{
	struct instances instances = read_instances(device);

	if (json) {
		json_to(stdout);
		json_begin(NULL, '[');
	} else {
		table_begin(kind == &set_kind ?
			    ">instance >process command/mount >sets >semaphores" :
			    ">instance >process command/mount >queues >messages >bytes");
	}
	for (size_t i = 0; i < instances.count; i++) {
		if (json)
			ls_instance_json(&instances.list[i]);
		else
			ls_instance_row(&instances.list[i]);
	}
	if (json) {
		json_end(']');
		json_end_line();
	} else {
		table_end(heading);
	}
	for (size_t i = 0; i < instances.count; i++)
		free(instances.list[i].mount);
	free(instances.list);
}

static void ls_objects(const struct objects *objects, bool json, bool heading)
{
	if (json) {
		json_to(stdout);
		json_objects(NULL, objects);
		json_end_line();
	} else {
		ls_table(objects, heading);
	}
}

#define LS_OPTIONS					\
	{ "key", no_argument, NULL, 'k' },		\
	{ "json", no_argument, NULL, 'j' },		\
	{ "no-heading", no_argument, NULL, 'H' },	\
	{ "all-instances", no_argument, NULL, 'A' },	\
	{ "by-user", no_argument, NULL, 'U' },		\
	HELP_OPTION,					\
	{ NULL, 0, NULL, 0 }
#define LS_LETTERS	"kjHAU"

static int ls_option(int argc, char **argv)
{
	static const struct option queue_options[] = {
		QUEUE_CHOICE_OPTIONS, LS_OPTIONS,
	}, set_options[] = {
		CHOICE_OPTIONS, LS_OPTIONS,
	};

	if (kind == &set_kind)
		return next_option(argc, argv, CHOICE_LETTERS LS_LETTERS,
				   set_options, set_usage);
	return next_option(argc, argv, QUEUE_CHOICE_LETTERS LS_LETTERS,
			   queue_options, queue_usage);
}

int cmd_ls(int argc, char **argv)
{
	bool is_key = false, json = false, heading = true;
	void (*list)(int device, bool json, bool heading) = NULL;
	struct choice choice = { .sort = NULL };
	int option, device, status = DONE;
	struct objects objects;

	while ((option = ls_option(argc, argv)) != -1) {
		if (option == 'k')
			is_key = true;
		else if (option == 'j')
			json = true;
		else if (option == 'H')
			heading = false;
		else if (option == 'A')
			list = ls_instances;
		else if (option == 'U')
			list = list_quotas;
		else
			read_choice(&choice, option);
	}

	if (list) {
		no_more_operands(argc, argv);
		list(need_device(), json, heading);
		return DONE;
	}

	device = need_device();
	if (optind < argc)
		status = find_named(device, &objects, argv + optind, is_key);
	else
		objects = read_objects(device);
	filter_and_sort(device, &objects, &choice);
	/* A caller that selects objects can test the result by the status. */
	if (choice.filters && !objects.count && !status)
		status = NO_QUEUE;
	ls_objects(&objects, json, heading);
	free(objects.list);
	return status;
}
