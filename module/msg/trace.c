// SPDX-License-Identifier: GPL-2.0-only
/*
 * The events of trace.h, made once.  The kernel reads the header several times
 * for it, and finds it by TRACE_INCLUDE_PATH below a folder of ccflags-y.
 *
 * Locks: none.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"
