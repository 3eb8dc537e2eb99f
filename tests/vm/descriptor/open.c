// SPDX-License-Identifier: MIT
/*
 * Opening a queue: the result, the permission it needs, and its errors.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_io.h"

#define KEY	0x0de5

CASE(by_identifier)
{
	int msqid, first, second;

	DEVICE_ONLY();
	msqid = make_queue();
	first = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
	second = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
	CHECK(first != second);
	CHECK_WRITE(first, "hello");
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_INT(queue_state(msqid).msg_lspid, getpid());
	CHECK_READ(second, "hello");
	CHECK_INT(queue_state(msqid).msg_lrpid, getpid());
	CHECK_ERR(read(first, &(char){ 0 }, 1), EAGAIN);
	remove_queue(msqid);
}

CASE(by_key)
{
	struct msgq_open how;
	int fd, msqid;

	DEVICE_ONLY();
	how = desc_key(KEY, 0, 0);
	CHECK_ERR(desc_open(&how), ENOENT);
	how.msgflg = IPC_EXCL | 0600;
	CHECK_ERR(desc_open(&how), ENOENT);
	how.msgflg = IPC_CREAT | IPC_EXCL | 0640 | MSG_NOERROR | ~07777;
	fd = CHECK_OK(desc_open(&how));
	msqid = CHECK_OK(msgget(KEY, 0));
	CHECK_INT(queue_state(msqid).msg_perm.mode, 0640);
	CHECK_ERR(desc_open(&how), EEXIST);
	how.msgflg = IPC_CREAT | 0600;
	CHECK_WRITE(CHECK_OK(desc_open(&how)), "by key");
	CHECK_READ(fd, "by key");
	CHECK_INT(queue_state(msqid).msg_perm.mode, 0640);

	/* A negative number is a key like any other. */
	how = desc_key(-KEY, IPC_CREAT | 0600, 0);
	CHECK_OK(desc_open(&how));
	remove_queue(CHECK_OK(msgget(-KEY, 0)));
	remove_queue(msqid);
}

/* A private queue cannot be found by key: each opening makes one. */
CASE(private)
{
	struct msgq_open how;
	struct msgq_state state[2] = { 0 };
	int fds[2];

	DEVICE_ONLY();
	how = desc_key(IPC_PRIVATE, 0600, 0);
	for (int i = 0; i < 2; i++) {
		fds[i] = CHECK_OK(desc_open(&how));
		CHECK_OK(msgq_state(fds[i], &state[i]));
		CHECK_INT(state[i].key, IPC_PRIVATE);
		CHECK_INT(state[i].descriptors, 1);
	}
	CHECK(state[0].msqid != state[1].msqid);
	for (int i = 0; i < 2; i++)
		remove_queue(state[i].msqid);
}

CASE(flags)
{
	static const struct {
		unsigned int flags;
		int mode;
	} rows[] = {
		{ MSGQ_OPEN_READ, O_RDONLY },
		{ MSGQ_OPEN_WRITE, O_WRONLY },
		{ DESC_BOTH, O_RDWR },
		{ DESC_BOTH | MSGQ_OPEN_NONBLOCK, O_RDWR | O_NONBLOCK },
	};
	int msqid, fd;

	DEVICE_ONLY();
	msqid = make_queue();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		fd = open_as(msqid, rows[i].flags, 0);
		CHECK_INT(fcntl(fd, F_GETFD), FD_CLOEXEC);
		CHECK_INT(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK),
			  rows[i].mode);
	}

	/* Each opening is a file of its own: the others do not change. */
	fd = open_as(msqid, DESC_BOTH, 0);
	CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	CHECK_INT(fcntl(fd - 1, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	CHECK_INT(fcntl(fd - 2, F_GETFL) & O_NONBLOCK, 0);
	CHECK_INT(fcntl(open_as(msqid, DESC_BOTH, 0), F_GETFL) & O_NONBLOCK, 0);
	remove_queue(msqid);
}

static const struct {
	const char *what;
	struct msgq_open how;
} bad[] = {
	{ "reserved", { 0, DESC_BOTH | MSGQ_OPEN_KEY, IPC_CREAT, 1, 0, 1, 0,
			0 } },
	{ "no direction", { KEY, MSGQ_OPEN_KEY, IPC_CREAT, 0, 0, 1, 0, 0 } },
	{ "unknown flag", { KEY, MSGQ_OPEN_KEY | DESC_BOTH | 0x20, IPC_CREAT,
			    0, 0, 1, 0, 0 } },
	{ "highest flag", { KEY, MSGQ_OPEN_KEY | DESC_BOTH | 1U << 31,
			    IPC_CREAT, 0, 0, 1, 0, 0 } },
	{ "type 0", { KEY, MSGQ_OPEN_KEY | DESC_BOTH, IPC_CREAT, 0, 0, 0, 0,
		      0 } },
	{ "type below 0", { KEY, MSGQ_OPEN_KEY | MSGQ_OPEN_WRITE, IPC_CREAT, 0,
			    0, -1, 0, 0 } },
	{ "temporary by identifier", { 0, DESC_BOTH | MSGQ_OPEN_TEMPORARY,
				       IPC_CREAT, 0, 0, 1, 0, 0 } },
	{ "negative identifier", { -1, DESC_BOTH, 0, 0, 0, 1, 0, 0 } },
	{ "unknown identifier", { INT_MAX, DESC_BOTH, 0, 0, 0, 1, 0, 0 } },
	{ "identifier and IPC_CREAT", { INT_MAX, DESC_BOTH, IPC_CREAT, 0, 0, 1,
					0, 0 } },
	{ "room", { KEY, MSGQ_OPEN_KEY | DESC_BOTH, IPC_CREAT, 0, 0, 1,
		    UINT64_MAX, 0 } },
};

CASE(bad_arguments)
{
	int msqid, queues, next;
	struct msgq_open how;

	DEVICE_ONLY();
	msqid = make_queue();
	CHECK_OK(close(open_as(msqid, DESC_BOTH, 0)));
	queues = desc_queues();
	next = desc_next();
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		how = bad[i].how;
		if (!how.name)
			how.name = msqid;
		if (desc_open(&how) != -1 || errno != EINVAL)
			FAIL("%s: expected EINVAL, got %s", bad[i].what,
			     strerrorname_np(errno));
		CHECK_INT(desc_queues(), queues);
		CHECK_INT(desc_next(), next);
	}
	CHECK_ERR(desc_open(NULL), EFAULT);
	CHECK_ERR(desc_open(desc_nowhere()), EFAULT);

	/* Unused fields may have any value. */
	how = (struct msgq_open){ .name = msqid, .flags = MSGQ_OPEN_READ,
				  .type = -1, .room = 5, .limit = UINT64_MAX,
				  .msgtyp = INT64_MIN };
	CHECK_OK(close(CHECK_OK(desc_open(&how))));
	remove_queue(msqid);
}

/* A call that would make a queue, but fails, makes none. */
CASE(none_made_by_failure)
{
	struct rlimit limit = { 0, 0 };
	struct msgq_open how;
	int queues, fd;

	DEVICE_ONLY();
	how = desc_key(KEY, IPC_CREAT | 0600, 0);
	CHECK_ERR(desc_open(&(struct msgq_open){ 0 }), EINVAL);
	queues = desc_queues();

	limit.rlim_max = 1024;
	limit.rlim_cur = desc_next();
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
	CHECK_ERR(desc_open(&how), EMFILE);
	CHECK_ERR(msgget(KEY, 0), ENOENT);
	limit.rlim_cur = 1024;
	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));

	limit_set("msgmni", queues);
	CHECK_ERR(desc_open(&how), ENOSPC);
	CHECK_INT(desc_queues(), queues);
	limit_set("msgmni", queues + 1);
	fd = CHECK_OK(desc_open(&how));
	CHECK_INT(desc_queues(), queues + 1);
	close(fd);
	remove_queue(CHECK_OK(msgget(KEY, 0)));
}

/* As with a file, the call that makes it may open it, whatever its mode. */
CASE(mode_zero)
{
	struct msgq_open how;

	DEVICE_ONLY();
	AS(&nobody) {
		int fd, msqid;

		how = desc_key(KEY, IPC_CREAT, 0);
		fd = CHECK_OK(desc_open(&how));
		CHECK_WRITE(fd, "mine");
		CHECK_READ(fd, "mine");
		CHECK_ERR(desc_open(&how), EACCES);
		msqid = CHECK_OK(msgget(KEY, 0));
		how = (struct msgq_open){ .name = msqid,
					  .flags = MSGQ_OPEN_READ };
		CHECK_ERR(desc_open(&how), EACCES);
		remove_queue(msqid);
	}
}

/* The rule chooses messages as in msgrcv(2). */
CASE(rules)
{
	static const struct {
		long msgtyp;
		int msgflg;
		const char *order;
	} rows[] = {
		{ 0, 0, "42613" }, { 2, 0, "2" }, { 5, 0, "" },
		{ 2, MSG_EXCEPT, "4613" }, { -3, 0, "123" },
		{ -100, 0, "12346" }, { 0, MSG_EXCEPT, "42613" },
		{ LONG_MIN, 0, "12346" }, { -3, MSG_EXCEPT, "123" },
	};
	int msqid, to, from;

	DEVICE_ONLY();
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *next = rows[i].order;

		msqid = make_queue();
		from = desc_reader(msqid, rows[i].msgtyp, rows[i].msgflg);
		for (const char *type = "42613"; *type; type++) {
			to = desc_writer(msqid, *type - '0');
			CHECK_INT(write(to, type, 1), 1);
			close(to);
		}
		for (; *next; next++)
			CHECK_READ(from, ((char[]){ *next, 0 }));
		CHECK_ERR(read(from, &(char){ 0 }, 1), EAGAIN);
		CHECK_INT(queue_state(msqid).msg_qnum,
			  5 - strlen(rows[i].order));
		close(from);
		remove_queue(msqid);
	}
}

static void check_gone(int fd)
{
	struct msgq_message entry = { .type = 1, .size = 0 };
	const struct msgq_how how = { .msgflg = IPC_NOWAIT };
	struct msgq_state state = { 0 };
	uint64_t token = 1;

	CHECK_EVENTS(fd, POLLHUP | POLLERR);
	CHECK_ERR(read(fd, &(char){ 0 }, 1), EIDRM);
	CHECK_ERR(write(fd, "x", 1), EIDRM);
	CHECK_ERR(msgq_sendv(fd, &entry, 1, &how), EIDRM);
	CHECK_ERR(msgq_recvv(fd, &entry, 1, 0, &how), EIDRM);
	CHECK_ERR(msgq_recvv(fd, &entry, 1, 0, NULL), EIDRM);
	CHECK_ERR(msgq_claimv(fd, &entry, 1, 0, &how), EIDRM);
	CHECK_ERR(msgq_acknowledge(fd, &token, 1), EIDRM);
	CHECK_ERR(msgq_release(fd, &token, 1), EIDRM);
	CHECK_ERR(msgq_state(fd, &state), EIDRM);
}

CASE(removed)
{
	int msqid, fd, other, old;

	DEVICE_ONLY();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	fd = open_as(msqid, DESC_BOTH, 0);
	CHECK_WRITE(fd, "lost");
	remove_queue(msqid);
	check_gone(fd);

	/* A new queue with the same key or index is another queue. */
	old = msqid;
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	other = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
	CHECK_WRITE(other, "new");
	check_gone(fd);
	CHECK_ERR(desc_open(&(struct msgq_open){ .name = old,
						 .flags = MSGQ_OPEN_READ }),
		  EINVAL);
	for (int i = 0; i < 200; i++)
		remove_queue(make_queue());
	check_gone(fd);
	CHECK_READ(other, "new");
	CHECK_OK(close(fd));
	remove_queue(msqid);
}

CASE(removed_under_waiters)
{
	struct peer *peers[4];
	int msqid, full, fd;

	DEVICE_ONLY();
	msqid = queue_of(4);
	full = queue_of(4);
	CHECK_PUT(full, 1, "full");
	fd = open_as(msqid, DESC_BOTH, 0);
	peers[0] = reader(fd);
	peers[1] = poller(fd, POLLIN);
	fd = open_as(full, DESC_BOTH, 0);
	peers[2] = writer(fd, "more");
	peers[3] = poller(fd, POLLOUT);
	for (int i = 0; i < 4; i++)
		CHECK_WAITS(peers[i]);
	remove_queue(msqid);
	remove_queue(full);
	for (int i = 0; i < 4; i += 2) {
		CHECK_FAILED(peers[i], EIDRM);
		CHECK_ENDED(peers[i + 1], POLLHUP | POLLERR);
	}
}

/* Only the device has the commands that name or make a queue. */
CASE(other_commands)
{
	static const unsigned int words[] = {
		MSGQ_IOC_INFO, MSGQ_IOC_GET, MSGQ_IOC_SND, MSGQ_IOC_RCV,
		MSGQ_IOC_CTL, MSGQ_IOC_OPEN, _IO(MSGQ_IOC_MAGIC, 6),
		_IOW(MSGQ_IOC_MAGIC, 10, struct msgq_batch), 0x5401,
	};
	struct msgq_state state = { 0 };
	static char bytes[256];
	int msqid, fd;

	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH, 0);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		CHECK_ERR(ioctl(fd, words[i], bytes), ENOTTY);

	CHECK_OK(msgq_state(fd, &state));
	CHECK_INT(state.msqid, msqid);
	CHECK_ERR(msgq_state(fd, &state), EINVAL);
	remove_queue(msqid);
}

CASE(told_in_proc)
{
	char path[64], text[512] = "", key[64], id[64];
	int msqid, fd;

	DEVICE_ONLY();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	fd = open_as(msqid, MSGQ_OPEN_READ, 0);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	fd = CHECK_OK(open(path, O_RDONLY));
	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	snprintf(key, sizeof(key), "msgq-key:\t0x%08x\n", KEY);
	snprintf(id, sizeof(id), "msgq-msqid:\t%d\n", msqid);
	CHECK(strstr(text, key));
	CHECK(strstr(text, id));
	remove_queue(msqid);
}

/* It stays open after the device is closed, dup, fork, and exec on request. */
CASE(inherited)
{
	int device, msqid, fd, copy;
	struct msgq_open how;
	pid_t pid;

	DEVICE_ONLY();
	msqid = make_queue();
	how = (struct msgq_open){ .name = msqid, .flags = DESC_BOTH, .type = 3 };
	device = CHECK_OK(msgq_device());
	fd = CHECK_OK(msgq_open(device, &how));
	close(device);

	copy = CHECK_OK(dup(fd));
	CHECK_INT(fcntl(copy, F_GETFD), 0);
	close(fd);
	CHECK_WRITE(copy, "by a copy");
	AS(NULL)
		CHECK_READ(copy, "by a copy");

	fd = open_as(msqid, DESC_BOTH, 0);
	pid = CHECK_OK(fork());
	if (!pid) {
		char script[128];

		snprintf(script, sizeof(script),
			 "test -e /proc/self/fd/%d -a ! -e /proc/self/fd/%d && echo told >&%d",
			 copy, fd, copy);
		unsetenv("LD_PRELOAD");
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	child_passed(pid);
	CHECK_READ(fd, "told\n");
	remove_queue(msqid);
}

CASE(counted)
{
	enum { MANY = 1500 };
	struct msgq_state state = { 0 };
	int msqid, fds[MANY];

	DEVICE_ONLY();
	desc_allow(MANY + 100);
	msqid = make_queue();
	for (int i = 0; i < MANY; i++)
		fds[i] = open_as(msqid, i & 1 ? MSGQ_OPEN_WRITE : DESC_BOTH, 0);
	CHECK_OK(msgq_state(fds[0], &state));
	CHECK_INT(state.descriptors, MANY);
	CHECK_INT(state.flags, 0);
	for (int i = 1; i < MANY; i++)
		CHECK_OK(close(fds[i]));
	state = (struct msgq_state){ 0 };
	CHECK_OK(msgq_state(fds[0], &state));
	CHECK_INT(state.descriptors, 1);
	CHECK_OK(close(fds[0]));
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}
