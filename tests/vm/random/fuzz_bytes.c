// SPDX-License-Identifier: MIT
/*
 * fuzz_bytes.c - no byte beyond the defined ones ever comes back
 *
 * All memory around and in a call's output is filled before, with one pattern
 * and then with another.  Defined bytes have to be the same either way, padding
 * zero, and everything else unchanged; arguments are never written.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "fuzz_make.h"
#include "test.h"

#define PAGE		4096
#define MARGIN		PAGE
#define LONGEST		8192
#define AREA		(MARGIN + 8 + LONGEST + MARGIN)
#define ROUNDS		600

static const unsigned char patterns[] = { 0x5A, 0xA5 };
static const unsigned int long_sizes[] = { 8, 4 };

static struct fuzz_random numbers;
static int device;
static unsigned char *area;		/* AREA bytes; outputs at MARGIN */
static unsigned char *output;
static unsigned char *wanted;		/* expected outputs */

static void begin(void)
{
	const char *seed = getenv("MSGQ_FUZZ_SEED");
	unsigned long number = seed ? strtoul(seed, NULL, 10) :
				      (unsigned long)time(NULL);

	DEVICE_ONLY();
	printf("# seed %lu\n", number);
	fflush(stdout);
	fuzz_seed(&numbers, number);
	device = raw_open();
	area = raw_memory(AREA);
	output = area + MARGIN;
	wanted = raw_memory(AREA);
}

static void expect(const char *what, unsigned char pattern, const void *bytes,
		   size_t size)
{
	memset(wanted, pattern, AREA);
	memcpy(wanted + MARGIN, bytes, size);
	for (long i = 0; i < AREA; i++)
		if (area[i] != wanted[i])
			FAIL("%s: %zu bytes defined: byte %ld: expected %#x, got %#x",
			     what, size, i - MARGIN, wanted[i], area[i]);
}

/* Make the command: its argument is unchanged, whatever the answer is. */
static long call(unsigned long command, const void *argument, size_t size)
{
	unsigned char before[64];
	int error;
	long ret;

	memcpy(before, argument, size);
	ret = ioctl(device, command, argument);
	error = errno;
	if (memcmp(before, argument, size))
		FAIL("command %#lx: its argument was written", command);
	errno = error;
	return ret;
}

static long receive(int msqid, long room, long type, int flags,
		    unsigned int long_size)
{
	struct msgq_rcv rcv = {
		.msqid = msqid,
		.msgflg = flags,
		.msgp = raw_address(output),
		.msgsz = room,
		.msgtyp = type,
		.long_size = long_size,
	};

	return call(MSGQ_IOC_RCV, &rcv, sizeof(rcv));
}

static long control(int msqid, int cmd, unsigned int long_size)
{
	struct msgq_ctl ctl = {
		.msqid = msqid,
		.cmd = cmd,
		.buf = raw_address(output),
		.long_size = long_size,
	};

	return call(MSGQ_IOC_CTL, &ctl, sizeof(ctl));
}

static void send(int msqid, long type, size_t size, unsigned int number)
{
	static unsigned char message[8 + LONGEST];
	struct msgq_snd snd = {
		.msqid = msqid,
		.msgflg = IPC_NOWAIT,
		.msgp = raw_address(message),
		.msgsz = size,
		.long_size = 8,
	};

	raw_set_type(message, 8, type);
	raw_fill(message + 8, size, number);
	CHECK_INT(call(MSGQ_IOC_SND, &snd, sizeof(snd)), 0);
}

static size_t any_size(void)
{
	/* Sizes around the ends of a message's pages, or any size. */
	static const size_t edges[] = { 0, 1, 4000, 8088, LONGEST - 1 };
	size_t edge = edges[fuzz_below(&numbers, 5)];

	if (fuzz_once_in(&numbers, 2))
		return fuzz_below(&numbers, LONGEST + 1);
	edge += fuzz_below(&numbers, 9);
	edge -= edge < 4 ? 0 : 4;
	return edge < LONGEST ? edge : LONGEST;
}

/* Type and text as a program with a long of this width should find them. */
static size_t message_of(unsigned char *to, long type, size_t size,
			 unsigned int number, unsigned int long_size)
{
	raw_set_type(to, long_size, type);
	raw_fill(to + long_size, size, number);
	return long_size + size;
}

CASE_SECONDS(received_bytes, 40)
{
	static unsigned char message[8 + LONGEST];
	size_t defined;
	int msqid;

	begin();
	msqid = make_queue();
	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int long_size = long_sizes[i / 2 % 2];
		unsigned char pattern = patterns[i % 2];
		long type = 1 + fuzz_below(&numbers, INT32_MAX);
		size_t size = any_size(), room = any_size(), got;

		send(msqid, type, size, i);
		got = size < room ? size : room;

		if (size > room) {
			memset(area, pattern, AREA);
			CHECK_ERR(receive(msqid, room, 0, IPC_NOWAIT,
					  long_size), E2BIG);
			expect("E2BIG", pattern, "", 0);
		}

		/* As in System V, a copy needs room for all of the message. */
		memset(area, pattern, AREA);
		if (size <= room) {
			CHECK_INT(receive(msqid, room, 0, IPC_NOWAIT | MSG_COPY,
					  long_size), size);
			defined = message_of(message, type, size, i, long_size);
			expect("MSG_COPY", pattern, message, defined);
		}

		memset(area, pattern, AREA);
		CHECK_INT(receive(msqid, room, 0, IPC_NOWAIT | MSG_NOERROR,
				  long_size), got);
		defined = message_of(message, type, got, i, long_size);
		expect("receive", pattern, message, defined);

		memset(area, pattern, AREA);
		CHECK_ERR(receive(msqid, room, 0, IPC_NOWAIT, long_size),
			  ENOMSG);
		expect("ENOMSG", pattern, "", 0);
	}
	CHECK_OK(raw_ctl(device, msqid, IPC_RMID, NULL, 8));
}

/* Bytes before the end of memory are the message's, or unchanged. */
CASE_SECONDS(bytes_before_a_fault, 20)
{
	static unsigned char message[8 + LONGEST];
	unsigned char *fenced;
	int msqid;

	begin();
	msqid = make_queue();
	fenced = fuzz_fenced(3 * PAGE);
	for (unsigned int i = 0; i < ROUNDS / 4; i++) {
		unsigned int long_size = long_sizes[i / 2 % 2];
		unsigned char pattern = patterns[i % 2];
		size_t size = any_size();
		size_t there = fuzz_below(&numbers, long_size + size);
		unsigned char *end = fenced + 3 * PAGE;

		send(msqid, 9, size, i);
		message_of(message, 9, size, i, long_size);
		memset(fenced, pattern, 3 * PAGE);
		output = end - there;
		CHECK_ERR(receive(msqid, size, 0, IPC_NOWAIT, long_size),
			  EFAULT);
		for (unsigned char *at = fenced; at < output; at++)
			CHECK(*at == pattern);
		for (size_t k = 0; k < there; k++)
			if (output[k] != pattern && output[k] != message[k])
				FAIL("byte %zu of %zu: got %#x", k, there,
				     output[k]);

		output = area + MARGIN;
		CHECK_INT(receive(msqid, size, 0, IPC_NOWAIT, long_size), size);
	}
	CHECK_OK(raw_ctl(device, msqid, IPC_RMID, NULL, 8));
}

/* Clear the bytes of a msqid_ds that belong to no field. */
static void clear_ds(void *ds, unsigned int long_size)
{
	struct msgq_ds64 *wide = ds;
	struct msgq_ds32 *narrow = ds;

	if (long_size == 8) {
		wide->pad1 = 0;
		wide->pad2 = 0;
		wide->unused1 = 0;
		wide->unused2 = 0;
		wide->unused3 = 0;
		wide->unused4 = 0;
	} else {
		narrow->pad1 = 0;
		narrow->unused1 = 0;
		narrow->unused2 = 0;
		narrow->unused3 = 0;
		narrow->unused4 = 0;
	}
}

CASE(stat_bytes)
{
	static const int commands[] = { IPC_STAT, MSG_STAT, MSG_STAT_ANY };
	static const size_t sizes[] = { sizeof(struct msgq_ds64),
					sizeof(struct msgq_ds32) };
	struct msgq_ds64 ds;
	int msqid;

	begin();
	msqid = make_queue();
	send(msqid, 1, 10, 1);
	send(msqid, 2, 20, 2);
	CHECK_INT(receive(msqid, 100, 1, IPC_NOWAIT, 8), 10);
	for (int i = 0; i < 12; i++) {
		int cmd = commands[i % 3], width = i / 3 % 2;
		unsigned char pattern = patterns[i / 6];

		memset(area, pattern, AREA);
		CHECK_INT(control(msqid, cmd, long_sizes[width]),
			  cmd == IPC_STAT ? 0 : msqid);
		memcpy(&ds, output, sizeof(ds));
		clear_ds(&ds, long_sizes[width]);
		expect("msqid_ds", pattern, &ds, sizes[width]);

		/* Its fields do not depend on the earlier contents. */
		if (i < 6)
			continue;
		memset(area, patterns[0], AREA);
		CHECK_OK(control(msqid, cmd, long_sizes[width]));
		expect("msqid_ds again", patterns[0], &ds, sizes[width]);
	}

	memset(area, patterns[0], AREA);
	CHECK_OK(raw_ctl(device, msqid, IPC_RMID, NULL, 8));
	CHECK_ERR(control(msqid, IPC_STAT, 8), EINVAL);
	CHECK_ERR(control(msqid, IPC_SET, 8), EINVAL);
	CHECK_ERR(control(msqid, IPC_RMID, 8), EINVAL);
	CHECK_ERR(control(msqid, 99, 8), EINVAL);
	expect("EINVAL", patterns[0], "", 0);
}

CASE(refused_bytes)
{
	const struct identity nobody = { .uid = 4711, .gid = 4711 };
	int msqid;

	begin();
	msqid = make_queue();
	send(msqid, 1, 10, 1);
	AS(&nobody) {
		memset(area, patterns[0], AREA);
		CHECK_ERR(receive(msqid, 100, 0, IPC_NOWAIT, 8), EACCES);
		CHECK_ERR(receive(msqid, 100, 0, IPC_NOWAIT | MSG_COPY, 8),
			  EACCES);
		CHECK_ERR(control(msqid, IPC_STAT, 8), EACCES);
		CHECK_ERR(control(msqid, MSG_STAT, 4), EACCES);
		expect("EACCES", patterns[0], "", 0);
	}
	CHECK_OK(raw_ctl(device, msqid, IPC_RMID, NULL, 8));
}

CASE(totals_bytes)
{
	static const int commands[] = { IPC_INFO, MSG_INFO };
	struct msginfo info, clean = { 0 };

	begin();
	for (int i = 0; i < 4; i++) {
		memset(area, patterns[i % 2], AREA);
		CHECK_OK(control(0, commands[i / 2], sizeof(long)));
		memcpy(&info, output, sizeof(info));
		/* Copy field by field: the bytes between and behind stay 0. */
		clean.msgpool = info.msgpool;
		clean.msgmap = info.msgmap;
		clean.msgmax = info.msgmax;
		clean.msgmnb = info.msgmnb;
		clean.msgmni = info.msgmni;
		clean.msgssz = info.msgssz;
		clean.msgtql = info.msgtql;
		clean.msgseg = info.msgseg;
		expect("msginfo", patterns[i % 2], &clean, sizeof(clean));
	}
}

CASE(information_bytes)
{
	unsigned char known[256] = { 0 };
	struct msgq_info info = { .version = MSGQ_INTERFACE_VERSION };

	begin();
	CHECK_INT(ioctl(device, MSGQ_IOC_INFO, output), 0);
	memcpy(&info.features, output + offsetof(struct msgq_info, features),
	       sizeof(info.features));
	memcpy(&info.counts, output + offsetof(struct msgq_info, counts),
	       sizeof(info.counts));
	memcpy(known, &info, sizeof(info));
	for (unsigned int size = 0; size <= sizeof(known); size++) {
		unsigned int word = (MSGQ_IOC_INFO & ~IOCSIZE_MASK) |
				    size << IOCSIZE_SHIFT;

		for (int i = 0; i < 2; i++) {
			memset(area, patterns[i], AREA);
			if (size < offsetof(struct msgq_info, counts)) {
				CHECK_ERR(ioctl(device, word, output), EINVAL);
				expect("information", patterns[i], known, 0);
				continue;
			}
			CHECK_INT(ioctl(device, word, output), 0);
			expect("information", patterns[i], known, size);
		}
	}
}
