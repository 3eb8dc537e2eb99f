// SPDX-License-Identifier: MIT
/*
 * kinds.c - the kinds of objects: their calls and their words
 */
#define _GNU_SOURCE
#include "objects.h"

static int get_queue(int device, key_t key, int semaphores, int flags)
{
	(void)semaphores;
	return msgq_get(device, key, flags);
}

static int remove_queue(int device, int msqid)
{
	return msgq_ctl(device, msqid, IPC_RMID, NULL);
}

const struct kind queue_kind = {
	.name = "msg",
	.noun = "queue",
	.plural = "queues",
	.operand = "QUEUE",
	.option = "",
	.id = "msqid",
	.columns = queue_columns,
	.rates = { "in_per_second", "out_per_second" },
	.legend = {
		"rwait, swait: tasks that wait to receive, and to send",
		"claims: claimed messages; -: you may not read the queue",
	},
	.get = get_queue,
	.highest = highest_queue,
	.read = read_queue,
	.remove = remove_queue,
	.contents = queue_contents,
	.is_orphan = is_orphan_queue,
	.json = json_queue,
};

const struct kind set_kind = {
	.name = "sem",
	.noun = "set",
	.plural = "semaphore sets",
	.operand = "SET",
	.option = " --sem",
	.id = "semid",
	.feature = MSGQ_FEATURE_SEM | MSGQ_FEATURE_SEM_WHO,
	.columns = set_columns,
	.rates = { "operations_per_second", "waits_per_second" },
	.legend = {
		"sems: semaphores; waiting: tasks that wait for one",
		"-: you may not read the set",
	},
	.get = msgq_semget,
	.highest = highest_set,
	.read = read_set,
	.remove = remove_set,
	.contents = set_contents,
	.is_orphan = is_orphan_set,
	.json = json_set,
};
