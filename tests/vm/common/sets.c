// SPDX-License-Identifier: MIT
/*
 * sets.c - semaphore sets; see sets.h
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "sets.h"

int make_set(int nsems)
{
	return CHECK_OK(semget(IPC_PRIVATE, nsems, 0600));
}

void remove_set(int semid)
{
	CHECK_OK(semctl(semid, 0, IPC_RMID));
}

struct semid_ds set_state(int semid)
{
	struct semid_ds state;

	CHECK_OK(semctl(semid, 0, IPC_STAT, &state));
	return state;
}

void check_values(int semid, const unsigned short *values, size_t count,
		  const char *file, int line)
{
	size_t nsems = set_state(semid).sem_nsems;
	unsigned short *now = calloc(nsems, sizeof(*now));

	CHECK(now && nsems >= count);
	CHECK_OK(semctl(semid, 0, GETALL, now));
	for (size_t i = 0; i < count; i++)
		test_int(now[i], values[i], "a value", file, line);
	free(now);
}

void set_value(int semid, int number, int value)
{
	CHECK_OK(semctl(semid, number, SETVAL, value));
}

int change(int semid, int number, int by, int flags)
{
	return semop(semid, &(struct sembuf){ number, by, flags | IPC_NOWAIT }, 1);
}

long peer_operate(struct peer *peer)
{
	return semop(peer->msqid, peer->buffer, peer->size);
}

struct peer *operates(int semid, struct sembuf *ops, size_t count)
{
	struct peer *peer = peer_start(&(struct peer){
		.call = peer_operate,
		.msqid = semid,
		.buffer = ops,
		.size = count,
	});

	CHECK_WAITS(peer);
	return peer;
}
