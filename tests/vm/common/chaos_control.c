// SPDX-License-Identifier: MIT
/*
 * chaos_control.c - a process that sets, removes and makes queues and moves
 * the limits, and is never killed; see chaos.h
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "chaos.h"
#include "desc_claims.h"
#include "peer.h"
#include "test.h"

struct controller {
	struct chaos_world *world;
	struct fuzz_random random;
};

static uint64_t below(struct controller *me, uint64_t bound)
{
	return fuzz_below(&me->random, bound);
}

/* Pause between two actions, so that the others make progress. */
static void pause_up_to(struct controller *me, long microseconds)
{
	const struct timespec pause = {
		.tv_nsec = 1000 * below(me, microseconds),
	};

	nanosleep(&pause, NULL);
}

static void set(struct controller *me)
{
	static const unsigned int modes[] = { 0666, 0666, 0666, 0600, 0644,
					      0622 };
	static const unsigned long bytes[] = { 100, 1000, 9000, 16384, 16384,
					       65536, 262144 };
	struct chaos_world *world = me->world;
	struct chaos_incarnation *queue;
	struct msqid_ds state;
	int ret;

	queue = &world->queues[world->current[below(me, CHAOS_PLACES)]];
	ret = msgctl(queue->msqid, IPC_STAT, &state);
	if (!ret) {
		state.msg_perm.mode = modes[below(me, ARRAY_SIZE(modes))];
		state.msg_qbytes = bytes[below(me, ARRAY_SIZE(bytes))];
		ret = msgctl(queue->msqid, IPC_SET, &state);
	}
	/* A container's root may lack permission for more. */
	if (!ret)
		chaos_count(world, CHAOS_SETS);
	else if (errno == EPERM && state.msg_qbytes > 16384)
		;
	else if ((errno != EINVAL && errno != EIDRM) || !queue->removing)
		FAIL("IPC_SET: unexpected %s", strerrorname_np(errno));
}

/* Remove a place's queue and make the next one. */
static void replace(struct controller *me)
{
	unsigned int place = CHAOS_KEPT +
			     below(me, CHAOS_PLACES - CHAOS_KEPT);
	struct chaos_world *world = me->world;
	struct chaos_incarnation *queue;

	if (world->incarnations + CHAOS_PLACES > CHAOS_INCARNATIONS ||
	    __atomic_exchange_n(&world->busy[place], 1, __ATOMIC_SEQ_CST))
		return;
	queue = &world->queues[world->current[place]];
	__atomic_store_n(&queue->removing, chaos_tick(world), __ATOMIC_SEQ_CST);
	CHECK_OK(msgctl(queue->msqid, IPC_RMID, NULL));
	queue->removed = chaos_tick(world);
	queue->sent_before = __atomic_load_n(&world->next, __ATOMIC_SEQ_CST);
	chaos_count(world, CHAOS_REMOVALS);
	pause_up_to(me, 300);
	chaos_queue_make(world, place);
	__atomic_store_n(&world->busy[place], 0, __ATOMIC_SEQ_CST);
}

/* The limit on messages of the user that makes all queues, or of the namespace. */
static void move_quota(struct controller *me)
{
	struct msgq_quota quota = {
		.flags = MSGQ_QUOTA_MESSAGES |
			 (below(me, 2) ? MSGQ_QUOTA_INSTANCE : 0),
		.messages = 1 + below(me, 60),
	};
	const unsigned int flags = quota.flags;

	CHECK_OK(ioctl(the_device(), MSGQ_IOC_QUOTA, &quota));
	pause_up_to(me, 3000);
	quota.flags = flags;
	quota.messages = MSGQ_UNLIMITED;
	CHECK_OK(ioctl(the_device(), MSGQ_IOC_QUOTA, &quota));
}

static void move_limit(struct controller *me)
{
	if (!me->world->limit)
		return;
	chaos_count(me->world, CHAOS_LIMITS);
	if (below(me, 2)) {
		move_quota(me);
		return;
	}
	limit_set("msgtql", 1 + below(me, 60));
	pause_up_to(me, 3000);
	limit_set("msgtql", CHAOS_NO_LIMIT);
}

void chaos_controller(struct chaos_world *world, uint64_t seed)
{
	struct controller me = { .world = world };

	fuzz_seed(&me.random, seed);
	while (chaos_phase(world) == CHAOS_RUN) {
		switch (below(&me, 8)) {
		case 0:
			replace(&me);
			break;
		case 1:
			move_limit(&me);
			break;
		default:
			set(&me);
		}
		pause_up_to(&me, 6000);
	}
	_exit(EXIT_SUCCESS);
}
