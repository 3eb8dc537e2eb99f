// SPDX-License-Identifier: MIT
/*
 * queues.c - how the tool names, makes, changes and removes queues; it
 * is in the folder above this program
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"
#include "shell.h"

#define KEY	0x0dfa
#define QUEUE	"0x0dfa "

static const struct identity alice = { .uid = 1000, .gid = 1000 };
static const struct identity bob = { .uid = 1001, .gid = 1001 };

/* Run "msgq create" with these words; returns the identifier it prints. */
static int create(const char *words)
{
	char line[128], *end;
	long msqid;

	snprintf(line, sizeof(line), "msgq create %s", words);
	CHECK_INT(run_line(line), 0);
	msqid = strtol(said, &end, 10);
	CHECK(end != said && !strcmp(end, "\n"));
	return (int)msqid;
}

CASE(creates)
{
	int msqid;

	use_tools();
	msqid = create("");
	CHECK_INT(queue_state(msqid).msg_perm.__key, IPC_PRIVATE);
	CHECK_INT(queue_state(msqid).msg_perm.mode & 0777, 0600);
	CHECK_INT(queue_state(msqid).msg_qbytes, 16384);
	remove_queue(msqid);

	msqid = create("--mode=642 --bytes=8k --key 3578");
	CHECK_INT(CHECK_OK(msgget(KEY, 0)), msqid);
	CHECK_INT(queue_state(msqid).msg_perm.mode & 0777, 0642);
	CHECK_INT(queue_state(msqid).msg_qbytes, 8192);

	/* An existing queue stays as it is. */
	CHECK_INT(create("-m 600 -b 100 " QUEUE), msqid);
	CHECK_INT(queue_state(msqid).msg_perm.mode & 0777, 0642);
	CHECK_INT(queue_state(msqid).msg_qbytes, 8192);
	check_complains("msgq create -x " QUEUE "2>&1", 1, "the queue exists;");
	remove_queue(msqid);

	/* Create a queue without permission to read it. */
	msqid = create("--mode=0 --bytes=100 " QUEUE);
	CHECK_INT(queue_state(msqid).msg_qbytes, 100);
	remove_queue(msqid);
}

CASE(names)
{
	char line[64];
	int msqid;

	use_tools();
	check_run("touch /tmp/tool:queues && msgq create /tmp/tool:queues:a >/tmp/id",
		  0, "");
	msqid = CHECK_OK(msgget(CHECK_OK(ftok("/tmp/tool:queues", 'a')), 0));
	check_run("msgq send /tmp/tool:queues:97 text", 0, "");
	check_run("msgq send /tmp/tool:queues:0x61 text", 0, "");
	check_run("msgq recv --all $(cat /tmp/id)", 0, "text\ntext\n");
	snprintf(line, sizeof(line), "msgq send -k 0x%x text",
		 (unsigned int)queue_state(msqid).msg_perm.__key);
	check_run(line, 0, "");
	snprintf(line, sizeof(line), "msgq send --key %d text",
		 queue_state(msqid).msg_perm.__key);
	check_run(line, 0, "");
	snprintf(line, sizeof(line), "msgq send 0X%X text",
		 (unsigned int)queue_state(msqid).msg_perm.__key);
	check_run(line, 0, "");
	CHECK_INT(queue_state(msqid).msg_qnum, 3);
	check_run("msgq open --write /tmp/tool:queues:a -- sh -c 'echo >&3'",
		  0, "");
	CHECK_INT(queue_state(msqid).msg_qnum, 4);
	check_run("msgq rm /tmp/tool:queues:a; rm /tmp/tool:queues /tmp/id", 0,
		  "");
	CHECK_ERR(msgctl(msqid, IPC_RMID, NULL), EINVAL);

	/* The highest bit of a key may be set. */
	msqid = create("0xfffffffe");
	CHECK_INT(queue_state(msqid).msg_perm.__key, -2);
	check_run("msgq rm -k -- -2", 0, "");
}

/* A bare number is not a key, and the key of private queues makes no queue. */
CASE(makes_none)
{
	static const char *const refused[] = {
		"0", "00", "0x0", "0x00000000", "--key 0", "69", "0105",
		"2147483648", "-- -2", "five", "--key five", "--key 4294967296",
		"0x100000000", "0x", "''",
	};
	char line[64];
	int msqid;

	use_tools();
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		snprintf(line, sizeof(line), "msgq create %s 2>&1", refused[i]);
		check_complains(line, 2, "invalid key '");
	}
	CHECK_INT(desc_queues(), 0);
	/* The forms that the message offers make that queue. */
	remove_queue(create("--key 69"));
	msqid = create("0x45");
	CHECK_INT(CHECK_OK(msgget(69, 0)), msqid);
	check_run("msgq rm --key 0105", 0, "");
	msqid = create("69 --key");
	CHECK_INT(CHECK_OK(msgget(69, 0)), msqid);
	check_run("msgq rm 69 --key", 0, "");
	CHECK_INT(desc_queues(), 0);
}

/* All projects that ftok() distinguishes are accepted; others are refused. */
CASE(projects)
{
	static const struct {
		const char *text;
		int project;
	} forms[] = {
		{ "0", 0 }, { "5", 5 }, { "53", '5' }, { "'5'", '5' },
		{ "0x35", '5' }, { "a", 'a' }, { "'a'", 'a' }, { "'", '\'' },
		{ "'''", '\'' }, { "255", 255 },
	};
	static const char *const refused[] = {
		"256", "9504", "0x100", "4294967296", "-1", "'55'", "''", "55x",
	};
	char line[128];
	key_t key;
	int msqid;

	use_tools();
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		snprintf(line, sizeof(line), "\"/tmp:%s\"", forms[i].text);
		msqid = create(line);
		key = CHECK_OK(ftok("/tmp", forms[i].project));
		CHECK_INT(queue_state(msqid).msg_perm.__key, key);
		remove_queue(msqid);
	}
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		snprintf(line, sizeof(line), "msgq create \"/tmp:%s\" 2>&1",
			 refused[i]);
		check_complains(line, 2, "must be 0 to 255, or a character");
	}
	CHECK_INT(desc_queues(), 0);
}

CASE(wrong_names)
{
	use_tools();
	check_complains("msgq stat /nowhere:1 2>&1", 1, "/nowhere: No such file");
	check_complains("msgq stat /:x1 2>&1", 2, "invalid project 'x1'");
	check_complains("msgq stat /: 2>&1", 2, "invalid project ''");
	check_complains("msgq stat --key 0 2>&1", 3, "private queues have this key");
	check_complains("msgq stat 0x00000000 2>&1", 3, "private queues have this key");
	CHECK_INT(desc_queues(), 0);
	check_complains("msgq stat " QUEUE "2>&1", 3, "no queue has this key");
	check_complains("msgq stat 0 2>&1", 3, "no such queue");
}

/* An old identifier does not name the queue that has its index now. */
CASE(old_identifier)
{
	char line[64];
	int first, msqid;

	use_tools();
	first = create("");
	remove_queue(first);
	msqid = first;
	/* Go through all indices once. */
	do {
		if (msqid != first)
			remove_queue(msqid);
		msqid = CHECK_OK(msgget(IPC_PRIVATE, 0600));
	} while ((msqid & 0x7fff) != (first & 0x7fff));
	CHECK(msqid != first);
	snprintf(line, sizeof(line), "msgq stat %d 2>&1", first);
	check_complains(line, 3, "no such queue");
	snprintf(line, sizeof(line), "msgq rm %d 2>&1", first);
	check_complains(line, 3, "no such queue");
	snprintf(line, sizeof(line), "msgq rm %d 2>&1", msqid);
	check_run(line, 0, "");
}

CASE(create_limits)
{
	use_tools();
	limit_set("msgmni", 1);
	remove_queue(create(""));
	create(QUEUE);
	check_complains("msgq create 2>&1", 6,
			"the limit msgmni is reached: 1 of 1 queues exist;");
	CHECK(strstr(said, "msgq limits msgmni="));
	check_run("msgq rm " QUEUE, 0, "");

	/* No queue with less than the requested size is left. */
	AS(&alice)
		check_complains("msgq create --bytes=17k " QUEUE "2>&1", 6,
				"17408 bytes are more than the limit msgmnb, which is 16384");
	CHECK_ERR(msgget(KEY, 0), ENOENT);
	remove_queue(create("--bytes=17k " QUEUE));
}

CASE(sets)
{
	int msqid;

	use_tools();
	msqid = create(QUEUE);
	check_run("msgq set --owner=alice:bob --mode=0640 -b 100 " QUEUE, 0, "");
	CHECK_INT(queue_state(msqid).msg_perm.uid, 1000);
	CHECK_INT(queue_state(msqid).msg_perm.gid, 1001);
	CHECK_INT(queue_state(msqid).msg_perm.mode & 0777, 0640);
	CHECK_INT(queue_state(msqid).msg_qbytes, 100);
	/* Other values do not change. */
	check_run("msgq set --owner=:7 " QUEUE, 0, "");
	check_run("msgq set --owner=1001 " QUEUE, 0, "");
	CHECK_INT(queue_state(msqid).msg_perm.uid, 1001);
	CHECK_INT(queue_state(msqid).msg_perm.gid, 7);
	CHECK_INT(queue_state(msqid).msg_perm.mode & 0777, 0640);
	CHECK_INT(queue_state(msqid).msg_qbytes, 100);

	AS(&alice)
		check_complains("msgq set --mode=777 " QUEUE "2>&1", 5,
				"only its owner bob, its creator and root");
	/* An owner does not need permission to read. */
	set_mode(msqid, 0);
	AS(&bob) {
		check_run("msgq set --mode=600 " QUEUE, 0, "");
		check_complains("msgq set --bytes=1M " QUEUE "2>&1", 6,
				"1048576 bytes are more than the limit msgmnb");
		CHECK(strstr(said, "msgq limits msgmnb=1048576"));
	}
	CHECK_INT(queue_state(msqid).msg_perm.mode & 0777, 0600);
	CHECK_INT(queue_state(msqid).msg_qbytes, 100);
	check_run("msgq set --bytes=1M " QUEUE, 0, "");
	CHECK_INT(queue_state(msqid).msg_qbytes, 1048576);
	remove_queue(msqid);

	CHECK_INT(run_line("msgq set 5 2>&1"), 2);
	CHECK_INT(run_line("msgq set --mode=600 2>&1"), 2);
	CHECK_INT(run_line("msgq set --key 5 2>&1"), 2);
}

CASE(removes)
{
	char line[64];
	int msqid;

	use_tools();
	msqid = create("");
	create(QUEUE);
	snprintf(line, sizeof(line), "msgq rm %d " QUEUE, msqid);
	check_run(line, 0, "");
	CHECK_INT(desc_queues(), 0);

	/* A missing queue is reported, and the others are removed. */
	create(QUEUE);
	check_complains("msgq rm 0x0dfb " QUEUE "2>&1", 3, "queue 0x0dfb: ");
	CHECK_INT(desc_queues(), 0);
	create(QUEUE);
	/* If a word is invalid, no queue is removed. */
	check_complains("msgq rm " QUEUE "x 2>&1", 2, "invalid queue 'x'");
	CHECK_INT(desc_queues(), 1);
	check_run("msgq rm --all", 0, "");
	CHECK_INT(desc_queues(), 0);
	check_run("msgq rm --all", 0, "");
	CHECK_INT(run_line("msgq rm 2>&1"), 2);
	CHECK_INT(run_line("msgq rm --all 5 2>&1"), 2);
	CHECK_INT(run_line("msgq rm --all --mine 2>&1"), 2);
}

CASE(removes_mine)
{
	int owned, made, other;

	use_tools();
	owned = create(QUEUE);
	check_run("msgq set -o alice " QUEUE, 0, "");
	other = create("");
	AS(&alice)
		create("0x0dfb");
	made = CHECK_OK(msgget(0x0dfb, 0));
	check_run("msgq set -o root 0x0dfb", 0, "");
	AS(&alice)
		check_run("msgq rm --mine", 0, "");
	CHECK_ERR(msgctl(owned, IPC_RMID, NULL), EINVAL);
	CHECK_ERR(msgctl(made, IPC_RMID, NULL), EINVAL);
	AS(&alice)
		check_complains("msgq rm --all 2>&1", 5, "no permission to remove it");
	remove_queue(other);
}

/* Messages name a queue as the user did, so that a suggested command works. */
CASE(echoes)
{
	int msqid;

	use_tools();
	msqid = create("/tmp:a");
	set_qbytes(msqid, 3);
	check_run("msgq send -n /tmp:a text 2>&1", 6,
		  "msgq: queue /tmp:a: a message of 4 bytes is larger than the queue, which may hold 3 bytes; its owner can increase that: msgq set --bytes=4 /tmp:a\n");
	CHECK_PUT(msqid, 1, "12");
	check_complains("msgq send -n /tmp:a 34 2>&1", 4,
			"msgq set --bytes=NUMBER /tmp:a\n");
	AS(&alice)
		check_complains("msgq recv /tmp:a 2>&1", 5,
				"msgq set --mode=MODE /tmp:a\n");
	AS(&alice)
		check_complains("msgq open /tmp:a -- true 2>&1", 1,
				"msgq set --mode=MODE /tmp:a\n");
	AS(&alice)
		check_complains("msgq rm /tmp:a 2>&1", 5, "queue /tmp:a: no permission");
	CHECK_INT(run_on_terminal("msgq rm /tmp:a", "n\n", 80), 1);
	CHECK(strstr(said, "remove queue /tmp:a with 1 messages?"));
	check_run("msgq rm /tmp:a", 0, "");

	/* A key that is a bare number is not mistaken for an identifier. */
	msqid = create("--key 69");
	CHECK_INT(run_on_terminal("msgq rm --key 69", "n\n", 80), 1);
	CHECK(strstr(said, "remove queue --key 69 with 0 messages?"));
	AS(&alice) {
		check_complains("msgq recv -k 69 2>&1", 5,
				"queue --key 69: no permission to receive from it");
		CHECK(strstr(said, "msgq set --mode=MODE --key 69\n"));
	}
	remove_queue(msqid);
	check_run("msgq stat -k -- -2 2>&1", 3,
		  "msgq: queue --key -- -2: no queue has this key; \"msgq create --key -- -2\" creates one\n");
	check_complains("msgq stat -k /tmp:a 2>&1", 3, "queue /tmp:a: ");
	check_complains("msgq stat -k 0x45 2>&1", 3, "queue 0x45: ");
}

CASE(asks)
{
	int msqid;

	use_tools();
	msqid = create(QUEUE);
	CHECK_PUT(msqid, 1, "text");
	CHECK_INT(run_on_terminal("msgq rm " QUEUE, "n\n", 80), 1);
	CHECK(strstr(said, "with 1 messages? [y/N] "));
	CHECK(strstr(said, "nothing was removed"));
	CHECK_INT(run_on_terminal("msgq rm " QUEUE, "\n", 80), 1);
	CHECK_INT(run_on_terminal("msgq rm --all", "\004", 80), 1);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_INT(run_on_terminal("msgq rm " QUEUE, "y\n", 80), 0);
	CHECK_ERR(msgget(KEY, 0), ENOENT);

	create(QUEUE);
	create("");
	CHECK_INT(run_on_terminal("msgq rm --mine", "no\n", 80), 1);
	CHECK(strstr(said, "remove 2 queues with 0 messages?"));
	CHECK_INT(run_on_terminal("msgq rm --all --yes", "", 80), 0);
	CHECK(!strstr(said, "?"));
	CHECK_INT(desc_queues(), 0);
}
