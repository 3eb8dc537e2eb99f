// SPDX-License-Identifier: MIT
/*
 * libmsgq: each function returns the same as the System V call, by descriptor.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <libmsgq.h>
#include <msgq.h>

#include "own_dev.h"
#include "test.h"

#define BAD_ADDRESS	((void *)8)

struct message {
	long type;
	char text[16];
};

static int open_device(void)
{
	DEVICE_ONLY();
	return CHECK_OK(msgq_device());
}

CASE(device)
{
	int first = open_device(), second = open_device();

	CHECK(first != second);
	CHECK_INT(fcntl(first, F_GETFD), FD_CLOEXEC);
	CHECK_OK(close(second));
	CHECK_OK(close(first));
}

CASE(no_device)
{
	const struct identity nobody = { .uid = 65533, .gid = 65533 };

	DEVICE_ONLY();
	AS(NULL) {
		own_dev_empty();
		CHECK_ERR(msgq_device(), ENOSYS);
	}
	AS(NULL) {
		own_dev(0600);
		CHECK_OK(msgq_device());
		become(&nobody);
		CHECK_ERR(msgq_device(), EACCES);
	}
}

CASE(get)
{
	int device = open_device();
	int msqid;

	CHECK_ERR(msgq_get(device, 0x0c0c, 0600), ENOENT);
	msqid = CHECK_OK(msgq_get(device, 0x0c0c, IPC_CREAT | 0600));
	CHECK_INT(msgq_get(device, 0x0c0c, 0), msqid);
	CHECK_ERR(msgq_get(device, 0x0c0c, IPC_CREAT | IPC_EXCL), EEXIST);
	CHECK_INT(msgq_ctl(device, msqid, IPC_RMID, NULL), 0);
	CHECK_ERR(msgq_get(device, 0x0c0c, 0), ENOENT);
}

CASE(send_and_receive)
{
	struct message out = { 7, "hello" }, in;
	int device = open_device();
	int msqid = CHECK_OK(msgq_get(device, IPC_PRIVATE, 0600));

	CHECK_INT(msgq_snd(device, msqid, &out, 5, 0), 0);
	CHECK_INT(msgq_snd(device, msqid, &out, 0, IPC_NOWAIT), 0);
	memset(&in, 0xaa, sizeof(in));
	CHECK_ERR(msgq_rcv(device, msqid, &in, 4, 7, 0), E2BIG);
	CHECK_INT(msgq_rcv(device, msqid, &in, 16, 0, MSG_COPY | IPC_NOWAIT),
		  5);
	CHECK_INT(msgq_rcv(device, msqid, &in, 4, 7, MSG_NOERROR), 4);
	CHECK_INT(in.type, 7);
	CHECK(!memcmp(in.text, "hello", 5));
	CHECK_INT(msgq_rcv(device, msqid, &in, 16, 6, MSG_EXCEPT), 0);
	CHECK_ERR(msgq_rcv(device, msqid, &in, 16, -100, IPC_NOWAIT), ENOMSG);

	CHECK_ERR(msgq_snd(device, msqid, NULL, 1, 0), EFAULT);
	CHECK_ERR(msgq_snd(device, msqid, BAD_ADDRESS, 1, 0), EFAULT);
	CHECK_ERR(msgq_snd(device, msqid, &out, (size_t)-1, 0), EINVAL);
	CHECK_ERR(msgq_snd(device, msqid, &out, limit_get("msgmax") + 1, 0),
		  EINVAL);
	out.type = 0;
	CHECK_ERR(msgq_snd(device, msqid, &out, 1, 0), EINVAL);
	CHECK_ERR(msgq_rcv(device, msqid, &in, (size_t)-1, 0, 0), EINVAL);
	out.type = 1;
	CHECK_OK(msgq_snd(device, msqid, &out, 1, 0));
	CHECK_ERR(msgq_rcv(device, msqid, BAD_ADDRESS, 16, 0, 0), EFAULT);
	CHECK_INT(msgq_rcv(device, msqid, &in, 16, 0, 0), 1);
	CHECK_OK(msgq_ctl(device, msqid, IPC_RMID, NULL));
	CHECK_ERR(msgq_snd(device, msqid, &out, 1, 0), EINVAL);
	CHECK_ERR(msgq_rcv(device, msqid, &in, 16, 0, 0), EINVAL);
}

CASE(control)
{
	int device = open_device();
	int msqid = CHECK_OK(msgq_get(device, IPC_PRIVATE, 0600));
	struct msqid_ds state, own;
	struct msginfo info;

	CHECK_INT(msgq_ctl(device, msqid, IPC_STAT, &state), 0);
	own = queue_state(msqid);
	CHECK_INT(own.msg_ctime, state.msg_ctime);
	CHECK_INT(own.msg_qbytes, state.msg_qbytes);
	state.msg_qbytes = 5;
	CHECK_INT(msgq_ctl(device, msqid, IPC_SET, &state), 0);
	CHECK_INT(queue_state(msqid).msg_qbytes, 5);
	CHECK_OK(msgq_ctl(device, 0, IPC_INFO, (struct msqid_ds *)&info));
	CHECK_INT(info.msgmax, limit_get("msgmax"));
	CHECK_INT(msgq_ctl(device, msqid & 0x7fff, MSG_STAT, &state), msqid);
	CHECK_ERR(msgq_ctl(device, msqid, IPC_STAT, NULL), EFAULT);
	CHECK_ERR(msgq_ctl(device, msqid, IPC_STAT, BAD_ADDRESS), EFAULT);
	CHECK_ERR(msgq_ctl(device, msqid, 12345, &state), EINVAL);
	CHECK_OK(msgq_ctl(device, msqid, IPC_RMID, NULL));
}

CASE(information)
{
	int device = open_device();
	struct msgq_info info;

	CHECK_INT(msgq_info(device, &info), 0);
	CHECK_INT(info.version, MSGQ_INTERFACE_VERSION);
	CHECK_ERR(msgq_info(device, NULL), EFAULT);
}

/* Each function reports a descriptor that is not the device's. */
CASE(other_descriptors)
{
	struct message message = { 1, "" };
	struct msqid_ds state;
	struct msgq_info info;
	int ends[2];

	DEVICE_ONLY();
	CHECK_OK(pipe(ends));
	CHECK_ERR(msgq_get(-1, IPC_PRIVATE, 0600), EBADF);
	CHECK_ERR(msgq_snd(-1, 0, &message, 1, 0), EBADF);
	CHECK_ERR(msgq_rcv(-1, 0, &message, 1, 0, 0), EBADF);
	CHECK_ERR(msgq_ctl(-1, 0, IPC_STAT, &state), EBADF);
	CHECK_ERR(msgq_info(-1, &info), EBADF);
	CHECK_ERR(msgq_get(ends[0], IPC_PRIVATE, 0600), ENOTTY);
	CHECK_ERR(msgq_info(ends[0], &info), ENOTTY);
}

/* Queues stay after the descriptor that they were made by is closed. */
CASE(queues_outlive_descriptors)
{
	struct message message = { 1, "stays" };
	int device = open_device();
	int msqid = CHECK_OK(msgq_get(device, IPC_PRIVATE, 0600));

	CHECK_OK(msgq_snd(device, msqid, &message, 5, 0));
	CHECK_OK(close(device));
	device = open_device();
	CHECK_INT(msgq_rcv(device, msqid, &message, 16, 0, 0), 5);
	CHECK_OK(msgq_ctl(device, msqid, IPC_RMID, NULL));
}
