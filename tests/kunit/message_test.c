// SPDX-License-Identifier: MIT
/*
 * A message's memory: every size around the borders of its pieces, both widths
 * of a program's long, and user memory that ends too early.
 */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "msg/message.h"
#include "msg/queue.h"
#include "env.h"

#define FIRST	MSGQ_FIRST_BYTES
#define NEXT	MSGQ_SEGMENT_BYTES

/* The bytes that a piece of this size lacks to the largest. */
#define LESS(size) (MSGQ_PIECE_MAX - (size))

/* The text that fills a piece of each size, and one byte more. */
static const size_t sizes[] = {
	0, 1, 7, 8, 100,
	FIRST - LESS(128), FIRST - LESS(128) + 1,
	FIRST - LESS(256), FIRST - LESS(256) + 1,
	FIRST - LESS(512), FIRST - LESS(512) + 1,
	FIRST - LESS(1024), FIRST - LESS(1024) + 1,
	FIRST - LESS(2048), FIRST - LESS(2048) + 1,
	FIRST - 1, FIRST, FIRST + 1, PAGE_SIZE,
	FIRST + NEXT - LESS(128), FIRST + NEXT - LESS(128) + 1,
	FIRST + NEXT - LESS(256), FIRST + NEXT - LESS(256) + 1,
	FIRST + NEXT - LESS(512), FIRST + NEXT - LESS(512) + 1,
	FIRST + NEXT - LESS(1024), FIRST + NEXT - LESS(1024) + 1,
	FIRST + NEXT - LESS(2048), FIRST + NEXT - LESS(2048) + 1,
	FIRST + NEXT - 1, FIRST + NEXT, FIRST + NEXT + 1,
	FIRST + 3 * NEXT, FIRST + 3 * NEXT + 1,
};

static const unsigned int widths[] = { sizeof(s32), sizeof(s64) };

/* Place a msgbuf so that its last byte is the last before the hole. */
static char __user *msgbuf_at_end(struct env *env, char __user *area,
				  size_t size, unsigned int width)
{
	return area + AREA_BYTES - size - width;
}

static char __user *put_msgbuf(struct env *env, s64 type, size_t size,
			       unsigned int width)
{
	char __user *msgp = msgbuf_at_end(env, env->from, size, width);
	s32 type32 = type;

	KUNIT_ASSERT_EQ(env->test, 0,
			copy_to_user(msgp, width == sizeof(s32) ?
				     (void *)&type32 : (void *)&type, width));
	put_text(env, msgp + width, 7, size);
	return msgp;
}

static struct msgq_msg *new_msg(struct env *env, size_t size)
{
	struct msgq_msg *msg = msgq_msg_alloc(size);

	KUNIT_ASSERT_NOT_NULL(env->test, msg);
	KUNIT_EXPECT_EQ(env->test, msg->size, size);
	KUNIT_EXPECT_TRUE(env->test, list_empty(&msg->all));
	KUNIT_EXPECT_FALSE(env->test, msg->taken);
	return msg;
}

/* Make a message of a msgbuf, type and text. */
static struct msgq_msg *make_msg(struct env *env, const char __user *msgp,
				 size_t size, unsigned int width)
{
	struct msgq_msg *msg;
	s64 type = 0;

	KUNIT_EXPECT_EQ(env->test, 0, msgq_user_type(msgp, width, &type));
	msg = msgq_msg_make(type, msgp + width, size);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(env->test, msg);
	KUNIT_EXPECT_EQ(env->test, msg->size, size);
	KUNIT_EXPECT_EQ(env->test, msg->node.key, type);
	return msg;
}

static void expect_stored(struct env *env, struct msgq_msg *msg, size_t size,
			  unsigned int width)
{
	char __user *to = msgbuf_at_end(env, env->to, size, width);
	s64 type = 0;

	KUNIT_EXPECT_EQ(env->test, 0, msgq_msg_store(msg, to, size, width));
	KUNIT_EXPECT_EQ(env->test, 0, copy_from_user(&type, to, width));
	KUNIT_EXPECT_EQ(env->test, type, 5);
	KUNIT_EXPECT_TRUE(env->test, is_text(env, to + width, 7, size));
}

static void message_there_and_back(struct kunit *test)
{
	struct env *env = test->priv;
	int i, j, k;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(widths); j++) {
			char __user *from = put_msgbuf(env, 5, sizes[i],
						       widths[j]);
			struct msgq_msg *msg =
				make_msg(env, from, sizes[i], widths[j]);

			for (k = 0; k < ARRAY_SIZE(widths); k++)
				expect_stored(env, msg, sizes[i], widths[k]);
			msgq_msg_free(msg);
		}
	}
}

/* Cut at every border, and nothing written behind the cut. */
static void message_cut(struct kunit *test)
{
	struct env *env = test->priv;
	size_t most = FIRST + 3 * NEXT + 1;
	struct msgq_msg *msg =
		make_msg(env, put_msgbuf(env, 5, most, 8), most, 8);
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		expect_stored(env, msg, sizes[i], 8);
	msgq_msg_free(msg);
}

static void message_copy(struct kunit *test)
{
	struct env *env = test->priv;
	size_t most = FIRST + 3 * NEXT + 1;
	int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		char __user *msgp = put_msgbuf(env, 5, sizes[i], 8);
		struct msgq_msg *from = make_msg(env, msgp, sizes[i], 8);
		struct msgq_msg *to = new_msg(env, most);

		msgq_msg_copy(to, from);
		KUNIT_EXPECT_EQ(test, to->size, sizes[i]);
		expect_stored(env, to, sizes[i], 8);
		msgq_msg_free(from);
		msgq_msg_free(to);
	}
}

static void message_types(struct kunit *test)
{
	static const struct {
		s64 type;
		unsigned int width;
	} cases[] = {
		{ 1, 8 }, { 0, 8 }, { -1, 8 }, { S64_MAX, 8 }, { S64_MIN, 8 },
		{ 1, 4 }, { 0, 4 }, { -1, 4 }, { S32_MAX, 4 }, { S32_MIN, 4 },
	};
	struct env *env = test->priv;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int width = cases[i].width;
		char __user *from = put_msgbuf(env, cases[i].type, 3, width);
		s64 type = 0;

		KUNIT_EXPECT_EQ(test, msgq_user_type(from, width, &type), 0);
		KUNIT_EXPECT_EQ(test, type, cases[i].type);
		/* One byte of the type is missing. */
		KUNIT_EXPECT_EQ(test, -EFAULT,
				msgq_user_type(from + 3 + 1, width, &type));
	}
}

/* A msgbuf that ends too early, by a byte of its text or of its type. */
static void message_faults(struct kunit *test)
{
	struct env *env = test->priv;
	char __user *hole = env->from + AREA_BYTES;
	char __user *to_hole = env->to + AREA_BYTES;
	int i, j;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (j = 0; j < ARRAY_SIZE(widths); j++) {
			char __user *from =
				put_msgbuf(env, 5, sizes[i], widths[j]);
			struct msgq_msg *msg =
				make_msg(env, from, sizes[i], widths[j]);
			size_t whole = sizes[i] + widths[j];

			KUNIT_EXPECT_EQ(test, -EFAULT,
					msgq_msg_store(msg, to_hole - whole + 1,
						       sizes[i], widths[j]));
			KUNIT_EXPECT_EQ(test, -EFAULT,
					msgq_msg_store(msg, to_hole, sizes[i],
						       widths[j]));
			KUNIT_EXPECT_EQ(test, -EFAULT,
					msgq_msg_store(msg, env->read_only,
						       sizes[i], widths[j]));
			/* Still whole after all that. */
			expect_stored(env, msg, sizes[i], widths[j]);
			msgq_msg_free(msg);
		}
		if (sizes[i])
			KUNIT_EXPECT_PTR_EQ(test, ERR_PTR(-EFAULT),
					    msgq_msg_make(5,
							  hole - sizes[i] + 1,
							  sizes[i]));
	}
}

/* Read the text of a message that is there: the type stays. */
static void message_text_alone(struct kunit *test)
{
	struct env *env = test->priv;
	struct msgq_msg *msg = new_msg(env, 20);

	msg->node.key = 77;
	put_text(env, env->from, 7, 20);
	KUNIT_EXPECT_EQ(test, 0, msgq_msg_fill(msg, env->from));
	KUNIT_EXPECT_EQ(test, msg->node.key, 77);
	KUNIT_EXPECT_EQ(test, -EFAULT,
			msgq_msg_fill(msg, env->from + AREA_BYTES));
	msgq_msg_free(msg);
}

/* More memory than KASAN keeps in quarantine. */
#define KEPT_BYTES	(16 << 20)
#define DIRTY		0xd3
#define DIRTY_MESSAGES	16

/* Is a text all clear?  It is made dirty. */
static bool text_is_clear(struct msgq_msg *msg)
{
	size_t left = msg->size, part = min_t(size_t, left, FIRST);
	struct msgq_segment *segment = msg->more;
	char *text = msg->text;
	bool clear = true;

	while (left) {
		clear = clear && !memchr_inv(text, 0, part);
		memset(text, DIRTY, part);
		left -= part;
		part = min_t(size_t, left, NEXT);
		if (left) {
			text = segment->text;
			segment = segment->more;
		}
	}
	return clear;
}

/* Are new messages of a size clear?  Their memory is made dirty. */
static bool are_clear(struct env *env, size_t size)
{
	struct msgq_msg *msgs[DIRTY_MESSAGES];
	bool clear = true;
	int i;

	for (i = 0; i < DIRTY_MESSAGES; i++) {
		msgs[i] = new_msg(env, size);
		clear = text_is_clear(msgs[i]) && clear;
	}
	msgq_msg_free_many(msgs, DIRTY_MESSAGES);
	return clear;
}

/* The same for many messages that are allocated in one call. */
static bool many_are_clear(struct env *env)
{
	struct msgq_msg *msgs[DIRTY_MESSAGES];
	bool clear = true;
	int i;

	KUNIT_ASSERT_TRUE(env->test, msgq_msg_alloc_short(msgs, DIRTY_MESSAGES));
	for (i = 0; i < DIRTY_MESSAGES; i++) {
		msgs[i]->size = MSGQ_SHORT_BYTES;
		clear = text_is_clear(msgs[i]) && clear;
	}
	msgq_msg_free_many(msgs, DIRTY_MESSAGES);
	return clear;
}

/* The queue's inline message: a long text, and then a short one. */
static bool own_is_clear(struct env *env)
{
	int id = new_queue(env, 0600);
	struct msgq_msg *own = &queue_at(env, id)->inline_msg;

	KUNIT_EXPECT_EQ(env->test, 0, send(env, id, 1, 1, MSGQ_SHORT_BYTES));
	KUNIT_EXPECT_EQ(env->test, MSGQ_SHORT_BYTES,
			receive(env, id, MSGQ_SHORT_BYTES, 0, 0));
	KUNIT_EXPECT_EQ(env->test, 0, send(env, id, 1, 1, 1));
	return !memchr_inv(own->text + 1, 0, MSGQ_SHORT_BYTES - 1);
}

/* Make the allocator use freed memory again. */
static void use_up(struct env *env)
{
	int i;

	for (i = 0; i < KEPT_BYTES / MSGQ_PIECE_MAX; i++)
		msgq_msg_free(new_msg(env, FIRST));
}

/* Texts are clear with init=1, and not without it, or this could not fail. */
static void message_cleared(struct kunit *test)
{
	static const size_t some[] = { 1, 100, 1000, FIRST + NEXT, 5 * NEXT };
	struct env *env = test->priv;
	int clears, i;

	for (clears = 1; clears >= 0; clears--) {
		msgq_msg_exit();
		KUNIT_ASSERT_EQ(test, 0, msgq_msg_init(clears));
		for (i = 0; i < ARRAY_SIZE(some); i++)
			are_clear(env, some[i]);
		use_up(env);
		for (i = 0; i < ARRAY_SIZE(some); i++)
			KUNIT_EXPECT_EQ(test, are_clear(env, some[i]), clears);
		use_up(env);
		KUNIT_EXPECT_EQ(test, many_are_clear(env), clears);
		KUNIT_EXPECT_EQ(test, own_is_clear(env), clears);
	}
}

static struct kunit_case message_cases[] = {
	KUNIT_CASE(message_there_and_back),
	KUNIT_CASE(message_cut),
	KUNIT_CASE(message_copy),
	KUNIT_CASE(message_types),
	KUNIT_CASE(message_faults),
	KUNIT_CASE(message_text_alone),
	KUNIT_CASE(message_cleared),
	{ }
};

static struct kunit_suite message_suite = {
	.name = "msgq_message",
	.init = env_init,
	.exit = env_exit,
	.test_cases = message_cases,
};

kunit_test_suite(message_suite);
