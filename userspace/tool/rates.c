// SPDX-License-Identifier: MIT
/*
 * rates.c - messages per second
 *
 * The module counts since the queue was created.  A rate is the difference of
 * two readings, divided by the time between them.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "tool.h"

struct sample {
	int id;
	uint64_t sent, received;
};

static int compare_samples(const void *one, const void *other)
{
	const struct sample *left = one, *right = other;

	return (left->id > right->id) - (left->id < right->id);
}

static double per_second(uint64_t now, uint64_t before, uint64_t time)
{
	return now < before || !time ? -1 :
		(double)(now - before) * SECOND / (double)time;
}

void measure_rates(struct rates *rates, struct objects *queues)
{
	struct sample *samples = calloc(queues->count + 1, sizeof(*samples));
	uint64_t now = monotonic(), time = now - rates->when;

	if (!samples)
		exit(report_errno("rates"));
	for (size_t i = 0; i < queues->count; i++) {
		struct object *queue = &queues->list[i];
		const struct sample *last = NULL;

		samples[i] = (struct sample){
			.id = queue->id,
			.sent = queue->state.counts.sent,
			.received = queue->state.counts.received,
		};
		if (queue->has_counts && rates->count)
			last = bsearch(&samples[i], rates->samples,
				       rates->count, sizeof(*last),
				       compare_samples);
		if (!last)
			continue;
		queue->rate_in = per_second(samples[i].sent, last->sent, time);
		queue->rate_out = per_second(samples[i].received,
					     last->received, time);
	}
	qsort(samples, queues->count, sizeof(*samples), compare_samples);
	free(rates->samples);
	rates->samples = samples;
	rates->count = queues->count;
	rates->when = now;
}
