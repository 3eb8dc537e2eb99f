// SPDX-License-Identifier: MIT
/*
 * Counts wake-ups: all tasks with a reason to look are woken, and no others.
 *
 * An edge-triggered epoll reports each wake-up of a ready descriptor.  A task
 * that was woken without a reason has gone to sleep once more.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "desc_io.h"

#define MANY	1000

static void add(int epoll, int fd, unsigned int events, uint64_t number)
{
	struct epoll_event event = { .events = events, .data.u64 = number };

	CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

static void send_type(int msqid, long type)
{
	struct {
		long type;
		char text[1];
	} message = { type, { 'x' } };

	CHECK_OK(msgsnd(msqid, &message, 1, IPC_NOWAIT));
}

/* Watches with other rules, and one for each of the types. */
static const struct {
	long msgtyp;
	int msgflg;
} others[] = {
	{ 0, 0 }, { 500, MSG_EXCEPT }, { -300, 0 }, { LONG_MIN, 0 },
	{ 500, MSG_EXCEPT }, { 1, MSG_EXCEPT }, { -1, 0 },
	{ MANY, MSG_EXCEPT },
};

static bool meets(size_t other, long type)
{
	long msgtyp = others[other].msgtyp;

	if (others[other].msgflg)
		return type != msgtyp;
	return !msgtyp || (msgtyp < 0 && (msgtyp == LONG_MIN ||
					  type <= -msgtyp));
}

/*
 * All have a message to read, and this was reported: each wake-up is visible.
 */
CASE_SECONDS(edges, 24)
{
	static struct epoll_event events[2 * MANY];
	int msqid, epoll;

	DEVICE_ONLY();
	desc_allow(2 * MANY);
	msqid = make_queue();
	epoll = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	for (long type = 1; type <= MANY; type++) {
		send_type(msqid, type);
		add(epoll, desc_reader(msqid, type, 0), EPOLLIN | EPOLLET,
		    type);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		add(epoll, desc_reader(msqid, others[i].msgtyp,
				       others[i].msgflg),
		    EPOLLIN | EPOLLET, MANY + 1 + i);
	CHECK_INT(epoll_wait(epoll, events, 2 * MANY, 0),
		  MANY + ARRAY_SIZE(others));
	CHECK_INT(epoll_wait(epoll, events, 2 * MANY, 0), 0);

	for (int i = 0; i < MANY; i++) {
		long type = 1 + i * 377 % MANY;
		int count, expected = 1;
		bool own = false;

		send_type(msqid, type);
		for (size_t j = 0; j < ARRAY_SIZE(others); j++)
			expected += meets(j, type);
		count = CHECK_OK(epoll_wait(epoll, events, 2 * MANY, 0));
		CHECK_INT(count, expected);
		while (count--) {
			uint64_t number = events[count].data.u64;

			if (number == (uint64_t)type)
				own = true;
			else if (number <= MANY || !meets(number - MANY - 1,
							  type))
				FAIL("type %ld has woken number %llu", type,
				     (unsigned long long)number);
		}
		CHECK(own);
	}
	remove_queue(msqid);
}

static struct waiter {
	pthread_t thread;
	int fd;
	pid_t tid;
	int polled;			/* number of returns of poll */
	int got;			/* messages read since then */
	unsigned long asleep;
} waiters[MANY];

/* Poll for ever, and read the messages. */
static void *wait_and_read(void *arg)
{
	struct waiter *waiter = arg;
	struct pollfd entry = { .fd = waiter->fd, .events = POLLIN };
	char text[1];

	__atomic_store_n(&waiter->tid, syscall(SYS_gettid), __ATOMIC_RELEASE);
	while (poll(&entry, 1, -1) == 1 && entry.revents == POLLIN) {
		waiter->polled++;
		while (read(waiter->fd, text, 1) == 1)
			__atomic_add_fetch(&waiter->got, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static unsigned long asleep_of(struct waiter *waiter)
{
	pid_t tid;

	while (!(tid = __atomic_load_n(&waiter->tid, __ATOMIC_ACQUIRE)))
		usleep(1000);
	return times_asleep(tid);
}

static void start_waiters(int msqid)
{
	pthread_attr_t attributes;

	CHECK(!pthread_attr_init(&attributes));
	CHECK(!pthread_attr_setstacksize(&attributes, small_stack(65536)));
	for (int i = 0; i < MANY; i++) {
		waiters[i].fd = desc_reader(msqid, i + 1, 0);
		CHECK(!pthread_create(&waiters[i].thread, &attributes,
				      wait_and_read, &waiters[i]));
	}
	for (int i = 0; i < MANY; i++)
		waiters[i].asleep = asleep_of(&waiters[i]);
}

/* A thousand tasks block in poll, each for its own type. */
CASE_SECONDS(blocked, 48)
{
	unsigned long more;
	int msqid;

	DEVICE_ONLY();
	desc_allow(2 * MANY);
	msqid = make_queue();
	start_waiters(msqid);

	/* A message that no task waits for wakes no task. */
	send_type(msqid, MANY + 1);
	for (int i = 0; i < MANY; i++)
		CHECK_INT(asleep_of(&waiters[i]), waiters[i].asleep);

	/* One message each: each task is woken once, by its own message. */
	for (int i = 0; i < MANY; i++) {
		struct waiter *waiter = &waiters[i * 377 % MANY];

		send_type(msqid, 1 + i * 377 % MANY);
		while (!__atomic_load_n(&waiter->got, __ATOMIC_ACQUIRE))
			usleep(100);
	}
	for (int i = 0; i < MANY; i++) {
		more = asleep_of(&waiters[i]) - waiters[i].asleep;
		CHECK(more >= 1 && more <= (kernel_is_realtime() ? 4 : 1));
		CHECK_INT(waiters[i].polled, 1);
		CHECK_INT(waiters[i].got, 1);
	}
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_queue(msqid);
	for (int i = 0; i < MANY; i++)
		CHECK(!pthread_join(waiters[i].thread, NULL));
}

/* Room wakes the tasks for which it is enough. */
CASE(by_room)
{
	unsigned long asleep[10];
	struct peer *peers[10];
	int msqid;

	DEVICE_ONLY();
	msqid = queue_of(100);
	for (int i = 0; i < 10; i++)
		CHECK_PUT(msqid, 1, "0123456789");
	for (int i = 0; i < 10; i++) {
		peers[i] = poller(desc_room(msqid, 10 * i + 5), POLLOUT);
		CHECK_WAITS(peers[i]);
		asleep[i] = times_asleep(peers[i]->pid);
	}
	for (int i = 0; i < 10; i++) {
		CHECK_TAKE(msqid, 0, 0, 1, "0123456789");
		CHECK_ENDED(peers[i], POLLOUT);
		for (int j = i + 1; j < 10; j++)
			CHECK_INT(times_asleep(peers[j]->pid), asleep[j]);
	}
	remove_queue(msqid);
}

/* A message does not wake a poller for room, nor room a poller for messages. */
CASE(by_direction)
{
	struct peer *in, *out;
	unsigned long asleep;
	int msqid, fd;

	DEVICE_ONLY();
	msqid = queue_of(10);
	fd = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
	CHECK_WRITE(fd, "0123456");
	out = poller(desc_room(msqid, 10), POLLOUT);
	CHECK_WAITS(out);
	asleep = times_asleep(out->pid);
	CHECK_PUT(msqid, 99, "a");
	CHECK_PUT(msqid, 1, "b");
	CHECK_INT(times_asleep(out->pid), asleep);

	CHECK_READ(fd, "0123456");
	CHECK_INT(times_asleep(out->pid), asleep);
	in = poller(desc_room(msqid, 1), POLLIN);
	CHECK_ENDED(in, POLLIN);
	CHECK_TAKE(msqid, 99, 0, 99, "a");
	in = poller(desc_room(msqid, 10), POLLIN);
	CHECK_WAITS(in);
	asleep = times_asleep(in->pid);
	CHECK_READ(fd, "b");
	CHECK_ENDED(out, POLLOUT);
	CHECK_INT(times_asleep(in->pid), asleep);
	remove_queue(msqid);
}

/* A message handed to a receiver wakes no poller. */
CASE(not_by_what_is_handed_over)
{
	struct peer *polls, *receives;
	unsigned long asleep;
	int msqid;

	DEVICE_ONLY();
	msqid = make_queue();
	polls = poller(desc_reader(msqid, 0, 0), POLLIN);
	CHECK_WAITS(polls);
	asleep = times_asleep(polls->pid);
	receives = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(receives);
	CHECK_PUT(msqid, 1, "handed");
	CHECK_GOT(receives, 1, "handed");
	CHECK_INT(times_asleep(polls->pid), asleep);
	CHECK_PUT(msqid, 1, "seen");
	CHECK_ENDED(polls, POLLIN);
	remove_queue(msqid);
}

/* Room is reported once, until a write is refused again. */
CASE(room_told_once)
{
	struct epoll_event event;
	int msqid, fd, epoll;

	DEVICE_ONLY();
	msqid = queue_of(10);
	fd = desc_writer(msqid, 1);
	epoll = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	for (int i = 0; i < 10; i++)
		CHECK_WRITE(fd, "x");
	add(epoll, fd, EPOLLOUT | EPOLLET, 1);
	CHECK_INT(epoll_wait(epoll, &event, 1, 0), 0);
	CHECK_TAKE(msqid, 0, 0, 1, "x");
	CHECK_INT(epoll_wait(epoll, &event, 1, 0), 1);
	for (int i = 0; i < 9; i++) {
		CHECK_TAKE(msqid, 0, 0, 1, "x");
		CHECK_INT(epoll_wait(epoll, &event, 1, 0), 0);
	}
	remove_queue(msqid);
}

static long exclusive(struct peer *peer)
{
	int epoll = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	struct epoll_event event;

	add(epoll, peer->fd, EPOLLIN | EPOLLEXCLUSIVE, 1);
	return epoll_wait(epoll, &event, 1, -1);
}

static int count_ended(struct peer **peers, int count)
{
	int ended = 0;

	for (int i = 0; i < count; i++)
		ended += !!__atomic_load_n(&peers[i]->ret, __ATOMIC_ACQUIRE);
	return ended;
}

/* Each message wakes one of several tasks that wait by one descriptor. */
CASE(exclusively)
{
	struct peer *peers[6];
	int msqid, fd;

	DEVICE_ONLY();
	msqid = make_queue();
	fd = desc_reader(msqid, 0, 0);
	for (int i = 0; i < 6; i++) {
		peers[i] = peer_start(&(struct peer){ .call = exclusive,
						      .fd = fd });
		CHECK_WAITS(peers[i]);
		wait_asleep(peers[i]->pid);
	}
	for (int i = 1; i <= 6; i++) {
		CHECK_PUT(msqid, 1, "x");
		while (count_ended(peers, 6) < i)
			usleep(1000);
		/* The others sleep on, so no more events follow. */
		for (int j = 0; j < 6; j++)
			if (!__atomic_load_n(&peers[j]->ret, __ATOMIC_ACQUIRE))
				CHECK_WAITS(peers[j]);
		CHECK_INT(count_ended(peers, 6), i);
	}
	for (int i = 0; i < 6; i++)
		CHECK_ENDED(peers[i], 1);
	remove_queue(msqid);
}
