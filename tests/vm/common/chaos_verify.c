// SPDX-License-Identifier: MIT
/*
 * chaos_verify.c - what must have become of each message; see chaos.h
 *
 * No check here ends the case at once: the result is a verdict.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chaos.h"
#include "test.h"

#define TOLD_AT_MOST	10

/* The verifier receives into this slot's memory, when all processes are dead. */
#define OWN_SLOT	0

__attribute__((format(printf, 3, 4)))
static void complain(unsigned long *counter, struct chaos_verdict *verdict,
		     const char *format, ...)
{
	va_list args;

	++*counter;
	if (verdict->lost + verdict->wrong > TOLD_AT_MOST)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

#define LOST(...)  complain(&verdict->lost, verdict, "chaos: " __VA_ARGS__)
#define WRONG(...) complain(&verdict->wrong, verdict, "chaos: " __VA_ARGS__)

static void settle_sender(struct chaos_world *world, struct chaos_slot *slot,
			  unsigned int number)
{
	struct chaos_record *record = &world->records[slot->number];

	if (record->sender != number || record->fate != CHAOS_SENDING)
		return;
	record->fate = CHAOS_UNKNOWN;
	record->sent_by = world->next;
}

static void settle_receiver(struct chaos_world *world, struct chaos_slot *slot,
			    unsigned int number,
			    struct chaos_verdict *verdict)
{
	uint32_t taken;

	if (slot->state != CHAOS_CALLING)
		return;
	switch (chaos_find(world, number, &taken)) {
	case CHAOS_WHOLE:
		if (!world->records[taken].begin)
			chaos_count(world, CHAOS_KEPT_BY_KILLED);
		if (!chaos_take(world, taken, slot->call))
			WRONG("message %u was received twice, by slot %u, which was killed, too",
			      taken, number);
		break;
	case CHAOS_PART:
		chaos_put_back(world, taken);
		break;
	case CHAOS_NOTHING:
		world->queues[slot->incarnation].excuses++;
	}
}

void chaos_settle(struct chaos_world *world, unsigned int process,
		  struct chaos_verdict *verdict)
{
	unsigned int first = process * CHAOS_THREADS;

	for (unsigned int i = first; i < first + CHAOS_THREADS; i++) {
		struct chaos_slot *slot = &world->slots[i];

		if (chaos_sends(process))
			settle_sender(world, slot, i);
		else
			settle_receiver(world, slot, i, verdict);
		memset(slot, 0, sizeof(*slot));
	}
}

/* Does a slot sleep in a call that need not wait, by the state of its queue? */
static void check_sleeper(struct chaos_world *world, unsigned int number,
			  bool held, struct chaos_verdict *verdict)
{
	const struct chaos_slot *slot = &world->slots[number];
	int msqid = world->queues[slot->incarnation].msqid;
	unsigned char message[CHAOS_LONG + CHAOS_TEXT];
	struct msqid_ds state;

	if (msgctl(msqid, IPC_STAT, &state)) {
		WRONG("slot %u sleeps at a queue that is gone: %s", number,
		      strerrorname_np(errno));
		return;
	}
	if (chaos_sends(number / CHAOS_THREADS)) {
		if (!held &&
		    state.__msg_cbytes + slot->size <= state.msg_qbytes &&
		    state.msg_qnum < state.msg_qbytes)
			WRONG("slot %u sleeps, but its %zu bytes fit: %lu of %lu are used",
			      number, slot->size,
			      (unsigned long)state.__msg_cbytes,
			      (unsigned long)state.msg_qbytes);
		return;
	}
	if (msgrcv(msqid, message, slot->size, slot->rule,
		   slot->flags | IPC_NOWAIT) != -1 || errno != ENOMSG)
		WRONG("slot %u sleeps, but a receive of type %ld, flags %#o and %zu bytes does not wait",
		      number, slot->rule, slot->flags, slot->size);
}

void chaos_sleepers(struct chaos_world *world, long limit,
		    struct chaos_verdict *verdict)
{
	struct msginfo info;
	bool held;

	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	held = info.msgmap >= limit;
	for (unsigned int i = 0; i < CHAOS_SLOTS; i++)
		if (world->slots[i].state == CHAOS_CALLING)
			check_sleeper(world, i, held, verdict);
}

/* Receive the remaining messages of a queue that was not removed. */
static void drain(struct chaos_world *world, uint32_t incarnation,
		  struct chaos_verdict *verdict)
{
	unsigned char *area = chaos_area(world, OWN_SLOT);
	struct chaos_slot *slot = &world->slots[OWN_SLOT];
	int msqid = world->queues[incarnation].msqid;
	struct msqid_ds state;
	uint32_t number;

	*slot = (struct chaos_slot) {
		.incarnation = incarnation,
		.size = CHAOS_TEXT,
	};
	for (;;) {
		slot->call = chaos_tick(world);
		memset(area, 0, CHAOS_LONG + CHAOS_TEXT);
		if (msgrcv(msqid, area, CHAOS_TEXT, 0, IPC_NOWAIT) < 0)
			break;
		if (chaos_find(world, OWN_SLOT, &number) != CHAOS_WHOLE)
			WRONG("on queue %u was left what nobody sent",
			      incarnation);
		else if (!chaos_take(world, number, slot->call))
			WRONG("message %u was received, and is left on queue %u",
			      number, incarnation);
		else
			verdict->left++;
	}
	if (errno != ENOMSG)
		WRONG("queue %u cannot be emptied: %s", incarnation,
		      strerrorname_np(errno));
	else if (msgctl(msqid, IPC_STAT, &state) || state.msg_qnum ||
		 state.__msg_cbytes)
		WRONG("queue %u is empty, and counts %lu messages, %lu bytes",
		      incarnation, (unsigned long)state.msg_qnum,
		      (unsigned long)state.__msg_cbytes);
}

static void judge(struct chaos_world *world, uint32_t number,
		  struct chaos_verdict *verdict)
{
	const struct chaos_record *record = &world->records[number];
	const struct chaos_incarnation *queue;

	queue = &world->queues[record->incarnation];
	if (record->begin && (record->fate == CHAOS_DRAWN ||
			      record->fate == CHAOS_REFUSED))
		WRONG("message %u was refused, and received", number);
	if (record->begin && queue->removed && record->begin > queue->removed)
		WRONG("message %u was received from a queue removed before",
		      number);
	if (record->fate == CHAOS_ACCEPTED && queue->removed &&
	    number >= queue->sent_before)
		WRONG("message %u was accepted by a queue removed before",
		      number);

	if (record->begin)
		verdict->received++;
	else if (record->fate == CHAOS_UNKNOWN)
		verdict->unknown++;
	else if (record->fate != CHAOS_ACCEPTED)
		return;
	else if (queue->removing)
		verdict->removed++;
	else if (record->ending && record->ending == record->delivery)
		verdict->ended++;
	else
		LOST("message %u of slot %u, type %ld, %u bytes, is lost: queue %u accepted it and stands",
		     number, record->sender, chaos_types[record->type],
		     record->size, record->incarnation);
	if (record->begin || record->fate == CHAOS_ACCEPTED)
		verdict->accepted++;
}

/* A stream: the messages of one type on one queue, of all or of one sender. */
static const struct chaos_record *sorted_records;
static bool of_one_sender;

static int by_stream(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	const struct chaos_record *x = &sorted_records[a];
	const struct chaos_record *y = &sorted_records[b];

	if (x->incarnation != y->incarnation)
		return x->incarnation < y->incarnation ? -1 : 1;
	if (x->type != y->type)
		return x->type - y->type;
	if (of_one_sender && x->sender != y->sender)
		return x->sender - y->sender;
	return a < b ? -1 : 1;
}

/* The tick until which a message was on its queue at least. */
static uint32_t stood_until(struct chaos_world *world, uint32_t number)
{
	const struct chaos_record *record = &world->records[number];

	if (record->begin)
		return record->begin;
	return world->queues[record->incarnation].removing;
}

/* Messages of one stream, in the order in which the sends began. */
struct stream {
	const struct chaos_record *records;
	const uint32_t *numbers;
	size_t count;
	/* The earliest end of a receive, for the messages from an index on. */
	uint32_t first_end[CHAOS_ROUND + 1];
};

static void note_ends(struct stream *stream)
{
	uint32_t first = UINT32_MAX;

	stream->first_end[stream->count] = first;
	for (size_t i = stream->count; i--;) {
		const struct chaos_record *record;

		record = &stream->records[stream->numbers[i]];
		if (record->begin && record->end < first)
			first = record->end;
		stream->first_end[i] = first;
	}
}

/* The first message whose sending began after this one's had ended. */
static size_t first_later(const struct stream *stream, size_t index)
{
	size_t low = index + 1, high = stream->count;
	uint32_t sent_by = stream->records[stream->numbers[index]].sent_by;

	/* A sender ends one call before it begins the next. */
	if (of_one_sender)
		return low;
	while (low < high) {
		size_t middle = (low + high) / 2;

		if (stream->numbers[middle] < sent_by)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Was any message from an index on received between two ticks? */
static bool any_between(const struct stream *stream, size_t index,
			uint32_t after, uint32_t before)
{
	for (; index < stream->count; index++) {
		const struct chaos_record *record;

		record = &stream->records[stream->numbers[index]];
		if (record->begin > after && record->end < before)
			return true;
	}
	return false;
}

/* Did one call take this sender's next message before this one? */
static bool behind_next(const struct stream *stream, size_t index)
{
	const struct chaos_record *record, *next;

	if (!of_one_sender || index + 1 == stream->count)
		return false;
	record = &stream->records[stream->numbers[index]];
	next = &stream->records[stream->numbers[index + 1]];
	return record->begin && record->begin == next->begin &&
	       record->position > next->position;
}

static void check_stream(struct chaos_world *world, struct stream *stream,
			 struct chaos_verdict *verdict)
{
	note_ends(stream);
	for (size_t i = 0; i < stream->count; i++) {
		uint32_t number = stream->numbers[i];
		struct chaos_record *record = &world->records[number];
		uint32_t until = stood_until(world, number);
		size_t later = first_later(stream, i);
		uint32_t *excuses;

		if (record->overtaken || (stream->first_end[later] >= until &&
					  !behind_next(stream, i)))
			continue;
		record->overtaken = true;
		excuses = &world->queues[record->incarnation].excuses;
		if (record->put_back &&
		    !any_between(stream, later, record->put_back, until)) {
			verdict->overtaken++;
		} else if (*excuses) {
			--*excuses;
			verdict->overtaken++;
		} else {
			WRONG("message %u of slot %u was overtaken on queue %u",
			      number, record->sender, record->incarnation);
		}
	}
}

static bool same_stream(const struct chaos_record *a,
			const struct chaos_record *b)
{
	return a->incarnation == b->incarnation && a->type == b->type &&
	       (!of_one_sender || a->sender == b->sender);
}

static void check_order(struct chaos_world *world,
			struct chaos_verdict *verdict)
{
	static uint32_t numbers[CHAOS_ROUND];
	static struct stream stream;
	const struct chaos_record *records = world->records;
	size_t count = 0, start = 0;

	for (uint32_t i = 0; i < world->round; i++) {
		const struct chaos_incarnation *queue;

		queue = &world->queues[records[i].incarnation];
		if (!queue->unordered &&
		    (records[i].begin || (records[i].fate == CHAOS_ACCEPTED &&
					  queue->removing)))
			numbers[count++] = i;
	}
	sorted_records = records;
	qsort(numbers, count, sizeof(*numbers), by_stream);

	for (size_t i = 1; i <= count; i++) {
		const struct chaos_record *first = &records[numbers[start]];

		if (i < count && same_stream(&records[numbers[i]], first))
			continue;
		stream.records = records;
		stream.numbers = numbers + start;
		stream.count = i - start;
		check_stream(world, &stream, verdict);
		start = i;
	}
}

void chaos_verify(struct chaos_world *world, struct chaos_verdict *verdict)
{
	for (uint32_t i = 0; i < world->incarnations; i++)
		if (!world->queues[i].removing)
			drain(world, i, verdict);
	for (uint32_t i = 0; i < world->round; i++)
		judge(world, i, verdict);
	of_one_sender = false;
	check_order(world, verdict);
	of_one_sender = true;
	check_order(world, verdict);
}

void chaos_remove_all(struct chaos_world *world)
{
	for (uint32_t i = 0; i < world->incarnations; i++)
		if (!world->queues[i].removing)
			CHECK_OK(msgctl(world->queues[i].msqid, IPC_RMID,
					NULL));
}
