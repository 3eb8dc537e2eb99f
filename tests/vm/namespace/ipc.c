// SPDX-License-Identifier: MIT
/*
 * Each IPC namespace has keys, identifiers, limits, totals and a list of its
 * own, and root of its user namespace rules its queues.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc_ns.h"
#include "peer.h"
#include "user_ns.h"

#define KEY	0x0e0e

/* The lines of the list of queues, without the heading. */
static int listed(void)
{
	FILE *file = fopen(on_device() ? "/proc/msgq" : "/proc/sysvipc/msg", "re");
	int c, lines = 0;

	CHECK(file);
	while ((c = getc(file)) != EOF)
		lines += c == '\n';
	fclose(file);
	return lines - 1;
}

static int queues_in_total(void)
{
	struct msginfo info;

	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	return info.msgpool;
}

static int outside;

static void find_nothing(void)
{
	struct msqid_ds state;
	long message[2] = { 1 };
	int msqid;

	CHECK_ERR(msgget(KEY, 0), ENOENT);
	CHECK_ERR(msgctl(outside, IPC_STAT, &state), EINVAL);
	CHECK_ERR(msgctl(outside, IPC_RMID, NULL), EINVAL);
	CHECK_ERR(msgctl(outside & 0x7fff, MSG_STAT_ANY, &state), EINVAL);
	CHECK_ERR(msgsnd(outside, message, 1, IPC_NOWAIT), EINVAL);
	CHECK_ERR(msgrcv(outside, message, 1, 0, IPC_NOWAIT), EINVAL);
	CHECK_INT(queues_in_total(), 0);
	CHECK_INT(listed(), 0);

	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_PUT(msqid, 1, "inside");
	CHECK_INT(queues_in_total(), 1);
	CHECK_INT(listed(), 1);
	/* It goes with the namespace. */
}

CASE(keys_and_identifiers)
{
	outside = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	in_ipc_ns(find_nothing);
	CHECK_INT(msgget(KEY, 0), outside);
	CHECK_INT(queue_state(outside).msg_qnum, 0);
	CHECK_INT(queues_in_total(), 1);
	CHECK_INT(listed(), 1);
	remove_queue(outside);
}

static void set_limits(void)
{
	int msqid;

	limit_set("msgmni", 1);
	limit_set("msgmnb", 20);
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	CHECK_INT(queue_state(msqid).msg_qbytes, 20);
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
}

CASE(limits)
{
	long queues = limit_get("msgmni"), bytes = limit_get("msgmnb");

	in_ipc_ns(set_limits);
	CHECK_INT(limit_get("msgmni"), queues);
	CHECK_INT(limit_get("msgmnb"), bytes);
	remove_queue(make_queue());
}

static void try_limit(const char *name, long value, int open_error,
		      int write_error)
{
	char path[64];
	char text[16];
	ssize_t ret;
	int fd;

	limit_path(name, path, sizeof(path));
	snprintf(text, sizeof(text), "%ld", value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (open_error) {
		CHECK_ERR(fd, open_error);
		return;
	}
	CHECK_OK(fd);
	ret = write(fd, text, strlen(text));
	if (write_error)
		CHECK_ERR(ret, write_error);
	else
		CHECK_INT(ret, strlen(text));
	close(fd);
}

static void raise_limits(void)
{
	static const char *const names[] = { "msgmax", "msgmnb", "msgmni" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		long initial = limit_get(names[i]);

		limit_set(names[i], initial + 1);
		AS((&(struct identity){ .capabilities = NO_CAPABILITIES })) {
			try_limit(names[i], initial + 2, 0, EPERM);
			/* What is not raised is permitted. */
			try_limit(names[i], initial + 1, 0, 0);
			CHECK_INT(limit_get(names[i]), initial + 1);
			try_limit(names[i], initial, 0, 0);
			try_limit(names[i], 1, 0, 0);
		}
		CHECK_INT(limit_get(names[i]), 1);
	}
}

/* No more than the module was loaded with, but for CAP_SYS_RESOURCE. */
CASE(ceilings)
{
	DEVICE_ONLY();
	in_ipc_ns(raise_limits);
	AS((&(struct identity){ .capabilities = NO_CAPABILITIES })) {
		long initial = limit_get("msgmax");

		try_limit("msgmax", initial + 1, 0, 0);
		try_limit("msgmax", initial, 0, 0);
	}
}

static void set_as_root_of_namespace(int ignored)
{
	long initial = limit_get("msgmax");

	(void)ignored;
	/* The namespace is that of the host's root. */
	try_limit("msgmax", 5, EACCES, 0);
	ipc_ns_new();
	try_limit("msgmax", 5, 0, 0);
	CHECK_INT(limit_get("msgmax"), 5);
	if (on_device())
		try_limit("msgmax", initial + 1, 0, EPERM);
	AS((&(struct identity){ .uid = 5, .gid = 6 }))
		try_limit("msgmax", 6, EACCES, 0);
	AS((&(struct identity){ .uid = 5 }))
		try_limit("msgmax", 6, EACCES, 0);
	CHECK_INT(limit_get("msgmax"), 5);
}

CASE(limits_of_root_of_namespace)
{
	long initial = limit_get("msgmax");

	in_user_ns(set_as_root_of_namespace, -1);
	CHECK_INT(limit_get("msgmax"), initial);
}

/* A descriptor of the namespace keeps it and its queues; a task comes back. */
CASE(comes_back)
{
	int first = ipc_ns_open(), second, msqid;

	ipc_ns_new();
	second = ipc_ns_open();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_PUT(msqid, 1, "stays");
	ipc_ns_enter(first);
	CHECK_ERR(msgget(KEY, 0), ENOENT);
	ipc_ns_enter(second);
	CHECK_INT(msgget(KEY, 0), msqid);
	CHECK_TAKE(msqid, 0, 0, 1, "stays");
	remove_queue(msqid);
	ipc_ns_enter(first);
}

/* A task that waits keeps its namespace, and others find it by that task. */
CASE(waiter_keeps_namespace)
{
	int first = ipc_ns_open(), second, msqid;
	struct peer *peer;
	char path[64];

	ipc_ns_new();
	msqid = make_queue();
	peer = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(peer);
	ipc_ns_enter(first);

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", peer->pid);
	second = CHECK_OK(open(path, O_RDONLY | O_CLOEXEC));
	ipc_ns_enter(second);
	CHECK_PUT(msqid, 3, "here");
	CHECK_GOT(peer, 3, "here");
	remove_queue(msqid);
	ipc_ns_enter(first);
}

/* A child is in the namespace of its parent, until it leaves it. */
CASE(children)
{
	int first = ipc_ns_open(), msqid;

	ipc_ns_new();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	AS(NULL) {
		CHECK_INT(msgget(KEY, 0), msqid);
		CHECK_PUT(msqid, 1, "child");
		ipc_ns_new();
		CHECK_ERR(msgget(KEY, 0), ENOENT);
	}
	CHECK_TAKE(msqid, 0, 0, 1, "child");
	remove_queue(msqid);
	ipc_ns_enter(first);
}

/* Root of the user namespace, whose id is another one outside. */
static void rule_own_queues(int ignored)
{
	struct msqid_ds state;
	int msqid;

	(void)ignored;
	ipc_ns_new();
	AS((&(struct identity){ .uid = 5, .gid = 6 }))
		CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	msqid = CHECK_OK(msgget(KEY, 0));

	state = queue_state(msqid);
	CHECK_INT(state.msg_perm.cuid, 5);
	CHECK_PUT(msqid, 1, "root's");
	state.msg_perm.uid = 7;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	CHECK_INT(queue_state(msqid).msg_perm.uid, 7);

	/* CAP_SYS_RESOURCE is that of the first user namespace alone. */
	state = queue_state(msqid);
	state.msg_qbytes = limit_get("msgmnb") + 1;
	CHECK_ERR(msgctl(msqid, IPC_SET, &state), EPERM);
	remove_queue(msqid);
}

CASE(root_of_namespace)
{
	in_user_ns(rule_own_queues, -1);
}

/* The same root has no power over a namespace that its user namespace does not own. */
static void enter_and_fail(int msqid)
{
	struct msqid_ds state;

	CHECK_ERR(msgctl(msqid, IPC_STAT, &state), EACCES);
	CHECK_ERR(msgctl(msqid, IPC_RMID, NULL), EPERM);
}

CASE(root_of_another)
{
	int first = ipc_ns_open(), msqid;

	ipc_ns_new();
	msqid = make_queue();
	in_user_ns(enter_and_fail, msqid);
	remove_queue(msqid);
	ipc_ns_enter(first);
}
