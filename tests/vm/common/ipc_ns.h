/* SPDX-License-Identifier: MIT */
/*
 * ipc_ns.h - parts of a case in IPC namespaces of their own
 */
#ifndef IPC_NS_H
#define IPC_NS_H

#include <stdbool.h>

/* Does each namespace have queues of its own? */
bool ipc_ns_separated(void);

/*
 * Skip the case if not.  A case whose child waits for its parent asks first, as
 * the parent would wait for a child that is skipped.
 */
void ipc_ns_needed(void);

/* From now on this process is in a new namespace; the case is skipped if there are none. */
void ipc_ns_new(void);

/* The namespace that this process is in, as a descriptor; go into it. */
int ipc_ns_open(void);
void ipc_ns_enter(int fd);

/*
 * Wait until only so many sets of queues are in memory, if this kernel counts the
 * objects of a cache.
 */
void ipc_ns_await_instances(long expected);

/* Run a part in a child in a new namespace; the case fails with it. */
void in_ipc_ns(void (*run)(void));

#endif /* IPC_NS_H */
