// SPDX-License-Identifier: MIT
/*
 * The commands for semaphore sets themselves, without the library, as defined
 * in msgq.h.
 *
 * The program is executed again without the drop-in library, whose descriptor
 * would hold the module.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sem.h>
#include <unistd.h>

#include <msgq.h>

#include "fault_raw.h"
#include "module.h"
#include "test.h"

#define WORD(command, size) \
	(((command) & ~IOCSIZE_MASK) | (unsigned int)(size) << _IOC_SIZESHIFT)

#define LIST	"/proc/" MSGQ_DEVICE_NAME "-sem"

__attribute__((constructor)) static void alone(void)
{
	module_alone("sets");
}

static int device = -1;

static void open_device(void)
{
	DEVICE_ONLY();
	device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC));
}

static int new_set(int nsems)
{
	struct msgq_semget arg = { .nsems = nsems, .semflg = 0600 };

	return CHECK_OK(ioctl(device, MSGQ_IOC_SEMGET, &arg));
}

static int control(int semid, int number, int cmd, uint64_t value,
		   unsigned int long_size)
{
	return raw_semctl(device, semid, number, cmd, value, long_size);
}

static void remove_it(int semid)
{
	CHECK_OK(control(semid, 0, IPC_RMID, 0, 8));
}

static struct sembuf up = { 0, 1, 0 };

static struct msgq_semop operation(int semid)
{
	return (struct msgq_semop){
		.semid = semid,
		.nsops = 1,
		.sops = (uintptr_t)&up,
	};
}

/* Make a call with arguments of wrong sizes, and with more bytes than are known. */
static void check_sizes(unsigned int command, const void *good, size_t size)
{
	char arg[200];

	memset(arg, 0, sizeof(arg));
	memcpy(arg, good, size);
	CHECK_OK(ioctl(device, command, arg));
	CHECK_ERR(ioctl(device, WORD(command, size - 1), arg), EINVAL);
	CHECK_ERR(ioctl(device, WORD(command, 0), arg), EINVAL);
	CHECK_OK(ioctl(device, WORD(command, size + 8), arg));
	arg[size] = 1;
	CHECK_ERR(ioctl(device, WORD(command, size + 8), arg), EINVAL);
	CHECK_ERR(ioctl(device, command, NULL), EFAULT);
	CHECK_ERR(ioctl(device, command, guarded(size - 1)), EFAULT);
}

CASE(size_of_argument)
{
	struct msgq_semget get = { .key = 0x73720001, .nsems = 1,
				   .semflg = IPC_CREAT | 0600 };
	struct msgq_semctl ctl;
	struct msgq_semop op;
	int semid;

	open_device();
	check_sizes(MSGQ_IOC_SEMGET, &get, sizeof(get));
	semid = CHECK_OK(ioctl(device, MSGQ_IOC_SEMGET, &get));
	op = operation(semid);
	check_sizes(MSGQ_IOC_SEMOP, &op, sizeof(op));
	ctl = (struct msgq_semctl){ .semid = semid, .cmd = GETVAL,
				    .long_size = 8 };
	check_sizes(MSGQ_IOC_SEMCTL, &ctl, sizeof(ctl));
	remove_it(semid);
}

CASE(fields_of_argument)
{
	static const uint32_t widths[] = { 1, 2, 3, 5, 7, 9, 16, ~0U };
	struct timespec time = { 0 };
	struct msgq_semget get = { .nsems = 1, .reserved = 1 };
	struct msgq_semop op;
	int semid;

	open_device();
	semid = new_set(1);
	CHECK_ERR(ioctl(device, MSGQ_IOC_SEMGET, &get), EINVAL);
	op = operation(semid);
	op.reserved = 1;
	CHECK_ERR(ioctl(device, MSGQ_IOC_SEMOP, &op), EINVAL);
	/* Without a time, it has no size. */
	op = operation(semid);
	op.time_size = 8;
	CHECK_ERR(ioctl(device, MSGQ_IOC_SEMOP, &op), EINVAL);
	op.timeout = (uintptr_t)&time;
	op.time_size = 0;
	CHECK_ERR(ioctl(device, MSGQ_IOC_SEMOP, &op), EINVAL);
	CHECK_ERR(control(semid, 0, GETVAL, 0, 0), EINVAL);
	for (size_t i = 0; i < sizeof(widths) / sizeof(widths[0]); i++) {
		op.time_size = widths[i];
		CHECK_ERR(ioctl(device, MSGQ_IOC_SEMOP, &op), EINVAL);
		CHECK_ERR(control(semid, 0, GETVAL, 0, widths[i]), EINVAL);
	}
	CHECK_INT(control(semid, 0, GETVAL, 0, 8), 0);
	remove_it(semid);
}

CASE(unknown_commands)
{
	char arg[64] = { 0 };

	open_device();
	for (int nr = 0x13; nr < 0x20; nr++)
		CHECK_ERR(ioctl(device, _IOC(_IOC_WRITE, MSGQ_IOC_MAGIC, nr, 16),
				arg), ENOTTY);
	for (int nr = 0x10; nr < 0x20; nr++)
		CHECK_ERR(ioctl(device, _IO(MSGQ_IOC_MAGIC, nr), NULL), ENOTTY);
}

/* A time of either width; that of the other width ends 0 nanoseconds later. */
CASE(widths_of_time)
{
	const int32_t narrow[2] = { 0, 1000 }, none[2] = { 0, 1000000000 };
	const int64_t wide[2] = { 0, 1000 };
	struct sembuf down = { 0, -1, 0 };
	struct msgq_semop op;
	int semid;

	open_device();
	semid = new_set(1);
	op = operation(semid);
	op.sops = (uintptr_t)&down;
	op.timeout = (uintptr_t)wide;
	op.time_size = 8;
	CHECK_ERR(ioctl(device, MSGQ_IOC_SEMOP, &op), EAGAIN);
	op.timeout = (uintptr_t)narrow;
	op.time_size = 4;
	CHECK_ERR(ioctl(device, MSGQ_IOC_SEMOP, &op), EAGAIN);
	op.timeout = (uintptr_t)guarded(7);
	CHECK_ERR(ioctl(device, MSGQ_IOC_SEMOP, &op), EFAULT);
	op.timeout = (uintptr_t)none;
	CHECK_ERR(ioctl(device, MSGQ_IOC_SEMOP, &op), EINVAL);
	remove_it(semid);
}

/* The states that programs of both widths see: offsets of their C libraries. */
CASE(widths_of_state)
{
	unsigned char wide[200], narrow[200];
	uint32_t nsems, mode;
	int semid;

	open_device();
	semid = new_set(7);
	memset(wide, 0xaa, sizeof(wide));
	memset(narrow, 0xaa, sizeof(narrow));
	CHECK_OK(control(semid, 0, IPC_STAT, (uintptr_t)narrow, 4));
	memcpy(&mode, narrow + 20, 2);
	CHECK_INT(mode & 0xffff, 0600);
	memcpy(&nsems, narrow + 52, 4);
	CHECK_INT(nsems, 7);
	CHECK_INT(narrow[64], 0xaa);
	if (sizeof(long) == 8) {
		CHECK_OK(control(semid, 0, IPC_STAT, (uintptr_t)wide, 8));
		CHECK_INT(((struct semid_ds *)wide)->sem_nsems, 7);
		CHECK_INT(wide[sizeof(struct semid_ds)], 0xaa);
		/* The owner and the mode are set in both. */
		memcpy(narrow + 20, &(uint16_t){ 0640 }, 2);
		CHECK_OK(control(semid, 0, IPC_SET, (uintptr_t)narrow, 4));
		CHECK_OK(control(semid, 0, IPC_STAT, (uintptr_t)wide, 8));
		CHECK_INT(((struct semid_ds *)wide)->sem_perm.mode, 0640);
	}
	CHECK_ERR(control(semid, 0, IPC_STAT, (uintptr_t)guarded(63), 4), EFAULT);
	remove_it(semid);
}

CASE(held_by_set)
{
	int semid;

	open_device();
	semid = new_set(1);
	close(device);
	CHECK_ERR(module_unload(), EWOULDBLOCK);
	open_device();
	remove_it(semid);
}

/* The record of a process that has something to be taken back holds nothing. */
CASE(unloaded_after_undo)
{
	struct sembuf undo = { 0, 1, SEM_UNDO };
	struct msgq_semop op;
	int semid;

	open_device();
	semid = new_set(1);
	op = operation(semid);
	op.sops = (uintptr_t)&undo;
	CHECK_OK(ioctl(device, MSGQ_IOC_SEMOP, &op));
	AS(NULL)
		CHECK_OK(ioctl(device, MSGQ_IOC_SEMOP, &op));
	CHECK_INT(control(semid, 0, GETVAL, 0, 8), 1);
	remove_it(semid);
	close(device);
	module_take_out();
	CHECK_ERR(access(LIST, F_OK), ENOENT);
	module_load_as_before();
	CHECK_OK(access(LIST, R_OK));
}

CASE(limits_as_parameters)
{
	struct seminfo info;

	DEVICE_ONLY();
	module_take_out();
	CHECK_OK(module_load("semmsl=5 semmns=8 semopm=2 semmni=3"));
	open_device();
	CHECK_OK(control(0, 0, IPC_INFO, (uintptr_t)&info, 8));
	CHECK_INT(info.semmsl, 5);
	CHECK_INT(info.semmns, 8);
	CHECK_INT(info.semopm, 2);
	CHECK_INT(info.semmni, 3);
	close(device);
	CHECK_OK(module_unload());
	CHECK_OK(module_load("semmsl=2147483647 semmns=2147483647 semopm=2147483647 semmni=32768"));
	CHECK_OK(module_unload());
	module_load_as_before();
}
