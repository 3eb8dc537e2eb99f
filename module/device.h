/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_DEVICE_H
#define MSGQ_DEVICE_H

struct file;
struct svipc_instance;

int msgq_device_init(void);
void msgq_device_exit(void);
long msgq_device_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
long msgq_device_ioctl_in(struct svipc_instance *instance, unsigned int cmd,
			  unsigned long arg);

#endif /* MSGQ_DEVICE_H */
