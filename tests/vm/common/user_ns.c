// SPDX-License-Identifier: MIT
/*
 * user_ns.c - a part of a case in a user namespace of its own; see user_ns.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "test.h"
#include "user_ns.h"

#define MAP	"0 100000 1000"

static void write_file(pid_t pid, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	write_text(path, text);
}

static void next_step(int fd)
{
	CHECK_INT(write(fd, "", 1), 1);
}

static void await_step(int fd)
{
	char byte;

	CHECK_INT(read(fd, &byte, 1), 1);
}

void in_user_ns(void (*run)(int msqid), int msqid)
{
	int ready[2], mapped[2];
	pid_t pid;

	CHECK_OK(pipe2(ready, O_CLOEXEC));
	CHECK_OK(pipe2(mapped, O_CLOEXEC));
	pid = CHECK_OK(fork());
	if (!pid) {
		if (unshare(CLONE_NEWUSER))
			SKIP("this kernel has no user namespaces");
		next_step(ready[1]);
		await_step(mapped[0]);
		CHECK_OK(setgroups(0, NULL));
		CHECK_OK(setresgid(0, 0, 0));
		CHECK_OK(setresuid(0, 0, 0));
		run(msqid);
		_exit(0);
	}

	close(ready[1]);
	await_step(ready[0]);
	write_file(pid, "uid_map", MAP);
	write_file(pid, "gid_map", MAP);
	next_step(mapped[1]);
	child_passed(pid);
	close(ready[0]);
	close(mapped[0]);
	close(mapped[1]);
}

int overflow_id(void)
{
	FILE *file = fopen("/proc/sys/kernel/overflowuid", "re");
	int id;

	CHECK(file);
	CHECK_INT(fscanf(file, "%d", &id), 1);
	fclose(file);
	return id;
}

int queue_owned_by(uid_t uid, gid_t gid, unsigned int mode)
{
	int msqid = make_queue();
	struct msqid_ds state = queue_state(msqid);

	state.msg_perm.uid = uid;
	state.msg_perm.gid = gid;
	state.msg_perm.mode = mode;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	return msqid;
}
