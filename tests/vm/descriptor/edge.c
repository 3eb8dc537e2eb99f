// SPDX-License-Identifier: MIT
/*
 * An edge-triggered loop never hangs: writers write until there is no room and
 * wait for EPOLLOUT, readers read until it is empty and wait for EPOLLIN, all
 * with EPOLLET, and every message arrives.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "desc_io.h"
#include "fault_raw.h"
#include "fuzz_make.h"

#define WRITERS		4
#define READERS		4
#define EACH		1500		/* messages per writer */
#define LONGEST		200
#define ROOM		300		/* bytes of the queue */

/* The state that all processes share. */
static struct {
	unsigned int received;
	unsigned int full;
	unsigned int empty;
	unsigned char seen[WRITERS * EACH];
} *world;

/* The kinds of descriptors. */
struct plan {
	const char *name;
	bool shared;			/* by all writers, or all readers */
	bool batches;
	size_t room;
	/* The rules of the readers. */
	struct {
		long msgtyp;
		int msgflg;
	} rules[READERS];
};

/* Writer i writes type i + 1. */
static const struct plan plans[] = {
	{ "own, by type", false, false, 0,
	  { { 1, 0 }, { 2, 0 }, { 3, 0 }, { 4, 0 } } },
	{ "own, by many rules", false, false, 0,
	  { { 0, 0 }, { -2, 0 }, { 2, MSG_EXCEPT }, { 1, 0 } } },
	{ "own, room for the longest", false, false, LONGEST,
	  { { 0, 0 }, { 0, 0 }, { -4, 0 }, { 0, 0 } } },
	{ "shared", true, false, 0, { { 0, 0 } } },
	{ "own, batches", false, true, 0,
	  { { 0, 0 }, { -4, 0 }, { 5, MSG_EXCEPT }, { 0, 0 } } },
};

static void count(unsigned int *what)
{
	__atomic_add_fetch(what, 1, __ATOMIC_RELAXED);
}

static unsigned int received(void)
{
	return __atomic_load_n(&world->received, __ATOMIC_ACQUIRE);
}

/* Wait for events, which must come in bounded time. */
static unsigned int await(int epoll, const char *who, unsigned int done)
{
	struct epoll_event event;
	int ready = CHECK_OK(epoll_wait(epoll, &event, 1, 1000 * PATIENCE));

	if (!ready)
		FAIL("%s hangs after %u; %u were received", who, done,
		     received());
	return event.events;
}

static size_t size_of(struct fuzz_random *random)
{
	switch (fuzz_below(random, 4)) {
	case 0:
		return 4;
	case 1:
		return LONGEST;
	default:
		return 4 + fuzz_below(random, LONGEST - 3);
	}
}

static bool send_batch(int fd, long type, size_t size,
		       const unsigned char *text)
{
	const struct msgq_how no_wait = { .msgflg = IPC_NOWAIT };
	struct msgq_message entry = {
		.type = type,
		.text = (void *)text,
		.size = size,
	};
	int sent = msgq_sendv(fd, &entry, 1, &no_wait);

	if (sent < 0)
		CHECK_INT(errno, EAGAIN);
	else
		CHECK_INT(sent, 1);
	return sent > 0;
}

static bool send_one(const struct plan *plan, int fd, unsigned int number,
		     size_t size)
{
	unsigned char text[LONGEST];
	ssize_t ret;

	raw_fill(text, size, number);
	memcpy(text, &number, 4);
	if (plan->batches)
		return send_batch(fd, 1 + number / EACH, size, text);
	ret = write(fd, text, size);
	if (ret < 0)
		CHECK_INT(errno, EAGAIN);
	else
		CHECK_INT(ret, size);
	return ret >= 0;
}

static void write_all(const struct plan *plan, int fd, unsigned int writer)
{
	int epoll = desc_epoll(fd, EPOLLOUT | EPOLLET);
	struct fuzz_random random;

	fuzz_seed(&random, writer);
	for (unsigned int i = 0; i < EACH; i++) {
		size_t size = size_of(&random);

		while (!send_one(plan, fd, writer * EACH + i, size)) {
			count(&world->full);
			await(epoll, "a writer", i);
		}
	}
	_exit(0);
}

static void note(unsigned char *text, size_t size)
{
	unsigned char copy[LONGEST];
	unsigned int number;

	CHECK(size >= 4 && size <= LONGEST);
	memcpy(&number, text, 4);
	CHECK(number < WRITERS * EACH);
	raw_fill(copy, size, number);
	CHECK(!memcmp(copy + 4, text + 4, size - 4));
	CHECK_INT(__atomic_exchange_n(&world->seen[number], 1,
				      __ATOMIC_RELAXED), 0);
	__atomic_add_fetch(&world->received, 1, __ATOMIC_RELEASE);
}

/* Read as many messages as there are. */
static void read_some(int fd)
{
	unsigned char text[LONGEST];
	ssize_t size;

	while ((size = read(fd, text, sizeof(text))) >= 0)
		note(text, size);
	CHECK(errno == EAGAIN || errno == EIDRM);
}

static void receive_some(int fd, const struct plan *plan, unsigned int reader)
{
	unsigned char texts[3][LONGEST];
	struct msgq_message entries[3];
	int got;

	do {
		for (int i = 0; i < 3; i++)
			entries[i] = (struct msgq_message){
				.text = texts[i],
				.size = LONGEST,
			};
		got = msgq_recvv(fd, entries, 3, plan->rules[reader].msgtyp,
				 &(struct msgq_how){
					.msgflg = IPC_NOWAIT |
						  plan->rules[reader].msgflg });
		for (int i = 0; i < got; i++)
			note(texts[i], entries[i].size);
	} while (got > 0);
	CHECK(errno == ENOMSG || errno == EIDRM);
}

static void read_all(const struct plan *plan, int fd, unsigned int reader)
{
	int epoll = desc_epoll(fd, EPOLLIN | EPOLLET);

	while (!(await(epoll, "a reader", received()) & EPOLLHUP)) {
		count(&world->empty);
		if (plan->batches)
			receive_some(fd, plan, reader);
		else
			read_some(fd);
	}
	_exit(0);
}

static int reader_fd(const struct plan *plan, int msqid, unsigned int reader)
{
	return desc_reader(msqid, plan->rules[reader].msgtyp,
			   plan->rules[reader].msgflg);
}

static int writer_fd(const struct plan *plan, int msqid, unsigned int writer)
{
	const struct msgq_open how = {
		.name = msqid,
		.flags = MSGQ_OPEN_WRITE | MSGQ_OPEN_NONBLOCK,
		.type = writer + 1,
		.room = plan->room,
	};

	return CHECK_OK(desc_open(&how));
}

static void await_all(const struct plan *plan)
{
	unsigned int before = 0, now, still = 0;

	while ((now = received()) < WRITERS * EACH) {
		still = now == before ? still + 1 : 0;
		before = now;
		if (still > 1000 * PATIENCE)
			FAIL("%s: only %u have arrived", plan->name, now);
		usleep(1000);
	}
}

static void run(const struct plan *plan)
{
	pid_t pids[WRITERS + READERS];
	int msqid, to = -1, from = -1;

	DEVICE_ONLY();
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(world != MAP_FAILED);
	msqid = queue_of(ROOM);
	if (plan->shared) {
		to = writer_fd(plan, msqid, 0);
		from = reader_fd(plan, msqid, 0);
	}
	for (unsigned int i = 0; i < READERS; i++) {
		pids[i] = CHECK_OK(fork());
		if (!pids[i])
			read_all(plan, from < 0 ? reader_fd(plan, msqid, i) :
						  from, i);
	}
	for (unsigned int i = 0; i < WRITERS; i++) {
		pids[READERS + i] = CHECK_OK(fork());
		if (!pids[READERS + i])
			write_all(plan, to < 0 ? writer_fd(plan, msqid, i) :
						 to, i);
	}
	for (unsigned int i = 0; i < WRITERS; i++)
		child_passed(pids[READERS + i]);
	await_all(plan);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
	for (unsigned int i = 0; i < READERS; i++)
		child_passed(pids[i]);
	/* The queue was full and empty often enough. */
	CHECK(world->full > 10 && world->empty > 10);
}

CASE_SECONDS(by_type, 60)
{
	run(&plans[0]);
}

CASE_SECONDS(by_many_rules, 60)
{
	run(&plans[1]);
}

CASE_SECONDS(room_for_the_longest, 60)
{
	run(&plans[2]);
}

CASE_SECONDS(shared, 60)
{
	run(&plans[3]);
}

CASE_SECONDS(batches, 60)
{
	run(&plans[4]);
}
