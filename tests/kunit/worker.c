// SPDX-License-Identifier: MIT
/*
 * Tasks that make one call each and may have to wait in it; described in env.h.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/mmap_lock.h>
#include <linux/sched/debug.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "msg/message.h"
#include "msg/queue.h"
#include "msg/receive.h"
#include "msg/send.h"
#include "env.h"

static int work(void *data)
{
	struct worker *worker = data;
	const struct cred *old = NULL;
	struct env *env = worker->env;

	allow_signal(SIGKILL);
	allow_signal(SIGUSR1);
	kthread_use_mm(worker->mm);
	if (worker->cred)
		old = override_creds(worker->cred);

	if (worker->sends)
		worker->ret = msgq_send(env->instance,
					msgq_call_by_id(worker->snd.msgflg),
					&worker->snd);
	else
		worker->ret = msgq_receive(env->instance,
					   msgq_call_by_id(worker->rcv.msgflg),
					   &worker->rcv);

	if (old)
		revert_creds(old);
	kthread_unuse_mm(worker->mm);
	mmput(worker->mm);
	complete(&worker->done);

	/* Stay in the module's text until kthread_stop() is called. */
	set_current_state(TASK_IDLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_IDLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

static struct worker *new_worker(struct env *env, const struct cred *cred)
{
	struct worker *worker;

	worker = kunit_kzalloc(env->test, sizeof(*worker), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(env->test, worker);
	worker->env = env;
	worker->cred = cred;
	init_completion(&worker->done);
	return worker;
}

static void start(struct worker *worker)
{
	struct env *env = worker->env;
	struct task_struct *task;

	task = kthread_create(work, worker, "msgq-worker");
	KUNIT_ASSERT_FALSE(env->test, IS_ERR(task));
	mmget(current->mm);
	worker->mm = current->mm;
	worker->task = task;
	list_add_tail(&worker->list, &env->workers);
	wake_up_process(task);
}

/* Start it, and have it wait. */
static void start_waiting(struct worker *worker)
{
	struct env *env = worker->env;
	int id = worker->sends ? worker->snd.msqid : worker->rcv.msqid;
	int senders = senders_of(env, id) + worker->sends;
	int receivers = receivers_of(env, id) + !worker->sends;

	start(worker);
	await_waiters(env, id, receivers, senders);
}

/* Start a task that sends, and have it wait. */
struct worker *start_sender(struct env *env, const struct cred *cred, int id,
			    s64 type, u32 number, size_t size)
{
	struct worker *worker = new_worker(env, cred);
	char __user *msgp = env->from;

	KUNIT_ASSERT_EQ(env->test, 0, copy_to_user(msgp, &type, sizeof(type)));
	put_text(env, msgp + sizeof(type), number, size);
	worker->sends = true;
	worker->snd.msqid = id;
	worker->snd.msgp = (unsigned long)msgp;
	worker->snd.msgsz = size;
	worker->snd.long_size = sizeof(type);
	start_waiting(worker);
	return worker;
}

static struct worker *new_receiver(struct env *env, const struct cred *cred,
				   char __user *msgp, int id, size_t size,
				   s64 type, int flags)
{
	struct worker *worker = new_worker(env, cred);

	worker->rcv.msqid = id;
	worker->rcv.msgflg = flags;
	worker->rcv.msgp = (unsigned long)msgp;
	worker->rcv.msgsz = size;
	worker->rcv.msgtyp = type;
	worker->rcv.long_size = sizeof(s64);
	return worker;
}

/* Start a task that receives to an address, and have it wait. */
static struct worker *receiver(struct env *env, const struct cred *cred,
			       char __user *msgp, int id, size_t size,
			       s64 type, int flags)
{
	struct worker *worker;

	worker = new_receiver(env, cred, msgp, id, size, type, flags);
	start_waiting(worker);
	return worker;
}

struct worker *start_receiver_at(struct env *env, char __user *msgp, int id,
				 size_t size, s64 type, int flags)
{
	return receiver(env, NULL, msgp, id, size, type, flags);
}

/* Each of up to 32 receivers gets its own part of the area. */
struct worker *start_receiver(struct env *env, const struct cred *cred, int id,
			      size_t size, s64 type, int flags)
{
	size_t part = AREA_BYTES / 32;
	size_t number = list_count_nodes(&env->workers) % 32;

	return receiver(env, cred, env->to + number * part, id, size, type,
			flags);
}

static int hold(void *data)
{
	struct mm_struct *mm = data;

	mmap_write_lock(mm);
	set_current_state(TASK_IDLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_IDLE);
	}
	__set_current_state(TASK_RUNNING);
	mmap_write_unlock(mm);
	return 0;
}

void hold_faults(struct env *env)
{
	env->holder = kthread_run(hold, current->mm, "msgq-holder");
	KUNIT_ASSERT_FALSE(env->test, IS_ERR(env->holder));
	while (!rwsem_is_locked(&current->mm->mmap_lock))
		schedule_timeout_uninterruptible(1);
}

void let_faults(struct env *env)
{
	if (!IS_ERR_OR_NULL(env->holder))
		kthread_stop(env->holder);
	env->holder = NULL;
}

static int taken_of(struct env *env, int id)
{
	struct msgq_queue *queue;
	struct msgq_msg *msg;
	int taken = 0;

	rcu_read_lock();
	queue = msgq_queue_of(svipc_ids_find(&env->instance->ids, id));
	if (!IS_ERR(queue)) {
		spin_lock(&queue->ipc.lock);
		list_for_each_entry(msg, &queue->store.messages, all)
			taken += msg->taken;
		spin_unlock(&queue->ipc.lock);
	}
	rcu_read_unlock();
	return taken;
}

/*
 * Start a task that takes a message of a size from the queue, while faults are
 * held up; its memory has room for so many bytes of type and text.
 */
struct worker *start_taker(struct env *env, size_t room, size_t size, int id,
			   s64 type)
{
	unsigned long end = jiffies + PATIENCE;
	int taken = taken_of(env, id) + 1;
	struct worker *worker;

	worker = new_receiver(env, NULL, env->fresh + AREA_BYTES - room, id,
			      size, type, 0);
	start(worker);
	while (taken_of(env, id) != taken && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_ASSERT_EQ(env->test, taken_of(env, id), taken);
	return worker;
}

/* The return value of the call; -ETIMEDOUT if it goes on waiting. */
long worker_ends(struct worker *worker)
{
	if (!wait_for_completion_timeout(&worker->done, PATIENCE)) {
		sched_show_task(worker->task);
		return -ETIMEDOUT;
	}
	/* The result can be asked for again. */
	complete(&worker->done);
	return worker->ret;
}

/* Is the call still waiting? */
bool worker_waits(struct worker *worker)
{
	return !completion_done(&worker->done);
}

/* Has it received this message, in full? */
bool worker_received(struct worker *worker, s64 type, u32 number, size_t size)
{
	char __user *msgp = (char __user *)(unsigned long)worker->rcv.msgp;
	s64 got;

	return worker_ends(worker) == size &&
	       !copy_from_user(&got, msgp, sizeof(got)) && got == type &&
	       is_text(worker->env, msgp + sizeof(got), number, size);
}

/* End all workers; those that a broken module has forgotten need a signal. */
void end_workers(struct env *env)
{
	struct worker *worker, *next;

	list_for_each_entry_safe(worker, next, &env->workers, list) {
		bool forgotten;

		forgotten = !wait_for_completion_timeout(&worker->done,
							 PATIENCE);
		KUNIT_EXPECT_FALSE(env->test, forgotten);
		if (forgotten)
			send_sig(SIGKILL, worker->task, 1);
		list_del(&worker->list);
		kthread_stop(worker->task);
	}
}

static int count(const struct msgq_index *index)
{
	struct rb_node *rb;
	int waiters = 0;

	for (rb = rb_first(&index->root); rb; rb = rb_next(rb)) {
		struct msgq_node *head = rb_entry(rb, struct msgq_node, rb);

		waiters += 1 + list_count_nodes(&head->ring);
	}
	return waiters;
}

static int count_at(struct env *env, int id, bool senders)
{
	struct msgq_queue *queue;
	int waiters = 0;

	rcu_read_lock();
	queue = msgq_queue_of(svipc_ids_find(&env->instance->ids, id));
	if (!IS_ERR(queue)) {
		spin_lock(&queue->ipc.lock);
		waiters = senders ? count(&queue->waiters.room) :
				    count(&queue->waiters.equal) +
				    count(&queue->waiters.except) +
				    count(&queue->waiters.up_to);
		spin_unlock(&queue->ipc.lock);
	}
	rcu_read_unlock();
	return waiters;
}

int receivers_of(struct env *env, int id)
{
	return count_at(env, id, false);
}

int senders_of(struct env *env, int id)
{
	return count_at(env, id, true);
}

void await_waiters(struct env *env, int id, int receivers, int senders)
{
	unsigned long end = jiffies + PATIENCE;

	while ((receivers_of(env, id) != receivers ||
		senders_of(env, id) != senders) && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_ASSERT_EQ(env->test, receivers_of(env, id), receivers);
	KUNIT_ASSERT_EQ(env->test, senders_of(env, id), senders);
}
