// SPDX-License-Identifier: MIT
/*
 * tool.c - "msgq open" makes a queue a descriptor of any program; the tool
 * is in the folder above this program
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"
#include "shell.h"

#define KEY	0x0df7
#define NAMED	"--key 0x0df7 "

static int make(void)
{
	return CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
}

CASE(echo_and_head)
{
	char line[128];
	int msqid;

	use_tools();
	check_run("msgq open --create " NAMED "-- sh -c 'echo hello >&3; head -n 1 <&3'",
		  0, "hello\n");
	msqid = CHECK_OK(msgget(KEY, 0));
	CHECK_INT(queue_state(msqid).msg_perm.mode & 0777, 0600);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);

	check_run("msgq open " NAMED "-- sh -c 'echo hello >&3'", 0, "");
	snprintf(line, sizeof(line),
		 "msgq open --cut %d -- sh -c 'head -c 4 <&3'", msqid);
	check_run(line, 0, "hell");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

CASE(cat)
{
	struct peer *removal;
	int msqid;

	use_tools();
	msqid = make();
	check_run("msgq open --write " NAMED "-- sh -c 'echo one >&3; echo two >&3'",
		  0, "");
	check_run("msgq open --read --nonblock --fd 0 " NAMED "-- cat 2>/dev/null",
		  1, "one\ntwo\n");
	check_run("echo three | msgq open -w -f 1 3575 --key -- cat", 0, "");
	CHECK_TAKE(msqid, 0, 0, 1, "three\n");

	/* cat goes on until the queue is removed. */
	CHECK_PUT(msqid, 1, "four\n");
	removal = peer_start(&(struct peer){
		.call = remove_when_read, .msqid = msqid });
	check_run("msgq open -r -f 0 " NAMED "-- cat 2>/dev/null", 1, "four\n");
	CHECK_ENDED(removal, 0);
}

/* Options may be on both sides of the queue; after "--" they are COMMAND's. */
CASE(order)
{
	int msqid;

	use_tools();
	msqid = make();
	check_run("msgq open 0x0df7 --write -- sh -c 'echo one >&3'", 0, "");
	check_run("msgq open --cut 0x0df7 --read -f 0 -- head -c 2", 0, "on");
	check_run("msgq open 0x0df7 -- sh -c 'echo $1 $2' -r -w", 0, "-w\n");
	check_run("msgq open -r -- 0x0df7 -- sh -c 'echo $1' -- -w", 0,
		  "-w\n");
	check_complains("msgq open 0x0df7 cat -n 2>&1", 2,
			"COMMAND goes after '--', as in 'msgq open 0x0df7 -- cat'");
	check_complains("msgq open -- 0x0df7 cat 2>&1", 2,
			"COMMAND goes after '--', as in 'msgq open 0x0df7 -- cat'");
	remove_queue(msqid);
}

/* The call would make a private queue for their key. */
CASE(private)
{
	use_tools();
	check_complains("msgq open 0x00000000 -- true 2>&1", 1,
			"private queues have this key");
	check_complains("msgq open --key 0 -- true 2>&1", 1,
			"private queues have this key");
	check_complains("msgq open --create 0x0 -- true 2>&1", 2,
			"makes a private queue");
	check_complains("msgq open --create --temporary --key 0 -- true 2>&1", 2,
			"makes a private queue");
	CHECK_INT(desc_queues(), 0);
}

CASE(types)
{
	int msqid;

	use_tools();
	msqid = make();
	CHECK_PUT(msqid, 3, "three\n");
	CHECK_PUT(msqid, 2, "two\n");
	check_run("msgq open --match=-3 " NAMED "-- sh -c 'head -n 1 <&3'", 0,
		  "two\n");
	check_run("msgq open --match=2 --except " NAMED "-- sh -c 'head -n 1 <&3'",
		  0, "three\n");
	check_run("msgq open --type=2147483647 " NAMED
		  "-- sh -c 'echo last >&3'", 0, "");
	CHECK_TAKE(msqid, 0, 0, INT_MAX, "last\n");
	remove_queue(msqid);
}

/* It passes only the queue, not its other descriptors. */
CASE(descriptors)
{
	use_tools();
	check_run("msgq open -ktc 0x0df7 -- sh -c 'ls /proc/$$/fd; :'", 0,
		  "0\n1\n2\n3\n");
	check_run("msgq open -ktc -f 7 0x0df7 -- sh -c 'ls /proc/$$/fd; :'", 0,
		  "0\n1\n2\n7\n");
	/* This number is one of its own before. */
	check_run("msgq open -ktc -f 4 0x0df7 -- sh -c 'ls /proc/$$/fd; :'", 0,
		  "0\n1\n2\n4\n");
	CHECK_ERR(msgget(KEY, 0), ENOENT);
}

CASE(exit_status)
{
	int msqid;

	use_tools();
	msqid = make();
	check_run("msgq open " NAMED "-- sh -c 'exit 7'", 7, "");
	check_complains("msgq open " NAMED "-- /nowhere/at-all 2>&1", 127,
			"/nowhere/at-all: No such file");
	check_complains("msgq open " NAMED "-- / 2>&1", 126, "/: Permission");
	check_complains("msgq open --fd 100000 " NAMED "-- true 2>&1", 1,
			"descriptor 100000: must be 0 to ");
	check_complains("msgq open --create --exclusive " NAMED "-- true 2>&1", 1,
			"queue 0x0df7: the queue exists;");
	AS(&nobody)
		check_complains("msgq open " NAMED "-- true 2>&1", 1,
				"no permission to open it: it belongs to root and has mode 0600");
	remove_queue(msqid);
	check_complains("msgq open " NAMED "-- true 2>&1", 1, "--create creates one");
	limit_set("msgmni", 0);
	check_complains("msgq open --create " NAMED "-- true 2>&1", 1,
			"the limit msgmni is reached: 0 of 0 queues exist;");
	check_complains("msgq open 32767 -- true 2>&1", 1,
			"queue 32767: no such queue");
}

CASE(usage)
{
	use_tools();
	CHECK_INT(run_line("msgq open --help"), 0);
	CHECK(strstr(said, "--temporary"));
	CHECK_INT(run_line("msgq --help"), 0);
	CHECK(strstr(said, "\n  open "));
	CHECK_INT(run_line("msgq open 2>&1"), 2);
	CHECK_INT(run_line("msgq open 5 -- 2>&1"), 2);
	check_complains("msgq open --nothing 5 -- true 2>&1", 2, "--nothing");
	check_complains("msgq open five -- true 2>&1", 2, "invalid queue 'five'");
	check_complains("msgq open --key 0x100000000 -- true 2>&1", 2, "invalid key '0x100000000'");
	check_complains("msgq open --create 5 -- true 2>&1", 2, "a bare number is an identifier");
}
