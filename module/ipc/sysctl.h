/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limits and other numbers of the kinds, as files under /proc/sys/msgq.
 *
 * A file shows and sets the number of the instance that the calling task uses.
 * Permission is that of Linux's files for System V IPC: the mode of the file
 * counts for root of the user namespace of the caller's instance, as owner and
 * group of the file.
 */
#ifndef SVIPC_SYSCTL_H
#define SVIPC_SYSCTL_H

#include <linux/types.h>

#include "instance.h"

struct ctl_table_header;
struct svipc_ids;

/**
 * struct svipc_setting - one file
 * @name: its name
 * @kind: the kind
 * @offset: bytes from struct svipc_ids of that kind to the number, an int
 * @most: the most that it can be set to; 0 is the least
 * @ceiling: the most that a caller without CAP_SYS_RESOURCE in the initial user
 *	namespace sets in another instance than the initial one; NULL for @most
 * @restores: it is set by tasks that may restore programs, and by no others
 * @written: called when it has been set, or NULL
 */
struct svipc_setting {
	const char *name;
	enum svipc_kind_number kind;
	size_t offset;
	int most;
	const int *ceiling;
	bool restores;
	void (*written)(struct svipc_ids *ids);
};

/**
 * struct svipc_settings - the files of a kind
 * @header: the registration
 * @table: the registered table
 */
struct svipc_settings {
	struct ctl_table_header *header;
	struct ctl_table *table;
};

int svipc_settings_register(struct svipc_settings *settings,
			    const struct svipc_setting *setting,
			    unsigned int count);
void svipc_settings_unregister(struct svipc_settings *settings);

#endif /* SVIPC_SYSCTL_H */
