/* SPDX-License-Identifier: MIT */
/*
 * own_dev.h - a /dev of a process's own, without the device or with less right
 */
#ifndef OWN_DEV_H
#define OWN_DEV_H

#include <sys/types.h>

/* From now on this process sees an empty /dev. */
void own_dev_empty(void);

/* One in which the device alone is, with this mode. */
void own_dev(mode_t mode);

#endif /* OWN_DEV_H */
