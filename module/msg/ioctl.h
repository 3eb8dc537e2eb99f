/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_IOCTL_H
#define MSGQ_IOCTL_H

struct file;
struct msgq_instance;

long msgq_ioctl(struct msgq_instance *instance, unsigned int cmd,
		unsigned long arg);
long msgq_descriptor_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg);

#endif /* MSGQ_IOCTL_H */
