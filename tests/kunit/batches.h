/* SPDX-License-Identifier: MIT */
/*
 * Batches and claims, made as a program makes them, with entries in the
 * kernel's own memory for the tests to look at.
 */
#ifndef MSGQ_KUNIT_BATCHES_H
#define MSGQ_KUNIT_BATCHES_H

#include "msg/descriptor.h"
#include "env.h"

/* The largest batch and the largest text in one. */
#define BATCH_MOST	64
#define BATCH_TEXT	64

/* A queue's descriptor to read and write, in the table of open files. */
int open_queue(struct env *env, int id, u64 limit);
struct msgq_descriptor *descriptor_of(struct env *env, int fd);
/* All that follows from it has happened when this returns. */
void close_queue(int fd);

/* What an entry is that sends a numbered text. */
struct msgq_entry entry_of(s64 type, u32 number, size_t size);
/* Send; the number of each text stands in the place of its address. */
long send_batch(struct env *env, struct msgq_descriptor *descriptor,
		const struct msgq_entry *entries, u32 count);
/* The same, in another way than at once; so many are waited for. */
long send_batch_as(struct env *env, struct msgq_descriptor *descriptor,
		   const struct msgq_call *call,
		   const struct msgq_entry *entries, u32 count, u32 least);
/*
 * Receive, or claim.  Each entry has room for its size, and tells afterwards
 * what the program is told.  The text of entry number bad is to fault; -1:
 * of none.
 */
long receive_batch(struct env *env, struct msgq_descriptor *descriptor,
		   struct msgq_entry *entries, u32 count, s64 msgtyp,
		   int flags, bool claims, int bad);
/* The text that was received for an entry. */
bool is_entry(struct env *env, const struct msgq_entry *entry, s64 type,
	      u32 number, size_t size);
long settle(struct env *env, struct msgq_descriptor *descriptor,
	    const u64 *tokens, u32 count, bool release);

/* One message claimed: its token, or 0. */
u64 claim_one(struct env *env, struct msgq_descriptor *descriptor, s64 msgtyp,
	      s64 type, u32 number, size_t size, u32 deliveries);

#endif /* MSGQ_KUNIT_BATCHES_H */
