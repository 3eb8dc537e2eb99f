// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers under /proc/sys/msgq; the model is described in sysctl.h.
 *
 * Locks: none.  A number is one int, written at any time and read once where it
 * counts.
 */
#include <linux/errno.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

#include "compat/sysctl.h"
#include "ids.h"
#include "sysctl.h"

static int handle_setting(msgq_const_table struct ctl_table *table, int write,
			  void *buffer, size_t *lenp, loff_t *ppos)
{
	const struct svipc_setting *setting = table->data;
	struct svipc_ids *ids = svipc_instance_of_caller()->kinds[setting->kind];
	struct ctl_table of_caller = *table;
	int err;

	if (write && setting->permits_write && !setting->permits_write(ids))
		return -EPERM;

	of_caller.data = (void *)ids + setting->offset;
	of_caller.extra1 = SYSCTL_ZERO;
	of_caller.extra2 = (void *)&setting->most;
	err = proc_dointvec_minmax(&of_caller, write, buffer, lenp, ppos);
	if (!err && write && setting->written)
		setting->written(ids);
	return err;
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
		table[i].mode = 0644;
		table[i].proc_handler = handle_setting;
	}
	settings->table = table;
	settings->header = register_sysctl_sz("msgq", table, count);
	if (settings->header)
		return 0;

	kfree(table);
	return -ENOMEM;
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
