/* SPDX-License-Identifier: MIT */
/*
 * desc_calls.h - calls on descriptors that peers make, and that wait
 *
 * Variables of the case describe the call: a peer is a child, and has the
 * values of the time when it was started.
 */
#ifndef DESC_CALLS_H
#define DESC_CALLS_H

#include "desc_claims.h"
#include "peer.h"

/* The descriptor of the call, and how it waits. */
extern int call_fd;
extern struct msgq_how call_how;

/* Wait until a time counted from now, or counted from the begin of the call. */
void set_deadline(clockid_t clock, uint64_t from_now);
void set_patience(clockid_t clock, uint64_t patience);

/*
 * One message, as peer_receive() and peer_send() do it: a receive returns the
 * bytes of text, a send 1.  A peer that says ETIMEDOUT too early fails.
 */
long call_take(struct peer *peer);
long call_claim(struct peer *peer);
long call_put(struct peer *peer);
/* Claim a message, and stop before the end: the claim stays meanwhile. */
long call_claim_and_stop(struct peer *peer);
/* poll(2) for the events in peer->type, the place of the rule. */
long call_poll(struct peer *peer);

/* Set CLOCK_REALTIME forward. */
void shift_clock(int64_t nanoseconds);

/* Start a peer that makes the call; a send sends "late" of type 1. */
struct peer *caller(long (*call)(struct peer *), long rule);
/* The same, and it is asleep in the call. */
struct peer *waiter(long (*call)(struct peer *), long rule);
/* The same, and the deadline of its call has passed while it waited. */
struct peer *late_waiter(long (*call)(struct peer *), long rule);

/* A new queue of 4 bytes: full for a send that has to wait, otherwise empty. */
int queue_for(long (*call)(struct peer *));

#endif /* DESC_CALLS_H */
