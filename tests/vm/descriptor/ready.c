// SPDX-License-Identifier: MIT
/*
 * Readiness never lies: over random histories, poll(2) agrees for each
 * descriptor with the next call that does not wait, and with epoll(7), which
 * only looks again at descriptors that were woken.
 *
 * Each way to open is opened twice.  One is watched by epoll alone, so that
 * only a wake-up makes it look; its twin is polled and called.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "desc_io.h"
#include "fuzz_make.h"

#define QUEUES		2
#define KINDS		12
#define CLAIMS		16
#define STEPS		20000

/* The ways to open a queue; each queue is opened in all of them. */
static const struct {
	unsigned int flags;
	long msgtyp;
	int msgflg;
	size_t room;
} kinds[KINDS] = {
	{ MSGQ_OPEN_READ, 0, 0, 0 },
	{ MSGQ_OPEN_READ, 1, 0, 0 },
	{ MSGQ_OPEN_READ, 3, 0, 0 },
	{ MSGQ_OPEN_READ, 2, MSG_EXCEPT, 0 },
	{ MSGQ_OPEN_READ, LONG_MAX, MSG_EXCEPT, 0 },
	{ MSGQ_OPEN_READ, -2, 0, 0 },
	{ MSGQ_OPEN_READ, LONG_MIN, 0, 0 },
	{ MSGQ_OPEN_WRITE, 0, 0, 0 },
	{ MSGQ_OPEN_WRITE, 0, 0, 7 },
	{ MSGQ_OPEN_WRITE, 0, 0, 30 },
	{ DESC_BOTH, 2, 0, 12 },
	{ DESC_BOTH, -3, MSG_NOERROR, 1 },
};

static const long types[] = { 1, 2, 3, 4, LONG_MAX };

static struct {
	struct fuzz_random random;
	int msqids[QUEUES];
	int watched[QUEUES][KINDS];
	int twins[QUEUES][KINDS];
	int epoll;
	struct {
		int fd;
		uint64_t token;
	} claims[CLAIMS];
	unsigned long long seed;
	unsigned int step;
	unsigned int ready;
	unsigned int not_ready;
} test;

static const struct msgq_how no_wait = { .msgflg = IPC_NOWAIT };

static unsigned int below(unsigned int bound)
{
	return fuzz_below(&test.random, bound);
}

static size_t room_of(unsigned int kind)
{
	return kinds[kind].room ? kinds[kind].room : 1;
}

static int open_kind(int msqid, unsigned int kind)
{
	const struct msgq_open how = {
		.name = msqid,
		.flags = kinds[kind].flags | MSGQ_OPEN_NONBLOCK,
		.msgflg = kinds[kind].msgflg,
		.msgtyp = kinds[kind].msgtyp == LONG_MIN ?
			  INT64_MIN : kinds[kind].msgtyp,
		.type = types[below(ARRAY_SIZE(types))],
		.room = kinds[kind].room,
	};

	return CHECK_OK(desc_open(&how));
}

static void open_all(unsigned int queue)
{
	test.msqids[queue] = queue_of(60);
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		struct epoll_event event = {
			.events = EPOLLIN | EPOLLOUT,
			.data.u32 = queue * KINDS + kind,
		};
		int fd = open_kind(test.msqids[queue], kind);

		test.watched[queue][kind] = fd;
		test.twins[queue][kind] = open_kind(test.msqids[queue], kind);
		CHECK_OK(epoll_ctl(test.epoll, EPOLL_CTL_ADD, fd, &event));
	}
}

/* The claims by the descriptors of a queue have ended. */
static void forget_claims(unsigned int queue)
{
	for (unsigned int i = 0; i < CLAIMS; i++)
		for (unsigned int kind = 0; kind < KINDS; kind++)
			if (test.claims[i].fd == test.twins[queue][kind])
				test.claims[i].token = 0;
}

static void close_all(unsigned int queue)
{
	forget_claims(queue);
	for (unsigned int kind = 0; kind < KINDS; kind++) {
		close(test.watched[queue][kind]);
		close(test.twins[queue][kind]);
	}
}

/* The events of a history. */

static void send_some(int msqid)
{
	struct {
		long type;
		char text[40];
	} message = { types[below(ARRAY_SIZE(types))], "" };

	if (msgsnd(msqid, &message, below(below(3) ? 10 : 41), IPC_NOWAIT))
		CHECK_INT(errno, EAGAIN);
}

static void receive_some(int msqid)
{
	struct {
		long type;
		char text[100];
	} message;
	long rule = (long)below(9) - 4;
	int flags = IPC_NOWAIT | (below(2) ? MSG_EXCEPT : 0);

	if (msgrcv(msqid, &message, below(4) ? 100 : 5, rule, flags) < 0)
		CHECK(errno == ENOMSG || errno == E2BIG);
}

/* Receive to a bad buffer: a message is taken for a moment, and put back. */
static void fail_to_receive(int msqid)
{
	if (msgrcv(msqid, desc_nowhere(), 100, (long)below(5) - 2,
		   IPC_NOWAIT) < 0)
		CHECK(errno == ENOMSG || errno == EFAULT);
}

static void claim_some(unsigned int queue)
{
	unsigned int free = below(CLAIMS);
	int fd = test.twins[queue][below(KINDS)];
	char text[100];
	struct msgq_message entry = { .text = text,
				    .size = sizeof(text) };

	if (test.claims[free].token)
		return;
	if (msgq_claimv(fd, &entry, 1, (long)below(7) - 3, &no_wait) < 0) {
		CHECK(errno == ENOMSG || errno == EBADF);
		return;
	}
	test.claims[free].fd = fd;
	test.claims[free].token = entry.token;
}

static void settle_some(void)
{
	unsigned int i = below(CLAIMS);
	uint64_t token = test.claims[i].token;

	if (!token)
		return;
	test.claims[i].token = 0;
	CHECK_INT(below(2) ? msgq_release(test.claims[i].fd, &token, 1) :
			     msgq_acknowledge(test.claims[i].fd, &token, 1),
		  1);
}

/* Open a descriptor again, which releases its claims. */
static void reopen(unsigned int queue)
{
	unsigned int kind = below(KINDS);
	int fd = test.twins[queue][kind];

	for (unsigned int i = 0; i < CLAIMS; i++)
		if (test.claims[i].fd == fd)
			test.claims[i].token = 0;
	close(fd);
	test.twins[queue][kind] = open_kind(test.msqids[queue], kind);
}

static void change_limits(int msqid)
{
	if (below(2))
		set_qbytes(msqid, below(2) ? 60 : below(80));
	else
		limit_set("msgtql", below(2) ? 1000 : below(16));
}

static void something_happens(void)
{
	unsigned int queue = below(QUEUES);
	int msqid = test.msqids[queue];

	switch (below(20)) {
	case 0: case 1: case 2: case 3: case 4: case 5:
		send_some(msqid);
		break;
	case 6: case 7: case 8: case 9: case 10:
		receive_some(msqid);
		break;
	case 11: case 12:
		claim_some(queue);
		break;
	case 13: case 14:
		settle_some();
		break;
	case 15:
		fail_to_receive(msqid);
		break;
	case 16:
		reopen(queue);
		break;
	case 17: case 18:
		change_limits(msqid);
		break;
	default:
		if (below(10))
			break;
		remove_queue(msqid);
		for (unsigned int kind = 0; kind < KINDS; kind++)
			CHECK_EVENTS(test.twins[queue][kind],
				     POLLHUP | POLLERR);
		close_all(queue);
		open_all(queue);
	}
}

/* The checks. */

static void differs(unsigned int queue, unsigned int kind, const char *who,
		    int said, const char *call, long ret)
{
	FAIL("seed %llu, step %u, queue %u, kind %u: %s says %#x, but %s %ld",
	     test.seed, test.step, queue, kind, who, said, call, ret);
}

/* A claim shows whether a read would succeed, and can be released. */
static void check_read(unsigned int queue, unsigned int kind, int revents)
{
	int fd = test.twins[queue][kind];
	char text[100];
	struct msgq_message entry = { .text = text,
				    .size = sizeof(text) };
	uint64_t token;
	long ret;

	if (!below(8)) {
		ret = read(fd, text, sizeof(text));
		if ((ret >= 0) != !!(revents & POLLIN) ||
		    (ret < 0 && errno != EAGAIN))
			differs(queue, kind, "poll", revents, "read", ret);
		return;
	}
	ret = msgq_claimv(fd, &entry, 1, kinds[kind].msgtyp,
			  &(struct msgq_how){ .msgflg = IPC_NOWAIT |
					      kinds[kind].msgflg });
	if ((ret == 1) != !!(revents & POLLIN))
		differs(queue, kind, "poll", revents, "claim", ret);
	if (ret < 0)
		return;
	token = entry.token;
	CHECK_INT(msgq_release(fd, &token, 1), 1);
}

static void check_write(unsigned int queue, unsigned int kind, int revents)
{
	static const char text[40];
	long ret = write(test.twins[queue][kind], text, room_of(kind));

	if ((ret >= 0) != !!(revents & POLLOUT) || (ret < 0 && errno != EAGAIN))
		differs(queue, kind, "poll", revents, "write", ret);
}

/* Get the events of epoll for all descriptors, each at its place. */
static void ask_epoll(int said[QUEUES][KINDS])
{
	struct epoll_event events[QUEUES * KINDS];
	int count = CHECK_OK(epoll_wait(test.epoll, events, QUEUES * KINDS, 0));

	memset(said, 0, QUEUES * sizeof(*said));
	while (count--) {
		unsigned int place = events[count].data.u32;

		said[place / KINDS][place % KINDS] = events[count].events;
	}
}

static void check_all(void)
{
	static int said[QUEUES][KINDS];
	unsigned int queue, kind;

	ask_epoll(said);
	for (queue = 0; queue < QUEUES; queue++) {
		for (kind = 0; kind < KINDS; kind++) {
			int revents = desc_revents(test.twins[queue][kind]) &
				      (POLLIN | POLLOUT | POLLHUP | POLLERR);

			if (said[queue][kind] != revents)
				differs(queue, kind, "epoll",
					said[queue][kind], "poll", revents);
			if (revents)
				test.ready++;
			else
				test.not_ready++;
		}
	}

	queue = below(QUEUES);
	kind = below(KINDS);
	if (kinds[kind].flags & MSGQ_OPEN_READ)
		check_read(queue, kind,
			   desc_revents(test.twins[queue][kind]));
	if (kinds[kind].flags & MSGQ_OPEN_WRITE)
		check_write(queue, kind,
			    desc_revents(test.twins[queue][kind]));
}

static void history(unsigned int most_between)
{
	const char *given = getenv("MSGQ_FUZZ_SEED");
	struct timespec now;

	DEVICE_ONLY();
	clock_gettime(CLOCK_REALTIME, &now);
	test.seed = given ? strtoull(given, NULL, 10) :
			    (unsigned long long)now.tv_sec * 1000 +
			    now.tv_nsec / 1000000;
	printf("# seed %llu\n", test.seed);
	fflush(stdout);
	fuzz_seed(&test.random, test.seed);

	limit_set("msgtql", 1000);
	test.epoll = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	for (unsigned int queue = 0; queue < QUEUES; queue++)
		open_all(queue);
	for (test.step = 0; test.step < STEPS / most_between; test.step++) {
		for (unsigned int i = 1 + below(most_between); i; i--)
			something_happens();
		check_all();
	}
	for (unsigned int queue = 0; queue < QUEUES; queue++)
		remove_queue(test.msqids[queue]);
	/* Descriptors must have been both ready and not ready often enough. */
	CHECK(test.ready > test.step && test.not_ready > test.step);
}

/* Check after each event. */
CASE_SECONDS(each_step, 48)
{
	history(1);
}

/* Check now and then, so that one wake-up follows another. */
CASE_SECONDS(many_steps, 48)
{
	history(12);
}
