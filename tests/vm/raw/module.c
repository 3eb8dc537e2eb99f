// SPDX-License-Identifier: MIT
/*
 * The module as a whole: the permissions of its files, and the users that
 * prevent unloading.
 *
 * The program is executed again without the drop-in library, whose descriptor
 * would hold the module.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgq.h>

#include "module.h"
#include "test.h"

#define DEVICE		"/dev/" MSGQ_DEVICE_NAME
#define LIST		"/proc/" MSGQ_DEVICE_NAME

static const char *const limits[] = { "msgmax", "msgmnb", "msgmni", "msgtql" };
#define LIMITS (sizeof(limits) / sizeof(limits[0]))

static const struct identity nobody = { .uid = 65533, .gid = 65533 };

__attribute__((constructor)) static void alone(void)
{
	module_alone("module");
}

static int open_device(void)
{
	return CHECK_OK(open(DEVICE, O_RDWR | O_CLOEXEC));
}

static int get(int device)
{
	struct msgq_get arg = { .key = IPC_PRIVATE, .msgflg = 0600 };

	return ioctl(device, MSGQ_IOC_GET, &arg);
}

static int send_bytes(int device, int msqid, size_t size)
{
	static long message[2048] = { 1 };
	struct msgq_snd arg = {
		.msqid = msqid,
		.msgflg = IPC_NOWAIT,
		.msgp = (uintptr_t)message,
		.msgsz = size,
		.long_size = sizeof(long),
	};

	return ioctl(device, MSGQ_IOC_SND, &arg);
}

static int remove_queue(int device, int msqid)
{
	struct msgq_ctl arg = {
		.msqid = msqid,
		.cmd = IPC_RMID,
		.long_size = sizeof(long),
	};

	return ioctl(device, MSGQ_IOC_CTL, &arg);
}

CASE(device_file)
{
	struct stat stat;

	DEVICE_ONLY();
	CHECK_OK(lstat(DEVICE, &stat));
	CHECK(S_ISCHR(stat.st_mode));
	CHECK_INT(stat.st_mode & 07777, 0666);
	AS(&nobody) {
		int device = open_device();
		int msqid = CHECK_OK(get(device));

		CHECK_OK(remove_queue(device, msqid));
	}
}

CASE(limit_files)
{
	DEVICE_ONLY();
	for (size_t i = 0; i < LIMITS; i++) {
		struct stat stat;
		char path[64];
		long value = limit_get(limits[i]);

		limit_path(limits[i], path, sizeof(path));
		CHECK_OK(lstat(path, &stat));
		CHECK_INT(stat.st_mode & 07777, 0644);
		AS(&nobody) {
			CHECK_INT(limit_get(limits[i]), value);
			CHECK_ERR(open(path, O_WRONLY), EACCES);
		}
		limit_set(limits[i], 17);
		CHECK_INT(limit_get(limits[i]), 17);
		limit_set(limits[i], value);
	}
}

CASE(held_by_descriptor)
{
	int first, second;

	DEVICE_ONLY();
	first = open_device();
	second = open_device();
	CHECK_ERR(module_unload(), EWOULDBLOCK);
	close(second);
	CHECK_ERR(module_unload(), EWOULDBLOCK);
	CHECK_OK(ioctl(first, MSGQ_IOC_INFO, &(struct msgq_info){ 0 }));
}

CASE(held_by_queue)
{
	int device, first, second;

	DEVICE_ONLY();
	device = open_device();
	first = CHECK_OK(get(device));
	second = CHECK_OK(get(device));
	close(device);
	CHECK_ERR(module_unload(), EWOULDBLOCK);

	device = open_device();
	CHECK_OK(remove_queue(device, first));
	close(device);
	CHECK_ERR(module_unload(), EWOULDBLOCK);

	device = open_device();
	CHECK_OK(send_bytes(device, second, 1));
	CHECK_OK(remove_queue(device, second));
}

/* An open queue holds the module even if device and queue are removed. */
CASE(held_by_opened_queue)
{
	struct msgq_open arg = { .flags = MSGQ_OPEN_READ };
	int device, fd, copy;
	char byte;

	DEVICE_ONLY();
	device = open_device();
	arg.name = CHECK_OK(get(device));
	fd = CHECK_OK(ioctl(device, MSGQ_IOC_OPEN, &arg));
	close(device);
	CHECK_ERR(module_unload(), EWOULDBLOCK);
	device = open_device();
	CHECK_OK(remove_queue(device, arg.name));
	close(device);
	CHECK_ERR(module_unload(), EWOULDBLOCK);
	copy = CHECK_OK(dup(fd));
	close(fd);
	CHECK_ERR(module_unload(), EWOULDBLOCK);
	CHECK_ERR(read(copy, &byte, 1), EIDRM);
}

static void take_module_out(void)
{
	module_take_out();
	CHECK_ERR(access("/proc/sys/msgq", F_OK), ENOENT);
	CHECK_ERR(access(LIST, F_OK), ENOENT);
}

CASE(unloaded_and_loaded)
{
	DEVICE_ONLY();
	take_module_out();
	module_load_as_before();
	close(open_device());
}

/* Start a process that claims, and stops. */
static void claim_and_stop(int device, int msqid)
{
	struct msgq_open arg = { .name = msqid, .flags = MSGQ_OPEN_READ };
	struct msgq_entry entry = { .size = 0 };
	struct msgq_batch batch = {
		.msgflg = IPC_NOWAIT,
		.entries = (uintptr_t)&entry,
		.count = 1,
		.flags = MSGQ_CLAIM,
	};
	int fd = CHECK_OK(ioctl(device, MSGQ_IOC_OPEN, &arg));

	CHECK_INT(ioctl(fd, MSGQ_IOC_RECVV, &batch), 1);
	for (;;)
		raise(SIGSTOP);
}

/* Unload right after the end of processes whose end the module watches. */
CASE(unloaded_after_claims)
{
	DEVICE_ONLY();
	for (int i = 0; i < 10; i++) {
		int device = open_device();
		int msqid = CHECK_OK(get(device));
		pid_t pids[4];

		for (int j = 0; j < 4; j++)
			CHECK_OK(send_bytes(device, msqid, 0));
		for (int j = 0; j < 4; j++) {
			pids[j] = CHECK_OK(fork());
			if (!pids[j])
				claim_and_stop(device, msqid);
		}
		for (int j = 0; j < 4; j++)
			CHECK_INT(waitpid(pids[j], NULL, WUNTRACED), pids[j]);
		CHECK_OK(remove_queue(device, msqid));
		close(device);
		for (int j = 0; j < 4; j++)
			CHECK_OK(kill(pids[j], SIGKILL));
		for (int j = 0; j < 4; j++)
			CHECK_INT(waitpid(pids[j], NULL, 0), pids[j]);
		module_take_out();
		module_load_as_before();
	}
}

/* An open list of queues does not hold the module. */
CASE(unloaded_while_listed)
{
	int unread, read_from;
	char byte;

	DEVICE_ONLY();
	unread = CHECK_OK(open(LIST, O_RDONLY | O_CLOEXEC));
	read_from = CHECK_OK(open(LIST, O_RDONLY | O_CLOEXEC));
	CHECK_INT(read(read_from, &byte, 1), 1);
	take_module_out();
	CHECK_ERR(read(unread, &byte, 1), EIO);
	CHECK_ERR(read(read_from, &byte, 1), EIO);
	module_load_as_before();
	CHECK_ERR(read(read_from, &byte, 1), EIO);
	CHECK_OK(close(read_from));
	read_from = CHECK_OK(open(LIST, O_RDONLY | O_CLOEXEC));
	CHECK_INT(read(read_from, &byte, 1), 1);
}

CASE(bad_parameters)
{
	static const char *const bad[] = {
		"msgmax=-1", "msgmnb=-1", "msgmni=-1", "msgtql=-1",
		"msgmni=32769", "msgmax=2147483648", "msgmnb=many",
		"semmsl=-1", "semmns=-1", "semopm=-1", "semmni=-1",
		"semmni=32769", "init=2",
	};
	DEVICE_ONLY();
	take_module_out();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = module_load(bad[i]);

		if (ret != -1 || (errno != EINVAL && errno != ERANGE))
			FAIL("%s: expected EINVAL or ERANGE, got %d, %s",
			     bad[i], ret, strerrorname_np(errno));
		CHECK_ERR(open(DEVICE, O_RDWR), ENOENT);
	}
	module_load_as_before();
}

CASE(limits_at_their_bounds)
{
	DEVICE_ONLY();
	take_module_out();
	CHECK_OK(module_load("msgmax=0 msgmnb=0 msgmni=0 msgtql=0"));
	CHECK_INT(limit_get("msgmnb"), 0);
	CHECK_OK(module_unload());
	CHECK_OK(module_load("msgmax=2147483647 msgmnb=2147483647 msgmni=32768"));
	CHECK_INT(limit_get("msgmax"), 2147483647);
	CHECK_INT(limit_get("msgmni"), 32768);
	CHECK_OK(module_unload());
	module_load_as_before();
}

/* The values that the limits once had. */
CASE(historical_limits)
{
	int device, queues[50];

	DEVICE_ONLY();
	take_module_out();
	CHECK_OK(module_load("msgmax=2048 msgmnb=4096 msgmni=50 msgtql=40"));
	CHECK_INT(limit_get("msgmax"), 2048);
	CHECK_INT(limit_get("msgmnb"), 4096);
	CHECK_INT(limit_get("msgmni"), 50);
	CHECK_INT(limit_get("msgtql"), 40);

	device = open_device();
	for (int i = 0; i < 50; i++)
		queues[i] = CHECK_OK(get(device));
	CHECK_ERR(get(device), ENOSPC);

	CHECK_ERR(send_bytes(device, queues[0], 2049), EINVAL);
	CHECK_OK(send_bytes(device, queues[0], 2048));
	CHECK_OK(send_bytes(device, queues[0], 2048));
	CHECK_ERR(send_bytes(device, queues[0], 1), EAGAIN);
	for (int i = 2; i < 40; i++)
		CHECK_OK(send_bytes(device, queues[i], 1));
	CHECK_ERR(send_bytes(device, queues[1], 1), EAGAIN);
	for (int i = 0; i < 50; i++)
		CHECK_OK(remove_queue(device, queues[i]));
	close(device);

	CHECK_OK(module_unload());
	module_load_as_before();
}
