/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One namespace of queues.
 *
 * A namespace finds queues by identifier and by key, bounds them by its
 * limits, and counts what they hold.  Everything that is shared between
 * queues lies in it; nothing else in the module is global.
 *
 * An identifier is an index and a sequence number.  The indices go round in a
 * cycle that is wider than what is in use, and the sequence number grows with
 * each round, so that the identifier of a removed queue names no other queue
 * for a long time.  Who restores a queue asks for its identifier before.
 */
#ifndef MSGQ_NS_H
#define MSGQ_NS_H

#include <linux/atomic.h>
#include <linux/cache.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rhashtable.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/user_namespace.h>
#include <linux/xarray.h>

#include <msgq.h>

struct msgq_queue;

/* An identifier has so many bits of index, and above them the sequence number. */
#define MSGQ_INDEX_BITS	15

/* The most queues that a namespace can hold. */
#define MSGQ_MNI_MAX 32768

/* This value of the limit msgtql stands for no limit. */
#define MSGQ_TQL_NONE	INT_MAX

/**
 * struct msgq_limits - what bounds a namespace; all 0 to INT_MAX
 * @msgmax: bytes of text in one message
 * @msgmnb: bytes of text on a new queue
 * @msgmni: queues, at most MSGQ_MNI_MAX
 * @msgtql: messages on all queues together, or MSGQ_TQL_NONE
 */
struct msgq_limits {
	int msgmax;
	int msgmnb;
	int msgmni;
	int msgtql;
};

/**
 * struct msgq_ns - one namespace
 * @limits: its limits; written at any time, read with READ_ONCE()
 * @user_ns: where a caller needs its capabilities
 * @ids: queues by index; changed under @lock, read under RCU
 * @keys: queues by key; changed under @lock, read under RCU
 * @lock: serialises making and removing queues; protects @in_use, @last,
 *	@seq and @gone
 * @in_use: number of queues
 * @last: the index that was given last
 * @seq: the sequence number that goes with it
 * @next_id: the identifier that the next queue is to have, or -1 for any;
 *	written at any time, and used up under @lock
 * @gone: what has happened at queues that are removed, until they were
 * @received_after_removal: messages that receivers got of removed queues afterwards, less those
 *	that came back
 * @messages: messages on all queues
 * @quota_lock: protects @quota_waiters and, in each queue, the link to it
 * @quota_waiters: queues with a sender that waits until msgtql allows its
 *	message; each holds a reference while it is on the list
 */
struct msgq_ns {
	struct msgq_limits limits;
	struct user_namespace *user_ns;
	struct xarray ids;
	struct rhashtable keys;

	/* Outermost of the locks. */
	struct mutex lock;
	unsigned int in_use;
	int last;
	unsigned int seq;
	int next_id;
	struct msgq_counts gone;
	atomic64_t received_after_removal;

	atomic_long_t messages ____cacheline_aligned_in_smp;

	/* Innermost of the locks. */
	spinlock_t quota_lock;
	struct list_head quota_waiters;
};

struct msgq_ns *msgq_ns_of_caller(void);
int msgq_ns_init(const struct msgq_limits *limits);
void msgq_ns_exit(void);

struct msgq_queue *msgq_ns_find(struct msgq_ns *ns, int msqid);
struct msgq_queue *msgq_ns_find_index(struct msgq_ns *ns, int index);
struct msgq_queue *msgq_ns_get(struct msgq_ns *ns, int msqid);
struct msgq_queue *msgq_ns_find_key(struct msgq_ns *ns, s32 key);
int msgq_ns_add(struct msgq_ns *ns, struct msgq_queue *queue);
void msgq_ns_del(struct msgq_ns *ns, struct msgq_queue *queue);
int msgq_ns_highest(struct msgq_ns *ns);
unsigned long msgq_ns_bytes(struct msgq_ns *ns);
void msgq_ns_counts(struct msgq_ns *ns, struct msgq_counts *counts);

#endif /* MSGQ_NS_H */
