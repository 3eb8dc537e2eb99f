// SPDX-License-Identifier: MIT
/*
 * Permission is checked when a queue is opened, and then stays with the
 * descriptor, whoever gets that; calls by identifier check it each time.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "desc_io.h"

#define KEY	0x0de6

static const struct identity friend = { .uid = 65532, .gid = 65532,
					.group = 4242 };
static const struct identity powerful = {
	.uid = 65533,
	.gid = 65533,
	.capabilities = CAPABILITY(15 /* CAP_IPC_OWNER */),
};

/* Make a queue owned by another user, with the friend's group and this mode. */
static int foreign_queue(unsigned int mode)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	struct msqid_ds state = queue_state(msqid);

	state.msg_perm.uid = 1000;
	state.msg_perm.gid = 4242;
	state.msg_perm.mode = mode;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	return msqid;
}

static void check_open(const struct identity *who, int msqid,
		       unsigned int flags, bool allowed)
{
	AS(who) {
		struct msgq_open how = { .name = msqid, .flags = flags,
					 .type = 1 };

		if (allowed)
			CHECK_OK(desc_open(&how));
		else
			CHECK_ERR(desc_open(&how), EACCES);
		how.name = KEY;
		how.flags |= MSGQ_OPEN_KEY;
		if (allowed)
			CHECK_OK(desc_open(&how));
		else
			CHECK_ERR(desc_open(&how), EACCES);
	}
}

/* The permission that each direction needs, for each triad. */
CASE(judged_when_opened)
{
	static const struct {
		unsigned int mode;
		const struct identity *who;
		bool reads;
		bool writes;
	} rows[] = {
		{ 0000, &nobody, false, false },
		{ 0004, &nobody, true, false },
		{ 0002, &nobody, false, true },
		{ 0006, &nobody, true, true },
		{ 0660, &nobody, false, false },
		{ 0040, &friend, true, false },
		{ 0020, &friend, false, true },
		{ 0060, &friend, true, true },
		{ 0606, &friend, false, false },
		{ 0000, &powerful, true, true },
	};

	DEVICE_ONLY();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int msqid = foreign_queue(rows[i].mode);

		check_open(rows[i].who, msqid, MSGQ_OPEN_READ, rows[i].reads);
		check_open(rows[i].who, msqid, MSGQ_OPEN_WRITE,
			   rows[i].writes);
		check_open(rows[i].who, msqid, DESC_BOTH,
			   rows[i].reads && rows[i].writes);
		remove_queue(msqid);
	}
}

/* By key, the mode bits request permission, too, as in msgget(2). */
CASE(mode_bits_ask)
{
	int msqid;

	DEVICE_ONLY();
	msqid = foreign_queue(0004);
	AS(&nobody) {
		struct msgq_open how = { .name = KEY,
					 .flags = MSGQ_OPEN_KEY |
						  MSGQ_OPEN_READ };

		how.msgflg = 0400;
		CHECK_OK(desc_open(&how));
		how.msgflg = 0002;
		CHECK_ERR(desc_open(&how), EACCES);
		how.msgflg = IPC_CREAT | IPC_EXCL | 0002;
		CHECK_ERR(desc_open(&how), EEXIST);
	}
	remove_queue(msqid);
}

/* A direction that it was not opened for fails, in each possible way. */
CASE(directions)
{
	struct msgq_message entry = { .type = 1 };
	const struct msgq_how how = { .msgflg = IPC_NOWAIT };
	struct msgq_state state = { 0 };
	uint64_t token = 1;
	int msqid, from, to;

	DEVICE_ONLY();
	msqid = make_queue();
	from = desc_reader(msqid, 0, 0);
	to = desc_writer(msqid, 1);
	CHECK_ERR(write(from, "x", 1), EBADF);
	CHECK_ERR(write(from, NULL, 0), EBADF);
	CHECK_ERR(msgq_sendv(from, &entry, 1, &how), EBADF);
	CHECK_OK(msgq_state(from, &state));
	CHECK_EVENTS(from, 0);

	CHECK_WRITE(to, "stays");
	CHECK_ERR(read(to, &(char){ 0 }, 1), EBADF);
	CHECK_ERR(msgq_recvv(to, &entry, 1, 0, &how), EBADF);
	CHECK_ERR(msgq_claimv(to, &entry, 1, 0, &how), EBADF);
	CHECK_ERR(msgq_acknowledge(to, &token, 1), EBADF);
	CHECK_ERR(msgq_release(to, &token, 1), EBADF);
	state = (struct msgq_state){ 0 };
	CHECK_ERR(msgq_state(to, &state), EBADF);
	CHECK_EVENTS(to, POLLOUT);
	CHECK_EVENTS(from, POLLIN);
	CHECK_READ(from, "stays");
	remove_queue(msqid);
}

/* Make all calls on a descriptor of both directions. */
static void use(int fd)
{
	struct msgq_message entry = { .type = 1 };
	const struct msgq_how how = { .msgflg = IPC_NOWAIT };
	struct msgq_state state = { 0 };

	CHECK_EVENTS(fd, POLLOUT);
	CHECK_WRITE(fd, "text");
	CHECK_EVENTS(fd, POLLIN | POLLOUT);
	CHECK_READ(fd, "text");
	CHECK_INT(msgq_sendv(fd, &entry, 1, &how), 1);
	CHECK_INT(msgq_claimv(fd, &entry, 1, 0, &how), 1);
	CHECK_INT(msgq_release(fd, &(uint64_t){ entry.token }, 1), 1);
	CHECK_INT(msgq_recvv(fd, &entry, 1, 0, &how), 1);
	CHECK_OK(msgq_state(fd, &state));
}

/* Calls by identifier check the caller: all are refused. */
static void check_refused(int msqid)
{
	struct msgq_how how = { .msqid = msqid, .msgflg = IPC_NOWAIT };
	struct msgq_state state = { .msqid = msqid };
	struct msgq_message entry = { .type = 1 };
	int device = CHECK_OK(msgq_device());
	struct {
		long type;
		char text[1];
	} message = { 1, { 'x' } };
	struct msqid_ds ds;

	CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EACCES);
	CHECK_ERR(msgrcv(msqid, &message, 1, 0, IPC_NOWAIT), EACCES);
	CHECK_ERR(msgctl(msqid, IPC_STAT, &ds), EACCES);
	CHECK_ERR(msgq_sendv(device, &entry, 1, &how), EACCES);
	CHECK_ERR(msgq_recvv(device, &entry, 1, 0, &how), EACCES);
	CHECK_ERR(msgq_state(device, &state), EACCES);
	CHECK_ERR(desc_open(&(struct msgq_open){ .name = msqid,
						 .flags = MSGQ_OPEN_READ }),
		  EACCES);
	close(device);
}

CASE(after_setuid)
{
	int msqid, fd;

	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
	AS(&nobody) {
		check_refused(msqid);
		use(fd);
	}
	remove_queue(msqid);
}

CASE(after_ipc_set)
{
	int msqid, ends[2];
	pid_t pid;
	char byte;

	DEVICE_ONLY();
	msqid = foreign_queue(0666);
	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	pid = CHECK_OK(fork());
	if (!pid) {
		int fd;

		become(&nobody);
		fd = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
		CHECK_INT(write(ends[1], "", 1), 1);
		CHECK_INT(read(ends[1], &byte, 1), 1);
		check_refused(msqid);
		use(fd);
		_exit(0);
	}
	CHECK_INT(read(ends[0], &byte, 1), 1);
	set_mode(msqid, 0);
	CHECK_INT(write(ends[0], "", 1), 1);
	child_passed(pid);
	remove_queue(msqid);
}

static void open_as_nobody(struct peer *peer)
{
	become(&nobody);
	peer->fd = open_as(peer->msqid, DESC_BOTH, 0);
}

static struct peer *nobody_calls(int msqid, long (*call)(struct peer *peer),
				 const char *text)
{
	struct peer *peer = peer_start(&(struct peer){
		.call = call,
		.prepare = open_as_nobody,
		.msqid = msqid,
		.type = 1,
		.text = text,
		.flags = POLLIN,
	});

	CHECK_WAITS(peer);
	return peer;
}

/* A task that waits when permission is taken away goes on waiting. */
CASE(waits_on_without_right)
{
	struct peer *from, *to, *polls;
	int msqid;

	DEVICE_ONLY();
	msqid = foreign_queue(0666);
	from = nobody_calls(msqid, peer_read, NULL);
	set_mode(msqid, 0);
	CHECK_WAITS(from);
	CHECK_PUT(msqid, 1, "one");
	CHECK_GOT(from, 0, "one");

	set_both(msqid, 0666, 4);
	polls = nobody_calls(msqid, peer_poll, NULL);
	set_mode(msqid, 0);
	CHECK_PUT(msqid, 1, "full");
	CHECK_ENDED(polls, POLLIN);

	set_mode(msqid, 0666);
	to = nobody_calls(msqid, peer_write, "two");
	set_mode(msqid, 0);
	CHECK_WAITS(to);
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_ENDED(to, 3);
	CHECK_TAKE(msqid, 0, 0, 1, "two");
	remove_queue(msqid);
}

/* Pass a descriptor to a user without permission: the descriptor is enough. */
CASE(passed)
{
	int msqid, ends[2];
	pid_t pid;

	DEVICE_ONLY();
	msqid = make_queue();
	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	pid = CHECK_OK(fork());
	if (!pid) {
		int both, from, to;

		close(ends[0]);
		become(&nobody);
		both = desc_take(ends[1]);
		from = desc_take(ends[1]);
		to = desc_take(ends[1]);
		use(both);
		CHECK_WRITE(to, "of nobody");
		CHECK_READ(from, "of nobody");
		CHECK_ERR(write(from, "x", 1), EBADF);
		CHECK_ERR(read(to, &(char){ 0 }, 1), EBADF);
		check_refused(msqid);
		_exit(0);
	}
	close(ends[1]);
	desc_pass(ends[0], open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0));
	desc_pass(ends[0], desc_reader(msqid, 0, 0));
	desc_pass(ends[0], desc_writer(msqid, 1));
	child_passed(pid);
	CHECK_INT(queue_state(msqid).msg_lspid, pid);
	CHECK_INT(queue_state(msqid).msg_lrpid, pid);
	remove_queue(msqid);
}

/* A descriptor gives no permission to remove the queue. */
CASE(not_the_right_to_remove)
{
	int msqid, fd;

	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH, 0);
	AS(&nobody) {
		CHECK_ERR(msgctl(msqid, IPC_RMID, NULL), EPERM);
		CHECK_WRITE(fd, "still there");
	}
	CHECK_READ(fd, "still there");
	remove_queue(msqid);
}
