// SPDX-License-Identifier: MIT
/*
 * files.c - the limits of semaphores and the list of sets, as files
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sets.h"
#include "test.h"

#define USUAL	"32000 1024000000 500 32000"

static int written(const char *text)
{
	char path[64];
	int fd, error;

	limit_path("sem", path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	error = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return error;
}

/* The four numbers are as given. */
static void check_limits(int semmsl, int semmns, int semopm, int semmni)
{
	int numbers[4];
	char path[64];
	FILE *file;

	limit_path("sem", path, sizeof(path));
	file = fopen(path, "re");
	CHECK(file);
	CHECK_INT(fscanf(file, "%d %d %d %d", &numbers[0], &numbers[1],
			 &numbers[2], &numbers[3]), 4);
	fclose(file);
	CHECK_INT(numbers[0], semmsl);
	CHECK_INT(numbers[1], semmns);
	CHECK_INT(numbers[2], semopm);
	CHECK_INT(numbers[3], semmni);
}

CASE(four_numbers)
{
	struct seminfo info;

	CHECK_INT(written("10 1000 20 30"), 0);
	check_limits(10, 1000, 20, 30);
	CHECK_OK(semctl(0, 0, IPC_INFO, &info));
	CHECK_INT(info.semmsl, 10);
	CHECK_INT(info.semmns, 1000);
	CHECK_INT(info.semopm, 20);
	CHECK_INT(info.semmni, 30);
	/* Fewer are set from the first. */
	CHECK_INT(written("11 1001\n"), 0);
	check_limits(11, 1001, 20, 30);
	CHECK_INT(written(USUAL), 0);
}

CASE(wrong_numbers_change_nothing)
{
	DEVICE_ONLY();
	CHECK_INT(written(USUAL), 0);
	CHECK_INT(written("1 2 3 32769"), EINVAL);
	CHECK_INT(written("1 2 3 -1"), EINVAL);
	CHECK_INT(written("1 -2"), EINVAL);
	CHECK_INT(written("1 2 x 4"), EINVAL);
	CHECK_INT(written("1 2147483648"), EINVAL);
	check_limits(32000, 1024000000, 500, 32000);
	CHECK_INT(written("0 0 0 0"), 0);
	CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), EINVAL);
	CHECK_INT(written("2147483647 2147483647 2147483647 32768"), 0);
	check_limits(INT_MAX, INT_MAX, INT_MAX, 32768);
}

CASE(root_alone_writes)
{
	struct stat file;
	char path[64];

	limit_path("sem", path, sizeof(path));
	CHECK_OK(stat(path, &file));
	CHECK_INT(file.st_mode & 0777, 0644);
	AS(&nobody)
		CHECK_INT(written("7"), EACCES);
	check_limits(32000, 1024000000, 500, 32000);
}

/* The line of a set, and the heading. */
static bool find_line(int semid, char *line, size_t size)
{
	char heading[200];
	FILE *file = fopen(on_device() ? "/proc/msgq-sem" : "/proc/sysvipc/sem",
			   "re");
	int key, id;
	bool found = false;

	CHECK(file && fgets(heading, sizeof(heading), file));
	CHECK(!strcmp(heading, "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n"));
	while (!found && fgets(line, size, file))
		found = sscanf(line, "%d %d", &key, &id) == 2 && id == semid;
	fclose(file);
	return found;
}

CASE(list_of_sets)
{
	int semid = CHECK_OK(semget(0x73656d77, 12, IPC_CREAT | 0640));
	struct semid_ds state = set_state(semid);
	char line[200], expected[200];

	snprintf(expected, sizeof(expected),
		 "%10d %10d  %4o %10u %5u %5u %5u %5u %10llu %10llu\n",
		 0x73656d77, semid, 0640, 12, 0, 0, 0, 0, 0ULL,
		 (unsigned long long)state.sem_ctime);
	CHECK(find_line(semid, line, sizeof(line)));
	CHECK(!strcmp(line, expected));

	CHECK_OK(change(semid, 3, 1, 0));
	state.sem_perm.uid = 70;
	state.sem_perm.gid = 71;
	state.sem_perm.mode = 0604;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
	state = set_state(semid);
	snprintf(expected, sizeof(expected),
		 "%10d %10d  %4o %10u %5u %5u %5u %5u %10llu %10llu\n",
		 0x73656d77, semid, 0604, 12, 70, 71, 0, 0,
		 (unsigned long long)state.sem_otime,
		 (unsigned long long)state.sem_ctime);
	AS(&nobody) {
		CHECK(find_line(semid, line, sizeof(line)));
		CHECK(!strcmp(line, expected));
	}
	remove_set(semid);
	CHECK(!find_line(semid, line, sizeof(line)));
}

/* The identifier of the next set can be asked for. */
CASE(next_identifier)
{
	char path[64];
	int semid, wanted;

	limit_path("sem_next_id", path, sizeof(path));
	if (access(path, F_OK))
		SKIP("this kernel has no sem_next_id");
	semid = make_set(1);
	wanted = semid + (5 << 15) + 3;
	limit_set("sem_next_id", wanted);
	remove_set(semid);
	semid = make_set(1);
	CHECK_INT(semid, wanted);
	CHECK_INT(limit_get("sem_next_id"), -1);
	remove_set(semid);
}
