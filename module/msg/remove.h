/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_REMOVE_H
#define MSGQ_REMOVE_H

struct msgq_descriptor;
struct msgq_ns;

int msgq_remove(struct msgq_ns *ns, int msqid);
void msgq_detach(struct msgq_descriptor *descriptor);

#endif /* MSGQ_REMOVE_H */
