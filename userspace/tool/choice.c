// SPDX-License-Identifier: MIT
/*
 * choice.c - the queues that the user wants to see, and their order
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "tool.h"

static long long rate_in_tenths(double rate)
{
	return rate < 0 ? 0 : (long long)(rate * 10);
}

/*
 * The value to sort a column by.  Amounts are negated so that the largest one
 * is first.
 */
static long long sort_value(const struct object *queue, const char *column)
{
	if (!strcmp(column, "key"))
		return (unsigned int)queue->ds.msg_perm.__key;
	if (!strcmp(column, "msqid"))
		return queue->id;
	if (!strcmp(column, "perms"))
		return queue->ds.msg_perm.mode & 0777;
	if (!strcmp(column, "bytes"))
		return -(long long)queue->ds.__msg_cbytes;
	if (!strcmp(column, "messages"))
		return -(long long)queue->ds.msg_qnum;
	if (!strcmp(column, "full"))
		return -(long long)fullness(queue);
	if (!strcmp(column, "rwait"))
		return -(long long)queue->state.receivers;
	if (!strcmp(column, "swait"))
		return -(long long)queue->state.senders;
	if (!strcmp(column, "claims"))
		return -(long long)queue->state.claimed;
	if (!strcmp(column, "in/s"))
		return -rate_in_tenths(queue->rate_in);
	if (!strcmp(column, "out/s"))
		return -rate_in_tenths(queue->rate_out);
	if (!strcmp(column, ACTIVITY))
		return -rate_in_tenths(queue->rate_in) -
		       rate_in_tenths(queue->rate_out);
	return -(long long)last_activity(queue);
}

static const char *const sorts[] = {
	"key", "msqid", "owner", "perms", "bytes", "messages", "full", "rwait",
	"swait", "claims", "last",
	/* Only with rates. */
	ACTIVITY, "in/s", "out/s",
};

#define RATE_SORTS	3

static const char *parse_sort(const char *text, bool rates)
{
	size_t count = sizeof(sorts) / sizeof(sorts[0]);

	for (size_t i = 0; i < count - (rates ? 0 : RATE_SORTS); i++)
		if (!strcmp(text, sorts[i]))
			return sorts[i];
	usage_error("unknown column '%s'", text);
}

bool read_choice(struct choice *choice, int option)
{
	switch (option) {
	case 's':
		choice->sort = parse_sort(optarg, choice->rates);
		return true;
	case 'r':
		choice->reverse = true;
		return true;
	}
	choice->filters = true;
	switch (option) {
	case 'u':
		choice->by_user = true;
		choice->user = parse_user(optarg);
		return true;
	case 'f':
		choice->full = (unsigned int)parse_number("percentage", optarg, 10,
							  0, 100);
		return true;
	case 'w':
		choice->waiting = true;
		return true;
	case 'c':
		choice->claimed = true;
		return true;
	case 'n':
		choice->filled = true;
		return true;
	case 'I':
		choice->idle = parse_duration(optarg);
		return true;
	case 'o':
		choice->orphan = true;
		return true;
	}
	return false;
}

bool matches_choice(const struct object *queue, const struct choice *choice)
{
	if (choice->by_user && queue->ds.msg_perm.uid != choice->user)
		return false;
	if (choice->waiting && !queue->state.receivers && !queue->state.senders)
		return false;
	if (choice->claimed && !queue->state.claimed)
		return false;
	if (choice->filled && !queue->ds.msg_qnum)
		return false;
	if (choice->orphan && !is_orphan(queue))
		return false;
	if (!is_idle(queue, choice->idle))
		return false;
	return fullness(queue) >= choice->full;
}

static int compare_owners(const struct object *left, const struct object *right)
{
	char name[40];

	/* user_name() returns the same buffer each time. */
	snprintf(name, sizeof(name), "%s", user_name(left->ds.msg_perm.uid));
	return strcmp(name, user_name(right->ds.msg_perm.uid));
}

static int compare_queues(const void *one, const void *other, void *context)
{
	const struct choice *choice = context;
	const struct object *left = one, *right = other;
	long long a, b;
	int order;

	if (!strcmp(choice->sort, "owner")) {
		order = compare_owners(left, right);
	} else {
		a = sort_value(left, choice->sort);
		b = sort_value(right, choice->sort);
		order = (a > b) - (a < b);
	}
	if (!order && !strcmp(choice->sort, ACTIVITY)) {
		a = last_activity(right);
		b = last_activity(left);
		order = (a > b) - (a < b);
	}
	if (!order)
		order = (left->id > right->id) -
			(left->id < right->id);
	return choice->reverse ? -order : order;
}

void filter_and_sort(struct objects *queues, const struct choice *choice)
{
	struct choice order = *choice;
	size_t kept = 0;

	for (size_t i = 0; i < queues->count; i++)
		if (matches_choice(&queues->list[i], choice))
			queues->list[kept++] = queues->list[i];
	queues->count = kept;

	/* The order by index means nothing to the user. */
	if (!order.sort)
		order.sort = "msqid";
	qsort_r(queues->list, kept, sizeof(*queues->list), compare_queues,
		&order);
}
