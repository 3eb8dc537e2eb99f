// SPDX-License-Identifier: MIT
/*
 * Callers in their own user namespace: which ids they see and set, and that
 * their capabilities have no effect on queues of the first namespace.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <unistd.h>

#include "peer.h"
#include "user_ns.h"

static void see_ids(int msqid)
{
	struct msqid_ds state = queue_state(msqid);

	CHECK_INT(state.msg_perm.uid, 5);
	CHECK_INT(state.msg_perm.gid, 6);
	CHECK_INT(state.msg_perm.cuid, overflow_id());
	CHECK_INT(state.msg_perm.cgid, overflow_id());
	CHECK_OK(msgctl(msqid & 0x7fff, MSG_STAT, &state));
	CHECK_INT(state.msg_perm.uid, 5);
	CHECK_INT(state.msg_perm.cuid, overflow_id());
}

CASE(ids_as_seen_inside)
{
	int msqid = queue_owned_by(OUTSIDE(5), OUTSIDE(6), 0666);

	in_user_ns(see_ids, msqid);
	remove_queue(msqid);
}

/* The triad of the mode depends on the caller's ids outside. */
static void use_by_triad(int msqid)
{
	long message[2];

	CHECK_OK(setgroups(1, &(gid_t){ 6 }));
	CHECK_OK(setresuid(7, 7, 7));
	CHECK_PUT(msqid, 1, "group");
	CHECK_ERR(msgrcv(msqid, message, 8, 0, IPC_NOWAIT), EACCES);
}

CASE(group_inside)
{
	int msqid = queue_owned_by(OUTSIDE(5), OUTSIDE(6), 0624);

	in_user_ns(use_by_triad, msqid);
	CHECK_TAKE(msqid, 0, 0, 1, "group");
	remove_queue(msqid);
}

static void set_ids(int msqid)
{
	struct msqid_ds state;

	CHECK_OK(setresuid(5, 5, 5));
	state = queue_state(msqid);

	state.msg_perm.uid = UNMAPPED;
	CHECK_ERR(msgctl(msqid, IPC_SET, &state), EINVAL);
	state.msg_perm.uid = 5;
	state.msg_perm.gid = UNMAPPED;
	CHECK_ERR(msgctl(msqid, IPC_SET, &state), EINVAL);
	state.msg_perm.uid = -1;
	state.msg_perm.gid = 6;
	CHECK_ERR(msgctl(msqid, IPC_SET, &state), EINVAL);
	CHECK_INT(queue_state(msqid).msg_perm.uid, 5);

	state.msg_perm.uid = 7;
	state.msg_perm.gid = 8;
	state.msg_perm.mode = 0604;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	state = queue_state(msqid);
	CHECK_INT(state.msg_perm.uid, 7);
	CHECK_INT(state.msg_perm.gid, 8);
}

CASE(ids_as_set_inside)
{
	int msqid = queue_owned_by(OUTSIDE(5), OUTSIDE(6), 0600);
	struct msqid_ds state;

	in_user_ns(set_ids, msqid);
	state = queue_state(msqid);
	CHECK_INT(state.msg_perm.uid, OUTSIDE(7));
	CHECK_INT(state.msg_perm.gid, OUTSIDE(8));
	CHECK_INT(state.msg_perm.mode, 0604);
	remove_queue(msqid);
}

/* Root of the inner namespace has all capabilities, but only there. */
static void be_powerless(int msqid)
{
	struct msqid_ds state = { .msg_qbytes = 1 };
	long message[2] = { 1 };

	CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EACCES);
	CHECK_ERR(msgctl(msqid & 0x7fff, MSG_STAT, &state), EACCES);
	CHECK_ERR(msgsnd(msqid, message, 1, IPC_NOWAIT), EACCES);
	CHECK_ERR(msgrcv(msqid, message, 1, 0, IPC_NOWAIT), EACCES);
	CHECK_ERR(msgget(0x0d0d, 0400), EACCES);
	CHECK_INT(msgget(0x0d0d, 0), msqid);
	CHECK_INT(msgctl(msqid & 0x7fff, MSG_STAT_ANY, &state), msqid);
	CHECK_INT(state.msg_perm.uid, overflow_id());

	state.msg_perm.uid = 0;
	state.msg_perm.gid = 0;
	CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
	CHECK_ERR(msgctl(msqid, IPC_RMID, NULL), EPERM);
}

CASE(capabilities_inside)
{
	int msqid = CHECK_OK(msgget(0x0d0d, IPC_CREAT | IPC_EXCL | 0600));

	in_user_ns(be_powerless, msqid);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

/* CAP_SYS_RESOURCE has no effect either, even for an owner. */
static void raise_bytes(int msqid)
{
	struct msqid_ds state = queue_state(msqid);

	state.msg_qbytes = limit_get("msgmnb") + 1;
	CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
	state.msg_qbytes = limit_get("msgmnb");
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
}

CASE(bytes_raised_inside)
{
	int msqid = queue_owned_by(OUTSIDE(0), OUTSIDE(0), 0600);

	in_user_ns(raise_bytes, msqid);
	remove_queue(msqid);
}

static void make_one(int msqid)
{
	struct msqid_ds state;

	(void)msqid;
	msqid = CHECK_OK(msgget(0x0e0e, IPC_CREAT | IPC_EXCL | 0600));
	state = queue_state(msqid);
	CHECK_INT(state.msg_perm.cuid, 0);
	CHECK_INT(state.msg_perm.cgid, 0);
	CHECK_PUT(msqid, 1, "inside");
}

CASE(made_inside)
{
	struct msqid_ds state;
	int msqid;

	in_user_ns(make_one, -1);
	msqid = CHECK_OK(msgget(0x0e0e, 0));
	state = queue_state(msqid);
	CHECK_INT(state.msg_perm.uid, OUTSIDE(0));
	CHECK_INT(state.msg_perm.gid, OUTSIDE(0));
	CHECK_INT(state.msg_perm.cuid, OUTSIDE(0));
	CHECK_INT(state.msg_perm.cgid, OUTSIDE(0));
	CHECK_TAKE(msqid, 0, 0, 1, "inside");
	remove_queue(msqid);
}
