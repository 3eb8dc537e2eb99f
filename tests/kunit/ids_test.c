// SPDX-License-Identifier: MIT
/*
 * Identifiers: the cycle of indices, sequence numbers, keys, and the limit.
 */
#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/kthread.h>
#include <linux/limits.h>
#include <linux/msg.h>
#include <linux/sched.h>
#include <linux/sched/task.h>

#include "msg/control.h"
#include "msg/remove.h"
#include "batches.h"
#include "env.h"

#define INDEX(id)	((id) & 0x7fff)
#define SEQ(id)		((id) >> 15)
#define SEQ_MAX ((INT_MAX >> 15) - 1)

/* Pretend that this identifier was assigned last. */
static void begin_after(struct env *env, int index, unsigned int seq)
{
	env->instance->ids.last = index;
	env->instance->ids.seq = seq;
}

static void remove(struct env *env, int id)
{
	KUNIT_ASSERT_EQ(env->test, msgq_remove(env->instance, id), 0);
}

static void ids_rise(struct kunit *test)
{
	struct env *env = test->priv;
	int i;

	begin_after(env, 10, 5);
	for (i = 11; i < 20; i++)
		KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 5 << 15 | i);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), 19);
	KUNIT_EXPECT_EQ(test, env->instance->ids.in_use, 9);
}

/* The index of a removed queue is not used again until the cycle ends. */
static void ids_cycle(struct kunit *test)
{
	struct env *env = test->priv;
	int first, id, i;

	begin_after(env, 63, 7);
	first = new_queue(env, 0600);
	KUNIT_EXPECT_EQ(test, INDEX(first), 0);
	KUNIT_EXPECT_EQ(test, SEQ(first), 8);
	remove(env, first);
	for (i = 1; i < 64; i++) {
		id = new_queue(env, 0600);
		KUNIT_EXPECT_EQ(test, INDEX(id), i);
		KUNIT_EXPECT_EQ(test, SEQ(id), 8);
		remove(env, id);
	}
	id = new_queue(env, 0600);
	KUNIT_EXPECT_EQ(test, INDEX(id), 0);
	KUNIT_EXPECT_EQ(test, SEQ(id), 9);
	rcu_read_lock();
	KUNIT_EXPECT_TRUE(test, IS_ERR(svipc_ids_find(&env->instance->ids, first)));
	KUNIT_EXPECT_FALSE(test, IS_ERR(svipc_ids_find(&env->instance->ids, id)));
	rcu_read_unlock();
}

/* The cycle grows with the number in use: it is half as much again. */
static void ids_window(struct kunit *test)
{
	struct env *env = test->priv;
	int i;

	begin_after(env, -1, 0);
	for (i = 0; i < 100; i++)
		KUNIT_ASSERT_EQ(test, INDEX(new_queue(env, 0600)), i);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), 99);

	/* 100 in use: the cycle is of 150. */
	begin_after(env, 148, 3);
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 3 << 15 | 149);
	/* 101 in use: 151, and then from the start, where all are in use. */
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 3 << 15 | 150);
	begin_after(env, 152, 3);
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 4 << 15 | 100);
}

static void ids_seq_wraps(struct kunit *test)
{
	struct env *env = test->priv;
	int id;

	begin_after(env, 63, SEQ_MAX);
	id = new_queue(env, 0600);
	KUNIT_EXPECT_EQ(test, id, 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).seq, 0);
	begin_after(env, 62, SEQ_MAX);
	id = new_queue(env, 0600);
	KUNIT_EXPECT_EQ(test, id, SEQ_MAX << 15 | 63);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).seq, SEQ_MAX);
}

static void ids_highest_falls(struct kunit *test)
{
	struct env *env = test->priv;
	int id[4], i;

	begin_after(env, -1, 0);
	for (i = 0; i < 4; i++)
		id[i] = new_queue(env, 0600);
	remove(env, id[1]);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), 3);
	remove(env, id[3]);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), 2);
	remove(env, id[2]);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), 0);
	remove(env, id[0]);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), -1);
}

static void free_ids(void *ids)
{
	xa_destroy(ids);
}

/* Any set of indices, from hardly any to all. */
static void ids_highest_of_any(struct kunit *test)
{
	static const u32 among[] = { 1, 2, 3, 100, SVIPC_MNI_MAX };
	struct msgq_instance *instance = kunit_kzalloc(test, sizeof(*instance), GFP_KERNEL);
	struct rnd_state rnd;
	u32 i, j, seed = env_seed(&rnd);

	KUNIT_ASSERT_NOT_NULL(test, instance);
	mutex_init(&instance->ids.lock);
	xa_init(&instance->ids.objects);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, free_ids,
						  &instance->ids.objects));
	for (i = 0; i < ARRAY_SIZE(among); i++) {
		int highest = -1;

		for (j = 0; j < SVIPC_MNI_MAX; j++) {
			if (below(&rnd, among[i]))
				continue;
			highest = j;
			xa_store(&instance->ids.objects, j, xa_mk_value(j),
				 GFP_KERNEL);
			/* Check each of the first, and the last. */
			if (j < 100 || j == SVIPC_MNI_MAX - 1)
				KUNIT_EXPECT_EQ_MSG(test, highest_index(instance),
						    highest, "seed %u", seed);
		}
		KUNIT_EXPECT_EQ_MSG(test, highest_index(instance), highest,
				    "seed %u", seed);
		xa_destroy(&instance->ids.objects);
		KUNIT_EXPECT_EQ(test, highest_index(instance), -1);
	}
}

static void ids_limit(struct kunit *test)
{
	struct env *env = test->priv;
	int id;

	env->instance->limits.msgmni = 2;
	id = new_queue(env, 0600);
	new_queue(env, 0600);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, IPC_PRIVATE, 0600), -ENOSPC);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 77, IPC_CREAT | 0600), -ENOSPC);
	KUNIT_EXPECT_EQ(test, env->instance->ids.in_use, 2);
	remove(env, id);
	new_queue(env, 0600);
	env->instance->limits.msgmni = 0;
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, IPC_PRIVATE, 0600), -ENOSPC);
}

static void ids_keys(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_instance *instance = env->instance;
	int id, other;

	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, IPC_EXCL | 0600), -ENOENT);
	id = msgq_get(instance, 5, IPC_CREAT | IPC_EXCL | 0640);
	KUNIT_ASSERT_GE(test, id, 0);
	other = msgq_get(instance, -5, IPC_CREAT | 0600);
	KUNIT_ASSERT_GE(test, other, 0);
	KUNIT_EXPECT_NE(test, id, other);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, 0), id);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, IPC_CREAT), id);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, IPC_EXCL), id);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, IPC_CREAT | IPC_EXCL), -EEXIST);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, -5, 0), other);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).key, 5);
	KUNIT_EXPECT_EQ(test, stat_of(env, other).key, -5);

	remove(env, id);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, msgq_remove(instance, id), -EINVAL);
	KUNIT_EXPECT_NE(test, msgq_get(instance, 5, IPC_CREAT | 0600), id);
}

static void ids_unknown(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	static const int others[] = { -1, INT_MIN, INT_MAX };
	struct msgq_ds64 ds = {};
	int i;

	for (i = 0; i < ARRAY_SIZE(others); i++) {
		KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, others[i]), -EINVAL);
		KUNIT_EXPECT_EQ(test, msgq_set(env->instance, others[i], &ds),
				-EINVAL);
		KUNIT_EXPECT_EQ(test, send(env, others[i], 1, 0, 1), -EINVAL);
		KUNIT_EXPECT_EQ(test, receive(env, others[i], 1, 0, 0),
				-EINVAL);
	}
	/* The right index and another sequence number. */
	KUNIT_EXPECT_EQ(test, send(env, id ^ 1 << 15, 1, 0, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
}

/* 0 is an identifier like all others. */
static void ids_zero(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_ds64 ds;

	begin_after(env, -1, 0);
	KUNIT_ASSERT_EQ(test, new_queue(env, 0600), 0);
	KUNIT_EXPECT_EQ(test, send(env, 0, 1, 1, 0), 0);
	KUNIT_EXPECT_EQ(test, receive(env, 0, 0, 0, MSG_COPY), 0);
	KUNIT_EXPECT_EQ(test, receive(env, 0, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, set_queue(env, 0, 0600, 5), 0);
	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, 0, MSG_STAT, &ds), 0);
	KUNIT_EXPECT_EQ(test, ds.qbytes, 5);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, 0), 0);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, 0), -EINVAL);
}

/* It can be opened like all others, by identifier and by key. */
static void ids_zero_opened(struct kunit *test)
{
	struct env *env = test->priv;
	const struct msgq_open by_key = {
		.name = 5,
		.flags = MSGQ_OPEN_KEY | MSGQ_OPEN_READ,
	};
	struct msgq_queue *queue;
	int fd;

	begin_after(env, -1, 0);
	KUNIT_ASSERT_EQ(test, msgq_get(env->instance, 5, IPC_CREAT | 0600), 0);
	queue = queue_at(env, 0);
	fd = open_queue(env, 0, 0);
	KUNIT_EXPECT_PTR_EQ(test, descriptor_of(env, fd)->queue, queue);
	close_queue(fd);
	fd = msgq_open(env->instance, &by_key);
	KUNIT_ASSERT_GE(test, fd, 0);
	KUNIT_EXPECT_PTR_EQ(test, descriptor_of(env, fd)->queue, queue);
	close_queue(fd);
}

/* Only the last index of the cycle is free: it gets a new sequence number. */
static void ids_last_again(struct kunit *test)
{
	struct env *env = test->priv;
	int i, id;

	begin_after(env, -1, 5);
	for (i = 0; i < 63; i++)
		new_queue(env, 0600);
	begin_after(env, 63, 5);
	/* Only a cycle of the greatest length may be this full. */
	env->instance->ids.in_use -= 50;
	id = msgq_get(env->instance, IPC_PRIVATE, 0600);
	env->instance->ids.in_use += 50;
	KUNIT_EXPECT_EQ(test, INDEX(id), 63);
	KUNIT_EXPECT_EQ(test, SEQ(id), 6);
}

/* A queue whose key does not fit into the table leaves its index free. */
static void ids_key_without_room(struct kunit *test)
{
	struct env *env = test->priv;
	unsigned int most = env->instance->ids.keys.max_elems;

	begin_after(env, 6, 0);
	env->instance->ids.keys.max_elems = 0;
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 44, IPC_CREAT | 0600), -E2BIG);
	env->instance->ids.keys.max_elems = most;
	KUNIT_EXPECT_EQ(test, env->instance->ids.in_use, 0);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 44, 0), -ENOENT);
	KUNIT_EXPECT_EQ(test, INDEX(new_queue(env, 0600)), 7);
}

/* A restored queue gets the requested identifier, once. */
static void ids_wanted(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_instance *instance = env->instance;

	begin_after(env, 10, 5);
	instance->ids.next_id = 3 << 15 | 20;
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 3 << 15 | 20);
	KUNIT_EXPECT_EQ(test, instance->ids.next_id, -1);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), 20);
	KUNIT_EXPECT_EQ(test, instance->ids.in_use, 1);
	KUNIT_EXPECT_EQ(test, stat_of(env, 3 << 15 | 20).seq, 3);
	/* The cycle goes on as before. */
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 5 << 15 | 11);

	/* If its index is in use, the next free one is used. */
	instance->ids.next_id = 9 << 15 | 20;
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 9 << 15 | 21);
	instance->ids.next_id = 0;
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 0);
	instance->ids.next_id = 0;
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 1);

	/* The search goes up to the last index. */
	instance->ids.next_id = INT_MAX;
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), INT_MAX);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), SVIPC_MNI_MAX - 1);
	instance->ids.next_id = SVIPC_MNI_MAX - 1;
	KUNIT_EXPECT_EQ(test, msgq_get(instance, IPC_PRIVATE, 0600), -ENOSPC);
	KUNIT_EXPECT_EQ(test, instance->ids.next_id, -1);
	KUNIT_EXPECT_EQ(test, instance->ids.in_use, 6);
	KUNIT_EXPECT_EQ(test, new_queue(env, 0600), 5 << 15 | 12);
}

/* A call that makes no queue leaves the requested identifier as it is. */
static void ids_wanted_kept(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_instance *instance = env->instance;
	int id = msgq_get(instance, 5, IPC_CREAT | 0600);

	instance->ids.next_id = 7 << 15 | 30;
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, IPC_CREAT | 0600), id);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 5, IPC_CREAT | IPC_EXCL), -EEXIST);
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 6, 0600), -ENOENT);
	instance->limits.msgmni = 1;
	KUNIT_EXPECT_EQ(test, msgq_get(instance, IPC_PRIVATE, 0600), -ENOSPC);
	instance->limits.msgmni = 2;
	KUNIT_EXPECT_EQ(test, msgq_get(instance, 6, IPC_CREAT), 7 << 15 | 30);
}

struct getter {
	struct msgq_instance *instance;
	int msgflg;
	int ret;
	struct completion done;
};

static int get(void *data)
{
	struct getter *getter = data;

	getter->ret = msgq_get(getter->instance, 99, getter->msgflg);
	complete(&getter->done);
	return 0;
}

/* Two tasks find that there is no queue yet, and both try to make it. */
static void race(struct kunit *test, struct getter *getters, int msgflg)
{
	unsigned long until = jiffies + PATIENCE;
	struct env *env = test->priv;
	struct task_struct *tasks[2];
	int i;

	mutex_lock(&env->instance->ids.lock);
	for (i = 0; i < 2; i++) {
		getters[i] = (struct getter){ .instance = env->instance, .msgflg = msgflg };
		init_completion(&getters[i].done);
		tasks[i] = kthread_create(get, &getters[i], "getter");
		KUNIT_ASSERT_FALSE(test, IS_ERR(tasks[i]));
		get_task_struct(tasks[i]);
		wake_up_process(tasks[i]);
	}
	/* Wait until both sleep at the lock. */
	for (i = 0; i < 2; i++) {
		while (!(READ_ONCE(tasks[i]->__state) & TASK_UNINTERRUPTIBLE) &&
		       time_before(jiffies, until))
			schedule_timeout_uninterruptible(1);
		put_task_struct(tasks[i]);
	}
	KUNIT_EXPECT_FALSE(test, completion_done(&getters[0].done));
	KUNIT_EXPECT_FALSE(test, completion_done(&getters[1].done));
	mutex_unlock(&env->instance->ids.lock);
	for (i = 0; i < 2; i++)
		wait_for_completion(&getters[i].done);
}

static void ids_made_meanwhile(struct kunit *test)
{
	struct env *env = test->priv;
	static struct getter getters[2];

	race(test, getters, IPC_CREAT | 0600);
	KUNIT_EXPECT_GE(test, getters[0].ret, 0);
	KUNIT_EXPECT_EQ(test, getters[1].ret, getters[0].ret);
	KUNIT_EXPECT_EQ(test, env->instance->ids.in_use, 1);
	remove(env, getters[0].ret);

	race(test, getters, IPC_CREAT | IPC_EXCL | 0600);
	KUNIT_EXPECT_EQ(test, min(getters[0].ret, getters[1].ret), -EEXIST);
	KUNIT_EXPECT_GE(test, max(getters[0].ret, getters[1].ret), 0);
	KUNIT_EXPECT_EQ(test, env->instance->ids.in_use, 1);
}

static struct kunit_case ids_cases[] = {
	KUNIT_CASE(ids_zero),
	KUNIT_CASE(ids_zero_opened),
	KUNIT_CASE(ids_last_again),
	KUNIT_CASE(ids_key_without_room),
	KUNIT_CASE(ids_made_meanwhile),
	KUNIT_CASE(ids_wanted),
	KUNIT_CASE(ids_wanted_kept),
	KUNIT_CASE(ids_rise),
	KUNIT_CASE(ids_cycle),
	KUNIT_CASE(ids_window),
	KUNIT_CASE(ids_seq_wraps),
	KUNIT_CASE(ids_highest_falls),
	KUNIT_CASE(ids_highest_of_any),
	KUNIT_CASE(ids_limit),
	KUNIT_CASE(ids_keys),
	KUNIT_CASE(ids_unknown),
	{ }
};

static struct kunit_suite ids_suite = {
	.name = "msgq_ids",
	.init = env_init,
	.exit = env_exit,
	.test_cases = ids_cases,
};

kunit_test_suite(ids_suite);
