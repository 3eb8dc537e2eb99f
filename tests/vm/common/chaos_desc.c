// SPDX-License-Identifier: MIT
/*
 * chaos_desc.c - processes that send, receive and claim; see chaos_desc.h
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "chaos_desc.h"
#include "chaos_task.h"
#include "peer.h"

/* The ways to receive messages. */
enum way {
	BY_READ,
	BY_READV,
	BATCH,
	BATCH_BY_IDENTIFIER,
	BY_IDENTIFIER,
	WAYS,
};

static bool claims_at(unsigned int place)
{
	return place % 2;
}

static unsigned int slot_of(unsigned int process)
{
	return process * CHAOS_THREADS;
}

/* Fill a batch with messages of this type, or of any if it is below 0. */
static void write_batch(struct task *me, unsigned int count, int type)
{
	struct chaos_slot *slot = me->slot;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int most = task_once_in(me, 5) ? TASK_ROOM : 70;
		uint32_t number = slot->number + i;
		struct chaos_record *record = &me->world->records[number];

		record->incarnation = slot->incarnation;
		record->sender = me->number;
		record->size = CHAOS_HEADER +
			       task_below(me, most - CHAOS_HEADER + 1);
		record->type = type;
		if (type < 0)
			record->type = task_below(me, CHAOS_TYPES);
		chaos_message(me->world, number,
			      task_text(task_area(me), i) - CHAOS_LONG);
		me->entries[i] = (struct msgq_message){
			.type = chaos_types[record->type],
			.text = task_text(task_window(me), i),
			.size = record->size,
		};
		__atomic_store_n(&record->fate, CHAOS_SENDING,
				 __ATOMIC_SEQ_CST);
	}
}

static int send_batch(struct task *me, const struct opened *opened,
		      unsigned int count)
{
	struct msgq_how how = task_how(me, count);

	if (task_once_in(me, 2))
		return msgq_sendv(opened->fd, me->entries, count, &how);
	how.msqid = task_queue(me)->msqid;
	return msgq_sendv(the_device(), me->entries, count, &how);
}

static int send_one(struct task *me, const struct opened *opened)
{
	size_t size = me->entries[0].size, half = task_below(me, size);
	unsigned char *text = task_text(task_window(me), 0);
	const struct iovec parts[] = {
		{ text, half }, { text + half, size - half },
	};
	ssize_t sent;

	if (task_once_in(me, 2))
		sent = write(opened->fd, text, size);
	else
		sent = writev(opened->fd, parts, ARRAY_SIZE(parts));
	if (sent >= 0)
		CHECK_INT(sent, size);
	return sent < 0 ? -1 : 1;
}

/* Send no faster than processes are killed, stopped and signalled. */
static void await_turn(struct task *me)
{
	const struct chaos_world *world = me->world;

	while (__atomic_load_n(&world->next, __ATOMIC_RELAXED) / CHAOS_BATCH >
	       __atomic_load_n(&world->disturbances, __ATOMIC_RELAXED))
		sleep_until(now(CLOCK_MONOTONIC) + MILLISECOND);
}

static void send_some(struct task *me)
{
	struct opened *opened = task_open(me, task_below(me, CHAOS_PLACES));
	bool singly = task_once_in(me, 4), faulty;
	unsigned int count = singly ? 1 : 8 + task_below(me, CHAOS_BATCH - 7);
	struct chaos_slot *slot = me->slot;
	struct chaos_record *records;
	int sent, error;
	uint32_t next;

	if (!opened)
		return;
	await_turn(me);
	slot->number = __atomic_fetch_add(&me->world->next, count,
					  __ATOMIC_SEQ_CST);
	/* There are no more numbers: wait to be killed. */
	while (slot->number + count > me->world->round)
		pause();
	records = &me->world->records[slot->number];
	slot->count = count;
	slot->offset = task_below(me, CHAOS_PAGE);
	write_batch(me, count, singly ? (int)opened->type : -1);
	faulty = task_fault(me, true);
	task_state(me, CHAOS_CALLING);
	sent = singly ? send_one(me, opened) : send_batch(me, opened, count);
	error = errno;
	next = __atomic_load_n(&me->world->next, __ATOMIC_SEQ_CST);
	for (unsigned int i = 0; i < count; i++) {
		records[i].sent_by = next;
		__atomic_store_n(&records[i].fate, (int)i < sent ?
				 CHAOS_ACCEPTED : CHAOS_REFUSED,
				 __ATOMIC_SEQ_CST);
	}
	task_state(me, CHAOS_IDLE);
	task_unfault(me, faulty);
	if (sent < 0)
		task_check_error(me, false, faulty, error);
	else
		__atomic_add_fetch(&me->world->counts[CHAOS_SENT], sent,
				   __ATOMIC_RELAXED);
}

/* The parent calls this, too, for a process that was killed before it could. */
static bool keep(struct chaos_world *world, uint32_t number, uint32_t begin,
		 unsigned int position)
{
	world->records[number].position = position;
	return chaos_take(world, number, begin);
}

static int take_one(struct task *me, const struct opened *opened,
		    enum way way, long rule, int flags)
{
	unsigned char *text = task_text(task_window(me), 0);
	size_t half = task_below(me, TASK_ROOM);
	const struct iovec parts[] = {
		{ text, half }, { text + half, TASK_ROOM - half },
	};
	uint32_t number;
	ssize_t size;

	if (way == BY_READ)
		size = read(opened->fd, text, TASK_ROOM);
	else if (way == BY_READV)
		size = readv(opened->fd, parts, ARRAY_SIZE(parts));
	else
		size = msgq_rcv(the_device(), task_queue(me)->msqid,
				text - CHAOS_LONG, TASK_ROOM, rule, flags);
	if (size < 0)
		return -1;
	/* read(2) does not return the type. */
	if (chaos_find_text(me->world, me->slot->incarnation,
			    task_text(task_area(me), 0), TASK_ROOM,
			    &number) == CHAOS_WHOLE)
		me->entries[0].type =
			chaos_types[me->world->records[number].type];
	if (way == BY_IDENTIFIER)
		memcpy(&me->entries[0].type, task_area(me), sizeof(long));
	me->entries[0].size = size;
	return 1;
}

static int take_batch(struct task *me, const struct opened *opened,
		      unsigned int count, enum way way, long rule, int flags)
{
	struct msgq_how how = task_how(me, count);

	how.msgflg |= flags;
	if (way == BATCH)
		return msgq_recvv(opened->fd, me->entries, count, rule, &how);
	how.msqid = task_queue(me)->msqid;
	return msgq_recvv(the_device(), me->entries, count, rule, &how);
}

static void take_some(struct task *me)
{
	unsigned int place = task_below(me, CHAOS_PLACES);
	struct opened *opened = task_open(me, place);
	enum way way = task_below(me, WAYS);
	bool batch = way == BATCH || way == BATCH_BY_IDENTIFIER, faulty;
	unsigned int count = batch ? 8 + task_below(me, CHAOS_BATCH - 7) : 1;
	struct chaos_slot *slot = me->slot;
	int got, error, flags = 0;
	long rule;

	if (!opened)
		return;
	rule = task_rule(me, &flags);
	if (way == BY_READ || way == BY_READV) {
		rule = opened->rule;
		flags = opened->flags;
	}
	faulty = task_clean(me, count, claims_at(place));
	slot->count = count;
	slot->call = chaos_tick(me->world);
	task_state(me, CHAOS_CALLING);
	got = batch ? take_batch(me, opened, count, way, rule, flags) :
		      take_one(me, opened, way, rule, flags);
	error = errno;
	for (int i = 0; i < got; i++) {
		uint32_t number = task_got(me, i, me->entries[i].size,
					   me->entries[i].type, rule, flags);

		if (!keep(me->world, number, slot->call, i))
			FAIL("message %u received twice, by process %u the second time",
			     number, me->process);
	}
	task_state(me, CHAOS_IDLE);
	task_unfault(me, faulty);
	if (got < 0)
		task_check_error(me, true, faulty, error);
	else if (faulty && got < (int)count)
		chaos_count(me->world, CHAOS_PUT_BACK);
}

/* Check that no delivery happens twice, and record the last one. */
static void note_delivery(struct task *me, uint32_t number, uint32_t delivery)
{
	struct chaos_record *record = &me->world->records[number];
	uint64_t bit = delivery < 64 ? 1ULL << delivery : 0;
	uint32_t last = __atomic_load_n(&record->delivery, __ATOMIC_SEQ_CST);

	if (!delivery ||
	    __atomic_fetch_or(&record->told, bit, __ATOMIC_SEQ_CST) & bit)
		FAIL("message %u: delivery %u a second time", number, delivery);
	while (last < delivery &&
	       !__atomic_compare_exchange_n(&record->delivery, &last, delivery,
					    false, __ATOMIC_SEQ_CST,
					    __ATOMIC_SEQ_CST))
		;
	chaos_count(me->world, CHAOS_CLAIMED);
}

/* The number of settled claims; others had expired, or the queue was removed. */
static int settle_all(struct task *me, const struct opened *opened,
		      const uint64_t *tokens, unsigned int count, bool release)
{
	int done = release ? msgq_release(opened->fd, tokens, count) :
			     msgq_acknowledge(opened->fd, tokens, count);

	if (done == (int)count)
		return done;
	if (done < 0 && errno == ENOENT) {
		done = 0;
	} else if (done < 0) {
		task_check_error(me, true, false, errno);
		return -1;
	}
	if (!opened->limit && !task_queue(me)->removing)
		FAIL("process %u: its claim is gone, and had no time limit",
		     me->process);
	chaos_count(me->world, CHAOS_OUT_OF_TIME);
	return done;
}

static void acknowledge(struct task *me, const struct opened *opened,
			const uint64_t *tokens)
{
	struct chaos_ends *ends = &me->world->ends[me->process];
	unsigned int at = 0;

	task_state(me, CHAOS_CALLING);
	while (at < ends->count) {
		int done;

		me->slot->call = chaos_tick(me->world);
		done = settle_all(me, opened, tokens + at, ends->count - at,
				  false);
		for (int i = 0; i < done; i++) {
			uint32_t number = ends->numbers[at + i];

			if (!chaos_take(me->world, number, me->slot->call))
				FAIL("message %u acknowledged, and received by another",
				     number);
		}
		if (done < 0)
			break;
		at += done;
		/* Skip the claim that was not settled. */
		if (at < ends->count)
			ends->deliveries[at++] = 0;
	}
	task_state(me, CHAOS_IDLE);
	ends->count = 0;
}

static void settle_claims(struct task *me, const struct opened *opened,
			  const uint32_t *numbers, unsigned int count)
{
	struct chaos_ends *ends = &me->world->ends[me->process];
	uint64_t tokens[CHAOS_BATCH], back[CHAOS_BATCH];
	unsigned int to_end = 0, to_release = 0;
	int released;

	for (unsigned int i = 0; i < count; i++) {
		const struct msgq_message *entry = &me->entries[i];

		if (!task_once_in(me, 8)) {
			ends->numbers[to_end] = numbers[i];
			ends->deliveries[to_end] = entry->deliveries;
			tokens[to_end++] = entry->token;
		} else if (task_once_in(me, 2)) {
			back[to_release++] = entry->token;
		}
		/* All other claims are kept until something ends them. */
	}
	ends->count = to_end;
	acknowledge(me, opened, tokens);
	if (!to_release)
		return;
	released = settle_all(me, opened, back, to_release, true);
	if (released > 0)
		__atomic_add_fetch(&me->world->counts[CHAOS_RELEASED],
				   released, __ATOMIC_RELAXED);
}

static void claim_some(struct task *me)
{
	unsigned int place = 1 + 2 * task_below(me, CHAOS_PLACES / 2);
	struct opened *opened = task_open(me, place);
	unsigned int count = 8 + task_below(me, CHAOS_BATCH - 7);
	struct msgq_how how = task_how(me, count);
	uint32_t numbers[CHAOS_BATCH];
	int got, error, flags = 0;
	bool faulty;
	long rule;

	if (!opened)
		return;
	rule = task_rule(me, &flags);
	how.msgflg |= flags;
	me->world->queues[me->slot->incarnation].unordered = true;
	faulty = task_clean(me, count, true);
	got = msgq_claimv(opened->fd, me->entries, count, rule, &how);
	error = errno;
	for (int i = 0; i < got; i++) {
		const struct msgq_message *entry = &me->entries[i];

		numbers[i] = task_got(me, i, entry->size, entry->type, rule,
				      flags);
		note_delivery(me, numbers[i], entry->deliveries);
	}
	task_unfault(me, faulty);
	if (got < 0)
		task_check_error(me, true, faulty, error);
	else
		settle_claims(me, opened, numbers, got);
	if (task_once_in(me, 16))
		task_close(opened);
	/* A child that has the file must make no difference. */
	if (task_once_in(me, 64) && !CHECK_OK(fork())) {
		sleep_until(now(CLOCK_MONOTONIC) + 20 * MILLISECOND);
		_exit(EXIT_SUCCESS);
	}
}

static void ignore(int signal)
{
	(void)signal;
}

__attribute__((noreturn))
static void live(struct chaos_world *world, unsigned int process,
		 uint64_t seed)
{
	/* SA_RESTART is not set. */
	const struct sigaction action = { .sa_handler = ignore };
	static struct task me;

	me.world = world;
	me.process = process;
	me.number = slot_of(process);
	me.slot = &world->slots[me.number];
	fuzz_seed(&me.random, seed);
	for (unsigned int i = 0; i < CHAOS_PLACES; i++)
		me.opened[i].fd = -1;
	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	signal(SIGCHLD, SIG_IGN);
	__atomic_store_n(&me.slot->tid, gettid(), __ATOMIC_SEQ_CST);
	for (;;) {
		if (chaos_sends(process))
			send_some(&me);
		else if (process % 4 == 1)
			take_some(&me);
		else
			claim_some(&me);
	}
}

static void settle_sender(struct chaos_world *world,
			  const struct chaos_slot *slot)
{
	for (unsigned int i = 0; i < slot->count; i++) {
		struct chaos_record *record;

		record = &world->records[slot->number + i];
		if (record->fate != CHAOS_SENDING)
			continue;
		record->fate = CHAOS_UNKNOWN;
		record->sent_by = world->next;
	}
}

static void settle_receiver(struct chaos_world *world, unsigned int number,
			    struct chaos_verdict *verdict)
{
	const struct chaos_slot *slot = &world->slots[number];
	unsigned int got = 0;
	uint32_t taken;

	for (unsigned int i = 0; i < slot->count; i++) {
		const unsigned char *text;

		text = task_text(chaos_area(world, number) + slot->offset, i);
		if (chaos_find_text(world, slot->incarnation, text, TASK_ROOM,
				    &taken) != CHAOS_WHOLE)
			break;
		got++;
		if (!world->records[taken].begin)
			chaos_count(world, CHAOS_KEPT_BY_KILLED);
		if (keep(world, taken, slot->call, i))
			continue;
		verdict->wrong++;
		fprintf(stderr,
			"chaos: message %u was received twice, by slot %u, which was killed, too\n",
			taken, number);
	}
	/* One more message may have been handed to it and put back. */
	if (got < slot->count)
		world->queues[slot->incarnation].excuses++;
}

static void settle_claimer(struct chaos_world *world,
			   const struct chaos_ends *ends)
{
	for (unsigned int i = 0; i < ends->count; i++)
		world->records[ends->numbers[i]].ending = ends->deliveries[i];
}

static void settle(struct chaos_world *world, unsigned int process,
		   struct chaos_verdict *verdict)
{
	struct chaos_slot *slot = &world->slots[slot_of(process)];

	if (slot->state != CHAOS_CALLING)
		;
	else if (chaos_sends(process))
		settle_sender(world, slot);
	else if (process % 4 == 1)
		settle_receiver(world, slot_of(process), verdict);
	else
		settle_claimer(world, &world->ends[process]);
	memset(slot, 0, sizeof(*slot));
	world->ends[process].count = 0;
}

/* No claim is left, even if a child has the file or time is not over. */
static void killed(struct chaos_world *world)
{
	for (uint32_t i = 0; i < world->incarnations; i++) {
		struct msgq_state state;

		if (world->queues[i].removing)
			continue;
		state = state_of_queue(world->queues[i].msqid);
		CHECK_INT(state.claimed, 0);
		CHECK_INT(state.receivers, 0);
		CHECK_INT(state.senders, 0);
	}
}

const struct chaos_cast chaos_desc = {
	.live = live,
	.settle = settle,
	.killed = killed,
};
