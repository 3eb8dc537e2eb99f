// SPDX-License-Identifier: GPL-2.0-only
/*
 * Listing the tasks and processes at a queue; the model is described in who.h.
 *
 * Locks: waiting tasks are read under the queue's lock, which is released after
 * each lot of them.  A walk goes on from the key and the arrival where it
 * stopped, and not from a waiter, which may be gone.
 */
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/msg.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "util/argument.h"
#include "util/index.h"
#include "claimer.h"
#include "message.h"
#include "queue.h"
#include "wait.h"
#include "who.h"

/* How many tasks are read under one hold of the lock. */
#define LOT	64

/* The first version of struct msgq_party was so long: a program's is no less. */
#define PARTY_FIRST_SIZE 48

static_assert(sizeof(struct msgq_party) == PARTY_FIRST_SIZE);
static_assert(sizeof(struct msgq_who) == 40);

/**
 * struct listing - the parties that are collected for the program
 * @parties: the array, cleared
 * @room: for how many it has room
 * @count: how many it holds
 * @claimers: how many processes have claims
 * @claimer: the process that was visited last
 * @pid_ns: the pid namespace of the caller
 */
struct listing {
	struct msgq_party *parties;
	u32 room;
	u32 count;
	u32 claimers;
	const struct pid *claimer;
	struct pid_namespace *pid_ns;
};

static struct msgq_party *next_party(struct listing *listing)
{
	if (listing->count == listing->room)
		return NULL;
	return &listing->parties[listing->count++];
}

static void add_claims(struct pid *pid, unsigned long claims, void *data)
{
	struct listing *listing = data;
	struct msgq_party *party;

	/* By another opening of the same process, which was added last. */
	if (listing->claimer == pid) {
		if (listing->claimers == listing->count)
			listing->parties[listing->count - 1].size += claims;
		return;
	}

	listing->claimer = pid;
	listing->claimers++;
	party = next_party(listing);
	if (!party)
		return;
	party->pid = pid_nr_ns(pid, listing->pid_ns);
	party->what = MSGQ_PARTY_CLAIMS;
	party->size = claims;
}

/* The arguments of msgrcv(2), as far as the waiter shows them. */
static void describe_receiver(const struct msgq_queue *queue,
			      const struct msgq_waiter *waiter,
			      struct msgq_party *party)
{
	party->what = MSGQ_PARTY_RECEIVES;
	party->type = waiter->node.key;
	if (waiter->index == &queue->waiters.except)
		party->msgflg = MSG_EXCEPT;
	else if (waiter->index == &queue->waiters.up_to)
		party->type = party->type == S64_MAX ? 0 : -party->type;
	if (waiter->room == SIZE_MAX)
		party->msgflg |= MSG_NOERROR;
	else
		party->size = waiter->room;
	if (waiter->claims)
		party->flags = MSGQ_CLAIM;
}

static void describe_waiter(const struct msgq_queue *queue,
			    const struct msgq_waiter *waiter,
			    struct pid_namespace *pid_ns,
			    struct msgq_party *party)
{
	party->pid = task_tgid_nr_ns(waiter->task, pid_ns);
	party->tid = task_pid_nr_ns(waiter->task, pid_ns);
	party->waited = jiffies64_to_nsecs(jiffies - waiter->began);
	if (waiter->index != &queue->waiters.room) {
		describe_receiver(queue, waiter, party);
		return;
	}
	party->what = MSGQ_PARTY_SENDS;
	party->type = waiter->type;
	party->size = waiter->msg->size;
}

/**
 * struct walk_place - where a walk over an index stopped
 * @key: the key of the last one
 * @arrival: its arrival
 */
struct walk_place {
	s64 key;
	u64 arrival;
};

/* The next one of a walk. */
static struct msgq_node *resume_walk(const struct msgq_index *index,
				     const struct walk_place *place)
{
	struct msgq_node *node = msgq_index_from(index, place->key);

	while (node && node->key == place->key &&
	       node->arrival <= place->arrival)
		node = msgq_index_next(node);
	return node;
}

/* Add some of the waiters of an index; false when there are no more to add. */
static bool add_waiters_lot(struct msgq_queue *queue,
			    const struct msgq_index *index,
			    struct walk_place *place, struct listing *listing)
{
	struct msgq_node *node = resume_walk(index, place);
	unsigned int i;

	for (i = 0; node && i < LOT; i++) {
		struct msgq_party *party = next_party(listing);

		if (!party)
			return false;
		describe_waiter(queue,
				container_of(node, struct msgq_waiter, node),
				listing->pid_ns, party);
		place->key = node->key;
		place->arrival = node->arrival;
		node = msgq_index_next(node);
	}
	return node;
}

static void add_waiters(struct msgq_queue *queue,
			const struct msgq_index *index,
			struct listing *listing)
{
	struct walk_place place = { .key = S64_MIN };
	bool more;

	do {
		spin_lock(&queue->ipc.lock);
		more = add_waiters_lot(queue, index, &place, listing);
		spin_unlock(&queue->ipc.lock);
		cond_resched();
	} while (more);
}

static int add_parties(struct msgq_queue *queue, struct msgq_who *arg,
		       struct listing *listing)
{
	int err = 0;

	spin_lock(&queue->ipc.lock);
	if (!svipc_owned(&queue->ipc))
		err = -EPERM;
	else if (queue->ipc.removed)
		err = -EIDRM;
	arg->receivers = msgq_interest_in_messages(&queue->waiters);
	arg->senders = queue->waiters.room.count;
	arg->descriptors = queue->opened;
	spin_unlock(&queue->ipc.lock);
	if (err)
		return err;

	msgq_claimers_visit(queue, add_claims, listing);
	add_waiters(queue, &queue->waiters.equal, listing);
	add_waiters(queue, &queue->waiters.except, listing);
	add_waiters(queue, &queue->waiters.up_to, listing);
	add_waiters(queue, &queue->waiters.room, listing);
	arg->claimers = listing->claimers;
	arg->count = listing->count;
	return 0;
}

/**
 * msgq_who() - list the parties at a queue
 * @queue: the queue; the caller holds a reference
 * @arg: where to put it; its numbers are set
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL for an argument that makes no sense; -EPERM; -EIDRM;
 * -ENOMEM; -EFAULT.
 */
long msgq_who(struct msgq_queue *queue, struct msgq_who *arg)
{
	struct listing listing = {
		.room = arg->count,
		.pid_ns = task_active_pid_ns(current),
	};
	long ret;

	if (arg->flags || arg->count > MSGQ_WHO_MOST ||
	    arg->size < PARTY_FIRST_SIZE || arg->size > PAGE_SIZE)
		return -EINVAL;

	listing.parties = kvcalloc(arg->count, sizeof(struct msgq_party),
				   GFP_KERNEL_ACCOUNT);
	if (!listing.parties)
		return -ENOMEM;

	ret = add_parties(queue, arg, &listing) ?:
	      msgq_copy_results(u64_to_user_ptr(arg->parties), arg->size,
				listing.parties, sizeof(struct msgq_party),
				listing.count);
	kvfree(listing.parties);
	return ret;
}
