// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers under /proc/sys/msgq; the model is described in sysctl.h.
 *
 * Locks: none.  A number is one int, written at any time and read once where it
 * counts.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <linux/uidgid.h>

#include "compat/sysctl.h"
#include "ids.h"
#include "namespace.h"
#include "sysctl.h"

/* A write that contains no number leaves this value, which no setting can have. */
#define NOT_WRITTEN	(-2)

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

static bool may_set(const struct svipc_setting *setting,
		    const struct svipc_instance *instance, int value)
{
	return !setting->ceiling || value <= *setting->ceiling ||
	       instance == &svipc_initial_instance ||
	       capable(CAP_SYS_RESOURCE);
}

static int handle_setting(msgq_const_table struct ctl_table *table, int write,
			  void *buffer, size_t *lenp, loff_t *ppos)
{
	const struct svipc_setting *setting = table->data;
	struct svipc_instance *instance = svipc_instance_of_caller();
	struct ctl_table of_caller = *table;
	struct svipc_ids *ids;
	int *number;
	int value;
	int err;

	if (IS_ERR(instance))
		return PTR_ERR(instance);

	ids = instance->kinds[setting->kind];
	number = (void *)ids + setting->offset;
	value = write ? NOT_WRITTEN : READ_ONCE(*number);
	of_caller.data = &value;
	of_caller.extra1 = SYSCTL_ZERO;
	of_caller.extra2 = (void *)&setting->most;
	err = proc_dointvec_minmax(&of_caller, write, buffer, lenp, ppos);
	if (err || !write || value == NOT_WRITTEN)
		return err;
	if (!may_set(setting, instance, value))
		return -EPERM;

	WRITE_ONCE(*number, value);
	if (setting->written)
		setting->written(ids);
	return 0;
}

/**
 * svipc_settings_register() - make the files of a kind
 * @settings: for svipc_settings_unregister()
 * @setting: the files, which stay as they are
 * @count: how many
 *
 * Context: while the module is loaded, after svipc_ids_init().
 * Return: 0, or -ENOMEM.
 */
int svipc_settings_register(struct svipc_settings *settings,
			    const struct svipc_setting *setting,
			    unsigned int count)
{
	struct ctl_table *table;
	unsigned int i;

	/* Some kernels want an empty entry at the end. */
	table = kcalloc(count + 1, sizeof(*table), GFP_KERNEL);
	if (!table)
		return -ENOMEM;

	for (i = 0; i < count; i++) {
		table[i].procname = setting[i].name;
		table[i].data = (void *)&setting[i];
		table[i].maxlen = sizeof(int);
		table[i].mode = setting[i].restores ? 0444 : 0644;
		table[i].proc_handler = handle_setting;
	}
	settings->table = table;
	settings->header = register_sysctl_sz("msgq", table, count);
	if (!settings->header) {
		kfree(table);
		return -ENOMEM;
	}
	/* Until here the default rule holds, which permits no more. */
	WRITE_ONCE(settings->header->root, &settings_root);
	return 0;
}

/**
 * svipc_settings_unregister() - remove the files of a kind
 * @settings: as svipc_settings_register() has set it
 *
 * Context: while the module is unloaded, before svipc_ids_exit().
 */
void svipc_settings_unregister(struct svipc_settings *settings)
{
	unregister_sysctl_table(settings->header);
	kfree(settings->table);
}
