// SPDX-License-Identifier: MIT
/*
 * diff_wait.c - random calls that wait, made to the kernel's own queues and to
 * the device: the same deliveries, wake-ups and order
 *
 * Pairs of processes wait side by side, as described in common/diff_crew.h.
 * Results that depend on a race on Linux are avoided as follows.
 *
 * - Senders that wait at one queue are interchangeable: another sender that
 *   comes to wait behind them is interrupted.
 * - Receivers queue up again after IPC_SET, in any order: those that still wait
 *   are interrupted then, except interchangeable ones.  If senders wait, too,
 *   this is done before IPC_SET, since they may find room after it.  IPC_SET
 *   then takes no permission away: a sender that is quicker than a receiver
 *   that has lost permission would hand it a message all the same.
 * - A message that faults on its way to a waiting receiver is lost on Linux; on
 *   the device the next receiver gets it: such a receiver waits alone.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diff_crew.h"
#include "options.h"
#include "peer.h"

/* The default numbers of steps. */
#define MANY	8000
#define FEWER	1500

/* The most bytes of all messages of a queue. */
#define MOST_BYTES	200

static const char usage[] =
"Usage: diff_wait [--steps N] [--seconds S] [--seed N] [--help] [CASE]...\n"
"\n"
"Lets processes wait at the kernel's own queues and at the device's, as root,\n"
"and compares whom each step wakes, and with what.\n"
"  --steps N    at least so many (8000; 1500 in a program of 32 bits)\n"
"  --seconds S  for at least so long as well (0)\n"
"  --seed N     take the steps of another run again; without it, by the clock\n"
"The environment says the same by MSGQ_DIFF_WAIT_STEPS, MSGQ_DIFF_SECONDS and\n"
"MSGQ_DIFF_SEED.\n";

static struct options options = {
	.program = "diff_wait",
	.usage = usage,
	.unit = "steps",
	.variable = "MSGQ_DIFF_WAIT_STEPS",
	.prefix = "MSGQ_DIFF",
};

__attribute__((constructor)) static void read_options(int argc, char **argv)
{
	options_read(&options, argc, argv);
	if (!options.count)
		options.count = sizeof(long) > 4 ? MANY : FEWER;
}

static struct diff_world *world;
static struct fuzz_random *dice;
static struct diff_task task;
static struct diff_crew crew;

static bool waits_at(const struct diff_role *role, enum diff_kind kind,
		     int msqid)
{
	const struct diff_call *call = diff_crew_call(role);

	return role->busy && !role->stopped && call->kind == kind &&
	       call->msqid == msqid;
}

/* The role that has waited longest at a queue; -1: no role waits. */
static int first_waiter(enum diff_kind kind, int msqid)
{
	int first = -1;

	for (int i = 0; i < DIFF_ROLES; i++)
		if (waits_at(&crew.roles[i], kind, msqid) &&
		    (first < 0 ||
		     crew.roles[i].since < crew.roles[first].since))
			first = i;
	return first;
}

/* Interrupt the waiters that are not interchangeable with the first. */
static void keep_one_kind(enum diff_kind kind, int msqid)
{
	int first;

	/* Interrupting one can let others go on. */
	for (int i = 0; i < DIFF_ROLES; i++) {
		first = first_waiter(kind, msqid);
		if (waits_at(&crew.roles[i], kind, msqid) &&
		    !diff_crew_alike(&crew.roles[i], &crew.roles[first]))
			diff_crew_interrupt(&crew, i);
	}
}

static void keep_order(void)
{
	for (int i = 0; i < DIFF_QUEUES; i++)
		keep_one_kind(DIFF_SEND, crew.queues[i]);
}

/* Is there a busy receiver, stopped or not, whose memory faults? */
static bool anyone_receives(int msqid, bool faulting)
{
	for (int i = 0; i < DIFF_ROLES; i++) {
		const struct diff_call *call = diff_crew_call(&crew.roles[i]);

		if (crew.roles[i].busy && call->kind == DIFF_RECEIVE &&
		    call->msqid == msqid &&
		    (!faulting || call->place != DIFF_GOOD))
			return true;
	}
	return false;
}

static int any_queue(void)
{
	return crew.queues[fuzz_below(dice, DIFF_QUEUES)];
}

static void draw_send(struct diff_call *call)
{
	call->kind = DIFF_SEND;
	call->size = fuzz_below(dice, fuzz_once_in(dice, 4) ? DIFF_TEXT : 12);
	call->type = 1 + fuzz_below(dice, 3);
}

static void draw_receive(struct diff_call *call)
{
	static const long rules[] = { 0, 0, 1, 2, 3, -1, -2, -3, 4, -LONG_MAX };

	call->kind = DIFF_RECEIVE;
	call->size = fuzz_below(dice, fuzz_once_in(dice, 3) ? 12 : DIFF_TEXT);
	call->type = rules[fuzz_below(dice, ARRAY_SIZE(rules))];
	if (fuzz_once_in(dice, 3))
		call->flags |= MSG_NOERROR;
	if (fuzz_once_in(dice, 4))
		call->flags |= MSG_EXCEPT;
}

/* Set all bytes of a call: calls are compared by them. */
static void draw_call(struct diff_call *call)
{
	memset(call, 0, sizeof(*call));
	call->msqid = any_queue();
	call->fill = fuzz_below(dice, DIFF_PATTERN);
	if (fuzz_once_in(dice, 2))
		draw_send(call);
	else
		draw_receive(call);
	if (fuzz_once_in(dice, 5))
		call->flags |= IPC_NOWAIT;
}

static void draw_identity(struct diff_identity *who)
{
	memset(who, 0, sizeof(*who));
	if (fuzz_once_in(dice, 2)) {
		who->capabilities = ~0ULL;
		return;
	}
	who->uid = 1000 + fuzz_below(dice, 2);
	who->gid = 2001 + fuzz_below(dice, 2);
}

/* Draw the call of a waiting role, so that both are interchangeable. */
static bool draw_alike(struct diff_identity *who, struct diff_call *call)
{
	unsigned int first = fuzz_below(dice, DIFF_ROLES);
	const struct diff_role *role = &crew.roles[first];

	for (int i = 0; i < DIFF_ROLES && !role->busy; i++)
		role = &crew.roles[(first + i) % DIFF_ROLES];
	if (!role->busy)
		return false;
	memcpy(call, diff_crew_call(role), sizeof(*call));
	memcpy(who, &role->actors[DIFF_KERNEL]->who, sizeof(*who));
	return true;
}

static void place_memory(struct diff_call *call)
{
	if (call->kind != DIFF_RECEIVE)
		return;
	if (call->place == DIFF_GOOD && fuzz_once_in(dice, 12))
		call->place = fuzz_once_in(dice, 2) ? DIFF_NULL :
						      DIFF_READ_ONLY;
	if (anyone_receives(call->msqid, call->place == DIFF_GOOD))
		call->flags |= IPC_NOWAIT;
}

static void give(unsigned int role)
{
	struct diff_identity who;
	struct diff_call call;

	if (!fuzz_once_in(dice, 3) || !draw_alike(&who, &call)) {
		draw_call(&call);
		draw_identity(&who);
	}
	place_memory(&call);
	diff_crew_give(&crew, role, &who, &call);
}

/* The controller makes a call that does not wait. */
static void call_now(void)
{
	struct diff_call call;

	draw_call(&call);
	call.flags |= IPC_NOWAIT;
	diff_step(&task, &call);
	diff_crew_settle(&crew, call.msqid);
}

static void draw_set(struct diff_call *call)
{
	static const unsigned int modes[] = { 0666, 0666, 0666, 0600, 0060,
					      0644, 0622, 0 };
	static const unsigned int qbytes[] = { 0, 1, 10, 30, 60, MOST_BYTES };

	call->kind = DIFF_CONTROL;
	call->command = IPC_SET;
	call->set.msg_perm.uid = 1000 + fuzz_below(dice, 3);
	call->set.msg_perm.gid = 2001 + fuzz_below(dice, 3);
	call->set.msg_perm.mode = modes[fuzz_below(dice, ARRAY_SIZE(modes))];
	call->set.msg_qbytes = qbytes[fuzz_below(dice, ARRAY_SIZE(qbytes))];
}

static void set(void)
{
	struct diff_call call;

	memset(&call, 0, sizeof(call));
	draw_set(&call);
	call.msqid = any_queue();
	if (first_waiter(DIFF_SEND, call.msqid) >= 0) {
		keep_one_kind(DIFF_RECEIVE, call.msqid);
		if (first_waiter(DIFF_RECEIVE, call.msqid) >= 0)
			call.set.msg_perm.mode = 0666;
	}
	diff_step(&task, &call);
	diff_crew_settle(&crew, call.msqid);
	keep_one_kind(DIFF_RECEIVE, call.msqid);
}

static void make(unsigned int queue)
{
	struct diff_call call = {
		.kind = DIFF_GET, .key = IPC_PRIVATE, .flags = 0666,
	};

	diff_step(&task, &call);
	crew.queues[queue] = world->msqids[world->live - 1];
	memset(&crew.pids[queue], 0, sizeof(crew.pids[queue]));

	memset(&call, 0, sizeof(call));
	draw_set(&call);
	call.set.msg_perm.mode = 0666;
	call.msqid = crew.queues[queue];
	diff_step(&task, &call);
}

/* Receive all messages, with a check after each. */
static void take_messages(int msqid)
{
	struct diff_call call = {
		.kind = DIFF_RECEIVE,
		.msqid = msqid,
		.size = DIFF_TEXT,
		.flags = IPC_NOWAIT,
	};

	do {
		diff_step(&task, &call);
		diff_crew_settle(&crew, call.msqid);
		keep_order();
	} while (world->log[(world->told - 1) % DIFF_LOG].answers[0].ret >= 0);
}

static void remove_queue_of_all(void)
{
	unsigned int queue = fuzz_below(dice, DIFF_QUEUES);
	struct diff_call call = {
		.kind = DIFF_CONTROL,
		.command = IPC_RMID,
		.msqid = crew.queues[queue],
	};

	if (fuzz_once_in(dice, 2))
		take_messages(call.msqid);
	diff_step(&task, &call);
	make(queue);
	diff_crew_settle(&crew, call.msqid);
}

static void disturb(unsigned int role)
{
	if (!crew.roles[role].busy)
		return;
	if (crew.roles[role].stopped)
		diff_crew_continue(&crew, role);
	else if (fuzz_once_in(dice, 6))
		diff_crew_replace(&crew, role);
	else if (fuzz_once_in(dice, 2))
		diff_crew_interrupt(&crew, role);
	else
		diff_crew_stop(&crew, role);
}

static void step(void)
{
	unsigned int role = fuzz_below(dice, DIFF_ROLES);
	unsigned int what = fuzz_below(dice, 100);
	unsigned int idle = role;

	for (int i = 0; i < DIFF_ROLES && crew.roles[idle].busy; i++)
		idle = (idle + 1) % DIFF_ROLES;
	if (what < 50 && !crew.roles[idle].busy)
		give(idle);
	else if (what < 75)
		call_now();
	else if (what < 90)
		disturb(role);
	else if (what < 97)
		set();
	else if (what < 98)
		diff_clock_jump();
	else
		remove_queue_of_all();
	keep_order();
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void print_counts(void)
{
	for (int kind = 0; kind < DIFF_KINDS; kind++)
		for (int i = 0; i < DIFF_ERRORS; i++)
			world->counts[kind][i] += crew.counts[kind][i];
	printf("# made %lu steps on both sides; %lu calls slept, and %lu were interchanged\n",
	       world->steps, crew.waits, crew.traded);
	diff_tell_counts(world);
	fflush(stdout);
}

static void control_all(void)
{
	time_t until = now() + options.seconds;

	task.world = world;
	task.memory = diff_memory_make();
	diff_become_root(&task);
	dice = &world->random;
	for (int i = 0; i < DIFF_QUEUES; i++)
		make(i);
	diff_crew_start(&crew, &task);
	do
		step();
	while (world->steps < options.count || now() < until);
	diff_crew_end(&crew);
	print_counts();
	CHECK(crew.waits > world->steps / 50);
	_exit(EXIT_SUCCESS);
}

CASE_SECONDS(same_wake_ups, UINT_MAX)
{
	int status;
	pid_t pid;

	printf("# seed %lu\n", options.seed);
	world = diff_begin(options.seed);
	/* End this process, and thus the case, if a call does not end. */
	alarm(options.seconds + test_patience(options.count / 100 + 24));
	fflush(stdout);
	pid = CHECK_OK(fork());
	if (!pid)
		control_all();
	CHECK_OK(waitpid(pid, &status, 0));
	diff_end();
	if (WIFSIGNALED(status))
		FAIL("the controller ended by signal %d in step %lu",
		     WTERMSIG(status), world->steps);
	if (status)
		_exit(EXIT_FAILURE);
}
