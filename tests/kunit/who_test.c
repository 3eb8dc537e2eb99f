// SPDX-License-Identifier: MIT
/*
 * The tasks at a queue: a walk over the waiters that releases the lock on the
 * way, and its result without memory.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "ipc/exit_notice.h"
#include "msg/queue.h"
#include "msg/who.h"
#include "batches.h"
#include "env.h"
#include "process.h"

/* More waiters than fit into two lots. */
#define WAITERS	130

static struct msgq_who who_of(struct env *env, u32 count)
{
	return (struct msgq_who){
		.parties = (unsigned long)env->to,
		.count = count,
		.size = sizeof(struct msgq_party),
	};
}

static struct msgq_party party_at(struct env *env, u32 i)
{
	struct msgq_party party;

	KUNIT_ASSERT_EQ(env->test, 0,
			copy_from_user(&party, env->to + i * sizeof(party),
				       sizeof(party)));
	return party;
}

/* Receivers of two rules, listed by rule, then in order of arrival. */
static void who_waits(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct msgq_who who = who_of(env, MSGQ_WHO_MOST);
	struct worker **workers;
	u32 i;

	workers = kunit_kcalloc(test, WAITERS, sizeof(*workers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, workers);
	for (i = 0; i < WAITERS; i++)
		workers[i] = start_receiver(env, NULL, id, i, i % 2 ? 7 : 0, 0);
	KUNIT_ASSERT_EQ(test, 0, msgq_who(queue_at(env, id), &who));
	KUNIT_EXPECT_EQ(test, who.count, WAITERS);
	KUNIT_EXPECT_EQ(test, who.receivers, WAITERS);
	KUNIT_EXPECT_EQ(test, who.senders, 0);
	for (i = 0; i < WAITERS; i++) {
		struct msgq_party party = party_at(env, i);
		u32 number = i < WAITERS / 2 ? 2 * i + 1 : 2 * i - WAITERS;

		KUNIT_EXPECT_EQ(test, party.what, MSGQ_PARTY_RECEIVES);
		KUNIT_EXPECT_EQ(test, party.size, number);
		KUNIT_EXPECT_EQ(test, party.type, number % 2 ? 7 : 0);
		KUNIT_EXPECT_EQ(test, party.tid,
				task_pid_nr(workers[number]->task));
	}

	/* No more entries are written than there is room for. */
	KUNIT_ASSERT_EQ(test, 0, clear_user(env->to, AREA_BYTES));
	who = who_of(env, 70);
	KUNIT_ASSERT_EQ(test, 0, msgq_who(queue_at(env, id), &who));
	KUNIT_EXPECT_EQ(test, who.count, 70);
	KUNIT_EXPECT_EQ(test, who.receivers, WAITERS);
	KUNIT_EXPECT_EQ(test, party_at(env, 69).what, MSGQ_PARTY_RECEIVES);
	KUNIT_EXPECT_EQ(test, party_at(env, 70).what, 0);
}

static long claim_two(struct env *env, void *data)
{
	struct msgq_descriptor *descriptor = data;

	return claim_one(env, descriptor, 0, 5, 1, 1, 1) &&
	       claim_one(env, descriptor, 0, 5, 2, 1, 1) ? 0 : -EINVAL;
}

static void who_claims(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_descriptor *descriptor;
	struct msgq_who who = who_of(env, 4);
	int id = new_queue(env, 0600), fd;
	struct process *process;
	u32 i;

	if (!svipc_notices_given)
		kunit_skip(test, "this kernel does not tell of exits");
	fd = open_queue(env, id, 0);
	descriptor = descriptor_of(env, fd);
	for (i = 0; i < 4; i++)
		KUNIT_ASSERT_EQ(test, 0, send(env, id, 5, i, 1));
	KUNIT_ASSERT_NE(test, 0, claim_one(env, descriptor, 0, 5, 0, 1, 1));
	process = start_process(env, claim_two, descriptor);
	KUNIT_ASSERT_EQ(test, 0, process_ret(process));
	KUNIT_ASSERT_EQ(test, 0, msgq_who(descriptor->queue, &who));
	KUNIT_EXPECT_EQ(test, who.count, 2);
	KUNIT_EXPECT_EQ(test, who.claimers, 2);
	KUNIT_EXPECT_EQ(test, who.descriptors, 1);
	KUNIT_EXPECT_EQ(test, 3, party_at(env, 0).size + party_at(env, 1).size);

	/* There is room for one claimer. */
	who = who_of(env, 1);
	KUNIT_ASSERT_EQ(test, 0, msgq_who(descriptor->queue, &who));
	KUNIT_EXPECT_EQ(test, who.count, 1);
	KUNIT_EXPECT_EQ(test, who.claimers, 2);
	end_process(process);
	svipc_notices_drain(descriptor->queue);
	who = who_of(env, 4);
	KUNIT_ASSERT_EQ(test, 0, msgq_who(descriptor->queue, &who));
	KUNIT_EXPECT_EQ(test, who.claimers, 1);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).size, 1);
	KUNIT_EXPECT_EQ(test, party_at(env, 0).pid, task_pid_nr(current));
	close_queue(fd);
}

static void who_without_memory(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct msgq_who who = who_of(env, 4);

	current->fail_nth = 1;
	KUNIT_EXPECT_EQ(test, -ENOMEM, msgq_who(queue_at(env, id), &who));
	KUNIT_EXPECT_TRUE(test, has_failed());
	KUNIT_EXPECT_EQ(test, 0, msgq_who(queue_at(env, id), &who));
	KUNIT_EXPECT_EQ(test, who.count, 0);
}

static struct kunit_case who_cases[] = {
	KUNIT_CASE(who_waits),
	KUNIT_CASE(who_claims),
	KUNIT_CASE(who_without_memory),
	{ }
};

static struct kunit_suite who_suite = {
	.name = "msgq_who",
	.init = env_init,
	.exit = env_exit,
	.test_cases = who_cases,
};

kunit_test_suite(who_suite);
