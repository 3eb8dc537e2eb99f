/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_CONTROL_H
#define MSGQ_CONTROL_H

#include <linux/types.h>

struct msginfo;
struct msgq_descriptor;
struct msgq_ds64;
struct msgq_instance;
struct msgq_open;
struct msgq_queue;
struct msgq_state;
struct pid_namespace;
struct svipc_kind;
struct user_namespace;

extern const struct svipc_kind msgq_queue_kind;

int msgq_get(struct msgq_instance *instance, s32 key, int msgflg);
void msgq_describe(struct msgq_queue *queue, struct user_namespace *user_ns,
		   struct pid_namespace *pid_ns, struct msgq_ds64 *ds);
int msgq_stat(struct msgq_instance *instance, int msqid, int cmd,
	      struct msgq_ds64 *ds);
int msgq_set(struct msgq_instance *instance, int msqid,
	     const struct msgq_ds64 *ds);
void msgq_state(struct msgq_queue *queue, struct msgq_state *state);
int msgq_attach(struct msgq_instance *instance, const struct msgq_open *arg,
		struct msgq_descriptor *descriptor);
int msgq_totals(struct msgq_instance *instance, int cmd, struct msginfo *info);

#endif /* MSGQ_CONTROL_H */
