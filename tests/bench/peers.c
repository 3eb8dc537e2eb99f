// SPDX-License-Identifier: MIT
/*
 * peers.c - the ways to pass a message
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <msgq.h>

#include "bench.h"
#include "libmsgq.h"

/* No command of the device. */
#define NO_COMMAND	_IO(MSGQ_IOC_MAGIC, 0xff)

static int device = -1;
static int zero = -1;

/* Arguments of a call for 64 messages. */
static struct msgq_message sent[BATCH];
static struct msgq_message received[BATCH];
static char texts[BATCH << 16];
static const struct msgq_how all = { .least = BATCH };

static int own_get(key_t key, int msgflg)
{
	return msgq_get(device, key, msgflg);
}

static int own_send(int msqid, const void *msgp, size_t msgsz, int msgflg)
{
	return msgq_snd(device, msqid, msgp, msgsz, msgflg);
}

static ssize_t own_receive(int msqid, void *msgp, size_t msgsz, long msgtyp,
			   int msgflg)
{
	return msgq_rcv(device, msqid, msgp, msgsz, msgtyp, msgflg);
}

static int own_control(int msqid, int cmd, struct msqid_ds *buf)
{
	return msgq_ctl(device, msqid, cmd, buf);
}

static const struct calls system_v = { msgget, msgsnd, msgrcv, msgctl };
static const struct calls own = { own_get, own_send, own_receive, own_control };
/* Called by pointers, as in a linked or preloaded library. */
static struct calls drop_in;

static bool queue_open(struct channel *channel)
{
	channel->queue = channel->calls->get(IPC_PRIVATE, 0600);
	return channel->queue != -1;
}

static void queue_close(struct channel *channel)
{
	channel->calls->control(channel->queue, IPC_RMID, NULL);
}

static bool queue_widen(struct channel *channel)
{
	struct msqid_ds state;

	if (channel->calls->control(channel->queue, IPC_STAT, &state))
		return false;
	state.msg_qbytes = channel->room;
	return !channel->calls->control(channel->queue, IPC_SET, &state);
}

/* Namespaces of the process, and that of a channel; the others stay in theirs. */
static int initial_namespace = -1, other_namespace = -1;

static bool namespace_open(struct channel *channel)
{
	bool opened;

	initial_namespace = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	if (initial_namespace == -1 || unshare(CLONE_NEWIPC))
		return false;
	other_namespace = open("/proc/self/ns/ipc", O_RDONLY | O_CLOEXEC);
	opened = queue_open(channel);
	return !setns(initial_namespace, CLONE_NEWIPC) && opened;
}

/* The queue goes with its namespace. */
static void namespace_close(struct channel *channel)
{
	(void)channel;
	close(other_namespace);
	close(initial_namespace);
}

static bool namespace_widen(struct channel *channel)
{
	bool widened = !setns(other_namespace, CLONE_NEWIPC) &&
		       queue_widen(channel);

	return !setns(initial_namespace, CLONE_NEWIPC) && widened;
}

/* The file of a mount, in the place of the device. */
#define MOUNT_POINT	"/tmp"

static int mounted = -1;

static int mount_get(key_t key, int msgflg)
{
	return msgq_get(mounted, key, msgflg);
}

static int mount_control(int msqid, int cmd, struct msqid_ds *buf)
{
	return msgq_ctl(mounted, msqid, cmd, buf);
}

static const struct calls in_mount = { mount_get, NULL, NULL, mount_control };

static bool mount_open(struct channel *channel)
{
	if (mount("none", MOUNT_POINT, "msgqfs", 0, NULL))
		return false;
	mounted = open(MOUNT_POINT "/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC);
	return queue_open(channel);
}

static void mount_close(struct channel *channel)
{
	queue_close(channel);
	close(mounted);
	umount(MOUNT_POINT);
}

static bool descriptor_open(struct channel *channel)
{
	const struct msgq_open how = {
		.name = IPC_PRIVATE,
		.flags = MSGQ_OPEN_KEY | MSGQ_OPEN_TEMPORARY |
			 MSGQ_OPEN_READ | MSGQ_OPEN_WRITE |
			 (channel->flags & IPC_NOWAIT ? MSGQ_OPEN_NONBLOCK : 0),
		.msgflg = 0600 | (channel->flags & MSG_EXCEPT),
		.msgtyp = channel->rule,
		.type = channel->message->type,
	};

	channel->in = msgq_open(device, &how);
	channel->out = channel->in;
	return channel->in != -1;
}

static void descriptor_close(struct channel *channel)
{
	close(channel->in);
}

static bool descriptor_widen(struct channel *channel)
{
	struct msgq_state state = {};

	if (msgq_state(channel->in, &state))
		return false;
	channel->queue = state.msqid;
	return queue_widen(channel);
}

static bool batch_open(struct channel *channel)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		sent[i] = (struct msgq_message) {
			.type = channel->message->type,
			.text = channel->message->text,
			.size = channel->size,
		};
		received[i].text = texts + i * channel->size;
	}
	return descriptor_open(channel);
}

static bool posix_open(struct channel *channel)
{
	long most = channel->room / channel->taken;
	struct mq_attr attr = {
		/* 65536 is the most that the kernel allows. */
		.mq_maxmsg = most < 10 ? 10 : most > 65536 ? 65536 : most,
		.mq_msgsize = channel->taken,
	};
	char name[40];

	snprintf(name, sizeof(name), "/msgq-bench-%d", getpid());
	channel->in = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			      0600, &attr);
	if (channel->in == -1)
		return false;
	mq_unlink(name);
	return true;
}

static void posix_close(struct channel *channel)
{
	mq_close(channel->in);
}

/* Its capacity was set when it was made. */
static bool posix_widen(struct channel *channel)
{
	return channel->in != -1;
}

static bool pipe_open(struct channel *channel)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return false;
	channel->in = ends[0];
	channel->out = ends[1];
	return true;
}

static bool pipe_widen(struct channel *channel)
{
	return channel->room <= USUAL_ROOM ||
	       fcntl(channel->out, F_SETPIPE_SZ, (int)channel->room) != -1;
}

static bool sockets_open(struct channel *channel, int type)
{
	int ends[2];

	if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends))
		return false;
	channel->in = ends[0];
	channel->out = ends[1];
	return true;
}

static bool seqpacket_open(struct channel *channel)
{
	return sockets_open(channel, SOCK_SEQPACKET);
}

static bool datagram_open(struct channel *channel)
{
	return sockets_open(channel, SOCK_DGRAM);
}

static void ends_close(struct channel *channel)
{
	close(channel->in);
	close(channel->out);
}

/* Sockets count the kernel's memory for a message, not its text. */
static bool sockets_widen(struct channel *channel)
{
	int bytes = 1 << 29;

	if (channel->room <= USUAL_ROOM)
		return true;
	return !setsockopt(channel->out, SOL_SOCKET, SO_SNDBUFFORCE, &bytes,
			   sizeof(bytes));
}

static bool zero_open(struct channel *channel)
{
	channel->in = zero;
	channel->out = zero;
	return true;
}

static void zero_close(struct channel *channel)
{
	channel->in = -1;
}

static inline long call_send(const struct channel *channel)
{
	return channel->calls->send(channel->queue, channel->message,
				    channel->size, 0);
}

static inline long call_receive(const struct channel *channel)
{
	return channel->calls->receive(channel->queue, channel->message,
				       channel->size, channel->rule,
				       channel->flags);
}

static inline long id_send(const struct channel *channel)
{
	return msgq_snd(device, channel->queue, channel->message,
			channel->size, 0);
}

static inline long id_receive(const struct channel *channel)
{
	return msgq_rcv(device, channel->queue, channel->message,
			channel->size, channel->rule, channel->flags);
}

static inline long mount_send(const struct channel *channel)
{
	return msgq_snd(mounted, channel->queue, channel->message,
			channel->size, 0);
}

static inline long mount_receive(const struct channel *channel)
{
	return msgq_rcv(mounted, channel->queue, channel->message,
			channel->size, channel->rule, channel->flags);
}

static inline long file_send(const struct channel *channel)
{
	return write(channel->out, channel->message->text, channel->size);
}

static inline long file_receive(const struct channel *channel)
{
	return read(channel->in, channel->message->text, channel->taken);
}

static inline long posix_send(const struct channel *channel)
{
	return mq_send(channel->in, channel->message->text, channel->size, 0);
}

static inline long posix_receive(const struct channel *channel)
{
	return mq_receive(channel->in, channel->message->text, channel->taken,
			  NULL);
}

static inline long batch_send(const struct channel *channel)
{
	return msgq_sendv(channel->out, sent, BATCH, &all) - BATCH;
}

/* The last call has overwritten the sizes of the buffers. */
static inline long batch_receive(const struct channel *channel)
{
	for (unsigned int i = 0; i < BATCH; i++)
		received[i].size = channel->size;
	return msgq_recvv(channel->in, received, BATCH, 0, &all) - BATCH;
}

static inline long syscall_send(const struct channel *channel)
{
	(void)channel;
	return syscall(SYS_getppid);
}

static inline long ioctl_send(const struct channel *channel)
{
	(void)channel;
	return ioctl(device, NO_COMMAND, NULL) == -1 ? 0 : -1;
}

static inline long no_receive(const struct channel *channel)
{
	(void)channel;
	return 0;
}

typedef long operation(const struct channel *channel);

__attribute__((always_inline))
static inline unsigned long repeat(const struct channel *channel,
				   unsigned long count, enum does does,
				   operation *send, operation *receive)
{
	unsigned long failed = 0;

	switch (does) {
	case SENDS:
		while (count--)
			failed += send(channel) < 0;
		break;
	case RECEIVES:
		while (count--)
			failed += receive(channel) < 0;
		break;
	case PAIRS:
		while (count--) {
			failed += send(channel) < 0;
			failed += receive(channel) < 0;
		}
		break;
	}
	return failed;
}

static unsigned long call_loop(const struct channel *channel,
			       unsigned long count, enum does does)
{
	return repeat(channel, count, does, call_send, call_receive);
}

static unsigned long id_loop(const struct channel *channel,
			     unsigned long count, enum does does)
{
	return repeat(channel, count, does, id_send, id_receive);
}

/* Going there and back is done once for very many calls. */
static unsigned long namespace_loop(const struct channel *channel,
				    unsigned long count, enum does does)
{
	unsigned long failed = setns(other_namespace, CLONE_NEWIPC) != 0;

	failed += repeat(channel, count, does, id_send, id_receive);
	return failed + (setns(initial_namespace, CLONE_NEWIPC) != 0);
}

static unsigned long mount_loop(const struct channel *channel,
				unsigned long count, enum does does)
{
	return repeat(channel, count, does, mount_send, mount_receive);
}

static unsigned long file_loop(const struct channel *channel,
			       unsigned long count, enum does does)
{
	return repeat(channel, count, does, file_send, file_receive);
}

static unsigned long posix_loop(const struct channel *channel,
				unsigned long count, enum does does)
{
	return repeat(channel, count, does, posix_send, posix_receive);
}

static unsigned long batch_loop(const struct channel *channel,
				unsigned long count, enum does does)
{
	return repeat(channel, count, does, batch_send, batch_receive);
}

static unsigned long syscall_loop(const struct channel *channel,
				  unsigned long count, enum does does)
{
	return repeat(channel, count, does, syscall_send, no_receive);
}

static unsigned long ioctl_loop(const struct channel *channel,
				unsigned long count, enum does does)
{
	return repeat(channel, count, does, ioctl_send, no_receive);
}

#define OPENS(name)							\
	.open = name##_open, .close = name##_close, .widen = name##_widen
#define QUEUE								\
	(PASSES | EMPTY | LARGE | CHOOSES | TYPES | BLOCKS | MAKES)
#define CHANNEL	(PASSES | EMPTY | BLOCKS | STORES | MAKES)

const struct peer peers[] = {
	{
		.name = "sysv", .can = QUEUE | STORES | MANY | SETS, .messages = 1,
		.calls = &system_v, OPENS(queue), .loop = call_loop,
	}, {
		.name = "posix", .can = CHANNEL, .messages = 1,
		OPENS(posix), .loop = posix_loop,
	}, {
		/* A pipe keeps no message bounds, so it has no empty message. */
		.name = "pipe", .can = PASSES | BLOCKS | MAKES, .messages = 1,
		.open = pipe_open, .close = ends_close, .widen = pipe_widen,
		.loop = file_loop,
	}, {
		.name = "seqpacket", .can = CHANNEL, .messages = 1,
		.open = seqpacket_open, .close = ends_close,
		.widen = sockets_widen, .loop = file_loop,
	}, {
		.name = "datagram", .can = CHANNEL, .messages = 1,
		.open = datagram_open, .close = ends_close,
		.widen = sockets_widen, .loop = file_loop,
	}, {
		.name = "id", .can = QUEUE | STORES | MANY | SETS, .messages = 1,
		.calls = &own, OPENS(queue), .loop = id_loop,
	}, {
		.name = "namespace", .can = PASSES | EMPTY, .messages = 1,
		.calls = &own, OPENS(namespace), .loop = namespace_loop,
	}, {
		.name = "mount", .can = PASSES | EMPTY, .messages = 1,
		.calls = &in_mount, .open = mount_open, .close = mount_close,
		.widen = queue_widen, .loop = mount_loop,
	}, {
		.name = "drop-in", .can = QUEUE, .messages = 1,
		.calls = &drop_in, OPENS(queue), .loop = call_loop,
	}, {
		.name = "descriptor", .messages = 1,
		.can = PASSES | EMPTY | LARGE | CHOOSES | BLOCKS | MAKES,
		.calls = &own, OPENS(descriptor), .loop = file_loop,
	}, {
		.name = "batch", .can = PASSES | EMPTY | BLOCKS,
		.messages = BATCH,
		.calls = &own, .open = batch_open, .close = descriptor_close,
		.widen = descriptor_widen, .loop = batch_loop,
	}, {
		/* The cost of the path to a device's write and read alone. */
		.name = "null-device", .can = PASSES | EMPTY | LARGE,
		.messages = 1, .open = zero_open, .close = zero_close,
		.loop = file_loop,
	}, {
		.name = "syscall", .can = NOTHING, .messages = 1, .loop = syscall_loop,
	}, {
		.name = "ioctl", .can = NOTHING, .messages = 1, .loop = ioctl_loop,
	},
};

const size_t peer_count = ARRAY_SIZE(peers);

static void *symbol(void *library, const char *name)
{
	void *address = dlsym(library, name);

	if (!address)
		die("the drop-in library has no %s", name);
	return address;
}

void peers_begin(const char *path)
{
	void *library;

	device = msgq_device();
	if (device == -1)
		die("/dev/msgq: %s", strerror(errno));
	zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
	if (zero == -1)
		die("/dev/zero: %s", strerror(errno));
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!library)
		die("%s", dlerror());
	*(void **)&drop_in.get = symbol(library, "msgget");
	*(void **)&drop_in.send = symbol(library, "msgsnd");
	*(void **)&drop_in.receive = symbol(library, "msgrcv");
	*(void **)&drop_in.control = symbol(library, "msgctl");
}

int peers_device(void)
{
	return device;
}

unsigned int peers_waiting(int queue)
{
	struct msgq_state state = { .msqid = queue };

	if (msgq_state(device, &state))
		die("state of a queue: %s", strerror(errno));
	return state.receivers + state.senders;
}
