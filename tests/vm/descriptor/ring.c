// SPDX-License-Identifier: MIT
/*
 * ring.c - claims of processes with io_uring(7), whose rings hold an
 * opening and have kernel threads
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <liburing.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_io.h"

static struct io_uring ring;

static void make_ring(unsigned int flags)
{
	struct io_uring_params params = {
		.flags = flags,
		.sq_thread_idle = 60000,
	};
	int err = io_uring_queue_init_params(8, &ring, &params);

	if (err == -ENOSYS || err == -EPERM)
		SKIP("the kernel has no io_uring");
	CHECK_INT(err, 0);
}

/* Is there io_uring?  A peer that finds none could not skip the case. */
static int begin(void)
{
	int msqid = make_queue();

	DEVICE_ONLY();
	needs_notice_of_exits();
	make_ring(0);
	io_uring_queue_exit(&ring);
	CHECK_PUT(msqid, 1, "text");
	return msqid;
}

/* Read by the ring's registered file; returns the result. */
static int read_by_ring(char *room, size_t size)
{
	struct __kernel_timespec patience = {
		.tv_sec = PATIENCE,
	};
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
	struct io_uring_cqe *cqe = NULL;
	int ret;

	CHECK(sqe);
	io_uring_prep_read(sqe, 0, room, size, -1);
	sqe->flags |= IOSQE_FIXED_FILE;
	CHECK_INT(io_uring_submit(&ring), 1);
	CHECK_INT(io_uring_wait_cqe_timeout(&ring, &cqe, &patience), 0);
	ret = cqe->res;
	io_uring_cqe_seen(&ring, cqe);
	return ret;
}

/* Claim by an opening that only the ring then holds. */
static void claim_by_ring(int msqid, unsigned int flags)
{
	int fd = open_queue(msqid);

	make_ring(flags);
	CHECK_INT(io_uring_register_files(&ring, &fd, 1), 0);
	CLAIM(fd, 0, 1, "text", 1);
	CHECK_OK(close(fd));
}

static pid_t stopped(pid_t pid)
{
	int status;

	CHECK_INT(waitpid(pid, &status, WUNTRACED), pid);
	CHECK(WIFSTOPPED(status));
	return pid;
}

static void killed(pid_t pid)
{
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_INT(waitpid(pid, NULL, 0), pid);
}

static void check_back(int msqid)
{
	CHECK_STATE(msqid, 1, 0);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	remove_queue(msqid);
}

CASE(held_by_a_ring)
{
	int msqid = begin();
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		claim_by_ring(msqid, 0);
		raise(SIGSTOP);
	}
	stopped(pid);
	CHECK_STATE(msqid, 1, 1);
	killed(pid);
	check_back(msqid);
}

/* The ring has the last reference to the opening. */
CASE(the_ring_ends)
{
	int msqid = begin();
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		claim_by_ring(msqid, 0);
		raise(SIGSTOP);
		io_uring_queue_exit(&ring);
		wait_claimed(msqid, 0);
		raise(SIGSTOP);
	}
	stopped(pid);
	CHECK_STATE(msqid, 1, 1);
	CHECK_OK(kill(pid, SIGCONT));
	stopped(pid);
	CHECK_STATE(msqid, 1, 0);
	killed(pid);
	check_back(msqid);
}

/* A child has the ring, and with it the opening, but none of the claims. */
CASE(inherited_ring)
{
	int msqid = begin(), ends[2];
	pid_t pid, child;

	CHECK_OK(pipe(ends));
	pid = CHECK_OK(fork());
	if (!pid) {
		claim_by_ring(msqid, 0);
		child = CHECK_OK(fork());
		if (!child)
			for (;;)
				pause();
		CHECK_INT(write(ends[1], &child, sizeof(child)),
			  sizeof(child));
		raise(SIGSTOP);
	}
	stopped(pid);
	CHECK_INT(read(ends[0], &child, sizeof(child)), sizeof(child));
	CHECK_STATE(msqid, 1, 1);
	killed(pid);
	CHECK_OK(kill(child, 0));
	CHECK_INT(state_of_queue(msqid).descriptors, 1);
	CHECK_STATE(msqid, 1, 0);
	CHECK_OK(kill(child, SIGKILL));
	check_back(msqid);
}

/* The thread that polls the ring belongs to the process. */
CASE(polled_ring)
{
	int msqid = begin(), fd;
	char room[32];
	pid_t pid;

	pid = CHECK_OK(fork());
	if (!pid) {
		claim_by_ring(msqid, IORING_SETUP_SQPOLL);
		CHECK_PUT(msqid, 1, "more");
		CHECK_INT(read_by_ring(room, sizeof(room)), 4);
		CHECK(!memcmp(room, "more", 4));
		CHECK_INT(queue_state(msqid).msg_lrpid, getpid());
		CHECK_STATE(msqid, 1, 1);
		raise(SIGSTOP);
	}
	stopped(pid);
	CHECK_STATE(msqid, 1, 1);
	killed(pid);
	CHECK_STATE(msqid, 1, 0);

	/* Such a thread reads a returned message, too. */
	fd = open_queue(msqid);
	make_ring(IORING_SETUP_SQPOLL);
	CHECK_INT(io_uring_register_files(&ring, &fd, 1), 0);
	pid = CHECK_OK(fork());
	if (!pid) {
		CLAIM(fd, 0, 1, "text", 2);
		_exit(0);
	}
	child_passed(pid);
	CHECK_INT(read_by_ring(room, sizeof(room)), 4);
	CHECK(!memcmp(room, "text", 4));
	remove_queue(msqid);
}

CASE(polled_ring_of_one_that_exits)
{
	int msqid = begin();
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		claim_by_ring(msqid, IORING_SETUP_SQPOLL);
		_exit(0);
	}
	child_passed(pid);
	check_back(msqid);
}
