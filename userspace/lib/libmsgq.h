/* SPDX-License-Identifier: MIT */
/*
 * libmsgq.h - message queues over /dev/msgq
 *
 * Each function makes a call to the device and answers as the System V call
 * of the same name does: -1 and errno on failure.  They differ from System V
 * in their first argument alone: the descriptor that msgq_device() returned.
 * It is an ordinary close-on-exec descriptor, closed with close(2); any number
 * of threads and children may use it at once.  Queues live on without it.
 *
 * This header includes the headers of all types and flags that the functions
 * take, with msgq.h and <sys/msg.h> among them.
 */
#ifndef LIBMSGQ_H
#define LIBMSGQ_H

#include <stddef.h>
#include <stdint.h>
#include <sys/msg.h>
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

/* Open the device.  ENOSYS: there is none; EACCES: no right to open it. */
int msgq_device(void);

/* msgget(2): the identifier of the queue with this key. */
int msgq_get(int device, key_t key, int msgflg);

/* msgsnd(2): send msgsz bytes of text from a msgbuf.  A cancellation point. */
int msgq_snd(int device, int msqid, const void *msgp, size_t msgsz, int msgflg);

/* msgrcv(2): the bytes of text received.  A cancellation point. */
ssize_t msgq_rcv(int device, int msqid, void *msgp, size_t msgsz, long msgtyp,
		 int msgflg);

/* msgctl(2): buf is a struct msginfo for IPC_INFO and MSG_INFO. */
int msgq_ctl(int device, int msqid, int cmd, struct msqid_ds *buf);

/* What the module is, and has done so far: the struct stands in msgq.h. */
int msgq_info(int device, struct msgq_info *info);

/*
 * A queue as a descriptor of its own, close-on-exec, for read, write, poll and
 * the functions below: the struct stands in msgq.h.  Rights are looked at now,
 * and not again.  EINVAL: the struct makes no sense, or there is no queue of
 * that identifier; EACCES; with a key the errors of msgget(2); EMFILE, ENFILE,
 * ENOMEM.
 */
int msgq_open(int device, const struct msgq_open *how);

/**
 * struct msgq_message - one message of a batch
 * @type: the message's type, 1 or more; set by a receive
 * @text: the text to send, or the buffer to receive into.  A send only reads
 *	it: cast a constant.
 * @size: bytes of text to send; for a receive, the size of the buffer before
 *	the call and the bytes of text in it afterwards
 * @deliveries: set by a receive: how often the message has been claimed, this
 *	time included; 0 if it is not claimed
 * @token: set by a receive: names the claim to msgq_acknowledge() and
 *	msgq_release(); 0 if the message is not claimed
 *
 * A program with 64-bit pointers has it in the layout of the kernel's struct
 * msgq_entry, and nothing is copied.
 */
struct msgq_message {
	int64_t type;
	void *text;
	uint32_t size;
	uint32_t deliveries;
	uint64_t token;
};

/**
 * struct msgq_how - how a call waits
 * @msqid: the identifier of the queue, if the descriptor is that of the
 *	device; 0 on the descriptor of a queue
 * @msgflg: IPC_NOWAIT; for a receive MSG_NOERROR and MSG_EXCEPT too
 * @least: how many messages to wait for; 0 for 1
 * @clock: the clock of the deadline, CLOCK_MONOTONIC or CLOCK_REALTIME
 * @deadline: when the call stops waiting, in nanoseconds of @clock, as
 *	msgq_deadline() returns it; 0 for never
 *
 * NULL in its place, or a struct that is all zero, waits until one message has
 * been sent or received.  On the descriptor of the device each call needs the
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
 * The deadline that is so many milliseconds from now, never 0.  UINT64_MAX,
 * which is as good as never, when that is beyond the end of the clock.  A clock
 * that cannot be read, like one that deadlines cannot have, makes the call
 * that gets the deadline fail with EINVAL.
 */
uint64_t msgq_deadline(clockid_t clock, uint64_t milliseconds);

/*
 * Send messages, 1 to MSGQ_BATCH_MOST: type, text and size of each.
 * Returns how many were sent, the first ones of all.  Fails only when none
 * was: EAGAIN, there is no room, and IPC_NOWAIT is set; ETIMEDOUT, there is no
 * room, and the deadline is over; EINTR; EINVAL, a type below 1, or a count or
 * clock that makes no sense; EMSGSIZE, more than msgmax; EFAULT; ENOMEM; EIDRM,
 * the queue is removed; EBADF, not opened for writing; EACCES.  A cancellation
 * point.
 */
int msgq_sendv(int fd, const struct msgq_message *messages, unsigned int count,
	       const struct msgq_how *how);

/*
 * Receive messages, 1 to MSGQ_BATCH_MOST, as msgtyp says, as in msgrcv(2).
 * Each brings a buffer and its size, and gets type and size of its text.
 * Returns how many were received.  Fails only when none was: ENOMSG, there is
 * none, and IPC_NOWAIT is set; ETIMEDOUT, there is none, and the deadline is
 * over; EINTR; E2BIG, the first is larger than its buffer and MSG_NOERROR is
 * not set; EFAULT, its buffer cannot be written; EINVAL; EIDRM; EBADF, not
 * opened for reading; EACCES.  No message is lost by a failure.  A
 * cancellation point.
 */
int msgq_recvv(int fd, struct msgq_message *messages, unsigned int count,
	       long msgtyp, const struct msgq_how *how);

/*
 * As msgq_recvv(), on the descriptor of a queue, but the messages are claimed:
 * they stay on the queue, and nobody else is given them, until they are
 * acknowledged or released.  A claim is released by itself when the process
 * ends, when the time is over that msgq_open() was told, and when the last
 * descriptor of this opening is closed.  Each message gets the token of its
 * claim, and how often it has been claimed, this time included.
 */
int msgq_claimv(int fd, struct msgq_message *messages, unsigned int count,
		long msgtyp, const struct msgq_how *how);

/*
 * End claims that were made by this descriptor, 1 to MSGQ_BATCH_MOST: the
 * messages leave the queue, or stand again where they stood.  Returns how many
 * there were, up to the first token that stands for no claim.  ENOENT: that
 * was the first of all; EIDRM: the queue is removed, and the claims with it.
 */
int msgq_acknowledge(int fd, const uint64_t *tokens, unsigned int count);
int msgq_release(int fd, const uint64_t *tokens, unsigned int count);

/* The same by the messages as msgq_claimv() has filled them. */
int msgq_acknowledgev(int fd, const struct msgq_message *messages,
		      unsigned int count);
int msgq_releasev(int fd, const struct msgq_message *messages,
		  unsigned int count);

/*
 * What a queue is, holds and has seen: the struct stands in msgq.h.  On the
 * descriptor of the device its msqid says which queue, on that of a queue it
 * is to be 0.
 */
int msgq_state(int fd, struct msgq_state *state);

/*
 * Who waits at a queue, and who has claimed messages of it: the structs stand
 * in msgq.h.  The queue is named as for msgq_state(); parties, count and size
 * say where to put them.  EPERM: it is another's queue.
 */
int msgq_who(int fd, struct msgq_who *who);

#ifdef __cplusplus
#ifdef __GNUC__
#pragma GCC diagnostic pop
#endif
}
#endif

#endif /* LIBMSGQ_H */
