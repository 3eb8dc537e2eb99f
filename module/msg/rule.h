/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which message a receiver wants.
 *
 * A rule says what msgrcv(2) says by its type and flags.  A call that takes or
 * claims a message has a rule, and so have a task that waits and a descriptor
 * that is read and polled.
 */
#ifndef MSGQ_RULE_H
#define MSGQ_RULE_H

#include <linux/types.h>

#include "util/index.h"

/**
 * enum msgq_mode - how a rule looks at types
 * @MSGQ_ANY: at none: the first message
 * @MSGQ_EQUAL: the first of the type
 * @MSGQ_EXCEPT: the first of any other type
 * @MSGQ_UPTO: the first of the lowest type up to the type
 * @MSGQ_POSITION: at none: the one at this position of the queue
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

/**
 * struct msgq_interest - indexes of those that wait for messages or for room
 * @equal: waits for messages of one type, by this type
 * @except: for messages of any type but one, by this type
 * @up_to: for messages of types up to one, by this type; S64_MAX for any type
 * @room: for room, by the bytes of text that they need
 */
struct msgq_interest {
	struct msgq_index equal;
	struct msgq_index except;
	struct msgq_index up_to;
	struct msgq_index room;
};

struct msgq_rule msgq_rule_of(s64 msgtyp, int msgflg, size_t room);
struct msgq_index *msgq_rule_among(const struct msgq_rule *rule,
				   struct msgq_interest *interest);

/**
 * msgq_rule_type() - the type that stands for a rule in msgrcv(2)
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

/**
 * msgq_interest_in_messages() - how many wait for messages?
 * @interest: the indexes
 *
 * Context: the owner's lock.
 * Return: their number.
 */
static inline unsigned int
msgq_interest_in_messages(const struct msgq_interest *interest)
{
	return interest->equal.count + interest->except.count +
	       interest->up_to.count;
}

#endif /* MSGQ_RULE_H */
