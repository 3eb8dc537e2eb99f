// SPDX-License-Identifier: MIT
/*
 * exit.c - claims end with the process that made them: which process that
 * is, when it has ended, and which tasks see that
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_calls.h"
#include "fault_raw.h"

static pthread_barrier_t barrier;

/* Make a message, and a stopped peer that has made the call. */
static int begin(long (*call)(struct peer *), uint64_t limit,
		 struct peer **peer)
{
	int msqid = make_queue();

	needs_notice_of_exits();
	call_fd = open_as(msqid, MSGQ_OPEN_READ | MSGQ_OPEN_WRITE, limit);
	CHECK_PUT(msqid, 1, "text");
	*peer = caller(call, 0);
	peer_state(*peer, 'T');
	return msqid;
}

static void check_back(int msqid)
{
	CHECK_STATE(msqid, 1, 0);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	remove_queue(msqid);
	nothing_left();
}

static long claim_close_and_stop(struct peer *peer)
{
	long ret = call_claim(peer);

	CHECK_OK(close(call_fd));
	raise(SIGSTOP);
	return ret;
}

/* A process without descriptors keeps its claims. */
CASE(closes_and_lives_on)
{
	struct peer *peer;
	int msqid = begin(claim_close_and_stop, 0, &peer);

	CHECK_STATE(msqid, 1, 1);
	CHECK_NO_CLAIM(call_fd);
	peer_kill(peer);
	check_back(msqid);
}

CASE(closes_and_its_time_is_over)
{
	struct peer *peer;
	int msqid = begin(claim_close_and_stop, 500 * MILLISECOND, &peer);

	wait_claimed(msqid, 0);
	peer_state(peer, 'T');
	peer_kill(peer);
	check_back(msqid);
}

CASE(closes_and_others_close)
{
	struct peer *peer;
	int msqid = begin(claim_close_and_stop, 0, &peer);

	CHECK_STATE(msqid, 1, 1);
	CHECK_OK(close(call_fd));
	peer_state(peer, 'T');
	CHECK_STATE(msqid, 1, 0);
	peer_kill(peer);
	check_back(msqid);
}

CASE(removed_before)
{
	struct peer *peer;
	int msqid = begin(call_claim_and_stop, 0, &peer);

	CHECK_STATE(msqid, 1, 1);
	remove_queue(msqid);
	nothing_left();
	peer_kill(peer);
	CHECK_ERR(try_claim(call_fd, IPC_NOWAIT), EIDRM);
	nothing_left();
}

/* Fork a child that shares the table of open files. */
static pid_t fork_with_files(void)
{
	return CHECK_OK(syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
}

CASE(shares_its_files)
{
	int msqid = make_queue(), fd = open_queue(msqid);
	uint64_t token;
	pid_t pid;

	needs_notice_of_exits();
	put_numbered(msqid, 0, 3);
	CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
	pid = fork_with_files();
	if (!pid) {
		CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
		raise(SIGSTOP);
	}
	CHECK_INT(waitpid(pid, NULL, WUNTRACED), pid);
	CHECK_STATE(msqid, 3, 2);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_STATE(msqid, 3, 1);

	/* The child closes the last descriptor. */
	pid = fork_with_files();
	if (!pid) {
		CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
		CHECK_OK(close(fd));
		raise(SIGSTOP);
	}
	CHECK_INT(waitpid(pid, NULL, WUNTRACED), pid);
	CHECK_STATE(msqid, 3, 0);
	token = 1;
	CHECK_ERR(settle_one(fd, token, false), EBADF);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_DRAIN(msqid, 0, 3);
	remove_queue(msqid);
}

CASE(shares_its_memory)
{
	int msqid = make_queue(), fd = open_queue(msqid);
	static volatile int claimed;
	pid_t pid;

	needs_notice_of_exits();
	put_numbered(msqid, 0, 2);
	CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
	pid = vfork();
	if (!pid) {
		claimed = try_claim(fd, IPC_NOWAIT);
		_exit(0);
	}
	CHECK_INT(waitpid(CHECK_OK(pid), NULL, 0), pid);
	CHECK_INT(claimed, 1);
	CHECK_STATE(msqid, 2, 1);
	remove_queue(msqid);
}

/* A child sees that its parent has ended, and with it the parent's claim. */
static void settle_of_parent(pid_t parent, int fd, const uint64_t *token)
{
	while (getppid() == parent)
		sched_yield();
	CHECK_ERR(settle_one(fd, *token, false), ENOENT);
	_exit(0);
}

CASE(settled_by_a_child)
{
	int msqid = make_queue(), fd = open_queue(msqid);
	uint64_t *token = guarded(sizeof(*token));
	int ends[2];
	char byte;

	needs_notice_of_exits();
	CHECK_PUT(msqid, 1, "text");
	CHECK_OK(pipe(ends));
	for (unsigned int i = 1; i < 30; i++) {
		pid_t pid = CHECK_OK(fork());

		if (!pid) {
			pid_t parent = getpid();

			*token = CLAIM(fd, 0, 1, "text", i);
			if (!CHECK_OK(fork()))
				settle_of_parent(parent, fd, token);
			_exit(0);
		}
		child_passed(pid);
		CHECK_STATE(msqid, 1, 0);
	}
	/* All children have ended when the pipe has no writer. */
	CHECK_OK(close(ends[1]));
	CHECK_INT(read(ends[0], &byte, 1), 0);
	check_back(msqid);
}

static long claim_and_dump(struct peer *peer)
{
	const struct rlimit much = { RLIM_INFINITY, RLIM_INFINITY };

	call_claim(peer);
	CHECK_OK(chdir("/tmp"));
	CHECK_OK(setrlimit(RLIMIT_CORE, &much));
	raise(SIGQUIT);
	return 0;
}

CASE(dumps_core)
{
	int msqid = make_queue(), status;
	struct peer *peer;

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "text");
	peer = caller(claim_and_dump, 0);
	CHECK_INT(waitpid(peer->pid, &status, 0), peer->pid);
	CHECK(WIFSIGNALED(status));
	check_back(msqid);
	if (!WCOREDUMP(status))
		SKIP("this kernel writes no core dump");
}

/* Threads: the process ends with the last of them. */

static void thread_exit(void)
{
	syscall(SYS_exit, 0);
}

static void *acknowledge_alone(void *token)
{
	pthread_barrier_wait(&barrier);
	/* The first thread has ended. */
	wait_state(getpid(), 'Z');
	ACKNOWLEDGE(call_fd, *(uint64_t *)token);
	_exit(0);
}

CASE(first_thread_goes)
{
	int msqid = make_queue();
	pid_t pid;

	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "text");
	pid = CHECK_OK(fork());
	if (!pid) {
		static uint64_t token;
		pthread_t thread;

		token = CLAIM(call_fd, 0, 1, "text", 1);
		CHECK(!pthread_barrier_init(&barrier, NULL, 2));
		CHECK(!pthread_create(&thread, NULL, acknowledge_alone,
				      &token));
		pthread_barrier_wait(&barrier);
		thread_exit();
	}
	child_passed(pid);
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

enum { THREADS = 8, EACH = 3, ALL = THREADS * EACH };

static void *claim_and_go(void *unused)
{
	(void)unused;
	for (unsigned int i = 0; i < EACH; i++)
		CHECK_INT(try_claim(call_fd, IPC_NOWAIT), 1);
	pthread_barrier_wait(&barrier);
	thread_exit();
	return NULL;
}

CASE(all_threads_go)
{
	int msqid = make_queue();

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	put_numbered(msqid, 0, ALL);
	for (unsigned int i = 0; i < 30; i++) {
		pid_t pid = CHECK_OK(fork());

		if (!pid) {
			pthread_t thread;

			CHECK(!pthread_barrier_init(&barrier, NULL, THREADS));
			for (unsigned int j = 1; j < THREADS; j++)
				CHECK(!pthread_create(&thread, NULL,
						      claim_and_go, NULL));
			claim_and_go(NULL);
		}
		CHECK_INT(waitpid(pid, NULL, 0), pid);
		CHECK_STATE(msqid, ALL, 0);
	}
	CHECK_DRAIN(msqid, 0, ALL);
	remove_queue(msqid);
}

/* A parent that has seen the end finds the message in any way. */

static bool by_read(int msqid, int fd)
{
	char room[32];
	bool found;

	CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	found = read(fd, room, sizeof(room)) == 4;
	if (found)
		CHECK_PUT(msqid, 1, "text");
	return found;
}

static bool by_copy(int msqid, int fd)
{
	char room[8 + 32];

	(void)fd;
	return msgrcv(msqid, room, 32, 0, IPC_NOWAIT | MSG_COPY) == 4;
}

static bool by_state(int msqid, int fd)
{
	(void)fd;
	return !state_of_queue(msqid).claimed;
}

static bool by_receive(int msqid, int fd)
{
	(void)fd;
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	CHECK_PUT(msqid, 1, "text");
	return true;
}

static bool by_claim(int msqid, int fd)
{
	char room[32] = "";
	struct msgq_message entry = {
		.text = room,
		.size = 32,
	};
	const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };

	(void)msqid;
	return msgq_claimv(fd, &entry, 1, 0, &at_once) == 1 &&
	       settle_one(fd, entry.token, true) == 1;
}

static bool (*const ways[])(int msqid, int fd) = {
	by_read, by_copy, by_state, by_receive, by_claim,
};

enum end_seen { BY_WAIT, BY_END_OF_FILE };

static void seen_at_once(enum end_seen how)
{
	int msqid = make_queue(), fd = open_queue(msqid);

	needs_notice_of_exits();
	CHECK_PUT(msqid, 1, "text");
	for (unsigned int i = 0; i < 60 * ARRAY_SIZE(ways); i++) {
		int ends[2];
		char byte;
		pid_t pid;

		CHECK_OK(pipe(ends));
		pid = CHECK_OK(fork());
		if (!pid) {
			CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
			_exit(0);
		}
		CHECK_OK(close(ends[1]));
		if (how == BY_WAIT)
			CHECK_INT(waitpid(pid, NULL, 0), pid);
		else
			CHECK_INT(read(ends[0], &byte, 1), 0);
		if (!ways[i % ARRAY_SIZE(ways)](msqid, fd))
			FAIL("time %u: expected the message found", i);
		if (how != BY_WAIT)
			CHECK_INT(waitpid(pid, NULL, 0), pid);
		CHECK_OK(close(ends[0]));
	}
	check_back(msqid);
}

CASE(seen_by_wait)
{
	seen_at_once(BY_WAIT);
}

CASE(seen_by_end_of_file)
{
	seen_at_once(BY_END_OF_FILE);
}

/* Many processes have some claims each, by one opening. */
CASE(many_at_once)
{
	enum { PROCESSES = 50, SOME = 4 };
	int msqid = queue_of(PROCESSES * SOME * NUMBERED_LONGEST);
	int fd = open_queue(msqid);
	pid_t pids[PROCESSES];

	needs_notice_of_exits();
	put_numbered(msqid, 0, PROCESSES * SOME);
	for (unsigned int i = 0; i < PROCESSES; i++) {
		pids[i] = CHECK_OK(fork());
		if (pids[i])
			continue;
		for (unsigned int j = 0; j < SOME; j++)
			CHECK_INT(try_claim(fd, IPC_NOWAIT), 1);
		for (;;)
			pause();
	}
	wait_claimed(msqid, PROCESSES * SOME);
	for (unsigned int i = 0; i < PROCESSES / 2; i++)
		CHECK_OK(kill(pids[2 * i], SIGKILL));
	for (unsigned int i = 0; i < PROCESSES / 2; i++)
		CHECK_INT(waitpid(pids[2 * i], NULL, 0), pids[2 * i]);
	CHECK_STATE(msqid, PROCESSES * SOME, PROCESSES / 2 * SOME);
	for (unsigned int i = 0; i < PROCESSES / 2; i++)
		CHECK_OK(kill(pids[2 * i + 1], SIGKILL));
	for (unsigned int i = 0; i < PROCESSES / 2; i++)
		CHECK_INT(waitpid(pids[2 * i + 1], NULL, 0), pids[2 * i + 1]);
	CHECK_STATE(msqid, PROCESSES * SOME, 0);
	CHECK_DRAIN(msqid, 0, PROCESSES * SOME);
	remove_queue(msqid);
}

/* One process has claims by many openings, some of which are closed before. */
CASE(many_openings)
{
	enum { OPENINGS = 100 };
	int msqid = queue_of(OPENINGS * NUMBERED_LONGEST), fds[OPENINGS];
	pid_t pid;

	needs_notice_of_exits();
	put_numbered(msqid, 0, OPENINGS);
	for (unsigned int i = 0; i < OPENINGS; i++)
		fds[i] = open_queue(msqid);
	pid = CHECK_OK(fork());
	if (!pid) {
		for (unsigned int i = 0; i < OPENINGS; i++)
			CHECK_INT(try_claim(fds[i], IPC_NOWAIT), 1);
		for (unsigned int i = 0; i < OPENINGS; i += 2)
			CHECK_OK(close(fds[i]));
		raise(SIGSTOP);
	}
	CHECK_INT(waitpid(pid, NULL, WUNTRACED), pid);
	CHECK_STATE(msqid, OPENINGS, OPENINGS);
	/* Close the last descriptors of every fourth opening. */
	for (unsigned int i = 0; i < OPENINGS; i += 4)
		CHECK_OK(close(fds[i]));
	CHECK_STATE(msqid, OPENINGS, OPENINGS * 3 / 4);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_STATE(msqid, OPENINGS, 0);
	CHECK_DRAIN(msqid, 0, OPENINGS);
	remove_queue(msqid);
}
