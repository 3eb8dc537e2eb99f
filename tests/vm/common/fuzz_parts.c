// SPDX-License-Identifier: MIT
/*
 * fuzz_parts.c - random numbers, and the parts of random calls; see fuzz_make.h
 */
#define _GNU_SOURCE
#include <limits.h>
#include <string.h>
#include <sys/mman.h>

#include "fuzz_make.h"
#include "test.h"

#define PAGE	4096

uint64_t fuzz_next(struct fuzz_random *random)
{
	uint64_t x = random->state += 0x9E3779B97F4A7C15;

	x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
	x = (x ^ x >> 27) * 0x94D049BB133111EB;
	return x ^ x >> 31;
}

/*
 * Scatter the seed: each number advances the state by the same amount.  Seeds
 * that differ by that amount would draw the same numbers, one place apart.
 */
void fuzz_seed(struct fuzz_random *random, uint64_t seed)
{
	random->state = seed;
	random->state = fuzz_next(random);
}

uint64_t fuzz_below(struct fuzz_random *random, uint64_t bound)
{
	return fuzz_next(random) % bound;
}

bool fuzz_once_in(struct fuzz_random *random, unsigned int times)
{
	return !fuzz_below(random, times);
}

void *fuzz_fenced(size_t size)
{
	unsigned char *memory = raw_memory(size + PAGE);

	CHECK_OK(mprotect(memory + size, PAGE, PROT_NONE));
	return memory;
}

uint64_t fuzz_number(struct fuzz_random *random)
{
	static const int64_t edges[] = {
		0, 1, -1, 2, 4, 8, INT_MAX, INT_MIN, UINT_MAX, INT64_MAX,
		INT64_MIN, INT64_MAX - 4096, 0x7fff, 0x8000, 1LL << 32,
	};

	if (fuzz_once_in(random, 2))
		return edges[fuzz_below(random,
					sizeof(edges) / sizeof(edges[0]))];
	return fuzz_next(random) >> fuzz_below(random, 64);
}

int fuzz_msqid(struct fuzz_task *task)
{
	struct fuzz_random *random = &task->random;
	int *known = &task->world->msqids[fuzz_below(random, FUZZ_QUEUES)];

	if (!fuzz_once_in(random, 8))
		return __atomic_load_n(known, __ATOMIC_RELAXED);
	return fuzz_number(random);
}

int64_t fuzz_text_size(struct fuzz_random *random)
{
	switch (fuzz_below(random, 8)) {
	case 0:
		return fuzz_number(random);
	case 1: case 2:
		return fuzz_below(random, 8193);
	case 3:
		return 4000 + fuzz_below(random, 200);
	default:
		return fuzz_below(random, 64);
	}
}

int fuzz_flags(struct fuzz_random *random)
{
	int flags = fuzz_once_in(random, 10) ? 0 : IPC_NOWAIT;

	if (fuzz_once_in(random, 4))
		flags |= MSG_NOERROR;
	if (fuzz_once_in(random, 8))
		flags |= MSG_EXCEPT;
	if (fuzz_once_in(random, 8))
		flags |= MSG_COPY;
	if (fuzz_once_in(random, 16))
		flags ^= fuzz_number(random);
	return flags;
}

uint32_t fuzz_long_size(struct fuzz_random *random)
{
	switch (fuzz_below(random, 16)) {
	case 0:
		return fuzz_number(random);
	case 1: case 2: case 3: case 4:
		return 4;
	default:
		return 8;
	}
}

uint64_t fuzz_kernel_address(struct fuzz_random *random)
{
	static const uint64_t addresses[] = {
		0xffff888000001000, 0xffffffff81000000, 0xffffc90000000000,
		0xffffffffc0000000, 0xffffffffff600000, 0x8000000000000000,
		0x7ffffffff000 - 3, 0x800000000000 - 8, UINT64_MAX,
		UINT64_MAX - 7,
	};

	return addresses[fuzz_below(random, sizeof(addresses) /
					    sizeof(addresses[0]))];
}

/* Draw the address of a text. */
uint64_t fuzz_buffer(struct fuzz_task *task, struct fuzz_draw *call)
{
	struct fuzz_random *random = &task->random;
	const struct fuzz_memory *memory = task->memory;
	unsigned char *end = task->buffer + FUZZ_BUFFER;

	call->buffer_place = ODD;
	switch (fuzz_below(random, 16)) {
	case 0:
		call->buffer_place = KERNEL;
		return fuzz_kernel_address(random);
	case 1:
		return fuzz_below(random, 2 * PAGE);
	case 2:
		/* Addresses where a program has no memory. */
		return 1ULL << 44 | fuzz_below(random, 1ULL << 44);
	case 3:
		return raw_address(memory->read_only +
				   fuzz_below(random, PAGE));
	case 4: case 5: case 6:
		return raw_address(memory->vanishing +
				   fuzz_below(random, FUZZ_VANISHING));
	case 7: case 8:
		call->buffer_place = ENDING;
		end -= fuzz_below(random, fuzz_once_in(random, 2) ? 64 :
							     FUZZ_BUFFER);
		return raw_address(end);
	case 9:
		/* Its own argument, unless that could put a text there. */
		if (call->command == RCV || call->command == CTL)
			return raw_address(call->argument);
		/* fallthrough */
	default:
		call->buffer_place = OWN;
		call->buffer = task->buffer + fuzz_below(random, PAGE / 2);
		return raw_address(call->buffer);
	}
}

int64_t fuzz_type(struct fuzz_random *random)
{
	return fuzz_once_in(random, 8) ? (int64_t)fuzz_number(random) :
					 (int64_t)fuzz_below(random, 9) - 4;
}

bool fuzz_is_queue(int fd)
{
	return fd >= FUZZ_QUEUE_FD && fd < FUZZ_QUEUE_FD + FUZZ_QUEUE_FDS;
}
