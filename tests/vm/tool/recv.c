// SPDX-License-Identifier: MIT
/*
 * recv.c - "msgq recv" receives messages by rule, and loses none whatever
 * happens to its output or command; the tool is in the folder above
 */
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"
#include "shell.h"

#define KEY	0x0df8
#define QUEUE	"0x0df8 "

static int make(void)
{
	use_tools();
	return CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
}

static void check_count(int msqid, unsigned long expected)
{
	CHECK_INT(queue_state(msqid).msg_qnum, expected);
}

/* The message has its old place, before another one. */
static void check_there(int msqid)
{
	check_count(msqid, 2);
	CHECK_TAKE(msqid, 0, 0, 7, "first");
	CHECK_TAKE(msqid, 0, 0, 1, "second");
	remove_queue(msqid);
}

static int make_two(void)
{
	int msqid = make();

	CHECK_PUT(msqid, 7, "first");
	CHECK_PUT(msqid, 1, "second");
	return msqid;
}

CASE(rules)
{
	int msqid = make();

	CHECK_PUT(msqid, 3, "three");
	CHECK_PUT(msqid, 2, "two");
	CHECK_PUT(msqid, 5, "five");
	CHECK_PUT(msqid, 4, "four");
	check_run("msgq recv -m 5 " QUEUE, 0, "five\n");
	check_run("msgq recv --match=-3 " QUEUE, 0, "two\n");
	check_run("msgq recv --match=3 --except " QUEUE, 0, "four\n");
	check_complains("msgq recv --no-wait --match=4 " QUEUE "2>&1", 4,
			"no such message");
	check_run("msgq recv " QUEUE, 0, "three\n");
	remove_queue(msqid);
}

CASE(counts)
{
	int msqid = make();

	check_complains("msgq recv -n " QUEUE "2>&1", 4, "no such message");
	check_run("msgq recv --all " QUEUE, 0, "");
	check_run("msgq send " QUEUE "a b c d e", 0, "");
	check_run("msgq recv --count 0 " QUEUE, 0, "");
	check_run("msgq recv --count 2 " QUEUE, 0, "a\nb\n");
	check_run("msgq recv --all --count 1 " QUEUE, 0, "c\n");
	check_run("msgq recv --follow --count 1 " QUEUE, 0, "d\n");
	check_run("msgq recv --all " QUEUE, 0, "e\n");
	check_run("msgq send " QUEUE "f", 0, "");
	check_run("msgq recv -n -c 2 " QUEUE "2>/dev/null", 4, "f\n");
	check_count(msqid, 0);
	remove_queue(msqid);
}

CASE(deadline)
{
	int msqid = make();

	check_complains("msgq recv --deadline 0.1 " QUEUE "2>&1", 4, "before the deadline");
	check_complains("msgq recv --deadline @1 " QUEUE "2>&1", 4, "before the deadline");
	/* Following until the deadline is no failure. */
	check_run("msgq send " QUEUE "one two", 0, "");
	check_run("msgq recv --follow --deadline 0.1 " QUEUE "2>&1", 0,
		  "one\ntwo\n");
	check_run("msgq send " QUEUE "one", 0, "");
	check_run("msgq recv --follow --deadline @1 " QUEUE "2>&1", 0,
		  "one\n");
	check_complains("msgq recv --follow --no-wait " QUEUE "2>&1", 4,
			"no such message");
	/* It waits for a message. */
	check_run("msgq recv --deadline 50 " QUEUE "& msgq send " QUEUE
		  "late; wait $!", 0, "late\n");
	remove_queue(msqid);
}

CASE(follow)
{
	int msqid = make_two();
	struct peer *removal = peer_start(&(struct peer){
		.call = remove_when_read, .msqid = msqid });

	check_run("msgq recv --follow " QUEUE "2>&1", 3,
		  "first\nsecond\nmsgq: queue 0x0df8: it has been removed\n");
	CHECK_ENDED(removal, 0);
}

/* A message longer than the first buffer. */
CASE(long_message)
{
	int msqid;

	limit_set("msgmax", 100000);
	limit_set("msgmnb", 300000);
	msqid = make();
	check_run("head -c 100000 /dev/zero | msgq send " QUEUE, 0, "");
	check_run("msgq recv --raw " QUEUE "| wc -c", 0, "100000\n");
	check_run("head -c 100000 /dev/zero | msgq send " QUEUE, 0, "");
	check_run("msgq recv " QUEUE "-- wc -c", 0, "100000\n");
	/* The command need not read the message. */
	check_run("head -c 100000 /dev/zero | msgq send " QUEUE, 0, "");
	check_run("msgq recv " QUEUE "-- true", 0, "");
	check_count(msqid, 0);
	remove_queue(msqid);
}

CASE(full_device)
{
	int msqid = make_two();

	check_complains("msgq recv " QUEUE "2>&1 >/dev/full", 1,
			"standard output: No space left");
	CHECK(strstr(said, "the message is back on the queue"));
	check_run("msgq recv --json --all " QUEUE ">/dev/full 2>&1", 1, "");
	check_there(msqid);
}

CASE(no_reader)
{
	int msqid = make_two();

	check_complains("mkfifo /tmp/tool_recv; exec 3<>/tmp/tool_recv 4>/tmp/tool_recv 3<&-; rm /tmp/tool_recv; msgq recv "
			QUEUE "2>&1 >&4", 1, "Broken pipe");
	check_there(msqid);
}

CASE(no_output)
{
	int msqid = make_two();

	check_complains("msgq recv " QUEUE "2>&1 >&-", 1, "standard output");
	check_complains("msgq recv " QUEUE "2>&1 <&- >&-", 1, "standard output");
	check_there(msqid);
}

CASE(command_fails)
{
	int msqid = make_two();

	check_complains("msgq recv " QUEUE "-- sh -c 'exit 5' 2>&1", 8,
			"sh exited with status 5");
	CHECK(strstr(said, "the message is back on the queue"));
	check_complains("msgq recv " QUEUE "-- sh -c 'kill -15 $$' 2>&1", 8,
			"sh was killed by signal 15");
	check_complains("msgq recv " QUEUE "-- /nowhere/at-all 2>&1", 8,
			"/nowhere/at-all: No such file");
	check_there(msqid);
}

/* The process that starts it may ignore SIGCHLD. */
CASE(children_ignored)
{
	int msqid = make();
	pid_t pid;

	CHECK_PUT(msqid, 1, "done");
	pid = CHECK_OK(fork());
	if (!pid) {
		signal(SIGCHLD, SIG_IGN);
		execlp("msgq", "msgq", "recv", "0x0df8", "--", "true",
		       NULL);
		_exit(127);
	}
	child_passed(pid);
	check_count(msqid, 0);
	remove_queue(msqid);
}

/* Earlier messages are done; the failed one and the rest stay. */
CASE(one_of_several_fails)
{
	int msqid = make();

	check_run("msgq send " QUEUE "one two three", 0, "");
	check_run("msgq recv --count 3 " QUEUE "-- grep -v two 2>/dev/null", 8,
		  "one\n");
	check_count(msqid, 2);
	CHECK_TAKE(msqid, 0, 0, 1, "two");
	CHECK_TAKE(msqid, 0, 0, 1, "three");
	remove_queue(msqid);
}

/* The tool is killed before the message has arrived. */
CASE(killed)
{
	int msqid = make_two();

	check_run("msgq recv " QUEUE "-- sh -c 'kill -9 $PPID' 2>/dev/null; exit $?",
		  137, "");
	check_count(msqid, 2);
	check_run("msgq recv --json " QUEUE, 0,
		  "{\"type\": 7, \"size\": 5, \"deliveries\": 2, \"text\": \"first\"}\n");
	CHECK_TAKE(msqid, 0, 0, 1, "second");
	remove_queue(msqid);
}

/* The queue is removed while the command works on a message. */
CASE(removed_meanwhile)
{
	make();
	check_run("msgq send " QUEUE "text", 0, "");
	check_run("msgq recv " QUEUE "-- msgq rm " QUEUE "2>&1", 3,
		  "msgq: queue 0x0df8: it has been removed\n");
	CHECK_ERR(msgget(KEY, 0), ENOENT);
}

CASE(command)
{
	char expected[64];
	int msqid = make();

	CHECK_PUT(msqid, 6, "text");
	snprintf(expected, sizeof(expected), "6 %d 1\ntext", msqid);
	check_run("msgq recv " QUEUE
		  "-- sh -c 'echo $MSGQ_TYPE $MSGQ_MSQID $MSGQ_DELIVERIES; cat'",
		  0, expected);
	check_count(msqid, 0);

	/* The command has its own options, and no open queue. */
	CHECK_PUT(msqid, 6, "text");
	check_run("msgq recv " QUEUE "-- sh -c 'ls /proc/$$/fd; :' -n", 0,
		  "0\n1\n2\n");
	CHECK_PUT(msqid, 6, "text");
	check_run("msgq recv --json " QUEUE "-- cat", 0,
		  "{\"type\": 6, \"size\": 4, \"deliveries\": 1, \"text\": \"text\"}\n");
	remove_queue(msqid);
}

/* Options may be on both sides of the queue; after "--" they are COMMAND's. */
CASE(order)
{
	int msqid = make();

	check_run("msgq send " QUEUE "one two three four five", 0, "");
	check_run("msgq recv " QUEUE "--json", 0,
		  "{\"type\": 1, \"size\": 3, \"deliveries\": 1, \"text\": \"one\"}\n");
	check_run("msgq recv --raw " QUEUE "--count 2", 0, "twothree");
	check_run("msgq recv " QUEUE "-c 1 -- grep -n -e four", 0, "1:four\n");
	check_complains("msgq recv " QUEUE "cat 2>&1", 2,
			"COMMAND goes after '--', as in 'msgq recv 0x0df8 -- cat'");
	check_complains("msgq recv " QUEUE "0x0df9 2>&1", 2, "COMMAND goes after");
	check_complains("msgq recv -- " QUEUE "cat 2>&1", 2, "COMMAND goes after");
	check_count(msqid, 1);
	check_run("msgq recv -n -- " QUEUE "-- cat -", 0, "five");
	remove_queue(msqid);
}

CASE(raw)
{
	int msqid = make();

	check_run("printf 'a\\0b\\n\\377' | msgq send " QUEUE, 0, "");
	check_run("msgq recv --raw " QUEUE "| od -An -tx1", 0,
		  " 61 00 62 0a ff\n");
	check_run("printf 'a\\0b\\n\\377' | msgq send " QUEUE, 0, "");
	check_run("msgq recv " QUEUE "| od -An -tx1", 0, " 61 00 62 0a ff 0a\n");
	check_run("msgq send " QUEUE "''; msgq recv " QUEUE, 0, "\n");
	check_run("msgq send " QUEUE "''; msgq recv --raw " QUEUE, 0, "");
	remove_queue(msqid);
}

/* Send the output of printf(1) as a text, and expect it as JSON. */
static void check_json(const char *text, const char *expected)
{
	char line[256], object[256];

	snprintf(line, sizeof(line),
		 "printf '%s' | msgq send %s && msgq recv --json %s | sed 's/.*\"deliveries\": 1, //'",
		 text, QUEUE, QUEUE);
	snprintf(object, sizeof(object), "%s}\n", expected);
	check_run(line, 0, object);
}

CASE(json)
{
	int msqid = make();

	check_json("", "\"text\": \"\"");
	check_json("a\\nb\\t\"\\\\\\001\\177\\000z",
		   "\"text\": \"a\\nb\\t\\\"\\\\\\u0001\\u007f\\u0000z\"");
	/* Characters of two, three and four bytes. */
	check_json("\\303\\244\\342\\202\\254\\360\\237\\230\\200",
		   "\"text\": \"\303\244\342\202\254\360\237\230\200\"");
	/* A stray byte, a missing byte, and the lengths of base64. */
	check_json("\\377", "\"base64\": \"/w==\"");
	check_json("a\\303", "\"base64\": \"YcM=\"");
	check_json("ab\\200", "\"base64\": \"YWKA\"");
	/* Overlong forms, half a surrogate pair, and no character. */
	check_json("\\300\\200", "\"base64\": \"wIA=\"");
	check_json("\\340\\200\\200", "\"base64\": \"4ICA\"");
	check_json("\\355\\240\\200", "\"base64\": \"7aCA\"");
	check_json("\\364\\220\\200\\200", "\"base64\": \"9JCAgA==\"");
	remove_queue(msqid);
}

CASE(rights)
{
	static const struct identity alice = { .uid = 1000, .gid = 1000 };
	int msqid = make_two();

	AS(&alice)
		check_complains("msgq recv " QUEUE "2>&1", 5,
				"no permission to receive from it: it belongs to root and has mode 0600");
	set_mode(msqid, 0602);
	AS(&alice)
		check_complains("msgq recv " QUEUE "2>&1", 5, "no permission");
	set_mode(msqid, 0604);
	AS(&alice)
		check_run("msgq recv " QUEUE, 0, "first\n");
	CHECK_TAKE(msqid, 0, 0, 1, "second");
	remove_queue(msqid);
}

CASE(usage)
{
	use_tools();
	CHECK_INT(run_line("msgq recv --help"), 0);
	CHECK(strstr(said, "--follow"));
	CHECK_INT(run_line("msgq recv 2>&1"), 2);
	CHECK_INT(run_line("msgq recv --all --follow 5 2>&1"), 2);
	CHECK_INT(run_line("msgq recv --raw --json 5 2>&1"), 2);
	check_complains("msgq recv --nothing 5 2>&1", 2, "--nothing");
	check_complains("msgq recv 32767 2>&1", 3,
			"queue 32767: no such queue");
	check_complains("msgq recv " QUEUE "2>&1", 3, "msgq create 0x0df8");
}
