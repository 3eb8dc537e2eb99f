// SPDX-License-Identifier: MIT
/*
 * lots.c - what happens between two lots of tasks that one call wakes: the
 * queue is removed, a signal comes, others send and receive
 *
 * More receivers than are woken in one lot wait for type 2 without room for
 * any text, so that a message of type 2 ends them all, and stays.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "desc_io.h"

#define RECEIVERS	200
#define ROUNDS		40

static pthread_t receivers[RECEIVERS];
static atomic_uint generation, returned;
static atomic_bool begun;
static bool first_removes;
static int queue;

static void *receive_each_time(void *unused)
{
	struct { long type; char text[1]; } message;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		while (atomic_load(&generation) == round)
			syscall(SYS_futex, &generation, FUTEX_WAIT_PRIVATE,
				round, NULL);
		CHECK_INT(msgrcv(queue, &message, 0, 2, 0), -1);
		CHECK(errno == E2BIG || errno == EIDRM);
		if (!atomic_fetch_add(&returned, 1) && first_removes)
			CHECK_OK(msgctl(queue, IPC_RMID, NULL));
	}
	return unused;
}

static void start_all(pthread_t *threads, void *(*call)(void *))
{
	pthread_attr_t attr;

	CHECK(!pthread_attr_init(&attr));
	CHECK(!pthread_attr_setstacksize(&attr, small_stack(32768)));
	for (unsigned int i = 0; i < RECEIVERS; i++)
		CHECK(!pthread_create(&threads[i], &attr, call, NULL));
}

static void start_receivers(void)
{
	start_all(receivers, receive_each_time);
}

static void join_receivers(void)
{
	for (unsigned int i = 0; i < RECEIVERS; i++)
		CHECK(!pthread_join(receivers[i], NULL));
}

static void sleep_a_little(void)
{
	sleep_until(now(CLOCK_MONOTONIC) + MILLISECOND);
}

/* Wait until so many tasks wait at the queue. */
static void wait_for(unsigned int receiving, unsigned int sending)
{
	struct msgq_state state;

	do {
		sleep_a_little();
		state = (struct msgq_state){ .msqid = queue };
		CHECK_OK(msgq_state(msgq_device(), &state));
	} while (state.receivers != receiving || state.senders != sending);
}

static void next_round(void)
{
	atomic_store(&begun, false);
	atomic_store(&returned, 0);
	atomic_fetch_add(&generation, 1);
	syscall(SYS_futex, &generation, FUTEX_WAKE_PRIVATE, RECEIVERS, NULL);
	wait_for(RECEIVERS, 0);
}

static void end_round(void)
{
	while (atomic_load(&returned) < RECEIVERS)
		sleep_a_little();
}

/* The messages that receivers of all queues have got. */
static uint64_t received(void)
{
	struct msgq_info info;

	CHECK_OK(msgq_info(msgq_device(), &info));
	return info.counts.received;
}

static void *remove_at_once(void *unused)
{
	while (!atomic_load(&begun))
		;
	CHECK_OK(msgctl(queue, IPC_RMID, NULL));
	return unused;
}

/* The message is removed with the queue, or refused; all waits end. */
CASE_SECONDS(removal_between_lots, 60)
{
	const struct { long type; char text[1]; } message = { .type = 2 };
	pthread_t remover;

	DEVICE_ONLY();
	start_receivers();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		queue = make_queue();
		next_round();
		CHECK(!pthread_create(&remover, NULL, remove_at_once, NULL));
		atomic_store(&begun, true);
		if (msgsnd(queue, &message, 1, 0) == -1)
			CHECK(errno == EIDRM || errno == EINVAL);
		CHECK(!pthread_join(remover, NULL));
		end_round();
	}
	join_receivers();
}

/*
 * The first receiver that is told removes the queue, and is so urgent that the
 * caller does not run meanwhile, where the kernel can be preempted: all is
 * freed when the caller goes on to the other receivers.
 */
static void start_urgent_receivers(void)
{
	const struct sched_param urgent = { .sched_priority = 1 };
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK_OK(sched_setaffinity(0, sizeof(one), &one));
	first_removes = true;
	start_receivers();
	for (unsigned int i = 0; i < RECEIVERS; i++)
		CHECK(!pthread_setschedparam(receivers[i], SCHED_FIFO,
					     &urgent));
}

CASE_SECONDS(whole_removal_between_lots, 60)
{
	const struct { long type; char text[1]; } message = { .type = 2 };
	uint64_t before;

	DEVICE_ONLY();
	before = received();
	start_urgent_receivers();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		queue = make_queue();
		next_round();
		if (msgsnd(queue, &message, 1, 0) == -1)
			CHECK_INT(errno, EIDRM);
		end_round();
	}
	join_receivers();
	/* What was removed with its queue was not received. */
	CHECK_INT(received(), before);
}

/* The same, by a claim that is released. */
CASE_SECONDS(whole_removal_in_a_release, 60)
{
	const struct { long type; char text[1]; } message = { .type = 2 };
	struct msgq_message entry;
	uint64_t before;
	int fd;

	DEVICE_ONLY();
	before = received();
	start_urgent_receivers();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		queue = make_queue();
		fd = open_queue(queue);
		CHECK_OK(msgsnd(queue, &message, 1, 0));
		entry = (struct msgq_message){};
		CHECK_INT(msgq_claimv(fd, &entry, 1, 2,
				      &(struct msgq_how){
					.msgflg = MSG_NOERROR,
				      }), 1);
		next_round();
		CHECK_INT(msgq_releasev(fd, &entry, 1), 1);
		end_round();
		CHECK_OK(close(fd));
	}
	join_receivers();
	CHECK_INT(received(), before);
}

static void *receive_at_once(void *unused)
{
	struct { long type; char text[8]; } message;

	while (!atomic_load(&begun))
		;
	while (msgrcv(queue, &message, sizeof(message.text), 0,
		      IPC_NOWAIT) == -1)
		CHECK_INT(errno, ENOMSG);
	return unused;
}

/* Another task receives it as soon as possible: exactly one receives it. */
CASE_SECONDS(receiver_between_lots, 60)
{
	const struct { long type; char text[1]; } message = { .type = 2 };
	pthread_t other;

	DEVICE_ONLY();
	start_receivers();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		queue = make_queue();
		next_round();
		CHECK(!pthread_create(&other, NULL, receive_at_once, NULL));
		atomic_store(&begun, true);
		CHECK_OK(msgsnd(queue, &message, 1, 0));
		CHECK(!pthread_join(other, NULL));
		end_round();
		CHECK_INT(queue_state(queue).msg_qnum, 0);
		remove_queue(queue);
	}
	join_receivers();
}

static void handler(int signal)
{
	(void)signal;
}

/* Return the errno of a send. */
static void *send_blocking(void *unused)
{
	const struct { long type; char text[1]; } message = { .type = 2 };
	long ret = msgsnd(queue, &message, 1, 0);

	(void)unused;
	return (void *)(intptr_t)(ret == -1 ? errno : 0);
}

static void *signal_at_once(void *sender)
{
	while (!atomic_load(&begun))
		;
	pthread_kill(*(pthread_t *)sender, SIGUSR1);
	return NULL;
}

/* More senders than are woken in one lot go on at once. */
CASE(senders_in_lots)
{
	pthread_t senders[RECEIVERS];
	void *error;

	DEVICE_ONLY();
	queue = queue_of(8);
	CHECK_PUT(queue, 1, "12345678");
	start_all(senders, send_blocking);
	wait_for(0, RECEIVERS);
	set_both(queue, 0600, 8 + RECEIVERS);
	for (unsigned int i = 0; i < RECEIVERS; i++) {
		CHECK(!pthread_join(senders[i], &error));
		CHECK(!error);
	}
	CHECK_INT(queue_state(queue).msg_qnum, 1 + RECEIVERS);
	remove_queue(queue);
}

/* A sender that returns EINTR has sent nothing; otherwise it has sent once. */
CASE_SECONDS(signal_between_lots, 60)
{
	const struct sigaction action = { .sa_handler = handler };
	pthread_t sender, signals;
	void *error;

	DEVICE_ONLY();
	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	start_receivers();
	for (unsigned int round = 0; round < ROUNDS; round++) {
		queue = queue_of(8);
		CHECK_PUT(queue, 1, "12345678");
		next_round();
		CHECK(!pthread_create(&sender, NULL, send_blocking, NULL));
		wait_for(RECEIVERS, 1);
		CHECK(!pthread_create(&signals, NULL, signal_at_once, &sender));
		atomic_store(&begun, true);
		CHECK_TAKE(queue, 1, 0, 1, "12345678");
		CHECK(!pthread_join(signals, NULL));
		CHECK(!pthread_join(sender, &error));
		CHECK(!error || error == (void *)EINTR);
		CHECK_INT(queue_state(queue).msg_qnum, error ? 0 : 1);
		remove_queue(queue);
		end_round();
	}
	join_receivers();
}
