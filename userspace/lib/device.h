/* SPDX-License-Identifier: MIT */
/*
 * device.h - how the libraries and the tool find the device; not installed
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stddef.h>

#include <msgq.h>

#define MSGQ_DEVICE_PATH	"/dev/" MSGQ_DEVICE_NAME

/*
 * Is this the device?  MSGQ_IOC_INFO without the counts, which are expensive.
 */
#define MSGQ_IOC_PROBE							\
	_IOC(_IOC_READ, MSGQ_IOC_MAGIC, _IOC_NR(MSGQ_IOC_INFO),		\
	     offsetof(struct msgq_info, counts))

/*
 * Open the device as msgq_device() does.  On failure, *why is the reason in
 * words; why may be NULL.
 */
int msgq_device_why(const char **why);

#endif /* DEVICE_H */
