/* SPDX-License-Identifier: MIT */
/*
 * Processes of a test: each is a task that makes a call when it is started,
 * and then lives until it is ended.
 */
#ifndef MSGQ_KUNIT_PROCESS_H
#define MSGQ_KUNIT_PROCESS_H

#include <linux/completion.h>

#include "env.h"

struct mm_struct;
struct pid;
struct process;
struct task_struct;

/* The call of a process, which has the memory of the test. */
typedef long process_call(struct env *env, void *data);

/**
 * struct process - a process of a test
 * @env: the test's
 * @call: its call
 * @data: for @call
 * @task: the task
 * @pid: its identity, referenced
 * @mm: the test's memory
 * @done: @call has returned
 * @ret: the return value of @call
 */
struct process {
	struct env *env;
	process_call *call;
	void *data;
	struct task_struct *task;
	struct pid *pid;
	struct mm_struct *mm;
	struct completion done;
	long ret;
};

struct process *start_process(struct env *env, process_call *call, void *data);
/* The return value of its call; -ETIMEDOUT if it has not returned. */
long process_ret(struct process *process);
/* End it: the kernel has given notice of its end when this returns. */
void end_process(struct process *process);

#endif /* MSGQ_KUNIT_PROCESS_H */
