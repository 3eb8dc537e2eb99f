// SPDX-License-Identifier: MIT
/*
 * tasks.c - cases of several tasks
 *
 * The tasks that wait are threads of a separate process, so that the measuring
 * process has no threads, like most programs.  They run on its processor with
 * a higher priority: a woken task has run, and waits again, before the call of
 * the measuring process returns.  The figures therefore cover all the effects
 * of a call, and nothing depends on chance.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define TASK_SECONDS	60
#define STACK_BYTES	16384
#define SMALL		16
/* Text bytes of one of four messages that fill a queue. */
#define QUARTER		256
#define MOST_TASKS	8

struct waiter {
	struct channel channel;
	enum does does;
	/* Room for the received message: a type and a text. */
	long message[1 + SMALL / sizeof(long)];
};

static void *wait_again(void *arg)
{
	struct waiter *waiter = arg;

	/* Until the queue is removed, or all are killed. */
	while (!waiter->channel.peer->loop(&waiter->channel, 1, waiter->does))
		;
	return NULL;
}

/* Each receiver wants a different type, from 2 on. */
static void start_waiters(struct run *run, enum does does, size_t size)
{
	struct waiter *waiters = allocate(run->param, sizeof(*waiters));
	char *stacks = mmap(NULL, run->param * STACK_BYTES,
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct sched_param before = { .sched_priority = 1 };
	struct message *message = allocate(1, sizeof(*message) + size);
	pthread_attr_t attr;
	pthread_t thread;
	int error = 0;

	if (stacks == MAP_FAILED)
		die("no memory for waiters");
	message->type = 1;
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &before);
	for (unsigned long i = 0; i < run->param && !error; i++) {
		struct waiter *waiter = &waiters[i];

		waiter->does = does;
		waiter->channel = *run->channels;
		waiter->channel.size = size;
		waiter->channel.rule = 2 + (long)i;
		waiter->channel.message = does == SENDS ?
			message : (struct message *)waiter->message;
		pthread_attr_setstack(&attr, stacks + i * STACK_BYTES,
				      STACK_BYTES);
		error = pthread_create(&thread, &attr, wait_again, waiter);
	}
	if (error)
		die("a waiter: %s", strerror(error));
}

static bool prepare_waiters(struct run *run, enum does does, size_t size)
{
	int ready[2];
	char byte;

	if (pipe(ready))
		die("pipe: %s", strerror(errno));
	run->host = fork();
	if (run->host == -1)
		die("fork: %s", strerror(errno));
	if (!run->host) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		start_waiters(run, does, size);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		die("%s: the waiters did not start", run->peer->name);
	close(ready[0]);
	if (run->peer->calls->get != msgget &&
	    peers_waiting(run->channels->queue) != run->param)
		die("%s: %u wait, not %lu", run->peer->name,
		    peers_waiting(run->channels->queue), run->param);
	return true;
}

bool prepare_receivers(struct run *run)
{
	open_channels(run, 1, SMALL, USUAL_ROOM);
	return prepare_waiters(run, RECEIVES, SMALL);
}

/* The queue is full; a waiting message fits when one has been received. */
bool prepare_small_senders(struct run *run)
{
	open_channels(run, 1, QUARTER, 4 * QUARTER);
	for (int i = 0; i < 4; i++)
		put(run->channels, 1, QUARTER);
	return prepare_waiters(run, SENDS, QUARTER);
}

/* There is room for a small message that comes and goes, not for the waiting. */
bool prepare_large_senders(struct run *run)
{
	open_channels(run, 1, SMALL, 4 * QUARTER);
	put(run->channels, 2, QUARTER);
	return prepare_waiters(run, SENDS, 4 * QUARTER);
}

void finish_waiters(struct run *run)
{
	kill(run->host, SIGKILL);
	waitpid(run->host, NULL, 0);
	close_channels(run);
	/* The kernel takes its time to free thousands of them. */
	sleep(1);
}

long long time_send_to_one(struct run *run, unsigned long count)
{
	struct message *message = run->channels->message;
	unsigned long failed = 0;
	long long begin = now();

	message->type = 2;
	while (count--) {
		failed += run->peer->loop(run->channels, 1, SENDS);
		if (++message->type == 2 + (long)run->param)
			message->type = 2;
	}
	message->type = 1;
	none_failed(run, failed);
	return now() - begin;
}

long long time_receive_for_one(struct run *run, unsigned long count)
{
	long long begin = now();

	none_failed(run, run->peer->loop(run->channels, count, RECEIVES));
	return now() - begin;
}

bool prepare_stream(struct run *run)
{
	return open_channels(run, 1, SMALL, USUAL_ROOM);
}

/* One there and one back, for each two tasks. */
bool prepare_ping_pong(struct run *run)
{
	if (run->peer->messages > 1)
		return false;
	return open_channels(run, run->param, SMALL, USUAL_ROOM);
}

struct times {
	long long begin;
	long long end;
};

typedef unsigned long job(const struct run *run, unsigned int task,
			  unsigned long count);

static unsigned int processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count < MOST_TASKS ? count : MOST_TASKS;
}

static void run_on(unsigned int processor)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		_exit(1);
}

/* The two sides of a queue are on two processors, where there are two. */
static void work(const struct run *run, unsigned int task, job *does,
		 unsigned long count, struct times *times, int ready, int start)
{
	char byte = 0;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(TASK_SECONDS);
	run_on(task % processors());
	/* All begin when the write end of the pipe is closed. */
	if (write(ready, &byte, 1) != 1 || read(start, &byte, 1))
		_exit(1);
	times->begin = now();
	if (does(run, task, count))
		_exit(1);
	times->end = now();
	_exit(0);
}

/* The time from the begin of the first task to the end of the last. */
static long long crew(const struct run *run, job *does, unsigned long count)
{
	struct times *times = mmap(NULL, sizeof(*times) * MOST_TASKS,
				   PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long long begin, end;
	pid_t tasks[MOST_TASKS];
	int ready[2], start[2], status, failed = 0;
	char byte;

	if (times == MAP_FAILED || pipe(ready) || pipe(start))
		die("no pipe for tasks");
	for (unsigned int i = 0; i < run->param; i++) {
		tasks[i] = fork();
		if (tasks[i] == -1)
			die("fork: %s", strerror(errno));
		if (!tasks[i]) {
			close(ready[0]);
			close(start[1]);
			work(run, i, does, count, &times[i], ready[1],
			     start[0]);
		}
	}
	close(ready[1]);
	close(start[0]);
	for (unsigned int i = 0; i < run->param; i++)
		failed |= read(ready[0], &byte, 1) != 1;
	close(ready[0]);
	close(start[1]);
	for (unsigned int i = 0; i < run->param; i++)
		failed |= waitpid(tasks[i], &status, 0) != tasks[i] || status;
	if (failed)
		die("%s: a task of %s failed", run->peer->name,
		    run->what->name);
	begin = times[0].begin;
	end = times[0].end;
	for (unsigned int i = 1; i < run->param; i++) {
		begin = times[i].begin < begin ? times[i].begin : begin;
		end = times[i].end > end ? times[i].end : end;
	}
	munmap(times, sizeof(*times) * MOST_TASKS);
	return end - begin;
}

static unsigned long stream_job(const struct run *run, unsigned int task,
				unsigned long count)
{
	return run->peer->loop(run->channels, count,
			       task % 2 ? SENDS : RECEIVES);
}

/* Send count messages in all.  A single task sends and receives. */
long long time_stream(struct run *run, unsigned long count)
{
	unsigned int pairs = run->param / 2;
	unsigned long each, failed;
	long long begin;

	if (pairs) {
		each = (count + pairs - 1) / pairs;
		return crew(run, stream_job, each) * count / (each * pairs);
	}
	begin = now();
	failed = run->peer->loop(run->channels, count, PAIRS);
	none_failed(run, failed);
	return now() - begin;
}

static unsigned long ping_pong_job(const struct run *run, unsigned int task,
				   unsigned long count)
{
	const struct channel *there = &run->channels[task & ~1U];
	const struct channel *back = there + 1;
	unsigned long failed = 0;

	while (count--) {
		if (task % 2) {
			failed += run->peer->loop(there, 1, SENDS);
			failed += run->peer->loop(back, 1, RECEIVES);
		} else {
			failed += run->peer->loop(there, 1, RECEIVES);
			failed += run->peer->loop(back, 1, SENDS);
		}
	}
	return failed;
}

/* A round of one of the pairs is an operation. */
long long time_ping_pong(struct run *run, unsigned long count)
{
	return crew(run, ping_pong_job, count);
}
