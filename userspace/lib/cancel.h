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
 * ioctl(2) is no cancellation point, and msgsnd(2) and msgrcv(2) are: let a
 * cancellation end the call, as the C library lets it end its own calls.
 */
static inline int cancellable(int device, unsigned long command, void *arg)
{
	int type, ret;

#ifdef __GLIBC__
	/* Only the thread itself can have cancelled it, before. */
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
