// SPDX-License-Identifier: MIT
/*
 * stale.c - objects that seem to be no longer needed
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>

#include "tool.h"

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

/*
 * A semaphore that no process has changed since it was made, or that one of
 * another PID namespace has, tells of no process.
 */
bool is_orphan_set(int device, const struct object *set)
{
	bool any = false;
	pid_t pid;

	if (!set->has_state || set->semstate.waiting)
		return false;
	for (unsigned int i = 0; i < set->sem.sem_nsems; i++) {
		pid = read_semaphore(device, set->id, i, GETPID);
		if (pid == -1 || (pid && !process_has_ended(pid, 0)))
			return false;
		any |= pid;
	}
	return any || !set->sem.sem_otime;
}
