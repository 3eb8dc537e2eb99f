// SPDX-License-Identifier: MIT
/*
 * desc_chaos.c - those who send and those who claim are killed at any instant,
 * and nothing is lost
 *
 * Each try to send a message has a number, and what has become of it is written
 * down in memory that all share, before and after each call.  Two things alone
 * stay unknown: whether a send or an acknowledgement came about whose caller
 * was killed in it.  Every other message that was accepted has been
 * acknowledged once, or is on the queue.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/desc_claims.h"
#include "common/fuzz_make.h"
#include "common/peer.h"

#define NUMBERS		40000
#define SENDERS		4
#define CLAIMERS	6
#define PEOPLE		(SENDERS + CLAIMERS)
#define MOST		12		/* in a batch */
#define QBYTES		4000
#define SECONDS		20
#define LEAST		20		/* are killed, however slow it is */

enum fate { DRAWN, SENDING, ACCEPTED, REFUSED };

/* Of one message. */
struct record {
	unsigned char fate;
	unsigned char ending;		/* acknowledgements on their way */
	unsigned char ended;
	unsigned char found;		/* at last, on the queue */
	unsigned int deliveries;
};

static struct {
	unsigned int drawn;
	unsigned int claims;
	unsigned int acknowledged;
	struct record records[NUMBERS];
} *books;

static int msqid;
static int shared_fd;
static uint64_t limit;
static struct fuzz_random numbers;
static struct batch batch;

/* The number lies in the text, as the first four bytes. */
static void write_message(struct msgq_entry *entry, unsigned char *text,
			  uint32_t number)
{
	entry->type = numbered_type(number);
	entry->size = numbered_size(number);
	entry->text = raw_address(text);
	raw_fill(text, entry->size, number);
	memcpy(text, &number, sizeof(number));
}

static uint32_t read_message(const struct msgq_entry *entry)
{
	const unsigned char *text = (const void *)(uintptr_t)entry->text;
	unsigned char expected[NUMBERED_LONGEST];
	uint32_t number;

	memcpy(&number, text, sizeof(number));
	if (number >= NUMBERS || entry->size != numbered_size(number) ||
	    entry->type != numbered_type(number))
		FAIL("a message of type %lld and %u bytes that nobody sent",
		     (long long)entry->type, entry->size);
	raw_fill(expected, entry->size, number);
	memcpy(expected, &number, sizeof(number));
	CHECK(!memcmp(expected, text, entry->size));
	return number;
}

static void set(unsigned char *field, unsigned char value)
{
	__atomic_store_n(field, value, __ATOMIC_SEQ_CST);
}

static struct msgq_how for_a_moment(void)
{
	struct msgq_how how = { .clock = CLOCK_MONOTONIC };

	how.deadline = now(CLOCK_MONOTONIC) +
		       fuzz_below(&numbers, 20 * MILLISECOND);
	return how;
}

static bool more_to_send(void)
{
	return __atomic_load_n(&books->drawn, __ATOMIC_RELAXED) <
	       NUMBERS - PEOPLE * MOST;
}

static void send_some(int fd)
{
	unsigned int count = 1 + fuzz_below(&numbers, MOST);
	struct msgq_how how = for_a_moment();
	unsigned int first;
	int sent;

	if (!more_to_send()) {
		pause();
		return;
	}
	how.least = fuzz_below(&numbers, count + 1);
	first = __atomic_fetch_add(&books->drawn, count, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < count; i++) {
		write_message(&batch.entries[i], batch.texts[i], first + i);
		set(&books->records[first + i].fate, SENDING);
	}
	sent = msgq_sendv(fd, batch.entries, count, &how);
	if (sent < 0)
		CHECK(errno == EAGAIN || errno == ETIMEDOUT);
	for (unsigned int i = 0; i < count; i++)
		set(&books->records[first + i].fate,
		    (int)i < sent ? ACCEPTED : REFUSED);
}

/* How often it has been delivered grows; unless it may be released meanwhile. */
static void note_delivery(uint32_t number, unsigned int deliveries)
{
	struct record *record = &books->records[number];
	unsigned int before;

	before = __atomic_exchange_n(&record->deliveries, deliveries,
				     __ATOMIC_SEQ_CST);
	CHECK(deliveries >= 1);
	if (!limit && deliveries <= before)
		FAIL("message %u: delivery %u comes after delivery %u", number,
		     deliveries, before);
}

static void acknowledge(int fd, const struct msgq_entry *entry)
{
	struct record *record = &books->records[read_message(entry)];
	int done;

	__atomic_add_fetch(&record->ending, 1, __ATOMIC_SEQ_CST);
	done = settle_one(fd, entry->token, false);
	if (done == 1) {
		/* Twice would be once too often. */
		__atomic_add_fetch(&record->ended, 1, __ATOMIC_SEQ_CST);
		__atomic_add_fetch(&books->acknowledged, 1, __ATOMIC_RELAXED);
	} else {
		CHECK(limit);
		CHECK_ERR(done, ENOENT);
	}
	__atomic_sub_fetch(&record->ending, 1, __ATOMIC_SEQ_CST);
}

static void claim_some(int *fd)
{
	unsigned int count = 1 + fuzz_below(&numbers, MOST);
	const struct msgq_how how = for_a_moment();
	int got;

	batch_clean(&batch, count);
	got = msgq_claimv(*fd, batch.entries, count,
			  fuzz_once_in(&numbers, 3) ?
			  (long)fuzz_below(&numbers, 9) - 4 : 0, &how);
	if (got < 0)
		CHECK(errno == ENOMSG || errno == ETIMEDOUT);
	for (int i = 0; i < got; i++) {
		note_delivery(read_message(&batch.entries[i]),
			      batch.entries[i].deliveries);
		__atomic_add_fetch(&books->claims, 1, __ATOMIC_RELAXED);
	}
	for (int i = 0; i < got; i++) {
		if (!fuzz_once_in(&numbers, 4))
			acknowledge(*fd, &batch.entries[i]);
		else if (!fuzz_once_in(&numbers, 3))
			settle_one(*fd, batch.entries[i].token, true);
		/* Else it is kept, until whatever ends it. */
	}
	if (*fd != shared_fd && fuzz_once_in(&numbers, 16)) {
		CHECK_OK(close(*fd));
		*fd = open_as(msqid, MSGQ_OPEN_READ, limit);
	}
	/* A child that has the file is of no consequence. */
	if (fuzz_once_in(&numbers, 64) && !CHECK_OK(fork())) {
		sleep_until(now(CLOCK_MONOTONIC) + 50 * MILLISECOND);
		_exit(0);
	}
}

static void live(unsigned int place)
{
	int fd = shared_fd;

	if (place < SENDERS)
		for (;;)
			send_some(fd);
	if (place % 2)
		fd = open_as(msqid, MSGQ_OPEN_READ, limit);
	while (!fuzz_once_in(&numbers, 300))
		claim_some(&fd);
	_exit(0);
}

static pid_t start(unsigned int place, uint64_t seed)
{
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		signal(SIGCHLD, SIG_IGN);
		fuzz_seed(&numbers, seed);
		live(place);
	}
	return pid;
}

static void await_end(pid_t pid)
{
	int status;

	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGKILL : !status);
}

/* Kill one after the other, until all numbers are drawn or time is over. */
static unsigned int storm(uint64_t seed)
{
	uint64_t until = now(CLOCK_MONOTONIC) + SECONDS * SECOND;
	unsigned int killed = 0, place;
	pid_t people[PEOPLE];

	for (place = 0; place < PEOPLE; place++)
		people[place] = start(place, seed + place);
	while ((now(CLOCK_MONOTONIC) < until || killed < LEAST) &&
	       more_to_send()) {
		sleep_until(now(CLOCK_MONOTONIC) +
			    fuzz_below(&numbers, 10 * MILLISECOND));
		place = fuzz_below(&numbers, PEOPLE);
		CHECK_OK(kill(people[place], SIGKILL));
		await_end(people[place]);
		killed++;
		people[place] = start(place, seed + PEOPLE + killed);
	}
	for (place = 0; place < PEOPLE; place++) {
		CHECK_OK(kill(people[place], SIGKILL));
		await_end(people[place]);
	}
	return killed;
}

static void find_the_rest(void)
{
	const struct msgq_how how = { .msgflg = IPC_NOWAIT };
	int got;

	/* Even where a child has the file, and where time is not over. */
	CHECK_INT(state_of_queue(msqid).claimed, 0);
	CHECK_INT(state_of_queue(msqid).receivers, 0);
	CHECK_INT(state_of_queue(msqid).senders, 0);
	for (;;) {
		batch_clean(&batch, MOST);
		got = msgq_recvv(shared_fd, batch.entries, MOST, 0, &how);
		if (got < 0)
			break;
		for (int i = 0; i < got; i++)
			books->records[read_message(&batch.entries[i])].found++;
	}
	CHECK_INT(errno, ENOMSG);
	CHECK_STATE(msqid, 0, 0);
}

static void verify(void)
{
	unsigned int unknown = 0;

	for (unsigned int i = 0; i < books->drawn; i++) {
		const struct record *record = &books->records[i];
		unsigned int there = record->found + record->ended;
		bool maybe = record->fate == SENDING || record->ending;

		unknown += maybe;
		if (there > 1)
			FAIL("message %u: on the queue %u times, acknowledged %u times",
			     i, record->found, record->ended);
		if (!maybe && there != (record->fate == ACCEPTED))
			FAIL("message %u: fate %u, and is there %u times", i,
			     record->fate, there);
	}
	printf("# %u unknown of all messages\n", unknown);
}

static void chaos(uint64_t time_limit)
{
	const char *given = getenv("MSGQ_CHAOS_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 10) :
				(uint64_t)time(NULL);
	unsigned int killed;

	printf("# seed %llu\n", (unsigned long long)seed);
	fflush(stdout);
	limit = time_limit;
	fuzz_seed(&numbers, seed);
	books = raw_memory(sizeof(*books));
	memset(books, 0, sizeof(*books));
	msqid = queue_of(QBYTES);
	shared_fd = open_as(msqid, MSGQ_OPEN_READ | MSGQ_OPEN_WRITE, limit);
	killed = storm(seed * 100000);
	find_the_rest();
	verify();
	printf("# %u messages drawn, %u claims, %u acknowledged, %u killed\n",
	       books->drawn, books->claims, books->acknowledged, killed);
	fflush(stdout);
	CHECK(books->acknowledged);
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
	nothing_left();
}

CASE_SECONDS(killed_at_any_instant, 120)
{
	chaos(0);
}

CASE_SECONDS(killed_with_a_time_limit, 120)
{
	chaos(3 * MILLISECOND);
}
