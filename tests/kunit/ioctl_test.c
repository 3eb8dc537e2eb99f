// SPDX-License-Identifier: MIT
/*
 * The commands as a program gives them: sizes, widths, fields that must be
 * zero, and memory that is not mapped.
 */
#include <kunit/test.h>
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/ipc.h>
#include <linux/msg.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "ipc/exit_notice.h"
#include "ipc/namespace.h"
#include "msg/control.h"
#include "msg/queue.h"
#include "device.h"
#include "env.h"

/* A command of the same number for another size of its argument. */
#define SIZED(cmd, size) \
	(((cmd) & ~IOCSIZE_MASK) | (unsigned int)(size) << IOCSIZE_SHIFT)

/* The argument ends at a hole: an access behind it faults. */
static long call(struct env *env, unsigned int cmd, const void *arg)
{
	char __user *at = env->from + AREA_BYTES - _IOC_SIZE(cmd);

	KUNIT_ASSERT_EQ(env->test, 0, copy_to_user(at, arg, _IOC_SIZE(cmd)));
	return msgq_device_ioctl(NULL, cmd, (unsigned long)at);
}

static long control(struct env *env, int id, int cmd, void __user *buf,
		    u32 long_size)
{
	const struct msgq_ctl arg = {
		.msqid = id,
		.cmd = cmd,
		.buf = (unsigned long)buf,
		.long_size = long_size,
	};

	return call(env, MSGQ_IOC_CTL, &arg);
}

static void ioctl_unknown(struct kunit *test)
{
	struct env *env = test->priv;
	u64 zeroes[8] = {};

	KUNIT_EXPECT_EQ(test, call(env, _IOW(MSGQ_IOC_MAGIC, 10, u64), zeroes),
			-ENOTTY);
	KUNIT_EXPECT_EQ(test, call(env, _IOW('m', 1, struct msgq_get), zeroes),
			-ENOTTY);
	KUNIT_EXPECT_EQ(test, call(env, _IOR(MSGQ_IOC_MAGIC, 1, struct msgq_get),
				   zeroes), -ENOTTY);
}

/* A call whose deadline is over does not wait, and says so. */
static void ioctl_deadline_over(struct kunit *test)
{
	static const u32 clocks[] = { MSGQ_MONOTONIC, MSGQ_REALTIME };
	struct env *env = test->priv;
	struct msgq_batch arg = {
		.msqid = new_queue(env, 0600),
		.entries = (unsigned long)env->to,
		.count = 1,
		.deadline = 1,
	};
	int i;

	KUNIT_ASSERT_EQ(test, clear_user(env->to, PAGE_SIZE), 0);
	for (i = 0; i < ARRAY_SIZE(clocks); i++) {
		arg.flags = clocks[i];
		arg.msgflg = 0;
		KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RECVV, &arg),
				-ETIMEDOUT);
		arg.msgflg = IPC_NOWAIT;
		KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RECVV, &arg),
				-ETIMEDOUT);
	}
}

/* A batch at the queue whose identifier is 0. */
static void ioctl_batch_at_zero(struct kunit *test)
{
	struct env *env = test->priv;
	const struct msgq_batch arg = {
		.entries = (unsigned long)env->to,
		.count = 1,
		.msgflg = IPC_NOWAIT,
	};

	KUNIT_ASSERT_EQ(test, clear_user(env->to, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RECVV, &arg), -EINVAL);
	/* Restart the cycle. */
	env->instance->ids.last = -1;
	env->instance->ids.seq = 0;
	KUNIT_ASSERT_EQ(test, new_queue(env, 0600), 0);
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RECVV, &arg), -ENOMSG);
}

/* Each command drops its reference to the queue. */
static void ioctl_references(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct msgq_queue *queue = queue_at(env, id);
	unsigned int before = refcount_read(&queue->ipc.refs);
	const struct msgq_batch batch = {
		.msqid = id,
		.entries = (unsigned long)env->to,
		.count = 1,
		.msgflg = IPC_NOWAIT,
	};
	const struct msgq_state state = { .msqid = id };

	KUNIT_ASSERT_EQ(test, clear_user(env->to, PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_SENDV, &batch), -EINVAL);
	KUNIT_EXPECT_EQ(test, refcount_read(&queue->ipc.refs), before);
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RECVV, &batch), -ENOMSG);
	KUNIT_EXPECT_EQ(test, refcount_read(&queue->ipc.refs), before);
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_STATE, &state), 0);
	KUNIT_EXPECT_EQ(test, refcount_read(&queue->ipc.refs), before);
}

/* Each command, with an argument that is all right. */
static void ioctl_sizes(struct kunit *test)
{
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	const struct msgq_get get = { .key = 3, .msgflg = IPC_CREAT | 0600 };
	const struct msgq_snd snd = {
		.msqid = id,
		.msgp = (unsigned long)env->to,
		.long_size = 8,
	};
	const struct msgq_rcv rcv = {
		.msqid = id,
		.msgp = (unsigned long)env->to,
		.msgsz = 8,
		.long_size = 8,
	};
	const struct msgq_ctl ctl = {
		.msqid = id,
		.cmd = IPC_STAT,
		.buf = (unsigned long)env->to,
		.long_size = 8,
	};
	const struct {
		unsigned int cmd;
		const void *arg;
		size_t size;
	} commands[] = {
		{ MSGQ_IOC_GET, &get, sizeof(get) },
		{ MSGQ_IOC_SND, &snd, sizeof(snd) },
		{ MSGQ_IOC_RCV, &rcv, sizeof(rcv) },
		{ MSGQ_IOC_CTL, &ctl, sizeof(ctl) },
	};
	s64 type = 1;
	int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		unsigned int cmd = commands[i].cmd;
		size_t size = commands[i].size;
		char larger[64] = {};

		KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->to, &type, sizeof(type)));
		/* The receiver gets it; the refused commands need none. */
		KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 0), 0);
		memcpy(larger, commands[i].arg, size);
		KUNIT_EXPECT_GE(test, call(env, cmd, larger), 0);
		KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 0), 0);
		KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->to, &type, sizeof(type)));
		KUNIT_EXPECT_GE(test, call(env, SIZED(cmd, size + 8), larger), 0);
		larger[size + 7] = 1;
		KUNIT_EXPECT_EQ(test, call(env, SIZED(cmd, size + 8), larger), -EINVAL);
		KUNIT_EXPECT_EQ(test, call(env, SIZED(cmd, size - 1), larger), -EINVAL);
		KUNIT_EXPECT_EQ(test, call(env, SIZED(cmd, 0), larger), -EINVAL);
		KUNIT_EXPECT_EQ(test, -EFAULT,
				msgq_device_ioctl(NULL, cmd,
						  (unsigned long)env->from +
							  AREA_BYTES - size +
							  1));
	}
}

/* Fields that must be zero, and an impossible width of long. */
static void ioctl_refused(struct kunit *test)
{
	static const u32 widths[] = { 0, 1, 5, 7, 9, 16, U32_MAX };
	struct env *env = test->priv;
	int id = new_queue(env, 0600);
	struct msgq_snd snd = { .msqid = id, .msgp = (unsigned long)env->to };
	struct msgq_rcv rcv = { .msqid = id, .msgp = (unsigned long)env->to };
	struct msgq_ctl ctl = { .msqid = id, .cmd = IPC_RMID };
	s64 type = 1;
	int i;

	KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->to, &type, sizeof(type)));
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 0), 0);
	for (i = 0; i < ARRAY_SIZE(widths); i++) {
		snd.long_size = widths[i];
		rcv.long_size = widths[i];
		ctl.long_size = widths[i];
		KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_SND, &snd), -EINVAL);
		KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RCV, &rcv), -EINVAL);
		KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_CTL, &ctl), -EINVAL);
	}
	snd = (struct msgq_snd){ .msqid = id, .msgp = snd.msgp, .long_size = 8, .reserved = 1 };
	rcv = (struct msgq_rcv){ .msqid = id, .msgp = rcv.msgp, .long_size = 8, .reserved = 1 };
	ctl.long_size = 8;
	ctl.reserved = 1;
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_SND, &snd), -EINVAL);
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RCV, &rcv), -EINVAL);
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_CTL, &ctl), -EINVAL);
	KUNIT_EXPECT_EQ(test, stat_of(env, id).qnum, 1);

	KUNIT_EXPECT_EQ(test, control(env, -1, IPC_INFO, env->to, 8), -EINVAL);
	KUNIT_EXPECT_EQ(test, control(env, id, 77, env->to, 8), -EINVAL);
	snd.reserved = 0;
	snd.msqid = -1;
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_SND, &snd), -EINVAL);
	rcv.reserved = 0;
	rcv.msgsz = -1;
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RCV, &rcv), -EINVAL);
	rcv.msgsz = 0;
	rcv.msqid = -1;
	KUNIT_EXPECT_EQ(test, call(env, MSGQ_IOC_RCV, &rcv), -EINVAL);
}

/* MSGQ_IOC_INFO with an argument of so many bytes. */
static long information(char __user *at, size_t size)
{
	return msgq_device_ioctl(NULL, SIZED(MSGQ_IOC_INFO, size),
				 (unsigned long)at);
}

static void ioctl_information(struct kunit *test)
{
	struct env *env = test->priv;
	char __user *end = env->to + AREA_BYTES;
	struct {
		struct msgq_info known;
		u64 more;
	} info;

	memset(&info, 0xff, sizeof(info));
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(env->to, &info, sizeof(info)));
	KUNIT_EXPECT_EQ(test, 0, information(env->to, sizeof(info)));
	KUNIT_ASSERT_EQ(test, 0, copy_from_user(&info, env->to, sizeof(info)));
	KUNIT_EXPECT_EQ(test, info.known.version, MSGQ_INTERFACE_VERSION);
	KUNIT_EXPECT_EQ(test, info.known.reserved, 0);
	KUNIT_EXPECT_EQ(test, info.known.features,
			MSGQ_FEATURE_TYPE_INDEX | MSGQ_FEATURE_OPEN |
			MSGQ_FEATURE_BATCH | MSGQ_FEATURE_CLAIM |
			MSGQ_FEATURE_COUNTS | MSGQ_FEATURE_WHO |
			MSGQ_FEATURE_INSTANCES | MSGQ_FEATURE_QUOTA |
			MSGQ_FEATURE_MOUNT | MSGQ_FEATURE_SEM |
			MSGQ_FEATURE_SEM_WHO |
			(svipc_notices_given ? MSGQ_FEATURE_CLAIM_PROCESS |
					       MSGQ_FEATURE_SEM_UNDO : 0) |
			(svipc_namespaces_given ? MSGQ_FEATURE_NAMESPACES : 0));
	KUNIT_EXPECT_EQ(test, info.more, 0);

	/* 16 bytes are the oldest size of the struct. */
	KUNIT_EXPECT_EQ(test, -EINVAL, information(env->to, 15));
	KUNIT_EXPECT_EQ(test, 0, information(end - 16, 16));
	KUNIT_EXPECT_EQ(test, 0, information(end - sizeof(info.known),
					     sizeof(info.known)));
	KUNIT_EXPECT_EQ(test, -EFAULT, information(end - sizeof(info.known) + 1,
						   sizeof(info.known)));
	KUNIT_EXPECT_EQ(test, -EFAULT, information(end - sizeof(info) + 1,
						   sizeof(info)));
}

/* A queue's state, as programs of both widths see it. */
static void ioctl_stat(struct kunit *test)
{
	struct env *env = test->priv;
	char __user *end = env->to + AREA_BYTES;
	int id = msgq_get(env->instance, 0x1234, IPC_CREAT | 0640);
	struct msgq_ds32 narrow;
	struct msgq_ds64 wide, expected;

	KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 9), 0);
	KUNIT_EXPECT_EQ(test, receive(env, id, 9, 0, 0), 9);
	KUNIT_EXPECT_EQ(test, send(env, id, 1, 1, 7), 0);
	expected = stat_of(env, id);

	KUNIT_EXPECT_EQ(test, control(env, id, IPC_STAT, end - sizeof(wide), 8), 0);
	KUNIT_ASSERT_EQ(test, 0, copy_from_user(&wide, end - sizeof(wide), sizeof(wide)));
	KUNIT_EXPECT_MEMEQ(test, &wide, &expected, sizeof(wide));

	KUNIT_EXPECT_EQ(test, control(env, id, MSG_STAT, end - sizeof(narrow), 4), id);
	KUNIT_ASSERT_EQ(test, 0, copy_from_user(&narrow, end - sizeof(narrow), sizeof(narrow)));
	KUNIT_EXPECT_EQ(test, narrow.key, 0x1234);
	KUNIT_EXPECT_EQ(test, narrow.mode, 0640);
	KUNIT_EXPECT_EQ(test, narrow.seq, expected.seq);
	KUNIT_EXPECT_EQ(test, narrow.stime, (u32)expected.stime);
	KUNIT_EXPECT_EQ(test, narrow.rtime, (u32)expected.rtime);
	KUNIT_EXPECT_EQ(test, narrow.ctime, (u32)expected.ctime);
	KUNIT_EXPECT_EQ(test, narrow.ctime_high, 0);
	KUNIT_EXPECT_EQ(test, narrow.cbytes, 7);
	KUNIT_EXPECT_EQ(test, narrow.qnum, 1);
	KUNIT_EXPECT_EQ(test, narrow.qbytes, expected.qbytes);
	KUNIT_EXPECT_EQ(test, narrow.lspid, expected.lspid);
	KUNIT_EXPECT_EQ(test, narrow.lrpid, expected.lrpid);

	KUNIT_EXPECT_EQ(test, control(env, id, MSG_STAT_ANY, end - sizeof(wide), 8), id);
	KUNIT_EXPECT_EQ(test, control(env, id, IPC_STAT, end - sizeof(wide) + 1, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, control(env, id, IPC_STAT, end - sizeof(narrow) + 1, 4), -EFAULT);
	KUNIT_EXPECT_EQ(test, control(env, id + 1, IPC_STAT, end, 8), -EINVAL);
}

static void ioctl_set_and_remove(struct kunit *test)
{
	struct env *env = test->priv;
	char __user *end = env->to + AREA_BYTES;
	int id = new_queue(env, 0600);
	struct msgq_ds64 wide = { .uid = 1, .gid = 2, .mode = 0604, .qbytes = 50 };
	struct msgq_ds32 narrow = { .uid = 3, .gid = 4, .mode = 0602, .qbytes = 70 };
	const size_t read = offsetofend(struct msgq_ds32, qbytes);

	KUNIT_ASSERT_EQ(test, 0, copy_to_user(end - sizeof(wide), &wide, sizeof(wide)));
	KUNIT_EXPECT_EQ(test, control(env, id, IPC_SET, end - sizeof(wide) + 1, 8), -EFAULT);
	KUNIT_EXPECT_EQ(test, control(env, id, IPC_SET, end - sizeof(wide), 8), 0);
	wide = stat_of(env, id);
	KUNIT_EXPECT_EQ(test, wide.uid, 1);
	KUNIT_EXPECT_EQ(test, wide.gid, 2);
	KUNIT_EXPECT_EQ(test, wide.mode, 0604);
	KUNIT_EXPECT_EQ(test, wide.qbytes, 50);

	/* Fields that are not set are not read; all that are set are read. */
	KUNIT_EXPECT_EQ(test, control(env, id, IPC_SET, end - read + 1, 4), -EFAULT);
	KUNIT_ASSERT_EQ(test, 0, copy_to_user(end - read, &narrow, read));
	KUNIT_EXPECT_EQ(test, control(env, id, IPC_SET, end - read, 4), 0);
	wide = stat_of(env, id);
	KUNIT_EXPECT_EQ(test, wide.uid, 3);
	KUNIT_EXPECT_EQ(test, wide.gid, 4);
	KUNIT_EXPECT_EQ(test, wide.mode, 0602);
	KUNIT_EXPECT_EQ(test, wide.qbytes, 70);

	KUNIT_EXPECT_EQ(test, control(env, id, IPC_RMID, NULL, 8), 0);
	KUNIT_EXPECT_EQ(test, control(env, id, IPC_RMID, NULL, 8), -EINVAL);
}

static void ioctl_totals(struct kunit *test)
{
	struct env *env = test->priv;
	char __user *end = env->to + AREA_BYTES;
	struct msginfo info;

	env->instance->ids.last = 3;
	new_queue(env, 0600);
	KUNIT_EXPECT_EQ(test, control(env, 0, MSG_INFO, end - sizeof(info), 8), 4);
	KUNIT_ASSERT_EQ(test, 0, copy_from_user(&info, end - sizeof(info), sizeof(info)));
	KUNIT_EXPECT_EQ(test, info.msgpool, 1);
	KUNIT_EXPECT_EQ(test, control(env, 0, IPC_INFO, end - sizeof(info), 4), 4);
	KUNIT_EXPECT_EQ(test, control(env, 0, IPC_INFO, end - sizeof(info) + 1, 4), -EFAULT);
}

static struct kunit_case ioctl_cases[] = {
	KUNIT_CASE(ioctl_unknown),
	KUNIT_CASE(ioctl_deadline_over),
	KUNIT_CASE(ioctl_batch_at_zero),
	KUNIT_CASE(ioctl_references),
	KUNIT_CASE(ioctl_sizes),
	KUNIT_CASE(ioctl_refused),
	KUNIT_CASE(ioctl_information),
	KUNIT_CASE(ioctl_stat),
	KUNIT_CASE(ioctl_set_and_remove),
	KUNIT_CASE(ioctl_totals),
	{ }
};

static struct kunit_suite ioctl_suite = {
	.name = "msgq_ioctl",
	.init = env_init,
	.exit = env_exit,
	.test_cases = ioctl_cases,
};

kunit_test_suite(ioctl_suite);
