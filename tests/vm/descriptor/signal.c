// SPDX-License-Identifier: MIT
/*
 * Signals that come while a read or a write waits, and the use of an inherited
 * descriptor by other programs.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "desc_io.h"

static volatile sig_atomic_t handled;

static void handle(int signal)
{
	(void)signal;
	handled++;
}

static void handle_with(int flags)
{
	const struct sigaction action = {
		.sa_handler = handle,
		.sa_flags = flags,
	};

	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
}

static void restarts(struct peer *peer)
{
	(void)peer;
	handle_with(SA_RESTART);
}

static void interrupts(struct peer *peer)
{
	(void)peer;
	handle_with(0);
}

/* Return the number of handled signals in peer->type. */
static long counted_read(struct peer *peer)
{
	long ret = peer_read(peer);

	peer->type = handled;
	return ret;
}

static long counted_write(struct peer *peer)
{
	long ret = peer_write(peer);

	peer->type = handled;
	return ret;
}

static struct peer *waiting(long (*call)(struct peer *peer), int fd,
			    void (*prepare)(struct peer *peer))
{
	struct peer *peer = peer_start(&(struct peer){
		.call = call,
		.prepare = prepare,
		.fd = fd,
		.text = "text",
	});

	CHECK_WAITS(peer);
	return peer;
}

/* Wait until the handler has run, and the peer waits again. */
static void signal_restarted(struct peer *peer)
{
	unsigned long before = times_asleep(peer->pid);

	CHECK_OK(kill(peer->pid, SIGUSR1));
	while (times_asleep(peer->pid) == before)
		usleep(1000);
	CHECK_WAITS(peer);
}

CASE(reads)
{
	struct peer *peer;
	int msqid, fd;

	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH, 0);
	peer = waiting(counted_read, fd, interrupts);
	CHECK_OK(kill(peer->pid, SIGUSR1));
	CHECK_FAILED(peer, EINTR);

	peer = waiting(counted_read, fd, restarts);
	for (int i = 0; i < 3; i++)
		signal_restarted(peer);
	CHECK_WRITE(fd, "after all");
	CHECK_GOT(peer, 0, "after all");
	CHECK_INT(peer->type, 3);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

CASE(writes)
{
	struct peer *peer;
	int msqid, fd;

	DEVICE_ONLY();
	msqid = queue_of(5);
	fd = open_as(msqid, DESC_BOTH, 0);
	CHECK_WRITE(fd, "full!");
	peer = waiting(counted_write, fd, interrupts);
	CHECK_OK(kill(peer->pid, SIGUSR1));
	CHECK_FAILED(peer, EINTR);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);

	peer = waiting(counted_write, fd, restarts);
	signal_restarted(peer);
	CHECK_READ(fd, "full!");
	CHECK_ENDED(peer, 4);
	CHECK_INT(peer->type, 1);
	CHECK_READ(fd, "text");
	remove_queue(msqid);
}

CASE(stopped_and_continued)
{
	struct peer *peer;
	int msqid, fd;

	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH, 0);
	peer = waiting(counted_read, fd, NULL);
	CHECK_OK(kill(peer->pid, SIGSTOP));
	peer_state(peer, 'T');
	CHECK_OK(kill(peer->pid, SIGCONT));
	CHECK_WAITS(peer);
	CHECK_WRITE(fd, "on");
	CHECK_GOT(peer, 0, "on");
	remove_queue(msqid);
}

/* A killed reader loses no message. */
CASE(killed)
{
	struct peer *peer;
	int msqid, fd;

	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH | MSGQ_OPEN_NONBLOCK, 0);
	peer = peer_start(&(struct peer){
		.call = peer_read,
		.fd = open_as(msqid, MSGQ_OPEN_READ, 0),
	});
	CHECK_WAITS(peer);
	peer_kill(peer);
	CHECK_WRITE(fd, "mine");
	CHECK_READ(fd, "mine");
	remove_queue(msqid);
}

/* A shell and its children, with the descriptor as number 7. */
static void shell(int fd, const char *script)
{
	pid_t pid = CHECK_OK(fork());

	if (!pid) {
		CHECK_OK(dup2(fd, 7));
		unsetenv("LD_PRELOAD");
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	child_passed(pid);
}

CASE(shell_tools)
{
	int msqid, fd, three, results[2];
	char text[64];

	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH, 0);
	three = desc_writer(msqid, 3);

	shell(three, "echo hello >&7; printf 'no end mark' >&7");
	CHECK_TAKE(msqid, 0, 0, 3, "hello\n");
	CHECK_TAKE(msqid, 0, 0, 3, "no end mark");

	/* An empty message looks like the end of a file. */
	CHECK_WRITE(fd, "one\n");
	CHECK_WRITE(fd, "two\n");
	CHECK_INT(write(fd, "", 0), 0);
	CHECK_WRITE(fd, "behind");
	CHECK_OK(pipe(results));
	CHECK_OK(dup2(results[1], 1));
	shell(fd, "cat <&7");
	CHECK_INT(read(results[0], text, sizeof(text)), 8);
	CHECK(!memcmp(text, "one\ntwo\n", 8));
	shell(fd, "dd bs=100 count=1 <&7 2>/dev/null");
	CHECK_INT(read(results[0], text, sizeof(text)), 6);
	CHECK(!memcmp(text, "behind", 6));

	/* Both programs wait for each other. */
	shell(fd, "(echo later >&7) & test \"$(head -n 1 <&7)\" = later; wait");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}
