/* SPDX-License-Identifier: MIT */
/*
 * sets.h - semaphore sets, and other processes that operate on them
 */
#ifndef SETS_H
#define SETS_H

#include <sys/sem.h>

#include "peer.h"

/* A new private set of mode 0600, and its end. */
int make_set(int nsems);
void remove_set(int semid);

/* The state of a set, and its values, read as root. */
struct semid_ds set_state(int semid);

#define CHECK_VALUES(semid, ...)					\
	check_values((semid), (const unsigned short[]){ __VA_ARGS__ },	\
		     sizeof((unsigned short[]){ __VA_ARGS__ }) / 2,	\
		     __FILE__, __LINE__)

void check_values(int semid, const unsigned short *values, size_t count,
		  const char *file, int line);

/* Set one value; operate on one semaphore, without waiting. */
void set_value(int semid, int number, int value);
int change(int semid, int number, int by, int flags);

/* Operate by OPS({ 0, -1, 0 }, { 1, 1, 0 }): the operations and their number. */
#define OPS(...)							\
	(struct sembuf[]){ __VA_ARGS__ },				\
		sizeof((struct sembuf[]){ __VA_ARGS__ }) / sizeof(struct sembuf)

/* The call of a peer that operates on a set: buffer holds size operations. */
long peer_operate(struct peer *peer);

/* Such a peer, asleep in its call. */
struct peer *operates(int semid, struct sembuf *ops, size_t count);

/* GETNCNT and GETZCNT of a semaphore. */
#define CHECK_COUNTS(semid, number, more, zero) do {			\
	CHECK_INT(semctl((semid), (number), GETNCNT), (more));		\
	CHECK_INT(semctl((semid), (number), GETZCNT), (zero));		\
} while (0)

#endif /* SETS_H */
