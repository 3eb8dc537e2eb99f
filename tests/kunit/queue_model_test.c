// SPDX-License-Identifier: MIT
/*
 * A whole queue against a model of it: an array of messages in order of
 * arrival that is searched from end to end. Random sequences of sends,
 * receives of every kind, failing ones too, claims and their ends, and changes
 * of the queue get the same answers from both, and leave the same state.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/msg.h>
#include <linux/string.h>

#include "msg/control.h"
#include "msg/queue.h"
#include "msg/remove.h"
#include "batches.h"

#define SEQUENCES	300
#define STEPS		120
#define MOST		64
#define LONGEST		40

struct model_msg {
	s64 type;
	u32 number;
	size_t size;
	u32 deliveries;
	u64 token;		/* 0 while it is not claimed */
};

struct model {
	struct env *env;
	struct rnd_state rnd;
	int id;
	struct msgq_descriptor *descriptor;
	u64 last_token;
	int claimed;
	u32 sent;
	u64 qbytes;
	u64 cbytes;
	int qnum;
	struct model_msg msgs[MOST];
};

static bool meets(s64 type, s64 msgtyp, int flags)
{
	if (!msgtyp)
		return true;
	if (msgtyp < 0)
		return type <= (msgtyp == S64_MIN ? S64_MAX : -msgtyp);
	return (type == msgtyp) == !(flags & MSG_EXCEPT);
}

/* The place of the message that a receive chooses, or -1. */
static int model_choose(struct model *model, s64 msgtyp, int flags)
{
	int i, found = -1;

	if (flags & MSG_COPY) {
		for (i = 0; i < model->qnum; i++)
			if (!model->msgs[i].token && !msgtyp--)
				return i;
		return -1;
	}

	for (i = 0; i < model->qnum; i++) {
		s64 type = model->msgs[i].type;

		if (model->msgs[i].token || !meets(type, msgtyp, flags))
			continue;
		if (found < 0 ||
		    (msgtyp < 0 && type < model->msgs[found].type))
			found = i;
		if (msgtyp >= 0)
			break;
	}
	return found;
}

static void model_take(struct model *model, int place)
{
	model->cbytes -= model->msgs[place].size;
	model->qnum--;
	memmove(&model->msgs[place], &model->msgs[place + 1],
		(model->qnum - place) * sizeof(model->msgs[0]));
}

static s64 draw_type(struct model *model)
{
	switch (below(&model->rnd, 10)) {
	case 0:
		return S64_MAX;
	case 1:
		return 1 + below(&model->rnd, 1000);
	default:
		return 1 + below(&model->rnd, 5);
	}
}

static bool step_send(struct model *model)
{
	s64 type = below(&model->rnd, 20) ? draw_type(model) : 0;
	size_t size = below(&model->rnd, LONGEST);
	u32 number = ++model->sent;
	int expected = 0;

	if (type < 1)
		expected = -EINVAL;
	else if (model->cbytes + size > model->qbytes ||
		 model->qnum + 1 > model->qbytes)
		expected = -EAGAIN;
	else if (model->qnum == MOST)
		return true;

	if (send(model->env, model->id, type, number, size) != expected)
		return false;
	if (!expected) {
		model->msgs[model->qnum++] = (struct model_msg){
			.type = type,
			.number = number,
			.size = size,
		};
		model->cbytes += size;
	}
	return true;
}

static s64 draw_msgtyp(struct model *model)
{
	switch (below(&model->rnd, 12)) {
	case 0:
		return S64_MIN;
	case 1:
	case 2:
		return 0;
	case 3:
	case 4:
		return draw_type(model);
	default:
		return (s64)below(&model->rnd, 12) - 6;
	}
}

static bool step_receive(struct model *model)
{
	static const int flags_of[] = {
		0, 0, MSG_NOERROR, MSG_EXCEPT, MSG_EXCEPT | MSG_NOERROR,
		MSG_COPY, MSG_COPY | MSG_NOERROR,
	};
	int flags = flags_of[below(&model->rnd, ARRAY_SIZE(flags_of))];
	size_t size = below(&model->rnd, LONGEST);
	s64 msgtyp = draw_msgtyp(model);
	int place = model_choose(model, msgtyp, flags);
	bool faults = !below(&model->rnd, 8);
	struct env *env = model->env;
	char __user *to = env->to;
	struct model_msg msg;
	long expected, ret;

	if (faults && !(flags & MSG_COPY))
		env->to = env->from + AREA_BYTES - sizeof(s64);
	else
		faults = false;

	if (place < 0) {
		expected = -ENOMSG;
	} else {
		msg = model->msgs[place];
		expected = min(msg.size, size);
		if (msg.size > size && !(flags & MSG_NOERROR))
			expected = -E2BIG;
		else if (msg.size > size && flags & MSG_COPY)
			expected = -EINVAL;
		else if (faults && expected)
			expected = -EFAULT;
	}

	ret = receive(env, model->id, size, msgtyp, flags);
	if (ret != expected ||
	    (ret >= 0 && (received_type(env) != msg.type ||
			  !is_text(env, env->to + sizeof(s64), msg.number, ret)))) {
		env->to = to;
		return false;
	}
	env->to = to;
	if (ret >= 0 && !(flags & MSG_COPY))
		model_take(model, place);
	return true;
}

static bool step_claim(struct model *model)
{
	static const int flags_of[] = { 0, MSG_NOERROR, MSG_EXCEPT };
	int flags = flags_of[below(&model->rnd, ARRAY_SIZE(flags_of))];
	size_t size = below(&model->rnd, LONGEST);
	struct msgq_entry entry = { .size = size };
	s64 msgtyp = draw_msgtyp(model);
	int place = model_choose(model, msgtyp, flags);
	bool faults = !below(&model->rnd, 8);
	struct model_msg *msg;
	long expected = 1, ret;

	msg = place < 0 ? NULL : &model->msgs[place];
	if (!msg)
		expected = -ENOMSG;
	else if (msg->size > size && !(flags & MSG_NOERROR))
		expected = -E2BIG;
	else if (faults && min(msg->size, size))
		expected = -EFAULT;

	ret = receive_batch(model->env, model->descriptor, &entry, 1, msgtyp,
			    flags, true, faults ? 0 : -1);
	if (ret != expected)
		return false;
	if (ret < 0)
		return true;

	msg->token = entry.token;
	msg->deliveries++;
	model->claimed++;
	if (entry.token <= model->last_token)
		return false;
	model->last_token = entry.token;
	return entry.deliveries == msg->deliveries &&
	       (faults || is_entry(model->env, &entry, msg->type, msg->number,
				   min(msg->size, size)));
}

/* End some claim, or try to end one that does not exist. */
static bool step_settle(struct model *model)
{
	bool release = below(&model->rnd, 2);
	u64 token = 1 + below(&model->rnd, model->last_token + 3);
	int skip = model->claimed ? below(&model->rnd, model->claimed) : 0;
	int i, place = -1;

	for (i = 0; i < model->qnum; i++) {
		bool drawn = model->msgs[i].token && !skip--;

		if (drawn && below(&model->rnd, 8))
			token = model->msgs[i].token;
	}
	for (i = 0; i < model->qnum; i++)
		if (model->msgs[i].token == token)
			place = i;

	if (settle(model->env, model->descriptor, &token, 1, release) !=
	    (place < 0 ? -ENOENT : 1))
		return false;
	if (place < 0)
		return true;
	model->claimed--;
	model->msgs[place].token = 0;
	if (!release)
		model_take(model, place);
	return true;
}

/* Close the descriptor, which ends its claims, and open another. */
static bool step_close(struct model *model, int *fd)
{
	int i;

	close_queue(*fd);
	for (i = 0; i < model->qnum; i++)
		model->msgs[i].token = 0;
	model->claimed = 0;
	model->last_token = 0;
	*fd = open_queue(model->env, model->id, 0);
	model->descriptor = descriptor_of(model->env, *fd);
	return true;
}

static bool step_set(struct model *model)
{
	model->qbytes = below(&model->rnd, 3) ? 20 * LONGEST :
			below(&model->rnd, 4 * LONGEST);
	return !set_queue(model->env, model->id, 0600, model->qbytes);
}

static bool agrees(struct model *model)
{
	struct msgq_ds64 ds = stat_of(model->env, model->id);

	return ds.qnum == model->qnum && ds.cbytes == model->cbytes &&
	       ds.qbytes == model->qbytes &&
	       model->descriptor->queue->claimed == model->claimed &&
	       atomic_long_read(&model->env->instance->messages) == model->qnum;
}

static bool step(struct model *model, int *fd)
{
	u32 drawn = below(&model->rnd, 100);

	if (drawn < 40)
		return step_send(model);
	if (drawn < 65)
		return step_receive(model);
	if (drawn < 80)
		return step_claim(model);
	if (drawn < 95)
		return step_settle(model);
	if (drawn < 97)
		return step_close(model, fd);
	return step_set(model);
}

static void queue_as_model(struct kunit *test)
{
	struct env *env = test->priv;
	struct model *model;
	u32 seed, sequence, i;
	int fd;

	model = kunit_kzalloc(test, sizeof(*model), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, model);
	seed = env_seed(&model->rnd);
	kunit_info(test, "seed %u", seed);
	model->env = env;

	for (sequence = 0; sequence < SEQUENCES; sequence++) {
		model->id = new_queue(env, 0600);
		model->qbytes = env->instance->limits.msgmnb;
		model->cbytes = 0;
		model->qnum = 0;
		model->claimed = 0;
		model->last_token = 0;
		fd = open_queue(env, model->id, 0);
		model->descriptor = descriptor_of(env, fd);
		for (i = 0; i < STEPS; i++)
			KUNIT_ASSERT_TRUE_MSG(test, step(model, &fd) && agrees(model),
					      "seed %u sequence %u step %u",
					      seed, sequence, i);
		KUNIT_ASSERT_EQ(test, msgq_remove(env->instance, model->id), 0);
		close_queue(fd);
		KUNIT_ASSERT_EQ(test, atomic_long_read(&env->instance->messages), 0);
	}
}

static struct kunit_case queue_model_cases[] = {
	KUNIT_CASE(queue_as_model),
	{ }
};

static struct kunit_suite queue_model_suite = {
	.name = "msgq_queue_model",
	.init = env_init,
	.exit = env_exit,
	.test_cases = queue_model_cases,
};

kunit_test_suite(queue_model_suite);
