// SPDX-License-Identifier: MIT
/*
 * Permission: every mode, for every relation of a caller to a queue.
 */
#include <kunit/test.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/ipc.h>

#include "msg/control.h"
#include "msg/queue.h"
#include "msg/remove.h"
#include "env.h"

#define OWNER	1000
#define CREATOR	1001
#define GROUP	2000
#define CGROUP	2001

/* A caller, and which of the mode's three triads applies to it. */
struct cell {
	const char *name;
	uid_t uid;
	gid_t gid;
	int capability;
	int shift;
};

static const struct cell cells[] = {
	{ "owner", OWNER, 9, -1, 6 },
	{ "creator", CREATOR, 9, -1, 6 },
	{ "owner in the group", OWNER, GROUP, -1, 6 },
	{ "group", 9, GROUP, -1, 3 },
	{ "creator's group", 9, CGROUP, -1, 3 },
	{ "other", 9, 9, -1, 0 },
	{ "other, wrong capability", 9, 9, CAP_SYS_ADMIN, 0 },
	{ "other, CAP_IPC_OWNER", 9, 9, CAP_IPC_OWNER, -1 },
};

KUNIT_ARRAY_PARAM_DESC(cell, cells, name);

static const struct cred *become(struct env *env, const struct cell *cell)
{
	struct cred *cred = (struct cred *)env_user(env, cell->uid, cell->gid);

	if (cell->capability >= 0)
		cap_raise(cred->cap_effective, cell->capability);
	return override_creds(cred);
}

static struct msgq_queue *queue_of_others(struct env *env)
{
	struct msgq_queue *queue = queue_at(env, new_queue(env, 0));

	queue->ipc.uid = KUIDT_INIT(OWNER);
	queue->ipc.cuid = KUIDT_INIT(CREATOR);
	queue->ipc.gid = KGIDT_INIT(GROUP);
	queue->ipc.cgid = KGIDT_INIT(CGROUP);
	return queue;
}

static bool permits(struct msgq_queue *queue, int flags)
{
	bool permitted;

	spin_lock(&queue->ipc.lock);
	permitted = svipc_permits(&queue->ipc, flags);
	spin_unlock(&queue->ipc.lock);
	return permitted;
}

static bool owns(struct msgq_queue *queue)
{
	bool owned;

	spin_lock(&queue->ipc.lock);
	owned = svipc_owned(&queue->ipc);
	spin_unlock(&queue->ipc.lock);
	return owned;
}

/* All 512 modes, and each permission requested in each triad of the flags. */
static void permission_modes(struct kunit *test)
{
	const struct cell *cell = test->param_value;
	struct env *env = test->priv;
	struct msgq_queue *queue = queue_of_others(env);
	const struct cred *old = become(env, cell);
	int mode, asked, shift;
	int wrong = 0;

	for (mode = 0; mode < 01000; mode++) {
		queue->ipc.mode = mode;
		for (asked = 0; asked < 8; asked++) {
			bool granted = cell->shift < 0 ||
				       !(asked & ~(mode >> cell->shift));

			for (shift = 0; shift <= 6; shift += 3)
				wrong += permits(queue, asked << shift) !=
					 granted;
		}
	}
	revert_creds(old);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

/* Permissions requested in several triads add up. */
static void permission_flags_add_up(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_queue *queue = queue_of_others(env);
	const struct cred *old = become(env, &cells[5]);

	queue->ipc.mode = 04;
	KUNIT_EXPECT_TRUE(test, permits(queue, 0444));
	KUNIT_EXPECT_FALSE(test, permits(queue, 0424));
	KUNIT_EXPECT_FALSE(test, permits(queue, 0204));
	queue->ipc.mode = 06;
	KUNIT_EXPECT_TRUE(test, permits(queue, 0424));
	KUNIT_EXPECT_FALSE(test, permits(queue, 0124));
	revert_creds(old);
}

/* msgget(2) checks permission by the triads that the caller named. */
static void permission_get(struct kunit *test)
{
	struct env *env = test->priv;
	const struct cred *old;
	int id;

	id = msgq_get(env->instance, 9, IPC_CREAT | 0604);
	KUNIT_ASSERT_GE(test, id, 0);
	old = become(env, &cells[5]);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 9, 0), id);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 9, 0400), id);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 9, 0600), -EACCES);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 9, 0002), -EACCES);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 9,
				       IPC_CREAT | IPC_EXCL | 0777), -EEXIST);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 1), -EACCES);
	KUNIT_EXPECT_EQ(test, receive(env, id, 1, 0, 0), -ENOMSG);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), -EPERM);
	revert_creds(old);
}

/* Owner, creator and CAP_SYS_ADMIN own a queue, and no others. */
static void permission_owned(struct kunit *test)
{
	const struct cell *cell = test->param_value;
	bool owned = cell->shift == 6 || cell->capability == CAP_SYS_ADMIN;
	struct env *env = test->priv;
	struct msgq_queue *queue = queue_of_others(env);
	struct msgq_ds64 ds = { .uid = OWNER, .gid = GROUP, .mode = 0700 };
	int err = owned ? 0 : -EPERM;
	const struct cred *old;

	queue->ipc.mode = 0777;
	old = become(env, cell);
	KUNIT_EXPECT_EQ(test, owns(queue), owned);
	KUNIT_EXPECT_EQ(test, msgq_set(env->instance, queue->ipc.id, &ds), err);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, queue->ipc.id), err);
	revert_creds(old);
}

/* More bytes than msgmnb, even as many as before, need CAP_SYS_RESOURCE. */
static void permission_qbytes(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	u64 most = env->instance->limits.msgmnb;
	const struct cred *old;
	struct cell plain = { .capability = CAP_SYS_ADMIN };
	struct cell resource = { .capability = CAP_SYS_RESOURCE };

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, most + 1), 0);
	old = become(env, &plain);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, most + 1), -EPERM);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, U64_MAX), -EPERM);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, most), 0);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qbytes, most);
	revert_creds(old);
	old = become(env, &resource);
	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, most + 1), 0);
	revert_creds(old);
}

static struct kunit_case permission_cases[] = {
	KUNIT_CASE_PARAM(permission_modes, cell_gen_params),
	KUNIT_CASE(permission_flags_add_up),
	KUNIT_CASE(permission_get),
	KUNIT_CASE_PARAM(permission_owned, cell_gen_params),
	KUNIT_CASE(permission_qbytes),
	{ }
};

static struct kunit_suite permission_suite = {
	.name = "msgq_permission",
	.init = env_init,
	.exit = env_exit,
	.test_cases = permission_cases,
};

kunit_test_suite(permission_suite);
