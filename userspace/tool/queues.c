// SPDX-License-Identifier: MIT
/*
 * queues.c - queues as the module describes them
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include "device.h"
#include "tool.h"

bool device_has_counts(int device)
{
	static int answer = -1;
	struct msgq_info info = { .version = 0 };

	if (answer == -1)
		answer = !ioctl(device, MSGQ_IOC_PROBE, &info) &&
			 info.features & MSGQ_FEATURE_COUNTS;
	return answer;
}

static bool read_object_at(int device, int index, struct object *queue)
{
	queue->id = msgq_ctl(device, index, MSG_STAT_ANY, &queue->ds);
	if (queue->id == -1)
		return false;
	queue->state = (struct msgq_state){ .msqid = queue->id };
	queue->has_state = !msgq_state(device, &queue->state);
	queue->has_counts = queue->has_state && device_has_counts(device);
	queue->rate_in = queue->rate_out = -1;
	return true;
}

bool read_object(int device, int msqid, struct object *queue)
{
	/*
	 * The call uses only the index that an identifier contains, so it may
	 * find another queue with the same index.
	 */
	if (!read_object_at(device, msqid, queue))
		return false;
	if (queue->id == msqid)
		return true;
	errno = EINVAL;
	return false;
}

struct objects read_objects(int device)
{
	struct objects queues = { .count = 0 };
	struct msginfo info;
	int highest;

	highest = msgq_ctl(device, 0, MSG_INFO, (struct msqid_ds *)&info);
	if (highest != -1)
		queues.list = calloc((size_t)highest + 1, sizeof(*queues.list));
	if (!queues.list)
		exit(report_errno("list of queues"));
	for (int index = 0; index <= highest; index++)
		if (read_object_at(device, index, &queues.list[queues.count]))
			queues.count++;
	return queues;
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

time_t last_activity(const struct object *queue)
{
	time_t last = queue->ds.msg_ctime;

	if (queue->ds.msg_stime > last)
		last = queue->ds.msg_stime;
	if (queue->ds.msg_rtime > last)
		last = queue->ds.msg_rtime;
	return last;
}
