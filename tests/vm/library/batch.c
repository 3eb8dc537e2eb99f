// SPDX-License-Identifier: MIT
/*
 * batch.c - libmsgq's part in batches and claims: its own struct for a
 * message, in programs of either width, claims settled by it, and deadlines
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "desc_claims.h"
#include "peer.h"

#define MANY		MSGQ_BATCH_MOST

static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };
static struct batch batch;
static struct batch before;
static int msqid;
static int fd;

static void begin(void)
{
	DEVICE_ONLY();
	msqid = queue_of(MANY * NUMBERED_LONGEST);
	fd = open_queue(msqid);
}

static void end(void)
{
	remove_queue(msqid);
	CHECK_OK(close(fd));
	nothing_left();
}

static void claim_all(unsigned int count, unsigned int deliveries)
{
	batch_clean(&batch, count);
	CHECK_INT(msgq_claimv(fd, batch.entries, count, 0, &at_once), count);
	for (unsigned int i = 0; i < count; i++) {
		CHECK_NUMBERED(&batch.entries[i], i);
		CHECK_INT(batch.entries[i].deliveries, deliveries);
		CHECK(batch.entries[i].token);
	}
}

/* The first lines that a new user writes. */
CASE(one_claim)
{
	char text[8];
	struct msgq_message message = { .text = text, .size = sizeof(text) };

	begin();
	CHECK_PUT(msqid, 1, "job");
	CHECK_INT(msgq_claimv(fd, &message, 1, 0, NULL), 1);
	CHECK_INT(message.size, 3);
	CHECK_INT(msgq_release(fd, &message.token, 1), 1);
	message.size = sizeof(text);
	CHECK_INT(msgq_claimv(fd, &message, 1, 0, NULL), 1);
	CHECK_INT(message.deliveries, 2);
	CHECK_INT(msgq_acknowledge(fd, &message.token, 1), 1);
	CHECK_ERR(msgq_acknowledge(fd, &message.token, 1), ENOENT);
	end();
}

CASE(settled_by_messages)
{
	const unsigned int counts[] = { 1, 63, 64, 65, 128, MANY };

	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		const unsigned int count = counts[i];

		put_numbered(msqid, 0, count);
		claim_all(count, 1);
		before = batch;
		CHECK_INT(msgq_releasev(fd, batch.entries, count), count);
		CHECK_STATE(msqid, count, 0);
		CHECK_ERR(msgq_releasev(fd, batch.entries, count), ENOENT);
		claim_all(count, 2);
		CHECK_INT(msgq_acknowledgev(fd, batch.entries, count), count);
		CHECK_STATE(msqid, 0, 0);
		CHECK_ERR(msgq_acknowledgev(fd, batch.entries, count), ENOENT);
	}
	end();
}

/* Claims are settled up to the first bad token, at any place. */
CASE(settled_in_part)
{
	const unsigned int places[] = { 0, 1, 63, 64, 65, 99 };

	begin();
	put_numbered(msqid, 0, 100);
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		const unsigned int place = places[i];

		claim_all(100, i + 1);
		before = batch;
		batch.entries[place].token = 0;
		if (place)
			CHECK_INT(msgq_releasev(fd, batch.entries, 100), place);
		else
			CHECK_ERR(msgq_releasev(fd, batch.entries, 100),
				  ENOENT);
		CHECK_STATE(msqid, 100, 100 - place);
		CHECK_INT(msgq_releasev(fd, before.entries + place,
					100 - place), 100 - place);
	}
	CHECK_DRAIN(msqid, 0, 100);
	end();
}

CASE(settled_by_nonsense)
{
	int (*const calls[])(int fd, const struct msgq_message *messages,
			     unsigned int count) = {
		msgq_acknowledgev, msgq_releasev,
	};

	begin();
	put_numbered(msqid, 0, 1);
	claim_all(1, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		CHECK_ERR(calls[i](fd, batch.entries, 0), EINVAL);
		CHECK_ERR(calls[i](fd, NULL, MANY + 1), EINVAL);
		CHECK_ERR(calls[i](fd, NULL, UINT32_MAX), EINVAL);
		CHECK_ERR(calls[i](-1, batch.entries, 1), EBADF);
		CHECK_ERR(calls[i](the_device(), batch.entries, 1), ENOTTY);
	}
	CHECK_STATE(msqid, 1, 1);
	CHECK_INT(msgq_acknowledgev(fd, batch.entries, 1), 1);
	end();
}

/* All messages of the queue are received, and the other entries are unchanged. */
CASE(as_many_as_there_are)
{
	const unsigned int counts[] = { 1, 15, 16, 63, 64, 65, 200, MANY };

	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		const unsigned int count = counts[i];

		put_numbered(msqid, 0, count);
		batch_clean(&batch, MANY);
		for (unsigned int j = 0; j < MANY; j++)
			batch.entries[j].token = 7;
		before = batch;
		CHECK_INT(msgq_recvv(fd, batch.entries, MANY, 0, &at_once),
			  count);
		for (unsigned int j = 0; j < count; j++) {
			CHECK_NUMBERED(&batch.entries[j], j);
			CHECK_INT(batch.entries[j].token, 0);
		}
		CHECK(!memcmp(before.entries + count, batch.entries + count,
			      (MANY - count) * sizeof(before.entries[0])));
		CHECK_ERR(msgq_recvv(fd, batch.entries, MANY, 0, &at_once),
			  ENOMSG);
	}
	end();
}

/* A send writes nothing into its messages. */
CASE(sent_messages_are_constant)
{
	begin();
	for (unsigned int i = 0; i < 100; i += 33) {
		batch_fill(&batch, 0, 100);
		batch.entries[i].type = 0;
		before = batch;
		if (i)
			CHECK_INT(msgq_sendv(fd, batch.entries, 100, &at_once),
				  i);
		else
			CHECK_ERR(msgq_sendv(fd, batch.entries, 100, &at_once),
				  EINVAL);
		CHECK(!memcmp(&before, &batch, sizeof(batch)));
		CHECK_DRAIN(msqid, 0, i);
	}
	end();
}

/* The number of messages to wait for. */
static unsigned int least;

static long receive_least(struct peer *peer)
{
	const struct msgq_how how = { .least = least };
	int got;

	(void)peer;
	batch_clean(&batch, MANY);
	got = msgq_recvv(fd, batch.entries, MANY, 0, &how);
	for (int i = 0; i < got; i++)
		CHECK_NUMBERED(&batch.entries[i], i);
	return got;
}

static long send_least(struct peer *peer)
{
	const struct msgq_how how = { .least = least };

	(void)peer;
	batch_fill(&batch, 0, MANY);
	return msgq_sendv(fd, batch.entries, MANY, &how);
}

/* A receive waits for the least number, and for no more. */
CASE(receive_at_least)
{
	const unsigned int counts[] = { 1, 2, 64, 65, 130 };

	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		struct peer *peer;

		least = counts[i];
		if (least > 1)
			put_numbered(msqid, 0, least - 1);
		peer = peer_start(&(struct peer){ .call = receive_least });
		CHECK_WAITS(peer);
		put_numbered(msqid, least - 1, 1);
		CHECK_ENDED(peer, least);
	}
	end();
}

CASE(send_at_least)
{
	const unsigned int counts[] = { 2, 64, 65, 130 };

	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		unsigned long bytes = 0;
		struct peer *peer;

		least = counts[i];
		for (unsigned int j = 0; j < least; j++)
			bytes += numbered_size(j);
		set_qbytes(msqid, bytes - 1);
		peer = peer_start(&(struct peer){ .call = send_least });
		CHECK_WAITS(peer);
		CHECK_STATE(msqid, least - 1, 0);
		set_qbytes(msqid, bytes);
		CHECK_ENDED(peer, least);
		CHECK_DRAIN(msqid, 0, least);
	}
	end();
}

static uint64_t nanoseconds(uint64_t milliseconds)
{
	return milliseconds * MILLISECOND;
}

CASE(deadlines)
{
	static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };
	static const uint64_t waits[] = { 0, 1, 999, 1000, 86400000 };

	DEVICE_ONLY();
	for (unsigned int i = 0; i < ARRAY_SIZE(clocks); i++) {
		for (unsigned int j = 0; j < ARRAY_SIZE(waits); j++) {
			uint64_t from = now(clocks[i]);
			uint64_t got = msgq_deadline(clocks[i], waits[j]);
			uint64_t until = now(clocks[i]);

			CHECK(got >= from + nanoseconds(waits[j]));
			CHECK(got <= until + nanoseconds(waits[j]));
		}
		/* A deadline does not exceed the end of the clock. */
		CHECK(msgq_deadline(clocks[i], UINT64_MAX) == UINT64_MAX);
		CHECK(msgq_deadline(clocks[i], UINT64_MAX / 1000000) ==
		      UINT64_MAX);
	}
	CHECK(msgq_deadline(-1, 0));
	CHECK(msgq_deadline(-1, 5));
}

/* The call refuses a deadline of a clock that it cannot use. */
CASE(deadlines_of_other_clocks)
{
	static const clockid_t clocks[] = { CLOCK_BOOTTIME, -1 };
	struct msgq_how how = { .msgflg = IPC_NOWAIT };
	struct msgq_message message = { .type = 1 };

	begin();
	for (unsigned int i = 0; i < ARRAY_SIZE(clocks); i++) {
		how.clock = clocks[i];
		how.deadline = msgq_deadline(how.clock, 1000);
		CHECK_ERR(msgq_recvv(fd, &message, 1, 0, &how), EINVAL);
		CHECK_ERR(msgq_sendv(fd, &message, 1, &how), EINVAL);
	}
	end();
}

/* The loop of msgq_recvv(3): all messages until the deadline, by many calls. */
CASE(receive_until_then)
{
	struct msgq_how how = { .clock = CLOCK_MONOTONIC };
	int got, count = 0;

	begin();
	put_numbered(msqid, 0, 100);
	how.deadline = msgq_deadline(how.clock, 200);
	for (;;) {
		batch_clean(&batch, 8);
		got = msgq_recvv(fd, batch.entries, 8, 0, &how);
		if (got < 0)
			break;
		count += got;
	}
	CHECK_ERR(got, ETIMEDOUT);
	CHECK(now(how.clock) >= how.deadline);
	CHECK_INT(count, 100);
	end();
}
