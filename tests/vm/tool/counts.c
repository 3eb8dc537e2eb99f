// SPDX-License-Identifier: MIT
/*
 * counts.c - the counts of a queue and of all queues, as the tool shows
 * them; it is in the folder above this program
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "desc_io.h"
#include "shell.h"

#define KEY	0x0dfe
#define QUEUE	"0x0dfe "

static const struct identity alice = { .uid = 1000, .gid = 1000 };

static const struct msgq_counts expected = {
	.sent = 6, .received = 5, .waits = 1, .full = 2, .claims = 4,
	.returned = 3,
};

/* Make a queue whose counts all differ, with one message left on it. */
static int make(void)
{
	struct peer *waiter;
	int msqid;

	use_tools();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	set_qbytes(msqid, 10);
	check_run("msgq send " QUEUE "1 2 3 4 5", 0, "");
	/* The queue is full: one send fails at once, another waits in vain. */
	CHECK_INT(run_line("msgq send -n " QUEUE "123456 2>/dev/null"), 4);
	waiter = sender(msqid, 1, "123456");
	CHECK_WAITS(waiter);
	peer_kill(waiter);
	/* The tool claims what it receives. */
	for (int i = 0; i < 3; i++)
		CHECK_INT(run_line("msgq recv " QUEUE "-- false 2>/dev/null"),
			  8);
	check_run("msgq recv " QUEUE, 0, "1\n");
	for (int i = 2; i <= 5; i++) {
		const char text[] = { (char)('0' + i), 0 };

		CHECK_TAKE(msqid, 0, 0, 1, text);
	}
	CHECK_PUT(msqid, 1, "6");
	return msqid;
}

/* The counts as members of a JSON object. */
static void write_json(char *to, size_t size, const struct msgq_counts *counts)
{
	snprintf(to, size,
		 "\"counts\": {\"sent\": %" PRIu64 ", \"received\": %" PRIu64
		 ", \"waits\": %" PRIu64 ", \"full\": %" PRIu64
		 ", \"claims\": %" PRIu64 ", \"returned\": %" PRIu64 "}",
		 (uint64_t)counts->sent, (uint64_t)counts->received,
		 (uint64_t)counts->waits, (uint64_t)counts->full,
		 (uint64_t)counts->claims, (uint64_t)counts->returned);
}

CASE(stat)
{
	int msqid = make();

	check_run("msgq stat " QUEUE "| grep -A 5 '^  sent ' | tr -s ' '", 0,
		  " sent 6\n received 5\n waits 1\n found full 2\n claims 4\n returned 3\n");
	remove_queue(msqid);
}

CASE(json)
{
	static const char *const lines[] = {
		"msgq stat --json " QUEUE, "msgq ls --json " QUEUE,
		"msgq watch --json -N 1 " QUEUE,
	};
	int msqid = make();
	char counts[256];

	write_json(counts, sizeof(counts), &expected);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		CHECK_INT(run_line(lines[i]), 0);
		if (!strstr(said, counts))
			FAIL("%s: no %s in %s", lines[i], counts, said);
	}
	remove_queue(msqid);
}

/* Counts are hidden from a user without permission to read the queue. */
CASE(unreadable)
{
	int msqid = make();

	AS(&alice) {
		check_run("msgq stat " QUEUE "| grep -cE 'sent|received|claims'",
			  1, "0\n");
		check_run("msgq ls --json | grep -c '\"counts\": null'", 0,
			  "1\n");
	}
	remove_queue(msqid);
}

/* The counts of all queues since the module was loaded, removed ones, too. */
CASE(totals)
{
	int msqid = make(), empty = CHECK_OK(msgget(IPC_PRIVATE, 0600));
	char line[512], counts[256];
	struct msgq_info info;

	CHECK_OK(msgq_info(the_device(), &info));
	CHECK(info.counts.sent >= expected.sent);
	snprintf(line, sizeof(line),
		 "all queues\n queues 2\n messages 1\n bytes 1\n"
		 " sent %" PRIu64 "\n received %" PRIu64 "\n waits %" PRIu64 "\n"
		 " found full %" PRIu64 "\n claims %" PRIu64 "\n"
		 " returned %" PRIu64 "\n",
		 (uint64_t)info.counts.sent, (uint64_t)info.counts.received,
		 (uint64_t)info.counts.waits, (uint64_t)info.counts.full,
		 (uint64_t)info.counts.claims, (uint64_t)info.counts.returned);
	check_run("msgq stat --total | tr -s ' '", 0, line);

	write_json(counts, sizeof(counts), &info.counts);
	snprintf(line, sizeof(line),
		 "{\"queues\": 2, \"messages\": 1, \"bytes\": 1, %s}\n",
		 counts);
	check_run("msgq stat --total --json", 0, line);

	remove_queue(msqid);
	remove_queue(empty);
	snprintf(line, sizeof(line), " queues 0\n messages 0\n bytes 0\n sent %"
		 PRIu64 "\n", (uint64_t)info.counts.sent);
	check_run("msgq stat -t | tr -s ' ' | sed -n 2,5p", 0, line);
	check_complains("msgq stat --total " QUEUE "2>&1", 2, "--total");
}
