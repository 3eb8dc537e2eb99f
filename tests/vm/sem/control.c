// SPDX-License-Identifier: MIT
/*
 * control.c - semctl: values, states, limits, and their errors
 */
#define _GNU_SOURCE
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "sets.h"
#include "test.h"

static void set_mode_of(int semid, unsigned int mode)
{
	struct semid_ds state = set_state(semid);

	state.sem_perm.mode = mode;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
}

CASE(sets_and_gets_a_value)
{
	int semid = make_set(2);

	set_value(semid, 1, 77);
	CHECK_INT(semctl(semid, 1, GETVAL), 77);
	CHECK_INT(semctl(semid, 0, GETVAL), 0);
	CHECK_INT(semctl(semid, 1, GETPID), getpid());
	CHECK_INT(semctl(semid, 0, GETPID), 0);
	set_value(semid, 0, SHRT_MAX);
	CHECK_ERR(semctl(semid, 0, SETVAL, SHRT_MAX + 1), ERANGE);
	CHECK_ERR(semctl(semid, 0, SETVAL, -1), ERANGE);
	CHECK_ERR(semctl(semid, 0, SETVAL, INT_MIN), ERANGE);
	CHECK_VALUES(semid, SHRT_MAX, 77);
	remove_set(semid);
}

CASE(sets_and_gets_all_values)
{
	unsigned short values[3] = { 1, 2, SHRT_MAX };
	int semid = make_set(3);

	CHECK_OK(semctl(semid, 77, SETALL, values));
	CHECK_VALUES(semid, 1, 2, SHRT_MAX);
	for (int i = 0; i < 3; i++)
		CHECK_INT(semctl(semid, i, GETPID), getpid());
	values[2]++;
	CHECK_ERR(semctl(semid, 0, SETALL, values), ERANGE);
	values[1] = USHRT_MAX;
	CHECK_ERR(semctl(semid, 0, SETALL, values), ERANGE);
	CHECK_VALUES(semid, 1, 2, SHRT_MAX);
	CHECK_ERR(semctl(semid, 0, GETALL, guarded(5)), EFAULT);
	CHECK_ERR(semctl(semid, 0, SETALL, guarded(5)), EFAULT);
	CHECK_ERR(semctl(semid, 0, SETALL, NULL), EFAULT);
	CHECK_OK(semctl(semid, -1, GETALL, guarded(6)));
	remove_set(semid);
}

/* The values of a large set need memory. */
CASE(all_values_of_a_large_set)
{
	unsigned short values[300];
	int semid = make_set(300);

	for (int i = 0; i < 300; i++)
		values[i] = i;
	CHECK_OK(semctl(semid, 0, SETALL, values));
	memset(values, 0, sizeof(values));
	CHECK_OK(semctl(semid, 0, GETALL, values));
	for (int i = 0; i < 300; i++)
		CHECK_INT(values[i], i);
	CHECK_ERR(semctl(semid, 0, GETALL, guarded(599)), EFAULT);
	CHECK_ERR(semctl(semid, 0, SETALL, guarded(599)), EFAULT);
	remove_set(semid);
}

CASE(number_outside_the_set)
{
	static const int commands[] = { GETVAL, GETPID, GETNCNT, GETZCNT };
	int semid = make_set(2);

	for (int i = 0; i < 4; i++) {
		CHECK_ERR(semctl(semid, 2, commands[i]), EINVAL);
		CHECK_ERR(semctl(semid, -1, commands[i]), EINVAL);
		CHECK_ERR(semctl(semid, INT_MAX, commands[i]), EINVAL);
	}
	CHECK_ERR(semctl(semid, 2, SETVAL, 1), EINVAL);
	CHECK_ERR(semctl(semid, -1, SETVAL, 1), EINVAL);
	CHECK_ERR(semctl(semid, 2, SETVAL, -1), ERANGE);
	remove_set(semid);
}

CASE(unknown_identifier)
{
	static const int commands[] = { GETVAL, GETPID, GETNCNT, GETZCNT,
					IPC_RMID };
	unsigned short values[1] = { 0 };
	struct semid_ds state = { 0 };
	int semid = make_set(1);

	remove_set(semid);
	for (int i = 0; i < 5; i++) {
		CHECK_ERR(semctl(semid, 0, commands[i]), EINVAL);
		CHECK_ERR(semctl(-1, 0, commands[i]), EINVAL);
	}
	CHECK_ERR(semctl(semid, 0, SETVAL, 0), EINVAL);
	CHECK_ERR(semctl(semid, 0, SETVAL, -1), ERANGE);
	CHECK_ERR(semctl(semid, 0, GETALL, values), EINVAL);
	CHECK_ERR(semctl(semid, 0, SETALL, values), EINVAL);
	CHECK_ERR(semctl(semid, 0, IPC_STAT, &state), EINVAL);
	CHECK_ERR(semctl(semid, 0, IPC_SET, &state), EINVAL);
	CHECK_ERR(semctl(-1, 0, IPC_INFO, &state), EINVAL);
	CHECK_ERR(semctl(0, 0, 999), EINVAL);
}

CASE(permission_to_read)
{
	const struct identity other = { .uid = 70, .gid = 71 };
	unsigned short values[1] = { 0 };
	int semid = make_set(1);
	struct semid_ds state;

	set_mode_of(semid, 0602);
	AS(&other) {
		CHECK_ERR(semctl(semid, 0, GETVAL), EACCES);
		CHECK_ERR(semctl(semid, 5, GETVAL), EACCES);
		CHECK_ERR(semctl(semid, 0, GETPID), EACCES);
		CHECK_ERR(semctl(semid, 0, GETNCNT), EACCES);
		CHECK_ERR(semctl(semid, 0, GETZCNT), EACCES);
		CHECK_ERR(semctl(semid, 0, GETALL, values), EACCES);
		CHECK_ERR(semctl(semid, 0, IPC_STAT, &state), EACCES);
		CHECK_OK(semctl(semid, 0, SETVAL, 1));
		CHECK_OK(semctl(semid, 0, SETALL, values));
	}
	remove_set(semid);
}

CASE(permission_to_change)
{
	const struct identity other = { .uid = 70, .gid = 71 };
	unsigned short values[1] = { 0 };
	int semid = make_set(1);
	struct semid_ds state;

	set_mode_of(semid, 0604);
	AS(&other) {
		CHECK_ERR(semctl(semid, 0, SETVAL, 1), EACCES);
		CHECK_ERR(semctl(semid, 5, SETVAL, 1), EINVAL);
		CHECK_ERR(semctl(semid, 0, SETALL, values), EACCES);
		CHECK_ERR(semctl(semid, 0, SETALL, NULL), EACCES);
		CHECK_OK(semctl(semid, 0, IPC_STAT, &state));
		CHECK_ERR(semctl(semid, 0, IPC_SET, &state), EPERM);
		CHECK_ERR(semctl(semid, 0, IPC_RMID), EPERM);
		CHECK_OK(semctl(semid, 0, GETVAL));
	}
	remove_set(semid);
}

CASE(changes_owner_and_mode)
{
	const struct identity owner = { .uid = 70, .gid = 71 };
	int semid = make_set(1);
	struct semid_ds state = set_state(semid), now;

	state.sem_perm.uid = 70;
	state.sem_perm.gid = 71;
	state.sem_perm.mode = 07640;
	state.sem_nsems = 99;
	state.sem_otime = 99;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
	now = set_state(semid);
	CHECK_INT(now.sem_perm.uid, 70);
	CHECK_INT(now.sem_perm.gid, 71);
	CHECK_INT(now.sem_perm.cuid, 0);
	CHECK_INT(now.sem_perm.mode, 0640);
	CHECK_INT(now.sem_nsems, 1);
	CHECK_INT(now.sem_otime, 0);
	AS(&owner) {
		CHECK_OK(change(semid, 0, 1, 0));
		CHECK_OK(semctl(semid, 0, IPC_RMID));
	}
	CHECK_ERR(semctl(semid, 0, GETVAL), EINVAL);
}

CASE(state_by_index)
{
	const struct identity other = { .uid = 70, .gid = 71 };
	struct semid_ds state;
	struct seminfo info;
	int semid = make_set(4), highest, found = -1;

	highest = CHECK_OK(semctl(0, 0, SEM_INFO, &info));
	for (int i = 0; i <= highest; i++)
		if (semctl(i, 0, SEM_STAT, &state) == semid)
			found = i;
	CHECK(found >= 0);
	CHECK_INT(semctl(found, 0, SEM_STAT, &state), semid);
	CHECK_INT(state.sem_nsems, 4);
	CHECK_INT(semctl(found, 0, SEM_STAT_ANY, &state), semid);
	CHECK_ERR(semctl(32767, 0, SEM_STAT, &state), EINVAL);
	AS(&other) {
		CHECK_ERR(semctl(found, 0, SEM_STAT, &state), EACCES);
		CHECK_INT(semctl(found, 0, SEM_STAT_ANY, &state), semid);
	}
	if (!libc_copies_structs()) {
		CHECK_ERR(semctl(semid, 0, IPC_STAT, NULL), EFAULT);
		CHECK_ERR(semctl(semid, 0, IPC_SET, NULL), EFAULT);
	}
	remove_set(semid);
}

CASE(limits_and_totals)
{
	struct seminfo before, after, limits;
	int semid;

	CHECK_OK(semctl(0, 0, IPC_INFO, &limits));
	CHECK_INT(limits.semmsl, 32000);
	CHECK_INT(limits.semmns, 1024000000);
	CHECK_INT(limits.semopm, 500);
	CHECK_INT(limits.semmni, 32000);
	CHECK_INT(limits.semvmx, SHRT_MAX);
	CHECK_INT(limits.semaem, SHRT_MAX);
	CHECK_INT(limits.semmnu, 1024000000);
	CHECK_INT(limits.semmap, 1024000000);
	CHECK_INT(limits.semume, 500);
	CHECK_INT(limits.semusz, 20);

	CHECK_OK(semctl(0, 0, SEM_INFO, &before));
	semid = make_set(7);
	CHECK_OK(semctl(0, 0, SEM_INFO, &after));
	CHECK_INT(after.semusz, before.semusz + 1);
	CHECK_INT(after.semaem, before.semaem + 7);
	CHECK_ERR(semctl(0, 0, IPC_INFO, NULL), EFAULT);
	remove_set(semid);
	CHECK_OK(semctl(0, 0, SEM_INFO, &after));
	CHECK_INT(after.semaem, before.semaem);
}
