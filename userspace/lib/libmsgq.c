// SPDX-License-Identifier: MIT
/*
 * libmsgq.c - one call to the device for each function
 */
#define _GNU_SOURCE
/* This file defines both names of msgq_ctl. */
#undef _TIME_BITS
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <msgq.h>

#include "cancel.h"
#include "device.h"
#include "layout.h"
#include "libmsgq.h"
#include "memcheck.h"

/* Explain an error of open(2), and set the errno for the caller. */
static const char *explain(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		errno = ENOSYS;
		return "it does not exist; is the module loaded, and is /dev complete?";
	case ENXIO:
	case ENODEV:
		errno = ENOSYS;
		return "it has no driver; is the module loaded?";
	case EISDIR:
		errno = ENOSYS;
		return "it is not the msgq device";
	case EINVAL:
		errno = ENOSYS;
		return "the value of " MSGQ_DEVICE_VARIABLE " does not begin with a slash";
	case ENAMETOOLONG:
		errno = ENOSYS;
		return "the value of " MSGQ_DEVICE_VARIABLE " is too long";
	case EPERM:
	case EACCES:
		errno = EACCES;
		return "no permission to open it";
	case EMFILE:
	case ENFILE:
		return "too many files are open";
	case EBADF:
		return "its descriptor was closed during the open";
	default:
		return "it cannot be opened";
	}
}

/* So short that no process needs one more page for it. */
static char device_path[1024];

void msgq_device_choose(const char *path)
{
	size_t length;

	if (!path)
		path = secure_getenv(MSGQ_DEVICE_VARIABLE);
	if (!path || !*path)
		path = MSGQ_DEVICE_PATH;
	length = strnlen(path, sizeof(device_path) - 1);
	memcpy(device_path, path, length);
	device_path[length] = '\0';
}

/*
 * The program may change its environment, or write over it.  Then the device must
 * stay the same, so this runs before the program does.
 */
__attribute__((constructor)) static void read_environment(void)
{
	msgq_device_choose(NULL);
}

const char *msgq_device_path(void)
{
	/* The constructor of another library may come first. */
	if (!*device_path)
		read_environment();
	return device_path;
}

static int open_device(void)
{
	const char *path = msgq_device_path();
	int fd;

	if (strlen(path) == sizeof(device_path) - 1) {
		errno = ENAMETOOLONG;
		return -1;
	}
	/* The program may change its directory, and open it again. */
	if (*path != '/') {
		errno = EINVAL;
		return -1;
	}
	fd = open(path, O_RDWR | O_CLOEXEC);
	/* The file of a mount that was bound read-only takes all commands as well. */
	if (fd == -1 && errno == EROFS)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd;
}

int msgq_device_why(const char **why)
{
	int fd = open_device();
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
	int ret = cancellable(device, MSGQ_IOC_RCV, &arg);

	if (ret >= 0 && memcheck_present())
		memcheck_written(msgp, sizeof(long) + (size_t)ret);
	return ret;
}

/* The bytes that a command of msgctl(2) writes; IPC_SET and IPC_RMID: 0. */
static size_t control_size(int cmd)
{
	switch (cmd) {
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		return sizeof(struct msqid_ds);
	case IPC_INFO:
	case MSG_INFO:
		return sizeof(struct msginfo);
	default:
		return 0;
	}
}

int msgq_ctl(int device, int msqid, int cmd, struct msqid_ds *buf)
{
	struct msgq_ctl arg = {
		.msqid = msqid,
		.cmd = cmd,
		.buf = (uintptr_t)buf,
		.long_size = sizeof(long),
	};
	int ret = ioctl(device, MSGQ_IOC_CTL, &arg);

	if (ret >= 0 && memcheck_present())
		memcheck_written(buf, control_size(cmd));
	return ret;
}

#ifdef LAYOUT_TIMES64
/* The state of a queue with each time in one field. */
static void widen(struct __msqid64_ds *wide, const struct msqid_ds *ds)
{
	*wide = (struct __msqid64_ds) {
		.msg_perm = ds->msg_perm,
		.msg_stime = layout_join(ds->msg_stime, ds->__msg_stime_high),
		.msg_rtime = layout_join(ds->msg_rtime, ds->__msg_rtime_high),
		.msg_ctime = layout_join(ds->msg_ctime, ds->__msg_ctime_high),
		.msg_cbytes = ds->msg_cbytes,
		.msg_qnum = ds->msg_qnum,
		.msg_qbytes = ds->msg_qbytes,
		.msg_lspid = ds->msg_lspid,
		.msg_lrpid = ds->msg_lrpid,
	};
}

int msgq_ctl64(int device, int msqid, int cmd, struct __msqid64_ds *buf)
{
	struct msqid_ds ds = { 0 };
	int ret;

	/* The times may be where the device has their two words. */
	if (offsetof(struct __msqid64_ds, msg_stime) ==
	    offsetof(struct msqid_ds, msg_stime))
		return msgq_ctl(device, msqid, cmd, (struct msqid_ds *)buf);

	switch (cmd) {
	case IPC_SET:
		ds.msg_perm = buf->msg_perm;
		ds.msg_qbytes = buf->msg_qbytes;
		return msgq_ctl(device, msqid, cmd, &ds);
	case IPC_STAT:
	case MSG_STAT:
	case MSG_STAT_ANY:
		ret = msgq_ctl(device, msqid, cmd, &ds);
		if (ret >= 0)
			widen(buf, &ds);
		return ret;
	default:
		return msgq_ctl(device, msqid, cmd, (struct msqid_ds *)buf);
	}
}
#endif

int msgq_info(int device, struct msgq_info *info)
{
	return ioctl(device, MSGQ_IOC_INFO, info);
}

int msgq_open(int device, const struct msgq_open *how)
{
	return ioctl(device, MSGQ_IOC_OPEN, how);
}

int msgq_state(int fd, struct msgq_state *state)
{
	return ioctl(fd, MSGQ_IOC_STATE, state);
}

int msgq_who(int fd, struct msgq_who *who)
{
	int ret = ioctl(fd, MSGQ_IOC_WHO, who);

	if (!ret && memcheck_present())
		memcheck_written((void *)(uintptr_t)who->parties,
				 (size_t)who->count * who->size);
	return ret;
}
