// SPDX-License-Identifier: MIT
/*
 * queues.c - queues as the module describes them
 */
#define _GNU_SOURCE
#include <sys/ioctl.h>

#include "device.h"
#include "objects.h"

bool device_has_counts(int device)
{
	static int answer = -1;
	struct msgq_info info = { .version = 0 };

	if (answer == -1)
		answer = !ioctl(device, MSGQ_IOC_PROBE, &info) &&
			 info.features & MSGQ_FEATURE_COUNTS;
	return answer;
}

/* The time of the last send, receive or change. */
static time_t last_activity(const struct msqid_ds *ds)
{
	time_t last = ds->msg_ctime;

	if (ds->msg_stime > last)
		last = ds->msg_stime;
	if (ds->msg_rtime > last)
		last = ds->msg_rtime;
	return last;
}

bool read_queue(int device, int index, struct object *queue)
{
	queue->id = msgq_ctl(device, index, MSG_STAT_ANY, &queue->ds);
	if (queue->id == -1)
		return false;
	queue->perm = queue->ds.msg_perm;
	queue->last = last_activity(&queue->ds);
	queue->state.msqid = queue->id;
	queue->has_state = !msgq_state(device, &queue->state);
	queue->has_counts = queue->has_state && device_has_counts(device);
	queue->counts[0] = queue->state.counts.sent;
	queue->counts[1] = queue->state.counts.received;
	return true;
}

int highest_queue(int device)
{
	struct msginfo info;

	return msgq_ctl(device, 0, MSG_INFO, (struct msqid_ds *)&info);
}

unsigned int fullness(const struct object *queue)
{
	unsigned long max = queue->ds.msg_qbytes;
	unsigned long used = queue->ds.__msg_cbytes;

	if (queue->ds.msg_qnum > used)
		used = queue->ds.msg_qnum;
	if (!max || used > max)
		return 100;
	return (unsigned int)(used * 100ULL / max);
}

struct contents contents_of(const struct objects *queues)
{
	struct contents sum = { .messages = 0 };

	for (size_t i = 0; i < queues->count; i++) {
		sum.messages += queues->list[i].ds.msg_qnum;
		sum.bytes += queues->list[i].ds.__msg_cbytes;
	}
	return sum;
}

void queue_contents(const struct objects *queues, char *to, size_t size)
{
	snprintf(to, size, "%llu messages", contents_of(queues).messages);
}

static double bytes(const struct object *queue)
{
	return (double)queue->ds.__msg_cbytes;
}

static double messages(const struct object *queue)
{
	return (double)queue->ds.msg_qnum;
}

static void full_text(const struct object *queue, char *to, size_t size)
{
	snprintf(to, size, "%u%%", fullness(queue));
}

static long long full_order(const struct object *queue)
{
	return -(long long)fullness(queue);
}

static enum colour full_colour(const struct object *queue)
{
	return colour_of_fullness(fullness(queue));
}

static double receivers(const struct object *queue)
{
	return queue->has_state ? (double)queue->state.receivers : -1;
}

static double senders(const struct object *queue)
{
	return queue->has_state ? (double)queue->state.senders : -1;
}

static double claimed(const struct object *queue)
{
	return queue->has_state ? (double)queue->state.claimed : -1;
}

const struct column queue_columns[] = {
	{ "key", 10, 6, .left = true, .text = key_text, .order = key_order },
	{ "msqid", 10, 1, .left = true, .text = id_text, .order = id_order },
	{ "owner", 8, 10, .left = true, .text = owner_text },
	{ "perms", .left = true, .text = perms_text, .order = perms_order },
	{ "bytes", .number = bytes },
	{ "messages", 8, 2, .number = messages },
	{ "full", 4, 3, .text = full_text, .order = full_order,
	  .colour = full_colour },
	{ "in/s", 7, 4, .rate = true, .number = first_rate },
	{ "out/s", 7, 5, .rate = true, .number = second_rate },
	{ "rwait", 5, 7, .number = receivers },
	{ "swait", 5, 8, .number = senders },
	{ "claims", 6, 9, .number = claimed },
	{ "last", .text = last_text, .order = last_order },
	{ .name = NULL },
};
