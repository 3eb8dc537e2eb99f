/* SPDX-License-Identifier: MIT */
/*
 * chaos_desc.h - processes that send, receive and claim by descriptors and in
 * batches, and may be killed at any instant; see chaos.h
 *
 * A batch lies in the memory of its process, one text behind the other.
 * Claimers use every other queue.  Order is not judged on these queues, and
 * only receives from them have pages of their buffers missing.
 */
#ifndef CHAOS_DESC_H
#define CHAOS_DESC_H

#include "chaos_crew.h"

extern const struct chaos_cast chaos_desc;

#endif /* CHAOS_DESC_H */
