// SPDX-License-Identifier: MIT
/*
 * aio.c - Linux AIO polls a descriptor: IOCB_CMD_POLL, by system calls
 */
#define _GNU_SOURCE
#include <linux/aio_abi.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "desc_io.h"

static aio_context_t context;

static void begin(void)
{
	if (syscall(SYS_io_setup, 8, &context) == -1)
		SKIP("the kernel has no AIO");
}

/* Ask once for events; the number identifies the request later. */
static void ask(int fd, int events, unsigned int number)
{
	struct iocb request = {
		.aio_lio_opcode = IOCB_CMD_POLL,
		.aio_fildes = fd,
		.aio_buf = events,
		.aio_data = number,
	};
	struct iocb *requests[] = { &request };

	CHECK_INT(syscall(SYS_io_submit, context, 1, requests), 1);
}

static long get(struct io_event *event, long least, time_t seconds)
{
	struct timespec until = { .tv_sec = seconds };

	return syscall(SYS_io_getevents, context, least, 1, event, &until);
}

/* This request has ended, with these events. */
static void check_told(unsigned int number, int events)
{
	struct io_event event;

	CHECK_INT(get(&event, 1, PATIENCE), 1);
	CHECK_INT(event.data, number);
	CHECK_INT(event.res & (POLLIN | POLLOUT | POLLHUP | POLLERR), events);
}

static void check_none(void)
{
	struct io_event event;

	CHECK_INT(get(&event, 0, 0), 0);
}

/* Both directions of one descriptor, each by its own request. */
CASE(in_and_out)
{
	int msqid, fd;

	DEVICE_ONLY();
	begin();
	msqid = queue_of(2);
	fd = open_as(msqid, DESC_BOTH, 0);
	ask(fd, POLLOUT, 1);
	check_told(1, POLLOUT);
	ask(fd, POLLIN, 2);
	check_none();
	CHECK_WRITE(fd, "12");
	check_told(2, POLLIN);
	ask(fd, POLLOUT, 3);
	check_none();
	ask(fd, POLLIN, 4);
	check_told(4, POLLIN);
	CHECK_READ(fd, "12");
	check_told(3, POLLOUT);
	remove_queue(msqid);
}

/* One request for both ends with the first event. */
CASE(in_or_out)
{
	int msqid, fd;

	DEVICE_ONLY();
	begin();
	msqid = queue_of(1);
	fd = CHECK_OK(desc_open(&(struct msgq_open){
		.name = msqid,
		.flags = DESC_BOTH | MSGQ_OPEN_NONBLOCK,
		.msgtyp = 2,
		.type = 1,
	}));
	CHECK_WRITE(fd, "1");
	ask(fd, POLLIN | POLLOUT, 1);
	check_none();
	CHECK_TAKE(msqid, 1, 0, 1, "1");
	check_told(1, POLLOUT);
	CHECK_WRITE(fd, "1");
	ask(fd, POLLIN | POLLOUT, 2);
	check_none();
	set_qbytes(msqid, 2);
	check_told(2, POLLOUT);
	CHECK_WRITE(fd, "1");
	remove_queue(msqid);
}

CASE(removal)
{
	int msqid, fd;

	DEVICE_ONLY();
	begin();
	msqid = make_queue();
	fd = open_as(msqid, MSGQ_OPEN_READ, 0);
	ask(fd, POLLIN, 1);
	check_none();
	remove_queue(msqid);
	check_told(1, POLLHUP | POLLERR);
}
