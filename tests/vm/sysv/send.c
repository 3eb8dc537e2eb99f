// SPDX-License-Identifier: MIT
/*
 * send.c - msgsnd: the order of its errors, full queues, its effects
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#define UNKNOWN	0x7ffffff0

static struct {
	long type;
	char text[8200];
} message = { .type = 1 };

/* A readable type before an unreadable text. */
static long *type_alone(long type)
{
	long *msgp = guarded(sizeof(*msgp));

	*msgp = type;
	return msgp;
}

CASE(bad_type_pointer_comes_first)
{
	void *nowhere = (char *)type_alone(1) + sizeof(long);

	/* All other arguments are wrong, too. */
	CHECK_ERR(msgsnd(UNKNOWN, nowhere, SIZE_MAX, 0), EFAULT);
	CHECK_ERR(msgsnd(-1, nowhere, 1, 0), EFAULT);
	CHECK_ERR(msgsnd(-1, NULL, 0, 0), EFAULT);
	/* Only the last byte of the type is unreadable. */
	CHECK_ERR(msgsnd(-1, (char *)type_alone(1) + 1, 0, 0), EFAULT);
}

CASE(size_out_of_range)
{
	int msqid = make_queue();
	long msgmax = limit_get("msgmax");

	CHECK_ERR(msgsnd(msqid, &message, msgmax + 1, 0), EINVAL);
	CHECK_ERR(msgsnd(msqid, &message, SIZE_MAX, 0), EINVAL);
	CHECK_ERR(msgsnd(msqid, &message, (size_t)LONG_MAX + 1, 0), EINVAL);
	CHECK_ERR(msgsnd(msqid, &message, LONG_MAX, 0), EINVAL);
	/* This fails before the text is read. */
	CHECK_ERR(msgsnd(msqid, type_alone(1), msgmax + 1, 0), EINVAL);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK_OK(msgsnd(msqid, &message, msgmax, IPC_NOWAIT));
	remove_queue(msqid);
}

CASE(negative_identifier)
{
	/* This fails before the text is read. */
	CHECK_ERR(msgsnd(-1, type_alone(1), 1, 0), EINVAL);
	CHECK_ERR(msgsnd(INT_MIN, type_alone(1), 1, 0), EINVAL);
}

CASE(type_below_one)
{
	int msqid = make_queue();

	/* This fails before the text is read. */
	CHECK_ERR(msgsnd(msqid, type_alone(0), 1, 0), EINVAL);
	CHECK_ERR(msgsnd(msqid, type_alone(-1), 1, 0), EINVAL);
	CHECK_ERR(msgsnd(msqid, type_alone(LONG_MIN), 1, 0), EINVAL);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK_OK(msgsnd(msqid, type_alone(LONG_MAX), 0, 0));
	remove_queue(msqid);
}

CASE(bad_text_pointer)
{
	int msqid = make_queue();

	CHECK_ERR(msgsnd(msqid, type_alone(1), 1, 0), EFAULT);
	CHECK_ERR(msgsnd(msqid, type_alone(1), 8192, 0), EFAULT);
	/* This fails before the look-up of the queue. */
	CHECK_ERR(msgsnd(UNKNOWN, type_alone(1), 1, 0), EFAULT);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

CASE(text_that_ends_out_of_reach)
{
	static const size_t sizes[] = { 2, 100, 4096, 8192 };
	int msqid = make_queue();

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		long *msgp = guarded(sizeof(long) + sizes[i] - 1);

		memset(msgp, 1, sizeof(long) + sizes[i] - 1);
		CHECK_ERR(msgsnd(msqid, msgp, sizes[i], 0), EFAULT);
		CHECK_OK(msgsnd(msqid, msgp, sizes[i] - 1, IPC_NOWAIT));
		CHECK_OK(msgrcv(msqid, &message, 8192, 0, IPC_NOWAIT));
	}
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

CASE(unknown_identifier)
{
	int msqid = make_queue();

	remove_queue(msqid);
	CHECK_ERR(msgsnd(msqid, &message, 1, 0), EINVAL);
	CHECK_ERR(msgsnd(UNKNOWN, &message, 1, 0), EINVAL);
	CHECK_ERR(msgsnd(INT_MAX, &message, 1, 0), EINVAL);
}

CASE(no_write_permission)
{
	int msqid = make_queue();

	set_both(msqid, 0444, 1);
	CHECK_PUT(msqid, 1, "x");
	/* EACCES comes before a full queue. */
	AS(&nobody) {
		CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EACCES);
		CHECK_ERR(msgsnd(msqid, &message, 1, 0), EACCES);
	}
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_queue(msqid);
}

CASE(full_by_bytes)
{
	int msqid = queue_of(10);

	CHECK_OK(msgsnd(msqid, &message, 7, IPC_NOWAIT));
	CHECK_ERR(msgsnd(msqid, &message, 4, IPC_NOWAIT), EAGAIN);
	CHECK_ERR(msgsnd(msqid, &message, 8192, IPC_NOWAIT), EAGAIN);
	/* Messages that fit are sent, up to the last byte. */
	CHECK_OK(msgsnd(msqid, &message, 3, IPC_NOWAIT));
	CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EAGAIN);
	CHECK_OK(msgsnd(msqid, &message, 0, IPC_NOWAIT));
	CHECK_INT(queue_state(msqid).__msg_cbytes, 10);
	CHECK_INT(queue_state(msqid).msg_qnum, 3);

	CHECK_INT(msgrcv(msqid, &message, 8192, 0, IPC_NOWAIT), 7);
	message.type = 1;
	CHECK_ERR(msgsnd(msqid, &message, 8, IPC_NOWAIT), EAGAIN);
	CHECK_OK(msgsnd(msqid, &message, 7, IPC_NOWAIT));
	remove_queue(msqid);
}

CASE(full_by_number_of_messages)
{
	int msqid = queue_of(5);

	for (int i = 0; i < 5; i++)
		CHECK_OK(msgsnd(msqid, &message, 0, IPC_NOWAIT));
	CHECK_ERR(msgsnd(msqid, &message, 0, IPC_NOWAIT), EAGAIN);
	CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EAGAIN);
	CHECK_INT(queue_state(msqid).msg_qnum, 5);
	CHECK_INT(queue_state(msqid).__msg_cbytes, 0);
	remove_queue(msqid);
}

CASE(no_room_at_all)
{
	int msqid = queue_of(0);

	CHECK_ERR(msgsnd(msqid, &message, 0, IPC_NOWAIT), EAGAIN);
	CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EAGAIN);
	remove_queue(msqid);
}

CASE(above_what_the_queue_was_lowered_to)
{
	int msqid = make_queue();

	CHECK_OK(msgsnd(msqid, &message, 100, IPC_NOWAIT));
	set_qbytes(msqid, 50);
	CHECK_ERR(msgsnd(msqid, &message, 0, IPC_NOWAIT), EAGAIN);
	CHECK_OK(msgrcv(msqid, &message, 100, 0, IPC_NOWAIT));
	message.type = 1;
	CHECK_OK(msgsnd(msqid, &message, 50, IPC_NOWAIT));
	remove_queue(msqid);
}

CASE(success_shows)
{
	int msqid = make_queue();
	time_t before = time(NULL), after;
	struct msqid_ds state;

	CHECK_INT(msgsnd(msqid, &message, 100, 0), 0);
	after = time(NULL);
	state = queue_state(msqid);
	CHECK_INT(state.msg_qnum, 1);
	CHECK_INT(state.__msg_cbytes, 100);
	CHECK_INT(state.msg_lspid, getpid());
	CHECK_INT(state.msg_lrpid, 0);
	CHECK(state.msg_stime >= before && state.msg_stime <= after);
	CHECK_INT(state.msg_rtime, 0);

	AS(NULL) {
		CHECK_OK(msgsnd(msqid, &message, 23, IPC_NOWAIT));
		state = queue_state(msqid);
		CHECK_INT(state.msg_lspid, getpid());
	}
	state = queue_state(msqid);
	CHECK_INT(state.msg_qnum, 2);
	CHECK_INT(state.__msg_cbytes, 123);
	CHECK(state.msg_lspid != getpid());
	remove_queue(msqid);
}

CASE(failure_does_not_show)
{
	int msqid = queue_of(10);
	struct msqid_ds state;

	AS(NULL) {
		CHECK_ERR(msgsnd(msqid, &message, 11, IPC_NOWAIT), EAGAIN);
		CHECK_ERR(msgsnd(msqid, type_alone(1), 1, 0), EFAULT);
	}
	state = queue_state(msqid);
	CHECK_INT(state.msg_qnum, 0);
	CHECK_INT(state.__msg_cbytes, 0);
	CHECK_INT(state.msg_lspid, 0);
	CHECK_INT(state.msg_stime, 0);
	remove_queue(msqid);
}

CASE(stands_at_the_end)
{
	int msqid = make_queue();

	CHECK_PUT(msqid, 3, "first");
	CHECK_PUT(msqid, 1, "second");
	CHECK_PUT(msqid, 2, "third");
	CHECK_TAKE(msqid, 0, 0, 3, "first");
	CHECK_TAKE(msqid, 0, 0, 1, "second");
	CHECK_TAKE(msqid, 0, 0, 2, "third");
	remove_queue(msqid);
}

CASE(other_flag_bits_mean_nothing)
{
	int msqid = queue_of(1);
	int flags = ~IPC_NOWAIT;

	CHECK_OK(msgsnd(msqid, &message, 1, flags));
	CHECK_ERR(msgsnd(msqid, &message, 1, -1), EAGAIN);
	remove_queue(msqid);
}

CASE(messages_without_text)
{
	int msqid = make_queue();

	CHECK_OK(msgsnd(msqid, type_alone(7), 0, 0));
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_INT(queue_state(msqid).__msg_cbytes, 0);
	CHECK_INT(msgrcv(msqid, &message, sizeof(message.text), 0, 0), 0);
	CHECK_INT(message.type, 7);
	remove_queue(msqid);
}

CASE(one_that_fits_does_not_queue_behind_one_that_waits)
{
	int msqid = queue_of(10);
	struct peer *waiting;

	CHECK_OK(msgsnd(msqid, &message, 8, IPC_NOWAIT));
	waiting = sender(msqid, 2, "large");
	CHECK_WAITS(waiting);
	CHECK_OK(msgsnd(msqid, &message, 2, IPC_NOWAIT));
	CHECK_INT(queue_state(msqid).msg_qnum, 2);
	peer_kill(waiting);
	remove_queue(msqid);
}
