/* SPDX-License-Identifier: MIT */
/*
 * device.h - how the libraries and the tool find the device; not installed
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <stddef.h>

#include <msgq.h>

/* The device, unless the environment names a file of msgqfs. */
#define MSGQ_DEVICE_PATH	"/dev/" MSGQ_DEVICE_NAME
#define MSGQ_DEVICE_VARIABLE	"MSGQ_DEVICE"

/* The kinds of objects that the drop-in library serves, with commas between. */
#define MSGQ_KINDS_VARIABLE	"MSGQ_KINDS"
#define MSGQ_KIND_NAMES		{ "msg", "sem" }

/*
 * Is this the device?  MSGQ_IOC_INFO without the counts, which are expensive.
 */
#define MSGQ_IOC_PROBE							\
	_IOC(_IOC_READ, MSGQ_IOC_MAGIC, _IOC_NR(MSGQ_IOC_INFO),		\
	     offsetof(struct msgq_info, counts))

/*
 * The path of the device: the value of MSGQ_DEVICE when this process started, if
 * it has one, and runs without the privileges of another user.
 */
const char *msgq_device_path(void);

/* Use this path from now on; NULL: as the environment says. */
void msgq_device_choose(const char *path);

/*
 * Open the device as msgq_device() does.  On failure, *why is the reason in
 * words; why may be NULL.
 */
int msgq_device_why(const char **why);

#endif /* DEVICE_H */
