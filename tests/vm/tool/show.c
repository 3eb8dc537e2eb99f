// SPDX-License-Identifier: MIT
/*
 * show.c - queues, messages and limits as the tool shows them; it is in the
 * folder above this program
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"
#include "own_dev.h"
#include "shell.h"

#define KEY	0x0dfc
#define QUEUE	"0x0dfc "

static const struct identity alice = { .uid = 1000, .gid = 1000 };

static int make(key_t key, int mode)
{
	use_tools();
	return CHECK_OK(msgget(key, IPC_CREAT | IPC_EXCL | mode));
}

/* Make three queues that differ in each sort key; return their identifiers. */
static void make_three(int *msqids)
{
	msqids[0] = make(0x30, 0600);
	msqids[1] = make(0x10, 0640);
	msqids[2] = make(0x20, 0666);
	set_qbytes(msqids[0], 100);
	set_qbytes(msqids[1], 1000);
	CHECK_PUT(msqids[0], 1, "12345678901234567890");
	CHECK_PUT(msqids[1], 1, "1234567890123456789012345678901234567890");
	CHECK_PUT(msqids[1], 1, "");
	check_run("msgq set -o alice 0x10 && msgq set -o bob 0x20", 0, "");
}

static void remove_three(const int *msqids)
{
	for (int i = 0; i < 3; i++)
		remove_queue(msqids[i]);
}

/* The keys are in this order, by their second digit from the right. */
static void check_order(const char *options, const char *expected)
{
	char line[128], said_then[16];

	snprintf(line, sizeof(line),
		 "msgq ls -H %s | cut -c 9 | tr -d '\\n'", options);
	snprintf(said_then, sizeof(said_then), "%s", expected);
	check_run(line, 0, said_then);
}

CASE(columns)
{
	char expected[512];
	int msqids[3];

	make_three(msqids);
	snprintf(expected, sizeof(expected),
		 "key msqid owner perms bytes messages full rwait swait claims last\n"
		 "0x00000030 %d root 600 20 1 20%% 0 0 0 N\n"
		 "0x00000010 %d alice 640 40 2 4%% 0 0 0 N\n"
		 "0x00000020 %d bob 666 0 0 0%% 0 0 0 N\n",
		 msqids[0], msqids[1], msqids[2]);
	check_run("msgq ls | tr -s ' ' | sed 's/ [0-9]*s$/ N/'", 0, expected);
	/* All columns are aligned. */
	check_run("msgq ls | awk '{ print length }' | sort -u | wc -l", 0,
		  "1\n");
	check_run("msgq ls -H | wc -l", 0, "3\n");
	check_run("msgq ls 0x10 | wc -l", 0, "2\n");
	check_complains("msgq ls 0x10 0x40 2>&1 >/dev/null", 3,
			"no queue has this key");
	remove_three(msqids);
	check_run("msgq ls | wc -l", 0, "1\n");
	check_run("msgq ls --json", 0, "[]\n");
}

CASE(sorts)
{
	int msqids[3];

	make_three(msqids);
	check_order("", "312");
	check_order("--reverse", "213");
	check_order("--sort=key", "123");
	check_order("-s key -r", "321");
	check_order("-s msqid", "312");
	check_order("-s owner", "123");
	check_order("-s perms", "312");
	check_order("-s bytes", "132");
	check_order("-s messages", "132");
	check_order("-s full", "312");
	/* The latest is first. */
	sleep_until(now(CLOCK_MONOTONIC) + 1100 * MILLISECOND);
	set_mode(msqids[1], 0640);
	check_order("-s last | head -n 1", "1");
	remove_three(msqids);
}

CASE(filters)
{
	int msqids[3], fd;
	struct msgq_message entry;
	struct peer *waiter;

	make_three(msqids);
	check_order("--user=alice", "1");
	check_order("-u 0", "3");
	check_order("--full=4", "31");
	check_order("--full=20", "3");
	check_order("--not-empty", "31");
	check_order("--waiting", "");
	waiter = receiver(msqids[2], 10, 0, 0);
	CHECK_WAITS(waiter);
	check_order("--waiting", "2");
	check_order("-s rwait | head -n 1", "2");
	check_run("msgq ls -H 0x20 | tr -s ' ' | cut -d' ' -f 8,9", 0, "1 0\n");
	CHECK_PUT(msqids[2], 1, "");
	CHECK_ENDED(waiter, 0);

	check_order("--claimed", "");
	fd = desc_reader(msqids[0], 0, 0);
	entry = (struct msgq_message){ .size = 0 };
	CHECK_INT(msgq_claimv(fd, &entry, 1, 0,
			      &(struct msgq_how){ .msgflg = MSG_NOERROR }), 1);
	check_order("--claimed", "3");
	check_order("-s claims | head -n 1", "3");
	check_run("msgq ls -H 0x30 | tr -s ' ' | cut -d' ' -f 10", 0, "1\n");
	remove_three(msqids);
}

/* As many messages as bytes are allowed fill a queue, too. */
CASE(fullness)
{
	int msqid = make(KEY, 0600);
	static const char line[] = "msgq ls -H | grep -o '[0-9]*%'";

	set_qbytes(msqid, 3);
	CHECK_PUT(msqid, 1, "");
	check_run(line, 0, "33%\n");
	CHECK_PUT(msqid, 1, "12");
	check_run(line, 0, "66%\n");
	CHECK_PUT(msqid, 1, "");
	check_run(line, 0, "100%\n");
	set_qbytes(msqid, 1);
	check_run(line, 0, "100%\n");
	set_qbytes(msqid, 0);
	check_run(line, 0, "100%\n");
	remove_queue(msqid);
}

/* Values that need permission to read are not invented. */
CASE(unreadable)
{
	int msqid = make(KEY, 0600);

	AS(&alice) {
		check_run("msgq ls -H | tr -s ' ' | cut -d' ' -f 5-10", 0,
			  "0 0 0% - - -\n");
		check_run("msgq ls --json | grep -o '\"receivers.*'", 0,
			  "\"receivers\": null, \"senders\": null, \"claimed\": null, \"descriptors\": null, \"temporary\": null, \"counts\": null}]\n");
		check_run("msgq stat " QUEUE "| grep -c 'waiting\\|claimed'", 1,
			  "0\n");
		check_run("msgq watch -N 1 | tail -n 1 | tr -s ' ' | cut -d' ' -f 7-11",
			  0, "- - - - -\n");
		check_complains("msgq peek " QUEUE "2>&1 >/dev/null", 5,
				"no permission to read it");
	}
	remove_queue(msqid);
}

CASE(peeks)
{
	int msqid = make(KEY, 0600);

	check_run("msgq peek " QUEUE, 0, "position type bytes text\n");
	check_run("msgq peek --json " QUEUE, 0, "[]\n");
	check_run("msgq send -T 5 " QUEUE "five && msgq send -T 3 " QUEUE
		  "three", 0, "");
	check_run("printf 'fo\\tr\\n\\\\\\001\\377\\302\\205\\303\\244\\n.' | msgq send -T 4 "
		  QUEUE, 0, "");
	check_run("msgq peek " QUEUE, 0,
		  "position type bytes text\n"
		  "       0    5     4 five\n"
		  "       1    3     5 three\n"
		  "       2    4    14 fo\\tr\\n\\\\\\x01\\xff\\xc2\\x85\303\244\\n.\n");
	check_run("msgq peek --at=1 --count=1 --raw " QUEUE, 0, "three");
	check_run("msgq peek -p 3 --raw " QUEUE, 0, "");
	check_run("msgq peek --raw --match=5 " QUEUE, 0, "five");
	check_run("msgq peek --raw --match=-3 " QUEUE, 0, "three");
	check_run("msgq peek --raw --match=4 --except " QUEUE, 0, "fivethree");
	check_run("msgq peek -j -c 1 " QUEUE, 0,
		  "[{\"position\": 0, \"type\": 5, \"size\": 4, \"text\": \"five\"}]\n");
	check_run("msgq peek -j -p 2 " QUEUE, 0,
		  "[{\"position\": 2, \"type\": 4, \"size\": 14, \"base64\": \"Zm8JcgpcAf/ChcOkCi4=\"}]\n");
	/* No message is received. */
	CHECK_INT(queue_state(msqid).msg_qnum, 3);
	CHECK_INT(queue_state(msqid).msg_lrpid, 0);

	/* Show ten, or all. */
	check_run("seq 20 | msgq send -l " QUEUE, 0, "");
	check_run("msgq peek " QUEUE "2>/dev/null | wc -l", 0, "11\n");
	check_run("msgq peek --all " QUEUE "| wc -l", 0, "24\n");
	check_run("msgq peek " QUEUE "> /dev/full 2>&1", 1, "");
	remove_queue(msqid);
}

/* The output says so when it shows only ten of more messages. */
CASE(peeks_more)
{
	struct msgq_message entries[2] = { { .size = 0 }, { .size = 0 } };
	int msqid = make(KEY, 0600), fd;

	check_run("seq 10 | msgq send -l " QUEUE "&& msgq peek " QUEUE
		  "2>&1 >/dev/null", 0, "");
	check_run("seq 11 13 | msgq send -l -T 2 " QUEUE, 0, "");
	check_run("msgq peek " QUEUE "2>/dev/null | tail -n 1", 0,
		  "       9    1     2 10\n");
	check_run("msgq peek " QUEUE "2>&1 >/dev/null", 0,
		  "msgq: queue 0x0dfc: 3 more not shown; see --all and --at=10\n");
	check_run("msgq peek -j -p 2 " QUEUE "2>&1 >/dev/null", 0,
		  "msgq: queue 0x0dfc: 1 more not shown; see --all and --at=12\n");
	check_run("msgq peek -R " QUEUE "2>&1 >/dev/null | wc -l", 0, "1\n");
	check_run("msgq peek -p 3 " QUEUE "2>&1 >/dev/null", 0, "");
	check_run("msgq peek -a " QUEUE "2>&1 >/dev/null", 0, "");
	/* A user who chooses a number knows that there can be more. */
	check_run("msgq peek -c 10 " QUEUE "2>&1 >/dev/null", 0, "");

	/* A rule does not search the messages behind the last one shown. */
	check_run("msgq peek -m 2 " QUEUE "2>&1 >/dev/null", 0, "");
	check_run("msgq peek -m 1 " QUEUE "2>&1 >/dev/null", 0,
		  "msgq: queue 0x0dfc: 3 more not searched; see --all\n");

	/* Claimed messages are neither shown nor counted. */
	fd = desc_reader(msqid, 0, 0);
	CHECK_INT(msgq_claimv(fd, entries, 2, 0,
			      &(struct msgq_how){ .msgflg = MSG_NOERROR }), 2);
	check_run("msgq peek " QUEUE "2>&1 >/dev/null", 0,
		  "msgq: queue 0x0dfc: 1 more not shown; see --all and --at=10\n");
	remove_queue(msqid);
}

CASE(peeks_long)
{
	int msqid;

	limit_set("msgmax", 100000);
	limit_set("msgmnb", 300000);
	msqid = make(KEY, 0600);
	check_run("head -c 100000 /dev/zero | msgq send " QUEUE "&& msgq send "
		  QUEUE "end", 0, "");
	check_run("msgq peek --raw " QUEUE "| wc -c", 0, "100003\n");
	/* A message longer than the present limit cannot be copied. */
	limit_set("msgmax", 99999);
	check_complains("msgq peek --raw " QUEUE "2>&1", 6,
			"position 0 is longer than the limit msgmax, which is 99999 bytes now,");
	CHECK(strstr(said, "end"));
	remove_queue(msqid);
}

/* A terminal gets no harmful characters, and long texts are cut. */
CASE(terminal)
{
	int msqid = make(KEY, 0600);
	char text[101];

	memset(text, 'x', 100);
	text[100] = 0;
	CHECK_PUT(msqid, 1, "a\033[2Jb\n");
	CHECK_INT(run_on_terminal("msgq recv " QUEUE, "", 80), 0);
	CHECK(!strcmp(said, "a\\x1b[2Jb\\n\r\n"));
	CHECK_PUT(msqid, 1, text);
	CHECK_INT(run_on_terminal("NO_COLOR=1 msgq peek " QUEUE, "", 80), 0);
	CHECK(strstr(said, "xxx...\r\n"));
	CHECK_INT(strcspn(strchr(said, '\n') + 1, "\r"), 80 - 30 + 20);
	remove_queue(msqid);
}

CASE(colours)
{
	int msqid = make(KEY, 0600);

	set_qbytes(msqid, 10);
	CHECK_PUT(msqid, 1, "123456789");
	CHECK_INT(run_on_terminal("TERM=xterm msgq ls", "", 80), 0);
	CHECK(strstr(said, "\033[1mkey\033[0m"));
	CHECK(strstr(said, "\033[31m90%\033[0m"));
	CHECK_INT(run_on_terminal("NO_COLOR= TERM=xterm msgq ls", "", 80), 0);
	CHECK(strstr(said, "\033[31m"));
	CHECK_INT(run_on_terminal("NO_COLOR=1 TERM=xterm msgq ls", "", 80), 0);
	CHECK(!strchr(said, '\033') && strstr(said, "90%"));
	CHECK_INT(run_on_terminal("TERM=dumb msgq ls", "", 80), 0);
	CHECK(!strchr(said, '\033') && strstr(said, "90%"));
	check_run("TERM=xterm msgq ls | grep -c '90%'", 0, "1\n");
	CHECK_INT(run_line("TERM=xterm msgq ls"), 0);
	CHECK(!strchr(said, '\033'));
	remove_queue(msqid);
}

CASE(limits)
{
	int msqid = make(KEY, 0600);

	limit_set("msgmax", 8192);
	CHECK_PUT(msqid, 1, "text");
	check_run("msgq limits", 0,
		  "limit  value used meaning\n"
		  "msgmax  8192    - bytes of text in one message\n"
		  "msgmnb 16384    - bytes of text on a new queue\n"
		  "msgmni 32000    1 queues\n"
		  "msgtql  none    1 messages on all queues\n");
	check_run("msgq limits msgmax=100 msgtql=7", 0, "");
	CHECK_INT(limit_get("msgmax"), 100);
	CHECK_INT(limit_get("msgtql"), 7);
	check_run("msgq limits --json", 0,
		  "{\"msgmax\": 100, \"msgmnb\": 16384, \"msgmni\": 32000, \"queues\": 1, \"msgtql\": 7, \"messages\": 1}\n");
	check_run("msgq limits msgtql=none", 0, "");
	CHECK_INT(limit_get("msgtql"), INT_MAX);
	check_run("msgq limits --json | grep -o '\"msgtql.*'", 0,
		  "\"msgtql\": null, \"messages\": 1}\n");

	AS(&alice)
		check_complains("msgq limits msgmax=7 2>&1", 5,
				"only root may change msgmax");
	/* If a word is invalid, no limit is changed. */
	check_complains("msgq limits msgmax=7 msgsize=7 2>&1", 2,
			"invalid limit 'msgsize=7'");
	check_complains("msgq limits msgmax=7 msgmnb=abc 2>&1", 2,
			"invalid msgmnb 'abc'");
	check_complains("msgq limits msgmax 2>&1", 2, "invalid limit 'msgmax'");
	check_run("msgq limits msgmni=32769 2>&-", 2, "");
	CHECK_INT(limit_get("msgmax"), 100);
	remove_queue(msqid);
}

CASE(version)
{
	use_tools();
	CHECK_INT(run_line("msgq version"), 0);
	CHECK(!strncmp(said, "msgq ", 5));
	CHECK(strstr(said, "\nmodule: interface "));
	CHECK(strstr(said, ", type index, descriptors, batches, claims"));
	CHECK_INT(run_line("msgq --version"), 0);
	CHECK(strstr(said, ", made for interface "));
	CHECK_INT(run_line("msgq version --json"), 0);
	CHECK(strstr(said, "[\"type index\", \"descriptors\", \"batches\", \"claims\""));
	check_run("msgq version >/dev/full 2>&1", 1, "");
}

CASE(no_device)
{
	use_tools();
	AS(NULL) {
		own_dev_empty();
		check_complains("msgq ls 2>&1", 7, "/dev/msgq: it does not exist");
		check_complains("msgq send 5 text 2>&1", 7, "/dev/msgq: ");
	}
}

CASE(usage)
{
	static const char *const commands[] = {
		"ls", "stat", "watch", "create", "rm", "set", "send", "recv",
		"peek", "limits", "open", "run", "version", "help",
	};
	char line[64];

	use_tools();
	CHECK_INT(run_line("msgq 2>&1"), 2);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		snprintf(line, sizeof(line), "msgq %s --help", commands[i]);
		CHECK_INT(run_line(line), 0);
		CHECK(!strncmp(said, "usage: msgq ", 12));
		CHECK_INT(run_line("msgq --help"), 0);
		snprintf(line, sizeof(line), "\n  %-10s ", commands[i]);
		CHECK(strstr(said, line));
		snprintf(line, sizeof(line), "msgq %s --nothing 2>&1",
			 commands[i]);
		check_complains(line, 2, "--nothing");
	}
	check_run("msgq --help >/dev/full 2>&1", 1, "");
	check_run("msgq ls --help >/dev/full 2>&1", 1, "");
}
