/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMSET_OPERATE_H
#define SEMSET_OPERATE_H

struct msgq_semop;
struct semset_instance;

long semset_operate(struct semset_instance *instance,
		    const struct msgq_semop *arg);

#endif /* SEMSET_OPERATE_H */
