// SPDX-License-Identifier: MIT
/*
 * sets.c - semaphore sets by the tool, with --sem; the tool is in the folder
 * above this program
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_calls.h"
#include "sets.h"
#include "shell.h"

#define KEY	0x0dfe
#define SET	"0x0dfe "

static const struct identity alice = { .uid = 1000, .gid = 1000 };

/* A set with three semaphores, of value 2. */
static int make(void)
{
	use_tools();
	CHECK_INT(run_line("msgq create --sem -n 3 -V 2 -m 640 " SET), 0);
	return CHECK_OK(semget(KEY, 3, 0));
}

CASE(created)
{
	int semid = make();
	char expected[256];

	CHECK_VALUES(semid, 2, 2, 2);
	snprintf(expected, sizeof(expected), "%d\n", semid);
	/* It is there, and not changed. */
	check_run("msgq create --sem -n 5 -V 7 " SET, 0, expected);
	CHECK_VALUES(semid, 2, 2, 2);
	check_complains("msgq create --sem -x " SET "2>&1", 1,
			"the set exists; without --exclusive it is used");
	snprintf(expected, sizeof(expected),
		 "key semid owner perms sems waiting ops last\n"
		 "0x00000dfe %d root 640 3 0 0 N\n", semid);
	check_run("msgq ls --sem | tr -s ' ' | sed 's/ [0-9]*s$/ N/'", 0,
		  expected);
	snprintf(expected, sizeof(expected),
		 "[{\"kind\": \"sem\", \"key\": \"0x00000dfe\", \"semid\": %d, \"owner\": \"root\"\n",
		 semid);
	check_run("msgq ls --sem --json | cut -d, -f -4", 0, expected);
	remove_set(semid);
}

/* A command without --sem never reaches a set, and none with it a queue. */
CASE(kinds_are_apart)
{
	int semid = make(), msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));

	check_run("msgq ls -H | wc -l; msgq ls --sem -H | wc -l", 0, "1\n1\n");
	check_run("msgq rm --sem --all", 0, "");
	CHECK_ERR(semget(KEY, 0, 0), ENOENT);
	CHECK_INT(CHECK_OK(msgget(KEY, 0)), msqid);

	semid = make();
	check_run("msgq rm --orphan; msgq rm --mine; msgq rm --all", 0, "");
	CHECK_ERR(msgget(KEY, 0), ENOENT);
	CHECK_INT(CHECK_OK(semget(KEY, 0, 0)), semid);
	check_complains("msgq rm " SET "2>&1", 3, "no queue has this key");
	check_complains("msgq rm --sem 0x0dff 2>&1", 3,
			"no set has this key; \"msgq create --sem 0x0dff\" creates one");
	check_run("msgq rm --sem " SET, 0, "");
	CHECK_ERR(semget(KEY, 0, 0), ENOENT);
}

CASE(changed)
{
	int semid = make();
	struct semid_ds ds;

	check_run("msgq set --sem -V 5 -S 1 " SET, 0, "");
	CHECK_VALUES(semid, 2, 5, 2);
	check_run("msgq set --sem --value=0 " SET, 0, "");
	CHECK_VALUES(semid, 0, 0, 0);
	check_run("msgq set --sem -o alice -m 604 " SET, 0, "");
	ds = set_state(semid);
	CHECK_INT(ds.sem_perm.uid, 1000);
	CHECK_INT(ds.sem_perm.mode & 0777, 0604);
	check_complains("msgq set --sem -V 5 -S 3 " SET "2>&1", 1,
			"it has no semaphore 3");
	check_complains("msgq set --sem -V 32768 " SET "2>&1", 2,
			"must be 0 to 32767");
	check_complains("msgq set --sem -S 3 " SET "2>&1", 2,
			"--semaphore needs --value");
	check_complains("msgq set --sem -b 3 " SET "2>&1", 2,
			"unknown option '-b'; see 'msgq set --sem --help'");
	AS(&nobody)
		check_complains("msgq set --sem -m 666 " SET "2>&1", 5,
				"only its owner alice, its creator and root may");
	CHECK_VALUES(semid, 0, 0, 0);
	remove_set(semid);
}

CASE(state)
{
	int semid = make();
	struct peer *waits;
	char expected[256];

	check_run("msgq set --sem -V 0 " SET, 0, "");
	CHECK_OK(change(semid, 1, 4, 0));
	waits = operates(semid, OPS({ 0, -1, 0 }));
	CHECK_WAITS(waits);
	snprintf(expected, sizeof(expected),
		 "semaphores 3\n"
		 "waiting 1\n"
		 "operations 1\n"
		 "waits 1\n"
		 "0 0 1 0\n"
		 "1 4 0 0\n"
		 "2 0 0 0\n");
	check_run("msgq stat --sem " SET "| tr -s ' ' | sed -n 's/^ \\(semaphores\\|wait.*\\|operations\\) /\\1 /p; s/^ \\([0-9] [0-9] [0-9] [0-9]\\) .*/\\1/p'", 0,
		  expected);
	check_run("msgq stat --sem -j " SET "| sed 's/.*\"values\"/values/; s/\"process\": [0-9]*/pid/g'", 0,
		  "values: [{\"value\": 0, \"more\": 1, \"zero\": 0, pid}, {\"value\": 4, \"more\": 0, \"zero\": 0, pid}, {\"value\": 0, \"more\": 0, \"zero\": 0, pid}]}]\n");
	check_run("msgq ls --sem --waiting -H | wc -l", 0, "1\n");
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(waits, 0);
	check_run("msgq ls --sem --waiting -H; msgq ls --sem -H | tr -s ' ' | cut -d ' ' -f 6,7", 0,
		  "0 3\n");
	/* Without permission to read it. */
	AS(&nobody) {
		check_run("msgq ls --sem -H | tr -s ' ' | cut -d ' ' -f 5-7", 0,
			  "3 - -\n");
		check_run("msgq stat --sem " SET "| grep -c waiting", 1, "0\n");
		check_run("msgq stat --sem -j " SET "| grep -c '\"values\": null'",
			  0, "1\n");
	}
	remove_set(semid);
}

/* A peer that takes 2 with SEM_UNDO, and stops. */
static long take_and_stop(struct peer *peer)
{
	struct sembuf op = { 1, -2, SEM_UNDO };

	if (!semop(peer->msqid, &op, 1))
		raise(SIGSTOP);
	return -1;
}

CASE(who)
{
	int semid = make();
	struct peer *holds, *waits;
	char expected[512];

	needs_notice_of_exits();
	holds = peer_start(&(struct peer){
		.call = take_and_stop, .msqid = semid,
	});
	peer_state(holds, 'T');
	waits = operates(semid, OPS({ 0, -1, 0 }, { 1, -1, 0 }));
	CHECK_WAITS(waits);
	snprintf(expected, sizeof(expected),
		 "process thread command does semaphore amount operations waits\n"
		 " %d - sets undo 1 +2 - -\n"
		 " %d %d sets waits 1 -1 2 N\n",
		 holds->pid, waits->pid, waits->pid);
	check_run("msgq who --sem " SET "| sed 's/^/ /' | tr -s ' ' | sed 's/ [0-9]*s$/ N/; 1s/^ //'",
		  0, expected);
	snprintf(expected, sizeof(expected),
		 "{\"semid\": %d, \"undoing\": 1, \"waiting\": 1, \"processes\": [{\"process\": %d, \"command\": \"sets\", \"does\": \"undo\", \"semaphore\": 1, \"amount\": 2}, {\"process\": %d, \"command\": \"sets\", \"does\": \"waits\", \"semaphore\": 1, \"amount\": -1, \"thread\": %d, \"operations\": 2, N}]}\n",
		 semid, holds->pid, waits->pid, waits->pid);
	check_run("msgq who --sem --json " SET "| sed 's/\"waits\": [0-9.]*}/N}/'",
		  0, expected);
	AS(&alice)
		check_complains("msgq who --sem " SET "2>&1", 5,
				"no permission to list its processes");
	/* The end of the one lets the other go on. */
	peer_kill(holds);
	CHECK_ENDED(waits, 0);
	CHECK_VALUES(semid, 1, 1, 2);
	remove_set(semid);
}

CASE(orphans)
{
	struct peer *holds;
	int semid = make();
	char line[128];

	needs_notice_of_exits();
	/* The tool has set the values, and has ended. */
	check_run("msgq ls --sem --orphan -H | wc -l", 0, "1\n");
	set_value(semid, 1, 3);
	check_run("msgq ls --sem --orphan -H | wc -l", 0, "0\n");
	check_run("msgq rm --sem --orphan", 0, "");
	CHECK_VALUES(semid, 2, 3, 2);
	/* The end of this one changes it, as far as can be known. */
	holds = peer_start(&(struct peer){
		.call = take_and_stop, .msqid = semid,
	});
	peer_state(holds, 'T');
	check_run("msgq set --sem -V 1 " SET, 0, "");
	check_run("msgq ls --sem --orphan -H | wc -l", 0, "0\n");
	peer_kill(holds);
	check_run("msgq ls --sem --orphan -H | wc -l", 0, "1\n");
	check_run("msgq ls --sem --idle=1h -H | wc -l", 0, "0\n");
	snprintf(line, sizeof(line), "msgq rm --sem --orphan %d", semid);
	check_run(line, 0, "");
	CHECK_ERR(semget(KEY, 0, 0), ENOENT);
}

CASE(limits)
{
	int semid = make();

	check_run("msgq limits --sem | tr -s ' ' | cut -d ' ' -f -3", 0,
		  "limit value used\n"
		  "semmsl 32000 -\n"
		  "semmns 1024000000 3\n"
		  "semopm 500 -\n"
		  "semmni 32000 1\n");
	check_run("msgq limits --sem semmsl=3 semmni=1", 0, "");
	check_run("cat /proc/sys/msgq/sem", 0, "3\t1024000000\t500\t1\n");
	check_run("msgq limits --sem --json", 0,
		  "{\"semmsl\": 3, \"semmns\": 1024000000, \"semaphores\": 3, \"semopm\": 500, \"semmni\": 1, \"sets\": 1}\n");
	check_complains("msgq create --sem -n 4 2>&1", 6, "semmsl");
	check_complains("msgq create --sem -n 3 2>&1", 6, "semmni");
	check_complains("msgq limits --sem msgmni=3 2>&1", 2,
			"must be semmsl, semmns, semopm or semmni");
	AS(&alice)
		check_complains("msgq limits --sem semmni=3 2>&1", 5,
				"only root may change semmni");
	check_run("msgq limits --sem semmsl=32000 semmni=32000", 0, "");
	remove_set(semid);
}

CASE(limits_of_a_user)
{
	use_tools();
	check_run("msgq limits --sem --user=alice sets=1 semaphores=none", 0, "");
	AS(&alice)
		CHECK_INT(run_line("msgq create --sem -n 4 " SET), 0);
	AS(&alice)
		check_complains("msgq create --sem 2>&1", 6,
				"the limit of the user on sets is 1, and 1 are in use");
	check_run("msgq limits --sem --user=alice | tr -s ' ' | cut -d ' ' -f -3",
		  0, "limit value used\nsets 1 1\nsemaphores none 4\n");
	check_run("msgq limits --sem -u alice --json", 0,
		  "{\"most_sets\": 1, \"sets\": 1, \"most_semaphores\": null, \"semaphores\": 4}\n");
	check_run("msgq ls --sem --by-user | tr -s ' ' | grep -e user -e alice", 0,
		  "user sets most semaphores most\nalice 1 1 4 none\n");
	check_run("msgq ls --sem --all-instances -H | tr -s ' ' | cut -d ' ' -f 4-",
		  0, "1 4\n");
	check_complains("msgq limits --sem -u alice queues=3 2>&1", 2,
			"must be sets or semaphores");
	check_run("msgq limits --sem -u alice sets=none; msgq rm --sem " SET, 0, "");
}

CASE(watch)
{
	int semid = make();

	check_run("msgq watch --sem --count=1 | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2,4-", 0,
		  "0x00000dfe root 3 - - 0\n");
	CHECK_INT(run_on_terminal("TERM=xterm msgq watch --sem", "q", 80), 0);
	CHECK(strstr(said, "1 sets, 3 semaphores"));
	CHECK(strstr(said, "waits/s"));
	remove_set(semid);
	check_complains("msgq watch --sem " SET "2>&1", 3, "no set has this key");
}

CASE(words)
{
	static const char *const commands[] = {
		"ls", "stat", "who", "watch", "create", "rm", "set", "limits",
		NULL
	};

	use_tools();
	check_complains("msgq stat --sem 2>&1", 2,
			"missing SET; see 'msgq stat --sem --help'");
	check_complains("msgq send --sem 3 2>&1", 2, "unknown option '--sem'");
	check_complains("msgq rm --sem -- --sem 2>&1", 2,
			"invalid set '--sem'");
	check_complains("msgq ls --sem --full=3 2>&1", 2, "unknown option");
	check_complains("msgq ls --sem --sort=claims 2>&1", 2,
			"unknown column 'claims'");
	check_complains("msgq create --sem -n 0 2>&1", 2, "must be 1 to");
	for (const char *const *name = commands; *name; name++) {
		char line[64], usage[64];

		snprintf(line, sizeof(line), "msgq %s --sem --help", *name);
		snprintf(usage, sizeof(usage), "usage: msgq %s --sem", *name);
		CHECK_INT(run_line(line), 0);
		CHECK(strstr(said, usage));
		snprintf(line, sizeof(line), "msgq %s --help", *name);
		CHECK_INT(run_line(line), 0);
		CHECK(strstr(said, "--sem --help shows more"));
	}
}
