/* SPDX-License-Identifier: MIT */
/*
 * fault_scene.h - a queue with messages, about to be called
 *
 * A scene is the setup for one kind of call: its queue, the messages on it, and
 * the argument of the call.  A call that fails must leave all of it as it was;
 * a call that succeeds must do exactly its work.
 */
#ifndef FAULT_SCENE_H
#define FAULT_SCENE_H

#include <sys/msg.h>

#include "fault_raw.h"

/* The longest text; msgmax is raised to it. */
#define SCENE_LONGEST	(1024 * 1024)

#define SCENE_KEY	0x4641

struct scene;

/* Why points of a call fail, in the order in which it reaches them. */
struct cause {
	const char *why;
	int error;			/* ENOMEM or EFAULT; 0: either */
	unsigned int least;		/* the least number of such points */
	unsigned int most;		/* and the most; 0: any number */
};

#define CAUSES	6

/*
 * A short text is copied word by word, and injection does not reach that: guard
 * pages have to be enough there.
 */
#define COPIES(bytes, points)	((bytes) > 256 ? (points) : 0)

/* Has at least that many points; the argument is mostly copied word by word. */
#define CAUSE(because, errno_of, points)				\
	{ .why = because, .error = errno_of, .least = points }

/**
 * struct kind - one kind of call
 * @name: its name
 * @command: the device's command; 0: @other makes the call
 * @size: bytes of text
 * @room: bytes that a receiver has room for
 * @flags: its flags, or its command for the control command
 * @long_size: bytes of the program's long
 * @known: a queue with messages is there before
 * @opened: the call is made on its descriptor, and not on the device's
 * @input: bytes that it reads at the address in its argument
 * @output: bytes that it writes there
 * @extra: bytes by which the argument is longer than this header's
 * @prepare: the rest of the argument
 * @check: checks its effects, given its answer
 * @causes: why its points fail
 */
struct kind {
	const char *name;
	unsigned long command;
	long (*other)(struct scene *scene);
	size_t size;
	size_t room;
	int flags;
	unsigned int long_size;
	bool known;
	bool opened;
	size_t input;
	size_t output;
	size_t extra;
	void (*prepare)(struct scene *scene);
	void (*check)(struct scene *scene, long ret);
	struct cause causes[CAUSES];
};

struct model_message {
	long type;
	size_t size;
	unsigned int number;
};

/* The state that a failed call must not change. */
struct scene_state {
	struct msgq_ds64 queue;
	struct msginfo totals;
	struct msgq_state state;
};

struct scene {
	const struct kind *kind;
	int fd;
	int msqid;			/* -1: none */
	int opened;			/* its descriptor; -1: none */
	int next_fd;			/* the result of an open */
	union raw_argument *argument;	/* all of it is mapped memory */
	unsigned char *buffer;		/* its msgbuf, msqid_ds or msginfo */
	struct model_message model[8];
	unsigned int messages;
	struct msginfo base;		/* the totals without it */
	struct scene_state before;
};

extern const struct kind kinds[];
extern const unsigned int kind_count;
extern const struct kind desc_kinds[];
extern const unsigned int desc_kind_count;

/* All kinds, by number, and then NULL. */
const struct kind *kind_at(unsigned int number);

/* Set up descriptor, memory and msgmax, once for a case. */
void scene_open(struct scene *scene, const struct kind *kind);
void scene_close(struct scene *scene);

/* Set up queue, messages and argument for the call; record @before. */
void scene_make(struct scene *scene);

/* Make the call. */
long scene_call(struct scene *scene);

/* The call has failed: check that nothing has changed. */
void scene_same(struct scene *scene, const char *point);

/* The call has succeeded: drain, compare and remove the queue. */
void scene_end(struct scene *scene, long ret);

void scene_totals(int fd, struct msginfo *totals);

/* For calls that change the model. */
void model_put(struct scene *scene, unsigned int number, size_t size);
void model_remove(struct scene *scene, unsigned int place);

#endif /* FAULT_SCENE_H */
