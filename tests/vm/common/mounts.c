// SPDX-License-Identifier: MIT
/*
 * mounts.c - msgqfs mounted for a case; see mounts.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <msgq.h>

#include "mounts.h"
#include "test.h"

#define FOLDER	"/tmp"

void mounts_own(void)
{
	CHECK_OK(unshare(CLONE_NEWNS));
	CHECK_OK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
	CHECK_OK(mount("none", FOLDER, "tmpfs", 0, NULL));
}

const char *mounts_folder(void)
{
	char *path = strdup(FOLDER "/mount.XXXXXX");

	CHECK(path && mkdtemp(path));
	CHECK_OK(chmod(path, 0755));
	return path;
}

int mounts_try(const char *folder, const char *options)
{
	return mount("none", folder, "msgqfs", 0, options);
}

const char *mounts_new(const char *options)
{
	const char *folder = mounts_folder();

	CHECK_OK(mounts_try(folder, options));
	return folder;
}

int mounts_open(const char *folder, int flags)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/" MSGQ_DEVICE_NAME, folder);
	return open(path, flags | O_CLOEXEC);
}

int mounts_listed(dev_t id)
{
	static struct msgq_holding holdings[1024];
	struct msgq_instances arg = {
		.holdings = (uintptr_t)holdings,
		.count = 1024,
		.size = sizeof(holdings[0]),
	};
	int device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC));
	int listed = 0;

	CHECK_OK(ioctl(device, MSGQ_IOC_INSTANCES, &arg));
	close(device);
	for (unsigned int i = 0; i < arg.count; i++)
		listed += holdings[i].flags == MSGQ_HOLDING_MOUNT &&
			  holdings[i].id == id;
	return listed;
}
