// SPDX-License-Identifier: MIT
/*
 * chaos_crew.c - see chaos_crew.h
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "chaos_crew.h"
#include "desc_claims.h"
#include "peer.h"
#include "test.h"

#define STOPPED_AT_MOST	4
#define TELL_EVERY	3

static uint64_t below(struct chaos_crew *crew, uint64_t bound)
{
	return fuzz_below(&crew->random, bound);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Pause between two checks, or two disturbances. */
static void pause_shortly(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	nanosleep(&pause, NULL);
}

static void start(struct chaos_crew *crew, unsigned int process)
{
	uint64_t seed = fuzz_next(&crew->random);
	pid_t pid = CHECK_OK(fork());

	if (!pid)
		crew->cast->live(crew->world, process, seed);
	crew->processes[process] = pid;
	crew->stopped[process] = false;
}

static void start_all(struct chaos_crew *crew)
{
	unsigned int i;

	for (i = 0; i < CHAOS_PLACES; i++)
		chaos_queue_make(crew->world, i);
	for (i = 0; i < CHAOS_PROCESSES; i++)
		start(crew, i);
	for (i = 0; i < CHAOS_CONTROLLERS; i++) {
		uint64_t seed = fuzz_next(&crew->random);

		crew->controllers[i] = CHECK_OK(fork());
		if (!crew->controllers[i])
			chaos_controller(crew->world, seed);
	}
}

/* False while it runs.  It must end with 0, or be killed by this process. */
static bool has_ended(pid_t pid)
{
	int status;

	if (!CHECK_OK(waitpid(pid, &status, WNOHANG)))
		return false;
	if (WIFSIGNALED(status) ? WTERMSIG(status) != SIGKILL :
				  WEXITSTATUS(status))
		FAIL("process %d ended with wait status %#x", pid, status);
	return true;
}

static void await_end(struct chaos_crew *crew, pid_t pid)
{
	time_t until = seconds() + crew->patience;

	while (!has_ended(pid)) {
		if (seconds() > until)
			FAIL("process %d should end and does not", pid);
		pause_shortly();
	}
}

static void kill_one(struct chaos_crew *crew, unsigned int process)
{
	if (!chaos_sends(process) && !crew->world->kill_receivers)
		return;
	CHECK_OK(kill(crew->processes[process], SIGKILL));
	await_end(crew, crew->processes[process]);
	crew->cast->settle(crew->world, process, &crew->verdict);
	chaos_count(crew->world, CHAOS_KILLS);
	start(crew, process);
}

static void stop_one(struct chaos_crew *crew, unsigned int process)
{
	unsigned int stopped = 0;

	for (unsigned int i = 0; i < CHAOS_PROCESSES; i++)
		stopped += crew->stopped[i];
	if (stopped >= STOPPED_AT_MOST)
		return;
	CHECK_OK(kill(crew->processes[process], SIGSTOP));
	crew->stopped[process] = true;
	chaos_count(crew->world, CHAOS_STOPS);
}

static void continue_one(struct chaos_crew *crew, unsigned int process)
{
	CHECK_OK(kill(crew->processes[process], SIGCONT));
	crew->stopped[process] = false;
}

static void interrupt(struct chaos_crew *crew, unsigned int slot)
{
	pid_t tid = __atomic_load_n(&crew->world->slots[slot].tid,
				    __ATOMIC_SEQ_CST);

	/* The process is an unreaped child, so its id is not used again. */
	if (tid && !tgkill(crew->processes[slot / CHAOS_THREADS], tid, SIGUSR1))
		chaos_count(crew->world, CHAOS_SIGNALS);
}

static void disturb(struct chaos_crew *crew)
{
	unsigned int process = below(crew, CHAOS_PROCESSES);

	switch (below(crew, 8)) {
	case 0:
		kill_one(crew, process);
		break;
	case 1:
		stop_one(crew, process);
		break;
	case 2:
	case 3:
		for (unsigned int i = 0; i < CHAOS_PROCESSES; i++)
			if (crew->stopped[i] && below(crew, 2))
				continue_one(crew, i);
		break;
	default:
		interrupt(crew, below(crew, CHAOS_SLOTS));
	}
}

static void tell(struct chaos_crew *crew)
{
	const unsigned long *counts = crew->world->counts;

	fprintf(stderr,
		"# round %u: %u tries; so far %lu sent, %lu received, %lu kills, %lu removals\n",
		crew->rounds + 1, crew->world->next, counts[CHAOS_SENT],
		counts[CHAOS_RECEIVED], counts[CHAOS_KILLS],
		counts[CHAOS_REMOVALS]);
}

/* Disturb the processes until all numbers are drawn. */
static void run(struct chaos_crew *crew)
{
	struct chaos_world *world = crew->world;
	time_t moved = seconds(), told = moved;
	uint32_t next = 0;

	while (__atomic_load_n(&world->next, __ATOMIC_SEQ_CST) < world->round) {
		disturb(crew);
		__atomic_add_fetch(&world->disturbances, 1, __ATOMIC_RELAXED);
		if (next != world->next)
			moved = seconds();
		next = world->next;
		if (seconds() > moved + crew->patience)
			FAIL("nobody has sent for %ld seconds",
			     (long)crew->patience);
		if (seconds() >= told + TELL_EVERY) {
			tell(crew);
			told = seconds();
		}
		pause_shortly();
	}
}

static bool asleep(pid_t pid, pid_t tid)
{
	char path[64], text[512];
	char *name_end;
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	name_end = strrchr(text, ')');
	return name_end && !strncmp(name_end, ") S", 3);
}

static bool slot_sleeps(struct chaos_crew *crew, unsigned int slot)
{
	unsigned int process = slot / CHAOS_THREADS;
	const struct chaos_slot *call = &crew->world->slots[slot];
	int state = __atomic_load_n(&call->state, __ATOMIC_SEQ_CST);

	if (slot % CHAOS_THREADS >= chaos_threads(process) ||
	    state == CHAOS_ENDED)
		return true;
	return state == CHAOS_CALLING &&
	       asleep(crew->processes[process], call->tid);
}

/*
 * Wait until all sleep in their calls, or have ended: each was seen asleep, and
 * none has begun or ended a call since the first was checked.
 */
static void await_sleep(struct chaos_crew *crew)
{
	time_t until = seconds() + crew->patience;
	uint32_t clock, sleeping = 0;
	bool all = false;

	do {
		if (seconds() > until)
			FAIL("slot %u neither waits nor ends", sleeping);
		pause_shortly();
		clock = __atomic_load_n(&crew->world->clock, __ATOMIC_SEQ_CST);
		for (sleeping = 0; sleeping < CHAOS_SLOTS; sleeping++)
			if (!slot_sleeps(crew, sleeping))
				break;
		if (sleeping < CHAOS_SLOTS)
			continue;
		/* Was one woken while the others were checked? */
		all = true;
		for (unsigned int i = 0; i < CHAOS_SLOTS; i++)
			all = all && slot_sleeps(crew, i);
		all = all && clock == crew->world->clock;
	} while (!all);
}

static void set_phase(struct chaos_crew *crew, enum chaos_phase phase)
{
	__atomic_store_n(&crew->world->phase, phase, __ATOMIC_SEQ_CST);
}

static void totals(struct msginfo *info)
{
	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)info));
}

/* The accounts that have counted messages have counted those that are there. */
static void check_accounts(const struct chaos_crew *crew)
{
	const unsigned int flags[] = { 0, MSGQ_QUOTA_INSTANCE };
	struct msginfo info;

	if (!crew->world->limit)
		return;
	totals(&info);
	for (unsigned int i = 0; i < ARRAY_SIZE(flags); i++) {
		struct msgq_quota quota = { .flags = flags[i] };

		CHECK_OK(ioctl(the_device(), MSGQ_IOC_QUOTA, &quota));
		if (quota.used_messages != MSGQ_UNLIMITED)
			CHECK_INT(quota.used_messages, info.msgmap);
	}
}

/* Admit no more messages until one of the present ones has been received. */
static long limit_to_present(struct chaos_crew *crew)
{
	struct msginfo info;
	long limit;

	if (!crew->world->limit)
		return CHAOS_NO_LIMIT;
	totals(&info);
	limit = info.msgmap > 0 ? info.msgmap : 1;
	limit_set("msgtql", limit);
	return limit;
}

/*
 * Let all tasks run undisturbed, and finish their calls: first while msgtql
 * holds some, and then while it holds none.
 */
static void settle(struct chaos_crew *crew)
{
	struct chaos_world *world = crew->world;
	unsigned int i;
	long limit;

	set_phase(crew, CHAOS_SETTLE);
	for (i = 0; i < CHAOS_CONTROLLERS; i++)
		await_end(crew, crew->controllers[i]);
	limit = limit_to_present(crew);
	for (i = 0; i < CHAOS_PLACES; i++)
		set_mode(world->queues[world->current[i]].msqid, 0666);
	for (i = 0; i < CHAOS_PROCESSES; i++)
		continue_one(crew, i);
	await_sleep(crew);
	check_accounts(crew);
	chaos_sleepers(world, limit, &crew->verdict);
	if (limit == CHAOS_NO_LIMIT)
		return;
	limit_set("msgtql", CHAOS_NO_LIMIT);
	await_sleep(crew);
	chaos_sleepers(world, CHAOS_NO_LIMIT, &crew->verdict);
}

static void end_all(struct chaos_crew *crew)
{
	time_t until = seconds() + crew->patience;
	unsigned int running;

	set_phase(crew, CHAOS_STOP);
	do {
		if (seconds() > until)
			FAIL("a call goes on after a signal");
		running = 0;
		for (unsigned int i = 0; i < CHAOS_SLOTS; i++) {
			pid_t *process = &crew->processes[i / CHAOS_THREADS];

			if (*process && has_ended(*process))
				*process = 0;
			if (*process)
				interrupt(crew, i);
			running += !!*process;
		}
		pause_shortly();
	} while (running);
}

/* Kill all processes, whatever they do: nothing of theirs may stay. */
static void kill_all(struct chaos_crew *crew)
{
	unsigned int i;

	set_phase(crew, CHAOS_STOP);
	for (i = 0; i < CHAOS_CONTROLLERS; i++)
		await_end(crew, crew->controllers[i]);
	for (i = 0; i < CHAOS_PROCESSES; i++)
		CHECK_OK(kill(crew->processes[i], SIGKILL));
	for (i = 0; i < CHAOS_PROCESSES; i++) {
		await_end(crew, crew->processes[i]);
		crew->cast->settle(crew->world, i, &crew->verdict);
	}
	crew->cast->killed(crew->world);
}

void chaos_round(struct chaos_crew *crew)
{
	struct chaos_world *world = crew->world;
	struct msginfo before, after;

	totals(&before);
	chaos_world_clear(world);
	start_all(crew);
	run(crew);
	if (crew->cast->killed) {
		kill_all(crew);
	} else {
		settle(crew);
		end_all(crew);
	}
	chaos_verify(world, &crew->verdict);
	chaos_remove_all(world);

	/* Queues, messages and bytes. */
	totals(&after);
	CHECK_INT(after.msgpool, before.msgpool);
	CHECK_INT(after.msgmap, before.msgmap);
	CHECK_INT(after.msgtql, before.msgtql);
	tell(crew);
	crew->rounds++;
}

/* There has been a kill within so many rounds. */
#define ENOUGH_ROUNDS	50

void chaos_rounds(struct chaos_crew *crew, unsigned long messages,
		  unsigned long duration, unsigned long seed)
{
	time_t until = seconds() + duration;

	do {
		chaos_round(crew);
		if (crew->verdict.lost || crew->verdict.wrong)
			FAIL("%lu lost, %lu wrong otherwise, of %lu messages; seed %lu",
			     crew->verdict.lost, crew->verdict.wrong,
			     crew->verdict.accepted, seed);
		/* On a slow machine a few messages may pass without a kill. */
	} while (crew->verdict.accepted < messages || seconds() < until ||
		 (!crew->world->counts[CHAOS_KILLS] &&
		  crew->rounds < ENOUGH_ROUNDS));
}

void chaos_print_errors(const struct chaos_world *world)
{
	static const char *const titles[] = { "send", "receive" };

	for (int receives = 0; receives < 2; receives++) {
		printf("#   %s refused:", titles[receives]);
		for (int i = 0; i < CHAOS_ERRORS; i++)
			if (world->errors[receives][i])
				printf(" %lu %s", world->errors[receives][i],
				       strerrorname_np(i));
		printf("\n");
	}
	fflush(stdout);
}
