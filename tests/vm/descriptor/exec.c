// SPDX-License-Identifier: MIT
/*
 * exec.c - claims of a process that executes another program: it is the
 * same process
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_calls.h"
#include "fault_raw.h"

#define AFTER_EXEC	"DESC_EXEC_CLAIM"

/* This program executed again: stop, and acknowledge the earlier claim. */
__attribute__((constructor)) static void after_exec(void)
{
	const char *claim = getenv(AFTER_EXEC);
	unsigned long long token;
	int fd;

	if (!claim)
		return;
	if (sscanf(claim, "%d:%llu", &fd, &token) != 2)
		_exit(255);
	raise(SIGSTOP);
	_exit(settle_one(fd, token, false) == 1 ? 0 : errno);
}

static void *execute(void *unused)
{
	(void)unused;
	execl("/proc/self/exe", "exec", NULL);
	FAIL("expected another program, got %s", strerrorname_np(errno));
	return NULL;
}

struct how {
	bool by_thread;
	bool keeps;
	bool opens;
};

static void claim_and_exec(int msqid, int fd, const struct how *how)
{
	char claim[64];
	pthread_t thread;
	uint64_t token;

	if (how->opens)
		fd = open_queue(msqid);
	token = CLAIM(fd, 0, 1, "text", 1);
	snprintf(claim, sizeof(claim), "%d:%llu", fd,
		 (unsigned long long)token);
	CHECK_OK(setenv(AFTER_EXEC, claim, 1));
	if (how->keeps)
		CHECK_OK(fcntl(fd, F_SETFD, 0));
	if (!how->by_thread)
		execute(NULL);
	CHECK(!pthread_create(&thread, NULL, execute, NULL));
	for (;;)
		pause();
}

/* A process claims a message and executes this program; is the claim there? */
static void executes(const struct how *how, unsigned int claimed, int answer)
{
	int msqid = make_queue(), fd = open_queue(msqid), status;
	pid_t pid;

	CHECK_PUT(msqid, 1, "text");
	pid = CHECK_OK(fork());
	if (!pid)
		claim_and_exec(msqid, fd, how);
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_STATE(msqid, 1, claimed);
	CHECK_OK(kill(pid, SIGCONT));
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	CHECK_INT(WEXITSTATUS(status), answer);
	CHECK_STATE(msqid, !!answer, 0);
	remove_queue(msqid);
	nothing_left();
}

CASE(keeps_the_descriptor)
{
	executes(&(struct how){ .keeps = true }, 1, 0);
}

CASE(keeps_the_descriptor_by_a_thread)
{
	executes(&(struct how){ .keeps = true, .by_thread = true }, 1, 0);
}

/* Its parent still has the opening. */
CASE(closes_the_descriptor)
{
	needs_notice_of_exits();
	executes(&(struct how){ .keeps = false }, 1, EBADF);
}

CASE(closes_the_descriptor_by_a_thread)
{
	needs_notice_of_exits();
	executes(&(struct how){ .by_thread = true }, 1, EBADF);
}

CASE(closes_the_last)
{
	executes(&(struct how){ .opens = true }, 0, EBADF);
}

CASE(closes_the_last_by_a_thread)
{
	executes(&(struct how){ .opens = true, .by_thread = true }, 0, EBADF);
}

CASE(keeps_the_last)
{
	executes(&(struct how){ .opens = true, .keeps = true }, 1, 0);
	executes(&(struct how){
		.opens = true,
		.keeps = true,
		.by_thread = true,
	}, 1, 0);
}
