// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers of the kinds that are set by people; the model is described in
 * setting.h.
 *
 * Locks: svipc_settings_lock is held to set a number.  A number is one int, written
 * at any time and read once where it counts.
 */
#include <linux/capability.h>
#include <linux/compiler.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>

#include "ids.h"
#include "setting.h"

/* Held while it is checked whether a setting is permitted, and until it is set. */
DEFINE_MUTEX(svipc_settings_lock);

static int *number_of(const struct svipc_setting *setting,
		      const struct svipc_instance *instance)
{
	return (void *)instance->kinds[setting->kind] + setting->offset;
}

/**
 * svipc_setting_at() - find a setting by its number
 * @index: the number, counted through the settings of all kinds
 *
 * Context: any, after svipc_instances_init().
 * Return: the setting; NULL when there are no more.
 */
const struct svipc_setting *svipc_setting_at(unsigned int index)
{
	const struct svipc_kind *kind;
	unsigned int i;

	for (i = 0; i < SVIPC_KINDS; i++) {
		kind = svipc_kinds[i];
		if (index < kind->setting_count)
			return &kind->settings[index];
		index -= kind->setting_count;
	}
	return NULL;
}

/**
 * svipc_setting_get() - read a setting
 * @setting: the setting
 * @instance: of this instance
 *
 * Context: any.
 * Return: the number.
 */
int svipc_setting_get(const struct svipc_setting *setting,
		      const struct svipc_instance *instance)
{
	return READ_ONCE(*number_of(setting, instance));
}

/**
 * svipc_setting_permitted() - may the calling task set so much?
 * @setting: the setting
 * @instance: of this instance, whose root the task is
 * @value: the new number, in the range of the setting
 *
 * Context: process context, svipc_settings_lock.
 * Return: true when it may; a number that is not raised is always permitted.
 */
bool svipc_setting_permitted(const struct svipc_setting *setting,
			     const struct svipc_instance *instance, int value)
{
	lockdep_assert_held(&svipc_settings_lock);

	return !setting->ceiling || value <= *setting->ceiling ||
	       instance == &svipc_initial_instance ||
	       value <= svipc_setting_get(setting, instance) ||
	       capable(CAP_SYS_RESOURCE);
}

/**
 * svipc_setting_set() - set a number
 * @setting: the setting
 * @instance: of this instance
 * @value: the new number, in the range of the setting
 *
 * Context: process context, svipc_settings_lock; may sleep.
 */
void svipc_setting_set(const struct svipc_setting *setting,
		       const struct svipc_instance *instance, int value)
{
	lockdep_assert_held(&svipc_settings_lock);

	WRITE_ONCE(*number_of(setting, instance), value);
	if (setting->written)
		setting->written(instance->kinds[setting->kind]);
}
