/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_SEND_H
#define MSGQ_SEND_H

struct msgq_ns;
struct msgq_snd;

int msgq_send(struct msgq_ns *ns, const struct msgq_snd *arg);

#endif /* MSGQ_SEND_H */
