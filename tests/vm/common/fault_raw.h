/* SPDX-License-Identifier: MIT */
/*
 * fault_raw.h - commands of the device with no library between
 *
 * A test that makes single allocations and copies fail must know all of them in
 * its call.  A command here is therefore one ioctl, and the memory that it
 * reads and writes is allocated and touched before.
 */
#ifndef FAULT_RAW_H
#define FAULT_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <msgq.h>

/* The device, opened. */
int raw_open(void);

/* The argument of any command. */
union raw_argument {
	struct msgq_info info;
	struct msgq_get get;
	struct msgq_snd snd;
	struct msgq_rcv rcv;
	struct msgq_ctl ctl;
	struct msgq_open open;
	struct msgq_batch batch;
	struct msgq_settle settle;
	struct msgq_state state;
	struct msgq_who who;
	struct msgq_semget semget;
	struct msgq_semop semop;
	struct msgq_semctl semctl;
	struct msgq_semstate semstate;
	struct msgq_semwho semwho;
	unsigned char bytes[256];
};

/* The address of an object, as arguments contain it. */
uint64_t raw_address(const void *object);

/* The System V calls, for a program whose long has that many bytes. */
long raw_get(int fd, int key, int flags);
long raw_snd(int fd, int msqid, const void *msgp, long size, int flags,
	     unsigned int long_size);
long raw_rcv(int fd, int msqid, void *msgp, long size, long type, int flags,
	     unsigned int long_size);
long raw_ctl(int fd, int msqid, int cmd, void *buf, unsigned int long_size);
int raw_semctl(int fd, int semid, int number, int cmd, uint64_t value,
	       unsigned int long_size);

/* A type at the head of a msgbuf, as such a program writes and reads it. */
void raw_set_type(void *msgp, unsigned int long_size, long type);
long raw_type(const void *msgp, unsigned int long_size);

/* Write the text of a numbered message, and check it. */
void raw_fill(void *text, size_t size, unsigned int number);
bool raw_filled(const void *text, size_t size, unsigned int number);

/* Memory with all pages present, so that no call faults one in. */
void *raw_memory(size_t size);

#endif /* FAULT_RAW_H */
