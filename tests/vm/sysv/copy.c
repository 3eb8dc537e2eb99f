// SPDX-License-Identifier: MIT
/*
 * copy.c - msgrcv with MSG_COPY: reading a message without taking it
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#define COPY	(MSG_COPY | IPC_NOWAIT)

static struct {
	long type;
	char text[10000];
} message;

/* Linux has it if configured for checkpoint and restore, the device always. */
static int three_messages(void)
{
	int msqid = make_queue();

	if (!on_device() && msgrcv(msqid, &message, 1, 0, COPY) < 0 &&
	    errno == ENOSYS) {
		remove_queue(msqid);
		SKIP("this kernel has no MSG_COPY");
	}
	CHECK_PUT(msqid, 7, "first");
	CHECK_PUT(msqid, 5, "second");
	CHECK_PUT(msqid, 6, "");
	return msqid;
}

static void check_copy(int msqid, long position, long type, const char *text)
{
	memset(&message, '.', sizeof(message));
	CHECK_INT(CHECK_OK(msgrcv(msqid, &message, 100, position, COPY)),
		  strlen(text));
	CHECK_INT(message.type, type);
	CHECK(!memcmp(message.text, text, strlen(text)));
	CHECK_INT(message.text[strlen(text)], '.');
}

CASE(position_counts_from_0)
{
	int msqid = three_messages();

	check_copy(msqid, 0, 7, "first");
	check_copy(msqid, 1, 5, "second");
	check_copy(msqid, 2, 6, "");
	check_copy(msqid, 0, 7, "first");
	remove_queue(msqid);
}

CASE(nothing_is_taken)
{
	int msqid = three_messages();
	struct msqid_ds before = queue_state(msqid), after;

	check_copy(msqid, 1, 5, "second");
	after = queue_state(msqid);
	CHECK_INT(after.msg_qnum, 3);
	CHECK_INT(after.__msg_cbytes, before.__msg_cbytes);
	CHECK_INT(after.msg_lrpid, 0);
	CHECK_INT(after.msg_rtime, 0);
	CHECK_TAKE(msqid, 0, 0, 7, "first");
	CHECK_TAKE(msqid, 0, 0, 5, "second");
	CHECK_TAKE(msqid, 0, 0, 6, "");
	remove_queue(msqid);
}

CASE(no_message_at_the_position)
{
	int msqid = three_messages();

	CHECK_ERR(msgrcv(msqid, &message, 100, 3, COPY), ENOMSG);
	CHECK_ERR(msgrcv(msqid, &message, 100, LONG_MAX, COPY), ENOMSG);
	CHECK_ERR(msgrcv(msqid, &message, 100, -1, COPY), ENOMSG);
	CHECK_ERR(msgrcv(msqid, &message, 100, LONG_MIN, COPY), ENOMSG);
	remove_queue(msqid);
}

CASE(flags_that_it_asks_for)
{
	int msqid = three_messages();

	CHECK_ERR(msgrcv(msqid, &message, 100, 0, MSG_COPY), EINVAL);
	CHECK_ERR(msgrcv(msqid, &message, 100, 0, COPY | MSG_EXCEPT), EINVAL);
	CHECK_ERR(msgrcv(msqid, &message, 100, 0, MSG_COPY | MSG_EXCEPT),
		  EINVAL);
	/* This fails before the look-up of the queue. */
	CHECK_ERR(msgrcv(INT_MAX, NULL, 100, 0, MSG_COPY), EINVAL);
	remove_queue(msqid);
}

CASE(buffer_too_small)
{
	int msqid = three_messages();

	CHECK_ERR(msgrcv(msqid, &message, 4, 0, COPY), E2BIG);
	/* A copy is never cut. */
	CHECK_ERR(msgrcv(msqid, &message, 4, 0, COPY | MSG_NOERROR), EINVAL);
	CHECK_INT(msgrcv(msqid, &message, 5, 0, COPY | MSG_NOERROR), 5);
	CHECK_INT(queue_state(msqid).msg_qnum, 3);
	remove_queue(msqid);
}

CASE(message_larger_than_a_lowered_msgmax)
{
	int msqid = three_messages();

	limit_set("msgmax", 5);
	check_copy(msqid, 0, 7, "first");
	CHECK_ERR(msgrcv(msqid, &message, 100, 1, COPY), EINVAL);
	CHECK_TAKE(msqid, 5, 0, 5, "second");
	remove_queue(msqid);
}

CASE(buffer_larger_than_msgmax)
{
	int msqid = three_messages();

	CHECK_INT(msgrcv(msqid, &message, 10000, 0, COPY), 5);
	CHECK_INT(msgrcv(msqid, &message, LONG_MAX, 0, COPY), 5);
	remove_queue(msqid);
}

CASE(buffer_that_faults)
{
	int msqid = three_messages();
	long *type = guarded(sizeof(*type));
	char *text = guarded(sizeof(long) + 3);

	CHECK_ERR(msgrcv(msqid, NULL, 100, 0, COPY), EFAULT);
	CHECK_ERR(msgrcv(msqid, text, 5, 0, COPY), EFAULT);
	/* All bytes of the buffer are read first. */
	CHECK_ERR(msgrcv(msqid, type, 100, 2, COPY), EFAULT);
	CHECK_ERR(msgrcv(INT_MAX, type, 100, 0, COPY), EFAULT);
	CHECK_INT(msgrcv(msqid, type, 0, 2, COPY), 0);
	CHECK_INT(*type, 6);
	CHECK_INT(queue_state(msqid).msg_qnum, 3);
	remove_queue(msqid);
}

CASE(rights_and_identifiers)
{
	int msqid = three_messages();

	set_mode(msqid, 0222);
	AS(&nobody)
		CHECK_ERR(msgrcv(msqid, &message, 1, 0, COPY), EACCES);
	CHECK_ERR(msgrcv(-1, &message, 1, 0, COPY), EINVAL);
	CHECK_ERR(msgrcv(INT_MAX, &message, 1, 0, COPY), EINVAL);
	CHECK_ERR(msgrcv(msqid, &message, SIZE_MAX, 0, COPY), EINVAL);
	remove_queue(msqid);
}
