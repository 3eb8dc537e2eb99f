// SPDX-License-Identifier: MIT
/*
 * fuzz_check.c - the rules that any call of the device must keep; see
 * fuzz_make.h
 */
#define _GNU_SOURCE
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>

#include "fuzz_make.h"
#include "test.h"

static bool is_batch(enum fuzz_command command)
{
	return command == SENDV || command == RECVV;
}

static bool may_fail_with(const struct fuzz_draw *call, int error)
{
	enum fuzz_command command = call->command;

	if (fuzz_sets_may_fail_with(command, error))
		return true;
	switch (error) {
	case EFAULT: case EINVAL: case ENOMEM:
		return true;
	case EBADF: case ENOTTY:
		return call->fd == FUZZ_SHAKY_FD || fuzz_is_queue(call->fd);
	case EACCES:
		return command != INFO;
	case ENOENT:
		return command == GET || command == OPEN || command == SETTLE;
	case EEXIST: case ENOSPC:
		return command == GET || command == OPEN;
	case EAGAIN:
		return command == SND || command == SENDV;
	case EMSGSIZE:
		return command == SENDV;
	case E2BIG: case ENOMSG:
		return command == RCV || command == RECVV;
	case EINTR:
		return command == SND || command == RCV || is_batch(command);
	case ETIMEDOUT:
		return is_batch(command);
	case EIDRM:
		return command >= SND;
	case EPERM:
		return command == CTL || command == WHO;
	default:
		return false;
	}
}

/* The number of bytes that a successful call has defined in its buffer. */
static size_t defined_bytes(const struct fuzz_draw *call, long ret)
{
	const union raw_argument *argument = call->drawn;

	if (ret < 0)
		return 0;
	if (call->command == RCV)
		return argument->rcv.long_size + ret;
	if (call->command == WHO)
		return (size_t)call->argument->who.count * argument->who.size;
	if (call->command == SEMWHO)
		return (size_t)call->argument->semwho.count *
		       argument->semwho.size;
	if (call->command != CTL)
		return 0;
	switch (argument->ctl.cmd) {
	case IPC_INFO: case MSG_INFO:
		return sizeof(struct msginfo);
	case IPC_STAT: case MSG_STAT: case MSG_STAT_ANY:
		return argument->ctl.long_size == 4 ?
			sizeof(struct msgq_ds32) : sizeof(struct msgq_ds64);
	default:
		return 0;
	}
}

static void check_canaries(const struct fuzz_task *task,
			   const struct fuzz_draw *call, long ret)
{
	const unsigned char *end = task->buffer + FUZZ_BUFFER;
	size_t defined = defined_bytes(call, ret);

	for (int i = 1; i <= FUZZ_BEFORE; i++)
		if (call->buffer[-i] != FUZZ_CANARY)
			FAIL("command %#x: a byte before its buffer written",
			     call->word);
	for (size_t i = defined; i < defined + FUZZ_BEHIND; i++)
		if (call->buffer + i < end && call->buffer[i] != FUZZ_CANARY)
			FAIL("command %#x, answer %ld: byte %zu written, of %zu",
			     call->word, ret, i, defined);
}

static void check_answer(const struct fuzz_draw *call, long ret, int error)
{
	const union raw_argument *argument = call->drawn;
	bool own = call->argument_place == OWN;

	if (ret < -1 || ret > INT_MAX)
		FAIL("command %#x: answer %ld", call->word, ret);
	if (ret < 0 && call->command != UNKNOWN &&
	    !may_fail_with(call, error))
		FAIL("command %#x: failed with %s", call->word,
		     strerrorname_np(error));
	if (ret < 0)
		return;

	if (call->command == UNKNOWN && call->fd != FUZZ_SHAKY_FD)
		FAIL("command %#x: expected ENOTTY, got %ld", call->word, ret);
	if (call->argument_place == KERNEL)
		FAIL("command %#x: argument %p accepted", call->word,
		     (void *)call->argument);
	if ((call->command == SND || call->command == INFO) && ret)
		FAIL("command %#x: expected 0, got %ld", call->word, ret);
	if (!own || call->command == UNKNOWN)
		return;
	/* MSGQ_IOC_WHO without parties writes nothing. */
	if (call->buffer_place == KERNEL && call->command != OPEN &&
	    !(call->command == WHO && !call->argument->who.count) &&
	    !(call->command == SEMWHO && !call->argument->semwho.count) &&
	    !(call->command == CTL && argument->ctl.cmd == IPC_RMID))
		FAIL("command %#x: kernel memory accepted", call->word);
	if (call->command == RCV && ret > argument->rcv.msgsz)
		FAIL("receive of at most %lld bytes: got %ld",
		     (long long)argument->rcv.msgsz, ret);
}

void fuzz_note(struct fuzz_task *task, long ret, int error)
{
	struct fuzz_world *world = task->world;

	__atomic_add_fetch(&world->calls, 1, __ATOMIC_RELAXED);
	if (ret >= 0)
		__atomic_add_fetch(&world->succeeded, 1, __ATOMIC_RELAXED);
	else if (error == EFAULT)
		__atomic_add_fetch(&world->faulted, 1, __ATOMIC_RELAXED);
	else if (error == EINTR)
		__atomic_add_fetch(&world->interrupted, 1, __ATOMIC_RELAXED);
}

static void note(struct fuzz_task *task, const struct fuzz_draw *call, long ret,
		 int error)
{
	struct fuzz_world *world = task->world;
	uint64_t slot = fuzz_below(&task->random, FUZZ_QUEUES);

	if (ret >= 0 && call->command == GET)
		__atomic_store_n(&world->msqids[slot], ret, __ATOMIC_RELAXED);
	if (ret >= 0 && call->command == SEMGET)
		__atomic_store_n(&world->semids[slot], ret, __ATOMIC_RELAXED);
	if (ret >= 0 && call->command == OPEN)
		fuzz_keep_descriptor(task, ret);
	fuzz_note(task, ret, error);
}

void fuzz_call(struct fuzz_task *task)
{
	struct fuzz_draw call;
	bool aliased;
	long ret;
	int error;

	fuzz_draw(task, &call);
	ret = ioctl(call.fd, call.word, call.argument);
	error = errno;

	check_answer(&call, ret, error);
	aliased = call.drawn->snd.msgp == raw_address(call.argument);
	fuzz_check_desc(task, &call, ret, error);
	if (call.argument_place == OWN && call.command != INFO &&
	    call.command != STATE && call.command != WHO &&
	    call.command != SEMSTATE && call.command != SEMWHO &&
	    call.fd != FUZZ_SHAKY_FD && !aliased &&
	    memcmp(call.argument, task->before, call.size))
		FAIL("command %#x: its argument was written", call.word);
	if (call.watched && !(ret < 0 && error == EFAULT))
		check_canaries(task, &call, ret);
	note(task, &call, ret, error);
}
