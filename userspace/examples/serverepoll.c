// SPDX-License-Identifier: MIT
/*
 * serverepoll - one loop of epoll(7) over a socket, a timer, signals and two
 * queues that are opened as descriptors
 *
 * Jobs are frequent: their queue is edge-triggered, and each turn of the loop
 * receives a batch, until the queue is empty. Control messages are rare: their
 * queue is level-triggered, and each turn reads one.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include <libmsgq.h>

#define JOBS_KEY	0x6a6f6273
#define CONTROL_KEY	0x6374726c
/* An abstract name: it needs no file, and nothing has to be removed. */
#define SOCKET_NAME	"msgq-serverepoll"
#define LONGEST		256
#define JOBS_AT_ONCE	32

static const char usage[] =
	"usage: serverepoll [--seconds N]\n"
	"       serverepoll --to jobs|control|socket TEXT...\n";
static const char help[] =
	"Prints what comes from two queues, a socket, a timer and signals, until the\n"
	"control queue says \"stop\", SIGINT or SIGTERM comes, or the time is over.\n\n"
	"  --seconds N  end after so many (86400)\n"
	"  --to WHERE   send each TEXT to the server that runs\n";

/* The sources of events. */
enum source { JOBS, CONTROL, SOCKET, TIMER, SIGNALS, SOURCES };

struct server {
	int fds[SOURCES];
	unsigned long counts[SOURCES];
	unsigned long seconds;
	bool more_jobs;			/* the queue may hold jobs */
	const char *why;		/* the reason for the end; NULL: go on */
};

static void die(const char *what)
{
	fprintf(stderr, "serverepoll: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Print a text on one line, whatever it contains. */
static void show(const char *from, const char *text, size_t size)
{
	printf("%s: ", from);
	for (size_t i = 0; i < size; i++)
		putchar(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?');
	putchar('\n');
}

/*
 * Edge-triggered: there is no further event until the queue has been empty, so
 * receive until it is. Receive one batch in a turn, so that a flood of jobs does
 * not delay the other sources.
 */
static void take_jobs(struct server *server)
{
	const struct msgq_how at_once = { .msgflg = IPC_NOWAIT | MSG_NOERROR };
	static char texts[JOBS_AT_ONCE][LONGEST];
	struct msgq_message messages[JOBS_AT_ONCE];
	char from[64];
	int got;

	for (int i = 0; i < JOBS_AT_ONCE; i++)
		messages[i] = (struct msgq_message){
			.text = texts[i],
			.size = LONGEST,
		};
	got = msgq_recvv(server->fds[JOBS], messages, JOBS_AT_ONCE, 0, &at_once);
	if (got < 0 && errno == ENOMSG) {
		server->more_jobs = false;
		return;
	}
	if (got < 0)
		die("jobs");
	for (int i = 0; i < got; i++) {
		snprintf(from, sizeof(from), "job of type %lld", (long long)messages[i].type);
		show(from, texts[i], messages[i].size);
	}
	server->counts[JOBS] += got;
}

static void note_jobs(struct server *server)
{
	server->more_jobs = true;
}

/* Receive the jobs that arrived before the end, but no later ones. */
static void take_last_jobs(struct server *server)
{
	struct msgq_state state = { 0 };
	unsigned long until;

	if (msgq_state(server->fds[JOBS], &state))
		die("jobs");
	until = server->counts[JOBS] + state.qnum;
	server->more_jobs = true;
	while (server->more_jobs && server->counts[JOBS] < until)
		take_jobs(server);
}

/* Level-triggered: if there are more, the next turn reports it. */
static void take_control(struct server *server)
{
	char text[LONGEST];
	ssize_t size;

	size = read(server->fds[CONTROL], text, sizeof(text));
	if (size < 0 && errno == EAGAIN)
		return;
	if (size < 0)
		die("control");
	server->counts[CONTROL]++;
	show("control", text, size);
	if (size == 4 && !memcmp(text, "stop", 4))
		server->why = "a control message";
}

static void take_datagram(struct server *server)
{
	char text[LONGEST];
	ssize_t size;

	size = recv(server->fds[SOCKET], text, sizeof(text), 0);
	if (size < 0 && errno == EAGAIN)
		return;
	if (size < 0)
		die("socket");
	server->counts[SOCKET]++;
	show("socket", text, size);
}

static void take_ticks(struct server *server)
{
	uint64_t ticks;

	if (read(server->fds[TIMER], &ticks, sizeof(ticks)) != sizeof(ticks))
		die("timer");
	server->counts[TIMER] += ticks;
	printf("timer: %lu s\n", server->counts[TIMER]);
	if (server->counts[TIMER] >= server->seconds)
		server->why = "time";
}

static void take_signal(struct server *server)
{
	struct signalfd_siginfo info;

	if (read(server->fds[SIGNALS], &info, sizeof(info)) != sizeof(info))
		die("signals");
	server->counts[SIGNALS]++;
	printf("signal: %s\n", strsignal(info.ssi_signo));
	server->why = "a signal";
}

static void (*const takes[SOURCES])(struct server *server) = {
	[JOBS] = note_jobs,
	[CONTROL] = take_control,
	[SOCKET] = take_datagram,
	[TIMER] = take_ticks,
	[SIGNALS] = take_signal,
};

/* Create a queue that is removed when no process has it open any more. */
static int open_queue(int device, key_t key, const char *what)
{
	const struct msgq_open how = {
		.name = key,
		.flags = MSGQ_OPEN_KEY | MSGQ_OPEN_TEMPORARY | MSGQ_OPEN_READ | MSGQ_OPEN_NONBLOCK,
		.msgflg = IPC_CREAT | IPC_EXCL | MSG_NOERROR | 0600,
	};
	int queue = msgq_open(device, &how);

	if (queue < 0 && errno == EEXIST)
		fprintf(stderr, "serverepoll: does another one run? ");
	if (queue < 0)
		die(what);
	return queue;
}

static socklen_t socket_address(struct sockaddr_un *address)
{
	/* The name of an abstract address starts with a zero byte. */
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address->sun_path + 1, SOCKET_NAME, strlen(SOCKET_NAME));
	return offsetof(struct sockaddr_un, sun_path) + 1 + strlen(SOCKET_NAME);
}

static int open_socket(void)
{
	struct sockaddr_un address;
	socklen_t size = socket_address(&address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, size))
		die("socket");
	return fd;
}

static int open_timer(void)
{
	const struct itimerspec each_second = {
		.it_value.tv_sec = 1,
		.it_interval.tv_sec = 1,
	};
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd < 0 || timerfd_settime(fd, 0, &each_second, NULL))
		die("timer");
	return fd;
}

static int open_signals(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	/* Blocked signals are read only from the descriptor. */
	if (fd < 0 || sigprocmask(SIG_BLOCK, &set, NULL))
		die("signals");
	return fd;
}

static int watch(const struct server *server)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0)
		die("epoll");
	for (int i = 0; i < SOURCES; i++) {
		struct epoll_event event = {
			.events = i == JOBS ? EPOLLIN | EPOLLET : EPOLLIN,
			.data.u32 = i,
		};

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, server->fds[i], &event))
			die("epoll");
	}
	return epoll;
}

static int serve(int device, unsigned long seconds)
{
	struct server server = { .seconds = seconds };
	struct epoll_event events[SOURCES];
	int epoll, ready;

	/* Signals first: other processes may end the server once they see it. */
	server.fds[SIGNALS] = open_signals();
	server.fds[JOBS] = open_queue(device, JOBS_KEY, "jobs");
	server.fds[CONTROL] = open_queue(device, CONTROL_KEY, "control");
	server.fds[SOCKET] = open_socket();
	server.fds[TIMER] = open_timer();
	epoll = watch(&server);
	printf("serverepoll: ready\n");
	fflush(stdout);

	while (!server.why) {
		ready = epoll_wait(epoll, events, SOURCES, server.more_jobs ? 0 : -1);
		if (ready < 0 && errno != EINTR)
			die("epoll");
		for (int i = 0; i < ready; i++)
			takes[events[i].data.u32](&server);
		if (server.more_jobs)
			take_jobs(&server);
		fflush(stdout);
	}
	take_last_jobs(&server);
	printf("serverepoll: ended by %s; %lu jobs, %lu control messages, %lu datagrams, %lu s\n",
	       server.why, server.counts[JOBS], server.counts[CONTROL],
	       server.counts[SOCKET], server.counts[TIMER]);
	return 0;
}

static void send_to_queue(int device, key_t key, char **texts, int count)
{
	const struct msgq_open how = {
		.name = key,
		.flags = MSGQ_OPEN_KEY | MSGQ_OPEN_WRITE,
		.type = 1,
	};
	int queue = msgq_open(device, &how);

	if (queue < 0 && errno == ENOENT)
		fprintf(stderr, "serverepoll: no server runs: ");
	if (queue < 0)
		die("the queue does not open");
	for (int i = 0; i < count; i++)
		if (write(queue, texts[i], strlen(texts[i])) < 0)
			die("write");
}

static void send_to_socket(char **texts, int count)
{
	struct sockaddr_un address;
	socklen_t size = socket_address(&address);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("socket");
	for (int i = 0; i < count; i++)
		if (sendto(fd, texts[i], strlen(texts[i]), 0, (struct sockaddr *)&address,
			   size) < 0)
			die("sendto");
}

static int send_texts(int device, const char *to, char **texts, int count)
{
	if (!strcmp(to, "jobs")) {
		send_to_queue(device, JOBS_KEY, texts, count);
	} else if (!strcmp(to, "control")) {
		send_to_queue(device, CONTROL_KEY, texts, count);
	} else if (!strcmp(to, "socket")) {
		send_to_socket(texts, count);
	} else {
		fprintf(stderr, "serverepoll: --to is jobs, control or socket, not '%s'\n", to);
		return 2;
	}
	return 0;
}

static unsigned long number(const char *text)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < 1) {
		fprintf(stderr, "serverepoll: --seconds is 1 or more, not '%s'\n", text);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "to", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	unsigned long seconds = 86400;
	const char *to = NULL;
	int device, option;

	/* The first TEXT ends the options; after "--" it may start with a dash. */
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			seconds = number(optarg);
			break;
		case 't':
			to = optarg;
			break;
		case 'h':
			printf("%s%s", usage, help);
			return 0;
		default:
			fputs(usage, stderr);
			return 2;
		}
	}
	/* --to requires a TEXT, and only --to accepts one. */
	if (!to == (optind < argc)) {
		fputs(usage, stderr);
		return 2;
	}

	device = msgq_device();
	if (device < 0)
		die("no device");
	return to ? send_texts(device, to, argv + optind, argc - optind) :
		    serve(device, seconds);
}
