/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Listing the processes at a set: those whose end changes a value, and the tasks
 * that wait.
 */
#ifndef SEMSET_WHO_H
#define SEMSET_WHO_H

struct msgq_semwho;
struct semset_instance;

long semset_who(struct semset_instance *instance, struct msgq_semwho *arg);

#endif /* SEMSET_WHO_H */
