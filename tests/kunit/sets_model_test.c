// SPDX-License-Identifier: MIT
/*
 * A whole set against a model of it, which sets_model.h describes.  Random
 * sequences of calls, of values that are set, of ends of processes and of ends
 * of waits get the same results from both, complete the same calls, and leave
 * the same state.
 *
 * The order of two completed calls counts if they name the same semaphore.  If
 * they do not, neither notices the other, and the set may complete them in any
 * order.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/sem.h>
#include <linux/spinlock.h>
#include <linux/string.h>

#include "sem/apply.h"
#include "sets_model.h"

#define SEQUENCES	300
#define STEPS		200
#define OPS		4

/* Do two orders have the same calls at a semaphore? */
static bool same_order(const struct order *one, const struct order *other,
		       unsigned int number)
{
	unsigned int i = 0, j = 0;

	for (;;) {
		while (i < one->count && !names(one->entries[i], number))
			i++;
		while (j < other->count && !names(other->entries[j], number))
			j++;
		if (i == one->count || j == other->count)
			return i == one->count && j == other->count;
		if (one->entries[i++] != other->entries[j++])
			return false;
	}
}

/* The calls that a pass of the set has completed; a single one is woken. */
static void completed_by_set(struct model *model, struct semset_pass *pass,
			     struct order *order)
{
	struct semset_waiter *waiter;
	unsigned int i;

	order->count = 0;
	list_for_each_entry(waiter, &pass->completed, node.ring)
		order->entries[order->count++] =
			container_of(waiter, struct entry, call.waiter);
	for (i = 0; !order->count && i < MODEL_ENTRIES; i++) {
		struct entry *entry = &model->entries[i];

		/* It waits no more in the model, if all is well. */
		if (entry->call.waiter.task && !entry->call.waiter.queued &&
		    entry->call.waiter.state != SEMSET_WAITING)
			order->entries[order->count++] = entry;
	}
}

/* A call that was completed, or has given up, can be used again. */
static void forget(struct entry *entry)
{
	entry->call.waiter.task = NULL;
}

/* End a pass of the set, and compare it with that of the model. */
static bool pass_agrees(struct model *model, struct semset_pass *pass,
			const struct order *order)
{
	const struct order *expected = &model->completed;
	struct entry *late = NULL;
	unsigned int i;
	bool agrees = order->count == expected->count;

	for (i = 0; i < model->set->count; i++)
		agrees &= same_order(order, expected, i);
	/* The time of one is over before it is woken. */
	if (order->count && !below(&model->rnd, 4))
		late = order->entries[below(&model->rnd, order->count)];
	if (late)
		agrees &= give_up_call(model->set, &late->call) == late->result;
	semset_wake(model->set, &pass->completed);
	for (i = 0; i < order->count; i++) {
		struct entry *entry = order->entries[i];

		agrees &= entry->call.waiter.result == entry->result;
		agrees &= entry == late ||
			  entry->call.waiter.state == entry->result;
		agrees &= !entry->waits;
		forget(entry);
	}
	model->several += order->count > 1;
	return agrees;
}

static void begin_pass(struct model *model, struct semset_pass *pass)
{
	model->completed.count = 0;
	spin_lock(&model->set->ipc.lock);
	semset_pass_begin(pass, model->set);
}

/* The model has done the same, and completes calls now. */
static bool end_pass(struct model *model, struct semset_pass *pass)
{
	struct order order;

	semset_pass_end(pass);
	completed_by_set(model, pass, &order);
	spin_unlock(&model->set->ipc.lock);
	model_pass(model);
	return pass_agrees(model, pass, &order);
}

static int draw_op(struct model *model)
{
	switch (below(&model->rnd, 24)) {
	case 0:
		return SEMVMX - (int)below(&model->rnd, 5);
	case 1:
		return -SEMVMX + (int)below(&model->rnd, 5);
	case 2 ... 7:
		return 0;
	case 8 ... 14:
		return 1 + below(&model->rnd, 2);
	default:
		return -1 - (int)below(&model->rnd, 3);
	}
}

static void draw_call(struct model *model, struct entry *entry)
{
	unsigned int count = 1, i;
	struct sembuf ops[OPS];

	if (below(&model->rnd, 2))
		count += below(&model->rnd, OPS);
	for (i = 0; i < count; i++)
		ops[i] = (struct sembuf){
			.sem_num = below(&model->rnd, model->set->count),
			.sem_op = draw_op(model),
			.sem_flg = (below(&model->rnd, 12) ? 0 : IPC_NOWAIT) |
				   (below(&model->rnd, 4) ? 0 : SEM_UNDO),
		};
	entry->process = below(&model->rnd, MODEL_PROCESSES);
	make_call(&entry->call, ops, count, model->pids[entry->process]);
	entry->call.waiter.undo = model->undos[entry->process];
}

static struct entry *free_entry(struct model *model)
{
	unsigned int i;

	for (i = 0; i < MODEL_ENTRIES; i++)
		if (!model->entries[i].waits)
			return &model->entries[i];
	return NULL;
}

static void queue_both(struct model *model, struct entry *entry)
{
	semset_wait_begin(model->set, &entry->call.waiter);
	model_queue(model, entry);
}

/* A call operates, and waits if it cannot go on. */
static bool step_operate(struct model *model)
{
	struct entry *entry = free_entry(model);
	struct semset_waiter *waiter;
	struct semset_pass pass;
	int expected, ret;

	if (!entry)
		return true;

	draw_call(model, entry);
	waiter = &entry->call.waiter;
	expected = model_do(model, entry);
	begin_pass(model, &pass);
	ret = semset_apply(model->set, waiter);
	if (ret == SEMSET_BLOCKED && expected == ret)
		queue_both(model, entry);
	if (ret || expected) {
		spin_unlock(&model->set->ipc.lock);
		return ret == expected;
	}
	model->set->operations++;
	if (waiter->alters)
		semset_changed_by(&pass, waiter->ops, waiter->count);
	return end_pass(model, &pass);
}

/* Set a value in both, with nothing to be undone at it. */
static void set_both(struct model *model, unsigned int number, int value,
		     struct pid *pid)
{
	struct semset_sem *sem = &model->set->sems[number];
	unsigned int i;

	sem->value = value;
	semset_note(sem, pid);
	model->values[number] = value;
	model->noted[number] = pid;
	for (i = 0; i < MODEL_PROCESSES; i++) {
		model->undos[i]->adjust[number] = 0;
		model->adjust[i][number] = 0;
	}
}

static int draw_value(struct model *model)
{
	if (!below(&model->rnd, 12))
		return SEMVMX - below(&model->rnd, 3);
	return below(&model->rnd, 2) ? 0 : below(&model->rnd, 6);
}

static bool step_set_one(struct model *model)
{
	unsigned int number = below(&model->rnd, model->set->count);
	struct pid *pid = model->pids[below(&model->rnd, MODEL_PROCESSES)];
	struct semset_pass pass;

	begin_pass(model, &pass);
	set_both(model, number, draw_value(model), pid);
	semset_changed(&pass, number);
	return end_pass(model, &pass);
}

static bool step_set_all(struct model *model)
{
	struct pid *pid = model->pids[below(&model->rnd, MODEL_PROCESSES)];
	struct semset_pass pass;
	unsigned int i;

	begin_pass(model, &pass);
	for (i = 0; i < model->set->count; i++)
		set_both(model, i, draw_value(model), pid);
	semset_changed_all(&pass);
	return end_pass(model, &pass);
}

/* A process ends that has no call which waits. */
static bool step_end_process(struct model *model)
{
	unsigned int process = below(&model->rnd, MODEL_PROCESSES), i;
	int *adjust = model->adjust[process];
	struct semset_pass pass;
	struct entry *entry;
	int value;

	list_for_each_entry(entry, &model->waiting, list)
		if (entry->process == process)
			return true;

	begin_pass(model, &pass);
	for (i = 0; i < model->set->count; i++) {
		if (!adjust[i])
			continue;
		value = clamp(model->values[i] + adjust[i], 0, SEMVMX);
		model->values[i] = value;
		model->noted[i] = model->pids[process];
		model->set->sems[i].value = value;
		semset_note(&model->set->sems[i], model->pids[process]);
	}
	for (i = 0; i < model->set->count; i++)
		if (adjust[i])
			semset_changed(&pass, i);
	memset(adjust, 0, sizeof(model->adjust[0]));
	memset(model->undos[process]->adjust, 0, model->set->count * sizeof(s16));
	return end_pass(model, &pass);
}

/* The time of a call is over, or a signal has come. */
static bool step_give_up(struct model *model)
{
	u32 skip = model->count ? below(&model->rnd, model->count) : 0;
	struct entry *entry;

	list_for_each_entry(entry, &model->waiting, list) {
		if (skip--)
			continue;
		model_unqueue(model, entry);
		if (give_up_call(model->set, &entry->call) != -EAGAIN)
			return false;
		forget(entry);
		break;
	}
	return true;
}

static bool semaphore_agrees(struct model *model, unsigned int number)
{
	const struct semset_sem *sem = &model->set->sems[number];
	unsigned int i;

	for (i = 0; i < MODEL_PROCESSES; i++)
		if (model->undos[i]->adjust[number] != model->adjust[i][number])
			return false;
	return sem->value == model->values[number] &&
	       sem->pid == model->noted[number] &&
	       waiting_for(model->set, number, false) ==
		       model_count(model, number, false) &&
	       waiting_for(model->set, number, true) ==
		       model_count(model, number, true);
}

static bool agrees(struct model *model)
{
	struct entry *entry;
	unsigned int i;

	for (i = 0; i < model->set->count; i++)
		if (!semaphore_agrees(model, i))
			return false;
	list_for_each_entry(entry, &model->waiting, list)
		if (!entry->call.waiter.queued || entry->call.waiter.is_ready ||
		    entry->call.waiter.state != SEMSET_WAITING)
			return false;
	return model->set->waiting == model->count &&
	       model->set->arrivals == model->arrivals &&
	       model->set->operations == model->operations;
}

static bool step(struct model *model)
{
	u32 drawn = below(&model->rnd, 100);

	if (drawn < 74)
		return step_operate(model);
	if (drawn < 82)
		return step_set_one(model);
	if (drawn < 85)
		return step_set_all(model);
	if (drawn < 91)
		return step_end_process(model);
	return step_give_up(model);
}

static void begin_sequence(struct model *model)
{
	unsigned int count = 1 + below(&model->rnd, MODEL_SEMS);

	model_begin(model, set_at(model->env, new_set(model->env, count)));
}

/* The set is removed: this ends all calls, and no process is noted any more. */
static bool end_sequence(struct model *model)
{
	struct entry *entry, *next;
	bool ends = !remove_set(model->env, model->set->ipc.id);
	unsigned int i;

	list_for_each_entry_safe(entry, next, &model->waiting, list) {
		ends &= entry->call.waiter.state == -EIDRM;
		model_unqueue(model, entry);
		forget(entry);
	}
	for (i = 0; i < MODEL_PROCESSES; i++)
		ends &= refcount_read(&model->pids[i]->count) == 1;
	return ends;
}

static void set_as_model(struct kunit *test)
{
	struct model *model = new_model(test->priv);
	u32 seed = env_seed(&model->rnd), sequence, i;

	kunit_info(test, "seed %u", seed);
	for (sequence = 0; sequence < SEQUENCES; sequence++) {
		begin_sequence(model);
		for (i = 0; i < STEPS; i++)
			KUNIT_ASSERT_TRUE_MSG(test, step(model) && agrees(model),
					      "seed %u sequence %u step %u",
					      seed, sequence, i);
		KUNIT_ASSERT_TRUE_MSG(test, end_sequence(model),
				      "seed %u sequence %u", seed, sequence);
	}
	/* The sequences are no easier than they are meant to be. */
	KUNIT_EXPECT_GT(test, model->several, SEQUENCES);
	KUNIT_EXPECT_GT(test, model->failed, SEQUENCES);
}

static struct kunit_case sets_model_cases[] = {
	KUNIT_CASE(set_as_model),
	{ }
};

static struct kunit_suite sets_model_suite = {
	.name = "msgq_sets_model",
	.init = sets_init,
	.exit = sets_exit,
	.test_cases = sets_model_cases,
};

kunit_test_suite(sets_model_suite);
