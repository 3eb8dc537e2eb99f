// SPDX-License-Identifier: MIT
/*
 * io_uring(7) drives a descriptor by poll: a request that has to wait occupies
 * no kernel thread.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"

#define MANY	64
#define SIZE	32

static struct io_uring ring;
static char texts[MANY][SIZE];

static void make_ring(void)
{
	int err;

	DEVICE_ONLY();
	err = io_uring_queue_init(2 * MANY, &ring, 0);
	if (err == -ENOSYS || err == -EPERM)
		SKIP("the kernel has no io_uring");
	CHECK_INT(err, 0);
}

/* Preparing an entry clears its user data: set that afterwards. */
static struct io_uring_sqe *next(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	CHECK(sqe);
	return sqe;
}

static struct io_uring_sqe *add_read(int fd, int number, size_t size)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_read(sqe, fd, texts[number], size, -1);
	sqe->user_data = number;
	return sqe;
}

static struct io_uring_sqe *add_write(int fd, int number, const void *text,
				      size_t size)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_write(sqe, fd, text, size, -1);
	sqe->user_data = number;
	return sqe;
}

static void add_poll(int fd, int number, unsigned int events)
{
	struct io_uring_sqe *sqe = next();

	io_uring_prep_poll_add(sqe, fd, events);
	sqe->user_data = number;
}

static void submit(int count)
{
	CHECK_INT(io_uring_submit(&ring), count);
}

/* Wait for a completed request; returns its result and its number. */
static int complete(int *number)
{
	struct __kernel_timespec patience = {
		.tv_sec = PATIENCE,
	};
	struct io_uring_cqe *cqe = NULL;
	int err = io_uring_wait_cqe_timeout(&ring, &cqe, &patience);
	int ret;

	if (err || !cqe)
		FAIL("expected a completion, got %s", strerrorname_np(-err));
	ret = cqe->res;
	*number = cqe->user_data;
	io_uring_cqe_seen(&ring, cqe);
	return ret;
}

static bool any_complete(void)
{
	struct io_uring_cqe *cqe;

	return !io_uring_peek_cqe(&ring, &cqe);
}

/* The kernel's workers for this process appear as its threads. */
static void no_workers(const char *when)
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	char path[300], name[32];
	ssize_t size;
	int fd;

	CHECK(tasks);
	while ((entry = readdir(tasks))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 entry->d_name);
		fd = CHECK_OK(open(path, O_RDONLY));
		size = CHECK_OK(read(fd, name, sizeof(name) - 1));
		close(fd);
		name[size] = '\0';
		if (!strncmp(name, "iou-", 4))
			FAIL("%s there is a thread %s", when, name);
	}
	closedir(tasks);
}

/* Reads before there is a message, all by one descriptor. */
CASE(reads_wait)
{
	bool seen[MANY] = { false };
	int msqid, fd, number;

	make_ring();
	msqid = make_queue();
	fd = open_as(msqid, MSGQ_OPEN_READ, 0);
	for (int i = 0; i < MANY; i++)
		add_read(fd, i, SIZE);
	submit(MANY);
	CHECK(!any_complete());
	no_workers("while reads wait");

	for (int i = 0; i < MANY; i++) {
		char text[SIZE];

		snprintf(text, sizeof(text), "message %d", i);
		CHECK_PUT(msqid, 1, text);
		CHECK_INT(complete(&number), strlen(text));
		CHECK(!memcmp(texts[number], text, strlen(text)));
		CHECK(!seen[number]);
		seen[number] = true;
	}
	CHECK(!any_complete());
	no_workers("after the reads");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

/* Reads by descriptors with a type each: a message completes its own read. */
CASE(reads_by_type)
{
	int msqid, number;

	make_ring();
	desc_allow(4 * MANY);
	msqid = make_queue();
	for (int i = 0; i < MANY; i++) {
		const struct msgq_open how = {
			.name = msqid,
			.flags = MSGQ_OPEN_READ,
			.msgtyp = i + 1,
		};

		add_read(CHECK_OK(desc_open(&how)), i, SIZE);
	}
	submit(MANY);
	for (int i = 0; i < MANY; i++) {
		int type = i * 37 % MANY;

		CHECK(!any_complete());
		CHECK_PUT(msqid, type + 1, "mine");
		CHECK_INT(complete(&number), 4);
		CHECK_INT(number, type);
		CHECK(!memcmp(texts[number], "mine", 4));
	}
	no_workers("after the reads");
	remove_queue(msqid);
}

/* Writes to a full queue by a descriptor that names the room they need. */
CASE(writes_wait)
{
	bool seen[MANY] = { false };
	int msqid, fd, from, number;
	char text[8];

	make_ring();
	msqid = queue_of(32);
	from = desc_reader(msqid, 0, 0);
	fd = CHECK_OK(desc_open(&(struct msgq_open){
		.name = msqid,
		.flags = MSGQ_OPEN_WRITE,
		.type = 1,
		.room = 8,
	}));
	for (int i = 0; i < 4; i++)
		CHECK_PUT(msqid, 2, "12345678");
	for (int i = 0; i < MANY; i++) {
		snprintf(texts[i], SIZE, "text %3d", i);
		add_write(fd, i, texts[i], 8);
	}
	submit(MANY);
	CHECK(!any_complete());
	no_workers("while writes wait");

	for (int i = 0; i < 4; i++)
		CHECK_TAKE(msqid, 2, 0, 2, "12345678");
	for (int i = 0; i < MANY; i++) {
		CHECK_INT(complete(&number), 8);
		CHECK(!seen[number]);
		seen[number] = true;
		CHECK_INT(read(from, text, 8), 8);
		CHECK(!memcmp(text, "text ", 5));
	}
	CHECK(!any_complete());
	no_workers("after the writes");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

/* Both ends in one ring. */
CASE(both_ends)
{
	int msqid, from, to, number;

	make_ring();
	msqid = queue_of(64);
	from = open_as(msqid, MSGQ_OPEN_READ, 0);
	to = CHECK_OK(desc_open(&(struct msgq_open){
		.name = msqid,
		.flags = MSGQ_OPEN_WRITE,
		.type = 1,
		.room = 16,
	}));
	for (int i = 0; i < MANY; i++) {
		add_write(to, i, "0123456789abcdef", 16);
		add_read(from, i, SIZE);
		submit(2);
		CHECK_INT(complete(&number), 16);
		CHECK_INT(complete(&number), 16);
	}
	/* Submit all of them at once. */
	for (int i = 0; i < MANY; i++)
		add_write(to, i, "0123456789abcdef", 16);
	submit(MANY);
	for (int i = 0; i < MANY; i++)
		add_read(from, i, SIZE);
	submit(MANY);
	for (int i = 0; i < 2 * MANY; i++)
		CHECK_INT(complete(&number), 16);
	no_workers("at the end");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

/*
 * A request with a no-wait flag does not wait.  io_uring ignores O_NONBLOCK on
 * any file that can be polled.
 */
CASE(no_wait)
{
	int msqid, fds[2], number;

	make_ring();
	msqid = queue_of(4);
	fds[0] = open_as(msqid, DESC_BOTH, 0);
	fds[1] = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
	for (int i = 0; i < 2; i++) {
		add_read(fds[i], 0, SIZE)->rw_flags = RWF_NOWAIT;
		submit(1);
		CHECK_INT(complete(&number), -EAGAIN);
		CHECK_PUT(msqid, 1, "full");
		add_write(fds[i], 1, "more", 4)->rw_flags = RWF_NOWAIT;
		submit(1);
		CHECK_INT(complete(&number), -EAGAIN);

		add_read(fds[i], 2, SIZE)->rw_flags = RWF_NOWAIT;
		submit(1);
		CHECK_INT(complete(&number), 4);
		add_write(fds[i], 3, "more", 4)->rw_flags = RWF_NOWAIT;
		submit(1);
		CHECK_INT(complete(&number), 4);
		CHECK_TAKE(msqid, 0, 0, 1, "more");
	}
	no_workers("after the attempts");
	remove_queue(msqid);
}

/* A request fails with the errors of the call, and no message is lost. */
CASE(failures)
{
	static char large[65536];
	int msqid, fd, from, to, number;

	make_ring();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH, 0);
	from = open_as(msqid, MSGQ_OPEN_READ, 0);
	to = open_as(msqid, MSGQ_OPEN_WRITE, 0);

	add_write(fd, 0, large, sizeof(large));
	submit(1);
	CHECK_INT(complete(&number), -EMSGSIZE);
	add_write(fd, 0, desc_nowhere(), 10);
	submit(1);
	CHECK_INT(complete(&number), -EFAULT);
	add_write(from, 0, large, 1);
	submit(1);
	CHECK_INT(complete(&number), -EBADF);
	add_read(to, 0, SIZE);
	submit(1);
	CHECK_INT(complete(&number), -EBADF);

	/* The request fails at once, and after a wait. */
	for (int i = 0; i < 2; i++) {
		if (!i)
			CHECK_PUT(msqid, 1, "kept");
		add_read(fd, 0, 3);
		submit(1);
		if (i)
			CHECK_PUT(msqid, 1, "kept");
		CHECK_INT(complete(&number), -E2BIG);
		CHECK_TAKE(msqid, 0, 0, 1, "kept");
	}

	add_read(fd, 0, SIZE);
	submit(1);
	CHECK(!any_complete());
	remove_queue(msqid);
	CHECK_INT(complete(&number), -EIDRM);
	add_write(fd, 0, "x", 1);
	submit(1);
	CHECK_INT(complete(&number), -EIDRM);
	no_workers("at the end");
}

/* A waiting request can be cancelled; another gets the message. */
CASE(cancelled)
{
	struct io_uring_sqe *sqe;
	int msqid, fd, numbers[2], results[2];

	make_ring();
	msqid = make_queue();
	fd = open_as(msqid, MSGQ_OPEN_READ, 0);
	add_read(fd, 5, SIZE);
	submit(1);
	sqe = next();
	io_uring_prep_cancel64(sqe, 5, 0);
	sqe->user_data = 6;
	submit(1);
	for (int i = 0; i < 2; i++)
		results[i] = complete(&numbers[i]);
	for (int i = 0; i < 2; i++)
		CHECK_INT(results[i], numbers[i] == 5 ? -ECANCELED : 0);
	CHECK_PUT(msqid, 1, "another's");
	CHECK(!any_complete());
	CHECK_TAKE(msqid, 0, 0, 1, "another's");
	remove_queue(msqid);
}

/* Poll requests: for messages, and for room. */
CASE(polls)
{
	int msqid, fd, number;

	make_ring();
	msqid = queue_of(4);
	fd = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
	add_poll(fd, 1, POLLIN);
	submit(1);
	CHECK(!any_complete());
	CHECK_WRITE(fd, "full");
	CHECK_INT(complete(&number), POLLIN);
	add_poll(fd, 2, POLLOUT);
	submit(1);
	CHECK(!any_complete());
	CHECK_READ(fd, "full");
	CHECK_INT(complete(&number), POLLOUT);
	remove_queue(msqid);
}
