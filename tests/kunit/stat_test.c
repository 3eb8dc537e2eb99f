// SPDX-License-Identifier: MIT
/*
 * The state of a queue and of the instance, as programs see it.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/ipc.h>
#include <linux/limits.h>
#include <linux/msg.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/timekeeping.h>

#include "msg/control.h"
#include "env.h"

static void expect_now(struct kunit *test, s64 time)
{
	s64 now = ktime_get_real_seconds();

	KUNIT_EXPECT_GE(test, time, now - 60);
	KUNIT_EXPECT_LE(test, time, now);
}

static void stat_new(struct kunit *test)
{
	struct env *env = test->priv;
	int id = msgq_get(env->instance, 33, IPC_CREAT | 07642);
	struct msgq_ds64 ds = stat_of(env, id);

	KUNIT_EXPECT_EQ(test, ds.key, 33);
	KUNIT_EXPECT_EQ(test, ds.uid, 0);
	KUNIT_EXPECT_EQ(test, ds.gid, 0);
	KUNIT_EXPECT_EQ(test, ds.cuid, 0);
	KUNIT_EXPECT_EQ(test, ds.cgid, 0);
	KUNIT_EXPECT_EQ(test, ds.mode, 0642);
	KUNIT_EXPECT_EQ(test, ds.seq, id >> 15);
	KUNIT_EXPECT_EQ(test, ds.stime, 0);
	KUNIT_EXPECT_EQ(test, ds.rtime, 0);
	expect_now(test, ds.ctime);
	KUNIT_EXPECT_EQ(test, ds.cbytes, 0);
	KUNIT_EXPECT_EQ(test, ds.qnum, 0);
	KUNIT_EXPECT_EQ(test, ds.qbytes, env->instance->limits.msgmnb);
	KUNIT_EXPECT_EQ(test, ds.lspid, 0);
	KUNIT_EXPECT_EQ(test, ds.lrpid, 0);
}

static void stat_follows(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct msgq_ds64 ds;

	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 10), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 2, 0, 0), 0);
	ds = stat_of(env, id);
	KUNIT_EXPECT_EQ(test, ds.qnum, 2);
	KUNIT_EXPECT_EQ(test, ds.cbytes, 10);
	KUNIT_EXPECT_EQ(test, ds.lspid, task_tgid_vnr(current));
	KUNIT_EXPECT_EQ(test, ds.lrpid, 0);
	KUNIT_EXPECT_EQ(test, ds.rtime, 0);
	expect_now(test, ds.stime);

	KUNIT_EXPECT_EQ(test, receive(env, id, 10, 0, 0), 10);
	ds = stat_of(env, id);
	KUNIT_EXPECT_EQ(test, ds.qnum, 1);
	KUNIT_EXPECT_EQ(test, ds.cbytes, 0);
	KUNIT_EXPECT_EQ(test, ds.lrpid, task_tgid_vnr(current));
	expect_now(test, ds.rtime);
}

static void stat_set(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct msgq_ds64 ds = { .uid = 5, .gid = 6, .mode = 07123, .qbytes = 7 };

	KUNIT_EXPECT_EQ(test, msgq_set(env->instance, id, &ds), 0);
	ds = stat_of(env, id);
	KUNIT_EXPECT_EQ(test, ds.uid, 5);
	KUNIT_EXPECT_EQ(test, ds.gid, 6);
	KUNIT_EXPECT_EQ(test, ds.cuid, 0);
	KUNIT_EXPECT_EQ(test, ds.cgid, 0);
	KUNIT_EXPECT_EQ(test, ds.mode, 0123);
	KUNIT_EXPECT_EQ(test, ds.qbytes, 7);
	expect_now(test, ds.ctime);

	/* An id that does not map changes nothing. */
	ds.mode = 0777;
	ds.uid = U32_MAX;
	KUNIT_EXPECT_EQ(test, msgq_set(env->instance, id, &ds), -EINVAL);
	ds.uid = 1;
	ds.gid = U32_MAX;
	KUNIT_EXPECT_EQ(test, msgq_set(env->instance, id, &ds), -EINVAL);
	ds = stat_of(env, id);
	KUNIT_EXPECT_EQ(test, ds.uid, 5);
	KUNIT_EXPECT_EQ(test, ds.mode, 0123);
}

/* msg_qbytes is an int with its sign, whatever the program's long is. */
static void stat_qbytes_is_int(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, (1ull << 32) + 9), 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qbytes, 9);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 0xfffffff0u), 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qbytes, (u64)-16);
}

static void stat_by_index(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0400);
	struct msgq_ds64 ds;
	const struct cred *old;

	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, id & 0x7fff, MSG_STAT, &ds), id);
	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, id ^ 5 << 15, MSG_STAT_ANY, &ds), id);
	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, id ^ 5 << 15, IPC_STAT, &ds), -EINVAL);
	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, id + 1, MSG_STAT, &ds), -EINVAL);

	old = override_creds(env_user(env, 7, 7));
	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, id, IPC_STAT, &ds), -EACCES);
	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, id, MSG_STAT, &ds), -EACCES);
	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, id, MSG_STAT_ANY, &ds), id);
	revert_creds(old);
}

static void stat_totals(struct kunit *test)
{
	struct env *env = test->priv;
	struct msginfo info;
	int id;

	KUNIT_EXPECT_EQ(test, msgq_totals(env->instance, MSG_INFO, &info), 0);
	KUNIT_EXPECT_EQ(test, info.msgpool, 0);

	env->instance->ids.last = 3;
	env->instance->limits = (struct msgq_limits){ 11, 12, 13, 14 };
	id = new_queue(env, 0600);
	new_queue(env, 0600);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 3), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 4), 0);

	KUNIT_EXPECT_EQ(test, msgq_totals(env->instance, IPC_INFO, &info), 5);
	KUNIT_EXPECT_EQ(test, info.msgmax, 11);
	KUNIT_EXPECT_EQ(test, info.msgmnb, 12);
	KUNIT_EXPECT_EQ(test, info.msgmni, 13);
	KUNIT_EXPECT_EQ(test, info.msgssz, MSGSSZ);
	KUNIT_EXPECT_EQ(test, info.msgseg, MSGSEG);
	KUNIT_EXPECT_EQ(test, info.msgmap, MSGMAP);
	KUNIT_EXPECT_EQ(test, info.msgpool, MSGPOOL);
	KUNIT_EXPECT_EQ(test, info.msgtql, MSGTQL);

	KUNIT_EXPECT_EQ(test, msgq_totals(env->instance, MSG_INFO, &info), 5);
	KUNIT_EXPECT_EQ(test, info.msgpool, 2);
	KUNIT_EXPECT_EQ(test, info.msgmap, 2);
	KUNIT_EXPECT_EQ(test, info.msgtql, 7);
}

/* The hole behind the last field is copied to programs, too. */
static void stat_no_old_bytes(struct kunit *test)
{
	struct env *env = test->priv;
	size_t end = offsetofend(struct msginfo, msgseg);
	struct msginfo info;
	struct msgq_ds64 ds;
	int id = new_queue(env, 0600);

	memset(&info, 0xaa, sizeof(info));
	msgq_totals(env->instance, IPC_INFO, &info);
	KUNIT_EXPECT_NULL(test, memchr_inv((char *)&info + end, 0, sizeof(info) - end));

	memset(&ds, 0xaa, sizeof(ds));
	KUNIT_EXPECT_EQ(test, msgq_stat(env->instance, id, IPC_STAT, &ds), 0);
	KUNIT_EXPECT_EQ(test, ds.pad1, 0);
	KUNIT_EXPECT_EQ(test, ds.pad2, 0);
	KUNIT_EXPECT_EQ(test, ds.unused1 | ds.unused2 | ds.unused3 | ds.unused4, 0);
}

static struct kunit_case stat_cases[] = {
	KUNIT_CASE(stat_new),
	KUNIT_CASE(stat_follows),
	KUNIT_CASE(stat_set),
	KUNIT_CASE(stat_qbytes_is_int),
	KUNIT_CASE(stat_by_index),
	KUNIT_CASE(stat_totals),
	KUNIT_CASE(stat_no_old_bytes),
	{ }
};

static struct kunit_suite stat_suite = {
	.name = "msgq_stat",
	.init = env_init,
	.exit = env_exit,
	.test_cases = stat_cases,
};

kunit_test_suite(stat_suite);
