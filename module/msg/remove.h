/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_REMOVE_H
#define MSGQ_REMOVE_H

struct msgq_descriptor;
struct msgq_instance;
struct msgq_queue;

int msgq_remove(struct msgq_instance *instance, int msqid);
void msgq_finish_removal(struct msgq_queue *queue);
void msgq_detach(struct msgq_descriptor *descriptor);

#endif /* MSGQ_REMOVE_H */
