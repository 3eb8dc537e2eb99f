// SPDX-License-Identifier: MIT
/*
 * The structs of state and limits in both widths: every byte of them, and not
 * one byte more.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <msgq.h>

#include "test.h"

#define BAD_ADDRESS	((void *)8)

#define WORD(command, size) \
	(((command) & ~IOCSIZE_MASK) | (size) << _IOC_SIZESHIFT)

static int device = -1;

static int control(int msqid, int cmd, void *buf, unsigned int long_size)
{
	struct msgq_ctl arg = {
		.msqid = msqid,
		.cmd = cmd,
		.buf = (uintptr_t)buf,
		.long_size = long_size,
	};

	return ioctl(device, MSGQ_IOC_CTL, &arg);
}

/* A queue that has been used, with one message on it. */
static int used_queue(void)
{
	int msqid;

	DEVICE_ONLY();
	device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC));
	msqid = CHECK_OK(msgget(0x0a0b0c0d, IPC_CREAT | IPC_EXCL | 0640));
	CHECK_PUT(msqid, 1, "one");
	CHECK_PUT(msqid, 1, "three");
	CHECK_TAKE(msqid, 0, 0, 1, "one");
	return msqid;
}

static void remove_it(int msqid)
{
	CHECK_OK(control(msqid, IPC_RMID, NULL, 8));
}

static bool all_are(const void *bytes, size_t size, unsigned char value)
{
	const unsigned char *byte = bytes;

	while (size--)
		if (*byte++ != value)
			return false;
	return true;
}

static int seq_of(int msqid)
{
	return msqid >> 15;
}

CASE(state_wide)
{
	struct {
		struct msgq_ds64 ds;
		char more[64];
	} state;
	int msqid = used_queue();
	time_t now = time(NULL);

	memset(&state, 0xaa, sizeof(state));
	CHECK_INT(control(msqid, IPC_STAT, &state, 8), 0);
	CHECK(all_are(state.more, sizeof(state.more), 0xaa));
	CHECK_INT(state.ds.key, 0x0a0b0c0d);
	CHECK(!state.ds.uid && !state.ds.gid && !state.ds.cuid &&
	      !state.ds.cgid);
	CHECK_INT(state.ds.mode, 0640);
	CHECK_INT(state.ds.seq, seq_of(msqid));
	CHECK(!state.ds.pad1 && !state.ds.pad2 && !state.ds.unused1 &&
	      !state.ds.unused2 && !state.ds.unused3 && !state.ds.unused4);
	CHECK(state.ds.stime > now - 1000 && state.ds.stime <= now);
	CHECK(state.ds.rtime >= state.ds.stime && state.ds.rtime <= now);
	CHECK(state.ds.ctime <= state.ds.stime && state.ds.ctime > now - 1000);
	CHECK_INT(state.ds.cbytes, 5);
	CHECK_INT(state.ds.qnum, 1);
	CHECK_INT(state.ds.qbytes, limit_get("msgmnb"));
	CHECK_INT(state.ds.lspid, getpid());
	CHECK_INT(state.ds.lrpid, getpid());
	remove_it(msqid);
}

CASE(state_narrow)
{
	struct {
		struct msgq_ds32 ds;
		char more[64];
	} state;
	struct msgq_ds64 wide;
	int msqid = used_queue();

	memset(&state, 0xaa, sizeof(state));
	CHECK_OK(control(msqid, IPC_STAT, &wide, 8));
	CHECK_INT(control(msqid, IPC_STAT, &state, 4), 0);
	CHECK(all_are(state.more, sizeof(state.more), 0xaa));
	CHECK_INT(state.ds.key, wide.key);
	CHECK(!state.ds.uid && !state.ds.gid && !state.ds.cuid &&
	      !state.ds.cgid);
	CHECK_INT(state.ds.mode, wide.mode);
	CHECK_INT(state.ds.seq, wide.seq);
	CHECK(!state.ds.pad1 && !state.ds.unused1 && !state.ds.unused2 &&
	      !state.ds.unused3 && !state.ds.unused4);
	CHECK_INT(state.ds.stime, wide.stime);
	CHECK_INT(state.ds.rtime, wide.rtime);
	CHECK_INT(state.ds.ctime, wide.ctime);
	CHECK(!state.ds.stime_high && !state.ds.rtime_high &&
	      !state.ds.ctime_high);
	CHECK_INT(state.ds.cbytes, 5);
	CHECK_INT(state.ds.qnum, 1);
	CHECK_INT(state.ds.qbytes, wide.qbytes);
	CHECK_INT(state.ds.lspid, getpid());
	CHECK_INT(state.ds.lrpid, getpid());
	remove_it(msqid);
}

/* The C library's struct is one of the two. */
CASE(state_of_library)
{
	struct msqid_ds own, filled;
	int msqid = used_queue();
	size_t size = sizeof(long) == 8 ? sizeof(struct msgq_ds64) :
					  sizeof(struct msgq_ds32);

	CHECK_INT(sizeof(own), size);
	CHECK_OK(msgctl(msqid, IPC_STAT, &own));
	memset(&filled, 0xaa, sizeof(filled));
	CHECK_OK(control(msqid, IPC_STAT, &filled, sizeof(long)));
	CHECK(!memcmp(&own, &filled, size));
	memset(&filled, 0xaa, sizeof(filled));
	CHECK_INT(control(msqid & 0x7fff, MSG_STAT, &filled, sizeof(long)),
		  msqid);
	CHECK(!memcmp(&own, &filled, size));
	memset(&filled, 0xaa, sizeof(filled));
	CHECK_INT(control(msqid & 0x7fff, MSG_STAT_ANY, &filled, sizeof(long)),
		  msqid);
	CHECK(!memcmp(&own, &filled, size));
	remove_it(msqid);
}

/* IPC_SET uses four fields, and ignores the others that it reads. */
CASE(set_in_both_widths)
{
	struct msgq_ds64 wide;
	struct msgq_ds32 narrow;
	struct msqid_ds state;
	int msqid = used_queue();

	memset(&wide, 0xaa, sizeof(wide));
	wide.uid = 11;
	wide.gid = 12;
	wide.mode = 0xfffffe00 | 0604;
	wide.qbytes = 77;
	CHECK_INT(control(msqid, IPC_SET, &wide, 8), 0);
	state = queue_state(msqid);
	CHECK_INT(state.msg_perm.uid, 11);
	CHECK_INT(state.msg_perm.gid, 12);
	CHECK_INT(state.msg_perm.mode, 0604);
	CHECK_INT(state.msg_qbytes, 77);
	CHECK_INT(state.msg_perm.cuid, 0);
	CHECK_INT(state.msg_qnum, 1);

	memset(&narrow, 0xaa, sizeof(narrow));
	narrow.uid = 13;
	narrow.gid = 14;
	narrow.mode = 0622;
	narrow.qbytes = 78;
	CHECK_INT(control(msqid, IPC_SET, &narrow, 4), 0);
	state = queue_state(msqid);
	CHECK_INT(state.msg_perm.uid, 13);
	CHECK_INT(state.msg_perm.gid, 14);
	CHECK_INT(state.msg_perm.mode, 0622);
	CHECK_INT(state.msg_qbytes, 78);
	remove_it(msqid);
}

CASE(memory_of_state)
{
	int msqid = used_queue();

	for (unsigned int width = 4; width <= 8; width += 4) {
		size_t size = width == 8 ? sizeof(struct msgq_ds64) :
					   sizeof(struct msgq_ds32);
		/* IPC_SET reads the narrow struct up to the fields it sets. */
		size_t read = width == 8 ? size :
					   offsetof(struct msgq_ds32, lspid);
		void *exact = guarded(size), *part = guarded(read);

		CHECK_OK(control(msqid, IPC_STAT, exact, width));
		memcpy(part, exact, read);
		CHECK_OK(control(msqid, IPC_SET, part, width));
		CHECK_ERR(control(msqid, IPC_STAT, guarded(size - 1), width),
			  EFAULT);
		CHECK_ERR(control(msqid, IPC_SET, guarded(read - 1), width),
			  EFAULT);
		CHECK_ERR(control(msqid, IPC_STAT, BAD_ADDRESS, width), EFAULT);
		CHECK_ERR(control(0, MSG_INFO, guarded(sizeof(struct msginfo) - 1),
				  width), EFAULT);
		CHECK_OK(control(0, IPC_INFO, guarded(sizeof(struct msginfo)),
				 width));
	}
	CHECK_ERR(control(msqid, -1, BAD_ADDRESS, 8), EINVAL);
	CHECK_ERR(control(msqid, 0x7fff, NULL, 8), EINVAL);
	CHECK_ERR(control(-1, IPC_STAT, BAD_ADDRESS, 8), EINVAL);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_it(msqid);
}

/* struct msginfo is the same for both, with bytes that belong to no field. */
CASE(totals)
{
	static const int commands[] = { IPC_INFO, MSG_INFO };
	const size_t end = offsetof(struct msginfo, msgseg) +
			   sizeof(unsigned short);
	struct {
		struct msginfo info;
		char more[64];
	} totals;
	int msqid = used_queue();

	for (int i = 0; i < 4; i++) {
		memset(&totals, 0xaa, sizeof(totals));
		CHECK(control(0, commands[i / 2], &totals, i & 1 ? 4 : 8) >= 0);
		CHECK(all_are(totals.more, sizeof(totals.more), 0xaa));
		CHECK(all_are((char *)&totals.info + end,
			      sizeof(totals.info) - end, 0));
		CHECK_INT(totals.info.msgmax, limit_get("msgmax"));
		CHECK_INT(totals.info.msgmnb, limit_get("msgmnb"));
		CHECK_INT(totals.info.msgmni, limit_get("msgmni"));
		if (commands[i / 2] == MSG_INFO) {
			CHECK_INT(totals.info.msgpool, 1);
			CHECK_INT(totals.info.msgmap, 1);
			CHECK_INT(totals.info.msgtql, 5);
		}
	}
	remove_it(msqid);
}

/* MSGQ_IOC_STATE: a caller with a smaller struct gets no more. */
CASE(state_of_a_size)
{
	const size_t known = sizeof(struct msgq_state);
	struct {
		struct msgq_state state;
		char more[64];
	} answer, whole = { 0 };
	int msqid = used_queue();

	whole.state.msqid = msqid;
	CHECK_OK(ioctl(device, MSGQ_IOC_STATE, &whole));
	CHECK_INT(whole.state.qnum, 1);
	CHECK_INT(whole.state.counts.sent, 2);
	CHECK_INT(whole.state.counts.received, 1);
	for (size_t size = 56; size <= sizeof(answer); size++) {
		memset(&answer, 0, sizeof(answer));
		memset((char *)&answer + size, 0xaa, sizeof(answer) - size);
		answer.state.msqid = msqid;
		CHECK_OK(ioctl(device, WORD(MSGQ_IOC_STATE, size), &answer));
		CHECK(!memcmp(&answer, &whole, size));
		CHECK(all_are((char *)&answer + size, sizeof(answer) - size,
			      0xaa));
	}

	/* A caller need not clear known fields; unknown bytes must be zero. */
	memset(&answer, 0x55, known);
	answer.state.msqid = msqid;
	CHECK_OK(ioctl(device, MSGQ_IOC_STATE, &answer));
	CHECK(!memcmp(&answer, &whole, known));
	answer.more[0] = 1;
	CHECK_ERR(ioctl(device, WORD(MSGQ_IOC_STATE, known + 1), &answer),
		  EINVAL);
	CHECK_ERR(ioctl(device, WORD(MSGQ_IOC_STATE, 55), &whole), EINVAL);
	CHECK_ERR(ioctl(device, MSGQ_IOC_STATE, guarded(known - 1)), EFAULT);
	remove_it(msqid);
}
