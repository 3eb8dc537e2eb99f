// SPDX-License-Identifier: MIT
/*
 * fuzz_sets.c - random calls about semaphore sets; see fuzz_make.h
 *
 * The kernel writes the values of a whole set: the memory for them is drawn like
 * that for a text, and never the argument itself.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/sem.h>
#include <time.h>

#include "fuzz_make.h"
#include "test.h"

/* More than are copied without memory, and than a call may have. */
#define OPERATIONS	600

static int draw_semid(struct fuzz_task *task)
{
	struct fuzz_random *random = &task->random;
	int *known = &task->world->semids[fuzz_below(random, FUZZ_QUEUES)];

	if (!fuzz_once_in(random, 8))
		return __atomic_load_n(known, __ATOMIC_RELAXED);
	return fuzz_number(random);
}

static struct msgq_semget draw_semget(struct fuzz_task *task)
{
	struct fuzz_random *random = &task->random;
	struct msgq_semget get = {
		.key = fuzz_below(random, 12),
		.nsems = fuzz_below(random, fuzz_once_in(random, 4) ? 700 : 6),
		.semflg = fuzz_next(random) & (IPC_CREAT | IPC_EXCL),
	};

	if (fuzz_once_in(random, 16))
		get.key = fuzz_number(random);
	/* Not so many that memory for them runs out. */
	if (fuzz_once_in(random, 16))
		get.nsems = (int32_t)fuzz_number(random) % 32001;
	if (fuzz_once_in(random, 32))
		get.reserved = fuzz_number(random);
	get.semflg |= fuzz_once_in(random, 4) ? fuzz_number(random) : 0666;
	return get;
}

/* Draw operations into memory that no other thread writes. */
static void draw_operations(struct fuzz_task *task, struct fuzz_draw *call,
			    unsigned int count)
{
	const unsigned char *end = task->buffer + FUZZ_BUFFER;
	struct fuzz_random *random = &task->random;
	struct sembuf op;

	for (unsigned int i = 0; i < count; i++) {
		op = (struct sembuf){
			.sem_num = fuzz_below(random, 5),
			.sem_op = (short)fuzz_below(random, 7) - 3,
			.sem_flg = fuzz_once_in(random, 10) ? 0 : IPC_NOWAIT,
		};
		if (fuzz_once_in(random, 3))
			op.sem_flg |= SEM_UNDO;
		if (fuzz_once_in(random, 32))
			op.sem_num = fuzz_number(random);
		if (fuzz_once_in(random, 32))
			op.sem_op = fuzz_number(random);
		if (call->buffer + (i + 1) * sizeof(op) <= end)
			memcpy(call->buffer + i * sizeof(op), &op, sizeof(op));
	}
}

static struct msgq_semop draw_semop(struct fuzz_task *task,
				    struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct timespec limit = { .tv_nsec = fuzz_below(random, 20000000) };
	struct msgq_semop op = {
		.semid = draw_semid(task),
		.nsops = fuzz_below(random, fuzz_once_in(random, 8) ?
					    OPERATIONS : 4),
		.sops = fuzz_buffer(task, call),
	};

	if (fuzz_once_in(random, 16))
		op.nsops = fuzz_number(random);
	if (call->buffer_place == OWN && op.nsops < OPERATIONS)
		draw_operations(task, call, op.nsops);
	if (fuzz_once_in(random, 3)) {
		/* The argument is not written: the time can lie behind it. */
		op.timeout = raw_address(task->buffer + FUZZ_BUFFER -
					 sizeof(limit));
		memcpy(task->buffer + FUZZ_BUFFER - sizeof(limit), &limit,
		       sizeof(limit));
		op.time_size = fuzz_long_size(random);
	}
	if (fuzz_once_in(random, 24))
		op.timeout = fuzz_kernel_address(random);
	if (fuzz_once_in(random, 24))
		op.reserved = fuzz_number(random);
	return op;
}

static bool needs_memory(int cmd)
{
	switch (cmd) {
	case GETALL: case SETALL: case IPC_STAT: case IPC_SET: case IPC_INFO:
	case SEM_INFO: case SEM_STAT: case SEM_STAT_ANY:
		return true;
	default:
		return false;
	}
}

static struct msgq_semctl draw_semctl(struct fuzz_task *task,
				      struct fuzz_draw *call)
{
	static const int commands[] = {
		IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO, SEM_INFO, SEM_STAT,
		SEM_STAT_ANY, GETVAL, GETPID, GETNCNT, GETZCNT, SETVAL,
		GETALL, SETALL,
	};
	struct fuzz_random *random = &task->random;
	struct msgq_semctl ctl = {
		.semid = draw_semid(task),
		.semnum = fuzz_below(random, 6),
		.cmd = commands[fuzz_below(random, sizeof(commands) /
						   sizeof(commands[0]))],
		.long_size = fuzz_long_size(random),
	};

	if (fuzz_once_in(random, 16))
		ctl.cmd = fuzz_number(random);
	if (fuzz_once_in(random, 16))
		ctl.semnum = fuzz_number(random);
	if (ctl.cmd == SEM_STAT || ctl.cmd == SEM_STAT_ANY)
		ctl.semid &= 0x7fff;
	if (needs_memory(ctl.cmd))
		ctl.arg = fuzz_buffer(task, call);
	else
		ctl.arg = fuzz_once_in(random, 8) ? fuzz_number(random) :
						    fuzz_below(random, 5);
	return ctl;
}

static struct msgq_semwho draw_semwho(struct fuzz_task *task,
				      struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct msgq_semwho who = {
		.semid = draw_semid(task),
		.parties = fuzz_buffer(task, call),
		.count = fuzz_below(random, 20),
		.size = sizeof(struct msgq_semparty) + fuzz_below(random, 20),
	};

	if (fuzz_once_in(random, 16))
		who.count = fuzz_number(random);
	if (fuzz_once_in(random, 16))
		who.size = fuzz_number(random);
	if (fuzz_once_in(random, 24))
		who.flags = fuzz_number(random);
	return who;
}

void fuzz_draw_sets(struct fuzz_task *task, struct fuzz_draw *call,
		    enum fuzz_command like, union raw_argument *argument)
{
	switch (like) {
	case SEMGET:
		argument->semget = draw_semget(task);
		break;
	case SEMOP:
		argument->semop = draw_semop(task, call);
		break;
	case SEMCTL:
		argument->semctl = draw_semctl(task, call);
		break;
	case SEMSTATE:
		argument->semstate.semid = draw_semid(task);
		break;
	default:
		argument->semwho = draw_semwho(task, call);
		break;
	}
}

/* The errors that other commands do not have. */
bool fuzz_sets_may_fail_with(enum fuzz_command command, int error)
{
	switch (error) {
	case ENOENT: case EEXIST: case ENOSPC:
		return command == SEMGET;
	case EAGAIN: case E2BIG: case EFBIG: case EINTR: case EOPNOTSUPP:
		return command == SEMOP;
	case ERANGE:
		return command == SEMOP || command == SEMCTL;
	case EPERM:
		return command == SEMCTL || command == SEMWHO;
	default:
		return false;
	}
}
