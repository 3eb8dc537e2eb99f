// SPDX-License-Identifier: MIT
/*
 * epoll(7) of each kind: level, edge, once; what it tells, and how often.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/desc_io.h"
#include "common/fault_raw.h"

static const struct msgq_how no_wait = { .msgflg = IPC_NOWAIT };

CASE(level_triggered)
{
	int msqid, fd, level;

	DEVICE_ONLY();
	msqid = queue_of(4);
	fd = open_as(msqid, DESC_BOTH, 0);
	level = desc_epoll(fd, EPOLLIN | EPOLLOUT);
	for (int i = 0; i < 3; i++)
		CHECK_INT(epoll_events(level), EPOLLOUT);
	CHECK_WRITE(fd, "1");
	for (int i = 0; i < 3; i++)
		CHECK_INT(epoll_events(level), EPOLLIN | EPOLLOUT);
	CHECK_WRITE(fd, "234");
	for (int i = 0; i < 3; i++)
		CHECK_INT(epoll_events(level), EPOLLIN);
	CHECK_READ(fd, "1");
	CHECK_READ(fd, "234");
	for (int i = 0; i < 3; i++)
		CHECK_INT(epoll_events(level), EPOLLOUT);
	remove_queue(msqid);
	for (int i = 0; i < 3; i++)
		CHECK_INT(epoll_events(level), EPOLLHUP | EPOLLERR);
}

/* A batch that gave up waiting is told when what did not fit would. */
CASE(cut_short_by_a_deadline)
{
	struct msgq_entry entries[] = {
		{ .type = 1, .text = raw_address("1"), .size = 1 },
		{ .type = 1, .text = raw_address("23"), .size = 2 },
		{ .type = 1, .text = raw_address("456"), .size = 3 },
	};
	struct msgq_how how = { .clock = CLOCK_MONOTONIC, .least = 3 };
	int msqid, from, to, out;

	DEVICE_ONLY();
	msqid = queue_of(4);
	from = desc_reader(msqid, 0, 0);
	to = desc_writer(msqid, 1);
	out = desc_epoll(to, EPOLLOUT | EPOLLET);
	CHECK_INT(epoll_events(out), EPOLLOUT);
	how.deadline = now(CLOCK_MONOTONIC) + 100 * MILLISECOND;
	CHECK_INT(msgq_sendv(to, entries, 3, &how), 2);
	CHECK_INT(epoll_events(out), 0);
	CHECK_READ(from, "1");
	CHECK_INT(epoll_events(out), 0);
	CHECK_READ(from, "23");
	CHECK_INT(epoll_events(out), EPOLLOUT);
	CHECK_INT(epoll_events(out), 0);
	remove_queue(msqid);
}

/* An edge is told once, and each message that arrives is one. */
CASE(edge_triggered)
{
	int msqid, from, to, in, out;

	DEVICE_ONLY();
	msqid = queue_of(4);
	from = desc_reader(msqid, 0, 0);
	to = desc_writer(msqid, 1);
	in = desc_epoll(from, EPOLLIN | EPOLLET);
	out = desc_epoll(to, EPOLLOUT | EPOLLET);
	CHECK_INT(epoll_events(in), 0);
	CHECK_INT(epoll_events(out), EPOLLOUT);
	CHECK_INT(epoll_events(out), 0);
	for (int i = 0; i < 2; i++) {
		CHECK_WRITE(to, "a");
		CHECK_INT(epoll_events(in), EPOLLIN);
		CHECK_INT(epoll_events(in), 0);
	}
	/* One that was out of sight for a moment is news again. */
	CHECK_ERR(read(from, desc_nowhere(), 10), EFAULT);
	CHECK_INT(epoll_events(in), EPOLLIN);
	CHECK_INT(epoll_events(in), 0);

	/* Room is news to one that has found none, by its own size. */
	CHECK_READ(from, "a");
	CHECK_INT(epoll_events(out), 0);
	CHECK_ERR(write(to, "1234", 4), EAGAIN);
	CHECK_INT(epoll_events(out), 0);
	CHECK_READ(from, "a");
	CHECK_INT(epoll_events(out), EPOLLOUT);
	CHECK_INT(epoll_events(out), 0);
	CHECK_WRITE(to, "1234");
	CHECK_ERR(write(to, "1", 1), EAGAIN);
	CHECK_READ(from, "1234");
	CHECK_INT(epoll_events(out), EPOLLOUT);
	CHECK_INT(epoll_events(out), 0);

	remove_queue(msqid);
	CHECK_INT(epoll_events(in), EPOLLHUP | EPOLLERR);
	CHECK_INT(epoll_events(out), EPOLLHUP | EPOLLERR);
	CHECK_INT(epoll_events(in), 0);
}

/* A batch that found no room, or for the first ones only, is told likewise. */
CASE(edge_after_batch)
{
	struct msgq_entry entries[2] = {
		{ .type = 1, .text = (uintptr_t)"abc", .size = 3 },
		{ .type = 1, .text = (uintptr_t)"abc", .size = 3 },
	};
	int msqid, to, out;

	DEVICE_ONLY();
	msqid = queue_of(5);
	to = desc_writer(msqid, 1);
	out = desc_epoll(to, EPOLLOUT | EPOLLET);
	CHECK_INT(epoll_events(out), EPOLLOUT);
	CHECK_INT(msgq_sendv(to, entries, 2, NULL), 1);
	CHECK_INT(epoll_events(out), 0);
	CHECK_TAKE(msqid, 0, 0, 1, "abc");
	CHECK_INT(epoll_events(out), EPOLLOUT);
	CHECK_INT(msgq_sendv(to, entries, 1, NULL), 1);
	CHECK_ERR(msgq_sendv(to, entries, 2, &no_wait), EAGAIN);
	CHECK_INT(epoll_events(out), 0);
	CHECK_TAKE(msqid, 0, 0, 1, "abc");
	CHECK_INT(epoll_events(out), EPOLLOUT);
	remove_queue(msqid);
}

CASE(one_shot)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };
	int msqid, fd, once;

	DEVICE_ONLY();
	msqid = make_queue();
	fd = desc_reader(msqid, 3, 0);
	once = desc_epoll(fd, EPOLLIN | EPOLLONESHOT);
	CHECK_PUT(msqid, 4, "no");
	CHECK_INT(epoll_events(once), 0);
	CHECK_PUT(msqid, 3, "yes");
	CHECK_INT(epoll_events(once), EPOLLIN);
	CHECK_PUT(msqid, 3, "yes");
	CHECK_INT(epoll_events(once), 0);

	/* Set anew it tells what is there, or what comes. */
	CHECK_OK(epoll_ctl(once, EPOLL_CTL_MOD, fd, &event));
	CHECK_INT(epoll_events(once), EPOLLIN);
	CHECK_READ(fd, "yes");
	CHECK_READ(fd, "yes");
	CHECK_OK(epoll_ctl(once, EPOLL_CTL_MOD, fd, &event));
	CHECK_INT(epoll_events(once), 0);
	CHECK_PUT(msqid, 3, "later");
	CHECK_INT(epoll_events(once), EPOLLIN);
	remove_queue(msqid);
}

/* For room, which is watched for only while there is none. */
CASE(one_shot_for_room)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLONESHOT };
	int msqid, fd, once;

	DEVICE_ONLY();
	msqid = queue_of(1);
	fd = desc_writer(msqid, 1);
	once = desc_epoll(fd, EPOLLOUT | EPOLLONESHOT);
	CHECK_INT(epoll_events(once), EPOLLOUT);
	CHECK_WRITE(fd, "x");
	CHECK_TAKE(msqid, 0, 0, 1, "x");
	CHECK_INT(epoll_events(once), 0);
	for (int i = 0; i < 3; i++) {
		CHECK_WRITE(fd, "x");
		CHECK_OK(epoll_ctl(once, EPOLL_CTL_MOD, fd, &event));
		CHECK_INT(epoll_events(once), 0);
		CHECK_TAKE(msqid, 0, 0, 1, "x");
		CHECK_INT(epoll_events(once), EPOLLOUT);
		CHECK_INT(epoll_events(once), 0);
	}
	remove_queue(msqid);
}
