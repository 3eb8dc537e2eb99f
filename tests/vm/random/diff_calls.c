// SPDX-License-Identifier: MIT
/*
 * diff_calls.c - random calls that do not wait, made to the kernel's own queues
 * and to the device, get the same answers
 *
 * Processes take turns: each lives for a burst of steps, as several users and
 * groups, with capabilities dropped and kept, some in their own user or pid
 * namespace.  See common/diff.h for the comparison of both sides.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "desc_claims.h"
#include "diff.h"
#include "ipc_ns.h"
#include "options.h"
#include "peer.h"

/* The default numbers of steps. */
#define MANY	300000
#define FEWER	20000

/* Steps of a process. */
#define BURST	1500

/* Enough queues to make the cycle of identifiers grow. */
#define CROWD	130

static const char usage[] =
"Usage: diff_calls [--steps N] [--seconds S] [--seed N] [--help] [CASE]...\n"
"\n"
"Makes random calls of the kernel's own queues and of the device, as root, and\n"
"compares what they answer.\n"
"  --steps N    at least so many (300000; 20000 in a program of 32 bits)\n"
"  --seconds S  for at least so long as well (0)\n"
"  --seed N     make the calls of another run again; without it, by the clock\n"
"The environment says the same by MSGQ_DIFF_STEPS, _SECONDS and _SEED.\n";

static struct options options = {
	.program = "diff_calls",
	.usage = usage,
	.unit = "steps",
	.variable = "MSGQ_DIFF_STEPS",
	.prefix = "MSGQ_DIFF",
};

__attribute__((constructor)) static void read_options(int argc, char **argv)
{
	options_read(&options, argc, argv);
	if (!options.count)
		options.count = sizeof(long) > 4 ? MANY : FEWER;
}

static struct diff_world *world;

/* Another process compares times meanwhile: the clock does not jump. */
static bool keeps_clock;

/* Set a limit to the same value on both sides; both may refuse it. */
static void change_limit(struct diff_task *task)
{
	static const long values[DIFF_LIMITS][8] = {
		{ 8192, 0, 1, 100, 2048, 16384, DIFF_LONGEST, -1 },
		{ 16384, 0, 50, 4096, 65536, 200000, INT_MAX, -1 },
		{ 32000, 0, 5, 20, CROWD, 32768, 32769, -1 },
	};
	struct fuzz_random *random = &world->random;
	enum diff_limit limit = fuzz_below(random, DIFF_LIMITS);
	unsigned int which = fuzz_once_in(random, 2) ? fuzz_below(random, 8) : 0;
	long value = values[limit][which];
	int errors[DIFF_SIDES];

	diff_become_root(task);
	for (int side = 0; side < DIFF_SIDES; side++)
		errors[side] = diff_limit_set(side, limit, value);
	diff_note(task, "%s set to %ld: %s", diff_limit_name(limit), value,
		  strerrorname_np(errors[DIFF_KERNEL]));
	if (errors[DIFF_KERNEL] != errors[DIFF_DEVICE])
		diff_disagree(world, "%s set to %ld on the device: %s",
			      diff_limit_name(limit), value,
			      strerrorname_np(errors[DIFF_DEVICE]));
	if (!errors[DIFF_KERNEL])
		world->limits[limit] = value;
	diff_compare_all(task);
}

static void jump(struct diff_task *task)
{
	diff_become_root(task);
	diff_clock_jump();
	diff_note(task, "the clock moved by %d s", DIFF_JUMP);
}

static void drain(struct diff_task *task)
{
	diff_become_root(task);
	diff_drain_all(task);
	diff_note(task, "all messages were taken");
}

/* Make many queues at once, and remove most of them again. */
static void crowd(struct diff_task *task)
{
	struct diff_call make = {
		.kind = DIFF_GET, .key = IPC_PRIVATE, .flags = 0666,
	};
	struct diff_call remove = {
		.kind = DIFF_CONTROL, .command = IPC_RMID,
	};

	diff_become_root(task);
	for (int i = 0; i < CROWD && world->live < CROWD; i++)
		diff_step(task, &make);
	diff_compare_all(task);
	while (world->live > 10) {
		remove.msqid = world->msqids[fuzz_below(&world->random,
							world->live)];
		diff_step(task, &remove);
	}
}

/* Changes that only root of the first user namespace can make. */
static void change_world(struct diff_task *task)
{
	struct fuzz_random *random = &world->random;

	if (fuzz_once_in(random, 150) && !keeps_clock)
		jump(task);
	if (fuzz_once_in(random, 400))
		change_limit(task);
	if (fuzz_once_in(random, 5000))
		drain(task);
	if (fuzz_once_in(random, 20000))
		crowd(task);
}

static void live(bool away)
{
	struct diff_task task = {
		.world = world,
		.memory = diff_memory_make(),
		.away = away,
	};
	struct diff_call call;

	diff_become_root(&task);
	for (int i = 0; i < BURST; i++) {
		if (!task.away)
			change_world(&task);
		if (fuzz_once_in(&world->random, 12))
			diff_draw_identity(&task);
		if (fuzz_once_in(&world->random, 200))
			diff_compare_all(&task);
		diff_draw(world, &call);
		diff_step(&task, &call);
	}
	diff_compare_all(&task);
	_exit(EXIT_SUCCESS);
}

/* Root of a user namespace has no privilege over queues of the first one. */
static void live_in_user_namespace(void)
{
	bool away = !unshare(CLONE_NEWUSER);

	/* Its creator sets the mapping of ids meanwhile. */
	raise(SIGSTOP);
	live(away);
}

/* Its pid there is 1, and those of others are 0. */
static void live_in_pid_namespace(void)
{
	pid_t pid;

	if (unshare(CLONE_NEWPID))
		live(false);
	pid = CHECK_OK(fork());
	if (!pid)
		live(false);
	child_passed(pid);
	_exit(EXIT_SUCCESS);
}

static void write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	/* Without user namespaces the process stays in the first one. */
	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
	close(fd);
}

static void give_ids(pid_t pid)
{
	int status;

	CHECK_OK(waitpid(pid, &status, WUNTRACED));
	if (!WIFSTOPPED(status))
		FAIL("child %d: expected to stop, got %#x", pid, status);
	write_file(pid, "uid_map", "0 0 1\n1000 1001 3\n");
	write_file(pid, "gid_map", "0 0 1\n2001 2002 3\n");
	CHECK_OK(kill(pid, SIGCONT));
}

/* Returns true if all its steps agreed. */
static bool burst(void)
{
	unsigned int where = fuzz_below(&world->random, 8);
	int status;
	pid_t pid;

	fflush(stdout);
	pid = CHECK_OK(fork());
	if (!pid) {
		if (where == 0)
			live_in_user_namespace();
		else if (where == 1)
			live_in_pid_namespace();
		live(false);
	}
	if (where == 0)
		give_ids(pid);
	CHECK_OK(waitpid(pid, &status, 0));
	if (WIFSIGNALED(status))
		printf("process %d ended by signal %d in step %lu\n", pid,
		       WTERMSIG(status), world->steps);
	return !status;
}

static void play(unsigned long seed, unsigned long count)
{
	uint64_t until = now(CLOCK_MONOTONIC) + options.seconds * SECOND;
	bool alike;

	printf("# seed %lu\n", seed);
	world = diff_begin(seed);
	/* End this process, and thus the case, if a call does not end. */
	alarm(options.seconds + test_patience(count / 2500 + 24));
	do
		alike = burst();
	while (alike && (world->steps < count || now(CLOCK_MONOTONIC) < until));

	diff_end();
	if (!alike)
		_exit(EXIT_FAILURE);
	printf("# made %lu steps on both sides, and compared all they answered\n",
	       world->steps);
	diff_tell_counts(world);
	fflush(stdout);
	/* Enough calls of each kind succeeded. */
	for (int kind = 0; kind < DIFF_KINDS; kind++)
		CHECK(world->counts[kind][0] > world->steps / 100);
}

CASE_SECONDS(same_answers, UINT_MAX)
{
	play(options.seed, options.count);
}

/*
 * The same keys, identifiers and limits in two namespaces at once: what happens
 * in one of them changes no answer in the other.
 */
CASE_SECONDS(same_answers_in_two_namespaces, UINT_MAX)
{
	pid_t pid;

	DEVICE_ONLY();
	ipc_ns_needed();
	keeps_clock = true;
	pid = CHECK_OK(fork());
	if (!pid) {
		ipc_ns_new();
		play(options.seed + 1, options.count / 10);
		_exit(EXIT_SUCCESS);
	}
	play(options.seed, options.count / 10);
	child_passed(pid);
}
