// SPDX-License-Identifier: MIT
/*
 * peer.c - another process that makes one call; see peer.h
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

enum { STARTED, ENTERED, ENDED };

const struct identity nobody = { .uid = 65533, .gid = 65533 };

void become_nobody(struct peer *peer)
{
	(void)peer;
	become(&nobody);
}

void no_room(struct peer *peer)
{
	peer->buffer = guarded(0);
}

static int stage_of(struct peer *peer)
{
	return __atomic_load_n(&peer->stage, __ATOMIC_ACQUIRE);
}

static void set_stage(struct peer *peer, int stage)
{
	__atomic_store_n(&peer->stage, stage, __ATOMIC_RELEASE);
}

static void *buffer_of(struct peer *peer)
{
	return peer->buffer ? peer->buffer : (void *)&peer->message;
}

long peer_send(struct peer *peer)
{
	return msgsnd(peer->msqid, buffer_of(peer), peer->size, peer->flags);
}

long peer_receive(struct peer *peer)
{
	return msgrcv(peer->msqid, buffer_of(peer), peer->size, peer->type,
		      peer->flags);
}

static void live(struct peer *peer)
{
	if (peer->prepare)
		peer->prepare(peer);
	set_stage(peer, ENTERED);
	peer->ret = peer->call(peer);
	peer->error = errno;
	set_stage(peer, ENDED);
	_exit(0);
}

struct peer *peer_start(const struct peer *description)
{
	struct peer *peer;
	pid_t pid;

	peer = mmap(NULL, sizeof(*peer), PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(peer != MAP_FAILED);
	*peer = *description;
	if (peer->text) {
		peer->message.type = peer->type;
		peer->size = strlen(peer->text);
		memcpy(peer->message.text, peer->text, peer->size);
	}

	pid = CHECK_OK(fork());
	if (!pid)
		live(peer);
	peer->pid = pid;
	return peer;
}

struct peer *sender(int msqid, long type, const char *text)
{
	return peer_start(&(struct peer){
		.call = peer_send,
		.msqid = msqid,
		.type = type,
		.text = text,
	});
}

struct peer *receiver(int msqid, size_t size, long type, int flags)
{
	return peer_start(&(struct peer){
		.call = peer_receive,
		.msqid = msqid,
		.size = size,
		.type = type,
		.flags = flags,
	});
}

struct peer *faulty(int msqid, long type, void (*prepare)(struct peer *))
{
	return peer_start(&(struct peer){
		.call = peer_receive,
		.prepare = prepare,
		.msqid = msqid,
		.size = 10,
		.type = type,
	});
}

/* The state letter of proc(5); 0 if the task is gone. */
static char state_of(pid_t pid)
{
	char path[32], line[256], *name_end;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	length = read(fd, line, sizeof(line) - 1);
	close(fd);
	if (length <= 0)
		return 0;
	line[length] = '\0';
	name_end = strrchr(line, ')');
	return name_end && name_end[1] ? name_end[2] : 0;
}

static time_t seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void pause_briefly(void)
{
	const struct timespec pause = { .tv_nsec = 200000 };

	nanosleep(&pause, NULL);
}

long remove_when_read(struct peer *peer)
{
	while (queue_state(peer->msqid).msg_qnum)
		pause_briefly();
	return msgctl(peer->msqid, IPC_RMID, NULL);
}

void peer_waits(struct peer *peer, const char *file, int line)
{
	time_t until = seconds() + PATIENCE;

	for (;;) {
		int stage = stage_of(peer);
		char state = state_of(peer->pid);

		if (stage == ENTERED && state == 'S')
			return;
		if (stage == ENDED)
			test_fail(file, line,
				  "peer: expected asleep, got ended with %ld, %s",
				  peer->ret, strerrorname_np(peer->error));
		if (seconds() > until)
			test_fail(file, line,
				  "peer: expected asleep, got state %c", state);
		pause_briefly();
	}
}

static bool reaches(pid_t pid, char state)
{
	time_t until = seconds() + PATIENCE;

	while (state_of(pid) != state) {
		if (seconds() > until)
			return false;
		pause_briefly();
	}
	return true;
}

void wait_state(pid_t pid, char state)
{
	if (!reaches(pid, state))
		FAIL("task %d: expected state %c, got %c", pid, state,
		     state_of(pid));
}

void peer_state(struct peer *peer, char state)
{
	wait_state(peer->pid, state);
}

void peer_ended(struct peer *peer, long ret, int error, const char *file,
		int line)
{
	if (!reaches(peer->pid, 'Z'))
		test_fail(file, line, "peer: expected ended, got state %c",
			  state_of(peer->pid));
	if (stage_of(peer) != ENDED)
		test_fail(file, line, "peer: expected its call ended");
	if (peer->ret == -1 && ret != -1)
		test_fail(file, line, "peer: expected %ld, got %s", ret,
			  strerrorname_np(peer->error));
	if (peer->ret != ret)
		test_fail(file, line, "peer: expected %ld, got %ld", ret,
			  peer->ret);
	if (ret == -1 && peer->error != error)
		test_fail(file, line, "peer: expected %s, got %s",
			  strerrorname_np(error), strerrorname_np(peer->error));
}

void peer_got(struct peer *peer, long type, const char *text, const char *file,
	      int line)
{
	long size = strlen(text);

	peer_ended(peer, size, 0, file, line);
	if (peer->message.type != type ||
	    memcmp(peer->message.text, text, size))
		test_fail(file, line,
			  "peer: expected %ld '%s', got %ld '%.*s'", type, text,
			  peer->message.type, (int)size, peer->message.text);
}

static pid_t other_thread(pid_t pid)
{
	struct dirent *entry;
	pid_t tid, found = 0;
	char path[32];
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	CHECK(tasks);
	while (!found && (entry = readdir(tasks))) {
		tid = atoi(entry->d_name);
		if (tid != pid)
			found = tid;
	}
	closedir(tasks);
	return found;
}

pid_t peer_thread(struct peer *peer)
{
	time_t until = seconds() + PATIENCE;
	pid_t tid;

	while (!(tid = other_thread(peer->pid))) {
		if (seconds() > until)
			FAIL("peer: expected a second thread, got none");
		pause_briefly();
	}
	return tid;
}

void peer_kill(struct peer *peer)
{
	kill(peer->pid, SIGKILL);
	CHECK_OK(waitpid(peer->pid, NULL, 0));
}

int queue_of(unsigned long qbytes)
{
	int msqid = make_queue();

	set_qbytes(msqid, qbytes);
	return msqid;
}

void set_qbytes(int msqid, unsigned long qbytes)
{
	set_both(msqid, queue_state(msqid).msg_perm.mode, qbytes);
}

void set_mode(int msqid, unsigned int mode)
{
	set_both(msqid, mode, queue_state(msqid).msg_qbytes);
}

void set_both(int msqid, unsigned int mode, unsigned long qbytes)
{
	struct msqid_ds state = queue_state(msqid);

	state.msg_perm.mode = mode;
	state.msg_qbytes = qbytes;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
}

void remove_queue(int msqid)
{
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}
