/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMSET_CONTROL_H
#define SEMSET_CONTROL_H

#include <linux/types.h>

struct pid_namespace;
struct semset;
struct semset_ds;
struct semset_instance;
struct seminfo;
struct svipc_kind;
struct user_namespace;

extern const struct svipc_kind semset_kind;

int semset_get(struct semset_instance *instance, s32 key, int count,
	       int semflg);
void semset_describe(struct semset *set, struct user_namespace *user_ns,
		     struct semset_ds *ds);
int semset_stat(struct semset_instance *instance, int semid, int cmd,
		struct semset_ds *ds);
int semset_set(struct semset_instance *instance, int semid,
	       const struct semset_ds *ds);
int semset_remove(struct semset_instance *instance, int semid);
int semset_totals(struct semset_instance *instance, int cmd,
		  struct seminfo *info);

#endif /* SEMSET_CONTROL_H */
