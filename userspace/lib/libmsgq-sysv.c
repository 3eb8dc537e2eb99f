// SPDX-License-Identifier: MIT
/*
 * libmsgq-sysv.c - msgget, msgsnd, msgrcv and msgctl over /dev/msgq
 *
 * To be linked before the C library, or preloaded.  The device is opened on
 * first use and kept for the life of the process.  A program does not know of
 * that descriptor and may close it, or put a file of its own in its place:
 * when a call fails as it would then, the descriptor is looked at, and where
 * it is the device no more, the device is opened again.  What the program has
 * put there is left alone.
 *
 * There is no lock, so that signal handlers and forked children can call; and
 * what is kept may be another's: a child of vfork shares our memory and not
 * our descriptors, as does a thread that has unshared them.  A number that
 * stands for nothing here, or for a file of the program, is all that comes of
 * it.
 */
#define _GNU_SOURCE
/* Both names of msgctl are made here, so <sys/msg.h> must not trade them. */
#undef _TIME_BITS
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/uio.h>
#include <unistd.h>

#include <msgq.h>

#include "device.h"
#include "libmsgq.h"

/* Programs seldom close or take over numbers from here on. */
#define HIGH_NUMBER	768

/* So often a call is made, while others take away what it needs. */
#define TRIES		10

/*
 * The descriptor, and above it how often one was opened: so an old one is told
 * from a new one of the same number.
 */
#define NUMBER_BITS	20
#define NO_NUMBER	((1U << NUMBER_BITS) - 1)

static atomic_uint kept = NO_NUMBER;

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

/* Another thread may have put a file of its own there just now. */
static void close_device(int fd)
{
	if (is_device(fd))
		close(fd);
}

/* Tell once, who asks for it, why there are no queues. */
static void tell(const char *why)
{
	static atomic_flag told = ATOMIC_FLAG_INIT;
	const char *debug = secure_getenv("MSGQ_DEBUG");
	char name[] = "libmsgq-sysv: " MSGQ_DEVICE_PATH ": ", end[] = "\n";
	struct iovec line[] = {
		{ name, sizeof(name) - 1 },
		{ (char *)why, strlen(why) },
		{ end, 1 },
	};

	if (!debug || strcmp(debug, "1") || atomic_flag_test_and_set(&told))
		return;
	if (writev(STDERR_FILENO, line, 3) == -1)
		/* Then nobody reads it. */
		return;
}

/*
 * Programs count on getting the lowest number: not this one.  EBADF: what was
 * opened is closed already, by another thread.
 */
static int open_high(void)
{
	const char *why;
	int fd = msgq_device_why(&why);
	int high = -1, error;

	if (fd == -1) {
		error = errno;
		if (error != EBADF)
			tell(why);
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

/* Is there another one than that, which some thread has opened meanwhile? */
static bool renewed(unsigned int *device)
{
	unsigned int now = kept;

	if (now == *device)
		return false;
	*device = now;
	return true;
}

/* Open the device in place of one that is none; true: try. */
static bool reopen(unsigned int *device)
{
	unsigned int fresh, now = *device;
	int fd;

	fd = open_high();
	if (fd == -1)
		return renewed(device) || errno == EBADF;
	if (fd >= (int)NO_NUMBER) {
		close_device(fd);
		errno = EMFILE;
		return false;
	}

	fresh = next_device(now, fd);
	if (atomic_compare_exchange_strong(&kept, &now, fresh)) {
		*device = fresh;
	} else {
		close_device(fd);
		*device = now;
	}
	return true;
}

/* As it is needed: to open, close and write are cancellation points. */
static bool mend(unsigned int *device)
{
	bool mended;
	int state;

	if (renewed(device))
		return true;

	/* Of the four calls msgget and msgctl are none. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	mended = reopen(device);
	pthread_setcancelstate(state, &state);
	return mended;
}

/* The device for a call: the kept one, or one opened now; -1 and errno. */
static bool get_device(unsigned int *device)
{
	int saved = errno;

	*device = kept;
	if (number_of(*device) == NO_NUMBER) {
		if (!mend(device))
			return false;
		errno = saved;
	}
	return true;
}

/*
 * Has a call failed because the program took the descriptor away?  Then there
 * is a good one now, and the call is to be made again.
 */
static bool taken_away(unsigned int *device)
{
	int saved = errno;

	switch (saved) {
	/* So speak queues, and no file that does not know the command. */
	case E2BIG:
	case EAGAIN:
	case EEXIST:
	case EIDRM:
	case EINTR:
	case ENOENT:
	case ENOMSG:
		return false;
	}

	if (is_device(number_of(*device))) {
		/* The device itself never says these: it was none a moment ago. */
		if (saved == EBADF || saved == ENOTTY || renewed(device))
			return true;
		errno = saved;
		return false;
	}
	return mend(device);
}

/* Make a call on the device, and again if the descriptor was taken away. */
#define CALL(call)							\
({									\
	int saved = errno, tries = TRIES, fd = -1;			\
	unsigned int device;						\
	__typeof__(call) ret = -1;					\
									\
	if (get_device(&device)) {					\
		fd = number_of(device);					\
		while ((ret = (call)) == -1 && --tries &&		\
		       taken_away(&device)) {				\
			fd = number_of(device);				\
			errno = saved;					\
		}							\
	}								\
	ret;								\
})

int msgget(key_t key, int msgflg)
{
	return CALL(msgq_get(fd, key, msgflg));
}

int msgsnd(int msqid, const void *msgp, size_t msgsz, int msgflg)
{
	return CALL(msgq_snd(fd, msqid, msgp, msgsz, msgflg));
}

ssize_t msgrcv(int msqid, void *msgp, size_t msgsz, long msgtyp, int msgflg)
{
	return CALL(msgq_rcv(fd, msqid, msgp, msgsz, msgtyp, msgflg));
}

int msgctl(int msqid, int cmd, struct msqid_ds *buf)
{
	return CALL(msgq_ctl(fd, msqid, cmd, buf));
}

#if defined(__TIMESIZE) && __TIMESIZE == 32
/* What <sys/msg.h> calls in a 32-bit program whose time_t has 64 bits. */
int __msgctl64(int msqid, int cmd, struct __msqid64_ds *buf);

/* Its times are the two words that the kernel writes, low one first. */
#define SAME_PLACE(field)						\
	_Static_assert(offsetof(struct __msqid64_ds, field) ==		\
		       offsetof(struct msqid_ds, field),		\
		       "struct msqid_ds with 64-bit times differs here")
SAME_PLACE(msg_stime);
SAME_PLACE(msg_rtime);
SAME_PLACE(msg_ctime);
SAME_PLACE(msg_qbytes);
_Static_assert(sizeof(struct __msqid64_ds) == sizeof(struct msqid_ds),
	       "struct msqid_ds with 64-bit times differs here");

int __msgctl64(int msqid, int cmd, struct __msqid64_ds *buf)
{
	return msgctl(msqid, cmd, (struct msqid_ds *)buf);
}
#endif
