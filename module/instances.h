/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_INSTANCES_H
#define MSGQ_INSTANCES_H

#include <linux/compiler.h>

long msgq_list_instances(unsigned int cmd, void __user *argp);

#endif /* MSGQ_INSTANCES_H */
