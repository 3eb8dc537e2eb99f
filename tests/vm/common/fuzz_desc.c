// SPDX-License-Identifier: MIT
/*
 * fuzz_desc.c - random calls about descriptors, batches and claims; see
 * fuzz_make.h
 *
 * The entries of a batch hold addresses.  They lie in memory that no other
 * thread writes and that no text is sent from: the kernel only ever writes to
 * memory that was drawn for it.
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/msg.h>
#include <time.h>
#include <unistd.h>

#include "fuzz_make.h"
#include "test.h"

static struct msgq_open draw_open(struct fuzz_task *task)
{
	struct fuzz_random *random = &task->random;
	struct msgq_open open = {
		.name = fuzz_msqid(task),
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_WRITE,
		.msgflg = fuzz_next(random) & (IPC_CREAT | MSG_EXCEPT |
					       MSG_NOERROR),
		.msgtyp = fuzz_type(random),
		.type = 1 + fuzz_below(random, 5),
		.room = fuzz_below(random, 100),
	};

	open.msgflg |= 0666;
	if (fuzz_once_in(random, 3)) {
		open.flags |= MSGQ_OPEN_KEY;
		open.name = fuzz_below(random, 12);
	}
	if (fuzz_once_in(random, 3))
		open.limit = fuzz_below(random, 20000000);
	if (fuzz_once_in(random, 3))
		open.flags ^= 1 << fuzz_below(random, 5);
	switch (fuzz_below(random, 24)) {
	case 0:
		open.flags = fuzz_number(random);
		break;
	case 1:
		open.type = fuzz_number(random);
		break;
	case 2:
		open.room = fuzz_number(random);
		break;
	case 3:
		open.limit = fuzz_number(random);
		break;
	case 4:
		open.reserved = fuzz_number(random);
		break;
	}
	return open;
}

static struct msgq_entry draw_entry(struct fuzz_task *task,
				    struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct msgq_entry entry = {
		.type = 1 + fuzz_below(random, 5),
		.text = fuzz_buffer(task, call),
		.size = fuzz_text_size(random),
	};

	if (fuzz_once_in(random, 16))
		entry.type = fuzz_number(random);
	return entry;
}

/* Draw the place of the entries, and their contents. */
static uint64_t draw_entries(struct fuzz_task *task, struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	unsigned char *at = task->entries;
	unsigned char *end = at + FUZZ_ENTRIES * sizeof(struct msgq_entry);

	for (unsigned int i = 0; i < FUZZ_ENTRIES; i++) {
		struct msgq_entry entry = draw_entry(task, call);

		if (!i)
			call->text_place = call->buffer_place;
		memcpy(at + i * sizeof(entry), &entry, sizeof(entry));
	}
	call->buffer_place = ODD;
	switch (fuzz_below(random, 16)) {
	case 0:
		call->buffer_place = KERNEL;
		return fuzz_kernel_address(random);
	case 1:
		return fuzz_below(random, 8192);
	case 2:
		/* Memory that is all zero, and cannot be written. */
		return raw_address(task->memory->read_only);
	case 3:
	case 4:
		return raw_address(end - fuzz_below(random, 20) *
				   sizeof(struct msgq_entry));
	default:
		call->buffer_place = OWN;
		return raw_address(at);
	}
}

static uint64_t draw_deadline(struct fuzz_random *random, uint32_t *flags)
{
	struct timespec now;

	if (!fuzz_once_in(random, 4))
		return fuzz_once_in(random, 24) ? fuzz_number(random) : 0;
	*flags |= fuzz_once_in(random, 2) ? MSGQ_MONOTONIC : MSGQ_REALTIME;
	clock_gettime(*flags & MSGQ_REALTIME ? CLOCK_REALTIME :
					       CLOCK_MONOTONIC, &now);
	if (fuzz_once_in(random, 8))
		return fuzz_number(random);
	return now.tv_sec * 1000000000ULL + now.tv_nsec +
	       fuzz_below(random, 3000000) - 500000;
}

static struct msgq_batch draw_batch(struct fuzz_task *task,
				    struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct msgq_batch batch = {
		.msgflg = fuzz_flags(random),
		.entries = draw_entries(task, call),
		.count = 1 + fuzz_below(random, 8),
	};

	if (!fuzz_is_queue(call->fd) || fuzz_once_in(random, 32))
		batch.msqid = fuzz_msqid(task);
	if (fuzz_once_in(random, 8))
		batch.count = fuzz_below(random, 3 * FUZZ_ENTRIES);
	if (fuzz_once_in(random, 4))
		batch.least = fuzz_below(random, batch.count + 2);
	if (fuzz_once_in(random, 32))
		batch.count = fuzz_number(random);
	if (call->command == RECVV) {
		batch.msgtyp = fuzz_type(random);
		if (fuzz_is_queue(call->fd) && fuzz_once_in(random, 2))
			batch.flags |= MSGQ_CLAIM;
	}
	batch.deadline = draw_deadline(random, &batch.flags);
	if (fuzz_once_in(random, 24))
		batch.flags ^= fuzz_number(random);
	return batch;
}

/* Tokens are small numbers, so that many of the drawn ones are valid. */
static struct msgq_settle draw_settle(struct fuzz_task *task,
				      struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct msgq_settle settle = {
		.tokens = fuzz_buffer(task, call),
		.count = 1 + fuzz_below(random, 4),
		.flags = fuzz_below(random, 2),
	};

	if (call->buffer_place == OWN)
		for (unsigned int i = 0; i < 4; i++) {
			uint64_t token = 1 + fuzz_below(random, 50);

			memcpy(call->buffer + i * sizeof(token), &token,
			       sizeof(token));
		}
	if (fuzz_once_in(random, 16))
		settle.count = fuzz_number(random);
	if (fuzz_once_in(random, 24))
		settle.flags = fuzz_number(random);
	return settle;
}

static struct msgq_who draw_who(struct fuzz_task *task, struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct msgq_who who = {
		.parties = fuzz_buffer(task, call),
		.count = fuzz_below(random, 8),
		.size = sizeof(struct msgq_party) + 8 * fuzz_below(random, 3),
	};

	if (!fuzz_is_queue(call->fd))
		who.msqid = fuzz_msqid(task);
	if (fuzz_once_in(random, 16))
		who.count = fuzz_number(random);
	if (fuzz_once_in(random, 16))
		who.size = fuzz_number(random);
	if (fuzz_once_in(random, 24))
		who.flags = fuzz_number(random);
	return who;
}

void fuzz_draw_desc(struct fuzz_task *task, struct fuzz_draw *call,
		    enum fuzz_command like, union raw_argument *argument)
{
	switch (like) {
	case OPEN:
		argument->open = draw_open(task);
		break;
	case SENDV:
	case RECVV:
		argument->batch = draw_batch(task, call);
		memcpy(task->entries_before, task->entries,
		       FUZZ_ENTRIES * sizeof(struct msgq_entry));
		break;
	case SETTLE:
		argument->settle = draw_settle(task, call);
		break;
	case STATE:
		if (!fuzz_is_queue(call->fd))
			argument->state.msqid = fuzz_msqid(task);
		break;
	case WHO:
		argument->who = draw_who(task, call);
		break;
	default:
		break;
	}
}

void fuzz_keep_descriptor(struct fuzz_task *task, int fd)
{
	dup2(fd, FUZZ_QUEUE_FD + fuzz_below(&task->random, FUZZ_QUEUE_FDS));
	close(fd);
}

static const struct msgq_entry *entry(const unsigned char *entries,
				      unsigned int i)
{
	return (const struct msgq_entry *)entries + i;
}

/* A waiting call with a clock fails with ETIMEDOUT, not EAGAIN or ENOMSG. */
static void check_lateness(const struct msgq_batch *batch, int error)
{
	bool clock = batch->flags & (MSGQ_MONOTONIC | MSGQ_REALTIME);

	if (error == ETIMEDOUT && !clock)
		FAIL("batch without a clock: failed with ETIMEDOUT");
	if ((error == EAGAIN || error == ENOMSG) && clock &&
	    !(batch->msgflg & IPC_NOWAIT))
		FAIL("batch with a deadline: failed with %s",
		     strerrorname_np(error));
}

/* The entries that a batch has not sent or received are unchanged. */
static void check_batch(struct fuzz_task *task, const struct fuzz_draw *call,
			long ret, int error)
{
	const struct msgq_batch *batch = &call->drawn->batch;
	unsigned int done = ret < 0 ? 0 : ret;
	const struct msgq_entry *first = entry(task->entries_before, 0);

	if (!ret || (ret > 0 && (unsigned long)ret > batch->count))
		FAIL("batch of %u: answer %ld", batch->count, ret);
	if (ret < 0)
		check_lateness(batch, error);
	if (call->buffer_place != OWN)
		return;
	if (call->command == SENDV)
		done = 0;
	for (unsigned int i = done; i < FUZZ_ENTRIES; i++)
		if (memcmp(entry(task->entries, i),
			   entry(task->entries_before, i), sizeof(*first)))
			FAIL("command %#x, answer %ld, %s: entry %u was written",
			     call->word, ret, strerrorname_np(error), i);
	for (unsigned int i = 0; i < done && i < FUZZ_ENTRIES; i++) {
		const struct msgq_entry *got = entry(task->entries, i);
		bool claims = batch->flags & MSGQ_CLAIM;

		if (got->type < 1 || !got->deliveries != !claims ||
		    !got->token != !claims ||
		    got->size > entry(task->entries_before, i)->size)
			FAIL("receive: entry %u: type %lld, %u bytes, delivery %u, token %llu",
			     i, (long long)got->type, got->size,
			     got->deliveries, (unsigned long long)got->token);
	}
	if (ret > 0 && call->text_place == KERNEL &&
	    (call->command == SENDV ? first->size :
				      entry(task->entries, 0)->size))
		FAIL("command %#x: kernel memory accepted", call->word);
}

void fuzz_check_desc(struct fuzz_task *task, const struct fuzz_draw *call,
		     long ret, int error)
{
	if (call->argument_place != OWN || call->fd == FUZZ_SHAKY_FD)
		return;
	/* A failed call may have written a part of its answer. */
	if (ret < 0 && error == EFAULT)
		return;
	if (call->command == SENDV || call->command == RECVV)
		check_batch(task, call, ret, error);
	if (call->command == SETTLE &&
	    (!ret || (ret > 0 &&
		      (unsigned long)ret > call->drawn->settle.count)))
		FAIL("settlement of %u: answer %ld", call->drawn->settle.count,
		     ret);
}
