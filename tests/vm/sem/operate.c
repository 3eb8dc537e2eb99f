// SPDX-License-Identifier: MIT
/*
 * operate.c - semop that does not wait: what operations do, and their errors
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "sets.h"
#include "test.h"

CASE(adds_and_subtracts)
{
	int semid = make_set(2);

	CHECK_OK(change(semid, 0, 5, 0));
	CHECK_OK(change(semid, 1, 2, 0));
	CHECK_VALUES(semid, 5, 2);
	CHECK_OK(change(semid, 0, -5, 0));
	CHECK_OK(change(semid, 1, -1, 0));
	CHECK_VALUES(semid, 0, 1);
	CHECK_OK(change(semid, 0, 0, 0));
	remove_set(semid);
}

CASE(would_wait)
{
	int semid = make_set(1);

	CHECK_ERR(change(semid, 0, -1, 0), EAGAIN);
	CHECK_OK(change(semid, 0, 3, 0));
	CHECK_ERR(change(semid, 0, -4, 0), EAGAIN);
	CHECK_ERR(change(semid, 0, SHRT_MIN, 0), EAGAIN);
	CHECK_ERR(change(semid, 0, 0, 0), EAGAIN);
	CHECK_VALUES(semid, 3);
	remove_set(semid);
}

CASE(all_or_none)
{
	int semid = make_set(3);

	CHECK_OK(semop(semid, OPS({ 0, 4, 0 }, { 1, 1, 0 })));
	CHECK_VALUES(semid, 4, 1, 0);
	CHECK_ERR(semop(semid, OPS({ 0, -1, 0 }, { 1, -1, 0 },
				   { 2, -1, IPC_NOWAIT })), EAGAIN);
	CHECK_VALUES(semid, 4, 1, 0);
	CHECK_ERR(semop(semid, OPS({ 0, 1, 0 }, { 1, 0, IPC_NOWAIT })),
		  EAGAIN);
	CHECK_VALUES(semid, 4, 1, 0);
	CHECK_OK(semop(semid, OPS({ 0, -4, 0 }, { 1, -1, 0 }, { 2, 7, 0 })));
	CHECK_VALUES(semid, 0, 0, 7);
	remove_set(semid);
}

CASE(one_after_the_other)
{
	int semid = make_set(1);

	/* Each sees what those before it have done. */
	CHECK_OK(semop(semid, OPS({ 0, 0, 0 }, { 0, 2, 0 }, { 0, -1, 0 },
				  { 0, 3, 0 })));
	CHECK_VALUES(semid, 4);
	CHECK_OK(semop(semid, OPS({ 0, -4, 0 }, { 0, 0, 0 }, { 0, 1, 0 })));
	CHECK_VALUES(semid, 1);
	CHECK_ERR(semop(semid, OPS({ 0, 1, 0 }, { 0, -3, IPC_NOWAIT })),
		  EAGAIN);
	CHECK_VALUES(semid, 1);
	remove_set(semid);
}

CASE(too_large)
{
	int semid = make_set(2);

	CHECK_OK(change(semid, 0, SHRT_MAX, 0));
	CHECK_ERR(change(semid, 0, 1, 0), ERANGE);
	CHECK_VALUES(semid, SHRT_MAX);
	CHECK_ERR(semop(semid, OPS({ 1, 1, 0 }, { 0, 1, 0 })), ERANGE);
	CHECK_VALUES(semid, SHRT_MAX, 0);
	/* What is added and taken again in one call is too large for a moment. */
	CHECK_ERR(semop(semid, OPS({ 0, 1, 0 }, { 0, -1, 0 })), ERANGE);
	CHECK_OK(semop(semid, OPS({ 0, -1, 0 }, { 0, 1, 0 })));
	remove_set(semid);
}

CASE(wrong_arguments)
{
	struct sembuf op = { 0, 1, 0 };
	int semid = make_set(2);

	CHECK_ERR(semop(semid, &op, 0), EINVAL);
	CHECK_ERR(semop(-1, &op, 1), EINVAL);
	CHECK_ERR(semop(semid + 1, &op, 1), EINVAL);
	CHECK_ERR(semop(semid, NULL, 1), EFAULT);
	CHECK_ERR(semop(semid, guarded(5), 1), EFAULT);
	CHECK_ERR(semop(semid, guarded(6 * 20 - 1), 20), EFAULT);
	CHECK_ERR(change(semid, 2, 1, 0), EFBIG);
	CHECK_ERR(semop(semid, OPS({ 0, 1, 0 }, { USHRT_MAX, 1, 0 })), EFBIG);
	CHECK_VALUES(semid, 0, 0);
	remove_set(semid);
}

CASE(most_operations_of_a_call)
{
	struct sembuf ops[501] = { 0 };
	int semid = make_set(1);

	for (int i = 0; i < 501; i++)
		ops[i].sem_op = 1;
	CHECK_OK(semop(semid, ops, 500));
	CHECK_VALUES(semid, 500);
	CHECK_ERR(semop(semid, ops, 501), E2BIG);
	CHECK_ERR(semop(semid, ops, UINT_MAX), E2BIG);
	CHECK_OK(semop(semid, ops, 9));
	CHECK_OK(semop(semid, ops, 8));
	CHECK_VALUES(semid, 517);
	remove_set(semid);
}

CASE(permission)
{
	const struct identity other = { .uid = 70, .gid = 71 };
	int semid = make_set(2);
	struct semid_ds state = set_state(semid);

	state.sem_perm.mode = 0604;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
	AS(&other) {
		CHECK_OK(change(semid, 0, 0, 0));
		CHECK_ERR(change(semid, 0, 1, 0), EACCES);
		CHECK_ERR(semop(semid, OPS({ 0, 0, 0 }, { 1, 1, 0 })), EACCES);
		/* A semaphore that there is not comes first. */
		CHECK_ERR(change(semid, 2, 1, 0), EFBIG);
	}
	state.sem_perm.mode = 0602;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
	AS(&other) {
		CHECK_ERR(change(semid, 0, 0, 0), EACCES);
		CHECK_OK(change(semid, 0, 1, 0));
		/* One that changes is enough for all. */
		CHECK_OK(semop(semid, OPS({ 1, 0, 0 }, { 0, 1, 0 })));
	}
	CHECK_VALUES(semid, 2, 0);
	remove_set(semid);
}

CASE(process_and_time)
{
	int semid = make_set(3);
	time_t before, ctime = set_state(semid).sem_ctime;

	CHECK_INT(set_state(semid).sem_otime, 0);
	CHECK_ERR(change(semid, 0, -1, 0), EAGAIN);
	CHECK_INT(set_state(semid).sem_otime, 0);
	CHECK_INT(semctl(semid, 0, GETPID), 0);

	before = time(NULL);
	/* Also of those that are only waited for. */
	CHECK_OK(semop(semid, OPS({ 0, 1, 0 }, { 1, 0, 0 })));
	CHECK(set_state(semid).sem_otime >= before);
	CHECK_INT(set_state(semid).sem_ctime, ctime);
	CHECK_INT(semctl(semid, 0, GETPID), getpid());
	CHECK_INT(semctl(semid, 1, GETPID), getpid());
	CHECK_INT(semctl(semid, 2, GETPID), 0);
	AS(NULL)
		CHECK_OK(change(semid, 1, 0, 0));
	CHECK(semctl(semid, 1, GETPID) != getpid());
	remove_set(semid);
}

CASE(time_that_is_none)
{
	const struct timespec none[] = {
		{ 0, -1 }, { 0, 1000000000 }, { -1, 0 },
	};
	struct sembuf up = { 0, 1, 0 };
	int semid = make_set(1);

	for (int i = 0; i < 3; i++)
		CHECK_ERR(semtimedop(semid, &up, 1, &none[i]), EINVAL);
	/* Else it reads the time, too. */
	if (!libc_copies_structs())
		CHECK_ERR(semtimedop(semid, &up, 1, guarded(4)), EFAULT);
	CHECK_VALUES(semid, 0);
	CHECK_OK(semtimedop(semid, &up, 1, NULL));
	CHECK_OK(semtimedop(semid, &up, 1, &(struct timespec){ 0 }));
	CHECK_OK(semtimedop(semid, &up, 1, &(struct timespec){
				.tv_sec = LONG_MAX, .tv_nsec = 999999999 }));
	CHECK_VALUES(semid, 3);
	remove_set(semid);
}
