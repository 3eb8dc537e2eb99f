/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_RECEIVE_H
#define MSGQ_RECEIVE_H

struct msgq_ns;
struct msgq_rcv;

long msgq_receive(struct msgq_ns *ns, const struct msgq_rcv *arg);

#endif /* MSGQ_RECEIVE_H */
