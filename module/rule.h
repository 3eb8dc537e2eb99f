/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which message a receiver wants.
 *
 * A rule is what msgrcv(2) says by its type and flags.  Whoever wants a
 * message has one: a call that takes or claims, a task that waits, and a
 * descriptor that is read and polled.
 */
#ifndef MSGQ_RULE_H
#define MSGQ_RULE_H

#include <linux/list.h>
#include <linux/types.h>

#include "message.h"
#include "queue.h"

struct msgq_index;

/**
 * enum msgq_mode - how a rule looks at types
 * @MSGQ_ANY: at none: the first message
 * @MSGQ_EQUAL: the first of the type
 * @MSGQ_EXCEPT: the first of any other type
 * @MSGQ_UPTO: the first of the lowest type up to the type
 * @MSGQ_POSITION: at none: the one that so many others stand before
 */
enum msgq_mode {
	MSGQ_ANY,
	MSGQ_EQUAL,
	MSGQ_EXCEPT,
	MSGQ_UPTO,
	MSGQ_POSITION,
};

/**
 * struct msgq_rule - which message a receiver wants, and how much of it
 * @mode: how it looks at types
 * @key: the type, S64_MAX for any; or the position
 * @cuts: a longer text may be cut
 * @room: bytes of text that there is room for
 */
struct msgq_rule {
	enum msgq_mode mode;
	bool cuts;
	s64 key;
	size_t room;
};

struct msgq_rule msgq_rule_of(s64 msgtyp, int msgflg, size_t room);
struct msgq_index *msgq_rule_waiters(const struct msgq_rule *rule,
				     struct msgq_queue *queue);
struct msgq_index *msgq_rule_watches(const struct msgq_rule *rule,
				     struct msgq_queue *queue);
bool msgq_rule_index(const struct msgq_rule *rule, struct msgq_queue *queue);
struct msgq_msg *msgq_rule_search(const struct msgq_rule *rule,
				  struct msgq_queue *queue);

/**
 * msgq_rule_choose() - the message that a rule takes
 * @rule: the rule
 * @queue: the queue
 *
 * Context: the queue's lock.
 * Return: the message, whatever its size, or NULL when there is none, unless
 * msgq_rule_index() knows of more.
 */
static inline struct msgq_msg *msgq_rule_choose(const struct msgq_rule *rule,
						struct msgq_queue *queue)
{
	struct msgq_msg *first = list_first_entry_or_null(&queue->messages,
							  struct msgq_msg, all);

	if (!first || (rule->mode == MSGQ_ANY && !first->out))
		return first;
	return msgq_rule_search(rule, queue);
}

/**
 * msgq_rule_type() - what msgrcv(2) would be told to follow a rule
 * @rule: the rule, not a position
 *
 * Context: any.
 * Return: the type, zero or negative ones included.
 */
static inline s64 msgq_rule_type(const struct msgq_rule *rule)
{
	switch (rule->mode) {
	case MSGQ_ANY:
		return 0;
	case MSGQ_UPTO:
		return -rule->key;
	default:
		return rule->key;
	}
}

#endif /* MSGQ_RULE_H */
