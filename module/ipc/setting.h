/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limits and other numbers of the kinds: what is set and shown by files
 * under /proc/sys/msgq and by options of a mount.
 *
 * Root of the user namespace of an instance may set its limits, up to those that
 * the module was loaded with.
 */
#ifndef SVIPC_SETTING_H
#define SVIPC_SETTING_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "instance.h"

struct svipc_ids;

/* The kinds have no more settings than this together. */
#define SVIPC_SETTINGS_MOST	(SVIPC_KINDS * 8)

/* A file has no more settings than this. */
#define SVIPC_FILE_SETTINGS_MOST	4

/**
 * struct svipc_setting - a number of a kind
 * @name: its name
 * @file: the file that begins with it; NULL if it is in the same file as the
 *	setting of the kind before it
 * @kind: the kind
 * @offset: bytes from struct svipc_ids of that kind to the number, an int
 * @most: the most that it can be set to; 0 is the least
 * @ceiling: the most that a caller without CAP_SYS_RESOURCE in the initial user
 *	namespace sets in another instance than the initial one; NULL if it is no
 *	limit
 * @restores: it is set by tasks that may restore programs, and by no others
 * @written: called when it has been set, or NULL
 */
struct svipc_setting {
	const char *name;
	const char *file;
	enum svipc_kind_number kind;
	size_t offset;
	int most;
	const int *ceiling;
	bool restores;
	void (*written)(struct svipc_ids *ids);
};

extern struct mutex svipc_settings_lock;

const struct svipc_setting *svipc_setting_at(unsigned int index);
int svipc_setting_get(const struct svipc_setting *setting,
		      const struct svipc_instance *instance);
bool svipc_setting_permitted(const struct svipc_setting *setting,
			     const struct svipc_instance *instance, int value);
void svipc_setting_set(const struct svipc_setting *setting,
		       const struct svipc_instance *instance, int value);

#endif /* SVIPC_SETTING_H */
