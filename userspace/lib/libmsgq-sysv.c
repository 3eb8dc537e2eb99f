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
 * There is no lock, so that signal handlers and forked children can call.
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
#include <sys/msg.h>
#include <unistd.h>

#include <msgq.h>

#include "libmsgq.h"

/* Programs seldom close or take over numbers from here on. */
#define HIGH_NUMBER	700

static atomic_int kept = -1;

static bool is_device(int fd)
{
	struct msgq_info info = {};

	return !msgq_info(fd, &info);
}

static int open_high(void)
{
	int fd = msgq_device();
	int high;

	if (fd == -1)
		return -1;

	high = fcntl(fd, F_DUPFD_CLOEXEC, HIGH_NUMBER);
	if (high == -1)
		return fd;
	close(fd);
	return high;
}

/* Open the device in place of a descriptor that is none. */
static int reopen(int old)
{
	int fd, state;

	/* To open and to close are cancellation points, msgget and msgctl none. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	fd = open_high();
	if (fd != -1 && !atomic_compare_exchange_strong(&kept, &old, fd)) {
		/* Another thread was first. */
		close(fd);
		fd = old;
	}
	pthread_setcancelstate(state, &state);
	return fd;
}

/* The descriptor for a call: the kept one, or one opened now; -1 and errno. */
static int device(void)
{
	int saved = errno;
	int fd = kept;

	if (fd == -1)
		fd = reopen(fd);
	if (fd != -1)
		errno = saved;
	return fd;
}

/*
 * Has a call failed because the program took the descriptor away?  Then fd is
 * a good one, and the call is to be made again.
 */
static bool taken_away(int *fd)
{
	int saved = errno;

	if (saved != EBADF && saved != ENOTTY && saved != EINVAL)
		return false;

	if (!is_device(*fd)) {
		*fd = reopen(*fd);
		return *fd != -1;
	}
	errno = saved;
	/* The device itself never says these: another thread has mended it. */
	return saved != EINVAL;
}

/* Make a call on the device, and once more if the descriptor was taken away. */
#define CALL(call)							\
({									\
	int saved = errno;						\
	int fd = device();						\
	__typeof__(call) ret = -1;					\
									\
	if (fd != -1) {							\
		ret = (call);						\
		if (ret == -1 && taken_away(&fd)) {			\
			errno = saved;					\
			ret = (call);					\
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
