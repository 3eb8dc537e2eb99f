// SPDX-License-Identifier: MIT
/*
 * undo.c - SEM_UNDO: what the end of a process takes back
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sets.h"
#include "test.h"

/* Run a block in a child, which exits; its pid is child. */
#define CHILD(block) do {						\
	pid_t child_pid = CHECK_OK(fork());				\
									\
	if (!child_pid) {						\
		block;							\
		_exit(EXIT_SUCCESS);					\
	}								\
	child = child_pid;						\
	child_passed(child_pid);					\
} while (0)

static pid_t child;

CASE(exit_takes_back)
{
	int semid = make_set(3);

	set_value(semid, 0, 10);
	CHILD(CHECK_OK(semop(semid, OPS({ 0, -3, SEM_UNDO }, { 1, 4, SEM_UNDO },
					{ 2, 5, 0 }))));
	CHECK_VALUES(semid, 10, 0, 5);
	CHECK_INT(semctl(semid, 0, GETPID), child);
	CHECK_INT(semctl(semid, 1, GETPID), child);
	remove_set(semid);
}

CASE(several_operations_add_up)
{
	int semid = make_set(1);

	set_value(semid, 0, 10);
	CHILD({
		CHECK_OK(change(semid, 0, -3, SEM_UNDO));
		CHECK_OK(change(semid, 0, -2, SEM_UNDO));
		CHECK_OK(change(semid, 0, 1, SEM_UNDO));
		CHECK_OK(change(semid, 0, 4, 0));
		CHECK_VALUES(semid, 10);
	});
	CHECK_VALUES(semid, 14);
	remove_set(semid);
}

CASE(kill_takes_back)
{
	int semid = make_set(1);
	pid_t pid;

	set_value(semid, 0, 1);
	pid = CHECK_OK(fork());
	if (!pid) {
		CHECK_OK(change(semid, 0, -1, SEM_UNDO));
		for (;;)
			pause();
	}
	while (semctl(semid, 0, GETVAL))
		usleep(1000);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_VALUES(semid, 1);
	CHECK_INT(semctl(semid, 0, GETPID), pid);
	remove_set(semid);
}

CASE(waiters_go_on)
{
	int semid = make_set(2);
	struct peer *down, *zero;
	pid_t pid;

	set_value(semid, 0, 1);
	pid = CHECK_OK(fork());
	if (!pid) {
		CHECK_OK(semop(semid, OPS({ 0, -1, SEM_UNDO },
					  { 1, 1, SEM_UNDO })));
		for (;;)
			pause();
	}
	while (semctl(semid, 0, GETVAL))
		usleep(1000);
	down = operates(semid, OPS({ 0, -1, 0 }));
	zero = operates(semid, OPS({ 1, 0, 0 }));
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_ENDED(down, 0);
	CHECK_ENDED(zero, 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_VALUES(semid, 0, 0);
	remove_set(semid);
}

/* The lock of the dead passes from one that waits to the next, when it dies. */
CASE(waiter_takes_back_what_it_was_given)
{
	int semid = make_set(1);
	struct peer *first = operates(semid, OPS({ 0, -1, SEM_UNDO }));
	struct peer *second = operates(semid, OPS({ 0, -1, SEM_UNDO }));

	CHECK_OK(change(semid, 0, 1, 0));
	/* Each exits as soon as its call has ended. */
	CHECK_ENDED(first, 0);
	CHECK_ENDED(second, 0);
	peer_kill(first);
	peer_kill(second);
	CHECK_VALUES(semid, 1);
	remove_set(semid);
}

CASE(values_keep_within_bounds)
{
	int semid = make_set(2);

	set_value(semid, 0, 5);
	set_value(semid, 1, SHRT_MAX);
	CHILD({
		CHECK_OK(change(semid, 0, 3, SEM_UNDO));
		CHECK_OK(change(semid, 0, -8, 0));
		CHECK_OK(change(semid, 1, -3, SEM_UNDO));
		CHECK_OK(change(semid, 1, 3, 0));
	});
	CHECK_VALUES(semid, 0, SHRT_MAX);
	remove_set(semid);
}

CASE(too_much_to_take_back)
{
	int semid = make_set(2);

	CHILD({
		CHECK_OK(change(semid, 0, SHRT_MAX, SEM_UNDO));
		CHECK_OK(change(semid, 0, -SHRT_MAX, 0));
		CHECK_OK(change(semid, 0, 1, SEM_UNDO));
		CHECK_ERR(change(semid, 0, 1, SEM_UNDO), ERANGE);
		CHECK_ERR(semop(semid, OPS({ 1, 1, 0 }, { 0, 1, SEM_UNDO })),
			  ERANGE);
		CHECK_VALUES(semid, 1, 0);
		CHECK_OK(change(semid, 0, -1, SEM_UNDO));
		CHECK_OK(change(semid, 0, SHRT_MAX, 0));
		CHECK_OK(change(semid, 0, -SHRT_MAX, SEM_UNDO));
		CHECK_OK(change(semid, 0, SHRT_MAX, 0));
		CHECK_OK(change(semid, 0, -SHRT_MAX, SEM_UNDO));
		CHECK_OK(change(semid, 0, 1, 0));
		CHECK_ERR(change(semid, 0, -1, SEM_UNDO), ERANGE);
	});
	remove_set(semid);
}

CASE(setting_forgets)
{
	unsigned short values[2] = { 7, 8 };
	int semid = make_set(2);

	CHILD({
		CHECK_OK(semop(semid, OPS({ 0, 1, SEM_UNDO },
					  { 1, 1, SEM_UNDO })));
		set_value(semid, 0, 5);
	});
	CHECK_VALUES(semid, 5, 0);
	CHILD({
		CHECK_OK(semop(semid, OPS({ 0, 1, SEM_UNDO },
					  { 1, 1, SEM_UNDO })));
		CHECK_OK(semctl(semid, 0, SETALL, values));
		CHECK_OK(change(semid, 1, 1, SEM_UNDO));
	});
	CHECK_VALUES(semid, 7, 8);
	remove_set(semid);
}

CASE(removal_forgets)
{
	int semid, again;

	CHILD({
		semid = make_set(1);
		CHECK_OK(change(semid, 0, 1, SEM_UNDO));
		remove_set(semid);
		again = make_set(1);
		CHECK_OK(change(again, 0, 3, 0));
		CHECK_OK(change(again, 0, 1, SEM_UNDO));
		remove_set(again);
	});
}

CASE(fork_does_not_inherit)
{
	int semid = make_set(1);

	CHECK_OK(change(semid, 0, 5, SEM_UNDO));
	CHILD(CHECK_OK(change(semid, 0, 1, 0)));
	CHECK_VALUES(semid, 6);
	CHILD(CHECK_OK(change(semid, 0, 1, SEM_UNDO)));
	CHECK_VALUES(semid, 6);
	set_value(semid, 0, 0);
	remove_set(semid);
}

/* Executed by exec_keeps(): what was done before is still to be taken back. */
CASE(exec_keeps)
{
	int semid = make_set(1);
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		CHECK_OK(change(semid, 0, 4, SEM_UNDO));
		execl("/bin/sleep", "sleep", "1000", (char *)NULL);
		_exit(EXIT_FAILURE);
	}
	wait_state(pid, 'S');
	while (semctl(semid, 0, GETVAL) != 4)
		usleep(1000);
	usleep(100000);
	CHECK_VALUES(semid, 4);
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_VALUES(semid, 0);
	remove_set(semid);
}

static int shared_set;

static void *add_one(void *unused)
{
	CHECK_OK(change(shared_set, 0, 1, SEM_UNDO));
	return unused;
}

CASE(last_thread_takes_back)
{
	pthread_t threads[10];

	shared_set = make_set(1);
	CHILD({
		for (int i = 0; i < 10; i++)
			CHECK(!pthread_create(&threads[i], NULL, add_one, NULL));
		for (int i = 0; i < 10; i++)
			CHECK(!pthread_join(threads[i], NULL));
		CHECK_VALUES(shared_set, 10);
	});
	CHECK_VALUES(shared_set, 0);
	remove_set(shared_set);
}

/* The parent that has seen the end sees the value, each time. */
CASE_SECONDS(many_ends, 60)
{
	int semid = make_set(1);

	set_value(semid, 0, 1);
	for (int i = 0; i < 300; i++) {
		CHILD(CHECK_OK(change(semid, 0, -1, SEM_UNDO)));
		CHECK_INT(semctl(semid, 0, GETVAL), 1);
	}
	remove_set(semid);
}

CASE(several_sets)
{
	int first = make_set(2), second = make_set(1);

	CHILD({
		CHECK_OK(change(first, 1, 2, SEM_UNDO));
		CHECK_OK(change(second, 0, 3, SEM_UNDO));
		CHECK_OK(change(first, 0, 4, SEM_UNDO));
	});
	CHECK_VALUES(first, 0, 0);
	CHECK_VALUES(second, 0);
	remove_set(first);
	remove_set(second);
}

/* What was not done is not taken back. */
CASE(failed_calls_leave_nothing)
{
	int semid = make_set(2);

	CHILD({
		CHECK_ERR(semop(semid, OPS({ 0, 2, SEM_UNDO },
					   { 1, -1, IPC_NOWAIT })), EAGAIN);
		CHECK_ERR(semtimedop(semid, OPS({ 0, 2, SEM_UNDO },
						{ 1, -1, SEM_UNDO }),
				     &(struct timespec){ .tv_nsec = 1000 }),
			  EAGAIN);
		CHECK_OK(change(semid, 0, 7, 0));
	});
	CHECK_VALUES(semid, 7, 0);
	remove_set(semid);
}

CASE(time_of_the_end)
{
	int semid = make_set(1);

	CHILD(CHECK_OK(change(semid, 0, 0, SEM_UNDO)));
	CHECK(set_state(semid).sem_otime);
	remove_set(semid);
}

CASE(zero_with_undo_waits)
{
	int semid = make_set(1);
	struct peer *peer;

	set_value(semid, 0, 1);
	peer = operates(semid, OPS({ 0, 0, SEM_UNDO }));
	CHECK_OK(change(semid, 0, -1, 0));
	CHECK_ENDED(peer, 0);
	remove_set(semid);
}

/* The end of a process while another waits with operations to take back. */
CASE(killed_while_it_waits)
{
	int semid = make_set(2);
	struct peer *peer;
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		CHECK_OK(change(semid, 0, 5, SEM_UNDO));
		CHECK_ERR(semop(semid, OPS({ 0, 1, SEM_UNDO },
					   { 1, -1, SEM_UNDO })), EIDRM);
		_exit(EXIT_SUCCESS);
	}
	while (semctl(semid, 1, GETNCNT) != 1)
		usleep(1000);
	peer = operates(semid, OPS({ 0, 0, 0 }));
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_ENDED(peer, 0);
	CHECK_INT(waitpid(pid, NULL, 0), pid);
	CHECK_VALUES(semid, 0, 0);
	CHECK_COUNTS(semid, 1, 0, 0);
	remove_set(semid);
}

/* What a process has left lets others go on before a removal that comes later. */
CASE_SECONDS(end_before_removal, 30)
{
	for (int i = 0; i < 50; i++) {
		int semid = make_set(1);
		struct peer *peer = operates(semid, OPS({ 0, -1, 0 }));

		set_value(semid, 0, 0);
		CHILD({
			CHECK_OK(change(semid, 0, 0, SEM_UNDO));
			/* To be taken back: one more than there is. */
			CHECK_OK(semctl(semid, 0, GETVAL));
			CHECK_OK(semop(semid, OPS({ 0, 1, 0 }, { 0, -1, SEM_UNDO })));
		});
		remove_set(semid);
		CHECK_ENDED(peer, 0);
	}
}
