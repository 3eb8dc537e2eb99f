// SPDX-License-Identifier: MIT
/*
 * ipc_ns.c - parts of a case in IPC namespaces of their own; see ipc_ns.h
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <msgq.h>

#include "ipc_ns.h"
#include "test.h"

bool ipc_ns_separated(void)
{
	struct msgq_info info;
	int device;

	if (!on_device())
		return true;
	/* Not the one of the process, which would hold the module. */
	device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC));
	CHECK_OK(ioctl(device, MSGQ_IOC_INFO, &info));
	close(device);
	return info.features & MSGQ_FEATURE_NAMESPACES;
}

void ipc_ns_needed(void)
{
	if (!ipc_ns_separated())
		SKIP("namespaces share the queues");
}

void ipc_ns_new(void)
{
	ipc_ns_needed();
	if (unshare(CLONE_NEWIPC) && errno == EINVAL)
		SKIP("this kernel has no IPC namespaces");
}

int ipc_ns_open(void)
{
	int fd = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		SKIP("this kernel has no IPC namespaces");
	return CHECK_OK(fd);
}

void ipc_ns_enter(int fd)
{
	CHECK_OK(setns(fd, CLONE_NEWIPC));
}

#define CACHE	"/sys/kernel/slab/msgq_instance/"

/* How many there are: exact once free memory has been given back.  -1: unknown. */
static long instances(void)
{
	FILE *file = fopen(CACHE "objects", "re");
	long count;

	if (!file)
		return -1;
	write_text(CACHE "shrink", "1");
	CHECK_INT(fscanf(file, "%ld", &count), 1);
	fclose(file);
	return count;
}

void ipc_ns_await_instances(long expected)
{
	unsigned int tries = 0;

	while (instances() > expected && tries++ < PATIENCE * 10)
		usleep(100000);
	if (instances() != -1)
		CHECK_INT(instances(), expected);
}

void in_ipc_ns(void (*run)(void))
{
	AS(NULL) {
		ipc_ns_new();
		run();
	}
}
