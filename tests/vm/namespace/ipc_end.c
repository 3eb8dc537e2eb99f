// SPDX-License-Identifier: MIT
/*
 * The end of an IPC namespace: its queues go, and descriptors of them that are
 * elsewhere say so.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desc_io.h"
#include "ipc_ns.h"

#define CACHE	"/sys/kernel/slab/msgq_instance/"

/* How many instances exist: exact once free memory has been given back. */
static long instances(void)
{
	FILE *file = fopen(CACHE "objects", "re");
	long count;

	if (!file)
		SKIP("this kernel does not count the objects of a cache");
	write_text(CACHE "shrink", "1");
	CHECK_INT(fscanf(file, "%ld", &count), 1);
	fclose(file);
	return count;
}

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

static void let_a_peer_wait(void)
{
	char byte;

	desc_pass(sockets[1], open_queue(make_queue()));
	CHECK_INT(read(sockets[1], &byte, 1), 1);
}

/* Tasks outside sleep in a call on it. */
CASE(waiters_elsewhere)
{
	struct peer *peers[2];
	int fd;
	pid_t pid;

	DEVICE_ONLY();
	CHECK_OK(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets));
	pid = CHECK_OK(fork());
	if (!pid) {
		ipc_ns_new();
		let_a_peer_wait();
		_exit(0);
	}
	fd = desc_take(sockets[0]);
	peers[0] = reader(fd);
	peers[1] = poller(fd, POLLIN);
	CHECK_WAITS(peers[0]);
	CHECK_WAITS(peers[1]);
	CHECK_INT(write(sockets[0], "", 1), 1);
	CHECK_FAILED(peers[0], EIDRM);
	CHECK_ENDED(peers[1], POLLHUP | POLLERR);
	child_passed(pid);
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

/* Many come and go while queues are used, and nothing of them is left. */
CASE_SECONDS(many, 60)
{
	unsigned int i, tries = 0;
	int msqid = make_queue();

	DEVICE_ONLY();
	for (i = 0; i < 300; i++) {
		in_ipc_ns(make_some_and_leave);
		CHECK_PUT(msqid, 1, "here");
		CHECK_TAKE(msqid, 0, 0, 1, "here");
	}
	while (instances() > 1 && tries++ < PATIENCE * 10)
		usleep(100000);
	CHECK_INT(instances(), 1);
	remove_queue(msqid);
}
