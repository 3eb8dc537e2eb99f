// SPDX-License-Identifier: MIT
/*
 * restore.c - msg_next_id: making a queue again under its identifier
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#ifndef CAP_CHECKPOINT_RESTORE
#define CAP_CHECKPOINT_RESTORE	40
#endif

#define NEXT		"msg_next_id"
#define KEY		0x6d736741

/* The parts of an identifier. */
#define INDEX(msqid)	((msqid) & 0x7fff)
#define ID(sequence, index) ((sequence) << 15 | (index))
#define LAST_INDEX	0x7fff

static const char *path(void)
{
	static char path[64];

	limit_path(NEXT, path, sizeof(path));
	return path;
}

/* Linux has it if configured for checkpoint and restore, the device always. */
static void begin(void)
{
	if (!on_device() && access(path(), F_OK))
		SKIP("this kernel has no " NEXT);
	CHECK_INT(limit_get(NEXT), -1);
}

static int make_as(int wanted)
{
	limit_set(NEXT, wanted);
	return make_queue();
}

CASE(used_once)
{
	int msqid, next;

	begin();
	limit_set(NEXT, ID(1234, 77));
	CHECK_INT(limit_get(NEXT), ID(1234, 77));
	msqid = make_queue();
	CHECK_INT(msqid, ID(1234, 77));
	CHECK_INT(queue_state(msqid).msg_perm.__seq, 1234);
	CHECK_INT(limit_get(NEXT), -1);
	next = make_queue();
	CHECK(next != ID(1234, 78));
	CHECK_INT(msgctl(77, MSG_STAT, &(struct msqid_ds){ 0 }), msqid);
	remove_queue(msqid);
	remove_queue(next);

	/* It works with a key, too; the last value that was set counts. */
	limit_set(NEXT, 5);
	limit_set(NEXT, 0);
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_INT(msqid, 0);
	CHECK_INT(msgget(KEY, 0), 0);
	CHECK_PUT(msqid, 1, "zero");
	CHECK_TAKE(msqid, 0, 0, 1, "zero");
	remove_queue(msqid);
}

CASE(kept_until_a_queue_is_made)
{
	struct msginfo info;
	int msqid;

	begin();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	limit_set(NEXT, ID(7, 99));
	CHECK_INT(msgget(KEY, IPC_CREAT), msqid);
	CHECK_ERR(msgget(KEY, IPC_CREAT | IPC_EXCL), EEXIST);
	CHECK_ERR(msgget(KEY + 1, 0600), ENOENT);
	limit_set("msgmni", info.msgpool);
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
	limit_set("msgmni", info.msgpool + 1);
	CHECK_INT(limit_get(NEXT), ID(7, 99));
	CHECK_INT(make_queue(), ID(7, 99));
	remove_queue(msqid);
	remove_queue(ID(7, 99));
}

/* If the index is in use, the next free one is used. */
CASE(place_taken)
{
	begin();
	CHECK_INT(make_as(ID(3, 200)), ID(3, 200));
	CHECK_INT(make_as(ID(3, 200)), ID(3, 201));
	CHECK_INT(make_as(ID(4, 200)), ID(4, 202));
	remove_queue(ID(3, 201));
	CHECK_INT(make_as(ID(5, 199)), ID(5, 199));
	CHECK_INT(make_as(ID(5, 199)), ID(5, 201));
	for (int i = 199; i < 203; i++)
		remove_queue(CHECK_OK(msgctl(i, MSG_STAT,
					     &(struct msqid_ds){ 0 })));
}

CASE(last_place)
{
	struct msginfo info;
	int msqid;

	begin();
	CHECK_INT(make_as(INT_MAX), INT_MAX);
	CHECK_INT(queue_state(INT_MAX).msg_perm.__seq, 0xffff);
	CHECK_INT(msgctl(0, MSG_INFO, (struct msqid_ds *)&info), LAST_INDEX);
	limit_set(NEXT, LAST_INDEX);
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
	/* The failed call has used it up. */
	CHECK_INT(limit_get(NEXT), -1);
	msqid = make_queue();
	CHECK(INDEX(msqid) != LAST_INDEX);
	remove_queue(msqid);
	remove_queue(INT_MAX);
	CHECK_INT(make_as(LAST_INDEX), LAST_INDEX);
	remove_queue(LAST_INDEX);
}

/* The cycle of identifiers goes on as before. */
CASE(cycle_goes_on)
{
	int msqid;

	begin();
	do {
		msqid = make_queue();
		remove_queue(msqid);
	} while (INDEX(msqid) > 50);
	remove_queue(make_as(ID(99, 20)));
	CHECK_INT(make_queue(), msqid + 1);
	remove_queue(make_as(ID(99, 60)));
	CHECK_INT(make_queue(), msqid + 2);
	remove_queue(msqid + 1);
	remove_queue(msqid + 2);
}

CASE(values_that_are_none)
{
	static const char *const bad[] = { "-1", "-2", "2147483648", "x", "" };
	int fd;

	begin();
	fd = CHECK_OK(open(path(), O_WRONLY | O_CLOEXEC));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		ssize_t ret = write(fd, bad[i], strlen(bad[i]));

		if (ret > 0 || (ret && errno != EINVAL))
			FAIL("'%s': expected EINVAL, got %zd, %s", bad[i], ret,
			     strerrorname_np(errno));
	}
	CHECK_INT(limit_get(NEXT), -1);
}

static void check_right(uid_t uid, uint64_t capabilities, bool right)
{
	const struct identity who = {
		.uid = uid,
		.gid = uid,
		.capabilities = capabilities,
	};

	AS(&who) {
		int fd = open(path(), O_WRONLY | O_CLOEXEC);
		ssize_t ret;

		if (!on_device() && !uid && !capabilities && fd >= 0)
			SKIP("this kernel asks only for the file's owner");
		ret = fd < 0 ? fd : write(fd, "5", 1);
		if (right)
			CHECK_INT(CHECK_OK(ret), 1);
		else
			CHECK_ERR(ret, EACCES);
		CHECK_INT(limit_get(NEXT), right ? 5 : -1);
	}
	if (right)
		remove_queue(make_queue());
}

CASE(rights)
{
	begin();
	check_right(0, NO_CAPABILITIES, false);
	check_right(0, ~(CAPABILITY(CAP_SYS_ADMIN) |
			 CAPABILITY(CAP_CHECKPOINT_RESTORE)), false);
	check_right(0, CAPABILITY(CAP_SYS_ADMIN), true);
	check_right(65533, NO_CAPABILITIES, false);
	check_right(65533, CAPABILITY(CAP_DAC_OVERRIDE), false);
	check_right(65533, CAPABILITY(CAP_SYS_ADMIN), true);
	check_right(65533, CAPABILITY(CAP_CHECKPOINT_RESTORE), true);
}

/* A queue as saved by a checkpoint. */
#define MESSAGES	5
#define LONGEST		8000

struct saved {
	int msqid;
	struct msqid_ds state;
	size_t sizes[MESSAGES];
	struct {
		long type;
		char text[LONGEST];
	} messages[MESSAGES];
};

static void fill(int msqid)
{
	static const size_t sizes[MESSAGES] = { 5, 0, LONGEST, 100, 1 };
	static const long types[MESSAGES] = { 3, LONG_MAX, 1, 3, 7 };
	static struct saved from;

	for (int i = 0; i < MESSAGES; i++) {
		from.messages[i].type = types[i];
		for (size_t j = 0; j < sizes[i]; j++)
			from.messages[i].text[j] = i * 31 + j * 7 + j / 256;
		CHECK_OK(msgsnd(msqid, &from.messages[i], sizes[i], 0));
	}
}

static void save(struct saved *saved, int msqid)
{
	memset(saved, 0, sizeof(*saved));
	saved->msqid = msqid;
	saved->state = queue_state(msqid);
	CHECK_INT(saved->state.msg_qnum, MESSAGES);
	for (int i = 0; i < MESSAGES; i++)
		saved->sizes[i] =
			CHECK_OK(msgrcv(msqid, &saved->messages[i], LONGEST, i,
					MSG_COPY | IPC_NOWAIT));
}

static void restore(const struct saved *saved)
{
	const struct ipc_perm *perm = &saved->state.msg_perm;
	struct msqid_ds state = saved->state;

	limit_set(NEXT, saved->msqid);
	CHECK_INT(msgget(perm->__key, IPC_CREAT | IPC_EXCL | perm->mode),
		  saved->msqid);
	for (int i = 0; i < MESSAGES; i++)
		CHECK_OK(msgsnd(saved->msqid, &saved->messages[i],
				saved->sizes[i], IPC_NOWAIT));
	CHECK_OK(msgctl(saved->msqid, IPC_SET, &state));
}

/* Compare all but the times and the creator. */
static void check_same(const struct saved *got, const struct saved *expected)
{
	CHECK_INT(got->state.msg_perm.__key, expected->state.msg_perm.__key);
	CHECK_INT(got->state.msg_perm.uid, expected->state.msg_perm.uid);
	CHECK_INT(got->state.msg_perm.gid, expected->state.msg_perm.gid);
	CHECK_INT(got->state.msg_perm.mode, expected->state.msg_perm.mode);
	CHECK_INT(got->state.msg_perm.__seq, expected->state.msg_perm.__seq);
	CHECK_INT(got->state.msg_qnum, expected->state.msg_qnum);
	CHECK_INT(got->state.msg_qbytes, expected->state.msg_qbytes);
	CHECK_INT(got->state.__msg_cbytes, expected->state.__msg_cbytes);
	for (int i = 0; i < MESSAGES; i++)
		CHECK_INT(got->sizes[i], expected->sizes[i]);
	CHECK(!memcmp(got->messages, expected->messages,
		      sizeof(got->messages)));
}

CASE(saved_and_restored)
{
	static struct saved before, after;
	struct msqid_ds state;
	int msqid;

	begin();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0640));
	fill(msqid);
	state = queue_state(msqid);
	state.msg_perm.uid = 1000;
	state.msg_perm.gid = 1001;
	state.msg_qbytes = 9000;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	if (!on_device() && msgrcv(msqid, &before, 1, 0,
				   MSG_COPY | IPC_NOWAIT) < 0 &&
	    errno == ENOSYS) {
		remove_queue(msqid);
		SKIP("this kernel has no MSG_COPY");
	}

	save(&before, msqid);
	remove_queue(msqid);
	/* Other queues use up the identifiers that follow. */
	for (int i = 0; i < 70; i++)
		remove_queue(make_queue());
	CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EINVAL);
	restore(&before);
	save(&after, msqid);
	check_same(&after, &before);

	/* Receive by type, as from the old queue. */
	CHECK_INT(msgrcv(msqid, &after.messages[0], LONGEST, -2, 0), LONGEST);
	CHECK(!memcmp(&after.messages[0], &before.messages[2],
		      sizeof(long) + LONGEST));
	CHECK_INT(msgrcv(msqid, &after.messages[0], LONGEST, 3, 0), 5);
	CHECK_INT(msgrcv(msqid, &after.messages[0], LONGEST, 3, 0), 100);
	CHECK_INT(msgrcv(msqid, &after.messages[0], LONGEST, 0, 0), 0);
	CHECK(after.messages[0].type == LONG_MAX);
	remove_queue(msqid);
}
