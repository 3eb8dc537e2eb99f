// SPDX-License-Identifier: MIT
/*
 * diff_sets.c - random calls on semaphore sets, made to the kernel's own and to
 * the device: the same answers and values
 *
 * One process makes all calls, and none waits.  Sets are removed and made anew,
 * and users without rights make calls, too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diff_sets.h"
#include "options.h"
#include "peer.h"
#include "test.h"

#define SETS	6
#define MANY	20000
#define FEWER	4000
#define KEY	0x73657400

static const char usage[] =
"Usage: diff_sets [--steps N] [--seconds S] [--seed N] [--help] [CASE]...\n"
"\n"
"Makes random calls to the kernel's own semaphore sets and to the device's, as\n"
"root, and compares what they do.\n"
"  --steps N    at least so many (20000; 4000 in a program of 32 bits)\n"
"  --seconds S  for at least so long as well (0)\n"
"  --seed N     take the steps of another run again; without it, by the clock\n"
"The environment says the same by MSGQ_DIFF_SETS_STEPS, MSGQ_DIFF_SECONDS and\n"
"MSGQ_DIFF_SEED.\n";

static struct options options = {
	.program = "diff_sets",
	.usage = usage,
	.unit = "steps",
	.variable = "MSGQ_DIFF_SETS_STEPS",
	.prefix = "MSGQ_DIFF",
};

__attribute__((constructor)) static void read_options(int argc, char **argv)
{
	options_read(&options, argc, argv);
	if (!options.count)
		options.count = sizeof(long) > 4 ? MANY : FEWER;
}

static struct sets_world *world;
static struct fuzz_random *dice;
static int sets[SETS][SETS_SIDES];
static unsigned long answers[2];

/* Compare the answers of both sides. */
static int compare(const struct sets_answer *got, const char *what)
{
	if (got[SETS_KERNEL].ret != got[SETS_DEVICE].ret ||
	    got[SETS_KERNEL].error != got[SETS_DEVICE].error)
		sets_disagree(world, "%s: the kernel's: %d, %s; the device's: %d, %s",
			      what, got[SETS_KERNEL].ret,
			      strerrorname_np(got[SETS_KERNEL].error),
			      got[SETS_DEVICE].ret,
			      strerrorname_np(got[SETS_DEVICE].error));
	answers[got[SETS_KERNEL].ret == -1]++;
	return got[SETS_KERNEL].ret;
}

/* Get a set by both sides: both find the same, make one, or fail alike. */
static void get(key_t key, int nsems, int flags)
{
	struct sets_answer got[SETS_SIDES];
	int empty = -1;

	sets_note(world, "semget(%#x, %d, %#o)", key, nsems, flags);
	for (int side = 0; side < SETS_SIDES; side++)
		got[side] = sets_get(side, key, nsems, flags);
	for (int i = 0; i < SETS; i++) {
		if (sets[i][SETS_KERNEL] == -1)
			empty = i;
		else if (sets[i][SETS_KERNEL] == got[SETS_KERNEL].ret &&
			 sets[i][SETS_DEVICE] == got[SETS_DEVICE].ret)
			return;
	}
	if (got[SETS_KERNEL].ret < 0 || got[SETS_DEVICE].ret < 0) {
		compare(got, "semget");
		return;
	}
	CHECK(empty >= 0);
	for (int side = 0; side < SETS_SIDES; side++)
		sets[empty][side] = got[side].ret;
}

static void draw_get(void)
{
	static const int flags[] = { 0, IPC_CREAT, IPC_CREAT | IPC_EXCL,
				     IPC_EXCL };
	static const int modes[] = { 0600, 0666, 0, 0640, 0444, 0222 };
	key_t key = KEY + fuzz_below(dice, SETS);

	get(key, (int)fuzz_below(dice, SETS_VALUES + 2) - 1,
	    flags[fuzz_below(dice, ARRAY_SIZE(flags))] |
	    modes[fuzz_below(dice, ARRAY_SIZE(modes))]);
}

/* A set; or, seldom, an identifier of none. */
static const int *any_set(void)
{
	static const int none[][SETS_SIDES] = { { -1, -1 }, { INT_MAX, INT_MAX } };

	if (fuzz_once_in(dice, 30))
		return none[fuzz_below(dice, 2)];
	return sets[fuzz_below(dice, SETS)];
}

static void draw_ops(struct sembuf *ops, unsigned int count, bool fits)
{
	static const short changes[] = { 0, 0, 1, 1, 2, -1, -1, -2, 5, -5,
					 SHRT_MAX, SHRT_MIN, 20000, -20000 };

	for (unsigned int i = 0; i < count; i++) {
		ops[i].sem_num = fits ? 0 :
				 fuzz_below(dice, fuzz_once_in(dice, 20) ?
					    SETS_VALUES + 1 : 3);
		ops[i].sem_op = changes[fuzz_below(dice,
				fuzz_once_in(dice, 6) ? ARRAY_SIZE(changes) : 8)];
		ops[i].sem_flg = IPC_NOWAIT |
				 (fuzz_once_in(dice, 4) ? SEM_UNDO : 0);
	}
}

/* Operate on any semaphores, or only on those that each set has. */
static void draw_operate(bool fits)
{
	static const unsigned int counts[] = { 1, 1, 1, 2, 2, 3, 8, 9, 40 };
	unsigned int count = counts[fuzz_below(dice, ARRAY_SIZE(counts))];
	struct sets_answer got[SETS_SIDES];
	const int *semids = any_set();
	struct sembuf ops[40];

	draw_ops(ops, count, fits);
	/* Kernels differ in what they check first of a call that is wrong twice. */
	if (semids[SETS_DEVICE] >= 0 && fuzz_once_in(dice, 50))
		count = fuzz_once_in(dice, 2) ? 0 : 501;
	sets_note(world, "semop(%d, %u:%s)", semids[SETS_DEVICE], count,
		  sets_tell(ops, count > 40 ? 0 : count));
	for (int side = 0; side < SETS_SIDES; side++)
		got[side] = sets_operate(side, semids[side], ops, count);
	compare(got, "semop");
}

/* Commands with a number, and those with an array. */
static void draw_value(void)
{
	static const int commands[] = { GETVAL, GETPID, GETNCNT, GETZCNT, SETVAL,
					SETVAL };
	static const int values[] = { 0, 0, 1, 2, 3, 10, SHRT_MAX, SHRT_MAX + 1,
				      -1 };
	int command = commands[fuzz_below(dice, ARRAY_SIZE(commands))];
	int number = (int)fuzz_below(dice, SETS_VALUES + 2) - 1;
	long value = values[fuzz_below(dice, ARRAY_SIZE(values))];
	struct sets_answer got[SETS_SIDES];
	const int *semids = any_set();

	sets_note(world, "semctl(%d, %d, %d, %ld)", semids[SETS_DEVICE], number,
		  command, value);
	for (int side = 0; side < SETS_SIDES; side++)
		got[side] = sets_control(side, semids[side], number, command,
					 (void *)value);
	compare(got, "semctl");
}

static void draw_all_values(void)
{
	unsigned short values[SETS_SIDES][SETS_VALUES];
	struct sets_answer got[SETS_SIDES];
	const int *semids = any_set();
	bool reads = fuzz_once_in(dice, 2);

	for (int i = 0; i < SETS_VALUES; i++)
		values[0][i] = fuzz_once_in(dice, 60) ? USHRT_MAX :
			       fuzz_below(dice, 5);
	memcpy(values[1], values[0], sizeof(values[0]));
	sets_note(world, "semctl(%d, %s)", semids[SETS_DEVICE],
		  reads ? "GETALL" : "SETALL");
	for (int side = 0; side < SETS_SIDES; side++)
		got[side] = sets_control(side, semids[side], 0,
					 reads ? GETALL : SETALL, values[side]);
	compare(got, "semctl");
	if (memcmp(values[0], values[1], sizeof(values[0])))
		sets_disagree(world, "GETALL wrote other values");
}

static void draw_state(void)
{
	static const unsigned int modes[] = { 0666, 0666, 0666, 0600, 0444, 0222,
					      0 };
	struct semid_ds state = { 0 };
	struct sets_answer got[SETS_SIDES];
	const int *semids = any_set();
	bool sets_it = fuzz_once_in(dice, 2);

	state.sem_perm.uid = fuzz_once_in(dice, 20) ? ~0U :
			     1000 + fuzz_below(dice, 2);
	state.sem_perm.gid = 2000 + fuzz_below(dice, 2);
	state.sem_perm.mode = modes[fuzz_below(dice, ARRAY_SIZE(modes))];
	sets_note(world, "semctl(%d, %s, mode %o)", semids[SETS_DEVICE],
		  sets_it ? "IPC_SET" : "IPC_STAT", state.sem_perm.mode);
	for (int side = 0; side < SETS_SIDES; side++) {
		struct semid_ds copy = state;

		got[side] = sets_control(side, semids[side], 0,
					 sets_it ? IPC_SET : IPC_STAT, &copy);
	}
	compare(got, "semctl");
}

static void draw_remove(void)
{
	int *semids = sets[fuzz_below(dice, SETS)];
	struct sets_answer got[SETS_SIDES];

	sets_note(world, "semctl(%d, IPC_RMID)", semids[SETS_DEVICE]);
	for (int side = 0; side < SETS_SIDES; side++)
		got[side] = sets_control(side, semids[side], 0, IPC_RMID, NULL);
	if (compare(got, "semctl") == 0)
		semids[SETS_KERNEL] = semids[SETS_DEVICE] = -1;
}

/* Another user makes the calls from now on; half of the time it is root. */
static void change_user(void)
{
	CHECK_OK(setresuid(-1, 0, -1));
	CHECK_OK(setresgid(-1, 2000 + fuzz_below(dice, 2), -1));
	if (fuzz_once_in(dice, 2))
		CHECK_OK(setresuid(-1, 1000 + fuzz_below(dice, 2), -1));
	sets_note(world, "uid %u, gid %u", geteuid(), getegid());
}

/* Root looks at everything, and sees no difference. */
static void compare_all(void)
{
	uid_t uid = geteuid();

	CHECK_OK(setresuid(-1, 0, -1));
	for (int i = 0; i < SETS; i++)
		if (sets[i][SETS_KERNEL] != -1)
			sets_compare(world, sets[i], true);
	CHECK_OK(setresuid(-1, uid, -1));
}

/*
 * A process makes some operations with SEM_UNDO on both sides, and ends.  It has
 * permission, and names no semaphores that there are not: after such a call Linux
 * sets the time of the last operation when the process ends.
 */
static void draw_end_of_process(void)
{
	pid_t pid;
	int status;

	sets_note(world, "a process that ends:");
	pid = CHECK_OK(fork());
	if (!pid) {
		CHECK_OK(setresuid(-1, 0, -1));
		for (int i = 0; i < 4; i++)
			draw_operate(true);
		_exit(EXIT_SUCCESS);
	}
	CHECK_INT(waitpid(pid, &status, 0), pid);
	if (status)
		_exit(EXIT_FAILURE);
	compare_all();
}

static void step(void)
{
	unsigned int what = fuzz_below(dice, 100);

	world->steps++;
	if (what < 12)
		draw_get();
	else if (what < 60)
		draw_operate(false);
	else if (what < 78)
		draw_value();
	else if (what < 85)
		draw_all_values();
	else if (what < 91)
		draw_state();
	else if (what < 94)
		draw_remove();
	else if (what < 98)
		change_user();
	else
		draw_end_of_process();
	if (!(world->steps % 8))
		compare_all();
}

static void play(void)
{
	struct timespec now, until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += options.seconds;
	CHECK_OK(setgroups(0, NULL));
	dice = &world->random;
	for (int i = 0; i < SETS; i++)
		sets[i][SETS_KERNEL] = sets[i][SETS_DEVICE] = -1;
	do {
		step();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (world->steps < options.count || now.tv_sec < until.tv_sec);
	printf("# made %lu steps on both sides: %lu calls succeeded, %lu failed\n",
	       world->steps, answers[0], answers[1]);
	CHECK(answers[0] > world->steps / 10 && answers[1] > world->steps / 10);
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

CASE_SECONDS(same_answers, UINT_MAX)
{
	int status;
	pid_t pid;

	printf("# seed %lu\n", options.seed);
	world = sets_begin(options.seed);
	alarm(options.seconds + test_patience(options.count / 200 + 24));
	fflush(stdout);
	pid = CHECK_OK(fork());
	if (!pid)
		play();
	CHECK_OK(waitpid(pid, &status, 0));
	sets_end();
	if (WIFSIGNALED(status))
		FAIL("ended by signal %d in step %lu", WTERMSIG(status),
		     world->steps);
	if (status)
		_exit(EXIT_FAILURE);
}
