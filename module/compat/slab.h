/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Caches of objects.
 */
#ifndef MSGQ_COMPAT_SLAB_H
#define MSGQ_COMPAT_SLAB_H

#include <linux/slab.h>

/*
 * 6.5: a cache can ask not to be merged.  Until then a constructor, or bytes
 * for user copies, keep it from being merged, and there is no other means.
 */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE		0
#endif

#endif /* MSGQ_COMPAT_SLAB_H */
