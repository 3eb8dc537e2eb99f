// SPDX-License-Identifier: MIT
/*
 * control.c - msgctl: state, change and removal of one queue
 */
#define _GNU_SOURCE
#include <limits.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#define KEY	0x6d736702
#define UNKNOWN	0x7ffffff0

static const struct identity owner = { .uid = 1001, .gid = 1001 };
static const struct identity creator = { .uid = 1002, .gid = 1002 };
static const struct identity stranger = { .uid = 1003, .gid = 1003 };
static const struct identity admin = {
	.uid = 1003, .gid = 1003, .capabilities = CAPABILITY(CAP_SYS_ADMIN),
};

static const struct identity weak_root = { .uid = 0, .gid = 0 };

/* Make a queue as creator, and give it to owner. */
static int given_queue(unsigned int mode)
{
	struct msqid_ds state;
	int msqid;

	AS(&creator)
		CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	msqid = CHECK_OK(msgget(KEY, 0));
	state = queue_state(msqid);
	state.msg_perm.uid = owner.uid;
	state.msg_perm.gid = owner.gid;
	state.msg_perm.mode = mode;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	return msqid;
}

CASE(stat_tells_all_fields)
{
	time_t before = time(NULL), after;
	int msqid = given_queue(0640);
	struct msqid_ds state;
	char text[8200];

	CHECK_PUT(msqid, 1, "abc");
	CHECK_PUT(msqid, 1, "de");
	AS(NULL)
		CHECK_INT(msgrcv(msqid, text, sizeof(text) - sizeof(long), 0,
				 0), 3);
	after = time(NULL);
	memset(&state, 0xff, sizeof(state));
	CHECK_INT(msgctl(msqid, IPC_STAT, &state), 0);

	CHECK_INT(state.msg_perm.__key, KEY);
	CHECK_INT(state.msg_perm.uid, 1001);
	CHECK_INT(state.msg_perm.gid, 1001);
	CHECK_INT(state.msg_perm.cuid, 1002);
	CHECK_INT(state.msg_perm.cgid, 1002);
	CHECK_INT(state.msg_perm.mode, 0640);
	CHECK_INT(state.msg_perm.__seq, msqid >> 15);
	CHECK_INT(state.msg_qnum, 1);
	CHECK_INT(state.__msg_cbytes, 2);
	CHECK_INT(state.msg_qbytes, limit_get("msgmnb"));
	CHECK_INT(state.msg_lspid, getpid());
	CHECK(state.msg_lrpid > 0 && state.msg_lrpid != getpid());
	CHECK(state.msg_stime >= before && state.msg_stime <= after);
	CHECK(state.msg_rtime >= before && state.msg_rtime <= after);
	CHECK(state.msg_ctime >= before && state.msg_ctime <= after);
	remove_queue(msqid);
}

CASE(stat_needs_read_permission)
{
	int msqid = given_queue(0604);
	struct msqid_ds state;

	AS(&stranger)
		CHECK_OK(msgctl(msqid, IPC_STAT, &state));
	set_mode(msqid, 0333);
	AS(&stranger)
		CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EACCES);
	AS(&owner)
		CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EACCES);
	/* Permission to set does not include permission to read. */
	AS(&admin)
		CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EACCES);
	remove_queue(msqid);
}

CASE(set_changes_four_things)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	struct msqid_ds old, new, wish;
	time_t before, after;

	CHECK_PUT(msqid, 1, "abc");
	old = queue_state(msqid);
	memset(&wish, 0x5a, sizeof(wish));
	wish.msg_perm.uid = 31;
	wish.msg_perm.gid = 32;
	wish.msg_perm.mode = 0137421;
	wish.msg_qbytes = 1234;
	before = time(NULL);
	CHECK_INT(msgctl(msqid, IPC_SET, &wish), 0);
	after = time(NULL);

	new = queue_state(msqid);
	CHECK_INT(new.msg_perm.uid, 31);
	CHECK_INT(new.msg_perm.gid, 32);
	CHECK_INT(new.msg_perm.mode, 0421);
	CHECK_INT(new.msg_qbytes, 1234);
	CHECK(new.msg_ctime >= before && new.msg_ctime <= after);

	CHECK_INT(new.msg_perm.__key, KEY);
	CHECK_INT(new.msg_perm.cuid, 0);
	CHECK_INT(new.msg_perm.cgid, 0);
	CHECK_INT(new.msg_perm.__seq, old.msg_perm.__seq);
	CHECK_INT(new.msg_qnum, 1);
	CHECK_INT(new.__msg_cbytes, 3);
	CHECK_INT(new.msg_lspid, old.msg_lspid);
	CHECK_INT(new.msg_lrpid, 0);
	CHECK_INT(new.msg_stime, old.msg_stime);
	CHECK_INT(new.msg_rtime, 0);
	CHECK_INT(CHECK_OK(msgget(KEY, 0)), msqid);
	remove_queue(msqid);
}

CASE(set_and_remove_are_for_owner_creator_and_admin)
{
	int msqid = given_queue(0666);
	struct msqid_ds state = queue_state(msqid);

	AS(&owner)
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
	AS(&creator)
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
	AS(&admin)
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
	AS(&stranger) {
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
		CHECK_ERR(msgctl(msqid, IPC_RMID, NULL), EPERM);
	}
	/* Root only has privilege by its capabilities. */
	AS(&weak_root) {
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
		CHECK_ERR(msgctl(msqid, IPC_RMID, NULL), EPERM);
	}

	AS(&owner)
		CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
	msqid = given_queue(0);
	AS(&creator)
		CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
	msqid = given_queue(0);
	AS(&admin)
		CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
	CHECK_ERR(msgget(KEY, 0), ENOENT);
}

CASE(set_needs_no_right_of_the_mode)
{
	int msqid = given_queue(0);
	struct msqid_ds state = queue_state(msqid);

	state.msg_perm.mode = 0600;
	AS(&owner)
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
	CHECK_INT(queue_state(msqid).msg_perm.mode, 0600);
	remove_queue(msqid);
}

CASE(owner_may_give_it_away)
{
	int msqid = given_queue(0600);
	struct msqid_ds state = queue_state(msqid);

	state.msg_perm.uid = stranger.uid;
	AS(&owner) {
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
	}
	AS(&stranger)
		remove_queue(msqid);
}

CASE(more_than_msgmnb_needs_a_capability)
{
	const struct identity resource = {
		.uid = owner.uid, .gid = owner.gid,
		.capabilities = CAPABILITY(CAP_SYS_RESOURCE),
	};
	const struct identity admin_alone = {
		.uid = 0, .capabilities = CAPABILITY(CAP_SYS_ADMIN),
	};
	unsigned long msgmnb = limit_get("msgmnb");
	int msqid = given_queue(0600);
	struct msqid_ds state = queue_state(msqid);

	if (prctl(PR_CAPBSET_READ, CAP_SYS_RESOURCE) != 1) {
		remove_queue(msqid);
		SKIP("root has no CAP_SYS_RESOURCE here");
	}
	state.msg_qbytes = msgmnb + 1;
	AS(&owner)
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
	AS(&admin_alone)
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
	CHECK_INT(queue_state(msqid).msg_qbytes, msgmnb);

	AS(&resource)
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
	CHECK_INT(queue_state(msqid).msg_qbytes, msgmnb + 1);
	/* The same if the value does not change. */
	AS(&owner)
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
	state.msg_qbytes = msgmnb;
	AS(&owner)
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
	CHECK_INT(queue_state(msqid).msg_qbytes, msgmnb);

	/* A lowered limit changes no queue, and needs the same capability. */
	limit_set("msgmnb", msgmnb - 1);
	CHECK_INT(queue_state(msqid).msg_qbytes, msgmnb);
	AS(&owner)
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
	remove_queue(msqid);
}

CASE(id_that_does_not_map)
{
	int msqid = make_queue();
	struct msqid_ds state = queue_state(msqid);

	state.msg_perm.uid = -1;
	CHECK_ERR(msgctl(msqid, IPC_SET, &state), EINVAL);
	state.msg_perm.uid = 0;
	state.msg_perm.gid = -1;
	CHECK_ERR(msgctl(msqid, IPC_SET, &state), EINVAL);
	remove_queue(msqid);
}

CASE(id_that_does_not_map_in_a_user_namespace)
{
	int msqid = make_queue();
	struct msqid_ds state = queue_state(msqid);

	AS(NULL) {
		if (unshare(CLONE_NEWUSER)) {
			remove_queue(msqid);
			SKIP("this kernel has no user namespaces");
		}
		write_text("/proc/self/setgroups", "deny");
		write_text("/proc/self/uid_map", "0 0 1");
		write_text("/proc/self/gid_map", "0 0 1");
		state.msg_perm.mode = 0640;
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
		state.msg_perm.mode = 0644;
		state.msg_perm.uid = 5;
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EINVAL);
		state.msg_perm.uid = 0;
		state.msg_perm.gid = 5;
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), EINVAL);
	}
	CHECK_INT(queue_state(msqid).msg_perm.mode, 0640);
	remove_queue(msqid);
}

CASE(removal_is_at_once)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	void *nowhere = libc_copies_structs() ? NULL : guarded(0);
	struct msqid_ds state;
	char text[64];

	CHECK_PUT(msqid, 1, "abc");
	/* The buffer is ignored. */
	CHECK_INT(msgctl(msqid, IPC_RMID, nowhere), 0);
	CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EINVAL);
	CHECK_ERR(msgctl(msqid, IPC_RMID, NULL), EINVAL);
	CHECK_ERR(msgrcv(msqid, text, 8, 0, IPC_NOWAIT), EINVAL);
	CHECK_ERR(msgget(KEY, 0), ENOENT);
}

CASE(unknown_identifier)
{
	static const int commands[] = { IPC_STAT, IPC_SET, IPC_RMID };
	static const int msqids[] = { -1, INT_MIN, UNKNOWN, INT_MAX };
	struct msqid_ds state;
	int removed = make_queue();

	memset(&state, 0, sizeof(state));
	remove_queue(removed);
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		CHECK_ERR(msgctl(removed, commands[i], &state), EINVAL);
		for (size_t j = 0; j < ARRAY_SIZE(msqids); j++)
			CHECK_ERR(msgctl(msqids[j], commands[i], &state),
				  EINVAL);
	}
}

CASE(unknown_command)
{
	static const int commands[] = { 4, 5, 10, 14, 99, -1, INT_MIN,
					INT_MAX };
	int msqid = make_queue();
	struct msqid_ds state;

	memset(&state, 0, sizeof(state));
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		CHECK_ERR(msgctl(msqid, commands[i], &state), EINVAL);
	/* An unknown command fails so, whatever else is wrong. */
	CHECK_ERR(msgctl(UNKNOWN, 99, NULL), EINVAL);
	remove_queue(msqid);
}

CASE(buffer_that_faults)
{
	struct msqid_ds *part = guarded(sizeof(*part) / 2);
	int msqid;

	if (libc_copies_structs())
		SKIP("the C library copies the struct");
	msqid = make_queue();
	CHECK_ERR(msgctl(msqid, IPC_STAT, NULL), EFAULT);
	CHECK_ERR(msgctl(msqid, IPC_STAT, part), EFAULT);
	CHECK_ERR(msgctl(msqid, IPC_SET, NULL), EFAULT);
	CHECK_ERR(msgctl(msqid, IPC_SET, part), EFAULT);
	/* A set reads before it looks for the queue, a stat writes after. */
	CHECK_ERR(msgctl(UNKNOWN, IPC_SET, NULL), EFAULT);
	CHECK_ERR(msgctl(UNKNOWN, IPC_STAT, NULL), EINVAL);
	CHECK_INT(queue_state(msqid).msg_perm.mode, 0600);
	remove_queue(msqid);
}

/* Like the kernel, for 32-bit programs; a 64-bit struct is read in full. */
CASE(set_reads_no_more_than_it_needs)
{
	const size_t needed = offsetof(struct msqid_ds, msg_lspid);
	struct msqid_ds *part = guarded(needed);
	struct msqid_ds state;
	int msqid;

	if (libc_copies_structs())
		SKIP("the C library copies the struct");
	msqid = make_queue();
	state = queue_state(msqid);
	state.msg_perm.mode = 0640;
	memcpy(part, &state, needed);
	if (sizeof(long) == 4) {
		CHECK_OK(msgctl(msqid, IPC_SET, part));
		CHECK_INT(queue_state(msqid).msg_perm.mode, 0640);
		part = guarded(needed - 1);
		memcpy(part, &state, needed - 1);
	}
	CHECK_ERR(msgctl(msqid, IPC_SET, part), EFAULT);
	remove_queue(msqid);
}
