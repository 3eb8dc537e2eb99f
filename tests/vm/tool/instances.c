// SPDX-License-Identifier: MIT
/*
 * instances.c - "msgq ls --all-instances" and "msgq --in PID": the queues of
 * other IPC namespaces; the tool is in the folder above this program
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "desc_claims.h"
#include "ipc_ns.h"
#include "peer.h"
#include "shell.h"

#define KEY	0x0dfe

static const struct identity nobody_here = { .uid = 1000, .gid = 1000 };

/* The number of the namespace that this process is in. */
static unsigned long long own_number(void)
{
	struct stat stat;

	CHECK_OK(fstat(ipc_ns_open(), &stat));
	return stat.st_ino;
}

/* A peer that is in a namespace of its own, with a queue of two messages, and waits. */
static long be_elsewhere(struct peer *peer)
{
	int msqid;

	ipc_ns_new();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0600));
	CHECK_PUT(msqid, 1, "two");
	CHECK_PUT(msqid, 1, "words");
	peer->ret = (long)own_number();
	/* It is ready. */
	__atomic_store_n(&peer->message.type, 1, __ATOMIC_RELEASE);
	pause();
	return 0;
}

static struct peer *elsewhere(void)
{
	struct peer *peer;

	DEVICE_ONLY();
	use_tools();
	ipc_ns_needed();
	peer = peer_start(&(struct peer){ .call = be_elsewhere });
	while (!__atomic_load_n(&peer->message.type, __ATOMIC_ACQUIRE))
		usleep(1000);
	return peer;
}

CASE(list)
{
	struct peer *peer = elsewhere();
	int msqid = make_queue();
	char line[128];

	CHECK_INT(run_line("msgq ls --all-instances --no-heading | tr -s ' ' | sed 's/^ //'"), 0);
	snprintf(line, sizeof(line), "%llu 1 ", own_number());
	CHECK(strstr(said, line));
	snprintf(line, sizeof(line), "%lu %d instances 1 2 8\n",
		 (unsigned long)peer->ret, peer->pid);
	CHECK(strstr(said, line));
	CHECK_INT(run_line("msgq ls -A --json"), 0);
	snprintf(line, sizeof(line),
		 "{\"instance\": %lu, \"kind\": \"namespace\", \"pid\": %d, \"command\": \"instances\", \"mount\": null, \"queues\": 1, \"messages\": 2, \"bytes\": 8}",
		 (unsigned long)peer->ret, peer->pid);
	CHECK(strstr(said, line));
	peer_kill(peer);
	remove_queue(msqid);
}

CASE(for_root_alone)
{
	struct peer *peer = elsewhere();
	char line[64];

	snprintf(line, sizeof(line), "msgq --in %d ls 2>&1", peer->pid);
	AS(&nobody_here) {
		check_complains("msgq ls --all-instances 2>&1", 5,
				"msgq: only root may list all instances");
		CHECK_INT(run_line(line), 5);
		CHECK(strstr(said, "not allowed to enter"));
	}
	check_complains("msgq ls --all-instances 0x45 2>&1", 2,
			"unexpected argument '0x45'; see 'msgq ls --help'");
	peer_kill(peer);
}

CASE(elsewhere)
{
	struct peer *peer = elsewhere();
	char line[128];

	CHECK_ERR(msgget(KEY, 0), ENOENT);
	snprintf(line, sizeof(line), "msgq --in %d recv 0x0dfe", peer->pid);
	check_run(line, 0, "two\n");
	snprintf(line, sizeof(line), "msgq --in=%d create 0x0dff >/dev/null",
		 peer->pid);
	check_run(line, 0, "");
	CHECK_ERR(msgget(0x0dff, 0), ENOENT);
	snprintf(line, sizeof(line),
		 "msgq --in %d rm --all --yes && msgq --in %d ls -H", peer->pid,
		 peer->pid);
	check_run(line, 0, "");
	peer_kill(peer);
	CHECK_INT(run_line("msgq --in 999999 ls 2>&1"), 1);
	CHECK(strstr(said, "no process 999999"));
}

/* The command itself: what it refuses, and how it counts. */
CASE(command)
{
	struct peer *peer = elsewhere();
	struct {
		struct msgq_holding known;
		uint64_t more;
	} holdings[2];
	struct msgq_instances arg = {
		.holdings = (uintptr_t)holdings,
		.count = 2,
		.size = sizeof(holdings[0]),
	};

	memset(holdings, 0xff, sizeof(holdings));
	CHECK_OK(ioctl(the_device(), MSGQ_IOC_INSTANCES, &arg));
	CHECK_INT(arg.count, 2);
	CHECK(arg.total >= 2);
	CHECK_INT(holdings[0].known.id, own_number());
	CHECK_INT(holdings[0].more, 0);
	CHECK_INT(holdings[1].more, 0);

	arg.count = 0;
	CHECK_OK(ioctl(the_device(), MSGQ_IOC_INSTANCES, &arg));
	CHECK_INT(arg.count, 0);
	CHECK(arg.total >= 2);
	arg.count = 1;
	arg.holdings = 1;
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_INSTANCES, &arg), EFAULT);
	arg.flags = 1;
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_INSTANCES, &arg), EINVAL);
	arg.flags = 0;
	arg.size = offsetof(struct msgq_holding, sets) - 1;
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_INSTANCES, &arg), EINVAL);
	arg.size = 4097;
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_INSTANCES, &arg), EINVAL);
	arg.size = sizeof(holdings[0]);
	arg.count = MSGQ_INSTANCES_MOST + 1;
	CHECK_ERR(ioctl(the_device(), MSGQ_IOC_INSTANCES, &arg), EINVAL);
	AS((&(struct identity){ .capabilities = ~CAPABILITY(21) })) {
		arg.count = 1;
		CHECK_ERR(ioctl(the_device(), MSGQ_IOC_INSTANCES, &arg), EPERM);
	}
	peer_kill(peer);
}

/* The limits of a user and of an instance, and what they refuse. */
CASE(quotas)
{
	int msqid;

	elsewhere();
	check_run("msgq limits --user=1000 queues=1 bytes=none messages=5", 0, "");
	check_run("msgq limits --user=1000", 0,
		  "limit    value used meaning\n"
		  "queues       1    0 queues\n"
		  "bytes     none    0 bytes that they may hold\n"
		  "messages     5    0 messages on them\n");
	AS(&nobody_here) {
		CHECK_INT(run_line("msgq create 0x0df0"), 0);
		check_complains("msgq create 0x0df1 2>&1", 6,
				"the limit of the user on queues is 1, and 1 are in use");
		check_complains("msgq limits --user=1000 queues=2 2>&1", 5,
				"only root may do this");
		check_complains("msgq ls --by-user 2>&1", 5,
				"only root may list all users");
		CHECK_INT(run_line("msgq limits -u 1000 -j"), 0);
		CHECK(strstr(said, "{\"most_queues\": 1, \"queues\": 1, \"most_bytes\": null, \"bytes\": "));
	}
	check_run("msgq ls --by-user -H | awk '$1 == 1000 || $1 == \"alice\" { print $2, $3, $5, $6, $7 }'",
		  0, "1 1 none 0 5\n");
	CHECK_INT(run_line("msgq ls --by-user --json"), 0);
	CHECK(strstr(said, "\"uid\": 1000, \"most_queues\": 1, \"queues\": 1,"));
	check_complains("msgq limits --user=1000 msgmni=5 2>&1", 2,
			"invalid limit 'msgmni=5'");
	check_complains("msgq limits --user=1000 queues=-1 2>&1", 2,
			"invalid queues '-1'");
	check_run("msgq limits --user=1000 queues=none messages=none", 0, "");
	msqid = CHECK_OK(msgget(0x0df0, 0));
	remove_queue(msqid);
}

CASE(bound_of_another)
{
	struct peer *peer = elsewhere();
	char line[128];

	snprintf(line, sizeof(line), "msgq --in %d limits --bound messages=2",
		 peer->pid);
	check_run(line, 0, "");
	snprintf(line, sizeof(line), "msgq --in %d send --no-wait 0x0dfe more 2>&1",
		 peer->pid);
	check_complains(line, 4, "may have no more messages");
	snprintf(line, sizeof(line), "msgq --in %d limits --bound | tail -n 1 | tr -s ' '",
		 peer->pid);
	check_run(line, 0, "messages 2 2 messages on them\n");
	check_run("msgq limits --bound | tail -n 1 | tr -s ' '", 0,
		  "messages none - messages on them\n");
	peer_kill(peer);
}
