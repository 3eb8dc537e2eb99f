// SPDX-License-Identifier: MIT
/*
 * desc_claims.c - batches and claims, for cases about them; see desc_claims.h
 */
#define _GNU_SOURCE
#include <string.h>
#include <unistd.h>

#include "desc_claims.h"
#include "fault_raw.h"

uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * SECOND + time.tv_nsec;
}

void sleep_until(uint64_t time)
{
	const struct timespec until = {
		.tv_sec = time / SECOND,
		.tv_nsec = time % SECOND,
	};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL))
		;
}

int the_device(void)
{
	static int device = -1;

	if (device < 0)
		device = CHECK_OK(msgq_device());
	return device;
}

int open_queue(int msqid)
{
	return open_as(msqid, MSGQ_OPEN_READ | MSGQ_OPEN_WRITE, 0);
}

int open_as(int msqid, uint32_t flags, uint64_t limit)
{
	const struct msgq_open how = {
		.name = msqid,
		.flags = flags,
		.type = 1,
		.limit = limit,
	};

	return CHECK_OK(msgq_open(the_device(), &how));
}

long numbered_type(unsigned int number)
{
	return 1 + number % 5;
}

unsigned int numbered_size(unsigned int number)
{
	return 8 + number % (NUMBERED_LONGEST - 7);
}

void batch_fill(struct batch *batch, unsigned int first, unsigned int count)
{
	memset(batch, 0, sizeof(*batch));
	for (unsigned int i = 0; i < count; i++) {
		struct msgq_message *entry = &batch->entries[i];

		entry->type = numbered_type(first + i);
		entry->size = numbered_size(first + i);
		entry->text = batch->texts[i];
		raw_fill(batch->texts[i], entry->size, first + i);
	}
}

void batch_clean(struct batch *batch, unsigned int count)
{
	memset(batch, 0, sizeof(*batch));
	for (unsigned int i = 0; i < count; i++) {
		batch->entries[i].text = batch->texts[i];
		batch->entries[i].size = NUMBERED_LONGEST;
	}
}

void batch_holds(const struct msgq_message *entry, unsigned int number,
		 const char *file, int line)
{
	const void *text = entry->text;

	if (entry->type != numbered_type(number) ||
	    entry->size != numbered_size(number) ||
	    !raw_filled(text, entry->size, number))
		test_fail(file, line,
			  "expected message %u of type %ld with %u bytes, got another of type %lld with %u",
			  number, numbered_type(number), numbered_size(number),
			  (long long)entry->type, entry->size);
}

void put_numbered(int msqid, unsigned int first, unsigned int count)
{
	const struct msgq_how how = { .msqid = msqid, .msgflg = IPC_NOWAIT };
	static struct batch batch;

	batch_fill(&batch, first, count);
	CHECK_INT(msgq_sendv(the_device(), batch.entries, count, &how), count);
}

void drain_numbered(int msqid, unsigned int first, unsigned int count,
		    const char *file, int line)
{
	struct {
		long type;
		unsigned char text[NUMBERED_LONGEST];
	} message = { .type = 0 };
	struct msgq_message entry = { .text = message.text };
	long size;

	for (unsigned int i = 0; i < count; i++) {
		size = msgrcv(msqid, &message, sizeof(message.text), 0,
			      IPC_NOWAIT);
		if (size < 0)
			test_fail(file, line, "expected message %u, got %s",
				  first + i, strerrorname_np(errno));
		entry.type = message.type;
		entry.size = size;
		batch_holds(&entry, first + i, file, line);
	}
	if (msgrcv(msqid, &message, sizeof(message.text), 0, IPC_NOWAIT) != -1)
		test_fail(file, line, "expected no more messages, got one");
	if (errno != ENOMSG)
		test_fail(file, line, "expected ENOMSG, got %s",
			  strerrorname_np(errno));
}

uint64_t claim_text(int fd, long rule, long type, const char *text,
		    unsigned int deliveries, const char *file, int line)
{
	const struct msgq_how how = { .msgflg = IPC_NOWAIT };
	char room[8192] = "";
	struct msgq_message entry = {
		.text = room,
		.size = sizeof(room),
	};
	int claimed = msgq_claimv(fd, &entry, 1, rule, &how);

	if (claimed < 0)
		test_fail(file, line, "claim %ld: expected '%s', got %s", rule,
			  text, strerrorname_np(errno));
	if (claimed != 1 || entry.type != type || entry.size != strlen(text) ||
	    memcmp(room, text, entry.size))
		test_fail(file, line,
			  "claim %ld: expected %ld '%s', got %d: %ld '%.*s'",
			  rule, type, text, claimed, (long)entry.type,
			  (int)entry.size, room);
	if (entry.deliveries != deliveries)
		test_fail(file, line,
			  "claim of '%s': expected delivery %u, got %u", text,
			  deliveries, entry.deliveries);
	return entry.token;
}

int try_claim(int fd, int msgflg)
{
	const struct msgq_how how = { .msgflg = msgflg };
	char room[NUMBERED_LONGEST] = "";
	struct msgq_message entry = {
		.text = room,
		.size = sizeof(room),
	};

	return msgq_claimv(fd, &entry, 1, 0, &how);
}

int settle_one(int fd, uint64_t token, bool release)
{
	return release ? msgq_release(fd, &token, 1) :
			 msgq_acknowledge(fd, &token, 1);
}

struct msgq_state state_of_queue(int msqid)
{
	struct msgq_state state = { .msqid = msqid };

	CHECK_OK(msgq_state(the_device(), &state));
	return state;
}

void wait_claimed(int msqid, unsigned int claimed)
{
	uint64_t until = now(CLOCK_MONOTONIC) + PATIENCE * SECOND;
	uint64_t got;

	while ((got = state_of_queue(msqid).claimed) != claimed) {
		if (now(CLOCK_MONOTONIC) > until)
			FAIL("expected %u claimed, got %llu", claimed,
			     (unsigned long long)got);
		sleep_until(now(CLOCK_MONOTONIC) + MILLISECOND);
	}
}

void needs_notice_of_exits(void)
{
	struct msgq_info info;

	CHECK_OK(msgq_info(the_device(), &info));
	if (!(info.features & MSGQ_FEATURE_CLAIM_PROCESS))
		SKIP("claims do not end with their process here");
}

void nothing_left(void)
{
	struct msginfo totals;

	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&totals));
	CHECK_INT(totals.msgpool, 0);
	CHECK_INT(totals.msgmap, 0);
	CHECK_INT(totals.msgtql, 0);
}
