/* SPDX-License-Identifier: MIT */
/*
 * The common parts of the tests of semaphore sets: sets and calls that are made
 * by the commands of the device, as a program makes them; calls that belong to
 * no sleeping task, for the internal interfaces; and processes that sleep in a
 * call.
 *
 * The suites use sets_init() and sets_exit().  The latter removes all sets,
 * which ends all calls, restores the limits and checks that nothing is left.
 */
#ifndef MSGQ_KUNIT_SETS_H
#define MSGQ_KUNIT_SETS_H

#include <linux/sem.h>
#include <linux/time64.h>
#include <linux/types.h>

#include "sem/instance.h"
#include "sem/match.h"
#include "sem/set.h"
#include "sem/undo.h"
#include "sem/wait.h"
#include "env.h"
#include "process.h"

/* The most operations of a call that no task sleeps in, and of a sleeper. */
#define CALL_MOST	12

/* The most sleepers of a test. */
#define SLEEPERS_MOST	64

struct pid;

int sets_init(struct kunit *test);
void sets_exit(struct kunit *test);
struct semset_instance *sets_of_module(void);

/* Make a set, which must succeed; the set itself; its public state. */
int new_set(struct env *env, int count);
struct semset *set_at(struct env *env, int id);

/* The commands; the argument is placed before a hole. */
long get_set(struct env *env, s32 key, int count, int flags);
long semctl_of(struct env *env, int id, int number, int cmd, unsigned long arg);
int remove_set(struct env *env, int id);
/* Read one value; set one; set all that the set has. */
int value_of(struct env *env, int id, int number);
int set_value(struct env *env, int id, int number, int value);
int set_values(struct env *env, int id, const u16 *values);
/*
 * Operate with a time limit of 0: a call that cannot go on becomes a waiter and
 * returns -EAGAIN.
 */
long operate(struct env *env, int id, const struct sembuf *ops,
	     unsigned int count);
long operate_one(struct env *env, int id, int number, int op, int flags);

/**
 * struct call - a call that no task sleeps in
 * @waiter: its waiter, with the operations and the links
 * @ops: the operations
 * @links: links for them
 */
struct call {
	struct semset_waiter waiter;
	struct sembuf ops[CALL_MOST];
	struct semset_link links[CALL_MOST];
};

void make_call(struct call *call, const struct sembuf *ops, unsigned int count,
	       struct pid *pid);
/* Make one of the calling process. */
struct call *new_call(struct env *env, const struct sembuf *ops,
		      unsigned int count);
/* Do its operations; have it wait, which it must. */
int apply(struct semset *set, struct call *call);
void queue_call(struct env *env, struct semset *set, struct call *call);
/* End its wait as if its time were over, and return its result. */
int give_up_call(struct semset *set, struct call *call);
/* The number of tasks that wait for a semaphore. */
unsigned int waiting_for(struct semset *set, unsigned int number,
			 bool for_zero);
/* A process that does not exist, but can be noted.  It has one reference. */
struct pid *new_pid(struct env *env);
/* A record of it that no set has and that takes back nothing yet. */
struct semset_undo *new_undo(struct env *env, struct semset *set,
			     struct pid *pid);

/**
 * struct sleeper - a process that operates on a set, and may wait
 * @id: the set
 * @count: how many operations
 * @ops: the operations
 * @limit: how long it waits, in nanoseconds, or 0
 * @place: where its argument is in user memory
 * @process: the process
 */
struct sleeper {
	int id;
	unsigned int count;
	struct sembuf ops[CALL_MOST];
	u64 limit;
	char __user *place;
	struct process *process;
};

/* Start one; and one that must wait, which it does when this returns. */
struct sleeper *start_sleeper(struct env *env, int id, const struct sembuf *ops,
			      unsigned int count, u64 limit);
struct sleeper *sleeper_waits(struct env *env, int id, int number, int op);
void await_waiting(struct env *env, int id, unsigned int waiting);
/* The result of its call; then it has not ended yet. */
long sleeper_ret(struct sleeper *sleeper);
/* Has its call not returned? */
bool sleeps(struct sleeper *sleeper);
/* End the process; and take back what it has left. */
void end_sleeper_quietly(struct env *env, struct sleeper *sleeper);
void end_sleeper(struct env *env, struct sleeper *sleeper);

#endif /* MSGQ_KUNIT_SETS_H */
