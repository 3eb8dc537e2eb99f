// SPDX-License-Identifier: MIT
/*
 * who.c - the state of a set, and the processes at it: MSGQ_IOC_SEMSTATE and
 * MSGQ_IOC_SEMWHO
 */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgq.h>

#include "desc_calls.h"
#include "fault_raw.h"
#include "libmsgq.h"
#include "sets.h"

#define MOST	MSGQ_WHO_MOST

static struct msgq_semparty parties[MOST + 1];

static struct msgq_semwho ask(int semid, unsigned int room)
{
	struct msgq_semwho who = {
		.semid = semid,
		.parties = raw_address(parties),
		.count = room,
		.size = sizeof(parties[0]),
	};

	memset(parties, 0xaa, sizeof(parties));
	CHECK_OK(msgq_semwho(the_device(), &who));
	return who;
}

static struct msgq_semstate state_of(int semid)
{
	struct msgq_semstate state = { .semid = semid };

	CHECK_OK(msgq_semstate(the_device(), &state));
	return state;
}

/* This entry is a task that waits for a semaphore. */
static void check_waits(unsigned int entry, const struct peer *peer,
			unsigned int number, int amount, unsigned int nsops)
{
	CHECK_INT(parties[entry].what, MSGQ_SEMPARTY_WAITS);
	CHECK_INT(parties[entry].pid, peer->pid);
	CHECK_INT(parties[entry].tid, peer->pid);
	CHECK_INT(parties[entry].semnum, number);
	CHECK_INT(parties[entry].amount, amount);
	CHECK_INT(parties[entry].nsops, nsops);
}

CASE(counts)
{
	struct msgq_semstate state;
	struct peer *peer;
	int semid;

	DEVICE_ONLY();
	semid = make_set(3);
	state = state_of(semid);
	CHECK_INT(state.nsems, 3);
	CHECK_INT(state.operations + state.waits + state.waiting, 0);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_OK(semop(semid, OPS({ 1, 1, 0 }, { 2, 1, 0 })));
	CHECK_ERR(change(semid, 0, -2, 0), EAGAIN);
	set_value(semid, 1, 0);
	state = state_of(semid);
	CHECK_INT(state.operations, 2);
	CHECK_INT(state.waits, 0);

	peer = operates(semid, OPS({ 0, -2, 0 }));
	state = state_of(semid);
	CHECK_INT(state.waiting, 1);
	CHECK_INT(state.waits, 1);
	CHECK_INT(state.operations, 2);
	/* Both the call that woke and the one that was woken count. */
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(peer, 0);
	peer = operates(semid, OPS({ 0, -1, 0 }));
	peer_kill(peer);
	state = state_of(semid);
	CHECK_INT(state.waiting, 0);
	CHECK_INT(state.waits, 2);
	CHECK_INT(state.operations, 4);
	remove_set(semid);
}

/* Each task is listed once, where it cannot go on now. */
CASE(tasks_that_wait)
{
	struct peer *zero, *more, *array, *other;
	struct msgq_semwho who;
	int semid;

	DEVICE_ONLY();
	semid = make_set(4);
	set_value(semid, 0, 1);
	set_value(semid, 3, 1);
	zero = operates(semid, OPS({ 0, 0, 0 }));
	more = operates(semid, OPS({ 0, -5, 0 }));
	array = operates(semid, OPS({ 3, -1, 0 }, { 1, -1, 0 },
				    { 3, -1, 0 }));
	other = operates(semid, OPS({ 0, -1, 0 }, { 2, -7, 0 }));
	who = ask(semid, MOST);
	CHECK_INT(who.waiting, 4);
	CHECK_INT(who.undoing, 0);
	CHECK_INT(who.count, 4);
	check_waits(0, zero, 0, 0, 1);
	check_waits(1, more, 0, -5, 1);
	check_waits(2, array, 1, -1, 3);
	check_waits(3, other, 2, -7, 2);
	/* What it waits for has changed. */
	set_value(semid, 1, 1);
	who = ask(semid, MOST);
	CHECK_INT(who.count, 4);
	check_waits(3, array, 3, -1, 3);

	who = ask(semid, 2);
	CHECK_INT(who.count, 2);
	CHECK_INT(who.waiting, 4);
	check_waits(1, more, 0, -5, 1);
	CHECK_INT(parties[2].what, 0xaaaaaaaa);
	who = ask(semid, 0);
	CHECK_INT(who.count, 0);
	CHECK_INT(who.waiting, 4);
	remove_set(semid);
	CHECK_FAILED(zero, EIDRM);
	CHECK_FAILED(array, EIDRM);
}

CASE(time_waited)
{
	struct msgq_semwho who;
	uint64_t first;
	int semid;

	DEVICE_ONLY();
	semid = make_set(1);
	operates(semid, OPS({ 0, -1, 0 }));
	ask(semid, 1);
	first = parties[0].waited;
	usleep(300000);
	who = ask(semid, 1);
	CHECK_INT(who.count, 1);
	CHECK(parties[0].waited >= first + 250000000);
	remove_set(semid);
}

/* A peer that uses SEM_UNDO and stops. */
static long take_and_stop(struct peer *peer)
{
	if (!semop(peer->msqid, peer->buffer, peer->size))
		raise(SIGSTOP);
	return -1;
}

static struct peer *takes(int semid, struct sembuf *ops, size_t count)
{
	struct peer *peer = peer_start(&(struct peer){
		.call = take_and_stop,
		.msqid = semid,
		.buffer = ops,
		.size = count,
	});

	peer_state(peer, 'T');
	return peer;
}

CASE(processes_that_undo)
{
	struct msgq_semwho who;
	struct peer *one, *two;
	int semid;

	DEVICE_ONLY();
	needs_notice_of_exits();
	semid = make_set(3);
	one = takes(semid, OPS({ 0, 3, SEM_UNDO }, { 2, 1, 0 },
			       { 2, 2, SEM_UNDO }));
	who = ask(semid, MOST);
	CHECK_INT(who.undoing, 1);
	CHECK_INT(who.count, 2);
	for (unsigned int i = 0; i < 2; i++) {
		CHECK_INT(parties[i].what, MSGQ_SEMPARTY_UNDOES);
		CHECK_INT(parties[i].pid, one->pid);
		CHECK_INT(parties[i].tid, 0);
		CHECK_INT(parties[i].semnum, i ? 2 : 0);
		CHECK_INT(parties[i].amount, i ? -2 : -3);
		CHECK_INT(parties[i].nsops, 0);
		CHECK_INT(parties[i].waited, 0);
	}
	/* What was set is not taken back, and the record stays. */
	set_value(semid, 0, 3);
	two = takes(semid, OPS({ 0, -1, SEM_UNDO }));
	who = ask(semid, MOST);
	CHECK_INT(who.undoing, 2);
	CHECK_INT(who.count, 2);
	peer_kill(two);
	who = ask(semid, MOST);
	CHECK_INT(who.undoing, 1);
	CHECK_INT(who.count, 1);
	CHECK_INT(parties[0].semnum, 2);
	peer_kill(one);
	who = ask(semid, MOST);
	CHECK_INT(who.undoing + who.count, 0);
	CHECK_VALUES(semid, 3, 0, 1);
	remove_set(semid);
}

static const struct identity alice = { .uid = 1000, .gid = 1000 };

CASE(permission)
{
	struct msgq_semstate state = { 0 };
	struct msgq_semwho who = { .size = sizeof(parties[0]) };
	struct semid_ds ds;

	DEVICE_ONLY();
	the_device();
	who.semid = state.semid = make_set(1);
	ds = set_state(who.semid);
	ds.sem_perm.uid = alice.uid;
	ds.sem_perm.mode = 0644;
	CHECK_OK(semctl(who.semid, 0, IPC_SET, &ds));
	AS(&nobody) {
		CHECK_OK(msgq_semstate(the_device(), &state));
		CHECK_ERR(msgq_semwho(the_device(), &who), EPERM);
	}
	AS(&alice) {
		CHECK_OK(msgq_semwho(the_device(), &who));
		ds.sem_perm.mode = 0600;
		CHECK_OK(semctl(who.semid, 0, IPC_SET, &ds));
	}
	AS(&nobody)
		CHECK_ERR(msgq_semstate(the_device(), &state), EACCES);
	CHECK_OK(msgq_semwho(the_device(), &who));
	remove_set(state.semid);
	CHECK_ERR(msgq_semwho(the_device(), &who), EINVAL);
	CHECK_ERR(msgq_semstate(the_device(), &state), EINVAL);
	state.semid = who.semid = -1;
	CHECK_ERR(msgq_semwho(the_device(), &who), EINVAL);
	CHECK_ERR(msgq_semstate(the_device(), &state), EINVAL);
}

/* A wrong argument changes nothing. */
CASE(arguments)
{
	static unsigned char bytes[4096];
	struct msgq_semstate state;
	struct msgq_semwho who, bad;
	struct peer *peer;
	int semid;

	DEVICE_ONLY();
	semid = make_set(1);
	peer = operates(semid, OPS({ 0, -1, 0 }));
	operates(semid, OPS({ 0, -2, 0 }));
	who = (struct msgq_semwho){
		.semid = semid, .parties = raw_address(bytes), .count = 2,
		.size = 40,
	};
	bad = who;
	memset(bytes, 0xaa, sizeof(bytes));
	CHECK_OK(msgq_semwho(the_device(), &who));
	CHECK_INT(who.count, 2);
	for (unsigned int i = 0; i < 2; i++) {
		memcpy(&parties[i], bytes + i * 40, sizeof(parties[0]));
		for (size_t j = sizeof(parties[0]); j < 40; j++)
			CHECK_INT(bytes[i * 40 + j], 0);
	}
	CHECK_INT(bytes[80], 0xaa);
	check_waits(0, peer, 0, -1, 1);

	who = bad;
	bad.count = MOST + 1;
	CHECK_ERR(msgq_semwho(the_device(), &bad), EINVAL);
	bad = who;
	bad.size = sizeof(parties[0]) - 1;
	CHECK_ERR(msgq_semwho(the_device(), &bad), EINVAL);
	bad.size = 4097;
	CHECK_ERR(msgq_semwho(the_device(), &bad), EINVAL);
	bad = who;
	bad.flags = 1;
	CHECK_ERR(msgq_semwho(the_device(), &bad), EINVAL);
	bad = who;
	bad.parties = 8;
	CHECK_ERR(msgq_semwho(the_device(), &bad), EFAULT);
	CHECK_INT(bad.count, 2);
	bad.parties = raw_address(guarded(60));
	CHECK_ERR(msgq_semwho(the_device(), &bad), EFAULT);
	state = (struct msgq_semstate){ .semid = semid, .reserved = 1 };
	CHECK_ERR(msgq_semstate(the_device(), &state), EINVAL);
	CHECK_ERR(msgq_semstate(the_device(), guarded(sizeof(state) - 1)),
		  EFAULT);
	remove_set(semid);
}

/* Inside a PID namespace, tasks outside have no number. */
CASE(another_pid_namespace)
{
	int semid, status;
	pid_t child;

	DEVICE_ONLY();
	semid = make_set(1);
	operates(semid, OPS({ 0, -1, 0 }));
	the_device();
	CHECK_OK(unshare(CLONE_NEWPID));
	child = CHECK_OK(fork());
	if (!child) {
		struct msgq_semwho who = ask(semid, 1);

		_exit(who.count == 1 && !parties[0].pid && !parties[0].tid ?
		      0 : 1);
	}
	CHECK_INT(waitpid(child, &status, 0), child);
	CHECK_INT(status, 0);
	remove_set(semid);
}
