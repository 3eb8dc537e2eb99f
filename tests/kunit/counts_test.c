// SPDX-License-Identifier: MIT
/*
 * The counts of a queue, and the counts of all queues together.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/msg.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include "msg/remove.h"
#include "device.h"
#include "batches.h"

/* Bytes of text of each message; room for all of it, and for a part. */
#define SIZE	10
#define ROOM	(sizeof(s64) + SIZE)
#define LESS	(ROOM - 1)

static struct msgq_counts counts_of(struct env *env, int id)
{
	struct msgq_state state = { .msqid = id };

	KUNIT_ASSERT_EQ(env->test, 0, copy_to_user(env->from, &state, sizeof(state)));
	KUNIT_ASSERT_EQ(env->test, 0,
			msgq_device_ioctl(NULL, MSGQ_IOC_STATE,
					  (unsigned long)env->from));
	KUNIT_ASSERT_EQ(env->test, 0, copy_from_user(&state, env->from, sizeof(state)));
	KUNIT_EXPECT_EQ(env->test, state.counts.received, state.counts.sent - state.qnum);
	return state.counts;
}

static struct msgq_counts totals(struct env *env)
{
	struct msgq_info info;

	KUNIT_ASSERT_EQ(env->test, 0,
			msgq_device_ioctl(NULL, MSGQ_IOC_INFO,
					  (unsigned long)env->from));
	KUNIT_ASSERT_EQ(env->test, 0, copy_from_user(&info, env->from, sizeof(info)));
	return info.counts;
}

static void expect(struct env *env, struct msgq_counts got, struct msgq_counts wanted)
{
	KUNIT_EXPECT_EQ(env->test, got.sent, wanted.sent);
	KUNIT_EXPECT_EQ(env->test, got.received, wanted.received);
	KUNIT_EXPECT_EQ(env->test, got.waits, wanted.waits);
	KUNIT_EXPECT_EQ(env->test, got.full, wanted.full);
	KUNIT_EXPECT_EQ(env->test, got.claims, wanted.claims);
	KUNIT_EXPECT_EQ(env->test, got.returned, wanted.returned);
}

/* Counts that are not named are 0. */
#define COUNTS(...)	((struct msgq_counts){ __VA_ARGS__ })

static void expect_counts(struct env *env, int id, struct msgq_counts wanted)
{
	expect(env, counts_of(env, id), wanted);
}

static struct msgq_counts more_than(struct env *env, struct msgq_counts before)
{
	struct msgq_counts now = totals(env);

	return (struct msgq_counts){
		.sent = now.sent - before.sent,
		.received = now.received - before.received,
		.waits = now.waits - before.waits,
		.full = now.full - before.full,
		.claims = now.claims - before.claims,
		.returned = now.returned - before.returned,
	};
}

/* The counts of all queues have grown by wanted since before. */
static void expect_more(struct env *env, struct msgq_counts before, struct msgq_counts wanted)
{
	expect(env, more_than(env, before), wanted);
}

static void counts_calls(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 2, SIZE);

	expect_counts(env, id, COUNTS(.sent = 2));
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 2 * SIZE), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 3, SIZE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 3, 200), -EAGAIN);
	expect_counts(env, id, COUNTS(.sent = 2, .full = 2));
	KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 0, MSG_COPY), SIZE);
	KUNIT_EXPECT_EQ(test, receive(env, id, SIZE - 1, 0, 0), -E2BIG);
	KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 4, 0), -ENOMSG);
	expect_counts(env, id, COUNTS(.sent = 2, .full = 2));
	KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 0, 0), SIZE);
	KUNIT_EXPECT_EQ(test, receive(env, id, 1, 5, MSG_NOERROR), 1);
	expect_counts(env, id, COUNTS(.sent = 2, .received = 2, .full = 2));
}

/* A wait counts once, however often permission is checked again. */
static void counts_waits(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 1, SIZE);
	struct worker *receiver, *sender;

	receiver = start_receiver(env, NULL, id, SIZE, 6, 0);
	await_waiters(env, id, 1, 0);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, SIZE), 0);
	await_waiters(env, id, 1, 0);
	sender = start_sender(env, NULL, id, 6, 2, SIZE);
	await_waiters(env, id, 1, 1);
	expect_counts(env, id, COUNTS(.sent = 1, .waits = 2, .full = 1));
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, SIZE), 0);
	await_waiters(env, id, 1, 1);
	expect_counts(env, id, COUNTS(.sent = 1, .waits = 2, .full = 1));

	KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 5, 0), SIZE);
	KUNIT_EXPECT_EQ(test, worker_ends(sender), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(receiver, 6, 2, SIZE));
	expect_counts(env, id, COUNTS(.sent = 2, .received = 2, .waits = 2, .full = 1));
}

/* A message in flight does not count as received; a handed-over one does. */
static void counts_flight(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 2, SIZE);
	struct worker *good, *bad, *handed;

	hold_faults(env);
	good = start_taker(env, ROOM + PAGE_SIZE, SIZE, id, 0);
	bad = start_taker(env, LESS, SIZE, id, 0);
	expect_counts(env, id, COUNTS(.sent = 2));
	let_faults(env);
	KUNIT_EXPECT_TRUE(test, worker_received(good, 5, 1, SIZE));
	KUNIT_EXPECT_EQ(test, worker_ends(bad), -EFAULT);
	expect_counts(env, id, COUNTS(.sent = 2, .received = 1));

	/* It does until its receiver turns out to be unable to take it. */
	handed = start_receiver_at(env, env->fresh + AREA_BYTES - LESS, id, SIZE, 6, 0);
	hold_faults(env);
	KUNIT_EXPECT_EQ(test, send(env, id, 6, 3, SIZE), 0);
	expect_counts(env, id, COUNTS(.sent = 3, .received = 2, .waits = 1));
	let_faults(env);
	KUNIT_EXPECT_EQ(test, worker_ends(handed), -EFAULT);
	expect_counts(env, id, COUNTS(.sent = 3, .received = 1, .waits = 1));
}

static void counts_batches(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 0, SIZE), fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	struct msgq_entry entries[4];
	int i;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 3 * SIZE), 0);
	for (i = 0; i < ARRAY_SIZE(entries); i++)
		entries[i] = entry_of(5, i, SIZE);
	KUNIT_EXPECT_EQ(test, send_batch(env, one, entries, 4), 3);
	expect_counts(env, id, COUNTS(.sent = 3, .full = 1));
	KUNIT_EXPECT_EQ(test, send_batch(env, one, entries, 4), -EAGAIN);
	expect_counts(env, id, COUNTS(.sent = 3, .full = 2));

	/* The second cannot be received. */
	KUNIT_EXPECT_EQ(test, receive_batch(env, one, entries, 3, 0, 0, false, 1), 1);
	expect_counts(env, id, COUNTS(.sent = 3, .received = 1, .full = 2));
	KUNIT_EXPECT_EQ(test, receive_batch(env, one, entries, 3, 5, 0, false, -1), 2);
	expect_counts(env, id, COUNTS(.sent = 3, .received = 3, .full = 2));
	close_queue(fd);
}

static void counts_claims(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 1, SIZE), fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	struct worker *receiver;
	struct msgq_entry entry = { .size = SIZE };
	u64 token;

	KUNIT_EXPECT_EQ(test, receive_batch(env, one, &entry, 1, 0, 0, true, 0), -EFAULT);
	expect_counts(env, id, COUNTS(.sent = 1));
	token = claim_one(env, one, 0, 5, 1, SIZE, 1);
	expect_counts(env, id, COUNTS(.sent = 1, .claims = 1));
	KUNIT_EXPECT_EQ(test, settle(env, one, &token, 1, true), 1);
	KUNIT_EXPECT_EQ(test, settle(env, one, &token, 1, true), -ENOENT);
	expect_counts(env, id, COUNTS(.sent = 1, .claims = 1, .returned = 1));
	token = claim_one(env, one, 0, 5, 1, SIZE, 2);
	KUNIT_EXPECT_EQ(test, settle(env, one, &token, 1, false), 1);
	expect_counts(env, id, COUNTS(.sent = 1, .received = 1, .claims = 2, .returned = 1));

	/* The end of its descriptor returns it to a waiting receiver. */
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 2, SIZE), 0);
	KUNIT_EXPECT_NE(test, claim_one(env, one, 0, 5, 2, SIZE, 1), 0);
	receiver = start_receiver(env, NULL, id, SIZE, 0, 0);
	close_queue(fd);
	KUNIT_EXPECT_TRUE(test, worker_received(receiver, 5, 2, SIZE));
	expect_counts(env, id,
		      COUNTS(.sent = 2, .received = 2, .waits = 1, .claims = 3, .returned = 2));
}

/* The instance counts a removed queue, and what its receivers still get. */
static void counts_removed(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_counts before = totals(env);
	int other = filled_queue(env, 1, SIZE), id = filled_queue(env, 3, SIZE);
	int fd = open_queue(env, id, 0);
	struct msgq_descriptor *one = descriptor_of(env, fd);
	struct worker *good, *bad;

	KUNIT_EXPECT_NE(test, claim_one(env, one, 0, 5, 1, SIZE, 1), 0);
	KUNIT_EXPECT_EQ(test, receive(env, other, SIZE, 0, 0), SIZE);
	expect_more(env, before, COUNTS(.sent = 4, .received = 1, .claims = 1));
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 4, SIZE), 0);
	hold_faults(env);
	good = start_taker(env, ROOM + PAGE_SIZE, SIZE, id, 0);
	bad = start_taker(env, LESS, SIZE, id, 0);
	expect_more(env, before, COUNTS(.sent = 5, .received = 1, .claims = 1));
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	let_faults(env);
	KUNIT_EXPECT_TRUE(test, worker_received(good, 5, 2, SIZE));
	KUNIT_EXPECT_EQ(test, worker_ends(bad), -EFAULT);
	close_queue(fd);
	expect_more(env, before, COUNTS(.sent = 5, .received = 2, .claims = 1));
}

/* A handed-over message counts, unless its receiver then cannot take it. */
static void counts_removed_handed(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_counts before = totals(env);
	int id = filled_queue(env, 0, SIZE);
	struct worker *worker = start_receiver(env, NULL, id, SIZE, 0, 0);

	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, SIZE), 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 5, 1, SIZE));
	expect_more(env, before, COUNTS(.sent = 1, .received = 1, .waits = 1));

	id = filled_queue(env, 0, SIZE);
	worker = start_receiver_at(env, env->fresh + AREA_BYTES - LESS, id, SIZE, 0, 0);
	hold_faults(env);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, SIZE), 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	expect_more(env, before, COUNTS(.sent = 2, .received = 2, .waits = 2));
	let_faults(env);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -EFAULT);
	expect_more(env, before, COUNTS(.sent = 2, .received = 1, .waits = 2));
}

/* The caller has a smaller or a larger struct. */
static void counts_sizes(struct kunit *test)
{
	const size_t least = offsetof(struct msgq_state, counts);
	struct env *env = test->priv;
	int id = filled_queue(env, 2, SIZE);
	struct {
		struct msgq_state state;
		u64 more;
	} answer;
	size_t size;

	for (size = least - 1; size <= sizeof(answer); size++) {
		unsigned int cmd = (MSGQ_IOC_STATE & ~IOCSIZE_MASK) |
				   (unsigned int)size << IOCSIZE_SHIFT;
		/* An access behind the struct faults. */
		char __user *at = env->from + AREA_BYTES - size;

		answer.state = (struct msgq_state){ .msqid = id };
		answer.more = 0;
		KUNIT_ASSERT_EQ(test, 0, copy_to_user(at, &answer, size));
		KUNIT_EXPECT_EQ(test, size < least ? -EINVAL : 0,
				msgq_device_ioctl(NULL, cmd,
						  (unsigned long)at));
		KUNIT_ASSERT_EQ(test, 0, copy_from_user(&answer, at, size));
		KUNIT_EXPECT_EQ(test, answer.state.qnum, size < least ? 0 : 2);
		if (size >= sizeof(answer.state))
			KUNIT_EXPECT_EQ(test, answer.state.counts.sent, 2);
		KUNIT_EXPECT_EQ(test, answer.more, 0);
	}
	answer.more = 1;
	answer.state.msqid = id;
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->from, &answer, sizeof(answer)));
	KUNIT_EXPECT_EQ(test, -EINVAL,
			msgq_device_ioctl(NULL,
					  (MSGQ_IOC_STATE & ~IOCSIZE_MASK) |
						  (unsigned int)sizeof(answer)
							  << IOCSIZE_SHIFT,
					  (unsigned long)env->from));
}

static struct kunit_case counts_cases[] = {
	KUNIT_CASE(counts_calls),
	KUNIT_CASE(counts_waits),
	KUNIT_CASE(counts_flight),
	KUNIT_CASE(counts_batches),
	KUNIT_CASE(counts_claims),
	KUNIT_CASE(counts_removed),
	KUNIT_CASE(counts_removed_handed),
	KUNIT_CASE(counts_sizes),
	{ }
};

static struct kunit_suite counts_suite = {
	.name = "msgq_counts",
	.init = env_init,
	.exit = env_exit,
	.test_cases = counts_cases,
};

kunit_test_suite(counts_suite);
