// SPDX-License-Identifier: MIT
/*
 * stale.c - objects that seem to be no longer needed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>

#include "objects.h"

/*
 * The module records times in whole seconds.  Assume the end of the second, so
 * that the object has really been idle for this long.
 */
bool is_idle(const struct object *object, uint64_t nanoseconds)
{
	uint64_t since = (uint64_t)object->last * SECOND + SECOND;
	struct timespec time;
	uint64_t now;

	if (!nanoseconds)
		return true;
	clock_gettime(CLOCK_REALTIME, &time);
	now = (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
	return now > since && now - since >= nanoseconds;
}

/*
 * Has the process that acted at this time ended?  A process of another PID
 * namespace has no PID here and may still be running.
 */
static bool process_has_ended(pid_t pid, time_t when)
{
	if (!pid)
		return !when;
	return kill(pid, 0) == -1 && errno == ESRCH;
}

bool is_orphan_queue(int device, const struct object *queue)
{
	const struct msgq_state *state = &queue->state;

	(void)device;
	if (!queue->has_state || state->descriptors || state->receivers ||
	    state->senders)
		return false;
	return process_has_ended(queue->ds.msg_lspid, queue->ds.msg_stime) &&
	       process_has_ended(queue->ds.msg_lrpid, queue->ds.msg_rtime);
}

/* Does nobody wait, and would the end of no process change the set? */
static bool is_unattended(int device, const struct object *set)
{
	struct msgq_semwho who = {
		.semid = set->id,
		.size = sizeof(struct msgq_semparty),
	};

	return !msgq_semwho(device, &who) && !who.waiting && !who.undoing;
}

/*
 * A semaphore without a PID was changed by a process of another PID namespace, or
 * never; then its value is 0, and nobody has operated on the set.
 */
bool is_orphan_set(int device, const struct object *set)
{
	pid_t pid;

	if (!set->has_state || !is_unattended(device, set))
		return false;
	for (unsigned int i = 0; i < set->sem.sem_nsems; i++) {
		pid = read_semaphore(device, set->id, i, GETPID);
		if (pid == -1)
			return false;
		if (!process_has_ended(pid, set->sem.sem_otime) ||
		    (!pid && read_semaphore(device, set->id, i, GETVAL)))
			return false;
	}
	return true;
}
