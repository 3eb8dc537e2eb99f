// SPDX-License-Identifier: MIT
/*
 * times.c - msgctl and msgq_ctl of a program whose time_t has 64 bits, which on
 * some machines of 32 bits has another struct msqid_ds than the device
 */
#define _GNU_SOURCE
#undef _TIME_BITS
#undef _FILE_OFFSET_BITS
#define _TIME_BITS		64
#define _FILE_OFFSET_BITS	64
#include <limits.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libmsgq.h>

#include "test.h"

#define KEY	0x6d736703

_Static_assert(sizeof(time_t) == 8, "this is about times of 64 bits");

typedef int control(int device, int msqid, int cmd, struct msqid_ds *buf);

static int by_system_call(int device, int msqid, int cmd, struct msqid_ds *buf)
{
	(void)device;
	return msgctl(msqid, cmd, buf);
}

static void check_state(const struct msqid_ds *state, int msqid, time_t before)
{
	time_t after = time(NULL);

	CHECK_INT(state->msg_perm.__key, KEY);
	CHECK_INT(state->msg_perm.uid, getuid());
	CHECK_INT(state->msg_perm.cgid, getgid());
	CHECK_INT(state->msg_perm.mode, 0640);
	CHECK_INT(state->msg_perm.__seq, msqid >> 15);
	CHECK(state->msg_stime >= before && state->msg_stime <= after);
	CHECK_INT(state->msg_rtime, 0);
	CHECK(state->msg_ctime >= before && state->msg_ctime <= after);
	CHECK_INT(state->msg_cbytes, 3);
	CHECK_INT(state->msg_qnum, 1);
	CHECK_INT(state->msg_qbytes, 16384);
	CHECK_INT(state->msg_lspid, getpid());
	CHECK_INT(state->msg_lrpid, 0);
}

/* Nothing is written behind the struct either. */
static void check_stat(control *ctl, int device, int msqid, time_t before)
{
	static const int commands[] = { IPC_STAT, MSG_STAT, MSG_STAT_ANY };
	struct {
		struct msqid_ds state;
		unsigned char guard[16], same[16];
	} buf;

	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		bool by_index = commands[i] != IPC_STAT;

		memset(&buf, 0xa5, sizeof(buf));
		CHECK_INT(ctl(device, by_index ? msqid & 0x7fff : msqid,
			      commands[i], &buf.state), by_index ? msqid : 0);
		check_state(&buf.state, msqid, before);
		CHECK(!memcmp(buf.guard, buf.same, sizeof(buf.guard)));
	}
}

static void check_control(control *ctl)
{
	struct {
		long type;
		char text[4];
	} message = { 1, "abc" };
	time_t before = time(NULL);
	struct msginfo *info;
	struct msqid_ds state;
	int device, msqid;

	DEVICE_ONLY();
	device = CHECK_OK(msgq_device());
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0640));
	CHECK_OK(msgsnd(msqid, &message, 3, 0));
	check_stat(ctl, device, msqid, before);

	memset(&state, 0xff, sizeof(state));
	state.msg_perm.uid = 1001;
	state.msg_perm.gid = 1002;
	state.msg_perm.mode = 0606;
	state.msg_qbytes = 1234;
	CHECK_INT(ctl(device, msqid, IPC_SET, &state), 0);
	memset(&state, 0, sizeof(state));
	CHECK_INT(ctl(device, msqid, IPC_STAT, &state), 0);
	CHECK_INT(state.msg_perm.uid, 1001);
	CHECK_INT(state.msg_perm.gid, 1002);
	CHECK_INT(state.msg_perm.mode, 0606);
	CHECK_INT(state.msg_qbytes, 1234);

	memset(&state, 0xa5, sizeof(state));
	CHECK_INT(ctl(device, 0, IPC_INFO, &state), msqid & 0x7fff);
	info = (struct msginfo *)&state;
	CHECK_INT(info->msgmnb, 16384);

	CHECK_ERR(ctl(device, INT_MAX, IPC_STAT, &state), EINVAL);
	CHECK_INT(info->msgmnb, 16384);
	CHECK_INT(ctl(device, msqid, IPC_RMID, NULL), 0);
	CHECK_ERR(ctl(device, msqid, IPC_SET, &state), EINVAL);
}

CASE(msgq_ctl)
{
	check_control(msgq_ctl);
}

CASE(msgctl)
{
	check_control(by_system_call);
}
