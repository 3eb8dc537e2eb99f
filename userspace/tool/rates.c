// SPDX-License-Identifier: MIT
/*
 * rates.c - what the module counts, per second
 *
 * It counts since the object was created.  A rate is the difference of
 * two readings, divided by the time between them.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "objects.h"

struct sample {
	int id;
	uint64_t counts[2];
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

void measure_rates(struct rates *rates, struct objects *objects)
{
	struct sample *samples = calloc(objects->count + 1, sizeof(*samples));
	uint64_t now = monotonic(), time = now - rates->when;

	if (!samples)
		exit(report_errno("rates"));
	for (size_t i = 0; i < objects->count; i++) {
		struct object *object = &objects->list[i];
		const struct sample *last = NULL;

		samples[i] = (struct sample){
			.id = object->id,
			.counts = { object->counts[0], object->counts[1] },
		};
		if (object->has_counts && rates->count)
			last = bsearch(&samples[i], rates->samples,
				       rates->count, sizeof(*last),
				       compare_samples);
		for (size_t j = 0; last && j < 2; j++)
			object->rates[j] = per_second(samples[i].counts[j],
						      last->counts[j], time);
	}
	qsort(samples, objects->count, sizeof(*samples), compare_samples);
	free(rates->samples);
	rates->samples = samples;
	rates->count = objects->count;
	rates->when = now;
}
