/* SPDX-License-Identifier: MIT */
/*
 * chaos_ns.h - IPC namespaces that come and end beside a chaos, with tasks in the
 * middle of calls, and with descriptors of their queues elsewhere
 */
#ifndef CHAOS_NS_H
#define CHAOS_NS_H

/* Begin, unless all namespaces share the queues; and end.  Returns how many have ended. */
void chaos_ns_begin(void);
unsigned long chaos_ns_end(void);

#endif /* CHAOS_NS_H */
