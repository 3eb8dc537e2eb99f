// SPDX-License-Identifier: MIT
/*
 * sizes.c - messages of all sizes arrive as they were sent
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#define MOST		(1 << 20)
#define AROUND		128
#define END_MARK	0x7e

struct any_message {
	long type;
	unsigned char text[];
};

static struct any_message *new_message(size_t room)
{
	struct any_message *message = calloc(1, sizeof(*message) + room + 1);

	CHECK(message);
	return message;
}

/* Bytes without the period of a page or a power of two. */
static void fill(unsigned char *text, size_t size, uint32_t seed)
{
	uint32_t state = seed * 2654435761u + 1;

	for (size_t i = 0; i < size; i++) {
		state = state * 1664525 + 1013904223;
		text[i] = state >> 24;
	}
}

/* Send and receive with room for exactly this; nothing is written behind it. */
static void check_size(int msqid, size_t size)
{
	struct any_message *out = new_message(size);
	struct any_message *in = new_message(size);

	out->type = size + 1;
	fill(out->text, size, size);
	in->text[size] = END_MARK;
	CHECK_OK(msgsnd(msqid, out, size, IPC_NOWAIT));
	CHECK_INT(queue_state(msqid).__msg_cbytes, size);
	CHECK_INT(msgrcv(msqid, in, size, 0, IPC_NOWAIT), size);
	CHECK_INT(in->type, size + 1);
	CHECK(!memcmp(in->text, out->text, size));
	CHECK_INT(in->text[size], END_MARK);
	free(out);
	free(in);
}

static void check_around(int msqid, size_t middle)
{
	size_t first = middle > AROUND ? middle - AROUND : 0;

	for (size_t size = first; size <= middle + AROUND; size++)
		check_size(msqid, size);
}

CASE(up_to_msgmax_around_pages)
{
	int msqid = make_queue();

	check_around(msqid, 0);
	check_around(msqid, 2048);
	check_around(msqid, 4096);
	for (size_t size = 8192 - AROUND; size <= 8192; size++)
		check_size(msqid, size);
	remove_queue(msqid);
}

CASE(above_the_default_msgmax)
{
	int msqid;

	limit_set("msgmax", MOST);
	limit_set("msgmnb", MOST);
	msqid = make_queue();
	for (size_t page = 3; page <= 5; page++)
		check_around(msqid, page * 4096);
	check_around(msqid, 65536);
	check_size(msqid, 100000);
	check_size(msqid, MOST / 2 + 1);
	check_size(msqid, MOST - 1);
	check_size(msqid, MOST);
	remove_queue(msqid);
}

CASE(many_sizes_at_once)
{
	struct any_message *out = new_message(8192);
	struct any_message *in = new_message(8192);
	int msqid, count = 0;

	limit_set("msgmnb", MOST);
	msqid = make_queue();
	for (size_t size = 0; size <= 8192; size += 151) {
		out->type = ++count;
		fill(out->text, size, count);
		CHECK_OK(msgsnd(msqid, out, size, IPC_NOWAIT));
	}
	/* Receive every second one by its type, and then the rest. */
	for (int i = 2; i <= count; i += 2) {
		size_t size = (i - 1) * 151;

		CHECK_INT(msgrcv(msqid, in, 8192, i, IPC_NOWAIT), size);
		fill(out->text, size, i);
		CHECK(!memcmp(in->text, out->text, size));
	}
	for (int i = 1; i <= count; i += 2) {
		size_t size = (i - 1) * 151;

		CHECK_INT(msgrcv(msqid, in, 8192, 0, IPC_NOWAIT), size);
		CHECK_INT(in->type, i);
		fill(out->text, size, i);
		CHECK(!memcmp(in->text, out->text, size));
	}
	CHECK_INT(queue_state(msqid).__msg_cbytes, 0);
	remove_queue(msqid);
}

CASE(cut_at_every_size)
{
	struct any_message *out = new_message(8192);
	struct any_message *in = new_message(8192);
	int msqid = make_queue();

	out->type = 1;
	fill(out->text, 8192, 1);
	for (size_t room = 0; room <= 8192; room += 113) {
		in->text[room] = ~out->text[room];
		CHECK_OK(msgsnd(msqid, out, 8192, IPC_NOWAIT));
		CHECK_INT(msgrcv(msqid, in, room, 0, MSG_NOERROR), room);
		CHECK(!memcmp(in->text, out->text, room));
		CHECK_INT(in->text[room], (unsigned char)~out->text[room]);
	}
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

CASE(messages_at_any_address)
{
	char *out = guarded(8192 + 64), *in = guarded(8192 + 64);
	int msqid = make_queue();
	const long type = 5;

	for (size_t shift = 0; shift < 2 * sizeof(long); shift++) {
		memcpy(out + shift, &type, sizeof(type));
		fill((unsigned char *)out + shift + sizeof(type), 5000, shift);
		CHECK_OK(msgsnd(msqid, out + shift, 5000, IPC_NOWAIT));
		CHECK_INT(msgrcv(msqid, in + shift, 5000, 5, 0), 5000);
		CHECK(!memcmp(in + shift, out + shift, sizeof(type) + 5000));
	}
	remove_queue(msqid);
}
