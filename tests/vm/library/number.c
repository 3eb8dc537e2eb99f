// SPDX-License-Identifier: MIT
/*
 * The drop-in library when other files are in the place of its descriptor, or
 * of the device.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <libmsgq.h>
#include <msgq.h>

#include "library.h"
#include "own_dev.h"
#include "peer.h"

/* The library and the program have that many descriptors of the device. */
static void check_devices(int expected)
{
	int fd;

	CHECK_INT(count_devices(&fd), expected);
}

/* A program may take its number at any time, and keeps its own file there. */
CASE(number_taken)
{
	int pair[2];
	char byte;

	DEVICE_ONLY();
	CHECK(call_works());
	CHECK_OK(pipe(pair));
	program_fd = pair[1];
	for (int i = 0; i < 3; i++) {
		int fd = library_fd();
		int msqid;

		take_number();
		msqid = CHECK_OK(msgget(IPC_PRIVATE, 0600));
		CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
		CHECK(library_fd() != fd);
		CHECK_INT(write(fd, "x", 1), 1);
		CHECK_INT(read(pair[0], &byte, 1), 1);
	}
	use_all(take_number);
}

static int kinds;

/*
 * Calls go on after a file took the library's number, and the file stays open
 * in all the numbers it took.  Some kernels lack a kind of file.
 */
static void check_taken_by(int file)
{
	int taken[8], fd;

	if (file == -1)
		return;
	kinds++;
	program_fd = file;
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		taken[i] = library_fd();
		take_number();
		CHECK(call_works());
		CHECK(library_fd() != taken[i]);
	}
	use_all(take_number);
	for (size_t i = 0; i < ARRAY_SIZE(taken); i++) {
		CHECK_INT(inode_of(taken[i]), inode_of(program_fd));
		CHECK_OK(close(taken[i]));
	}
	CHECK_INT(count_devices(&fd), 1);
	close_range(3, 5000, 0);
	CHECK(call_works());
}

CASE(number_taken_by_files_of_all_kinds)
{
	static const char *const paths[] = {
		"/dev/null", "/dev/zero", "/dev/full", "/dev/random",
		"/dev/urandom", "/dev/ptmx", "/dev/kmsg", "/proc/self/status",
		"/proc/self/mem", "/proc/sys/kernel/osrelease", "/", "/proc",
		"/sys/kernel/mm", "/tmp",
	};
	int pair[2];

	DEVICE_ONLY();
	CHECK(call_works());
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (!access(paths[i], F_OK))
			check_taken_by(open(paths[i], O_RDONLY | O_NOCTTY));
	check_taken_by(open("/tmp", O_TMPFILE | O_RDWR, 0600));
	check_taken_by(open("/tmp", O_PATH));
	check_taken_by(socket(AF_UNIX, SOCK_STREAM, 0));
	check_taken_by(socket(AF_UNIX, SOCK_DGRAM, 0));
	check_taken_by(epoll_create1(0));
	check_taken_by(eventfd(0, 0));
	check_taken_by(inotify_init());
	check_taken_by(memfd_create("file", 0));
	CHECK_OK(pipe(pair));
	check_taken_by(pair[0]);
	CHECK(kinds > 12);
}

/*
 * The program opens the device itself, for libmsgq or its own ioctls, and puts
 * that in our place: it looks the same, and works as well.
 */
CASE(number_taken_by_the_device)
{
	int own, taken;

	DEVICE_ONLY();
	CHECK(call_works());
	taken = library_fd();
	own = CHECK_OK(open("/dev/msgq", O_RDONLY));
	CHECK_INT(dup2(own, taken), taken);
	use_all(nothing);
	check_devices(2);
	/* The program closes it again. */
	CHECK_OK(close(taken));
	use_all(nothing);
	check_devices(2);
	CHECK_OK(close(own));

	/* An O_PATH descriptor of the device does not count. */
	taken = library_fd();
	own = CHECK_OK(open("/dev/msgq", O_PATH));
	CHECK_INT(dup2(own, taken), taken);
	use_all(nothing);
	check_devices(3);
	CHECK(CHECK_OK(fcntl(taken, F_GETFL)) & O_PATH);
}

/* A queue's own descriptor has some commands of the device. */
CASE(number_taken_by_a_queue)
{
	struct msgq_open how = {
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_WRITE,
		.type = 1,
	};
	int device, taken, queue;

	DEVICE_ONLY();
	CHECK(call_works());
	how.name = make_queue();
	taken = library_fd();
	device = CHECK_OK(msgq_device());
	queue = CHECK_OK(msgq_open(device, &how));
	CHECK_OK(close(device));
	program_fd = queue;
	CHECK_INT(dup2(queue, taken), taken);
	CHECK_PUT(how.name, 1, "to the queue");
	take_number();
	CHECK_TAKE(how.name, 0, 0, 1, "to the queue");
	CHECK_INT(write(taken, "x", 1), 1);
	use_all(take_number);
	CHECK_TAKE(how.name, 0, 0, 1, "x");
	remove_queue(how.name);
}

static void put_in_dev(mode_t type, dev_t device)
{
	own_dev_empty();
	CHECK_OK(mknod("/dev/msgq", type | 0666, device));
	close_all();
	all_answer(ENOSYS);
}

/* Another file with this name is not the device. */
CASE(look_alikes)
{
	DEVICE_ONLY();
	AS(NULL)
		put_in_dev(S_IFREG, 0);
	AS(NULL)
		put_in_dev(S_IFCHR, makedev(1, 3));
	AS(NULL)
		put_in_dev(S_IFCHR, makedev(0xfff, 0xfffff));
	AS(NULL)
		put_in_dev(S_IFIFO, 0);
	AS(NULL) {
		own_dev_empty();
		CHECK_OK(mkdir("/dev/msgq", 0755));
		close_all();
		all_answer(ENOSYS);
	}
	AS(NULL) {
		own_dev_empty();
		CHECK_OK(symlink("msgq", "/dev/msgq"));
		close_all();
		CHECK(!call_works());
	}
}
