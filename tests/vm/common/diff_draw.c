// SPDX-License-Identifier: MIT
/*
 * diff_draw.c - random calls, near to valid ones and away from them in every
 * argument; see diff.h
 */
#define _GNU_SOURCE
#include <limits.h>

#include "diff.h"

#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))
#define KEY		0x64696600
#define KEYS		12

static int draw_msqid(struct diff_world *world)
{
	struct fuzz_random *random = &world->random;
	static const int odd[] = { -1, INT_MIN, INT_MAX, 0, 1, 63, -32768 };
	int msqid = 0;

	if (world->live)
		msqid = world->msqids[fuzz_below(random, world->live)];
	if (!fuzz_once_in(random, 8))
		return msqid;
	switch (fuzz_below(random, 4)) {
	case 0:
		return odd[fuzz_below(random, COUNT(odd))];
	case 1:
		/* The same index, with another sequence number. */
		return msqid ^ 1 << (15 + fuzz_below(random, 4));
	case 2:
		return msqid + 1;
	default:
		return world->old[fuzz_below(random, DIFF_REMOVED)];
	}
}

/* Draw from few types, so that rules match. */
static long draw_type(struct fuzz_random *random)
{
	static const long odd[] = { 0, -1, LONG_MAX, LONG_MIN, LONG_MAX - 1,
				    INT_MAX, INT_MIN };

	if (fuzz_once_in(random, 20))
		return odd[fuzz_below(random, COUNT(odd))];
	if (fuzz_once_in(random, 20))
		return fuzz_next(random);
	return 1 + fuzz_below(random, 6);
}

static long draw_rule(struct fuzz_random *random)
{
	static const long odd[] = { LONG_MIN, LONG_MIN + 1, LONG_MAX,
				    -LONG_MAX + 1, INT_MIN };

	switch (fuzz_below(random, 8)) {
	case 0:
		return odd[fuzz_below(random, COUNT(odd))];
	case 1:
	case 2:
		return 0;
	case 3:
	case 4:
		return -1 - (long)fuzz_below(random, 6);
	default:
		return draw_type(random);
	}
}

static size_t draw_size(struct diff_world *world, size_t usual)
{
	static const size_t odd[] = { -1, -2, LONG_MAX, LONG_MIN, INT_MAX,
				      (size_t)INT_MAX + 1, UINT_MAX,
				      LONG_MAX - 4095, 65536, 1 << 20 };
	struct fuzz_random *random = &world->random;

	switch (fuzz_below(random, 40)) {
	case 0:
	case 1:
		return 0;
	case 2:
	case 3:
		return 1;
	case 4:
	case 5:
		/* Around the size where a message continues in another page. */
		return 3960 + fuzz_below(random, 180);
	case 6:
		return 8000 + fuzz_below(random, 250);
	case 7:
		return world->limits[DIFF_MSGMAX] - 1 + fuzz_below(random, 3);
	case 8:
		return odd[fuzz_below(random, COUNT(odd))];
	case 9:
		return fuzz_below(random, fuzz_once_in(random, 4) ?
					  DIFF_LONGEST : 4096);
	default:
		return fuzz_below(random, usual);
	}
}

/* Draw the memory of a call that needs that many bytes. */
static void draw_memory(struct fuzz_random *random, struct diff_call *call,
			size_t needed)
{
	static const enum diff_place odd[] = { DIFF_NULL, DIFF_NONE,
					       DIFF_READ_ONLY, DIFF_BEYOND };

	call->fill = fuzz_below(random, DIFF_PATTERN);
	call->shift = fuzz_once_in(random, 3) ? fuzz_below(random, 16) : 0;
	if (needed > DIFF_LONGEST)
		needed = DIFF_LONGEST;
	switch (fuzz_below(random, 24)) {
	case 0:
		call->place = odd[fuzz_below(random, COUNT(odd))];
		break;
	case 1:
		/* Too short, most likely. */
		call->place = DIFF_ENDING;
		call->room = fuzz_below(random, needed + 8);
		break;
	case 2:
	case 3:
		call->place = DIFF_ENDING;
		call->room = needed;
		break;
	default:
		call->place = DIFF_GOOD;
		break;
	}
}

static int any_flags(struct fuzz_random *random)
{
	return fuzz_once_in(random, 16) ? (int)fuzz_next(random) : 0;
}

static void draw_get(struct diff_world *world, struct diff_call *call)
{
	static const int modes[] = { 0600, 0666, 0660, 0644, 0622, 0400, 0200,
				     0060, 0006, 0777, 0 };
	struct fuzz_random *random = &world->random;

	call->kind = DIFF_GET;
	call->flags = fuzz_once_in(random, 2) ?
		      modes[fuzz_below(random, COUNT(modes))] :
		      (int)fuzz_below(random, 01000);
	call->flags |= any_flags(random);
	if (fuzz_once_in(random, 2))
		call->flags |= IPC_CREAT;
	if (fuzz_once_in(random, 4))
		call->flags |= IPC_EXCL;
	call->key = KEY + fuzz_below(random, KEYS);
	if (fuzz_once_in(random, 8))
		call->key = IPC_PRIVATE;
	else if (fuzz_once_in(random, 20))
		call->key = fuzz_next(random);
}

static void draw_send(struct diff_world *world, struct diff_call *call)
{
	struct fuzz_random *random = &world->random;

	call->kind = DIFF_SEND;
	call->msqid = draw_msqid(world);
	call->size = draw_size(world, 120);
	call->type = draw_type(random);
	/* No other process would end a wait. */
	call->flags = any_flags(random) | IPC_NOWAIT;
	draw_memory(random, call, call->size + sizeof(long));
	if (call->place == DIFF_READ_ONLY)
		call->type = DIFF_TYPE;
}

static void draw_receive(struct diff_world *world, struct diff_call *call)
{
	struct fuzz_random *random = &world->random;

	call->kind = DIFF_RECEIVE;
	call->msqid = draw_msqid(world);
	call->size = draw_size(world, 300);
	call->type = draw_rule(random);
	call->flags = any_flags(random);
	if (fuzz_once_in(random, 3))
		call->flags |= MSG_NOERROR;
	if (fuzz_once_in(random, 6))
		call->flags |= MSG_EXCEPT;
	if (fuzz_once_in(random, 8)) {
		call->flags |= MSG_COPY;
		if (fuzz_once_in(random, 2))
			call->type = fuzz_below(random, 12);
	}
	if (!world->copies)
		call->flags &= ~MSG_COPY;
	/* A copy never waits. */
	if (!(call->flags & MSG_COPY) || !fuzz_once_in(random, 16))
		call->flags |= IPC_NOWAIT;
	draw_memory(random, call, call->size + sizeof(long));
}

static int draw_command(struct diff_world *world)
{
	static const int usual[] = { IPC_STAT, IPC_STAT, IPC_STAT, IPC_STAT,
				     MSG_STAT, MSG_STAT_ANY, IPC_SET, IPC_SET,
				     IPC_SET, IPC_SET, IPC_INFO, MSG_INFO };
	static const int odd[] = { -1, INT_MIN, INT_MAX, 4, 5, 6, 10, 14, 15,
				   17, 20, 0x1000, 0x10000 };
	struct fuzz_random *random = &world->random;
	unsigned int removals = world->live > 12 ? 4 : 24;

	if (fuzz_once_in(random, removals))
		return IPC_RMID;
	if (fuzz_once_in(random, 30))
		return odd[fuzz_below(random, COUNT(odd))];
	return usual[fuzz_below(random, COUNT(usual))];
}

static unsigned int draw_id(struct fuzz_random *random, unsigned int base)
{
	static const unsigned int odd[] = { -1, -2, 5000, 65534, 65535, 65536,
					    INT_MAX };

	if (fuzz_once_in(random, 10))
		return odd[fuzz_below(random, COUNT(odd))];
	return fuzz_once_in(random, 4) ? 0 : base + fuzz_below(random, 3);
}

static void draw_set(struct fuzz_random *random, struct msqid_ds *set)
{
	static const unsigned long qbytes[] = {
		0, 1, 7, 100, 2000, 4096, 16384, 16384, 16384, 16384, 16385,
		65536, INT_MAX, UINT_MAX, (unsigned long)INT_MAX + 1, -1,
	};

	set->msg_perm.uid = draw_id(random, 1000);
	set->msg_perm.gid = draw_id(random, 2001);
	set->msg_perm.mode = fuzz_next(random);
	if (fuzz_once_in(random, 2))
		set->msg_perm.mode |= 0666;
	set->msg_qbytes = qbytes[fuzz_below(random, COUNT(qbytes))];
}

static void draw_control(struct diff_world *world, struct diff_call *call)
{
	struct fuzz_random *random = &world->random;

	call->kind = DIFF_CONTROL;
	call->command = draw_command(world);
	call->msqid = draw_msqid(world);
	if ((call->command == MSG_STAT || call->command == MSG_STAT_ANY) &&
	    !fuzz_once_in(random, 4))
		call->msqid &= 0x7fff;
	if (call->command == IPC_SET)
		draw_set(random, &call->set);
	draw_memory(random, call, sizeof(struct msqid_ds));
}

void diff_draw(struct diff_world *world, struct diff_call *call)
{
	unsigned int what = fuzz_below(&world->random, 100);

	*call = (struct diff_call){ .key = 0 };
	if (what < 8)
		draw_get(world, call);
	else if (what < 42)
		draw_send(world, call);
	else if (what < 80)
		draw_receive(world, call);
	else
		draw_control(world, call);
}
