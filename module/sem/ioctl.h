/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMSET_IOCTL_H
#define SEMSET_IOCTL_H

struct semset_instance;

long semset_ioctl(struct semset_instance *instance, unsigned int cmd,
		  unsigned long arg);

#endif /* SEMSET_IOCTL_H */
