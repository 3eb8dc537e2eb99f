/* SPDX-License-Identifier: MIT */
/*
 * bench.h - what is measured, and for whom
 *
 * A peer is a way to pass messages.  A channel is one queue, pipe or pair of
 * sockets of it.  A case is a piece of work over channels, done for each of
 * its parameters by each peer that can do it; a run is one of these.
 *
 * Each peer has a loop with its calls in it.  The figures are therefore the
 * cost for a program that makes the call, without the choice of the peer.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/msg.h>
#include <sys/types.h>

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define LARGEST		(1UL << 20)	/* bytes of a text */
#define MOST_QUEUES	32000
#define BATCH		64
/* The default capacity of a System V queue. */
#define USUAL_ROOM	16384

/* The abilities of a peer. */
enum {
	PASSES	= 0x1,		/* messages of any size */
	EMPTY	= 0x2,		/* and empty ones */
	LARGE	= 0x4,		/* and ones of a mebibyte */
	CHOOSES	= 0x8,		/* a receive chooses by type */
	TYPES	= 0x10,		/* a send says the type */
	BLOCKS	= 0x20,		/* a receive waits for a send, and for room */
	STORES	= 0x40,		/* a message takes memory of its own */
	MANY	= 0x80,		/* measured with many queues and tasks */
	MAKES	= 0x100,	/* is made and removed */
	NOTHING	= 0x200,	/* the call itself */
	SETS	= 0x400,	/* has semaphore sets */
};

/* The four System V calls of one implementation. */
struct calls {
	int (*get)(key_t key, int msgflg);
	int (*send)(int msqid, const void *msgp, size_t msgsz, int msgflg);
	ssize_t (*receive)(int msqid, void *msgp, size_t msgsz, long msgtyp,
			   int msgflg);
	int (*control)(int msqid, int cmd, struct msqid_ds *buf);
};

struct message {
	long type;
	char text[];
};

struct channel {
	const struct peer *peer;

	/* Its use. */
	size_t size;			/* bytes of each text */
	size_t taken;			/* bytes that a receive has room for */
	size_t room;			/* bytes to hold; 0: as it comes */
	long rule;			/* msgtyp of a receive, as in msgrcv(2) */
	int flags;			/* MSG_EXCEPT, IPC_NOWAIT */
	struct message *message;	/* is sent, and then received */

	/* Its parts. */
	const struct calls *calls;
	int queue;
	int in;				/* to be read from */
	int out;			/* to be written to */
};

/* The work that a loop repeats. */
enum does { SENDS, RECEIVES, PAIRS };

struct peer {
	const char *name;
	unsigned int can;
	unsigned int messages;		/* in one call */
	const struct calls *calls;
	bool (*open)(struct channel *channel);
	void (*close)(struct channel *channel);
	/* Make it hold channel->room bytes, unless it does already. */
	bool (*widen)(struct channel *channel);
	/* Returns how many of the calls failed. */
	unsigned long (*loop)(const struct channel *channel,
			      unsigned long count, enum does does);
};

extern const struct peer peers[];
extern const size_t peer_count;

/* Prepare the drop-in library, and all that the peers share. */
void peers_begin(const char *drop_in);

/* The descriptor of the device. */
int peers_device(void);

/* The number of tasks that wait at a queue of the device. */
unsigned int peers_waiting(int queue);

/* Which message a case at a depth takes. */
struct pick {
	long resident;			/* type of all that stay; 0: all differ */
	long sent;			/* type of the one that comes and goes;
					 * 0: of the message taken before
					 */
	long rule;
	int flags;
};

struct run {
	const struct bench_case *what;
	const struct peer *peer;
	unsigned long param;
	struct channel *channels;
	unsigned int channel_count;
	struct set_run *set;		/* of a case of sets */
	pid_t host;			/* the process whose threads wait */
	unsigned long count;		/* operations in a batch */
	double *samples;
};

struct bench_case {
	const char *name;
	const char *about;
	unsigned int needs;		/* abilities that a peer must have */
	const unsigned long *params;
	size_t param_count;
	struct pick pick;
	bool later;			/* some of the work is done later */
	/*
	 * The case has tasks of its own, and a batch has at least this many
	 * operations: enough for the tasks to wait for each other, and to make
	 * the cost of their start negligible.
	 */
	unsigned long least;
	unsigned long fixed;		/* one batch of so many, in bytes */
	/* Returns false if this peer cannot do it. */
	bool (*prepare)(struct run *run);
	/* Returns the cost of count operations. */
	long long (*measure)(struct run *run, unsigned long count);
	void (*finish)(struct run *run);
};

extern const struct bench_case cases[];
extern const size_t case_count;

/* single.c: cases of one task. */
bool open_channels(struct run *run, unsigned int count, size_t size,
		   size_t room);
void close_channels(struct run *run);
bool prepare_size(struct run *run);
bool prepare_depth(struct run *run);
bool prepare_queues(struct run *run);
bool prepare_call(struct run *run);
bool prepare_memory(struct run *run);
void finish_queues(struct run *run);
void finish_call(struct run *run);
long long time_pairs(struct run *run, unsigned long count);
long long time_refused(struct run *run, unsigned long count);
long long time_get(struct run *run, unsigned long count);
long long time_make(struct run *run, unsigned long count);
long long use_memory(struct run *run, unsigned long count);
/* Send a message that stays. */
void put(struct channel *channel, long type, size_t size);

/* tasks.c: cases of several. */
bool prepare_stream(struct run *run);
bool prepare_ping_pong(struct run *run);
bool prepare_receivers(struct run *run);
bool prepare_small_senders(struct run *run);
bool prepare_large_senders(struct run *run);
void finish_waiters(struct run *run);
long long time_stream(struct run *run, unsigned long count);
long long time_ping_pong(struct run *run, unsigned long count);
long long time_send_to_one(struct run *run, unsigned long count);
long long time_receive_for_one(struct run *run, unsigned long count);

/* sets.c: cases of semaphore sets. */
bool prepare_ops(struct run *run);
bool prepare_all(struct run *run);
bool prepare_pair(struct run *run);
bool prepare_others(struct run *run);
void finish_set(struct run *run);
long long time_ops(struct run *run, unsigned long count);
long long time_get_all(struct run *run, unsigned long count);
long long time_pair(struct run *run, unsigned long count);
long long time_beside_others(struct run *run, unsigned long count);

/* bench.c */
long long now(void);
/* All failures end here. */
void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void *allocate(size_t count, size_t size);
void none_failed(const struct run *run, unsigned long failed);

#endif /* BENCH_H */
