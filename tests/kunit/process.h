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

/* What a process does; it has the memory of the test. */
typedef long process_call(struct env *env, void *data);

/**
 * struct process - a process of a test
 * @env: the test's
 * @call: what it does
 * @data: for @call
 * @task: the task
 * @pid: its identity, referenced
 * @mm: the test's memory
 * @done: @call has returned
 * @ret: what it has returned
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
/* What its call has returned; -ETIMEDOUT when it has not. */
long process_ret(struct process *process);
/* It ends: the kernel has told whoever wanted to know when this returns. */
void end_process(struct process *process);

#endif /* MSGQ_KUNIT_PROCESS_H */
