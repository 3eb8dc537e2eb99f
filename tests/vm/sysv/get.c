// SPDX-License-Identifier: MIT
/*
 * get.c - msgget: which queue a key names, and the queue that it makes
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#define KEY	0x6d736701
#define KEYS	100

CASE(private_is_always_new)
{
	int first = CHECK_OK(msgget(IPC_PRIVATE, 0));
	int second = CHECK_OK(msgget(IPC_PRIVATE, IPC_CREAT | IPC_EXCL));

	CHECK(first >= 0 && second >= 0);
	CHECK(first != second);
	CHECK_INT(queue_state(first).msg_perm.__key, IPC_PRIVATE);
	remove_queue(first);
	remove_queue(second);
}

CASE(unknown_key_without_create)
{
	CHECK_ERR(msgget(KEY, 0), ENOENT);
	CHECK_ERR(msgget(KEY, 0666), ENOENT);
	CHECK_ERR(msgget(KEY, IPC_EXCL | 0666), ENOENT);
}

CASE(create_makes_an_empty_queue)
{
	time_t before = time(NULL);
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0640));
	time_t after = time(NULL);
	struct msqid_ds state = queue_state(msqid);

	CHECK_INT(state.msg_perm.__key, KEY);
	CHECK_INT(state.msg_perm.mode, 0640);
	CHECK_INT(state.msg_perm.uid, 0);
	CHECK_INT(state.msg_perm.gid, 0);
	CHECK_INT(state.msg_perm.cuid, 0);
	CHECK_INT(state.msg_perm.cgid, 0);
	CHECK_INT(state.msg_qbytes, limit_get("msgmnb"));
	CHECK_INT(state.msg_qnum, 0);
	CHECK_INT(state.__msg_cbytes, 0);
	CHECK_INT(state.msg_lspid, 0);
	CHECK_INT(state.msg_lrpid, 0);
	CHECK_INT(state.msg_stime, 0);
	CHECK_INT(state.msg_rtime, 0);
	CHECK(state.msg_ctime >= before && state.msg_ctime <= after);
	remove_queue(msqid);
}

CASE(owner_is_the_effective_one)
{
	int msqid;

	AS(NULL) {
		CHECK_OK(setresgid(11, 12, 13));
		CHECK_OK(setresuid(21, 22, 23));
		CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	}
	msqid = CHECK_OK(msgget(KEY, 0));
	CHECK_INT(queue_state(msqid).msg_perm.uid, 22);
	CHECK_INT(queue_state(msqid).msg_perm.cuid, 22);
	CHECK_INT(queue_state(msqid).msg_perm.gid, 12);
	CHECK_INT(queue_state(msqid).msg_perm.cgid, 12);
	remove_queue(msqid);
}

CASE(mode_is_the_low_nine_bits)
{
	for (int mode = 0; mode < 01000; mode++) {
		int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | mode));

		CHECK_INT(queue_state(msqid).msg_perm.mode, mode);
		remove_queue(msqid);
	}
}

CASE(other_flag_bits_mean_nothing)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0x7fff0000 | 0600));

	CHECK_INT(queue_state(msqid).msg_perm.mode, 0600);
	CHECK_INT(CHECK_OK(msgget(KEY, IPC_NOWAIT)), msqid);
	remove_queue(msqid);
}

CASE(umask_plays_no_part)
{
	int msqid;

	umask(0777);
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0666));
	CHECK_INT(queue_state(msqid).msg_perm.mode, 0666);
	remove_queue(msqid);
}

CASE(known_key_is_the_same_queue_everywhere)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	struct msqid_ds state = queue_state(msqid);

	CHECK_INT(CHECK_OK(msgget(KEY, 0)), msqid);
	CHECK_INT(CHECK_OK(msgget(KEY, IPC_CREAT | 0600)), msqid);
	CHECK_INT(CHECK_OK(msgget(KEY, IPC_EXCL | 0600)), msqid);
	AS(NULL)
		CHECK_INT(CHECK_OK(msgget(KEY, 0600)), msqid);

	/* Nothing has changed, including the mode. */
	CHECK_OK(msgget(KEY, IPC_CREAT | 0222));
	CHECK_INT(queue_state(msqid).msg_perm.mode, 0600);
	CHECK_INT(queue_state(msqid).msg_ctime, state.msg_ctime);
	remove_queue(msqid);
}

CASE(keys_are_told_apart)
{
	int msqids[KEYS];

	for (int i = 0; i < KEYS; i++)
		msqids[i] = CHECK_OK(msgget(KEY + i * 256, IPC_CREAT | 0600));
	for (int i = 0; i < KEYS; i++)
		CHECK_INT(CHECK_OK(msgget(KEY + i * 256, 0)), msqids[i]);
	for (int i = 0; i < KEYS; i++)
		remove_queue(msqids[i]);
}

CASE(negative_key_is_a_key)
{
	int msqid = CHECK_OK(msgget(-5, IPC_CREAT | 0600));

	CHECK_INT(CHECK_OK(msgget(-5, 0)), msqid);
	CHECK_INT(queue_state(msqid).msg_perm.__key, -5);
	remove_queue(msqid);
}

CASE(exclusive_finds_a_known_key)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0));

	CHECK_ERR(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600), EEXIST);
	/* EEXIST comes before the permission check. */
	AS(&nobody) {
		CHECK_ERR(msgget(KEY, IPC_CREAT | IPC_EXCL | 0666), EEXIST);
		CHECK_ERR(msgget(KEY, IPC_CREAT | 0666), EACCES);
	}
	remove_queue(msqid);
}

CASE(rights_asked_are_the_three_triads_together)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0604));

	AS(&nobody) {
		CHECK_INT(CHECK_OK(msgget(KEY, 0)), msqid);
		CHECK_INT(CHECK_OK(msgget(KEY, 0400)), msqid);
		CHECK_INT(CHECK_OK(msgget(KEY, 0040)), msqid);
		CHECK_INT(CHECK_OK(msgget(KEY, 0004)), msqid);
		CHECK_ERR(msgget(KEY, 0200), EACCES);
		CHECK_ERR(msgget(KEY, 0020), EACCES);
		CHECK_ERR(msgget(KEY, 0002), EACCES);
		CHECK_ERR(msgget(KEY, 0402), EACCES);
		CHECK_ERR(msgget(KEY, 0100), EACCES);
		CHECK_ERR(msgget(KEY, IPC_CREAT | 0600), EACCES);
	}
	remove_queue(msqid);
}

CASE(removed_key_is_unknown)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	int again;

	remove_queue(msqid);
	CHECK_ERR(msgget(KEY, 0), ENOENT);
	again = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	CHECK(again != msqid);
	remove_queue(again);
}

CASE(no_more_than_msgmni)
{
	struct msginfo info;
	int in_use, msqid;

	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	in_use = info.msgpool;
	limit_set("msgmni", in_use + 1);

	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
	CHECK_ERR(msgget(KEY + 1, IPC_CREAT | 0600), ENOSPC);
	/* Existing queues can still be found. */
	CHECK_INT(CHECK_OK(msgget(KEY, IPC_CREAT | 0600)), msqid);
	CHECK_ERR(msgget(KEY + 1, 0), ENOENT);

	remove_queue(msqid);
	msqid = CHECK_OK(msgget(IPC_PRIVATE, 0600));
	remove_queue(msqid);
}

CASE(old_identifier_names_no_new_queue)
{
	enum { ROUNDS = 1000 };
	int *msqids = calloc(ROUNDS, sizeof(*msqids));
	int kept = make_queue();
	bool numbered = false;

	CHECK(msqids);
	for (int i = 0; i < ROUNDS; i++) {
		msqids[i] = make_queue();
		if (queue_state(msqids[i]).msg_perm.__seq)
			numbered = true;
		remove_queue(msqids[i]);
		for (int j = 0; j < i; j++)
			CHECK(msqids[j] != msqids[i]);
	}
	/* Within ROUNDS an index is used again, with a new sequence number. */
	CHECK(numbered);

	for (int i = 0; i < ROUNDS; i++)
		CHECK_ERR(msgctl(msqids[i], IPC_RMID, NULL), EINVAL);
	remove_queue(kept);
}

CASE(sequence_number_is_part_of_the_identifier)
{
	for (int i = 0; i < 200; i++) {
		int msqid = make_queue();

		CHECK_INT(msqid >> 15, queue_state(msqid).msg_perm.__seq);
		remove_queue(msqid);
	}
}

CASE(ftok_uses_the_low_eight_bits)
{
	key_t key = CHECK_OK(ftok("/proc/self", 0x61));

	CHECK_INT(ftok("/proc/self", 0x161), key);
	CHECK_INT(ftok("/proc/self", 0x7fffff61), key);
	CHECK_INT((key >> 24) & 0xff, 0x61);
	CHECK(ftok("/proc/self", 0x62) != key);
}

CASE(ftok_of_a_missing_path)
{
	CHECK_INT(ftok("/no/such/path", 1), -1);
}
