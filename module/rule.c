// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules: which message a receiver wants; the model is told in rule.h.
 *
 * Locks: functions that look at a queue run under its lock.
 */
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/msg.h>
#include <linux/spinlock.h>

#include "message.h"
#include "queue.h"
#include "rule.h"

/**
 * msgq_rule_of() - the rule that msgrcv(2) would follow
 * @msgtyp: the type, zero or negative ones included; a position under MSG_COPY
 * @msgflg: MSG_EXCEPT, MSG_NOERROR, MSG_COPY
 * @room: bytes of text that there is room for
 *
 * Context: any.
 * Return: the rule.
 */
struct msgq_rule msgq_rule_of(s64 msgtyp, int msgflg, size_t room)
{
	struct msgq_rule rule = {
		.mode = MSGQ_EQUAL,
		.key = msgtyp,
		.cuts = msgflg & MSG_NOERROR,
		.room = room,
	};

	if (msgflg & MSG_COPY) {
		rule.mode = MSGQ_POSITION;
	} else if (!rule.key) {
		rule.mode = MSGQ_ANY;
		rule.key = S64_MAX;
	} else if (rule.key < 0) {
		rule.mode = MSGQ_UPTO;
		/* The least number has no positive counterpart. */
		rule.key = -max(rule.key, -S64_MAX);
	} else if (msgflg & MSG_EXCEPT) {
		rule.mode = MSGQ_EXCEPT;
	}
	return rule;
}

/**
 * msgq_rule_waiters() - where those stand who wait by such a rule
 * @rule: the rule, not a position
 * @queue: the queue
 *
 * Context: any.
 * Return: the wait queue.
 */
struct msgq_index *msgq_rule_waiters(const struct msgq_rule *rule,
				     struct msgq_queue *queue)
{
	switch (rule->mode) {
	case MSGQ_EQUAL:
		return &queue->equal;
	case MSGQ_EXCEPT:
		return &queue->except;
	default:
		return &queue->up_to;
	}
}

/**
 * msgq_rule_watches() - where the descriptors stand that watch by such a rule
 * @rule: the rule, not a position
 * @queue: the queue
 *
 * Context: any.
 * Return: the index of watches.
 */
struct msgq_index *msgq_rule_watches(const struct msgq_rule *rule,
				     struct msgq_queue *queue)
{
	switch (rule->mode) {
	case MSGQ_EQUAL:
		return &queue->watch_equal;
	case MSGQ_EXCEPT:
		return &queue->watch_except;
	default:
		return &queue->watch_up_to;
	}
}

static struct msgq_msg *at_position(struct msgq_queue *queue, s64 position)
{
	struct msgq_msg *msg;

	list_for_each_entry(msg, &queue->messages, all)
		if (!msg->out && !position--)
			return msg;
	return NULL;
}

/**
 * msgq_rule_index() - let the index have late messages that a rule looks for
 * @rule: the rule
 * @queue: the queue, where msgq_rule_choose() has found none
 *
 * Context: the queue's lock.  When there are many, others get it meanwhile.
 * Return: true when some were late: choose again; false when there is none.
 */
bool msgq_rule_index(const struct msgq_rule *rule, struct msgq_queue *queue)
{
	lockdep_assert_held(&queue->lock);

	if (rule->mode == MSGQ_POSITION || queue->late == &queue->messages)
		return false;

	if (!msgq_queue_index(queue)) {
		spin_unlock(&queue->lock);
		spin_lock(&queue->lock);
	}
	return true;
}

/**
 * msgq_rule_search() - look for the message that a rule takes
 * @rule: the rule
 * @queue: the queue, with messages on its list
 *
 * The part of msgq_rule_choose() for when it is not simply the first.
 *
 * Context: the queue's lock.
 * Return: as msgq_rule_choose().
 */
struct msgq_msg *msgq_rule_search(const struct msgq_rule *rule,
				  struct msgq_queue *queue)
{
	struct msgq_msg *first = list_first_entry(&queue->messages,
						  struct msgq_msg, all);
	bool late = queue->late != &queue->messages;
	struct msgq_node *node;

	lockdep_assert_held(&queue->lock);

	if (rule->mode == MSGQ_POSITION)
		return at_position(queue, rule->key);

	if (rule->mode == MSGQ_ANY) {
		/* Those in the index came before those that are late. */
		node = msgq_index_earliest(&queue->types, rule->key,
					   MSGQ_KEYS_BELOW | MSGQ_KEYS_AT);
		if (!node && late)
			return list_entry(queue->late, struct msgq_msg, all);
		goto found;
	}

	/* Where the first will do, it is that, whatever else is there. */
	if (!first->out && rule->mode == (first->node.key == rule->key ?
					  MSGQ_EQUAL : MSGQ_EXCEPT))
		return first;
	if (late)
		return NULL;

	if (rule->mode == MSGQ_EQUAL) {
		node = msgq_index_earliest(&queue->types, rule->key,
					   MSGQ_KEYS_AT);
	} else if (rule->mode == MSGQ_EXCEPT) {
		node = msgq_index_earliest(&queue->types, rule->key,
					   MSGQ_KEYS_BELOW | MSGQ_KEYS_ABOVE);
	} else {
		node = msgq_index_lowest(&queue->types);
		if (node && node->key > rule->key)
			return NULL;
	}
found:
	return node ? container_of(node, struct msgq_msg, node) : NULL;
}
