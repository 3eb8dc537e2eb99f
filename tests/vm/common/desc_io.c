// SPDX-License-Identifier: MIT
/*
 * desc_io.c - queues as descriptors, for cases; see desc_io.h
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "desc_io.h"

int desc_open(const struct msgq_open *how)
{
	return msgq_open(the_device(), how);
}

int desc_reader(int msqid, long msgtyp, int msgflg)
{
	const struct msgq_open how = {
		.name = msqid,
		.flags = MSGQ_OPEN_READ | MSGQ_OPEN_NONBLOCK,
		.msgflg = msgflg,
		.msgtyp = msgtyp,
	};

	return CHECK_OK(desc_open(&how));
}

int desc_writer(int msqid, long type)
{
	const struct msgq_open how = {
		.name = msqid,
		.flags = MSGQ_OPEN_WRITE | MSGQ_OPEN_NONBLOCK,
		.type = type,
	};

	return CHECK_OK(desc_open(&how));
}

int desc_room(int msqid, size_t room)
{
	const struct msgq_open how = {
		.name = msqid,
		.flags = DESC_BOTH | MSGQ_OPEN_NONBLOCK,
		.msgtyp = 99,
		.type = 1,
		.room = room,
	};

	return CHECK_OK(desc_open(&how));
}

struct msgq_open desc_key(key_t key, int msgflg, unsigned int flags)
{
	return (struct msgq_open){
		.name = key,
		.flags = MSGQ_OPEN_KEY | DESC_BOTH | flags,
		.msgflg = msgflg,
		.type = 1,
	};
}

void desc_reads(int fd, const char *text, const char *file, int line)
{
	char got[8192];
	ssize_t size = read(fd, got, sizeof(got));

	if (size < 0)
		test_fail(file, line, "read: expected '%s', got %s", text,
			  strerrorname_np(errno));
	if (size != (ssize_t)strlen(text) || memcmp(got, text, size))
		test_fail(file, line, "read: expected '%s', got '%.*s'", text,
			  (int)size, got);
}

void desc_writes(int fd, const char *text, const char *file, int line)
{
	ssize_t size = write(fd, text, strlen(text));

	if (size < 0)
		test_fail(file, line, "write '%s': expected success, got %s",
			  text, strerrorname_np(errno));
	if (size != (ssize_t)strlen(text))
		test_fail(file, line, "write '%s': got %zd", text, size);
}

int desc_revents(int fd)
{
	struct pollfd entry = {
		.fd = fd,
		.events = POLLIN | POLLPRI | POLLOUT | POLLRDHUP | POLLRDNORM |
			  POLLRDBAND | POLLWRNORM | POLLWRBAND,
	};

	CHECK_OK(poll(&entry, 1, 0));
	return entry.revents;
}

void desc_events(int fd, int expected, const char *file, int line)
{
	int got = desc_revents(fd);

	if (expected & POLLIN)
		expected |= POLLRDNORM;
	if (expected & POLLOUT)
		expected |= POLLWRNORM;
	if (got != expected)
		test_fail(file, line, "poll: expected %#x, got %#x", expected,
			  got);
}

int desc_epoll(int fd, unsigned int events)
{
	int epoll = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	struct epoll_event event = { .events = events, .data.fd = fd };

	CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
	return epoll;
}

unsigned int epoll_events(int epoll)
{
	struct epoll_event event = { 0 };

	return CHECK_OK(epoll_wait(epoll, &event, 1, 0)) ? event.events : 0;
}

long peer_read(struct peer *peer)
{
	return read(peer->fd, peer->message.text, sizeof(peer->message.text));
}

long peer_write(struct peer *peer)
{
	return write(peer->fd, peer->message.text, peer->size);
}

long peer_poll(struct peer *peer)
{
	struct pollfd entry = { .fd = peer->fd, .events = peer->flags };

	return poll(&entry, 1, -1) < 0 ? -1 : entry.revents;
}

struct peer *reader(int fd)
{
	return peer_start(&(struct peer){ .call = peer_read, .fd = fd });
}

struct peer *writer(int fd, const char *text)
{
	return peer_start(&(struct peer){
		.call = peer_write,
		.fd = fd,
		.text = text,
	});
}

struct peer *poller(int fd, int events)
{
	return peer_start(&(struct peer){
		.call = peer_poll,
		.fd = fd,
		.flags = events,
	});
}

unsigned long times_asleep(pid_t tid)
{
	unsigned long count = 0;
	bool found = false;
	char line[256];
	FILE *file;

	wait_asleep(tid);
	snprintf(line, sizeof(line), "/proc/%d/status", tid);
	file = fopen(line, "re");
	CHECK(file);
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "voluntary_ctxt_switches: %lu", &count);
	fclose(file);
	CHECK(found);
	return count;
}

/* A buffer for one descriptor that is passed with a byte. */
union ancillary {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int))];
};

void desc_pass(int socket, int fd)
{
	union ancillary control = { 0 };
	char byte = 0;
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	CHECK_INT(sendmsg(socket, &message, 0), 1);
}

int desc_take(int socket)
{
	union ancillary control = { 0 };
	char byte;
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	CHECK_INT(recvmsg(socket, &message, 0), 1);
	CHECK(CMSG_FIRSTHDR(&message));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

void desc_allow(unsigned int count)
{
	const struct rlimit limit = { count, count };

	CHECK_OK(setrlimit(RLIMIT_NOFILE, &limit));
}

int desc_next(void)
{
	int fd = CHECK_OK(dup(0));

	close(fd);
	return fd;
}

int desc_queues(void)
{
	struct msginfo info;

	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	return info.msgpool;
}

void *desc_nowhere(void)
{
	void *page = mmap(NULL, sysconf(_SC_PAGESIZE), PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(page != MAP_FAILED);
	return page;
}
