// SPDX-License-Identifier: MIT
/*
 * Signals, stop and continue, and death while a call waits.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

#include "peer.h"

static void handler(int signal)
{
	(void)signal;
}

static void handle(int flags)
{
	struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = flags,
	};

	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
}

static void handle_plain(struct peer *peer)
{
	(void)peer;
	handle(0);
}

static void handle_restart(struct peer *peer)
{
	(void)peer;
	handle(SA_RESTART);
}

static void ignore(struct peer *peer)
{
	(void)peer;
	signal(SIGUSR1, SIG_IGN);
}

static void block(struct peer *peer)
{
	sigset_t set;

	(void)peer;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
}

/* Start a peer that waits for room for "out", or for a message. */
static struct peer *waiting(long (*call)(struct peer *), int msqid,
			    void (*prepare)(struct peer *))
{
	struct peer *peer = peer_start(&(struct peer){
		.call = call,
		.prepare = prepare,
		.msqid = msqid,
		.type = 2,
		.size = 3,
		.text = call == peer_send ? "out" : NULL,
	});

	CHECK_WAITS(peer);
	return peer;
}

/* A queue at which senders wait as well as receivers of type 2. */
static int full_queue(void)
{
	int msqid = queue_of(4);

	CHECK_PUT(msqid, 1, "full");
	return msqid;
}

/* The queue still holds its one message, and works. */
static void undisturbed(int msqid)
{
	struct msqid_ds state = queue_state(msqid);

	CHECK_INT(state.msg_qnum, 1);
	CHECK_INT(state.__msg_cbytes, 4);
	CHECK_INT(state.msg_lspid, getpid());
	CHECK_INT(state.msg_lrpid, 0);
	CHECK_TAKE(msqid, 0, 0, 1, "full");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK_PUT(msqid, 2, "two");
	CHECK_TAKE(msqid, 2, 0, 2, "two");
}

/* A handled signal interrupts the call, with or without SA_RESTART. */
static void interrupted(long (*call)(struct peer *),
			void (*prepare)(struct peer *))
{
	int msqid = full_queue();
	struct peer *peer = waiting(call, msqid, prepare);

	CHECK_OK(kill(peer->pid, SIGUSR1));
	CHECK_FAILED(peer, EINTR);
	undisturbed(msqid);
	remove_queue(msqid);
}

CASE(sender_interrupted)
{
	interrupted(peer_send, handle_plain);
}

CASE(sender_interrupted_with_restart)
{
	interrupted(peer_send, handle_restart);
}

CASE(receiver_interrupted)
{
	interrupted(peer_receive, handle_plain);
}

CASE(receiver_interrupted_with_restart)
{
	interrupted(peer_receive, handle_restart);
}

/* An ignored or blocked signal does not interrupt the call. */
static void not_interrupted(long (*call)(struct peer *),
			    void (*prepare)(struct peer *))
{
	int msqid = full_queue();
	struct peer *peer = waiting(call, msqid, prepare);

	CHECK_OK(kill(peer->pid, SIGUSR1));
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 1, 0, 1, "full");
	if (call == peer_send) {
		CHECK_ENDED(peer, 0);
		CHECK_TAKE(msqid, 2, 0, 2, "out");
	} else {
		CHECK_PUT(msqid, 2, "in");
		CHECK_GOT(peer, 2, "in");
	}
	remove_queue(msqid);
}

CASE(ignored_and_blocked_signals)
{
	not_interrupted(peer_send, ignore);
	not_interrupted(peer_receive, ignore);
	not_interrupted(peer_send, block);
	not_interrupted(peer_receive, block);
}

static void stop(struct peer *peer)
{
	CHECK_OK(kill(peer->pid, SIGSTOP));
	peer_state(peer, 'T');
}

/* The task is runnable when kill() returns: if it sleeps, it is in its call. */
static void resume(struct peer *peer)
{
	CHECK_OK(kill(peer->pid, SIGCONT));
}

CASE(sender_stopped_and_continued)
{
	int msqid = full_queue();
	struct peer *peer = waiting(peer_send, msqid, NULL);

	stop(peer);
	resume(peer);
	CHECK_WAITS(peer);
	CHECK_TAKE(msqid, 1, 0, 1, "full");
	CHECK_ENDED(peer, 0);
	CHECK_TAKE(msqid, 2, 0, 2, "out");

	/* A stopped task notices changes when it goes on. */
	CHECK_PUT(msqid, 1, "full");
	peer = waiting(peer_send, msqid, NULL);
	stop(peer);
	CHECK_TAKE(msqid, 1, 0, 1, "full");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	resume(peer);
	CHECK_ENDED(peer, 0);
	CHECK_TAKE(msqid, 2, 0, 2, "out");
	remove_queue(msqid);
}

CASE(receiver_stopped_and_continued)
{
	int msqid = queue_of(10);
	struct peer *peer = waiting(peer_receive, msqid, NULL);

	stop(peer);
	resume(peer);
	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 2, "in");
	CHECK_GOT(peer, 2, "in");

	peer = waiting(peer_receive, msqid, NULL);
	stop(peer);
	CHECK_PUT(msqid, 2, "in");
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	resume(peer);
	CHECK_GOT(peer, 2, "in");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

/* The call is restarted, and finds no such queue. */
CASE(removed_while_stopped)
{
	int msqid = full_queue();
	struct peer *from = waiting(peer_send, msqid, NULL);
	struct peer *to = waiting(peer_receive, msqid, NULL);

	stop(from);
	stop(to);
	remove_queue(msqid);
	resume(from);
	CHECK_FAILED(from, EINVAL);
	resume(to);
	CHECK_FAILED(to, EINVAL);
}

CASE(sender_killed)
{
	int msqid = full_queue();
	struct peer *first = waiting(peer_send, msqid, NULL);
	struct peer *second = waiting(peer_send, msqid, NULL);
	struct peer *third = waiting(peer_send, msqid, NULL);

	peer_kill(second);
	CHECK_WAITS(first);
	CHECK_WAITS(third);
	peer_kill(first);
	peer_kill(third);
	undisturbed(msqid);
	remove_queue(msqid);
}

CASE(receiver_killed)
{
	int msqid = full_queue();
	struct peer *first = waiting(peer_receive, msqid, NULL);
	struct peer *second = waiting(peer_receive, msqid, NULL);

	peer_kill(first);
	CHECK_WAITS(second);
	CHECK_TAKE(msqid, 1, 0, 1, "full");
	CHECK_PUT(msqid, 2, "in");
	CHECK_GOT(second, 2, "in");
	CHECK_PUT(msqid, 2, "in");
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_TAKE(msqid, 2, 0, 2, "in");

	CHECK_PUT(msqid, 1, "full");
	first = waiting(peer_receive, msqid, NULL);
	peer_kill(first);
	CHECK_PUT(msqid, 2, "");
	CHECK_TAKE(msqid, 2, 0, 2, "");
	remove_queue(msqid);
}

/* A waiter that a signal interrupts loses its place; those behind move up. */
CASE(next_in_line)
{
	int msqid = full_queue();
	struct peer *first = waiting(peer_send, msqid, handle_plain);
	struct peer *second = waiting(peer_send, msqid, NULL);
	struct peer *third = waiting(peer_receive, msqid, handle_plain);
	struct peer *fourth = waiting(peer_receive, msqid, NULL);

	CHECK_OK(kill(first->pid, SIGUSR1));
	CHECK_FAILED(first, EINTR);
	CHECK_OK(kill(third->pid, SIGUSR1));
	CHECK_FAILED(third, EINTR);
	CHECK_TAKE(msqid, 1, 0, 1, "full");
	CHECK_ENDED(second, 0);
	CHECK_GOT(fourth, 2, "out");
	remove_queue(msqid);
}
