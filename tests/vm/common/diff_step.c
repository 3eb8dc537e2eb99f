// SPDX-License-Identifier: MIT
/*
 * diff_step.c - a step on both sides, and its comparison; see diff.h
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diff.h"
#include "test.h"

static struct diff_step *next_in_log(struct diff_task *task)
{
	struct diff_world *world = task->world;
	struct diff_step *step = &world->log[world->told++ % DIFF_LOG];

	step->number = world->steps;
	step->pid = getpid();
	step->who = task->who;
	return step;
}

void diff_note(struct diff_task *task, const char *format, ...)
{
	struct diff_step *step = next_in_log(task);
	va_list args;

	step->call.kind = DIFF_NOTE;
	va_start(args, format);
	vsnprintf(step->note, sizeof(step->note), format, args);
	va_end(args);
}

void diff_disagree(struct diff_world *world, const char *format, ...)
{
	unsigned int first = world->told < DIFF_LOG ? 0 :
						     world->told - DIFF_LOG;
	char text[256];
	va_list args;

	printf("seed %lu; the last steps, kernel's answers first:\n",
	       world->seed);
	for (unsigned int i = first; i < world->told; i++)
		diff_tell_step(&world->log[i % DIFF_LOG]);
	fflush(stdout);

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	FAIL("seed %lu, step %lu: %s", world->seed, world->steps, text);
}

static void note_answer(struct diff_world *world, const struct diff_call *call,
			const struct diff_answer *answer)
{
	int error = answer->error;

	world->counts[call->kind][error < DIFF_ERRORS ? error : 0]++;
}

static unsigned int place_of(struct diff_world *world, int msqid)
{
	unsigned int i = 0;

	while (i < world->live && world->msqids[i] != msqid)
		i++;
	return i;
}

/* Update the list of queues. */
static void note_queues(struct diff_world *world, const struct diff_call *call,
			const struct diff_answer *answer)
{
	unsigned int place;

	if (answer->ret < 0)
		return;
	if (call->kind == DIFF_GET) {
		place = place_of(world, answer->ret);
		if (place == world->live && world->live < DIFF_LIVE)
			world->msqids[world->live++] = answer->ret;
	} else if (call->kind == DIFF_CONTROL && call->command == IPC_RMID) {
		place = place_of(world, call->msqid);
		world->old[world->removed++ % DIFF_REMOVED] = call->msqid;
		if (place < world->live)
			world->msqids[place] = world->msqids[--world->live];
	}
}

/*
 * Intended difference 1: a receive that faults loses its message on Linux; on
 * the device the message keeps its place.  The caller therefore receives it
 * there now, by the same rule, and is the last receiver on both sides.
 */
static void allow_fault(struct diff_task *task, const struct diff_call *call,
			const struct diff_answer *answers)
{
	struct diff_call again = *call;
	struct diff_answer answer;

	if (call->kind != DIFF_RECEIVE || call->flags & MSG_COPY ||
	    answers[DIFF_KERNEL].error != EFAULT)
		return;
	again.place = DIFF_GOOD;
	again.size = DIFF_LONGEST;
	again.flags |= IPC_NOWAIT;
	answer = diff_make(DIFF_DEVICE, &again,
			   diff_prepare(task, &again, DIFF_DEVICE));
	if (answer.ret < 0)
		diff_disagree(task->world,
			      "the device has lost a message as well: %s",
			      strerrorname_np(answer.error));
	diff_prepare(task, &again, DIFF_KERNEL);
	diff_prepare(task, &again, DIFF_DEVICE);
}

/* Report a difference.  Does not return. */
static void tell_difference(struct diff_task *task, const struct diff_call *call,
			    const struct diff_answer *answers)
{
	char texts[DIFF_SIDES][48];
	const char *what;

	for (int side = 0; side < DIFF_SIDES; side++)
		diff_tell_answer(&answers[side], texts[side],
				 sizeof(texts[side]));
	if (strcmp(texts[DIFF_KERNEL], texts[DIFF_DEVICE]))
		diff_disagree(task->world, "kernel: %s; device: %s",
			      texts[DIFF_KERNEL], texts[DIFF_DEVICE]);
	what = diff_memory_differs(task, call, &answers[DIFF_KERNEL]);
	diff_disagree(task->world, "%s differs", what ? what : "errno");
}

static struct diff_answer make_both(struct diff_task *task,
				    const struct diff_call *call, bool log)
{
	struct diff_answer answers[DIFF_SIDES];
	void *buffers[DIFF_SIDES];
	struct diff_step *step;
	bool alike;

	for (int side = 0; side < DIFF_SIDES; side++)
		buffers[side] = diff_prepare(task, call, side);
	/* Make both calls close together, because of the clock. */
	for (int side = 0; side < DIFF_SIDES; side++)
		answers[side] = diff_make(side, call, buffers[side]);

	alike = answers[DIFF_KERNEL].ret == answers[DIFF_DEVICE].ret &&
		answers[DIFF_KERNEL].error == answers[DIFF_DEVICE].error &&
		!diff_memory_differs(task, call, &answers[DIFF_KERNEL]);
	if (log || !alike) {
		step = next_in_log(task);
		step->call = *call;
		memcpy(step->answers, answers, sizeof(answers));
	}
	if (!alike)
		tell_difference(task, call, answers);
	allow_fault(task, call, answers);
	note_queues(task->world, call, &answers[DIFF_KERNEL]);
	return answers[DIFF_KERNEL];
}

void diff_step(struct diff_task *task, const struct diff_call *call)
{
	struct diff_answer answer;

	task->world->steps++;
	answer = make_both(task, call, true);
	note_answer(task->world, call, &answer);
}

long diff_look(struct diff_task *task, const struct diff_call *call)
{
	return make_both(task, call, false).ret;
}

void diff_compare_all(struct diff_task *task)
{
	struct diff_call call = { .kind = DIFF_CONTROL };
	long highest;

	call.command = IPC_INFO;
	diff_look(task, &call);
	call.command = MSG_INFO;
	highest = diff_look(task, &call);
	call.command = MSG_STAT_ANY;
	for (call.msqid = 0; call.msqid <= highest + 1; call.msqid++)
		diff_look(task, &call);
}

void diff_drain_all(struct diff_task *task)
{
	struct diff_call call = {
		.kind = DIFF_RECEIVE,
		.size = DIFF_LONGEST,
		.flags = IPC_NOWAIT,
	};

	for (unsigned int i = 0; i < task->world->live; i++) {
		call.msqid = task->world->msqids[i];
		while (diff_look(task, &call) >= 0)
			;
	}
}
