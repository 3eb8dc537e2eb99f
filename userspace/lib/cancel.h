/* SPDX-License-Identifier: MIT */
/*
 * cancel.h - calls to the device that are cancellation points; not installed
 */
#ifndef CANCEL_H
#define CANCEL_H

#include <pthread.h>
#include <sys/ioctl.h>
#ifdef __GLIBC__
#include <sys/single_threaded.h>
#endif

/*
 * Make ioctl(2) a cancellation point, as msgsnd(2) and msgrcv(2) are in the C
 * library.
 */
static inline int cancellable(int device, unsigned long command, void *arg)
{
	int type, ret;

#ifdef __GLIBC__
	/* Only this thread itself can have requested a cancellation. */
	if (__libc_single_threaded) {
		pthread_testcancel();
		return ioctl(device, command, arg);
	}
#endif
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	ret = ioctl(device, command, arg);
	pthread_setcanceltype(type, &type);
	return ret;
}

#endif /* CANCEL_H */
