// SPDX-License-Identifier: MIT
/*
 * deadline.c - how long a call waits, by either clock
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>

#include "desc_calls.h"
#include "fault_raw.h"

/* Longer than a delay on a slow machine, and short enough to wait for. */
#define SOON		(300 * MILLISECOND)
/* Longer than it takes any machine to set the clock twice. */
#define NEAR		(8 * SECOND)

static const clockid_t clocks[] = { CLOCK_MONOTONIC, CLOCK_REALTIME };

/* No message: all receives fail so, by descriptor and by identifier. */
static void receives_fail(int msqid, struct msgq_message *entry, int error)
{
	call_how.msqid = 0;
	CHECK_ERR(msgq_recvv(call_fd, entry, 1, 0, &call_how), error);
	CHECK_ERR(msgq_recvv(call_fd, entry, 1, 7, &call_how), error);
	CHECK_ERR(msgq_claimv(call_fd, entry, 1, 0, &call_how), error);
	call_how.msqid = msqid;
	CHECK_ERR(msgq_recvv(the_device(), entry, 1, 0, &call_how), error);
}

static void sends_fail(int msqid, const struct msgq_message *entry, int error)
{
	call_how.msqid = 0;
	CHECK_ERR(msgq_sendv(call_fd, entry, 1, &call_how), error);
	call_how.msqid = msqid;
	CHECK_ERR(msgq_sendv(the_device(), entry, 1, &call_how), error);
	call_how.msqid = 0;
}

/* A call that need not wait sends and receives all the same. */
static void not_waiting(struct msgq_how how, int no_room, int no_message)
{
	struct msgq_message entry = {
		.type = 1,
		.text = strdup("late"),
		.size = 4,
	};
	int msqid = queue_for(call_take);

	call_how = how;
	receives_fail(msqid, &entry, no_message);
	call_how.msqid = 0;
	CHECK_INT(msgq_sendv(call_fd, &entry, 1, &call_how), 1);
	CHECK_INT(msgq_recvv(call_fd, &entry, 1, 0, &call_how), 1);
	CHECK_PUT(msqid, 1, "full");
	sends_fail(msqid, &entry, no_room);
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_STATE(msqid, 0, 0);
	CHECK_INT(state_of_queue(msqid).counts.waits, 0);
	remove_queue(msqid);
}

static void over_at_once(clockid_t clock, uint64_t deadline)
{
	struct msgq_how how = { .clock = clock, .deadline = deadline };

	not_waiting(how, ETIMEDOUT, ETIMEDOUT);
	how.msgflg = IPC_NOWAIT;
	not_waiting(how, ETIMEDOUT, ETIMEDOUT);
}

CASE(in_the_past)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(clocks); i++) {
		over_at_once(clocks[i], 1);
		over_at_once(clocks[i], now(clocks[i]));
	}
}

/* Before the deadline, a call with IPC_NOWAIT fails as without a clock. */
CASE(no_wait_before_it)
{
	struct msgq_how how = { .msgflg = IPC_NOWAIT };

	not_waiting(how, EAGAIN, ENOMSG);
	for (unsigned int i = 0; i < ARRAY_SIZE(clocks); i++) {
		how.clock = clocks[i];
		how.deadline = now(clocks[i]) + HOUR;
		not_waiting(how, EAGAIN, ENOMSG);
		how.deadline = UINT64_MAX;
		not_waiting(how, EAGAIN, ENOMSG);
	}
}

/* Messages that need no wait go through, whatever the least number is. */
CASE(batch_in_the_past)
{
	struct msgq_how how = { .clock = CLOCK_MONOTONIC, .deadline = 1 };
	struct msgq_message entries[3];
	int msqid = queue_of(8);
	int fd = open_queue(msqid);

	for (unsigned int i = 0; i < ARRAY_SIZE(entries); i++)
		entries[i] = (struct msgq_message){
			.type = 1,
			.text = strdup("late"),
			.size = 4,
		};
	how.least = 3;
	CHECK_INT(msgq_sendv(fd, entries, 3, &how), 2);
	CHECK_ERR(msgq_sendv(fd, entries, 3, &how), ETIMEDOUT);
	CHECK_INT(msgq_recvv(fd, entries, 3, 0, &how), 2);
	CHECK_ERR(msgq_recvv(fd, entries, 3, 0, &how), ETIMEDOUT);
	remove_queue(msqid);
}

static void times_out(long (*call)(struct peer *), clockid_t clock)
{
	int msqid = queue_for(call);
	struct peer *peer;

	set_patience(clock, SOON);
	peer = caller(call, 0);
	CHECK_FAILED(peer, ETIMEDOUT);
	CHECK_STATE(msqid, call == call_put ? 1 : 0, 0);
	CHECK_INT(state_of_queue(msqid).receivers, 0);
	CHECK_INT(state_of_queue(msqid).senders, 0);
	remove_queue(msqid);
}

CASE(receive_times_out)
{
	times_out(call_take, CLOCK_MONOTONIC);
	times_out(call_take, CLOCK_REALTIME);
}

CASE(claim_times_out)
{
	times_out(call_claim, CLOCK_MONOTONIC);
	times_out(call_claim, CLOCK_REALTIME);
}

CASE(send_times_out)
{
	times_out(call_put, CLOCK_MONOTONIC);
	times_out(call_put, CLOCK_REALTIME);
}

static void served(long (*call)(struct peer *), clockid_t clock,
		   uint64_t deadline)
{
	int msqid = queue_for(call);
	struct peer *peer;

	call_how = (struct msgq_how){ .clock = clock, .deadline = deadline };
	peer = waiter(call, 0);
	if (call == call_put) {
		CHECK_TAKE(msqid, 0, 0, 7, "full");
		CHECK_ENDED(peer, 1);
		CHECK_TAKE(msqid, 0, 0, 1, "late");
	} else {
		CHECK_PUT(msqid, 3, "here");
		CHECK_GOT(peer, 3, "here");
	}
	remove_queue(msqid);
}

CASE(served_before)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(clocks); i++) {
		/* The greatest deadlines work like one in an hour. */
		const uint64_t deadlines[] = {
			now(clocks[i]) + HOUR, INT64_MAX, UINT64_MAX,
		};

		for (unsigned int j = 0; j < ARRAY_SIZE(deadlines); j++) {
			served(call_take, clocks[i], deadlines[j]);
			served(call_claim, clocks[i], deadlines[j]);
			served(call_put, clocks[i], deadlines[j]);
		}
	}
}

static void set_forward(long (*call)(struct peer *))
{
	int msqid = queue_for(call);

	late_waiter(call, 0);
	remove_queue(msqid);
}

CASE(clock_set_forward)
{
	set_forward(call_take);
	set_forward(call_claim);
	set_forward(call_put);
}

CASE_SECONDS(clock_set_back, 24)
{
	static long (*const calls[])(struct peer *) = {
		call_take, call_claim, call_put,
	};
	struct peer *peers[ARRAY_SIZE(calls)];
	int msqids[ARRAY_SIZE(calls)];
	uint64_t would_be;

	set_deadline(CLOCK_REALTIME, HOUR);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		msqids[i] = queue_for(calls[i]);
		peers[i] = waiter(calls[i], 0);
	}
	/* Set the clock near the deadline, and back before that is reached. */
	would_be = now(CLOCK_MONOTONIC) + NEAR;
	shift_clock(HOUR - NEAR);
	shift_clock(-(int64_t)HOUR);
	sleep_until(would_be + SOON);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++)
		CHECK_WAITS(peers[i]);
	/* Set it near once more, and reach it: the clock decides. */
	shift_clock(HOUR - SECOND);
	for (unsigned int i = 0; i < ARRAY_SIZE(calls); i++) {
		CHECK_FAILED(peers[i], ETIMEDOUT);
		CHECK(now(CLOCK_REALTIME) >= call_how.deadline);
		remove_queue(msqids[i]);
	}
	shift_clock(NEAR + SECOND - (int64_t)HOUR);
}

/* CLOCK_MONOTONIC cannot be set. */
CASE(monotonic_goes_on)
{
	int msqid = queue_for(call_take);
	struct peer *peer;

	set_deadline(CLOCK_MONOTONIC, HOUR);
	peer = waiter(call_take, 0);
	shift_clock(2 * HOUR);
	sleep_until(now(CLOCK_MONOTONIC) + SOON);
	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 1, "here");
	CHECK_GOT(peer, 1, "here");
	shift_clock(-2 * (int64_t)HOUR);
	remove_queue(msqid);
}

static void interrupted(struct peer *peer)
{
	CHECK_OK(kill(peer->pid, SIGUSR1));
	CHECK_FAILED(peer, EINTR);
}

static void on_signal(int number)
{
	(void)number;
}

CASE(signals)
{
	struct sigaction action = {
		.sa_handler = on_signal,
		.sa_flags = SA_RESTART,
	};
	int msqid = queue_for(call_take);

	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	set_deadline(CLOCK_MONOTONIC, HOUR);
	interrupted(waiter(call_take, 0));
	interrupted(waiter(call_claim, 0));
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);

	msqid = queue_for(call_put);
	interrupted(waiter(call_put, 0));
	CHECK_STATE(msqid, 1, 0);
	remove_queue(msqid);
}

/* A stop does not interrupt the call, and does not move the deadline. */
static void stopped(long (*call)(struct peer *), bool over)
{
	uint64_t from_now = over ? SOON : HOUR;
	int msqid = queue_for(call), status;
	struct peer *peer;

	/* On a slow machine the call may end before the stop: try again. */
	for (;; from_now *= 2) {
		set_deadline(CLOCK_MONOTONIC, from_now);
		peer = caller(call, 0);
		CHECK_OK(kill(peer->pid, SIGSTOP));
		CHECK_OK(waitpid(peer->pid, &status, WUNTRACED));
		if (WIFSTOPPED(status))
			break;
		CHECK_INT(peer->error, ETIMEDOUT);
	}
	if (over)
		sleep_until(call_how.deadline + MILLISECOND);
	CHECK_OK(kill(peer->pid, SIGCONT));
	if (!over) {
		CHECK_WAITS(peer);
		if (call == call_put)
			CHECK_TAKE(msqid, 0, 0, 7, "full");
		else
			CHECK_PUT(msqid, 1, "late");
		CHECK_ENDED(peer, call == call_put ? 1 : 4);
	} else {
		CHECK(peer->pid);
		peer_state(peer, 'Z');
		CHECK_INT(peer->ret, -1);
		CHECK_INT(peer->error, ETIMEDOUT);
	}
	remove_queue(msqid);
}

CASE(stopped_and_continued)
{
	stopped(call_take, false);
	stopped(call_put, false);
	stopped(call_take, true);
	stopped(call_put, true);
}

/* A repeated permission check does not extend the wait. */
CASE(changes_of_the_queue)
{
	struct peer *takes, *puts;
	int msqid = queue_for(call_put);

	set_patience(CLOCK_MONOTONIC, SOON);
	call_how.msqid = msqid;
	call_fd = the_device();
	takes = caller(call_take, 9);
	puts = caller(call_put, 0);
	while (now(CLOCK_MONOTONIC) < call_how.deadline + SOON)
		set_mode(msqid, 0600);
	CHECK_FAILED(takes, ETIMEDOUT);
	CHECK_FAILED(puts, ETIMEDOUT);
	CHECK_STATE(msqid, 1, 0);
	remove_queue(msqid);
}

CASE(removed)
{
	struct peer *takes, *claims, *puts;
	int msqid = queue_for(call_put);

	set_deadline(CLOCK_REALTIME, HOUR);
	takes = waiter(call_take, 9);
	claims = waiter(call_claim, 9);
	puts = waiter(call_put, 0);
	remove_queue(msqid);
	CHECK_FAILED(takes, EIDRM);
	CHECK_FAILED(claims, EIDRM);
	CHECK_FAILED(puts, EIDRM);
}

/* The batch returns the number of messages done before its deadline. */
CASE(batch_until_then)
{
	struct msgq_message entries[3];
	int msqid = queue_of(8);
	int fd = open_queue(msqid);

	for (unsigned int i = 0; i < ARRAY_SIZE(entries); i++)
		entries[i] = (struct msgq_message){
			.type = 1,
			.text = strdup("late"),
			.size = 4,
		};
	set_deadline(CLOCK_MONOTONIC, SOON);
	call_how.least = 3;
	CHECK_INT(msgq_sendv(fd, entries, 3, &call_how), 2);
	CHECK(now(CLOCK_MONOTONIC) >= call_how.deadline);
	CHECK_STATE(msqid, 2, 0);

	set_deadline(CLOCK_REALTIME, SOON);
	call_how.least = 3;
	CHECK_INT(msgq_recvv(fd, entries, 3, 0, &call_how), 2);
	CHECK(now(CLOCK_REALTIME) >= call_how.deadline);
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

static long raw_batch(unsigned long command, uint32_t flags, uint64_t deadline)
{
	struct msgq_entry entry = { .type = 1 };
	struct msgq_batch batch = {
		.entries = raw_address(&entry),
		.count = 1,
		.flags = flags,
		.deadline = deadline,
		.msgflg = IPC_NOWAIT,
	};

	return ioctl(call_fd, command, &batch);
}

CASE(no_sense)
{
	const unsigned long commands[] = { MSGQ_IOC_SENDV, MSGQ_IOC_RECVV };
	struct msgq_message entry = { .type = 1 };
	int msqid = queue_for(call_take);

	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		const uint32_t both = MSGQ_MONOTONIC | MSGQ_REALTIME;

		CHECK_ERR(raw_batch(commands[i], both, 1), EINVAL);
		CHECK_ERR(raw_batch(commands[i], 0, 1), EINVAL);
		CHECK_ERR(raw_batch(commands[i], 0x80, 0), EINVAL);
	}
	CHECK_ERR(raw_batch(MSGQ_IOC_SENDV, MSGQ_CLAIM, 0), EINVAL);
	call_how = (struct msgq_how){ .clock = CLOCK_BOOTTIME, .deadline = 1 };
	CHECK_ERR(msgq_recvv(call_fd, &entry, 1, 0, &call_how), EINVAL);
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}
