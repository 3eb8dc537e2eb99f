// SPDX-License-Identifier: MIT
/*
 * many.c - many queues, and queues with many messages
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

#define QUEUES	32000
#define DEPTH	4000
#define STEPS	20000
#define KEY	0x6d000000

struct short_message {
	long type;
	uint32_t number;
};

static int ascending(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* List all queues by index, in ascending order of identifiers. */
static int list_queues(int *msqids, int room)
{
	struct msqid_ds state;
	struct msginfo info;
	int highest, count = 0;

	highest = CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	for (int i = 0; i <= highest; i++) {
		int msqid = msgctl(i, MSG_STAT, &state);

		if (msqid >= 0) {
			CHECK(count < room);
			msqids[count++] = msqid;
		}
	}
	qsort(msqids, count, sizeof(*msqids), ascending);
	return count;
}

CASE_SECONDS(as_many_queues_as_the_limit_allows, 60)
{
	int *made = calloc(QUEUES, sizeof(*made));
	int *listed = calloc(QUEUES, sizeof(*listed));
	struct short_message message;

	CHECK(made && listed);
	if (list_queues(listed, QUEUES))
		SKIP("others have queues");
	limit_set("msgmni", QUEUES);
	for (int i = 0; i < QUEUES; i++)
		made[i] = CHECK_OK(msgget(KEY + i, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);

	/* Each is found by its key, and holds what was sent to it. */
	for (int i = 0; i < QUEUES; i++) {
		CHECK_INT(msgget(KEY + i, 0), made[i]);
		message.type = i + 1;
		message.number = i;
		CHECK_OK(msgsnd(made[i], &message, sizeof(message.number), 0));
	}
	for (int i = QUEUES - 1; i >= 0; i--) {
		CHECK_INT(msgrcv(made[i], &message, sizeof(message.number), 0,
				 IPC_NOWAIT), sizeof(message.number));
		CHECK_INT(message.type, i + 1);
		CHECK_INT(message.number, i);
	}

	/* The list has exactly the queues made, and no two are the same. */
	CHECK_INT(list_queues(listed, QUEUES), QUEUES);
	for (int i = 1; i < QUEUES; i++)
		CHECK(listed[i - 1] < listed[i]);
	for (int i = 0; i < QUEUES; i++)
		CHECK(bsearch(&made[i], listed, QUEUES, sizeof(*listed),
			      ascending));

	/* Remove half; the other half stays, and there is room for as many. */
	for (int i = 0; i < QUEUES; i += 2)
		remove_queue(made[i]);
	CHECK_INT(list_queues(listed, QUEUES), QUEUES / 2);
	for (int i = 0; i < QUEUES; i += 2) {
		CHECK_ERR(msgget(KEY + i, 0), ENOENT);
		CHECK_INT(msgget(KEY + i + 1, 0), made[i + 1]);
	}
	for (int i = 0; i < QUEUES; i += 2) {
		int again = CHECK_OK(msgget(KEY + i, IPC_CREAT | 0600));

		CHECK(again != made[i]);
		made[i] = again;
	}
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);

	for (int i = 0; i < QUEUES; i++)
		remove_queue(made[i]);
	CHECK_INT(list_queues(listed, QUEUES), 0);
}

/*
 * The rules in the simplest form: an array of types in order of arrival, 0 if
 * the message has been received.
 */
struct model {
	long *types;
	uint32_t arrived;
	uint32_t gone;		/* all before it are received */
	int count;
};

static struct model model_new(uint32_t most)
{
	struct model model = { .types = calloc(most, sizeof(*model.types)) };

	CHECK(model.types);
	return model;
}

/* The number of the message that a rule takes; -1: none. */
static int64_t model_find(const struct model *model, long rule, int flags)
{
	int64_t found = -1;

	for (uint32_t i = model->gone; i < model->arrived; i++) {
		long type = model->types[i];

		if (!type)
			continue;
		if (rule < 0) {
			if (type <= -rule &&
			    (found < 0 || type < model->types[found]))
				found = i;
		} else if (!rule || (type == rule) != !!(flags & MSG_EXCEPT)) {
			return i;
		}
	}
	return found;
}

static void send_one(int msqid, struct model *model, long type)
{
	struct short_message message = {
		.type = type, .number = model->arrived,
	};

	CHECK_OK(msgsnd(msqid, &message, sizeof(message.number), IPC_NOWAIT));
	model->types[model->arrived++] = type;
	model->count++;
}

/* The queue agrees with the model; returns true if there was a message. */
static bool take_one(int msqid, struct model *model, long rule, int flags)
{
	int64_t expected = model_find(model, rule, flags);
	struct short_message message;

	if (expected < 0) {
		CHECK_ERR(msgrcv(msqid, &message, sizeof(message.number), rule,
				 flags | IPC_NOWAIT), ENOMSG);
		return false;
	}
	CHECK_INT(msgrcv(msqid, &message, sizeof(message.number), rule,
			 flags | IPC_NOWAIT), sizeof(message.number));
	CHECK_INT(message.number, expected);
	CHECK_INT(message.type, model->types[expected]);
	model->types[expected] = 0;
	model->count--;
	while (model->gone < model->arrived && !model->types[model->gone])
		model->gone++;
	return true;
}

static uint32_t random_number(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return *state >> 8;
}

static int deep_queue(void)
{
	int msqid;

	limit_set("msgmnb", 1 << 20);
	msqid = make_queue();
	return msqid;
}

/* On a deep queue each rule still takes its messages, in the right order. */
static void check_deep(long types, long rule, int flags)
{
	struct model model = model_new(DEPTH);
	int msqid = deep_queue();
	uint32_t state = 1;

	for (int i = 0; i < DEPTH; i++)
		send_one(msqid, &model, random_number(&state) % types + 1);
	CHECK_INT(queue_state(msqid).msg_qnum, DEPTH);
	while (take_one(msqid, &model, rule, flags))
		;
	CHECK(model.count < DEPTH);
	CHECK_INT(queue_state(msqid).msg_qnum, model.count);
	while (take_one(msqid, &model, 0, 0))
		;
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK_INT(queue_state(msqid).__msg_cbytes, 0);
	remove_queue(msqid);
}

CASE(deep_queue_by_type)
{
	check_deep(10, 5, 0);
}

CASE(deep_queue_by_except)
{
	check_deep(10, 5, MSG_EXCEPT);
}

CASE(deep_queue_by_lowest)
{
	check_deep(1000, -700, 0);
}

CASE(deep_queue_from_the_front)
{
	check_deep(1000, 0, 0);
}

CASE(last_message_of_a_deep_queue)
{
	struct model model = model_new(DEPTH + 1);
	int msqid = deep_queue();

	for (int i = 0; i < DEPTH; i++)
		send_one(msqid, &model, 7);
	send_one(msqid, &model, 6);
	CHECK(take_one(msqid, &model, 7, MSG_EXCEPT));
	CHECK(!take_one(msqid, &model, -6, 0));
	CHECK(take_one(msqid, &model, -7, 0));
	CHECK_INT(queue_state(msqid).msg_qnum, DEPTH - 1);
	remove_queue(msqid);
}

static void check_random(uint32_t state, int types, int share)
{
	struct model model = model_new(STEPS);
	int msqid = deep_queue();

	for (int i = 0; i < STEPS; i++) {
		long type = random_number(&state) % types + 1;
		int what = random_number(&state) % 100;

		if (what < share)
			send_one(msqid, &model, type);
		else
			take_one(msqid, &model, what % 4 < 2 ? type :
					       what % 4 == 2 ? -type : 0,
				 what % 4 == 1 ? MSG_EXCEPT : 0);
	}
	CHECK_INT(queue_state(msqid).msg_qnum, model.count);
	while (take_one(msqid, &model, 0, 0))
		;
	remove_queue(msqid);
}

CASE(random_steps_over_few_types)
{
	check_random(1, 3, 52);
}

CASE(random_steps_over_many_types)
{
	check_random(2, 500, 53);
}

CASE(random_steps_near_empty)
{
	check_random(3, 8, 45);
}
