// SPDX-License-Identifier: MIT
/*
 * rights.c - permission, limits and removal that change while tasks wait:
 * no message goes to a receiver that the queue's mode excludes by then
 */
#define _GNU_SOURCE
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"

static const struct identity carol = { .uid = 1001, .gid = 1001 };

static void become_carol(struct peer *peer)
{
	(void)peer;
	become(&carol);
}

/* A queue of uid 1000 that all may use, full with a message of 10 bytes. */
static int full_queue(void)
{
	int msqid = queue_of(10);
	struct msqid_ds state = queue_state(msqid);

	state.msg_perm.uid = 1000;
	state.msg_perm.mode = 0666;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	CHECK_PUT(msqid, 1, "0123456789");
	return msqid;
}

/* Start a receiver that waits for type 2, as another user. */
static struct peer *carol_receives(int msqid)
{
	struct peer *peer = peer_start(&(struct peer){
		.call = peer_receive,
		.prepare = become_carol,
		.msqid = msqid,
		.type = 2,
		.size = 16,
	});

	CHECK_WAITS(peer);
	return peer;
}

/* Open a descriptor that writes type 2, and waits for room. */
static int writer_of_two(int msqid)
{
	return CHECK_OK(desc_open(&(struct msgq_open){
		.name = msqid,
		.flags = MSGQ_OPEN_WRITE,
		.type = 2,
	}));
}

/* The text of type 2 has been sent, and is on the queue. */
static void check_stays(int msqid, const char *text)
{
	CHECK_TAKE(msqid, 2, 0, 2, text);
	CHECK_TAKE(msqid, 1, 0, 1, "0123456789");
	remove_queue(msqid);
}

/* One IPC_SET takes the permission of a receiver and makes room for a sender. */
CASE(set_excludes_receiver)
{
	struct peer *excluded, *sends;
	int msqid, to;

	DEVICE_ONLY();
	msqid = full_queue();
	excluded = carol_receives(msqid);
	to = writer_of_two(msqid);
	sends = writer(to, "secret");
	CHECK_WAITS(sends);
	set_both(msqid, 0600, 100);
	CHECK_FAILED(excluded, EACCES);
	CHECK_ENDED(sends, 6);
	check_stays(msqid, "secret");
}

static long send_two(struct peer *peer)
{
	struct msgq_message entries[] = {
		{ .type = 2, .text = "sec", .size = 3 },
		{ .type = 2, .text = "ret", .size = 3 },
	};
	const struct msgq_how how = { .least = 2 };

	return msgq_sendv(peer->fd, entries, 2, &how);
}

/* The same with a batch. */
CASE(set_excludes_receiver_of_batch)
{
	struct peer *excluded, *sends;
	int msqid;

	DEVICE_ONLY();
	msqid = full_queue();
	excluded = carol_receives(msqid);
	sends = peer_start(&(struct peer){
		.call = send_two,
		.fd = writer_of_two(msqid),
	});
	CHECK_WAITS(sends);
	set_both(msqid, 0600, 100);
	CHECK_FAILED(excluded, EACCES);
	CHECK_ENDED(sends, 2);
	CHECK_TAKE(msqid, 2, 0, 2, "sec");
	check_stays(msqid, "ret");
}

/* A sender that msgtql holds up goes on when that rises, after the IPC_SET. */
CASE(set_excludes_before_msgtql_rises)
{
	struct peer *excluded, *sends;
	int msqid, to;

	DEVICE_ONLY();
	msqid = full_queue();
	set_both(msqid, 0666, 100);
	limit_set("msgtql", 1);
	excluded = carol_receives(msqid);
	to = writer_of_two(msqid);
	sends = writer(to, "secret");
	CHECK_WAITS(sends);
	set_mode(msqid, 0600);
	CHECK_FAILED(excluded, EACCES);
	CHECK_WAITS(sends);
	limit_set("msgtql", 10);
	CHECK_ENDED(sends, 6);
	check_stays(msqid, "secret");
}

static void pin(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK_OK(sched_setaffinity(0, sizeof(one), &one));
}

static void become_urgent(struct peer *peer)
{
	const struct sched_param urgent = { .sched_priority = 1 };

	(void)peer;
	pin();
	CHECK_OK(sched_setscheduler(0, SCHED_FIFO, &urgent));
}

/*
 * A sender that IPC_SET lets go on, and that checks its own permission again,
 * may run before the setter: on a preemptible kernel, as soon as the setter
 * releases the lock.  Linux's own queues sometimes give its message to the
 * receiver, which they have woken, but which has not run yet.
 */
CASE(set_wakes_urgent_sender)
{
	struct peer *excluded, *sends;
	int msqid;

	DEVICE_ONLY();
	msqid = full_queue();
	excluded = carol_receives(msqid);
	sends = peer_start(&(struct peer){
		.call = peer_send,
		.prepare = become_urgent,
		.msqid = msqid,
		.type = 2,
		.text = "secret",
	});
	CHECK_WAITS(sends);
	pin();
	set_both(msqid, 0600, 100);
	CHECK_FAILED(excluded, EACCES);
	CHECK_ENDED(sends, 0);
	check_stays(msqid, "secret");
}

/* A released claim goes to a permitted receiver, though that is not first. */
CASE(claim_returns_to_the_permitted)
{
	struct peer *excluded, *permitted;
	uint64_t token;
	int msqid, fd;

	DEVICE_ONLY();
	msqid = full_queue();
	set_both(msqid, 0666, 100);
	CHECK_PUT(msqid, 2, "secret");
	fd = open_queue(msqid);
	token = CLAIM(fd, 2, 2, "secret", 1);
	excluded = carol_receives(msqid);
	permitted = receiver(msqid, 16, 2, 0);
	CHECK_WAITS(permitted);
	set_mode(msqid, 0600);
	CHECK_FAILED(excluded, EACCES);
	CHECK_WAITS(permitted);
	CHECK_INT(msgq_release(fd, &token, 1), 1);
	CHECK_GOT(permitted, 2, "secret");
	close(fd);
	CHECK_TAKE(msqid, 1, 0, 1, "0123456789");
	remove_queue(msqid);
}

/* A queue that is removed with its waiters sends nothing on to them. */
CASE(removal_meets_sender)
{
	struct peer *receives, *sends;
	int msqid, to;

	DEVICE_ONLY();
	msqid = full_queue();
	receives = carol_receives(msqid);
	to = writer_of_two(msqid);
	sends = writer(to, "secret");
	CHECK_WAITS(sends);
	remove_queue(msqid);
	CHECK_FAILED(receives, EIDRM);
	CHECK_FAILED(sends, EIDRM);
}
