// SPDX-License-Identifier: MIT
/*
 * own_dev.c - a private /dev for a process; see own_dev.h
 */
#define _GNU_SOURCE
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "own_dev.h"
#include "test.h"

void own_dev_empty(void)
{
	CHECK_OK(unshare(CLONE_NEWNS));
	CHECK_OK(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	CHECK_OK(mount("none", "/dev", "tmpfs", 0, "mode=0755"));
}

void own_dev(mode_t mode)
{
	struct stat device;

	CHECK_OK(stat("/dev/msgq", &device));
	own_dev_empty();
	CHECK_OK(mknod("/dev/msgq", S_IFCHR | 0600, device.st_rdev));
	CHECK_OK(chmod("/dev/msgq", mode));
}
