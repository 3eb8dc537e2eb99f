// SPDX-License-Identifier: MIT
/*
 * Threads of one process, cancellation, fork and exec.
 */
#define _GNU_SOURCE
#include <gnu/libc-version.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#include "peer.h"

/*
 * Cancelling loads the unwinder when it is first needed, and aborts without it.
 * This reference links the program with that library.
 */
__attribute__((used)) static void *unwinder = _Unwind_Backtrace;

/* A thread that makes one call. */
struct caller {
	pthread_t thread;
	int msqid;
	bool sends;
	bool disabled;			/* no cancellation during the call */
	pid_t tid;
	long ret;
	int type_after;
	long message[4];
};

/* Older C libraries interrupt a thread that cannot be cancelled. */
static bool only_interrupted(const struct caller *caller)
{
	return caller->disabled && caller->ret < 0 && errno == EINTR &&
	       strverscmp(gnu_get_libc_version(), "2.36") < 0;
}

static void *call(void *data)
{
	struct caller *caller = data;

	if (caller->disabled)
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	__atomic_store_n(&caller->tid, gettid(), __ATOMIC_RELEASE);
	caller->message[0] = 2;
	do {
		caller->ret = caller->sends ?
			msgsnd(caller->msqid, caller->message, 8, 0) :
			msgrcv(caller->msqid, caller->message, 8, 2, 0);
	} while (only_interrupted(caller));
	pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &caller->type_after);
	return NULL;
}

static void start(struct caller *caller)
{
	pid_t tid;

	CHECK_INT(pthread_create(&caller->thread, NULL, call, caller), 0);
	while (!(tid = __atomic_load_n(&caller->tid, __ATOMIC_ACQUIRE)))
		sched_yield();
	wait_asleep(tid);
}

static bool was_cancelled(struct caller *caller)
{
	void *result;

	CHECK_INT(pthread_join(caller->thread, &result), 0);
	return result == PTHREAD_CANCELED;
}

/* A queue of one message: it is full, and has none of type 2. */
static int full_queue(void)
{
	int msqid = queue_of(4);

	CHECK_PUT(msqid, 1, "full");
	return msqid;
}

static void cancelled(bool sends)
{
	struct caller caller = { .msqid = full_queue(), .sends = sends };
	int msqid = caller.msqid;

	start(&caller);
	CHECK_INT(pthread_cancel(caller.thread), 0);
	CHECK(was_cancelled(&caller));
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK_PUT(msqid, 2, "two");
	CHECK_TAKE(msqid, 2, 0, 2, "two");
	remove_queue(msqid);
}

CASE(receiver_cancelled)
{
	cancelled(false);
}

CASE(sender_cancelled)
{
	cancelled(true);
}

CASE(cancellation_disabled)
{
	struct caller from = { .disabled = true, .sends = true };
	struct caller to = { .disabled = true };
	int msqid = queue_of(8);

	from.msqid = msqid;
	to.msqid = msqid;
	start(&to);
	CHECK_PUT(msqid, 1, "full");
	start(&from);
	CHECK_INT(pthread_cancel(to.thread), 0);
	CHECK_INT(pthread_cancel(from.thread), 0);
	wait_asleep(to.tid);
	wait_asleep(from.tid);

	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK(!was_cancelled(&from));
	CHECK(!was_cancelled(&to));
	CHECK_INT(from.ret, 0);
	CHECK_INT(to.ret, 8);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

static void *cancel_self_and_call(void *data)
{
	struct caller *caller = data;

	pthread_cancel(pthread_self());
	caller->message[0] = 2;
	if (caller->sends)
		msgsnd(caller->msqid, caller->message, 1, 0);
	else
		msgrcv(caller->msqid, caller->message, 8, 0, 0);
	return NULL;
}

/* A pending cancellation acts before a message is sent or received. */
CASE(cancellation_due)
{
	struct caller caller = { .msqid = queue_of(100) };

	CHECK_PUT(caller.msqid, 1, "full");
	for (int i = 0; i < 2; i++) {
		caller.sends = i;
		CHECK_INT(pthread_create(&caller.thread, NULL,
					 cancel_self_and_call, &caller), 0);
		CHECK(was_cancelled(&caller));
		CHECK_INT(queue_state(caller.msqid).msg_qnum, 1);
	}
	remove_queue(caller.msqid);
}

/* The call keeps the thread's cancellation type. */
CASE(cancel_type_is_kept)
{
	struct caller caller = { .msqid = queue_of(100) };

	start(&caller);
	CHECK_PUT(caller.msqid, 2, "two");
	CHECK(!was_cancelled(&caller));
	CHECK_INT(caller.ret, 3);
	CHECK_INT(caller.type_after, PTHREAD_CANCEL_DEFERRED);
	remove_queue(caller.msqid);
}

#define THREADS		4
#define EACH		250

struct worker {
	pthread_t thread;
	int msqid;
	int number;
	int *seen;
};

static void *send_many(void *data)
{
	struct worker *worker = data;

	for (int i = 0; i < EACH; i++) {
		struct {
			long type;
			int number;
		} message = { worker->number + 1, worker->number * EACH + i };

		CHECK_OK(msgsnd(worker->msqid, &message,
				sizeof(message.number), 0));
	}
	return NULL;
}

static void *receive_many(void *data)
{
	struct worker *worker = data;
	int last = -1;

	for (int i = 0; i < EACH; i++) {
		struct {
			long type;
			int number;
		} message;

		CHECK_INT(msgrcv(worker->msqid, &message,
				 sizeof(message.number), worker->number + 1, 0),
			  sizeof(message.number));
		CHECK_INT(message.number / EACH, worker->number);
		CHECK(message.number > last);
		last = message.number;
		worker->seen[message.number]++;
	}
	return NULL;
}

/* Each pair has its own type, and there is too little room for all. */
CASE_SECONDS(many_at_once, 48)
{
	struct worker from[THREADS], to[THREADS];
	int seen[THREADS * EACH] = { 0 };
	int msqid = queue_of(3 * sizeof(int));

	for (int i = 0; i < THREADS; i++) {
		from[i] = (struct worker){ .msqid = msqid, .number = i };
		to[i] = from[i];
		to[i].seen = seen;
		CHECK_INT(pthread_create(&from[i].thread, NULL, send_many,
					 &from[i]), 0);
		CHECK_INT(pthread_create(&to[i].thread, NULL, receive_many,
					 &to[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		CHECK_INT(pthread_join(from[i].thread, NULL), 0);
		CHECK_INT(pthread_join(to[i].thread, NULL), 0);
	}
	for (int i = 0; i < THREADS * EACH; i++)
		CHECK_INT(seen[i], 1);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

/* A child has the queue, but not the wait of another thread of its parent. */
CASE(fork_while_waiting)
{
	struct caller caller = { .msqid = queue_of(100) };

	start(&caller);
	AS(NULL) {
		CHECK_PUT(caller.msqid, 3, "child");
		CHECK_TAKE(caller.msqid, 3, 0, 3, "child");
		CHECK_PUT(caller.msqid, 2, "to");
	}
	CHECK(!was_cancelled(&caller));
	CHECK_INT(caller.ret, 2);
	CHECK_INT(queue_state(caller.msqid).msg_qnum, 0);
	remove_queue(caller.msqid);
}

/* Run when the case below executes this program again. */
__attribute__((constructor)) static void after_exec(void)
{
	const char *msqid = getenv("AFTER_EXEC");
	struct {
		long type;
		char text[8];
	} in, out = { 2, "two" };

	if (!msqid)
		return;
	_exit(msgrcv(atoi(msqid), &in, sizeof(in.text), 1, IPC_NOWAIT) != 4 ||
	      memcmp(in.text, "full", 4) ||
	      msgsnd(atoi(msqid), &out, 3, IPC_NOWAIT));
}

static long wait_and_exec(struct peer *peer)
{
	struct caller caller = { .msqid = peer->msqid };
	char text[16];

	start(&caller);
	snprintf(text, sizeof(text), "%d", peer->msqid);
	CHECK_OK(setenv("AFTER_EXEC", text, 1));
	return execl("/proc/self/exe", "thread", NULL);
}

/* The new program can use the queue, and the old threads do not wait. */
CASE(exec_while_waiting)
{
	int msqid = full_queue();
	struct peer *peer;

	peer = peer_start(&(struct peer){
		.call = wait_and_exec,
		.msqid = msqid,
	});
	child_passed(peer->pid);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_TAKE(msqid, 0, 0, 2, "two");
	remove_queue(msqid);
}

/* The same when a process just ends. */
CASE(exit_while_waiting)
{
	int msqid = queue_of(100);

	AS(NULL) {
		struct caller caller = { .msqid = msqid };

		start(&caller);
		_exit(EXIT_SUCCESS);
	}
	CHECK_PUT(msqid, 2, "two");
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_TAKE(msqid, 0, 0, 2, "two");
	remove_queue(msqid);
}
