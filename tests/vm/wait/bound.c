// SPDX-License-Identifier: MIT
/*
 * bound.c - how long a lock is held while tasks are woken by the thousand:
 * never longer than by the kernel's own queues, in the same run
 *
 * A call that wakes all threads waiting at a queue is made on a processor that
 * an urgent thread needs every few microseconds.  The kernel preempts wherever
 * it holds no spinlock.  The delay of that thread is therefore the time for
 * which a lock was held, and for which another processor would have waited.
 *
 * This needs one processor whose clock counts instructions (scripts/vm
 * --icount), since any other clock measures the machine.
 */
#define _GNU_SOURCE
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "desc_io.h"

#define ROUNDS	2
/* How often the urgent thread runs, in nanoseconds. */
#define PERIOD	20000
#define BYTES	8192
/* The number of polled openings for each waiting thread of other cases. */
#define POLLERS	4

/* The number of waiting threads; more test more, and take longer. */
static unsigned int waiters(void)
{
	const char *text = getenv("MSGQ_WAITERS");

	return text ? atoi(text) : 1000;
}

/* The calls on one of the two kinds of queues. */
struct calls {
	const char *name;
	int (*get)(key_t key, int flags);
	int (*ctl)(int msqid, int cmd, struct msqid_ds *state);
	int (*snd)(int msqid, const void *message, size_t size, int flags);
	ssize_t (*rcv)(int msqid, void *message, size_t size, long type,
		       int flags);
};

static int kernel_get(key_t key, int flags)
{
	return syscall(SYS_msgget, key, flags);
}

static int kernel_ctl(int msqid, int cmd, struct msqid_ds *state)
{
	return syscall(SYS_msgctl, msqid, cmd, state);
}

static int kernel_snd(int msqid, const void *message, size_t size, int flags)
{
	return syscall(SYS_msgsnd, msqid, message, size, flags);
}

static ssize_t kernel_rcv(int msqid, void *message, size_t size, long type,
			  int flags)
{
	return syscall(SYS_msgrcv, msqid, message, size, type, flags);
}

static const struct calls device = { "the device", msgget, msgctl, msgsnd,
				     msgrcv };
static const struct calls kernel = { "the kernel", kernel_get, kernel_ctl,
				     kernel_snd, kernel_rcv };

struct message {
	long type;
	char text[BYTES];
};

/* The calls of a round. */
struct scene {
	const struct calls *calls;
	int msqid;
	/* Make a queue, or something else that the waiters' call needs. */
	void (*make)(struct scene *scene);
	/* The call that each waiter makes. */
	void (*wait)(const struct scene *scene);
	/* The call that wakes them, and a call that ends a longer wait. */
	void (*wake)(struct scene *scene);
	void (*finish)(struct scene *scene);
	/* Leave nothing behind. */
	void (*clean)(struct scene *scene);
};

static struct scene scene;
static atomic_uint generation, returned;
static atomic_bool over;
static _Atomic(uint64_t) longest;

static void wait_for_generation(unsigned int old)
{
	while (atomic_load(&generation) == old)
		syscall(SYS_futex, &generation, FUTEX_WAIT_PRIVATE, old, NULL);
}

static void next_generation(void)
{
	atomic_store(&returned, 0);
	atomic_fetch_add(&generation, 1);
	syscall(SYS_futex, &generation, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL);
}

struct waiter {
	pthread_t thread;
	atomic_int tid;
};

static void *wait_each_time(void *arg)
{
	struct waiter *waiter = arg;

	atomic_store(&waiter->tid, gettid());
	for (unsigned int round = 0; round < ROUNDS; round++) {
		wait_for_generation(round);
		scene.wait(&scene);
		atomic_fetch_add(&returned, 1);
	}
	return NULL;
}

/* Record the delay of a task that only the kernel can hold up. */
static void *note_longest(void *unused)
{
	const struct sched_param urgent = { .sched_priority = 1 };
	uint64_t next = now(CLOCK_MONOTONIC);

	CHECK_INT(pthread_setschedparam(pthread_self(), SCHED_FIFO, &urgent),
		  0);
	while (!atomic_load(&over)) {
		uint64_t late;

		next += PERIOD;
		sleep_until(next);
		late = now(CLOCK_MONOTONIC) - next;
		if (late > atomic_load(&longest))
			atomic_store(&longest, late);
		next += late;
	}
	return unused;
}

static void sleep_a_little(void)
{
	sleep_until(now(CLOCK_MONOTONIC) + MILLISECOND);
}

/* The longest time that a call holds the processor, in nanoseconds. */
static uint64_t longest_beside(void (*call)(void))
{
	pthread_t thread;

	atomic_store(&over, false);
	atomic_store(&longest, 0);
	CHECK(!pthread_create(&thread, NULL, note_longest, NULL));
	while (!atomic_load(&longest))
		sleep_a_little();
	atomic_store(&longest, 0);
	call();
	atomic_store(&over, true);
	CHECK(!pthread_join(thread, NULL));
	return atomic_load(&longest);
}

static void wake(void)
{
	scene.wake(&scene);
}

static struct waiter *start_waiters(unsigned int count)
{
	struct waiter *all = calloc(count, sizeof(*all));
	pthread_attr_t attr;

	CHECK(all);
	CHECK(!pthread_attr_init(&attr));
	CHECK(!pthread_attr_setstacksize(&attr, small_stack(32768)));
	atomic_store(&generation, 0);
	for (unsigned int i = 0; i < count; i++)
		CHECK(!pthread_create(&all[i].thread, &attr, wait_each_time,
				      &all[i]));
	return all;
}

/* The least over some rounds of the longest time in each. */
static uint64_t longest_wait(const struct calls *calls)
{
	unsigned int count = waiters();
	uint64_t least = UINT64_MAX, took;
	struct waiter *all;

	scene.calls = calls;
	all = start_waiters(count);
	for (unsigned int round = 0; round < ROUNDS; round++) {
		scene.make(&scene);
		next_generation();
		for (unsigned int i = 0; i < count; i++) {
			while (!atomic_load(&all[i].tid))
				sleep_a_little();
			wait_asleep(atomic_load(&all[i].tid));
		}
		took = longest_beside(wake);
		if (took < least)
			least = took;
		if (scene.finish)
			scene.finish(&scene);
		while (atomic_load(&returned) < count)
			sleep_a_little();
		if (scene.clean)
			scene.clean(&scene);
	}
	for (unsigned int i = 0; i < count; i++)
		CHECK(!pthread_join(all[i].thread, NULL));
	free(all);
	return least;
}

/* Check for one processor, and a kernel that preempts. */
static void prepare(void)
{
	static const char preempt[] = "/sys/kernel/debug/sched/preempt";

	DEVICE_ONLY();
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		SKIP("for one processor whose clock counts instructions");
	if (access(preempt, W_OK) == -1)
		SKIP("the kernel cannot be told to preempt");
	write_text(preempt, "full");
}

static void judge(unsigned int count, const char *what, uint64_t ours,
		  uint64_t theirs)
{
	printf("# %u %s made a lock held for %lu instructions, the peer's for %lu\n",
	       count, what, (unsigned long)ours, (unsigned long)theirs);
	if (ours > theirs)
		FAIL("a lock was held for %lu instructions, the peer's for %lu",
		     (unsigned long)ours, (unsigned long)theirs);
}

/* The device holds no lock longer than the kernel's own queues do. */
static void compare(const char *what, const struct scene *description)
{
	uint64_t ours, theirs;
	int msqid;

	prepare();
	scene = *description;
	/* A new IPC namespace has Linux's default limits. */
	msqid = unshare(CLONE_NEWIPC) == -1 ? -1 :
					      kernel_get(IPC_PRIVATE, 0600);
	if (msqid == -1)
		SKIP("this kernel has no queues of its own");
	theirs = longest_wait(&kernel);
	ours = longest_wait(&device);
	judge(waiters(), what, ours, theirs);
}

static void make(struct scene *scene)
{
	scene->msqid = CHECK_OK(scene->calls->get(IPC_PRIVATE, 0600));
}

static void set(struct scene *scene)
{
	struct msqid_ds state;

	CHECK_OK(scene->calls->ctl(scene->msqid, IPC_STAT, &state));
	CHECK_OK(scene->calls->ctl(scene->msqid, IPC_SET, &state));
}

static void remove_it(struct scene *scene)
{
	CHECK_OK(scene->calls->ctl(scene->msqid, IPC_RMID, NULL));
}

static void send_one(struct scene *scene)
{
	static const struct message message = { .type = 1 };

	CHECK_OK(scene->calls->snd(scene->msqid, &message, 1, 0));
}

/* Make a queue with a message of all the bytes that it may hold. */
static void make_full(struct scene *scene)
{
	static const struct message message = { .type = 1 };
	struct msqid_ds state;

	make(scene);
	CHECK_OK(scene->calls->ctl(scene->msqid, IPC_STAT, &state));
	state.msg_qbytes = BYTES;
	CHECK_OK(scene->calls->ctl(scene->msqid, IPC_SET, &state));
	CHECK_OK(scene->calls->snd(scene->msqid, &message, BYTES, 0));
}

static void receive_it(struct scene *scene)
{
	static struct message message;

	CHECK_INT(scene->calls->rcv(scene->msqid, &message, BYTES, 0, 0),
		  BYTES);
}

/* The calls of waiters fail, except for a send that is admitted. */
static void receive_nothing(const struct scene *scene)
{
	struct { long type; char text[1]; } message;

	if (scene->calls->rcv(scene->msqid, &message, 0, 0, 0) != -1)
		FAIL("a receive without room for the text succeeded");
}

static void send_little(const struct scene *scene)
{
	const struct { long type; char text[1]; } message = { .type = 1 };

	if (scene->calls->snd(scene->msqid, &message, 1, 0) == -1 &&
	    errno != EIDRM)
		FAIL("send: %s", strerrorname_np(errno));
}

/* A message for which no waiting receiver has room. */
CASE_SECONDS(receivers_without_room, 120)
{
	compare("receivers without room", &(struct scene){
		.make = make,
		.wait = receive_nothing,
		.wake = send_one,
		.clean = remove_it,
	});
}

CASE_SECONDS(receivers_at_a_set, 120)
{
	compare("receivers at an IPC_SET", &(struct scene){
		.make = make,
		.wait = receive_nothing,
		.wake = set,
		.finish = remove_it,
	});
}

CASE_SECONDS(receivers_at_a_removal, 120)
{
	compare("receivers at a removal", &(struct scene){
		.make = make,
		.wait = receive_nothing,
		.wake = remove_it,
	});
}

CASE_SECONDS(senders_at_a_removal, 120)
{
	compare("senders at a removal", &(struct scene){
		.make = make_full,
		.wait = send_little,
		.wake = remove_it,
	});
}

/* One message is received, and makes room for all senders. */
CASE_SECONDS(senders_with_room, 120)
{
	compare("senders with room", &(struct scene){
		.make = make_full,
		.wait = send_little,
		.wake = receive_it,
		.clean = remove_it,
	});
}

static int written;

static void write_one(void)
{
	CHECK_INT(write(written, "x", 1), 1);
}

/* The longest that a lock is held while as many pollers are woken. */
static uint64_t longest_poll(int (*open_one)(void))
{
	struct epoll_event event = { .events = EPOLLIN };
	unsigned int count = POLLERS * waiters();
	uint64_t least = UINT64_MAX, took;
	int epoll = CHECK_OK(epoll_create1(0));
	int *fds = calloc(count, sizeof(*fds));

	CHECK(fds);
	for (unsigned int i = 0; i < count; i++) {
		fds[i] = open_one();
		CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event));
	}
	for (unsigned int round = 0; round < ROUNDS; round++) {
		took = longest_beside(write_one);
		if (took < least)
			least = took;
		CHECK_INT(read(fds[0], &(char){ 0 }, 1), 1);
	}
	for (unsigned int i = 0; i < count; i++)
		close(fds[i]);
	free(fds);
	close(written);
	close(epoll);
	return least;
}

static int pipe_ends[2];

static int duplicate(void)
{
	return CHECK_OK(dup(pipe_ends[0]));
}

static int open_reader(void)
{
	return desc_reader(scene.msqid, 0, 0);
}

/* A message wakes pollers of all openings of a queue; compare with a pipe. */
CASE_SECONDS(pollers, 120)
{
	uint64_t ours, theirs;

	prepare();
	desc_allow(POLLERS * waiters() + 64);
	CHECK_OK(pipe(pipe_ends));
	written = pipe_ends[1];
	theirs = longest_poll(duplicate);
	scene.msqid = make_queue();
	written = desc_writer(scene.msqid, 1);
	ours = longest_poll(open_reader);
	remove_queue(scene.msqid);
	judge(POLLERS * waiters(), "pollers", ours, theirs);
}
