// SPDX-License-Identifier: MIT
/*
 * Races between two events that end a wait: a call is done, or it is not.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>

#include "peer.h"

#define MESSAGES	10000
/* They race for a few instructions only, so many rounds are needed. */
#define COUNTED		100000
#define MADE		20000

static int queue;
static volatile bool over;
static volatile unsigned int received, interrupted;

static void handler(int signal)
{
	(void)signal;
}

static void *receive(void *unused)
{
	struct { long type; char text[1]; } message;

	while (!over) {
		if (msgrcv(queue, &message, sizeof(message.text), 0, 0) == 1)
			received++;
		else if (errno == EINTR)
			interrupted++;
		else
			FAIL("unexpected %s", strerrorname_np(errno));
	}
	return unused;
}

static void *interrupt(void *receiver)
{
	while (!over) {
		pthread_kill(*(pthread_t *)receiver, SIGUSR1);
		sched_yield();
	}
	return NULL;
}

/* A receiver that returns EINTR has received no message. */
CASE_SECONDS(signals_meet_messages, 60)
{
	/* SA_RESTART is not set. */
	const struct sigaction action = { .sa_handler = handler };
	struct { long type; char text[1]; } message = { .type = 1 };
	pthread_t receiver, interrupter;
	time_t until;

	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	queue = make_queue();
	CHECK(!pthread_create(&receiver, NULL, receive, NULL));
	CHECK(!pthread_create(&interrupter, NULL, interrupt, &receiver));
	for (unsigned int i = 0; i < MESSAGES; i++) {
		CHECK_OK(msgsnd(queue, &message, sizeof(message.text), 0));
		until = time(NULL) + PATIENCE;
		while (received <= i) {
			if (time(NULL) > until)
				FAIL("message %u is lost, after %u signals", i,
				     interrupted);
			sched_yield();
		}
	}
	over = true;
	CHECK(!pthread_join(interrupter, NULL));
	while (pthread_tryjoin_np(receiver, NULL))
		pthread_kill(receiver, SIGUSR1);
	CHECK_INT(queue_state(queue).msg_qnum, 0);
	CHECK(interrupted > 0);
	remove_queue(queue);
}

/* The number of messages on the queues, as their senders count them. */
static atomic_int standing;
static int msgtql;

static void *fill_and_empty(void *unused)
{
	struct { long type; char text[1]; } message = { .type = 1 };
	int msqid = make_queue();
	unsigned int sent = 0;

	while (sent < COUNTED) {
		if (msgsnd(msqid, &message, 0, IPC_NOWAIT)) {
			CHECK_INT(errno, EAGAIN);
			sched_yield();
			continue;
		}
		sent++;
		CHECK(++standing <= msgtql);
		standing--;
		CHECK_INT(msgrcv(msqid, &message, 0, 0, IPC_NOWAIT), 0);
	}
	remove_queue(msqid);
	return unused;
}

/* Queues share no lock, only the count for msgtql, which is always exact. */
CASE_SECONDS(msgtql_is_exact_among_queues, 60)
{
	struct msginfo info;
	pthread_t other;

	DEVICE_ONLY();
	for (msgtql = 1; msgtql <= 1000; msgtql += 999) {
		limit_set("msgtql", msgtql);
		CHECK(!pthread_create(&other, NULL, fill_and_empty, NULL));
		fill_and_empty(NULL);
		CHECK(!pthread_join(other, NULL));
		CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
		CHECK_INT(info.msgmap, 0);
	}
}

#define ROUNDS		200
#define DEPTH		2000

static _Atomic int chosen_from = -1;
static atomic_uint choices;

static void *choose(void *unused)
{
	struct { long type; char text[1]; } message;

	while (!over) {
		int msqid = chosen_from;

		if (msqid == -1)
			continue;
		CHECK_INT(msgrcv(msqid, &message, 0, 7, IPC_NOWAIT), -1);
		if (errno != ENOMSG && errno != EIDRM && errno != EINVAL)
			FAIL("unexpected %s", strerrorname_np(errno));
		choices++;
	}
	return unused;
}

/* A queue may be removed while a receiver searches for a type among many. */
CASE_SECONDS(removal_meets_a_choice, 60)
{
	struct { long type; char text[1]; } message;
	pthread_t chooser;

	CHECK(!pthread_create(&chooser, NULL, choose, NULL));
	for (unsigned int i = 0; i < ROUNDS; i++) {
		unsigned int before;

		queue = make_queue();
		for (unsigned int j = 0; j < DEPTH; j++) {
			message.type = 1 + j % 3;
			CHECK_OK(msgsnd(queue, &message, 0, IPC_NOWAIT));
		}
		before = choices;
		chosen_from = queue;
		/* Remove it at the receiver's first search, or a later one. */
		for (unsigned int j = 0; j < i % 16; j++)
			sched_yield();
		while (i % 2 && choices == before)
			sched_yield();
		remove_queue(queue);
		chosen_from = -1;
	}
	over = true;
	CHECK(!pthread_join(chooser, NULL));
}

/* Counts of queues made, and of queues found by their key. */
static volatile unsigned int made, found;

static void *find(void *key)
{
	struct msqid_ds ds;
	int msqid;

	while (found < MADE) {
		while ((msqid = msgget(*(key_t *)key, 0)) < 0)
			CHECK_INT(errno, ENOENT);
		CHECK_OK(msgctl(msqid, IPC_STAT, &ds));
		found++;
		while (found < MADE && made <= found)
			sched_yield();
	}
	return NULL;
}

/* A queue that was found by its key can be used. */
CASE_SECONDS(making_meets_a_search, 60)
{
	key_t key = 0x6d736771;
	pthread_t finder;

	CHECK(!pthread_create(&finder, NULL, find, &key));
	for (unsigned int i = 0; i < MADE; i++) {
		int msqid;

		made = i + 1;
		msqid = CHECK_OK(msgget(key, IPC_CREAT | IPC_EXCL | 0600));
		while (found <= i)
			sched_yield();
		remove_queue(msqid);
	}
	CHECK(!pthread_join(finder, NULL));
}
