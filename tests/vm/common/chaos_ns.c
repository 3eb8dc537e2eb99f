// SPDX-License-Identifier: MIT
/*
 * chaos_ns.c - IPC namespaces that end beside a chaos; see chaos_ns.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "chaos_ns.h"
#include "desc_io.h"
#include "ipc_ns.h"

/* Its queues are charged to this user. */
#define USER	4242

/* So many come and go side by side. */
#define WORKERS	2

static pid_t workers[WORKERS];
static unsigned long *ended;

/* From now on this process ends with its parent, which may have ended already. */
static void end_with(pid_t parent)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
}

/* A task that is in this call when the namespace ends, or has just made it. */
static void live(int msqid, int kind)
{
	struct { long type; char text[16]; } message = { .type = 1 };
	int flags = kind / 3 ? IPC_NOWAIT : 0;

	for (;;) {
		if (kind % 3 != 1)
			msgsnd(msqid, &message, 8, flags);
		if (kind % 3 != 0)
			msgrcv(msqid, &message, 16, 0, flags);
		/* The chaos needs the processors. */
		if (flags)
			usleep(2000);
	}
}

/* A namespace with two queues and tasks that use them, and wait there, until it is killed. */
static void be_a_namespace(pid_t worker, int socket)
{
	pid_t self = getpid();
	int queues[2];

	CHECK_OK(setpgid(0, 0));
	if (unshare(CLONE_NEWIPC))
		_exit(1);
	/* The chaos adds up what its own user has. */
	CHECK_OK(setresuid(USER, USER, USER));
	end_with(worker);
	queues[0] = queue_of(64);
	queues[1] = make_queue();
	for (int i = 0; i < 8; i++) {
		if (CHECK_OK(fork()))
			continue;
		end_with(self);
		live(queues[i % 2], i % 6);
	}
	desc_pass(socket, open_queue(queues[0]));
	live(queues[1], 5);
}

/* The queue of a namespace that has ended: its descriptor here says so. */
static void await_removal(int fd)
{
	struct pollfd poller = { .fd = fd };
	char byte;

	CHECK_INT(poll(&poller, 1, (int)PATIENCE * 6000), 1);
	CHECK(poller.revents & POLLHUP);
	CHECK_ERR(read(fd, &byte, 1), EIDRM);
	CHECK_OK(close(fd));
}

static void work(pid_t parent, unsigned int seed)
{
	pid_t self = getpid();
	int sockets[2];

	end_with(parent);
	CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets));
	for (;;) {
		pid_t pid = CHECK_OK(fork());
		int fd;

		if (!pid)
			be_a_namespace(self, sockets[1]);
		fd = desc_take(sockets[0]);
		usleep(rand_r(&seed) % 20000);
		CHECK_OK(kill(-pid, SIGKILL));
		CHECK_OK(waitpid(pid, NULL, 0));
		await_removal(fd);
		__atomic_add_fetch(ended, 1, __ATOMIC_RELAXED);
	}
}

void chaos_ns_begin(void)
{
	if (!on_device() || !ipc_ns_separated() ||
	    access("/proc/self/ns/ipc", F_OK))
		return;
	ended = mmap(NULL, sizeof(*ended), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(ended != MAP_FAILED);
	for (unsigned int i = 0; i < WORKERS; i++) {
		pid_t self = getpid();

		workers[i] = CHECK_OK(fork());
		if (!workers[i])
			work(self, i);
	}
}

unsigned long chaos_ns_end(void)
{
	int status;

	if (!ended)
		return 0;
	for (unsigned int i = 0; i < WORKERS; i++) {
		/* A worker that found something wrong has ended by itself. */
		CHECK_INT(waitpid(workers[i], &status, WNOHANG), 0);
		CHECK_OK(kill(workers[i], SIGKILL));
		CHECK_OK(waitpid(workers[i], &status, 0));
	}
	CHECK(*ended);
	ipc_ns_await_instances(1);
	return *ended;
}
