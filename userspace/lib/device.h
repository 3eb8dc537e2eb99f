/* SPDX-License-Identifier: MIT */
/*
 * device.h - how the libraries and the tool find the device; not installed
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <msgq.h>

#define MSGQ_DEVICE_PATH	"/dev/" MSGQ_DEVICE_NAME

/*
 * Open the device as msgq_device() does.  Where it fails, *why says so in
 * words; NULL: nobody asks.
 */
int msgq_device_why(const char **why);

#endif /* DEVICE_H */
