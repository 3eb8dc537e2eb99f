/* SPDX-License-Identifier: MIT */
/*
 * chaos_task.h - a process of chaos_desc.h: its descriptors, the memory that
 * its batches lie in, and what its calls may answer
 */
#ifndef CHAOS_TASK_H
#define CHAOS_TASK_H

#include "chaos.h"
#include "desc_claims.h"

/* Of one text in a batch, and how far on the next one is. */
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
	unsigned int number;		/* of the slot */
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

/* Where its call's texts lie: as the books see it, and as the call does. */
unsigned char *task_area(struct task *me);
unsigned char *task_window(struct task *me);
/* One of them; before it there is place for a type. */
unsigned char *task_text(unsigned char *memory, unsigned int i);

void task_state(struct task *me, enum chaos_state state);
/* The queue of its call. */
const struct chaos_incarnation *task_queue(struct task *me);

/* A descriptor of a place's queue, or of the one before; NULL: it is gone. */
struct opened *task_open(struct task *me, unsigned int place);
void task_close(struct opened *opened);

/* A rule, and MSG_EXCEPT; how a batch of so many waits. */
long task_rule(struct task *me, int *flags);
struct msgq_how task_how(struct task *me, unsigned int count);

/* Memory is missing in its call, now and then. */
bool task_fault(struct task *me, bool may);
void task_unfault(struct task *me, bool faulty);

/* Room for a batch; no byte of it is what a text may hold. */
bool task_clean(struct task *me, unsigned int count, bool may_fault);

/* The number of what a call has put in the place of a text. */
uint32_t task_got(struct task *me, unsigned int i, size_t size, long type,
		  long rule, int flags);

/* It failed, as it may in all this. */
void task_check_error(struct task *me, bool receives, bool faulty, int error);

#endif /* CHAOS_TASK_H */
