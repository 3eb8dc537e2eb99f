// SPDX-License-Identifier: MIT
/*
 * diff_actor.c - a process that makes given calls, and waits in them; see
 * diff_crew.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diff_crew.h"
#include "test.h"

/* Microseconds between two checks of a process that may be falling asleep. */
#define BRIEFLY	100

enum { IDLE, GIVEN, ENDED };

static int stage_of(const struct diff_actor *actor)
{
	return __atomic_load_n(&actor->stage, __ATOMIC_ACQUIRE);
}

static void set_stage(struct diff_actor *actor, int stage)
{
	__atomic_store_n(&actor->stage, stage, __ATOMIC_RELEASE);
}

/* Wait with a time limit in microseconds; 0: without limit. */
static void futex_wait(int *word, int value, long limit)
{
	const struct timespec time = { .tv_nsec = limit * 1000 };

	syscall(SYS_futex, word, FUTEX_WAIT, value, limit ? &time : NULL, NULL,
		0);
}

static void futex_wake(int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void ignore(int signal)
{
	(void)signal;
}

/*
 * Intended difference 1, as in diff_step.c: a message that Linux has lost is
 * still there on the device.  The actor whose receive failed takes it now.
 */
static void take_what_is_lost(struct diff_task *task, struct diff_actor *actor)
{
	struct diff_call again = actor->call;
	struct diff_answer answer;

	again.place = DIFF_GOOD;
	again.size = DIFF_TEXT;
	again.flags |= IPC_NOWAIT;
	answer = diff_make(DIFF_DEVICE, &again,
			   diff_prepare(task, &again, DIFF_DEVICE));
	if (answer.ret < 0)
		actor->answer = answer;
}

static void act(struct diff_task *task, struct diff_actor *actor,
		enum diff_side side)
{
	const struct diff_call *call = &actor->call;
	size_t size = sizeof(long) + call->size + 16;
	void *buffer;

	if (memcmp(&task->who, &actor->who, sizeof(task->who)))
		diff_become(task, &actor->who);
	buffer = diff_prepare(task, call, side);
	actor->answer = diff_make(side, call, buffer);
	memset(actor->bytes, 0, sizeof(actor->bytes));
	if (call->place == DIFF_GOOD)
		memcpy(actor->bytes, buffer, size);
	if (side == DIFF_DEVICE && call->kind == DIFF_RECEIVE &&
	    actor->answer.error == EFAULT)
		take_what_is_lost(task, actor);
}

static void live(struct diff_world *world, struct diff_actor *actor,
		 enum diff_side side)
{
	const struct sigaction action = { .sa_handler = ignore };
	const struct sigaction restart = {
		.sa_handler = ignore, .sa_flags = SA_RESTART,
	};
	struct diff_task task = {
		.world = world,
		.memory = diff_memory_make(),
	};

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &restart, NULL);
	diff_become_root(&task);
	for (;;) {
		int stage = stage_of(actor);

		if (stage != GIVEN) {
			futex_wait(&actor->stage, stage, 0);
			continue;
		}
		act(&task, actor, side);
		set_stage(actor, ENDED);
		futex_wake(&actor->stage);
	}
}

void diff_actor_start(struct diff_actor *actor, struct diff_world *world,
		      enum diff_side side)
{
	char path[48];
	pid_t pid;

	fflush(stdout);
	set_stage(actor, IDLE);
	memset(&actor->call, 0, sizeof(actor->call));
	/* The child shares this memory, and must not write to it. */
	pid = CHECK_OK(fork());
	if (!pid)
		live(world, actor, side);
	actor->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	actor->stat = CHECK_OK(open(path, O_RDONLY | O_CLOEXEC));
	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	actor->syscall = open(path, O_RDONLY | O_CLOEXEC);
	if (actor->syscall < 0)
		SKIP("this kernel does not tell in which call a task is");
}

void diff_actor_end(struct diff_actor *actor)
{
	kill(actor->pid, SIGKILL);
	waitpid(actor->pid, NULL, 0);
	close(actor->stat);
	close(actor->syscall);
}

static bool is_queue_call(const char *text)
{
	long number = strtol(text, NULL, 10);

	return number == SYS_ioctl || number == SYS_msgsnd ||
	       number == SYS_msgrcv;
}

/* Read a file of a task from its beginning. */
static bool read_again(int fd, char *text, size_t size)
{
	ssize_t length = pread(fd, text, size - 1, 0);

	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}

/*
 * The state alone does not tell in which call the process sleeps.  The call
 * alone does not tell whether it has been woken and has not run yet.
 */
bool diff_actor_asleep(const struct diff_actor *actor)
{
	char text[512], *name_end;

	if (!read_again(actor->stat, text, sizeof(text)))
		return false;
	name_end = strrchr(text, ')');
	return name_end && !strncmp(name_end, ") S", 3) &&
	       read_again(actor->syscall, text, sizeof(text)) &&
	       text[0] >= '0' && text[0] <= '9' && is_queue_call(text);
}

bool diff_actor_ended(const struct diff_actor *actor)
{
	return stage_of(actor) == ENDED;
}

void diff_actor_give(struct diff_actor *actor, const struct diff_identity *who,
		     const struct diff_call *call)
{
	/* Calls are compared by all their bytes. */
	memcpy(&actor->call, call, sizeof(*call));
	memcpy(&actor->who, who, sizeof(*who));
	set_stage(actor, GIVEN);
	futex_wake(&actor->stage);
}

void diff_actor_await(struct diff_actor *actor)
{
	futex_wait(&actor->stage, GIVEN, BRIEFLY);
}
