// SPDX-License-Identifier: MIT
/*
 * wait.c - semop that waits: for what, how it ends, and who goes on first
 */
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sets.h"
#include "test.h"

CASE(waits_until_the_value_suffices)
{
	int semid = make_set(1);
	struct peer *peer = operates(semid, OPS({ 0, -3, 0 }));

	CHECK_COUNTS(semid, 0, 1, 0);
	CHECK_OK(change(semid, 0, 2, 0));
	CHECK_WAITS(peer);
	CHECK_OK(change(semid, 0, 2, 0));
	CHECK_ENDED(peer, 0);
	CHECK_VALUES(semid, 1);
	CHECK_INT(semctl(semid, 0, GETPID), peer->pid);
	CHECK_COUNTS(semid, 0, 0, 0);
	remove_set(semid);
}

CASE(waits_until_the_value_is_0)
{
	int semid = make_set(1);
	struct peer *first, *second;

	set_value(semid, 0, 2);
	first = operates(semid, OPS({ 0, 0, 0 }));
	second = operates(semid, OPS({ 0, 0, 0 }));
	CHECK_COUNTS(semid, 0, 0, 2);
	CHECK_OK(change(semid, 0, -1, 0));
	CHECK_WAITS(first);
	CHECK_OK(change(semid, 0, -1, 0));
	CHECK_ENDED(first, 0);
	CHECK_ENDED(second, 0);
	CHECK_COUNTS(semid, 0, 0, 0);
	CHECK_INT(semctl(semid, 0, GETPID), second->pid);
	remove_set(semid);
}

/*
 * A call can come to fail while it waits.  Linux sees that only when a value has
 * become 0.
 */
CASE(fails_when_another_operation_does_not_wait)
{
	struct peer *peer;
	int semid;

	DEVICE_ONLY();
	semid = make_set(2);
	set_value(semid, 1, 1);
	peer = operates(semid, OPS({ 0, 0, IPC_NOWAIT }, { 1, 0, 0 }));
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_FAILED(peer, EAGAIN);
	remove_set(semid);
}

/* A value that is 0 for a moment within a call lets nobody go on. */
CASE(zero_within_a_call_is_not_seen)
{
	int semid = make_set(1);
	struct peer *peer;

	set_value(semid, 0, 1);
	peer = operates(semid, OPS({ 0, 0, 0 }));
	CHECK_OK(semop(semid, OPS({ 0, -1, 0 }, { 0, 1, 0 })));
	CHECK_WAITS(peer);
	CHECK_OK(semop(semid, OPS({ 0, 1, 0 }, { 0, -2, 0 })));
	CHECK_ENDED(peer, 0);
	remove_set(semid);
}

CASE(one_value_for_one_waiter)
{
	int semid = make_set(1);
	struct peer *peers[3];

	for (int i = 0; i < 3; i++)
		peers[i] = operates(semid, OPS({ 0, -1, 0 }));
	CHECK_COUNTS(semid, 0, 3, 0);
	for (int i = 0; i < 3; i++) {
		CHECK_OK(change(semid, 0, 1, 0));
		CHECK_ENDED(peers[i], 0);
		for (int j = i + 1; j < 3; j++)
			CHECK_WAITS(peers[j]);
	}
	CHECK_VALUES(semid, 0);
	remove_set(semid);
}

/* One that needs too much does not keep back those behind it. */
CASE(those_that_can_go_on_do)
{
	int semid = make_set(1);
	struct peer *four = operates(semid, OPS({ 0, -4, 0 }));
	struct peer *two = operates(semid, OPS({ 0, -2, 0 }));
	struct peer *one = operates(semid, OPS({ 0, -1, 0 }));

	CHECK_OK(change(semid, 0, 3, 0));
	CHECK_ENDED(two, 0);
	CHECK_ENDED(one, 0);
	CHECK_WAITS(four);
	CHECK_VALUES(semid, 0);
	CHECK_OK(change(semid, 0, 4, 0));
	CHECK_ENDED(four, 0);
	remove_set(semid);
}

CASE(value_set_by_a_command)
{
	unsigned short values[2] = { 1, 0 };
	int semid = make_set(2);
	struct peer *two = operates(semid, OPS({ 0, -2, 0 }));
	struct peer *zero;

	set_value(semid, 1, 5);
	zero = operates(semid, OPS({ 1, 0, 0 }));
	set_value(semid, 0, 2);
	CHECK_ENDED(two, 0);
	CHECK_WAITS(zero);
	set_value(semid, 1, 0);
	CHECK_ENDED(zero, 0);

	set_value(semid, 1, 5);
	two = operates(semid, OPS({ 0, -1, 0 }, { 1, 0, 0 }));
	CHECK_OK(semctl(semid, 0, SETALL, values));
	CHECK_ENDED(two, 0);
	CHECK_VALUES(semid, 0, 0);
	remove_set(semid);
}

/* The time of the last operation is set if a command lets somebody go on. */
CASE(time_of_a_command)
{
	int semid = make_set(1);
	struct peer *peer;

	set_value(semid, 0, 1);
	CHECK_INT(set_state(semid).sem_otime, 0);
	peer = operates(semid, OPS({ 0, -2, 0 }));
	set_value(semid, 0, 2);
	CHECK_ENDED(peer, 0);
	CHECK(set_state(semid).sem_otime);
	remove_set(semid);
}

CASE(set_that_is_removed)
{
	int semid = make_set(2);
	struct peer *more = operates(semid, OPS({ 0, -1, 0 }));
	struct peer *both = operates(semid, OPS({ 0, -1, 0 }, { 1, -1, 0 },
					       { 0, -1, 0 }));
	struct peer *zero, *zeros;

	set_value(semid, 1, 1);
	zero = operates(semid, OPS({ 1, 0, 0 }));
	zeros = operates(semid, OPS({ 0, 0, 0 }, { 1, 0, 0 }));
	remove_set(semid);
	CHECK_FAILED(more, EIDRM);
	CHECK_FAILED(both, EIDRM);
	CHECK_FAILED(zero, EIDRM);
	CHECK_FAILED(zeros, EIDRM);
	CHECK_ERR(change(semid, 0, 1, 0), EINVAL);
}

static void ignore(int signal)
{
	(void)signal;
}

static void handle_and_restart(struct peer *peer)
{
	struct sigaction action = {
		.sa_handler = ignore,
		.sa_flags = SA_RESTART,
	};

	(void)peer;
	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
}

CASE(signal_ends_the_wait)
{
	struct sembuf ops[] = { { 0, -1, 0 }, { 1, 0, 0 } };
	int semid = make_set(2);

	for (size_t count = 1; count <= 2; count++) {
		struct peer *peer = peer_start(&(struct peer){
			.call = peer_operate,
			.prepare = handle_and_restart,
			.msqid = semid,
			.buffer = ops,
			.size = count,
		});

		CHECK_WAITS(peer);
		CHECK_OK(kill(peer->pid, SIGUSR1));
		CHECK_FAILED(peer, EINTR);
		CHECK_COUNTS(semid, 0, 0, 0);
	}
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_VALUES(semid, 1);
	remove_set(semid);
}

CASE(killed_waiters_leave_nothing)
{
	int semid = make_set(2);
	struct peer *single = operates(semid, OPS({ 0, -1, 0 }));
	struct peer *array = operates(semid, OPS({ 0, -1, 0 }, { 1, -1, 0 }));

	CHECK_COUNTS(semid, 0, 2, 0);
	peer_kill(single);
	CHECK_COUNTS(semid, 0, 1, 0);
	peer_kill(array);
	CHECK_COUNTS(semid, 0, 0, 0);
	CHECK_OK(semop(semid, OPS({ 0, 1, 0 }, { 1, 1, 0 })));
	CHECK_VALUES(semid, 1, 1);
	remove_set(semid);
}

CASE(time_limit)
{
	struct sembuf down = { 0, -1, 0 }, zero = { 0, 0, 0 };
	struct timespec start, end, limit = { .tv_nsec = 30000000 };
	int semid = make_set(1);
	long long nanoseconds;

	clock_gettime(CLOCK_MONOTONIC, &start);
	CHECK_ERR(semtimedop(semid, &down, 1, &limit), EAGAIN);
	clock_gettime(CLOCK_MONOTONIC, &end);
	nanoseconds = (end.tv_sec - start.tv_sec) * 1000000000LL +
		      end.tv_nsec - start.tv_nsec;
	CHECK(nanoseconds >= limit.tv_nsec);
	CHECK_COUNTS(semid, 0, 0, 0);

	set_value(semid, 0, 1);
	CHECK_ERR(semtimedop(semid, &zero, 1, &limit), EAGAIN);
	limit = (struct timespec){ 0 };
	CHECK_ERR(semtimedop(semid, &zero, 1, &limit), EAGAIN);
	CHECK_OK(semtimedop(semid, &down, 1, &limit));
	CHECK_VALUES(semid, 0);
	remove_set(semid);
}

static long operate_with_limit(struct peer *peer)
{
	return semtimedop(peer->msqid, peer->buffer, peer->size,
			  &(struct timespec){ .tv_sec = 1000 });
}

CASE(goes_on_before_the_time_limit)
{
	struct sembuf down = { 0, -1, 0 };
	int semid = make_set(1);
	struct peer *peer = peer_start(&(struct peer){
		.call = operate_with_limit,
		.msqid = semid,
		.buffer = &down,
		.size = 1,
	});

	CHECK_WAITS(peer);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(peer, 0);
	remove_set(semid);
}

/* The semaphore that a call waits for is that of the first that cannot go on. */
CASE(counts_of_several_operations)
{
	int semid = make_set(3);
	struct peer *peer;

	set_value(semid, 2, 1);
	peer = operates(semid, OPS({ 0, -1, 0 }, { 1, -1, 0 }, { 2, 0, 0 }));
	CHECK_COUNTS(semid, 0, 1, 0);
	CHECK_COUNTS(semid, 1, 0, 0);
	CHECK_COUNTS(semid, 2, 0, 0);
	set_value(semid, 0, 1);
	CHECK_COUNTS(semid, 0, 0, 0);
	CHECK_COUNTS(semid, 1, 1, 0);
	set_value(semid, 1, 1);
	CHECK_COUNTS(semid, 1, 0, 0);
	CHECK_COUNTS(semid, 2, 0, 1);
	/* And back. */
	set_value(semid, 0, 0);
	CHECK_COUNTS(semid, 0, 1, 0);
	CHECK_COUNTS(semid, 2, 0, 0);
	set_value(semid, 2, 0);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(peer, 0);
	CHECK_VALUES(semid, 0, 0, 0);
	remove_set(semid);
}

/* One semaphore that is named twice is waited for once. */
CASE(named_twice)
{
	int semid = make_set(1);
	struct peer *peer = operates(semid, OPS({ 0, -1, 0 }, { 0, -1, 0 }));

	CHECK_COUNTS(semid, 0, 1, 0);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_WAITS(peer);
	CHECK_COUNTS(semid, 0, 1, 0);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(peer, 0);
	CHECK_VALUES(semid, 0);
	remove_set(semid);
}

/* The call that waited lets others go on, and these others. */
CASE(one_after_the_other)
{
	int semid = make_set(4);
	struct peer *third = operates(semid, OPS({ 2, -1, 0 }, { 3, 1, 0 }));
	struct peer *second = operates(semid, OPS({ 1, -1, 0 }, { 2, 1, 0 }));
	struct peer *first = operates(semid, OPS({ 0, -1, 0 }, { 1, 1, 0 }));
	struct peer *last = operates(semid, OPS({ 3, -1, 0 }));

	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(first, 0);
	CHECK_ENDED(second, 0);
	CHECK_ENDED(third, 0);
	CHECK_ENDED(last, 0);
	CHECK_VALUES(semid, 0, 0, 0, 0);
	remove_set(semid);
}

/* What a waiter takes lets those go on that wait for zero. */
CASE(taken_down_to_zero)
{
	int semid = make_set(1);
	struct peer *zero, *down;

	set_value(semid, 0, 2);
	zero = operates(semid, OPS({ 0, 0, 0 }));
	down = operates(semid, OPS({ 0, -3, 0 }));
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(down, 0);
	CHECK_ENDED(zero, 0);
	CHECK_VALUES(semid, 0);
	remove_set(semid);
}

/* A call that changes values and waits for zero is in the order of arrival. */
CASE(array_before_a_single_one)
{
	int semid = make_set(2);
	struct peer *array = operates(semid, OPS({ 0, -1, 0 }, { 1, 0, 0 }));
	struct peer *single = operates(semid, OPS({ 0, -1, 0 }));

	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(array, 0);
	CHECK_WAITS(single);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(single, 0);
	remove_set(semid);
}

/* Both can go on by one change, and each does once. */
CASE(array_and_single_one_at_once)
{
	unsigned short values[2] = { 3, 1 };
	int semid = make_set(2);
	struct peer *array = operates(semid, OPS({ 0, -1, 0 }, { 1, -1, 0 }));
	struct peer *single = operates(semid, OPS({ 0, -1, 0 }));

	CHECK_OK(semctl(semid, 0, SETALL, values));
	CHECK_ENDED(array, 0);
	CHECK_ENDED(single, 0);
	CHECK_VALUES(semid, 1, 0);
	remove_set(semid);
}

CASE(single_one_before_an_array)
{
	int semid = make_set(2);
	struct peer *single = operates(semid, OPS({ 0, -1, 0 }));
	struct peer *array = operates(semid, OPS({ 0, -1, 0 }, { 1, 0, 0 }));

	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(single, 0);
	CHECK_WAITS(array);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(array, 0);
	remove_set(semid);
}

/* Several operations are done last, though one that came first waits as well. */
CASE(single_ones_of_two_semaphores)
{
	int semid = make_set(2);
	struct peer *high = operates(semid, OPS({ 1, -1, 0 }));
	struct peer *low = operates(semid, OPS({ 0, -1, 0 }));
	struct peer *array = operates(semid, OPS({ 0, -1, 0 }, { 1, -1, 0 }));

	/* Both singles can go on; then the array cannot. */
	CHECK_OK(semop(semid, OPS({ 0, 1, 0 }, { 1, 1, 0 })));
	CHECK_ENDED(high, 0);
	CHECK_ENDED(low, 0);
	CHECK_WAITS(array);
	CHECK_VALUES(semid, 0, 0);
	CHECK_OK(semop(semid, OPS({ 0, 1, 0 }, { 1, 1, 0 })));
	CHECK_ENDED(array, 0);
	remove_set(semid);
}

/* One that waits for zero goes on before one that takes it away again. */
CASE(zero_comes_first)
{
	int semid = make_set(2);
	struct peer *adds, *zero, *zeros;

	set_value(semid, 0, 1);
	adds = operates(semid, OPS({ 0, 0, 0 }, { 0, 1, 0 }));
	zero = operates(semid, OPS({ 0, 0, 0 }));
	zeros = operates(semid, OPS({ 0, 0, 0 }, { 1, 0, 0 }));
	CHECK_OK(change(semid, 0, -1, 0));
	CHECK_ENDED(adds, 0);
	CHECK_ENDED(zero, 0);
	CHECK_ENDED(zeros, 0);
	CHECK_VALUES(semid, 1);
	remove_set(semid);
}

/* An operation that need not wait fails, if another one kept the call waiting. */
CASE(would_wait_after_waiting)
{
	int semid = make_set(2);
	struct peer *peer = operates(semid, OPS({ 0, -1, 0 },
					       { 1, -1, IPC_NOWAIT }));

	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_FAILED(peer, EAGAIN);
	CHECK_VALUES(semid, 1, 0);

	peer = operates(semid, OPS({ 0, -1, IPC_NOWAIT }, { 1, -1, 0 }));
	CHECK_OK(change(semid, 0, -1, 0));
	CHECK_FAILED(peer, EAGAIN);
	CHECK_VALUES(semid, 0, 0);
	remove_set(semid);
}

CASE(too_large_after_waiting)
{
	int semid = make_set(2);
	struct peer *peer = operates(semid, OPS({ 0, -1, 0 }, { 1, 10, 0 }));

	set_value(semid, 1, SHRT_MAX);
	CHECK_WAITS(peer);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_FAILED(peer, ERANGE);
	CHECK_VALUES(semid, 1, SHRT_MAX);

	set_value(semid, 1, 0);
	peer = operates(semid, OPS({ 1, 10, 0 }, { 0, -2, 0 }));
	set_value(semid, 1, SHRT_MAX - 5);
	CHECK_FAILED(peer, ERANGE);
	remove_set(semid);
}

/* A waiter keeps the permission that it had when it began to wait. */
CASE(permission_that_is_taken_away)
{
	struct sembuf down = { 0, -1, 0 };
	int semid = make_set(1);
	struct semid_ds state = set_state(semid);
	struct peer *peer;

	state.sem_perm.mode = 0666;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
	peer = peer_start(&(struct peer){
		.call = peer_operate,
		.prepare = become_nobody,
		.msqid = semid,
		.buffer = &down,
		.size = 1,
	});
	CHECK_WAITS(peer);
	state.sem_perm.mode = 0600;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
	CHECK_WAITS(peer);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(peer, 0);
	remove_set(semid);
}

/* More operations than fit on the stack of a task. */
CASE(many_operations)
{
	struct sembuf ops[300];
	int semid = make_set(300);
	struct peer *peer;

	for (int i = 0; i < 300; i++)
		ops[i] = (struct sembuf){ i, -1, 0 };
	peer = operates(semid, ops, 300);
	for (int i = 0; i < 300; i++) {
		CHECK_COUNTS(semid, i, 1, 0);
		CHECK_OK(change(semid, i, 1, 0));
	}
	CHECK_ENDED(peer, 0);
	for (int i = 0; i < 300; i++)
		CHECK_INT(semctl(semid, i, GETVAL), 0);
	remove_set(semid);
}
