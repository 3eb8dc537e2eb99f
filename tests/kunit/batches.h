/* SPDX-License-Identifier: MIT */
/*
 * Batches and claims, made as a program makes them, with entries in the
 * kernel's own memory, which the tests can check.
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
/* All effects of the close have happened when this returns. */
void close_queue(int fd);

/* An entry to send a numbered text. */
struct msgq_entry entry_of(s64 type, u32 number, size_t size);
/* Send; each entry has the number of its text in place of the address. */
long send_batch(struct env *env, struct msgq_descriptor *descriptor,
		const struct msgq_entry *entries, u32 count);
/* The same by another kind of call, which waits for least messages. */
long send_batch_as(struct env *env, struct msgq_descriptor *descriptor,
		   const struct msgq_call *call,
		   const struct msgq_entry *entries, u32 count, u32 least);
/*
 * Receive, or claim.  Each entry has room for its size, and holds the answer to
 * the program afterwards.  The text of entry number bad faults; -1: no text
 * faults.
 */
long receive_batch(struct env *env, struct msgq_descriptor *descriptor,
		   struct msgq_entry *entries, u32 count, s64 msgtyp,
		   int flags, bool claims, int bad);
/* Is this the text that an entry received? */
bool is_entry(struct env *env, const struct msgq_entry *entry, s64 type,
	      u32 number, size_t size);
long settle(struct env *env, struct msgq_descriptor *descriptor,
	    const u64 *tokens, u32 count, bool release);

/* Claim a message.  Returns its token, or 0. */
u64 claim_one(struct env *env, struct msgq_descriptor *descriptor, s64 msgtyp,
	      s64 type, u32 number, size_t size, u32 deliveries);

#endif /* MSGQ_KUNIT_BATCHES_H */
