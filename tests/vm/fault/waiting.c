// SPDX-License-Identifier: MIT
/*
 * waiting.c - calls that wait, or let others go on, and fail at each
 * point: the message goes to the right task, once
 */
#define _GNU_SOURCE
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault_inject.h"
#include "fault_raw.h"
#include "peer.h"
#include "test.h"

#define TEXT		"handed over"
#define TEXT_BYTES	((long)sizeof(TEXT) - 1)

/* A chain of pages, so that several copies can fail. */
#define LONG_BYTES	8000L
#define LONG_NUMBER	5

static int device = -1;

/* The point that fails in the next peer, and whether it did. */
static unsigned int arm_at;
static bool *injected;

static void begin(bool inject)
{
	DEVICE_ONLY();
	if (inject && !inject_prepare(INJECT_SLABS))
		SKIP("this kernel has no fault injection");
	device = raw_open();
	injected = raw_memory(sizeof(*injected));
}

/* Run by the peer: enable injection, and touch every page before arming. */
static void prepare_armed(struct peer *peer)
{
	memset(&peer->message, 0, sizeof(peer->message));
	CHECK(inject_prepare(INJECT_SLABS));
}

static long armed_receive(struct peer *peer)
{
	long ret;
	int error;

	inject_arm(arm_at);
	ret = raw_rcv(device, peer->msqid, &peer->message, peer->size,
		      peer->type, peer->flags, sizeof(long));
	error = errno;
	*injected = inject_disarm();
	errno = error;
	return ret;
}

static struct peer *armed_receiver(int msqid, unsigned int nth)
{
	arm_at = nth;
	return peer_start(&(struct peer){
		.call = armed_receive,
		.prepare = prepare_armed,
		.msqid = msqid,
		.size = LONG_BYTES,
	});
}

static int queue_with(unsigned int messages)
{
	int msqid = make_queue();

	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	for (unsigned int i = 0; i < messages; i++)
		CHECK_PUT(msqid, 1, TEXT);
	return msqid;
}

static void put_long(int msqid)
{
	static struct {
		long type;
		char text[LONG_BYTES];
	} message = { .type = 1 };

	raw_fill(message.text, LONG_BYTES, LONG_NUMBER);
	CHECK_OK(msgsnd(msqid, &message, LONG_BYTES, IPC_NOWAIT));
}

static void take_long(int msqid)
{
	static struct {
		long type;
		char text[LONG_BYTES];
	} message;

	CHECK_INT(msgrcv(msqid, &message, LONG_BYTES, 0, IPC_NOWAIT),
		  LONG_BYTES);
	CHECK(raw_filled(message.text, LONG_BYTES, LONG_NUMBER));
}

static void got_long(struct peer *peer)
{
	CHECK_ENDED(peer, LONG_BYTES);
	CHECK(raw_filled(peer->message.text, LONG_BYTES, LONG_NUMBER));
}

static void empty_and_gone(int msqid)
{
	struct msqid_ds state = queue_state(msqid);

	CHECK_INT(state.msg_qnum, 0);
	CHECK_INT(state.__msg_cbytes, 0);
	remove_queue(msqid);
}

/*
 * The copies before the wait are word by word, where injection does not reach.
 * All points are copies of the message that was handed over.
 */
CASE_SECONDS(receiver_that_waited, 40)
{
	struct peer *peer;
	unsigned int nth;
	int msqid;

	begin(true);
	for (nth = 1, *injected = true; *injected; nth++) {
		msqid = queue_with(0);
		peer = armed_receiver(msqid, nth);
		CHECK_WAITS(peer);
		put_long(msqid);
		peer_state(peer, 'Z');
		if (peer->ret < 0) {
			CHECK_FAILED(peer, EFAULT);
			CHECK(*injected);
			CHECK_INT(queue_state(msqid).msg_qnum, 1);
			CHECK_INT(queue_state(msqid).__msg_cbytes, LONG_BYTES);
			take_long(msqid);
		} else {
			got_long(peer);
		}
		empty_and_gone(msqid);
	}
	/* Points for at least two pages, and then a success. */
	CHECK(nth > 3);
}

CASE_SECONDS(receiver_that_waited_before_another, 40)
{
	struct peer *first, *second;
	unsigned int nth;
	int msqid;

	begin(true);
	for (nth = 1, *injected = true; *injected; nth++) {
		msqid = queue_with(0);
		first = armed_receiver(msqid, nth);
		CHECK_WAITS(first);
		second = receiver(msqid, LONG_BYTES, 0, 0);
		CHECK_WAITS(second);
		put_long(msqid);
		peer_state(first, 'Z');
		if (first->ret < 0) {
			CHECK_FAILED(first, EFAULT);
		} else {
			got_long(first);
			CHECK_WAITS(second);
			put_long(msqid);
		}
		got_long(second);
		empty_and_gone(msqid);
	}
	CHECK(nth > 3);
}

/* All points of a send are before its wait: it fails at each, then waits. */
static long armed_send(struct peer *peer)
{
	static const int errors[] = { EFAULT, ENOMEM, EFAULT };
	unsigned int at = 0;
	bool failed;
	long ret;
	int error;

	for (unsigned int nth = 1;; nth++) {
		inject_arm(nth);
		ret = raw_snd(device, peer->msqid, &peer->message, peer->size,
			      0, sizeof(long));
		error = errno;
		failed = inject_disarm();
		if (!failed || ret >= 0)
			break;
		while (at < ARRAY_SIZE(errors) && errors[at] != error)
			at++;
		CHECK(at < ARRAY_SIZE(errors));
	}
	CHECK_INT(at, ARRAY_SIZE(errors) - 1);
	errno = error;
	return ret;
}

static void prepare_armed_send(struct peer *peer)
{
	prepare_armed(peer);
	peer->message.type = 1;
	raw_fill(peer->message.text, LONG_BYTES, LONG_NUMBER);
}

CASE_SECONDS(sender_that_waits, 20)
{
	struct peer *peer;
	int msqid;

	begin(true);
	msqid = queue_with(1);
	set_qbytes(msqid, LONG_BYTES);
	peer = peer_start(&(struct peer){
		.call = armed_send,
		.prepare = prepare_armed_send,
		.msqid = msqid,
		.size = LONG_BYTES,
	});
	CHECK_WAITS(peer);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_INT(queue_state(msqid).__msg_cbytes, TEXT_BYTES);

	CHECK_TAKE(msqid, 0, 0, 1, TEXT);
	CHECK_ENDED(peer, 0);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	take_long(msqid);
	empty_and_gone(msqid);
}

/* A receive that fails makes no room; one that succeeds lets a sender in. */
CASE_SECONDS(receive_that_lets_a_sender_in, 40)
{
	struct {
		long type;
		char text[LONG_BYTES];
	} *message;
	struct msqid_ds before, now;
	struct peer *peer;
	bool failed = true;
	unsigned int nth;
	long ret;
	int msqid, error;

	begin(true);
	message = raw_memory(sizeof(*message));
	for (nth = 1; failed; nth++) {
		msqid = queue_with(0);
		put_long(msqid);
		set_qbytes(msqid, LONG_BYTES);
		peer = sender(msqid, 2, TEXT);
		CHECK_WAITS(peer);
		before = queue_state(msqid);

		inject_arm(nth);
		ret = raw_rcv(device, msqid, message, sizeof(message->text), 0,
			      0, sizeof(long));
		error = errno;
		failed = inject_disarm();
		if (ret < 0) {
			CHECK(failed);
			CHECK_INT(error, EFAULT);
			CHECK_WAITS(peer);
			now = queue_state(msqid);
			CHECK(!memcmp(&now, &before, sizeof(now)));
			take_long(msqid);
		} else {
			CHECK_INT(ret, LONG_BYTES);
		}
		CHECK_ENDED(peer, 0);
		CHECK_TAKE(msqid, 0, 0, 2, TEXT);
		empty_and_gone(msqid);
	}
	/* Points for at least two pages, and then a success. */
	CHECK(nth > 3);
}

static long ending_receive(struct peer *peer)
{
	return raw_rcv(device, peer->msqid, peer->buffer, peer->size, 0, 0,
		       sizeof(long));
}

/* On any kernel: memory that ends in the type, the text, or its last byte. */
CASE_SECONDS(receiver_whose_memory_ends, 20)
{
	static const size_t bad[] = { 0, 1, sizeof(long), 4096, 4097, 4103,
				      sizeof(long) + LONG_BYTES - 1 };

	begin(false);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		int msqid = queue_with(0);
		struct peer *first, *second;

		first = peer_start(&(struct peer){
			.call = ending_receive,
			.msqid = msqid,
			.size = LONG_BYTES,
			.buffer = guarded(bad[i]),
		});
		CHECK_WAITS(first);
		second = receiver(msqid, LONG_BYTES, 0, 0);
		CHECK_WAITS(second);
		put_long(msqid);
		CHECK_FAILED(first, EFAULT);
		got_long(second);
		empty_and_gone(msqid);
	}
}
