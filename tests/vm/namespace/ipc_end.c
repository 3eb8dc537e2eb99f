// SPDX-License-Identifier: MIT
/*
 * The end of an IPC namespace: its queues go, and descriptors of them that are
 * elsewhere say so.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desc_calls.h"
#include "desc_io.h"
#include "ipc_ns.h"

/* A descriptor of a queue that was removed, within the time limit. */
static void await_end(int fd)
{
	struct pollfd poller = { .fd = fd };

	CHECK_INT(poll(&poller, 1, test_patience(30) * 1000), 1);
	CHECK_INT(poller.revents, POLLHUP | POLLERR);
	CHECK_ERR(read(fd, &poller, 1), EIDRM);
}

static int sockets[2];

static void pass_a_queue(void)
{
	int msqid = make_queue();

	CHECK_PUT(msqid, 1, "inside");
	desc_pass(sockets[1], open_queue(msqid));
}

/* A queue of a namespace that has ended, but for this descriptor. */
static int queue_from_elsewhere(void)
{
	CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets));
	in_ipc_ns(pass_a_queue);
	return desc_take(sockets[0]);
}

CASE(passed_descriptor)
{
	DEVICE_ONLY();
	await_end(queue_from_elsewhere());
}

/* The task that made the descriptor leaves the namespace itself. */
CASE(kept_descriptor)
{
	int first = ipc_ns_open(), fd;

	DEVICE_ONLY();
	ipc_ns_new();
	fd = open_queue(make_queue());
	CHECK_EVENTS(fd, POLLOUT);
	ipc_ns_enter(first);
	await_end(fd);
}

/* Pass an empty queue, a full one, and one with a message; end when told so. */
static void pass_three_queues(void)
{
	int empty = make_queue(), full = queue_of(4), other = make_queue();
	char byte;

	CHECK_PUT(full, 1, "full");
	CHECK_PUT(other, 1, "claim");
	desc_pass(sockets[1], open_queue(empty));
	desc_pass(sockets[1], open_queue(full));
	desc_pass(sockets[1], open_queue(other));
	CHECK_INT(read(sockets[1], &byte, 1), 1);
}

/* Tasks outside are in the middle of each kind of call on them, and one has a claim. */
CASE(calls_elsewhere)
{
	int empty, full, other;
	struct peer *peers[6];
	uint64_t token;
	pid_t pid;

	DEVICE_ONLY();
	ipc_ns_needed();
	CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets));
	pid = CHECK_OK(fork());
	if (!pid) {
		ipc_ns_new();
		pass_three_queues();
		_exit(0);
	}
	empty = desc_take(sockets[0]);
	full = desc_take(sockets[0]);
	other = desc_take(sockets[0]);
	token = CLAIM(other, 0, 1, "claim", 1);

	peers[0] = reader(empty);
	peers[1] = writer(full, "more");
	call_fd = empty;
	peers[2] = caller(call_take, 0);
	peers[3] = caller(call_claim, 0);
	call_fd = full;
	peers[4] = caller(call_put, 0);
	peers[5] = poller(empty, POLLIN);
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++)
		CHECK_WAITS(peers[i]);

	CHECK_INT(write(sockets[0], "", 1), 1);
	for (unsigned int i = 0; i < 5; i++)
		CHECK_FAILED(peers[i], EIDRM);
	CHECK_ENDED(peers[5], POLLHUP | POLLERR);
	child_passed(pid);
	await_end(other);
	CHECK_ERR(settle_one(other, token, false), EIDRM);
	CHECK_ERR(write(other, "text", 4), EIDRM);
}

static void mount_and_leave(void)
{
	CHECK_OK(mount("none", "/tmp/mqueue", "mqueue", 0, NULL));
	pass_a_queue();
}

/* A mount of the file system of POSIX queues outlives the namespace. */
CASE_SECONDS(mount_outlives_namespace, 40)
{
	int fd;

	DEVICE_ONLY();
	CHECK(!mkdir("/tmp/mqueue", 0700) || errno == EEXIST);
	CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets));
	in_ipc_ns(mount_and_leave);
	fd = desc_take(sockets[0]);
	await_end(fd);
	CHECK_OK(umount("/tmp/mqueue"));
}

static int list;

static void open_list(void)
{
	char text[512];

	CHECK_OK(make_queue());
	list = CHECK_OK(open("/proc/msgq", O_RDONLY | O_CLOEXEC));
	CHECK(read(list, text, sizeof(text)) > 0);
	CHECK_INT(lseek(list, 0, SEEK_SET), 0);
	desc_pass(sockets[1], list);
}

/* The list that was opened there is empty, but for the headings. */
CASE(list_elsewhere)
{
	char text[512];
	ssize_t size;
	unsigned int tries = 0;

	DEVICE_ONLY();
	CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets));
	in_ipc_ns(open_list);
	list = desc_take(sockets[0]);
	do {
		CHECK(tries++ < PATIENCE * 10);
		usleep(100000);
		size = CHECK_OK(pread(list, text, sizeof(text), 0));
		CHECK(size > 0);
	} while (memchr(text, '\n', size) != text + size - 1);
}

static void make_some_and_leave(void)
{
	int msqid = CHECK_OK(msgget(0x0e0e, IPC_CREAT | 0600));

	CHECK_PUT(msqid, 1, "inside");
	CHECK_OK(msgget(IPC_PRIVATE, 0600));
}

/* So many, if the environment does not tell: MSGQ_NAMESPACES. */
#define MANY	300

/* Many come and go while queues are used, and nothing of them is left. */
CASE_SECONDS(many, UINT_MAX)
{
	const char *count = getenv("MSGQ_NAMESPACES");
	unsigned long i, many = count ? strtoul(count, NULL, 10) : MANY;
	int msqid = make_queue();

	DEVICE_ONLY();
	alarm(test_patience(60 + many / 10));
	for (i = 0; i < many; i++) {
		in_ipc_ns(make_some_and_leave);
		CHECK_PUT(msqid, 1, "here");
		CHECK_TAKE(msqid, 0, 0, 1, "here");
	}
	ipc_ns_await_instances(1);
	remove_queue(msqid);
}
