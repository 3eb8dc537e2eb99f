// SPDX-License-Identifier: MIT
/*
 * claim.c - claims: made, acknowledged, released
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "desc_calls.h"
#include "fault_raw.h"

static struct batch batch;
static uint64_t tokens[MSGQ_BATCH_MOST];
static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };

static void claim_many(int fd, unsigned int first, unsigned int count,
		       unsigned int deliveries)
{
	batch_clean(&batch, count);
	CHECK_INT(msgq_claimv(fd, batch.entries, count, 0, &at_once), count);
	for (unsigned int i = 0; i < count; i++) {
		CHECK_NUMBERED(&batch.entries[i], first + i);
		CHECK_INT(batch.entries[i].deliveries, deliveries);
		tokens[i] = batch.entries[i].token;
		for (unsigned int j = 0; j < i; j++)
			CHECK(tokens[i] != tokens[j]);
	}
}

/* Other tasks cannot see a claimed message in any way. */
CASE(out_of_sight)
{
	int msqid = make_queue();
	int fd = open_queue(msqid), other = open_queue(msqid);
	struct pollfd poll_other = { .fd = other, .events = POLLIN };
	char room[8 + 32];

	CHECK_PUT(msqid, 5, "claimed");
	CLAIM(fd, 0, 5, "claimed", 1);
	CHECK_ERR(msgrcv(msqid, room, 32, 0, IPC_NOWAIT), ENOMSG);
	CHECK_ERR(msgrcv(msqid, room, 32, 5, IPC_NOWAIT), ENOMSG);
	CHECK_ERR(msgrcv(msqid, room, 32, -9, IPC_NOWAIT), ENOMSG);
	CHECK_ERR(msgrcv(msqid, room, 32, 4, IPC_NOWAIT | MSG_EXCEPT), ENOMSG);
	CHECK_ERR(msgrcv(msqid, room, 32, 0, IPC_NOWAIT | MSG_COPY), ENOMSG);
	CHECK_NO_CLAIM(other);
	CHECK_NO_CLAIM(fd);
	CHECK_INT(poll(&poll_other, 1, 0), 0);

	/* They see the messages around it. */
	CHECK_PUT(msqid, 5, "behind");
	CHECK_INT(poll(&poll_other, 1, 0), 1);
	CHECK_TAKE(msqid, 0, MSG_COPY, 5, "behind");
	CHECK_TAKE(msqid, 5, 0, 5, "behind");
	remove_queue(msqid);
}

CASE(counts_on_the_queue)
{
	struct msgq_message entry = {
		.type = 1,
		.size = 4,
		.text = &batch,
	};
	int msqid = queue_of(8);
	int fd = open_queue(msqid);
	struct peer *peer;
	uint64_t token;

	CHECK_PUT(msqid, 2, "this");
	CHECK_PUT(msqid, 3, "that");
	token = CLAIM(fd, 3, 3, "that", 1);
	CHECK_INT(queue_state(msqid).msg_qnum, 2);
	CHECK_INT(queue_state(msqid).__msg_cbytes, 8);
	CHECK_INT(queue_state(msqid).msg_lrpid, getpid());
	CHECK(queue_state(msqid).msg_rtime);
	CHECK_STATE(msqid, 2, 1);
	CHECK_INT(state_of_queue(msqid).cbytes, 8);
	CHECK_ERR(msgq_sendv(fd, &entry, 1, &at_once), EAGAIN);

	peer = sender(msqid, 4, "next");
	CHECK_WAITS(peer);
	ACKNOWLEDGE(fd, token);
	CHECK_ENDED(peer, 0);
	CHECK_STATE(msqid, 2, 0);
	CHECK_TAKE(msqid, 0, 0, 2, "this");
	CHECK_TAKE(msqid, 0, 0, 4, "next");
	remove_queue(msqid);
}

/* It counts in the instance: its removal lets another queue's sender go on. */
CASE(counts_in_the_instance)
{
	int msqid = make_queue(), full = make_queue();
	int fd = open_queue(msqid);
	struct peer *peer;
	uint64_t token;

	limit_set("msgtql", 1);
	CHECK_PUT(msqid, 1, "only");
	token = CLAIM(fd, 0, 1, "only", 1);
	peer = sender(full, 1, "next");
	CHECK_WAITS(peer);
	RELEASE(fd, token);
	token = CLAIM(fd, 0, 1, "only", 2);
	CHECK_WAITS(peer);
	ACKNOWLEDGE(fd, token);
	CHECK_ENDED(peer, 0);
	remove_queue(msqid);
	remove_queue(full);
	nothing_left();
}

CASE(deliveries)
{
	int msqid = make_queue();
	int fd = open_queue(msqid), other = open_queue(msqid);

	CHECK_PUT(msqid, 1, "first");
	CHECK_PUT(msqid, 1, "second");
	for (unsigned int i = 1; i < 100; i++)
		RELEASE(fd, CLAIM(fd, 1, 1, "first", i));
	RELEASE(other, CLAIM(other, 1, 1, "first", 100));
	ACKNOWLEDGE(fd, CLAIM(fd, 1, 1, "first", 101));
	ACKNOWLEDGE(fd, CLAIM(fd, 1, 1, "second", 1));
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

/* Messages released in any order are back in their old order. */
CASE(order)
{
	enum { ALL = 60 };
	/* Coprime to ALL, so that each message has its turn. */
	static const unsigned int steps[] = { 1, 7, 11, 17, 31, 43, 53, 59 };
	int msqid = queue_of(65536);
	int fd = open_queue(msqid);

	put_numbered(msqid, 0, ALL);
	for (unsigned int i = 0; i < ARRAY_SIZE(steps); i++) {
		claim_many(fd, 0, ALL, i + 1);
		for (unsigned int j = 0; j < ALL; j++)
			RELEASE(fd, tokens[j * steps[i] % ALL]);
		CHECK_STATE(msqid, ALL, 0);
	}
	CHECK_DRAIN(msqid, 0, ALL);
	remove_queue(msqid);
}

/* Released messages are before those that arrived meanwhile. */
CASE(order_among_later_ones)
{
	int msqid = make_queue();
	int fd = open_queue(msqid);
	uint64_t first, third;

	CHECK_PUT(msqid, 1, "1st");
	CHECK_PUT(msqid, 2, "2nd");
	CHECK_PUT(msqid, 1, "3rd");
	CHECK_PUT(msqid, 1, "4th");
	first = CLAIM(fd, 1, 1, "1st", 1);
	third = CLAIM(fd, 1, 1, "3rd", 1);
	CHECK_PUT(msqid, 1, "5th");
	CHECK_PUT(msqid, 2, "6th");
	RELEASE(fd, third);
	CHECK_TAKE(msqid, 1, 0, 1, "3rd");
	RELEASE(fd, first);
	CHECK_TAKE(msqid, 0, 0, 1, "1st");
	CHECK_TAKE(msqid, 0, 0, 2, "2nd");
	CHECK_TAKE(msqid, 0, 0, 1, "4th");
	CHECK_TAKE(msqid, 0, 0, 1, "5th");
	CHECK_TAKE(msqid, 0, 0, 2, "6th");
	remove_queue(msqid);
}

/* A text that was cut in a claim is whole again after the release. */
CASE(cut)
{
	const struct msgq_how cuts = { .msgflg = IPC_NOWAIT | MSG_NOERROR };
	int msqid = make_queue();
	int fd = open_queue(msqid);

	CHECK_PUT(msqid, 1, "a long text");
	batch_clean(&batch, 1);
	batch.entries[0].size = 6;
	CHECK_ERR(msgq_claimv(fd, batch.entries, 1, 0, &at_once), E2BIG);
	CHECK_STATE(msqid, 1, 0);
	CHECK_INT(msgq_claimv(fd, batch.entries, 1, 0, &cuts), 1);
	CHECK_INT(batch.entries[0].size, 6);
	CHECK_INT(batch.entries[0].deliveries, 1);
	RELEASE(fd, batch.entries[0].token);
	CHECK_TAKE(msqid, 0, 0, 1, "a long text");
	remove_queue(msqid);
}

/* A sender serves a waiting claimer; the message stays on the queue. */
CASE(waiting_claimer)
{
	struct peer *peer, *second;
	int msqid = make_queue();

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	peer = waiter(call_claim_and_stop, 0);
	second = waiter(call_claim, 0);
	CHECK_INT(state_of_queue(msqid).receivers, 2);
	CHECK_PUT(msqid, 4, "for the first");
	peer_state(peer, 'T');
	CHECK_INT(state_of_queue(msqid).receivers, 1);
	CHECK_STATE(msqid, 1, 1);
	CHECK_INT(state_of_queue(msqid).cbytes, 13);
	CHECK_INT(queue_state(msqid).msg_lrpid, peer->pid);
	CHECK_ERR(msgrcv(msqid, &batch, 64, 0, IPC_NOWAIT), ENOMSG);

	/* It ends without an acknowledgement, so the next gets the message. */
	kill(peer->pid, SIGCONT);
	CHECK_GOT(peer, 4, "for the first");
	CHECK_GOT(second, 4, "for the first");
	CHECK_STATE(msqid, 1, 0);
	CHECK_TAKE(msqid, 0, 0, 4, "for the first");
	remove_queue(msqid);
	nothing_left();
}

CASE(killed_claimer)
{
	struct peer *peer;
	int msqid = make_queue();

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	peer_kill(waiter(call_claim, 0));
	CHECK_INT(state_of_queue(msqid).receivers, 0);
	CHECK_PUT(msqid, 1, "none");
	CHECK_TAKE(msqid, 0, 0, 1, "none");

	/* The claimer is served, and killed before or after it notices. */
	for (unsigned int i = 0; i < 30; i++) {
		peer = waiter(call_claim, 0);
		CHECK_PUT(msqid, 1, "handed");
		peer_kill(peer);
		CHECK_STATE(msqid, 1, 0);
		CHECK_INT(state_of_queue(msqid).cbytes, 6);
		CHECK_TAKE(msqid, 0, 0, 1, "handed");
	}
	remove_queue(msqid);
	nothing_left();
}

/* A released message is offered to waiting tasks like a new one. */
CASE(released_to_those_who_wait)
{
	struct peer *by_type, *claims, *takes;
	int msqid = make_queue();
	struct pollfd pollfd = { .fd = open_queue(msqid), .events = POLLIN };
	int fd = open_queue(msqid);
	uint64_t token;

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 4, "text");
	token = CLAIM(fd, 0, 4, "text", 1);
	by_type = receiver(msqid, 100, 3, 0);
	CHECK_WAITS(by_type);
	claims = waiter(call_claim, -4);
	takes = receiver(msqid, 100, 3, MSG_EXCEPT);
	CHECK_WAITS(takes);
	RELEASE(fd, token);
	/* First a claimer gets it and ends, then a receiver takes it. */
	CHECK_GOT(claims, 4, "text");
	CHECK_GOT(takes, 4, "text");
	CHECK_WAITS(by_type);
	CHECK_STATE(msqid, 0, 0);
	CHECK_INT(poll(&pollfd, 1, 0), 0);
	remove_queue(msqid);
	CHECK_FAILED(by_type, EIDRM);
	nothing_left();
}

static int not_shared;

static long poll_alone(struct peer *peer)
{
	CHECK_OK(close(not_shared));
	return call_poll(peer);
}

CASE(pollers_learn)
{
	int msqid = make_queue();
	int fd = open_queue(msqid);
	struct peer *peer;
	uint64_t token;

	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 4, "text");
	token = CLAIM(fd, 0, 4, "text", 1);
	peer = waiter(call_poll, POLLIN);
	RELEASE(fd, token);
	CHECK_ENDED(peer, 1);
	CLAIM(fd, 0, 4, "text", 2);
	not_shared = fd;
	peer = waiter(poll_alone, POLLIN);
	CHECK_OK(close(fd));
	CHECK_ENDED(peer, 1);
	remove_queue(msqid);
}

/* An acknowledgement wakes pollers for the room that it makes. */
CASE(pollers_for_room_learn)
{
	int msqid = queue_of(4);
	struct peer *peer;
	uint64_t token;
	int fd;

	call_fd = open_queue(msqid);
	fd = open_queue(msqid);
	CHECK_PUT(msqid, 4, "text");
	token = CLAIM(fd, 0, 4, "text", 1);
	peer = waiter(call_poll, POLLOUT);
	ACKNOWLEDGE(fd, token);
	CHECK_ENDED(peer, 1);
	remove_queue(msqid);
}

/* Removing the queue ends its claims, whether their claimer knows or not. */
CASE(removal)
{
	int msqid = queue_of(65536);
	int fd = open_queue(msqid), other = open_queue(msqid);
	struct peer *peer;

	put_numbered(msqid, 0, 200);
	claim_many(fd, 0, 100, 1);
	claim_many(other, 100, 99, 1);
	call_fd = fd;
	peer = waiter(call_claim, 77);
	remove_queue(msqid);
	CHECK_FAILED(peer, EIDRM);
	nothing_left();
	CHECK_ERR(msgq_acknowledge(other, tokens, 99), EIDRM);
	CHECK_ERR(msgq_release(other, tokens, 1), EIDRM);
	CHECK_ERR(msgq_acknowledge(fd, tokens, 1), EIDRM);
	CHECK_ERR(try_claim(fd, IPC_NOWAIT), EIDRM);
	CHECK_OK(close(fd));
	CHECK_OK(close(other));
	nothing_left();
}

CASE(most_at_once)
{
	int msqid = queue_of(MSGQ_BATCH_MOST * NUMBERED_LONGEST);
	int fd = open_queue(msqid);

	for (unsigned int i = 1; i < 3; i++) {
		put_numbered(msqid, 0, MSGQ_BATCH_MOST);
		claim_many(fd, 0, MSGQ_BATCH_MOST, 1);
		CHECK_STATE(msqid, MSGQ_BATCH_MOST, MSGQ_BATCH_MOST);
		CHECK_INT(msgq_release(fd, tokens, MSGQ_BATCH_MOST),
			  MSGQ_BATCH_MOST);
		claim_many(fd, 0, MSGQ_BATCH_MOST, 2);
		CHECK_INT(msgq_acknowledge(fd, tokens, MSGQ_BATCH_MOST),
			  MSGQ_BATCH_MOST);
		CHECK_STATE(msqid, 0, 0);
	}
	remove_queue(msqid);
}

/* Messages of several pages. */
CASE(long_texts)
{
	const size_t size = 70000;
	struct msgq_message entry = {
		.type = 1,
		.text = raw_memory(size),
		.size = size,
	};
	int msqid = queue_of(size), fd;

	limit_set("msgmax", size);
	fd = open_queue(msqid);
	raw_fill(entry.text, size, 9);
	CHECK_INT(msgq_sendv(fd, &entry, 1, &at_once), 1);
	for (unsigned int i = 1; i < 4; i++) {
		void *text = raw_memory(size);

		entry.text = text;
		CHECK_INT(msgq_claimv(fd, &entry, 1, 0, &at_once), 1);
		CHECK_INT(entry.size, size);
		CHECK_INT(entry.deliveries, i);
		CHECK(raw_filled(text, size, 9));
		RELEASE(fd, entry.token);
	}
	remove_queue(msqid);
}
