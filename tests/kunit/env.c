// SPDX-License-Identifier: MIT
/*
 * The environment of a test; described in env.h.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/ipc.h>
#include <linux/mman.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/msg.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>
#include <linux/xarray.h>

#include "msg/control.h"
#include "msg/queue.h"
#include "msg/receive.h"
#include "msg/remove.h"
#include "msg/send.h"
#include "env.h"

static unsigned int seed;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "Seed of the random sequences; 0 draws one");

u32 env_seed(struct rnd_state *rnd)
{
	u32 drawn = seed ?: get_random_u32() ?: 1;

	prandom_seed_state(rnd, drawn);
	return drawn;
}

u32 below(struct rnd_state *rnd, u32 most)
{
	return prandom_u32_state(rnd) % most;
}

/* An area of user memory, and one more page that becomes the hole. */
static char __user *new_area(struct kunit *test, size_t size, int prot)
{
	unsigned long addr;

	addr = kunit_vm_mmap(test, NULL, 0, size + PAGE_SIZE, prot,
			     MAP_ANONYMOUS | MAP_PRIVATE, 0);
	KUNIT_ASSERT_NE(test, addr, 0);
	KUNIT_ASSERT_LT(test, addr, TASK_SIZE);
	return (char __user *)addr;
}

static void make_hole(struct kunit *test, char __user *area, size_t size)
{
	KUNIT_ASSERT_EQ(test, vm_munmap((unsigned long)area + size, PAGE_SIZE),
			0);
}

int env_init(struct kunit *test)
{
	struct env *env = kunit_kzalloc(test, sizeof(*env), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, env);
	env->test = test;
	env->instance = msgq_instance_in(&svipc_initial_instance);
	env->limits = env->instance->limits;
	INIT_LIST_HEAD(&env->workers);
	env->from = new_area(test, AREA_BYTES, PROT_READ | PROT_WRITE);
	env->to = new_area(test, AREA_BYTES, PROT_READ | PROT_WRITE);
	env->fresh = new_area(test, AREA_BYTES, PROT_READ | PROT_WRITE);
	env->read_only = new_area(test, PAGE_SIZE, PROT_READ);
	/* Make the holes last, or the next area would fill one. */
	make_hole(test, env->from, AREA_BYTES);
	make_hole(test, env->to, AREA_BYTES);
	make_hole(test, env->fresh, AREA_BYTES);
	/* KUnit takes a reference to this memory that it never gives back. */
	mmdrop(current->mm);
	KUNIT_ASSERT_EQ(test, env->instance->ids.in_use, 0);
	test->priv = env;
	return 0;
}

void env_exit(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_queue *queue;
	unsigned long index;

	if (!env)
		return;

	let_faults(env);
	xa_for_each(&env->instance->ids.objects, index, queue)
		KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, queue->ipc.id), 0);
	end_workers(env);
	env->instance->limits = env->limits;
	KUNIT_EXPECT_EQ(test, env->instance->ids.in_use, 0);
	KUNIT_EXPECT_EQ(test, highest_index(env->instance), -1);
	KUNIT_EXPECT_EQ(test, atomic_long_read(&env->instance->messages), 0);
	KUNIT_EXPECT_TRUE(test, list_empty(&env->instance->quota_waiters));
}

static void put_user_cred(void *cred)
{
	put_cred(cred);
}

const struct cred *env_user(struct env *env, uid_t uid, gid_t gid)
{
	struct group_info *groups = groups_alloc(0);
	struct cred *cred = prepare_creds();

	KUNIT_ASSERT_NOT_NULL(env->test, groups);
	KUNIT_ASSERT_NOT_NULL(env->test, cred);
	set_groups(cred, groups);
	put_group_info(groups);
	cred->uid = KUIDT_INIT(uid);
	cred->euid = cred->uid;
	cred->fsuid = cred->uid;
	cred->gid = KGIDT_INIT(gid);
	cred->egid = cred->gid;
	cred->fsgid = cred->gid;
	cap_clear(cred->cap_effective);
	KUNIT_ASSERT_EQ(env->test, 0,
			kunit_add_action_or_reset(env->test, put_user_cred,
						  cred));
	return cred;
}

char text_byte(u32 number, size_t at)
{
	return number * 31 + at * 7 + (at >> 8) + 1;
}

void put_text(struct env *env, char __user *to, u32 number, size_t size)
{
	char part[64];
	size_t at, i;

	for (at = 0; at < size; at += i) {
		for (i = 0; i < sizeof(part) && at + i < size; i++)
			part[i] = text_byte(number, at + i);
		KUNIT_ASSERT_EQ(env->test, copy_to_user(to + at, part, i), 0);
	}
}

bool is_text(struct env *env, const char __user *from, u32 number, size_t size)
{
	char part[64];
	size_t at, i;

	for (at = 0; at < size; at += i) {
		size_t bytes = min(size - at, sizeof(part));

		if (copy_from_user(part, from + at, bytes))
			return false;
		for (i = 0; i < bytes; i++)
			if (part[i] != text_byte(number, at + i))
				return false;
	}
	return true;
}

int new_queue(struct env *env, int mode)
{
	int id = msgq_get(env->instance, IPC_PRIVATE, mode);

	KUNIT_ASSERT_GE(env->test, id, 0);
	return id;
}

int send(struct env *env, int id, s64 type, u32 number, size_t size)
{
	const struct msgq_snd arg = {
		.msqid = id,
		.msgflg = IPC_NOWAIT,
		.msgp = (unsigned long)env->from,
		.msgsz = size,
		.long_size = sizeof(s64),
	};

	KUNIT_ASSERT_EQ(env->test, 0,
			copy_to_user(env->from, &type, sizeof(type)));
	put_text(env, env->from + sizeof(type), number,
		 min_t(size_t, size, AREA_BYTES - sizeof(type)));
	return msgq_send(env->instance, msgq_call_by_id(arg.msgflg), &arg);
}

long receive(struct env *env, int id, size_t size, s64 type, int flags)
{
	const struct msgq_rcv arg = {
		.msqid = id,
		.msgflg = flags | IPC_NOWAIT,
		.msgp = (unsigned long)env->to,
		.msgsz = size,
		.msgtyp = type,
		.long_size = sizeof(s64),
	};

	KUNIT_ASSERT_EQ(env->test, 0, clear_user(env->to, sizeof(type)));
	return msgq_receive(env->instance, msgq_call_by_id(arg.msgflg), &arg);
}

s64 received_type(struct env *env)
{
	s64 type;

	KUNIT_ASSERT_EQ(env->test, 0,
			copy_from_user(&type, env->to, sizeof(type)));
	return type;
}

/* Only for a test that knows how long the queue exists. */
int filled_queue(struct env *env, int messages, size_t size)
{
	int id = new_queue(env, 0600);
	int i;

	/* These pages must be present while faults are held up. */
	KUNIT_ASSERT_EQ(env->test, clear_user(env->from, PAGE_SIZE), 0);
	KUNIT_ASSERT_EQ(env->test, clear_user(env->to, PAGE_SIZE), 0);
	for (i = 1; i <= messages; i++)
		KUNIT_ASSERT_EQ(env->test, send(env, id, 5, i, size), 0);
	return id;
}

int highest_index(struct msgq_instance *instance)
{
	int highest;

	mutex_lock(&instance->ids.lock);
	highest = svipc_ids_highest(&instance->ids);
	mutex_unlock(&instance->ids.lock);
	return highest;
}

struct msgq_queue *queue_at(struct env *env, int id)
{
	struct msgq_queue *queue;

	rcu_read_lock();
	queue = msgq_queue_of(svipc_ids_find(&env->instance->ids, id));
	rcu_read_unlock();
	KUNIT_ASSERT_FALSE(env->test, IS_ERR(queue));
	return queue;
}

struct msgq_ds64 stat_of(struct env *env, int id)
{
	struct msgq_ds64 ds;

	KUNIT_ASSERT_EQ(env->test, 0, msgq_stat(env->instance, id, IPC_STAT, &ds));
	return ds;
}

int set_queue(struct env *env, int id, int mode, u64 qbytes)
{
	struct msgq_ds64 ds = stat_of(env, id);

	ds.mode = mode;
	ds.qbytes = qbytes;
	return msgq_set(env->instance, id, &ds);
}

bool has_failed(void)
{
	bool failed = !current->fail_nth;

	current->fail_nth = 0;
	return failed;
}
