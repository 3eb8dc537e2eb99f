/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An instance for each IPC namespace.
 *
 * A task uses the instance of its IPC namespace, which is made when the first
 * task of the namespace asks for it.  All tasks use the initial instance if the
 * kernel has no IPC namespaces or no POSIX message queues, or the module was
 * told so.
 *
 * An IPC namespace is told apart by the super block of its file system of POSIX
 * queues, which is its own as long as it exists.  A module cannot keep a
 * namespace, and its address is used again; the super block, however, tells of
 * its end: a mark on its root inode is freed then.  The mark asks for no
 * events.
 *
 * The super block may outlive its namespace, namely while another mount or an
 * open file keeps it.  No task can use the instance by then, and the super
 * block has lost the pointer to its namespace: a sweep, every few seconds, ends
 * such instances.
 *
 * A task keeps its namespace, and thereby the instance, while it is in a call.
 * All others need a reference.
 */
#ifndef SVIPC_NAMESPACE_H
#define SVIPC_NAMESPACE_H

#include <linux/compiler.h>
#include <linux/ipc_namespace.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>

#include "instance.h"

#ifdef SVIPC_NAMESPACES
extern struct ipc_namespace *svipc_initial_ns;
extern bool svipc_namespaces_given;

int svipc_namespaces_init(bool wanted);
void svipc_namespaces_exit(void);
void svipc_namespaces_sweep(void);
struct svipc_instance *svipc_instance_of_namespace(void);
#else
#define svipc_namespaces_given	false

static inline int svipc_namespaces_init(bool wanted)
{
	return 0;
}

static inline void svipc_namespaces_exit(void)
{
}

static inline void svipc_namespaces_sweep(void)
{
}

static inline struct svipc_instance *svipc_instance_of_namespace(void)
{
	return &svipc_initial_instance;
}
#endif

/**
 * svipc_uses_initial_instance() - is the calling task in the initial namespace?
 *
 * Context: any.
 * Return: true when it is, and so uses the initial instance; another task may
 * use that, too.
 */
static inline bool svipc_uses_initial_instance(void)
{
#ifdef SVIPC_NAMESPACES
	const struct nsproxy *nsproxy = current->nsproxy;

	return likely(nsproxy) && nsproxy->ipc_ns == svipc_initial_ns;
#else
	return true;
#endif
}

/**
 * svipc_instance_of_caller() - the instance that the calling task uses
 *
 * Context: process context, may sleep.
 * Return: the instance, which stays as long as the call; or an error pointer:
 * -ENOMEM, or -ESRCH when the task is about to end and has no namespaces any
 * more.
 */
static inline struct svipc_instance *svipc_instance_of_caller(void)
{
	if (likely(svipc_uses_initial_instance()))
		return &svipc_initial_instance;
	return svipc_instance_of_namespace();
}

/**
 * svipc_user_ns_of_caller() - where the calling task needs its capabilities
 *
 * Context: any; makes no instance.
 * Return: the user namespace of its instance.
 */
static inline struct user_namespace *svipc_user_ns_of_caller(void)
{
#ifdef SVIPC_NAMESPACES
	const struct nsproxy *nsproxy = current->nsproxy;

	if (svipc_namespaces_given && nsproxy)
		return nsproxy->ipc_ns->user_ns;
#endif
	return &init_user_ns;
}

#endif /* SVIPC_NAMESPACE_H */
