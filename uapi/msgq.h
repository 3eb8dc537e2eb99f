/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * msgq.h - the interface between programs and /dev/msgq
 *
 * Each command is an ioctl on a descriptor of the device and returns what the
 * System V call of the same name returns: get an identifier, rcv the number of
 * bytes of text, the others 0 (ctl: an index or identifier where msgctl(2)
 * returns one).  Failures are errnos.
 *
 * The argument of a command is one struct, which is the same for 32-bit and
 * 64-bit programs.  It can only grow: the command word contains the size of the
 * caller's struct, so the kernel knows which fields the caller has.  All fields
 * that a caller does not use must be zero; otherwise the call fails with
 * EINVAL.
 *
 * The argument refers to memory of the program (its msgbuf, msqid_ds, msginfo)
 * by an address in a __u64.  This memory has the layout that the C library
 * defines for the program.  There are two layouts, which differ in the size of
 * a long; long_size states it: 4 or 8.
 *
 * MSGQ_IOC_OPEN opens a queue as a descriptor of its own, for read(2), write(2)
 * and poll(2).  Permission is checked once, when it is opened.  The commands
 * for batches, claims, MSGQ_IOC_STATE and MSGQ_IOC_WHO work on this descriptor
 * as on that of the device, with an msqid of 0; all others fail with ENOTTY.
 */
#ifndef _UAPI_MSGQ_H
#define _UAPI_MSGQ_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define MSGQ_DEVICE_NAME	"msgq"

/* Version of this interface; commands and fields are only ever added. */
#define MSGQ_INTERFACE_VERSION	5

/**
 * struct msgq_get - argument of MSGQ_IOC_GET, as msgget(2)
 * @key: the key, or IPC_PRIVATE
 * @msgflg: IPC_CREAT, IPC_EXCL and nine mode bits; other bits are ignored
 */
struct msgq_get {
	__s32	key;
	__s32	msgflg;
};

/**
 * struct msgq_snd - argument of MSGQ_IOC_SND, as msgsnd(2)
 * @msqid: identifier of the queue
 * @msgflg: IPC_NOWAIT; other bits are ignored
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
 * @msgflg: IPC_NOWAIT, MSG_NOERROR, MSG_EXCEPT, MSG_COPY; other bits are
 *	ignored
 * @msgp: address of the caller's msgbuf: a long, then a buffer for the text
 * @msgsz: size of the buffer for the text
 * @msgtyp: which message to receive; with MSG_COPY, a position
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
 * struct msgq_counts - counts of a queue since it was created, or of all
 *	queues since the module was loaded
 * @sent: messages that a queue accepted, including those that were passed
 *	directly to a waiting receiver
 * @received: messages that were copied to their receiver or acknowledged.  A
 *	message that is passed to a waiting receiver counts from then on, but
 *	no longer if it goes back to the queue.  MSG_COPY does not count.  For
 *	a queue, this is always @sent minus the messages on it.
 * @waits: waits for room or for a message.  A wait that continues after an
 *	IPC_SET counts once; a batch can wait several times.
 * @full: sends that found no room: they waited, failed with EAGAIN, or sent
 *	only some messages of a batch
 * @claims: claims of messages; a message can be claimed several times
 * @returned: claims that ended with the message back on the queue, because the
 *	claim was released, its time limit expired, or its process ended
 *
 * Messages and claims that are removed with their queue count neither as
 * received nor as returned.
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
 * struct msgq_info - argument of MSGQ_IOC_INFO: the module, and all queues
 * @version: MSGQ_INTERFACE_VERSION of the module
 * @reserved: 0
 * @features: MSGQ_FEATURE_* that the module has
 * @counts: counts of all queues, including removed ones.  The call reads each
 *	queue for them; a caller that does not need them can pass a shorter
 *	struct, which ends before them.
 */
struct msgq_info {
	__u32	version;
	__u32	reserved;
	__u64	features;
	struct msgq_counts counts;
};

/* The cost of a receive or wake-up by type does not depend on the depth. */
#define MSGQ_FEATURE_TYPE_INDEX	0x1
/* MSGQ_IOC_OPEN, and the operations on its descriptor. */
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
/* Each IPC namespace has queues of its own. */
#define MSGQ_FEATURE_NAMESPACES	0x80
/* MSGQ_IOC_INSTANCES. */
#define MSGQ_FEATURE_INSTANCES	0x100
/* MSGQ_IOC_QUOTA and MSGQ_IOC_QUOTAS. */
#define MSGQ_FEATURE_QUOTA	0x200
/* The file system msgqfs: each mount has queues of its own. */
#define MSGQ_FEATURE_MOUNT	0x400
/* Semaphore sets: MSGQ_IOC_SEMGET, MSGQ_IOC_SEMOP and MSGQ_IOC_SEMCTL. */
#define MSGQ_FEATURE_SEM	0x800
/* SEM_UNDO: the end of a process takes back what it did. */
#define MSGQ_FEATURE_SEM_UNDO	0x1000
/* MSGQ_IOC_SEMSTATE and MSGQ_IOC_SEMWHO. */
#define MSGQ_FEATURE_SEM_WHO	0x2000

/**
 * struct msgq_open - argument of MSGQ_IOC_OPEN; the command returns a new
 *	descriptor, close-on-exec
 * @name: identifier of the queue, or with MSGQ_OPEN_KEY its key
 * @flags: MSGQ_OPEN_*, including MSGQ_OPEN_READ, MSGQ_OPEN_WRITE or both
 * @msgflg: MSG_NOERROR and MSG_EXCEPT, for reads; with a key also IPC_CREAT,
 *	IPC_EXCL and nine mode bits, as in msgget(2).  Other bits are ignored.
 * @reserved: 0
 * @msgtyp: which messages read(2) receives and poll(2) reports, as in
 *	msgrcv(2)
 * @type: the type of messages that write(2) sends, 1 or more; unused without
 *	MSGQ_OPEN_WRITE
 * @room: bytes of text that must fit before poll(2) reports the descriptor as
 *	writable; 0 means 1
 * @limit: nanoseconds after which a claim made by this descriptor is released
 *	automatically; 0 means never
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
/* O_NONBLOCK; fcntl(2) can change it later. */
#define MSGQ_OPEN_NONBLOCK	0x8
/*
 * If this call creates the queue, it is removed when its last descriptor is
 * closed, in any process.  Requires MSGQ_OPEN_KEY.
 */
#define MSGQ_OPEN_TEMPORARY	0x10

/**
 * struct msgq_entry - one message of a batch
 * @type: its type; set by a receive
 * @text: address of the text, or of the buffer for it
 * @size: bytes of text; for a receive, the size of the buffer, then the bytes
 *	of text received
 * @deliveries: set by a receive: how often the message has been claimed,
 *	including this time; 0 without MSGQ_CLAIM
 * @token: set by a receive: identifies the claim for MSGQ_IOC_SETTLE; 0
 *	without MSGQ_CLAIM
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
 *	return the number of messages sent or received
 * @msqid: identifier of the queue; 0 on the descriptor of a queue
 * @msgflg: IPC_NOWAIT; for a receive also MSG_NOERROR and MSG_EXCEPT
 * @entries: address of the messages, an array of struct msgq_entry
 * @count: the number of messages, 1 to MSGQ_BATCH_MOST
 * @least: the number of messages to wait for; 0 means 1
 * @msgtyp: which messages to receive, as in msgrcv(2); 0 for a send
 * @deadline: when to stop waiting, in nanoseconds of the clock that @flags
 *	select; must be 0 if they select no clock
 * @flags: MSGQ_MONOTONIC, MSGQ_REALTIME, MSGQ_CLAIM
 * @reserved: 0
 *
 * If fewer than @count messages were sent or received, the other entries are
 * unchanged.  The call fails only if there was none: with ETIMEDOUT if the
 * deadline has passed, even if it had passed before the call.
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
/* The deadline is a time of CLOCK_REALTIME, and follows changes of it. */
#define MSGQ_REALTIME	0x2
/*
 * The messages are claimed: they stay on the queue, invisible to others, until
 * MSGQ_IOC_SETTLE.  A claim also ends, and releases the message, when the
 * process that made it ends, when its time limit expires, and when the last
 * descriptor of the open file is closed.  Only on the descriptor of a queue.
 * Without MSGQ_FEATURE_CLAIM_PROCESS, the end of a process alone does not end
 * its claims.
 */
#define MSGQ_CLAIM	0x4

/**
 * struct msgq_settle - argument of MSGQ_IOC_SETTLE, which ends claims made
 *	by the same descriptor and returns how many it ended
 * @tokens: address of an array of their tokens, __u64 each
 * @count: the number of tokens, 1 to MSGQ_BATCH_MOST
 * @flags: 0 to acknowledge, which removes the messages from the queue; or
 *	MSGQ_RELEASE
 *
 * The call stops at the first token that identifies no claim.  It fails, with
 * ENOENT, only if that is the first token.
 */
struct msgq_settle {
	__u64	tokens;
	__u32	count;
	__u32	flags;
};

/* The messages go back to their former positions, for any receiver. */
#define MSGQ_RELEASE	0x1

/**
 * struct msgq_state - argument of MSGQ_IOC_STATE: the state of a queue
 * @msqid: identifier of the queue; 0 on the descriptor of a queue, where the
 *	call sets it
 * @key: its key
 * @qnum: messages on the queue, including claimed ones
 * @cbytes: bytes of text on the queue, including claimed messages
 * @qbytes: the maximum of @cbytes
 * @claimed: messages on the queue that are claimed
 * @receivers: tasks that wait for a message
 * @senders: tasks that wait for room
 * @descriptors: open descriptors of the queue
 * @flags: MSGQ_STATE_*
 * @counts: counts since it was created
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

/* The queue is removed when its last descriptor is closed. */
#define MSGQ_STATE_TEMPORARY	0x1

/**
 * struct msgq_party - a task that waits at a queue, or a process that has
 *	claimed messages of it
 * @pid: the process in the PID namespace of the caller; 0 if it has no number
 *	there
 * @tid: likewise the thread that waits; 0 for MSGQ_PARTY_CLAIMS
 * @what: MSGQ_PARTY_*
 * @flags: MSGQ_CLAIM if a receiver will claim the message
 * @msgflg: for a receiver, MSG_EXCEPT and MSG_NOERROR, as in msgrcv(2)
 * @reserved: 0
 * @type: for a receiver, which messages it waits for, as in msgrcv(2); for a
 *	sender, the type of its message; otherwise 0
 * @size: for a receiver, the size of its buffer, or 0 with MSG_NOERROR; for a
 *	sender, bytes of text; for MSGQ_PARTY_CLAIMS, the number of claimed
 *	messages
 * @waited: how long it has waited, in nanoseconds with a precision of some
 *	milliseconds; 0 for MSGQ_PARTY_CLAIMS
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
 * struct msgq_who - argument of MSGQ_IOC_WHO: the processes at a queue.  Only
 *	the owner, the creator and CAP_SYS_ADMIN may use it; others get EPERM.
 * @msqid: identifier of the queue; 0 on the descriptor of a queue
 * @flags: 0
 * @parties: address of an array of struct msgq_party
 * @count: the size of the array, up to MSGQ_WHO_MOST; set to the number of
 *	entries that were filled in
 * @size: size of an entry, sizeof(struct msgq_party)
 * @receivers: set to the number of tasks that wait for a message
 * @senders: set to the number of tasks that wait for room
 * @claimers: set to the number of processes that have claimed messages
 * @descriptors: set to the number of open descriptors
 *
 * The array lists first the processes that have claimed messages, then
 * receivers, then senders, as far as it has entries.  The queue stays in use
 * during the call, so the numbers may differ from the list.  Without
 * MSGQ_FEATURE_CLAIM_PROCESS, processes with claims are not listed.  Programs
 * that poll are not listed.
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

/**
 * struct msgq_holding - what an instance holds: queues and semaphore sets with
 *	keys and identifiers of its own
 * @id: the inode number of /proc/PID/ns/ipc of the processes that use it; 0
 *	without MSGQ_FEATURE_NAMESPACES; with MSGQ_HOLDING_MOUNT the device
 *	number of the file system msgqfs, st_dev of fstat(2)
 * @queues: the number of queues
 * @messages: messages on all of them
 * @bytes: bytes of text on all of them
 * @flags: MSGQ_HOLDING_*
 * @sets: the number of semaphore sets
 * @semaphores: the number of semaphores in them
 */
struct msgq_holding {
	__u64	id;
	__u64	queues;
	__u64	messages;
	__u64	bytes;
	__u64	flags;
	__u64	sets;
	__u64	semaphores;
};

/* It belongs to a mounted msgqfs, and not to an IPC namespace. */
#define MSGQ_HOLDING_MOUNT	0x1

/**
 * struct msgq_instances - argument of MSGQ_IOC_INSTANCES: all instances.  Only
 *	a process with CAP_SYS_ADMIN in the initial user namespace may use it;
 *	others get EPERM.
 * @holdings: address of an array of struct msgq_holding
 * @count: the size of the array, up to MSGQ_INSTANCES_MOST; set to the number
 *	of entries that were filled in
 * @size: size of an entry, sizeof(struct msgq_holding)
 * @total: set to the number of instances, which can be larger
 * @flags: 0
 *
 * The initial instance comes first, then others in no order.  A namespace gets
 * an instance when a process of it first uses the module.
 */
struct msgq_instances {
	__u64	holdings;
	__u32	count;
	__u32	size;
	__u32	total;
	__u32	flags;
};

#define MSGQ_INSTANCES_MOST	65536

/**
 * struct msgq_quota - argument of MSGQ_IOC_QUOTA: limits of a user or of an
 *	instance, beside those that the instance sets itself, and what is in use
 * @uid: the user; 0 with MSGQ_QUOTA_INSTANCE
 * @flags: MSGQ_QUOTA_*: which limits to set, and of what
 * @queues: the most queues, or MSGQ_UNLIMITED
 * @bytes: the most bytes of text that all these queues may hold: their
 *	msg_qbytes added up
 * @messages: the most messages on these queues
 * @used_queues: set to the queues in use
 * @used_bytes: set to the bytes in use
 * @used_messages: set to the messages in use; MSGQ_UNLIMITED if they are not
 *	counted, because there has been no limit so far
 * @sets: the most semaphore sets, or MSGQ_UNLIMITED
 * @semaphores: the most semaphores in all these sets
 * @used_sets: set to the sets in use
 * @used_semaphores: set to the semaphores in use
 *
 * A queue counts for the user that has created it, and for the owner of each
 * user namespace from the creator's up to the initial one, in all instances
 * together, until its last descriptor is closed; its bytes until it is removed.
 * A semaphore set counts until it is removed and no call uses it.
 *
 * A limit that is lowered below what is in use removes nothing.  The limits that
 * are not set by the call are returned.  Setting needs CAP_SYS_RESOURCE in the
 * initial user namespace; a user may read its own, and all those of their
 * instance.  Other calls get EPERM.
 */
struct msgq_quota {
	__u32	uid;
	__u32	flags;
	__u64	queues;
	__u64	bytes;
	__u64	messages;
	__u64	used_queues;
	__u64	used_bytes;
	__u64	used_messages;
	__u64	sets;
	__u64	semaphores;
	__u64	used_sets;
	__u64	used_semaphores;
};

#define MSGQ_UNLIMITED		(~(__u64)0)

#define MSGQ_QUOTA_QUEUES	0x1
#define MSGQ_QUOTA_BYTES	0x2
#define MSGQ_QUOTA_MESSAGES	0x4
#define MSGQ_QUOTA_SETS		0x10
#define MSGQ_QUOTA_SEMAPHORES	0x20
/* The limits of the caller's instance, and not of a user. */
#define MSGQ_QUOTA_INSTANCE	0x8

/**
 * struct msgq_quotas - argument of MSGQ_IOC_QUOTAS: all users that have queues,
 *	semaphore sets or limits.  Only a process with CAP_SYS_RESOURCE in the
 *	initial user namespace may use it; others get EPERM.
 * @quotas: address of an array of struct msgq_quota
 * @count: the size of the array; set to the number of entries that were filled
 *	in
 * @size: size of an entry, sizeof(struct msgq_quota)
 * @total: set to the number of users, which can be larger
 * @flags: 0
 */
struct msgq_quotas {
	__u64	quotas;
	__u32	count;
	__u32	size;
	__u32	total;
	__u32	flags;
};

/*
 * struct msqid_ds of 64-bit and 32-bit programs, on little-endian architectures
 * that use the generic layout of the kernel; the device does not exist on
 * others.  In the 32-bit struct each time is two words, the low one first.
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

/**
 * struct msgq_semget - argument of MSGQ_IOC_SEMGET, as semget(2)
 * @key: the key, or IPC_PRIVATE
 * @nsems: the number of semaphores
 * @semflg: IPC_CREAT, IPC_EXCL and nine mode bits; other bits are ignored
 * @reserved: 0
 */
struct msgq_semget {
	__s32	key;
	__s32	nsems;
	__s32	semflg;
	__u32	reserved;
};

/**
 * struct msgq_semop - argument of MSGQ_IOC_SEMOP, as semtimedop(2)
 * @semid: identifier of the set
 * @nsops: the number of operations
 * @sops: address of the operations, an array of struct sembuf
 * @timeout: address of the caller's struct timespec, or 0 to wait without a
 *	time limit
 * @time_size: bytes of the seconds in this struct: 4 or 8; 0 without it
 * @reserved: 0
 *
 * Without MSGQ_FEATURE_SEM_UNDO, an operation with SEM_UNDO fails with
 * EOPNOTSUPP.
 */
struct msgq_semop {
	__s32	semid;
	__u32	nsops;
	__u64	sops;
	__u64	timeout;
	__u32	time_size;
	__u32	reserved;
};

/**
 * struct msgq_semctl - argument of MSGQ_IOC_SEMCTL, as semctl(2)
 * @semid: identifier of the set; an index for SEM_STAT and SEM_STAT_ANY
 * @semnum: the semaphore, for the commands about one
 * @cmd: GETVAL, SETVAL, GETALL, SETALL, GETPID, GETNCNT, GETZCNT, IPC_STAT,
 *	IPC_SET, IPC_RMID, IPC_INFO, SEM_INFO, SEM_STAT or SEM_STAT_ANY
 * @long_size: bytes of the caller's long: 4 or 8
 * @arg: for SETVAL, the value; else the address of the caller's semid_ds,
 *	seminfo or array of values, if the command uses one
 */
struct msgq_semctl {
	__s32	semid;
	__s32	semnum;
	__s32	cmd;
	__u32	long_size;
	__u64	arg;
};

/**
 * struct msgq_semstate - argument of MSGQ_IOC_SEMSTATE: the state of a set.  It
 *	needs permission to read.
 * @semid: identifier of the set
 * @nsems: set to the number of semaphores
 * @operations: set to the number of calls of MSGQ_IOC_SEMOP that succeeded since
 *	the set was created
 * @waits: set to the number of calls that had to wait
 * @waiting: set to the number of tasks that wait
 * @reserved: 0
 */
struct msgq_semstate {
	__s32	semid;
	__u32	nsems;
	__u64	operations;
	__u64	waits;
	__u32	waiting;
	__u32	reserved;
};

/**
 * struct msgq_semparty - a task that waits for a semaphore, or a process whose
 *	end changes one
 * @pid: the process in the PID namespace of the caller; 0 if it has no number
 *	there
 * @tid: likewise the thread that waits; 0 for MSGQ_SEMPARTY_UNDOES
 * @what: MSGQ_SEMPARTY_*
 * @semnum: the semaphore; for a task that waits with several operations, that of
 *	the first one that cannot go on
 * @amount: for a task that waits, the sem_op of this operation; for
 *	MSGQ_SEMPARTY_UNDOES, what the end of the process adds to the value
 * @nsops: for a task that waits, the number of its operations
 * @waited: how long it has waited, in nanoseconds with a precision of some
 *	milliseconds; 0 for MSGQ_SEMPARTY_UNDOES
 */
struct msgq_semparty {
	__s32	pid;
	__s32	tid;
	__u32	what;
	__u32	semnum;
	__s32	amount;
	__u32	nsops;
	__u64	waited;
};

#define MSGQ_SEMPARTY_WAITS	1
#define MSGQ_SEMPARTY_UNDOES	2

/**
 * struct msgq_semwho - argument of MSGQ_IOC_SEMWHO: the processes at a set.
 *	Only the owner, the creator and CAP_SYS_ADMIN may use it; others get
 *	EPERM.
 * @semid: identifier of the set
 * @flags: 0
 * @parties: address of an array of struct msgq_semparty
 * @count: the size of the array, up to MSGQ_WHO_MOST; set to the number of
 *	entries that were filled in
 * @size: size of an entry, sizeof(struct msgq_semparty)
 * @waiting: set to the number of tasks that wait
 * @undoing: set to the number of processes that have used SEM_UNDO
 *
 * The array lists first the processes whose end changes a semaphore, with an
 * entry for each semaphore, then the tasks that wait, as far as it has entries.
 * The set stays in use during the call, so the numbers may differ from the list.
 */
struct msgq_semwho {
	__s32	semid;
	__u32	flags;
	__u64	parties;
	__u32	count;
	__u32	size;
	__u32	waiting;
	__u32	undoing;
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
#define MSGQ_IOC_SEMGET	_IOW(MSGQ_IOC_MAGIC, 0x10, struct msgq_semget)
#define MSGQ_IOC_SEMOP	_IOW(MSGQ_IOC_MAGIC, 0x11, struct msgq_semop)
#define MSGQ_IOC_SEMCTL	_IOW(MSGQ_IOC_MAGIC, 0x12, struct msgq_semctl)
#define MSGQ_IOC_SEMSTATE _IOWR(MSGQ_IOC_MAGIC, 0x13, struct msgq_semstate)
#define MSGQ_IOC_SEMWHO	_IOWR(MSGQ_IOC_MAGIC, 0x14, struct msgq_semwho)
#define MSGQ_IOC_INSTANCES _IOWR(MSGQ_IOC_MAGIC, 0x30, struct msgq_instances)
#define MSGQ_IOC_QUOTA	_IOWR(MSGQ_IOC_MAGIC, 0x31, struct msgq_quota)
#define MSGQ_IOC_QUOTAS	_IOWR(MSGQ_IOC_MAGIC, 0x32, struct msgq_quotas)

#endif /* _UAPI_MSGQ_H */
