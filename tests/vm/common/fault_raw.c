// SPDX-License-Identifier: MIT
/*
 * fault_raw.c - commands of the device with no library between; see
 * fault_raw.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "fault_raw.h"
#include "test.h"

int raw_open(void)
{
	return CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC));
}

uint64_t raw_address(const void *object)
{
	return (uintptr_t)object;
}

long raw_get(int fd, int key, int flags)
{
	struct msgq_get arg = { .key = key, .msgflg = flags };

	return ioctl(fd, MSGQ_IOC_GET, &arg);
}

long raw_snd(int fd, int msqid, const void *msgp, long size, int flags,
	     unsigned int long_size)
{
	struct msgq_snd arg = {
		.msqid = msqid,
		.msgflg = flags,
		.msgp = raw_address(msgp),
		.msgsz = size,
		.long_size = long_size,
	};

	return ioctl(fd, MSGQ_IOC_SND, &arg);
}

long raw_rcv(int fd, int msqid, void *msgp, long size, long type, int flags,
	     unsigned int long_size)
{
	struct msgq_rcv arg = {
		.msqid = msqid,
		.msgflg = flags,
		.msgp = raw_address(msgp),
		.msgsz = size,
		.msgtyp = type,
		.long_size = long_size,
	};

	return ioctl(fd, MSGQ_IOC_RCV, &arg);
}

long raw_ctl(int fd, int msqid, int cmd, void *buf, unsigned int long_size)
{
	struct msgq_ctl arg = {
		.msqid = msqid,
		.cmd = cmd,
		.buf = raw_address(buf),
		.long_size = long_size,
	};

	return ioctl(fd, MSGQ_IOC_CTL, &arg);
}

int raw_semctl(int fd, int semid, int number, int cmd, uint64_t value,
	       unsigned int long_size)
{
	struct msgq_semctl arg = {
		.semid = semid,
		.semnum = number,
		.cmd = cmd,
		.arg = value,
		.long_size = long_size,
	};

	return ioctl(fd, MSGQ_IOC_SEMCTL, &arg);
}

void raw_set_type(void *msgp, unsigned int long_size, long type)
{
	const int64_t wide = type;
	const int32_t narrow = type;

	if (long_size == sizeof(wide))
		memcpy(msgp, &wide, sizeof(wide));
	else
		memcpy(msgp, &narrow, sizeof(narrow));
}

long raw_type(const void *msgp, unsigned int long_size)
{
	int64_t wide;
	int32_t narrow;

	if (long_size == sizeof(wide)) {
		memcpy(&wide, msgp, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, msgp, sizeof(narrow));
	return narrow;
}

/* The period is no divisor of a page or a power of two. */
static unsigned char byte_at(size_t i, unsigned int number)
{
	return i % 251 + number * 37;
}

void raw_fill(void *text, size_t size, unsigned int number)
{
	unsigned char *bytes = text;

	for (size_t i = 0; i < size; i++)
		bytes[i] = byte_at(i, number);
}

bool raw_filled(const void *text, size_t size, unsigned int number)
{
	const unsigned char *bytes = text;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != byte_at(i, number))
			return false;
	return true;
}

void *raw_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	CHECK(memory != MAP_FAILED);
	/* Populated pages can be reclaimed: lock them. */
	CHECK_OK(mlock(memory, size));
	return memory;
}
