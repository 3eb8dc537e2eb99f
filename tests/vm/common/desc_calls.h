/* SPDX-License-Identifier: MIT */
/*
 * desc_calls.h - calls on descriptors that peers make, and that wait
 *
 * What a call is to do stands in variables of the case: a peer is a child and
 * has what they were when it was started.
 */
#ifndef DESC_CALLS_H
#define DESC_CALLS_H

#include "desc_claims.h"
#include "peer.h"

/* Where the call is made, and how it waits. */
extern int call_fd;
extern struct msgq_how call_how;

/* Wait until so long from now; or so long from when the call begins. */
void set_deadline(clockid_t clock, uint64_t from_now);
void set_patience(clockid_t clock, uint64_t patience);

/*
 * One message, as peer_receive() and peer_send() do it: a receive returns the
 * bytes of text, a send 1.  A peer that says ETIMEDOUT too early fails.
 */
long call_take(struct peer *peer);
long call_claim(struct peer *peer);
long call_put(struct peer *peer);
/* The same, and a stop before it ends: the claim is there meanwhile. */
long call_claim_and_stop(struct peer *peer);
/* poll(2) for the events that stand in the place of the rule. */
long call_poll(struct peer *peer);

/* CLOCK_REALTIME is set to so much later. */
void shift_clock(int64_t nanoseconds);

/* A peer that makes the call; a send sends "late" of type 1. */
struct peer *caller(long (*call)(struct peer *), long rule);
/* It is asleep in it. */
struct peer *waiter(long (*call)(struct peer *), long rule);
/* The deadline of its call was over while it waited. */
struct peer *late_waiter(long (*call)(struct peer *), long rule);

/* A new queue of 4 bytes, where such a send has to wait, or else is empty. */
int queue_for(long (*call)(struct peer *));

#endif /* DESC_CALLS_H */
