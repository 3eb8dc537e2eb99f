// SPDX-License-Identifier: MIT
/*
 * diff_crew.c - pairs of processes that wait, one on each side; see
 * diff_crew.h
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>

#include "diff_crew.h"
#include "options.h"
#include "test.h"

/* All roles are checked once in so many steps, whatever the step was. */
#define ALL_EVERY	16

static const char *const side_names[] = { "kernel", "device" };

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
			diff_actor_start(&crew->actors[i][side],
					 task->world, side);
		}
}

void diff_crew_end(struct diff_crew *crew)
{
	for (int i = 0; i < DIFF_ROLES; i++)
		for (int side = 0; side < DIFF_SIDES; side++)
			diff_actor_end(&crew->actors[i][side]);
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

/* NULL if no actor has moved while all were checked, else one that has. */
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
			ended = diff_actor_ended(actor);
			if (!ended && diff_actor_asleep(actor))
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
	time_t until = seconds() + PATIENCE;
	struct diff_actor *actor;

	while ((actor = who_moves(crew, msqid))) {
		if (seconds() > until)
			diff_disagree(crew->task->world,
				      "process %d has neither returned nor fallen asleep",
				      actor->pid);
		diff_actor_await(actor);
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

/* Find an interchangeable role that has ended as this one should have. */
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
 * Both actors play the same role, or interchangeable roles; or they did when
 * they were seen first.
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
		given->seen[side] = false;
		diff_actor_give(given->actors[side], who, call);
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
	/* One signal restarts calls, which makes no difference to these. */
	signal_both(&crew->roles[role],
		    crew->task->world->steps % 2 ? SIGUSR1 : SIGUSR2);
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
		struct diff_actor *actor = crew->roles[role].actors[side];

		diff_actor_end(actor);
		diff_actor_start(actor, crew->task->world, side);
	}
	crew->roles[role].busy = false;
	crew->roles[role].stopped = false;
	diff_crew_settle(crew, -1);
}
