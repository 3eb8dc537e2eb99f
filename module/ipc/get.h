/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SVIPC_GET_H
#define SVIPC_GET_H

#include <linux/types.h>

struct svipc_ids;

int svipc_get(struct svipc_ids *ids, s32 key, int flags, void *arg);

#endif /* SVIPC_GET_H */
