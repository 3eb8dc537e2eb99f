// SPDX-License-Identifier: MIT
/*
 * The drop-in library under many threads, cancellation and signals, while its
 * descriptor is taken away.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "library.h"
#include "peer.h"

#define CROWD	8

static pthread_barrier_t barrier;

static void *one_caller(void *unused)
{
	pthread_barrier_wait(&barrier);
	CHECK(call_works());
	return unused;
}

/* Many threads find at once that the descriptor is lost: one is opened. */
CASE(mended_by_many)
{
	pthread_t threads[CROWD];

	DEVICE_ONLY();
	CHECK_INT(pthread_barrier_init(&barrier, NULL, CROWD), 0);
	CHECK(call_works());
	for (int round = 0; round < 150; round++) {
		CHECK_OK(close(library_fd()));
		for (int i = 0; i < CROWD; i++)
			CHECK_INT(pthread_create(&threads[i], NULL, one_caller,
						 NULL), 0);
		for (int i = 0; i < CROWD; i++)
			CHECK_INT(pthread_join(threads[i], NULL), 0);
	}
	library_fd();
}

static unsigned long calls[CROWD];
static bool ended;

static void *call_and_count(void *count)
{
	while (!__atomic_load_n(&ended, __ATOMIC_ACQUIRE)) {
		CHECK(call_works());
		__atomic_add_fetch((unsigned long *)count, 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

static void await_a_call_of_each(void)
{
	const struct timespec pause = { .tv_nsec = 100000 };
	unsigned long before[CROWD];

	for (int i = 0; i < CROWD; i++)
		before[i] = __atomic_load_n(&calls[i], __ATOMIC_ACQUIRE);
	for (int i = 0; i < CROWD; i++)
		while (__atomic_load_n(&calls[i], __ATOMIC_ACQUIRE) ==
		       before[i])
			nanosleep(&pause, NULL);
}

/* The descriptor is closed during calls: none of them fails. */
CASE(closed_while_many_call)
{
	pthread_t threads[CROWD];

	DEVICE_ONLY();
	for (int i = 0; i < CROWD; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, call_and_count,
					 &calls[i]), 0);
	for (int round = 0; round < 100; round++) {
		close_all();
		await_a_call_of_each();
	}
	__atomic_store_n(&ended, true, __ATOMIC_RELEASE);
	for (int i = 0; i < CROWD; i++)
		CHECK_INT(pthread_join(threads[i], NULL), 0);
	library_fd();
}

static void *call_when_cancelled(void *unused)
{
	pthread_cancel(pthread_self());
	close_all();
	CHECK(call_works());
	close_all();
	CHECK_OK(msgctl(CHECK_OK(msgget(IPC_PRIVATE, 0600)), IPC_RMID, NULL));
	pthread_testcancel();
	FAIL("expected to be cancelled");
	return unused;
}

/* msgget() and msgctl() are no cancellation points, even during a repair. */
CASE(cancelled_while_it_mends)
{
	pthread_t thread;
	void *result;

	DEVICE_ONLY();
	CHECK_INT(pthread_create(&thread, NULL, call_when_cancelled, NULL), 0);
	CHECK_INT(pthread_join(thread, &result), 0);
	CHECK(result == PTHREAD_CANCELED);
	use_all(nothing);
	library_fd();
}

static volatile sig_atomic_t handled;

static void mend_in_handler(int signal)
{
	int error = errno;

	(void)signal;
	closefrom(3);
	if (!call_works())
		_exit(EXIT_FAILURE);
	handled++;
	errno = error;
}

/* Signals come at any time, and their handler makes calls, too. */
CASE(signals_while_it_mends)
{
	struct sigaction action = {
		.sa_handler = mend_in_handler,
		.sa_flags = SA_RESTART,
	};
	unsigned int round = 0;

	DEVICE_ONLY();
	CHECK(call_works());
	CHECK_OK(sigaction(SIGALRM, &action, NULL));
	while (handled < 100) {
		const struct itimerval soon = {
			.it_value.tv_usec = 1 + round++ * 37 % 400,
		};
		int msqid;

		CHECK_OK(setitimer(ITIMER_REAL, &soon, NULL));
		closefrom(3);
		errno = 77;
		msqid = CHECK_OK(msgget(IPC_PRIVATE, 0600));
		CHECK_INT(errno, 77);
		closefrom(3);
		CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
		CHECK_INT(errno, 77);
	}
	CHECK_OK(setitimer(ITIMER_REAL, &(struct itimerval){ 0 }, NULL));
	CHECK(call_works());
}

static void *unshare_and_call(void *unused)
{
	CHECK_OK(unshare(CLONE_FILES));
	use_all(close_all);
	program_fd = CHECK_OK(open("/dev/null", O_RDWR));
	use_all(take_number);
	return unused;
}

/* A thread with its own table of descriptors. */
CASE(descriptors_not_shared)
{
	pthread_t thread;

	DEVICE_ONLY();
	for (int i = 0; i < 20; i++) {
		use_all(nothing);
		CHECK_INT(pthread_create(&thread, NULL, unshare_and_call, NULL),
			  0);
		CHECK_INT(pthread_join(thread, NULL), 0);
	}
	use_all(nothing);
}

/* Threads of the parent go on while the child lives. */
static void *call_again_and_again(void *stop)
{
	while (!__atomic_load_n((bool *)stop, __ATOMIC_ACQUIRE))
		CHECK(call_works());
	return NULL;
}

CASE(child_of_vfork_beside_threads)
{
	pthread_t threads[3];
	bool stop = false;

	DEVICE_ONLY();
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK_INT(pthread_create(&threads[i], NULL,
					 call_again_and_again, &stop), 0);
	for (int i = 0; i < 40; i++)
		in_vfork(i % 4 ? close_and_call : take_and_call);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		CHECK_INT(pthread_join(threads[i], NULL), 0);
}
