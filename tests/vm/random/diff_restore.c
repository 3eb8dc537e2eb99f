// SPDX-License-Identifier: MIT
/*
 * diff_restore.c - msg_next_id of the kernel and of the device side by side,
 * while queues come and go: each new queue gets the same identifier on both
 *
 * The seed is printed, and MSGQ_DIFF_SEED repeats a run.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diff.h"
#include "test.h"

#define STEPS		3000
#define MOST		40

static const char *const files[DIFF_SIDES] = {
	"/proc/sys/kernel/msg_next_id", "/proc/sys/msgq/msg_next_id",
};

static int live[MOST];
static int count;

static int read_next(enum diff_side side)
{
	FILE *file = fopen(files[side], "re");
	int value;

	CHECK(file);
	CHECK_INT(fscanf(file, "%d", &value), 1);
	fclose(file);
	return value;
}

static void set_next(enum diff_side side, int value)
{
	FILE *file = fopen(files[side], "we");

	CHECK(file);
	CHECK(fprintf(file, "%d", value) > 0);
	CHECK_INT(fclose(file), 0);
}

/* Mostly near other identifiers, now and then at the end of the indices. */
static int draw_id(struct fuzz_random *random)
{
	int sequence = fuzz_below(random, 3) ? fuzz_below(random, 4) :
					       fuzz_below(random, 0x10000);
	int index = fuzz_below(random, 70);

	if (fuzz_once_in(random, 4))
		index = 0x7fff - fuzz_below(random, 3);
	else if (fuzz_once_in(random, 4))
		index = fuzz_below(random, 0x8000);
	return sequence << 15 | index;
}

static void make(void)
{
	long kernel = diff_kernel_get(IPC_PRIVATE, 0600);
	int error = kernel < 0 ? errno : 0;
	long device = msgget(IPC_PRIVATE, 0600);

	if (kernel != device || (device < 0 && errno != error))
		FAIL("made as %ld by the kernel, %ld by the device", kernel,
		     device);
	if (device >= 0)
		live[count++] = device;
}

static void drop(int which)
{
	CHECK_OK(diff_kernel_control(live[which], IPC_RMID, NULL));
	CHECK_OK(msgctl(live[which], IPC_RMID, NULL));
	live[which] = live[--count];
}

static unsigned long seed_of(void)
{
	const char *given = getenv("MSGQ_DIFF_SEED");

	return given ? strtoul(given, NULL, 10) : (unsigned long)time(NULL);
}

static void make_steps(struct fuzz_random *random)
{
	unsigned long made = 0;

	for (int i = 0; i < STEPS; i++) {
		int wanted = draw_id(random);

		if (!fuzz_once_in(random, 3))
			for (int side = 0; side < DIFF_SIDES; side++)
				set_next(side, wanted);
		if (count == MOST || (count && fuzz_once_in(random, 3)))
			drop(fuzz_below(random, count));
		if (count < MOST && !fuzz_once_in(random, 4)) {
			make();
			made++;
		}
		CHECK_INT(read_next(DIFF_DEVICE), read_next(DIFF_KERNEL));
	}
	/* Remove all queues, and use up a requested identifier. */
	while (count)
		drop(0);
	make();
	drop(0);
	printf("# made %lu queues in %d steps\n", made, STEPS);
	fflush(stdout);
}

CASE_SECONDS(side_by_side, 60)
{
	unsigned long seed = seed_of();
	struct fuzz_random *random;
	pid_t pid;

	DEVICE_ONLY();
	if (access(files[DIFF_KERNEL], F_OK))
		SKIP("this kernel has no msg_next_id");
	random = &diff_begin(seed)->random;
	printf("# seed %lu\n", seed);
	fflush(stdout);
	pid = CHECK_OK(fork());
	if (!pid) {
		make_steps(random);
		_exit(EXIT_SUCCESS);
	}
	/* Restore both sides, whatever the result is. */
	CHECK_OK(waitid(P_PID, pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT));
	diff_end();
	child_passed(pid);
}
