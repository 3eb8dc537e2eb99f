// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules: which message a receiver wants; the model is described in rule.h.
 *
 * Locks: none.
 */
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/msg.h>

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
 * msgq_rule_among() - the index of those that wait by such a rule
 * @rule: the rule, not a position
 * @interest: the indexes, of waiting tasks or of polled descriptors
 *
 * Context: any.
 * Return: the index.
 */
struct msgq_index *msgq_rule_among(const struct msgq_rule *rule,
				   struct msgq_interest *interest)
{
	switch (rule->mode) {
	case MSGQ_EQUAL:
		return &interest->equal;
	case MSGQ_EXCEPT:
		return &interest->except;
	default:
		return &interest->up_to;
	}
}
