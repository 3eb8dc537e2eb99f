// SPDX-License-Identifier: MIT
/*
 * ipc_ns.c - parts of a case in IPC namespaces of their own; see ipc_ns.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include "ipc_ns.h"
#include "test.h"

void ipc_ns_new(void)
{
	if (unshare(CLONE_NEWIPC) && errno == EINVAL)
		SKIP("this kernel has no IPC namespaces");
}

int ipc_ns_open(void)
{
	return CHECK_OK(open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC));
}

void ipc_ns_enter(int fd)
{
	CHECK_OK(setns(fd, CLONE_NEWIPC));
}

void in_ipc_ns(void (*run)(void))
{
	AS(NULL) {
		ipc_ns_new();
		run();
	}
}
