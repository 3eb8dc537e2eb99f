// SPDX-License-Identifier: MIT
/*
 * stale.c - queues that seem to be unused, and the exit status of a list
 * that is a check; the tool is in the folder above this program
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"
#include "shell.h"

#define KEY	0x0dff
#define QUEUE	"0x0dff "
#define AN_HOUR	(60 * 60)

static const struct identity alice = { .uid = 1000, .gid = 1000 };

static int make(key_t key)
{
	use_tools();
	return CHECK_OK(msgget(key, IPC_CREAT | IPC_EXCL | 0600));
}

/* Set the time of day forward by so many seconds. */
static void pass(long seconds)
{
	struct timespec set;

	CHECK_OK(clock_gettime(CLOCK_REALTIME, &set));
	set.tv_sec += seconds;
	CHECK_OK(clock_settime(CLOCK_REALTIME, &set));
}

/* "msgq ls" with these options shows exactly this key, or none at all. */
static void check_shows(const char *options, const char *key)
{
	char line[128];

	snprintf(line, sizeof(line), "msgq ls -H %s >/tmp/stale", options);
	check_run(line, *key ? 0 : 3, "");
	check_run("cut -d' ' -f 1 /tmp/stale | tr -d '\n'; rm /tmp/stale", 0,
		  key);
}

/* The exit status is the answer of a check, as in grep(1). */
CASE(status)
{
	static const char *const options[] = {
		"--full=90", "--waiting", "--claimed", "--not-empty",
		"--idle=1h", "--user=alice",
	};
	char line[64];
	int msqid;

	msqid = make(KEY);
	for (size_t i = 0; i < ARRAY_SIZE(options); i++) {
		check_shows(options[i], "");
		snprintf(line, sizeof(line), "msgq ls --json %s", options[i]);
		check_run(line, 3, "[]\n");
	}
	set_qbytes(msqid, 10);
	CHECK_PUT(msqid, 1, "123456789");
	check_shows("--full=90", "0x00000dff");
	check_shows("--full=91", "");
	check_shows("--full=90 " QUEUE, "0x00000dff");
	check_shows("--full=91 " QUEUE, "");
	check_shows("--full=90 --not-empty --user=root", "0x00000dff");
	remove_queue(msqid);

	/* Without a choice, an empty list is no failure. */
	check_run("msgq ls -H", 0, "");
	check_run("msgq ls -H --sort=full --reverse", 0, "");
}

CASE(idle)
{
	int msqid = make(KEY);

	check_shows("--idle=1h", "");
	check_shows("--idle=0", "0x00000dff");
	pass(2 * AN_HOUR);
	check_shows("--idle=1h", "0x00000dff");
	check_shows("-I 3h", "");
	check_shows("--idle=3600", "0x00000dff");
	check_shows("--idle=10800", "");
	check_shows("--idle=3600s", "0x00000dff");
	check_shows("--idle=60m", "0x00000dff");
	check_shows("--idle=180m", "");
	check_shows("--idle=3600000ms", "0x00000dff");
	check_shows("--idle=10800000ms", "");
	check_shows("--idle=1.5h", "0x00000dff");
	check_shows("--idle=2.5h", "");
	check_shows("--idle=1d", "");

	/* A change, a send and a receive each restart the idle time. */
	set_mode(msqid, 0600);
	check_shows("--idle=1h", "");
	pass(36 * AN_HOUR);
	check_shows("--idle=1d", "0x00000dff");
	check_shows("--idle=2d", "");
	CHECK_PUT(msqid, 1, "text");
	check_shows("--idle=1d", "");
	pass(36 * AN_HOUR);
	check_shows("--idle=1.4d", "0x00000dff");
	check_shows("--idle=1.6d", "");
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	check_shows("--idle=1d", "");
	/* A clock that was set back makes no queue old. */
	pass(-76 * AN_HOUR);
	check_shows("--idle=1s", "");
	pass(2 * AN_HOUR);
	remove_queue(msqid);
}

CASE(durations)
{
	static const char *const wrong[] = {
		"x", "", "-1", "1x", "1hh", "1 h", "h", ".5", "1e3", "0x10",
		"99999999999d", "9999999999999999999999",
	};
	char line[128], what[64];

	use_tools();
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		snprintf(line, sizeof(line), "msgq ls --idle='%s' 2>&1",
			 wrong[i]);
		snprintf(what, sizeof(what), "invalid duration '%s'", wrong[i]);
		check_complains(line, 2, what);
	}
	/* The other options with a time know the same words. */
	check_run("msgq create " QUEUE ">/dev/null", 0, "");
	CHECK_INT(run_line("msgq recv --deadline=10ms " QUEUE "2>&1"), 4);
	check_complains("msgq recv --deadline=@1s " QUEUE "2>&1", 2,
			"invalid time '1s'");
	CHECK_INT(run_line("msgq recv --deadline=@1.5 " QUEUE "2>&1"), 4);
	check_run("msgq watch -N 2 --interval=200ms | wc -l",
		  0, "3\n");
	check_run("msgq rm " QUEUE, 0, "");
}

/* The last processes have ended, and no process has it open or waits. */
CASE(orphan)
{
	struct peer *waiter;
	int msqid, fd;

	/* It is unused: it has no last processes. */
	msqid = make(KEY);
	check_shows("--orphan", "0x00000dff");
	check_run("msgq send " QUEUE "one two three", 0, "");
	check_run("msgq recv " QUEUE, 0, "one\n");
	check_shows("--orphan", "0x00000dff");
	check_shows("-o --idle=1h", "");

	CHECK_TAKE(msqid, 0, 0, 1, "two");
	check_shows("--orphan", "");
	check_run("msgq recv " QUEUE, 0, "three\n");
	check_shows("--orphan", "0x00000dff");
	CHECK_PUT(msqid, 1, "text");
	check_shows("--orphan", "");
	check_run("msgq send " QUEUE "x", 0, "");
	check_shows("--orphan", "0x00000dff");

	fd = desc_reader(msqid, 0, 0);
	check_shows("--orphan", "");
	close(fd);
	check_shows("--orphan", "0x00000dff");
	waiter = receiver(msqid, 10, 7, 0);
	CHECK_WAITS(waiter);
	check_shows("--orphan", "");
	peer_kill(waiter);
	check_shows("--orphan", "0x00000dff");

	/* A user cannot know this of a queue that he may not read. */
	AS(&alice)
		check_shows("--orphan", "");
	remove_queue(msqid);
}

/* A process without a number in this pid namespace may still live. */
CASE(orphan_of_others)
{
	int sent = make(KEY), received = make(0x0df1), unused = make(0x0df2);

	CHECK_PUT(sent, 1, "text");
	check_run("msgq send 0x0df1 text", 0, "");
	CHECK_TAKE(received, 0, 0, 1, "text");
	if (!unshare(CLONE_NEWPID)) {
		AS(NULL)
			check_shows("--orphan", "0x00000df2");
	} else {
		CHECK_INT(errno, EINVAL);
	}
	remove_queue(sent);
	remove_queue(received);
	remove_queue(unused);
}

CASE(removes)
{
	int old = make(KEY), fresh;

	pass(2 * AN_HOUR);
	fresh = make(0x0df1);
	check_run("msgq rm --idle=3h", 0, "");
	check_run("msgq rm --idle=1h 0x0df1", 0, "");
	CHECK_INT(desc_queues(), 2);
	check_run("msgq rm --idle=1h", 0, "");
	CHECK_ERR(msgctl(old, IPC_RMID, NULL), EINVAL);
	CHECK_PUT(fresh, 1, "text");
	check_run("msgq rm --orphan", 0, "");
	check_run("msgq rm --orphan --idle=0 0x0df1", 0, "");
	CHECK_INT(desc_queues(), 1);
	CHECK_TAKE(fresh, 0, 0, 1, "text");
	remove_queue(fresh);

	/* --mine keeps the queues of others. */
	make(KEY);
	AS(&alice) {
		make(0x0df1);
		check_run("msgq rm --mine --orphan", 0, "");
		CHECK_ERR(msgget(0x0df1, 0), ENOENT);
	}
	CHECK_INT(desc_queues(), 1);
	check_run("msgq rm --all --orphan", 0, "");
	CHECK_INT(desc_queues(), 0);
	pass(-2 * AN_HOUR);
}

/* The tool lists what it would remove, and checks again after the answer. */
CASE(asks)
{
	struct terminal terminal;
	int msqid = make(KEY);

	CHECK_PUT(msqid, 1, "text");
	pass(2 * AN_HOUR);
	make(0x0df1);
	pass(2 * AN_HOUR);
	terminal = terminal_start("msgq rm --idle=1h", 80);
	terminal_says(&terminal, "remove 2 queues with 1 messages? [y/N] ");
	CHECK(strstr(said, "0x00000dff, owner root, 1 messages, idle for 4h\r\n"));
	CHECK(strstr(said, "0x00000df1, owner root, 0 messages, idle for 2h\r\n"));
	terminal_type(&terminal, "n\n");
	CHECK_INT(terminal_end(&terminal), 1);
	CHECK_INT(desc_queues(), 2);

	terminal = terminal_start("msgq rm --idle=1h", 80);
	terminal_says(&terminal, "? [y/N] ");
	CHECK_PUT(msqid, 1, "more");
	terminal_type(&terminal, "y\n");
	CHECK_INT(terminal_end(&terminal), 0);
	CHECK(strstr(said, "has been used since it was selected, and is kept"));
	CHECK_ERR(msgget(0x0df1, 0), ENOENT);
	CHECK_INT(queue_state(msqid).msg_qnum, 2);
	remove_queue(msqid);
	pass(-4 * AN_HOUR);
}
