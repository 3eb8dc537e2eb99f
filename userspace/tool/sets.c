// SPDX-License-Identifier: MIT
/*
 * sets.c - semaphore sets as the module describes them
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "objects.h"

union semun {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

bool read_set(int device, int index, struct object *set)
{
	union semun arg = { .buf = &set->sem };

	set->id = msgq_semctl(device, index, 0, SEM_STAT_ANY, arg);
	if (set->id == -1)
		return false;
	set->perm = set->sem.sem_perm;
	set->last = set->sem.sem_ctime > set->sem.sem_otime ?
		set->sem.sem_ctime : set->sem.sem_otime;
	set->semstate.semid = set->id;
	set->has_state = !msgq_semstate(device, &set->semstate);
	set->has_counts = set->has_state;
	set->counts[0] = set->semstate.operations;
	set->counts[1] = set->semstate.waits;
	return true;
}

int read_set_limits(int device, struct seminfo *info)
{
	union semun arg = { .info = info };

	return msgq_semctl(device, 0, 0, SEM_INFO, arg);
}

int highest_set(int device)
{
	struct seminfo info;

	return read_set_limits(device, &info);
}

int remove_set(int device, int semid)
{
	return msgq_semctl(device, semid, 0, IPC_RMID);
}

void set_contents(const struct objects *sets, char *to, size_t size)
{
	unsigned long long sum = 0;

	for (size_t i = 0; i < sets->count; i++)
		sum += sets->list[i].sem.sem_nsems;
	snprintf(to, size, "%llu semaphores", sum);
}

int read_values(int device, const struct object *set, unsigned short *values)
{
	union semun arg = { .array = values };

	return msgq_semctl(device, set->id, 0, GETALL, arg);
}

int write_set(int device, struct object *set)
{
	union semun arg = { .buf = &set->sem };

	return msgq_semctl(device, set->id, 0, IPC_SET, arg);
}

int write_values(int device, const struct object *set, unsigned short value)
{
	unsigned short *values = calloc(set->sem.sem_nsems, sizeof(*values));
	union semun arg = { .array = values };
	int ret;

	if (!values)
		return -1;
	for (size_t i = 0; i < set->sem.sem_nsems; i++)
		values[i] = value;
	ret = msgq_semctl(device, set->id, 0, SETALL, arg);
	free(values);
	return ret;
}

int write_value(int device, int semid, int number, unsigned short value)
{
	union semun arg = { .val = value };

	return msgq_semctl(device, semid, number, SETVAL, arg);
}

int read_semaphore(int device, int semid, unsigned int number, int cmd)
{
	return msgq_semctl(device, semid, (int)number, cmd);
}

static double semaphores(const struct object *set)
{
	return (double)set->sem.sem_nsems;
}

static double waiting(const struct object *set)
{
	return set->has_state ? (double)set->semstate.waiting : -1;
}

static double operations(const struct object *set)
{
	return set->has_state ? (double)set->semstate.operations : -1;
}

const struct column set_columns[] = {
	{ "key", 10, 5, .left = true, .text = key_text, .order = key_order },
	{ "semid", 10, 1, .left = true, .text = id_text, .order = id_order },
	{ "owner", 8, 7, .left = true, .text = owner_text },
	{ "perms", .left = true, .text = perms_text, .order = perms_order },
	{ "sems", 5, 6, .number = semaphores },
	{ "ops/s", 7, 3, .rate = true, .number = first_rate },
	{ "waits/s", 7, 4, .rate = true, .number = second_rate },
	{ "waiting", 7, 2, .number = waiting },
	{ "ops", .number = operations },
	{ "last", .text = last_text, .order = last_order },
	{ .name = NULL },
};
