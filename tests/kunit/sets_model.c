// SPDX-License-Identifier: MIT
/*
 * A model of a semaphore set; described in sets_model.h.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/sem.h>
#include <linux/string.h>

#include "sem/apply.h"
#include "sets_model.h"

struct model *new_model(struct env *env)
{
	struct model *model = kunit_kzalloc(env->test, sizeof(*model),
					    GFP_KERNEL);
	struct semset *largest = set_at(env, new_set(env, MODEL_SEMS));
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(env->test, model);
	model->env = env;
	for (i = 0; i < MODEL_PROCESSES; i++) {
		model->pids[i] = new_pid(env);
		model->undos[i] = new_undo(env, largest, model->pids[i]);
	}
	return model;
}

void model_begin(struct model *model, struct semset *set)
{
	unsigned int i;

	model->set = set;
	memset(model->values, 0, sizeof(model->values));
	memset(model->noted, 0, sizeof(model->noted));
	memset(model->adjust, 0, sizeof(model->adjust));
	for (i = 0; i < MODEL_PROCESSES; i++)
		memset(model->undos[i]->adjust, 0, MODEL_SEMS * sizeof(s16));
	INIT_LIST_HEAD(&model->waiting);
	model->count = 0;
	model->arrivals = 0;
	model->operations = 0;
}

bool names(const struct entry *entry, unsigned int number)
{
	unsigned int i;

	for (i = 0; i < entry->call.waiter.count; i++)
		if (entry->call.ops[i].sem_num == number)
			return true;
	return false;
}

/*
 * Do the operations of a call on copies of the values, and keep these if all are
 * done.  The operation that could not be done is returned in @blocking.
 */
static int model_apply(struct model *model, const struct entry *entry,
		       bool keep, const struct sembuf **blocking)
{
	const struct semset_waiter *waiter = &entry->call.waiter;
	int *adjust = model->adjust[entry->process];
	int values[MODEL_SEMS], adjusted[MODEL_SEMS];
	const struct sembuf *op;

	memcpy(values, model->values, sizeof(values));
	memcpy(adjusted, adjust, sizeof(adjusted));
	for (op = entry->call.ops; op < entry->call.ops + waiter->count; op++) {
		*blocking = op;
		if (op->sem_op ? values[op->sem_num] < -op->sem_op :
				 values[op->sem_num] != 0)
			return op->sem_flg & IPC_NOWAIT ? -EAGAIN :
							  SEMSET_BLOCKED;
		values[op->sem_num] += op->sem_op;
		if (values[op->sem_num] > SEMVMX)
			return -ERANGE;
		if (op->sem_flg & SEM_UNDO)
			adjusted[op->sem_num] -= op->sem_op;
		if (adjusted[op->sem_num] != (s16)adjusted[op->sem_num])
			return -ERANGE;
	}
	if (keep) {
		memcpy(model->values, values, sizeof(values));
		memcpy(adjust, adjusted, sizeof(adjusted));
	}
	return 0;
}

int model_do(struct model *model, const struct entry *entry)
{
	const struct sembuf *blocking;
	int ret = model_apply(model, entry, true, &blocking);
	unsigned int i;

	if (ret)
		return ret;

	model->operations++;
	for (i = 0; i < model->set->count; i++)
		if (names(entry, i))
			model->noted[i] = model->pids[entry->process];
	return 0;
}

void model_queue(struct model *model, struct entry *entry)
{
	list_add_tail(&entry->list, &model->waiting);
	entry->waits = true;
	model->count++;
	model->arrivals++;
}

void model_unqueue(struct model *model, struct entry *entry)
{
	list_del(&entry->list);
	entry->waits = false;
	model->count--;
}

static void model_complete(struct model *model, struct entry *entry)
{
	entry->result = model_do(model, entry);
	model->failed += entry->result != 0;
	model_unqueue(model, entry);
	model->completed.entries[model->completed.count++] = entry;
}

static bool goes_on(struct model *model, const struct entry *entry)
{
	const struct sembuf *blocking;

	return model_apply(model, entry, false, &blocking) != SEMSET_BLOCKED;
}

/* Complete all calls that go on and change nothing, with one operation or more. */
static void model_complete_unaltering(struct model *model, bool one)
{
	struct entry *entry, *next;

	list_for_each_entry_safe(entry, next, &model->waiting, list) {
		bool has_one = entry->call.waiter.count == 1;

		if (!entry->call.waiter.alters && has_one == one &&
		    goes_on(model, entry))
			model_complete(model, entry);
	}
}

static bool model_complete_first(struct model *model)
{
	struct entry *entry;

	list_for_each_entry(entry, &model->waiting, list) {
		if (!entry->call.waiter.alters || !goes_on(model, entry))
			continue;
		model_complete(model, entry);
		return true;
	}
	return false;
}

void model_pass(struct model *model)
{
	do {
		model_complete_unaltering(model, true);
		model_complete_unaltering(model, false);
	} while (model_complete_first(model));
}

unsigned int model_count(struct model *model, unsigned int number,
			 bool for_zero)
{
	const struct sembuf *blocking;
	unsigned int count = 0;
	struct entry *entry;

	list_for_each_entry(entry, &model->waiting, list) {
		model_apply(model, entry, false, &blocking);
		if (blocking->sem_num == number && !blocking->sem_op == for_zero)
			count++;
	}
	return count;
}
