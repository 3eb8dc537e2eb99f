// SPDX-License-Identifier: MIT
/*
 * Processes are shown by their number in the caller's pid namespace, and as 0
 * if they have none there.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <unistd.h>

#include "peer.h"

/* Run a part as process 1 of a new pid namespace; returns its number here. */
static pid_t inside(long (*run)(struct peer *peer), int msqid,
		    struct peer **started)
{
	if (unshare(CLONE_NEWPID) && errno == EINVAL)
		SKIP("this kernel has no pid namespaces");
	*started = peer_start(&(struct peer){
		.call = run,
		.msqid = msqid,
		.size = 10,
		.type = 2,
	});
	return (*started)->pid;
}

/* After unshare() all further children are inside: each gets its own case. */
static long send_and_receive(struct peer *peer)
{
	int msqid = peer->msqid;

	CHECK_INT(getpid(), 1);
	CHECK(!queue_state(msqid).msg_lspid);
	CHECK(!queue_state(msqid).msg_lrpid);

	CHECK_PUT(msqid, 1, "inside");
	CHECK_INT(queue_state(msqid).msg_lspid, 1);
	CHECK(!queue_state(msqid).msg_lrpid);
	CHECK_TAKE(msqid, 0, 0, 1, "outside");
	CHECK_INT(queue_state(msqid).msg_lrpid, 1);
	return 0;
}

CASE(last_processes)
{
	int msqid = make_queue();
	struct msqid_ds state;
	struct peer *peer;
	pid_t pid;

	CHECK_PUT(msqid, 1, "outside");
	CHECK_PUT(msqid, 1, "gone");
	CHECK_TAKE(msqid, 0, 0, 1, "outside");
	CHECK_PUT(msqid, 1, "outside");
	CHECK_TAKE(msqid, 0, 0, 1, "gone");
	CHECK_INT(queue_state(msqid).msg_lspid, getpid());
	CHECK_INT(queue_state(msqid).msg_lrpid, getpid());

	pid = inside(send_and_receive, msqid, &peer);
	CHECK_ENDED(peer, 0);
	state = queue_state(msqid);
	CHECK_INT(state.msg_lspid, pid);
	CHECK_INT(state.msg_lrpid, pid);
	CHECK_TAKE(msqid, 0, 0, 1, "inside");
	CHECK_INT(queue_state(msqid).msg_lrpid, getpid());
	remove_queue(msqid);
}

/* A message is handed over from outside to inside, and one back. */
static long receive_then_send(struct peer *peer)
{
	long size = peer_receive(peer);
	struct msqid_ds state = queue_state(peer->msqid);

	CHECK_INT(size, 4);
	CHECK_INT(state.msg_lrpid, 1);
	CHECK_INT(state.msg_lspid, 0);
	CHECK_PUT(peer->msqid, 3, "back");
	state = queue_state(peer->msqid);
	CHECK_INT(state.msg_lrpid, 0);
	CHECK_INT(state.msg_lspid, 1);
	return size;
}

CASE(last_processes_of_hand_over)
{
	int msqid = make_queue();
	struct msqid_ds state;
	struct peer *peer, *here;
	pid_t pid;

	here = receiver(msqid, 10, 3, 0);
	CHECK_WAITS(here);
	pid = inside(receive_then_send, msqid, &peer);
	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 2, "over");
	CHECK_ENDED(peer, 4);
	CHECK_GOT(here, 3, "back");
	state = queue_state(msqid);
	CHECK_INT(state.msg_lspid, pid);
	CHECK_INT(state.msg_lrpid, here->pid);
	remove_queue(msqid);
}
