// SPDX-License-Identifier: MIT
/*
 * Limits of users and of instances: what is charged to which user, what a limit
 * refuses, and what waits for it.
 */
#define _GNU_SOURCE
#include <grp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_io.h"
#include "ipc_ns.h"
#include "quotas.h"

#define ALICE	1000

static const struct identity alice = { .uid = ALICE, .gid = ALICE };
static const struct identity bob = { .uid = 1001, .gid = 1001 };
static const struct identity weak_root = { .capabilities = NO_CAPABILITIES };

/* A message of one byte. */
static const long message[2] = { 1 };

#define ALL_QUOTAS (MSGQ_QUOTA_QUEUES | MSGQ_QUOTA_BYTES | MSGQ_QUOTA_MESSAGES)

static void begin(void)
{
	DEVICE_ONLY();
	the_device();
}

/*
 * As root: no limit is left behind, and no user.  The worker that tries waiting
 * senders may keep a removed queue for a moment.
 */
static void end(unsigned int uid)
{
	struct msgq_quota quota;
	unsigned int tries = 0;

	CHECK_OK(set_quota(uid, ALL_QUOTAS, MSGQ_UNLIMITED));
	do {
		quota = quota_of(uid, 0);
		CHECK(tries++ < PATIENCE * 100);
		usleep(10000);
	} while (quota.used_queues);
	CHECK_INT(quota.used_bytes, 0);
}

CASE(queues)
{
	int msqids[2];

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_QUEUES, 2));
	CHECK_INT(quota_of(ALICE, 0).queues, 2);
	CHECK(quota_of(ALICE, 0).bytes == MSGQ_UNLIMITED);
	AS(&alice) {
		msqids[0] = make_queue();
		msqids[1] = make_queue();
		CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
		CHECK_ERR(msgget(0x0e0f, IPC_CREAT | 0600), ENOSPC);
		CHECK_ERR(msgget(0x0e0f, 0), ENOENT);
		remove_queue(msqids[1]);
		msqids[1] = make_queue();
		CHECK_INT(quota_of(ALICE, 0).used_queues, 2);
		remove_queue(msqids[0]);
		remove_queue(msqids[1]);
	}
	AS(&bob) {
		for (int i = 0; i < 3; i++)
			remove_queue(make_queue());
	}
	end(ALICE);
}

/* The charge is the creator's, whoever the owner is. */
CASE(owner_changes)
{
	struct msqid_ds state;
	int msqid;

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_QUEUES, 1));
	AS(&alice)
		CHECK_OK(msgget(0x0e0f, IPC_CREAT | 0600));
	msqid = CHECK_OK(msgget(0x0e0f, 0));
	state = queue_state(msqid);
	state.msg_perm.uid = bob.uid;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	CHECK_INT(quota_of(ALICE, 0).used_queues, 1);
	CHECK_INT(quota_of(bob.uid, 0).used_queues, 0);
	AS(&alice)
		CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
	remove_queue(msqid);
	end(ALICE);
}

CASE(bytes)
{
	const unsigned long each = limit_get("msgmnb");
	struct msqid_ds state;
	int msqid;

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_BYTES, each + 100));
	AS(&alice) {
		msqid = make_queue();
		CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
		set_qbytes(msqid, 50);
		CHECK_INT(quota_of(ALICE, 0).used_bytes, 50);
		remove_queue(make_queue());
		CHECK_INT(quota_of(ALICE, 0).used_bytes, 50);
		set_qbytes(msqid, each);
		CHECK_INT(quota_of(ALICE, 0).used_bytes, each);
		remove_queue(msqid);
	}
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_BYTES, each - 1));
	AS(&alice)
		CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_BYTES, each));
	AS(&alice) {
		msqid = make_queue();
		set_qbytes(msqid, each / 2);
		remove_queue(msqid);
	}

	/* IPC_SET is refused as a whole. */
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_BYTES, each + each / 2));
	AS(&alice) {
		int other;

		msqid = make_queue();
		set_qbytes(msqid, each / 2);
		other = make_queue();
		state = queue_state(msqid);
		state.msg_qbytes = each;
		state.msg_perm.mode = 0666;
		CHECK_ERR(msgctl(msqid, IPC_SET, &state), ENOSPC);
		CHECK_INT(queue_state(msqid).msg_qbytes, each / 2);
		CHECK_INT(queue_state(msqid).msg_perm.mode, 0600);
		remove_queue(other);
		CHECK_OK(msgctl(msqid, IPC_SET, &state));
		remove_queue(msqid);
	}
	end(ALICE);
}

/* A removed queue is charged until its last descriptor is closed. */
CASE(until_it_is_freed)
{
	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_QUEUES, 1));
	AS(&alice) {
		unsigned int tries = 0;
		int msqid = make_queue();
		int fd = open_queue(msqid);

		remove_queue(msqid);
		CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
		close(fd);
		while (quota_of(ALICE, 0).used_queues) {
			CHECK(tries++ < PATIENCE * 100);
			usleep(10000);
		}
		remove_queue(make_queue());
	}
	end(ALICE);
}

static int make_as_alice(void)
{
	AS(&alice)
		CHECK_OK(msgget(0x0e0f, IPC_CREAT | IPC_EXCL | 0666));
	return CHECK_OK(msgget(0x0e0f, 0));
}

/* Messages that are there when the limit is set count, too. */
CASE(messages)
{
	int msqid;

	begin();
	msqid = make_as_alice();
	CHECK(quota_of(ALICE, 0).used_messages == MSGQ_UNLIMITED);
	CHECK_PUT(msqid, 1, "one");
	CHECK_PUT(msqid, 1, "two");
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 2));
	CHECK_INT(quota_of(ALICE, 0).used_messages, 2);
	AS(&bob)
		CHECK_ERR(msgsnd(msqid, message, 1, IPC_NOWAIT), EAGAIN);
	CHECK_TAKE(msqid, 0, 0, 1, "one");
	CHECK_INT(quota_of(ALICE, 0).used_messages, 1);
	CHECK_PUT(msqid, 1, "three");
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 0));
	CHECK_TAKE(msqid, 0, 0, 1, "two");
	CHECK_ERR(msgsnd(msqid, message, 1, IPC_NOWAIT), EAGAIN);
	remove_queue(msqid);
	CHECK_INT(quota_of(ALICE, 0).used_messages, 0);
	end(ALICE);
}

/* A sender waits until a message leaves any queue of the user, or the limit rises. */
CASE(sender_waits)
{
	struct peer *peer;
	int msqid, other;

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 1));
	msqid = make_as_alice();
	AS(&alice)
		CHECK_OK(msgget(0x0e10, IPC_CREAT | IPC_EXCL | 0666));
	other = CHECK_OK(msgget(0x0e10, 0));
	CHECK_PUT(other, 1, "first");
	peer = sender(msqid, 2, "second");
	CHECK_WAITS(peer);
	CHECK_TAKE(other, 0, 0, 1, "first");
	CHECK_ENDED(peer, 0);
	CHECK_TAKE(msqid, 0, 0, 2, "second");

	CHECK_PUT(msqid, 1, "first");
	peer = sender(other, 2, "second");
	CHECK_WAITS(peer);
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 2));
	CHECK_ENDED(peer, 0);

	/* One that waits is told of the removal. */
	peer = sender(msqid, 2, "third");
	CHECK_WAITS(peer);
	remove_queue(msqid);
	CHECK_FAILED(peer, EIDRM);
	remove_queue(other);
	end(ALICE);
}

/* Queues take turns: one with many waiting senders does not take each room. */
CASE(queues_take_turns)
{
	struct peer *peers[3];
	int msqid, others[2];

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 2));
	msqid = make_as_alice();
	AS(&alice) {
		CHECK_OK(msgget(0x0e10, IPC_CREAT | IPC_EXCL | 0666));
		CHECK_OK(msgget(0x0e11, IPC_CREAT | IPC_EXCL | 0666));
	}
	others[0] = CHECK_OK(msgget(0x0e10, 0));
	others[1] = CHECK_OK(msgget(0x0e11, 0));
	CHECK_PUT(msqid, 1, "first");
	CHECK_PUT(msqid, 1, "second");
	peers[0] = sender(others[0], 1, "a");
	CHECK_WAITS(peers[0]);
	peers[1] = sender(others[0], 1, "b");
	CHECK_WAITS(peers[1]);
	peers[2] = sender(others[1], 1, "c");
	CHECK_WAITS(peers[2]);
	/* One that does not wait changes no order. */
	CHECK_ERR(msgsnd(others[0], message, 1, IPC_NOWAIT), EAGAIN);

	CHECK_TAKE(msqid, 0, 0, 1, "first");
	CHECK_ENDED(peers[0], 0);
	CHECK_TAKE(msqid, 0, 0, 1, "second");
	CHECK_ENDED(peers[2], 0);
	CHECK_WAITS(peers[1]);
	CHECK_TAKE(others[1], 0, 0, 1, "c");
	CHECK_ENDED(peers[1], 0);
	remove_queue(msqid);
	remove_queue(others[0]);
	remove_queue(others[1]);
	end(ALICE);
}

/* A sender goes on when both limits allow it, in whatever order they come to do so. */
static void wait_for_both(bool user_first)
{
	int msqid, other, first = ipc_ns_open();
	struct peer *peer;

	ipc_ns_new();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 1));
	CHECK_OK(set_quota(0, MSGQ_QUOTA_INSTANCE | MSGQ_QUOTA_MESSAGES, 2));
	msqid = make_as_alice();
	other = make_queue();
	CHECK_PUT(msqid, 1, "first");
	CHECK_PUT(other, 1, "second");
	peer = sender(msqid, 2, "waits");
	CHECK_WAITS(peer);
	if (user_first) {
		CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 2));
		CHECK_WAITS(peer);
		CHECK_TAKE(other, 0, 0, 1, "second");
	} else {
		CHECK_TAKE(other, 0, 0, 1, "second");
		CHECK_WAITS(peer);
		CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 2));
	}
	CHECK_ENDED(peer, 0);
	CHECK_INT(quota_of(0, MSGQ_QUOTA_INSTANCE).used_messages, 2);
	remove_queue(msqid);
	CHECK_INT(quota_of(0, MSGQ_QUOTA_INSTANCE).used_messages, 0);
	remove_queue(other);
	ipc_ns_enter(first);
	end(ALICE);
}

CASE(two_limits)
{
	begin();
	wait_for_both(true);
	wait_for_both(false);
}

/* The number of bytes that IPC_SET can name, and no limit. */
CASE(most_bytes)
{
	struct msqid_ds state;
	int msqid, other;

	begin();
	msqid = make_queue();
	state = queue_state(msqid);
	state.msg_qbytes = -1;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	CHECK_INT(quota_of(0, 0).used_bytes, UINT32_MAX);
	AS(&weak_root) {
		other = make_queue();
		set_qbytes(other, 5);
		remove_queue(other);
	}
	remove_queue(msqid);
	end(0);
}

CASE(descriptor_waits)
{
	struct pollfd poller = { .events = POLLOUT };
	int msqid;

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_MESSAGES, 1));
	msqid = make_as_alice();
	poller.fd = open_queue(msqid);
	CHECK_EVENTS(poller.fd, POLLOUT);
	CHECK_PUT(msqid, 1, "text");
	CHECK_EVENTS(poller.fd, POLLIN);
	CHECK_TAKE(msqid, 0, 0, 1, "text");
	CHECK_INT(poll(&poller, 1, PATIENCE * 1000), 1);
	CHECK_INT(poller.revents, POLLOUT);
	close(poller.fd);
	remove_queue(msqid);
	end(ALICE);
}

/* CAP_SYS_RESOURCE is exempt, in the initial user namespace. */
CASE(exempt)
{
	int msqid;

	begin();
	CHECK_OK(set_quota(0, MSGQ_QUOTA_QUEUES, 0));
	msqid = make_queue();
	CHECK_INT(quota_of(0, 0).used_queues, 1);
	AS(&weak_root)
		CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
	remove_queue(msqid);
	end(0);
}

static void write_map(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	write_text(path, "0 100000 1000");
}

/* Make queues as many subordinate users, in many namespaces, until it is refused. */
static void make_everywhere(const int *ready, const int *go)
{
	unsigned int made = 0;
	char byte;

	if (unshare(CLONE_NEWUSER))
		SKIP("this kernel has no user namespaces");
	CHECK_INT(write(ready[1], "", 1), 1);
	CHECK_INT(read(go[0], &byte, 1), 1);
	CHECK_OK(setgroups(0, NULL));
	for (unsigned int i = 0; i < 10; i++) {
		pid_t pid = CHECK_OK(fork());
		int status;

		if (!pid) {
			ipc_ns_new();
			CHECK_OK(setresuid(i, i, i));
			if (msgget(IPC_PRIVATE, 0600) < 0)
				_exit(errno == ENOSPC ? 2 : 3);
			CHECK_INT(write(ready[1], "", 1), 1);
			/* It stays until the other end is closed. */
			(void)!read(go[0], &byte, 1);
			_exit(0);
		}
		/* It has made one, or has ended. */
		if (made < 3) {
			CHECK_INT(read(ready[0], &byte, 1), 1);
			made++;
		} else {
			CHECK_OK(waitpid(pid, &status, 0));
			CHECK_INT(WEXITSTATUS(status), 2);
		}
	}
}

/* The owner of a user namespace pays for what is made in it. */
CASE(subordinate_users)
{
	int ready[2], go[2];
	unsigned int tries = 0;
	char byte;
	pid_t pid;

	begin();
	/* A child that is skipped would be waited for. */
	if (!ipc_ns_separated() || access("/proc/self/ns/user", F_OK))
		SKIP("this kernel has no namespaces");
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_QUEUES, 3));
	CHECK_OK(pipe(ready));
	CHECK_OK(pipe(go));
	pid = CHECK_OK(fork());
	if (!pid) {
		close(go[1]);
		become(&alice);
		make_everywhere(ready, go);
		_exit(0);
	}
	CHECK_INT(read(ready[0], &byte, 1), 1);
	write_map(pid, "uid_map");
	write_map(pid, "gid_map");
	CHECK_INT(write(go[1], "", 1), 1);
	child_passed(pid);
	CHECK_INT(quota_of(ALICE, 0).used_queues, 3);
	CHECK_INT(quota_of(100001, 0).used_queues, 1);
	close(go[1]);
	close(go[0]);
	/* The queues go with their namespaces. */
	while (quota_of(ALICE, 0).used_queues) {
		CHECK(tries++ < PATIENCE * 100);
		usleep(10000);
	}
	end(ALICE);
}

CASE(permission)
{
	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_QUEUES, 7));
	AS(&alice) {
		CHECK_INT(quota_of(ALICE, 0).queues, 7);
		CHECK_ERR(set_quota(bob.uid, 0, 0), EPERM);
		CHECK_ERR(set_quota(ALICE, MSGQ_QUOTA_QUEUES, 8), EPERM);
		CHECK_ERR(set_quota(0, MSGQ_QUOTA_INSTANCE |
				       MSGQ_QUOTA_QUEUES, 8), EPERM);
		CHECK_OK(set_quota(0, MSGQ_QUOTA_INSTANCE, 0));
		CHECK_ERR(ioctl(the_device(), MSGQ_IOC_QUOTAS,
				&(struct msgq_quotas){ .size = 56 }), EPERM);
	}
	CHECK_ERR(set_quota(ALICE, 0x40, 0), EINVAL);
	CHECK_ERR(set_quota(-1, 0, 0), EINVAL);
	CHECK_ERR(set_quota(1, MSGQ_QUOTA_INSTANCE, 0), EINVAL);
	end(ALICE);
}

CASE(list)
{
	struct msgq_quota quotas[16];
	struct msgq_quotas arg = {
		.quotas = (uintptr_t)quotas,
		.count = 16,
		.size = sizeof(quotas[0]),
	};
	bool found = false;
	int msqid;

	begin();
	CHECK_OK(set_quota(ALICE, MSGQ_QUOTA_BYTES, 1 << 20));
	msqid = make_as_alice();
	CHECK_OK(ioctl(the_device(), MSGQ_IOC_QUOTAS, &arg));
	CHECK(arg.total >= 1);
	CHECK_INT(arg.count, arg.total);
	for (unsigned int i = 0; i < arg.count; i++) {
		if (quotas[i].uid != ALICE)
			continue;
		found = true;
		CHECK_INT(quotas[i].bytes, 1 << 20);
		CHECK_INT(quotas[i].used_queues, 1);
		CHECK_INT(quotas[i].used_bytes, limit_get("msgmnb"));
	}
	CHECK(found);
	arg.size = 55;
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_QUOTAS, &arg), EINVAL);
	arg.size = 56;
	arg.flags = 1;
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_QUOTAS, &arg), EINVAL);
	arg.flags = 0;
	arg.quotas = 1;
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_QUOTAS, &arg), EFAULT);
	remove_queue(msqid);
	end(ALICE);
}

/* The bound of an instance, which its own root cannot raise. */
CASE(of_an_instance)
{
	int first = ipc_ns_open();
	struct peer *peer;
	int msqid;

	begin();
	ipc_ns_new();
	CHECK_OK(set_quota(0, MSGQ_QUOTA_INSTANCE | MSGQ_QUOTA_QUEUES, 1));
	CHECK_OK(set_quota(0, MSGQ_QUOTA_INSTANCE | MSGQ_QUOTA_MESSAGES, 1));
	CHECK_INT(quota_of(0, MSGQ_QUOTA_INSTANCE).queues, 1);
	AS(&weak_root) {
		msqid = make_queue();
		CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
		CHECK_PUT(msqid, 1, "first");
		peer = sender(msqid, 2, "second");
		CHECK_WAITS(peer);
		CHECK_TAKE(msqid, 0, 0, 1, "first");
		CHECK_ENDED(peer, 0);
		CHECK_INT(quota_of(0, MSGQ_QUOTA_INSTANCE).used_messages, 1);
		remove_queue(msqid);
	}
	ipc_ns_enter(first);
	CHECK(quota_of(0, MSGQ_QUOTA_INSTANCE).queues == MSGQ_UNLIMITED);
}
