/* SPDX-License-Identifier: MIT */
/*
 * own_dev.h - a private /dev, without the device or with less permission
 */
#ifndef OWN_DEV_H
#define OWN_DEV_H

#include <sys/types.h>

/* From now on this process sees an empty /dev. */
void own_dev_empty(void);

/* The same with the device alone, which has this mode. */
void own_dev(mode_t mode);

#endif /* OWN_DEV_H */
