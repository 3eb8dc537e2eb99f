/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMSET_VALUES_H
#define SEMSET_VALUES_H

#include <linux/compiler.h>
#include <linux/types.h>

struct msgq_semstate;
struct semset_instance;

int semset_state(struct semset_instance *instance, struct msgq_semstate *state);
int semset_get_one(struct semset_instance *instance, int semid, int number,
		   int cmd);
int semset_set_one(struct semset_instance *instance, int semid, int number,
		   int value);
int semset_get_all(struct semset_instance *instance, int semid,
		   u16 __user *to);
int semset_set_all(struct semset_instance *instance, int semid,
		   const u16 __user *from);

#endif /* SEMSET_VALUES_H */
