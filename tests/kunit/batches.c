// SPDX-License-Identifier: MIT
/*
 * Batches and claims as a program makes them; described in batches.h.
 */
#include <kunit/test.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ipc.h>
#include <linux/uaccess.h>

#include "msg/batch.h"
#include "msg/claim.h"
#include "msg/wait.h"
#include "batches.h"

static const struct msgq_call at_once = {
	.perm_checked = true,
	.nowait = true,
	.deadline = KTIME_MAX,
};

int open_queue(struct env *env, int id, u64 limit)
{
	const struct msgq_open arg = {
		.name = id,
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_WRITE,
		.type = 1,
		.limit = limit,
	};
	long fd = msgq_open(env->instance, &arg);

	KUNIT_ASSERT_GE(env->test, fd, 0);
	return fd;
}

struct msgq_descriptor *descriptor_of(struct env *env, int fd)
{
	struct file *file = fget(fd);
	struct msgq_descriptor *descriptor;

	KUNIT_ASSERT_NOT_NULL(env->test, file);
	descriptor = file->private_data;
	fput(file);
	return descriptor;
}

void close_queue(int fd)
{
	close_fd(fd);
	flush_delayed_fput();
}

struct msgq_entry entry_of(s64 type, u32 number, size_t size)
{
	return (struct msgq_entry){
		.type = type,
		.text = number,
		.size = size,
	};
}

/* The place of an entry's text in an area. */
static char __user *slot(char __user *area, u32 i)
{
	return area + PAGE_SIZE + i * BATCH_TEXT;
}

static void put_entry(struct env *env, char __user *area, u32 i,
		      const struct msgq_entry *entry)
{
	KUNIT_ASSERT_EQ(env->test, 0,
			copy_to_user(area + i * sizeof(*entry), entry,
				     sizeof(*entry)));
}

long send_batch_as(struct env *env, struct msgq_descriptor *descriptor,
		   const struct msgq_call *call,
		   const struct msgq_entry *entries, u32 count, u32 least)
{
	const struct msgq_batch arg = {
		.entries = (unsigned long)env->from,
		.count = count,
		.least = least,
	};
	u32 i;

	for (i = 0; i < count; i++) {
		struct msgq_entry entry = entries[i];

		put_text(env, slot(env->from, i), entry.text,
			 min_t(size_t, entry.size, BATCH_TEXT));
		entry.text = (unsigned long)slot(env->from, i);
		put_entry(env, env->from, i, &entry);
	}
	return msgq_send_batch(descriptor->queue, call, &arg);
}

long send_batch(struct env *env, struct msgq_descriptor *descriptor,
		const struct msgq_entry *entries, u32 count)
{
	return send_batch_as(env, descriptor, &at_once, entries, count, 0);
}

long receive_batch(struct env *env, struct msgq_descriptor *descriptor,
		   struct msgq_entry *entries, u32 count, s64 msgtyp,
		   int flags, bool claims, int bad)
{
	const struct msgq_batch arg = {
		.entries = (unsigned long)env->to,
		.count = count,
		.msgtyp = msgtyp,
		.msgflg = flags | IPC_NOWAIT,
	};
	long ret;
	u32 i;

	for (i = 0; i < count; i++) {
		entries[i].text = (unsigned long)(i == bad ? env->read_only :
						  slot(env->to, i));
		put_entry(env, env->to, i, &entries[i]);
	}
	ret = msgq_receive_batch(descriptor->queue, &at_once, &arg,
				 claims ? &descriptor->claims : NULL);
	KUNIT_ASSERT_EQ(env->test, 0,
			copy_from_user(entries, env->to,
				       count * sizeof(*entries)));
	return ret;
}

bool is_entry(struct env *env, const struct msgq_entry *entry, s64 type,
	      u32 number, size_t size)
{
	return entry->type == type && entry->size == size &&
	       is_text(env, (char __user *)(unsigned long)entry->text, number,
		       size);
}

long settle(struct env *env, struct msgq_descriptor *descriptor,
	    const u64 *tokens, u32 count, bool release)
{
	const struct msgq_settle arg = {
		.tokens = (unsigned long)env->from,
		.count = count,
		.flags = release ? MSGQ_RELEASE : 0,
	};

	KUNIT_ASSERT_EQ(env->test, 0,
			copy_to_user(env->from, tokens,
				     count * sizeof(*tokens)));
	return msgq_settle(&descriptor->claims, &arg);
}

u64 claim_one(struct env *env, struct msgq_descriptor *descriptor, s64 msgtyp,
	      s64 type, u32 number, size_t size, u32 deliveries)
{
	struct msgq_entry entry = { .size = BATCH_TEXT };
	long ret = receive_batch(env, descriptor, &entry, 1, msgtyp, 0, true,
				 -1);

	return ret == 1 && is_entry(env, &entry, type, number, size) &&
	       entry.deliveries == deliveries ? entry.token : 0;
}
