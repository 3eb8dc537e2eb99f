// SPDX-License-Identifier: MIT
/*
 * diff_sets.c - the kernel's own semaphore sets and the device's; see
 * diff_sets.h
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "diff_sets.h"
#include "test.h"

#define USUAL_LIMITS	"32000 1024000000 500 32000"

static const char *const files[] = { "/proc/sys/kernel/sem",
				     "/proc/sys/msgq/sem" };
static char limits_before[SETS_SIDES][64];

static int kernel_semop(int semid, struct sembuf *ops, unsigned int count)
{
#ifdef SYS_semop
	return syscall(SYS_semop, semid, ops, count);
#else
	return syscall(SYS_semtimedop_time64, semid, ops, count, NULL);
#endif
}

static struct sets_answer answer_of(int ret)
{
	return (struct sets_answer){ ret, ret == -1 ? errno : 0 };
}

struct sets_answer sets_get(enum sets_side side, key_t key, int nsems,
			    int flags)
{
	return answer_of(side == SETS_KERNEL ?
			 (int)syscall(SYS_semget, key, nsems, flags) :
			 semget(key, nsems, flags));
}

struct sets_answer sets_operate(enum sets_side side, int semid,
				struct sembuf *ops, unsigned int count)
{
	return answer_of(side == SETS_KERNEL ?
			 kernel_semop(semid, ops, count) :
			 semop(semid, ops, count));
}

struct sets_answer sets_control(enum sets_side side, int semid, int number,
				int command, void *argument)
{
	return answer_of(side == SETS_KERNEL ?
			 (int)syscall(SYS_semctl, semid, number, command,
				      argument) :
			 semctl(semid, number, command, argument));
}

static void remove_all(enum sets_side side)
{
	struct semid_ds state;
	struct seminfo info;
	int highest = sets_control(side, 0, 0, SEM_INFO, &info).ret;

	for (int i = 0; i <= highest; i++) {
		int semid = sets_control(side, i, 0, SEM_STAT_ANY, &state).ret;

		if (semid >= 0)
			sets_control(side, semid, 0, IPC_RMID, NULL);
	}
}

static void read_limits(enum sets_side side)
{
	FILE *file = fopen(files[side], "re");

	if (!file)
		SKIP("the kernel has no semaphores of its own");
	CHECK(fgets(limits_before[side], sizeof(limits_before[side]), file));
	fclose(file);
	write_text(files[side], USUAL_LIMITS);
}

struct sets_world *sets_begin(unsigned long seed)
{
	struct sets_world *world;

	DEVICE_ONLY();
	for (int side = 0; side < SETS_SIDES; side++)
		read_limits(side);
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(world != MAP_FAILED);
	world->seed = seed;
	fuzz_seed(&world->random, seed);
	return world;
}

void sets_end(void)
{
	for (int side = 0; side < SETS_SIDES; side++) {
		remove_all(side);
		write_text(files[side], limits_before[side]);
	}
}

void sets_note(struct sets_world *world, const char *format, ...)
{
	char *line = world->log[world->told++ % SETS_LOG];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(world->log[0]), format, args);
	va_end(args);
}

const char *sets_tell(const struct sembuf *ops, unsigned int count)
{
	static char text[160];
	int at = 0;

	text[0] = '\0';
	for (unsigned int i = 0; i < count && at < (int)sizeof(text) - 30; i++)
		at += snprintf(text + at, sizeof(text) - at, " %u:%+d%s%s",
			       ops[i].sem_num, ops[i].sem_op,
			       ops[i].sem_flg & IPC_NOWAIT ? "n" : "",
			       ops[i].sem_flg & SEM_UNDO ? "u" : "");
	return text;
}

void sets_disagree(struct sets_world *world, const char *format, ...)
{
	unsigned int first = world->told > SETS_LOG ? world->told - SETS_LOG : 0;
	char text[200];
	va_list args;

	for (unsigned int i = first; i < world->told; i++)
		printf("  %s\n", world->log[i % SETS_LOG]);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	fflush(stdout);
	FAIL("seed %lu, step %lu: %s", world->seed, world->steps, text);
}

void sets_note_process(struct sets_world *world, pid_t kernel, pid_t device)
{
	CHECK(world->pairs < SETS_PAIRS);
	world->pids[world->pairs][SETS_KERNEL] = kernel;
	world->pids[world->pairs][SETS_DEVICE] = device;
	world->pairs++;
}

bool sets_same_process(const struct sets_world *world, pid_t kernel,
		       pid_t device)
{
	if (!kernel || !device)
		return kernel == device;
	for (unsigned int i = world->pairs; i--; )
		if (world->pids[i][SETS_KERNEL] == kernel)
			return world->pids[i][SETS_DEVICE] == device;
	return kernel == device;
}

static bool close_times(time_t kernel, time_t device)
{
	/* The second may change between the two calls. */
	return llabs((long long)kernel - (long long)device) <= 2;
}

static void compare_states(struct sets_world *world, const int *semids,
			   const struct semid_ds *kernel,
			   const struct semid_ds *device)
{
	struct semid_ds same = *device;

	if (close_times(kernel->sem_otime, device->sem_otime))
		same.sem_otime = kernel->sem_otime;
	if (close_times(kernel->sem_ctime, device->sem_ctime))
		same.sem_ctime = kernel->sem_ctime;
	/* They belong to the identifiers. */
	same.sem_perm.__seq = kernel->sem_perm.__seq;
	if (memcmp(kernel, &same, sizeof(same)))
		sets_disagree(world, "state of set %d: mode %o and %o, otime %ld and %ld, ctime %ld and %ld",
			      semids[SETS_DEVICE], kernel->sem_perm.mode,
			      device->sem_perm.mode, (long)kernel->sem_otime,
			      (long)device->sem_otime, (long)kernel->sem_ctime,
			      (long)device->sem_ctime);
}

static void compare_one(struct sets_world *world, const int *semids, int number,
			int command)
{
	int kernel = sets_control(SETS_KERNEL, semids[SETS_KERNEL], number,
				  command, NULL).ret;
	int device = sets_control(SETS_DEVICE, semids[SETS_DEVICE], number,
				  command, NULL).ret;

	if (command == GETPID ? !sets_same_process(world, kernel, device) :
				kernel != device)
		sets_disagree(world, "semaphore %d of set %d: %s is %d and %d",
			      number, semids[SETS_DEVICE],
			      command == GETPID	 ? "process" :
			      command == GETNCNT ? "semncnt" : "semzcnt",
			      kernel, device);
}

void sets_compare(struct sets_world *world, const int *semids, bool counts)
{
	unsigned short values[SETS_SIDES][SETS_VALUES];
	struct semid_ds states[SETS_SIDES];

	memset(states, 0, sizeof(states));
	for (int side = 0; side < SETS_SIDES; side++) {
		CHECK_OK(sets_control(side, semids[side], 0, IPC_STAT,
				      &states[side]).ret);
		CHECK_OK(sets_control(side, semids[side], 0, GETALL,
				      values[side]).ret);
	}
	compare_states(world, semids, &states[SETS_KERNEL],
		       &states[SETS_DEVICE]);
	for (unsigned int i = 0; i < states[SETS_KERNEL].sem_nsems; i++) {
		if (values[SETS_KERNEL][i] != values[SETS_DEVICE][i])
			sets_disagree(world, "semaphore %u of set %d: value is %u and %u",
				      i, semids[SETS_DEVICE],
				      values[SETS_KERNEL][i],
				      values[SETS_DEVICE][i]);
		compare_one(world, semids, i, GETPID);
		if (counts) {
			compare_one(world, semids, i, GETNCNT);
			compare_one(world, semids, i, GETZCNT);
		}
	}
}
