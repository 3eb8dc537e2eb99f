// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instances; the model is described in instance.h.
 *
 * Locks: none.
 */
#include <linux/user_namespace.h>

#include "instance.h"

/* The instance of the whole machine. */
struct svipc_instance svipc_initial_instance = {
	.user_ns = &init_user_ns,
};
