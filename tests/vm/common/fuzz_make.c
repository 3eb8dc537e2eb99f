// SPDX-License-Identifier: MIT
/*
 * fuzz_make.c - random calls of the device; see fuzz_make.h
 */
#define _GNU_SOURCE
#include <string.h>

#include "fuzz_make.h"
#include "test.h"

#define PAGE	4096

static const unsigned long words[COMMANDS] = {
	MSGQ_IOC_INFO, MSGQ_IOC_GET, MSGQ_IOC_SND, MSGQ_IOC_RCV, MSGQ_IOC_CTL,
	MSGQ_IOC_OPEN, MSGQ_IOC_SENDV, MSGQ_IOC_RECVV, MSGQ_IOC_SETTLE,
	MSGQ_IOC_STATE, MSGQ_IOC_WHO,
	MSGQ_IOC_SEMGET, MSGQ_IOC_SEMOP, MSGQ_IOC_SEMCTL,
	MSGQ_IOC_SEMSTATE, MSGQ_IOC_SEMWHO,
};

static unsigned int draw_size(struct fuzz_random *random, unsigned int size)
{
	static const unsigned int sizes[] = { 0, 1, 7, 8, 16, 24, 32, 40, 41,
					      64, 255, 4095, 4096, 8192,
					      16383 };

	switch (fuzz_below(random, 4)) {
	case 0:
		return size + fuzz_below(random, 16);
	case 1:
		return size - fuzz_below(random, size + 1);
	case 2:
		return fuzz_below(random, 1 << _IOC_SIZEBITS);
	default:
		return sizes[fuzz_below(random,
					sizeof(sizes) / sizeof(sizes[0]))];
	}
}

/* Draw a command word, and the command that it should be taken for, if any. */
static void draw_word(struct fuzz_random *random, struct fuzz_draw *call)
{
	enum fuzz_command command = fuzz_below(random, COMMANDS);
	unsigned int word = words[command];
	unsigned int dir = _IOC_DIR(word), nr = _IOC_NR(word);
	unsigned int size = _IOC_SIZE(word), type = MSGQ_IOC_MAGIC;

	switch (fuzz_below(random, 32)) {
	case 0: case 1: case 2: case 3:
		size = draw_size(random, size);
		break;
	case 4:
		dir = fuzz_below(random, 4);
		break;
	case 5:
		nr = fuzz_below(random, 32);
		break;
	case 6:
		type += fuzz_once_in(random, 2) ? 1 : -1;
		break;
	case 7:
		call->word = fuzz_next(random);
		goto out;
	}
	call->word = _IOC(dir, type, nr, size);
out:
	call->command = UNKNOWN;
	for (unsigned int i = 0; i < COMMANDS; i++)
		if ((call->word & ~IOCSIZE_MASK) == (words[i] & ~IOCSIZE_MASK))
			call->command = i;
	call->size = _IOC_SIZE(call->word);
}

/* Draw the address of the argument. */
static void draw_place(struct fuzz_task *task, struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	unsigned char *end = task->argument + FUZZ_ARGUMENT;
	uint64_t address;

	call->argument_place = ODD;
	switch (fuzz_below(random, 32)) {
	case 0:
		/* An address of 64 bits, cut to 32, could be any memory. */
		call->argument_place = KERNEL;
		address = sizeof(void *) == 8 ? fuzz_kernel_address(random) : 0;
		break;
	case 1:
		address = fuzz_below(random, 2 * PAGE);
		break;
	case 2:
		address = raw_address(task->memory->read_only);
		break;
	case 3: case 4:
		address = raw_address(task->memory->vanishing +
				      fuzz_below(random, FUZZ_VANISHING));
		break;
	case 5:
		call->argument_place = ENDING;
		address = raw_address(end - fuzz_below(random, 48));
		break;
	default:
		call->argument_place = OWN;
		address = raw_address(task->argument +
				      fuzz_below(random, 16));
		break;
	}
	call->argument = (union raw_argument *)(uintptr_t)address;
}

static struct msgq_get draw_get(struct fuzz_task *task)
{
	struct fuzz_random *random = &task->random;
	struct msgq_get get = {
		.key = fuzz_below(random, 12),
		.msgflg = fuzz_next(random) & (IPC_CREAT | IPC_EXCL),
	};

	if (fuzz_once_in(random, 16))
		get.key = fuzz_number(random);
	get.msgflg |= fuzz_once_in(random, 4) ? fuzz_number(random) : 0666;
	return get;
}

static struct msgq_snd draw_snd(struct fuzz_task *task, struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct msgq_snd snd = {
		.msqid = fuzz_msqid(task),
		.msgflg = fuzz_flags(random),
		.msgp = fuzz_buffer(task, call),
		.msgsz = fuzz_text_size(random),
		.long_size = fuzz_long_size(random),
	};

	if (call->buffer_place == OWN)
		raw_set_type(call->buffer, snd.long_size == 4 ? 4 : 8,
			     1 + fuzz_below(random, 5));
	return snd;
}

static struct msgq_rcv draw_rcv(struct fuzz_task *task, struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;

	return (struct msgq_rcv){
		.msqid = fuzz_msqid(task),
		.msgflg = fuzz_flags(random),
		.msgp = fuzz_buffer(task, call),
		.msgsz = fuzz_text_size(random),
		.msgtyp = fuzz_type(random),
		.long_size = fuzz_long_size(random),
	};
}

static struct msgq_ctl draw_ctl(struct fuzz_task *task, struct fuzz_draw *call)
{
	static const int commands[] = { IPC_RMID, IPC_SET, IPC_STAT, IPC_INFO,
					MSG_STAT, MSG_INFO, MSG_STAT_ANY };
	struct fuzz_random *random = &task->random;
	struct msgq_ctl ctl = {
		.msqid = fuzz_msqid(task),
		.cmd = commands[fuzz_below(random, sizeof(commands) /
						   sizeof(commands[0]))],
		.buf = fuzz_buffer(task, call),
		.long_size = fuzz_long_size(random),
	};

	if (fuzz_once_in(random, 16))
		ctl.cmd = fuzz_number(random);
	if (ctl.cmd == MSG_STAT || ctl.cmd == MSG_STAT_ANY)
		ctl.msqid &= 0x7fff;
	return ctl;
}

/* Draw the bytes of an argument, in memory that no other thread sees. */
static void draw_bytes(struct fuzz_task *task, struct fuzz_draw *call,
		       unsigned char *bytes)
{
	union raw_argument *argument = (union raw_argument *)bytes;
	struct fuzz_random *random = &task->random;
	enum fuzz_command like = call->command;
	size_t at;

	if (like == UNKNOWN)
		like = fuzz_below(random, COMMANDS);
	memset(bytes, 0, call->size > sizeof(*argument) ? call->size :
							   sizeof(*argument));
	switch (like) {
	case GET:
		argument->get = draw_get(task);
		break;
	case SND:
		argument->snd = draw_snd(task, call);
		break;
	case RCV:
		argument->rcv = draw_rcv(task, call);
		break;
	case CTL:
		argument->ctl = draw_ctl(task, call);
		break;
	case SEMGET: case SEMOP: case SEMCTL: case SEMSTATE: case SEMWHO:
		fuzz_draw_sets(task, call, like, argument);
		break;
	default:
		fuzz_draw_desc(task, call, like, argument);
		break;
	}
	/*
	 * Change reserved bytes, and bytes that no version knows yet.  Spare
	 * addresses: a changed one could hit the program's own memory.
	 */
	at = call->size ? fuzz_below(random, call->size) : 0;
	if (fuzz_once_in(random, 24) && at / 8 != (like == SEMCTL ? 2 : 1))
		bytes[at] ^= fuzz_next(random);
}

static int draw_fd(struct fuzz_random *random, const struct fuzz_draw *call,
		   int device)
{
	bool either = call->command >= SENDV && call->command <= WHO;
	unsigned int one_in = either ? 2 : 32;

	if (fuzz_once_in(random, 4))
		return FUZZ_SHAKY_FD;
	if (fuzz_once_in(random, one_in) || call->command == SETTLE)
		return FUZZ_QUEUE_FD + fuzz_below(random, FUZZ_QUEUE_FDS);
	return device;
}

void fuzz_draw(struct fuzz_task *task, struct fuzz_draw *call)
{
	bool own;

	memset(call, 0, sizeof(*call));
	call->drawn = (const union raw_argument *)task->before;
	draw_word(&task->random, call);
	call->fd = draw_fd(&task->random, call, task->fd);
	draw_place(task, call);
	own = call->argument_place == OWN;
	draw_bytes(task, call, task->before);
	if (own)
		memcpy(call->argument, task->before, call->size);
	else if (call->argument_place == ENDING)
		memcpy(call->argument, task->before,
		       task->argument + FUZZ_ARGUMENT -
		       (unsigned char *)call->argument);

	call->watched = own && call->buffer_place == OWN &&
			(call->command == RCV || call->command == CTL ||
			 call->command == WHO || call->command == SEMWHO) &&
			call->buffer >= task->buffer + FUZZ_BEFORE &&
			fuzz_once_in(&task->random, 2);
	if (call->watched)
		memset(task->buffer, FUZZ_CANARY, FUZZ_BUFFER);
}
