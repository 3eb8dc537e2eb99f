/* SPDX-License-Identifier: MIT */
/*
 * The environment of a test: the module's instance, empty; user memory; the
 * calls, made as a program makes them; and tasks that wait in them.
 *
 * The suites use env_init() and env_exit().  The latter removes all queues,
 * ends all workers, restores the limits and checks that nothing is left.
 */
#ifndef MSGQ_KUNIT_ENV_H
#define MSGQ_KUNIT_ENV_H

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/cred.h>
#include <linux/list.h>
#include <linux/prandom.h>
#include <linux/types.h>

#include <msgq.h>

#include "msg/instance.h"

/* Bytes of an area of user memory; behind it lies a hole. */
#define AREA_BYTES	(8 * PAGE_SIZE)

/* No wait is longer than this.  It is there to end a test that hangs. */
#define PATIENCE	(100 * HZ)

struct mm_struct;
struct task_struct;

/**
 * struct env - the environment of a test
 * @test: the test
 * @instance: the instance
 * @limits: its limits as they were
 * @from: an area of user memory to send from
 * @to: an area of user memory to receive into
 * @fresh: an area that is untouched yet, so that the first access faults
 * @read_only: a page of user memory that cannot be written
 * @workers: all workers
 * @holder: the task that holds faults up, or NULL
 */
struct env {
	struct kunit *test;
	struct msgq_instance *instance;
	struct msgq_limits limits;
	char __user *from;
	char __user *to;
	char __user *fresh;
	char __user *read_only;
	struct list_head workers;
	struct task_struct *holder;
};

int env_init(struct kunit *test);
void env_exit(struct kunit *test);

/* The seed of the property tests, and a generator with this seed. */
u32 env_seed(struct rnd_state *rnd);
u32 below(struct rnd_state *rnd, u32 most);

/* A caller who is neither root nor in its group, with no capability. */
const struct cred *env_user(struct env *env, uid_t uid, gid_t gid);

/* Has the allocation selected by current->fail_nth failed? */
bool has_failed(void);

/* A message's bytes follow from its number, which tells the messages apart. */
char text_byte(u32 number, size_t at);
void put_text(struct env *env, char __user *to, u32 number, size_t size);
bool is_text(struct env *env, const char __user *from, u32 number, size_t size);

/* The calls. */
int new_queue(struct env *env, int mode);
int send(struct env *env, int id, s64 type, u32 number, size_t size);
long receive(struct env *env, int id, size_t size, s64 type, int flags);
s64 received_type(struct env *env);
/* A queue with so many messages of type 5, numbered from 1; the areas are in memory. */
int filled_queue(struct env *env, int messages, size_t size);
int highest_index(struct msgq_instance *instance);
struct msgq_queue *queue_at(struct env *env, int id);
struct msgq_ds64 stat_of(struct env *env, int id);
int set_queue(struct env *env, int id, int mode, u64 qbytes);

/**
 * struct worker - a task that makes one call, which may wait
 * @list: among the workers of the test
 * @env: the test's
 * @cred: whose rights it has, or NULL
 * @snd: the call, if it is a sender
 * @rcv: the call, if it is a receiver
 * @sends: which of the two
 * @task: the task
 * @mm: the test's memory
 * @done: the call has come to its end
 * @ret: its return value
 */
struct worker {
	struct list_head list;
	struct env *env;
	const struct cred *cred;
	struct msgq_snd snd;
	struct msgq_rcv rcv;
	bool sends;
	struct task_struct *task;
	struct mm_struct *mm;
	struct completion done;
	long ret;
};

struct worker *start_sender(struct env *env, const struct cred *cred, int id,
			    s64 type, u32 number, size_t size);
struct worker *start_receiver(struct env *env, const struct cred *cred, int id,
			      size_t size, s64 type, int flags);
struct worker *start_receiver_at(struct env *env, char __user *msgp, int id,
				 size_t size, s64 type, int flags);
long worker_ends(struct worker *worker);
bool worker_waits(struct worker *worker);
bool worker_received(struct worker *worker, s64 type, u32 number, size_t size);
void end_workers(struct env *env);

/*
 * Between these two a receive into the fresh area stops in the middle of its
 * copy: its message is on the way.
 */
void hold_faults(struct env *env);
void let_faults(struct env *env);
struct worker *start_taker(struct env *env, size_t room, size_t size, int id,
			   s64 type);

/* The number of waiters at a queue; and wait until there are so many. */
int receivers_of(struct env *env, int id);
int senders_of(struct env *env, int id);
void await_waiters(struct env *env, int id, int receivers, int senders);

#endif /* MSGQ_KUNIT_ENV_H */
