// SPDX-License-Identifier: MIT
/*
 * race.c - a call is served at the very moment of its deadline
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_calls.h"

/* The call of the thread, and its result. */
static long (*race_call)(struct peer *);
static struct peer racer;
static char race_text[4];

static void *race(void *unused)
{
	(void)unused;
	racer.ret = race_call(&racer);
	racer.error = errno;
	return NULL;
}

static void race_once(int msqid, int after)
{
	struct msgq_how at_once = { .msgflg = IPC_NOWAIT };
	struct msgq_message entry = {
		.type = 7,
		.text = race_text,
		.size = sizeof(race_text),
	};
	bool puts = race_call == call_put, in_time;
	pthread_t thread;

	set_deadline(CLOCK_MONOTONIC, 3 * MILLISECOND);
	CHECK(!pthread_create(&thread, NULL, race, NULL));
	while (now(CLOCK_MONOTONIC) + 100000 < call_how.deadline + after)
		;
	if (puts)
		CHECK_INT(msgq_recvv(call_fd, &entry, 1, 7, &at_once), 1);
	else
		CHECK_INT(msgq_sendv(call_fd, &entry, 1, &at_once), 1);
	CHECK(!pthread_join(thread, NULL));

	in_time = racer.ret >= 0;
	if (!in_time)
		CHECK_INT(racer.error, ETIMEDOUT);
	/* It was sent or received exactly if the call says so. */
	CHECK_STATE(msqid, race_call == call_take ? !in_time :
			   puts ? in_time : 1,
		    race_call == call_claim && in_time);
}

static void race_to_the_deadline(long (*call)(struct peer *))
{
	uint64_t until = now(CLOCK_MONOTONIC) + 8 * SECOND;
	unsigned int times, in_time = 0;

	memset(&racer, 0, sizeof(racer));
	racer.type = call == call_put ? 1 : 0;
	racer.size = call == call_put ? 4 : 0;
	race_call = call;
	for (times = 0; times < 200 && now(CLOCK_MONOTONIC) < until; times++) {
		int msqid = queue_for(call);

		race_once(msqid, (times % 20) * 10000);
		in_time += racer.ret >= 0;
		remove_queue(msqid);
		close(call_fd);
	}
	printf("# tried %u times, %u of them served\n", times,
	       in_time);
	fflush(stdout);
}

CASE(exactly_then)
{
	race_to_the_deadline(call_take);
	race_to_the_deadline(call_claim);
	race_to_the_deadline(call_put);
}
