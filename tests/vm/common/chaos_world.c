// SPDX-License-Identifier: MIT
/*
 * chaos_world.c - messages and the shared memory; see chaos.h
 */
#define _GNU_SOURCE
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "chaos.h"
#include "test.h"

#define KEY_BASE	0x43480000

const long chaos_types[CHAOS_TYPES] = { 1, 2, 3, 4, 77, LONG_MAX };

static unsigned char *map_memory(int memory)
{
	void *mapped = mmap(NULL, CHAOS_SLOTS * CHAOS_AREA,
			    PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);

	CHECK(mapped != MAP_FAILED);
	return mapped;
}

struct chaos_world *chaos_world_make(uint32_t round)
{
	struct chaos_world *world;
	struct fuzz_random random;

	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(world != MAP_FAILED);
	world->round = round;
	world->memory = CHECK_OK(memfd_create("chaos", MFD_CLOEXEC));
	CHECK_OK(ftruncate(world->memory, CHAOS_SLOTS * CHAOS_AREA));
	world->areas = map_memory(world->memory);
	world->windows = map_memory(world->memory);

	/* No byte of it is 0, so that a missing byte is noticed. */
	fuzz_seed(&random, 1);
	for (size_t i = 0; i < sizeof(world->pattern); i++)
		world->pattern[i] = 1 + fuzz_below(&random, 255);
	return world;
}

void chaos_world_clear(struct chaos_world *world)
{
	world->phase = CHAOS_RUN;
	world->next = 0;
	world->clock = 0;
	world->disturbances = 0;
	world->incarnations = 0;
	memset(world->busy, 0, sizeof(world->busy));
	memset(world->queues, 0, sizeof(world->queues));
	memset(world->slots, 0, sizeof(world->slots));
	memset(world->ends, 0, sizeof(world->ends));
	memset(world->records, 0, sizeof(world->records));
}

/* Never 0. */
uint32_t chaos_tick(struct chaos_world *world)
{
	return __atomic_add_fetch(&world->clock, 1, __ATOMIC_SEQ_CST);
}

void chaos_count(struct chaos_world *world, enum chaos_count which)
{
	__atomic_add_fetch(&world->counts[which], 1, __ATOMIC_RELAXED);
}

int chaos_phase(struct chaos_world *world)
{
	return __atomic_load_n(&world->phase, __ATOMIC_SEQ_CST);
}

unsigned char *chaos_area(struct chaos_world *world, unsigned int slot)
{
	return world->areas + slot * CHAOS_AREA;
}

unsigned char *chaos_window(struct chaos_world *world, unsigned int slot)
{
	return world->windows + slot * CHAOS_AREA;
}

/* Half of the places have a key, which each new queue of the place gets. */
void chaos_queue_make(struct chaos_world *world, unsigned int place)
{
	key_t key = place % 2 ? IPC_PRIVATE : KEY_BASE + (int)place;
	uint32_t made;

	made = __atomic_fetch_add(&world->incarnations, 1, __ATOMIC_SEQ_CST);
	world->queues[made].msqid =
		CHECK_OK(msgget(key, IPC_CREAT | IPC_EXCL | 0666));
	__atomic_store_n(&world->current[place], made, __ATOMIC_SEQ_CST);
}

static uint32_t seal_of(const struct chaos_header *header)
{
	uint32_t sum = header->number * 2654435761u;

	sum = (sum ^ header->incarnation) * 2246822519u;
	sum = (sum ^ header->sender) * 3266489917u;
	sum = (sum ^ header->size) * 668265263u;
	return sum | 0x01010101;
}

void chaos_message(struct chaos_world *world, uint32_t number,
		   unsigned char *to)
{
	const struct chaos_record *record = &world->records[number];
	struct chaos_header header = {
		.number = number,
		.incarnation = record->incarnation,
		.sender = record->sender,
		.size = record->size,
	};

	header.seal = seal_of(&header);
	memcpy(to, &chaos_types[record->type], CHAOS_LONG);
	memcpy(to + CHAOS_LONG, &header, CHAOS_HEADER);
	memcpy(to + CHAOS_LONG + CHAOS_HEADER,
	       world->pattern + number * 61 % CHAOS_PATTERN,
	       record->size - CHAOS_HEADER);
}

enum chaos_found chaos_find_text(struct chaos_world *world,
				 uint32_t incarnation,
				 const unsigned char *text, size_t room,
				 uint32_t *number)
{
	unsigned char expected[CHAOS_LONG + CHAOS_TEXT];
	const struct chaos_record *record;
	struct chaos_header header;
	size_t size;

	memcpy(&header, text, CHAOS_HEADER);
	if (header.seal != seal_of(&header) || header.number >= world->round)
		return CHAOS_NOTHING;
	record = &world->records[header.number];
	if (record->fate == CHAOS_DRAWN ||
	    record->incarnation != incarnation)
		return CHAOS_NOTHING;

	chaos_message(world, header.number, expected);
	if (memcmp(text, expected + CHAOS_LONG, CHAOS_HEADER))
		return CHAOS_NOTHING;
	*number = header.number;
	size = record->size < room ? record->size : room;
	return memcmp(text, expected + CHAOS_LONG, size) ? CHAOS_PART :
							   CHAOS_WHOLE;
}

enum chaos_found chaos_find(struct chaos_world *world, unsigned int slot,
			    uint32_t *number)
{
	const struct chaos_slot *call = &world->slots[slot];
	const unsigned char *got = chaos_area(world, slot) + call->offset;
	enum chaos_found found;
	long type;

	found = chaos_find_text(world, call->incarnation, got + CHAOS_LONG,
				call->size, number);
	memcpy(&type, got, CHAOS_LONG);
	if (found != CHAOS_NOTHING &&
	    type != chaos_types[world->records[*number].type])
		return CHAOS_NOTHING;
	return found;
}

void chaos_put_back(struct chaos_world *world, uint32_t number)
{
	uint32_t *last = &world->records[number].put_back;
	uint32_t before = __atomic_load_n(last, __ATOMIC_SEQ_CST);
	uint32_t now = chaos_tick(world);

	/* Another receiver may have put it back later, and recorded that. */
	while (before < now &&
	       !__atomic_compare_exchange_n(last, &before, now, false,
					    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
}

bool chaos_take(struct chaos_world *world, uint32_t number, uint32_t begin)
{
	struct chaos_record *record = &world->records[number];
	uint32_t taken = 0;

	if (__atomic_compare_exchange_n(&record->begin, &taken, begin, false,
					__ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		chaos_count(world, CHAOS_RECEIVED);
	else if (taken != begin)
		return false;
	/* A killed process may have got as far as the line above. */
	if (!record->end)
		record->end = chaos_tick(world);
	return true;
}
