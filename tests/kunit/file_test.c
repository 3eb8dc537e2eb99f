// SPDX-License-Identifier: MIT
/*
 * A queue's file as a program uses it: read, write, poll, close.
 */
#include <kunit/test.h>
#include <linux/cred.h>
#include <linux/errno.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/msg.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/wait.h>

#include "msg/control.h"
#include "msg/descriptor.h"
#include "msg/message.h"
#include "msg/queue.h"
#include "msg/remove.h"
#include "env.h"

#define SIZE	10
/* The type that writing gives. */
#define TYPE	7

/* Open a file that is in no table of open files; the test releases it. */
static struct file *open_arg(struct env *env, const struct msgq_open *arg)
{
	long fd = msgq_open(env->instance, arg);
	struct file *file;

	KUNIT_ASSERT_GE(env->test, fd, 0);
	file = fget(fd);
	KUNIT_ASSERT_NOT_NULL(env->test, file);
	close_fd(fd);
	return file;
}

static struct file *open_rule(struct env *env, int id, s64 msgtyp, int msgflg)
{
	const struct msgq_open arg = {
		.name = id,
		.flags = MSGQ_OPEN_READ,
		.msgtyp = msgtyp,
		.msgflg = msgflg,
	};

	return open_arg(env, &arg);
}

static struct file *open_writer(struct env *env, int id, size_t room)
{
	const struct msgq_open arg = {
		.name = id,
		.flags = MSGQ_OPEN_WRITE,
		.type = TYPE,
		.room = room,
	};

	return open_arg(env, &arg);
}

static void close_file(struct file *file)
{
	fput(file);
	flush_delayed_fput();
}

static ssize_t write_at(struct file *file, char __user *from, size_t size)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, ITER_SOURCE, from, size);
	return vfs_iter_write(file, &iter, NULL, RWF_NOWAIT);
}

static ssize_t write_text(struct env *env, struct file *file, u32 number,
			  size_t size)
{
	put_text(env, env->from, number, size);
	return write_at(file, env->from, size);
}

static ssize_t read_at(struct file *file, char __user *to, size_t room)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, ITER_DEST, to, room);
	return vfs_iter_read(file, &iter, NULL, RWF_NOWAIT);
}

static void expect_text(struct env *env, struct file *file, size_t room,
			u32 number, size_t size)
{
	KUNIT_EXPECT_EQ(env->test, read_at(file, env->to, room), size);
	KUNIT_EXPECT_TRUE(env->test, is_text(env, env->to, number, size));
}

static void file_texts(struct kunit *test)
{
	static const size_t sizes[] = {
		1, MSGQ_SHORT_BYTES, MSGQ_SHORT_BYTES + 1, PAGE_SIZE,
		3 * PAGE_SIZE,
	};
	struct env *env = test->priv;
	struct file *reader, *writer;
	int id, i;

	env->instance->limits.msgmax = 3 * PAGE_SIZE;
	id = new_queue(env, 0600);
	reader = open_rule(env, id, TYPE, 0);
	writer = open_writer(env, id, 0);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		KUNIT_EXPECT_EQ(test, write_text(env, writer, i, sizes[i]),
				sizes[i]);
		expect_text(env, reader, AREA_BYTES, i, sizes[i]);
	}
	KUNIT_EXPECT_EQ(test, read_at(reader, env->to, SIZE), -EAGAIN);
	KUNIT_EXPECT_EQ(test, write_text(env, writer, 1, 3 * PAGE_SIZE + 1),
			-EMSGSIZE);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
	close_file(reader);
	close_file(writer);
}

/* Lack of memory is reported, and nothing is sent then. */
static void file_memory(struct kunit *test)
{
	static const size_t sizes[] = { SIZE, 3 * PAGE_SIZE };
	struct env *env = test->priv;
	struct file *reader, *writer;
	int id, failures;
	ssize_t ret;

	env->instance->limits.msgmax = 3 * PAGE_SIZE;
	id = new_queue(env, 0600);
	reader = open_rule(env, id, TYPE, 0);
	writer = open_writer(env, id, 0);
	/* Use up the queue's inline message, which needs no memory. */
	KUNIT_EXPECT_EQ(test, send(env, id, TYPE + 1, 1, 0), 0);
	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		put_text(env, env->from, i, sizes[i]);
		failures = 0;
		for (int nth = 1; ; nth++) {
			current->fail_nth = nth;
			ret = write_at(writer, env->from, sizes[i]);
			if (!has_failed())
				break;
			/* Failures in the kernel's checkers do not count. */
			if (ret == sizes[i]) {
				expect_text(env, reader, AREA_BYTES, i, sizes[i]);
				continue;
			}
			KUNIT_ASSERT_EQ(test, ret, -ENOMEM);
			KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 1);
			failures++;
		}
		KUNIT_EXPECT_GT(test, failures, i);
		KUNIT_EXPECT_EQ(test, ret, sizes[i]);
		expect_text(env, reader, AREA_BYTES, i, sizes[i]);
	}
	close_file(reader);
	close_file(writer);
}

static void file_room(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct file *reader = open_rule(env, id, 0, 0);
	struct file *cutter = open_rule(env, id, 0, MSG_NOERROR);
	struct file *writer = open_writer(env, id, 0);

	KUNIT_EXPECT_EQ(test, write_text(env, writer, 1, SIZE), SIZE);
	KUNIT_EXPECT_EQ(test, read_at(reader, env->to, SIZE - 1), -E2BIG);
	expect_text(env, reader, SIZE, 1, SIZE);
	KUNIT_EXPECT_EQ(test, write_text(env, writer, 2, SIZE), SIZE);
	expect_text(env, cutter, SIZE - 1, 2, SIZE - 1);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
	close_file(reader);
	close_file(cutter);
	close_file(writer);
}

/* A text that does not fit is not sent, and its memory is freed. */
static void file_full(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct file *writer = open_writer(env, id, 0);
	int i;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 2 * SIZE - 1), 0);
	KUNIT_EXPECT_EQ(test, write_text(env, writer, 1, SIZE), SIZE);
	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_EQ(test, write_text(env, writer, 2, SIZE),
				-EAGAIN);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).cbytes, SIZE);
	close_file(writer);
}

static void file_faults(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct file *reader = open_rule(env, id, 0, 0);
	struct file *writer = open_writer(env, id, 0);
	char __user *hole = env->from + AREA_BYTES;

	KUNIT_EXPECT_EQ(test, write_at(writer, hole - 1, SIZE), -EFAULT);
	KUNIT_EXPECT_EQ(test, write_at(writer, hole - PAGE_SIZE, PAGE_SIZE + 1),
			-EFAULT);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 0);
	KUNIT_EXPECT_EQ(test, write_text(env, writer, 1, SIZE), SIZE);
	KUNIT_EXPECT_EQ(test, read_at(reader, env->read_only, SIZE), -EFAULT);
	expect_text(env, reader, SIZE, 1, SIZE);
	close_file(reader);
	close_file(writer);
}

/* An open file gives permission, whatever the mode becomes. */
static void file_rights(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct file *reader = open_rule(env, id, 0, 0);
	struct file *writer = open_writer(env, id, 0);
	char __user *text = env->to + PAGE_SIZE;
	const struct msgq_entry entry = {
		.text = (unsigned long)text,
		.size = SIZE,
	};
	const struct msgq_batch arg = {
		.entries = (unsigned long)env->to,
		.count = 1,
		.msgflg = IPC_NOWAIT,
	};
	char __user *argp = env->fresh;
	const struct cred *old;

	KUNIT_ASSERT_EQ(test, copy_to_user(env->to, &entry, sizeof(entry)), 0);
	KUNIT_ASSERT_EQ(test, copy_to_user(argp, &arg, sizeof(arg)), 0);
	old = override_creds(env_user(env, 7, 7));
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), -EACCES);
	KUNIT_EXPECT_EQ(test, write_text(env, writer, 1, SIZE), SIZE);
	KUNIT_EXPECT_EQ(test, write_at(reader, env->from, SIZE), -EBADF);
	KUNIT_EXPECT_EQ(test, read_at(writer, env->fresh, SIZE), -EBADF);
	KUNIT_EXPECT_EQ(test,
			reader->f_op->unlocked_ioctl(reader, MSGQ_IOC_RECVV,
						     (unsigned long)argp), 1);
	KUNIT_EXPECT_TRUE(test, is_text(env, text, 1, SIZE));
	KUNIT_EXPECT_EQ(test, write_text(env, writer, 2, SIZE), SIZE);
	expect_text(env, reader, SIZE, 2, SIZE);
	revert_creds(old);
	close_file(reader);
	close_file(writer);
}

/**
 * struct poller - a task that polls
 * @file: the polled file
 * @table: adds the poller to the wait queues
 * @entries: its entries in them
 * @heads: the wait queues
 * @entered: the number of wait queues
 * @woken: how often it was woken
 */
struct poller {
	struct file *file;
	poll_table table;
	wait_queue_entry_t entries[2];
	wait_queue_head_t *heads[2];
	int entered;
	int woken;
};

static int note(wait_queue_entry_t *entry, unsigned int mode, int flags,
		void *key)
{
	struct poller *poller = entry->private;

	poller->woken++;
	return 1;
}

static void enter(struct file *file, wait_queue_head_t *head, poll_table *table)
{
	struct poller *poller = container_of(table, struct poller, table);
	wait_queue_entry_t *entry = &poller->entries[poller->entered];

	init_waitqueue_func_entry(entry, note);
	entry->private = poller;
	add_wait_queue(head, entry);
	poller->heads[poller->entered++] = head;
}

static struct poller *start_poll(struct env *env, struct file *file,
				 __poll_t events)
{
	struct poller *poller;

	poller = kunit_kzalloc(env->test, sizeof(*poller), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(env->test, poller);
	poller->file = file;
	init_poll_funcptr(&poller->table, enter);
	KUNIT_EXPECT_EQ(env->test, vfs_poll(file, &poller->table), events);
	return poller;
}

/* The number of wake-ups since the last check, and the events now. */
static void expect_woken(struct env *env, struct poller *poller, int woken,
			 __poll_t events)
{
	KUNIT_EXPECT_EQ(env->test, poller->woken, woken);
	poller->woken = 0;
	KUNIT_EXPECT_EQ(env->test, vfs_poll(poller->file, NULL), events);
}

static void end_poll(struct poller *poller)
{
	while (poller->entered--)
		remove_wait_queue(poller->heads[poller->entered],
				  &poller->entries[poller->entered]);
	close_file(poller->file);
}

#define IN	(EPOLLIN | EPOLLRDNORM)
#define OUT	(EPOLLOUT | EPOLLWRNORM)

/* A message wakes the pollers whose rule it matches, and no others. */
static void file_poll_rules(struct kunit *test)
{
	static const struct {
		s64 msgtyp;
		int msgflg;
		bool meets[4];
	} rules[] = {
		{ 0, 0, { true, true, true, true } },
		{ 2, 0, { false, true, false, false } },
		{ 3, 0, { false, false, true, false } },
		{ 2, MSG_EXCEPT, { true, false, true, true } },
		{ S64_MAX, MSG_EXCEPT, { true, true, true, false } },
		{ -2, 0, { true, true, false, false } },
		{ -3, 0, { true, true, true, false } },
	};
	static const s64 types[] = { 1, 2, 3, S64_MAX };
	struct env *env = test->priv;
	struct poller *pollers[ARRAY_SIZE(rules)];
	int id = new_queue(env, 0600);
	struct msgq_queue *queue = queue_at(env, id);
	int i, type;

	for (i = 0; i < ARRAY_SIZE(rules); i++)
		pollers[i] = start_poll(env, open_rule(env, id, rules[i].msgtyp,
						       rules[i].msgflg), 0);
	KUNIT_EXPECT_EQ(test, queue->watches, ARRAY_SIZE(rules));
	for (type = 0; type < ARRAY_SIZE(types); type++) {
		KUNIT_EXPECT_EQ(test, send(env, id, types[type], 0, SIZE), 0);
		for (i = 0; i < ARRAY_SIZE(rules); i++) {
			bool meets = rules[i].meets[type];

			expect_woken(env, pollers[i], meets, meets ? IN : 0);
		}
		KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 0, 0), SIZE);
	}
	for (i = 0; i < ARRAY_SIZE(rules); i++)
		end_poll(pollers[i]);
	KUNIT_EXPECT_EQ(test, queue->watches, 0);
}

/* Room wakes the pollers for which it is enough. */
static void file_poll_room(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct poller *little, *much;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 4 * SIZE), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 3 * SIZE), 0);
	little = start_poll(env, open_writer(env, id, 0), 0);
	much = start_poll(env, open_writer(env, id, 2 * SIZE), 0);
	KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 0, 0), SIZE);
	expect_woken(env, little, 1, OUT);
	expect_woken(env, much, 0, 0);
	KUNIT_EXPECT_EQ(test, receive(env, id, 3 * SIZE, 0, 0), 3 * SIZE);
	expect_woken(env, little, 0, OUT);
	expect_woken(env, much, 1, OUT);
	end_poll(little);
	end_poll(much);
}

/* A refused writer is woken when there is the room that it wants. */
static void file_poll_refused(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct poller *poller;

	KUNIT_EXPECT_EQ(test, set_queue(env, id, 0600, 2 * SIZE), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, 5), 0);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 0, SIZE), 0);
	poller = start_poll(env, open_writer(env, id, 0), OUT);
	KUNIT_EXPECT_EQ(test, write_text(env, poller->file, 0, 6), -EAGAIN);
	KUNIT_EXPECT_EQ(test, write_text(env, poller->file, 0, 16), -EAGAIN);
	KUNIT_EXPECT_EQ(test, receive(env, id, SIZE, 0, 0), 5);
	expect_woken(env, poller, 1, OUT);
	KUNIT_EXPECT_EQ(test, write_text(env, poller->file, 0, 6), 6);
	end_poll(poller);
}

/* As much as msgtql allows, and no more. */
static void file_poll_msgtql(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600), other = new_queue(env, 0600);
	struct poller *poller;

	env->instance->limits.msgtql = 2;
	KUNIT_EXPECT_EQ(test, send(env, other, 1, 0, SIZE), 0);
	poller = start_poll(env, open_writer(env, id, 0), OUT);
	KUNIT_EXPECT_EQ(test, send(env, other, 1, 0, SIZE), 0);
	expect_woken(env, poller, 0, 0);
	KUNIT_EXPECT_EQ(test, receive(env, other, SIZE, 0, 0), SIZE);
	expect_woken(env, poller, 1, OUT);
	KUNIT_EXPECT_EQ(test, write_text(env, poller->file, 0, SIZE), SIZE);
	KUNIT_EXPECT_EQ(test, write_text(env, poller->file, 0, SIZE), -EAGAIN);
	end_poll(poller);
}

static void file_removed(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct poller *reader, *writer;

	reader = start_poll(env, open_rule(env, id, 0, 0), 0);
	writer = start_poll(env, open_writer(env, id, 0), OUT);
	KUNIT_EXPECT_EQ(test, msgq_remove(env->instance, id), 0);
	expect_woken(env, reader, 1, EPOLLHUP | EPOLLERR);
	expect_woken(env, writer, 1, EPOLLHUP | EPOLLERR);
	KUNIT_EXPECT_EQ(test, read_at(reader->file, env->to, SIZE), -EIDRM);
	KUNIT_EXPECT_EQ(test, write_text(env, writer->file, 0, SIZE), -EIDRM);
	end_poll(reader);
	end_poll(writer);
}

/* The queue is removed with its last descriptor, whoever opened that one. */
static void file_temporary(struct kunit *test)
{
	const struct msgq_open arg = {
		.name = 5,
		.flags = MSGQ_OPEN_KEY | MSGQ_OPEN_READ | MSGQ_OPEN_TEMPORARY,
		.msgflg = IPC_CREAT | 0600,
	};
	struct env *env = test->priv;
	struct file *first = open_arg(env, &arg), *second;
	int id = msgq_get(env->instance, 5, 0);

	KUNIT_ASSERT_GE(test, id, 0);
	second = open_rule(env, id, 0, 0);
	close_file(first);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 5, 0), id);
	close_file(second);
	KUNIT_EXPECT_EQ(test, msgq_get(env->instance, 5, 0), -ENOENT);
}

static struct kunit_case file_cases[] = {
	KUNIT_CASE(file_texts),
	KUNIT_CASE(file_memory),
	KUNIT_CASE(file_room),
	KUNIT_CASE(file_full),
	KUNIT_CASE(file_faults),
	KUNIT_CASE(file_rights),
	KUNIT_CASE(file_poll_rules),
	KUNIT_CASE(file_poll_room),
	KUNIT_CASE(file_poll_refused),
	KUNIT_CASE(file_poll_msgtql),
	KUNIT_CASE(file_removed),
	KUNIT_CASE(file_temporary),
	{ }
};

static struct kunit_suite file_suite = {
	.name = "msgq_file",
	.init = env_init,
	.exit = env_exit,
	.test_cases = file_cases,
};

kunit_test_suite(file_suite);
