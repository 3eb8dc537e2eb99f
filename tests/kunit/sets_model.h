/* SPDX-License-Identifier: MIT */
/*
 * A model of a semaphore set: an array of values, and a list of calls that wait
 * in order of arrival, which is searched from end to end.
 *
 * After a change the model completes calls by the rule that match.h describes:
 * those that change nothing first, and then the earliest that can go on, again
 * and again.  Among those that change nothing, calls with one operation come
 * before others.
 */
#ifndef MSGQ_KUNIT_SETS_MODEL_H
#define MSGQ_KUNIT_SETS_MODEL_H

#include <linux/list.h>
#include <linux/types.h>

#include "sets.h"

#define MODEL_SEMS	4
#define MODEL_PROCESSES	4
#define MODEL_ENTRIES	24

/**
 * struct entry - a call that may wait
 * @call: the call at the set
 * @list: in the model, among those that wait, in order of arrival
 * @waits: it is among them
 * @process: the number of the process that makes it
 * @result: its result in the model, when it has been completed
 */
struct entry {
	struct call call;
	struct list_head list;
	bool waits;
	unsigned int process;
	int result;
};

/**
 * struct order - completed calls, in the order in which they were completed
 * @entries: the calls
 * @count: how many
 */
struct order {
	struct entry *entries[MODEL_ENTRIES];
	unsigned int count;
};

/**
 * struct model - a set, and the model of it
 * @env: the environment
 * @rnd: draws all that is random
 * @set: the set
 * @undos: the records of the processes, which are in no tree
 * @pids: the processes
 * @values: the values
 * @noted: the process that was noted at each, or NULL
 * @adjust: for each process, what its end adds to each
 * @waiting: the calls that wait
 * @count: how many
 * @arrivals: how many have ever waited
 * @operations: how many calls have been done
 * @completed: the calls that the model has completed in this step
 * @several: in how many steps there was more than one
 * @failed: how many calls have failed after they had waited
 * @entries: all calls
 */
struct model {
	struct env *env;
	struct rnd_state rnd;
	struct semset *set;
	struct semset_undo *undos[MODEL_PROCESSES];
	struct pid *pids[MODEL_PROCESSES];
	int values[MODEL_SEMS];
	struct pid *noted[MODEL_SEMS];
	int adjust[MODEL_PROCESSES][MODEL_SEMS];
	struct list_head waiting;
	unsigned int count;
	u64 arrivals;
	u64 operations;
	struct order completed;
	u32 several;
	u32 failed;
	struct entry entries[MODEL_ENTRIES];
};

/* Make a model, which is of no set yet. */
struct model *new_model(struct env *env);
/* From now on it is the model of this set, which is new. */
void model_begin(struct model *model, struct semset *set);

/* Does a call name a semaphore? */
bool names(const struct entry *entry, unsigned int number);
/* A call is made, or goes on; returns what semset_apply() does. */
int model_do(struct model *model, const struct entry *entry);
/* A call joins those that wait, or leaves them. */
void model_queue(struct model *model, struct entry *entry);
void model_unqueue(struct model *model, struct entry *entry);
/* After a change, complete the calls that go on. */
void model_pass(struct model *model);
/* The number of calls that wait for a semaphore. */
unsigned int model_count(struct model *model, unsigned int number,
			 bool for_zero);

#endif /* MSGQ_KUNIT_SETS_MODEL_H */
