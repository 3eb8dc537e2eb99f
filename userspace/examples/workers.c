// SPDX-License-Identifier: MIT
/*
 * workers - a pool of processes that claim jobs from a queue, killed at random
 * and replaced, while every job is done
 *
 * A worker records the result of a job before it acknowledges the message. If
 * it is killed in between, another worker receives the job although it is done.
 * In the opposite order, the job would be lost. Therefore a job can be delivered
 * again, but it cannot get lost. A worker that receives a job again sees in the
 * record whether it is done.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libmsgq.h>

#define MOST_JOBS	10000000
#define MOST_WORKERS	1000
#define SENT_AT_ONCE	64
#define CLAIMED_AT_ONCE	16

static const char usage[] =
	"usage: workers [--jobs N] [--workers N] [--seed N]\n";
static const char help[] =
	"Gives jobs to workers that are killed at random and replaced, and looks\n"
	"whether each job was done.\n\n"
	"  --jobs N     how many (100000)\n"
	"  --workers N  how many at a time (4)\n"
	"  --seed N     chooses when which worker is killed (the time)\n\n"
	"Exits with 1 when a job is missing or left.\n";

/* The record of a job, in memory that outlives the workers. */
struct record {
	uint32_t result;		/* 0: not done yet */
	uint32_t deliveries;
};

/* Shared by all processes. */
struct shared {
	uint64_t done;			/* jobs done, or slightly fewer */
	uint64_t again;			/* delivered although done already */
	struct record records[];
};

static struct shared *shared;
static unsigned long jobs = 100000;
static unsigned long workers = 4;
static unsigned long seed;
static unsigned long killed;

static void die(const char *what)
{
	fprintf(stderr, "workers: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The job itself: any computation that takes some time; never 0. */
static uint32_t compute(uint32_t job)
{
	uint32_t value = job + 1;

	for (int i = 0; i < 5000; i++)
		value = value * 1664525u + 1013904223u;
	return value | 1;
}

/* Do a claimed job, unless a worker that died has done it. */
static void do_job(uint32_t job, const struct msgq_message *message)
{
	struct record *record;

	if (message->size != sizeof(job) || job >= jobs) {
		fprintf(stderr, "workers: this is no job: %u\n", job);
		exit(1);
	}
	record = &shared->records[job];
	record->deliveries = message->deliveries;
	if (record->result) {
		__atomic_add_fetch(&shared->again, 1, __ATOMIC_RELAXED);
		return;
	}
	/* One store: a worker that is killed has done all of the job or nothing. */
	__atomic_store_n(&record->result, compute(job), __ATOMIC_RELEASE);
	__atomic_add_fetch(&shared->done, 1, __ATOMIC_RELAXED);
}

static void acknowledge(int queue, const struct msgq_message *messages, unsigned int count)
{
	int got = msgq_acknowledgev(queue, messages, count);

	if (got < 0)
		die("acknowledge");
	if ((unsigned int)got != count) {
		fprintf(stderr, "workers: only %d of %u claims were there\n", got, count);
		exit(1);
	}
}

/* Work until the queue is removed. */
static void work(int device, int msqid)
{
	/* Each worker opens the queue itself; its claims end with it. */
	const struct msgq_open how = { .name = msqid, .flags = MSGQ_OPEN_READ };
	struct msgq_message messages[CLAIMED_AT_ONCE];
	uint32_t texts[CLAIMED_AT_ONCE];
	int queue, got;

	queue = msgq_open(device, &how);
	if (queue < 0 && (errno == EINVAL || errno == EIDRM))
		exit(0);	/* all jobs were done before this worker started */
	if (queue < 0)
		die("the queue does not open");
	for (;;) {
		for (int i = 0; i < CLAIMED_AT_ONCE; i++)
			messages[i] = (struct msgq_message){
				.text = &texts[i],
				.size = sizeof(texts[i]),
			};
		got = msgq_claimv(queue, messages, CLAIMED_AT_ONCE, 0, NULL);
		if (got < 0 && errno == EIDRM)
			exit(0);
		if (got < 0)
			die("claim");
		for (int i = 0; i < got; i++)
			do_job(texts[i], &messages[i]);
		acknowledge(queue, messages, got);
	}
}

/* Send all jobs, waiting while the queue is full. */
static void produce(int queue)
{
	struct msgq_message messages[SENT_AT_ONCE];
	uint32_t texts[SENT_AT_ONCE];
	unsigned long next = 0;
	int count, sent;

	while (next < jobs) {
		for (count = 0; count < SENT_AT_ONCE && next + count < jobs; count++) {
			texts[count] = next + count;
			messages[count] = (struct msgq_message){
				.type = 1,
				.text = &texts[count],
				.size = sizeof(texts[count]),
			};
		}
		sent = msgq_sendv(queue, messages, count, NULL);
		if (sent < 0)
			die("send");
		next += sent;
	}
	exit(0);
}

/* Fork a child that is killed when its parent ends; returns 0 in the child. */
static pid_t child(void)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid == -1)
		die("no process");
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(1);
	}
	return pid;
}

static pid_t start_worker(int device, int msqid)
{
	pid_t pid = child();

	if (!pid)
		work(device, msqid);
	return pid;
}

/* Wait for a child; returns true if it exited with 0. */
static bool ended_well(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static void kill_worker(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
		fprintf(stderr, "workers: a worker had ended before it was killed\n");
		exit(1);
	}
	killed++;
}

static uint64_t on_queue(int queue)
{
	struct msgq_state state = { 0 };

	if (msgq_state(queue, &state))
		die("no state of the queue");
	return state.qnum;
}

/*
 * Kill workers until all jobs are sent and the queue is empty, including claimed
 * messages. After each kill, wait until a job has been done: otherwise, on a slow
 * machine, killing would take all the time.
 */
static void trouble(int device, int msqid, int queue, pid_t *pids, pid_t producer)
{
	uint64_t done, before = 0;
	bool sent = false;

	while (!sent || on_queue(queue)) {
		const struct timespec pause = { .tv_nsec = random() % 1000000 };
		unsigned long victim = random() % workers;

		nanosleep(&pause, NULL);
		if (!sent && waitpid(producer, NULL, WNOHANG) == producer)
			sent = true;
		done = __atomic_load_n(&shared->done, __ATOMIC_RELAXED);
		if (done != before) {
			before = done;
			kill_worker(pids[victim]);
			pids[victim] = start_worker(device, msqid);
		}
	}
}

/* Print the result; returns true if every job was done. */
static bool sum_up(uint64_t left)
{
	unsigned long missing = 0, redelivered = 0;

	for (unsigned long i = 0; i < jobs; i++) {
		missing += shared->records[i].result != compute(i);
		redelivered += shared->records[i].deliveries > 1;
	}
	printf("workers: %lu jobs, %lu missing, %llu left; %lu workers killed, %lu jobs delivered more than once, %llu deliveries of jobs already done\n",
	       jobs, missing, (unsigned long long)left, killed, redelivered,
	       (unsigned long long)shared->again);
	return !missing && !left;
}

static int run(void)
{
	/* The queue is removed when we end, in any way. */
	const struct msgq_open how = {
		.name = IPC_PRIVATE,
		.flags = MSGQ_OPEN_KEY | MSGQ_OPEN_TEMPORARY | MSGQ_OPEN_READ | MSGQ_OPEN_WRITE,
		.msgflg = 0600,
		.type = 1,
	};
	struct msgq_state state = { 0 };
	static pid_t pids[MOST_WORKERS];
	bool well = true;
	int device, queue;
	uint64_t left;
	pid_t producer;

	device = msgq_device();
	if (device < 0)
		die("no device");
	queue = msgq_open(device, &how);
	if (queue < 0)
		die("no queue");
	if (msgq_state(queue, &state))
		die("no state of the queue");
	shared = mmap(NULL, sizeof(*shared) + jobs * sizeof(shared->records[0]),
		      PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("no memory to share");

	producer = child();
	if (!producer)
		produce(queue);
	for (unsigned long i = 0; i < workers; i++)
		pids[i] = start_worker(device, state.msqid);
	trouble(device, state.msqid, queue, pids, producer);

	/* The removal of the queue tells the workers to end. */
	left = on_queue(queue);
	if (msgq_ctl(device, state.msqid, IPC_RMID, NULL))
		die("the queue is not removed");
	for (unsigned long i = 0; i < workers; i++)
		well &= ended_well(pids[i]);
	if (!well)
		fprintf(stderr, "workers: a worker failed\n");
	return sum_up(left) && well ? 0 : 1;
}

static unsigned long number(const char *name, const char *text, unsigned long least,
			    unsigned long most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < least || value > most) {
		fprintf(stderr, "workers: %s is %lu to %lu, not '%s'\n", name, least, most, text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "jobs", required_argument, NULL, 'j' },
		{ "workers", required_argument, NULL, 'w' },
		{ "seed", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	seed = time(NULL);
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			jobs = number("--jobs", optarg, 1, MOST_JOBS);
			break;
		case 'w':
			workers = number("--workers", optarg, 1, MOST_WORKERS);
			break;
		case 's':
			seed = number("--seed", optarg, 0, UINT32_MAX);
			break;
		case 'h':
			printf("%s%s", usage, help);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	if (optind != argc) {
		fputs(usage, stderr);
		return 2;
	}

	printf("workers: seed %lu\n", seed);
	/* Otherwise the children would print it again. */
	fflush(stdout);
	srandom(seed);
	return run();
}
