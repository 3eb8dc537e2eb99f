/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * msgq.h - the interface between programs and /dev/msgq
 *
 * Each command is an ioctl on a descriptor of the device and returns what the
 * System V call of the same name returns: get an identifier, rcv the number of
 * bytes of text, the others 0 (ctl: an index or identifier where msgctl(2)
 * returns one).  Failures are errnos.
 *
 * The argument of a command is one struct, the same for 32-bit and 64-bit
 * programs.  It can only grow: the size of the caller's struct is part of the
 * command word, so the kernel knows what the caller knows.  What a caller does
 * not set has to be zero, else the answer is EINVAL.
 *
 * Memory of the program itself (its msgbuf, msqid_ds, msginfo) is named by
 * address in a __u64 and laid out as the C library lays it out for the
 * program.  The two layouts that exist differ by the width of a long, which
 * the argument states in long_size: 4 or 8.
 */
#ifndef _UAPI_MSGQ_H
#define _UAPI_MSGQ_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MSGQ_DEVICE_NAME	"msgq"

/* Version of this interface; commands and fields are only ever added. */
#define MSGQ_INTERFACE_VERSION	1

/**
 * struct msgq_get - argument of MSGQ_IOC_GET, as msgget(2)
 * @key: the key, or IPC_PRIVATE
 * @msgflg: IPC_CREAT, IPC_EXCL and nine mode bits; other bits mean nothing
 */
struct msgq_get {
	__s32	key;
	__s32	msgflg;
};

/**
 * struct msgq_snd - argument of MSGQ_IOC_SND, as msgsnd(2)
 * @msqid: identifier of the queue
 * @msgflg: IPC_NOWAIT; other bits mean nothing
 * @msgp: address of the caller's msgbuf: a long, then the text
 * @msgsz: bytes of text
 * @long_size: bytes of the caller's long: 4 or 8
 * @reserved: 0
 */
struct msgq_snd {
	__s32	msqid;
	__s32	msgflg;
	__u64	msgp;
	__s64	msgsz;
	__u32	long_size;
	__u32	reserved;
};

/**
 * struct msgq_rcv - argument of MSGQ_IOC_RCV, as msgrcv(2)
 * @msqid: identifier of the queue
 * @msgflg: IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT, MSG_COPY; other bits mean
 *	nothing
 * @msgp: address of the caller's msgbuf: a long, then room for the text
 * @msgsz: bytes of text that the msgbuf has room for
 * @msgtyp: which message to take; a position under MSG_COPY
 * @long_size: bytes of the caller's long: 4 or 8
 * @reserved: 0
 */
struct msgq_rcv {
	__s32	msqid;
	__s32	msgflg;
	__u64	msgp;
	__s64	msgsz;
	__s64	msgtyp;
	__u32	long_size;
	__u32	reserved;
};

/**
 * struct msgq_ctl - argument of MSGQ_IOC_CTL, as msgctl(2)
 * @msqid: identifier of the queue; an index for MSG_STAT and MSG_STAT_ANY
 * @cmd: IPC_STAT, IPC_SET, IPC_RMID, IPC_INFO, MSG_INFO, MSG_STAT or
 *	MSG_STAT_ANY
 * @buf: address of the caller's msqid_ds or msginfo; unused by IPC_RMID
 * @long_size: bytes of the caller's long: 4 or 8
 * @reserved: 0
 */
struct msgq_ctl {
	__s32	msqid;
	__s32	cmd;
	__u64	buf;
	__u32	long_size;
	__u32	reserved;
};

/**
 * struct msgq_info - what MSGQ_IOC_INFO tells
 * @version: MSGQ_INTERFACE_VERSION of the module
 * @reserved: 0
 * @features: MSGQ_FEATURE_* that the module has
 */
struct msgq_info {
	__u32	version;
	__u32	reserved;
	__u64	features;
};

/* Taking by type, and waking by type, at a cost free of the depth. */
#define MSGQ_FEATURE_TYPE_INDEX	0x1

/*
 * struct msqid_ds as 64-bit and 32-bit programs have it.  On the 32-bit side
 * each time is two words, the low one first.
 */
struct msgq_ds64 {
	__s32	key;
	__u32	uid;
	__u32	gid;
	__u32	cuid;
	__u32	cgid;
	__u32	mode;
	__u16	seq;
	__u16	pad1;
	__u32	pad2;
	__u64	unused1;
	__u64	unused2;
	__s64	stime;
	__s64	rtime;
	__s64	ctime;
	__u64	cbytes;
	__u64	qnum;
	__u64	qbytes;
	__s32	lspid;
	__s32	lrpid;
	__u64	unused3;
	__u64	unused4;
};

struct msgq_ds32 {
	__s32	key;
	__u32	uid;
	__u32	gid;
	__u32	cuid;
	__u32	cgid;
	__u32	mode;
	__u16	seq;
	__u16	pad1;
	__u32	unused1;
	__u32	unused2;
	__u32	stime;
	__u32	stime_high;
	__u32	rtime;
	__u32	rtime_high;
	__u32	ctime;
	__u32	ctime_high;
	__u32	cbytes;
	__u32	qnum;
	__u32	qbytes;
	__s32	lspid;
	__s32	lrpid;
	__u32	unused3;
	__u32	unused4;
};

#define MSGQ_IOC_MAGIC	0xBB

#define MSGQ_IOC_INFO	_IOR(MSGQ_IOC_MAGIC, 0x00, struct msgq_info)
#define MSGQ_IOC_GET	_IOW(MSGQ_IOC_MAGIC, 0x01, struct msgq_get)
#define MSGQ_IOC_SND	_IOW(MSGQ_IOC_MAGIC, 0x02, struct msgq_snd)
#define MSGQ_IOC_RCV	_IOW(MSGQ_IOC_MAGIC, 0x03, struct msgq_rcv)
#define MSGQ_IOC_CTL	_IOW(MSGQ_IOC_MAGIC, 0x04, struct msgq_ctl)

#endif /* _UAPI_MSGQ_H */
