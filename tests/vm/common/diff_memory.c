// SPDX-License-Identifier: MIT
/*
 * diff_memory.c - the memory that calls read and write; see diff.h
 *
 * Each side's memory is one row of pages: good ones, one without access,
 * read-only ones, and another without access.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>

#include "diff.h"
#include "test.h"

#define PAGE		4096
#define GOOD		(16 * PAGE)
#define NONE		GOOD
#define READ_ONLY	(NONE + PAGE)
#define READ_ONLY_SIZE	(2 * PAGE)
#define ALL		(READ_ONLY + READ_ONLY_SIZE + PAGE)

/* The bytes that are checked before and behind those that a call may touch. */
#define AROUND		32

/* As much as the largest struct that msgctl knows, and more. */
#define CONTROL_SIZE	256

static unsigned char *memory_make(void)
{
	unsigned char *start = mmap(NULL, ALL, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const long type = DIFF_TYPE;

	CHECK(start != MAP_FAILED);
	memset(start + READ_ONLY, 0x5a, READ_ONLY_SIZE);
	memcpy(start + READ_ONLY, &type, sizeof(type));
	CHECK_OK(mprotect(start + NONE, PAGE, PROT_NONE));
	CHECK_OK(mprotect(start + READ_ONLY, READ_ONLY_SIZE, PROT_READ));
	CHECK_OK(mprotect(start + READ_ONLY + READ_ONLY_SIZE, PAGE, PROT_NONE));
	return start;
}

struct diff_memory diff_memory_make(void)
{
	struct diff_memory memory;

	for (int side = 0; side < DIFF_SIDES; side++)
		memory.start[side] = memory_make();
	return memory;
}

static bool writable(const struct diff_call *call)
{
	return call->place == DIFF_GOOD || call->place == DIFF_ENDING;
}

/* Its offset in the row of pages. */
static size_t offset_of(const struct diff_call *call)
{
	switch (call->place) {
	case DIFF_GOOD:
		return AROUND + call->shift;
	case DIFF_ENDING:
		return GOOD - call->room;
	case DIFF_READ_ONLY:
		return READ_ONLY;
	default:
		return NONE;
	}
}

/* The bytes that a call may touch, and some more, as far as they are mapped. */
static size_t extent_of(const struct diff_call *call)
{
	size_t extent = CONTROL_SIZE;

	if (call->kind == DIFF_SEND || call->kind == DIFF_RECEIVE) {
		extent = call->size;
		if (extent > DIFF_LONGEST)
			extent = DIFF_LONGEST;
		extent += sizeof(long) + AROUND;
	}
	if (extent > GOOD - offset_of(call))
		extent = GOOD - offset_of(call);
	return extent;
}

static void write_at(unsigned char *at, size_t extent, const void *from,
		     size_t size)
{
	memcpy(at, from, size < extent ? size : extent);
}

void *diff_prepare(const struct diff_task *task, const struct diff_call *call,
		   enum diff_side side)
{
	unsigned char *start = task->memory.start[side];
	unsigned char *at = start + offset_of(call);

	if (call->place == DIFF_NULL)
		return NULL;
	if (call->place == DIFF_BEYOND)
		return (void *)-(long)PAGE;
	if (!writable(call))
		return at;

	memcpy(at - AROUND, task->world->pattern + call->fill,
	       extent_of(call) + AROUND);
	if (call->kind == DIFF_SEND)
		write_at(at, extent_of(call), &call->type, sizeof(call->type));
	else if (call->kind == DIFF_CONTROL && call->command == IPC_SET)
		write_at(at, extent_of(call), &call->set, sizeof(call->set));
	return at;
}

static bool same(const struct diff_task *task, size_t from, size_t size)
{
	return !memcmp(task->memory.start[DIFF_KERNEL] + from,
		       task->memory.start[DIFF_DEVICE] + from, size);
}

static bool reads_state(const struct diff_call *call)
{
	return call->kind == DIFF_CONTROL &&
	       (call->command == IPC_STAT || call->command == MSG_STAT ||
		call->command == MSG_STAT_ANY);
}

static bool same_state(const struct diff_task *task, size_t from)
{
	struct msqid_ds states[DIFF_SIDES];

	for (int side = 0; side < DIFF_SIDES; side++)
		memcpy(&states[side], task->memory.start[side] + from,
		       sizeof(states[side]));
	return diff_same_state(&states[DIFF_KERNEL], &states[DIFF_DEVICE]);
}

const char *diff_memory_differs(const struct diff_task *task,
				const struct diff_call *call,
				const struct diff_answer *answer)
{
	size_t from = offset_of(call), extent = extent_of(call);
	size_t known = 0;

	if (call->kind == DIFF_GET || !writable(call))
		return NULL;
	if (!same(task, from - AROUND, AROUND))
		return "bytes before the buffer";
	/* It is undefined how much was written before the fault. */
	if (answer->error == EFAULT)
		return NULL;

	if (reads_state(call) && answer->ret >= 0) {
		known = sizeof(struct msqid_ds);
		if (!same_state(task, from))
			return "the state of the queue";
	}
	if (!same(task, from + known, extent - known))
		return "the buffer";
	return NULL;
}
