// SPDX-License-Identifier: MIT
/*
 * Processes of a test; described in process.h.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>

#include "process.h"

static int live(void *data)
{
	struct process *process = data;

	allow_signal(SIGKILL);
	kthread_use_mm(process->mm);
	process->ret = process->call(process->env, process->data);
	kthread_unuse_mm(process->mm);
	mmput(process->mm);
	complete(&process->done);

	set_current_state(TASK_IDLE);
	while (!kthread_should_stop()) {
		schedule();
		set_current_state(TASK_IDLE);
	}
	__set_current_state(TASK_RUNNING);
	return 0;
}

struct process *start_process(struct env *env, process_call *call, void *data)
{
	struct process *process;

	process = kunit_kzalloc(env->test, sizeof(*process), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(env->test, process);
	process->env = env;
	process->call = call;
	process->data = data;
	init_completion(&process->done);
	process->task = kthread_create(live, process, "msgq-process");
	KUNIT_ASSERT_FALSE(env->test, IS_ERR(process->task));
	process->pid = get_pid(task_tgid(process->task));
	mmget(current->mm);
	process->mm = current->mm;
	wake_up_process(process->task);
	return process;
}

long process_ret(struct process *process)
{
	if (!wait_for_completion_timeout(&process->done, PATIENCE))
		return -ETIMEDOUT;
	/* The result can be asked for again. */
	complete(&process->done);
	return process->ret;
}

static bool is_there(struct pid *pid)
{
	bool there;

	rcu_read_lock();
	there = pid_task(pid, PIDTYPE_PID);
	rcu_read_unlock();
	return there;
}

/* A kernel task has no parent that waits for it: it reaps itself in the end. */
void end_process(struct process *process)
{
	unsigned long until = jiffies + PATIENCE;

	KUNIT_EXPECT_NE(process->env->test, process_ret(process), -ETIMEDOUT);
	kthread_stop(process->task);
	while (is_there(process->pid) && time_before(jiffies, until))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_FALSE(process->env->test, is_there(process->pid));
	put_pid(process->pid);
}
