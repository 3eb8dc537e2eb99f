// SPDX-License-Identifier: MIT
/*
 * who.c - "msgq who": the tasks that wait at a queue or have claimed messages
 * of it; the tool is in the folder above this program
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_calls.h"
#include "shell.h"

#define KEY	0x0dfd
#define QUEUE	"0x0dfd "

static const struct identity alice = { .uid = 1000, .gid = 1000 };
static const struct identity bob = { .uid = 1001, .gid = 1001 };

static int make(void)
{
	int msqid;

	use_tools();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0666));
	call_fd = open_queue(msqid);
	return msqid;
}

/* The line of a process has this text, except for the time waited. */
static void check_line(const struct peer *peer, const char *rest)
{
	char expect[128];
	const char *line;
	size_t size;

	size = snprintf(expect, sizeof(expect), " %d %s", peer->pid, rest);
	for (line = said; line; line = strchr(line, '\n')) {
		char squeezed[256] = "";
		size_t length = 0;

		line += *line == '\n';
		for (const char *at = line; *at && *at != '\n' &&
		     length + 2 < sizeof(squeezed); at++) {
			if (!length)
				squeezed[length++] = ' ';
			if (*at != ' ' || squeezed[length - 1] != ' ')
				squeezed[length++] = *at;
		}
		if (!strncmp(squeezed, expect, size))
			return;
	}
	FAIL("expected a line '%s', got '%s'", expect, said);
}

CASE(nobody)
{
	int msqid = make();

	CHECK_INT(run_line("msgq who " QUEUE), 0);
	CHECK(!strchr(said, '\n') || !strchr(said, '\n')[1]);
	check_run("msgq who --json " QUEUE "| sed 's/msqid\": [0-9]*/msqid/'", 0,
		  "{\"msqid, \"claimers\": 0, \"receivers\": 0, \"senders\": 0, \"descriptors\": 1, \"processes\": []}\n");
	remove_queue(msqid);
}

CASE(table)
{
	int msqid = make();
	struct peer *claims, *peers[4];
	char rest[64];

	needs_notice_of_exits();
	CHECK_PUT(msqid, 3, "text");
	claims = caller(call_claim_and_stop, 0);
	peer_state(claims, 'T');
	set_qbytes(msqid, 4);
	peers[0] = receiver(msqid, 20, -9, 0);
	peers[1] = receiver(msqid, 20, 6, MSG_EXCEPT | MSG_NOERROR);
	peers[2] = receiver(msqid, 30, 8, 0);
	peers[3] = sender(msqid, 5, "more");
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++)
		CHECK_WAITS(peers[i]);
	CHECK_INT(run_line("msgq who " QUEUE), 0);
	check_line(claims, "- who claims - - 1 -");
	snprintf(rest, sizeof(rest), "%d who receives up to 9 20 - ",
		 peers[0]->pid);
	check_line(peers[0], rest);
	snprintf(rest, sizeof(rest), "%d who receives not 6 - - ",
		 peers[1]->pid);
	check_line(peers[1], rest);
	snprintf(rest, sizeof(rest), "%d who receives 8 30 - ",
		 peers[2]->pid);
	check_line(peers[2], rest);
	snprintf(rest, sizeof(rest), "%d who sends 5 4 - ",
		 peers[3]->pid);
	check_line(peers[3], rest);
	remove_queue(msqid);
}

/* All of the object but the time waited. */
#define JSON								\
	"{\"msqid\": %d, "						\
	"\"claimers\": 1, \"receivers\": 1, \"senders\": 0, "		\
	"\"descriptors\": 1, \"processes\": [{"				\
	"\"process\": %d, \"command\": \"who\", "			\
	"\"does\": \"claims\", \"messages\": 1}, {"			\
	"\"process\": %d, \"command\": \"who\", "			\
	"\"does\": \"receives\", \"thread\": %d, "			\
	"\"type\": 6, \"except\": true, \"claims\": false, "		\
	"\"bytes\": 20, \"waits\"}]}\n"

CASE(json)
{
	int msqid = make();
	struct peer *claims, *waits;
	char expect[512];

	needs_notice_of_exits();
	CHECK_PUT(msqid, 3, "text");
	claims = caller(call_claim_and_stop, 0);
	peer_state(claims, 'T');
	waits = receiver(msqid, 20, 6, MSG_EXCEPT);
	CHECK_WAITS(waits);
	snprintf(expect, sizeof(expect), JSON, msqid, claims->pid, waits->pid,
		 waits->pid);
	check_run("msgq who -j " QUEUE "| sed 's/waits\": [0-9.]*/waits\"/'", 0,
		  expect);
	remove_queue(msqid);
}

CASE(whose_queue_it_is)
{
	char line[64];
	int msqid;

	use_tools();
	AS(&alice) {
		CHECK_INT(run_line("msgq create -m 666 " QUEUE), 0);
		CHECK_INT(run_line("msgq who " QUEUE), 0);
	}
	CHECK_INT(run_line("msgq who " QUEUE), 0);
	AS(&bob)
		check_complains("msgq who " QUEUE "2>&1", 5,
				"no permission to list its processes");
	msqid = CHECK_OK(msgget(KEY, 0));
	snprintf(line, sizeof(line), "msgq who %d", msqid);
	CHECK_INT(run_line(line), 0);
	remove_queue(msqid);
	check_complains("msgq who " QUEUE "2>&1", 3, "no queue has this key");
}

CASE(words)
{
	use_tools();
	CHECK_INT(run_line("msgq who 2>&1"), 2);
	CHECK(strstr(said, "missing QUEUE"));
	CHECK_INT(run_line("msgq who 1 2 2>&1"), 2);
	CHECK_INT(run_line("msgq who --help"), 0);
	CHECK(strstr(said, "usage: msgq who"));
}
