/* SPDX-License-Identifier: MIT */
/*
 * diff.h - the same calls, made to the kernel's own queues and to the device,
 * and whether both answer alike
 *
 * One side is the kernel's: its system calls, raw.  The other is the device's:
 * the four names of the drop-in library.  At the beginning the cycles of
 * identifiers of both are brought to the same point, so that from then on each
 * new queue has to get the same identifier on both sides, and a call is the
 * same in every argument.  The clock is moved by DIFF_JUMP seconds now and
 * then, so that the times of a queue tell which step set them.
 *
 * Where Linux and the device are meant to differ (behaviour.md has the list)
 * diff_allow() compensates the difference by name; no other may be.
 */
#ifndef DIFF_H
#define DIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/msg.h>
#include <sys/types.h>

#include "fuzz_make.h"

enum diff_side { DIFF_KERNEL, DIFF_DEVICE, DIFF_SIDES };

enum diff_kind {
	DIFF_GET,
	DIFF_SEND,
	DIFF_RECEIVE,
	DIFF_CONTROL,
	DIFF_KINDS,
	DIFF_NOTE = DIFF_KINDS,	/* no call: something else was done */
};

/* The kinds of memory of a call. */
enum diff_place {
	DIFF_GOOD,
	DIFF_ENDING,		/* it ends after some bytes */
	DIFF_READ_ONLY,
	DIFF_NONE,		/* mapped without access */
	DIFF_NULL,
	DIFF_BEYOND,		/* the kernel's */
};

/* The identity of a caller. */
struct diff_identity {
	uid_t uid;
	gid_t gid;
	gid_t group;		/* one more; 0: none */
	uint64_t capabilities;
};

struct diff_call {
	enum diff_kind kind;
	int key;
	int msqid;
	int command;
	int flags;
	long type;		/* a message's, or a receiver's rule */
	size_t size;
	enum diff_place place;
	size_t room;		/* bytes before the memory ends */
	size_t shift;		/* offset of good memory from its alignment */
	size_t fill;		/* where in the pattern its bytes begin */
	struct msqid_ds set;
};

struct diff_answer {
	long ret;
	int error;		/* where ret is -1, else 0 */
};

/* A step, for the report of the last ones. */
struct diff_step {
	unsigned long number;
	pid_t pid;
	struct diff_identity who;
	struct diff_call call;
	struct diff_answer answers[DIFF_SIDES];
	char note[224];
};

#define DIFF_LOG	40
#define DIFF_ERRORS	140
#define DIFF_LIVE	160		/* queues at any time */
#define DIFF_REMOVED	64		/* identifiers that are remembered */
#define DIFF_JUMP	100
#define DIFF_LONGEST	40000		/* message */
#define DIFF_PATTERN	8191

/* The type in memory that is read only. */
#define DIFF_TYPE	7

enum diff_limit { DIFF_MSGMAX, DIFF_MSGMNB, DIFF_MSGMNI, DIFF_LIMITS };

/* The state that all processes share. */
struct diff_world {
	unsigned long seed;
	struct fuzz_random random;
	unsigned long steps;
	unsigned int told;		/* steps in the log so far */
	struct diff_step log[DIFF_LOG];
	unsigned long counts[DIFF_KINDS][DIFF_ERRORS];

	unsigned int live;
	int msqids[DIFF_LIVE];
	unsigned int removed;		/* number so far */
	int old[DIFF_REMOVED];

	long jumped;			/* seconds, of the clock */
	bool copies;			/* the kernel has MSG_COPY */
	long limits[DIFF_LIMITS];	/* as they are on both sides */
	unsigned char pattern[DIFF_PATTERN + DIFF_LONGEST + 4096];
};

/* A process's memory for calls, the same on each side. */
struct diff_memory {
	unsigned char *start[DIFF_SIDES];
};

/* A process that makes steps. */
struct diff_task {
	struct diff_world *world;
	struct diff_memory memory;
	struct diff_identity who;
	uint64_t permitted;		/* capabilities that it can have */
	bool away;			/* in a user namespace of its own */
};

/* diff_sides.c: both sides, and their comparison. */

/* Skip the case if the kernel has no queues; align both sides. */
struct diff_world *diff_begin(unsigned long seed);
/* Remove all queues, and restore limits and clock; after a failure, too. */
void diff_end(void);
long diff_kernel_get(int key, int flags);
long diff_kernel_send(int msqid, const void *msgp, size_t size, int flags);
long diff_kernel_receive(int msqid, void *msgp, size_t size, long type,
			 int flags);
long diff_kernel_control(int msqid, int command, void *buf);
/* One of the calls, on one side. */
struct diff_answer diff_make(enum diff_side side, const struct diff_call *call,
			     void *buffer);
/* 0 or an errno. */
int diff_limit_set(enum diff_side side, enum diff_limit limit, long value);
const char *diff_limit_name(enum diff_limit limit);
void diff_clock_jump(void);
/* Are these the same, but for times that lie a second apart? */
bool diff_same_state(const struct msqid_ds *kernel,
		     const struct msqid_ds *device);

/* diff_memory.c: the memory that calls read and write. */
struct diff_memory diff_memory_make(void);
/* Fill the memory of a call as it should be, and give its address. */
void *diff_prepare(const struct diff_task *task, const struct diff_call *call,
		   enum diff_side side);
/* NULL if the call has left the same on both sides, else the difference. */
const char *diff_memory_differs(const struct diff_task *task,
				const struct diff_call *call,
				const struct diff_answer *answer);

/* diff_step.c: a step on both sides, and its comparison. */
void diff_step(struct diff_task *task, const struct diff_call *call);
/* The same for calls that only check: they are no steps. */
long diff_look(struct diff_task *task, const struct diff_call *call);
/* Both sides are the same in everything that can be read. */
void diff_compare_all(struct diff_task *task);
/* Receive all messages; the task must have permission. */
void diff_drain_all(struct diff_task *task);
void diff_note(struct diff_task *task, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Print the last steps, and end the case. */
void diff_disagree(struct diff_world *world, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* diff_tell.c: in words. */
void diff_tell_call(const struct diff_call *call, char *text, size_t size);
void diff_tell_answer(const struct diff_answer *answer, char *text,
		      size_t size);
void diff_tell_step(const struct diff_step *step);
void diff_tell_counts(const struct diff_world *world);

/* diff_draw.c: the next step. */
void diff_draw(struct diff_world *world, struct diff_call *call);

/* diff_task.c: the caller. */
void diff_become(struct diff_task *task, const struct diff_identity *who);
void diff_become_root(struct diff_task *task);
void diff_draw_identity(struct diff_task *task);

#endif /* DIFF_H */
