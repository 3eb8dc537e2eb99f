/* SPDX-License-Identifier: MIT */
/*
 * chaos_task.h - a process of chaos_desc.h: its descriptors, the memory of its
 * batches, and the possible answers of its calls
 */
#ifndef CHAOS_TASK_H
#define CHAOS_TASK_H

#include "chaos.h"
#include "desc_claims.h"

/* The room for one text in a batch, and the distance to the next. */
#define TASK_ROOM	512
#define TASK_STRIDE	640

/* A descriptor, or -1. */
struct opened {
	int fd;
	uint32_t incarnation;
	uint64_t limit;
	long rule;
	int flags;
	unsigned int type;		/* index in chaos_types */
};

struct task {
	struct chaos_world *world;
	struct chaos_slot *slot;
	unsigned int process;
	unsigned int number;		/* the slot's */
	struct fuzz_random random;
	struct opened opened[CHAOS_PLACES];
	struct msgq_message entries[CHAOS_BATCH];
};

static inline uint64_t task_below(struct task *me, uint64_t bound)
{
	return fuzz_below(&me->random, bound);
}

static inline bool task_once_in(struct task *me, unsigned int times)
{
	return fuzz_once_in(&me->random, times);
}

/* The memory of its call's texts, as the program and as the call see it. */
unsigned char *task_area(struct task *me);
unsigned char *task_window(struct task *me);
/* One of the texts; before it there is place for a type. */
unsigned char *task_text(unsigned char *memory, unsigned int i);

void task_state(struct task *me, enum chaos_state state);
/* The queue of its call. */
const struct chaos_incarnation *task_queue(struct task *me);

/* A descriptor of a place's queue, or of the one before; NULL: was removed. */
struct opened *task_open(struct task *me, unsigned int place);
void task_close(struct opened *opened);

/* Draw a rule, with MSG_EXCEPT or not, and how a batch of count waits. */
long task_rule(struct task *me, int *flags);
struct msgq_how task_how(struct task *me, unsigned int count);

/* Now and then, take pages away for its call. */
bool task_fault(struct task *me, bool may);
void task_unfault(struct task *me, bool faulty);

/* Clear the room for a batch: no byte of it can be one of a text. */
bool task_clean(struct task *me, unsigned int count, bool may_fault);

/* The number of the message that a call has stored as a text. */
uint32_t task_got(struct task *me, unsigned int i, size_t size, long type,
		  long rule, int flags);

/* A call failed: check that it may fail in this way. */
void task_check_error(struct task *me, bool receives, bool faulty, int error);

#endif /* CHAOS_TASK_H */
