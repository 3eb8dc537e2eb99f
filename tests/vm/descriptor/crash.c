// SPDX-License-Identifier: MIT
/*
 * crash.c - claims whose descriptors are closed, or whose process has ended
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_calls.h"

static struct batch batch;
static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };

/* Make a message, and a stopped peer that has claimed it. */
static int begin(struct peer **peer)
{
	int msqid = make_queue();

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "text");
	*peer = caller(call_claim_and_stop, 0);
	peer_state(*peer, 'T');
	CHECK_STATE(msqid, 1, 1);
	return msqid;
}

static void check_back(int msqid)
{
	CHECK_STATE(msqid, 1, 0);
	ACKNOWLEDGE(call_fd, CLAIM(call_fd, 0, 1, "text", 2));
	remove_queue(msqid);
	nothing_left();
}

CASE(exits)
{
	struct peer *peer;
	int msqid = begin(&peer);

	CHECK_OK(kill(peer->pid, SIGCONT));
	CHECK_GOT(peer, 1, "text");
	check_back(msqid);
}

CASE(killed)
{
	struct peer *peer;
	int msqid = begin(&peer);

	peer_kill(peer);
	check_back(msqid);
}

static long claim_and_crash(struct peer *peer)
{
	const struct rlimit none = { 0 };

	call_claim(peer);
	setrlimit(RLIMIT_CORE, &none);
	raise(SIGSEGV);
	return 0;
}

CASE(crashes)
{
	int msqid = make_queue();
	struct peer *peer;

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "text");
	peer = caller(claim_and_crash, 0);
	peer_state(peer, 'Z');
	check_back(msqid);
}

/* A waiting receiver gets it at once, and pollers are woken. */
CASE(others_get_it)
{
	struct peer *peer, *takes, *polls;
	int msqid = begin(&peer);

	polls = waiter(call_poll, POLLIN);
	peer_kill(peer);
	CHECK_ENDED(polls, 1);

	peer = caller(call_claim_and_stop, 0);
	peer_state(peer, 'T');
	takes = receiver(msqid, 100, 0, 0);
	CHECK_WAITS(takes);
	peer_kill(peer);
	CHECK_GOT(takes, 1, "text");
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
	nothing_left();
}

static long claim_and_fork(struct peer *peer)
{
	long ret = call_claim(peer);

	/* The child lives until the case ends. */
	if (!CHECK_OK(fork()))
		for (;;)
			pause();
	raise(SIGSTOP);
	return ret;
}

/* Its child still has the file, but not the claim. */
CASE(a_child_lives_on)
{
	int msqid = make_queue();
	struct peer *peer;

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	CHECK_PUT(msqid, 1, "text");
	peer = caller(claim_and_fork, 0);
	peer_state(peer, 'T');
	CHECK_STATE(msqid, 1, 1);
	peer_kill(peer);
	check_back(msqid);
}

CASE(a_child_goes)
{
	int msqid = make_queue();
	int fd = open_queue(msqid);
	struct peer *peer;
	uint64_t token;

	needs_notice_of_exits();
	CHECK_PUT(msqid, 1, "parent");
	CHECK_PUT(msqid, 1, "text");
	token = CLAIM(fd, 0, 1, "parent", 1);
	AS(NULL) {
		CHECK_OK(close(fd));
	}
	CHECK_STATE(msqid, 2, 1);

	/* Its own claims end with it. */
	call_fd = fd;
	peer = caller(call_claim_and_stop, 0);
	peer_state(peer, 'T');
	CHECK_STATE(msqid, 2, 2);
	peer_kill(peer);
	CHECK_STATE(msqid, 2, 1);
	ACKNOWLEDGE(fd, token);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	remove_queue(msqid);
}

/* Both share the opening: a child can end a claim of its parent. */
CASE(a_child_acknowledges)
{
	int msqid = make_queue();
	int fd = open_queue(msqid);
	uint64_t token;

	CHECK_PUT(msqid, 1, "text");
	token = CLAIM(fd, 0, 1, "text", 1);
	AS(NULL) {
		ACKNOWLEDGE(fd, token);
	}
	CHECK_STATE(msqid, 0, 0);
	CHECK_ERR(settle_one(fd, token, false), ENOENT);
	remove_queue(msqid);
}

/* The claim lasts until the last copy is closed, in any way. */
CASE(copies_of_a_descriptor)
{
	int msqid = make_queue();
	int fd = open_queue(msqid), other = open_queue(msqid);
	int copies[4];

	CHECK_PUT(msqid, 1, "text");
	copies[0] = CHECK_OK(dup(fd));
	CLAIM(fd, 0, 1, "text", 1);
	copies[1] = CHECK_OK(dup2(copies[0], 300));
	copies[2] = CHECK_OK(fcntl(fd, F_DUPFD_CLOEXEC, 20));
	copies[3] = CHECK_OK(fcntl(fd, F_DUPFD, 3));
	CHECK_OK(close(fd));
	CHECK_OK(close(copies[0]));
	CHECK_OK(dup2(other, copies[3]));
	CHECK_OK(close_range(copies[2], copies[2], 0));
	CHECK_NO_CLAIM(other);
	CHECK_STATE(msqid, 1, 1);
	CHECK_OK(dup2(other, copies[1]));
	CLAIM(other, 0, 1, "text", 2);

	/* Another opening is not a copy. */
	CHECK_OK(close(copies[1]));
	CHECK_OK(close(copies[3]));
	CHECK_STATE(msqid, 1, 1);
	CHECK_OK(close(other));
	CHECK_STATE(msqid, 1, 0);
	remove_queue(msqid);
}

CASE(closed_by_others)
{
	int msqid = make_queue();
	int fd = open_queue(msqid), third = open_queue(msqid);

	CHECK_PUT(msqid, 1, "text");
	CLAIM(fd, 0, 1, "text", 1);
	/* A child's last copy is not the parent's. */
	AS(NULL) {
		CHECK_OK(close_range(3, ~0U, 0));
	}
	CHECK_STATE(msqid, 1, 1);
	CHECK_OK(close(third));
	CHECK_STATE(msqid, 1, 1);
	CHECK_OK(close(fd));
	CHECK_STATE(msqid, 1, 0);
	remove_queue(msqid);
}

/* A great many claims do not disturb each other. */
CASE(very_many)
{
	enum { ALL = 1000 };
	int msqid = queue_of(ALL * NUMBERED_LONGEST);
	pid_t pid;
	int status;

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	put_numbered(msqid, 0, ALL);
	pid = CHECK_OK(fork());
	if (!pid) {
		/* Claim by two openings in turn. */
		int fds[2] = { call_fd, open_queue(msqid) };

		for (unsigned int i = 0; i < ALL; i++)
			CHECK_INT(try_claim(fds[i % 2], IPC_NOWAIT), 1);
		raise(SIGSTOP);
	}
	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	CHECK_STATE(msqid, ALL, ALL);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK_STATE(msqid, ALL, 0);
	CHECK_DRAIN(msqid, 0, ALL);
	remove_queue(msqid);
	nothing_left();
}

/* The last close removes the queue with its claims. */
CASE(temporary_queue)
{
	const struct msgq_open how = {
		.name = 0x6d65,
		.flags = MSGQ_OPEN_KEY | MSGQ_OPEN_TEMPORARY | MSGQ_OPEN_READ |
			 MSGQ_OPEN_WRITE,
		.msgflg = IPC_CREAT | IPC_EXCL | 0600,
		.type = 1,
	};
	int fd = CHECK_OK(msgq_open(the_device(), &how));
	int msqid = CHECK_OK(msgget(0x6d65, 0));

	put_numbered(msqid, 0, 100);
	batch_clean(&batch, 50);
	CHECK_INT(msgq_claimv(fd, batch.entries, 50, 0, &at_once), 50);
	CHECK_OK(close(fd));
	CHECK_ERR(msgget(0x6d65, 0), ENOENT);
	nothing_left();
}
