/* SPDX-License-Identifier: MIT */
/*
 * chaos_desc.h - those who send, receive and claim by descriptors and in
 * batches, and may be killed at any instant; see chaos.h
 *
 * A batch lies in the memory of its process, one text behind the other.  Who
 * claims, does so on every other queue; there order is not judged, and there
 * alone memory is missing where others receive to.
 */
#ifndef CHAOS_DESC_H
#define CHAOS_DESC_H

#include "chaos_crew.h"

extern const struct chaos_cast chaos_desc;

#endif /* CHAOS_DESC_H */
