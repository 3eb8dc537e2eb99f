// SPDX-License-Identifier: MIT
/*
 * send.c - "msgq send" sends words, files and the standard input, and says
 * which limit is reached; the tool is in the folder above
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_claims.h"
#include "peer.h"
#include "shell.h"

#define KEY	0x0df9
#define QUEUE	"0x0df9 "

static int make(void)
{
	use_tools();
	return CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
}

static void check_none(int msqid)
{
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
}

CASE(texts)
{
	int msqid = make();

	check_run("msgq send " QUEUE "one 'two words' ''", 0, "");
	CHECK_TAKE(msqid, 0, 0, 1, "one");
	CHECK_TAKE(msqid, 0, 0, 1, "two words");
	CHECK_TAKE(msqid, 0, 0, 1, "");
	check_run("msgq send -T 5 " QUEUE "-- -5", 0, "");
	CHECK_TAKE(msqid, 0, 0, 5, "-5");
	check_run("msgq send --type=2147483647 " QUEUE "last", 0, "");
	CHECK_TAKE(msqid, 0, 0, INT_MAX, "last");
	check_none(msqid);
	remove_queue(msqid);
}

CASE(files)
{
	int msqid = make();

	check_run("printf 'a\\nb' >/tmp/tool_send && msgq send -f /tmp/tool_send "
		  QUEUE, 0, "");
	CHECK_TAKE(msqid, 0, 0, 1, "a\nb");
	check_run("msgq send --file=- " QUEUE "</tmp/tool_send", 0, "");
	CHECK_TAKE(msqid, 0, 0, 1, "a\nb");
	check_run("msgq send " QUEUE "</tmp/tool_send; rm /tmp/tool_send", 0, "");
	CHECK_TAKE(msqid, 0, 0, 1, "a\nb");
	check_run("msgq send " QUEUE "</dev/null", 0, "");
	CHECK_TAKE(msqid, 0, 0, 1, "");

	/* Unreadable and endless input is not sent. */
	check_complains("msgq send -f /nowhere " QUEUE "2>&1", 1,
			"/nowhere: No such file");
	check_complains("msgq send -f /tmp " QUEUE "2>&1", 1,
			"/tmp: Is a directory");
	check_complains("msgq send " QUEUE "2>&1 </tmp", 1, "Is a directory");
	check_complains("msgq send " QUEUE "2>&1 <&-", 1, "standard input");
	check_complains("msgq send --lines " QUEUE "2>&1 <&-", 1,
			"standard input");
	check_complains("msgq send --length=4 " QUEUE "2>&1 <&-", 1,
			"standard input");
	check_complains("msgq send -f /dev/zero " QUEUE "2>&1", 6,
			"the message is longer than the limit msgmax, which is 8192 bytes;");
	check_none(msqid);
	remove_queue(msqid);
}

CASE(lines)
{
	int msqid = make();

	check_run("printf 'one\\n\\nthree\\0more\\nlast' | msgq send --lines "
		  QUEUE, 0, "");
	CHECK_INT(queue_state(msqid).msg_qnum, 4);
	CHECK_TAKE(msqid, 0, 0, 1, "one");
	CHECK_TAKE(msqid, 0, 0, 1, "");
	check_run("msgq recv " QUEUE "| od -An -c | tr -d ' '", 0,
		  "three\\0more\\n\n");
	CHECK_TAKE(msqid, 0, 0, 1, "last");
	check_run("msgq send -l " QUEUE "</dev/null", 0, "");
	check_none(msqid);
	remove_queue(msqid);
}

/* A line is sent when it is complete, not at the end of the input. */
CASE(line_by_line)
{
	int msqid = make();

	check_run("{ echo one; msgq recv --deadline 50 " QUEUE
		  ">&2; echo two; } 2>/tmp/tool_send | msgq send -l " QUEUE
		  "&& cat /tmp/tool_send && rm /tmp/tool_send", 0, "one\n");
	CHECK_TAKE(msqid, 0, 0, 1, "two");
	remove_queue(msqid);
}

CASE(lengths)
{
	int msqid = make();

	check_run("printf 'abcdefgh' | msgq send --length=4 " QUEUE, 0, "");
	CHECK_TAKE(msqid, 0, 0, 1, "abcd");
	CHECK_TAKE(msqid, 0, 0, 1, "efgh");
	check_run("{ printf 'ab\\n'; printf 'cde'; } | msgq send -L 4 " QUEUE, 0,
		  "");
	CHECK_TAKE(msqid, 0, 0, 1, "ab\nc");
	CHECK_TAKE(msqid, 0, 0, 1, "de");
	check_none(msqid);
	check_run("head -c 3000 /dev/zero | msgq send -L 1k " QUEUE, 0, "");
	check_run("msgq recv --all --raw " QUEUE "| wc -c", 0, "3000\n");
	check_run("msgq send -L 4 " QUEUE "</dev/null", 0, "");
	check_none(msqid);
	remove_queue(msqid);
}

/* Each kind of full queue is reported, with a way to get more room. */
CASE(no_room)
{
	int msqid = make();

	set_qbytes(msqid, 10);
	check_run("msgq send " QUEUE "12345", 0, "");
	check_complains("msgq send --no-wait " QUEUE "678901 2>&1", 4,
			"no room for 6 bytes: it holds 5 of 10 bytes;");
	CHECK(strstr(said, "msgq set --bytes="));
	check_complains("msgq send --deadline=0.1 " QUEUE "678901 2>&1", 4,
			"no room for 6 bytes before the deadline");
	check_complains("msgq send -n " QUEUE "12345678901 2>&1", 6,
			"a message of 11 bytes is larger than the queue, which may hold 10 bytes");
	CHECK(strstr(said, "msgq set --bytes=11 "));

	/* A queue holds as many empty messages as bytes. */
	check_run("msgq send -n " QUEUE "'' '' '' '' '' '' '' '' ''", 0, "");
	check_complains("msgq send -n " QUEUE "'' 2>&1", 4,
			"it holds 10 messages, as many as it may hold bytes");
	remove_queue(msqid);
}

CASE(limits)
{
	int msqid = make();

	limit_set("msgmax", 4);
	check_complains("msgq send " QUEUE "12345 2>&1", 6,
			"5 bytes is longer than the limit msgmax, which is 4 bytes;");
	CHECK(strstr(said, "msgq limits msgmax=5"));
	check_run("msgq send " QUEUE "1234", 0, "");
	limit_set("msgtql", 1);
	check_complains("msgq send --no-wait " QUEUE "1 2>&1", 4,
			"the limit msgtql is 1, and all queues together hold 1 messages now");
	CHECK(strstr(said, "msgq limits msgtql=NUMBER"));
	remove_queue(msqid);
}

/* If one of several fails, the tool says how many were sent. */
CASE(several)
{
	int msqid = make();

	set_qbytes(msqid, 2);
	check_complains("msgq send -n " QUEUE "a b c d 2>&1", 4,
			"2 messages were sent before the error");
	check_complains("printf 'e\\n' | msgq send -n -l " QUEUE "2>&1", 4,
			"0 messages were sent before the error");
	check_complains("msgq send -n " QUEUE "c 2>&1", 4, "no room");
	CHECK(!strstr(said, "sent before"));
	CHECK_TAKE(msqid, 0, 0, 1, "a");
	CHECK_TAKE(msqid, 0, 0, 1, "b");
	check_none(msqid);
	remove_queue(msqid);
}

static long take_when_full(struct peer *peer)
{
	struct {
		long type;
		char text[8];
	} message;

	while (!queue_state(peer->msqid).msg_qnum)
		sleep_until(now(CLOCK_MONOTONIC) + MILLISECOND);
	return msgrcv(peer->msqid, &message, sizeof(message.text), 0, 0);
}

/* Without --no-wait it waits for room. */
CASE(waits)
{
	int msqid = make();
	struct peer *taker;

	set_qbytes(msqid, 1);
	taker = peer_start(&(struct peer){
		.call = take_when_full, .msqid = msqid });
	check_run("msgq send " QUEUE "a b", 0, "");
	CHECK_ENDED(taker, 1);
	CHECK_TAKE(msqid, 0, 0, 1, "b");
	remove_queue(msqid);
}

static long remove_when_waited(struct peer *peer)
{
	do {
		run_line("msgq ls -H --waiting");
	} while (!*said);
	return msgctl(peer->msqid, IPC_RMID, NULL);
}

CASE(removed)
{
	int msqid = make();
	struct peer *removal;

	set_qbytes(msqid, 1);
	removal = peer_start(&(struct peer){
		.call = remove_when_waited, .msqid = msqid });
	check_run("msgq send " QUEUE "a b 2>&1", 3,
		  "msgq: queue 0x0df9: it has been removed\n"
		  "msgq: send: 1 messages were sent before the error\n");
	CHECK_ENDED(removal, 0);
}

CASE(rights)
{
	static const struct identity alice = { .uid = 1000, .gid = 1000 };
	int msqid = make();

	set_mode(msqid, 0604);
	AS(&alice)
		check_complains("msgq send " QUEUE "text 2>&1", 5,
				"no permission to send to it: it belongs to root and has mode 0604");
	set_mode(msqid, 0602);
	AS(&alice)
		check_run("msgq send " QUEUE "text", 0, "");
	CHECK_TAKE(msqid, 0, 0, 1, "text");

	/* A user who may not read the queue gets the reason, too. */
	set_both(msqid, 0602, 3);
	AS(&alice)
		check_complains("msgq send -n " QUEUE "text 2>&1", 6,
				"larger than the queue, which may hold 3 bytes");
	remove_queue(msqid);
}

CASE(usage)
{
	use_tools();
	CHECK_INT(run_line("msgq send --help"), 0);
	CHECK(strstr(said, "--lines"));
	CHECK_INT(run_line("msgq send 2>&1"), 2);
	CHECK_INT(run_line("msgq send --lines 5 text 2>&1"), 2);
	CHECK_INT(run_line("msgq send --lines --length=5 5 2>&1"), 2);
	CHECK_INT(run_line("msgq send --file=a --length=5 5 2>&1"), 2);
	check_complains("msgq send 32767 text 2>&1", 3, "no such queue");
}
