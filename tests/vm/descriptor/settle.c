// SPDX-License-Identifier: MIT
/*
 * settle.c - how claims end: tokens, and time limits
 */
#define _GNU_SOURCE
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "desc_calls.h"
#include "fault_raw.h"

static struct batch batch;
static uint64_t tokens[MSGQ_BATCH_MOST + 1];
static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };

static void claim_many(int fd, unsigned int count)
{
	batch_clean(&batch, count);
	CHECK_INT(msgq_claimv(fd, batch.entries, count, 0, &at_once), count);
	for (unsigned int i = 0; i < count; i++)
		tokens[i] = batch.entries[i].token;
}

static void no_claim(int fd, uint64_t token)
{
	CHECK_ERR(settle_one(fd, token, false), ENOENT);
	CHECK_ERR(settle_one(fd, token, true), ENOENT);
}

CASE(unknown_tokens)
{
	int msqid = make_queue();
	int fd = open_queue(msqid), other = open_queue(msqid);
	uint64_t token;

	no_claim(fd, 0);
	no_claim(fd, 1);
	no_claim(fd, UINT64_MAX);
	CHECK_PUT(msqid, 1, "text");
	token = CLAIM(fd, 0, 1, "text", 1);
	no_claim(fd, token + 1);
	no_claim(fd, token - 1);
	no_claim(fd, token + (1ULL << 32));
	no_claim(other, token);
	CHECK_STATE(msqid, 1, 1);
	RELEASE(fd, token);
	no_claim(fd, token);
	CHECK_STATE(msqid, 1, 0);

	/* A new claim has a new token. */
	CHECK(CLAIM(fd, 0, 1, "text", 2) != token);
	no_claim(fd, token);
	CHECK_STATE(msqid, 1, 1);
	remove_queue(msqid);
}

CASE(used_twice)
{
	int msqid = make_queue();
	int fd = open_queue(msqid);
	uint64_t token;

	CHECK_PUT(msqid, 1, "text");
	CHECK_PUT(msqid, 1, "next");
	token = CLAIM(fd, 0, 1, "text", 1);
	ACKNOWLEDGE(fd, token);
	no_claim(fd, token);

	/* The same in one call. */
	tokens[0] = CLAIM(fd, 0, 1, "next", 1);
	tokens[1] = tokens[0];
	CHECK_INT(msgq_release(fd, tokens, 2), 1);
	CHECK_STATE(msqid, 1, 0);
	remove_queue(msqid);
}

/* Claims belong to an opening: any descriptor of it can settle them. */
CASE(by_another_descriptor)
{
	int msqid = make_queue();
	int fd = open_queue(msqid);
	int copy = CHECK_OK(dup(fd));
	uint64_t token;

	CHECK_PUT(msqid, 1, "text");
	token = CLAIM(fd, 0, 1, "text", 1);
	RELEASE(copy, token);
	token = CLAIM(copy, 0, 1, "text", 2);
	CHECK_OK(close(copy));
	ACKNOWLEDGE(fd, token);
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

/* A call stops at the first bad token; those behind it stay claimed. */
CASE(stops_in_the_middle)
{
	enum { ALL = 70 };
	int msqid = queue_of(65536);
	int fd = open_queue(msqid);

	for (unsigned int i = 0; i < ALL; i++) {
		put_numbered(msqid, 0, ALL);
		claim_many(fd, ALL);
		tokens[i] += 1ULL << 40;
		if (i)
			CHECK_INT(msgq_acknowledge(fd, tokens, ALL), i);
		else
			CHECK_ERR(msgq_acknowledge(fd, tokens, ALL), ENOENT);
		CHECK_STATE(msqid, ALL - i, ALL - i);
		tokens[i] -= 1ULL << 40;
		CHECK_INT(msgq_release(fd, tokens + i, ALL - i), ALL - i);
		CHECK_DRAIN(msqid, i, ALL - i);
	}
	remove_queue(msqid);
}

/* Unreadable tokens: those before them may be settled, and no others. */
CASE(bad_array)
{
	enum { ALL = 70 };
	int msqid = queue_of(65536);
	int fd = open_queue(msqid);

	CHECK_ERR(msgq_acknowledge(fd, NULL, 1), EFAULT);
	for (unsigned int i = 0; i < ALL; i++) {
		uint64_t *ending = guarded(i * sizeof(uint64_t));
		int done;

		put_numbered(msqid, 0, ALL);
		claim_many(fd, ALL);
		memcpy(ending, tokens, i * sizeof(uint64_t));
		done = msgq_acknowledge(fd, ending, ALL);
		if (done < 0) {
			CHECK_ERR(done, EFAULT);
			done = 0;
		}
		CHECK(done <= (int)i);
		CHECK_STATE(msqid, ALL - done, ALL - done);
		CHECK_INT(msgq_release(fd, tokens + done, ALL - done),
			  ALL - done);
		CHECK_DRAIN(msqid, done, ALL - done);
	}
	remove_queue(msqid);
}

CASE(no_sense)
{
	int msqid = make_queue();
	int fd = open_queue(msqid);
	int writes = open_as(msqid, MSGQ_OPEN_WRITE, 0);
	struct msgq_settle arg = {
		.tokens = raw_address(tokens),
		.count = 1,
		.flags = 2,
	};
	struct msgq_batch claim = {
		.msqid = msqid,
		.entries = raw_address(batch.entries),
		.count = 1,
		.flags = MSGQ_CLAIM,
	};

	CHECK_PUT(msqid, 1, "text");
	tokens[0] = CLAIM(fd, 0, 1, "text", 1);
	CHECK_ERR(ioctl(fd, MSGQ_IOC_SETTLE, &arg), EINVAL);
	CHECK_ERR(msgq_acknowledge(fd, tokens, 0), EINVAL);
	CHECK_ERR(msgq_acknowledge(fd, tokens, MSGQ_BATCH_MOST + 1), EINVAL);
	CHECK_ERR(msgq_release(fd, tokens, UINT32_MAX), EINVAL);
	CHECK_ERR(msgq_acknowledge(writes, tokens, 1), EBADF);
	CHECK_ERR(msgq_acknowledge(the_device(), tokens, 1), ENOTTY);
	batch_clean(&batch, 1);
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_RECVV, &claim), EINVAL);
	ACKNOWLEDGE(fd, tokens[0]);
	remove_queue(msqid);
}

/* Senders go on with the room that the first tokens of a call make. */
CASE(senders_go_on)
{
	int msqid = queue_of(4);
	struct peer *peer;

	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "full");
	tokens[0] = CLAIM(call_fd, 0, 1, "full", 1);
	tokens[1] = 0;
	peer = waiter(call_put, 0);
	CHECK_INT(msgq_acknowledge(call_fd, tokens, 2), 1);
	CHECK_ENDED(peer, 1);
	CHECK_TAKE(msqid, 0, 0, 1, "late");
	remove_queue(msqid);
}

#define LIMIT	(200 * MILLISECOND)

static int open_limited(int msqid, uint64_t limit)
{
	return open_as(msqid, MSGQ_OPEN_READ, limit);
}

/* A claim ends not before its time limit, and soon after. */
CASE(time_limit)
{
	static const uint64_t limits[] = {
		1, MILLISECOND, 5 * MILLISECOND, 30 * MILLISECOND, LIMIT,
	};
	int msqid = make_queue();

	CHECK_PUT(msqid, 1, "text");
	for (unsigned int i = 0; i < 10 * ARRAY_SIZE(limits); i++) {
		uint64_t limit = limits[i % ARRAY_SIZE(limits)];
		int fd = open_limited(msqid, limit);
		uint64_t begin = now(CLOCK_MONOTONIC);
		uint64_t token = CLAIM(fd, 0, 1, "text", i + 1);

		wait_claimed(msqid, 0);
		CHECK(now(CLOCK_MONOTONIC) >= begin + limit);
		no_claim(fd, token);
		CHECK_STATE(msqid, 1, 0);
		CHECK_OK(close(fd));
	}
	remove_queue(msqid);
}

CASE(time_limit_wakes)
{
	int msqid = make_queue();
	int fd = open_limited(msqid, 2 * SECOND);
	struct peer *takes, *polls;

	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "text");
	CLAIM(fd, 0, 1, "text", 1);
	takes = receiver(msqid, 100, 0, 0);
	CHECK_GOT(takes, 1, "text");
	CHECK_PUT(msqid, 1, "more");
	CLAIM(fd, 0, 1, "more", 1);
	polls = caller(call_poll, POLLIN);
	CHECK_ENDED(polls, 1);
	CHECK_TAKE(msqid, 0, 0, 1, "more");
	remove_queue(msqid);
}

/* Each claim has its own time limit, and a settled one does not expire. */
CASE(time_limit_of_each)
{
	int msqid = queue_of(65536);
	int fd = open_limited(msqid, LIMIT);
	uint64_t begin;

	for (unsigned int i = 0; i < 3; i++) {
		put_numbered(msqid, 0, 200);
		begin = now(CLOCK_MONOTONIC);
		claim_many(fd, 200);
		/* A machine that is too slow has lost some claims already. */
		if (msgq_acknowledge(fd, tokens, 100) == 100)
			CHECK_STATE(msqid, 100, state_of_queue(msqid).claimed);
		wait_claimed(msqid, 0);
		CHECK(now(CLOCK_MONOTONIC) >= begin + LIMIT);
		do
			batch_clean(&batch, 200);
		while (msgq_recvv(fd, batch.entries, 200, 0, &at_once) > 0);
	}

	/* Claim one after the other: all return, the last one not too early. */
	put_numbered(msqid, 0, 20);
	for (unsigned int i = 0; i < 20; i++) {
		begin = now(CLOCK_MONOTONIC);
		batch_clean(&batch, 1);
		CHECK_INT(msgq_claimv(fd, batch.entries, 1, 0, &at_once), 1);
		sleep_until(begin + 5 * MILLISECOND);
	}
	wait_claimed(msqid, 0);
	CHECK(now(CLOCK_MONOTONIC) >= begin + LIMIT);
	CHECK_DRAIN(msqid, 0, 20);
	remove_queue(msqid);
}

static void set_policy(int policy, int priority)
{
	const struct sched_param param = { .sched_priority = priority };

	CHECK_OK(sched_setscheduler(0, policy, &param));
}

/*
 * Claim, and use up all time of the processor for up to 400 ms, which is less
 * than the scheduler lets ordinary tasks starve.  Did the claim end meanwhile?
 */
static bool ends_beside_us(int msqid, int fd)
{
	uint64_t until = now(CLOCK_MONOTONIC) + 400 * MILLISECOND;
	bool ended = false;

	set_policy(SCHED_FIFO, 1);
	CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
	while (!ended && now(CLOCK_MONOTONIC) < until)
		ended = !state_of_queue(msqid).claimed;
	set_policy(SCHED_OTHER, 0);
	wait_claimed(msqid, 0);
	return ended;
}

/* A claimer that keeps its processor busy does not delay its claim's end. */
CASE(time_limit_on_a_busy_processor)
{
	int msqid = make_queue();
	int fd = open_limited(msqid, 20 * MILLISECOND);
	int in_a_row = 0;
	cpu_set_t here;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP("there is one processor alone");
	if (kernel_is_realtime())
		SKIP("an urgent task delays its processor's timers here");
	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	CHECK_OK(sched_setaffinity(0, sizeof(here), &here));
	CHECK_PUT(msqid, 1, "text");
	/* The host may be busy, too. */
	while (in_a_row < 3) {
		in_a_row = ends_beside_us(msqid, fd) ? in_a_row + 1 : 0;
		sleep_until(now(CLOCK_MONOTONIC) + 50 * MILLISECOND);
	}
	remove_queue(msqid);
}

/* The time limit has no effect after a close or removal, or if it is huge. */
CASE(time_limit_in_vain)
{
	static const uint64_t longest[] = {
		HOUR, INT64_MAX, UINT64_MAX - 1, UINT64_MAX,
	};
	int msqid = make_queue(), fd;

	CHECK_PUT(msqid, 1, "text");
	for (unsigned int i = 0; i < ARRAY_SIZE(longest); i++) {
		fd = open_limited(msqid, longest[i]);
		CLAIM(fd, 0, 1, "text", i + 1);
		sleep_until(now(CLOCK_MONOTONIC) + 50 * MILLISECOND);
		CHECK_STATE(msqid, 1, 1);
		CHECK_OK(close(fd));
		CHECK_STATE(msqid, 1, 0);
	}
	fd = open_limited(msqid, 20 * MILLISECOND);
	CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
	CHECK_OK(close(fd));
	fd = open_limited(msqid, 20 * MILLISECOND);
	CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
	remove_queue(msqid);
	sleep_until(now(CLOCK_MONOTONIC) + 50 * MILLISECOND);
	CHECK_OK(close(fd));
	nothing_left();
}
