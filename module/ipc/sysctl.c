// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings under /proc/sys/msgq; the model is described in sysctl.h.
 *
 * Locks: svipc_settings_lock to set a number.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/mutex.h>
#include <linux/sysctl.h>
#include <linux/uidgid.h>

#include "compat/sysctl.h"
#include "namespace.h"
#include "setting.h"
#include "sysctl.h"

/* A write that contains no number leaves this value, which no setting can have. */
#define NOT_WRITTEN	(-2)

/* Some kernels want an empty entry at the end. */
static struct ctl_table table[SVIPC_SETTINGS_MOST + 1];
static struct ctl_table_header *header;

static bool may_restore(struct user_namespace *user_ns)
{
	return ns_capable_noaudit(user_ns, CAP_CHECKPOINT_RESTORE) ||
	       ns_capable_noaudit(user_ns, CAP_SYS_ADMIN);
}

/* Root of a user namespace; that of the initial one if there is none. */
static kuid_t root_uid(struct user_namespace *user_ns)
{
	kuid_t uid = make_kuid(user_ns, 0);

	return uid_valid(uid) ? uid : GLOBAL_ROOT_UID;
}

static kgid_t root_gid(struct user_namespace *user_ns)
{
	kgid_t gid = make_kgid(user_ns, 0);

	return gid_valid(gid) ? gid : GLOBAL_ROOT_GID;
}

/* The file of a setting is opened, read or written. */
static int permissions(struct ctl_table_header *header,
		       msgq_const_permitted struct ctl_table *table)
{
	const struct svipc_setting *setting = table->data;
	struct user_namespace *user_ns = svipc_user_ns_of_caller();
	int mode = table->mode;

	if (setting->restores && may_restore(user_ns))
		mode = 0666;
	else if (uid_eq(current_euid(), root_uid(user_ns)))
		mode >>= 6;
	else if (in_egroup_p(root_gid(user_ns)))
		mode >>= 3;
	mode &= 0007;
	return mode << 6 | mode << 3 | mode;
}

/* This replaces the root of the files, which judges by the initial user namespace. */
static struct ctl_table_root settings_root = {
	.permissions = permissions,
};

/* Check all numbers of a file that were written. */
static int check_written(const struct svipc_setting *settings,
			 const struct svipc_instance *instance,
			 const int *values, unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (values[i] == NOT_WRITTEN)
			continue;
		if (values[i] > settings[i].most)
			return -EINVAL;
		if (!svipc_setting_permitted(&settings[i], instance, values[i]))
			return -EPERM;
	}
	return 0;
}

static int set_written(const struct svipc_setting *settings,
		       const struct svipc_instance *instance,
		       const int *values, unsigned int count)
{
	unsigned int i;
	int err;

	mutex_lock(&svipc_settings_lock);
	err = check_written(settings, instance, values, count);
	for (i = 0; !err && i < count; i++)
		if (values[i] != NOT_WRITTEN)
			svipc_setting_set(&settings[i], instance, values[i]);
	mutex_unlock(&svipc_settings_lock);
	return err;
}

static int handle_file(msgq_const_table struct ctl_table *table, int write,
		       void *buffer, size_t *lenp, loff_t *ppos)
{
	const struct svipc_setting *settings = table->data;
	struct svipc_instance *instance = svipc_instance_of_caller();
	unsigned int count = table->maxlen / sizeof(int), i;
	struct ctl_table of_caller = *table;
	int values[SVIPC_FILE_SETTINGS_MOST];
	int err;

	if (IS_ERR(instance))
		return PTR_ERR(instance);

	for (i = 0; i < count; i++)
		values[i] = write ? NOT_WRITTEN :
				    svipc_setting_get(&settings[i], instance);
	of_caller.data = values;
	of_caller.extra1 = SYSCTL_ZERO;
	of_caller.extra2 = SYSCTL_INT_MAX;
	err = proc_dointvec_minmax(&of_caller, write, buffer, lenp, ppos);
	if (err || !write)
		return err;
	return set_written(settings, instance, values, count);
}

/* Make the entry of each file; returns how many. */
static unsigned int fill_table(void)
{
	const struct svipc_setting *setting;
	struct ctl_table *entry = NULL;
	unsigned int files = 0, i;

	for (i = 0; i < SVIPC_SETTINGS_MOST; i++) {
		setting = svipc_setting_at(i);
		if (!setting)
			break;
		if (setting->file) {
			entry = &table[files++];
			entry->procname = setting->file;
			entry->data = (void *)setting;
			entry->mode = setting->restores ? 0444 : 0644;
			entry->proc_handler = handle_file;
		}
		entry->maxlen += sizeof(int);
	}
	return files;
}

/**
 * svipc_sysctl_init() - make the files of all settings
 *
 * Context: while the module is loaded, after svipc_instances_init().
 * Return: 0, or -ENOMEM.
 */
int svipc_sysctl_init(void)
{
	header = register_sysctl_sz("msgq", table, fill_table());
	if (!header)
		return -ENOMEM;

	/* Until here the default rule holds, which permits no more. */
	WRITE_ONCE(header->root, &settings_root);
	return 0;
}

/**
 * svipc_sysctl_exit() - remove the files of all settings
 *
 * Context: while the module is unloaded, before svipc_instances_exit().
 */
void svipc_sysctl_exit(void)
{
	unregister_sysctl_table(header);
}
