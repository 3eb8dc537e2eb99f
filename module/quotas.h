/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_QUOTAS_H
#define MSGQ_QUOTAS_H

#include <linux/compiler.h>

struct svipc_instance;

long msgq_quota(struct svipc_instance *instance, unsigned int cmd,
		void __user *argp);
long msgq_list_quotas(unsigned int cmd, void __user *argp);

#endif /* MSGQ_QUOTAS_H */
