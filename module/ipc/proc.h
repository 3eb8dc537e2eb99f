/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files under /proc that list the objects of a kind.
 *
 * The position in a file is 0 for the heading, else one more than the index of
 * an object.  A reader that comes back therefore goes on where it was, whatever
 * objects have been made and removed meanwhile.
 */
#ifndef SVIPC_PROC_H
#define SVIPC_PROC_H

#include "instance.h"

struct pid_namespace;
struct proc_dir_entry;
struct seq_file;
struct svipc_object;

/**
 * struct svipc_list - a file that lists the objects of a kind
 * @name: its name
 * @kind: the kind
 * @heading: its first line
 * @show: print the line of an object, with the ids of processes as in @pid_ns;
 *	return 0, or SEQ_SKIP for an object that is removed; under RCU
 */
struct svipc_list {
	const char *name;
	enum svipc_kind_number kind;
	const char *heading;
	int (*show)(struct seq_file *file, struct svipc_object *object,
		    struct pid_namespace *pid_ns);
};

struct proc_dir_entry *svipc_list_create(const struct svipc_list *list);

#endif /* SVIPC_PROC_H */
