// SPDX-License-Identifier: GPL-2.0-only
/*
 * The events of trace.h, made once.  The kernel reads the header several times
 * for it, and has to find it: see CFLAGS_ in the makefile.
 *
 * Locks: none.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"
