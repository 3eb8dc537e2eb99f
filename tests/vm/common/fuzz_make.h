/* SPDX-License-Identifier: MIT */
/*
 * fuzz_make.h - random calls of the device, and the rules that any must keep
 *
 * Calls are drawn near to valid ones, so that many get far, and away from them
 * in every field.  Memory is drawn too: mapped, ending in the middle,
 * read-only, unmapped, the kernel's, and vanishing during the call.
 */
#ifndef FUZZ_MAKE_H
#define FUZZ_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fault_raw.h"

/* A generator of numbers; the same seed gives the same numbers. */
struct fuzz_random {
	uint64_t state;
};

void fuzz_seed(struct fuzz_random *random, uint64_t seed);
uint64_t fuzz_next(struct fuzz_random *random);
uint64_t fuzz_below(struct fuzz_random *random, uint64_t bound);
/* Returns true once in so many times. */
bool fuzz_once_in(struct fuzz_random *random, unsigned int times);

/* The state that all tasks of a storm share. */
#define FUZZ_QUEUES	8

struct fuzz_world {
	int msqids[FUZZ_QUEUES];	/* the last results of get */
	int semids[FUZZ_QUEUES];
	unsigned long wanted;
	unsigned long calls;
	unsigned long succeeded;
	unsigned long faulted;
	unsigned long interrupted;
	unsigned long texts_read;	/* by queue descriptors */
	unsigned long texts_written;
};

/* More than the largest argument that a command word can have. */
#define FUZZ_ARGUMENT	(16384 + 4096)
/* Bytes of memory to send from and receive to. */
#define FUZZ_BUFFER	(3 * 4096)
/* Bytes of memory that threads take away from each other. */
#define FUZZ_VANISHING	(16 * 4096)
/* The number of a descriptor that they close and exchange. */
#define FUZZ_SHAKY_FD	200
/* Descriptors of queues, which threads close and exchange too. */
#define FUZZ_QUEUE_FD	210
#define FUZZ_QUEUE_FDS	4
/* Entries of a batch. */
#define FUZZ_ENTRIES	64

/* Memory of a process. */
struct fuzz_memory {
	unsigned char *vanishing;
	unsigned char *read_only;	/* FUZZ_BUFFER bytes */
};

/* One thread, and its own memory. */
struct fuzz_task {
	struct fuzz_random random;
	struct fuzz_world *world;
	const struct fuzz_memory *memory;
	int fd;
	unsigned char *argument;	/* FUZZ_ARGUMENT bytes, then no memory */
	unsigned char *before;		/* the argument as it was */
	unsigned char *buffer;		/* FUZZ_BUFFER bytes, then no memory */
	unsigned char *entries;		/* FUZZ_ENTRIES, then no memory */
	unsigned char *entries_before;	/* the entries as they were */
};

/* The contents of a watched buffer, and how far around a call it is checked. */
#define FUZZ_CANARY	0xA5
#define FUZZ_BEFORE	8
#define FUZZ_BEHIND	64

/* In the order of the device's commands. */
enum fuzz_command {
	INFO, GET, SND, RCV, CTL, OPEN, SENDV, RECVV, SETTLE, STATE,
	WHO,
	SEMGET, SEMOP, SEMCTL, SEMSTATE, SEMWHO,
	COMMANDS,
	UNKNOWN = COMMANDS
};

/* The kind of memory at an address. */
enum fuzz_place {
	OWN,			/* the task's own, written by no other */
	ENDING,			/* the same, but it ends in the middle */
	ODD,			/* anything that is no kernel memory */
	KERNEL,			/* a program must never reach it */
};

struct fuzz_draw {
	enum fuzz_command command;
	unsigned int word;
	int fd;
	union raw_argument *argument;
	enum fuzz_place argument_place;
	size_t size;		/* the argument's */
	enum fuzz_place buffer_place;
	enum fuzz_place text_place;	/* the first entry's, in a batch */
	unsigned char *buffer;	/* if OWN */
	bool watched;		/* filled with the canary before */
	const union raw_argument *drawn;
};

/* Memory of so many bytes, with an unmapped page behind it. */
void *fuzz_fenced(size_t size);

/* The parts of arguments, near to valid ones and away from them: fuzz_parts.c. */
uint32_t fuzz_long_size(struct fuzz_random *random);
uint64_t fuzz_number(struct fuzz_random *random);
int fuzz_msqid(struct fuzz_task *task);
int fuzz_flags(struct fuzz_random *random);
int64_t fuzz_type(struct fuzz_random *random);
int64_t fuzz_text_size(struct fuzz_random *random);
uint64_t fuzz_kernel_address(struct fuzz_random *random);
uint64_t fuzz_buffer(struct fuzz_task *task, struct fuzz_draw *call);

bool fuzz_is_queue(int fd);

/* For descriptors, batches and claims: fuzz_desc.c. */
void fuzz_draw_desc(struct fuzz_task *task, struct fuzz_draw *call,
		    enum fuzz_command like, union raw_argument *argument);
void fuzz_check_desc(struct fuzz_task *task, const struct fuzz_draw *call,
		     long ret, int error);
/* For semaphore sets: fuzz_sets.c. */
void fuzz_draw_sets(struct fuzz_task *task, struct fuzz_draw *call,
		    enum fuzz_command like, union raw_argument *argument);
bool fuzz_sets_may_fail_with(enum fuzz_command command, int error);

/* Put a new descriptor in the place of another. */
void fuzz_keep_descriptor(struct fuzz_task *task, int fd);

/* Draw a call, and put its argument in place. */
void fuzz_draw(struct fuzz_task *task, struct fuzz_draw *call);

/* Make one random call, and check its answer. */
void fuzz_call(struct fuzz_task *task);
/* The same with read(2), poll(2), fcntl(2) and the like: fuzz_io.c. */
void fuzz_io(struct fuzz_task *task);

/* Count one more call. */
void fuzz_note(struct fuzz_task *task, long ret, int error);

#endif /* FUZZ_MAKE_H */
