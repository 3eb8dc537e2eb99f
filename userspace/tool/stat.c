// SPDX-License-Identifier: MIT
/*
 * stat.c - "msgq stat": the state and the counts of queues
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "tool.h"

static const char usage[] =
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

static void stat_queue(const struct object *queue)
{
	const struct msqid_ds *ds = &queue->ds;
	unsigned int full = fullness(queue);
	char key[16];

	show_key(key, sizeof(key), ds->msg_perm.__key);
	printf("%squeue %d%s\n", colour_begin(BOLD), queue->id,
	       colour_end(BOLD));
	printf("  %-14s %s%s\n", "key", key,
	       ds->msg_perm.__key ? "" : ", private");
	stat_ids("owner", ds->msg_perm.uid, ds->msg_perm.gid);
	stat_ids("creator", ds->msg_perm.cuid, ds->msg_perm.cgid);
	printf("  %-14s %04o\n", "mode", (unsigned int)ds->msg_perm.mode & 0777);
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

int cmd_stat(int argc, char **argv)
{
	static const struct option options[] = {
		{ "total", no_argument, NULL, 't' },
		{ "key", no_argument, NULL, 'k' },
		{ "json", no_argument, NULL, 'j' },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	bool is_key = false, json = false, total = false;
	struct objects queues;
	int option, status;

	while ((option = next_option(argc, argv, "tkj", options, usage)) !=
	       -1) {
		total |= option == 't';
		is_key |= option == 'k';
		json |= option == 'j';
	}
	if (total && (is_key || optind < argc))
		usage_error("--total takes no QUEUE");
	if (total)
		return stat_total(need_device(), json);
	if (optind == argc)
		usage_error("missing QUEUE");

	status = find_named(need_device(), &queues, argv + optind, is_key);
	if (json) {
		json_to(stdout);
		json_queues(NULL, &queues);
		json_end_line();
	}
	for (size_t i = 0; !json && i < queues.count; i++)
		stat_queue(&queues.list[i]);
	free(queues.list);
	return status;
}
