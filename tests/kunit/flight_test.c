// SPDX-License-Identifier: MIT
/*
 * Messages in flight: a receiver has taken them, or was handed them, and their
 * bytes have not arrived yet.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/msg.h>
#include <linux/sched/signal.h>

#include "msg/control.h"
#include "msg/queue.h"
#include "msg/remove.h"
#include "env.h"

/* Bytes of text of each message; room for all of it, and for a part. */
#define SIZE	10
#define ROOM	(sizeof(s64) + SIZE)
#define LESS	(ROOM - 1)

static void expect_next(struct env *env, int id, u32 number)
{
	KUNIT_EXPECT_EQ(env->test, receive(env, id, SIZE, 0, 0), SIZE);
	KUNIT_EXPECT_TRUE(env->test, is_text(env, env->to + 8, number, SIZE));
}

/* No other receiver gets a taken message; it counts until it has arrived. */
static void flight_taken(struct kunit *test)
{
	static const struct {
		s64 type;
		int flags;
	} rules[] = {
		{ 0, 0 }, { 5, 0 }, { -5, 0 }, { 4, MSG_EXCEPT }, { 0, MSG_COPY },
	};
	struct env *env = test->priv;
	int id = filled_queue(env, 1, SIZE);
	struct worker *worker;
	int i;

	hold_faults(env);
	worker = start_taker(env, ROOM, SIZE, id, 0);
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, rules[i].type, rules[i].flags),
				-ENOMSG);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 1);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).cbytes, SIZE);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).lrpid, 0);

	/* Each rule gets the next message. */
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		KUNIT_EXPECT_EQ(test, send(env, id, 5, i, SIZE), 0);
		KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, rules[i].type, rules[i].flags),
				SIZE);
		KUNIT_EXPECT_TRUE(test, is_text(env, env->to + 8, i, SIZE));
	}
	expect_next(env, id, ARRAY_SIZE(rules) - 1);

	let_faults(env);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 5, 1, SIZE));
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
}

/* A message that could not arrive gets its old place, before newer ones. */
static void flight_back(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 3, SIZE);
	struct worker *second, *first;

	hold_faults(env);
	first = start_taker(env, LESS, SIZE, id, 0);
	second = start_taker(env, LESS, SIZE, id, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 4, SIZE), 0);
	let_faults(env);
	KUNIT_EXPECT_EQ(test, worker_ends(first), -EFAULT);
	KUNIT_EXPECT_EQ(test, worker_ends(second), -EFAULT);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 4);
	expect_next(env, id, 1);
	expect_next(env, id, 2);
	expect_next(env, id, 3);
	expect_next(env, id, 4);
}

/* A message returns after a removal has begun, but not reached the messages. */
static void flight_back_in_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 2, SIZE);
	struct msgq_queue *queue = queue_at(env, id);
	struct worker *worker;

	hold_faults(env);
	worker = start_taker(env, LESS, SIZE, id, 0);
	spin_lock(&queue->ipc.lock);
	queue->ipc.removed = true;
	spin_unlock(&queue->ipc.lock);
	let_faults(env);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -EFAULT);
	KUNIT_EXPECT_TRUE(test, list_is_singular(&queue->store.messages));
	KUNIT_EXPECT_EQ(test, queue->store.count, 1);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 0);
}

/* A handed-over message was never queued; it goes where it would have been. */
static void flight_handed_back(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 0, SIZE);
	struct worker *worker;

	worker = start_receiver_at(env, env->fresh + AREA_BYTES - LESS, id, SIZE, 5, 0);
	hold_faults(env);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, SIZE), 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 2, SIZE), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 6, 3, SIZE), 0);
	let_faults(env);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -EFAULT);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 3);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 3);
	expect_next(env, id, 1);
	expect_next(env, id, 2);
	expect_next(env, id, 3);
}

/* A returned message goes to a waiting receiver and makes room for a sender. */
static void flight_back_to_next(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 1, SIZE);
	struct worker *taker, *receiver, *sender;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, SIZE), 0);
	hold_faults(env);
	taker = start_taker(env, LESS, SIZE, id, 0);
	receiver = start_receiver(env, NULL, id, SIZE, 5, 0);
	sender = start_sender(env, NULL, id, 6, 2, SIZE);
	KUNIT_EXPECT_TRUE(test, worker_waits(sender));
	let_faults(env);
	KUNIT_EXPECT_EQ(test, worker_ends(taker), -EFAULT);
	KUNIT_EXPECT_TRUE(test, worker_received(receiver, 5, 1, SIZE));
	KUNIT_EXPECT_EQ(test, worker_ends(sender), 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 1);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).cbytes, SIZE);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 1);
	expect_next(env, id, 2);
}

/* A message keeps its room until it has arrived. */
static void flight_room(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 1, SIZE);
	struct worker *taker, *sender;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, SIZE), 0);
	hold_faults(env);
	taker = start_taker(env, ROOM, SIZE, id, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 6, 2, 1), -EAGAIN);
	sender = start_sender(env, NULL, id, 6, 3, SIZE);
	let_faults(env);
	KUNIT_EXPECT_TRUE(test, worker_received(taker, 5, 1, SIZE));
	KUNIT_EXPECT_EQ(test, worker_ends(sender), 0);
	expect_next(env, id, 3);
}

/* After a removal the receiver still gets the message, or it is lost. */
static void flight_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 3, SIZE);
	struct worker *good, *bad;

	hold_faults(env);
	good = start_taker(env, ROOM + PAGE_SIZE, SIZE, id, 0);
	bad = start_taker(env, LESS, SIZE, id, 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 0);
	let_faults(env);
	KUNIT_EXPECT_TRUE(test, worker_received(good, 5, 1, SIZE));
	KUNIT_EXPECT_EQ(test, worker_ends(bad), -EFAULT);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 0);
}

/* No sender gets the room that it leaves on a queue whose removal has begun. */
static void flight_room_in_removal(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 1, SIZE);
	struct msgq_queue *queue = queue_at(env, id);
	struct worker *taker, *sender;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, SIZE), 0);
	hold_faults(env);
	taker = start_taker(env, ROOM, SIZE, id, 0);
	sender = start_sender(env, NULL, id, 6, 3, SIZE);
	KUNIT_EXPECT_TRUE(test, worker_waits(sender));
	spin_lock(&queue->ipc.lock);
	queue->ipc.removed = true;
	spin_unlock(&queue->ipc.lock);
	let_faults(env);
	KUNIT_EXPECT_TRUE(test, worker_received(taker, 5, 1, SIZE));
	KUNIT_EXPECT_EQ(test, senders_of(env, id), 1);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	KUNIT_EXPECT_EQ(test, worker_ends(sender), -EIDRM);
}

/* A dying task does not keep a message that was handed to it. */
static void flight_killed(struct kunit *test)
{
	struct env *env = test->priv;
	int id = filled_queue(env, 0, SIZE);
	struct worker *worker = start_receiver(env, NULL, id, SIZE, 0, 0);

	KUNIT_EXPECT_EQ(test, send(env, id, 5, 1, SIZE), 0);
	send_sig(SIGKILL, worker->task, 1);
	KUNIT_EXPECT_EQ(test, worker_ends(worker), -EINTR);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 1);
	expect_next(env, id, 1);

	/* Any other signal is too late. */
	worker = start_receiver(env, NULL, id, SIZE, 0, 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 5, 2, SIZE), 0);
	send_sig(SIGUSR1, worker->task, 1);
	KUNIT_EXPECT_TRUE(test, worker_received(worker, 5, 2, SIZE));
}

static struct kunit_case flight_cases[] = {
	KUNIT_CASE(flight_taken),
	KUNIT_CASE(flight_back),
	KUNIT_CASE(flight_back_in_removal),
	KUNIT_CASE(flight_handed_back),
	KUNIT_CASE(flight_back_to_next),
	KUNIT_CASE(flight_room),
	KUNIT_CASE(flight_removal),
	KUNIT_CASE(flight_room_in_removal),
	KUNIT_CASE(flight_killed),
	{ }
};

static struct kunit_suite flight_suite = {
	.name = "msgq_flight",
	.init = env_init,
	.exit = env_exit,
	.test_cases = flight_cases,
};

kunit_test_suite(flight_suite);
