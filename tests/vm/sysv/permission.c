// SPDX-License-Identifier: MIT
/*
 * permission.c - which triad of the mode applies to a caller, over all modes
 *
 * The queue belongs to owner, of group OWNER_GROUP.  It was made by creator, of
 * CREATOR_GROUP, to whom the same triads apply.
 */
#define _GNU_SOURCE
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#define KEY		0x6d736704
#define OWNER_GROUP	2001
#define CREATOR_GROUP	2002
#define OTHER_GROUP	2003

enum { OWNERS = 6, GROUPS = 3, OTHERS = 0 };

static const struct identity creator = { .uid = 1002, .gid = CREATOR_GROUP };
static const struct identity nobody_here = { .uid = 1003, .gid = OTHER_GROUP };

static int given_queue(void)
{
	struct msqid_ds state;
	int msqid;

	AS(&creator)
		CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	msqid = CHECK_OK(msgget(KEY, 0));
	state = queue_state(msqid);
	state.msg_perm.uid = 1001;
	state.msg_perm.gid = OWNER_GROUP;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	return msqid;
}

/* A call fails with EACCES if, and only if, it is not permitted. */
static void check(bool allowed, int mode, const char *call, long ret,
		  int success)
{
	int error = ret < 0 ? errno : 0;

	if (error != (allowed ? success : EACCES))
		FAIL("%s with mode %#o: expected %s, got %s", call, mode,
		     allowed ? "a right" : "EACCES", strerrorname_np(error));
}

/* Make all calls that check permission, as a caller with these permissions. */
static void check_rights(int msqid, int mode, int rights)
{
	struct { long type; char text[8]; } message = { .type = 1 };
	bool read = rights & 4, write = rights & 2;
	int index = msqid & 0x7fff;
	struct msqid_ds state;

	check(read, mode, "IPC_STAT", msgctl(msqid, IPC_STAT, &state), 0);
	check(read, mode, "MSG_STAT", msgctl(index, MSG_STAT, &state), 0);
	check(true, mode, "MSG_STAT_ANY", msgctl(index, MSG_STAT_ANY, &state),
	      0);
	check(write, mode, "msgsnd",
	      msgsnd(msqid, &message, 1, IPC_NOWAIT), 0);
	check(read, mode, "msgrcv", msgrcv(msqid, &message, 8, 0, IPC_NOWAIT),
	      write ? 0 : ENOMSG);

	for (int asked = 0; asked < 8; asked++) {
		bool allowed = !(asked & ~rights);

		check(allowed, mode, "msgget, owner's bits",
		      msgget(KEY, asked << 6), 0);
		check(allowed, mode, "msgget, group's bits",
		      msgget(KEY, asked << 3), 0);
		check(allowed, mode, "msgget, others' bits",
		      msgget(KEY, asked), 0);
	}
}

/*
 * The caller also gets CAP_SYS_ADMIN, which permits it to set the mode and
 * nothing more.
 */
static void check_all_modes(const struct identity *who, int triad)
{
	struct identity with_admin = *who;
	int msqid = given_queue();
	struct msqid_ds state = queue_state(msqid);
	char text[8 + sizeof(long)];

	with_admin.capabilities |= CAPABILITY(CAP_SYS_ADMIN);
	AS(&with_admin) {
		for (int mode = 0; mode < 01000; mode++) {
			state.msg_perm.mode = mode;
			CHECK_OK(msgctl(msqid, IPC_SET, &state));
			check_rights(msqid, mode, triad < 0 ? 7 :
							      mode >> triad & 7);
			state.msg_perm.mode = 0777;
			CHECK_OK(msgctl(msqid, IPC_SET, &state));
			while (msgrcv(msqid, text, 8, 0, IPC_NOWAIT) >= 0)
				;
			CHECK_INT(errno, ENOMSG);
		}
	}
	remove_queue(msqid);
}

#define CELL(name, triad, ...)						\
	CASE(name)							\
	{								\
		check_all_modes(&(struct identity){ __VA_ARGS__ }, triad); \
	}

CELL(owner, OWNERS, .uid = 1001, .gid = OTHER_GROUP)
CELL(creator_who_owns_no_more, OWNERS, .uid = 1002, .gid = OTHER_GROUP)
CELL(owner_in_the_group_too, OWNERS, .uid = 1001, .gid = OWNER_GROUP)
CELL(group, GROUPS, .uid = 1003, .gid = OWNER_GROUP)
CELL(group_of_the_creator, GROUPS, .uid = 1003, .gid = CREATOR_GROUP)
CELL(group_among_more, GROUPS, .uid = 1003, .gid = OTHER_GROUP,
	.group = OWNER_GROUP)
CELL(group_of_the_creator_among_more, GROUPS, .uid = 1003,
	.gid = OTHER_GROUP, .group = CREATOR_GROUP)
CELL(others, OTHERS, .uid = 1003, .gid = OTHER_GROUP)
CELL(root_without_capabilities, OTHERS, .uid = 0, .gid = OTHER_GROUP)
CELL(capability, -1, .uid = 1003, .gid = OTHER_GROUP,
	.capabilities = CAPABILITY(CAP_IPC_OWNER))
CELL(capability_over_files, OTHERS, .uid = 1003, .gid = OTHER_GROUP,
	.capabilities = CAPABILITY(CAP_DAC_OVERRIDE))

CASE(effective_ids_count)
{
	int msqid = given_queue();
	struct msqid_ds state;

	set_mode(msqid, 0600);
	AS(NULL) {
		become(&(struct identity){
			.uid = 1001, .gid = OTHER_GROUP,
			.capabilities = CAPABILITY(CAP_SETUID),
		});
		CHECK_OK(msgctl(msqid, IPC_STAT, &state));
		CHECK_OK(setresuid(1001, 1003, 1001));
		CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EACCES);
		CHECK_OK(setresuid(1003, 1001, 1003));
		CHECK_OK(msgctl(msqid, IPC_STAT, &state));
	}
	remove_queue(msqid);
}

CASE(a_change_holds_at_once)
{
	int msqid = given_queue();
	struct msqid_ds state;

	set_mode(msqid, 0604);
	AS(&nobody_here)
		CHECK_OK(msgctl(msqid, IPC_STAT, &state));
	set_mode(msqid, 0640);
	AS(&nobody_here)
		CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EACCES);
	state = queue_state(msqid);
	state.msg_perm.uid = nobody_here.uid;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	AS(&nobody_here)
		CHECK_OK(msgctl(msqid, IPC_STAT, &state));
	remove_queue(msqid);
}
