// SPDX-License-Identifier: MIT
/*
 * differences.c - intended differences from Linux that one process shows
 *
 * Over the kernel's own queues each case asserts Linux's answer, which proves
 * the difference.  Cases that need a second process are in ../wait.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

static struct {
	long type;
	char text[8192];
} message;

static int three_messages(void)
{
	int msqid = make_queue();

	CHECK_PUT(msqid, 2, "first");
	CHECK_PUT(msqid, 1, "second");
	CHECK_PUT(msqid, 3, "third");
	return msqid;
}

/* Receive the second of three messages into a buffer that faults. */
static void check_fault(void *buffer, size_t size, long rule, int flags)
{
	int msqid = three_messages();
	struct msqid_ds before = queue_state(msqid), after;

	CHECK_ERR(msgrcv(msqid, buffer, size, rule, flags), EFAULT);
	after = queue_state(msqid);
	if (!on_device()) {
		CHECK_INT(after.msg_qnum, 2);
		remove_queue(msqid);
		return;
	}
	CHECK_INT(after.msg_qnum, 3);
	CHECK_INT(after.__msg_cbytes, before.__msg_cbytes);
	CHECK_INT(after.msg_lrpid, 0);
	CHECK_INT(after.msg_rtime, 0);
	CHECK_INT(after.msg_lspid, before.msg_lspid);

	/* The message is in its old place, for this rule and for others. */
	CHECK_ERR(msgrcv(msqid, buffer, size, rule, flags), EFAULT);
	CHECK_TAKE(msqid, 0, 0, 2, "first");
	CHECK_TAKE(msqid, 0, 0, 1, "second");
	CHECK_TAKE(msqid, 0, 0, 3, "third");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK_INT(queue_state(msqid).__msg_cbytes, 0);
	remove_queue(msqid);
}

CASE(fault_in_the_type)
{
	check_fault(NULL, 10, 1, 0);
	check_fault(guarded(0), 10, -1, 0);
	check_fault(guarded(sizeof(long) - 1), 10, 1, IPC_NOWAIT);
	check_fault(NULL, 3, 1, MSG_NOERROR);
}

CASE(fault_in_the_text)
{
	check_fault(guarded(sizeof(long)), 10, 1, 0);
	check_fault(guarded(sizeof(long) + 5), 10, 1, 0);
	check_fault(guarded(sizeof(long) + 1), 2, 1, MSG_NOERROR);
}

CASE(fault_at_the_front)
{
	int msqid = three_messages();

	CHECK_ERR(msgrcv(msqid, NULL, 10, 0, 0), EFAULT);
	if (on_device())
		CHECK_TAKE(msqid, 2, 0, 2, "first");
	CHECK_TAKE(msqid, 2, MSG_EXCEPT, 1, "second");
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_queue(msqid);
}

CASE(fault_of_the_last_message)
{
	int msqid = make_queue();

	CHECK_PUT(msqid, 5, "alone");
	CHECK_ERR(msgrcv(msqid, NULL, 10, 0, 0), EFAULT);
	CHECK_INT(queue_state(msqid).msg_qnum, on_device());
	CHECK_INT(queue_state(msqid).__msg_cbytes, on_device() ? 5 : 0);
	if (on_device())
		CHECK_TAKE(msqid, -5, 0, 5, "alone");
	remove_queue(msqid);
}

CASE(fault_within_a_long_text)
{
	static const size_t rooms[] = { 1, 100, 4000, 4096, 8000, 8191 };
	int msqid;

	DEVICE_ONLY();
	msqid = make_queue();
	message.type = 1;
	for (size_t i = 0; i < sizeof(message.text); i++)
		message.text[i] = i * 7 + i / 256;
	CHECK_OK(msgsnd(msqid, &message, sizeof(message.text), 0));
	CHECK_PUT(msqid, 2, "after");

	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++)
		CHECK_ERR(msgrcv(msqid, guarded(sizeof(long) + rooms[i]),
				 sizeof(message.text), 0, 0), EFAULT);
	CHECK_INT(queue_state(msqid).msg_qnum, 2);
	CHECK_INT(queue_state(msqid).__msg_cbytes, sizeof(message.text) + 5);

	memset(&message, 0, sizeof(message));
	CHECK_INT(msgrcv(msqid, &message, sizeof(message.text), 0, 0),
		  sizeof(message.text));
	CHECK_INT(message.type, 1);
	for (size_t i = 0; i < sizeof(message.text); i++)
		CHECK_INT(message.text[i], (char)(i * 7 + i / 256));
	CHECK_TAKE(msqid, 0, 0, 2, "after");
	remove_queue(msqid);
}

CASE(fault_in_a_full_queue_makes_no_room)
{
	int msqid = queue_of(5);

	CHECK_PUT(msqid, 1, "12345");
	CHECK_ERR(msgrcv(msqid, NULL, 5, 0, 0), EFAULT);
	message.type = 1;
	if (on_device())
		CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EAGAIN);
	else
		CHECK_OK(msgsnd(msqid, &message, 1, IPC_NOWAIT));
	remove_queue(msqid);
}

CASE(fault_under_msgtql)
{
	int msqid;

	DEVICE_ONLY();
	msqid = make_queue();
	limit_set("msgtql", 1);
	CHECK_PUT(msqid, 1, "x");
	CHECK_ERR(msgrcv(msqid, NULL, 5, 0, 0), EFAULT);
	message.type = 1;
	CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EAGAIN);
	CHECK_TAKE(msqid, 0, 0, 1, "x");
	CHECK_PUT(msqid, 1, "y");
	CHECK_TAKE(msqid, 0, 0, 1, "y");
	remove_queue(msqid);
}

CASE(msgtql_is_a_real_limit)
{
	char path[64];

	limit_path("msgtql", path, sizeof(path));
	if (!on_device()) {
		CHECK(access(path, F_OK));
		return;
	}
	for (int i = 0; i < 2; i++) {
		int msqid = make_queue();

		limit_set("msgtql", i);
		message.type = 1;
		if (i)
			CHECK_PUT(msqid, 1, "x");
		CHECK_ERR(msgsnd(msqid, &message, 0, IPC_NOWAIT), EAGAIN);
		remove_queue(msqid);
	}
}

static int thread_queue;
static pid_t thread_id;

static void *receive_in_thread(void *unused)
{
	char buffer[sizeof(long) + 1];

	(void)unused;
	__atomic_store_n(&thread_id, syscall(SYS_gettid), __ATOMIC_RELEASE);
	CHECK_INT(msgrcv(thread_queue, buffer, 1, 0, 0), 1);
	return NULL;
}

static pthread_t start_thread(void)
{
	pthread_t thread;

	CHECK_INT(pthread_create(&thread, NULL, receive_in_thread, NULL), 0);
	while (!__atomic_load_n(&thread_id, __ATOMIC_ACQUIRE))
		sched_yield();
	CHECK(thread_id != getpid());
	return thread;
}

CASE(last_receiver_is_the_process_when_a_message_is_handed_over)
{
	pthread_t thread;

	thread_queue = make_queue();
	thread = start_thread();
	wait_asleep(thread_id);
	CHECK_PUT(thread_queue, 1, "x");
	CHECK_INT(pthread_join(thread, NULL), 0);
	CHECK_INT(queue_state(thread_queue).msg_lrpid,
		  on_device() ? getpid() : thread_id);
	remove_queue(thread_queue);
}

CASE(last_receiver_is_the_process_when_a_message_is_there)
{
	pthread_t thread;

	thread_queue = make_queue();
	CHECK_PUT(thread_queue, 1, "x");
	thread = start_thread();
	CHECK_INT(pthread_join(thread, NULL), 0);
	CHECK_INT(queue_state(thread_queue).msg_lrpid, getpid());
	remove_queue(thread_queue);
}

CASE(copy_needs_no_kernel_option)
{
	int msqid = make_queue();
	long ret;

	CHECK_PUT(msqid, 1, "abc");
	ret = msgrcv(msqid, &message, 3, 0, MSG_COPY | IPC_NOWAIT);
	if (!on_device() && ret < 0)
		CHECK_INT(errno, ENOSYS);
	else
		CHECK_INT(ret, 3);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_queue(msqid);
}
