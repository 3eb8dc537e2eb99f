// SPDX-License-Identifier: MIT
/*
 * libmsgq-sysv.c - the calls of System V over /dev/msgq
 *
 * The library is linked before the C library, or preloaded.  It opens the
 * device on first use and keeps the descriptor for the life of the process.
 * The program does not know of that descriptor and may close it, or put a file
 * of its own in its place.  If a call fails with an error that this would
 * cause, the descriptor is checked; if it is no longer the device, the device
 * is opened again.  The file that the program has put there is not touched.
 *
 * There is no lock, so signal handlers and forked children can make calls.  The
 * stored number may come from another descriptor table: a child of vfork shares
 * our memory but not our descriptors, and so does a thread that has unshared
 * them.  Here such a number is either closed or a file of the program, and both
 * cases are handled as above.
 */
#define _GNU_SOURCE
/* This file defines both names of some calls; no header must redirect one. */
#undef _TIME_BITS
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/uio.h>
#include <unistd.h>

#include <msgq.h>

#include "device.h"
#include "kinds.h"
#include "layout.h"
#include "libmsgq.h"
#include "sem.h"

/* Programs seldom close or reuse numbers from here on. */
#define HIGH_NUMBER	768

/* Number of tries while other threads keep closing the descriptor. */
#define TRIES		10

/*
 * The descriptor, and in the upper bits a count of opens, which distinguishes
 * an old descriptor from a new one with the same number.
 */
#define NUMBER_BITS	20
#define NO_NUMBER	((1U << NUMBER_BITS) - 1)

static atomic_uint current = NO_NUMBER;

static int number_of(unsigned int device)
{
	return (int)(device & NO_NUMBER);
}

static unsigned int next_device(unsigned int device, int fd)
{
	return ((device >> NUMBER_BITS) + 1) << NUMBER_BITS | (unsigned int)fd;
}

static bool is_device(int fd)
{
	struct msgq_info info = {};

	return !ioctl(fd, MSGQ_IOC_PROBE, &info);
}

/* Another thread may have replaced the descriptor by a file of its own. */
static void close_device(int fd)
{
	if (is_device(fd))
		close(fd);
}

/* Report something about the device, if this was not done before. */
static void report_once(atomic_flag *reported, const char *why)
{
	const char *path = msgq_device_path();
	struct iovec line[] = {
		{ "libmsgq-sysv: ", 14 },
		{ (char *)path, strlen(path) },
		{ ": ", 2 },
		{ (char *)why, strlen(why) },
		{ "\n", 1 },
	};

	if (atomic_flag_test_and_set(reported))
		return;
	if (writev(STDERR_FILENO, line, 5) == -1)
		/* Nothing can be done about it. */
		return;
}

/* Report why the device cannot be opened, if MSGQ_DEBUG is 1. */
static void report_failure(const char *why)
{
	static atomic_flag reported = ATOMIC_FLAG_INIT;
	const char *debug = secure_getenv("MSGQ_DEBUG");

	if (debug && !strcmp(debug, "1"))
		report_once(&reported, why);
}

/*
 * Open the device with a high number, because programs rely on getting the
 * lowest one.  EBADF: another thread has already closed the descriptor.
 */
static int open_high(void)
{
	const char *why;
	int fd = msgq_device_why(&why);
	int high = -1, error;

	if (fd == -1) {
		error = errno;
		if (error != EBADF)
			report_failure(why);
		errno = error;
		return -1;
	}

	for (int from = HIGH_NUMBER; high == -1 && from >= 3; from /= 2)
		high = fcntl(fd, F_DUPFD_CLOEXEC, from);
	if (high == -1)
		return errno == EBADF ? -1 : fd;
	close_device(fd);
	return high;
}

/* Has another thread opened the device again? */
static bool was_reopened(unsigned int *device)
{
	unsigned int now = current;

	if (now == *device)
		return false;
	*device = now;
	return true;
}

/* Open the device again; true: the call can be tried again. */
static bool reopen(unsigned int *device)
{
	unsigned int fresh, now = *device;
	int fd;

	fd = open_high();
	if (fd == -1)
		return was_reopened(device) || errno == EBADF;
	if (fd >= (int)NO_NUMBER) {
		close_device(fd);
		errno = EMFILE;
		return false;
	}

	fresh = next_device(now, fd);
	if (atomic_compare_exchange_strong(&current, &now, fresh)) {
		*device = fresh;
	} else {
		close_device(fd);
		*device = now;
	}
	return true;
}

/* reopen() if needed, without its cancellation points: open, close, write. */
static bool restore_device(unsigned int *device)
{
	bool restored;
	int state;

	if (was_reopened(device))
		return true;

	/* msgget() and msgctl() must not be cancellation points. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	restored = reopen(device);
	pthread_setcancelstate(state, &state);
	return restored;
}

/* Get the device for a call, opening it if needed; false with errno. */
static bool get_device(unsigned int *device)
{
	int saved = errno;

	*device = current;
	if (number_of(*device) == NO_NUMBER) {
		if (!restore_device(device))
			return false;
		errno = saved;
	}
	return true;
}

/*
 * Has a call failed because the program closed or replaced the descriptor?
 * Then the device is open again now, and the call has to be repeated.
 */
static bool was_replaced(unsigned int *device)
{
	int saved = errno;

	switch (saved) {
	/*
	 * Only an object returns these; a file that is not the device does not.
	 */
	case E2BIG:
	case EAGAIN:
	case EEXIST:
	case EFBIG:
	case EIDRM:
	case EINTR:
	case ENOENT:
	case ENOMSG:
	case ERANGE:
		return false;
	}

	if (is_device(number_of(*device))) {
		/*
		 * The device never returns these: it was another file a moment
		 * ago.
		 */
		if (saved == EBADF || saved == ENOTTY || was_reopened(device))
			return true;
		errno = saved;
		return false;
	}
	return restore_device(device);
}

/* Make a call on the device; repeat it if the descriptor was replaced. */
#define CALL(call)							\
({									\
	int saved = errno, tries = TRIES, fd = -1;			\
	unsigned int device;						\
	__typeof__(call) ret = -1;					\
									\
	if (get_device(&device)) {					\
		fd = number_of(device);					\
		while ((ret = (call)) == -1 && --tries &&		\
		       was_replaced(&device)) {				\
			fd = number_of(device);				\
			errno = saved;					\
		}							\
	}								\
	ret;								\
})

/* Set the errno, and say why, once; this is no cancellation point. */
static void report_missing(atomic_flag *reported, const char *what)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	report_once(reported, what);
	pthread_setcancelstate(state, &state);
	errno = ENOSYS;
}

/*
 * Make a call on a kind of objects that an older module does not have.  Such a
 * program must not go on with the kernel's objects, nor fail in silence.
 */
#define CALL_OF_KIND(missing, call)					\
({									\
	static atomic_flag reported_ = ATOMIC_FLAG_INIT;		\
	int done_ = CALL(call);						\
									\
	if (done_ == -1 && errno == ENOTTY)				\
		report_missing(&reported_, missing);			\
	done_;								\
})

#define CALL_SEM(call) \
	CALL_OF_KIND("the module has no semaphore sets", call)

int msgget(key_t key, int msgflg)
{
	if (!kind_is_served(KIND_MSG))
		return PASS_ON(msgget, key, msgflg);
	return CALL(msgq_get(fd, key, msgflg));
}

int msgsnd(int msqid, const void *msgp, size_t msgsz, int msgflg)
{
	if (!kind_is_served(KIND_MSG))
		return PASS_ON(msgsnd, msqid, msgp, msgsz, msgflg);
	return CALL(msgq_snd(fd, msqid, msgp, msgsz, msgflg));
}

ssize_t msgrcv(int msqid, void *msgp, size_t msgsz, long msgtyp, int msgflg)
{
	if (!kind_is_served(KIND_MSG))
		return PASS_ON(msgrcv, msqid, msgp, msgsz, msgtyp,
			       msgflg);
	return CALL(msgq_rcv(fd, msqid, msgp, msgsz, msgtyp, msgflg));
}

int msgctl(int msqid, int cmd, struct msqid_ds *buf)
{
	if (!kind_is_served(KIND_MSG))
		return PASS_ON(msgctl, msqid, cmd, buf);
	return CALL(msgq_ctl(fd, msqid, cmd, buf));
}

#ifdef LAYOUT_TIMES64
/* <sys/msg.h> calls this in a 32-bit program with 64-bit time_t. */
int __msgctl64(int msqid, int cmd, struct __msqid64_ds *buf);

int __msgctl64(int msqid, int cmd, struct __msqid64_ds *buf)
{
	if (!kind_is_served(KIND_MSG))
		return PASS_ON(__msgctl64, msqid, cmd, buf);
	return CALL(msgq_ctl64(fd, msqid, cmd, buf));
}
#endif

int semget(key_t key, int nsems, int semflg)
{
	if (!kind_is_served(KIND_SEM))
		return PASS_ON(semget, key, nsems, semflg);
	return CALL_SEM(msgq_semget(fd, key, nsems, semflg));
}

int semop(int semid, struct sembuf *sops, size_t nsops)
{
	if (!kind_is_served(KIND_SEM))
		return PASS_ON(semop, semid, sops, nsops);
	return CALL_SEM(msgq_semop(fd, semid, sops, nsops));
}

int semtimedop(int semid, struct sembuf *sops, size_t nsops,
	       const struct timespec *timeout)
{
	if (!kind_is_served(KIND_SEM))
		return PASS_ON(semtimedop, semid, sops, nsops,
			       timeout);
	return CALL_SEM(msgq_semtimedop(fd, semid, sops, nsops, timeout));
}

int semctl(int semid, int semnum, int cmd, ...)
{
	union semctl_arg arg;
	va_list args;

	va_start(args, cmd);
	arg = semctl_arg(cmd, args);
	va_end(args);
	if (!kind_is_served(KIND_SEM))
		return PASS_ON(semctl, semid, semnum, cmd, arg);
	return CALL_SEM(msgq_semctl_arg(fd, semid, semnum, cmd, arg));
}

#ifdef LAYOUT_TIMES64
/* <sys/sem.h> calls these in a 32-bit program with 64-bit time_t. */
int __semtimedop64(int semid, struct sembuf *sops, size_t nsops,
		   const void *timeout)
{
	if (!kind_is_served(KIND_SEM))
		return PASS_ON(__semtimedop64, semid, sops, nsops,
			       timeout);
	return CALL_SEM(msgq_semtimedop64(fd, semid, sops, nsops, timeout));
}

int __semctl64(int semid, int semnum, int cmd, ...)
{
	union semctl_arg arg;
	va_list args;

	va_start(args, cmd);
	arg = semctl_arg(cmd, args);
	va_end(args);
	if (!kind_is_served(KIND_SEM))
		return PASS_ON(__semctl64, semid, semnum, cmd, arg);
	return CALL_SEM(msgq_semctl64_arg(fd, semid, semnum, cmd, arg));
}
#endif
