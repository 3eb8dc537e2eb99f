/* SPDX-License-Identifier: MIT */
/*
 * diff_crew.h - pairs of processes that wait, one on each side
 *
 * A role is played by two processes, one at the kernel's queues and one at the
 * device's, which are given the same call.  After each step all settle: a call
 * has returned, or its process is seen asleep in it.  Only the next step wakes
 * a process that sleeps so.  Then both sides have to be alike in the calls that
 * have returned, in their answers, and in the state of each queue.
 *
 * Linux leaves the order of some wake-ups to a race: senders that fit are all
 * woken and run for the room, and receivers are all woken by IPC_SET and queue
 * up again.  Roles whose calls are the same in everything are interchangeable,
 * though: where one side has served one of them and the other side another,
 * the processes of the one side trade their roles.  The caller of a step makes
 * sure that no others are in such a race.
 */
#ifndef DIFF_CREW_H
#define DIFF_CREW_H

#include "diff.h"

#define DIFF_ROLES	8
#define DIFF_QUEUES	3
#define DIFF_TEXT	64	/* longest message */

/* One of the two processes of a role. */
struct diff_actor {
	int stage;
	pid_t pid;
	int stat;		/* the file that tells its state */
	int syscall;		/* and the one that tells its call */
	struct diff_identity who;
	struct diff_call call;
	struct diff_answer answer;
	unsigned char bytes[sizeof(long) + DIFF_TEXT + 16];
};

struct diff_role {
	struct diff_actor *actors[DIFF_SIDES];
	bool busy;		/* it has been given a call */
	bool stopped;
	bool seen[DIFF_SIDES];	/* its call has ended */
	unsigned long since;	/* the step that gave it */
};

/* The last sender and receiver of a queue, as seen last on each side. */
struct diff_pids {
	pid_t sender[DIFF_SIDES];
	pid_t receiver[DIFF_SIDES];
};

struct diff_crew {
	struct diff_task *task;
	struct diff_actor (*actors)[DIFF_SIDES];
	struct diff_role roles[DIFF_ROLES];
	int queues[DIFF_QUEUES];
	struct diff_pids pids[DIFF_QUEUES];
	unsigned long counts[DIFF_KINDS][DIFF_ERRORS];
	unsigned long waits;	/* calls that slept */
	unsigned long traded;
};

/* diff_actor.c: one process. */
void diff_actor_start(struct diff_actor *actor, struct diff_world *world,
		      enum diff_side side);
void diff_actor_end(struct diff_actor *actor);
void diff_actor_give(struct diff_actor *actor, const struct diff_identity *who,
		     const struct diff_call *call);
bool diff_actor_ended(const struct diff_actor *actor);
/* It sleeps in its call, and has not been woken. */
bool diff_actor_asleep(const struct diff_actor *actor);
/* Wait until its call has ended, or for a short time. */
void diff_actor_await(struct diff_actor *actor);

/* diff_crew.c: all of them. */
void diff_crew_start(struct diff_crew *crew, struct diff_task *task);
void diff_crew_end(struct diff_crew *crew);

/*
 * Wait until all roles that call a queue have settled, and compare.  A step at
 * one queue lets no role go on at another; the next check of all roles, with
 * msqid -1, would notice it.
 */
void diff_crew_settle(struct diff_crew *crew, int msqid);

/* Each of these settles. */
void diff_crew_give(struct diff_crew *crew, unsigned int role,
		    const struct diff_identity *who,
		    const struct diff_call *call);
void diff_crew_interrupt(struct diff_crew *crew, unsigned int role);
void diff_crew_stop(struct diff_crew *crew, unsigned int role);
void diff_crew_continue(struct diff_crew *crew, unsigned int role);
void diff_crew_replace(struct diff_crew *crew, unsigned int role);

/* The roles' calls are the same in everything. */
bool diff_crew_alike(const struct diff_role *a, const struct diff_role *b);
/* Its call, while it is busy. */
const struct diff_call *diff_crew_call(const struct diff_role *role);

#endif /* DIFF_CREW_H */
