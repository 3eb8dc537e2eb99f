// SPDX-License-Identifier: MIT
/*
 * batch.c - many messages in one call, claims, and deadlines
 *
 * The kernel uses one layout of a message for all programs.  If pointers are
 * 64-bit, struct msgq_message has this layout, and the kernel gets the array of
 * the program.  Otherwise, messages are converted to entries of the kernel and
 * back, some at a time.
 */
#define _GNU_SOURCE
/* Deadlines use 64-bit times even in 32-bit programs. */
#undef _TIME_BITS
#undef _FILE_OFFSET_BITS
#define _TIME_BITS		64
#define _FILE_OFFSET_BITS	64
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <time.h>

#include <msgq.h>

#include "cancel.h"
#include "libmsgq.h"
#include "memcheck.h"

/* The number of entries or tokens on the stack. */
#define CHUNK	64

#define NANOSECONDS	1000000000

uint64_t msgq_deadline(clockid_t clock, uint64_t milliseconds)
{
	struct timespec time;
	uint64_t now;

	/* Any time will do: the call with this clock fails with EINVAL. */
	if (clock_gettime(clock, &time))
		return UINT64_MAX;

	now = (uint64_t)time.tv_sec * NANOSECONDS + (uint64_t)time.tv_nsec;
	if (milliseconds > (UINT64_MAX - now) / 1000000)
		return UINT64_MAX;
	/* 0 means no deadline. */
	return now + milliseconds * 1000000 ?: 1;
}

/* The kernel has written this many entries, and their texts. */
static void memcheck_entries(const struct msgq_entry *entries, int count)
{
	const struct msgq_entry *entry;

	if (!memcheck_present())
		return;
	for (entry = entries; entry < entries + count; entry++) {
		memcheck_written(entry, sizeof(*entry));
		memcheck_written((void *)(uintptr_t)entry->text, entry->size);
	}
}

#if UINTPTR_MAX == UINT64_MAX
#define SAME_PLACE(field)						\
	_Static_assert(offsetof(struct msgq_message, field) ==		\
		       offsetof(struct msgq_entry, field) &&		\
		       sizeof(((struct msgq_message *)0)->field) ==	\
		       sizeof(((struct msgq_entry *)0)->field),		\
		       "struct msgq_message differs from the kernel's here")
SAME_PLACE(type);
SAME_PLACE(text);
SAME_PLACE(size);
SAME_PLACE(deliveries);
SAME_PLACE(token);
_Static_assert(sizeof(struct msgq_message) == sizeof(struct msgq_entry),
	       "struct msgq_message differs from the kernel's");

static int call_batch(int fd, unsigned long command, struct msgq_batch *batch,
		      const struct msgq_message *messages)
{
	int ret;

	batch->entries = (uintptr_t)messages;
	ret = cancellable(fd, command, batch);
	if (command == MSGQ_IOC_RECVV)
		memcheck_entries((const struct msgq_entry *)messages, ret);
	return ret;
}
#else
/* Make a call for some messages, converted to entries of the kernel. */
static int call_chunk(int fd, unsigned long command, struct msgq_batch *batch,
		      const struct msgq_message *messages)
{
	/* Written only by a receive. */
	struct msgq_message *received = (struct msgq_message *)messages;
	struct msgq_entry entries[CHUNK];
	int ret;

	for (unsigned int i = 0; i < batch->count; i++)
		entries[i] = (struct msgq_entry){
			.type = messages[i].type,
			.text = (uintptr_t)messages[i].text,
			.size = messages[i].size,
		};
	batch->entries = (uintptr_t)entries;
	ret = cancellable(fd, command, batch);
	if (command != MSGQ_IOC_RECVV)
		return ret;
	memcheck_entries(entries, ret);
	for (int i = 0; i < ret; i++) {
		received[i].type = entries[i].type;
		received[i].size = entries[i].size;
		received[i].deliveries = entries[i].deliveries;
		received[i].token = entries[i].token;
	}
	return ret;
}

static int call_batch(int fd, unsigned long command, struct msgq_batch *batch,
		      const struct msgq_message *messages)
{
	const unsigned int count = batch->count;
	const unsigned int least = batch->least ?: 1;
	unsigned int done = 0;
	int ret;

	/* Let the kernel refuse invalid arguments. */
	if (!count || count > MSGQ_BATCH_MOST || least > count)
		return cancellable(fd, command, batch);

	do {
		batch->count = count - done < CHUNK ? count - done : CHUNK;
		batch->least = 0;
		if (done >= least)
			batch->msgflg |= IPC_NOWAIT;
		else if (least - done < batch->count)
			batch->least = least - done;
		else
			batch->least = batch->count;
		ret = call_chunk(fd, command, batch, messages + done);
		if (ret > 0)
			done += (unsigned int)ret;
	} while (ret == (int)batch->count && done < count);
	return done ? (int)done : ret;
}
#endif

/* Set how the call waits; false: deadlines cannot use this clock. */
static bool set_how(struct msgq_batch *batch, const struct msgq_how *how)
{
	if (!how)
		return true;

	batch->msqid = how->msqid;
	batch->msgflg = how->msgflg;
	batch->least = how->least;
	batch->deadline = how->deadline;
	if (!how->deadline)
		return true;
	if (how->clock == CLOCK_MONOTONIC)
		batch->flags |= MSGQ_MONOTONIC;
	else if (how->clock == CLOCK_REALTIME)
		batch->flags |= MSGQ_REALTIME;
	else
		return false;
	return true;
}

static int make_batch(int fd, unsigned long command, struct msgq_batch *batch,
		      const struct msgq_message *messages,
		      const struct msgq_how *how)
{
	if (!set_how(batch, how)) {
		errno = EINVAL;
		return -1;
	}
	return call_batch(fd, command, batch, messages);
}

int msgq_sendv(int fd, const struct msgq_message *messages, unsigned int count,
	       const struct msgq_how *how)
{
	struct msgq_batch batch = { .count = count };

	return make_batch(fd, MSGQ_IOC_SENDV, &batch, messages, how);
}

int msgq_recvv(int fd, struct msgq_message *messages, unsigned int count,
	       long msgtyp, const struct msgq_how *how)
{
	struct msgq_batch batch = { .count = count, .msgtyp = msgtyp };

	return make_batch(fd, MSGQ_IOC_RECVV, &batch, messages, how);
}

int msgq_claimv(int fd, struct msgq_message *messages, unsigned int count,
		long msgtyp, const struct msgq_how *how)
{
	struct msgq_batch batch = {
		.count = count,
		.msgtyp = msgtyp,
		.flags = MSGQ_CLAIM,
	};

	return make_batch(fd, MSGQ_IOC_RECVV, &batch, messages, how);
}

static int settle_tokens(int fd, const uint64_t *tokens, unsigned int count,
			 uint32_t flags)
{
	struct msgq_settle arg = {
		.tokens = (uintptr_t)tokens,
		.count = count,
		.flags = flags,
	};

	return ioctl(fd, MSGQ_IOC_SETTLE, &arg);
}

static int settle_messages(int fd, const struct msgq_message *messages,
			   unsigned int count, uint32_t flags)
{
	unsigned int done = 0, chunk;
	uint64_t tokens[CHUNK];
	int ret;

	/* Let the kernel refuse invalid arguments. */
	if (!count || count > MSGQ_BATCH_MOST)
		return settle_tokens(fd, NULL, count, flags);

	do {
		chunk = count - done < CHUNK ? count - done : CHUNK;
		for (unsigned int i = 0; i < chunk; i++)
			tokens[i] = messages[done + i].token;
		ret = settle_tokens(fd, tokens, chunk, flags);
		if (ret > 0)
			done += (unsigned int)ret;
	} while (ret == (int)chunk && done < count);
	return done ? (int)done : ret;
}

int msgq_acknowledge(int fd, const uint64_t *tokens, unsigned int count)
{
	return settle_tokens(fd, tokens, count, 0);
}

int msgq_release(int fd, const uint64_t *tokens, unsigned int count)
{
	return settle_tokens(fd, tokens, count, MSGQ_RELEASE);
}

int msgq_acknowledgev(int fd, const struct msgq_message *messages,
		      unsigned int count)
{
	return settle_messages(fd, messages, count, 0);
}

int msgq_releasev(int fd, const struct msgq_message *messages,
		  unsigned int count)
{
	return settle_messages(fd, messages, count, MSGQ_RELEASE);
}
