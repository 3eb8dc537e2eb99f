// SPDX-License-Identifier: MIT
/*
 * A receiver waits while no message matches its rule; the ends of its wait.
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

/* Which rules a type wakes, and which it leaves asleep. */
CASE(which_types_wake)
{
	static const struct {
		long wanted;
		int flags;
		long passes;
		long wakes;
	} rows[] = {
		{ 0, 0, 0, 9 },
		{ 3, 0, 4, 3 },
		{ 3, 0, 2, 3 },
		{ -3, 0, 4, 3 },
		{ -3, 0, LONG_MAX, 1 },
		{ LONG_MIN, 0, 0, LONG_MAX },
		{ 3, MSG_EXCEPT, 3, 4 },
		{ 3, MSG_EXCEPT, 3, 2 },
		{ 0, MSG_EXCEPT, 0, 2 },
		{ -3, MSG_EXCEPT, 4, 2 },
		{ LONG_MAX, 0, 1, LONG_MAX },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		int msqid = queue_of(100);
		struct peer *peer;

		peer = receiver(msqid, 10, rows[i].wanted, rows[i].flags);
		CHECK_WAITS(peer);
		if (rows[i].passes) {
			CHECK_PUT(msqid, rows[i].passes, "no");
			CHECK_WAITS(peer);
			CHECK_INT(queue_state(msqid).msg_qnum, 1);
		}
		CHECK_PUT(msqid, rows[i].wakes, "yes");
		CHECK_GOT(peer, rows[i].wakes, "yes");
		remove_queue(msqid);
	}
}

/* Each message goes to the first receiver whose rule it matches. */
CASE(order_of_arrival)
{
	int msqid = queue_of(100);
	struct peer *five, *up_to, *not_five, *any, *five_too;

	five = receiver(msqid, 10, 5, 0);
	CHECK_WAITS(five);
	up_to = receiver(msqid, 10, -6, 0);
	CHECK_WAITS(up_to);
	not_five = receiver(msqid, 10, 5, MSG_EXCEPT);
	CHECK_WAITS(not_five);
	any = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(any);
	five_too = receiver(msqid, 10, 5, 0);
	CHECK_WAITS(five_too);

	CHECK_PUT(msqid, 7, "a");
	CHECK_GOT(not_five, 7, "a");
	CHECK_PUT(msqid, 5, "b");
	CHECK_GOT(five, 5, "b");
	CHECK_PUT(msqid, 8, "c");
	CHECK_GOT(any, 8, "c");
	CHECK_WAITS(up_to);
	CHECK_PUT(msqid, 5, "d");
	CHECK_GOT(up_to, 5, "d");
	CHECK_WAITS(five_too);
	CHECK_PUT(msqid, 6, "e");
	CHECK_WAITS(five_too);
	CHECK_PUT(msqid, 5, "f");
	CHECK_GOT(five_too, 5, "f");
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	remove_queue(msqid);
}

/* The first to wait is served first, whatever its rule is. */
CASE(order_of_rules)
{
	static const struct {
		long wanted;
		int flags;
	} rules[] = {
		{ 5, 0 }, { 0, 0 }, { -5, 0 }, { 4, MSG_EXCEPT }, { 5, 0 },
		{ -9, 0 }, { 6, MSG_EXCEPT }, { 0, 0 }, { LONG_MIN, 0 },
	};
	struct peer *peers[ARRAY_SIZE(rules)];
	int msqid = queue_of(100);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		peers[i] = receiver(msqid, 10, rules[i].wanted, rules[i].flags);
		CHECK_WAITS(peers[i]);
	}
	for (i = 0; i < ARRAY_SIZE(rules); i++) {
		CHECK_PUT(msqid, 5, "five");
		CHECK_GOT(peers[i], 5, "five");
	}
	remove_queue(msqid);
}

CASE(too_small)
{
	int msqid = queue_of(100);
	struct peer *small, *smaller, *cut, *whole;

	small = receiver(msqid, 3, 1, 0);
	CHECK_WAITS(small);
	smaller = receiver(msqid, 0, 0, 0);
	CHECK_WAITS(smaller);
	cut = receiver(msqid, 2, 1, MSG_NOERROR);
	CHECK_WAITS(cut);
	whole = receiver(msqid, 4, -1, 0);
	CHECK_WAITS(whole);

	CHECK_PUT(msqid, 1, "four");
	CHECK_FAILED(small, E2BIG);
	CHECK_FAILED(smaller, E2BIG);
	CHECK_GOT(cut, 1, "fo");
	CHECK_WAITS(whole);
	CHECK_PUT(msqid, 1, "four");
	CHECK_GOT(whole, 1, "four");

	/* When there is no next one, the message stays. */
	small = receiver(msqid, 3, 1, 0);
	CHECK_WAITS(small);
	CHECK_PUT(msqid, 1, "four");
	CHECK_FAILED(small, E2BIG);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_TAKE(msqid, 1, 0, 1, "four");
	remove_queue(msqid);
}

CASE(removed)
{
	int msqid = queue_of(100);
	struct peer *peers[4];
	int i;

	peers[0] = receiver(msqid, 10, 0, 0);
	peers[1] = receiver(msqid, 10, 3, 0);
	peers[2] = receiver(msqid, 10, 3, MSG_EXCEPT);
	peers[3] = receiver(msqid, 10, -3, 0);
	for (i = 0; i < 4; i++)
		CHECK_WAITS(peers[i]);
	remove_queue(msqid);
	for (i = 0; i < 4; i++)
		CHECK_FAILED(peers[i], EIDRM);
}

static struct peer *nobody_receives(int msqid)
{
	return peer_start(&(struct peer){
		.call = peer_receive,
		.prepare = become_nobody,
		.msqid = msqid,
		.size = 10,
	});
}

CASE(right_taken_away)
{
	int msqid = queue_of(100);
	struct peer *nobody, *root;

	set_mode(msqid, 0644);
	nobody = nobody_receives(msqid);
	CHECK_WAITS(nobody);
	root = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(root);

	set_mode(msqid, 0600);
	CHECK_FAILED(nobody, EACCES);
	CHECK_WAITS(root);
	CHECK_PUT(msqid, 1, "a");
	CHECK_GOT(root, 1, "a");
	remove_queue(msqid);
}

/*
 * On Linux a receiver that checks again goes to the end of the queue.  As tasks
 * are woken one at a time, this shows only if they run in another order.
 */
CASE(place_is_kept)
{
	struct peer *peers[6];
	int msqid;
	size_t i;

	DEVICE_ONLY();
	msqid = queue_of(100);
	for (i = 0; i < ARRAY_SIZE(peers); i++) {
		peers[i] = receiver(msqid, 10, i & 1 ? 0 : 1, 0);
		CHECK_WAITS(peers[i]);
	}
	set_mode(msqid, 0640);
	for (i = 0; i < ARRAY_SIZE(peers); i++)
		CHECK_WAITS(peers[i]);
	for (i = 0; i < ARRAY_SIZE(peers); i++) {
		CHECK_PUT(msqid, 1, "a");
		CHECK_GOT(peers[i], 1, "a");
	}
	remove_queue(msqid);
}

CASE(counted_as_any)
{
	int msqid = queue_of(100);
	struct msqid_ds before, after;
	struct peer *peer;
	pid_t pid;

	before = queue_state(msqid);
	peer = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(peer);
	pid = peer->pid;
	after = queue_state(msqid);
	CHECK(!after.msg_lrpid && !after.msg_rtime);

	/* The state is updated before the receiver itself runs. */
	CHECK_PUT(msqid, 1, "abc");
	after = queue_state(msqid);
	CHECK(!after.msg_qnum && !after.__msg_cbytes);
	CHECK_INT(after.msg_lspid, getpid());
	CHECK_INT(after.msg_lrpid, pid);
	CHECK(after.msg_stime >= before.msg_ctime);
	CHECK(after.msg_rtime >= before.msg_ctime);
	CHECK_INT(after.msg_ctime, before.msg_ctime);
	CHECK_GOT(peer, 1, "abc");
	after = queue_state(msqid);
	CHECK_INT(after.msg_qnum, 0);
	CHECK_INT(after.msg_lrpid, pid);
	remove_queue(msqid);
}

/* The process is named, not the waiting thread: intended difference 5. */
static void *peer_receive_thread(void *peer)
{
	((struct peer *)peer)->ret = peer_receive(peer);
	return NULL;
}

static long receive_in_thread(struct peer *peer)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, peer_receive_thread, peer));
	CHECK(!pthread_join(thread, NULL));
	return peer->ret;
}

CASE(thread_counts_as_process)
{
	int msqid = queue_of(100);
	struct peer *peer;
	pid_t tid;

	peer = peer_start(&(struct peer){
		.call = receive_in_thread,
		.msqid = msqid,
		.size = 10,
	});
	tid = peer_thread(peer);
	wait_asleep(tid);
	CHECK_PUT(msqid, 1, "abc");
	CHECK_INT(queue_state(msqid).msg_lrpid, on_device() ? peer->pid : tid);
	CHECK_GOT(peer, 1, "abc");
	remove_queue(msqid);
}

/* A full queue makes a sender wait, even if a receiver wants its message. */
CASE(full_comes_before_hand_over)
{
	struct {
		long type;
		char text[1];
	} message = { 2, { 'b' } };
	int msqid = queue_of(1);
	struct peer *from, *to;

	CHECK_PUT(msqid, 1, "a");
	to = receiver(msqid, 10, 2, 0);
	CHECK_WAITS(to);
	CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EAGAIN);
	from = sender(msqid, 2, "b");
	CHECK_WAITS(from);
	CHECK_WAITS(to);

	CHECK_TAKE(msqid, 1, 0, 1, "a");
	CHECK_ENDED(from, 0);
	CHECK_GOT(to, 2, "b");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK_INT(queue_state(msqid).msg_lspid, from->pid);
	remove_queue(msqid);
}
