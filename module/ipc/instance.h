/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One world of objects.
 *
 * The objects of an instance are found by the tasks that use this instance, and
 * by no others.  Each kind of object has its tables in it.  There is one
 * instance, the whole machine's; a call finds it by svipc_instance_of_caller()
 * alone.
 */
#ifndef SVIPC_INSTANCE_H
#define SVIPC_INSTANCE_H

struct svipc_ids;
struct user_namespace;

/**
 * enum svipc_kind_number - the kinds of objects
 * @SVIPC_MSG: message queues
 * @SVIPC_KINDS: how many kinds there are
 */
enum svipc_kind_number {
	SVIPC_MSG,
	SVIPC_KINDS,
};

/**
 * struct svipc_instance - one instance
 * @user_ns: where a caller needs its capabilities
 * @kinds: the tables of each kind, set while the module is loaded
 */
struct svipc_instance {
	struct user_namespace *user_ns;
	struct svipc_ids *kinds[SVIPC_KINDS];
};

extern struct svipc_instance svipc_initial_instance;

/**
 * svipc_instance_of_caller() - the instance that the calling task uses
 *
 * Context: any.
 * Return: the instance.
 */
static inline struct svipc_instance *svipc_instance_of_caller(void)
{
	return &svipc_initial_instance;
}

#endif /* SVIPC_INSTANCE_H */
