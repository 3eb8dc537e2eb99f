// SPDX-License-Identifier: MIT
/*
 * chaos_sets.c - a hundred processes that take and give with SEM_UNDO, and die
 * at random: at the end every value is what it was
 *
 * A process takes from some semaphores of a set at once, waits or not, gives
 * back, and dies somewhere in between, in one of several ways.  Each is followed
 * by another.  Meanwhile no value is higher than at the beginning.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz_make.h"
#include "options.h"
#include "peer.h"
#include "sets.h"
#include "test.h"

#define PROCESSES	100
#define SETS		3
#define SEMS		4
#define VALUE		6

static const char usage[] =
"Usage: chaos_sets [--deaths N] [--seconds S] [--seed N] [--help] [CASE]...\n"
"\n"
"A hundred processes take and give with SEM_UNDO and die at random.\n"
"  --deaths N   at least so many (1000)\n"
"  --seconds S  for at least so long as well (0)\n"
"  --seed N     draw as another run did; without it, by the clock\n"
"The environment says the same by MSGQ_CHAOS_DEATHS, MSGQ_CHAOS_SETS_SECONDS\n"
"and MSGQ_CHAOS_SETS_SEED.\n";

static struct options options = {
	.program = "chaos_sets",
	.usage = usage,
	.unit = "deaths",
	.variable = "MSGQ_CHAOS_DEATHS",
	.prefix = "MSGQ_CHAOS_SETS",
};

__attribute__((constructor)) static void read_options(int argc, char **argv)
{
	options_read(&options, argc, argv);
	if (!options.count)
		options.count = 1000;
}

static int sets[SETS];
static _Thread_local struct fuzz_random dice;

/* Take from some semaphores, each once; the operations give it back later. */
static unsigned int draw_ops(struct sembuf *ops)
{
	unsigned int count = 0;

	for (int i = 0; i < SEMS; i++) {
		if (!fuzz_once_in(&dice, 2))
			continue;
		ops[count].sem_num = i;
		ops[count].sem_op = -1 - (short)fuzz_below(&dice, VALUE / 2);
		ops[count].sem_flg = SEM_UNDO;
		count++;
	}
	return count;
}

static void die(void)
{
	switch (fuzz_below(&dice, 5)) {
	case 0:
		_exit(EXIT_SUCCESS);
	case 1:
		abort();
	case 2:
		execl("/bin/true", "true", (char *)NULL);
		_exit(EXIT_FAILURE);
	default:
		raise(SIGKILL);
	}
}

static bool operate(int semid, struct sembuf *ops, unsigned int count)
{
	const struct timespec limit = {
		.tv_nsec = (long)fuzz_below(&dice, 20) * 1000000,
	};

	if (!semtimedop(semid, ops, count, fuzz_once_in(&dice, 3) ? &limit :
			NULL))
		return true;
	CHECK_INT(errno, EAGAIN);
	return false;
}

static void take_and_give(void)
{
	int semid = sets[fuzz_below(&dice, SETS)];
	struct sembuf ops[SEMS];
	unsigned int count = draw_ops(ops);

	if (!count || !operate(semid, ops, count))
		return;
	if (fuzz_once_in(&dice, 10))
		die();
	if (fuzz_once_in(&dice, 4))
		usleep(fuzz_below(&dice, 3000));
	for (unsigned int i = 0; i < count; i++)
		ops[i].sem_op = -ops[i].sem_op;
	/* All at once, or one after the other. */
	if (fuzz_once_in(&dice, 2)) {
		CHECK_OK(semop(semid, ops, count));
		return;
	}
	for (unsigned int i = 0; i < count; i++) {
		CHECK_OK(semop(semid, &ops[i], 1));
		if (fuzz_once_in(&dice, 20))
			die();
	}
}

static void *take_and_give_some(void *seed)
{
	fuzz_seed(&dice, *(unsigned long *)seed);
	for (int i = 0; i < 3; i++)
		take_and_give();
	return seed;
}

static void live(unsigned long seed)
{
	const struct rlimit none = { 0, 0 };
	pthread_t thread;

	CHECK_OK(prctl(PR_SET_PDEATHSIG, SIGKILL));
	CHECK_OK(setrlimit(RLIMIT_CORE, &none));
	fuzz_seed(&dice, seed);
	/* Some have two threads, of which one dies for both. */
	if (fuzz_once_in(&dice, 4))
		CHECK(!pthread_create(&thread, NULL, take_and_give_some, &seed));
	for (;;) {
		take_and_give();
		if (fuzz_once_in(&dice, 30))
			die();
	}
}

static pid_t start(unsigned long seed)
{
	pid_t pid = CHECK_OK(fork());

	if (!pid)
		live(seed);
	return pid;
}

static void check_values_within(void)
{
	unsigned short values[SEMS];

	for (int i = 0; i < SETS; i++) {
		CHECK_OK(semctl(sets[i], 0, GETALL, values));
		for (int j = 0; j < SEMS; j++)
			CHECK(values[j] <= VALUE);
	}
}

static void check_values_back(void)
{
	for (int i = 0; i < SETS; i++)
		for (int j = 0; j < SEMS; j++) {
			CHECK_INT(semctl(sets[i], j, GETVAL), VALUE);
			CHECK_COUNTS(sets[i], j, 0, 0);
		}
}

/* A status that a process that dies by die() has. */
static void check_death(int status)
{
	if (WIFSIGNALED(status))
		CHECK(WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGABRT);
	else
		CHECK_INT(WEXITSTATUS(status), EXIT_SUCCESS);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

CASE_SECONDS(every_value_comes_back, UINT_MAX)
{
	unsigned long deaths = 0, seed = options.seed;
	time_t until = now() + options.seconds;
	unsigned int alive = 0;
	pid_t pids[PROCESSES];
	int status;

	printf("# seed %lu\n", options.seed);
	alarm(options.seconds + test_patience(options.count / 20 + 24));
	for (int i = 0; i < SETS; i++) {
		sets[i] = make_set(SEMS);
		for (int j = 0; j < SEMS; j++)
			set_value(sets[i], j, VALUE);
	}
	fflush(stdout);
	for (; alive < PROCESSES; alive++)
		pids[alive] = start(++seed);
	while (alive) {
		pid_t pid = CHECK_OK(wait(&status));
		bool goes_on = ++deaths < options.count || now() < until;

		check_death(status);
		check_values_within();
		for (unsigned int i = 0; i < alive; i++) {
			if (pids[i] != pid)
				continue;
			if (goes_on)
				pids[i] = start(++seed);
			else
				pids[i] = pids[--alive];
			break;
		}
		/* The last wait for what nobody gives. */
		for (unsigned int i = 0; !goes_on && i < alive; i++)
			kill(pids[i], SIGKILL);
	}
	check_values_back();
	printf("# made %lu deaths\n", deaths);
	fflush(stdout);
	for (int i = 0; i < SETS; i++)
		remove_set(sets[i]);
}
