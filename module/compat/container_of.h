/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * container_of().
 */
#ifndef MSGQ_COMPAT_CONTAINER_OF_H
#define MSGQ_COMPAT_CONTAINER_OF_H

/* 5.16: it has a header of its own. */
#if __has_include(<linux/container_of.h>)
#include <linux/container_of.h>
#else
#include <linux/kernel.h>
#endif

#endif /* MSGQ_COMPAT_CONTAINER_OF_H */
