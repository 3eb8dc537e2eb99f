// SPDX-License-Identifier: MIT
/*
 * sets.c - each allocation and each copy of each call on semaphore sets fails
 * once: the right errno, and nothing changed or leaked
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>

#include "fault_inject.h"
#include "sets.h"
#include "test.h"

#define SEMS	300		/* more than are copied without memory */
#define VALUE	5

/* A call that succeeds, and what it leaves a semaphore of the set with. */
struct call {
	const char *name;
	long (*make)(int semid);
	unsigned int least;		/* places that can fail */
	int value;
};

static long operate(int semid)
{
	return change(semid, 0, 1, 0);
}

static long operate_with_undo(int semid)
{
	return change(semid, 0, 1, SEM_UNDO);
}

static long operate_often(int semid)
{
	struct sembuf ops[40] = { 0 };

	for (int i = 0; i < 40; i++)
		ops[i] = (struct sembuf){ 0, 1, SEM_UNDO };
	return semop(semid, ops, 40);
}

static long operate_with_limit(int semid)
{
	return semtimedop(semid, &(struct sembuf){ 0, -1, 0 }, 1,
			  &(struct timespec){ .tv_sec = 1 });
}

static long get_all(int semid)
{
	unsigned short values[SEMS];

	return semctl(semid, 0, GETALL, values);
}

static long set_all(int semid)
{
	unsigned short values[SEMS];

	for (int i = 0; i < SEMS; i++)
		values[i] = 9;
	return semctl(semid, 0, SETALL, values);
}

static long get_state(int semid)
{
	return semctl(semid, 0, IPC_STAT, &(struct semid_ds){ 0 });
}

static long set_state_again(int semid)
{
	struct semid_ds state = { .sem_perm.mode = 0600 };

	return semctl(semid, 0, IPC_SET, &state);
}

static long get_totals(int semid)
{
	(void)semid;
	return semctl(0, 0, SEM_INFO, &(struct seminfo){ 0 }) < 0 ? -1 : 0;
}

static const struct call calls[] = {
	{ "semop", operate, 0, VALUE + 1 },
	{ "semop with SEM_UNDO", operate_with_undo, 2, VALUE + 1 },
	{ "semop of 40", operate_often, 4, VALUE + 40 },
	{ "semtimedop", operate_with_limit, 0, VALUE - 1 },
	{ "GETALL", get_all, 1, VALUE },
	{ "SETALL", set_all, 1, 9 },
	{ "IPC_STAT", get_state, 1, VALUE },
	{ "IPC_SET", set_state_again, 1, VALUE },
	{ "SEM_INFO", get_totals, 1, VALUE },
};

static int make_it(void)
{
	int semid = make_set(SEMS);

	for (int i = 0; i < SEMS; i++)
		set_value(semid, i, VALUE);
	return semid;
}

/* The call fails at each of its places, and then does its work. */
static unsigned int inject_into(const struct call *call)
{
	unsigned int failed = 0;
	int semid = make_it();
	bool injected;
	long ret;
	int error;

	for (unsigned int nth = 1;; nth++) {
		inject_arm(nth);
		ret = call->make(semid);
		error = errno;
		injected = inject_disarm();
		if (!injected)
			break;
		if (ret < 0) {
			failed++;
			CHECK(error == ENOMEM || error == EFAULT);
			CHECK_INT(semctl(semid, 0, GETVAL), VALUE);
			CHECK_INT(semctl(semid, SEMS - 1, GETVAL), VALUE);
			continue;
		}
		/* A second way was found: begin anew. */
		remove_set(semid);
		semid = make_it();
	}
	if (ret < 0)
		FAIL("%s: expected success, got %s", call->name,
		     strerrorname_np(error));
	CHECK_INT(semctl(semid, 0, GETVAL), call->value);
	CHECK(failed >= call->least);
	printf("# %s: tried %u places\n", call->name, failed);
	remove_set(semid);
	return failed;
}

CASE_SECONDS(injected_faults, 60)
{
	DEVICE_ONLY();
	if (!inject_prepare(INJECT_SLABS))
		SKIP("this kernel has no fault injection");
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		inject_into(&calls[i]);
	fflush(stdout);
}

/* No set is made, and none counted, until all its memory is there. */
static void inject_into_get(int nsems)
{
	struct seminfo before, after;
	unsigned int failed = 0;
	bool injected;
	int semid, error;

	CHECK_OK(semctl(0, 0, SEM_INFO, &before));
	for (unsigned int nth = 1;; nth++) {
		inject_arm(nth);
		semid = semget(IPC_PRIVATE, nsems, 0600);
		error = errno;
		injected = inject_disarm();
		if (semid >= 0) {
			remove_set(semid);
		} else {
			failed++;
			CHECK(error == ENOMEM || error == EFAULT);
		}
		CHECK_OK(semctl(0, 0, SEM_INFO, &after));
		CHECK_INT(after.semusz, before.semusz);
		CHECK_INT(after.semaem, before.semaem);
		if (!injected)
			break;
	}
	CHECK(semid >= 0 && failed);
}

CASE_SECONDS(sets_that_are_not_made, 40)
{
	DEVICE_ONLY();
	if (!inject_prepare(INJECT_SLABS))
		SKIP("this kernel has no fault injection");
	inject_into_get(1);
	inject_into_get(32000);
}

CASE_SECONDS(nothing_leaked, 24)
{
	DEVICE_ONLY();
	leaks_check();
}
