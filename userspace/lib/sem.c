// SPDX-License-Identifier: MIT
/*
 * sem.c - semaphore sets: one call to the device for each function
 */
#define _GNU_SOURCE
/* This file defines both names of two functions. */
#undef _TIME_BITS
#include <asm/ipcbuf.h>
#include <asm/sembuf.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/sem.h>
#include <time.h>

#include <msgq.h>

#include "layout.h"
#include "libmsgq.h"
#include "memcheck.h"
#include "sem.h"

/* The device writes the struct of the kernel's own call. */
#define LAYOUT_SEM(member)						\
	_Static_assert(offsetof(struct semid_ds, member) ==		\
		       offsetof(struct semid64_ds, member),		\
		       "the device does not know this struct semid_ds")

LAYOUT_SEM(sem_perm);
LAYOUT_SEM(sem_otime);
LAYOUT_SEM(sem_ctime);
LAYOUT_SEM(sem_nsems);
_Static_assert(sizeof(struct semid_ds) == sizeof(struct semid64_ds),
	       "the device does not know this struct semid_ds");

int msgq_semget(int device, key_t key, int nsems, int semflg)
{
	struct msgq_semget arg = {
		.key = key,
		.nsems = nsems,
		.semflg = semflg,
	};

	return ioctl(device, MSGQ_IOC_SEMGET, &arg);
}

/* The kernel has no more than 32 bits for the number of operations, either. */
static int operate(int device, int semid, struct sembuf *sops, size_t nsops,
		   const void *timeout, uint32_t time_size)
{
	struct msgq_semop arg = {
		.semid = semid,
		.nsops = nsops > UINT32_MAX ? UINT32_MAX : (uint32_t)nsops,
		.sops = (uintptr_t)sops,
		.timeout = (uintptr_t)timeout,
		.time_size = timeout ? time_size : 0,
	};

	return ioctl(device, MSGQ_IOC_SEMOP, &arg);
}

int msgq_semop(int device, int semid, struct sembuf *sops, size_t nsops)
{
	return operate(device, semid, sops, nsops, NULL, 0);
}

int msgq_semtimedop(int device, int semid, struct sembuf *sops, size_t nsops,
		    const struct timespec *timeout)
{
	return operate(device, semid, sops, nsops, timeout,
		       sizeof(timeout->tv_sec));
}

static int control(int device, int semid, int semnum, int cmd, uint64_t value)
{
	struct msgq_semctl arg = {
		.semid = semid,
		.semnum = semnum,
		.cmd = cmd,
		.long_size = sizeof(long),
		.arg = value,
	};

	return ioctl(device, MSGQ_IOC_SEMCTL, &arg);
}

/* The number of semaphores of a set: GETALL writes so many values. */
static size_t count_of(int device, int semid)
{
	struct semid_ds ds;

	if (control(device, semid, 0, IPC_STAT, (uintptr_t)&ds))
		return 0;
	return ds.sem_nsems;
}

/* Tell valgrind what a command has written. */
static void tell_memcheck(int device, int semid, int cmd, union semctl_arg arg)
{
	switch (cmd) {
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		memcheck_written(arg.buf, sizeof(struct semid_ds));
		break;
	case IPC_INFO:
	case SEM_INFO:
		memcheck_written(arg.info, sizeof(struct seminfo));
		break;
	case GETALL:
		memcheck_written(arg.array, count_of(device, semid) *
						    sizeof(*arg.array));
		break;
	}
}

int msgq_semctl_arg(int device, int semid, int semnum, int cmd,
		    union semctl_arg arg)
{
	/* The value is an int; the rest of the union is not set then. */
	int ret = control(device, semid, semnum, cmd,
			  cmd == SETVAL ? (uint64_t)(int64_t)arg.val :
					  (uintptr_t)arg.buf);

	if (ret >= 0 && memcheck_present())
		tell_memcheck(device, semid, cmd, arg);
	return ret;
}

int msgq_semctl(int device, int semid, int semnum, int cmd, ...)
{
	union semctl_arg arg;
	va_list args;

	va_start(args, cmd);
	arg = semctl_arg(cmd, args);
	va_end(args);
	return msgq_semctl_arg(device, semid, semnum, cmd, arg);
}

int msgq_semstate(int device, struct msgq_semstate *state)
{
	return ioctl(device, MSGQ_IOC_SEMSTATE, state);
}

int msgq_semwho(int device, struct msgq_semwho *who)
{
	int ret = ioctl(device, MSGQ_IOC_SEMWHO, who);

	if (!ret && memcheck_present())
		memcheck_written((void *)(uintptr_t)who->parties,
				 (size_t)who->count * who->size);
	return ret;
}

#ifdef LAYOUT_TIMES64
int msgq_semtimedop64(int device, int semid, struct sembuf *sops, size_t nsops,
		      const void *timeout)
{
	return operate(device, semid, sops, nsops, timeout,
		       sizeof(__time64_t));
}

/* The state of a set with each time in one field. */
static void widen(struct __semid64_ds *wide, const struct semid_ds *ds)
{
	*wide = (struct __semid64_ds) {
		.sem_perm = ds->sem_perm,
		.sem_otime = layout_join(ds->sem_otime, ds->__sem_otime_high),
		.sem_ctime = layout_join(ds->sem_ctime, ds->__sem_ctime_high),
		.sem_nsems = ds->sem_nsems,
	};
}

int msgq_semctl64_arg(int device, int semid, int semnum, int cmd,
		      union semctl_arg arg)
{
	struct __semid64_ds *wide = (struct __semid64_ds *)arg.buf;
	struct semid_ds ds = { 0 };
	int ret;

	switch (cmd) {
	case IPC_SET:
		ds.sem_perm = wide->sem_perm;
		arg.buf = &ds;
		return msgq_semctl_arg(device, semid, semnum, cmd, arg);
	case IPC_STAT:
	case SEM_STAT:
	case SEM_STAT_ANY:
		arg.buf = &ds;
		ret = msgq_semctl_arg(device, semid, semnum, cmd, arg);
		if (ret >= 0)
			widen(wide, &ds);
		return ret;
	default:
		return msgq_semctl_arg(device, semid, semnum, cmd, arg);
	}
}

int msgq_semctl64(int device, int semid, int semnum, int cmd, ...)
{
	union semctl_arg arg;
	va_list args;

	va_start(args, cmd);
	arg = semctl_arg(cmd, args);
	va_end(args);
	return msgq_semctl64_arg(device, semid, semnum, cmd, arg);
}
#endif
