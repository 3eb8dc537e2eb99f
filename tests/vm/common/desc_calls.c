// SPDX-License-Identifier: MIT
/*
 * desc_calls.c - calls on descriptors that peers make; see desc_calls.h
 */
#define _GNU_SOURCE
#include <poll.h>
#include <signal.h>

#include "desc_calls.h"

int call_fd;
struct msgq_how call_how;
static uint64_t call_patience;

void set_deadline(clockid_t clock, uint64_t from_now)
{
	call_how = (struct msgq_how){
		.clock = clock,
		.deadline = now(clock) + from_now,
	};
	call_patience = 0;
}

void set_patience(clockid_t clock, uint64_t patience)
{
	set_deadline(clock, patience);
	call_patience = patience;
}

static void begin(void)
{
	if (call_patience)
		call_how.deadline = now(call_how.clock) + call_patience;
}

static long end(int ret, long value)
{
	int error = errno;

	if (ret < 0 && error == ETIMEDOUT)
		CHECK(now(call_how.clock) >= call_how.deadline);
	errno = error;
	return ret < 0 ? ret : value;
}

static long receive(struct peer *peer,
		    int (*call)(int fd, struct msgq_message *entries,
				unsigned int count, long msgtyp,
				const struct msgq_how *how))
{
	struct msgq_message entry = {
		.text = peer->message.text,
		.size = sizeof(peer->message.text),
	};
	int ret;

	begin();
	ret = call(call_fd, &entry, 1, peer->type, &call_how);
	peer->message.type = entry.type;
	return end(ret, entry.size);
}

long call_take(struct peer *peer)
{
	return receive(peer, msgq_recvv);
}

long call_claim(struct peer *peer)
{
	return receive(peer, msgq_claimv);
}

long call_put(struct peer *peer)
{
	const struct msgq_message entry = {
		.type = peer->type,
		.text = peer->message.text,
		.size = peer->size,
	};

	begin();
	return end(msgq_sendv(call_fd, &entry, 1, &call_how), 1);
}

long call_claim_and_stop(struct peer *peer)
{
	long ret = call_claim(peer);

	raise(SIGSTOP);
	return ret;
}

long call_poll(struct peer *peer)
{
	struct pollfd pollfd = { .fd = call_fd, .events = peer->type };

	return poll(&pollfd, 1, -1);
}

struct peer *caller(long (*call)(struct peer *), long rule)
{
	return peer_start(&(struct peer){
		.call = call,
		.type = call == call_put ? 1 : rule,
		.text = call == call_put ? "late" : NULL,
	});
}

struct peer *waiter(long (*call)(struct peer *), long rule)
{
	struct peer *peer = caller(call, rule);

	CHECK_WAITS(peer);
	return peer;
}

void shift_clock(int64_t nanoseconds)
{
	uint64_t time = now(CLOCK_REALTIME) + nanoseconds;
	const struct timespec set = {
		.tv_sec = time / SECOND,
		.tv_nsec = time % SECOND,
	};

	CHECK_OK(clock_settime(CLOCK_REALTIME, &set));
}

/* However slow the machine is, the peer waits before its deadline passes. */
struct peer *late_waiter(long (*call)(struct peer *), long rule)
{
	struct peer *peer;

	set_deadline(CLOCK_REALTIME, HOUR);
	peer = waiter(call, rule);
	shift_clock(2 * HOUR);
	CHECK_FAILED(peer, ETIMEDOUT);
	shift_clock(-2 * (int64_t)HOUR);
	return peer;
}

int queue_for(long (*call)(struct peer *))
{
	int msqid = queue_of(4);

	if (call == call_put)
		CHECK_PUT(msqid, 7, "full");
	call_fd = open_queue(msqid);
	return msqid;
}
