/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parties at a queue: tasks that wait, and processes that have claims.
 *
 * They are collected in memory of the kernel's, some at a time under a hold of
 * the queue's lock, and then copied to the program.
 */
#ifndef MSGQ_WHO_H
#define MSGQ_WHO_H

struct msgq_queue;
struct msgq_who;

long msgq_who(struct msgq_queue *queue, struct msgq_who *arg);

#endif /* MSGQ_WHO_H */
