// SPDX-License-Identifier: MIT
/*
 * libmsgq.c - one call to the device for each function
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <msgq.h>

#include "libmsgq.h"

int msgq_device(void)
{
	int fd = open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC);
	struct msgq_info info = {};

	if (fd != -1) {
		if (!msgq_info(fd, &info))
			return fd;
		/* The name is another's. */
		close(fd);
		errno = ENOSYS;
		return -1;
	}

	/* No file, no driver behind it, or no device. */
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		errno = ENOSYS;
	else if (errno == EPERM)
		errno = EACCES;
	return -1;
}

/*
 * ioctl(2) is no cancellation point, and msgsnd(2) and msgrcv(2) are: let a
 * cancellation end the call, as the C library lets it end its own calls.
 */
static int cancellable(int device, unsigned long command, void *arg)
{
	int type, ret;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	ret = ioctl(device, command, arg);
	pthread_setcanceltype(type, &type);
	return ret;
}

int msgq_get(int device, key_t key, int msgflg)
{
	struct msgq_get arg = {
		.key = key,
		.msgflg = msgflg,
	};

	return ioctl(device, MSGQ_IOC_GET, &arg);
}

int msgq_snd(int device, int msqid, const void *msgp, size_t msgsz, int msgflg)
{
	struct msgq_snd arg = {
		.msqid = msqid,
		.msgflg = msgflg,
		.msgp = (uintptr_t)msgp,
		.msgsz = (ssize_t)msgsz,
		.long_size = sizeof(long),
	};

	return cancellable(device, MSGQ_IOC_SND, &arg);
}

ssize_t msgq_rcv(int device, int msqid, void *msgp, size_t msgsz, long msgtyp,
		 int msgflg)
{
	struct msgq_rcv arg = {
		.msqid = msqid,
		.msgflg = msgflg,
		.msgp = (uintptr_t)msgp,
		.msgsz = (ssize_t)msgsz,
		.msgtyp = msgtyp,
		.long_size = sizeof(long),
	};

	return cancellable(device, MSGQ_IOC_RCV, &arg);
}

int msgq_ctl(int device, int msqid, int cmd, struct msqid_ds *buf)
{
	struct msgq_ctl arg = {
		.msqid = msqid,
		.cmd = cmd,
		.buf = (uintptr_t)buf,
		.long_size = sizeof(long),
	};

	return ioctl(device, MSGQ_IOC_CTL, &arg);
}

int msgq_info(int device, struct msgq_info *info)
{
	return ioctl(device, MSGQ_IOC_INFO, info);
}
