// SPDX-License-Identifier: MIT
/*
 * The drop-in library replaces the C library's four calls in a program that
 * does not know it, whatever the program does to its descriptors.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "library.h"
#include "own_dev.h"
#include "test.h"

#define BAD_ADDRESS	((void *)8)
#define THREADS		16

CASE(undisturbed)
{
	DEVICE_ONLY();
	use_all(nothing);
	CHECK_INT(fcntl(library_fd(), F_GETFD), FD_CLOEXEC);
}

CASE(no_device)
{
	DEVICE_ONLY();
	own_dev_empty();
	close_all();
	all_answer(ENOSYS);
}

CASE(no_right)
{
	const struct identity nobody = { .uid = 65533, .gid = 65533 };

	DEVICE_ONLY();
	own_dev(0600);
	close_all();
	use_all(nothing);
	become(&nobody);
	use_all(nothing);
	close_all();
	all_answer(EACCES);
}

CASE(descriptor_closed)
{
	DEVICE_ONLY();
	use_all(close_all);
	CHECK_INT(library_fd() > 2, 1);
}

/* Programs expect to get the lowest number. */
CASE(low_numbers_are_left)
{
	int before;

	DEVICE_ONLY();
	close_all();
	before = CHECK_OK(dup(0));
	CHECK_OK(close(before));
	use_all(nothing);
	CHECK_INT(dup(0), before);
}

CASE(few_descriptors)
{
	struct rlimit limit = { 20, 20 };

	DEVICE_ONLY();
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	use_all(close_all);
}

/* No descriptor is left to open the device. */
CASE(no_descriptors)
{
	struct rlimit limit = { 3, 3 };

	DEVICE_ONLY();
	close_all();
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	all_answer(EMFILE);
}

CASE(bad_pointers)
{
	struct message *half;
	int msqid;

	DEVICE_ONLY();
	msqid = make_queue();
	CHECK_ERR(msgsnd(msqid, NULL, 1, 0), EFAULT);
	CHECK_ERR(msgsnd(msqid, BAD_ADDRESS, 1, 0), EFAULT);
	half = guarded(sizeof(long) + 2);
	half->type = 1;
	CHECK_ERR(msgsnd(msqid, half, 3, 0), EFAULT);
	CHECK_INT(msgsnd(msqid, half, 2, 0), 0);
	CHECK_ERR(msgrcv(msqid, NULL, 2, 0, 0), EFAULT);
	CHECK_ERR(msgrcv(msqid, BAD_ADDRESS, 2, 0, 0), EFAULT);
	CHECK_INT(msgrcv(msqid, half, 2, 0, 0), 2);
	CHECK_ERR(msgctl(msqid, IPC_STAT, NULL), EFAULT);
	CHECK_ERR(msgctl(msqid, IPC_STAT, BAD_ADDRESS), EFAULT);
	CHECK_ERR(msgctl(msqid, IPC_SET, NULL), EFAULT);
	CHECK_ERR(msgctl(0, IPC_INFO, NULL), EFAULT);
	CHECK_ERR(msgctl(0, MSG_INFO, BAD_ADDRESS), EFAULT);
	CHECK_ERR(msgctl(msqid & 0x7fff, MSG_STAT, NULL), EFAULT);
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}

static pthread_barrier_t barrier;

static void *call_at_once(void *failed)
{
	int msqid;

	pthread_barrier_wait(&barrier);
	msqid = msgget(IPC_PRIVATE, 0600);
	if (msqid < 0 || msgctl(msqid, IPC_RMID, NULL))
		*(bool *)failed = true;
	return NULL;
}

static void call_in_threads(void)
{
	bool failed[THREADS] = { false };
	pthread_t threads[THREADS];

	CHECK_INT(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, call_at_once,
					 &failed[i]), 0);
	for (int i = 0; i < THREADS; i++) {
		CHECK_INT(pthread_join(threads[i], NULL), 0);
		CHECK(!failed[i]);
	}
}

CASE(threads_at_once)
{
	DEVICE_ONLY();
	for (int i = 0; i < 50; i++) {
		close_all();
		call_in_threads();
	}
}

/*
 * Run when the case below has executed the program again: it has inherited no
 * descriptor, and many threads make the first call.
 */
__attribute__((constructor)) static void after_exec(void)
{
	int fd;

	if (!getenv("AFTER_EXEC"))
		return;
	if (count_devices(&fd))
		_exit(EXIT_FAILURE);
	call_in_threads();
	_exit(count_devices(&fd) == 1 ? EXIT_SUCCESS : EXIT_FAILURE);
}

CASE(executed_anew)
{
	DEVICE_ONLY();
	use_all(nothing);
	library_fd();
	AS(NULL) {
		CHECK_OK(setenv("AFTER_EXEC", "1", 1));
		execl("/proc/self/exe", "sysv", NULL);
		FAIL("/proc/self/exe: expected to be executed");
	}
}

static volatile sig_atomic_t handled;

static void call_in_handler(int signal)
{
	struct msginfo info;

	(void)signal;
	handled = msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0 ? 1 : -1;
}

/* A handler may make a call while it interrupts one, and keeps errno. */
CASE(called_in_handler)
{
	struct sigaction action = { .sa_handler = call_in_handler };
	struct message message;
	pid_t waiter, pid;
	int msqid;

	DEVICE_ONLY();
	msqid = make_queue();
	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	waiter = getpid();
	pid = CHECK_OK(fork());
	if (!pid) {
		wait_asleep(waiter);
		_exit(kill(waiter, SIGUSR1));
	}
	CHECK_ERR(msgrcv(msqid, &message, 16, 0, 0), EINTR);
	CHECK_INT(handled, 1);
	child_passed(pid);
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}
