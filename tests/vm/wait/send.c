// SPDX-License-Identifier: MIT
/*
 * A sender waits while the queue is full; the ends of its wait.
 */
#define _GNU_SOURCE
#include <string.h>

#include "peer.h"

/* A send without waiting fails, as there is no room. */
static void refused(int msqid, long type, const char *text)
{
	struct {
		long type;
		char text[16];
	} message = { .type = type };
	size_t size = strlen(text);

	memcpy(message.text, text, size);
	CHECK_ERR(msgsnd(msqid, &message, size, IPC_NOWAIT), EAGAIN);
}

static struct peer *nobody_sends(int msqid, const char *text)
{
	return peer_start(&(struct peer){
		.call = peer_send,
		.prepare = become_nobody,
		.msqid = msqid,
		.type = 1,
		.text = text,
	});
}

CASE(full_by_bytes)
{
	int msqid = queue_of(10);
	struct peer *peer;

	CHECK_PUT(msqid, 1, "0123456789");
	refused(msqid, 1, "b");

	peer = sender(msqid, 2, "b");
	CHECK_WAITS(peer);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);

	CHECK_TAKE(msqid, 0, 0, 1, "0123456789");
	CHECK_ENDED(peer, 0);
	CHECK_TAKE(msqid, 2, 0, 2, "b");
	remove_queue(msqid);
}

/* Empty messages fill a queue, too. */
CASE(full_by_number)
{
	int msqid = queue_of(2);
	struct peer *peer;

	CHECK_PUT(msqid, 1, "");
	CHECK_PUT(msqid, 2, "");
	refused(msqid, 3, "");

	peer = sender(msqid, 3, "");
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 2, 0, 2, "");
	CHECK_ENDED(peer, 0);
	CHECK_INT(queue_state(msqid).msg_qnum, 2);
	CHECK_TAKE(msqid, 1, 0, 1, "");
	CHECK_TAKE(msqid, 3, 0, 3, "");
	remove_queue(msqid);
}

CASE(room_by_ipc_set)
{
	int msqid = queue_of(10);
	struct peer *bytes, *number;

	CHECK_PUT(msqid, 1, "0123456789");
	bytes = sender(msqid, 1, "ab");
	CHECK_WAITS(bytes);

	set_qbytes(msqid, 11);
	CHECK_WAITS(bytes);
	set_qbytes(msqid, 12);
	CHECK_ENDED(bytes, 0);

	set_qbytes(msqid, 2);
	CHECK_TAKE(msqid, 0, 0, 1, "0123456789");
	CHECK_PUT(msqid, 1, "");
	number = sender(msqid, 1, "");
	CHECK_WAITS(number);
	set_qbytes(msqid, 3);
	CHECK_ENDED(number, 0);
	remove_queue(msqid);
}

/* A message counts the same whether its sender waited or not. */
CASE(counted_as_any)
{
	int msqid = queue_of(4);
	struct msqid_ds before, after;
	struct peer *peer;

	CHECK_PUT(msqid, 1, "full");
	before = queue_state(msqid);
	peer = sender(msqid, 7, "abc");
	CHECK_WAITS(peer);
	CHECK_INT(queue_state(msqid).msg_lspid, before.msg_lspid);

	CHECK_TAKE(msqid, 1, 0, 1, "full");
	CHECK_ENDED(peer, 0);
	after = queue_state(msqid);
	CHECK_INT(after.msg_qnum, 1);
	CHECK_INT(after.__msg_cbytes, 3);
	CHECK_INT(after.msg_lspid, peer->pid);
	CHECK(after.msg_stime >= before.msg_stime);
	CHECK_TAKE(msqid, 7, 0, 7, "abc");
	remove_queue(msqid);
}

/* Linux wakes all senders that would fit one by one, and lets them race. */
static void receive_one(int msqid)
{
	struct {
		long type;
		char text[10];
	} message;

	CHECK_INT(msgrcv(msqid, &message, sizeof(message.text), 0, 0), 10);
}

CASE(order_of_arrival)
{
	static const char *const texts[] = { "aaaaaaaaaa", "bbbbbbbbbb", "cccccccccc" };
	int msqid = queue_of(10);
	struct peer *peers[3];
	int i, j;

	CHECK_PUT(msqid, 1, "0123456789");
	for (i = 0; i < 3; i++) {
		peers[i] = sender(msqid, 1, texts[i]);
		CHECK_WAITS(peers[i]);
	}

	CHECK_TAKE(msqid, 1, 0, 1, "0123456789");
	for (i = 0; i < 3; i++) {
		if (!on_device()) {
			receive_one(msqid);
			continue;
		}
		CHECK_ENDED(peers[i], 0);
		for (j = i + 1; j < 3; j++)
			CHECK_WAITS(peers[j]);
		CHECK_TAKE(msqid, 1, 0, 1, texts[i]);
	}
	for (i = 0; i < 3; i++)
		CHECK_ENDED(peers[i], 0);
	remove_queue(msqid);
}

CASE(small_passes_big)
{
	int msqid = queue_of(10);
	struct peer *big, *small;

	CHECK_PUT(msqid, 1, "aaaaa");
	CHECK_PUT(msqid, 2, "bbbbb");
	big = sender(msqid, 3, "0123456789");
	CHECK_WAITS(big);
	small = sender(msqid, 4, "small");
	CHECK_WAITS(small);

	CHECK_TAKE(msqid, 1, 0, 1, "aaaaa");
	CHECK_ENDED(small, 0);
	CHECK_WAITS(big);
	CHECK_TAKE(msqid, 4, 0, 4, "small");
	CHECK_WAITS(big);
	CHECK_TAKE(msqid, 2, 0, 2, "bbbbb");
	CHECK_ENDED(big, 0);
	CHECK_TAKE(msqid, 3, 0, 3, "0123456789");
	remove_queue(msqid);
}

/* Intended difference 3. */
CASE(place_is_kept)
{
	struct peer *first, *small, *second;
	int msqid;

	DEVICE_ONLY();
	msqid = queue_of(10);
	CHECK_PUT(msqid, 1, "aa");
	CHECK_PUT(msqid, 2, "bbbbbbbb");
	first = sender(msqid, 3, "first67890");
	CHECK_WAITS(first);
	small = sender(msqid, 4, "sm");
	CHECK_WAITS(small);
	second = sender(msqid, 5, "second7890");
	CHECK_WAITS(second);

	/* The first is passed over, and then checks again without room. */
	CHECK_TAKE(msqid, 1, 0, 1, "aa");
	CHECK_ENDED(small, 0);
	CHECK_WAITS(first);
	set_qbytes(msqid, 11);
	CHECK_WAITS(first);
	CHECK_WAITS(second);

	CHECK_TAKE(msqid, 4, 0, 4, "sm");
	CHECK_TAKE(msqid, 2, 0, 2, "bbbbbbbb");
	CHECK_ENDED(first, 0);
	CHECK_WAITS(second);
	CHECK_TAKE(msqid, 3, 0, 3, "first67890");
	CHECK_ENDED(second, 0);
	remove_queue(msqid);
}

CASE(new_sender_passes)
{
	int msqid = queue_of(10);
	struct peer *peer;

	CHECK_PUT(msqid, 1, "01234567");
	peer = sender(msqid, 1, "abc");
	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 2, "xy");
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 2, 0, 2, "xy");
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 1, 0, 1, "01234567");
	CHECK_ENDED(peer, 0);
	remove_queue(msqid);
}

CASE(removed)
{
	int msqid = queue_of(1);
	struct peer *peers[3];
	int i;

	CHECK_PUT(msqid, 1, "x");
	for (i = 0; i < 3; i++) {
		peers[i] = sender(msqid, 1, "y");
		CHECK_WAITS(peers[i]);
	}
	remove_queue(msqid);
	for (i = 0; i < 3; i++)
		CHECK_FAILED(peers[i], EIDRM);
}

/* A sender's permission is checked again when there is room, and not before. */
CASE(right_taken_away)
{
	int msqid = queue_of(10);
	struct peer *peer, *behind;

	set_mode(msqid, 0622);
	CHECK_PUT(msqid, 1, "0123456789");
	peer = nobody_sends(msqid, "abcdefghij");
	CHECK_WAITS(peer);
	behind = sender(msqid, 2, "behind7890");
	CHECK_WAITS(behind);

	set_mode(msqid, 0600);
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 1, 0, 1, "0123456789");
	CHECK_FAILED(peer, EACCES);
	CHECK_ENDED(behind, 0);

	set_mode(msqid, 0622);
	peer = nobody_sends(msqid, "abcdefghij");
	CHECK_WAITS(peer);
	set_both(msqid, 0600, 20);
	CHECK_FAILED(peer, EACCES);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_queue(msqid);
}

CASE(right_given_back)
{
	int msqid = queue_of(10);
	struct peer *peer;

	set_mode(msqid, 0622);
	CHECK_PUT(msqid, 1, "0123456789");
	peer = nobody_sends(msqid, "a");
	CHECK_WAITS(peer);
	set_mode(msqid, 0600);
	set_mode(msqid, 0622);
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 1, 0, 1, "0123456789");
	CHECK_ENDED(peer, 0);
	CHECK_TAKE(msqid, 1, 0, 1, "a");
	remove_queue(msqid);
}

static long messages_in_all(void)
{
	struct msginfo info;

	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	return info.msgmap;
}

/* Three queues; the limit is the number they hold: one on each of two. */
CASE(held_by_msgtql)
{
	int held, other, third;
	struct peer *peer, *next;
	long unlimited, most;

	DEVICE_ONLY();
	held = queue_of(100);
	other = queue_of(100);
	third = queue_of(100);
	unlimited = limit_get("msgtql");
	CHECK_PUT(held, 1, "a");
	CHECK_PUT(other, 1, "b");
	most = messages_in_all();
	limit_set("msgtql", most);
	refused(held, 1, "c");
	refused(third, 1, "c");

	/* A message leaves another queue; the first sender is served first. */
	peer = sender(held, 2, "one");
	CHECK_WAITS(peer);
	next = sender(third, 2, "two");
	CHECK_WAITS(next);
	CHECK_TAKE(other, 1, 0, 1, "b");
	CHECK_ENDED(peer, 0);
	CHECK_WAITS(next);

	/* The limit rises. */
	limit_set("msgtql", most + 1);
	CHECK_ENDED(next, 0);
	CHECK_INT(messages_in_all(), most + 1);

	/* A message leaves the queue itself. */
	peer = sender(held, 3, "three");
	CHECK_WAITS(peer);
	CHECK_TAKE(held, 1, 0, 1, "a");
	CHECK_ENDED(peer, 0);

	/* A queue with messages is removed. */
	peer = sender(other, 4, "four");
	CHECK_WAITS(peer);
	remove_queue(held);
	CHECK_ENDED(peer, 0);
	CHECK_PUT(other, 5, "five");
	refused(other, 5, "six");

	/* A message counts even if a receiver waits for it. */
	next = receiver(third, 10, 9, 0);
	CHECK_WAITS(next);
	refused(third, 9, "six");
	peer = sender(third, 9, "six");
	CHECK_WAITS(peer);
	CHECK_TAKE(other, 5, 0, 5, "five");
	CHECK_ENDED(peer, 0);
	CHECK_GOT(next, 9, "six");

	limit_set("msgtql", unlimited);
	remove_queue(other);
	remove_queue(third);
}

/* A sender that tries again in vain after IPC_SET keeps its place. */
CASE(place_is_kept_in_vain)
{
	struct peer *first, *second;
	int msqid, other;

	DEVICE_ONLY();
	msqid = queue_of(10);
	other = queue_of(10);
	CHECK_PUT(other, 1, "a");
	limit_set("msgtql", messages_in_all());
	first = sender(msqid, 2, "first6");
	CHECK_WAITS(first);
	second = sender(msqid, 3, "second");
	CHECK_WAITS(second);

	/* There is room for one sender to try. */
	set_mode(msqid, 0640);
	CHECK_WAITS(first);
	CHECK_WAITS(second);
	CHECK_TAKE(other, 1, 0, 1, "a");
	CHECK_ENDED(first, 0);
	CHECK_WAITS(second);
	CHECK_TAKE(msqid, 0, 0, 2, "first6");
	CHECK_ENDED(second, 0);
	remove_queue(msqid);
	remove_queue(other);
}
