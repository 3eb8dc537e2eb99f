// SPDX-License-Identifier: MIT
/*
 * fuzz_io.c - random system calls on the descriptors of queues, and the rules
 * that any of them must keep; see fuzz_make.h
 *
 * Other threads close and exchange the descriptor meanwhile.  A read may write
 * only the text, to the given parts of the buffer.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "fuzz_make.h"
#include "test.h"

#define PARTS	4
/* The greatest possible number: see change_limit() in fuzz_ioctl.c. */
#define QUEUES	30

enum io {
	READ, READ_PARTS, READ_NOWAIT,
	WRITE, WRITE_PARTS, WRITE_NOWAIT,
	POLL, SELECT, CONTROL, OTHER,
	IO_CALLS
};

struct io_draw {
	enum io io;
	int fd;
	int flags;
	struct iovec parts[PARTS];
	unsigned int count;
	size_t total;			/* SIZE_MAX: more than is possible */
	bool kernel;			/* the first part is kernel memory */
	bool watched;			/* the task's buffer is all canaries */
};

static bool reads(const struct io_draw *call)
{
	return call->io <= READ_NOWAIT;
}

static bool writes(const struct io_draw *call)
{
	return call->io >= WRITE && call->io <= WRITE_NOWAIT;
}

/* An address of 64 bits, cut to 32, could name anything. */
static void *draw_address(struct fuzz_task *task, bool *kernel)
{
	struct fuzz_draw draw = { .command = OPEN };
	uint64_t address = fuzz_buffer(task, &draw);

	*kernel = draw.buffer_place == KERNEL;
	if (address != (uintptr_t)address)
		return NULL;
	return (void *)(uintptr_t)address;
}

static void draw_parts(struct fuzz_task *task, struct io_draw *call)
{
	struct fuzz_random *random = &task->random;
	bool kernel;

	call->count = 1;
	if (call->io != READ && call->io != WRITE)
		call->count = fuzz_below(random, PARTS + 1);
	for (unsigned int i = 0; i < call->count; i++) {
		struct iovec *part = &call->parts[i];

		part->iov_base = draw_address(task, &kernel);
		part->iov_len = fuzz_text_size(random);
		if (!i)
			call->kernel = kernel && part->iov_len;
		if (part->iov_len > SIZE_MAX / 2 - call->total)
			call->total = SIZE_MAX;
		if (call->total != SIZE_MAX)
			call->total += part->iov_len;
	}
}

static void draw_flags(struct fuzz_random *random, struct io_draw *call)
{
	call->flags = RWF_NOWAIT;
	if (fuzz_once_in(random, 8))
		call->flags = fuzz_number(random);
}

static void draw(struct fuzz_task *task, struct io_draw *call)
{
	struct fuzz_random *random = &task->random;

	memset(call, 0, sizeof(*call));
	call->io = fuzz_below(random, IO_CALLS);
	call->fd = FUZZ_QUEUE_FD + fuzz_below(random, FUZZ_QUEUE_FDS);
	if (fuzz_once_in(random, 8))
		call->fd = FUZZ_SHAKY_FD;
	draw_parts(task, call);
	draw_flags(random, call);
	call->watched = reads(call) && fuzz_once_in(random, 2);
	if (call->watched)
		memset(task->buffer, FUZZ_CANARY, FUZZ_BUFFER);
}

/* Call the kernel without the C library's own checks. */
static long poll_some(struct fuzz_task *task, const struct io_draw *call)
{
	struct pollfd fds[FUZZ_QUEUE_FDS];
	struct fuzz_random *random = &task->random;
	const struct timespec moment = { .tv_nsec = fuzz_below(random, 2000000) };
	struct pollfd *at = fds;
	long ret;

	for (int i = 0; i < FUZZ_QUEUE_FDS; i++)
		fds[i] = (struct pollfd){
			.fd = FUZZ_QUEUE_FD + i,
			.events = fuzz_next(random),
		};
	if (fuzz_once_in(random, 4))
		at = call->parts[0].iov_base;
	ret = ppoll(at, 1 + fuzz_below(random, FUZZ_QUEUE_FDS), &moment, NULL);
	for (int i = 0; at == fds && ret > 0 && i < FUZZ_QUEUE_FDS; i++)
		if (fds[i].revents & ~(fds[i].events | POLLERR | POLLHUP |
				       POLLNVAL))
			FAIL("poll for %#hx: got %#hx", fds[i].events,
			     fds[i].revents);
	return ret;
}

static long select_some(struct fuzz_task *task, const struct io_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct timeval moment = { .tv_usec = fuzz_below(random, 2000) };
	fd_set sets[3];

	for (int i = 0; i < 3; i++) {
		FD_ZERO(&sets[i]);
		if (fuzz_once_in(random, 2))
			FD_SET(call->fd, &sets[i]);
	}
	if (fuzz_once_in(random, 4))
		return select(call->fd + 1, call->parts[0].iov_base, &sets[1],
			      &sets[2], &moment);
	return select(call->fd + 1, &sets[0], &sets[1], &sets[2], &moment);
}

static long control(struct fuzz_task *task, const struct io_draw *call)
{
	static const int settable[] = { 0, O_NONBLOCK, O_NONBLOCK, O_APPEND,
					O_NOATIME, O_DIRECT, O_ASYNC };
	struct fuzz_random *random = &task->random;
	int fd = -1;

	switch (fuzz_below(random, 8)) {
	case 0:
		return fcntl(call->fd, F_SETFL, settable[fuzz_below(random, 7)]);
	case 1:
		return fcntl(call->fd, F_GETFL);
	case 2:
		return fcntl(call->fd, F_SETFD, fuzz_next(random) & 1);
	case 3:
		return fcntl(call->fd, F_GETPIPE_SZ);
	case 4:
		return close(call->fd);
	case 5:
		fd = dup(call->fd);
		break;
	case 6:
		fd = fcntl(call->fd, F_DUPFD_CLOEXEC, 300);
		break;
	default:
		return dup2(FUZZ_QUEUE_FD + fuzz_below(random, FUZZ_QUEUE_FDS),
			    FUZZ_SHAKY_FD);
	}
	if (fd < 0)
		return fd;
	/* Keep only queues in the place of a queue. */
	if (fuzz_is_queue(call->fd))
		fuzz_keep_descriptor(task, fd);
	else
		close(fd);
	return fd;
}

static long other(struct fuzz_task *task, const struct io_draw *call)
{
	struct fuzz_random *random = &task->random;
	struct stat state;
	char byte;

	switch (fuzz_below(random, 5)) {
	case 0:
		return lseek(call->fd, fuzz_below(random, 100),
			     fuzz_below(random, 3));
	case 1:
		return fstat(call->fd, &state);
	case 2:
		return pread(call->fd, &byte, 1, fuzz_below(random, 2));
	case 3:
		return fsync(call->fd);
	default:
		return ftruncate(call->fd, 0);
	}
}

static long make(struct fuzz_task *task, const struct io_draw *call)
{
	const struct iovec *parts = call->parts;

	switch (call->io) {
	case READ:
		return read(call->fd, parts[0].iov_base, parts[0].iov_len);
	case READ_PARTS:
		return readv(call->fd, parts, call->count);
	case READ_NOWAIT:
		return preadv2(call->fd, parts, call->count, -1, call->flags);
	case WRITE:
		return write(call->fd, parts[0].iov_base, parts[0].iov_len);
	case WRITE_PARTS:
		return writev(call->fd, parts, call->count);
	case WRITE_NOWAIT:
		return pwritev2(call->fd, parts, call->count, -1, call->flags);
	case POLL:
		return poll_some(task, call);
	case SELECT:
		return select_some(task, call);
	case CONTROL:
		return control(task, call);
	default:
		return other(task, call);
	}
}

static bool may_fail_with(const struct io_draw *call, int error)
{
	switch (error) {
	case EBADF: case EFAULT: case EINVAL: case ENOMEM:
		return true;
	case EINTR:
		return call->io < CONTROL;
	case EAGAIN: case EIDRM:
		return call->io < POLL;
	case E2BIG:
		return reads(call);
	case EMSGSIZE:
		return writes(call);
	case EOPNOTSUPP:
		return call->io == READ_NOWAIT || call->io == WRITE_NOWAIT;
	case ESPIPE:
		return call->io == OTHER;
	case EPERM:
		/* O_NOATIME is for a file's owner. */
		return call->io == CONTROL;
	default:
		return false;
	}
}

/* Mark the bytes of the buffer that hold the first bytes of the text. */
static void mark(const struct fuzz_task *task, const struct io_draw *call,
		 size_t text, bool *may)
{
	const unsigned char *begin = task->buffer;

	for (unsigned int i = 0; i < call->count && text; i++) {
		const unsigned char *at = call->parts[i].iov_base;
		size_t size = call->parts[i].iov_len;

		if (size > text)
			size = text;
		text -= size;
		if (at < begin || at >= begin + FUZZ_BUFFER)
			continue;
		if (size > (size_t)(begin + FUZZ_BUFFER - at))
			size = begin + FUZZ_BUFFER - at;
		memset(may + (at - begin), true, size);
	}
}

static void check_bytes(const struct fuzz_task *task,
			const struct io_draw *call, long ret, int error)
{
	bool may[FUZZ_BUFFER] = { false };

	if (ret > 0)
		mark(task, call, ret, may);
	else if (ret < 0 && error == EFAULT)
		mark(task, call, SIZE_MAX, may);
	for (size_t i = 0; i < FUZZ_BUFFER; i++)
		if (!may[i] && task->buffer[i] != FUZZ_CANARY)
			FAIL("read, answer %ld, %s: byte %zu of the buffer was written",
			     ret, strerrorname_np(error), i);
}

/* The identifier of an existing queue, or -1. */
static int find_queue(struct fuzz_task *task)
{
	unsigned int first = fuzz_next(&task->random);
	struct msgq_ds64 state;

	for (unsigned int i = 0; i < QUEUES; i++) {
		int msqid = raw_ctl(task->fd, (first + i) % QUEUES,
				    MSG_STAT_ANY, &state, 8);

		if (msqid >= 0)
			return msqid;
	}
	return -1;
}

/* Open a queue, since others remove queues and close descriptors. */
static void open_one(struct fuzz_task *task)
{
	struct fuzz_random *random = &task->random;
	struct msgq_open open = {
		.name = find_queue(task),
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_WRITE,
		.msgflg = IPC_CREAT | 0666,
		.type = 1 + fuzz_below(random, 5),
	};
	int fd;

	if (fuzz_once_in(random, 2))
		open.flags |= MSGQ_OPEN_NONBLOCK;
	if (fuzz_once_in(random, 4))
		open.msgflg |= MSG_NOERROR;
	fd = ioctl(task->fd, MSGQ_IOC_OPEN, &open);
	if (fd < 0) {
		/* There is no queue. */
		open.name = 1 + fuzz_below(random, 11);
		open.flags |= MSGQ_OPEN_KEY;
		fd = ioctl(task->fd, MSGQ_IOC_OPEN, &open);
	}
	if (fd >= 0)
		fuzz_keep_descriptor(task, fd);
}

void fuzz_io(struct fuzz_task *task)
{
	struct io_draw call;
	int error;
	long ret;

	draw(task, &call);
	ret = make(task, &call);
	error = errno;

	if (ret < 0 && !may_fail_with(&call, error))
		FAIL("call %d: failed with %s", call.io,
		     strerrorname_np(error));
	if (ret > 0 && (reads(&call) || writes(&call))) {
		if ((size_t)ret > call.total)
			FAIL("call %d of %zu bytes: answer %ld", call.io,
			     call.total, ret);
		if (call.kernel && fuzz_is_queue(call.fd))
			FAIL("call %d: kernel memory accepted", call.io);
	}
	if (ret >= 0 && writes(&call) && fuzz_is_queue(call.fd) &&
	    (size_t)ret != call.total)
		FAIL("write of %zu bytes: answer %ld", call.total, ret);
	if (call.watched)
		check_bytes(task, &call, ret, error);
	if (ret > 0 && reads(&call))
		__atomic_add_fetch(&task->world->texts_read, 1,
				   __ATOMIC_RELAXED);
	if (ret > 0 && writes(&call))
		__atomic_add_fetch(&task->world->texts_written, 1,
				   __ATOMIC_RELAXED);
	fuzz_note(task, ret, error);
	if (ret < 0 && (error == EBADF || error == EIDRM))
		open_one(task);
}
