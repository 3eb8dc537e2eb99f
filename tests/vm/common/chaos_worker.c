// SPDX-License-Identifier: MIT
/*
 * chaos_worker.c - processes that send and receive, and may be killed at any
 * instant; see chaos.h
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "chaos.h"
#include "peer.h"
#include "test.h"

/* The end of every header for a call: the pages behind it may be missing. */
#define HEADER_ROOM	(CHAOS_LONG + CHAOS_HEADER)

struct thread {
	struct chaos_world *world;
	struct chaos_slot *slot;
	unsigned int number;
	bool sends;
	bool weak;		/* has no permission but by the queue's mode */
	bool spoilt;		/* another thread takes its pages away */
	struct fuzz_random random;
};

static uint64_t below(struct thread *me, uint64_t bound)
{
	return fuzz_below(&me->random, bound);
}

static bool once_in(struct thread *me, unsigned int times)
{
	return fuzz_once_in(&me->random, times);
}

bool chaos_sends(unsigned int process)
{
	return process % 2 == 0;
}

unsigned int chaos_threads(unsigned int process)
{
	return 1 + process / 2 % CHAOS_THREADS;
}

static bool is_weak(unsigned int process)
{
	return process / 2 % 2;
}

static bool is_spoilt(struct chaos_world *world, unsigned int process)
{
	return world->faults && process % 4 == 3;
}

void chaos_take_pages(struct chaos_world *world, struct fuzz_random *random,
		      unsigned int slot)
{
	unsigned int first = 1 + fuzz_below(random, 2);
	unsigned char *pages = chaos_window(world, slot) + first * CHAOS_PAGE;
	size_t size = CHAOS_AREA - first * CHAOS_PAGE;

	switch (fuzz_below(random, 3)) {
	case 0:
		CHECK_OK(mprotect(pages, size, PROT_NONE));
		break;
	case 1:
		/* A sender only reads the page, so it does not fault. */
		CHECK_OK(mprotect(pages, size, PROT_READ));
		break;
	default:
		CHECK_OK(munmap(pages, size));
	}
}

void chaos_give_pages(struct chaos_world *world, unsigned int slot)
{
	unsigned char *pages = chaos_window(world, slot) + CHAOS_PAGE;

	CHECK(mmap(pages, CHAOS_AREA - CHAOS_PAGE, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED, world->memory,
		   (off_t)slot * CHAOS_AREA + CHAOS_PAGE) == pages);
}

static void take_pages(struct thread *me, unsigned int slot)
{
	chaos_take_pages(me->world, &me->random, slot);
}

static void give_pages(struct thread *me, unsigned int slot)
{
	chaos_give_pages(me->world, slot);
}

/* Draw the place of the msgbuf in the area: often across a page's end. */
static size_t draw_offset(struct thread *me)
{
	size_t most = CHAOS_PAGE - HEADER_ROOM;

	return below(me, 2) ? most - below(me, 256) : below(me, most);
}

static size_t draw_size(struct thread *me)
{
	static const size_t bounds[] = { 64, 64, 64, 64, 64, 512, 512, 4200,
					 CHAOS_TEXT - CHAOS_HEADER + 1 };

	return CHAOS_HEADER +
	       below(me, bounds[below(me, ARRAY_SIZE(bounds))]);
}

static void note_error(struct thread *me, bool receives, int error)
{
	__atomic_add_fetch(&me->world->errors[receives][error], 1,
			   __ATOMIC_RELAXED);
}

/*
 * Asking again at once would only use numbers up.  The rest is not in a call,
 * where a sleeping task counts as waiting.
 */
static void rest_after(int error)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	if (error == EINVAL || error == EIDRM || error == EACCES)
		nanosleep(&pause, NULL);
}

/* Check the errors that both calls return for the same reasons. */
static void check_error(struct thread *me, bool faulty, int error)
{
	const struct chaos_incarnation *queue;

	queue = &me->world->queues[me->slot->incarnation];
	switch (error) {
	case EINTR:
		break;
	case EINVAL:
	case EIDRM:
		if (!__atomic_load_n(&queue->removing, __ATOMIC_SEQ_CST))
			FAIL("slot %u: %s of a queue that stands", me->number,
			     strerrorname_np(error));
		break;
	case EACCES:
		if (!me->weak)
			FAIL("slot %u: EACCES, but it is privileged",
			     me->number);
		break;
	case EFAULT:
		if (!faulty && !me->spoilt)
			FAIL("slot %u: EFAULT, but its memory is there",
			     me->number);
		break;
	default:
		FAIL("slot %u: unexpected %s", me->number,
		     strerrorname_np(error));
	}
}

/* Draw one of the queues that existed a moment ago. */
static int draw_queue(struct thread *me)
{
	struct chaos_world *world = me->world;

	me->slot->incarnation =
		__atomic_load_n(&world->current[below(me, CHAOS_PLACES)],
				__ATOMIC_SEQ_CST);
	return world->queues[me->slot->incarnation].msqid;
}

static void set_state(struct chaos_slot *slot, enum chaos_state state)
{
	__atomic_store_n(&slot->state, state, __ATOMIC_SEQ_CST);
}

static bool send_one(struct thread *me)
{
	struct chaos_world *world = me->world;
	struct chaos_slot *slot = me->slot;
	int msqid = draw_queue(me), error, ret;
	struct chaos_record *record;
	uint32_t number;
	bool faulty;

	number = __atomic_fetch_add(&world->next, 1, __ATOMIC_SEQ_CST);
	if (number >= world->round)
		return false;
	record = &world->records[number];
	record->incarnation = slot->incarnation;
	record->sender = me->number;
	record->size = draw_size(me);
	record->type = below(me, CHAOS_TYPES);
	slot->number = number;
	slot->size = record->size;
	slot->offset = draw_offset(me);
	slot->flags = once_in(me, 3) ? IPC_NOWAIT : 0;
	chaos_message(world, number,
		      chaos_area(world, me->number) + slot->offset);

	faulty = world->faults && !me->spoilt && once_in(me, 32);
	if (faulty)
		take_pages(me, me->number);
	__atomic_store_n(&record->fate, CHAOS_SENDING, __ATOMIC_SEQ_CST);
	set_state(slot, CHAOS_CALLING);
	ret = msgsnd(msqid, chaos_window(world, me->number) + slot->offset,
		     slot->size, slot->flags);
	error = errno;
	record->sent_by = __atomic_load_n(&world->next, __ATOMIC_SEQ_CST);
	__atomic_store_n(&record->fate,
			 ret ? CHAOS_REFUSED : CHAOS_ACCEPTED,
			 __ATOMIC_SEQ_CST);
	set_state(slot, CHAOS_IDLE);
	if (faulty)
		give_pages(me, me->number);

	if (!ret) {
		chaos_count(world, CHAOS_SENT);
		return true;
	}
	note_error(me, false, error);
	if (error == EAGAIN && slot->flags & IPC_NOWAIT)
		sched_yield();
	else
		check_error(me, faulty, error);
	rest_after(error);
	return true;
}

static void draw_rule(struct thread *me, bool settling)
{
	struct chaos_slot *slot = me->slot;
	long type = chaos_types[below(me, CHAOS_TYPES)];

	slot->flags = !settling && once_in(me, 5) ? IPC_NOWAIT : 0;
	slot->size = CHAOS_TEXT;
	switch (below(me, 8)) {
	case 0:
	case 1:
		slot->rule = type;
		break;
	case 2:
		slot->rule = -type;
		break;
	case 3:
		slot->rule = LONG_MIN;
		break;
	case 4:
		slot->rule = type;
		slot->flags |= MSG_EXCEPT;
		break;
	default:
		slot->rule = 0;
	}
	if (!settling && once_in(me, 4))
		slot->size = CHAOS_HEADER + below(me, 300);
	/* The flag must have no effect if the message fits. */
	if (once_in(me, 2))
		slot->flags |= MSG_NOERROR;
}

bool chaos_admits(long rule, int flags, long type)
{
	if (!rule)
		return true;
	if (rule > 0)
		return (type == rule) != !!(flags & MSG_EXCEPT);
	return rule == LONG_MIN || type <= -rule;
}

static void got(struct thread *me, size_t size)
{
	struct chaos_world *world = me->world;
	struct chaos_slot *slot = me->slot;
	const struct chaos_record *record;
	unsigned char *end;
	uint32_t number;

	end = chaos_area(world, me->number) + slot->offset + CHAOS_LONG + size;
	if (chaos_find(world, me->number, &number) != CHAOS_WHOLE)
		FAIL("slot %u received what nobody sent: %zu bytes", me->number,
		     size);
	record = &world->records[number];
	if (size != (record->size < slot->size ? record->size : slot->size) ||
	    *end)
		FAIL("slot %u: message %u of %u bytes into %zu: %zu answered",
		     me->number, number, record->size, slot->size, size);
	if (record->size > slot->size && !(slot->flags & MSG_NOERROR))
		FAIL("slot %u: message %u cut unasked", me->number, number);
	if (!chaos_admits(slot->rule, slot->flags, chaos_types[record->type]))
		FAIL("slot %u: asked for %ld, got type %ld", me->number,
		     slot->rule, chaos_types[record->type]);
	if (!chaos_take(world, number, slot->call))
		FAIL("message %u received twice, by slot %u the second time",
		     number, me->number);
	if (record->size > slot->size)
		chaos_count(world, CHAOS_CUT);
}

static void got_none(struct thread *me, bool faulty, int error)
{
	struct chaos_world *world = me->world;
	struct chaos_slot *slot = me->slot;
	uint32_t number;

	note_error(me, true, error);
	if (error == ENOMSG && slot->flags & IPC_NOWAIT) {
		sched_yield();
		return;
	}
	if (error == E2BIG && !(slot->flags & MSG_NOERROR) &&
	    slot->size < CHAOS_TEXT)
		return;
	check_error(me, faulty, error);
	if (error != EFAULT)
		return;
	if (chaos_find(world, me->number, &number) == CHAOS_NOTHING)
		FAIL("slot %u: EFAULT, but where was the fault?", me->number);
	chaos_put_back(world, number);
	chaos_count(world, CHAOS_PUT_BACK);
}

static void receive_one(struct thread *me)
{
	struct chaos_world *world = me->world;
	bool settling = chaos_phase(world) != CHAOS_RUN;
	struct chaos_slot *slot = me->slot;
	int msqid = draw_queue(me), error;
	bool faulty = false;
	ssize_t size;

	draw_rule(me, settling);
	slot->offset = draw_offset(me);
	/* Clear one byte more than the call may write. */
	memset(chaos_area(world, me->number) + slot->offset, 0,
	       CHAOS_LONG + slot->size + 1);
	if (world->faults) {
		faulty = !me->spoilt && once_in(me, settling ? 2 : 8);
		if (faulty)
			take_pages(me, me->number);
		else if (once_in(me, 8))
			CHECK_OK(madvise(chaos_window(world, me->number),
					 CHAOS_PAGE, MADV_DONTNEED));
	}
	slot->call = chaos_tick(world);
	set_state(slot, CHAOS_CALLING);
	size = msgrcv(msqid, chaos_window(world, me->number) + slot->offset,
		      slot->size, slot->rule, slot->flags);
	error = errno;
	if (size >= 0)
		got(me, size);
	else
		got_none(me, faulty, error);
	set_state(slot, CHAOS_IDLE);
	if (faulty)
		give_pages(me, me->number);
	if (size < 0)
		rest_after(error);
}

static void *work(void *argument)
{
	struct thread *me = argument;

	__atomic_store_n(&me->slot->tid, gettid(), __ATOMIC_SEQ_CST);
	if (me->sends)
		while (chaos_phase(me->world) == CHAOS_RUN && send_one(me))
			;
	else
		while (chaos_phase(me->world) != CHAOS_STOP)
			receive_one(me);
	set_state(me->slot, CHAOS_ENDED);
	return NULL;
}

static long microseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/*
 * Take pages away from the others, in the middle of their calls.  That costs
 * all processors much time under a checking kernel, so rest ten times as long.
 */
static void *spoil(void *argument)
{
	struct thread *me = argument;

	while (chaos_phase(me->world) == CHAOS_RUN) {
		unsigned int slot = me->number + below(me, CHAOS_THREADS);
		long start = microseconds();

		take_pages(me, slot);
		sched_yield();
		give_pages(me, slot);
		usleep(200 + 10 * (microseconds() - start));
	}
	return NULL;
}

static void ignore(int signal)
{
	(void)signal;
}

void chaos_process(struct chaos_world *world, unsigned int process,
		   uint64_t seed)
{
	/* SA_RESTART is not set. */
	const struct sigaction action = { .sa_handler = ignore };
	struct thread threads[CHAOS_THREADS + 1];
	pthread_t ids[CHAOS_THREADS + 1];
	unsigned int count = chaos_threads(process), i;
	struct fuzz_random random;

	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	fuzz_seed(&random, seed);
	if (is_weak(process))
		become(&nobody);
	for (i = 0; i <= CHAOS_THREADS; i++) {
		unsigned int number = process * CHAOS_THREADS +
				      i % CHAOS_THREADS;

		threads[i] = (struct thread) {
			.world = world,
			.slot = &world->slots[number],
			.number = number,
			.sends = chaos_sends(process),
			.weak = is_weak(process),
			.spoilt = is_spoilt(world, process),
		};
		fuzz_seed(&threads[i].random, fuzz_next(&random));
	}
	for (i = 1; i < count; i++)
		CHECK(!pthread_create(&ids[i], NULL, work, &threads[i]));
	if (is_spoilt(world, process))
		CHECK(!pthread_create(&ids[CHAOS_THREADS], NULL, spoil,
				      &threads[CHAOS_THREADS]));
	work(&threads[0]);
	for (i = 1; i < count; i++)
		CHECK(!pthread_join(ids[i], NULL));
	if (is_spoilt(world, process))
		CHECK(!pthread_join(ids[CHAOS_THREADS], NULL));
	_exit(EXIT_SUCCESS);
}
