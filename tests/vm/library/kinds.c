// SPDX-License-Identifier: MIT
/*
 * kinds.c - which kinds of objects the drop-in library serves, and what it does
 * without those of an older module
 *
 * This program is executed again with MSGQ_KINDS in its environment: then it
 * makes a call of each kind, and its exit status tells which of them the device
 * has answered.  The kernel's own answer with an error: see run.
 */
#define _GNU_SOURCE
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgq.h>

#include "test.h"

#define MSG	1
#define SEM	2

static int served_kinds(void)
{
	int msqid = msgget(IPC_PRIVATE, 0600), semid = semget(IPC_PRIVATE, 1, 0600);
	int served = 0;

	if (msqid >= 0 && !msgctl(msqid, IPC_RMID, NULL))
		served |= MSG;
	if (semid >= 0 && !semop(semid, &(struct sembuf){ 0, 1, 0 }, 1) &&
	    semctl(semid, 0, GETVAL) == 1 && !semctl(semid, 0, IPC_RMID))
		served |= SEM;
	return served;
}

__attribute__((constructor)) static void when_executed(void)
{
	if (getenv("TELL_KINDS"))
		_exit(served_kinds());
}

/* Run this program with this value, or without any; returns what it tells. */
static int kinds_with(const char *value, char *complaint, size_t room)
{
	int output[2], status;
	ssize_t size, length = 0;
	pid_t pid;

	CHECK_OK(pipe(output));
	pid = CHECK_OK(fork());
	if (!pid) {
		CHECK_OK(dup2(output[1], STDERR_FILENO));
		CHECK_OK(setenv("TELL_KINDS", "1", 1));
		CHECK_OK(value ? setenv("MSGQ_KINDS", value, 1) :
				 unsetenv("MSGQ_KINDS"));
		execl("/proc/self/exe", "kinds", (char *)NULL);
		_exit(99);
	}
	close(output[1]);
	while ((size = read(output[0], complaint + length,
			    room - length - 1)) > 0)
		length += size;
	complaint[length] = '\0';
	close(output[0]);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

CASE(all_by_default)
{
	char complaint[200];

	DEVICE_ONLY();
	CHECK_INT(kinds_with(NULL, complaint, sizeof(complaint)), MSG | SEM);
	CHECK_INT(kinds_with("", complaint, sizeof(complaint)), MSG | SEM);
	CHECK(!*complaint);
}

CASE(chosen)
{
	char complaint[200];

	DEVICE_ONLY();
	CHECK_INT(kinds_with("msg", complaint, sizeof(complaint)), MSG);
	CHECK_INT(kinds_with("sem", complaint, sizeof(complaint)), SEM);
	CHECK_INT(kinds_with("sem,msg", complaint, sizeof(complaint)), MSG | SEM);
	CHECK(!*complaint);
}

CASE(unknown)
{
	char complaint[200];

	DEVICE_ONLY();
	CHECK_INT(kinds_with("sem,pipe", complaint, sizeof(complaint)), SEM);
	CHECK(!strcmp(complaint, "libmsgq-sysv: MSGQ_KINDS: unknown kind 'pipe'\n"));
	CHECK_INT(kinds_with("se", complaint, sizeof(complaint)), 0);
}

/* From now on the device answers commands for sets as one without them. */
static void take_sets_away(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 5),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MSGQ_IOC_SEMGET, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MSGQ_IOC_SEMOP, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MSGQ_IOC_SEMCTL, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	CHECK_OK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		SKIP("this kernel has no filters of system calls");
}

/* A kind that the module lacks is told, once, and never the kernel's. */
CASE(missing_in_the_module)
{
	struct sembuf up = { 0, 1, 0 };
	char complaint[300] = "";
	int output[2], msqid;

	DEVICE_ONLY();
	take_sets_away();
	CHECK_OK(pipe(output));
	CHECK_OK(dup2(output[1], STDERR_FILENO));
	CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSYS);
	CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSYS);
	CHECK_OK(close(output[1]));
	CHECK(read(output[0], complaint, sizeof(complaint) - 1) > 0);
	CHECK(!strcmp(complaint, "libmsgq-sysv: /dev/msgq: the module has no semaphore sets\n"));
	CHECK_ERR(semop(0, &up, 1), ENOSYS);
	CHECK_ERR(semctl(0, 0, GETVAL), ENOSYS);
	msqid = CHECK_OK(msgget(IPC_PRIVATE, 0600));
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}
