// SPDX-License-Identifier: MIT
/*
 * batch.c - each allocation and each copy of a batch of many messages
 * fails once: the messages before it went through, the others are unchanged
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_claims.h"
#include "fault_inject.h"

/* More messages than two of the parts into which the module cuts a batch. */
#define COUNT	36

static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };
static struct batch batch;
static uint64_t tokens[COUNT];
static int msqid;
static int fd;

enum what { SEND, RECEIVE, CLAIM_THEM, ACKNOWLEDGE_THEM, RELEASE_THEM };

static void prepare(enum what what)
{
	batch_fill(&batch, 0, COUNT);
	if (what == SEND)
		return;
	put_numbered(msqid, 0, COUNT);
	batch_clean(&batch, COUNT);
	if (what < ACKNOWLEDGE_THEM)
		return;
	CHECK_INT(msgq_claimv(fd, batch.entries, COUNT, 0, &at_once), COUNT);
	for (unsigned int i = 0; i < COUNT; i++)
		tokens[i] = batch.entries[i].token;
}

static int call(enum what what)
{
	switch (what) {
	case SEND:
		return msgq_sendv(fd, batch.entries, COUNT, &at_once);
	case RECEIVE:
		return msgq_recvv(fd, batch.entries, COUNT, 0, &at_once);
	case CLAIM_THEM:
		return msgq_claimv(fd, batch.entries, COUNT, 0, &at_once);
	case ACKNOWLEDGE_THEM:
		return msgq_acknowledge(fd, tokens, COUNT);
	default:
		return msgq_release(fd, tokens, COUNT);
	}
}

/* The remaining messages have not been delivered before. */
static void check_deliveries(unsigned int first)
{
	if (first == COUNT)
		return;
	batch_clean(&batch, 1);
	CHECK_INT(msgq_claimv(fd, batch.entries, 1, 0, &at_once), 1);
	CHECK_INT(batch.entries[0].deliveries, 1);
	RELEASE(fd, batch.entries[0].token);
}

static void check(enum what what, unsigned int done)
{
	switch (what) {
	case SEND:
		CHECK_STATE(msqid, done, 0);
		CHECK_DRAIN(msqid, 0, done);
		return;
	case RECEIVE:
	case CLAIM_THEM:
		for (unsigned int i = 0; i < done; i++) {
			CHECK_NUMBERED(&batch.entries[i], i);
			tokens[i] = batch.entries[i].token;
		}
		if (what == CLAIM_THEM) {
			CHECK_STATE(msqid, COUNT, done);
			if (done)
				CHECK_INT(msgq_acknowledge(fd, tokens, done),
					  done);
		}
		check_deliveries(done);
		CHECK_DRAIN(msqid, done, COUNT - done);
		return;
	case ACKNOWLEDGE_THEM:
	case RELEASE_THEM:
		CHECK_STATE(msqid, what == RELEASE_THEM ? COUNT : COUNT - done,
			    COUNT - done);
		if (done < COUNT)
			CHECK_INT(msgq_release(fd, tokens + done, COUNT - done),
				  COUNT - done);
		done = what == RELEASE_THEM ? 0 : done;
		CHECK_DRAIN(msqid, done, COUNT - done);
		return;
	}
}

static unsigned int inject_into(enum what what)
{
	unsigned int nth = 0;
	bool injected;
	int done, error;

	do {
		prepare(what);
		inject_arm(++nth);
		done = call(what);
		error = errno;
		injected = inject_disarm();
		if (done < 0)
			CHECK(injected && (error == ENOMEM || error == EFAULT));
		else
			CHECK(injected || done == COUNT);
		check(what, done < 0 ? 0 : done);
	} while (injected);
	return nth - 1;
}

CASE_SECONDS(injected_faults, 40)
{
	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_queue(msqid);
	if (!inject_prepare(INJECT_SLABS)) {
		CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
		SKIP("this kernel has no fault injection");
	}
	printf("# tried fault points: send %u, receive %u, claim %u, acknowledge %u, release %u\n",
	       inject_into(SEND), inject_into(RECEIVE),
	       inject_into(CLAIM_THEM), inject_into(ACKNOWLEDGE_THEM),
	       inject_into(RELEASE_THEM));
	fflush(stdout);
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
	nothing_left();
}

CASE_SECONDS(nothing_leaked, 24)
{
	DEVICE_ONLY();
	leaks_check();
}
