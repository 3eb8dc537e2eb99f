// SPDX-License-Identifier: GPL-2.0-only
/*
 * The messages of a queue; the model is described in store.h.
 *
 * Locks: everything here runs under the lock of the queue.
 */
#include <linux/limits.h>
#include <linux/list.h>

#include "util/index.h"
#include "message.h"
#include "rule.h"
#include "store.h"

static struct msgq_msg *list_to_msg(const struct list_head *all)
{
	return list_entry(all, struct msgq_msg, all);
}

/**
 * msgq_store_init() - make a store empty
 * @store: the store, zeroed
 *
 * Context: any.
 */
void msgq_store_init(struct msgq_store *store)
{
	INIT_LIST_HEAD(&store->messages);
	store->unindexed = &store->messages;
}

/**
 * msgq_store_insert() - add a message by its arrival
 * @store: the store
 * @msg: a message that is in no store, with its arrival set
 *
 * The message is not available: msgq_store_make_available() is to follow, or
 * it is claimed.  It arrived before all that are not indexed yet: when it was
 * handed to a receiver, receivers waited, and then all messages are indexed.
 *
 * Context: the owner's lock.  Costs one step for each message that has
 * arrived since.
 */
void msgq_store_insert(struct msgq_store *store, struct msgq_msg *msg)
{
	struct msgq_msg *before;

	list_for_each_entry_reverse(before, &store->messages, all)
		if (before->node.arrival < msg->node.arrival)
			break;
	msgq_store_append(store, msg);
	list_move(&msg->all, &before->all);
}

/*
 * The message before or after one on the list that is its neighbour in the
 * index, if it is near.  Messages that are claimed together return together.
 *
 * If none is near, few messages of the type are on the list, or few of them
 * return in this way: all of N messages return in a number of steps of the
 * order of N * sqrt(N).
 */
static struct msgq_msg *find_neighbour(const struct msgq_store *store,
				       const struct msgq_msg *msg)
{
	const struct list_head *before = msg->all.prev;
	const struct list_head *after = msg->all.next;
	unsigned long i;

	for (i = 0; i * i < store->count; i++) {
		struct msgq_msg *other;

		if (before != &store->messages) {
			other = list_to_msg(before);
			if (!other->taken && other->node.key == msg->node.key)
				return other;
			before = before->prev;
		}
		if (after != store->unindexed) {
			other = list_to_msg(after);
			if (!other->taken && other->node.key == msg->node.key)
				return other;
			after = after->next;
		}
	}
	return NULL;
}

/**
 * msgq_store_make_available() - let a message be chosen
 * @store: the store
 * @msg: a message in it that is in no index: appended, inserted or taken
 *
 * Context: the owner's lock.
 */
void msgq_store_make_available(struct msgq_store *store, struct msgq_msg *msg)
{
	struct msgq_msg *neighbour = NULL;

	/* The last message is the last of its type, too. */
	if (!list_is_last(&msg->all, &store->messages))
		neighbour = find_neighbour(store, msg);
	msg->taken = false;
	if (neighbour)
		msgq_index_add_beside(&store->types, &msg->node,
				      &neighbour->node);
	else
		msgq_index_add(&store->types, &msg->node);
}

/**
 * msgq_store_remove_first() - remove the first messages
 * @store: the store
 * @msgs: the first messages of the list, in their order, all available; they
 *	belong to the caller afterwards
 * @count: how many, at least 1
 *
 * Context: the owner's lock.
 */
void msgq_store_remove_first(struct msgq_store *store, struct msgq_msg **msgs,
			     unsigned int count)
{
	unsigned long bytes = 0;
	LIST_HEAD(removed);
	unsigned int i;

	for (i = 0; i < count; i++) {
		msgq_store_unindex(store, msgs[i]);
		bytes += msgs[i]->size;
	}
	list_cut_position(&removed, &store->messages, &msgs[count - 1]->all);
	WRITE_ONCE(store->bytes, store->bytes - bytes);
	store->count -= count;
}

/**
 * msgq_store_pop() - remove the first message, whether it is taken or not
 * @store: the store of a removed queue, from which no receiver chooses any more
 *
 * Context: the owner's lock.
 * Return: the message, or NULL when there is none.
 */
struct msgq_msg *msgq_store_pop(struct msgq_store *store)
{
	struct msgq_msg *msg = list_first_entry_or_null(&store->messages,
							struct msgq_msg, all);

	/* A task that indexes messages finds none when it gets the lock. */
	store->unindexed = &store->messages;
	/* Nobody chooses by type any more. */
	store->types = (struct msgq_index){};
	if (msg)
		msgq_store_remove(store, msg);
	return msg;
}

/**
 * msgq_store_index() - index messages that are not indexed yet
 * @store: the store
 *
 * Context: the owner's lock.
 * Return: true when all are indexed, and will be on arrival; false when there
 * are too many for one hold of the lock.
 */
bool msgq_store_index(struct msgq_store *store)
{
	struct list_head *unindexed = store->unindexed;
	unsigned int i;

	for (i = 0; unindexed != &store->messages && i < MSGQ_STORE_INDEX_LOT;
	     i++) {
		msgq_index_add(&store->types, &list_to_msg(unindexed)->node);
		unindexed = unindexed->next;
	}
	store->unindexed = unindexed;
	store->indexing = !msgq_store_has_unindexed(store);
	return store->indexing;
}

static struct msgq_msg *find_position(const struct msgq_store *store,
				      s64 position)
{
	struct msgq_msg *msg;

	list_for_each_entry(msg, &store->messages, all)
		if (!msg->taken && !position--)
			return msg;
	return NULL;
}

/* The indexed message that a rule about types asks for. */
static struct msgq_node *find_indexed(const struct msgq_store *store,
				      const struct msgq_rule *rule)
{
	struct msgq_node *node;

	switch (rule->mode) {
	case MSGQ_EQUAL:
		return msgq_index_earliest(&store->types, rule->key,
					   MSGQ_KEYS_AT);
	case MSGQ_EXCEPT:
		return msgq_index_earliest(&store->types, rule->key,
					   MSGQ_KEYS_BELOW | MSGQ_KEYS_ABOVE);
	case MSGQ_ANY:
		return msgq_index_earliest(&store->types, rule->key,
					   MSGQ_KEYS_BELOW | MSGQ_KEYS_AT);
	default:
		node = msgq_index_lowest(&store->types);
		return node && node->key <= rule->key ? node : NULL;
	}
}

/**
 * msgq_store_search() - look for the message that a rule asks for
 * @store: the store, not empty
 * @rule: the rule
 *
 * The part of msgq_store_choose() for when it is not simply the first message.
 *
 * Context: the owner's lock.
 * Return: as msgq_store_choose().
 */
struct msgq_msg *msgq_store_search(struct msgq_store *store,
				   const struct msgq_rule *rule)
{
	struct msgq_msg *first = list_to_msg(store->messages.next);
	struct msgq_node *node;

	if (rule->mode == MSGQ_POSITION)
		return find_position(store, rule->key);

	if (rule->mode != MSGQ_ANY) {
		/* If the first message will do, the others do not matter. */
		if (!first->taken &&
		    rule->mode == (first->node.key == rule->key ?
				   MSGQ_EQUAL : MSGQ_EXCEPT))
			return first;
		if (msgq_store_has_unindexed(store))
			return NULL;
	}

	node = find_indexed(store, rule);
	if (node)
		return container_of(node, struct msgq_msg, node);
	/* Indexed messages came before those that are not indexed yet. */
	if (rule->mode == MSGQ_ANY && msgq_store_has_unindexed(store))
		return list_to_msg(store->unindexed);
	return NULL;
}
