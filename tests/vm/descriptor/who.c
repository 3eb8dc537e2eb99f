// SPDX-License-Identifier: MIT
/*
 * who.c - the tasks that wait at a queue or have claimed messages of it
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_calls.h"
#include "fault_raw.h"

#define MOST	MSGQ_WHO_MOST

static struct msgq_party parties[MOST + 1];

/* Ask for that many parties, and check that nothing else is written. */
static struct msgq_who ask(int fd, int msqid, unsigned int count)
{
	struct msgq_who who = {
		.msqid = msqid,
		.parties = raw_address(parties),
		.count = count,
		.size = sizeof(parties[0]),
	};

	memset(parties, 0xaa, sizeof(parties));
	CHECK_OK(msgq_who(fd, &who));
	CHECK(who.count <= count);
	for (size_t i = who.count * sizeof(parties[0]); i < sizeof(parties);
	     i++)
		CHECK_INT(((unsigned char *)parties)[i], 0xaa);
	for (unsigned int i = 0; i < who.count; i++)
		CHECK(!parties[i].reserved);
	return who;
}

static void check_numbers(const struct msgq_who *who, unsigned int claimers,
			  unsigned int receivers, unsigned int senders,
			  unsigned int descriptors)
{
	CHECK_INT(who->claimers, claimers);
	CHECK_INT(who->receivers, receivers);
	CHECK_INT(who->senders, senders);
	CHECK_INT(who->descriptors, descriptors);
}

/* The party of a process; there is exactly one. */
static const struct msgq_party *party_of(const struct msgq_who *who, pid_t pid)
{
	const struct msgq_party *found = NULL;

	for (unsigned int i = 0; i < who->count; i++) {
		if (parties[i].pid != pid)
			continue;
		CHECK(!found);
		found = &parties[i];
	}
	CHECK(found);
	return found;
}

static void check_waiter(const struct msgq_who *who, const struct peer *peer,
			 unsigned int what, long type, int msgflg, size_t size)
{
	const struct msgq_party *party = party_of(who, peer->pid);

	CHECK_INT(party->what, what);
	CHECK_INT(party->tid, peer->pid);
	CHECK_INT(party->type, type);
	CHECK_INT(party->msgflg, msgflg);
	CHECK_INT(party->size, size);
	CHECK(party->waited < HOUR);
}

CASE(nobody_is_there)
{
	int msqid = make_queue(), fd = open_queue(msqid);
	struct msgq_who who;

	who = ask(the_device(), msqid, MOST);
	CHECK_INT(who.count, 0);
	check_numbers(&who, 0, 0, 0, 1);
	who = ask(fd, 0, 0);
	check_numbers(&who, 0, 0, 0, 1);
	CHECK_OK(close(fd));
	who = ask(the_device(), msqid, 1);
	check_numbers(&who, 0, 0, 0, 0);
	remove_queue(msqid);
}

CASE(receivers)
{
	int msqid = make_queue();
	struct peer *peers[] = {
		receiver(msqid, 10, 0, 0),
		receiver(msqid, 11, 7, 0),
		receiver(msqid, 12, -9, 0),
		receiver(msqid, 13, 4, MSG_EXCEPT),
		receiver(msqid, 14, 5, MSG_NOERROR),
	};
	struct msgq_who who;

	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++)
		CHECK_WAITS(peers[i]);
	sleep_until(now(CLOCK_MONOTONIC) + 50 * MILLISECOND);
	who = ask(the_device(), msqid, MOST);
	CHECK_INT(who.count, 5);
	check_numbers(&who, 0, 5, 0, 0);
	check_waiter(&who, peers[0], MSGQ_PARTY_RECEIVES, 0, 0, 10);
	check_waiter(&who, peers[1], MSGQ_PARTY_RECEIVES, 7, 0, 11);
	check_waiter(&who, peers[2], MSGQ_PARTY_RECEIVES, -9, 0, 12);
	check_waiter(&who, peers[3], MSGQ_PARTY_RECEIVES, 4, MSG_EXCEPT, 13);
	check_waiter(&who, peers[4], MSGQ_PARTY_RECEIVES, 5, MSG_NOERROR, 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++) {
		CHECK_INT(party_of(&who, peers[i]->pid)->flags, 0);
		CHECK(party_of(&who, peers[i]->pid)->waited >=
		      20 * MILLISECOND);
	}
	remove_queue(msqid);
}

CASE(senders)
{
	int msqid = queue_of(4);
	struct peer *first, *second;
	struct msgq_who who;

	CHECK_PUT(msqid, 7, "full");
	first = sender(msqid, 3, "one");
	CHECK_WAITS(first);
	second = sender(msqid, 5, "");
	CHECK_ENDED(second, 0);
	second = sender(msqid, 6, "many");
	CHECK_WAITS(second);
	who = ask(the_device(), msqid, MOST);
	CHECK_INT(who.count, 2);
	check_numbers(&who, 0, 0, 2, 0);
	check_waiter(&who, first, MSGQ_PARTY_SENDS, 3, 0, 3);
	check_waiter(&who, second, MSGQ_PARTY_SENDS, 6, 0, 4);
	remove_queue(msqid);
}

static long claim_by_two(struct peer *peer)
{
	int other = open_queue(peer->msqid);

	CHECK_INT(try_claim(call_fd, IPC_NOWAIT), 1);
	CHECK_INT(try_claim(other, IPC_NOWAIT), 1);
	CHECK_INT(try_claim(other, IPC_NOWAIT), 1);
	raise(SIGSTOP);
	return 0;
}

/* Claimers by one or several openings, and one that still waits. */
CASE(claimers)
{
	int msqid = make_queue();
	struct peer *one, *two, *waits;
	struct msgq_who who;
	uint64_t token;

	needs_notice_of_exits();
	call_fd = open_queue(msqid);
	put_numbered(msqid, 0, 5);
	CHECK_INT(try_claim(call_fd, IPC_NOWAIT), 1);
	one = caller(call_claim_and_stop, 0);
	peer_state(one, 'T');
	two = peer_start(&(struct peer){
		.call = claim_by_two,
		.msqid = msqid,
	});
	peer_state(two, 'T');
	waits = waiter(call_claim, -6);
	who = ask(call_fd, 0, MOST);
	CHECK_INT(who.count, 4);
	check_numbers(&who, 3, 1, 0, 2);
	for (unsigned int i = 0; i < 3; i++) {
		CHECK_INT(parties[i].what, MSGQ_PARTY_CLAIMS);
		CHECK(!parties[i].tid && !parties[i].type);
		CHECK(!parties[i].flags && !parties[i].msgflg);
		CHECK(!parties[i].waited);
	}
	CHECK_INT(party_of(&who, getpid())->size, 1);
	CHECK_INT(party_of(&who, one->pid)->size, 1);
	CHECK_INT(party_of(&who, two->pid)->size, 3);
	check_waiter(&who, waits, MSGQ_PARTY_RECEIVES, -6, 0, 8192);
	CHECK_INT(party_of(&who, waits->pid)->flags, MSGQ_CLAIM);

	/* The array has too little room for all. */
	who = ask(call_fd, 0, 2);
	CHECK_INT(who.count, 2);
	check_numbers(&who, 3, 1, 0, 2);
	for (unsigned int i = 0; i < who.count; i++)
		CHECK_INT(parties[i].size, parties[i].pid == two->pid ? 3 : 1);

	/* Ended processes are not listed once their end is known. */
	peer_kill(waits);
	peer_kill(two);
	who = ask(the_device(), msqid, MOST);
	check_numbers(&who, 2, 0, 0, 1);
	peer_kill(one);
	who = ask(the_device(), msqid, MOST);
	check_numbers(&who, 1, 0, 0, 1);
	CHECK_INT(party_of(&who, getpid())->size, 1);
	token = 1;
	ACKNOWLEDGE(call_fd, token);
	who = ask(the_device(), msqid, MOST);
	CHECK_INT(who.count, 0);
	check_numbers(&who, 0, 0, 0, 1);
	remove_queue(msqid);
}

enum { THREADS = 200 };

static int many_msqid;

static void *receive_one(void *rule)
{
	char room[8 + 32];

	msgrcv(many_msqid, room, 32, (intptr_t)rule, 0);
	return NULL;
}

/* More waiters than are read in one round, most of them with the same rule. */
CASE(many)
{
	bool seen[THREADS] = { false };
	uint64_t until = now(CLOCK_MONOTONIC) + PATIENCE * SECOND;
	struct msgq_who who;
	pthread_attr_t small;
	pthread_t thread;
	unsigned int i, j;

	DEVICE_ONLY();
	many_msqid = make_queue();
	CHECK(!pthread_attr_init(&small));
	CHECK(!pthread_attr_setstacksize(&small, small_stack(65536)));
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&thread, &small, receive_one,
				      (void *)(intptr_t)(i % 10 ? 0 : i + 1)));
	while (state_of_queue(many_msqid).receivers != THREADS)
		CHECK(now(CLOCK_MONOTONIC) < until);

	who = ask(the_device(), many_msqid, MOST);
	CHECK_INT(who.count, THREADS);
	check_numbers(&who, 0, THREADS, 0, 0);
	for (i = 0; i < THREADS; i++) {
		CHECK_INT(parties[i].pid, getpid());
		CHECK(parties[i].tid);
		for (j = 0; j < i; j++)
			CHECK(parties[j].tid != parties[i].tid);
		if (parties[i].type) {
			CHECK(!seen[parties[i].type - 1]);
			seen[parties[i].type - 1] = true;
		}
	}
	for (i = 0; i < THREADS; i += 10)
		CHECK(seen[i]);
	who = ask(the_device(), many_msqid, 70);
	CHECK_INT(who.count, 70);
	remove_queue(many_msqid);
}

static void check_refused(int fd, int msqid, int error)
{
	struct msgq_who who = { .msqid = msqid, .size = sizeof(parties[0]) };

	CHECK_ERR(msgq_who(fd, &who), error);
}

CASE(whose_queue_it_is)
{
	const struct identity owner = { .uid = 5001, .gid = 5001 };
	const struct identity member = { .uid = 5002, .gid = 5001 };
	const struct identity admin = {
		.uid = 5003,
		.gid = 5003,
		.capabilities = CAPABILITY(CAP_SYS_ADMIN),
	};
	const struct identity ipc_owner = {
		.uid = 5003,
		.gid = 5003,
		.capabilities = CAPABILITY(CAP_IPC_OWNER),
	};
	int msqid = make_queue(), fd = open_queue(msqid);
	struct msqid_ds state = queue_state(msqid);

	state.msg_perm.uid = owner.uid;
	state.msg_perm.gid = owner.gid;
	state.msg_perm.mode = 0666;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	ask(the_device(), msqid, 0);
	AS(&owner) {
		ask(the_device(), msqid, 0);
		ask(fd, 0, 0);
	}
	AS(&admin)
		ask(the_device(), msqid, 0);
	/* Permission to use the queue, or a descriptor, is not enough. */
	AS(&member) {
		check_refused(the_device(), msqid, EPERM);
		check_refused(fd, 0, EPERM);
	}
	AS(&ipc_owner)
		check_refused(the_device(), msqid, EPERM);
	check_refused(fd, msqid, msqid ? EINVAL : 0);
	remove_queue(msqid);
	check_refused(the_device(), msqid, EINVAL);
	check_refused(fd, 0, EIDRM);
}

/* Elements of another size, and an array that cannot be written. */
CASE(arrays)
{
	static unsigned char bytes[4096];
	int msqid = make_queue();
	struct peer *peer;
	struct msgq_who who = {
		.msqid = msqid,
		.parties = raw_address(bytes),
		.count = 2,
		.size = 64,
	}, bad;

	DEVICE_ONLY();
	peer = receiver(msqid, 10, 7, 0);
	CHECK_WAITS(peer);
	CHECK_WAITS(receiver(msqid, 10, 8, 0));
	memset(bytes, 0xaa, sizeof(bytes));
	CHECK_OK(msgq_who(the_device(), &who));
	CHECK_INT(who.count, 2);
	for (unsigned int i = 0; i < 2; i++) {
		memcpy(&parties[i], bytes + i * 64, sizeof(parties[0]));
		for (size_t j = sizeof(parties[0]); j < 64; j++)
			CHECK_INT(bytes[i * 64 + j], 0);
	}
	CHECK_INT(bytes[128], 0xaa);
	check_waiter(&who, peer, MSGQ_PARTY_RECEIVES, 7, 0, 10);

	bad = who;
	bad.count = MOST + 1;
	CHECK_ERR(msgq_who(the_device(), &bad), EINVAL);
	bad = who;
	bad.size = sizeof(parties[0]) - 1;
	CHECK_ERR(msgq_who(the_device(), &bad), EINVAL);
	bad.size = 4097;
	CHECK_ERR(msgq_who(the_device(), &bad), EINVAL);
	bad = who;
	bad.flags = 1;
	CHECK_ERR(msgq_who(the_device(), &bad), EINVAL);
	bad = who;
	bad.parties = 8;
	CHECK_ERR(msgq_who(the_device(), &bad), EFAULT);
	CHECK_INT(bad.count, 2);
	bad.parties = raw_address(guarded(100));
	CHECK_ERR(msgq_who(the_device(), &bad), EFAULT);
	bad.parties = ~0ULL - 4095;
	CHECK_ERR(msgq_who(the_device(), &bad), EFAULT);
	remove_queue(msqid);
}

/* Inside a PID namespace, tasks outside have no number. */
static long ask_inside(struct peer *peer)
{
	struct msgq_who who = ask(the_device(), peer->msqid, MOST);

	CHECK_INT(getpid(), 1);
	CHECK_INT(who.count, 2);
	CHECK_INT(parties[0].what, MSGQ_PARTY_CLAIMS);
	CHECK_INT(parties[0].pid, 0);
	CHECK_INT(parties[0].size, 1);
	CHECK_INT(parties[1].what, MSGQ_PARTY_RECEIVES);
	CHECK_INT(parties[1].pid, 0);
	CHECK_INT(parties[1].tid, 0);
	return 0;
}

static long wait_inside(struct peer *peer)
{
	CHECK_INT(getpid(), 1);
	return peer_receive(peer);
}

/* Tasks started from here on are inside a new PID namespace. */
static void enter_pid_namespace(int msqid)
{
	if (unshare(CLONE_NEWPID) && errno == EINVAL) {
		remove_queue(msqid);
		SKIP("this kernel has no pid namespaces");
	}
}

CASE(seen_from_inside)
{
	int msqid = make_queue(), fd = open_queue(msqid);
	struct peer *peer;

	needs_notice_of_exits();
	CHECK_PUT(msqid, 1, "text");
	CLAIM(fd, 0, 1, "text", 1);
	CHECK_WAITS(receiver(msqid, 10, 7, 0));
	enter_pid_namespace(msqid);
	peer = peer_start(&(struct peer){ .call = ask_inside, .msqid = msqid });
	CHECK_ENDED(peer, 0);
	remove_queue(msqid);
}

CASE(seen_from_outside)
{
	int msqid = make_queue();
	struct msgq_who who;
	struct peer *peer;

	DEVICE_ONLY();
	enter_pid_namespace(msqid);
	peer = peer_start(&(struct peer){
		.call = wait_inside,
		.msqid = msqid,
		.size = 10,
		.type = 9,
	});
	CHECK_WAITS(peer);
	who = ask(the_device(), msqid, MOST);
	check_waiter(&who, peer, MSGQ_PARTY_RECEIVES, 9, 0, 10);
	remove_queue(msqid);
}
