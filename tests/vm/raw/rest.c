// SPDX-License-Identifier: MIT
/*
 * A receiver gets the text that was sent and not a byte more, by each way to
 * receive: memory of messages is used again and again, and is cleared only if
 * the module has that option.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <libmsgq.h>
#include <msgq.h>

#include "module.h"
#include "peer.h"

#define MOST		8192
#define AT_A_TIME	8

/* No byte of a text is one of these. */
#define STALE		0xd3	/* earlier messages */
#define CLEAN		0x5c	/* memory that is received into */

struct room {
	long type;
	unsigned char text[MOST + 64];
};

/* Sizes around each size of an allocation. */
static const size_t sizes[] = {
	0, 1, 7, 8, 9, 23, 24, 25, 100, 152, 153, 408, 409, 920, 921, 1944,
	1945, 3991, 3992, 3993, 4104, 4105, 6000, 8071, 8072, 8073, MOST,
};

static struct room room;
static int device, msqid, fd;

__attribute__((constructor)) static void alone(void)
{
	module_alone("rest");
}

static void send_filled(const void *text, size_t size)
{
	static struct room message = { 1, "" };

	memcpy(message.text, text, size);
	CHECK_OK(msgq_snd(device, msqid, &message, size, IPC_NOWAIT));
}

/* Fill all memory that messages of any size may get with stale bytes. */
static void stir(void)
{
	static unsigned char stale[MOST];
	static struct room out;

	memset(stale, STALE, sizeof(stale));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (int j = 0; j < AT_A_TIME; j++)
			send_filled(stale, sizes[i]);
		for (int j = 0; j < AT_A_TIME; j++)
			CHECK_INT(msgq_rcv(device, msqid, &out, MOST, 0,
					   IPC_NOWAIT), sizes[i]);
	}
}

static unsigned char byte_at(size_t at)
{
	return 1 + at % 89;
}

/* size bytes are the text's, and the bytes behind them are unchanged. */
static void check_text(const unsigned char *text, size_t size,
		       unsigned char before)
{
	for (size_t i = 0; i < sizeof(room.text); i++) {
		unsigned char expected = i < size ? byte_at(i) : before;

		if (text[i] != expected)
			FAIL("byte %zu of %zu: expected %#x, got %#x", i, size,
			     expected, text[i]);
	}
}

static void receive_by_id(size_t size)
{
	CHECK_INT(msgq_rcv(device, msqid, &room, MOST, 0, IPC_NOWAIT), size);
	CHECK_INT(room.type, 1);
	check_text(room.text, size, CLEAN);
}

/* Receive like a program of 32 bits. */
static void receive_narrow(size_t size)
{
	int32_t *type = (int32_t *)room.text - 1;
	struct msgq_rcv arg = {
		.msqid = msqid,
		.msgflg = IPC_NOWAIT,
		.msgp = (uintptr_t)type,
		.msgsz = MOST,
		.long_size = 4,
	};

	CHECK_INT(ioctl(device, MSGQ_IOC_RCV, &arg), size);
	CHECK_INT(*type, 1);
	check_text(room.text, size, CLEAN);
}

static void receive_cut(size_t size)
{
	CHECK_INT(msgq_rcv(device, msqid, &room, size / 2, 0,
			   IPC_NOWAIT | MSG_NOERROR), size / 2);
	check_text(room.text, size / 2, CLEAN);
}

static void receive_copy(size_t size)
{
	static struct room out;

	CHECK_INT(msgq_rcv(device, msqid, &room, MOST, 0,
			   IPC_NOWAIT | MSG_COPY), size);
	CHECK_INT(room.type, 1);
	check_text(room.text, size, CLEAN);
	CHECK_INT(msgq_rcv(device, msqid, &out, MOST, 0, IPC_NOWAIT), size);
}

static void receive_batch(size_t size)
{
	const struct msgq_how how = { .msqid = msqid, .msgflg = IPC_NOWAIT };
	struct msgq_message entries[2] = {
		{ .text = room.text, .size = MOST },
		{ .type = STALE, .deliveries = STALE, .token = STALE },
	};
	const struct msgq_message untouched = entries[1];

	CHECK_INT(msgq_recvv(device, entries, 2, 0, &how), 1);
	CHECK_INT(entries[0].type, 1);
	CHECK_INT(entries[0].size, size);
	CHECK_INT(entries[0].deliveries, 0);
	CHECK_INT(entries[0].token, 0);
	CHECK(!memcmp(&entries[1], &untouched, sizeof(untouched)));
	check_text(room.text, size, CLEAN);
}

static void receive_claim(size_t size)
{
	struct msgq_message entry = {
		.text = room.text,
		.size = MOST,
	};

	CHECK_INT(msgq_claimv(fd, &entry, 1, 0, NULL), 1);
	CHECK_INT(entry.size, size);
	check_text(room.text, size, CLEAN);
	CHECK_INT(msgq_acknowledge(fd, &entry.token, 1), 1);
}

static void receive_read(size_t size)
{
	CHECK_INT(read(fd, room.text, MOST), size);
	check_text(room.text, size, CLEAN);
}

static void receive_readv(size_t size)
{
	struct iovec parts[] = {
		{ room.text, 5 }, { room.text + 5, MOST - 5 },
	};

	CHECK_INT(readv(fd, parts, 2), size);
	check_text(room.text, size, CLEAN);
}

static void (*const ways[])(size_t size) = {
	receive_by_id, receive_narrow, receive_cut,  receive_copy,
	receive_batch, receive_claim,  receive_read, receive_readv,
};

static long wait_and_receive(struct peer *peer)
{
	long size;

	memset(&room, CLEAN, sizeof(room));
	size = msgq_rcv(device, peer->msqid, &room, MOST, 0, 0);
	if (size >= 0)
		check_text(room.text, size, CLEAN);
	return size;
}

/* The message is handed to a receiver that waits. */
static void hand_over(const unsigned char *text, size_t size)
{
	struct peer *peer = peer_start(&(struct peer){
		.call = wait_and_receive,
		.msqid = msqid,
	});

	CHECK_WAITS(peer);
	send_filled(text, size);
	CHECK_ENDED(peer, size);
}

static void open_all(void)
{
	struct msgq_open how = { .flags = MSGQ_OPEN_READ };

	limit_set("msgmnb", 2 * AT_A_TIME * MOST);
	device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC));
	msqid = CHECK_OK(msgq_get(device, IPC_PRIVATE, 0600));
	how.name = msqid;
	fd = CHECK_OK(msgq_open(device, &how));
}

static void close_all(void)
{
	CHECK_OK(msgq_ctl(device, msqid, IPC_RMID, NULL));
	CHECK_OK(close(fd));
	CHECK_OK(close(device));
}

static void in_all_ways(void)
{
	static unsigned char text[MOST];

	for (size_t i = 0; i < MOST; i++)
		text[i] = byte_at(i);
	open_all();
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(ways); j++) {
			stir();
			send_filled(text, sizes[i]);
			memset(&room, CLEAN, sizeof(room));
			ways[j](sizes[i]);
		}
		stir();
		hand_over(text, sizes[i]);
	}
	close_all();
}

/* A constructor keeps the kernel from clearing the memory of a cache. */
static void check_constructor(const char *cache, bool expected)
{
	char path[128], text[64];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/ctor", cache);
	file = fopen(path, "re");
	/* Not all kernels show their caches. */
	if (!file)
		return;
	CHECK_INT(fscanf(file, "%63s", text) == 1, expected);
	fclose(file);
}

static void load_with(const char *parameters, char value, bool constructor)
{
	char now;
	int file;

	CHECK_OK(module_load(parameters));
	file = CHECK_OK(open("/sys/module/msgq/parameters/init",
			     O_RDONLY | O_CLOEXEC));
	CHECK_INT(read(file, &now, 1), 1);
	CHECK_INT(now, value);
	CHECK_ERR(open("/sys/module/msgq/parameters/init", O_WRONLY), EACCES);
	close(file);
	check_constructor("msgq_128", constructor);
	check_constructor("msgq_segment_4096", constructor);
}

CASE_SECONDS(nothing_but_the_text, 60)
{
	DEVICE_ONLY();
	module_take_out();
	load_with("", 'N', true);
	in_all_ways();
	CHECK_OK(module_unload());
	module_load_as_before();
}

CASE_SECONDS(nothing_but_the_text_when_cleared, 60)
{
	DEVICE_ONLY();
	module_take_out();
	load_with("init=1", 'Y', false);
	in_all_ways();
	CHECK_OK(module_unload());
	module_load_as_before();
}
