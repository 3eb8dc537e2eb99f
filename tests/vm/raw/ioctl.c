// SPDX-License-Identifier: MIT
/*
 * The binary interface itself, without the library, as defined in msgq.h.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <msgq.h>

#include "test.h"

#define WORD(command, size) \
	(((command) & ~IOCSIZE_MASK) | (size) << _IOC_SIZESHIFT)

#define BAD_ADDRESS	((void *)8)

static int device = -1;

static void open_device(void)
{
	DEVICE_ONLY();
	device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC));
}

static int get(int key, int flags)
{
	struct msgq_get arg = { .key = key, .msgflg = flags };

	return ioctl(device, MSGQ_IOC_GET, &arg);
}

static int new_queue(void)
{
	return CHECK_OK(get(IPC_PRIVATE, 0600));
}

static int control(int msqid, int cmd, void *buf, unsigned int long_size)
{
	struct msgq_ctl arg = {
		.msqid = msqid,
		.cmd = cmd,
		.buf = (uintptr_t)buf,
		.long_size = long_size,
	};

	return ioctl(device, MSGQ_IOC_CTL, &arg);
}

static void remove_it(int msqid)
{
	CHECK_OK(control(msqid, IPC_RMID, NULL, sizeof(long)));
}

static struct msgq_snd snd(int msqid, const void *msgp, long msgsz,
			   unsigned int long_size)
{
	return (struct msgq_snd){
		.msqid = msqid,
		.msgflg = IPC_NOWAIT,
		.msgp = (uintptr_t)msgp,
		.msgsz = msgsz,
		.long_size = long_size,
	};
}

static struct msgq_rcv rcv(int msqid, void *msgp, long msgsz, long long type,
			   unsigned int long_size)
{
	return (struct msgq_rcv){
		.msqid = msqid,
		.msgflg = IPC_NOWAIT,
		.msgp = (uintptr_t)msgp,
		.msgsz = msgsz,
		.msgtyp = type,
		.long_size = long_size,
	};
}

/* msgbufs of the two widths; their types are at the same alignment here. */
struct buf64 {
	int64_t type;
	char text[16];
};

struct buf32 {
	int32_t type;
	char text[16];
};

CASE(unknown_commands)
{
	char arg[64] = { 0 };

	open_device();
	for (unsigned int nr = 10; nr < 256; nr++)
		/* Those of semaphores are too short then: see sets.c. */
		if (nr < _IOC_NR(MSGQ_IOC_SEMGET) ||
		    nr > _IOC_NR(MSGQ_IOC_SEMCTL))
			CHECK_ERR(ioctl(device, _IOC(_IOC_WRITE, MSGQ_IOC_MAGIC,
						     nr, 8), arg), ENOTTY);
	/* The direction is part of a command, and so is the letter. */
	for (int nr = 0; nr < 10; nr++)
		CHECK_ERR(ioctl(device, _IO(MSGQ_IOC_MAGIC, nr), NULL), ENOTTY);
	CHECK_ERR(ioctl(device, MSGQ_IOC_SETTLE, arg), ENOTTY);
	CHECK_ERR(ioctl(device, _IOW('x', 1, struct msgq_get), arg), ENOTTY);
	CHECK_ERR(ioctl(device, 0x5401 /* TCGETS */, arg), ENOTTY);
}

static const struct command {
	const char *name;
	unsigned int word;
	size_t size;
	size_t reserved;		/* its offset; 0: none */
	size_t long_size;
	size_t least;			/* its first size; 0: the same */
} commands[] = {
	{ "get", MSGQ_IOC_GET, sizeof(struct msgq_get), 0, 0, 0 },
	{ "snd", MSGQ_IOC_SND, sizeof(struct msgq_snd),
	  offsetof(struct msgq_snd, reserved),
	  offsetof(struct msgq_snd, long_size), 0 },
	{ "rcv", MSGQ_IOC_RCV, sizeof(struct msgq_rcv),
	  offsetof(struct msgq_rcv, reserved),
	  offsetof(struct msgq_rcv, long_size), 0 },
	{ "ctl", MSGQ_IOC_CTL, sizeof(struct msgq_ctl),
	  offsetof(struct msgq_ctl, reserved),
	  offsetof(struct msgq_ctl, long_size), 0 },
	{ "open", MSGQ_IOC_OPEN, sizeof(struct msgq_open),
	  offsetof(struct msgq_open, reserved), 0, 0 },
	{ "sendv", MSGQ_IOC_SENDV, sizeof(struct msgq_batch),
	  offsetof(struct msgq_batch, reserved), 0, 0 },
	{ "recvv", MSGQ_IOC_RECVV, sizeof(struct msgq_batch),
	  offsetof(struct msgq_batch, reserved), 0, 0 },
	{ "state", MSGQ_IOC_STATE, sizeof(struct msgq_state), 0, 0, 56 },
	{ "who", MSGQ_IOC_WHO, sizeof(struct msgq_who), 4, 0, 0 },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

union argument {
	struct msgq_get get;
	struct msgq_snd snd;
	struct msgq_rcv rcv;
	struct msgq_ctl ctl;
	struct msgq_open open;
	struct msgq_batch batch;
	struct msgq_state state;
	struct msgq_who who;
	char bytes[16000];
};

static struct buf64 message;
static struct msgq_entry entry;
static struct msgq_ds64 state;

/* A valid argument of a command, for a queue that holds a message. */
static void good_argument(union argument *arg, const struct command *command,
			  int msqid)
{
	memset(arg, 0, sizeof(*arg));
	message = (struct buf64){ .type = 1 };
	switch (command->word) {
	case MSGQ_IOC_GET:
		arg->get = (struct msgq_get){ .key = 0x0f0f };
		break;
	case MSGQ_IOC_SND:
		arg->snd = snd(msqid, &message, 4, 8);
		break;
	case MSGQ_IOC_RCV:
		arg->rcv = rcv(msqid, &message, 16, 0, 8);
		break;
	case MSGQ_IOC_OPEN:
		arg->open = (struct msgq_open){
			.name = msqid,
			.flags = MSGQ_OPEN_READ,
		};
		break;
	case MSGQ_IOC_SENDV:
	case MSGQ_IOC_RECVV:
		entry = (struct msgq_entry){
			.type = 1,
			.text = (uintptr_t)message.text,
			.size = 4,
		};
		arg->batch = (struct msgq_batch){
			.msqid = msqid,
			.msgflg = IPC_NOWAIT,
			.entries = (uintptr_t)&entry,
			.count = 1,
		};
		break;
	case MSGQ_IOC_STATE:
		arg->state.msqid = msqid;
		break;
	case MSGQ_IOC_WHO:
		arg->who.msqid = msqid;
		arg->who.size = sizeof(struct msgq_party);
		break;
	default:
		arg->ctl = (struct msgq_ctl){
			.msqid = msqid,
			.cmd = IPC_STAT,
			.buf = (uintptr_t)&state,
			.long_size = 8,
		};
	}
}

/* Make a call, and close a descriptor that it opens. */
static int call(const struct command *command, unsigned int word, void *arg)
{
	int ret = ioctl(device, word, arg);

	if (ret >= 0 && command->word == MSGQ_IOC_OPEN)
		close(ret);
	return ret;
}

static int queue_with_message(void)
{
	int msqid = CHECK_OK(get(0x0f0f, IPC_CREAT | 0600));
	struct msgq_snd arg = snd(msqid, &message, 4, 8);

	message.type = 1;
	for (int i = 0; i < 8; i++)
		CHECK_OK(ioctl(device, MSGQ_IOC_SND, &arg));
	return msqid;
}

CASE(size_of_argument)
{
	static union argument arg;
	int msqid;

	open_device();
	msqid = queue_with_message();
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *command = &commands[i];
		size_t size = command->size;
		size_t least = command->least ? command->least : size;

		good_argument(&arg, command, msqid);
		CHECK_OK(call(command, command->word, &arg));
		good_argument(&arg, command, msqid);
		CHECK_OK(call(command, WORD(command->word, least), &arg));
		CHECK_ERR(call(command, WORD(command->word, least - 1), &arg),
			  EINVAL);
		CHECK_ERR(call(command, WORD(command->word, 0), &arg), EINVAL);
		good_argument(&arg, command, msqid);
		CHECK_OK(call(command, WORD(command->word, size + 1), &arg));
		good_argument(&arg, command, msqid);
		CHECK_OK(call(command, WORD(command->word, 16000), &arg));

		/* Bytes that the module does not know must be zero. */
		good_argument(&arg, command, msqid);
		arg.bytes[size] = 1;
		CHECK_ERR(call(command, WORD(command->word, size + 1), &arg),
			  EINVAL);
		CHECK_OK(call(command, command->word, &arg));
		good_argument(&arg, command, msqid);
		arg.bytes[15999] = 1;
		CHECK_ERR(call(command, WORD(command->word, 16000), &arg),
			  EINVAL);
	}
	remove_it(msqid);
}

CASE(fields_of_argument)
{
	static const uint32_t widths[] = { 0, 1, 2, 3, 5, 7, 9, 16, UINT_MAX };
	static union argument arg;
	int msqid;

	open_device();
	msqid = queue_with_message();
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *command = &commands[i];

		if (!command->reserved)
			continue;
		for (int bit = 0; bit < 32; bit += 31) {
			uint32_t value = 1U << bit;

			good_argument(&arg, command, msqid);
			memcpy(arg.bytes + command->reserved, &value, 4);
			CHECK_ERR(call(command, command->word, &arg), EINVAL);
		}
		for (size_t j = 0; command->long_size &&
		     j < sizeof(widths) / sizeof(widths[0]); j++) {
			good_argument(&arg, command, msqid);
			memcpy(arg.bytes + command->long_size, &widths[j], 4);
			CHECK_ERR(call(command, command->word, &arg), EINVAL);
		}
	}
	CHECK_INT(queue_state(msqid).msg_qnum, 8);
	remove_it(msqid);
}

/* The argument itself is unmapped, mapped in part, or read-only. */
CASE(memory_of_argument)
{
	size_t page = sysconf(_SC_PAGESIZE);
	static union argument arg;
	int msqid;

	open_device();
	msqid = queue_with_message();
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command *command = &commands[i];
		char *half = guarded(command->size - 1);
		char *constant = mmap(NULL, page, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		CHECK(constant != MAP_FAILED);
		good_argument(&arg, command, msqid);
		CHECK_ERR(call(command, command->word, NULL), EFAULT);
		CHECK_ERR(call(command, command->word, BAD_ADDRESS), EFAULT);
		memcpy(half, &arg, command->size - 1);
		CHECK_ERR(call(command, command->word, half), EFAULT);

		memcpy(constant, &arg, command->size);
		CHECK_OK(mprotect(constant, page, PROT_READ));
		/* Commands that write to their argument fail. */
		if (_IOC_DIR(command->word) & _IOC_READ) {
			CHECK_ERR(call(command, command->word, constant),
				  EFAULT);
			continue;
		}
		CHECK_OK(call(command, command->word, constant));
		CHECK(!memcmp(constant, &arg, command->size));
	}
	remove_it(msqid);
}

static bool has_line(const char *path, const char *end)
{
	FILE *file = fopen(path, "re");
	char line[256];
	bool found = false;

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		found = found || strstr(line, end);
	fclose(file);
	return found;
}

/*
 * Kernels with tracepoints give notice of the end of processes, and those with
 * namespaces and POSIX queues of the end of IPC namespaces.
 */
static uint64_t features_of_kernel(void)
{
	uint64_t features = 0;

	if (has_line("/proc/kallsyms", " __traceiter_sched_process_exit\n"))
		features |= MSGQ_FEATURE_CLAIM_PROCESS | MSGQ_FEATURE_SEM_UNDO;
	if (!access("/proc/self/ns/ipc", F_OK) &&
	    has_line("/proc/filesystems", "\tmqueue\n") &&
	    has_line("/proc/kallsyms", " fsnotify_add_mark\n"))
		features |= MSGQ_FEATURE_NAMESPACES;
	return features;
}

CASE(information)
{
	struct {
		struct msgq_info info;
		char more[16];
	} answer;
	const size_t size = sizeof(struct msgq_info);
	struct msgq_info info;

	open_device();
	memset(&answer, 0xaa, sizeof(answer));
	CHECK_INT(ioctl(device, MSGQ_IOC_INFO, &answer.info), 0);
	info = answer.info;
	CHECK_INT(info.version, MSGQ_INTERFACE_VERSION);
	CHECK_INT(info.reserved, 0);
	CHECK_INT(info.features, MSGQ_FEATURE_TYPE_INDEX | MSGQ_FEATURE_OPEN |
				 MSGQ_FEATURE_BATCH | MSGQ_FEATURE_CLAIM |
				 MSGQ_FEATURE_COUNTS | MSGQ_FEATURE_WHO |
				 MSGQ_FEATURE_INSTANCES | MSGQ_FEATURE_QUOTA |
				 MSGQ_FEATURE_MOUNT | MSGQ_FEATURE_SEM |
				 MSGQ_FEATURE_SEM_WHO |
				 features_of_kernel());
	CHECK_INT(answer.more[0], (char)0xaa);

	/* A larger struct gets zeros at its end; a smaller one is cut. */
	CHECK_OK(ioctl(device, WORD(MSGQ_IOC_INFO, size + 8), &answer));
	CHECK(!memcmp(&answer.info, &info, size));
	for (int i = 0; i < 16; i++)
		CHECK_INT(answer.more[i], i < 8 ? 0 : (char)0xaa);
	memset(&answer, 0xaa, sizeof(answer));
	CHECK_OK(ioctl(device, WORD(MSGQ_IOC_INFO, 16), &answer));
	CHECK(!memcmp(&answer.info, &info, 16));
	for (size_t i = 16; i < sizeof(answer); i++)
		CHECK_INT(((char *)&answer)[i], (char)0xaa);
	CHECK_ERR(ioctl(device, WORD(MSGQ_IOC_INFO, 15), &answer), EINVAL);
	CHECK_ERR(ioctl(device, WORD(MSGQ_IOC_INFO, 0), NULL), EINVAL);

	CHECK_ERR(ioctl(device, MSGQ_IOC_INFO, BAD_ADDRESS), EFAULT);
	CHECK_ERR(ioctl(device, MSGQ_IOC_INFO, guarded(size - 1)), EFAULT);
	CHECK_ERR(ioctl(device, WORD(MSGQ_IOC_INFO, 16), guarded(15)), EFAULT);
}

/* Any program can use either width, and both on one queue. */
CASE(widths_of_message)
{
	struct buf64 wide = { 0x7fffffff, "wide" };
	struct buf32 narrow = { 5, "narrow" };
	struct msgq_snd send;
	struct msgq_rcv receive;
	int msqid;

	open_device();
	msqid = new_queue();
	send = snd(msqid, &narrow, 6, 4);
	CHECK_INT(ioctl(device, MSGQ_IOC_SND, &send), 0);
	send = snd(msqid, &wide, 4, 8);
	CHECK_INT(ioctl(device, MSGQ_IOC_SND, &send), 0);

	memset(&wide, 0xaa, sizeof(wide));
	receive = rcv(msqid, &wide, 16, 5, 8);
	CHECK_INT(ioctl(device, MSGQ_IOC_RCV, &receive), 6);
	CHECK_INT(wide.type, 5);
	CHECK(!memcmp(wide.text, "narrow\xaa", 7));

	memset(&narrow, 0xaa, sizeof(narrow));
	receive = rcv(msqid, &narrow, 16, 0, 4);
	CHECK_INT(ioctl(device, MSGQ_IOC_RCV, &receive), 4);
	CHECK_INT(narrow.type, 0x7fffffff);
	CHECK(!memcmp(narrow.text, "wide\xaa", 5));

	narrow.type = -5;
	send = snd(msqid, &narrow, 1, 4);
	CHECK_ERR(ioctl(device, MSGQ_IOC_SND, &send), EINVAL);
	remove_it(msqid);
}

/* A type has 64 bits in the argument; a 32-bit one gets its lower half. */
CASE(upper_bits_of_type)
{
	const long long type = 0x500000007LL;
	struct buf64 wide = { type, "a" };
	struct buf32 narrow;
	struct msgq_snd send;
	struct msgq_rcv receive;
	int msqid;

	open_device();
	msqid = new_queue();
	send = snd(msqid, &wide, 1, 8);
	CHECK_OK(ioctl(device, MSGQ_IOC_SND, &send));
	CHECK_OK(ioctl(device, MSGQ_IOC_SND, &send));
	receive = rcv(msqid, &wide, 16, 7, 8);
	CHECK_ERR(ioctl(device, MSGQ_IOC_RCV, &receive), ENOMSG);
	receive = rcv(msqid, &wide, 16, -(type - 1), 8);
	CHECK_ERR(ioctl(device, MSGQ_IOC_RCV, &receive), ENOMSG);

	wide.type = 0;
	receive = rcv(msqid, &wide, 16, type, 8);
	CHECK_INT(ioctl(device, MSGQ_IOC_RCV, &receive), 1);
	CHECK(wide.type == type);
	receive = rcv(msqid, &narrow, 16, LLONG_MIN, 4);
	CHECK_INT(ioctl(device, MSGQ_IOC_RCV, &receive), 1);
	CHECK_INT(narrow.type, 7);
	remove_it(msqid);
}

/* Unused bits of System V's flag word are ignored. */
CASE(unknown_flags)
{
	const int unknown = ~(IPC_NOWAIT | MSG_NOERROR | MSG_EXCEPT | MSG_COPY);
	struct msgq_snd send;
	struct msgq_rcv receive;
	int msqid;

	open_device();
	msqid = CHECK_OK(get(0x0f0f, IPC_CREAT | 0600 |
			     ~(IPC_EXCL | IPC_NOWAIT | 0777)));
	CHECK_INT(queue_state(msqid).msg_perm.mode, 0600);
	message = (struct buf64){ 1, "a" };
	send = snd(msqid, &message, 1, 8);
	send.msgflg |= unknown;
	CHECK_OK(ioctl(device, MSGQ_IOC_SND, &send));
	receive = rcv(msqid, &message, 16, 0, 8);
	receive.msgflg |= unknown;
	CHECK_INT(ioctl(device, MSGQ_IOC_RCV, &receive), 1);
	remove_it(msqid);
}

/* Any descriptor of the device reaches the queues, whoever has or opened it. */
CASE(descriptor)
{
	const struct identity nobody = { .uid = 65533, .gid = 65533 };
	struct msgq_snd send;
	int msqid;

	open_device();
	close(device);
	device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_RDONLY));
	msqid = CHECK_OK(get(IPC_PRIVATE, 0622));
	message = (struct buf64){ 1, "a" };
	send = snd(msqid, &message, 1, 8);
	AS(&nobody)
		CHECK_OK(ioctl(device, MSGQ_IOC_SND, &send));
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	AS(&nobody)
		CHECK_ERR(control(msqid, IPC_RMID, NULL, 8), EPERM);

	device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_WRONLY));
	remove_it(msqid);
	device = CHECK_OK(open("/dev/" MSGQ_DEVICE_NAME, O_PATH));
	CHECK_ERR(get(IPC_PRIVATE, 0600), EBADF);
}
