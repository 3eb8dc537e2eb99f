// SPDX-License-Identifier: MIT
/*
 * fuzz_batch.c - no byte beyond the defined ones comes back from a batch, a
 * claim, the state of a queue, or a read: like fuzz_bytes.c, for newer calls
 *
 * Texts of a batch are received side by side with a margin between them, and
 * so are the parts of a text that is read.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "desc_claims.h"
#include "fuzz_make.h"

#define MOST		40
#define LONGEST		300
#define SLOT		(LONGEST + 60)
#define ROUNDS		400

static const unsigned char patterns[] = { 0x5A, 0xA5 };

static struct fuzz_random numbers;
static int msqid;
static int fds[2];			/* the device, the queue */

/* All memory that a call may write, and its expected contents. */
static struct output {
	unsigned char before[64];
	struct msgq_entry entries[MOST];
	unsigned char between[64];
	unsigned char texts[MOST][SLOT];
} output, wanted;

static struct msgq_batch batch;

static void begin(void)
{
	const char *seed = getenv("MSGQ_FUZZ_SEED");
	unsigned long number = seed ? strtoul(seed, NULL, 10) :
				      (unsigned long)time(NULL);

	DEVICE_ONLY();
	printf("# seed %lu\n", number);
	fflush(stdout);
	fuzz_seed(&numbers, number);
	msqid = make_queue();
	fds[0] = the_device();
	fds[1] = open_queue(msqid);
}

static void end(void)
{
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}

/* Send numbered messages of any size up to the longest; returns the sizes. */
static void send(unsigned int count, unsigned int *sizes)
{
	struct {
		long type;
		unsigned char text[LONGEST];
	} message;

	for (unsigned int i = 0; i < count; i++) {
		sizes[i] = fuzz_below(&numbers, LONGEST + 1);
		message.type = i + 1;
		raw_fill(message.text, sizes[i], i);
		CHECK_OK(msgsnd(msqid, &message, sizes[i], IPC_NOWAIT));
	}
}

/* Make the call, whose argument has to stay as it is. */
static long call(int fd, unsigned long command)
{
	struct msgq_batch before = batch;
	int error;
	long ret;

	ret = ioctl(fd, command, &batch);
	error = errno;
	CHECK(!memcmp(&before, &batch, sizeof(batch)));
	errno = error;
	return ret;
}

static void expect(const char *what)
{
	const unsigned char *got = (const void *)&output;
	const unsigned char *want = (const void *)&wanted;

	for (size_t i = 0; i < sizeof(output); i++)
		if (got[i] != want[i])
			FAIL("%s: byte %zu: expected %#x, got %#x", what, i,
			     want[i], got[i]);
}

/* Set the expected output of a receive of count messages. */
static void want(unsigned int count, const unsigned int *sizes, bool claims)
{
	for (unsigned int i = 0; i < count; i++) {
		struct msgq_entry *entry = &wanted.entries[i];

		entry->type = i + 1;
		if (sizes[i] < entry->size)
			entry->size = sizes[i];
		entry->deliveries = claims;
		/* A token may be any number, but all its bytes must be set. */
		entry->token = claims ? output.entries[i].token : 0;
		if (claims)
			CHECK(entry->token && entry->token < 1000000);
		raw_fill(wanted.texts[i], entry->size, i);
	}
}

static void one_round(unsigned int round)
{
	unsigned int count = 1 + fuzz_below(&numbers, MOST), sizes[MOST];
	bool on_queue = round / 2 % 2, claims = on_queue && round / 4 % 2;

	send(count, sizes);
	memset(&output, patterns[round % 2], sizeof(output));
	for (unsigned int i = 0; i < MOST; i++) {
		output.entries[i].text = raw_address(output.texts[i]);
		output.entries[i].size = fuzz_below(&numbers, LONGEST + 1);
	}
	wanted = output;
	batch = (struct msgq_batch){
		.msqid = on_queue ? 0 : msqid,
		.msgflg = IPC_NOWAIT | MSG_NOERROR,
		.entries = raw_address(output.entries),
		.count = MOST,
		.flags = claims ? MSGQ_CLAIM : 0,
	};
	CHECK_INT(call(fds[on_queue], MSGQ_IOC_RECVV), count);
	want(count, sizes, claims);
	expect(claims ? "claim" : "receive");
	for (unsigned int i = 0; claims && i < count; i++)
		ACKNOWLEDGE(fds[1], output.entries[i].token);

	/* A receive that fails writes nothing. */
	wanted = output;
	CHECK_ERR(call(fds[on_queue], MSGQ_IOC_RECVV), ENOMSG);
	expect("ENOMSG");
}

CASE_SECONDS(batches, 40)
{
	begin();
	for (unsigned int i = 0; i < ROUNDS; i++)
		one_round(i);
	end();
}

/* A send writes nothing at all. */
CASE(sends)
{
	begin();
	for (unsigned int i = 0; i < 100; i++) {
		unsigned int count = 1 + fuzz_below(&numbers, MOST);

		memset(&output, patterns[i % 2], sizeof(output));
		for (unsigned int j = 0; j < MOST; j++)
			output.entries[j] = (struct msgq_entry){
				.type = fuzz_below(&numbers, 20),
				.text = raw_address(output.texts[j]),
				.size = fuzz_below(&numbers, LONGEST),
			};
		wanted = output;
		batch = (struct msgq_batch){
			.msgflg = IPC_NOWAIT,
			.entries = raw_address(output.entries),
			.count = count,
		};
		call(fds[1], MSGQ_IOC_SENDV);
		expect("send");
		while (msgrcv(msqid, output.texts, LONGEST, 0,
			      IPC_NOWAIT) >= 0)
			;
	}
	end();
}

/* Draw the parts for a read, some of them empty; returns their total size. */
static size_t draw_parts(struct iovec *parts, unsigned int count)
{
	size_t room = 0;

	for (unsigned int i = 0; i < count; i++) {
		parts[i].iov_base = output.texts[i] +
				    fuzz_below(&numbers, SLOT - LONGEST);
		parts[i].iov_len = fuzz_once_in(&numbers, 4) ? 0 :
				   fuzz_below(&numbers, 2 * LONGEST / count);
		room += parts[i].iov_len;
	}
	return room;
}

/* The text of message 0, over the parts. */
static void want_text(const struct iovec *parts, unsigned int count,
		      size_t size)
{
	const unsigned char *begin = (const void *)&output;
	unsigned char text[LONGEST], *from = text;

	raw_fill(text, size, 0);
	for (unsigned int i = 0; i < count && size; i++) {
		const unsigned char *part = parts[i].iov_base;
		size_t some = parts[i].iov_len < size ? parts[i].iov_len :
							size;

		memcpy((unsigned char *)&wanted + (part - begin), from, some);
		from += some;
		size -= some;
	}
}

static ssize_t read_parts(int fd, const struct iovec *parts,
			  unsigned int count)
{
	if (count == 1 && fuzz_once_in(&numbers, 2))
		return read(fd, parts[0].iov_base, parts[0].iov_len);
	if (fuzz_once_in(&numbers, 2))
		return readv(fd, parts, count);
	return preadv2(fd, parts, count, -1, RWF_NOWAIT);
}

static void read_round(unsigned int round)
{
	const struct msgq_open how = {
		.name = msqid,
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_NONBLOCK,
		.msgflg = round / 2 % 2 ? MSG_NOERROR : 0,
	};
	unsigned int count = 1 + fuzz_below(&numbers, 8), size;
	int fd = CHECK_OK(msgq_open(fds[0], &how));
	struct iovec parts[8];
	size_t room = draw_parts(parts, count);

	send(1, &size);
	memset(&output, patterns[round % 2], sizeof(output));
	wanted = output;
	if (size > room && !how.msgflg && room) {
		CHECK_ERR(read_parts(fd, parts, count), E2BIG);
		expect("E2BIG");
		CHECK_INT(msgrcv(msqid, &output, LONGEST, 0, IPC_NOWAIT), size);
	} else if (room) {
		if (size > room)
			size = room;
		want_text(parts, count, size);
		CHECK_INT(read_parts(fd, parts, count), size);
		expect("read");
		CHECK_ERR(read_parts(fd, parts, count), EAGAIN);
		expect("EAGAIN");
	} else {
		/* The kernel does not pass an empty readv(2) to the file. */
		CHECK_INT(readv(fd, parts, count), 0);
		expect("nothing");
		CHECK_INT(msgrcv(msqid, &output, LONGEST, 0, IPC_NOWAIT), size);
	}
	CHECK_OK(close(fd));
}

CASE_SECONDS(reads, 40)
{
	begin();
	for (unsigned int i = 0; i < 10 * ROUNDS; i++)
		read_round(i);
	end();
}

/* All of the state is defined, and nothing behind it. */
CASE(states)
{
	struct msgq_state state, known = { 0 };

	begin();
	put_numbered(msqid, 0, 5);
	CHECK_INT(try_claim(fds[1], IPC_NOWAIT), 1);
	for (unsigned int i = 0; i < 4; i++) {
		bool on_queue = i / 2;

		memset(&output, patterns[i % 2], sizeof(output));
		memset(&state, 0, sizeof(state));
		state.msqid = on_queue ? 0 : msqid;
		memcpy(output.entries, &state, sizeof(state));
		wanted = output;
		CHECK_INT(ioctl(fds[on_queue], MSGQ_IOC_STATE, output.entries),
			  0);
		known = (struct msgq_state){
			.msqid = msqid,
			.qnum = 5,
			.cbytes = queue_state(msqid).__msg_cbytes,
			.qbytes = queue_state(msqid).msg_qbytes,
			.claimed = 1,
			.descriptors = 1,
			.counts = { .sent = 5, .claims = 1 },
		};
		memcpy(wanted.entries, &known, sizeof(known));
		expect("state");

		/* Every byte is overwritten. */
		memset(&state, patterns[i % 2], sizeof(state));
		state.msqid = on_queue ? 0 : msqid;
		memcpy(output.entries, &state, sizeof(state));
		CHECK_INT(ioctl(fds[on_queue], MSGQ_IOC_STATE, output.entries),
			  0);
		expect("state again");
	}
	end();
}
