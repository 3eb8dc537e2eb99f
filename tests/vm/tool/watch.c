// SPDX-License-Identifier: MIT
/*
 * watch.c - "msgq watch", in lines and on a screen; the tool is in the folder
 * above this program, and tests/session tests its keys
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "desc_io.h"
#include "shell.h"

#define KEY	0x0dfc
#define QUEUE	"0x0dfc "

static int make(key_t key, int mode)
{
	use_tools();
	return CHECK_OK(msgget(key, IPC_CREAT | IPC_EXCL | mode));
}

CASE(watches)
{
	int msqid = make(KEY, 0600);

	CHECK_PUT(msqid, 1, "text");
	check_run("msgq watch -N 3 -i 0.2 | wc -l", 0, "4\n");
	check_run("msgq watch -N 1 | tail -n 1 | tr -s ' ' | cut -d' ' -f 2,4-6,9-",
		  0, "0x00000dfc root 1 0% 0 0 0\n");
	check_run("msgq watch -j -N 2 -i 0.2 | wc -l", 0, "2\n");
	check_run("msgq watch -j -N 1 | grep -c '\"messages\": 1,'", 0, "1\n");
	check_run("msgq watch -N 1 -f 1 | wc -l", 0, "1\n");
	/* It ends when all named queues are removed. */
	check_run("msgq watch -i 0.2 " QUEUE ">/dev/null 2>&1 & msgq rm " QUEUE
		  "; wait $!", 3, "");
	check_complains("msgq watch " QUEUE "2>&1", 3, "no queue has this key");
	check_run("msgq watch -i 0.2 >/dev/full 2>&1", 1, "");
}

/* On a terminal it uses the alternate screen, and restores it at any end. */
CASE(screen)
{
	static const char give[] = "\033[?7h\033[?25h\033[?1049l";
	int msqid = make(KEY, 0600);
	struct terminal terminal;

	CHECK_INT(run_on_terminal("TERM=xterm msgq watch", "q", 80), 0);
	CHECK(strstr(said, "\033[?1049h"));
	CHECK(strstr(said, "0x00000dfc"));
	CHECK(strstr(said, give));
	CHECK_INT(run_on_terminal("TERM=xterm msgq watch -N 2 -i 0.2", "", 80),
		  0);
	CHECK(strstr(said, give));
	terminal = terminal_start("TERM=xterm msgq watch & read line; kill $!; wait $!",
				  80);
	terminal_says(&terminal, "0x00000dfc");
	terminal_type(&terminal, "\n");
	CHECK_INT(terminal_end(&terminal), 128 + 15);
	CHECK(strstr(said, give));
	/* A terminal without that gets lines. */
	CHECK_INT(run_on_terminal("TERM=dumb msgq watch -N 1", "", 80), 0);
	CHECK(!strchr(said, '\033'));
	remove_queue(msqid);
}

/* It shows as many queues as fit, and the number of the others. */
CASE(small_screen)
{
	use_tools();
	check_run("for i in $(seq 30); do msgq create >/dev/null; done", 0, "");
	CHECK_INT(run_on_terminal("TERM=xterm msgq watch -N 1", "", 80), 0);
	CHECK(strstr(said, "30 queues"));
	CHECK(strstr(said, "... and 10 more"));
	check_run("msgq rm --all", 0, "");
}

/* It can sort by the rates of queues, which "ls" does not know. */
CASE(activity)
{
	static const char traffic[] =
		"while msgq send " QUEUE "x; do msgq recv -n " QUEUE "; done >/dev/null 2>&1 &";
	static const char *const columns[] = { "activity", "in/s", "out/s" };
	int quiet = make(0x10, 0600), busy = make(KEY, 0600);
	char line[512];

	for (size_t i = 0; i < ARRAY_SIZE(columns); i++) {
		/* It does not matter after how many lines there is a rate. */
		snprintf(line, sizeof(line),
			 "%s until msgq watch -N 2 -i 0.5 -s %s 2>&1 | sed -n 4p | grep 0x00000dfc >/dev/null; do :; done; kill $!; wait",
			 traffic, columns[i]);
		check_run(line, 0, "");
		snprintf(line, sizeof(line), "msgq ls --sort=%s 2>&1",
			 columns[i]);
		check_complains(line, 2, "unknown column");
	}
	/* Lines are in order of identifiers by default. */
	check_run("msgq watch -N 1 | tail -n 2 | cut -d' ' -f 2", 0,
		  "0x00000010\n0x00000dfc\n");
	check_run("msgq watch -N 1 --sort=key --reverse | tail -n 2 | cut -d' ' -f 2",
		  0, "0x00000dfc\n0x00000010\n");
	remove_queue(quiet);
	remove_queue(busy);
}

/* The times of several lines a second differ. */
CASE(fractions)
{
	int msqid = make(KEY, 0600);

	check_run("msgq watch -N 3 -i 0.25 | grep -oE '^[0-9:]{8}\\.[0-9]{3} 0x' | sort -u | wc -l",
		  0, "3\n");
	check_run("msgq watch -N 3 -i 200ms -j | grep -oE '\"time\": [0-9]+\\.[0-9]{3},' | sort -u | wc -l",
		  0, "3\n");
	check_run("msgq watch -N 1 -i 2 | grep -cE '^[0-9:]{8} 0x'", 0, "1\n");
	/* Headings are above their columns. */
	check_run("msgq watch -N 1 -i 0.25 | awk '{ print index($0, $3) }' | uniq",
		  0, "25\n");
	remove_queue(msqid);
}

/* It does not catch up on lines missed while it was stopped. */
CASE(stopped)
{
	int msqid = make(KEY, 0600);
	char *end;

	check_run("until_there() { until [ $(wc -l </tmp/watch) -ge $1 ]; do sleep 0.1; done; };"
		  ">/tmp/watch; msgq watch -j -i 0.2 >/tmp/watch & until_there 5; kill -STOP $!; sleep 2;"
		  "there=$(wc -l </tmp/watch); kill -CONT $!; until_there $((there + 5)); kill $!; wait $!",
		  128 + 15, "");
	/* Print how long the four lines after the stop, the longest gap, took. */
	CHECK_INT(run_line("sed -E 's/^.\"time\": ([0-9.]+),.*/\\1/' /tmp/watch | awk '{ at[NR] = $1 } END { for (i = 1; i + 5 <= NR; i++) if (at[i + 1] - at[i] > gap) { gap = at[i + 1] - at[i]; took = at[i + 5] - at[i + 1] } print int(took * 10) }'; rm /tmp/watch"),
		  0);
	/* These are 0.8 seconds, less a part of an interval; nothing if it catches up. */
	CHECK(strtol(said, &end, 10) >= 5);
	CHECK(*end == '\n');
	remove_queue(msqid);
}
