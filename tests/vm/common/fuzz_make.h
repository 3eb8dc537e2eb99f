/* SPDX-License-Identifier: MIT */
/*
 * fuzz_make.h - random calls of the device, and what any of them must keep to
 *
 * Calls are drawn near to valid ones, so that many get far, and away from them
 * in every field.  Memory is drawn too: there, ending in the middle, read-only,
 * nowhere, the kernel's, and vanishing while the call is on its way.
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
/* True once in so many times. */
bool fuzz_once_in(struct fuzz_random *random, unsigned int times);

/* What all tasks of a storm share. */
#define FUZZ_QUEUES	8

struct fuzz_world {
	int msqids[FUZZ_QUEUES];	/* those that get has told last */
	unsigned long wanted;
	unsigned long calls;
	unsigned long succeeded;
	unsigned long faulted;
	unsigned long interrupted;
	unsigned long texts_read;	/* by descriptors of queues */
	unsigned long texts_written;
};

/* The largest argument that a command word can state, and some. */
#define FUZZ_ARGUMENT	(16384 + 4096)
/* Memory to send from and receive to. */
#define FUZZ_BUFFER	(3 * 4096)
/* Memory that threads take away from each other. */
#define FUZZ_VANISHING	(16 * 4096)
/* A descriptor that they close and exchange. */
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
	unsigned char *before;		/* what the argument was */
	unsigned char *buffer;		/* FUZZ_BUFFER bytes, then no memory */
	unsigned char *entries;		/* FUZZ_ENTRIES, then no memory */
	unsigned char *entries_before;	/* what they were */
};

/* What a watched buffer holds, and how far around its call that is checked. */
#define FUZZ_CANARY	0xA5
#define FUZZ_BEFORE	8
#define FUZZ_BEHIND	64

/* As the device's commands are numbered. */
enum fuzz_command {
	INFO, GET, SND, RCV, CTL, OPEN, SENDV, RECVV, SETTLE, STATE,
	WHO,
	COMMANDS,
	UNKNOWN = COMMANDS
};

/* What sort of memory an address names. */
enum fuzz_place {
	OWN,			/* the task's own, nobody else writes it */
	ENDING,			/* the same, but it ends in the middle */
	ODD,			/* anything that is no kernel memory */
	KERNEL,			/* never to be read or written for a program */
};

struct fuzz_draw {
	enum fuzz_command command;
	unsigned int word;
	int fd;
	union raw_argument *argument;
	enum fuzz_place argument_place;
	size_t size;		/* of the argument */
	enum fuzz_place buffer_place;
	enum fuzz_place text_place;	/* of a batch's first entry */
	unsigned char *buffer;	/* where OWN */
	bool watched;		/* filled with the canary before */
	const union raw_argument *drawn;
};

/* Memory of so many bytes, after which a page follows that is not there. */
void *fuzz_fenced(size_t size);

/* The parts of arguments, near to valid ones and away from them. */
uint64_t fuzz_number(struct fuzz_random *random);
int fuzz_msqid(struct fuzz_task *task);
int fuzz_flags(struct fuzz_random *random);
int64_t fuzz_type(struct fuzz_random *random);
int64_t fuzz_text_size(struct fuzz_random *random);
uint64_t fuzz_kernel_address(struct fuzz_random *random);
uint64_t fuzz_buffer(struct fuzz_task *task, struct fuzz_draw *call);

static inline bool fuzz_is_queue(int fd)
{
	return fd >= FUZZ_QUEUE_FD && fd < FUZZ_QUEUE_FD + FUZZ_QUEUE_FDS;
}

/* Those of descriptors, batches and claims: fuzz_desc.c. */
void fuzz_draw_desc(struct fuzz_task *task, struct fuzz_draw *call,
		    enum fuzz_command like, union raw_argument *argument);
void fuzz_check_desc(struct fuzz_task *task, const struct fuzz_draw *call,
		     long ret, int error);
/* A descriptor that was opened takes the place of another. */
void fuzz_keep_descriptor(struct fuzz_task *task, int fd);

/* Draw a call, and put its argument where it should lie. */
void fuzz_draw(struct fuzz_task *task, struct fuzz_draw *call);

/* One random call, and the check of its answer. */
void fuzz_call(struct fuzz_task *task);
/* The same of read(2), poll(2), fcntl(2) and the like: fuzz_io.c. */
void fuzz_io(struct fuzz_task *task);

/* One more was made. */
void fuzz_note(struct fuzz_task *task, long ret, int error);

#endif /* FUZZ_MAKE_H */
