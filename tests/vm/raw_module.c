// SPDX-License-Identifier: MIT
/*
 * The module as a whole: who may do what with its files, and what keeps it
 * from being unloaded.
 *
 * The program is executed anew without the drop-in library, whose descriptor
 * would hold the module.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <msgq.h>

#include "common/test.h"

#define DEVICE		"/dev/" MSGQ_DEVICE_NAME
#define MODULE_FILE	"/vm/msgq.ko"
#define LIST		"/proc/" MSGQ_DEVICE_NAME
#define PARAMETERS_FILE	"/vm/parameters"

static const char *const limits[] = { "msgmax", "msgmnb", "msgmni", "msgtql" };
#define LIMITS (sizeof(limits) / sizeof(limits[0]))

static const struct identity nobody = { .uid = 65533, .gid = 65533 };

__attribute__((constructor)) static void without_library(void)
{
	if (!getenv("LD_PRELOAD"))
		return;
	unsetenv("LD_PRELOAD");
	execl("/proc/self/exe", "raw_module", NULL);
	perror("/proc/self/exe");
	exit(EXIT_FAILURE);
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

static int unload(void)
{
	return syscall(SYS_delete_module, "msgq", O_NONBLOCK);
}

static int load(const char *parameters)
{
	int file = CHECK_OK(open(MODULE_FILE, O_RDONLY | O_CLOEXEC));
	int ret = syscall(SYS_finit_module, file, parameters, 0);
	int error = errno;

	close(file);
	errno = error;
	return ret;
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
	CHECK_ERR(unload(), EWOULDBLOCK);
	close(second);
	CHECK_ERR(unload(), EWOULDBLOCK);
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
	CHECK_ERR(unload(), EWOULDBLOCK);

	device = open_device();
	CHECK_OK(remove_queue(device, first));
	close(device);
	CHECK_ERR(unload(), EWOULDBLOCK);

	device = open_device();
	CHECK_OK(send_bytes(device, second, 1));
	CHECK_OK(remove_queue(device, second));
}

/* Even when neither the device nor the queue is left. */
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
	CHECK_ERR(unload(), EWOULDBLOCK);
	device = open_device();
	CHECK_OK(remove_queue(device, arg.name));
	close(device);
	CHECK_ERR(unload(), EWOULDBLOCK);
	copy = CHECK_OK(dup(fd));
	close(fd);
	CHECK_ERR(unload(), EWOULDBLOCK);
	CHECK_ERR(read(copy, &byte, 1), EIDRM);
}

static void unload_without_holders(void)
{
	if (access(MODULE_FILE, R_OK))
		SKIP("there is no " MODULE_FILE " to load again");
	CHECK_OK(unload());
	CHECK_ERR(open(DEVICE, O_RDWR), ENOENT);
	CHECK_ERR(access("/proc/sys/msgq", F_OK), ENOENT);
	CHECK_ERR(access(LIST, F_OK), ENOENT);
}

/* As it was loaded first. */
static void load_as_before(void)
{
	char parameters[256] = "";
	FILE *file = fopen(PARAMETERS_FILE, "re");

	if (file) {
		parameters[fread(parameters, 1, sizeof(parameters) - 1,
				 file)] = '\0';
		fclose(file);
	}
	CHECK_OK(load(parameters));
}

CASE(unloaded_and_loaded)
{
	DEVICE_ONLY();
	unload_without_holders();
	load_as_before();
	close(open_device());
}

/* Who has the list of queues open holds nothing. */
CASE(unloaded_while_listed)
{
	int unread, read_from;
	char byte;

	DEVICE_ONLY();
	unread = CHECK_OK(open(LIST, O_RDONLY | O_CLOEXEC));
	read_from = CHECK_OK(open(LIST, O_RDONLY | O_CLOEXEC));
	CHECK_INT(read(read_from, &byte, 1), 1);
	unload_without_holders();
	CHECK_ERR(read(unread, &byte, 1), EIO);
	CHECK_ERR(read(read_from, &byte, 1), EIO);
	load_as_before();
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
	};
	DEVICE_ONLY();
	unload_without_holders();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = load(bad[i]);

		if (ret != -1 || (errno != EINVAL && errno != ERANGE))
			FAIL("%s: expected EINVAL or ERANGE, got %d, %s",
			     bad[i], ret, strerrorname_np(errno));
		CHECK_ERR(open(DEVICE, O_RDWR), ENOENT);
	}
	load_as_before();
}

CASE(limits_at_their_bounds)
{
	DEVICE_ONLY();
	unload_without_holders();
	CHECK_OK(load("msgmax=0 msgmnb=0 msgmni=0 msgtql=0"));
	CHECK_INT(limit_get("msgmnb"), 0);
	CHECK_OK(unload());
	CHECK_OK(load("msgmax=2147483647 msgmnb=2147483647 msgmni=32768"));
	CHECK_INT(limit_get("msgmax"), 2147483647);
	CHECK_INT(limit_get("msgmni"), 32768);
	CHECK_OK(unload());
	load_as_before();
}

/* The values that the limits had long ago. */
CASE(historical_limits)
{
	int device, queues[50];

	DEVICE_ONLY();
	unload_without_holders();
	CHECK_OK(load("msgmax=2048 msgmnb=4096 msgmni=50 msgtql=40"));
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

	CHECK_OK(unload());
	load_as_before();
}
