// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sending and receiving many messages by one call; the model is described in
 * batch.h.
 *
 * Locks: as in send.c and receive.c.  The caller holds a reference to the
 * queue.
 */
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/msg.h>
#include <linux/pid.h>
#include <linux/spinlock.h>
#include <linux/uaccess.h>

#include <msgq.h>

#include "util/words.h"
#include "batch.h"
#include "claim.h"
#include "claimer.h"
#include "deliver.h"
#include "descriptor.h"
#include "instance.h"
#include "message.h"
#include "part.h"
#include "queue.h"
#include "receive.h"
#include "rule.h"
#include "send.h"
#include "wait.h"
#include "watch.h"

static int make_message(struct msgq_msg **msgp, bool has_memory,
			const struct msgq_entry *entry, u32 most)
{
	const void __user *text = u64_to_user_ptr(entry->text);
	struct msgq_msg *msg;

	if (entry->type < 1)
		return -EINVAL;
	if (entry->size > most)
		return -EMSGSIZE;

	if (!has_memory) {
		msg = msgq_msg_make(entry->type, text, entry->size);
		if (IS_ERR(msg))
			return PTR_ERR(msg);
		*msgp = msg;
		return 0;
	}

	msg = *msgp;
	msg->node.key = entry->type;
	msg->size = entry->size;
	/* Short texts are the common case: copy them inline. */
	if (MSGQ_COPIES_WORDS && entry->size <= MSGQ_SHORT_BYTES &&
	    !msgq_get_words(msg->text, text, entry->size))
		return 0;
	return msgq_msg_fill(msg, text);
}

/* Make the messages of a part, up to one that cannot be made. */
static void make_part(struct msgq_queue *queue, struct msgq_part *part,
		      const struct msgq_entry __user *from, unsigned int count)
{
	u32 most = READ_ONCE(msgq_instance_of(queue)->limits.msgmax);
	u32 longest = 0;
	unsigned int i;

	part->memory = 0;
	part->count = 0;
	part->err = msgq_part_get(part, from, count);
	if (part->err)
		return;

	for (i = 0; i < count; i++)
		longest = max(longest, part->entries[i].size);
	if (longest <= MSGQ_SHORT_BYTES &&
	    msgq_msg_alloc_short(part->msgs, count))
		part->memory = count;
	for (; part->count < count; part->count++) {
		part->err = make_message(&part->msgs[part->count], part->memory,
					 &part->entries[part->count], most);
		if (part->err)
			return;
	}
}

/* Send the messages of a part, waiting for so many; how many were sent. */
static unsigned int send_part(struct msgq_queue *queue,
			      const struct msgq_call *call,
			      struct msgq_part *part, unsigned int least)
{
	/* The first of those that are to be noted. */
	unsigned int first = 0;
	unsigned int sent;
	int err = 0;

	spin_lock(&queue->ipc.lock);
	for (sent = 0; sent < part->count; sent++) {
		struct msgq_msg *msg = part->msgs[sent];

		err = msgq_send_reserve(queue, call, msg->size);
		if (likely(!err)) {
			msgq_send_finish(queue, msg, 0);
			continue;
		}
		if (err == -EAGAIN) {
			if (sent > first)
				msgq_queue_sent(queue, task_tgid(current));
			err = msgq_send_when_room(queue, call, msg,
						  sent < least);
			/* The task that made room has noted this one. */
			first = sent + !err;
		}
		if (err)
			break;
	}
	if (sent > first)
		msgq_queue_sent(queue, task_tgid(current));
	if (sent && sent == part->count && call->room_watch &&
	    call->room_watch->refused)
		msgq_watch_accepted(queue, call->room_watch);
	spin_unlock(&queue->ipc.lock);
	msgq_quota_wake(msgq_instance_of(queue));

	if (err)
		part->err = err;
	return sent;
}

static unsigned int remaining_of(unsigned int all, unsigned int done)
{
	return all > done ? all - done : 0;
}

/**
 * msgq_send_batch() - send many messages
 * @queue: the queue; the caller holds a reference
 * @call: the call
 * @arg: the messages, how many, and how many to wait for
 *
 * Context: process context, may sleep.
 * Return: how many were sent, the first ones of all; or an errno when none
 * was: -EINVAL for a type below 1, -EMSGSIZE, -ENOMEM, -EFAULT, -EACCES,
 * -EIDRM, -EAGAIN when it would have to wait, -ETIMEDOUT when its deadline is
 * over, or what @call says of a signal.
 */
long msgq_send_batch(struct msgq_queue *queue, const struct msgq_call *call,
		     const struct msgq_batch *arg)
{
	const struct msgq_entry __user *user = u64_to_user_ptr(arg->entries);
	unsigned int least = max(arg->least, 1U);
	unsigned int count, sent, i;
	struct msgq_part part;
	int done = 0;

	do {
		count = min_t(unsigned int, arg->count - done, MSGQ_PART);
		make_part(queue, &part, user + done, count);
		sent = send_part(queue, call, &part, remaining_of(least, done));
		for (i = sent; i < max(part.count, part.memory); i++)
			msgq_msg_free(part.msgs[i]);
		done += sent;
	} while (sent == count && done < arg->count);
	return done ?: msgq_call_failure(call, part.err, -EAGAIN);
}

/*
 * Copy a message to the program, without sleeping, after so many bytes of
 * others; false: it cannot be.
 */
static bool store_entry_at_once(const struct msgq_entry *entry,
				struct msgq_entry __user *to,
				const struct msgq_msg *msg, u32 *bytes)
{
	u32 size = min(entry->size, msg->size);

	if (*bytes >= MSGQ_AT_ONCE_TOTAL)
		return false;
	*bytes += size;

	if (!msgq_msg_store_at_once(msg, u64_to_user_ptr(entry->text), size,
				    0) ||
	    !user_write_access_begin(to, sizeof(*to)))
		return false;

	unsafe_put_user(msg->node.key, &to->type, fault);
	unsafe_put_user(size, &to->size, fault);
	unsafe_put_user(0, &to->deliveries, fault);
	unsafe_put_user(0, &to->token, fault);
	user_write_access_end();
	return true;

fault:
	user_write_access_end();
	return false;
}

/* Receive as below the first messages of all: they leave together. */
static unsigned int receive_first_entries(struct msgq_queue *queue, bool cuts,
					  struct msgq_part *part,
					  struct msgq_entry __user *to,
					  unsigned int count)
{
	unsigned int i = 0;
	struct msgq_msg *msg;
	u32 bytes = 0;

	list_for_each_entry(msg, &queue->store.messages, all) {
		const struct msgq_entry *entry = &part->entries[i];

		if (i == count || msg->taken ||
		    (!cuts && msg->size > entry->size) ||
		    !store_entry_at_once(entry, &to[i], msg, &bytes))
			break;
		msgq_trace_received(queue, msg, 0);
		part->msgs[i++] = msg;
	}
	msgq_queue_leave_first(queue, part->msgs, i);
	return i;
}

/* Receive as below the messages that a rule chooses. */
static unsigned int
receive_chosen_entries(struct msgq_queue *queue, const struct msgq_call *call,
		       struct msgq_rule *rule, struct msgq_part *part,
		       struct msgq_entry __user *to, unsigned int count)
{
	unsigned int i;
	u32 bytes = 0;

	for (i = 0; i < count; i++) {
		const struct msgq_entry *entry = &part->entries[i];
		struct msgq_msg *msg;

		rule->room = entry->size;
		msg = msgq_take_find(queue, call, rule);
		if (IS_ERR(msg) ||
		    !store_entry_at_once(entry, &to[i], msg, &bytes))
			break;
		msgq_trace_received(queue, msg, 0);
		msgq_queue_leave_chosen(queue, msg);
		part->msgs[i] = msg;
	}
	return i;
}

/*
 * Receive with the texts copied at once, under the lock; how many.  The next
 * is not there, or has to be taken first.
 */
static noinline_for_stack unsigned int
receive_part_at_once(struct msgq_queue *queue, const struct msgq_call *call,
		     struct msgq_rule *rule, struct msgq_part *part,
		     struct msgq_entry __user *to, unsigned int count)
{
	unsigned int received = 0;

	rule->room = part->entries[0].size;
	spin_lock(&queue->ipc.lock);
	pagefault_disable();
	if (rule->mode != MSGQ_ANY)
		received = receive_chosen_entries(queue, call, rule, part, to,
						  count);
	else if (!IS_ERR(msgq_take_find(queue, call, rule)))
		received = receive_first_entries(queue, rule->cuts, part, to,
						 count);
	pagefault_enable();
	if (received)
		msgq_take_left(queue);
	spin_unlock(&queue->ipc.lock);

	if (received) {
		msgq_msg_free_many(part->msgs, received);
		msgq_quota_wake(msgq_instance_of(queue));
	}
	return received;
}

/* Wait for a message. */
static noinline_for_stack struct msgq_msg *
wait_and_take(struct msgq_queue *queue, const struct msgq_call *call,
	      const struct msgq_rule *rule, bool claims, u64 *since)
	__must_hold(&queue->ipc.lock)
{
	struct msgq_waiter waiter = { .claims = claims };
	struct msgq_msg *msg;

	lockdep_assert_held(&queue->ipc.lock);

	msg = msgq_take_wait(queue, call, rule, &waiter);
	*since = waiter.since;
	spin_lock(&queue->ipc.lock);
	return msg;
}

/* Take the messages of a part, as many as there are. */
static void take_part(struct msgq_queue *queue, const struct msgq_call *call,
		      struct msgq_rule *rule, struct msgq_part *part,
		      unsigned int count, bool waits, bool claims)
{
	struct msgq_msg *msg;

	part->count = 0;
	part->since = 0;
	spin_lock(&queue->ipc.lock);
	while (part->count < count) {
		rule->room = part->entries[part->count].size;
		msg = msgq_take_now(queue, call, rule);
		if (msg == ERR_PTR(-EAGAIN) && waits && !part->count)
			msg = wait_and_take(queue, call, rule, claims,
					    &part->since);
		if (IS_ERR(msg)) {
			part->err = PTR_ERR(msg);
			break;
		}
		part->msgs[part->count++] = msg;
	}
	spin_unlock(&queue->ipc.lock);
}

static int store_entry(struct msgq_entry *entry, struct msgq_msg *msg,
		       struct msgq_claimer *claimer)
{
	entry->type = msg->node.key;
	entry->size = min(entry->size, msg->size);
	entry->deliveries = 0;
	entry->token = 0;
	if (claimer) {
		msgq_claim_prepare(claimer, msg);
		entry->deliveries = msg->deliveries + 1;
		entry->token = msg->claim.token;
	}
	return msgq_msg_store(msg, u64_to_user_ptr(entry->text), entry->size,
			      0);
}

/*
 * Copy the messages of a part to the program, up to one that cannot be copied;
 * return how many.  A message whose entry was not written has not arrived.
 */
static unsigned int copy_part_out(struct msgq_part *part,
				  struct msgq_entry __user *to,
				  struct msgq_claimer *claimer)
{
	unsigned int stored;

	for (stored = 0; stored < part->count; stored++) {
		part->err = store_entry(&part->entries[stored],
					part->msgs[stored], claimer);
		if (part->err)
			break;
	}
	if (copy_to_user(to, part->entries, stored * sizeof(*to))) {
		part->err = -EFAULT;
		return 0;
	}
	return stored;
}

/* Make the first messages of a part, which have arrived, claimed ones. */
static void claim_part(struct msgq_queue *queue, struct msgq_claimer *claimer,
		       struct msgq_part *part, unsigned int count)
{
	u64 since = part->since;
	bool removed;
	unsigned int i;

	spin_lock(&queue->ipc.lock);
	removed = queue->ipc.removed;
	if (!removed) {
		for (i = 0; i < count; i++, since = 0)
			msgq_claim(claimer, part->msgs[i], since);
		msgq_queue_received(queue, task_tgid(current));
	}
	spin_unlock(&queue->ipc.lock);

	/* As if the removal had come later, and ended the claims. */
	if (removed)
		msgq_receive_undo(queue, part->msgs, count);
}

/* Receive messages that have to be taken first, or are claimed; how many. */
static noinline_for_stack unsigned int
receive_part_taken(struct msgq_queue *queue, const struct msgq_call *call,
		   struct msgq_rule *rule, struct msgq_part *part,
		   struct msgq_entry __user *to, unsigned int count, bool waits,
		   struct msgq_claimer *claimer)
{
	unsigned int stored;

	take_part(queue, call, rule, part, count, waits, claimer);
	if (!part->count)
		return 0;

	stored = copy_part_out(part, to, claimer);
	if (stored < part->count)
		msgq_receive_undo(queue, part->msgs + stored,
				  part->count - stored);
	if (claimer && stored)
		claim_part(queue, claimer, part, stored);
	else if (stored)
		msgq_receive_commit(queue, part->msgs, stored, part->since);
	msgq_quota_wake(msgq_instance_of(queue));
	return stored;
}

/**
 * msgq_receive_batch() - receive or claim many messages
 * @queue: the queue; the caller holds a reference
 * @call: the call
 * @arg: where to, how many, how many to wait for, and by which rule
 * @claims: the claims of the opening to claim them by, or NULL to take them
 *
 * Context: process context, may sleep.
 * Return: how many were received; or an errno when none was: -ENOMSG when it
 * would have to wait, -ETIMEDOUT when its deadline is over, -E2BIG when the
 * first is larger than its room, -EFAULT, -EACCES, -EIDRM, -ENOMEM for the
 * first claim of a process, or what @call says of a signal.  No message is
 * lost.
 */
long msgq_receive_batch(struct msgq_queue *queue, const struct msgq_call *call,
			const struct msgq_batch *arg,
			struct msgq_claims *claims)
{
	struct msgq_rule rule = msgq_rule_of(arg->msgtyp, arg->msgflg &
					     (MSG_EXCEPT | MSG_NOERROR), 0);
	struct msgq_entry __user *user = u64_to_user_ptr(arg->entries);
	unsigned int least = max(arg->least, 1U);
	struct msgq_claimer *claimer = NULL;
	unsigned int count, stored;
	struct msgq_part part;
	int done = 0;
	bool waits;

	if (claims) {
		claimer = msgq_claimer_of(claims);
		if (IS_ERR(claimer))
			return PTR_ERR(claimer);
	}

	while (done < arg->count) {
		count = min_t(unsigned int, arg->count - done, MSGQ_PART);
		part.err = msgq_part_get(&part, user + done, count);
		if (part.err)
			break;

		stored = 0;
		if (!claimer)
			stored = receive_part_at_once(queue, call, &rule, &part,
						      user + done, count);
		done += stored;
		if (stored)
			continue;

		waits = done < least && !call->nowait;
		stored = receive_part_taken(queue, call, &rule, &part,
					    user + done, count, waits, claimer);
		done += stored;
		/* A part that is not full may be followed by another. */
		if (!stored || stored < part.count ||
		    (stored < count && done >= least))
			break;
	}

	return done ?: msgq_call_failure(call, part.err, -ENOMSG);
}
