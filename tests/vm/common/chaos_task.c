// SPDX-License-Identifier: MIT
/*
 * chaos_task.c - common parts of the processes that send, receive and claim;
 * see chaos_task.h
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "chaos_task.h"

unsigned char *task_text(unsigned char *memory, unsigned int i)
{
	return memory + i * TASK_STRIDE + CHAOS_LONG;
}

unsigned char *task_area(struct task *me)
{
	return chaos_area(me->world, me->number) + me->slot->offset;
}

unsigned char *task_window(struct task *me)
{
	return chaos_window(me->world, me->number) + me->slot->offset;
}

void task_state(struct task *me, enum chaos_state state)
{
	__atomic_store_n(&me->slot->state, state, __ATOMIC_SEQ_CST);
}

const struct chaos_incarnation *task_queue(struct task *me)
{
	return &me->world->queues[me->slot->incarnation];
}

void task_check_error(struct task *me, bool receives, bool faulty, int error)
{
	__atomic_add_fetch(&me->world->errors[receives][error], 1,
			   __ATOMIC_RELAXED);
	/* read(2) fails with EAGAIN, too. */
	if (error == EINTR || error == EAGAIN || error == ETIMEDOUT ||
	    (error == ENOMSG && receives) || (error == EFAULT && faulty))
		return;
	if ((error == EIDRM || error == EINVAL) &&
	    __atomic_load_n(&task_queue(me)->removing, __ATOMIC_SEQ_CST))
		return;
	FAIL("process %u: %s of queue %u: unexpected %s", me->process,
	     receives ? "receive" : "send", me->slot->incarnation,
	     strerrorname_np(error));
}

long task_rule(struct task *me, int *flags)
{
	long type = chaos_types[task_below(me, CHAOS_TYPES)];

	switch (task_below(me, 8)) {
	case 0:
		return type;
	case 1:
		return -type;
	case 2:
		*flags |= MSG_EXCEPT;
		return type;
	default:
		return 0;
	}
}

void task_close(struct opened *opened)
{
	if (opened->fd >= 0)
		CHECK_OK(close(opened->fd));
	opened->fd = -1;
}

static void open_one(struct task *me, struct opened *opened)
{
	struct msgq_open how = {
		.name = task_queue(me)->msqid,
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_WRITE,
	};

	task_close(opened);
	opened->incarnation = me->slot->incarnation;
	opened->type = task_below(me, CHAOS_TYPES);
	opened->flags = 0;
	opened->rule = task_rule(me, &opened->flags);
	/* Most claims have no time limit. */
	opened->limit = task_once_in(me, 3) ?
			(1 + task_below(me, 50)) * MILLISECOND : 0;
	how.type = chaos_types[opened->type];
	how.msgflg = opened->flags;
	how.msgtyp = opened->rule;
	how.limit = opened->limit;
	if (task_once_in(me, 2))
		how.flags |= MSGQ_OPEN_NONBLOCK;
	opened->fd = msgq_open(the_device(), &how);
	if (opened->fd < 0)
		task_check_error(me, true, false, errno);
}

struct opened *task_open(struct task *me, unsigned int place)
{
	struct opened *opened = &me->opened[place];
	uint32_t current = __atomic_load_n(&me->world->current[place],
					   __ATOMIC_SEQ_CST);

	me->slot->incarnation = current;
	if (opened->fd >= 0 && opened->incarnation != current &&
	    task_once_in(me, 4))
		me->slot->incarnation = opened->incarnation;
	else if (opened->fd < 0 || opened->incarnation != current ||
		 task_once_in(me, 32))
		open_one(me, opened);
	return opened->fd < 0 ? NULL : opened;
}

struct msgq_how task_how(struct task *me, unsigned int count)
{
	struct msgq_how how = { .least = task_below(me, count + 1) };

	if (task_once_in(me, 4)) {
		how.msgflg = IPC_NOWAIT;
	} else if (!task_once_in(me, 8)) {
		how.clock = CLOCK_MONOTONIC;
		how.deadline = now(CLOCK_MONOTONIC) +
			       task_below(me, 20 * MILLISECOND);
	}
	return how;
}

bool task_fault(struct task *me, bool may)
{
	bool faulty = may && task_once_in(me, 8);

	if (faulty)
		chaos_take_pages(me->world, &me->random, me->number);
	return faulty;
}

void task_unfault(struct task *me, bool faulty)
{
	if (faulty)
		chaos_give_pages(me->world, me->number);
}

bool task_clean(struct task *me, unsigned int count, bool may_fault)
{
	me->slot->offset = task_below(me, CHAOS_PAGE);
	/* Write by the window, so that its pages are present. */
	for (unsigned int i = 0; i < count; i++) {
		memset(task_text(task_window(me), i), 0, TASK_ROOM);
		me->entries[i] = (struct msgq_message){
			.text = task_text(task_window(me), i),
			.size = TASK_ROOM,
		};
	}
	return task_fault(me, may_fault);
}

uint32_t task_got(struct task *me, unsigned int i, size_t size, long type,
		  long rule, int flags)
{
	const struct chaos_record *record;
	uint32_t number;

	if (chaos_find_text(me->world, me->slot->incarnation,
			    task_text(task_area(me), i), TASK_ROOM,
			    &number) != CHAOS_WHOLE)
		FAIL("process %u received what nobody sent: %zu bytes",
		     me->process, size);
	record = &me->world->records[number];
	if (size != record->size || type != chaos_types[record->type] ||
	    !chaos_admits(rule, flags, type))
		FAIL("process %u: message %u of type %ld and %u bytes: got type %ld and %zu bytes, for rule %ld",
		     me->process, number, chaos_types[record->type],
		     record->size, type, size, rule);
	return number;
}
