// SPDX-License-Identifier: MIT
/*
 * epoll(7) of each kind, level, edge and once: its events, and how often.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "desc_io.h"

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

/* A batch that gave up waiting gets an event when its next message fits. */
CASE(cut_short_by_a_deadline)
{
	struct msgq_message entries[] = {
		{ .type = 1, .text = "1", .size = 1 },
		{ .type = 1, .text = "23", .size = 2 },
		{ .type = 1, .text = "456", .size = 3 },
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

/* An edge is reported once, and each new message is an edge. */
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
	/* A message that was taken and put back is an edge again. */
	CHECK_ERR(read(from, desc_nowhere(), 10), EFAULT);
	CHECK_INT(epoll_events(in), EPOLLIN);
	CHECK_INT(epoll_events(in), 0);

	/* Enough room for the refused write is an edge. */
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

/* The same for a batch that found no room, or room for the first ones only. */
CASE(edge_after_batch)
{
	struct msgq_message entries[2] = {
		{ .type = 1, .text = "abc", .size = 3 },
		{ .type = 1, .text = "abc", .size = 3 },
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

	/* Armed again, it reports messages that are there or that arrive. */
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

/* The same for room, which is only watched while there is none. */
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

/* There is room, but not enough for the write that was refused. */
CASE(refused_write_does_not_spin)
{
	int msqid, from, to, level;

	DEVICE_ONLY();
	msqid = queue_of(10);
	from = desc_reader(msqid, 0, 0);
	to = desc_writer(msqid, 1);
	level = desc_epoll(to, EPOLLOUT);
	CHECK_WRITE(to, "1234");
	CHECK_WRITE(to, "56");
	CHECK_INT(epoll_events(level), EPOLLOUT);
	CHECK_ERR(write(to, "123456789", 9), EAGAIN);
	CHECK_INT(epoll_events(level), 0);
	CHECK_EVENTS(to, 0);
	CHECK_READ(from, "1234");
	CHECK_INT(epoll_events(level), 0);
	CHECK_READ(from, "56");
	CHECK_INT(epoll_events(level), EPOLLOUT);
	CHECK_WRITE(to, "123456789");

	/* A success ends that: from now on any room is enough. */
	CHECK_INT(epoll_events(level), EPOLLOUT);
	CHECK_ERR(write(to, "ab", 2), EAGAIN);
	CHECK_INT(epoll_events(level), 0);
	CHECK_WRITE(to, "a");
	CHECK_INT(epoll_events(level), 0);
	CHECK_READ(from, "123456789");
	CHECK_INT(epoll_events(level), EPOLLOUT);
	remove_queue(msqid);
}

/* The same for a batch, also for one that a signal or a deadline ended. */
CASE(refused_batch_does_not_spin)
{
	struct msgq_message entries[] = {
		{ .type = 1, .text = "12", .size = 2 },
		{ .type = 1, .text = "3456", .size = 4 },
	};
	int msqid, from, to, level;

	DEVICE_ONLY();
	msqid = queue_of(5);
	from = desc_reader(msqid, 0, 0);
	to = desc_writer(msqid, 1);
	level = desc_epoll(to, EPOLLOUT);
	CHECK_INT(msgq_sendv(to, entries, 2, &no_wait), 1);
	CHECK_INT(epoll_events(level), 0);
	CHECK_READ(from, "12");
	CHECK_INT(epoll_events(level), EPOLLOUT);
	CHECK_INT(msgq_sendv(to, &entries[1], 1, &no_wait), 1);
	CHECK_INT(epoll_events(level), EPOLLOUT);
	CHECK_READ(from, "3456");
	remove_queue(msqid);
}

/* The watch never wants more room than the queue has, even after IPC_SET. */
CASE(refused_write_too_large_for_the_queue)
{
	int msqid, from, to, level;

	DEVICE_ONLY();
	msqid = queue_of(10);
	from = desc_reader(msqid, 0, 0);
	to = desc_writer(msqid, 1);
	level = desc_epoll(to, EPOLLOUT);
	CHECK_WRITE(to, "12");
	CHECK_ERR(write(to, "123456789abc", 12), EAGAIN);
	CHECK_INT(epoll_events(level), 0);
	CHECK_READ(from, "12");
	CHECK_INT(epoll_events(level), EPOLLOUT);

	CHECK_WRITE(to, "12");
	CHECK_ERR(write(to, "123456789", 9), EAGAIN);
	CHECK_INT(epoll_events(level), 0);
	set_qbytes(msqid, 4);
	CHECK_INT(epoll_events(level), EPOLLOUT);
	remove_queue(msqid);
}

/* A queue with some room, an opening with a refused write, and a poller. */
static struct peer *poller_refused(int *msqid, int *to)
{
	struct peer *polls;

	*msqid = queue_of(10);
	*to = desc_writer(*msqid, 1);
	CHECK_WRITE(*to, "12");
	CHECK_ERR(write(*to, "123456789", 9), EAGAIN);
	polls = poller(*to, POLLOUT);
	CHECK_WAITS(polls);
	return polls;
}

/* A change of the limit by IPC_SET wakes a sleeping poller. */
CASE(set_wakes_pollers_for_room)
{
	struct peer *polls;
	int msqid, to;

	DEVICE_ONLY();
	polls = poller_refused(&msqid, &to);
	set_qbytes(msqid, 4);
	CHECK_ENDED(polls, POLLOUT);
	remove_queue(msqid);
}

/* A refused write of another thread does not keep a poller asleep for ever. */
CASE(success_wakes_pollers_for_room)
{
	struct peer *polls;
	int msqid, to;

	DEVICE_ONLY();
	polls = poller_refused(&msqid, &to);
	CHECK_WRITE(to, "3");
	CHECK_ENDED(polls, POLLOUT);
	remove_queue(msqid);
}

/* Changed from messages to room and back, a watch gets what it now wants. */
CASE(modified)
{
	struct epoll_event in = { .events = EPOLLIN };
	struct epoll_event out = { .events = EPOLLOUT };
	int msqid, fd, epoll;

	DEVICE_ONLY();
	msqid = queue_of(2);
	fd = open_as(msqid, DESC_BOTH, 0);
	epoll = desc_epoll(fd, EPOLLIN);
	CHECK_INT(epoll_events(epoll), 0);
	CHECK_WRITE(fd, "12");
	CHECK_INT(epoll_events(epoll), EPOLLIN);
	CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &out));
	CHECK_INT(epoll_events(epoll), 0);
	CHECK_READ(fd, "12");
	CHECK_INT(epoll_events(epoll), EPOLLOUT);
	CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &in));
	CHECK_INT(epoll_events(epoll), 0);
	CHECK_WRITE(fd, "3");
	CHECK_INT(epoll_events(epoll), EPOLLIN);
	remove_queue(msqid);
}

/* A watch for no events only reports the removal. */
CASE(removal_only)
{
	int msqid, fd, epoll;

	DEVICE_ONLY();
	msqid = queue_of(2);
	fd = open_as(msqid, DESC_BOTH, 0);
	epoll = desc_epoll(fd, 0);
	CHECK_WRITE(fd, "12");
	CHECK_READ(fd, "12");
	CHECK_INT(epoll_events(epoll), 0);
	remove_queue(msqid);
	CHECK_INT(epoll_events(epoll), EPOLLHUP | EPOLLERR);
}

#define MANY	200

/* More watches than are woken under one hold of the lock: all are woken. */
CASE(many_openings)
{
	struct epoll_event events[2 * MANY];
	int msqid, to, all, fds[MANY];

	DEVICE_ONLY();
	msqid = queue_of(4);
	to = desc_writer(msqid, 2);
	all = CHECK_OK(epoll_create1(0));
	for (int i = 0; i < MANY; i++) {
		struct epoll_event event = { .events = EPOLLIN | EPOLLET };

		/* Use each kind of rule. */
		fds[i] = i % 3 == 0 ? desc_reader(msqid, 2, 0) :
			 i % 3 == 1 ? desc_reader(msqid, 1, MSG_EXCEPT) :
				      desc_reader(msqid, -3 - i, 0);
		CHECK_OK(epoll_ctl(all, EPOLL_CTL_ADD, fds[i], &event));
	}
	for (int i = 0; i < 3; i++) {
		CHECK_WRITE(to, "x");
		CHECK_INT(epoll_wait(all, events, 2 * MANY, 0), MANY);
		CHECK_INT(epoll_wait(all, events, 2 * MANY, 0), 0);
	}
	remove_queue(msqid);
	CHECK_INT(epoll_wait(all, events, 2 * MANY, 0), MANY);
	for (int i = 0; i < MANY; i++)
		CHECK(events[i].events & EPOLLHUP);
}

/* All watch for room, and there is enough for all at once. */
CASE(many_openings_for_room)
{
	struct epoll_event events[2 * MANY];
	int msqid, all;

	DEVICE_ONLY();
	msqid = queue_of(4);
	CHECK_PUT(msqid, 1, "full");
	all = CHECK_OK(epoll_create1(0));
	for (int i = 0; i < MANY; i++) {
		struct epoll_event event = { .events = EPOLLOUT | EPOLLET };

		CHECK_OK(epoll_ctl(all, EPOLL_CTL_ADD, desc_writer(msqid, 1),
				   &event));
	}
	CHECK_INT(epoll_wait(all, events, 2 * MANY, 0), 0);
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_INT(epoll_wait(all, events, 2 * MANY, 0), MANY);
	CHECK_INT(epoll_wait(all, events, 2 * MANY, 0), 0);
	remove_queue(msqid);
}
