// SPDX-License-Identifier: MIT
/*
 * Each IPC namespace and each mount of msgqfs has semaphore sets of its own,
 * which end with it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <msgq.h>

#include "ipc_ns.h"
#include "mounts.h"
#include "sets.h"
#include "user_ns.h"

#define KEY	0x0e0f

static int outside;

static void find_nothing(void)
{
	struct semid_ds state;
	struct seminfo info;
	int semid;

	CHECK_ERR(semget(KEY, 0, 0), ENOENT);
	CHECK_ERR(semctl(outside, 0, IPC_STAT, &state), EINVAL);
	CHECK_ERR(semctl(outside, 0, IPC_RMID), EINVAL);
	CHECK_ERR(semctl(outside & 0x7fff, 0, SEM_STAT_ANY, &state), EINVAL);
	CHECK_ERR(change(outside, 0, 1, 0), EINVAL);
	CHECK_OK(semctl(0, 0, SEM_INFO, &info));
	CHECK_INT(info.semusz, 0);
	CHECK_INT(info.semaem, 0);

	semid = CHECK_OK(semget(KEY, 3, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_OK(change(semid, 0, 1, SEM_UNDO));
	CHECK_OK(semctl(0, 0, SEM_INFO, &info));
	CHECK_INT(info.semaem, 3);
	/* It goes with the namespace. */
}

CASE(keys_and_identifiers)
{
	outside = CHECK_OK(semget(KEY, 1, IPC_CREAT | IPC_EXCL | 0600));
	in_ipc_ns(find_nothing);
	CHECK_INT(semget(KEY, 0, 0), outside);
	CHECK_VALUES(outside, 0);
	remove_set(outside);
}

static void set_limits(void)
{
	struct seminfo info;
	char path[64];

	limit_path("sem", path, sizeof(path));
	write_text(path, "5 20 10 1");
	make_set(5);
	CHECK_ERR(semget(IPC_PRIVATE, 6, 0600), EINVAL);
	CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
	CHECK_OK(semctl(0, 0, IPC_INFO, &info));
	CHECK_INT(info.semopm, 10);
}

CASE(limits)
{
	struct seminfo before, after;

	CHECK_OK(semctl(0, 0, IPC_INFO, &before));
	in_ipc_ns(set_limits);
	CHECK_OK(semctl(0, 0, IPC_INFO, &after));
	CHECK_INT(after.semmsl, before.semmsl);
	CHECK_INT(after.semmni, before.semmni);
	remove_set(make_set(6));
}

/* A task that waits keeps its namespace. */
CASE(waiter_keeps_namespace)
{
	int first = ipc_ns_open(), second, semid;
	struct peer *peer;
	char path[64];

	ipc_ns_new();
	semid = make_set(1);
	peer = operates(semid, OPS({ 0, -1, 0 }));
	ipc_ns_enter(first);
	CHECK_ERR(change(semid, 0, 1, 0), EINVAL);

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", peer->pid);
	second = CHECK_OK(open(path, O_RDONLY | O_CLOEXEC));
	ipc_ns_enter(second);
	CHECK_OK(change(semid, 0, 1, 0));
	CHECK_ENDED(peer, 0);
	remove_set(semid);
	ipc_ns_enter(first);
}

/*
 * A process that changes its namespace has what it did in the old one taken back
 * when it ends.  Linux does so at once.
 */
CASE(undo_after_leaving)
{
	int first, second, semid;
	int ready[2], go_on[2];
	pid_t pid;
	char byte;

	DEVICE_ONLY();
	ipc_ns_needed();
	first = ipc_ns_open();
	ipc_ns_new();
	second = ipc_ns_open();
	semid = make_set(1);
	CHECK_OK(pipe(ready));
	CHECK_OK(pipe(go_on));
	pid = CHECK_OK(fork());
	if (!pid) {
		close(go_on[1]);
		CHECK_OK(change(semid, 0, 3, SEM_UNDO));
		ipc_ns_enter(first);
		CHECK_INT(write(ready[1], "", 1), 1);
		CHECK_INT(read(go_on[0], &byte, 1), 0);
		_exit(0);
	}
	close(go_on[0]);
	CHECK_INT(read(ready[0], &byte, 1), 1);
	CHECK_VALUES(semid, 3);
	close(go_on[1]);
	child_passed(pid);
	CHECK_VALUES(semid, 0);
	remove_set(semid);
	ipc_ns_enter(first);
	close(second);
}

/* The namespace ends while a process has something to be taken back there. */
CASE(undo_outlives_namespace)
{
	int first;

	DEVICE_ONLY();
	ipc_ns_needed();
	first = ipc_ns_open();
	AS(NULL) {
		ipc_ns_new();
		CHECK_OK(change(make_set(1), 0, 3, SEM_UNDO));
		ipc_ns_enter(first);
		ipc_ns_await_instances(1);
	}
	close(first);
}

/* Root of the user namespace, whose id is another one outside. */
static void rule_own_sets(int ignored)
{
	struct semid_ds state;
	int semid;

	(void)ignored;
	ipc_ns_new();
	AS((&(struct identity){ .uid = 5, .gid = 6 }))
		CHECK_OK(semget(KEY, 1, IPC_CREAT | 0600));
	semid = CHECK_OK(semget(KEY, 0, 0));
	state = set_state(semid);
	CHECK_INT(state.sem_perm.cuid, 5);
	CHECK_OK(change(semid, 0, 1, 0));
	state.sem_perm.uid = 7;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
	CHECK_INT(set_state(semid).sem_perm.uid, 7);
	remove_set(semid);
}

CASE(root_of_namespace)
{
	in_user_ns(rule_own_sets, 0);
}

static int make_in(int device, int nsems)
{
	return ioctl(device, MSGQ_IOC_SEMGET, &(struct msgq_semget){
		.key = KEY,
		.nsems = nsems,
		.semflg = IPC_CREAT | 0600,
	});
}

CASE(sets_of_a_mount)
{
	int first, second, semid;
	struct sembuf up = { 0, 1, 0 };

	DEVICE_ONLY();
	mounts_own();
	first = CHECK_OK(mounts_open(mounts_new("semmsl=5,semmni=1"), O_RDWR));
	second = CHECK_OK(mounts_open(mounts_new(NULL), O_RDWR));
	CHECK_ERR(make_in(first, 6), EINVAL);
	semid = CHECK_OK(make_in(first, 5));
	CHECK_OK(ioctl(first, MSGQ_IOC_SEMOP, &(struct msgq_semop){
		.semid = semid, .nsops = 1, .sops = (uintptr_t)&up }));
	CHECK_ERR(ioctl(second, MSGQ_IOC_SEMOP, &(struct msgq_semop){
		.semid = semid, .nsops = 1, .sops = (uintptr_t)&up }), EINVAL);
	CHECK_ERR(semget(KEY, 0, 0), ENOENT);
	CHECK_OK(make_in(second, 6));
}
