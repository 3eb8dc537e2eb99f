/* SPDX-License-Identifier: MIT */
/*
 * libmsgq.h - message queues over /dev/msgq
 *
 * Each function makes one call to the device and answers as the System V call
 * of the same name does: -1 and errno on failure.  They differ from System V
 * in their first argument alone: the descriptor that msgq_device() returned.
 * It is an ordinary close-on-exec descriptor, closed with close(2); any number
 * of threads and children may use it at once.  Queues live on without it.
 */
#ifndef LIBMSGQ_H
#define LIBMSGQ_H

#include <stddef.h>
#include <sys/msg.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct msgq_info;

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

/* What the module is: the struct stands in msgq.h. */
int msgq_info(int device, struct msgq_info *info);

#ifdef __cplusplus
}
#endif

#endif /* LIBMSGQ_H */
