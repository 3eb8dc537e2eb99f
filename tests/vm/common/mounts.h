/* SPDX-License-Identifier: MIT */
/*
 * mounts.h - msgqfs mounted for a case
 */
#ifndef MOUNTS_H
#define MOUNTS_H

#include <sys/types.h>

/* From now on this process and its children have mounts of their own. */
void mounts_own(void);

/* A new empty folder; it is in memory, and goes with the mounts of the case. */
const char *mounts_folder(void);

/* Mount msgqfs there; as mount(2). */
int mounts_try(const char *folder, const char *options);

/* Mount it in a new folder, and return that folder. */
const char *mounts_new(const char *options);

/* Open its file; as open(2). */
int mounts_open(const char *folder, int flags);

/* Is its set of queues listed among all instances? */
int mounts_listed(dev_t id);

#endif /* MOUNTS_H */
