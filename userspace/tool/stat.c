// SPDX-License-Identifier: MIT
/*
 * stat.c - "msgq stat": the state and the counts of queues and sets
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "commands.h"

static const char queue_usage[] =
	"usage: msgq stat [OPTION]... QUEUE...\n"
	"       msgq stat --total [--json]\n"
	"\n"
	"Shows the state of queues, and counts since each was created: messages sent and\n"
	"received, waits, sends that found the queue full, claims, and claims that\n"
	"returned their message to the queue.\n"
	"\n"
	"  -t, --total          the sums of all queues, with counts since the module was\n"
	"                       loaded, which include removed queues\n"
	"  -k, --key            each QUEUE is a key, also as 69 or 0105\n"
	"  -j, --json           print an array of objects with the same members as\n"
	"                       msgq ls --json\n"
	SEM_USAGE
	"  -h, --help           show this\n";

static const char set_usage[] =
	"usage: msgq stat --sem [OPTION]... SET...\n"
	"\n"
	"Shows the state of semaphore sets and of each of their semaphores: its value,\n"
	"the process that changed it last, and how many tasks wait until the value is\n"
	"higher (more) and until it is 0 (zero).\n"
	"\n"
	"  -k, --key            each SET is a key, also as 69 or 0105\n"
	"  -j, --json           print an array of objects with the members of\n"
	"                       msgq ls --sem --json, and the semaphores\n"
	"  -h, --help           show this\n";

static void stat_ids(const char *what, uid_t uid, gid_t gid)
{
	printf("  %-14s %s (%u), ", what, user_name(uid), uid);
	printf("group %s (%u)\n", group_name(gid), gid);
}

static void stat_time(const char *what, time_t when, pid_t pid)
{
	char text[64] = "never";

	if (when)
		strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S",
			 localtime(&when));
	printf("  %-14s %s", what, text);
	if (pid)
		printf(" by process %d", pid);
	putchar('\n');
}

static void stat_state(const struct msgq_state *state)
{
	printf("  %-14s %llu\n", "claimed", (unsigned long long)state->claimed);
	printf("  %-14s %u to receive, %u to send\n", "waiting",
	       state->receivers, state->senders);
	printf("  %-14s %u%s\n", "descriptors", state->descriptors,
	       state->flags & MSGQ_STATE_TEMPORARY ?
	       "; removed with the last one" : "");
}

static void stat_counts(const struct msgq_counts *counts)
{
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "sent", counts->sent },
		{ "received", counts->received },
		{ "waits", counts->waits },
		{ "found full", counts->full },
		{ "claims", counts->claims },
		{ "returned", counts->returned },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		printf("  %-14s %llu\n", rows[i].name,
		       (unsigned long long)rows[i].value);
}

/* What objects of all kinds have. */
static void stat_common(const struct object *object)
{
	const struct ipc_perm *perm = &object->perm;
	char key[16];

	show_key(key, sizeof(key), perm->__key);
	printf("%s%s %d%s\n", colour_begin(BOLD), kind->noun, object->id,
	       colour_end(BOLD));
	printf("  %-14s %s%s\n", "key", key, perm->__key ? "" : ", private");
	stat_ids("owner", perm->uid, perm->gid);
	stat_ids("creator", perm->cuid, perm->cgid);
	printf("  %-14s %04o\n", "mode", (unsigned int)perm->mode & 0777);
}

static void stat_queue(const struct object *queue)
{
	const struct msqid_ds *ds = &queue->ds;
	unsigned int full = fullness(queue);

	stat_common(queue);
	printf("  %-14s %lu\n", "messages", (unsigned long)ds->msg_qnum);
	printf("  %-14s %lu of %lu\n", "bytes", (unsigned long)ds->__msg_cbytes,
	       (unsigned long)ds->msg_qbytes);
	printf("  %-14s %s%u%%%s\n", "full",
	       colour_begin(colour_of_fullness(full)), full,
	       colour_end(colour_of_fullness(full)));
	if (queue->has_state)
		stat_state(&queue->state);
	if (queue->has_counts)
		stat_counts(&queue->state.counts);
	stat_time("last send", ds->msg_stime, ds->msg_lspid);
	stat_time("last receive", ds->msg_rtime, ds->msg_lrpid);
	stat_time("last change", ds->msg_ctime, 0);
}

static int stat_total(int device, bool json)
{
	struct objects queues = read_objects(device);
	struct contents all = contents_of(&queues);
	struct msgq_info info = { .version = 0 };
	bool counted = device_has_counts(device);

	free(queues.list);
	if (msgq_info(device, &info) == -1)
		return report_errno("totals");
	if (json) {
		json_to(stdout);
		json_begin(NULL, '{');
		json_integer("queues", (long long)queues.count);
		json_integer("messages", (long long)all.messages);
		json_integer("bytes", (long long)all.bytes);
		json_counts(counted ? &info.counts : NULL);
		json_end('}');
		json_end_line();
		return DONE;
	}
	printf("%sall queues%s\n", colour_begin(BOLD), colour_end(BOLD));
	printf("  %-14s %zu\n", "queues", queues.count);
	printf("  %-14s %llu\n", "messages", all.messages);
	printf("  %-14s %llu\n", "bytes", all.bytes);
	if (counted)
		stat_counts(&info.counts);
	return DONE;
}

/* A semaphore, as far as the caller may read the set. */
struct semaphore {
	unsigned short value;
	int pid, more, zero;
};

/*
 * Read all semaphores of a set; NULL if the caller may not, or the set was
 * removed.
 */
static struct semaphore *read_semaphores(int device, const struct object *set)
{
	size_t count = set->sem.sem_nsems;
	unsigned short *values = calloc(count, sizeof(*values));
	struct semaphore *list = calloc(count, sizeof(*list));

	if (!values || !list)
		exit(report_errno("semaphores"));
	if (read_values(device, set, values) == -1) {
		free(list);
		list = NULL;
	}
	for (unsigned int i = 0; list && i < count; i++)
		list[i] = (struct semaphore){
			.value = values[i],
			.pid = read_semaphore(device, set->id, i, GETPID),
			.more = read_semaphore(device, set->id, i, GETNCNT),
			.zero = read_semaphore(device, set->id, i, GETZCNT),
		};
	free(values);
	return list;
}

static void stat_set(int device, const struct object *set)
{
	const struct msgq_semstate *state = &set->semstate;
	struct semaphore *list = read_semaphores(device, set);

	stat_common(set);
	printf("  %-14s %lu\n", "semaphores", (unsigned long)set->sem.sem_nsems);
	if (set->has_state) {
		printf("  %-14s %u\n", "waiting", state->waiting);
		printf("  %-14s %llu\n", "operations",
		       (unsigned long long)state->operations);
		printf("  %-14s %llu\n", "waits",
		       (unsigned long long)state->waits);
	}
	stat_time("last operation", set->sem.sem_otime, 0);
	stat_time("last change", set->sem.sem_ctime, 0);
	if (!list)
		return;

	table_begin(">semaphore >value >more >zero >process command");
	for (unsigned int i = 0; i < set->sem.sem_nsems; i++) {
		table_cell(PLAIN, "%u", i);
		table_cell(PLAIN, "%u", list[i].value);
		table_cell(PLAIN, "%d", list[i].more);
		table_cell(PLAIN, "%d", list[i].zero);
		table_cell(PLAIN, "%d", list[i].pid);
		table_cell(PLAIN, "%s", process_name(list[i].pid));
	}
	table_end(true);
	free(list);
}

/* The semaphores of a set as an array, or null. */
static void json_semaphores(int device, const struct object *set)
{
	struct semaphore *list = read_semaphores(device, set);

	if (!list) {
		json_null("values");
		return;
	}
	json_begin("values", '[');
	for (unsigned int i = 0; i < set->sem.sem_nsems; i++) {
		json_begin(NULL, '{');
		json_integer("value", list[i].value);
		json_integer("more", list[i].more);
		json_integer("zero", list[i].zero);
		json_integer("process", list[i].pid);
		json_end('}');
	}
	json_end(']');
	free(list);
}

static void stat_json(int device, const struct objects *objects)
{
	json_to(stdout);
	json_begin(NULL, '[');
	for (size_t i = 0; i < objects->count; i++) {
		json_begin(NULL, '{');
		json_object(&objects->list[i]);
		if (kind == &set_kind)
			json_semaphores(device, &objects->list[i]);
		json_end('}');
	}
	json_end(']');
	json_end_line();
}

static void stat_show(int device, const struct objects *objects)
{
	for (size_t i = 0; i < objects->count; i++) {
		if (kind == &set_kind)
			stat_set(device, &objects->list[i]);
		else
			stat_queue(&objects->list[i]);
	}
}

#define STAT_OPTIONS				\
	{ "key", no_argument, NULL, 'k' },	\
	{ "json", no_argument, NULL, 'j' },	\
	HELP_OPTION,				\
	{ NULL, 0, NULL, 0 }

static int stat_option(int argc, char **argv)
{
	static const struct option queue_options[] = {
		{ "total", no_argument, NULL, 't' },
		STAT_OPTIONS,
	}, set_options[] = {
		STAT_OPTIONS,
	};

	if (kind == &set_kind)
		return next_option(argc, argv, "kj", set_options, set_usage);
	return next_option(argc, argv, "tkj", queue_options, queue_usage);
}

int cmd_stat(int argc, char **argv)
{
	bool is_key = false, json = false, total = false;
	int option, status, device;
	struct objects objects;

	while ((option = stat_option(argc, argv)) != -1) {
		total |= option == 't';
		is_key |= option == 'k';
		json |= option == 'j';
	}
	if (total && (is_key || optind < argc))
		usage_error("--total takes no QUEUE");
	if (total)
		return stat_total(need_device(), json);
	if (optind == argc)
		usage_error("missing %s", kind->operand);

	device = need_device();
	status = find_named(device, &objects, argv + optind, is_key);
	if (json)
		stat_json(device, &objects);
	else
		stat_show(device, &objects);
	free(objects.list);
	return status;
}
