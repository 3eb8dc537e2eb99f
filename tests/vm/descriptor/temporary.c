// SPDX-License-Identifier: MIT
/*
 * A queue that was opened as temporary is removed with its last descriptor,
 * whoever has that and however it is closed.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_io.h"

#define KEY	0x0de7

static int open_temporary(void)
{
	const struct msgq_open how = desc_key(KEY, IPC_CREAT | 0600,
					      MSGQ_OPEN_TEMPORARY |
					      MSGQ_OPEN_NONBLOCK);

	return CHECK_OK(desc_open(&how));
}

static struct msgq_state state_of(int fd)
{
	struct msgq_state state = { 0 };

	CHECK_OK(msgq_state(fd, &state));
	return state;
}

static bool is_there(void)
{
	if (msgget(KEY, 0) >= 0)
		return true;
	CHECK_INT(errno, ENOENT);
	return false;
}

/* A parent may see the end of a process before the queue is removed. */
static void wait_gone(void)
{
	for (unsigned int i = 0; is_there(); i++) {
		if (i >= 1000 * PATIENCE)
			FAIL("expected the queue gone");
		usleep(1000);
	}
}

CASE(goes_with_the_last)
{
	int queues, fd, copy, second;

	DEVICE_ONLY();
	queues = desc_queues();
	fd = open_temporary();
	CHECK_INT(state_of(fd).flags, MSGQ_STATE_TEMPORARY);
	CHECK_WRITE(fd, "goes too");
	copy = CHECK_OK(dup(fd));
	second = open_temporary();
	CHECK_INT(state_of(fd).descriptors, 2);
	close(fd);
	CHECK(is_there());
	CHECK_READ(second, "goes too");
	close(second);
	CHECK(is_there());
	CHECK_WRITE(copy, "goes too");
	close(copy);
	CHECK(!is_there());
	CHECK_INT(desc_queues(), queues);
}

/* The queue is temporary, however it was opened last. */
CASE(opened_by_others)
{
	struct msgq_open how;
	int fd, by_id, by_key;

	DEVICE_ONLY();
	how = desc_key(KEY, 0, 0);
	fd = open_temporary();
	by_key = CHECK_OK(desc_open(&how));
	by_id = open_as(state_of(fd).msqid, MSGQ_OPEN_READ, 0);
	CHECK_INT(state_of(by_key).flags, MSGQ_STATE_TEMPORARY);
	close(fd);
	close(by_key);
	CHECK(is_there());
	close(by_id);
	CHECK(!is_there());
}

/* An existing queue stays, however it is opened. */
CASE(made_by_others)
{
	int msqid, fd;

	DEVICE_ONLY();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	fd = open_temporary();
	CHECK_INT(state_of(fd).flags, 0);
	close(fd);
	CHECK(is_there());
	remove_queue(msqid);
}

CASE(private)
{
	const struct msgq_open how = desc_key(IPC_PRIVATE, 0,
					      MSGQ_OPEN_TEMPORARY);
	int queues, fd;

	DEVICE_ONLY();
	queues = desc_queues();
	fd = CHECK_OK(desc_open(&how));
	CHECK_INT(desc_queues(), queues + 1);
	CHECK_WRITE(fd, "for my children");
	AS(NULL)
		CHECK_READ(fd, "for my children");
	CHECK_INT(desc_queues(), queues + 1);
	close(fd);
	CHECK_INT(desc_queues(), queues);
}

/* A failed opening neither makes nor removes a queue. */
CASE(failed_opening)
{
	struct msgq_open how;
	int fd;

	DEVICE_ONLY();
	fd = open_temporary();
	how = desc_key(KEY, IPC_CREAT | IPC_EXCL | 0600, MSGQ_OPEN_TEMPORARY);
	CHECK_ERR(desc_open(&how), EEXIST);
	AS(&nobody)
		CHECK_ERR(desc_open(&how), EEXIST);
	how.msgflg = 0600;
	AS(&nobody)
		CHECK_ERR(desc_open(&how), EACCES);
	CHECK(is_there());
	CHECK_INT(state_of(fd).descriptors, 1);
	close(fd);
	CHECK(!is_there());
	how.msgflg = 0;
	CHECK_ERR(desc_open(&how), ENOENT);
}

static void hold(int fd)
{
	(void)fd;
	for (;;)
		pause();
}

CASE(holder_forked_and_killed)
{
	pid_t pid;
	int fd;

	DEVICE_ONLY();
	fd = open_temporary();
	pid = CHECK_OK(fork());
	if (!pid)
		hold(fd);
	close(fd);
	CHECK(is_there());
	CHECK_OK(kill(pid, SIGKILL));
	CHECK_OK(waitpid(pid, NULL, 0));
	wait_gone();
}

/* A task is killed while it waits, by its own descriptor. */
CASE(waiting_holder_killed)
{
	struct peer *peer;
	int fd, blocking;
	struct msgq_open how;

	DEVICE_ONLY();
	fd = open_temporary();
	how = desc_key(KEY, 0, 0);
	blocking = CHECK_OK(desc_open(&how));
	peer = reader(blocking);
	CHECK_WAITS(peer);
	close(fd);
	close(blocking);
	CHECK(is_there());
	CHECK_WAITS(peer);
	peer_kill(peer);
	wait_gone();
}

/* No process has the descriptor while it is in a socket. */
CASE(passed)
{
	int ends[2], fd;

	DEVICE_ONLY();
	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	fd = open_temporary();
	CHECK_WRITE(fd, "on its way");
	desc_pass(ends[0], fd);
	close(fd);
	CHECK(is_there());
	fd = desc_take(ends[1]);
	CHECK_READ(fd, "on its way");
	desc_pass(ends[0], fd);
	close(fd);
	CHECK(is_there());
	/* A descriptor that is never received ends with the socket. */
	close(ends[0]);
	close(ends[1]);
	wait_gone();
}

CASE(removed_before)
{
	int fd, msqid;

	DEVICE_ONLY();
	fd = open_temporary();
	remove_queue(state_of(fd).msqid);
	CHECK(!is_there());
	/* The next queue with this key is another, and stays. */
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | 0600));
	close(fd);
	CHECK_INT(msgget(KEY, 0), msqid);
	remove_queue(msqid);
}

/* Tasks that wait by identifier hold neither a descriptor nor the queue. */
CASE(waiters_by_identifier)
{
	struct peer *receives, *sends;
	int fd, msqid;

	DEVICE_ONLY();
	fd = open_temporary();
	msqid = state_of(fd).msqid;
	set_qbytes(msqid, 1);
	receives = receiver(msqid, 10, 5, 0);
	CHECK_WAITS(receives);
	CHECK_WRITE(fd, "x");
	sends = sender(msqid, 1, "y");
	CHECK_WAITS(sends);
	/* The peers were forked with the descriptor. */
	CHECK_INT(state_of(fd).descriptors, 1);
	close(fd);
	CHECK(is_there());
	peer_kill(receives);
	peer_kill(sends);
	wait_gone();
}

static int the_fd = -1;

static void close_it(struct peer *peer)
{
	(void)peer;
	close(the_fd);
}

CASE(waiters_without_descriptor)
{
	struct peer *peers[2];
	int msqid;

	DEVICE_ONLY();
	the_fd = open_temporary();
	msqid = state_of(the_fd).msqid;
	set_qbytes(msqid, 1);
	CHECK_WRITE(the_fd, "x");
	peers[0] = peer_start(&(struct peer){
		.call = peer_receive, .prepare = close_it, .msqid = msqid,
		.size = 10, .type = 5,
	});
	peers[1] = peer_start(&(struct peer){
		.call = peer_send, .prepare = close_it, .msqid = msqid,
		.type = 1, .text = "y",
	});
	for (int i = 0; i < 2; i++)
		CHECK_WAITS(peers[i]);
	CHECK(is_there());
	close(the_fd);
	CHECK(!is_there());
	for (int i = 0; i < 2; i++)
		CHECK_FAILED(peers[i], EIDRM);
}

/* Claimed messages are removed, too, and no longer counted. */
CASE(claimed)
{
	const struct msgq_how no_wait = { .msgflg = IPC_NOWAIT };
	struct msgq_message entries[4];
	struct msginfo info;
	int fd, other;

	DEVICE_ONLY();
	fd = open_temporary();
	other = open_temporary();
	for (int i = 0; i < 8; i++)
		CHECK_INT(write(fd, "", 0), 0);
	memset(entries, 0, sizeof(entries));
	CHECK_INT(msgq_claimv(fd, entries, 3, 0, &no_wait), 3);
	memset(entries, 0, sizeof(entries));
	CHECK_INT(msgq_claimv(other, entries, 4, 0, &no_wait), 4);
	CHECK_INT(state_of(fd).claimed, 7);
	close(fd);
	CHECK_INT(state_of(other).claimed, 4);
	CHECK_INT(state_of(other).qnum, 8);
	close(other);
	CHECK(!is_there());
	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	CHECK_INT(info.msgmap, 0);
	CHECK_INT(info.msgtql, 0);
}

/*
 * Open a queue at the moment when its last descriptor is closed.  A removal
 * waits for tasks that make, remove or count queues, and an opening does not.
 * That moment is therefore long while a great many queues are counted.
 */
enum { TURNS = 1500, CLOSERS = 3, COUNTERS = 2, COUNTED = 2000 };

static struct {
	int go;
	int made;			/* openings that made the queue */
	int found;
} *race;

static void open_and_close(void)
{
	while (!__atomic_load_n(&race->go, __ATOMIC_ACQUIRE))
		usleep(100);
	for (int i = 0; i < TURNS; i++) {
		int fd = open_temporary();
		struct msgq_state state = state_of(fd);

		/* A descriptor always has a queue that is not removed. */
		CHECK_INT(msgget(KEY, 0), state.msqid);
		CHECK_WRITE(fd, "mine");
		CHECK_READ(fd, "mine");
		__atomic_add_fetch(state.descriptors == 1 ? &race->made :
							    &race->found,
				   1, __ATOMIC_RELAXED);
		close(fd);
	}
	_exit(0);
}

static void count_queues(void)
{
	while (__atomic_load_n(&race->go, __ATOMIC_ACQUIRE) < 2)
		desc_queues();
	_exit(0);
}

CASE_SECONDS(opened_while_closed, 48)
{
	pid_t pids[CLOSERS], counters[COUNTERS];
	int msqids[COUNTED];
	int queues;

	DEVICE_ONLY();
	for (int i = 0; i < COUNTED; i++)
		msqids[i] = make_queue();
	queues = desc_queues();
	race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(race != MAP_FAILED);
	for (int i = 0; i < CLOSERS; i++) {
		pids[i] = CHECK_OK(fork());
		if (!pids[i])
			open_and_close();
	}
	for (int i = 0; i < COUNTERS; i++) {
		counters[i] = CHECK_OK(fork());
		if (!counters[i])
			count_queues();
	}
	__atomic_store_n(&race->go, 1, __ATOMIC_RELEASE);
	for (int i = 0; i < CLOSERS; i++)
		child_passed(pids[i]);
	__atomic_store_n(&race->go, 2, __ATOMIC_RELEASE);
	for (int i = 0; i < COUNTERS; i++)
		child_passed(counters[i]);
	wait_gone();
	CHECK_INT(desc_queues(), queues);
	/* Both must have happened, or this has tested nothing. */
	CHECK(race->made && race->found);
	for (int i = 0; i < COUNTED; i++)
		remove_queue(msqids[i]);
}
