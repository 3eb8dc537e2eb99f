// SPDX-License-Identifier: MIT
/*
 * The right waiter among a great many, each of them a process.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "peer.h"

#define MANY	100

/* Visits each of MANY numbers once, in a mixed order. */
static int mixed(int i)
{
	return i * 37 % MANY;
}

CASE(receiver_among_types)
{
	struct peer *peers[MANY];
	int msqid = queue_of(10000);
	char text[16];
	int i;

	for (i = 0; i < MANY; i++)
		peers[i] = receiver(msqid, 16, i + 1, 0);
	for (i = 0; i < MANY; i++)
		CHECK_WAITS(peers[i]);

	CHECK_PUT(msqid, MANY + 1, "nobody's");
	for (i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "for %d", mixed(i));
		CHECK_PUT(msqid, mixed(i) + 1, text);
		CHECK_GOT(peers[mixed(i)], mixed(i) + 1, text);
		if (i + 1 < MANY)
			CHECK_WAITS(peers[mixed(i + 1)]);
	}
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_queue(msqid);
}

/* Receivers of one type are served in order of arrival, among other types. */
CASE(receivers_of_few_types)
{
	struct peer *peers[MANY];
	int msqid = queue_of(10000);
	char text[16];
	int type, i;

	for (i = 0; i < MANY; i++) {
		peers[i] = receiver(msqid, 16, i % 4 + 1, 0);
		CHECK_WAITS(peers[i]);
	}
	for (type = 4; type >= 1; type--) {
		for (i = type - 1; i < MANY; i += 4) {
			snprintf(text, sizeof(text), "%d", i);
			CHECK_PUT(msqid, type, text);
			CHECK_GOT(peers[i], type, text);
		}
	}
	remove_queue(msqid);
}

/* Rules overlap: among matching ones, only the order of arrival decides. */
CASE(receivers_of_many_rules)
{
	struct peer *peers[MANY];
	int msqid = queue_of(10000);
	char text[16];
	int i;

	for (i = 0; i < MANY; i++) {
		static const struct {
			long type;
			int flags;
		} rules[] = {
			{ 7, 0 }, { 0, 0 }, { -7, 0 }, { 6, MSG_EXCEPT },
			{ -100, 0 }, { 8, MSG_EXCEPT },
		};
		size_t rule = i % ARRAY_SIZE(rules);

		peers[i] = receiver(msqid, 16, rules[rule].type,
				    rules[rule].flags);
		CHECK_WAITS(peers[i]);
	}
	for (i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "%d", i);
		CHECK_PUT(msqid, 7, text);
		CHECK_GOT(peers[i], 7, text);
	}
	remove_queue(msqid);
}

/* All senders get room once; on Linux a race decides which is next. */
CASE(senders)
{
	struct peer *peers[MANY];
	int msqid = queue_of(4);
	char text[16];
	int i;

	CHECK_PUT(msqid, MANY + 1, "full");
	for (i = 0; i < MANY; i++) {
		snprintf(text, sizeof(text), "%04d", i);
		peers[i] = sender(msqid, i + 1, text);
		CHECK_WAITS(peers[i]);
	}
	CHECK_TAKE(msqid, 0, 0, MANY + 1, "full");
	for (i = 0; i < MANY; i++) {
		struct {
			long type;
			char text[4];
		} message;

		CHECK_INT(msgrcv(msqid, &message, sizeof(message.text), 0, 0),
			  4);
		if (on_device())
			CHECK_INT(message.type, i + 1);
		CHECK(message.type >= 1 && message.type <= MANY);
		CHECK(peers[message.type - 1]);
		CHECK_ENDED(peers[message.type - 1], 0);
		CHECK(!memcmp(message.text,
			      peers[message.type - 1]->message.text, 4));
		peers[message.type - 1] = NULL;
	}
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

static void receive_byte(int msqid)
{
	struct {
		long type;
		char text[1];
	} message;

	CHECK_INT(msgrcv(msqid, &message, 1, 3, 0), 1);
}

/* Only senders whose message fits go on, among many that wait for room. */
CASE(senders_of_many_sizes)
{
	static const char text[] = "0123456789";
	struct peer *peers[MANY];
	int msqid = queue_of(10);
	int i;

	CHECK_PUT(msqid, 3, "0");
	CHECK_PUT(msqid, 2, text + 1);
	for (i = 0; i < MANY; i++) {
		/* One in ten has a single byte, the others nine or ten. */
		peers[i] = sender(msqid, 3, i % 10 == 5 ? "0" : text + (i & 1));
		CHECK_WAITS(peers[i]);
	}

	for (i = 0; i < MANY / 10; i++) {
		receive_byte(msqid);
		if (on_device())
			CHECK_ENDED(peers[10 * i + 5], 0);
	}
	for (i = 0; i < MANY; i++) {
		if (i % 10 == 5)
			CHECK_ENDED(peers[i], 0);
		else
			CHECK_WAITS(peers[i]);
	}
	remove_queue(msqid);
	for (i = 0; i < MANY; i++)
		if (i % 10 != 5)
			CHECK_FAILED(peers[i], EIDRM);
}

/* A removal wakes them all, which are more than one round wakes. */
CASE(removed)
{
	struct peer *from[MANY], *to[MANY];
	int msqid = queue_of(1);
	int i;

	CHECK_PUT(msqid, 1, "x");
	for (i = 0; i < MANY; i++) {
		from[i] = sender(msqid, 1, "y");
		to[i] = receiver(msqid, 1, 2 + i % 3, 0);
	}
	for (i = 0; i < MANY; i++) {
		CHECK_WAITS(from[i]);
		CHECK_WAITS(to[i]);
	}
	remove_queue(msqid);
	for (i = 0; i < MANY; i++) {
		CHECK_FAILED(from[i], EIDRM);
		CHECK_FAILED(to[i], EIDRM);
	}
}
