// SPDX-License-Identifier: MIT
/*
 * When a descriptor is ready, and all events that make it ready during a wait.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "desc_calls.h"
#include "desc_io.h"

static const struct msgq_how no_wait = { .msgflg = IPC_NOWAIT };

static uint64_t claim(int fd)
{
	char text[100];
	struct msgq_message entry = { .text = text,
				    .size = sizeof(text) };

	CHECK_INT(msgq_claimv(fd, &entry, 1, 0, &no_wait), 1);
	return entry.token;
}

static bool select_says(int fd, bool reading)
{
	struct timeval none = { 0 };
	fd_set set;
	int count;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	count = select(fd + 1, reading ? &set : NULL, reading ? NULL : &set,
		       NULL, &none);
	CHECK_INT(count, !!FD_ISSET(fd, &set));
	return count;
}

/* All three calls return the same. */
static void check_readable(int fd, int level, bool readable)
{
	CHECK_EVENTS(fd, readable ? POLLIN : 0);
	CHECK_INT(select_says(fd, true), readable);
	CHECK_INT(epoll_events(level), readable ? EPOLLIN : 0);
}

/* A descriptor is readable if a message matches its rule. */
CASE(readable_by_rule)
{
	static const struct {
		long msgtyp;
		int msgflg;
		long passes;
		long wakes;
	} rows[] = {
		{ 0, 0, 0, 9 },
		{ 3, 0, 4, 3 },
		{ 3, 0, 2, 3 },
		{ -3, 0, 4, 3 },
		{ -3, 0, LONG_MAX, 1 },
		{ LONG_MIN, 0, 0, LONG_MAX },
		{ 3, MSG_EXCEPT, 3, 4 },
		{ 3, MSG_EXCEPT, 3, 2 },
		{ LONG_MAX, MSG_EXCEPT, LONG_MAX, LONG_MAX - 1 },
		{ 1, MSG_EXCEPT, 1, LONG_MAX },
		{ 0, MSG_EXCEPT, 0, 2 },
		{ -3, MSG_EXCEPT, 4, 2 },
		{ LONG_MAX, 0, 1, LONG_MAX },
	};

	DEVICE_ONLY();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int msqid = queue_of(100);
		int fd = desc_reader(msqid, rows[i].msgtyp, rows[i].msgflg);
		int level = desc_epoll(fd, EPOLLIN);
		struct peer *peer = poller(fd, POLLIN);

		CHECK_WAITS(peer);
		check_readable(fd, level, false);
		if (rows[i].passes) {
			CHECK_PUT(msqid, rows[i].passes, "no");
			CHECK_WAITS(peer);
			check_readable(fd, level, false);
		}
		CHECK_PUT(msqid, rows[i].wakes, "yes");
		CHECK_ENDED(peer, POLLIN);
		check_readable(fd, level, true);
		CHECK_READ(fd, "yes");
		check_readable(fd, level, false);
		close(fd);
		remove_queue(msqid);
	}
}

static void check_writable(int fd, int level, bool writable)
{
	CHECK_EVENTS(fd, writable ? POLLOUT : 0);
	CHECK_INT(select_says(fd, false), writable);
	CHECK_INT(epoll_events(level), writable ? EPOLLOUT : 0);
}

/* Room in bytes: for one by default, or for as many as were requested. */
CASE(writable_by_bytes)
{
	int msqid, one, ten, level[2];

	DEVICE_ONLY();
	msqid = queue_of(12);
	one = desc_room(msqid, 0);
	ten = desc_room(msqid, 10);
	level[0] = desc_epoll(one, EPOLLOUT);
	level[1] = desc_epoll(ten, EPOLLOUT);
	for (int i = 0; i < 2; i++) {
		check_writable(one, level[0], true);
		check_writable(ten, level[1], true);
		CHECK_WRITE(one, "ab");
		check_writable(ten, level[1], true);
		CHECK_WRITE(one, "c");
		check_writable(ten, level[1], false);
		CHECK_ERR(write(ten, "1234567890", 10), EAGAIN);
		CHECK_WRITE(one, "12345678");
		check_writable(one, level[0], true);
		CHECK_WRITE(one, "d");
		check_writable(one, level[0], false);
		check_writable(ten, level[1], false);
		/* There is room for an empty message. */
		CHECK_INT(write(one, "", 0), 0);

		CHECK_TAKE(msqid, 0, 0, 1, "ab");
		check_writable(one, level[0], true);
		check_writable(ten, level[1], false);
		CHECK_TAKE(msqid, 0, 0, 1, "c");
		CHECK_TAKE(msqid, 0, 0, 1, "12345678");
		check_writable(ten, level[1], true);
		CHECK_TAKE(msqid, 0, 0, 1, "d");
		CHECK_TAKE(msqid, 0, 0, 1, "");
	}
	remove_queue(msqid);
}

/* Room in messages: as many as bytes, so that empty ones are limited, too. */
CASE(writable_by_messages)
{
	int msqid, fd, level;

	DEVICE_ONLY();
	msqid = queue_of(3);
	fd = desc_room(msqid, 0);
	level = desc_epoll(fd, EPOLLOUT);
	for (int i = 0; i < 3; i++) {
		check_writable(fd, level, true);
		CHECK_INT(write(fd, "", 0), 0);
	}
	check_writable(fd, level, false);
	CHECK_ERR(write(fd, "", 0), EAGAIN);
	CHECK_TAKE(msqid, 0, 0, 1, "");
	check_writable(fd, level, true);
	remove_queue(msqid);
}

CASE(writable_by_limits)
{
	int msqid, other, fd, level;

	DEVICE_ONLY();
	msqid = queue_of(5);
	other = make_queue();
	fd = desc_room(msqid, 0);
	level = desc_epoll(fd, EPOLLOUT);
	CHECK_WRITE(fd, "12345");
	check_writable(fd, level, false);
	set_qbytes(msqid, 6);
	check_writable(fd, level, true);
	set_qbytes(msqid, 5);
	check_writable(fd, level, false);
	set_qbytes(msqid, 100);
	check_writable(fd, level, true);

	limit_set("msgtql", 1);
	check_writable(fd, level, false);
	CHECK_ERR(write(fd, "x", 1), EAGAIN);
	limit_set("msgtql", 3);
	check_writable(fd, level, true);
	CHECK_PUT(other, 1, "second");
	CHECK_PUT(other, 1, "third");
	check_writable(fd, level, false);
	CHECK_TAKE(other, 0, 0, 1, "second");
	check_writable(fd, level, true);
	CHECK_PUT(other, 1, "third too");
	check_writable(fd, level, false);
	remove_queue(other);
	check_writable(fd, level, true);
	remove_queue(msqid);
}

/* Start a poll that blocks. */
static struct peer *polls_for(int fd, int events)
{
	struct peer *peer = poller(fd, events);

	CHECK_WAITS(peer);
	return peer;
}

static long read_nowhere(struct peer *peer)
{
	return read(peer->fd, peer->buffer, 100);
}

CASE(what_makes_readable)
{
	struct msgq_message entry = { .type = 1 };
	struct peer *peer, *faulty, *from;
	int msqid, fd, claimer;
	uint64_t token;

	DEVICE_ONLY();
	msqid = queue_of(10);
	fd = open_as(msqid, DESC_BOTH, 0);
	claimer = open_as(msqid, DESC_BOTH, 0);

	/* Try each way to send. */
	peer = polls_for(fd, POLLIN);
	CHECK_WRITE(claimer, "written");
	CHECK_ENDED(peer, POLLIN);
	CHECK_READ(fd, "written");
	peer = polls_for(fd, POLLIN);
	CHECK_INT(msgq_sendv(claimer, &entry, 1, NULL), 1);
	CHECK_ENDED(peer, POLLIN);
	CHECK_READ(fd, "");

	/* A waiting sender is admitted. */
	CHECK_PUT(msqid, 5, "1234567890");
	from = writer(claimer, "waited");
	CHECK_WAITS(from);
	peer = polls_for(desc_reader(msqid, 1, 0), POLLIN);
	CHECK_TAKE(msqid, 5, 0, 5, "1234567890");
	CHECK_ENDED(peer, POLLIN);
	CHECK_ENDED(from, 6);
	CHECK_READ(fd, "waited");

	/* A message is handed to a receiver that cannot take it. */
	faulty = peer_start(&(struct peer){
		.call = read_nowhere,
		.fd = fd,
		.buffer = desc_nowhere(),
	});
	CHECK_WAITS(faulty);
	peer = polls_for(fd, POLLIN);
	CHECK_PUT(msqid, 1, "put back");
	CHECK_FAILED(faulty, EFAULT);
	CHECK_ENDED(peer, POLLIN);

	/* A message is claimed until it is released. */
	token = claim(claimer);
	CHECK_EVENTS(fd, POLLOUT);
	peer = polls_for(fd, POLLIN);
	CHECK_INT(msgq_release(claimer, &token, 1), 1);
	CHECK_ENDED(peer, POLLIN);
	CHECK_READ(fd, "put back");

	peer = polls_for(fd, POLLIN);
	remove_queue(msqid);
	CHECK_ENDED(peer, POLLHUP | POLLERR);
}

CASE(readable_without_its_claimer)
{
	int msqid = make_queue(), fd = desc_reader(msqid, 0, 0);
	struct peer *peer, *claims;

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "text");
	claims = caller(call_claim_and_stop, 0);
	peer_state(claims, 'T');
	peer = polls_for(fd, POLLIN);
	peer_kill(claims);
	CHECK_ENDED(peer, POLLIN);
	CHECK_READ(fd, "text");
	remove_queue(msqid);
}

/* A claim expires. */
CASE(readable_by_expiry)
{
	struct peer *peer;
	int msqid, claimer;

	DEVICE_ONLY();
	msqid = make_queue();
	claimer = CHECK_OK(desc_open(&(struct msgq_open){
		.name = msqid,
		.flags = MSGQ_OPEN_READ,
		.limit = 2000000000,
	}));
	CHECK_PUT(msqid, 1, "again");
	claim(claimer);
	peer = poller(desc_reader(msqid, 0, 0), POLLIN);
	CHECK_ENDED(peer, POLLIN);
	CHECK_TAKE(msqid, 0, 0, 1, "again");
	remove_queue(msqid);
}

CASE(what_makes_writable)
{
	struct peer *peer;
	int msqid, other, fd, two;
	uint64_t token;

	DEVICE_ONLY();
	msqid = queue_of(4);
	other = make_queue();
	fd = open_as(msqid, DESC_BOTH, 0);
	two = desc_room(msqid, 2);

	CHECK_WRITE(fd, "full");
	peer = polls_for(two, POLLOUT);
	CHECK_READ(fd, "full");
	CHECK_ENDED(peer, POLLOUT);

	CHECK_WRITE(fd, "full");
	peer = polls_for(two, POLLOUT);
	token = claim(fd);
	CHECK_WAITS(peer);
	CHECK_INT(msgq_acknowledge(fd, &token, 1), 1);
	CHECK_ENDED(peer, POLLOUT);

	CHECK_WRITE(fd, "full");
	peer = polls_for(two, POLLOUT);
	set_qbytes(msqid, 5);
	CHECK_WAITS(peer);
	set_qbytes(msqid, 6);
	CHECK_ENDED(peer, POLLOUT);

	limit_set("msgtql", 1);
	peer = polls_for(two, POLLOUT);
	limit_set("msgtql", 2);
	CHECK_ENDED(peer, POLLOUT);
	CHECK_PUT(other, 1, "second");
	peer = polls_for(two, POLLOUT);
	CHECK_TAKE(other, 0, 0, 1, "second");
	CHECK_ENDED(peer, POLLOUT);
	CHECK_PUT(other, 1, "second");
	peer = polls_for(two, POLLOUT);
	remove_queue(other);
	CHECK_ENDED(peer, POLLOUT);

	CHECK_WRITE(fd, "x");
	peer = polls_for(two, POLLOUT);
	remove_queue(msqid);
	CHECK_ENDED(peer, POLLHUP | POLLERR);
}
