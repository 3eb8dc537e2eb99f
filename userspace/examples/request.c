// SPDX-License-Identifier: MIT
/*
 * request - a server and many clients on two queues, one for all requests and
 * one for all replies
 *
 * The type of a message is the address. A client opens the queue of requests so
 * that its messages have its pid as type, and the queue of replies so that it
 * reads only messages of this type. The server gives a reply the type of the
 * request.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <poll.h>
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

#define MOST_CLIENTS	10000
#define MOST_REQUESTS	10000000
#define SERVED_AT_ONCE	64
/* A reply that takes longer is lost, even on the slowest machine. */
#define PATIENCE_MS	60000

static const char usage[] =
	"usage: request [--clients N] [--requests N]\n";
static const char help[] =
	"Lets clients ask a server, each by its pid as type, and checks each reply.\n\n"
	"  --clients N   how many at a time (50)\n"
	"  --requests N  how many of each, one after the other (1000)\n\n"
	"Exits with 1 when a reply is wrong or did not come.\n";

struct text {
	uint32_t number;
	uint32_t value;
};

/* Shared by all processes. */
struct shared {
	uint64_t right;
	uint64_t wrong;
};

static struct shared *shared;
static unsigned long clients = 50;
static unsigned long requests = 1000;

static void die(const char *what)
{
	fprintf(stderr, "request: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The reply to a value of a client, different for each client. */
static uint32_t answer(uint32_t value, long type)
{
	return (value ^ (uint32_t)type) * 2654435761u;
}

static int open_queue(int device, int name, unsigned int flags, long type)
{
	const struct msgq_open how = {
		.name = name,
		.flags = flags,
		.msgflg = flags & MSGQ_OPEN_KEY ? 0600 : 0,
		.msgtyp = flags & MSGQ_OPEN_READ ? type : 0,
		.type = flags & MSGQ_OPEN_WRITE ? type : 0,
	};
	int queue = msgq_open(device, &how);

	if (queue < 0)
		die("the queue does not open");
	return queue;
}

/* Send all messages, with as many calls as necessary. */
static void send_all(int queue, const struct msgq_message *messages, unsigned int count)
{
	while (count) {
		int sent = msgq_sendv(queue, messages, count, NULL);

		if (sent < 0)
			die("reply");
		messages += sent;
		count -= sent;
	}
}

/* Answer until the queue of requests is removed. */
static void serve(int from, int to)
{
	struct msgq_message messages[SERVED_AT_ONCE];
	struct text texts[SERVED_AT_ONCE];
	int got;

	for (;;) {
		for (int i = 0; i < SERVED_AT_ONCE; i++)
			messages[i] = (struct msgq_message){
				.text = &texts[i],
				.size = sizeof(texts[i]),
			};
		got = msgq_recvv(from, messages, SERVED_AT_ONCE, 0, NULL);
		if (got < 0 && errno == EIDRM)
			exit(0);
		if (got < 0)
			die("receive");
		/* A reply has the type, text and size of its request. */
		for (int i = 0; i < got; i++)
			texts[i].value = answer(texts[i].value, messages[i].type);
		send_all(to, messages, got);
	}
}

static bool reply_is_right(int from, const struct text *request, long type)
{
	struct pollfd poll_from = { .fd = from, .events = POLLIN };
	struct text reply;
	ssize_t size;
	int ready;

	/* No other process reads this type: read() will find the message. */
	ready = poll(&poll_from, 1, PATIENCE_MS);
	if (ready < 0)
		die("poll");
	if (!ready) {
		fprintf(stderr, "request: client %ld has no reply to request %u\n",
			type, request->number);
		exit(1);
	}
	size = read(from, &reply, sizeof(reply));
	if (size < 0)
		die("read");
	return size == sizeof(reply) && reply.number == request->number &&
	       reply.value == answer(request->value, type);
}

static void ask(int device, int requests_id, int replies_id)
{
	long type = getpid();
	int to = open_queue(device, requests_id, MSGQ_OPEN_WRITE, type);
	int from = open_queue(device, replies_id, MSGQ_OPEN_READ, type);
	bool well = true;

	for (unsigned long i = 0; i < requests; i++) {
		const struct text request = {
			.number = i,
			.value = i * 7919 + type,
		};

		if (write(to, &request, sizeof(request)) != sizeof(request))
			die("write");
		if (reply_is_right(from, &request, type)) {
			__atomic_add_fetch(&shared->right, 1, __ATOMIC_RELAXED);
		} else {
			__atomic_add_fetch(&shared->wrong, 1, __ATOMIC_RELAXED);
			well = false;
		}
	}
	exit(well ? 0 : 1);
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

static bool ended_well(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		die("wait");
	return WIFEXITED(status) && !WEXITSTATUS(status);
}

static struct msgq_state state_of(int queue)
{
	struct msgq_state state = { 0 };

	if (msgq_state(queue, &state))
		die("no state of the queue");
	return state;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

/* Returns true if each request was answered and the queues are empty. */
static bool sum_up(double seconds, unsigned long failed, unsigned long long left)
{
	unsigned long long all = (unsigned long long)clients * requests;

	printf("request: %lu clients, %llu of %llu requests answered, %llu wrong, %llu left; %.2f s, %.0f a second\n",
	       clients, (unsigned long long)shared->right, all,
	       (unsigned long long)shared->wrong, left, seconds,
	       seconds > 0 ? shared->right / seconds : 0);
	if (failed)
		fprintf(stderr, "request: %lu processes failed\n", failed);
	return shared->right == all && !shared->wrong && !failed && !left;
}

static int run(void)
{
	/* The queues are removed when we end, in any way. */
	const unsigned int make = MSGQ_OPEN_KEY | MSGQ_OPEN_TEMPORARY;
	static pid_t pids[MOST_CLIENTS];
	int device, from, to, requests_id, replies_id;
	unsigned long long left;
	unsigned long failed = 0;
	double start, seconds;
	pid_t server;

	device = msgq_device();
	if (device < 0)
		die("no device");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("no memory to share");
	from = open_queue(device, IPC_PRIVATE, make | MSGQ_OPEN_READ, 0);
	/* Open for writing and for its state; each reply has its own type. */
	to = open_queue(device, IPC_PRIVATE, make | MSGQ_OPEN_READ | MSGQ_OPEN_WRITE, 1);
	requests_id = state_of(from).msqid;
	replies_id = state_of(to).msqid;

	start = now();
	server = child();
	if (!server)
		serve(from, to);
	for (unsigned long i = 0; i < clients; i++) {
		pids[i] = child();
		if (!pids[i])
			ask(device, requests_id, replies_id);
	}
	for (unsigned long i = 0; i < clients; i++)
		failed += !ended_well(pids[i]);
	seconds = now() - start;

	left = state_of(from).qnum + state_of(to).qnum;
	/* The removal of the queue tells the server to end. */
	if (msgq_ctl(device, requests_id, IPC_RMID, NULL))
		die("the queue is not removed");
	failed += !ended_well(server);
	return sum_up(seconds, failed, left) ? 0 : 1;
}

static unsigned long number(const char *name, const char *text, unsigned long most)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < 1 || value > most) {
		fprintf(stderr, "request: %s is 1 to %lu, not '%s'\n", name, most, text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "clients", required_argument, NULL, 'c' },
		{ "requests", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			clients = number("--clients", optarg, MOST_CLIENTS);
			break;
		case 'r':
			requests = number("--requests", optarg, MOST_REQUESTS);
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
	return run();
}
