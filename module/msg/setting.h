/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MSGQ_SETTING_H
#define MSGQ_SETTING_H

#include "ipc/setting.h"

#define MSGQ_SETTINGS	5

extern const struct svipc_setting msgq_settings[MSGQ_SETTINGS];

#endif /* MSGQ_SETTING_H */
