// SPDX-License-Identifier: MIT
/*
 * helpers.c - functions that cases share; see test.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

struct text_message {
	long type;
	char text[8192];
};

void test_put(int msqid, long type, const char *text, const char *file,
	      int line)
{
	struct text_message message = { .type = type };
	size_t size = strlen(text);

	memcpy(message.text, text, size);
	if (msgsnd(msqid, &message, size, IPC_NOWAIT))
		test_fail(file, line, "send '%s': expected success, got %s",
			  text, strerrorname_np(errno));
}

void test_take(int msqid, long rule, int flags, long type, const char *text,
	       const char *file, int line)
{
	struct text_message message = { .type = 0 };
	ssize_t size = msgrcv(msqid, &message, sizeof(message.text) - 1, rule,
			      flags | IPC_NOWAIT);

	if (size < 0)
		test_fail(file, line, "receive %ld: expected '%s', got %s",
			  rule, text, strerrorname_np(errno));
	if (size != (ssize_t)strlen(text) || message.type != type ||
	    memcmp(message.text, text, size))
		test_fail(file, line,
			  "receive %ld: expected %ld '%s', got %ld '%.*s'",
			  rule, type, text, message.type, (int)size,
			  message.text);
}

bool libc_copies_structs(void)
{
	return sizeof(long) == 4 && !on_device();
}

int make_queue(void)
{
	return CHECK_OK(msgget(IPC_PRIVATE, 0600));
}

struct msqid_ds queue_state(int msqid)
{
	struct msqid_ds state;

	CHECK_OK(msgctl(msqid, IPC_STAT, &state));
	return state;
}

static void keep_capabilities(uint64_t keep)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = {
		{ .effective = keep, .permitted = keep },
		{ .effective = keep >> 32, .permitted = keep >> 32 },
	};

	CHECK_OK(syscall(SYS_capset, &header, data));
}

void become(const struct identity *who)
{
	CHECK_OK(prctl(PR_SET_KEEPCAPS, 1));
	CHECK_OK(setgroups(!!who->group, &who->group));
	CHECK_OK(setresgid(who->gid, who->gid, who->gid));
	CHECK_OK(setresuid(who->uid, who->uid, who->uid));
	keep_capabilities(who->capabilities);
}

void child_passed(pid_t pid)
{
	int status;

	CHECK_OK(waitpid(pid, &status, 0));
	if (status)
		FAIL("child %d: expected exit 0, got wait status %#x", pid,
		     status);
}

bool child_begin(const struct identity *who)
{
	pid_t pid = CHECK_OK(fork());

	if (pid) {
		child_passed(pid);
		return false;
	}
	if (who)
		become(who);
	return true;
}

bool child_end(void)
{
	_exit(EXIT_SUCCESS);
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Read a file of /proc/TID; false if there is none to read. */
static bool read_about(pid_t tid, const char *what, char *text, size_t size)
{
	char path[48];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", tid, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	length = read(fd, text, size - 1);
	close(fd);
	if (length <= 0)
		return false;
	text[length] = '\0';
	return true;
}

static bool is_queue_call(long number)
{
	static const long calls[] = {
#ifdef SYS_ipc
		SYS_ipc,
#endif
#ifdef SYS_poll
		SYS_poll, SYS_epoll_wait,
#endif
		SYS_ioctl, SYS_msgsnd, SYS_msgrcv, SYS_read, SYS_readv,
		SYS_write, SYS_writev, SYS_ppoll, SYS_epoll_pwait,
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (number == calls[i])
			return true;
	return false;
}

/* Not every kernel shows the call; the state has to be enough there. */
static bool asleep(pid_t tid)
{
	char text[512], *name_end;

	if (!read_about(tid, "stat", text, sizeof(text)))
		return false;
	name_end = strrchr(text, ')');
	if (!name_end || strncmp(name_end, ") S", 3))
		return false;
	if (!read_about(tid, "syscall", text, sizeof(text)))
		return true;
	return is_queue_call(strtol(text, NULL, 10));
}

void wait_asleep(pid_t tid)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	time_t until = seconds() + PATIENCE;

	while (!asleep(tid)) {
		if (seconds() > until)
			FAIL("task %d: expected asleep in a queue's wait", tid);
		nanosleep(&pause, NULL);
	}
}

bool kernel_is_realtime(void)
{
	struct utsname name;

	CHECK_OK(uname(&name));
	return strstr(name.version, "PREEMPT_RT");
}

void *guarded(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t room = (size + page - 1) / page * page;
	char *start = mmap(NULL, room + page, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(start != MAP_FAILED);
	CHECK_OK(mprotect(start + room, page, PROT_NONE));
	return start + room - size;
}

void limit_path(const char *name, char *path, size_t size)
{
	snprintf(path, size, "/proc/sys/%s/%s",
		 on_device() ? "msgq" : "kernel", name);
}

long limit_get(const char *name)
{
	char path[64];
	long value;
	FILE *file;

	limit_path(name, path, sizeof(path));
	file = fopen(path, "re");
	if (!file || fscanf(file, "%ld", &value) != 1)
		FAIL("%s: expected a number to read", path);
	fclose(file);
	return value;
}

void limit_set(const char *name, long value)
{
	char path[64];
	FILE *file;

	limit_path(name, path, sizeof(path));
	file = fopen(path, "we");
	if (!file || fprintf(file, "%ld\n", value) < 0 || fclose(file))
		FAIL("%s: expected to be set to %ld, got %s", path, value,
		     strerrorname_np(errno));
}

size_t small_stack(size_t size)
{
	/* A constant, or a call of sysconf(3). */
	const size_t least = PTHREAD_STACK_MIN;

	return size < least ? least : size;
}

void write_text(const char *path, const char *text)
{
	int fd = CHECK_OK(open(path, O_WRONLY | O_TRUNC | O_CLOEXEC));

	CHECK_INT(write(fd, text, strlen(text)), strlen(text));
	CHECK_OK(close(fd));
}
