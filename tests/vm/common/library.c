// SPDX-License-Identifier: MIT
/*
 * library.c - the drop-in library under a program; see library.h
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "library.h"
#include "test.h"

int program_fd;

int count_devices(int *found)
{
	struct dirent *entry;
	int count = 0;
	DIR *fds = opendir("/proc/thread-self/fd");

	CHECK(fds);
	while ((entry = readdir(fds))) {
		char path[280], target[64] = "";

		snprintf(path, sizeof(path), "/proc/thread-self/fd/%s", entry->d_name);
		if (readlink(path, target, sizeof(target) - 1) < 0 ||
		    strcmp(target, "/dev/msgq"))
			continue;
		*found = atoi(entry->d_name);
		count++;
	}
	closedir(fds);
	return count;
}

int library_fd(void)
{
	int fd = -1;

	CHECK_INT(count_devices(&fd), 1);
	return fd;
}

void close_all(void)
{
	CHECK_OK(close_range(3, ~0U, 0));
}

void use_all(void (*disturb)(void))
{
	struct message message = { 1, "hello" };
	struct msqid_ds state;
	int msqid;

	disturb();
	errno = 77;
	msqid = CHECK_OK(msgget(IPC_PRIVATE, 0600));
	CHECK_INT(errno, 77);
	disturb();
	errno = 77;
	CHECK_INT(msgsnd(msqid, &message, 5, 0), 0);
	CHECK_INT(errno, 77);
	disturb();
	errno = 77;
	CHECK_INT(msgctl(msqid, IPC_STAT, &state), 0);
	CHECK_INT(errno, 77);
	CHECK_INT(state.msg_qnum, 1);
	disturb();
	errno = 77;
	CHECK_INT(msgrcv(msqid, &message, 16, 0, 0), 5);
	CHECK_INT(errno, 77);
	disturb();
	CHECK_ERR(msgrcv(msqid, &message, 16, 0, IPC_NOWAIT), ENOMSG);
	disturb();
	CHECK_INT(msgctl(msqid, IPC_RMID, NULL), 0);
	disturb();
	CHECK_ERR(msgctl(msqid, IPC_RMID, NULL), EINVAL);
}

void all_answer(int error)
{
	struct message message = { 1, "" };
	struct msqid_ds state;

	CHECK_ERR(msgget(IPC_PRIVATE, 0600), error);
	CHECK_ERR(msgsnd(0, &message, 1, 0), error);
	CHECK_ERR(msgrcv(0, &message, 1, 0, 0), error);
	CHECK_ERR(msgctl(0, IPC_STAT, &state), error);
}

void nothing(void)
{
}

bool call_works(void)
{
	struct msginfo info;

	return msgctl(0, IPC_INFO, (struct msqid_ds *)&info) >= 0;
}

void take_number(void)
{
	int fd = library_fd();

	CHECK_INT(dup2(program_fd, fd), fd);
}

ino_t inode_of(int fd)
{
	struct stat stat;

	CHECK_OK(fstat(fd, &stat));
	return stat.st_ino;
}

/* A child that shares the memory, and has its own table of descriptors. */
void in_vfork(void (*run)(void))
{
	pid_t pid = vfork();
	int status;

	if (!pid) {
		run();
		_exit(EXIT_SUCCESS);
	}
	CHECK_OK(pid);
	CHECK_OK(waitpid(pid, &status, 0));
	CHECK_INT(status, 0);
}

void close_and_call(void)
{
	closefrom(3);
	if (!call_works())
		_exit(EXIT_FAILURE);
}

void take_and_call(void)
{
	int fd = -1;

	count_devices(&fd);
	if (dup2(0, fd) != fd || !call_works())
		_exit(EXIT_FAILURE);
}
