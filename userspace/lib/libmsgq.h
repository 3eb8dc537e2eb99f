/* SPDX-License-Identifier: MIT */
/*
 * libmsgq.h - message queues and semaphore sets over /dev/msgq
 *
 * Each function makes a call to the device.  It returns what the System V call
 * of the same name returns, and -1 with errno on failure.  The only difference
 * from System V is the first argument, the descriptor from msgq_device().  It
 * is an ordinary close-on-exec descriptor, which is closed with close(2), and
 * any number of threads and child processes may use it at the same time.  A
 * queue continues to exist without it.
 *
 * This header includes the headers of all types and flags that the functions
 * use, among them msgq.h and <sys/msg.h>.
 */
#ifndef LIBMSGQ_H
#define LIBMSGQ_H

#include <stddef.h>
#include <stdint.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/types.h>
#include <time.h>

#include <msgq.h>

#ifdef __cplusplus
extern "C" {
/* A function and a struct may share a name, as stat(2) and its struct do. */
#ifdef __GNUC__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
#endif

/* Open the device.  ENOSYS: no device; EACCES: no permission to open it. */
int msgq_device(void);

/* msgget(2): returns the identifier of the queue with this key. */
int msgq_get(int device, key_t key, int msgflg);

/* msgsnd(2): send msgsz bytes of text from a msgbuf.  A cancellation point. */
int msgq_snd(int device, int msqid, const void *msgp, size_t msgsz, int msgflg);

/* msgrcv(2): returns the bytes of text received.  A cancellation point. */
ssize_t msgq_rcv(int device, int msqid, void *msgp, size_t msgsz, long msgtyp,
		 int msgflg);

/*
 * msgctl(2): buf is a struct msginfo for IPC_INFO and MSG_INFO.  On a machine
 * of 32 bits, a program whose time_t has 64 bits has a struct msqid_ds and a
 * function of its own.
 */
#if defined(__USE_TIME_BITS64) && defined(__TIMESIZE) && __TIMESIZE == 32
#pragma redefine_extname msgq_ctl msgq_ctl64
#endif
int msgq_ctl(int device, int msqid, int cmd, struct msqid_ds *buf);

/* Strict C90 has no such struct in <time.h>. */
struct timespec;

/*
 * semget(2), semop(2) and semtimedop(2): none is a cancellation point.  ENOTTY:
 * the module has no semaphore sets.  EOPNOTSUPP: an operation has SEM_UNDO, and
 * the kernel does not tell the module of the end of processes.
 */
int msgq_semget(int device, key_t key, int nsems, int semflg);
int msgq_semop(int device, int semid, struct sembuf *sops, size_t nsops);

/*
 * semctl(2): the argument after cmd is the union semun that the program
 * declares.  As for msgq_ctl(), a program of 32 bits whose time_t has 64 bits has
 * functions of its own.
 */
#if defined(__USE_TIME_BITS64) && defined(__TIMESIZE) && __TIMESIZE == 32
#pragma redefine_extname msgq_semtimedop msgq_semtimedop64
#pragma redefine_extname msgq_semctl msgq_semctl64
#endif
int msgq_semtimedop(int device, int semid, struct sembuf *sops, size_t nsops,
		    const struct timespec *timeout);
int msgq_semctl(int device, int semid, int semnum, int cmd, ...);

/*
 * Tell how a set is used; list the tasks that wait for its semaphores, and the
 * processes whose end changes one.  msgq.h describes the structs; parties, count
 * and size describe the array to fill in.  EPERM: the set belongs to another
 * user.
 */
int msgq_semstate(int device, struct msgq_semstate *state);
int msgq_semwho(int device, struct msgq_semwho *who);

/* Information about the module; msgq.h describes the struct. */
int msgq_info(int device, struct msgq_info *info);

/*
 * Open a queue as a close-on-exec descriptor of its own, for read, write, poll
 * and the functions below; msgq.h describes the struct.  Permission is checked
 * once, by this call.  EINVAL: the struct is invalid, or no queue has this
 * identifier; EACCES; with a key, the errors of msgget(2); EMFILE, ENFILE,
 * ENOMEM.
 */
int msgq_open(int device, const struct msgq_open *how);

/**
 * struct msgq_message - one message of a batch
 * @type: the message's type, 1 or more; set by a receive
 * @text: the text to send, or the buffer to receive into.  A send only reads
 *	it, so a pointer to const may be cast.
 * @size: bytes of text to send; for a receive, the size of the buffer before
 *	the call and the bytes of text in it afterwards
 * @deliveries: set by a receive: how often the message has been claimed,
 *	including this time; 0 if it is not claimed
 * @token: set by a receive: identifies the claim for msgq_acknowledge() and
 *	msgq_release(); 0 if the message is not claimed
 *
 * If pointers are 64-bit, this struct has the layout of the kernel's struct
 * msgq_entry, and an array of it is passed to the kernel without a copy.
 */
struct msgq_message {
	int64_t type;
	void *text;
	uint32_t size;
	uint32_t deliveries;
	uint64_t token;
};

/**
 * struct msgq_how - the queue of a call, and how the call waits
 * @msqid: the identifier of the queue, on the descriptor of the device; 0 on
 *	the descriptor of a queue
 * @msgflg: IPC_NOWAIT; for a receive also MSG_NOERROR and MSG_EXCEPT
 * @least: the number of messages to wait for; 0 means 1
 * @clock: the clock of the deadline, CLOCK_MONOTONIC or CLOCK_REALTIME
 * @deadline: when the call stops waiting, in nanoseconds of @clock, as
 *	msgq_deadline() returns it; 0 means never
 *
 * A call with NULL, or with a struct that is all zero, waits until one message
 * has been sent or received.  On the descriptor of the device, each call checks
 * permission.
 */
struct msgq_how {
	int msqid;
	int msgflg;
	unsigned int least;
	clockid_t clock;
	uint64_t deadline;
};

/*
 * Return the deadline that is this many milliseconds from now; it is never 0.
 * If it is beyond the range of the clock, return UINT64_MAX, which never
 * passes.  If the clock cannot be read, or cannot be used for deadlines, the
 * call that uses the deadline fails with EINVAL.
 */
uint64_t msgq_deadline(clockid_t clock, uint64_t milliseconds);

/*
 * Send 1 to MSGQ_BATCH_MOST messages, with type, text and size of each.
 * Returns the number of messages sent, in order from the first one.  Fails only
 * if none was sent: EAGAIN, no room and IPC_NOWAIT is set; ETIMEDOUT, no room
 * and the deadline has passed; EINTR; EINVAL, a type below 1, or an invalid
 * count or clock; EMSGSIZE, longer than msgmax; EFAULT; ENOMEM; EIDRM, the
 * queue has been removed; EBADF, not open for writing; EACCES.  A cancellation
 * point.
 */
int msgq_sendv(int fd, const struct msgq_message *messages, unsigned int count,
	       const struct msgq_how *how);

/*
 * Receive 1 to MSGQ_BATCH_MOST messages, selected by msgtyp as in msgrcv(2).
 * The caller sets text and size of each entry to a buffer; the call sets its
 * type, and size to that of the text.  Returns the number of messages received.
 * Fails only if none was received: ENOMSG, no message and IPC_NOWAIT is set;
 * ETIMEDOUT, no message and the deadline has passed; EINTR; E2BIG, the first
 * message is larger than its buffer and MSG_NOERROR is not set; EFAULT, its
 * buffer cannot be written; EINVAL; EIDRM; EBADF, not open for reading; EACCES.
 * A failure loses no message.  A cancellation point.
 */
int msgq_recvv(int fd, struct msgq_message *messages, unsigned int count,
	       long msgtyp, const struct msgq_how *how);

/*
 * Like msgq_recvv(), but claims the messages, and works only on the descriptor
 * of a queue.  Claimed messages stay on the queue, and no other receiver gets
 * them, until they are acknowledged or released.  A claim is released
 * automatically when the process ends, when the time limit passed to
 * msgq_open() expires, and when the last descriptor of the open file is closed.
 * The call sets token and deliveries of each message.
 */
int msgq_claimv(int fd, struct msgq_message *messages, unsigned int count,
		long msgtyp, const struct msgq_how *how);

/*
 * End 1 to MSGQ_BATCH_MOST claims that were made by this descriptor.
 * msgq_acknowledge() removes the messages from the queue; msgq_release() puts
 * them back at their former positions.  Returns the number of claims that it
 * ended, up to the first token that identifies no claim.  ENOENT: the first
 * token identifies no claim; EIDRM: the queue has been removed, with its
 * claims.
 */
int msgq_acknowledge(int fd, const uint64_t *tokens, unsigned int count);
int msgq_release(int fd, const uint64_t *tokens, unsigned int count);

/* The same for messages that msgq_claimv() has returned. */
int msgq_acknowledgev(int fd, const struct msgq_message *messages,
		      unsigned int count);
int msgq_releasev(int fd, const struct msgq_message *messages,
		  unsigned int count);

/*
 * Read the state and the counts of a queue; msgq.h describes the struct.  On
 * the descriptor of the device, msqid selects the queue; on that of a queue it
 * must be 0.
 */
int msgq_state(int fd, struct msgq_state *state);

/*
 * List the tasks that wait at a queue and the processes that have claimed its
 * messages; msgq.h describes the structs.  The queue is selected as for
 * msgq_state(); parties, count and size describe the array to fill in.  EPERM:
 * the queue belongs to another user.
 */
int msgq_who(int fd, struct msgq_who *who);

#ifdef __cplusplus
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif
}
#endif

#endif /* LIBMSGQ_H */
