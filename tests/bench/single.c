// SPDX-License-Identifier: MIT
/*
 * single.c - cases of one task that never waits
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* Keys of the queues to look up: this one and the following. */
#define FIRST_KEY	0x62000000

/* Each channel passes messages of the size, and has the case's rule. */
bool open_channels(struct run *run, unsigned int count, size_t size,
		   size_t room)
{
	run->channels = allocate(count, sizeof(*run->channels));
	for (unsigned int i = 0; i < count; i++) {
		struct channel *channel = &run->channels[i];

		channel->peer = run->peer;
		channel->calls = run->peer->calls;
		channel->size = size;
		/* A socket gives no empty message to an empty buffer. */
		channel->taken = size ? size : 1;
		channel->room = room;
		channel->rule = run->what->pick.rule;
		channel->flags = run->what->pick.flags;
		channel->message = allocate(1, sizeof(struct message) +
					       channel->taken);
		memset(channel->message->text, 'm', size);
		channel->message->type = run->what->pick.sent ?: 1;
		if (run->peer->open && !run->peer->open(channel))
			die("%s: cannot make one: %s", run->peer->name,
			    strerror(errno));
		if (room && run->peer->widen && !run->peer->widen(channel))
			die("%s: no room for %zu bytes: %s", run->peer->name,
			    room, strerror(errno));
		run->channel_count++;
	}
	return true;
}

void close_channels(struct run *run)
{
	for (unsigned int i = 0; i < run->channel_count; i++) {
		struct channel *channel = &run->channels[i];

		if (run->peer->close)
			run->peer->close(channel);
		free(channel->message);
	}
	free(run->channels);
}

bool prepare_size(struct run *run)
{
	size_t size = run->param;
	size_t room = size * run->peer->messages;

	if (!size && !(run->peer->can & EMPTY))
		return false;
	if (size > 65536 && !(run->peer->can & LARGE))
		return false;
	return open_channels(run, 1, size,
			     room > USUAL_ROOM ? room : USUAL_ROOM);
}

bool prepare_call(struct run *run)
{
	return open_channels(run, 1, 0, 0);
}

void put(struct channel *channel, long type, size_t size)
{
	struct message *message = allocate(1, sizeof(*message) + size + 1);

	message->type = type;
	if (channel->calls->send(channel->queue, message, size, IPC_NOWAIT))
		die("%s: a message that should stay: %s", channel->peer->name,
		    strerror(errno));
	free(message);
}

/*
 * Types that all differ are scattered: the product of i and an odd number is
 * different in 32 bits for each i.  The first type is 2.
 */
static long resident_type(const struct pick *pick, uint32_t i)
{
	return pick->resident ?: 2 + (long)(i * 0x9e3779b1U);
}

bool prepare_depth(struct run *run)
{
	const struct pick *pick = &run->what->pick;

	if (!pick->sent && !(run->peer->can & TYPES))
		return false;
	open_channels(run, 1, 16, (run->param + 1) * 16);
	for (unsigned long i = 0; i < run->param; i++)
		put(run->channels, resident_type(pick, i), 16);
	return true;
}

long long time_pairs(struct run *run, unsigned long count)
{
	long long begin = now();

	none_failed(run, run->peer->loop(run->channels, count, PAIRS));
	return now() - begin;
}

/* There is no message that the rule takes. */
long long time_refused(struct run *run, unsigned long count)
{
	long long begin = now();

	if (run->peer->loop(run->channels, count, RECEIVES) != count)
		die("%s: a receive of what is not there succeeded",
		    run->peer->name);
	return now() - begin;
}

static int *queues_of(struct run *run)
{
	return (int *)run->channels->message->text;
}

/* The identifiers are stored in place of a text. */
bool prepare_queues(struct run *run)
{
	int (*get)(key_t key, int msgflg) = run->peer->calls->get;

	open_channels(run, 1, run->param * sizeof(int), 0);
	for (unsigned long i = 0; i < run->param; i++) {
		queues_of(run)[i] = get(FIRST_KEY + i,
					IPC_CREAT | IPC_EXCL | 0600);
		if (queues_of(run)[i] == -1)
			die("%s: queue %lu: %s", run->peer->name, i,
			    strerror(errno));
	}
	return true;
}

void finish_queues(struct run *run)
{
	for (unsigned long i = 0; i < run->param; i++)
		run->peer->calls->control(queues_of(run)[i], IPC_RMID, NULL);
	close_channels(run);
}

/* Look up one queue after the other by its key. */
long long time_get(struct run *run, unsigned long count)
{
	int (*get)(key_t key, int msgflg) = run->peer->calls->get;
	unsigned long failed = 0, next = 0;
	long long begin = now();

	while (count--) {
		failed += get(FIRST_KEY + next, 0) < 0;
		if (++next == run->param)
			next = 0;
	}
	none_failed(run, failed);
	return now() - begin;
}

long long time_make(struct run *run, unsigned long count)
{
	const struct peer *peer = run->peer;
	struct channel channel = *run->channels;
	unsigned long failed = 0;
	long long begin = now();

	while (count--) {
		failed += !peer->open(&channel);
		peer->close(&channel);
	}
	none_failed(run, failed);
	return now() - begin;
}

/* Use up the free objects in the slabs first. */
bool prepare_memory(struct run *run)
{
	open_channels(run, 1, run->param, 64UL << 20);
	none_failed(run, run->peer->loop(run->channels, 5000, SENDS));
	return true;
}

static long long slab_bytes(void)
{
	FILE *file = fopen("/proc/sys/vm/stat_refresh", "we");
	long long kilobytes = -1;
	char line[128];

	/* Fold in the last changes, which each processor keeps to itself. */
	if (!file || fputs("1\n", file) < 0 || fclose(file))
		die("the statistics of memory cannot be refreshed");
	file = fopen("/proc/meminfo", "re");
	while (file && kilobytes < 0 && fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %lld kB", &kilobytes) != 1)
			kilobytes = -1;
	if (kilobytes < 0)
		die("/proc/meminfo tells no Slab");
	fclose(file);
	return kilobytes * 1024;
}

/*
 * All peers store short messages in slabs.  Measure the slabs, not the free
 * pages of the system: each processor keeps some hundred of those for itself.
 */
long long use_memory(struct run *run, unsigned long count)
{
	long long before = slab_bytes();

	none_failed(run, run->peer->loop(run->channels, count, SENDS));
	return slab_bytes() - before;
}
