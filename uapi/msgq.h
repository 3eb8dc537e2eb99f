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
 *
 * MSGQ_IOC_OPEN makes a queue a descriptor of its own, for read(2), write(2)
 * and poll(2).  Its rights are looked at once, when it is opened.  On such a
 * descriptor the commands for batches, claims, the state and who is there are
 * made as on the device, with an msqid of 0; all others are ENOTTY there.
 */
#ifndef _UAPI_MSGQ_H
#define _UAPI_MSGQ_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MSGQ_DEVICE_NAME	"msgq"

/* Version of this interface; commands and fields are only ever added. */
#define MSGQ_INTERFACE_VERSION	4

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
 * struct msgq_counts - what has happened at a queue since it was made, or at
 *	all queues since the module was loaded
 * @sent: messages that a queue accepted, those that went straight to a
 *	receiver included
 * @received: messages that left a queue with their receiver: their bytes have
 *	arrived, or their claim was acknowledged.  One handed to a receiver that
 *	waits counts from then on, and no more if it comes back.  MSG_COPY takes
 *	nothing, and does not count.  For a queue always @sent less the messages
 *	that are on it.
 * @waits: waits for room or for a message.  One that goes on after an IPC_SET
 *	is one wait; a batch can wait several times.
 * @full: sends that found no room: they waited, failed with EAGAIN, or sent
 *	less than a whole batch
 * @claims: claims of messages; a message can be claimed several times
 * @returned: claims that ended with the message back on the queue: released,
 *	their time over, or their process gone
 *
 * What goes with a queue that is removed, messages and claims, is neither
 * received nor returned.
 */
struct msgq_counts {
	__u64	sent;
	__u64	received;
	__u64	waits;
	__u64	full;
	__u64	claims;
	__u64	returned;
};

/**
 * struct msgq_info - what MSGQ_IOC_INFO tells
 * @version: MSGQ_INTERFACE_VERSION of the module
 * @reserved: 0
 * @features: MSGQ_FEATURE_* that the module has
 * @counts: of all queues, those removed since included; it looks at each
 *	queue, so who does not need them asks without, by a struct that ends
 *	before them
 */
struct msgq_info {
	__u32	version;
	__u32	reserved;
	__u64	features;
	struct msgq_counts counts;
};

/* Taking by type, and waking by type, at a cost free of the depth. */
#define MSGQ_FEATURE_TYPE_INDEX	0x1
/* MSGQ_IOC_OPEN, and what the descriptor it makes can do. */
#define MSGQ_FEATURE_OPEN	0x2
/* MSGQ_IOC_SENDV and MSGQ_IOC_RECVV, with deadlines. */
#define MSGQ_FEATURE_BATCH	0x4
/* MSGQ_CLAIM and MSGQ_IOC_SETTLE. */
#define MSGQ_FEATURE_CLAIM	0x8
/* The counts in struct msgq_info and struct msgq_state. */
#define MSGQ_FEATURE_COUNTS	0x10
/* Claims end with the process that made them; see MSGQ_CLAIM. */
#define MSGQ_FEATURE_CLAIM_PROCESS	0x20
/* MSGQ_IOC_WHO. */
#define MSGQ_FEATURE_WHO	0x40

/**
 * struct msgq_open - argument of MSGQ_IOC_OPEN; the command returns a new
 *	descriptor, close-on-exec
 * @name: identifier of the queue, or its key under MSGQ_OPEN_KEY
 * @flags: MSGQ_OPEN_*, MSGQ_OPEN_READ or MSGQ_OPEN_WRITE among them
 * @msgflg: MSG_NOERROR and MSG_EXCEPT for the rule; with a key IPC_CREAT,
 *	IPC_EXCL and nine mode bits too, as in msgget(2).  Other bits mean
 *	nothing.
 * @reserved: 0
 * @msgtyp: which messages read(2) takes, and poll(2) looks for, as in
 *	msgrcv(2)
 * @type: the type that write(2) gives to a message, 1 or more; unused without
 *	MSGQ_OPEN_WRITE
 * @room: bytes of text that have to fit before poll(2) says writable; 0 for 1
 * @limit: nanoseconds after which a claim made by this descriptor is released
 *	by itself; 0 for never
 */
struct msgq_open {
	__s32	name;
	__u32	flags;
	__s32	msgflg;
	__u32	reserved;
	__s64	msgtyp;
	__s64	type;
	__u64	room;
	__u64	limit;
};

#define MSGQ_OPEN_KEY		0x1
#define MSGQ_OPEN_READ		0x2
#define MSGQ_OPEN_WRITE		0x4
/* As O_NONBLOCK; fcntl(2) changes it later. */
#define MSGQ_OPEN_NONBLOCK	0x8
/*
 * If this call makes the queue, it is removed when the last descriptor of it
 * is closed, whoever has it open then.  Wants MSGQ_OPEN_KEY.
 */
#define MSGQ_OPEN_TEMPORARY	0x10

/**
 * struct msgq_entry - one message of a batch
 * @type: its type; set by a receive
 * @text: address of the text, or of room for it
 * @size: bytes of text; for a receive bytes of room, and then of text received
 * @deliveries: set by a receive: how often the message has been claimed, this
 *	time included; 0 without MSGQ_CLAIM
 * @token: set by a receive: what MSGQ_IOC_SETTLE knows the claim by; 0 without
 *	MSGQ_CLAIM
 */
struct msgq_entry {
	__s64	type;
	__u64	text;
	__u32	size;
	__u32	deliveries;
	__u64	token;
};

/**
 * struct msgq_batch - argument of MSGQ_IOC_SENDV and MSGQ_IOC_RECVV; they
 *	return how many messages were sent or received
 * @msqid: identifier of the queue; 0 on the descriptor of a queue
 * @msgflg: IPC_NOWAIT; for a receive MSG_NOERROR and MSG_EXCEPT too
 * @entries: address of the messages, an array of struct msgq_entry
 * @count: how many there are, 1 to MSGQ_BATCH_MOST
 * @least: how many to wait for; 0 for 1
 * @msgtyp: which messages to receive, as in msgrcv(2); 0 for a send
 * @deadline: until when to wait, in nanoseconds of the clock that @flags name;
 *	0 when they name none
 * @flags: MSGQ_MONOTONIC, MSGQ_REALTIME, MSGQ_CLAIM
 * @reserved: 0
 *
 * When fewer than @count were sent or received, the others are untouched.  The
 * call fails only when none was: with ETIMEDOUT if its deadline is over, also
 * when it was over at the call.
 */
struct msgq_batch {
	__s32	msqid;
	__s32	msgflg;
	__u64	entries;
	__u32	count;
	__u32	least;
	__s64	msgtyp;
	__u64	deadline;
	__u32	flags;
	__u32	reserved;
};

#define MSGQ_BATCH_MOST	1024

/* The deadline is a time of CLOCK_MONOTONIC. */
#define MSGQ_MONOTONIC	0x1
/* The deadline is a time of CLOCK_REALTIME, and moves when that is set. */
#define MSGQ_REALTIME	0x2
/*
 * Messages received are claimed and not taken: they stay on the queue, unseen
 * by others, until MSGQ_IOC_SETTLE, or until the process that claimed them
 * ends, their time limit is over, or the last descriptor of this opening is
 * closed.  On a queue's descriptor only.  Without MSGQ_FEATURE_CLAIM_PROCESS
 * the end of the process alone does not end its claims.
 */
#define MSGQ_CLAIM	0x4

/**
 * struct msgq_settle - argument of MSGQ_IOC_SETTLE, which ends claims made
 *	by the same descriptor and returns how many
 * @tokens: address of an array of their tokens, __u64 each
 * @count: how many there are, 1 to MSGQ_BATCH_MOST
 * @flags: 0 to acknowledge: the messages leave the queue; MSGQ_RELEASE
 *
 * It stops at the first token that stands for no claim, and fails, with
 * ENOENT, only when that is the first of all.
 */
struct msgq_settle {
	__u64	tokens;
	__u32	count;
	__u32	flags;
};

/* The messages stand again where they stood, for anybody to receive. */
#define MSGQ_RELEASE	0x1

/**
 * struct msgq_state - argument of MSGQ_IOC_STATE: what a queue is and holds
 * @msqid: identifier of the queue; 0 on the descriptor of a queue, where it
 *	is set
 * @key: its key
 * @qnum: messages on it, claimed ones included
 * @cbytes: bytes of text on it, claimed ones included
 * @qbytes: most bytes allowed
 * @claimed: messages on it that are claimed
 * @receivers: tasks that wait for a message
 * @senders: tasks that wait for room
 * @descriptors: descriptors of it that are open
 * @flags: MSGQ_STATE_*
 * @counts: what has happened at it
 */
struct msgq_state {
	__s32	msqid;
	__s32	key;
	__u64	qnum;
	__u64	cbytes;
	__u64	qbytes;
	__u64	claimed;
	__u32	receivers;
	__u32	senders;
	__u32	descriptors;
	__u32	flags;
	struct msgq_counts counts;
};

/* It goes with its last descriptor. */
#define MSGQ_STATE_TEMPORARY	0x1

/**
 * struct msgq_party - a task that waits at a queue, or a process that has
 *	claimed messages of it
 * @pid: the process as the caller's PID namespace knows it; 0 if it does not
 * @tid: likewise the thread that waits; 0 for MSGQ_PARTY_CLAIMS
 * @what: MSGQ_PARTY_*
 * @flags: MSGQ_CLAIM if a receiver is going to claim the message
 * @msgflg: of a receiver MSG_EXCEPT and MSG_NOERROR, as in msgrcv(2)
 * @reserved: 0
 * @type: of a receiver which messages it waits for, as in msgrcv(2); of a
 *	sender the type of its message; else 0
 * @size: of a receiver bytes of room, 0 with MSG_NOERROR; of a sender bytes of
 *	text; of a process that has claimed, how many messages
 * @waited: how long it has waited in nanoseconds, exact to some milliseconds;
 *	0 for MSGQ_PARTY_CLAIMS
 */
struct msgq_party {
	__s32	pid;
	__s32	tid;
	__u32	what;
	__u32	flags;
	__s32	msgflg;
	__u32	reserved;
	__s64	type;
	__u64	size;
	__u64	waited;
};

#define MSGQ_PARTY_RECEIVES	1
#define MSGQ_PARTY_SENDS	2
#define MSGQ_PARTY_CLAIMS	3

/**
 * struct msgq_who - argument of MSGQ_IOC_WHO: who is at a queue.  For its owner,
 *	its creator and CAP_SYS_ADMIN alone; others get EPERM.
 * @msqid: identifier of the queue; 0 on the descriptor of a queue
 * @flags: 0
 * @parties: address of an array of struct msgq_party
 * @count: for how many it has room, up to MSGQ_WHO_MOST; set to how many are
 *	told
 * @size: bytes of each, sizeof(struct msgq_party)
 * @receivers: set to how many tasks wait for a message
 * @senders: set to how many tasks wait for room
 * @claimers: set to how many processes have claimed messages
 * @descriptors: set to how many descriptors are open
 *
 * Told are first the processes that have claimed, then receivers, then senders,
 * as far as there is room.  The queue goes on meanwhile, so that the numbers
 * may differ from what is told.  Processes that have claimed are not known
 * without MSGQ_FEATURE_CLAIM_PROCESS.  Programs that poll are not told.
 */
struct msgq_who {
	__s32	msqid;
	__u32	flags;
	__u64	parties;
	__u32	count;
	__u32	size;
	__u32	receivers;
	__u32	senders;
	__u32	claimers;
	__u32	descriptors;
};

#define MSGQ_WHO_MOST	1024

/*
 * struct msqid_ds as 64-bit and 32-bit programs have it on architectures that
 * take the kernel's generic layout and put the low byte first: there is no
 * device on others.  On the 32-bit side each time is two words, the low one
 * first.
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
#define MSGQ_IOC_OPEN	_IOW(MSGQ_IOC_MAGIC, 0x05, struct msgq_open)
#define MSGQ_IOC_SENDV	_IOW(MSGQ_IOC_MAGIC, 0x06, struct msgq_batch)
#define MSGQ_IOC_RECVV	_IOW(MSGQ_IOC_MAGIC, 0x07, struct msgq_batch)
#define MSGQ_IOC_SETTLE	_IOW(MSGQ_IOC_MAGIC, 0x08, struct msgq_settle)
#define MSGQ_IOC_STATE	_IOWR(MSGQ_IOC_MAGIC, 0x09, struct msgq_state)
#define MSGQ_IOC_WHO	_IOWR(MSGQ_IOC_MAGIC, 0x0a, struct msgq_who)

#endif /* _UAPI_MSGQ_H */
