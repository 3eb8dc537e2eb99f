/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SEMSET_SETTING_H
#define SEMSET_SETTING_H

#include "ipc/setting.h"

#define SEMSET_SETTINGS	5

extern const struct svipc_setting semset_settings[SEMSET_SETTINGS];

#endif /* SEMSET_SETTING_H */
