/* SPDX-License-Identifier: MIT */
/*
 * desc_io.h - queues as descriptors, for cases that read, write and poll them
 */
#ifndef DESC_IO_H
#define DESC_IO_H

#include "desc_claims.h"
#include "peer.h"

#define DESC_BOTH	(MSGQ_OPEN_READ | MSGQ_OPEN_WRITE)

/* Open a queue by a device of this process's own; as msgq_open(). */
int desc_open(const struct msgq_open *how);

/* By identifier, without waiting; it reads by the rule or writes the type. */
int desc_reader(int msqid, long msgtyp, int msgflg);
int desc_writer(int msqid, long type);

/* To write type 1, and poll for that much room; it reads type 99. */
int desc_room(int msqid, size_t room);

/* By key, to read and write. */
struct msgq_open desc_key(key_t key, int msgflg, unsigned int flags);

/* Read or write a text without its end mark, in one call. */
#define CHECK_READ(fd, text) \
	desc_reads((fd), (text), __FILE__, __LINE__)
#define CHECK_WRITE(fd, text) \
	desc_writes((fd), (text), __FILE__, __LINE__)
void desc_reads(int fd, const char *text, const char *file, int line);
void desc_writes(int fd, const char *text, const char *file, int line);

/* The result of poll(2) for all events of a queue, without waiting. */
#define CHECK_EVENTS(fd, expected) \
	desc_events((fd), (expected), __FILE__, __LINE__)
void desc_events(int fd, int expected, const char *file, int line);
int desc_revents(int fd);

/* An epoll(7) of one descriptor, and its events now. */
int desc_epoll(int fd, unsigned int events);
unsigned int epoll_events(int epoll);

/* Calls for peers on peer->fd, with message.text and size. */
long peer_read(struct peer *peer);
long peer_write(struct peer *peer);
/* poll(2) for the events in flags; returns the events found. */
long peer_poll(struct peer *peer);

struct peer *reader(int fd);
struct peer *writer(int fd, const char *text);
struct peer *poller(int fd, int events);

/*
 * The number of times that a sleeping task has gone to sleep: it shows a task
 * that was woken and found nothing to do.
 */
unsigned long times_asleep(pid_t tid);

/* Pass a descriptor over a socket. */
void desc_pass(int socket, int fd);
int desc_take(int socket);

/* Allow this process that many descriptors. */
void desc_allow(unsigned int count);

/* The number that the next descriptor will have. */
int desc_next(void);

/* The number of queues. */
int desc_queues(void);

/* A memory page that can be neither written nor read. */
void *desc_nowhere(void);

#endif /* DESC_IO_H */
