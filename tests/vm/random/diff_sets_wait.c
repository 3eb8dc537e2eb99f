// SPDX-License-Identifier: MIT
/*
 * diff_sets_wait.c - random calls that wait, made to the kernel's own semaphore
 * sets and to the device: the same wake-ups, order, and ends of processes
 *
 * A role is played by two processes, one on each side, which are given the same
 * call.  After each step all settle: a call has returned, or its process is
 * seen asleep in it.  Then both sides have to be alike in the calls that have
 * returned, in their answers, and in all that can be read of each set.
 *
 * Linux looks at a call that waits for several values of 0, and changes none,
 * only when some value becomes 0.  Until then it counts it where it waited
 * before, and does not see that an operation with IPC_NOWAIT would fail.  Such
 * calls have no IPC_NOWAIT here, and the counts are not compared beside them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diff_sets.h"
#include "options.h"
#include "peer.h"
#include "test.h"

#define ROLES	8
#define SETS	3
#define SEMS	4
#define OPS	4
#define MANY	3000
#define FEWER	1000

static const char usage[] =
"Usage: diff_sets_wait [--steps N] [--seconds S] [--seed N] [--help] [CASE]...\n"
"\n"
"Lets processes wait at the kernel's own semaphore sets and at the device's, as\n"
"root, and compares which of them each step wakes.\n"
"  --steps N    at least so many (3000; 1000 in a program of 32 bits)\n"
"  --seconds S  for at least so long as well (0)\n"
"  --seed N     take the steps of another run again; without it, by the clock\n"
"The environment says the same by MSGQ_DIFF_SETS_WAIT_STEPS, MSGQ_DIFF_SECONDS\n"
"and MSGQ_DIFF_SEED.\n";

static struct options options = {
	.program = "diff_sets_wait",
	.usage = usage,
	.unit = "steps",
	.variable = "MSGQ_DIFF_SETS_WAIT_STEPS",
	.prefix = "MSGQ_DIFF",
};

__attribute__((constructor)) static void read_options(int argc, char **argv)
{
	options_read(&options, argc, argv);
	if (!options.count)
		options.count = sizeof(long) > 4 ? MANY : FEWER;
}

enum { IDLE, GIVEN, ENTERED, ENDED };

/* One of the two processes of a role, in memory that all share. */
struct actor {
	int stage;
	pid_t pid;
	int stat;		/* the file that tells its state */
	int semid;
	struct sembuf ops[OPS];
	unsigned int count;
	struct sets_answer answer;
};

struct role {
	struct actor actors[SETS_SIDES];
	int set;		/* whose set it waits for; -1: it is idle */
	bool several_zeros;
};

static struct sets_world *world;
static struct fuzz_random *dice;
static struct role *roles;
static int sets[SETS][SETS_SIDES];
static unsigned long waits;

static int stage_of(const struct actor *actor)
{
	return __atomic_load_n(&actor->stage, __ATOMIC_ACQUIRE);
}

static void set_stage(struct actor *actor, int stage)
{
	__atomic_store_n(&actor->stage, stage, __ATOMIC_RELEASE);
	syscall(SYS_futex, &actor->stage, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void ignore(int signal)
{
	(void)signal;
}

/* Make the calls that are given, until killed. */
static void act(struct actor *actor, enum sets_side side)
{
	int stage;

	CHECK_OK(prctl(PR_SET_PDEATHSIG, SIGKILL));
	CHECK(signal(SIGUSR1, ignore) != SIG_ERR);
	for (;;) {
		while ((stage = stage_of(actor)) != GIVEN)
			syscall(SYS_futex, &actor->stage, FUTEX_WAIT, stage,
				NULL, NULL, 0);
		set_stage(actor, ENTERED);
		actor->answer = sets_operate(side, actor->semid, actor->ops,
					     actor->count);
		set_stage(actor, ENDED);
	}
}

static void start_actor(struct actor *actor, enum sets_side side)
{
	char path[32];
	pid_t pid;

	actor->stage = IDLE;
	pid = CHECK_OK(fork());
	if (!pid)
		act(actor, side);
	actor->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/stat", actor->pid);
	actor->stat = CHECK_OK(open(path, O_RDONLY | O_CLOEXEC));
}

static void end_actor(struct actor *actor)
{
	CHECK_OK(kill(actor->pid, SIGKILL));
	CHECK_INT(waitpid(actor->pid, NULL, 0), actor->pid);
	close(actor->stat);
}

static void start_role(struct role *role)
{
	for (int side = 0; side < SETS_SIDES; side++)
		start_actor(&role->actors[side], side);
	role->set = -1;
	sets_note_process(world, role->actors[SETS_KERNEL].pid,
			  role->actors[SETS_DEVICE].pid);
}

/* It has entered its call, and sleeps; a task that is woken does not. */
static bool asleep(const struct actor *actor)
{
	char line[256], *name_end;
	ssize_t length;

	if (stage_of(actor) != ENTERED)
		return false;
	length = pread(actor->stat, line, sizeof(line) - 1, 0);
	CHECK(length > 0);
	line[length] = '\0';
	name_end = strrchr(line, ')');
	return name_end && name_end[1] && name_end[2] == 'S';
}

static void settle_actor(const struct actor *actor)
{
	struct timespec now, until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += PATIENCE;
	while (stage_of(actor) != ENDED && !asleep(actor)) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > until.tv_sec)
			sets_disagree(world, "process %d has neither returned nor fallen asleep",
				      actor->pid);
		usleep(100);
	}
}

static void compare_role(struct role *role)
{
	const struct actor *kernel = &role->actors[SETS_KERNEL];
	const struct actor *device = &role->actors[SETS_DEVICE];
	bool ended = stage_of(kernel) == ENDED;

	if (ended != (stage_of(device) == ENDED))
		sets_disagree(world, "role %d: that of the %s has returned, and the other sleeps",
			      (int)(role - roles), ended ? "kernel" : "device");
	if (!ended)
		return;
	if (memcmp(&kernel->answer, &device->answer, sizeof(kernel->answer)))
		sets_disagree(world, "role %d: the kernel's: %d, %s; the device's: %d, %s",
			      (int)(role - roles), kernel->answer.ret,
			      strerrorname_np(kernel->answer.error),
			      device->answer.ret,
			      strerrorname_np(device->answer.error));
	sets_note(world, "   role %d is answered %d, %s", (int)(role - roles),
		  kernel->answer.ret, strerrorname_np(kernel->answer.error));
	role->set = -1;
}

/* May the numbers of tasks that wait be compared? */
static bool counts_agree(int set)
{
	for (int i = 0; i < ROLES; i++)
		if (roles[i].set == set && roles[i].several_zeros)
			return false;
	return true;
}

static void settle(void)
{
	/* Looking at a set completes what the end of a process lets go on. */
	for (int i = 0; i < SETS; i++)
		for (int side = 0; side < SETS_SIDES; side++)
			sets_control(side, sets[i][side], 0, GETVAL, NULL);
	for (int i = 0; i < ROLES; i++)
		for (int side = 0; roles[i].set >= 0 && side < SETS_SIDES; side++)
			settle_actor(&roles[i].actors[side]);
	for (int i = 0; i < ROLES; i++)
		if (roles[i].set >= 0)
			compare_role(&roles[i]);
	for (int i = 0; i < SETS; i++)
		sets_compare(world, sets[i], counts_agree(i));
}

/* Draw operations; true when they wait for several values of 0 and change none. */
static bool draw_ops(struct sembuf *ops, unsigned int *count)
{
	static const short changes[] = { 0, 0, 1, 1, 2, -1, -1, -1, -2, 3, -3 };
	bool changes_none = true;

	*count = fuzz_once_in(dice, 2) ? 1 : 1 + fuzz_below(dice, OPS);
	for (unsigned int i = 0; i < *count; i++) {
		ops[i].sem_num = fuzz_below(dice, SEMS);
		ops[i].sem_op = changes[fuzz_below(dice, ARRAY_SIZE(changes))];
		ops[i].sem_flg = (fuzz_once_in(dice, 8) ? IPC_NOWAIT : 0) |
				 (fuzz_once_in(dice, 3) ? SEM_UNDO : 0);
		changes_none = changes_none && !ops[i].sem_op;
	}
	if (!changes_none || *count == 1)
		return false;
	for (unsigned int i = 0; i < *count; i++)
		ops[i].sem_flg &= ~IPC_NOWAIT;
	return true;
}

static void give(struct role *role)
{
	struct sembuf ops[OPS];
	unsigned int count;

	role->set = fuzz_below(dice, SETS);
	role->several_zeros = draw_ops(ops, &count);
	sets_note(world, "role %d: semop(%d,%s)", (int)(role - roles), role->set,
		  sets_tell(ops, count));
	for (int side = 0; side < SETS_SIDES; side++) {
		struct actor *actor = &role->actors[side];

		actor->semid = sets[role->set][side];
		memcpy(actor->ops, ops, sizeof(ops));
		actor->count = count;
		set_stage(actor, GIVEN);
	}
	for (int side = 0; side < SETS_SIDES; side++)
		settle_actor(&role->actors[side]);
	waits += stage_of(&role->actors[SETS_KERNEL]) == ENTERED;
}

static void call_now(void)
{
	int set = fuzz_below(dice, SETS);
	struct sets_answer got[SETS_SIDES];
	struct sembuf ops[OPS];
	unsigned int count;

	draw_ops(ops, &count);
	for (unsigned int i = 0; i < count; i++)
		ops[i].sem_flg |= IPC_NOWAIT;
	sets_note(world, "semop(%d,%s)", set, sets_tell(ops, count));
	for (int side = 0; side < SETS_SIDES; side++)
		got[side] = sets_operate(side, sets[set][side], ops, count);
	if (memcmp(&got[SETS_KERNEL], &got[SETS_DEVICE], sizeof(got[0])))
		sets_disagree(world, "semop: the kernel's: %d, %s; the device's: %d, %s",
			      got[SETS_KERNEL].ret,
			      strerrorname_np(got[SETS_KERNEL].error),
			      got[SETS_DEVICE].ret,
			      strerrorname_np(got[SETS_DEVICE].error));
}

static void set_values(void)
{
	int set = fuzz_below(dice, SETS), number = fuzz_below(dice, SEMS);
	unsigned short values[SEMS];
	bool all = fuzz_once_in(dice, 3);

	for (int i = 0; i < SEMS; i++)
		values[i] = fuzz_once_in(dice, 20) ? SHRT_MAX :
			    fuzz_below(dice, 4);
	sets_note(world, "set %d: value %d of %s", set, values[number],
		  all ? "all" : (char[]){ '0' + number, 0 });
	for (int side = 0; side < SETS_SIDES; side++)
		CHECK_OK(sets_control(side, sets[set][side], number,
				      all ? SETALL : SETVAL,
				      all ? (void *)values :
				      (void *)(long)values[number]).ret);
}

static void make_set_of_both(int set)
{
	for (int side = 0; side < SETS_SIDES; side++)
		sets[set][side] = CHECK_OK(sets_get(side, IPC_PRIVATE, SEMS,
						    0666).ret);
}

static void remove_and_make(void)
{
	int set = fuzz_below(dice, SETS);

	sets_note(world, "set %d is removed", set);
	for (int side = 0; side < SETS_SIDES; side++)
		CHECK_OK(sets_control(side, sets[set][side], 0, IPC_RMID,
				      NULL).ret);
	make_set_of_both(set);
}

static void interrupt(struct role *role)
{
	if (role->set < 0)
		return;
	sets_note(world, "role %d is interrupted", (int)(role - roles));
	for (int side = 0; side < SETS_SIDES; side++)
		CHECK_OK(kill(role->actors[side].pid, SIGUSR1));
	/* It was asleep, and returns. */
	for (int side = 0; side < SETS_SIDES; side++)
		while (stage_of(&role->actors[side]) != ENDED)
			usleep(100);
}

/* What the role has left to be taken back is, on both sides. */
static void kill_role(struct role *role)
{
	sets_note(world, "role %d is killed", (int)(role - roles));
	for (int side = 0; side < SETS_SIDES; side++)
		end_actor(&role->actors[side]);
	start_role(role);
}

static void step(void)
{
	struct role *role = &roles[fuzz_below(dice, ROLES)];
	unsigned int what = fuzz_below(dice, 100);

	world->steps++;
	if (what < 55 && role->set < 0)
		give(role);
	else if (what < 80)
		call_now();
	else if (what < 88)
		set_values();
	else if (what < 93)
		interrupt(role);
	else if (what < 98)
		kill_role(role);
	else
		remove_and_make();
	settle();
}

static void control_all(void)
{
	struct timespec now, until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += options.seconds;
	dice = &world->random;
	for (int i = 0; i < SETS; i++)
		make_set_of_both(i);
	for (int i = 0; i < ROLES; i++)
		start_role(&roles[i]);
	do {
		step();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (world->steps < options.count || now.tv_sec < until.tv_sec);
	for (int i = 0; i < ROLES; i++)
		for (int side = 0; side < SETS_SIDES; side++)
			end_actor(&roles[i].actors[side]);
	printf("# made %lu steps on both sides; %lu calls slept\n", world->steps,
	       waits);
	CHECK(waits > world->steps / 50);
	fflush(stdout);
	_exit(EXIT_SUCCESS);
}

CASE_SECONDS(same_wake_ups, UINT_MAX)
{
	int status;
	pid_t pid;

	printf("# seed %lu\n", options.seed);
	world = sets_begin(options.seed);
	roles = mmap(NULL, ROLES * sizeof(*roles), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(roles != MAP_FAILED);
	/* End this process, and thus the case, if a call does not end. */
	alarm(options.seconds + test_patience(options.count / 50 + 24));
	fflush(stdout);
	pid = CHECK_OK(fork());
	if (!pid)
		control_all();
	CHECK_OK(waitpid(pid, &status, 0));
	sets_end();
	if (WIFSIGNALED(status))
		FAIL("the controller ended by signal %d in step %lu",
		     WTERMSIG(status), world->steps);
	if (status)
		_exit(EXIT_FAILURE);
}
