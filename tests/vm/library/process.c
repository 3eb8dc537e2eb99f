// SPDX-License-Identifier: MIT
/*
 * The drop-in library in processes of all kinds: after each way to start one,
 * and after each change to one.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"
#include "own_dev.h"
#include "peer.h"

CASE(forked)
{
	DEVICE_ONLY();
	use_all(nothing);
	AS(NULL) {
		use_all(nothing);
		library_fd();
		use_all(close_all);
		AS(NULL)
			use_all(close_all);
		library_fd();
	}
	use_all(nothing);
	library_fd();
}

static void check_is_null(int fd)
{
	struct stat null, stat;

	CHECK_OK(lstat("/dev/null", &null));
	CHECK_OK(fstat(fd, &stat));
	CHECK_INT(stat.st_rdev, null.st_rdev);
}

/* Become a daemon as in old books. */
CASE(daemon_by_the_book)
{
	int most = sysconf(_SC_OPEN_MAX);

	DEVICE_ONLY();
	use_all(nothing);
	AS(NULL) {
		CHECK_OK(setsid());
		AS(NULL) {
			CHECK_OK(chdir("/"));
			for (int i = 0; i < most; i++)
				close(i);
			CHECK_INT(open("/dev/null", O_RDWR), 0);
			CHECK_INT(dup(0), 1);
			CHECK_INT(dup(0), 2);
			use_all(nothing);
			CHECK(library_fd() > 2);
			CHECK_INT(dup(0), 3);
			for (int i = 0; i < 4; i++)
				check_is_null(i);
		}
	}
}

static void close_all_from_0(void)
{
	closefrom(0);
}

/* Become a daemon by the C library's daemon(3). */
CASE(daemon_by_the_library)
{
	bool *done = mmap(NULL, sizeof(*done), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	DEVICE_ONLY();
	CHECK(done != MAP_FAILED);
	use_all(nothing);
	AS(NULL) {
		CHECK_OK(daemon(0, 0));
		/* The case does not wait for this process, but for *done. */
		use_all(nothing);
		for (int i = 0; i < 3; i++)
			check_is_null(i);
		use_all(close_all_from_0);
		CHECK_INT(open("/dev/null", O_RDWR), 0);
		__atomic_store_n(done, true, __ATOMIC_RELEASE);
	}
	while (!__atomic_load_n(done, __ATOMIC_ACQUIRE))
		sched_yield();
}

/* First calls without standard descriptors: their numbers stay free. */
CASE(standard_descriptors_closed)
{
	DEVICE_ONLY();
	CHECK_OK(close_range(0, ~0U, 0));
	use_all(nothing);
	CHECK(library_fd() > 2);
	for (int i = 0; i < 3; i++)
		CHECK_INT(open("/dev/null", O_RDWR), i);

	/* The same if few descriptors are allowed. */
	CHECK_OK(close_range(0, ~0U, 0));
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 5, 5 }));
	use_all(nothing);
	CHECK(library_fd() > 2);
}

/* A root without a /dev: open files stay, and no others can be opened. */
CASE(other_root)
{
	DEVICE_ONLY();
	CHECK_OK(mkdir("/tmp/root", 0755));
	AS(NULL) {
		use_all(nothing);
		CHECK_OK(chroot("/tmp/root"));
		CHECK_OK(chdir("/"));
		for (int i = 0; i < 3; i++)
			CHECK(call_works());
		close_all();
		all_answer(ENOSYS);
	}
	AS(NULL) {
		close_all();
		CHECK_OK(chroot("/tmp/root"));
		all_answer(ENOSYS);
	}
	/* Calls go on in a root that has a /dev. */
	CHECK_OK(mkdir("/tmp/root/dev", 0755));
	AS(NULL) {
		struct stat device;

		CHECK_OK(stat("/dev/msgq", &device));
		CHECK_OK(mknod("/tmp/root/dev/msgq", S_IFCHR | 0600,
			       device.st_rdev));
		CHECK_OK(chroot("/tmp/root"));
		for (int i = 0; i < 3; i++) {
			close_all();
			CHECK(call_works());
		}
	}
	CHECK_OK(unlink("/tmp/root/dev/msgq"));
	CHECK_OK(rmdir("/tmp/root/dev"));
	CHECK_OK(rmdir("/tmp/root"));
}

CASE(other_namespaces)
{
	static const int kinds[] = {
		CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWNET,
		CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWNS | CLONE_NEWUSER,
	};

	DEVICE_ONLY();
	use_all(nothing);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		AS(NULL) {
			/* Some kernels lack a kind of namespace. */
			if (!unshare(kinds[i])) {
				use_all(nothing);
				use_all(close_all);
				AS(NULL)
					use_all(close_all);
			}
		}
	}
}

CASE(other_user)
{
	const struct identity nobody = { .uid = 65533, .gid = 65533 };

	DEVICE_ONLY();
	use_all(nothing);
	become(&nobody);
	use_all(nothing);
	use_all(close_all);
}

CASE(child_of_vfork)
{
	int file, high;

	DEVICE_ONLY();
	use_all(nothing);
	in_vfork(close_and_call);
	use_all(nothing);
	library_fd();

	/* The child's number is not the parent's: here it may be unused, */
	in_vfork(take_and_call);
	use_all(nothing);
	close_all();
	/* or may be a file of the program. */
	CHECK(call_works());
	high = library_fd() + 1;
	in_vfork(take_and_call);
	file = CHECK_OK(open("/proc/self/status", O_RDONLY));
	CHECK_INT(dup2(file, high), high);
	use_all(nothing);
	CHECK_INT(inode_of(high), inode_of(file));
}

/*
 * Run when the program is executed again, with no file opened yet.  There is no
 * case to fail then: the exit status is the result.
 */
static bool child_called_first(void)
{
	static pid_t pid;
	int fd, status, pair[2];
	char byte;

	pid = vfork();
	if (!pid)
		_exit(call_works() ? EXIT_SUCCESS : EXIT_FAILURE);
	if (waitpid(pid, &status, 0) != pid || status || count_devices(&fd))
		return false;

	/* The child's number for the device is the program's here. */
	if (pipe(pair))
		return false;
	for (fd = 5; fd < 1000; fd++)
		if (dup2(pair[1], fd) != fd)
			return false;
	if (!call_works() || count_devices(&fd) != 1 || fd < 1000)
		return false;
	for (fd = 5; fd < 1000; fd++)
		if (write(fd, "x", 1) != 1 || read(pair[0], &byte, 1) != 1)
			return false;
	return true;
}

static bool queues_are_missing(void)
{
	for (int i = 0; i < 3; i++)
		if (call_works() || errno != ENOSYS)
			return false;
	return true;
}

__attribute__((constructor)) static void when_executed(void)
{
	const char *what = getenv("LIB_PROCESS");

	if (!what)
		return;
	_exit(!strcmp(what, "vfork") ? !child_called_first() :
				       !queues_are_missing());
}

static void execute(const char *what)
{
	CHECK_OK(setenv("LIB_PROCESS", what, 1));
	execl("/proc/self/exe", "process", NULL);
	FAIL("/proc/self/exe: expected to be executed");
}

CASE(child_of_vfork_calls_first)
{
	DEVICE_ONLY();
	AS(NULL)
		execute("vfork");
}

/* The message on standard error of a program that finds no device. */
static void check_told(const char *debug, const char *expected)
{
	char text[512];
	ssize_t size;
	int pair[2];

	CHECK_OK(pipe2(pair, O_CLOEXEC));
	AS(NULL) {
		own_dev_empty();
		CHECK_OK(dup2(pair[1], 2));
		if (debug)
			CHECK_OK(setenv("MSGQ_DEBUG", debug, 1));
		execute("none");
	}
	CHECK_OK(close(pair[1]));
	size = CHECK_OK(read(pair[0], text, sizeof(text) - 1));
	text[size] = '\0';
	CHECK_OK(close(pair[0]));
	if (strcmp(text, expected))
		FAIL("expected '%s', got '%s'", expected, text);
}

CASE(reason_told_once)
{
	DEVICE_ONLY();
	check_told("1", "libmsgq-sysv: /dev/msgq: it does not exist; is the module loaded, and is /dev complete?\n");
	check_told("0", "");
	check_told("", "");
	check_told(NULL, "");
}
