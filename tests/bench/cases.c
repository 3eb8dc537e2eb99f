// SPDX-License-Identifier: MIT
/*
 * cases.c - what is measured
 */
#define _GNU_SOURCE
#include <limits.h>

#include "bench.h"

#define PARAMS(...)							\
	.params = (const unsigned long []) { __VA_ARGS__ },		\
	.param_count = ARRAY_SIZE(((const unsigned long []) { __VA_ARGS__ }))

#define DEPTHS	PARAMS(1, 10, 100, 1000, 10000, 100000)
#define CROWDS	PARAMS(1, 10, 100, 1000, 10000)

/* Matches all types that differ, and takes the lowest. */
#define ANY_LOWEST	(-LONG_MAX)
/* In the middle of them, and equal to none. */
#define MIDDLE		(2 + (1L << 31))

/* One message comes and is taken while param others stay. */
#define DEPTH(kind, does, ...)						\
	{								\
		.name = "depth-" kind, .needs = CHOOSES, DEPTHS,	\
		.about = "a message at so many others: " kind,		\
		.pick = { __VA_ARGS__ }, .prepare = prepare_depth,	\
		.measure = (does), .finish = close_channels,		\
	}

/* param tasks wait at the queue. */
#define CROWD(what, tells, prepares, does, ...)				\
	{								\
		.name = "waiters-" what, .about = (tells),		\
		.needs = MANY, CROWDS,			\
		.pick = { __VA_ARGS__ }, .prepare = (prepares),		\
		.measure = (does), .finish = finish_waiters,		\
	}

const struct bench_case cases[] = {
	/* This case is first, while no freed memory can be used again. */
	{
		.name = "memory",
		.about = "what the kernel stores a message of so many bytes in",
		.needs = STORES, PARAMS(16, 64), .fixed = 60000,
		.prepare = prepare_memory,
		.measure = use_memory, .finish = close_channels,
	}, {
		.name = "call", .about = "a call that does nothing",
		.needs = NOTHING, PARAMS(0), .prepare = prepare_call,
		.measure = time_pairs, .finish = close_channels,
	}, {
		.name = "make", .about = "one is made and removed",
		.needs = MAKES, PARAMS(0), .later = true, .prepare = prepare_call,
		.measure = time_make, .finish = close_channels,
	}, {
		.name = "size",
		.about = "a message of so many bytes is sent and received",
		.needs = PASSES,
		PARAMS(0, 16, 64, 256, 1024, 4096, 8192, 16384, 65536, LARGEST),
		.prepare = prepare_size,
		.measure = time_pairs, .finish = close_channels,
	},

	/* The wanted message is the first, as all are alike; ... */
	DEPTH("equal-alike", time_pairs, 5, 5, 5, 0),
	/* ... the last, and its type lies between those of the others; ... */
	DEPTH("equal-distinct", time_pairs, 0, MIDDLE, MIDDLE, 0),
	/* ... the last, and the others have one type; ... */
	DEPTH("equal-last", time_pairs, 5, 6, 6, 0),
	/* ... not there. */
	DEPTH("equal-none", time_refused, 5, 5, 6, IPC_NOWAIT),
	DEPTH("lowest-alike", time_pairs, 5, 5, -5, 0),
	DEPTH("lowest-distinct", time_pairs, 0, 1, ANY_LOWEST, 0),
	DEPTH("lowest-last", time_pairs, 5, 3, -6, 0),
	DEPTH("lowest-none", time_refused, 5, 5, -4, IPC_NOWAIT),
	DEPTH("first-alike", time_pairs, 5, 5, 0, 0),
	DEPTH("first-distinct", time_pairs, 0, 0, 0, 0),
	DEPTH("except-alike", time_pairs, 5, 5, 6, MSG_EXCEPT),
	/* All types match but that of the first message. */
	DEPTH("except-distinct", time_pairs, 0, 0, 2, MSG_EXCEPT),
	DEPTH("except-last", time_pairs, 5, 6, 5, MSG_EXCEPT),
	DEPTH("except-none", time_refused, 5, 5, 5, MSG_EXCEPT | IPC_NOWAIT),

	CROWD("send-to-none",
	      "a message is sent and received that no waiting receiver wants",
	      prepare_receivers, time_pairs, .sent = 1, .rule = 1),
	CROWD("send-to-one",
	      "a message is sent to one of them, which takes it and waits again",
	      prepare_receivers, time_send_to_one, .sent = 1),
	CROWD("receive-for-none",
	      "one comes and goes while no waiting sender's fits",
	      prepare_large_senders, time_pairs, .sent = 1, .rule = 1),
	CROWD("receive-for-one",
	      "one is received, for which a waiting sender's goes on the queue",
	      prepare_small_senders, time_receive_for_one, .sent = 1),

	{
		.name = "get", .about = "one of so many queues is got by key",
		.needs = MANY, PARAMS(10, 100, 1000, 10000, MOST_QUEUES),
		.prepare = prepare_queues,
		.measure = time_get, .finish = finish_queues,
	}, {
		.name = "stream",
		.about = "half of so many tasks send, half of them receive",
		.needs = BLOCKS, PARAMS(1, 2, 4, 8), .least = 2000,
		.prepare = prepare_stream,
		.measure = time_stream, .finish = close_channels,
	}, {
		.name = "ping-pong",
		.about = "each two of so many tasks send one to and fro",
		.needs = BLOCKS, PARAMS(2, 4, 8), .least = 200,
		.prepare = prepare_ping_pong,
		.measure = time_ping_pong, .finish = close_channels,
	},

	{
		.name = "sem",
		.about = "so many semaphores go up by a call, and down by one",
		.needs = SETS, PARAMS(1, 8), .prepare = prepare_ops,
		.measure = time_ops, .finish = finish_set,
	}, {
		.name = "sem-all", .about = "so many values are read",
		.needs = SETS, PARAMS(1000), .prepare = prepare_all,
		.measure = time_get_all, .finish = finish_set,
	}, {
		.name = "sem-wake",
		.about = "a task is woken by a semaphore, takes it and waits again",
		.needs = SETS, PARAMS(1), .prepare = prepare_pair,
		.measure = time_pair, .finish = finish_set,
	}, {
		.name = "sem-others",
		.about = "one goes up and down while so many tasks wait for others",
		.needs = SETS, PARAMS(1, 100, 10000), .prepare = prepare_others,
		.measure = time_beside_others, .finish = finish_set,
	},
};

const size_t case_count = ARRAY_SIZE(cases);
