// SPDX-License-Identifier: MIT
/*
 * Limits of users and of instances on semaphore sets; the rules that hold for
 * all kinds are tested by quota.c.
 */
#define _GNU_SOURCE
#include <sys/ioctl.h>
#include <unistd.h>

#include "desc_io.h"
#include "ipc_ns.h"
#include "quotas.h"
#include "sets.h"

#define ALICE	1000

static const struct identity alice = { .uid = ALICE, .gid = ALICE };
static const struct identity bob = { .uid = 1001, .gid = 1001 };
static const struct identity weak_root = { .capabilities = NO_CAPABILITIES };

#define BOTH	(MSGQ_QUOTA_SETS | MSGQ_QUOTA_SEMAPHORES)

static void begin(void)
{
	DEVICE_ONLY();
	the_device();
}

/*
 * As root: no limit is left behind, and nothing is charged.  The memory of a
 * removed set is freed when the last call has gone.
 */
static void end(unsigned int uid)
{
	struct msgq_quota quota;
	unsigned int tries = 0;

	CHECK_OK(set_quota(uid, BOTH, MSGQ_UNLIMITED));
	do {
		quota = quota_of(uid, 0);
		CHECK(tries++ < PATIENCE * 100);
		usleep(10000);
	} while (quota.used_sets);
	CHECK_INT(quota.used_semaphores, 0);
}

CASE(sets)
{
	struct msgq_quota quota;
	int semids[2];

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_SETS, 2));
	quota = quota_of(ALICE, 0);
	CHECK_INT(quota.sets, 2);
	CHECK(quota.semaphores == MSGQ_UNLIMITED);
	CHECK(quota.queues == MSGQ_UNLIMITED);
	AS(&alice) {
		semids[0] = make_set(3);
		semids[1] = make_set(4);
		CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
		CHECK_ERR(semget(0x0e10, 1, IPC_CREAT | 0600), ENOSPC);
		CHECK_ERR(semget(0x0e10, 0, 0), ENOENT);
		quota = quota_of(ALICE, 0);
		CHECK_INT(quota.used_sets, 2);
		CHECK_INT(quota.used_semaphores, 7);
		CHECK_INT(quota.used_queues, 0);
		/* Queues have limits of their own. */
		remove_queue(make_queue());
		remove_set(semids[1]);
		semids[1] = make_set(1);
		remove_set(semids[0]);
		remove_set(semids[1]);
	}
	AS(&bob) {
		for (int i = 0; i < 3; i++)
			remove_set(make_set(1));
	}
	end(ALICE);
}

CASE(semaphores)
{
	int semid;

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_SEMAPHORES, 10));
	AS(&alice) {
		CHECK_ERR(semget(IPC_PRIVATE, 11, 0600), ENOSPC);
		CHECK_INT(quota_of(ALICE, 0).used_sets, 0);
		semid = make_set(9);
		CHECK_ERR(semget(IPC_PRIVATE, 2, 0600), ENOSPC);
		CHECK_INT(quota_of(ALICE, 0).used_semaphores, 9);
		CHECK_INT(quota_of(ALICE, 0).used_sets, 1);
		remove_set(make_set(1));
		remove_set(semid);
	}
	end(ALICE);
}

/* The charge is the creator's, and stays while a call uses the set. */
CASE(until_it_is_freed)
{
	struct semid_ds state;
	struct peer *waits;
	int semid;

	begin();
	AS(&alice)
		CHECK_OK(semget(0x0e10, 5, IPC_CREAT | 0600));
	semid = CHECK_OK(semget(0x0e10, 0, 0));
	state = set_state(semid);
	state.sem_perm.uid = bob.uid;
	CHECK_OK(semctl(semid, 0, IPC_SET, &state));
	CHECK_INT(quota_of(ALICE, 0).used_semaphores, 5);
	CHECK_INT(quota_of(bob.uid, 0).used_semaphores, 0);
	waits = operates(semid, OPS({ 0, -1, 0 }));
	remove_set(semid);
	CHECK_FAILED(waits, EIDRM);
	end(ALICE);
}

static long make_elsewhere(struct peer *peer)
{
	ipc_ns_new();
	CHECK_OK(set_quota(0, MSGQ_QUOTA_INSTANCE | MSGQ_QUOTA_SETS, 1));
	if (quota_of(0, MSGQ_QUOTA_INSTANCE).sets != 1)
		return -1;
	AS(&alice) {
		make_set(2);
		CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
	}
	/* With CAP_SYS_RESOURCE a limit does not refuse. */
	make_set(1);
	AS(&weak_root)
		CHECK_ERR(semget(IPC_PRIVATE, 1, 0600), ENOSPC);
	peer->ret = quota_of(0, MSGQ_QUOTA_INSTANCE).used_sets;
	return peer->ret;
}

CASE(of_an_instance)
{
	struct peer *peer;

	begin();
	ipc_ns_needed();
	peer = peer_start(&(struct peer){ .call = make_elsewhere });
	CHECK_ENDED(peer, 2);
	CHECK_INT(quota_of(0, MSGQ_QUOTA_INSTANCE).used_sets, 0);
	end(ALICE);
}

/* A program that knows the first version of the structs. */
CASE(shorter_structs)
{
	const size_t size = offsetof(struct msgq_quota, sets);
	const unsigned int short_quota = (MSGQ_IOC_QUOTA & ~IOCSIZE_MASK) |
					 (unsigned int)size << _IOC_SIZESHIFT;
	struct msgq_quota quota = { .uid = ALICE };
	struct msgq_holding holdings[2];
	struct msgq_instances list = {
		.holdings = (uintptr_t)holdings, .count = 1,
		.size = offsetof(struct msgq_holding, sets),
	};
	int semid;

	begin();
	semid = make_set(3);
	quota.sets = quota.used_semaphores = 77;
	CHECK_OK(ioctl(the_device(), short_quota, &quota));
	CHECK(quota.bytes == MSGQ_UNLIMITED);
	CHECK_INT(quota.sets, 77);
	CHECK_INT(quota.used_semaphores, 77);
	holdings[0].sets = 77;
	CHECK_OK(ioctl(the_device(), MSGQ_IOC_INSTANCES, &list));
	CHECK_INT(holdings[0].sets, 77);
	list.size = sizeof(holdings[0]);
	list.count = 1;
	CHECK_OK(ioctl(the_device(), MSGQ_IOC_INSTANCES, &list));
	CHECK_INT(holdings[0].sets, 1);
	CHECK_INT(holdings[0].semaphores, 3);
	remove_set(semid);
}
