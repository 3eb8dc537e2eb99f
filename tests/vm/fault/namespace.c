// SPDX-License-Identifier: MIT
/*
 * namespace.c - each allocation and each copy of the first use of a new IPC
 * namespace, and of the commands of the administrator, fails once: the call fails
 * with it, and the next one finds everything as it was
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_claims.h"
#include "fault_inject.h"
#include "ipc_ns.h"
#include "mounts.h"

#define KEY	0x0e12

/* What the first task of a namespace does there. */
enum use { MAKE_QUEUE, MAKE_QUEUE_IN_USER_NS, READ_LIST, READ_LIMIT, USES };

static int open_and_read(const char *path)
{
	char text[512];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, text, sizeof(text));
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return size < 0 ? -1 : 0;
}

static int use(enum use use)
{
	switch (use) {
	case READ_LIST:
		return open_and_read("/proc/msgq");
	case READ_LIMIT:
		return open_and_read("/proc/sys/msgq/msgmax");
	default:
		return msgget(KEY, IPC_CREAT | IPC_EXCL | 0600);
	}
}

/* In a new namespace the nth place fails; returns whether there is such a place. */
static bool use_with_fault(enum use what, unsigned int nth)
{
	int status;
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		bool injected;
		int ret, error;

		if (what == MAKE_QUEUE_IN_USER_NS)
			CHECK_OK(unshare(CLONE_NEWUSER));
		ipc_ns_new();
		CHECK(inject_prepare(INJECT_ALL));
		inject_arm(nth);
		ret = use(what);
		error = errno;
		injected = inject_disarm();
		if (ret < 0)
			CHECK(injected && (error == ENOMEM || error == EFAULT));
		/* What has failed is done now, and nothing else has been left. */
		if (ret < 0)
			CHECK_OK(use(what));
		_exit(injected ? 10 : 11);
	}
	CHECK_OK(waitpid(pid, &status, 0));
	if (!WIFEXITED(status) || WEXITSTATUS(status) < 10)
		FAIL("use %d, place %u: status %#x", what, nth, status);
	return WEXITSTATUS(status) == 10;
}

CASE_SECONDS(first_use, 60)
{
	unsigned int places[USES];

	DEVICE_ONLY();
	ipc_ns_needed();
	if (!inject_prepare(INJECT_ALL))
		SKIP("this kernel has no fault injection");
	for (unsigned int what = 0; what < USES; what++) {
		places[what] = 1;
		while (use_with_fault(what, places[what]))
			places[what]++;
	}
	printf("# tried fault points: make a queue %u, in a user namespace %u, read the list %u, a limit %u\n",
	       places[0] - 1, places[1] - 1, places[2] - 1, places[3] - 1);
}

/* A mount and a change of it. */
CASE_SECONDS(mounts, 60)
{
	static const char options[] = "uid=5,mode=600,msgmni=7";
	unsigned int nth = 0, changes = 0;
	bool injected;
	const char *folder;
	int ret, error;

	DEVICE_ONLY();
	mounts_own();
	folder = mounts_folder();
	if (!inject_prepare(INJECT_ALL))
		SKIP("this kernel has no fault injection");
	do {
		inject_arm(++nth);
		ret = mounts_try(folder, options);
		error = errno;
		injected = inject_disarm();
		if (ret < 0) {
			CHECK(injected && (error == ENOMEM || error == EFAULT));
			CHECK_ERR(mounts_open(folder, O_RDWR), ENOENT);
		} else {
			CHECK_OK(close(CHECK_OK(mounts_open(folder, O_RDWR))));
			CHECK_OK(umount(folder));
		}
	} while (injected);

	CHECK_OK(mounts_try(folder, options));
	do {
		inject_arm(++changes);
		ret = mount("none", folder, NULL, MS_REMOUNT, "msgmni=8");
		error = errno;
		injected = inject_disarm();
		if (ret < 0)
			CHECK(injected && (error == ENOMEM || error == EFAULT));
	} while (injected);
	printf("# tried fault points: mount %u, remount %u\n", nth - 1,
	       changes - 1);
}

static int administer(unsigned int what)
{
	struct msgq_holding holdings[4];
	struct msgq_quota quotas[4];

	switch (what) {
	case 0:
		return ioctl(the_device(), MSGQ_IOC_INSTANCES,
			     &(struct msgq_instances){
				.holdings = (uintptr_t)holdings,
				.count = 4,
				.size = sizeof(holdings[0]),
			});
	case 1:
		return ioctl(the_device(), MSGQ_IOC_QUOTAS,
			     &(struct msgq_quotas){
				.quotas = (uintptr_t)quotas,
				.count = 4,
				.size = sizeof(quotas[0]),
			});
	default:
		return ioctl(the_device(), MSGQ_IOC_QUOTA,
			     &(struct msgq_quota){
				.uid = 12345,
				.flags = MSGQ_QUOTA_MESSAGES,
				.messages = 5,
			});
	}
}

CASE_SECONDS(administration, 60)
{
	int msqid;

	DEVICE_ONLY();
	msqid = make_queue();
	the_device();
	if (!inject_prepare(INJECT_ALL)) {
		CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
		SKIP("this kernel has no fault injection");
	}
	for (unsigned int what = 0; what < 3; what++) {
		unsigned int nth = 0;
		bool injected;
		int ret, error;

		do {
			struct msgq_quota none = {
				.uid = 12345,
				.flags = MSGQ_QUOTA_MESSAGES,
				.messages = MSGQ_UNLIMITED,
			};

			inject_arm(++nth);
			ret = administer(what);
			error = errno;
			injected = inject_disarm();
			if (ret < 0)
				CHECK(injected && (error == ENOMEM || error == EFAULT));
			CHECK_OK(ioctl(the_device(), MSGQ_IOC_QUOTA, &none));
		} while (injected);
		printf("# command %u: %u places\n", what, nth - 1);
	}
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}

CASE_SECONDS(nothing_leaked, 24)
{
	DEVICE_ONLY();
	leaks_check();
}
