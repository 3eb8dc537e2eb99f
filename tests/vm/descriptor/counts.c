// SPDX-License-Identifier: MIT
/*
 * counts.c - the exact counts of events at a queue, and at all queues
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "desc_calls.h"
#include "desc_io.h"

/* More messages than a small queue holds. */
static const struct {
	long type;
	char text[10];
} large = { 1, "too large" };

static struct batch batch;
static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };

/* Compare these counts, in this order; the message lists only differences. */
static void expect(const char *whose, const struct msgq_counts *got,
		   const struct msgq_counts *wanted, int line)
{
	static const char *const names[] = {
		"sent", "received", "waits", "full", "claims", "returned",
	};
	uint64_t have[ARRAY_SIZE(names)], want[ARRAY_SIZE(names)];

	_Static_assert(sizeof(have) == sizeof(*got), "a count has no name");
	memcpy(have, got, sizeof(have));
	memcpy(want, wanted, sizeof(want));
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (have[i] != want[i])
			test_fail(__FILE__, line, "%s: %s: expected %llu, got %llu",
				  whose, names[i], (unsigned long long)want[i],
				  (unsigned long long)have[i]);
}

/* CHECK_COUNTS(msqid, .sent = 1, ...): the others are 0. */
#define CHECK_COUNTS(msqid, ...)					\
	do {								\
		struct msgq_state state_ = state_of_queue(msqid);	\
									\
		expect("queue", &state_.counts,				\
		       &(struct msgq_counts){ __VA_ARGS__ }, __LINE__);	\
		CHECK_INT(state_.qnum,					\
			  state_.counts.sent - state_.counts.received);	\
	} while (0)

static struct msgq_counts totals(void)
{
	struct msgq_info info;

	CHECK_OK(msgq_info(the_device(), &info));
	return info.counts;
}

/* CHECK_MORE(before, .sent = 1, ...): the totals have grown by these. */
#define CHECK_MORE(before, ...)						\
	do {								\
		struct msgq_counts now_ = totals();			\
									\
		now_.sent -= (before).sent;				\
		now_.received -= (before).received;			\
		now_.waits -= (before).waits;				\
		now_.full -= (before).full;				\
		now_.claims -= (before).claims;				\
		now_.returned -= (before).returned;			\
		expect("all queues", &now_,				\
		       &(struct msgq_counts){ __VA_ARGS__ }, __LINE__);	\
	} while (0)

CASE(by_identifier)
{
	int msqid = queue_of(8);
	char room[sizeof(long) + 8];

	CHECK_COUNTS(msqid, 0);
	CHECK_PUT(msqid, 1, "one");
	CHECK_PUT(msqid, 2, "a");
	CHECK_COUNTS(msqid, .sent = 2);
	CHECK_ERR(msgsnd(msqid, &large, 9, IPC_NOWAIT), EAGAIN);
	CHECK_COUNTS(msqid, .sent = 2, .full = 1);
	/* Invalid messages, and receives without a matching message. */
	CHECK_ERR(msgsnd(msqid, &(long){ 0 }, 0, IPC_NOWAIT), EINVAL);
	CHECK_ERR(msgsnd(msqid, (void *)8, 4, IPC_NOWAIT), EFAULT);
	CHECK_COUNTS(msqid, .sent = 2, .full = 1);

	CHECK_ERR(msgrcv(msqid, room, 2, 1, IPC_NOWAIT), E2BIG);
	CHECK_ERR(msgrcv(msqid, room, 8, 3, IPC_NOWAIT), ENOMSG);
	CHECK_ERR(msgrcv(msqid, guarded(sizeof(long) + 1), 8, 1, IPC_NOWAIT), EFAULT);
	CHECK_TAKE(msqid, 0, MSG_COPY, 1, "one");
	CHECK_COUNTS(msqid, .sent = 2, .full = 1);
	CHECK_TAKE(msqid, 0, 0, 1, "one");
	CHECK_COUNTS(msqid, .sent = 2, .received = 1, .full = 1);
	/* A message that was cut counts as received. */
	CHECK_INT(msgrcv(msqid, room, 0, 0, MSG_NOERROR), 0);
	CHECK_COUNTS(msqid, .sent = 2, .received = 2, .full = 1);
	remove_queue(msqid);
}

/* Texts that are not copied at once are handled by other code. */
CASE(long_ones)
{
	static struct {
		long type;
		char text[8000];
	} message = { .type = 1 };
	int msqid = make_queue();

	for (unsigned int i = 1; i <= 3; i++) {
		CHECK_OK(msgsnd(msqid, &message, sizeof(message.text), 0));
		CHECK_COUNTS(msqid, .sent = i, .received = i - 1);
		CHECK_ERR(msgrcv(msqid, guarded(5000), sizeof(message.text), 0,
				 0), EFAULT);
		CHECK_COUNTS(msqid, .sent = i, .received = i - 1);
		CHECK_INT(msgrcv(msqid, &message, sizeof(message.text), 0, 0),
			  sizeof(message.text));
		CHECK_COUNTS(msqid, .sent = i, .received = i);
	}
	remove_queue(msqid);
}

CASE(by_descriptor)
{
	int msqid = queue_of(4);
	int out = desc_writer(msqid, 1), in = desc_reader(msqid, 0, 0);

	CHECK_WRITE(out, "four");
	CHECK_ERR(write(out, "more", 4), EAGAIN);
	CHECK_ERR(write(out, desc_nowhere(), 4), EFAULT);
	CHECK_COUNTS(msqid, .sent = 1, .full = 1);
	CHECK_ERR(read(in, desc_nowhere(), 4), EFAULT);
	CHECK_COUNTS(msqid, .sent = 1, .full = 1);
	CHECK_READ(in, "four");
	CHECK_ERR(read(in, &(char){ 0 }, 1), EAGAIN);
	CHECK_COUNTS(msqid, .sent = 1, .received = 1, .full = 1);
	remove_queue(msqid);
}

/* A message handed to a waiting receiver is never on the queue. */
CASE(handed_over)
{
	int msqid = make_queue();
	struct peer *peer = receiver(msqid, 10, 5, 0);

	CHECK_WAITS(peer);
	CHECK_COUNTS(msqid, .waits = 1);
	CHECK_PUT(msqid, 4, "not");
	CHECK_COUNTS(msqid, .sent = 1, .waits = 1);
	CHECK_PUT(msqid, 5, "this");
	CHECK_GOT(peer, 5, "this");
	CHECK_COUNTS(msqid, .sent = 2, .received = 1, .waits = 1);
	remove_queue(msqid);
}

/* If the receiver cannot take it, it only counts for the next receiver. */
CASE(handed_and_back)
{
	int msqid = make_queue();
	struct peer *peer = faulty(msqid, 0, no_room), *next;

	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 1, "text");
	CHECK_FAILED(peer, EFAULT);
	CHECK_COUNTS(msqid, .sent = 1, .waits = 1);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	CHECK_COUNTS(msqid, .sent = 1, .received = 1, .waits = 1);

	peer = faulty(msqid, 0, no_room);
	CHECK_WAITS(peer);
	next = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(next);
	CHECK_PUT(msqid, 1, "text");
	CHECK_FAILED(peer, EFAULT);
	CHECK_GOT(next, 1, "text");
	CHECK_COUNTS(msqid, .sent = 2, .received = 2, .waits = 3);
	remove_queue(msqid);
}

/* A receiver with too small a buffer only counts as a wait. */
CASE(too_small)
{
	int msqid = make_queue();
	struct peer *peer = receiver(msqid, 1, 0, 0);

	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 1, "text");
	CHECK_FAILED(peer, E2BIG);
	CHECK_COUNTS(msqid, .sent = 1, .waits = 1);
	remove_queue(msqid);
}

/* A waiting sender counts as full once, and as sent when there is room. */
CASE(waits_for_room)
{
	int msqid = queue_of(4);
	struct peer *first, *second;

	CHECK_PUT(msqid, 1, "full");
	first = sender(msqid, 2, "next");
	CHECK_WAITS(first);
	second = sender(msqid, 3, "late");
	CHECK_WAITS(second);
	CHECK_COUNTS(msqid, .sent = 1, .waits = 2, .full = 2);
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_ENDED(first, 0);
	CHECK_COUNTS(msqid, .sent = 2, .received = 1, .waits = 2, .full = 2);
	peer_kill(second);
	CHECK_COUNTS(msqid, .sent = 2, .received = 1, .waits = 2, .full = 2);
	remove_queue(msqid);
}

/* A task that checks permission again and waits on counts as one wait. */
CASE(waits_on)
{
	int msqid = queue_of(4);
	struct peer *in = receiver(msqid, 10, 9, 0), *out;

	CHECK_WAITS(in);
	CHECK_PUT(msqid, 1, "full");
	out = sender(msqid, 2, "next");
	CHECK_WAITS(out);
	for (unsigned int i = 0; i < 3; i++) {
		set_mode(msqid, 0600);
		CHECK_WAITS(in);
		CHECK_WAITS(out);
	}
	CHECK_COUNTS(msqid, .sent = 1, .waits = 2, .full = 1);
	/* The message fits, and permission is checked once more. */
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_ENDED(out, 0);
	CHECK_COUNTS(msqid, .sent = 2, .received = 1, .waits = 2, .full = 1);
	peer_kill(in);
	remove_queue(msqid);
}

CASE(deadlines)
{
	int msqid = queue_for(call_put);

	late_waiter(call_put, 0);
	CHECK_COUNTS(msqid, .sent = 1, .waits = 1, .full = 1);
	late_waiter(call_take, 9);
	CHECK_COUNTS(msqid, .sent = 1, .waits = 2, .full = 1);
	remove_queue(msqid);
}

CASE(batches)
{
	const long bytes = numbered_size(0) + numbered_size(1) +
			   numbered_size(2);
	int msqid = queue_of(bytes), fd = open_queue(msqid);
	int got;

	/* Three fit, and the fourth finds no room. */
	batch_fill(&batch, 0, 5);
	CHECK_INT(msgq_sendv(fd, batch.entries, 5, &at_once), 3);
	CHECK_COUNTS(msqid, .sent = 3, .full = 1);
	CHECK_ERR(msgq_sendv(fd, batch.entries, 5, &at_once), EAGAIN);
	CHECK_COUNTS(msqid, .sent = 3, .full = 2);

	/* The second message has no valid buffer. */
	batch_clean(&batch, 5);
	batch.entries[1].text = desc_nowhere();
	CHECK_INT(msgq_recvv(fd, batch.entries, 5, 0, &at_once), 1);
	CHECK_COUNTS(msqid, .sent = 3, .received = 1, .full = 2);
	CHECK_DRAIN(msqid, 1, 2);
	CHECK_COUNTS(msqid, .sent = 3, .received = 3, .full = 2);

	/* A choice by type searches for each of them. */
	set_qbytes(msqid, 16384);
	put_numbered(msqid, 0, 100);
	batch_clean(&batch, 100);
	got = CHECK_OK(msgq_recvv(fd, batch.entries, 100, numbered_type(1),
				  &at_once));
	CHECK(got > 1);
	CHECK_COUNTS(msqid, .sent = 103, .received = 3 + got, .full = 2);
	remove_queue(msqid);
}

static struct msgq_message four[4];

static long send_four(struct peer *peer)
{
	const struct msgq_how how = { .least = 4 };

	return msgq_sendv(peer->fd, four, 4, &how);
}

static long receive_two(struct peer *peer)
{
	const struct msgq_how how = { .least = 2 };

	return msgq_recvv(peer->fd, four, 2, 0, &how);
}

/* Each message that a batch waits for counts as a wait. */
CASE(batches_that_wait)
{
	struct peer peer = { .call = send_four };
	int msqid = queue_of(8);
	struct peer *waits;

	peer.fd = open_queue(msqid);
	for (unsigned int i = 0; i < ARRAY_SIZE(four); i++)
		four[i] = (struct msgq_message){
			.type = i + 1,
			.text = "text",
			.size = 4,
		};
	waits = peer_start(&peer);
	CHECK_WAITS(waits);
	CHECK_COUNTS(msqid, .sent = 2, .waits = 1, .full = 1);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	CHECK_WAITS(waits);
	CHECK_COUNTS(msqid, .sent = 3, .received = 1, .waits = 2, .full = 2);
	CHECK_TAKE(msqid, 0, 0, 2, "text");
	CHECK_ENDED(waits, 4);
	CHECK_COUNTS(msqid, .sent = 4, .received = 2, .waits = 2, .full = 2);
	remove_queue(msqid);

	msqid = make_queue();
	peer.fd = open_queue(msqid);
	peer.call = receive_two;
	for (unsigned int i = 0; i < 2; i++)
		four[i].text = batch.texts[i];
	waits = peer_start(&peer);
	CHECK_WAITS(waits);
	CHECK_PUT(msqid, 1, "one");
	CHECK_WAITS(waits);
	CHECK_COUNTS(msqid, .sent = 1, .received = 1, .waits = 2);
	CHECK_PUT(msqid, 1, "two");
	CHECK_ENDED(waits, 2);
	CHECK_COUNTS(msqid, .sent = 2, .received = 2, .waits = 2);
	remove_queue(msqid);
}

CASE(claims)
{
	int msqid = make_queue(), fd = open_queue(msqid);
	struct msgq_message entry = {
		.text = desc_nowhere(),
		.size = 4,
	};
	uint64_t token;

	CHECK_PUT(msqid, 1, "text");
	CHECK_ERR(msgq_claimv(fd, &entry, 1, 0, &at_once), EFAULT);
	CHECK_COUNTS(msqid, .sent = 1);
	token = CLAIM(fd, 0, 1, "text", 1);
	CHECK_NO_CLAIM(fd);
	CHECK_COUNTS(msqid, .sent = 1, .claims = 1);
	RELEASE(fd, token);
	CHECK_COUNTS(msqid, .sent = 1, .claims = 1, .returned = 1);
	token = CLAIM(fd, 0, 1, "text", 2);
	ACKNOWLEDGE(fd, token);
	CHECK_ERR(settle_one(fd, token, true), ENOENT);
	CHECK_COUNTS(msqid, .sent = 1, .received = 1, .claims = 2,
		     .returned = 1);
	remove_queue(msqid);
}

/* All ways in which a claim ends by itself. */
CASE(claims_given_up)
{
	int msqid = make_queue();
	struct peer *peer;
	int fd;

	needs_notice_of_exits();
	CHECK_PUT(msqid, 1, "text");
	fd = open_queue(msqid);
	CLAIM(fd, 0, 1, "text", 1);
	CHECK_OK(close(fd));
	CHECK_COUNTS(msqid, .sent = 1, .claims = 1, .returned = 1);

	fd = open_as(msqid, MSGQ_OPEN_READ, MILLISECOND);
	CLAIM(fd, 0, 1, "text", 2);
	wait_claimed(msqid, 0);
	CHECK_COUNTS(msqid, .sent = 1, .claims = 2, .returned = 2);

	call_fd = open_queue(msqid);
	peer = caller(call_claim_and_stop, 0);
	peer_state(peer, 'T');
	CHECK_COUNTS(msqid, .sent = 1, .claims = 3, .returned = 2);
	peer_kill(peer);
	CHECK_COUNTS(msqid, .sent = 1, .claims = 3, .returned = 3);
	remove_queue(msqid);
}

/* A released or new message goes to a waiting claimer. */
CASE(claims_handed_over)
{
	int msqid = make_queue(), fd = open_queue(msqid);
	struct peer *peer;
	uint64_t token;

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	peer = waiter(call_claim_and_stop, 0);
	CHECK_PUT(msqid, 1, "new");
	peer_state(peer, 'T');
	CHECK_COUNTS(msqid, .sent = 1, .waits = 1, .claims = 1);
	peer_kill(peer);

	token = CLAIM(fd, 0, 1, "new", 2);
	peer = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(peer);
	RELEASE(fd, token);
	CHECK_GOT(peer, 1, "new");
	CHECK_COUNTS(msqid, .sent = 1, .received = 1, .waits = 2, .claims = 2,
		     .returned = 2);
	remove_queue(msqid);
}

/* The totals include the queues that were removed since. */
CASE(all_queues)
{
	struct msgq_counts before = totals();
	int one = queue_of(8), other = make_queue();
	int fd = open_queue(other);

	CHECK_MORE(before, 0);
	CHECK_PUT(one, 1, "text");
	CHECK_PUT(other, 1, "claimed");
	CHECK_PUT(other, 1, "stays");
	CHECK_TAKE(one, 0, 0, 1, "text");
	CHECK_ERR(msgsnd(one, &large, 9, IPC_NOWAIT), EAGAIN);
	CLAIM(fd, 0, 1, "claimed", 1);
	CHECK_MORE(before, .sent = 3, .received = 1, .full = 1, .claims = 1);
	remove_queue(one);
	CHECK_MORE(before, .sent = 3, .received = 1, .full = 1, .claims = 1);

	/* Messages removed with a queue are neither received nor returned. */
	remove_queue(other);
	CHECK_MORE(before, .sent = 3, .received = 1, .full = 1, .claims = 1);
	CHECK_OK(close(fd));
	CHECK_MORE(before, .sent = 3, .received = 1, .full = 1, .claims = 1);
}

/* A queue that is removed with its descriptor counts, too. */
CASE(temporary)
{
	struct msgq_open how = desc_key(0x0c0c, IPC_CREAT | 0600,
					MSGQ_OPEN_TEMPORARY);
	struct msgq_counts before = totals();
	int fd = CHECK_OK(desc_open(&how));

	CHECK_WRITE(fd, "one");
	CHECK_WRITE(fd, "two");
	CHECK_READ(fd, "one");
	CHECK_OK(close(fd));
	CHECK_MORE(before, .sent = 2, .received = 1);
}

/* Tasks that wait when the queue is removed count as waits. */
CASE(removed_under_waiters)
{
	struct msgq_counts before = totals();
	int msqid = queue_of(4);
	struct peer *out, *in;

	CHECK_PUT(msqid, 1, "full");
	out = sender(msqid, 2, "next");
	CHECK_WAITS(out);
	in = receiver(msqid, 10, 3, 0);
	CHECK_WAITS(in);
	remove_queue(msqid);
	CHECK_FAILED(out, EIDRM);
	CHECK_FAILED(in, EIDRM);
	CHECK_MORE(before, .sent = 1, .waits = 2, .full = 1);
}
