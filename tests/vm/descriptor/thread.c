// SPDX-License-Identifier: MIT
/*
 * thread.c - threads share their claims, and close descriptors while
 * others claim
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_calls.h"
#include "fault_raw.h"

static pthread_t thread;
static int fd;
static pid_t tid;

static void start(void *(*run)(void *), void *arg)
{
	CHECK(!pthread_create(&thread, NULL, run, arg));
}

static void *join(void)
{
	void *result;

	CHECK(!pthread_join(thread, &result));
	return result;
}

static void *claim_in_thread(void *token)
{
	*(uint64_t *)token = CLAIM(fd, 0, 1, "text", 1);
	return NULL;
}

static void *acknowledge_in_thread(void *token)
{
	ACKNOWLEDGE(fd, *(uint64_t *)token);
	return NULL;
}

/* Claims outlive the thread that made them, and any thread can end them. */
CASE(threads_share_claims)
{
	int msqid = make_queue();
	uint64_t token;

	fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "text");
	start(claim_in_thread, &token);
	join();
	CHECK_STATE(msqid, 1, 1);
	start(acknowledge_in_thread, &token);
	join();
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

/* Return the result of a claim as a pointer: its errno, or 0. */
static void *claim_waiting(void *unused)
{
	(void)unused;
	__atomic_store_n(&tid, gettid(), __ATOMIC_RELEASE);
	return try_claim(fd, 0) == 1 ? NULL : (void *)(intptr_t)errno;
}

static void start_waiting(void)
{
	tid = 0;
	start(claim_waiting, NULL);
	while (!__atomic_load_n(&tid, __ATOMIC_ACQUIRE))
		sleep_until(now(CLOCK_MONOTONIC) + MILLISECOND);
	wait_asleep(tid);
}

static void check_back(int msqid)
{
	CHECK_STATE(msqid, 1, 0);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	remove_queue(msqid);
	nothing_left();
}

/* The opening ends when the call has returned, and the claim with it. */
CASE(closed_while_another_waits)
{
	int msqid = make_queue();

	fd = open_queue(msqid);
	start_waiting();
	CHECK_OK(close(fd));
	CHECK_PUT(msqid, 1, "text");
	CHECK_INT((intptr_t)join(), 0);
	check_back(msqid);
}

/* Start another process that keeps the file open. */
static pid_t start_holder(void)
{
	pid_t pid = CHECK_OK(fork());

	if (!pid)
		for (;;)
			pause();
	return pid;
}

static void end_holder(pid_t pid)
{
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

CASE(closed_while_a_child_holds_it)
{
	int msqid = make_queue();
	pid_t holder;

	fd = open_queue(msqid);
	holder = start_holder();
	start_waiting();
	CHECK_OK(close(fd));
	CHECK_PUT(msqid, 1, "text");
	CHECK_INT((intptr_t)join(), 0);
	CHECK_STATE(msqid, 1, 1);
	end_holder(holder);
	check_back(msqid);
}

/* Run by a separate process: a thread waits, the first one closes and ends. */
static void close_and_go(int pipe_end)
{
	start_waiting();
	CHECK_OK(close(fd));
	CHECK_INT(write(pipe_end, &tid, sizeof(tid)), sizeof(tid));
	/* End the thread alone, not the process. */
	syscall(SYS_exit, 0);
}

CASE(closed_by_one_that_is_gone)
{
	int msqid = make_queue(), status;
	int ends[2];
	pid_t pid, holder;

	needs_notice_of_exits();
	fd = open_queue(msqid);
	holder = start_holder();
	CHECK_OK(pipe(ends));
	pid = CHECK_OK(fork());
	if (!pid)
		close_and_go(ends[1]);
	CHECK_INT(read(ends[0], &tid, sizeof(tid)), sizeof(tid));
	/* Its first thread stays as a zombie until the others end. */
	wait_state(pid, 'Z');
	/* The thread is alone when it is served, and has no descriptor. */
	CHECK_PUT(msqid, 1, "text");
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_STATE(msqid, 1, 0);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	end_holder(holder);
	remove_queue(msqid);
}

/* A close at any moment of a claim: the claim lasts as long as the opening. */
static unsigned int claimed;

static void *claim_all(void *unused)
{
	(void)unused;
	while (try_claim(fd, IPC_NOWAIT) == 1)
		claimed++;
	return (void *)(intptr_t)errno;
}

static void close_at_any_moment(bool held)
{
	uint64_t until = now(CLOCK_MONOTONIC) + 15 * SECOND;
	enum { ALL = 40 };
	unsigned int times, early = 0;

	for (times = 0; times < 300 && now(CLOCK_MONOTONIC) < until; times++) {
		int msqid = make_queue();
		pid_t holder = 0;
		intptr_t error;

		put_numbered(msqid, 0, ALL);
		fd = open_queue(msqid);
		claimed = 0;
		if (held)
			holder = start_holder();
		start(claim_all, NULL);
		while (state_of_queue(msqid).claimed < times % ALL)
			;
		CHECK_OK(close(fd));
		error = (intptr_t)join();
		CHECK(error == EBADF || error == ENOMSG);
		early += error == EBADF;
		CHECK_STATE(msqid, ALL, held ? claimed : 0);
		if (held)
			end_holder(holder);
		CHECK_STATE(msqid, ALL, 0);
		CHECK_DRAIN(msqid, 0, ALL);
		remove_queue(msqid);
	}
	printf("# tried %u times, %u of them closed early\n", times, early);
	fflush(stdout);
}

CASE(closed_at_any_moment)
{
	close_at_any_moment(false);
}

CASE(closed_at_any_moment_but_held)
{
	close_at_any_moment(true);
}
