// SPDX-License-Identifier: MIT
/*
 * info.c - msgctl: information on all queues, and on queues by index
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#define QUEUES	10

/* The width of the index in an identifier. */
#define INDEX(msqid) ((msqid) & 0x7fff)

static int info_of(int command, struct msginfo *info)
{
	memset(info, 0xff, sizeof(*info));
	return CHECK_OK(msgctl(0, command, (struct msqid_ds *)info));
}

CASE(ipc_info_field_by_field)
{
	struct msginfo info;

	limit_set("msgmax", 1111);
	limit_set("msgmnb", 2222);
	limit_set("msgmni", 3333);
	info_of(IPC_INFO, &info);
	CHECK_INT(info.msgmax, 1111);
	CHECK_INT(info.msgmnb, 2222);
	CHECK_INT(info.msgmni, 3333);
	CHECK_INT(info.msgpool, 512000);
	CHECK_INT(info.msgmap, 16384);
	CHECK_INT(info.msgssz, 16);
	CHECK_INT(info.msgtql, 16384);
	CHECK_INT(info.msgseg, 0xffff);
}

CASE(msg_info_field_by_field)
{
	struct msginfo before, info;
	int first, second;

	limit_set("msgmax", 1111);
	limit_set("msgmnb", 2222);
	limit_set("msgmni", 3333);
	info_of(MSG_INFO, &before);
	first = make_queue();
	second = make_queue();
	CHECK_PUT(first, 1, "abc");
	CHECK_PUT(first, 1, "");
	CHECK_PUT(second, 2, "de");

	info_of(MSG_INFO, &info);
	CHECK_INT(info.msgmax, 1111);
	CHECK_INT(info.msgmnb, 2222);
	CHECK_INT(info.msgmni, 3333);
	CHECK_INT(info.msgssz, 16);
	CHECK_INT(info.msgseg, 0xffff);
	/* Queues, messages and bytes in use. */
	CHECK_INT(info.msgpool, before.msgpool + 2);
	CHECK_INT(info.msgmap, before.msgmap + 3);
	CHECK_INT(info.msgtql, before.msgtql + 5);

	CHECK_TAKE(first, 0, 0, 1, "abc");
	remove_queue(second);
	info_of(MSG_INFO, &info);
	CHECK_INT(info.msgpool, before.msgpool + 1);
	CHECK_INT(info.msgmap, before.msgmap + 1);
	CHECK_INT(info.msgtql, before.msgtql);

	remove_queue(first);
	info_of(MSG_INFO, &info);
	CHECK_INT(info.msgpool, before.msgpool);
	CHECK_INT(info.msgmap, before.msgmap);
}

CASE(info_returns_the_highest_used_index)
{
	int msqids[QUEUES], highest = 0;
	struct msginfo info;

	info_of(MSG_INFO, &info);
	if (info.msgpool)
		SKIP("others have queues");
	CHECK_INT(info_of(IPC_INFO, &info), 0);
	CHECK_INT(info_of(MSG_INFO, &info), 0);

	for (int i = 0; i < QUEUES; i++) {
		msqids[i] = make_queue();
		if (INDEX(msqids[i]) > highest)
			highest = INDEX(msqids[i]);
		CHECK_INT(info_of(IPC_INFO, &info), highest);
		CHECK_INT(info_of(MSG_INFO, &info), highest);
	}
	/* Removal lowers it again, to the next index in use. */
	for (int i = 0; i < QUEUES; i++) {
		remove_queue(msqids[i]);
		highest = 0;
		for (int j = i + 1; j < QUEUES; j++)
			if (INDEX(msqids[j]) > highest)
				highest = INDEX(msqids[j]);
		CHECK_INT(info_of(IPC_INFO, &info), highest);
		CHECK_INT(info_of(MSG_INFO, &info), highest);
	}
}

CASE(info_needs_no_right)
{
	struct msginfo info;

	AS(&nobody) {
		CHECK_OK(info_of(IPC_INFO, &info));
		CHECK_OK(info_of(MSG_INFO, &info));
	}
}

CASE(info_asks_for_an_identifier_that_is_not_negative)
{
	struct msqid_ds buffer;

	CHECK_ERR(msgctl(-1, IPC_INFO, &buffer), EINVAL);
	CHECK_ERR(msgctl(-1, MSG_INFO, &buffer), EINVAL);
	CHECK_OK(msgctl(INT_MAX, IPC_INFO, &buffer));
	CHECK_OK(msgctl(INT_MAX, MSG_INFO, &buffer));
}

CASE(info_buffer_that_faults)
{
	void *part = guarded(sizeof(struct msginfo) - 1);

	CHECK_ERR(msgctl(0, IPC_INFO, NULL), EFAULT);
	CHECK_ERR(msgctl(0, MSG_INFO, NULL), EFAULT);
	CHECK_ERR(msgctl(0, IPC_INFO, part), EFAULT);
	CHECK_ERR(msgctl(0, MSG_INFO, part), EFAULT);
}

static void check_by_index(int command)
{
	int msqid = CHECK_OK(msgget(0x6d736703, IPC_CREAT | 0640));
	struct msqid_ds state, expected;

	CHECK_PUT(msqid, 1, "abc");
	expected = queue_state(msqid);
	memset(&state, 0xff, sizeof(state));
	CHECK_INT(msgctl(INDEX(msqid), command, &state), msqid);
	if (!libc_copies_structs())
		CHECK(!memcmp(&state, &expected, sizeof(state)));
	CHECK_INT(state.msg_perm.__key, 0x6d736703);
	CHECK_INT(state.msg_qnum, 1);

	/* The bits of the sequence number are ignored. */
	CHECK_INT(msgctl(msqid, command, &state), msqid);
	CHECK_INT(msgctl(msqid ^ 0x18000, command, &state), msqid);

	if (!libc_copies_structs())
		CHECK_ERR(msgctl(INDEX(msqid), command, NULL), EFAULT);
	CHECK_ERR(msgctl(-1, command, &state), EINVAL);
	remove_queue(msqid);
	CHECK_ERR(msgctl(INDEX(msqid), command, &state), EINVAL);
	CHECK_ERR(msgctl(0x7fff, command, &state), EINVAL);
}

/* Use up identifiers, so that sequence numbers are not 0. */
static void use_identifiers(void)
{
	for (int i = 0; i < 200; i++)
		remove_queue(make_queue());
}

CASE(msg_stat_goes_by_index)
{
	use_identifiers();
	check_by_index(MSG_STAT);
}

CASE(msg_stat_any_goes_by_index)
{
	use_identifiers();
	check_by_index(MSG_STAT_ANY);
}

CASE(msg_stat_any_needs_no_read_permission)
{
	int msqid = make_queue();
	struct msqid_ds state;

	set_mode(msqid, 0);
	AS(&nobody) {
		CHECK_ERR(msgctl(INDEX(msqid), MSG_STAT, &state), EACCES);
		CHECK_INT(msgctl(INDEX(msqid), MSG_STAT_ANY, &state), msqid);
		CHECK_INT(state.msg_perm.mode, 0);
	}
	remove_queue(msqid);
}

CASE(every_queue_is_found_by_index)
{
	int msqids[QUEUES], highest, found = 0;
	struct msqid_ds state;
	struct msginfo info;

	for (int i = 0; i < QUEUES; i++)
		msqids[i] = make_queue();
	highest = info_of(MSG_INFO, &info);
	for (int i = 0; i <= highest; i++) {
		int msqid = msgctl(i, MSG_STAT, &state);

		for (int j = 0; j < QUEUES; j++)
			found += msqids[j] == msqid;
	}
	CHECK_INT(found, QUEUES);
	for (int i = 0; i < QUEUES; i++)
		remove_queue(msqids[i]);
}
