// SPDX-License-Identifier: MIT
/*
 * receive.c - msgrcv: which message a rule takes, and the effects of that
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
	char text[8192];
} message;

/* Five messages of three types, in an order that is different for each rule. */
static int five_messages(void)
{
	int msqid = make_queue();

	CHECK_PUT(msqid, 5, "five");
	CHECK_PUT(msqid, 3, "three");
	CHECK_PUT(msqid, 9, "nine");
	CHECK_PUT(msqid, 3, "three again");
	CHECK_PUT(msqid, 5, "five again");
	return msqid;
}

static void check_none(int msqid, long rule, int flags)
{
	CHECK_ERR(msgrcv(msqid, &message, sizeof(message.text), rule,
			 flags | IPC_NOWAIT), ENOMSG);
}

CASE(zero_takes_the_first)
{
	int msqid = five_messages();

	CHECK_TAKE(msqid, 0, 0, 5, "five");
	CHECK_TAKE(msqid, 0, 0, 3, "three");
	CHECK_TAKE(msqid, 0, 0, 9, "nine");
	CHECK_TAKE(msqid, 0, 0, 3, "three again");
	CHECK_TAKE(msqid, 0, 0, 5, "five again");
	check_none(msqid, 0, 0);
	remove_queue(msqid);
}

CASE(positive_takes_the_first_of_the_type)
{
	int msqid = five_messages();

	CHECK_TAKE(msqid, 3, 0, 3, "three");
	CHECK_TAKE(msqid, 9, 0, 9, "nine");
	CHECK_TAKE(msqid, 3, 0, 3, "three again");
	check_none(msqid, 3, 0);
	check_none(msqid, 9, 0);
	check_none(msqid, 4, 0);
	check_none(msqid, LONG_MAX, 0);
	CHECK_INT(queue_state(msqid).msg_qnum, 2);
	remove_queue(msqid);
}

CASE(except_takes_the_first_of_another_type)
{
	int msqid = five_messages();

	CHECK_TAKE(msqid, 5, MSG_EXCEPT, 3, "three");
	CHECK_TAKE(msqid, 4, MSG_EXCEPT, 5, "five");
	CHECK_TAKE(msqid, 5, MSG_EXCEPT, 9, "nine");
	CHECK_TAKE(msqid, 5, MSG_EXCEPT, 3, "three again");
	check_none(msqid, 5, MSG_EXCEPT);
	CHECK_TAKE(msqid, 1, MSG_EXCEPT, 5, "five again");
	check_none(msqid, 1, MSG_EXCEPT);
	remove_queue(msqid);
}

CASE(except_means_nothing_without_a_positive_type)
{
	int msqid = five_messages();

	CHECK_TAKE(msqid, 0, MSG_EXCEPT, 5, "five");
	CHECK_TAKE(msqid, -4, MSG_EXCEPT, 3, "three");
	remove_queue(msqid);
}

CASE(negative_takes_the_lowest)
{
	int msqid = five_messages();

	check_none(msqid, -2, 0);
	CHECK_TAKE(msqid, -9, 0, 3, "three");
	CHECK_TAKE(msqid, -3, 0, 3, "three again");
	check_none(msqid, -4, 0);
	CHECK_TAKE(msqid, -5, 0, 5, "five");
	CHECK_TAKE(msqid, -100, 0, 5, "five again");
	check_none(msqid, -8, 0);
	CHECK_TAKE(msqid, -9, 0, 9, "nine");
	remove_queue(msqid);
}

CASE(least_number_counts_as_the_greatest)
{
	int msqid = make_queue();

	CHECK_PUT(msqid, LONG_MAX, "most");
	CHECK_PUT(msqid, LONG_MAX - 1, "nearly");
	CHECK_TAKE(msqid, LONG_MIN, 0, LONG_MAX - 1, "nearly");
	CHECK_TAKE(msqid, LONG_MIN, 0, LONG_MAX, "most");
	check_none(msqid, LONG_MIN, 0);

	CHECK_PUT(msqid, LONG_MAX, "most");
	CHECK_TAKE(msqid, LONG_MIN + 1, 0, LONG_MAX, "most");
	CHECK_PUT(msqid, LONG_MAX, "most");
	check_none(msqid, LONG_MIN + 2, 0);
	CHECK_TAKE(msqid, LONG_MAX, 0, LONG_MAX, "most");
	remove_queue(msqid);
}

CASE(too_large_stays)
{
	int msqid = make_queue();
	struct msqid_ds state;

	CHECK_PUT(msqid, 2, "large");
	CHECK_PUT(msqid, 1, "x");
	CHECK_ERR(msgrcv(msqid, &message, 4, 0, 0), E2BIG);
	CHECK_ERR(msgrcv(msqid, &message, 4, 0, IPC_NOWAIT), E2BIG);
	CHECK_ERR(msgrcv(msqid, &message, 0, -2, 0), E2BIG);
	CHECK_ERR(msgrcv(msqid, &message, 4, 1, MSG_EXCEPT), E2BIG);

	state = queue_state(msqid);
	CHECK_INT(state.msg_qnum, 2);
	CHECK_INT(state.__msg_cbytes, 6);
	CHECK_INT(state.msg_lrpid, 0);
	CHECK_INT(state.msg_rtime, 0);
	CHECK_TAKE(msqid, 0, 0, 2, "large");
	CHECK_TAKE(msqid, 0, 0, 1, "x");
	remove_queue(msqid);
}

CASE(too_large_is_cut_when_allowed)
{
	int msqid = make_queue();

	CHECK_PUT(msqid, 2, "large");
	memset(message.text, '.', sizeof(message.text));
	CHECK_INT(msgrcv(msqid, &message, 3, 0, MSG_NOERROR), 3);
	CHECK_INT(message.type, 2);
	CHECK(!memcmp(message.text, "lar.....", 8));
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK_INT(queue_state(msqid).__msg_cbytes, 0);

	CHECK_PUT(msqid, 2, "large");
	CHECK_INT(msgrcv(msqid, &message, 0, 0, MSG_NOERROR), 0);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);

	/* A text that fits is not cut. */
	CHECK_PUT(msqid, 2, "large");
	CHECK_INT(msgrcv(msqid, &message, 5, 0, MSG_NOERROR), 5);
	CHECK_PUT(msqid, 2, "large");
	CHECK_INT(msgrcv(msqid, &message, 6, 0, MSG_NOERROR), 5);
	remove_queue(msqid);
}

CASE(nothing_is_written_behind_the_text)
{
	int msqid = make_queue();

	memset(&message, '.', sizeof(message));
	CHECK_PUT(msqid, 2, "abc");
	CHECK_INT(msgrcv(msqid, &message, 100, 0, 0), 3);
	CHECK(!memcmp(message.text, "abc.....", 8));

	CHECK_PUT(msqid, 2, "");
	CHECK_INT(msgrcv(msqid, &message, 100, 0, 0), 0);
	CHECK(!memcmp(message.text, "abc.....", 8));
	remove_queue(msqid);
}

CASE(message_without_text)
{
	int msqid = make_queue();
	long *type = guarded(sizeof(*type));

	CHECK_PUT(msqid, 4, "");
	CHECK_INT(msgrcv(msqid, type, 0, 0, 0), 0);
	CHECK_INT(*type, 4);
	/* Unused room is not touched. */
	CHECK_PUT(msqid, 5, "");
	CHECK_INT(msgrcv(msqid, type, 8192, 0, 0), 0);
	CHECK_INT(*type, 5);
	remove_queue(msqid);
}

CASE(none_fits_the_rule)
{
	int msqid = make_queue();

	check_none(msqid, 0, 0);
	check_none(msqid, 1, 0);
	check_none(msqid, -1, 0);
	check_none(msqid, 1, MSG_EXCEPT);
	check_none(msqid, 0, MSG_NOERROR);
	CHECK_INT(queue_state(msqid).msg_lrpid, 0);
	remove_queue(msqid);
}

CASE(arguments_that_make_no_sense)
{
	int msqid = make_queue();

	CHECK_PUT(msqid, 1, "x");
	CHECK_ERR(msgrcv(msqid, &message, SIZE_MAX, 0, 0), EINVAL);
	CHECK_ERR(msgrcv(msqid, &message, (size_t)LONG_MAX + 1, 0, 0), EINVAL);
	CHECK_ERR(msgrcv(-1, &message, 1, 0, 0), EINVAL);
	CHECK_ERR(msgrcv(INT_MIN, NULL, 1, 0, 0), EINVAL);
	CHECK_ERR(msgrcv(UNKNOWN, &message, 1, 0, 0), EINVAL);
	/* A buffer may be larger than any message. */
	CHECK_INT(msgrcv(msqid, &message, LONG_MAX, 0, 0), 1);
	remove_queue(msqid);
	CHECK_ERR(msgrcv(msqid, &message, 1, 0, IPC_NOWAIT), EINVAL);
}

CASE(no_read_permission)
{
	int msqid = make_queue();

	set_mode(msqid, 0222);
	AS(&nobody) {
		/* EACCES comes before ENOMSG and E2BIG. */
		CHECK_ERR(msgrcv(msqid, &message, 1, 0, IPC_NOWAIT), EACCES);
		CHECK_ERR(msgrcv(msqid, &message, 1, 0, 0), EACCES);
		CHECK_PUT(msqid, 1, "xyz");
		CHECK_ERR(msgrcv(msqid, &message, 1, 0, 0), EACCES);
	}
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_queue(msqid);
}

CASE(success_shows)
{
	int msqid = make_queue();
	struct msqid_ds sent, state;
	time_t before, after;

	CHECK_PUT(msqid, 1, "abc");
	CHECK_PUT(msqid, 1, "defgh");
	sent = queue_state(msqid);
	AS(NULL) {
		before = time(NULL);
		CHECK_TAKE(msqid, 0, 0, 1, "abc");
		after = time(NULL);
		state = queue_state(msqid);
		CHECK_INT(state.msg_lrpid, getpid());
		CHECK(state.msg_rtime >= before && state.msg_rtime <= after);
	}
	state = queue_state(msqid);
	CHECK_INT(state.msg_qnum, 1);
	CHECK_INT(state.__msg_cbytes, 5);
	CHECK_INT(state.msg_lspid, getpid());
	CHECK_INT(state.msg_stime, sent.msg_stime);
	CHECK_TAKE(msqid, 0, 0, 1, "defgh");
	CHECK_INT(queue_state(msqid).msg_lrpid, getpid());
	remove_queue(msqid);
}

CASE(other_flag_bits_mean_nothing)
{
	int flags = ~(IPC_NOWAIT | MSG_NOERROR | MSG_EXCEPT | MSG_COPY);
	int msqid = five_messages();

	CHECK_TAKE(msqid, 3, flags, 3, "three");
	CHECK_ERR(msgrcv(msqid, &message, 2, 0, flags), E2BIG);
	remove_queue(msqid);
}
