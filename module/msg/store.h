/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The messages of a queue.
 *
 * All messages are on one list in arrival order.  Beside the list there is an
 * index by type, which is built lazily: the first receiver that has to choose
 * by type indexes what is there, and later messages are indexed on arrival
 * until the queue has been empty.  A FIFO consumer never pays for it.  The
 * messages that are not indexed yet are the last ones of the list.
 *
 * A receiver that takes a message takes it out of the index only.  The message
 * stays on the list and still counts until its bytes have arrived; then it is
 * removed.  If they cannot be written it is made available again.  A claimed
 * message is on the list in the same way.
 *
 * Only the functions of this file change the members of a store.
 *
 * A store has no lock; the lock of its queue protects it.
 */
#ifndef MSGQ_STORE_H
#define MSGQ_STORE_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/types.h>

#include "util/index.h"
#include "message.h"
#include "rule.h"

/* How many messages are indexed under one hold of the lock. */
#define MSGQ_STORE_INDEX_LOT	64

/**
 * struct msgq_store - the messages of a queue
 * @bytes: bytes of text in all messages; also read without the lock
 * @count: number of messages
 * @messages: all messages in arrival order
 * @types: the available messages by type, without those not indexed yet
 * @unindexed: the first message that is not indexed yet; it and all after it
 *	are available.  @messages itself when there is none.
 * @indexing: messages are indexed on arrival
 */
struct msgq_store {
	unsigned long bytes;
	unsigned long count;
	struct list_head messages;
	struct msgq_index types;
	struct list_head *unindexed;
	bool indexing;
};

void msgq_store_init(struct msgq_store *store);
void msgq_store_insert(struct msgq_store *store, struct msgq_msg *msg);
void msgq_store_make_available(struct msgq_store *store, struct msgq_msg *msg);
void msgq_store_remove_first(struct msgq_store *store, struct msgq_msg **msgs,
			     unsigned int count);
struct msgq_msg *msgq_store_pop(struct msgq_store *store);
bool msgq_store_index(struct msgq_store *store);
struct msgq_msg *msgq_store_search(struct msgq_store *store,
				   const struct msgq_rule *rule);

/**
 * msgq_store_empty() - is there no message, and none indexed?
 * @store: the store
 *
 * Context: the owner's lock, or nobody else uses the store.
 * Return: true if so.
 */
static inline bool msgq_store_empty(const struct msgq_store *store)
{
	return list_empty(&store->messages) && msgq_index_empty(&store->types);
}

/**
 * msgq_store_append() - add a message as the last one
 * @store: the store
 * @msg: a message that is in no store, with its arrival set
 *
 * The message is not available: msgq_store_make_available() is to follow.
 *
 * Context: the owner's lock.
 */
static inline void msgq_store_append(struct msgq_store *store,
				     struct msgq_msg *msg)
{
	list_add_tail(&msg->all, &store->messages);
	/* Totals are read without the lock. */
	WRITE_ONCE(store->bytes, store->bytes + msg->size);
	store->count++;
}

/**
 * msgq_store_add() - add an available message as the last one
 * @store: the store
 * @msg: a message that is in no store, with its arrival set
 *
 * Context: the owner's lock; no receiver waits.
 */
static __always_inline void msgq_store_add(struct msgq_store *store,
					   struct msgq_msg *msg)
{
	if (unlikely(store->indexing) && !store->count)
		store->indexing = false;
	msgq_store_append(store, msg);
	if (unlikely(store->indexing))
		msgq_index_add(&store->types, &msg->node);
	else if (store->unindexed == &store->messages)
		store->unindexed = &msg->all;
}

/* Take a chosen message out of the index, or off those not indexed yet. */
static inline void msgq_store_unindex(struct msgq_store *store,
				      struct msgq_msg *msg)
{
	if (store->unindexed == &msg->all)
		store->unindexed = msg->all.next;
	else
		msgq_index_del(&store->types, &msg->node);
}

/**
 * msgq_store_take() - keep other receivers from choosing a message
 * @store: the store
 * @msg: the message that msgq_store_choose() has chosen
 *
 * The message stays in the store.
 *
 * Context: the owner's lock, held since the message was chosen.
 */
static inline void msgq_store_take(struct msgq_store *store,
				   struct msgq_msg *msg)
{
	msgq_store_unindex(store, msg);
	msg->taken = true;
}

/**
 * msgq_store_remove() - remove a message
 * @store: the store
 * @msg: a message in it that was taken; it belongs to the caller afterwards
 *
 * Context: the owner's lock.
 */
static inline void msgq_store_remove(struct msgq_store *store,
				     struct msgq_msg *msg)
{
	list_del_init(&msg->all);
	WRITE_ONCE(store->bytes, store->bytes - msg->size);
	store->count--;
}

/**
 * msgq_store_extract() - take a message and remove it in one step
 * @store: the store
 * @msg: the message that msgq_store_choose() has chosen; it belongs to the
 *	caller afterwards
 *
 * Context: the owner's lock, held since the message was chosen.
 */
static inline void msgq_store_extract(struct msgq_store *store,
				      struct msgq_msg *msg)
{
	msgq_store_unindex(store, msg);
	msgq_store_remove(store, msg);
}

/**
 * msgq_store_choose() - choose the message that a rule asks for
 * @store: the store
 * @rule: the rule
 *
 * Context: the owner's lock.
 * Return: an available message, whatever its size; NULL when there is none.
 * If msgq_store_has_unindexed(), the answer NULL is final only once these
 * were indexed.
 */
static inline struct msgq_msg *msgq_store_choose(struct msgq_store *store,
						 const struct msgq_rule *rule)
{
	struct msgq_msg *first = list_first_entry_or_null(&store->messages,
							  struct msgq_msg, all);

	if (!first || (rule->mode == MSGQ_ANY && !first->taken))
		return first;
	return msgq_store_search(store, rule);
}

/**
 * msgq_store_has_unindexed() - are there messages that are not indexed yet?
 * @store: the store
 *
 * Context: the owner's lock.
 * Return: true when there are.
 */
static inline bool msgq_store_has_unindexed(const struct msgq_store *store)
{
	return store->unindexed != &store->messages;
}

#endif /* MSGQ_STORE_H */
