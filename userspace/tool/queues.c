// SPDX-License-Identifier: MIT
/*
 * queues.c - what is known of queues, and those that the user wants to see
 */
#define _GNU_SOURCE
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "device.h"
#include "tool.h"

bool has_counts(int device)
{
	static int answer = -1;
	struct msgq_info info = { .version = 0 };

	if (answer == -1)
		answer = !ioctl(device, MSGQ_IOC_PROBE, &info) &&
			 info.features & MSGQ_FEATURE_COUNTS;
	return answer;
}

static bool read_index(int device, int index, struct queue *queue)
{
	queue->msqid = msgq_ctl(device, index, MSG_STAT_ANY, &queue->ds);
	if (queue->msqid == -1)
		return false;
	queue->state = (struct msgq_state){ .msqid = queue->msqid };
	queue->known = !msgq_state(device, &queue->state);
	queue->counted = queue->known && has_counts(device);
	queue->in = queue->out = -1;
	return true;
}

bool read_queue(int device, int msqid, struct queue *queue)
{
	/* Of an identifier the index alone counts, and that can be another's. */
	if (!read_index(device, msqid, queue))
		return false;
	if (queue->msqid == msqid)
		return true;
	errno = EINVAL;
	return false;
}

struct queues read_queues(int device)
{
	struct queues queues = { .count = 0 };
	struct msginfo info;
	int highest;

	highest = msgq_ctl(device, 0, MSG_INFO, (struct msqid_ds *)&info);
	if (highest != -1)
		queues.list = calloc((size_t)highest + 1, sizeof(*queues.list));
	if (!queues.list)
		exit(complain("list of queues"));
	for (int index = 0; index <= highest; index++)
		if (read_index(device, index, &queues.list[queues.count]))
			queues.count++;
	return queues;
}

unsigned int fullness(const struct queue *queue)
{
	unsigned long most = queue->ds.msg_qbytes;
	unsigned long holds = queue->ds.__msg_cbytes;

	if (queue->ds.msg_qnum > holds)
		holds = queue->ds.msg_qnum;
	if (!most || holds > most)
		return 100;
	return (unsigned int)(holds * 100ULL / most);
}

struct contents contents_of(const struct queues *queues)
{
	struct contents sum = { .messages = 0 };

	for (size_t i = 0; i < queues->count; i++) {
		sum.messages += queues->list[i].ds.msg_qnum;
		sum.bytes += queues->list[i].ds.__msg_cbytes;
	}
	return sum;
}

time_t last_activity(const struct queue *queue)
{
	time_t last = queue->ds.msg_ctime;

	if (queue->ds.msg_stime > last)
		last = queue->ds.msg_stime;
	if (queue->ds.msg_rtime > last)
		last = queue->ds.msg_rtime;
	return last;
}

/* Of many queues in a row, most belong to one. */
const char *user_name(uid_t uid)
{
	static char name[40];
	static uid_t last;
	const struct passwd *user;

	if (*name && uid == last)
		return name;
	user = getpwuid(uid);
	if (user)
		snprintf(name, sizeof(name), "%s", user->pw_name);
	else
		snprintf(name, sizeof(name), "%u", uid);
	last = uid;
	return name;
}

const char *group_name(gid_t gid)
{
	const struct group *group = getgrgid(gid);
	static char name[40];

	if (group)
		snprintf(name, sizeof(name), "%s", group->gr_name);
	else
		snprintf(name, sizeof(name), "%u", gid);
	return name;
}

void show_key(char *to, size_t size, int key)
{
	snprintf(to, size, "0x%08x", (unsigned int)key);
}

static long long rate_of(double rate)
{
	return rate < 0 ? 0 : (long long)(rate * 10);
}

/*
 * The columns that can be sorted by; an amount is larger where it comes first.
 */
static long long value_of(const struct queue *queue, const char *column)
{
	if (!strcmp(column, "key"))
		return (unsigned int)queue->ds.msg_perm.__key;
	if (!strcmp(column, "msqid"))
		return queue->msqid;
	if (!strcmp(column, "perms"))
		return queue->ds.msg_perm.mode & 0777;
	if (!strcmp(column, "bytes"))
		return -(long long)queue->ds.__msg_cbytes;
	if (!strcmp(column, "messages"))
		return -(long long)queue->ds.msg_qnum;
	if (!strcmp(column, "full"))
		return -(long long)fullness(queue);
	if (!strcmp(column, "rwait"))
		return -(long long)queue->state.receivers;
	if (!strcmp(column, "swait"))
		return -(long long)queue->state.senders;
	if (!strcmp(column, "claims"))
		return -(long long)queue->state.claimed;
	if (!strcmp(column, "in/s"))
		return -rate_of(queue->in);
	if (!strcmp(column, "out/s"))
		return -rate_of(queue->out);
	if (!strcmp(column, ACTIVITY))
		return -rate_of(queue->in) - rate_of(queue->out);
	return -(long long)last_activity(queue);
}

static const char *const sorts[] = {
	"key", "msqid", "owner", "perms", "bytes", "messages", "full", "rwait",
	"swait", "claims", "last",
	/* Where there are rates. */
	ACTIVITY, "in/s", "out/s",
};

#define RATES	3

static const char *sort_of(const char *text, bool rates)
{
	size_t count = sizeof(sorts) / sizeof(sorts[0]);

	for (size_t i = 0; i < count - (rates ? 0 : RATES); i++)
		if (!strcmp(text, sorts[i]))
			return sorts[i];
	usage_error("unknown column '%s'", text);
}

bool read_choice(struct choice *choice, int option)
{
	switch (option) {
	case 's':
		choice->sort = sort_of(optarg, choice->rates);
		return true;
	case 'r':
		choice->reverse = true;
		return true;
	}
	choice->filters = true;
	switch (option) {
	case 'u':
		choice->by_user = true;
		choice->user = user_of(optarg);
		return true;
	case 'f':
		choice->full = (unsigned int)number("percentage", optarg, 10,
						    0, 100);
		return true;
	case 'w':
		choice->waiting = true;
		return true;
	case 'c':
		choice->claimed = true;
		return true;
	case 'n':
		choice->filled = true;
		return true;
	case 'I':
		choice->idle = duration_of(optarg);
		return true;
	case 'o':
		choice->orphan = true;
		return true;
	}
	return false;
}

bool is_chosen(const struct queue *queue, const struct choice *choice)
{
	if (choice->by_user && queue->ds.msg_perm.uid != choice->user)
		return false;
	if (choice->waiting && !queue->state.receivers && !queue->state.senders)
		return false;
	if (choice->claimed && !queue->state.claimed)
		return false;
	if (choice->filled && !queue->ds.msg_qnum)
		return false;
	if (choice->orphan && !is_orphan(queue))
		return false;
	if (!is_idle(queue, choice->idle))
		return false;
	return fullness(queue) >= choice->full;
}

static int compare(const void *one, const void *other, void *context)
{
	const struct choice *choice = context;
	const struct queue *left = one, *right = other;
	long long a, b;
	int order;

	if (!strcmp(choice->sort, "owner")) {
		char name[40];

		snprintf(name, sizeof(name), "%s",
			 user_name(left->ds.msg_perm.uid));
		order = strcmp(name, user_name(right->ds.msg_perm.uid));
	} else {
		a = value_of(left, choice->sort);
		b = value_of(right, choice->sort);
		order = (a > b) - (a < b);
	}
	if (!order && !strcmp(choice->sort, ACTIVITY)) {
		a = last_activity(right);
		b = last_activity(left);
		order = (a > b) - (a < b);
	}
	if (!order)
		order = (left->msqid > right->msqid) -
			(left->msqid < right->msqid);
	return choice->reverse ? -order : order;
}

void choose(struct queues *queues, const struct choice *choice)
{
	struct choice by = *choice;
	size_t left = 0;

	for (size_t i = 0; i < queues->count; i++)
		if (is_chosen(&queues->list[i], choice))
			queues->list[left++] = queues->list[i];
	queues->count = left;

	/* They stand by index, which says nothing to the user. */
	if (!by.sort)
		by.sort = "msqid";
	qsort_r(queues->list, left, sizeof(*queues->list), compare, &by);
}

int choose_named(int device, struct queues *queues, char **names, bool is_key)
{
	int status = DONE, found;
	size_t left = 0, count = 0;
	struct name name;

	while (names[count])
		count++;
	queues->list = calloc(count + 1, sizeof(*queues->list));
	if (!queues->list)
		return complain("list of queues");
	for (; *names; names++) {
		name = read_name(*names, is_key);
		found = find_queue(device, &name);
		if (found == DONE && !read_queue(device, name.msqid,
						 &queues->list[left]))
			found = complain_of(&name, "read it");
		if (found == DONE)
			queues->list[left++].named = name.text;
		else
			status = found;
	}
	queues->count = left;
	return status;
}

void json_counts(const struct msgq_counts *counts)
{
	if (!counts) {
		json_null("counts");
		return;
	}
	json_begin("counts", '{');
	json_integer("sent", (long long)counts->sent);
	json_integer("received", (long long)counts->received);
	json_integer("waits", (long long)counts->waits);
	json_integer("full", (long long)counts->full);
	json_integer("claims", (long long)counts->claims);
	json_integer("returned", (long long)counts->returned);
	json_end('}');
}

void json_queue(const struct queue *queue)
{
	const struct msqid_ds *ds = &queue->ds;
	const struct msgq_state *state = &queue->state;
	char text[16];

	show_key(text, sizeof(text), ds->msg_perm.__key);
	json_text("key", text);
	json_integer("msqid", queue->msqid);
	json_text("owner", user_name(ds->msg_perm.uid));
	json_integer("uid", ds->msg_perm.uid);
	json_integer("gid", ds->msg_perm.gid);
	json_integer("cuid", ds->msg_perm.cuid);
	json_integer("cgid", ds->msg_perm.cgid);
	snprintf(text, sizeof(text), "%04o",
		 (unsigned int)ds->msg_perm.mode & 0777);
	json_text("mode", text);
	json_integer("bytes", (long long)ds->__msg_cbytes);
	json_integer("most_bytes", (long long)ds->msg_qbytes);
	json_integer("messages", (long long)ds->msg_qnum);
	json_integer("full", fullness(queue));
	json_integer("last_sender", ds->msg_lspid);
	json_integer("last_receiver", ds->msg_lrpid);
	json_time("last_send", ds->msg_stime);
	json_time("last_receive", ds->msg_rtime);
	json_time("last_change", ds->msg_ctime);
	/* All have these members, and those that cannot be read null. */
	if (queue->known) {
		json_integer("receivers", state->receivers);
		json_integer("senders", state->senders);
		json_integer("claimed", (long long)state->claimed);
		json_integer("descriptors", state->descriptors);
		json_bool("temporary", state->flags & MSGQ_STATE_TEMPORARY);
	} else {
		json_null("receivers");
		json_null("senders");
		json_null("claimed");
		json_null("descriptors");
		json_null("temporary");
	}
	json_counts(queue->counted ? &state->counts : NULL);
}

void json_queues(const char *name, const struct queues *queues)
{
	json_begin(name, '[');
	for (size_t i = 0; i < queues->count; i++) {
		json_begin(NULL, '{');
		json_queue(&queues->list[i]);
		json_end('}');
	}
	json_end(']');
}
