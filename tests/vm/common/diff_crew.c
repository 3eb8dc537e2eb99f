// SPDX-License-Identifier: MIT
/*
 * diff_crew.c - pairs of processes that wait, one on each side; see
 * diff_crew.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diff_crew.h"
#include "options.h"
#include "test.h"

/* How long it may take until all have settled, in seconds. */
#define PATIENCE	50

/* In so many steps all roles are looked at, whatever the step was. */
#define ALL_EVERY	16

enum { IDLE, GIVEN, ENDED };

static const char *const side_names[] = { "kernel", "device" };

static int stage_of(const struct diff_actor *actor)
{
	return __atomic_load_n(&actor->stage, __ATOMIC_ACQUIRE);
}

static void set_stage(struct diff_actor *actor, int stage)
{
	__atomic_store_n(&actor->stage, stage, __ATOMIC_RELEASE);
}

/* With a time limit in microseconds, or without one: 0. */
static void futex_wait(int *word, int value, long limit)
{
	const struct timespec time = { .tv_nsec = limit * 1000 };

	syscall(SYS_futex, word, FUTEX_WAIT, value, limit ? &time : NULL, NULL,
		0);
}

static void futex_wake(int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void ignore(int signal)
{
	(void)signal;
}

/*
 * Intended difference 1, as in diff_step.c: what Linux has lost is still there
 * on the device.  Whoever could not have it takes it there now.
 */
static void take_what_is_lost(struct diff_task *task, struct diff_actor *actor)
{
	struct diff_call again = actor->call;
	struct diff_answer answer;

	again.place = DIFF_GOOD;
	again.size = DIFF_TEXT;
	again.flags |= IPC_NOWAIT;
	answer = diff_make(DIFF_DEVICE, &again,
			   diff_prepare(task, &again, DIFF_DEVICE));
	if (answer.ret < 0)
		actor->answer = answer;
}

static void act(struct diff_task *task, struct diff_actor *actor,
		enum diff_side side)
{
	const struct diff_call *call = &actor->call;
	size_t size = sizeof(long) + call->size + 16;
	void *buffer;

	if (memcmp(&task->who, &actor->who, sizeof(task->who)))
		diff_become(task, &actor->who);
	buffer = diff_prepare(task, call, side);
	actor->answer = diff_make(side, call, buffer);
	memset(actor->bytes, 0, sizeof(actor->bytes));
	if (call->place == DIFF_GOOD)
		memcpy(actor->bytes, buffer, size);
	if (side == DIFF_DEVICE && call->kind == DIFF_RECEIVE &&
	    actor->answer.error == EFAULT)
		take_what_is_lost(task, actor);
}

static void live(struct diff_world *world, struct diff_actor *actor,
		 enum diff_side side)
{
	const struct sigaction action = { .sa_handler = ignore };
	struct diff_task task = {
		.world = world,
		.memory = diff_memory_make(),
	};

	sigaction(SIGUSR1, &action, NULL);
	diff_become_root(&task);
	for (;;) {
		int stage = stage_of(actor);

		if (stage != GIVEN) {
			futex_wait(&actor->stage, stage, 0);
			continue;
		}
		act(&task, actor, side);
		set_stage(actor, ENDED);
		futex_wake(&actor->stage);
	}
}

static void start_actor(struct diff_crew *crew, struct diff_actor *actor,
			enum diff_side side)
{
	char path[48];
	pid_t pid;

	fflush(stdout);
	set_stage(actor, IDLE);
	memset(&actor->call, 0, sizeof(actor->call));
	/* The child shares this memory, and is not to write there. */
	pid = CHECK_OK(fork());
	if (!pid)
		live(crew->task->world, actor, side);
	actor->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	actor->stat = CHECK_OK(open(path, O_RDONLY | O_CLOEXEC));
	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	actor->syscall = open(path, O_RDONLY | O_CLOEXEC);
	if (actor->syscall < 0)
		SKIP("this kernel does not tell in which call a task is");
}

static void end_actor(struct diff_actor *actor)
{
	kill(actor->pid, SIGKILL);
	waitpid(actor->pid, NULL, 0);
	close(actor->stat);
	close(actor->syscall);
}

void diff_crew_start(struct diff_crew *crew, struct diff_task *task)
{
	crew->task = task;
	crew->actors = mmap(NULL, DIFF_ROLES * sizeof(*crew->actors),
			    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	CHECK(crew->actors != MAP_FAILED);
	for (int i = 0; i < DIFF_ROLES; i++)
		for (int side = 0; side < DIFF_SIDES; side++) {
			crew->roles[i].actors[side] = &crew->actors[i][side];
			start_actor(crew, &crew->actors[i][side], side);
		}
}

void diff_crew_end(struct diff_crew *crew)
{
	for (int i = 0; i < DIFF_ROLES; i++)
		for (int side = 0; side < DIFF_SIDES; side++)
			end_actor(&crew->actors[i][side]);
}

static bool is_queue_call(const char *text)
{
	long number = strtol(text, NULL, 10);

	return number == SYS_ioctl || number == SYS_msgsnd ||
	       number == SYS_msgrcv;
}

/* Read a file of a task from its beginning. */
static bool read_again(int fd, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);

	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}

/*
 * The state alone does not tell in which call it sleeps, and the call alone
 * not whether it has been woken and is yet to run.
 */
static bool asleep(const struct diff_actor *actor)
{
	char text[512], *name_end;

	if (!read_again(actor->stat, text, sizeof(text)))
		return false;
	name_end = strrchr(text, ')');
	return name_end && !strncmp(name_end, ") S", 3) &&
	       read_again(actor->syscall, text, sizeof(text)) &&
	       text[0] >= '0' && text[0] <= '9' && is_queue_call(text);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

const struct diff_call *diff_crew_call(const struct diff_role *role)
{
	return &role->actors[DIFF_KERNEL]->call;
}

static bool is_at(const struct diff_role *role, int msqid)
{
	return msqid == -1 || diff_crew_call(role)->msqid == msqid;
}

/* NULL when nothing has moved while all were looked at, else who has. */
static struct diff_actor *who_moves(struct diff_crew *crew, int msqid)
{
	struct diff_actor *moves = NULL;

	for (int i = 0; i < DIFF_ROLES; i++) {
		struct diff_role *role = &crew->roles[i];

		for (int side = 0; side < DIFF_SIDES; side++) {
			struct diff_actor *actor = role->actors[side];
			bool ended;

			if (!role->busy || role->stopped ||
			    role->seen[side] || !is_at(role, msqid))
				continue;
			ended = stage_of(actor) == ENDED;
			if (!ended && asleep(actor))
				continue;
			role->seen[side] = ended;
			if (!moves || !ended)
				moves = actor;
		}
	}
	return moves;
}

static void tell_pids(struct diff_crew *crew)
{
	for (int i = 0; i < DIFF_ROLES; i++)
		diff_note(crew->task, "role %d: pids %d and %d%s%s", i,
			  crew->roles[i].actors[DIFF_KERNEL]->pid,
			  crew->roles[i].actors[DIFF_DEVICE]->pid,
			  crew->roles[i].busy ? ", busy" : "",
			  crew->roles[i].stopped ? ", stopped" : "");
}

static void wait_for_all(struct diff_crew *crew, int msqid)
{
	time_t until = seconds() + PATIENCE * test_slowness();
	struct diff_actor *actor;

	while ((actor = who_moves(crew, msqid))) {
		if (seconds() > until)
			diff_disagree(crew->task->world,
				      "process %d has neither returned nor fallen asleep",
				      actor->pid);
		if (stage_of(actor) == GIVEN)
			futex_wait(&actor->stage, GIVEN, 100);
	}
}

static bool same_end(const struct diff_role *kernel,
		     const struct diff_role *device)
{
	const struct diff_actor *a = kernel->actors[DIFF_KERNEL];
	const struct diff_actor *b = device->actors[DIFF_DEVICE];

	if (kernel->seen[DIFF_KERNEL] != device->seen[DIFF_DEVICE])
		return false;
	if (!kernel->seen[DIFF_KERNEL])
		return true;
	return a->answer.ret == b->answer.ret &&
	       a->answer.error == b->answer.error &&
	       (a->answer.error == EFAULT ||
		!memcmp(a->bytes, b->bytes, sizeof(a->bytes)));
}

bool diff_crew_alike(const struct diff_role *a, const struct diff_role *b)
{
	const struct diff_actor *x = a->actors[DIFF_KERNEL];
	const struct diff_actor *y = b->actors[DIFF_KERNEL];

	return !memcmp(&x->call, &y->call, sizeof(x->call)) &&
	       !memcmp(&x->who, &y->who, sizeof(x->who));
}

static void trade(struct diff_role *a, struct diff_role *b)
{
	struct diff_actor *actor = a->actors[DIFF_DEVICE];
	bool seen = a->seen[DIFF_DEVICE];

	a->actors[DIFF_DEVICE] = b->actors[DIFF_DEVICE];
	a->seen[DIFF_DEVICE] = b->seen[DIFF_DEVICE];
	b->actors[DIFF_DEVICE] = actor;
	b->seen[DIFF_DEVICE] = seen;
}

/* Another role that is interchangeable has ended as this one should have. */
static bool find_trade(struct diff_crew *crew, struct diff_role *role)
{
	for (int i = 0; i < DIFF_ROLES; i++) {
		struct diff_role *other = &crew->roles[i];

		if (other == role || !other->busy || other->stopped ||
		    !diff_crew_alike(role, other) || same_end(other, other) ||
		    !same_end(role, other))
			continue;
		trade(role, other);
		crew->traded++;
		return true;
	}
	return false;
}

static void tell_end(struct diff_crew *crew, struct diff_role *role)
{
	char texts[DIFF_SIDES][64];

	for (int side = 0; side < DIFF_SIDES; side++) {
		snprintf(texts[side], sizeof(texts[side]), "is asleep");
		if (role->seen[side])
			diff_tell_answer(&role->actors[side]->answer,
					 texts[side], sizeof(texts[side]));
	}
	tell_pids(crew);
	diff_disagree(crew->task->world,
		      "role %d: the kernel's: %s; the device's: %s%s",
		      (int)(role - crew->roles), texts[DIFF_KERNEL],
		      texts[DIFF_DEVICE],
		      strcmp(texts[DIFF_KERNEL], texts[DIFF_DEVICE]) ? "" :
		      ", and another message");
}

static void compare_ends(struct diff_crew *crew)
{
	for (int i = 0; i < DIFF_ROLES; i++) {
		struct diff_role *role = &crew->roles[i];

		if (role->busy && !role->stopped && !same_end(role, role) &&
		    !find_trade(crew, role))
			tell_end(crew, role);
	}
}

static void note_ends(struct diff_crew *crew)
{
	char text[64];

	for (int i = 0; i < DIFF_ROLES; i++) {
		struct diff_role *role = &crew->roles[i];
		struct diff_actor *actor = role->actors[DIFF_KERNEL];
		int error = actor->answer.error;

		if (!role->busy || !role->seen[DIFF_KERNEL])
			continue;
		diff_tell_answer(&actor->answer, text, sizeof(text));
		diff_note(crew->task, "   role %d is answered %s", i, text);
		crew->counts[actor->call.kind]
			    [error < DIFF_ERRORS ? error : 0]++;
		crew->waits += crew->task->world->steps != role->since;
		role->busy = false;
	}
}

static const struct diff_actor *actor_of(struct diff_crew *crew,
					 enum diff_side side, pid_t pid)
{
	for (int i = 0; i < DIFF_ROLES; i++)
		if (crew->actors[i][side].pid == pid)
			return &crew->actors[i][side];
	return NULL;
}

/*
 * Both play the same role, or interchangeable ones; or this was so when they
 * were seen first.
 */
static bool same_pids(struct diff_crew *crew, const pid_t *pids, pid_t *known)
{
	const struct diff_actor *a = actor_of(crew, DIFF_KERNEL,
					      pids[DIFF_KERNEL]);
	const struct diff_actor *b = actor_of(crew, DIFF_DEVICE,
					      pids[DIFF_DEVICE]);

	if (pids[DIFF_KERNEL] != pids[DIFF_DEVICE] &&
	    memcmp(pids, known, DIFF_SIDES * sizeof(*pids)) &&
	    (!a || !b || memcmp(&a->call, &b->call, sizeof(a->call)) ||
	     memcmp(&a->who, &b->who, sizeof(a->who))))
		return false;
	memcpy(known, pids, DIFF_SIDES * sizeof(*pids));
	return true;
}

static void compare_queue(struct diff_crew *crew, unsigned int queue)
{
	struct msqid_ds states[DIFF_SIDES];
	pid_t senders[DIFF_SIDES], receivers[DIFF_SIDES];
	int msqid = crew->queues[queue];
	bool alike;

	CHECK_OK(diff_kernel_control(msqid, IPC_STAT, &states[DIFF_KERNEL]));
	CHECK_OK(msgctl(msqid, IPC_STAT, &states[DIFF_DEVICE]));
	for (int side = 0; side < DIFF_SIDES; side++) {
		senders[side] = states[side].msg_lspid;
		receivers[side] = states[side].msg_lrpid;
		states[side].msg_lspid = 0;
		states[side].msg_lrpid = 0;
	}
	alike = diff_same_state(&states[DIFF_KERNEL], &states[DIFF_DEVICE]);
	if (!alike)
		for (int side = 0; side < DIFF_SIDES; side++)
			diff_note(crew->task,
				  "%s: %lu messages, %lu bytes, stime %ld, rtime %ld, ctime %ld",
				  side_names[side],
				  (unsigned long)states[side].msg_qnum,
				  (unsigned long)states[side].__msg_cbytes,
				  (long)states[side].msg_stime,
				  (long)states[side].msg_rtime,
				  (long)states[side].msg_ctime);
	if (alike && same_pids(crew, senders, crew->pids[queue].sender) &&
	    same_pids(crew, receivers, crew->pids[queue].receiver))
		return;
	tell_pids(crew);
	diff_disagree(crew->task->world,
		      "state of queue %d differs: last senders %d and %d, receivers %d and %d",
		      msqid, senders[DIFF_KERNEL], senders[DIFF_DEVICE],
		      receivers[DIFF_KERNEL], receivers[DIFF_DEVICE]);
}

void diff_crew_settle(struct diff_crew *crew, int msqid)
{
	if (!(crew->task->world->steps % ALL_EVERY))
		msqid = -1;
	wait_for_all(crew, msqid);
	compare_ends(crew);
	note_ends(crew);
	for (int i = 0; i < DIFF_QUEUES; i++)
		compare_queue(crew, i);
}

void diff_crew_give(struct diff_crew *crew, unsigned int role,
		    const struct diff_identity *who,
		    const struct diff_call *call)
{
	struct diff_role *given = &crew->roles[role];
	char text[160];

	crew->task->world->steps++;
	diff_tell_call(call, text, sizeof(text));
	diff_note(crew->task, "role %u, uid %u, gid %u: %s", role, who->uid,
		  who->gid, text);
	given->busy = true;
	given->since = crew->task->world->steps;
	for (int side = 0; side < DIFF_SIDES; side++) {
		struct diff_actor *actor = given->actors[side];

		given->seen[side] = false;
		memcpy(&actor->call, call, sizeof(*call));
		memcpy(&actor->who, who, sizeof(*who));
		set_stage(actor, GIVEN);
		futex_wake(&actor->stage);
	}
	diff_crew_settle(crew, call->msqid);
}

static void signal_both(struct diff_role *role, int signal)
{
	for (int side = 0; side < DIFF_SIDES; side++)
		CHECK_OK(kill(role->actors[side]->pid, signal));
}

static void settle_role(struct diff_crew *crew, unsigned int role)
{
	diff_crew_settle(crew, diff_crew_call(&crew->roles[role])->msqid);
}

void diff_crew_interrupt(struct diff_crew *crew, unsigned int role)
{
	crew->task->world->steps++;
	diff_note(crew->task, "role %u is interrupted", role);
	signal_both(&crew->roles[role], SIGUSR1);
	settle_role(crew, role);
}

void diff_crew_stop(struct diff_crew *crew, unsigned int role)
{
	crew->task->world->steps++;
	diff_note(crew->task, "role %u is stopped", role);
	signal_both(&crew->roles[role], SIGSTOP);
	for (int side = 0; side < DIFF_SIDES; side++)
		CHECK_OK(waitpid(crew->roles[role].actors[side]->pid, NULL,
				 WUNTRACED));
	crew->roles[role].stopped = true;
	settle_role(crew, role);
}

void diff_crew_continue(struct diff_crew *crew, unsigned int role)
{
	crew->task->world->steps++;
	diff_note(crew->task, "role %u goes on", role);
	crew->roles[role].stopped = false;
	signal_both(&crew->roles[role], SIGCONT);
	settle_role(crew, role);
}

void diff_crew_replace(struct diff_crew *crew, unsigned int role)
{
	crew->task->world->steps++;
	diff_note(crew->task, "role %u is killed", role);
	for (int side = 0; side < DIFF_SIDES; side++) {
		end_actor(crew->roles[role].actors[side]);
		start_actor(crew, crew->roles[role].actors[side], side);
	}
	crew->roles[role].busy = false;
	crew->roles[role].stopped = false;
	diff_crew_settle(crew, -1);
}
