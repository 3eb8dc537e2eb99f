// SPDX-License-Identifier: MIT
/*
 * get.c - semget: which set a key names, and the set that it makes
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <unistd.h>

#include "sets.h"
#include "test.h"

#define KEY	0x73656d01

static void set_limits(int semmsl, int semmns, int semopm, int semmni)
{
	char path[64], text[64];

	limit_path("sem", path, sizeof(path));
	snprintf(text, sizeof(text), "%d %d %d %d", semmsl, semmns, semopm, semmni);
	write_text(path, text);
}

CASE(private_is_always_new)
{
	int first = CHECK_OK(semget(IPC_PRIVATE, 1, 0));
	int second = CHECK_OK(semget(IPC_PRIVATE, 1, IPC_CREAT | IPC_EXCL));

	CHECK(first >= 0 && second >= 0 && first != second);
	CHECK_INT(set_state(first).sem_perm.__key, IPC_PRIVATE);
	remove_set(first);
	remove_set(second);
}

CASE(unknown_key_without_create)
{
	CHECK_ERR(semget(KEY, 1, 0), ENOENT);
	CHECK_ERR(semget(KEY, 0, 0666), ENOENT);
	CHECK_ERR(semget(KEY, 1, IPC_EXCL | 0666), ENOENT);
}

CASE(create_makes_semaphores_of_0)
{
	time_t before = time(NULL);
	int semid = CHECK_OK(semget(KEY, 3, IPC_CREAT | 0640));
	time_t after = time(NULL);
	struct semid_ds state = set_state(semid);

	CHECK_INT(state.sem_perm.__key, KEY);
	CHECK_INT(state.sem_perm.mode, 0640);
	CHECK_INT(state.sem_perm.uid, 0);
	CHECK_INT(state.sem_perm.cgid, 0);
	CHECK_INT(state.sem_nsems, 3);
	CHECK_INT(state.sem_otime, 0);
	CHECK(state.sem_ctime >= before && state.sem_ctime <= after);
	CHECK_VALUES(semid, 0, 0, 0);
	for (int i = 0; i < 3; i++) {
		CHECK_INT(semctl(semid, i, GETPID), 0);
		CHECK_COUNTS(semid, i, 0, 0);
	}
	remove_set(semid);
}

CASE(owner_is_the_effective_one)
{
	struct semid_ds state;
	int semid;

	AS(NULL) {
		CHECK_OK(setresgid(11, 12, 13));
		CHECK_OK(setresuid(21, 22, 23));
		CHECK_OK(semget(KEY, 1, IPC_CREAT | 0600));
	}
	semid = CHECK_OK(semget(KEY, 0, 0));
	state = set_state(semid);
	CHECK_INT(state.sem_perm.uid, 22);
	CHECK_INT(state.sem_perm.cuid, 22);
	CHECK_INT(state.sem_perm.gid, 12);
	CHECK_INT(state.sem_perm.cgid, 12);
	remove_set(semid);
}

CASE(number_of_semaphores)
{
	int semid;

	CHECK_ERR(semget(KEY, 0, IPC_CREAT | 0600), EINVAL);
	CHECK_ERR(semget(KEY, -1, IPC_CREAT | 0600), EINVAL);
	CHECK_ERR(semget(IPC_PRIVATE, 0, 0600), EINVAL);
	semid = CHECK_OK(semget(KEY, 5, IPC_CREAT | 0600));
	CHECK_INT(semget(KEY, 0, 0), semid);
	CHECK_INT(semget(KEY, 4, 0), semid);
	CHECK_INT(semget(KEY, 5, IPC_CREAT), semid);
	CHECK_ERR(semget(KEY, 6, 0), EINVAL);
	CHECK_ERR(semget(KEY, 6, IPC_CREAT | 0600), EINVAL);
	CHECK_ERR(semget(KEY, -1, 0), EINVAL);
	CHECK_ERR(semget(KEY, 6, IPC_CREAT | IPC_EXCL), EEXIST);
	remove_set(semid);
}

CASE(permission_of_all_triads)
{
	const struct identity other = { .uid = 70, .gid = 71 };
	int semid = CHECK_OK(semget(KEY, 2, IPC_CREAT | 0604));

	AS(&other) {
		CHECK_INT(semget(KEY, 1, 0), semid);
		CHECK_INT(semget(KEY, 1, 0004), semid);
		CHECK_INT(semget(KEY, 1, 0400), semid);
		CHECK_ERR(semget(KEY, 1, 0002), EACCES);
		CHECK_ERR(semget(KEY, 1, 0600), EACCES);
		/* That it has fewer comes first. */
		CHECK_ERR(semget(KEY, 3, 0600), EINVAL);
	}
	remove_set(semid);
}

CASE(most_semaphores_of_a_set)
{
	int semid;

	set_limits(10, 1000, 500, 100);
	CHECK_ERR(semget(IPC_PRIVATE, 11, 0600), EINVAL);
	semid = CHECK_OK(semget(KEY, 10, IPC_CREAT | 0600));
	set_limits(5, 1000, 500, 100);
	CHECK_ERR(semget(KEY, 6, 0), EINVAL);
	CHECK_INT(semget(KEY, 5, 0), semid);
	remove_set(semid);
}

CASE(most_semaphores_of_all_sets)
{
	struct seminfo info;
	int used, first, second;

	CHECK_OK(semctl(0, 0, SEM_INFO, &info));
	used = info.semaem;
	set_limits(100, used + 10, 500, 100);
	first = make_set(6);
	CHECK_ERR(semget(IPC_PRIVATE, 5, 0600), ENOSPC);
	second = make_set(4);
	CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
	remove_set(first);
	CHECK_ERR(semget(IPC_PRIVATE, 7, 0600), ENOSPC);
	first = make_set(6);
	/* The limit is below what is in use. */
	set_limits(100, used + 5, 500, 100);
	CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
	remove_set(first);
	first = make_set(1);
	remove_set(first);
	remove_set(second);
}

CASE(most_sets)
{
	struct seminfo info;
	int first, second;

	CHECK_OK(semctl(0, 0, SEM_INFO, &info));
	set_limits(100, 1000, 500, info.semusz + 2);
	first = make_set(1);
	second = CHECK_OK(semget(KEY, 1, IPC_CREAT | 0600));
	CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
	CHECK_INT(semget(KEY, 1, IPC_CREAT | 0600), second);
	remove_set(first);
	first = make_set(1);
	remove_set(first);
	remove_set(second);
}

CASE(identifiers_are_used_again_late)
{
	int first = make_set(1);
	int again;

	remove_set(first);
	for (int i = 0; i < 100; i++) {
		again = make_set(1);
		CHECK(again != first);
		remove_set(again);
	}
	CHECK_ERR(semctl(first, 0, GETVAL), EINVAL);
}

/* As many as Linux has: the memory is that of a large allocation. */
CASE_SECONDS(the_largest_set, 30)
{
	static unsigned short values[32000];
	int semid = make_set(32000);

	for (int i = 0; i < 32000; i++)
		values[i] = i;
	CHECK_OK(semctl(semid, 0, SETALL, values));
	for (int i = 0; i < 32000; i++)
		values[i] = 0;
	CHECK_OK(semctl(semid, 0, GETALL, values));
	for (int i = 0; i < 32000; i++)
		CHECK_INT(values[i], i);
	CHECK_OK(change(semid, 31999, 1, SEM_UNDO));
	CHECK_INT(semctl(semid, 31999, GETVAL), 32000);
	CHECK_ERR(change(semid, 32000, 1, 0), EFBIG);
	CHECK_ERR(semctl(semid, 32000, GETVAL), EINVAL);
	remove_set(semid);
}
