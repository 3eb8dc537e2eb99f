/* SPDX-License-Identifier: MIT */
/*
 * peer.h - another process that makes one call on a queue
 *
 * Blocking is tested between real processes: a case starts a peer, waits until
 * the kernel shows it asleep in its call, does something that should end the
 * call, and checks the result of the call.
 */
#ifndef PEER_H
#define PEER_H

#include "test.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

struct peer {
	/* The call: peer_send, peer_receive, or one of the case's own. */
	long (*call)(struct peer *peer);
	void (*prepare)(struct peer *peer);
	int msqid;
	int fd;				/* for a call on a descriptor */
	long type;
	size_t size;
	int flags;
	void *buffer;			/* NULL: message, below */
	const char *text;		/* to send, without its end mark */

	pid_t pid;
	int stage;

	/* The result of the call. */
	long ret;
	int error;
	struct {
		long type;
		char text[8192];
	} message;
};

long peer_send(struct peer *peer);
long peer_receive(struct peer *peer);

/* For @call: remove the queue when it is empty. */
long remove_when_read(struct peer *peer);

/* For @prepare: become a user who owns nothing; make @buffer unusable. */
void become_nobody(struct peer *peer);
void no_room(struct peer *peer);
extern const struct identity nobody;

/* Start a peer: the description is copied to memory that both share. */
struct peer *peer_start(const struct peer *description);
struct peer *sender(int msqid, long type, const char *text);
struct peer *receiver(int msqid, size_t size, long type, int flags);
struct peer *faulty(int msqid, long type, void (*prepare)(struct peer *));

/*
 * The peer sleeps in its call, which has not ended: a task that ends the call
 * makes the peer runnable before it goes on.
 */
#define CHECK_WAITS(peer) \
	peer_waits((peer), __FILE__, __LINE__)

/* The call has ended, within the time limit, with this result. */
#define CHECK_ENDED(peer, ret) \
	peer_ended((peer), (ret), 0, __FILE__, __LINE__)
#define CHECK_FAILED(peer, error) \
	peer_ended((peer), -1, (error), __FILE__, __LINE__)
#define CHECK_GOT(peer, type, text) \
	peer_got((peer), (type), (text), __FILE__, __LINE__)

void peer_waits(struct peer *peer, const char *file, int line);
void peer_ended(struct peer *peer, long ret, int error, const char *file,
		int line);
void peer_got(struct peer *peer, long type, const char *text, const char *file,
	      int line);

/* Wait for the peer to have a second thread, and return its id. */
pid_t peer_thread(struct peer *peer);

/* Wait until proc(5) shows this state of a task, or of the peer's. */
void wait_state(pid_t pid, char state);
void peer_state(struct peer *peer, char state);

/* Kill the peer, whatever it does, and wait for its end. */
void peer_kill(struct peer *peer);

/* A new private queue that holds so many bytes, and so many messages. */
int queue_of(unsigned long qbytes);

/* IPC_SET that changes only these. */
void set_qbytes(int msqid, unsigned long qbytes);
void set_mode(int msqid, unsigned int mode);
void set_both(int msqid, unsigned int mode, unsigned long qbytes);

void remove_queue(int msqid);

#endif /* PEER_H */
