// SPDX-License-Identifier: MIT
/*
 * libmsgq.c - one call to the device for each function
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#ifdef __GLIBC__
#include <sys/single_threaded.h>
#endif
#include <time.h>
#include <unistd.h>

#include <msgq.h>

#include "device.h"
#include "libmsgq.h"

/* What an error of open(2) says of the device; its errno is what we answer. */
static const char *explain(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		errno = ENOSYS;
		return "it is not there; is the module loaded, and is this the whole /dev?";
	case ENXIO:
	case ENODEV:
		errno = ENOSYS;
		return "nothing is behind it; is the module loaded?";
	case EISDIR:
		errno = ENOSYS;
		return "it is something else of this name";
	case EPERM:
	case EACCES:
		errno = EACCES;
		return "no right to open it";
	case EMFILE:
	case ENFILE:
		return "no descriptor is left to open it with";
	case EBADF:
		return "its descriptor was closed while it was opened";
	default:
		return "it cannot be opened";
	}
}

int msgq_device_why(const char **why)
{
	int fd = open(MSGQ_DEVICE_PATH, O_RDWR | O_CLOEXEC);
	struct msgq_info info = {};
	const char *reason;

	if (fd != -1) {
		if (!ioctl(fd, MSGQ_IOC_PROBE, &info))
			return fd;
		if (errno != EBADF) {
			close(fd);
			errno = EISDIR;
		}
	}

	reason = explain();
	if (why)
		*why = reason;
	return -1;
}

int msgq_device(void)
{
	return msgq_device_why(NULL);
}

/*
 * ioctl(2) is no cancellation point, and msgsnd(2) and msgrcv(2) are: let a
 * cancellation end the call, as the C library lets it end its own calls.
 */
static int cancellable(int device, unsigned long command, void *arg)
{
	int type, ret;

#ifdef __GLIBC__
	/* Nobody is there who could cancel it, but the thread itself before. */
	if (__libc_single_threaded) {
		pthread_testcancel();
		return ioctl(device, command, arg);
	}
#endif
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

int msgq_open(int device, const struct msgq_open *how)
{
	return ioctl(device, MSGQ_IOC_OPEN, how);
}

/* How a call waits, as the kernel is told; false for a clock that it has not. */
static bool set_how(struct msgq_batch *batch, const struct msgq_how *how)
{
	if (!how)
		return true;

	batch->msqid = how->msqid;
	batch->msgflg = how->msgflg;
	batch->least = how->least;
	batch->deadline = how->deadline;
	if (!how->deadline)
		return true;
	if (how->clock == CLOCK_MONOTONIC)
		batch->flags |= MSGQ_MONOTONIC;
	else if (how->clock == CLOCK_REALTIME)
		batch->flags |= MSGQ_REALTIME;
	else
		return false;
	return true;
}

static int make_batch(int fd, unsigned long command, struct msgq_batch *batch,
		      const struct msgq_how *how)
{
	if (!set_how(batch, how)) {
		errno = EINVAL;
		return -1;
	}
	return cancellable(fd, command, batch);
}

int msgq_sendv(int fd, const struct msgq_entry *entries, unsigned int count,
	       const struct msgq_how *how)
{
	struct msgq_batch batch = {
		.entries = (uintptr_t)entries,
		.count = count,
	};

	return make_batch(fd, MSGQ_IOC_SENDV, &batch, how);
}

int msgq_recvv(int fd, struct msgq_entry *entries, unsigned int count,
	       long msgtyp, const struct msgq_how *how)
{
	struct msgq_batch batch = {
		.entries = (uintptr_t)entries,
		.count = count,
		.msgtyp = msgtyp,
	};

	return make_batch(fd, MSGQ_IOC_RECVV, &batch, how);
}

int msgq_claimv(int fd, struct msgq_entry *entries, unsigned int count,
		long msgtyp, const struct msgq_how *how)
{
	struct msgq_batch batch = {
		.entries = (uintptr_t)entries,
		.count = count,
		.msgtyp = msgtyp,
		.flags = MSGQ_CLAIM,
	};

	return make_batch(fd, MSGQ_IOC_RECVV, &batch, how);
}

static int settle(int fd, const uint64_t *tokens, unsigned int count,
		  uint32_t flags)
{
	struct msgq_settle arg = {
		.tokens = (uintptr_t)tokens,
		.count = count,
		.flags = flags,
	};

	return ioctl(fd, MSGQ_IOC_SETTLE, &arg);
}

int msgq_acknowledge(int fd, const uint64_t *tokens, unsigned int count)
{
	return settle(fd, tokens, count, 0);
}

int msgq_release(int fd, const uint64_t *tokens, unsigned int count)
{
	return settle(fd, tokens, count, MSGQ_RELEASE);
}

int msgq_state(int fd, struct msgq_state *state)
{
	return ioctl(fd, MSGQ_IOC_STATE, state);
}
