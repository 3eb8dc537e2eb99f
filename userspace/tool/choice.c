// SPDX-License-Identifier: MIT
/*
 * choice.c - the objects that the user wants to see, and their order
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "commands.h"

static const char *parse_sort(const char *text, bool rates)
{
	const struct column *column = find_column(text);

	if (column && (rates || !column->rate))
		return column->name;
	if (rates && !strcmp(text, ACTIVITY))
		return ACTIVITY;
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

static bool matches_queue(const struct object *queue,
			  const struct choice *choice)
{
	if (choice->waiting && !queue->state.receivers && !queue->state.senders)
		return false;
	if (choice->claimed && !queue->state.claimed)
		return false;
	if (choice->filled && !queue->ds.msg_qnum)
		return false;
	return fullness(queue) >= choice->full;
}

bool matches_choice(int device, const struct object *object,
		    const struct choice *choice)
{
	if (choice->by_user && object->perm.uid != choice->user)
		return false;
	if (kind == &queue_kind && !matches_queue(object, choice))
		return false;
	if (kind == &set_kind && choice->waiting && !object->semstate.waiting)
		return false;
	if (!is_idle(object, choice->idle))
		return false;
	/* This can ask the module about each semaphore. */
	return !choice->orphan || kind->is_orphan(device, object);
}

/* What is counted per second, in tenths. */
static long long activity(const struct object *object)
{
	long long sum = 0;

	for (size_t i = 0; i < 2; i++)
		if (object->rates[i] >= 0)
			sum += (long long)(object->rates[i] * 10);
	return sum;
}

static int compare_numbers(double left, double right)
{
	return (left > right) - (left < right);
}

/* Numbers that are unknown count as 0. */
static double amount(const struct column *column, const struct object *object)
{
	double number = column->number(object);

	return number < 0 ? 0 : number;
}

static int compare_by(const struct column *column, const struct object *left,
		      const struct object *right)
{
	char one[64], other[64];

	if (column->number)
		return compare_numbers(amount(column, right),
				       amount(column, left));
	if (column->order)
		return compare_numbers((double)column->order(left),
				       (double)column->order(right));
	column->text(left, one, sizeof(one));
	column->text(right, other, sizeof(other));
	return strcmp(one, other);
}

static int compare_objects(const void *one, const void *other, void *context)
{
	const struct object *left = one, *right = other;
	const struct choice *choice = context;
	const struct column *column = NULL;
	int order;

	if (choice->sort)
		column = find_column(choice->sort);
	if (column)
		order = compare_by(column, left, right);
	else if (choice->sort)
		order = compare_numbers((double)activity(right),
					(double)activity(left)) ?:
			compare_numbers((double)right->last,
					(double)left->last);
	else
		order = 0;
	if (!order)
		order = compare_numbers(left->id, right->id);
	return choice->reverse ? -order : order;
}

void filter_and_sort(int device, struct objects *objects,
		     const struct choice *choice)
{
	size_t kept = 0;

	for (size_t i = 0; i < objects->count; i++)
		if (matches_choice(device, &objects->list[i], choice))
			objects->list[kept++] = objects->list[i];
	objects->count = kept;

	/* Without a column: by identifier, as the order by index means nothing. */
	qsort_r(objects->list, kept, sizeof(*objects->list), compare_objects,
		(void *)choice);
}
