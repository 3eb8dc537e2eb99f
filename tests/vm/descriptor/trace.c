// SPDX-License-Identifier: MIT
/*
 * trace.c - the tracepoints: when each event comes, from which task, and with
 * which fields
 */
#define _GNU_SOURCE
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "desc_calls.h"
#include "desc_io.h"
#include "fault_raw.h"
#include "trace.h"

#define KEY		0x0a0b

static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };

static void nothing(void)
{
	trace_look();
	trace_no_more();
}

TRACED(from_make_to_remove)
{
	const long qbytes = limit_get("msgmnb");
	pid_t me = getpid();
	int msqid;

	trace(NULL, true);
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0640));
	CHECK_INT(msgget(KEY, IPC_CREAT | 0640), msqid);
	CHECK_PUT(msqid, 5, "text");
	CHECK_PUT(msqid, LONG_MAX, "");
	CHECK_TAKE(msqid, 0, 0, 5, "text");
	remove_queue(msqid);
	trace_look();
	trace_event(__LINE__, me, "make", KEY, msqid,
		    "mode=0640 qbytes=%ld qnum=0 cbytes=0", qbytes);
	trace_event(__LINE__, me, "send", KEY, msqid,
		    "type=5 size=4 waited=0");
	trace_event(__LINE__, me, "send", KEY, msqid,
		    "type=%ld size=0 waited=0", LONG_MAX);
	trace_event(__LINE__, me, "receive", KEY, msqid,
		    "type=5 size=4 waited=0");
	trace_event(__LINE__, me, "remove", KEY, msqid,
		    "mode=0640 qbytes=%ld qnum=1 cbytes=0", qbytes);
	trace_no_more();
}

/* Failed calls have no event. */
TRACED(failures)
{
	int msqid = queue_of(4);
	char room[sizeof(long) + 8];

	CHECK_PUT(msqid, 1, "text");
	trace(NULL, true);
	CHECK_ERR(msgsnd(msqid, &(struct msgbuf){ .mtype = 1 }, 1, IPC_NOWAIT),
		  EAGAIN);
	CHECK_ERR(msgsnd(msqid, (void *)8, 1, IPC_NOWAIT), EFAULT);
	CHECK_ERR(msgrcv(msqid, room, 8, 2, IPC_NOWAIT), ENOMSG);
	CHECK_ERR(msgrcv(msqid, room, 1, 0, IPC_NOWAIT), E2BIG);
	CHECK_ERR(msgrcv(msqid, guarded(sizeof(long) + 1), 8, 0, IPC_NOWAIT),
		  EFAULT);
	CHECK_TAKE(msqid, 0, MSG_COPY, 1, "text");
	nothing();
	trace(NULL, false);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	nothing();
	remove_queue(msqid);
}

/* All ways in which messages are sent and received. */
TRACED(ways)
{
	static struct batch batch;
	static char large[6000];
	int msqid = make_queue();
	int out = desc_writer(msqid, 7), in = desc_reader(msqid, 0, 0);
	pid_t me = getpid();

	trace(NULL, true);
	CHECK_WRITE(out, "text");
	CHECK_INT(write(out, large, sizeof(large)), sizeof(large));
	CHECK_READ(in, "text");
	CHECK_INT(read(in, large, sizeof(large)), sizeof(large));
	put_numbered(msqid, 0, 3);
	batch_clean(&batch, 3);
	CHECK_INT(msgq_recvv(in, batch.entries, 1, numbered_type(1), &at_once),
		  1);
	CHECK_INT(msgq_recvv(in, batch.entries, 3, 0, &at_once), 2);
	trace_look();
	EVENT(me, "send", msqid, "type=7 size=4 waited=0");
	EVENT(me, "send", msqid, "type=7 size=6000 waited=0");
	EVENT(me, "receive", msqid, "type=7 size=4 waited=0");
	EVENT(me, "receive", msqid, "type=7 size=6000 waited=0");
	for (unsigned int i = 0; i < 3; i++)
		EVENT(me, "send", msqid, "type=%ld size=%u waited=0",
		      numbered_type(i), numbered_size(i));
	for (unsigned int i = 0; i < 3; i++) {
		static const unsigned int order[] = { 1, 0, 2 };
		unsigned int number = order[i];

		EVENT(me, "receive", msqid, "type=%ld size=%u waited=0",
		      numbered_type(number), numbered_size(number));
	}
	trace_no_more();
	remove_queue(msqid);
}

/* Each rule has the form of msgrcv(2). */
TRACED(receiver_waits)
{
	static const struct {
		long type;
		int flags;
		const char *told;
	} rules[] = {
		{ 0, 0, "0" }, { 5, 0, "5" }, { -6, 0, "-6" },
		{ 4, MSG_EXCEPT, "!4" },
	};
	int msqid = make_queue();
	pid_t me = getpid();

	trace(NULL, true);
	for (unsigned int i = 0; i < ARRAY_SIZE(rules); i++) {
		struct peer *peer = receiver(msqid, 10, rules[i].type,
					     rules[i].flags);

		CHECK_WAITS(peer);
		CHECK_PUT(msqid, 5, "text");
		CHECK_GOT(peer, 5, "text");
		trace_look();
		EVENT(peer->pid, "wait", msqid, "to=receive type=%s size=10",
		      rules[i].told);
		EVENT(me, "send", msqid, "type=5 size=4 waited=0");
		EVENT(me, "wake", msqid, "to=receive pid=%d result=0 waited=+",
		      peer->pid);
		EVENT(peer->pid, "receive", msqid, "type=5 size=4 waited=+");
		trace_no_more();
	}
	remove_queue(msqid);
}

/* The sender has its send event when it is awake. */
TRACED(sender_waits)
{
	int msqid = queue_of(4);
	pid_t me = getpid();
	struct peer *peer;

	CHECK_PUT(msqid, 1, "full");
	trace(NULL, true);
	peer = sender(msqid, 2, "next");
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_ENDED(peer, 0);
	trace_look();
	EVENT(peer->pid, "wait", msqid, "to=send type=2 size=4");
	EVENT(me, "receive", msqid, "type=1 size=4 waited=0");
	EVENT(me, "wake", msqid, "to=send pid=%d result=0 waited=+", peer->pid);
	EVENT(peer->pid, "send", msqid, "type=2 size=4 waited=+");
	trace_no_more();

	/* A repeated permission check does not extend the wait. */
	peer = sender(msqid, 3, "last");
	CHECK_WAITS(peer);
	set_mode(msqid, 0600);
	CHECK_TAKE(msqid, 0, 0, 2, "next");
	CHECK_ENDED(peer, 0);
	trace_look();
	EVENT(peer->pid, "wait", msqid, "to=send type=3 size=4");
	EVENT(me, "receive", msqid, "type=2 size=4 waited=0");
	EVENT(me, "wake", msqid, "to=send pid=%d result=%d waited=+",
	      peer->pid, -EAGAIN);
	EVENT(peer->pid, "send", msqid, "type=3 size=4 waited=+");
	trace_no_more();
	remove_queue(msqid);
}

/* Each wait has one wake, whatever ends it. */
TRACED(waits_end)
{
	int msqid = make_queue();
	pid_t me = getpid();
	struct peer *peer;

	trace("msgq_wake", true);
	peer = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(peer);
	set_mode(msqid, 0600);
	CHECK_WAITS(peer);
	peer_kill(peer);
	trace_look();
	EVENT(me, "wake", msqid, "to=receive pid=%d result=%d waited=+",
	      peer->pid, -EAGAIN);
	EVENT(peer->pid, "wake", msqid, "to=receive pid=%d result=%d waited=+",
	      peer->pid, -EINTR);
	trace_no_more();

	peer = receiver(msqid, 1, 0, 0);
	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 1, "more");
	CHECK_FAILED(peer, E2BIG);
	trace_look();
	EVENT(me, "wake", msqid, "to=receive pid=%d result=%d waited=+",
	      peer->pid, -E2BIG);
	trace_no_more();

	peer = receiver(msqid, 1, 2, 0);
	CHECK_WAITS(peer);
	remove_queue(msqid);
	CHECK_FAILED(peer, EIDRM);
	trace_look();
	EVENT(me, "wake", msqid, "to=receive pid=%d result=%d waited=+",
	      peer->pid, -EIDRM);
	trace_no_more();
}

TRACED(time_is_over)
{
	int msqid = queue_for(call_take);
	struct peer *peer;

	trace(NULL, true);
	peer = late_waiter(call_take, 0);
	trace_look();
	/* Skip the wait event, whose size is that of the peer's buffer. */
	trace_next();
	EVENT(peer->pid, "wake", msqid, "to=receive pid=%d result=%d waited=+",
	      peer->pid, -ETIMEDOUT);
	trace_no_more();
	remove_queue(msqid);
}

/* The start of a wait is recorded only while an event is traced. */
TRACED(asked_too_late)
{
	int msqid = make_queue();
	struct peer *peer = receiver(msqid, 10, 0, 0);

	CHECK_WAITS(peer);
	trace(NULL, true);
	CHECK_PUT(msqid, 5, "text");
	CHECK_GOT(peer, 5, "text");
	trace_look();
	EVENT(getpid(), "send", msqid, "type=5 size=4 waited=0");
	EVENT(getpid(), "wake", msqid, "to=receive pid=%d result=0 waited=0",
	      peer->pid);
	EVENT(peer->pid, "receive", msqid, "type=5 size=4 waited=0");
	trace_no_more();
	remove_queue(msqid);
}

/* Any one event with the time waited is enough. */
TRACED(asked_by_one)
{
	int msqid = queue_of(4);
	struct peer *peer;

	CHECK_PUT(msqid, 1, "full");
	trace("msgq_send", true);
	peer = sender(msqid, 2, "next");
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_ENDED(peer, 0);
	trace_look();
	EVENT(peer->pid, "send", msqid, "type=2 size=4 waited=+");
	trace_no_more();
	trace("msgq_send", false);

	CHECK_TAKE(msqid, 0, 0, 2, "next");
	trace("msgq_receive", true);
	peer = receiver(msqid, 4, 0, 0);
	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 3, "text");
	CHECK_GOT(peer, 3, "text");
	trace_look();
	EVENT(peer->pid, "receive", msqid, "type=3 size=4 waited=+");
	trace_no_more();
	trace("msgq_receive", false);

	call_fd = open_queue(msqid);
	trace("msgq_claim", true);
	peer = waiter(call_claim, 0);
	CHECK_PUT(msqid, 4, "text");
	CHECK_GOT(peer, 4, "text");
	trace_look();
	EVENT(peer->pid, "claim", msqid,
	      "type=4 size=4 waited=+ token=1 deliveries=1");
	trace_no_more();
	remove_queue(msqid);
}

/* A message handed to a receiver that cannot take it has no receive event. */
TRACED(handed_and_back)
{
	int msqid = make_queue();
	struct peer *peer = faulty(msqid, 0, no_room);

	CHECK_WAITS(peer);
	trace("msgq_receive", true);
	CHECK_PUT(msqid, 1, "text");
	CHECK_FAILED(peer, EFAULT);
	nothing();
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	trace_look();
	EVENT(getpid(), "receive", msqid, "type=1 size=4 waited=0");
	trace_no_more();
	remove_queue(msqid);
}

TRACED(claims)
{
	int msqid = make_queue(), fd = open_queue(msqid);
	pid_t me = getpid();
	uint64_t first, second;

	trace(NULL, true);
	CHECK_PUT(msqid, 3, "text");
	first = CLAIM(fd, 0, 3, "text", 1);
	RELEASE(fd, first);
	second = CLAIM(fd, 0, 3, "text", 2);
	ACKNOWLEDGE(fd, second);
	trace_look();
	EVENT(me, "send", msqid, "type=3 size=4 waited=0");
	EVENT(me, "claim", msqid,
	      "type=3 size=4 waited=0 token=%llu deliveries=1",
	      (unsigned long long)first);
	EVENT(me, "return", msqid,
	      "type=3 size=4 token=%llu deliveries=1 by=release",
	      (unsigned long long)first);
	EVENT(me, "claim", msqid,
	      "type=3 size=4 waited=0 token=%llu deliveries=2",
	      (unsigned long long)second);
	EVENT(me, "receive", msqid, "type=3 size=4 waited=0");
	trace_no_more();
	remove_queue(msqid);
}

/* All ways in which a claim ends by itself; and a claim that had to wait. */
TRACED(claims_given_up)
{
	int msqid = make_queue();
	pid_t me = getpid();
	struct peer *peer;
	const char *line;
	int fd;

	call_fd = open_queue(msqid);
	trace(NULL, true);
	peer = waiter(call_claim_and_stop, 0);
	CHECK_PUT(msqid, 1, "text");
	peer_state(peer, 'T');
	peer_kill(peer);
	CHECK_STATE(msqid, 1, 0);
	trace_look();
	trace_next();
	EVENT(me, "send", msqid, "type=1 size=4 waited=0");
	EVENT(me, "wake", msqid, "to=receive pid=%d result=0 waited=+",
	      peer->pid);
	EVENT(peer->pid, "claim", msqid,
	      "type=1 size=4 waited=+ token=1 deliveries=1");
	/* Returned by a kernel worker, or by this process in its next call. */
	line = trace_next();
	CHECK(strstr(line, ": msgq_return: "));
	CHECK(strstr(line, " token=1 deliveries=1 by=exit"));
	trace_no_more();

	fd = open_queue(msqid);
	CLAIM(fd, 0, 1, "text", 2);
	CHECK_OK(close(fd));
	trace_look();
	EVENT(me, "claim", msqid,
	      "type=1 size=4 waited=0 token=1 deliveries=2");
	EVENT(me, "return", msqid,
	      "type=1 size=4 token=1 deliveries=2 by=close");
	trace_no_more();

	fd = open_as(msqid, MSGQ_OPEN_READ, MILLISECOND);
	CLAIM(fd, 0, 1, "text", 3);
	wait_claimed(msqid, 0);
	trace_look();
	EVENT(me, "claim", msqid,
	      "type=1 size=4 waited=0 token=1 deliveries=3");
	/* Returned by a kernel worker. */
	line = trace_next();
	CHECK(strstr(line, ": msgq_return: "));
	CHECK(strstr(line, " token=1 deliveries=3 by=expiry"));
	trace_no_more();
	remove_queue(msqid);
}
