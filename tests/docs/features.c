// SPDX-License-Identifier: MIT
/*
 * features - tries what message queues, sockets and pipes of Linux can do, and
 * prints the table of docs/comparison.md
 *
 * Each answer is found by a try in a separate process.  If a kind has no call
 * at all for it, the answer is no.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libmsgq.h>
#include <msgq.h>

#define NAME	"/features"
#define KEY	0x66656174
#define ROOM	64
#define MOMENT_NS 100000000ULL

enum kind { SYSV, POSIX, SOCKET, PIPE, MSGQ, KINDS };

static enum kind kind;
/* Descriptors to receive from and to send to; the identifier for System V. */
static int in, out;
static int device;

struct message {
	long type;
	char text[ROOM];
};

static void die(const char *what)
{
	perror(what);
	_exit(3);
}

static int must(int result, const char *what)
{
	if (result == -1)
		die(what);
	return result;
}

static int open_msgq(int key, unsigned int flags)
{
	const struct msgq_open how = {
		.name = key,
		.flags = MSGQ_OPEN_KEY | MSGQ_OPEN_READ | MSGQ_OPEN_WRITE |
			 MSGQ_OPEN_NONBLOCK | flags,
		.msgflg = IPC_CREAT | 0600,
		.type = 1,
	};

	return must(msgq_open(device, &how), "msgq_open");
}

static int open_posix(void)
{
	struct mq_attr most = { .mq_maxmsg = 8, .mq_msgsize = ROOM };

	return must(mq_open(NAME, O_RDWR | O_CREAT | O_NONBLOCK, 0600, &most),
		    "mq_open");
}

static void open_it(void)
{
	int ends[2];

	device = must(msgq_device(), "msgq_device");
	switch (kind) {
	case SYSV:
		in = out = must(msgget(KEY, IPC_CREAT | 0600), "msgget");
		break;
	case POSIX:
		in = out = open_posix();
		break;
	case SOCKET:
		must(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends),
		     "socketpair");
		in = ends[0];
		out = ends[1];
		break;
	case PIPE:
		must(pipe2(ends, O_NONBLOCK), "pipe");
		in = ends[0];
		out = ends[1];
		break;
	default:
		in = out = open_msgq(KEY, 0);
	}
}

static void remove_it(void)
{
	int msqid;

	switch (kind) {
	case SYSV:
		msgctl(in, IPC_RMID, NULL);
		break;
	case POSIX:
		mq_unlink(NAME);
		break;
	case MSGQ:
		msqid = msgq_get(device, KEY, 0);
		if (msqid != -1)
			msgq_ctl(device, msqid, IPC_RMID, NULL);
		break;
	default:
		break;
	}
}

static int msqid_of(int queue)
{
	struct msgq_state state = { 0 };

	must(msgq_state(queue, &state), "msgq_state");
	return state.msqid;
}

/* Send a message; POSIX queues have a priority in place of the type. */
static void put(long type, const char *text)
{
	struct message message = { .type = type };
	size_t size = strlen(text);

	memcpy(message.text, text, size);
	switch (kind) {
	case SYSV:
		must(msgsnd(out, &message, size, IPC_NOWAIT), "msgsnd");
		break;
	case POSIX:
		must(mq_send(out, text, size, type), "mq_send");
		break;
	case MSGQ:
		must(msgq_snd(device, msqid_of(out), &message, size,
			      IPC_NOWAIT), "msgq_snd");
		break;
	default:
		must(write(out, text, size), "write");
	}
}

/* Receive a message into a buffer, by a rule if the kind has rules. */
static ssize_t take_into(long rule, struct message *to)
{
	switch (kind) {
	case SYSV:
		return msgrcv(in, to, ROOM, rule, IPC_NOWAIT);
	case POSIX:
		return mq_receive(in, to->text, ROOM, NULL);
	case MSGQ:
		return msgq_rcv(device, msqid_of(in), to, ROOM, rule, IPC_NOWAIT);
	default:
		return read(in, to->text, ROOM);
	}
}

/* Is this the next text? */
static bool takes(long rule, const char *text)
{
	struct message message;
	ssize_t size = take_into(rule, &message);

	return size == (ssize_t)strlen(text) && !memcmp(message.text, text, size);
}

static bool boundaries(void)
{
	put(1, "one");
	put(1, "two");
	return takes(0, "one") && takes(0, "two");
}

static bool urgent_first(void)
{
	/* Low numbers are urgent for types, and high ones for priorities. */
	bool low = kind == SYSV || kind == MSGQ;

	put(low ? 2 : 1, "sweep");
	put(low ? 1 : 2, "fire");
	return takes(-10, "fire");
}

static bool by_type(void)
{
	put(1, "one");
	put(2, "two");
	put(3, "three");
	return takes(2, "two");
}

static bool look(void)
{
	struct message message;
	ssize_t size = -1;
	int copy[2];

	put(1, "one");
	switch (kind) {
	case SYSV:
		size = msgrcv(in, &message, ROOM, 0, MSG_COPY | IPC_NOWAIT);
		break;
	case SOCKET:
		size = recv(in, message.text, ROOM, MSG_PEEK);
		break;
	case PIPE:
		must(pipe(copy), "pipe");
		size = tee(in, copy[1], ROOM, 0);
		break;
	case MSGQ:
		size = msgq_rcv(device, msqid_of(in), &message, ROOM, 0,
				MSG_COPY | IPC_NOWAIT);
		break;
	default:
		break;
	}
	return size == 3 && takes(0, "one");
}

static bool polls(void)
{
	struct pollfd fd = { .fd = in, .events = POLLIN };

	put(1, "one");
	return kind != SYSV && poll(&fd, 1, 1000) == 1 && fd.revents & POLLIN;
}

static uint64_t soon(clockid_t clock)
{
	struct timespec now;

	must(clock_gettime(clock, &now), "clock_gettime");
	return now.tv_sec * 1000000000ULL + now.tv_nsec + MOMENT_NS;
}

static bool deadline(void)
{
	const struct timeval moment = { .tv_usec = MOMENT_NS / 1000 };
	struct msgq_how how = { .clock = CLOCK_MONOTONIC };
	struct msgq_message entry;
	struct timespec until;
	char text[ROOM];
	uint64_t at;

	if (kind == SYSV || kind == PIPE)
		return false;
	if (kind != MSGQ)
		must(fcntl(in, F_SETFL, 0), "fcntl");
	switch (kind) {
	case POSIX:
		at = soon(CLOCK_REALTIME);
		until = (struct timespec){ at / 1000000000, at % 1000000000 };
		return mq_timedreceive(in, text, ROOM, NULL, &until) == -1 &&
		       errno == ETIMEDOUT;
	case SOCKET:
		must(setsockopt(in, SOL_SOCKET, SO_RCVTIMEO, &moment, sizeof(moment)),
		     "setsockopt");
		return recv(in, text, ROOM, 0) == -1 && errno == EAGAIN;
	default:
		how.deadline = soon(CLOCK_MONOTONIC);
		entry.text = text;
		entry.size = ROOM;
		return msgq_recvv(in, &entry, 1, 0, &how) == -1 &&
		       errno == ETIMEDOUT;
	}
}

/* Receive two messages in one call, each with its own text. */
static bool many(void)
{
	char text[2][ROOM];
	struct iovec parts[2] = {
		{ text[0], ROOM },
		{ text[1], ROOM },
	};
	struct mmsghdr heads[2] = {
		{ .msg_hdr = { .msg_iov = &parts[0], .msg_iovlen = 1 } },
		{ .msg_hdr = { .msg_iov = &parts[1], .msg_iovlen = 1 } },
	};
	struct msgq_message entries[2] = {
		{ .text = text[0], .size = ROOM },
		{ .text = text[1], .size = ROOM },
	};

	put(1, "one");
	put(1, "three");
	if (kind == SOCKET)
		return recvmmsg(in, heads, 2, 0, NULL) == 2 &&
		       heads[0].msg_len == 3 && heads[1].msg_len == 5;
	if (kind == PIPE)
		return readv(in, parts, 2) == 8 && !memcmp(text[1], "three", 5);
	return kind == MSGQ && msgq_recvv(in, entries, 2, 0, NULL) == 2 &&
	       entries[0].size == 3 && entries[1].size == 5;
}

static bool fault(void)
{
	void *nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	put(1, "one");
	if (take_into(0, nowhere) != -1 || errno != EFAULT)
		die("a fault");
	return takes(0, "one");
}

/* A worker gets a message, and dies before it has done its work. */
static bool death(void)
{
	struct message message;
	struct msgq_message entry = {
		.text = message.text,
		.size = ROOM,
	};
	pid_t worker;
	int status;

	put(1, "job");
	worker = must(fork(), "fork");
	if (!worker) {
		if (kind == MSGQ ? msgq_claimv(in, &entry, 1, 0, NULL) != 1 :
				   take_into(0, &message) != 3)
			die("a job");
		raise(SIGKILL);
	}
	must(waitpid(worker, &status, 0), "waitpid");
	if (!WIFSIGNALED(status))
		_exit(3);
	return takes(0, "job");
}

/* A message stays while no process has the channel open. */
static bool stays(void)
{
	put(1, "one");
	if (kind == SYSV)
		return takes(0, "one");
	/* A socket's messages have no name by which to open them again. */
	if (kind == SOCKET)
		return false;
	close(in);
	if (kind == PIPE) {
		close(out);
		must(mkfifo("/tmp/features", 0600), "mkfifo");
		in = out = must(open("/tmp/features", O_RDWR | O_NONBLOCK), "open");
		put(1, "one");
		close(in);
		in = must(open("/tmp/features", O_RDWR | O_NONBLOCK), "open");
		unlink("/tmp/features");
	} else {
		in = kind == POSIX ? open_posix() : open_msgq(KEY, 0);
	}
	return takes(0, "one");
}

/* A channel can be removed when no process has it open any more. */
static bool goes(void)
{
	if (kind == SYSV)
		return false;
	if (kind == POSIX) {
		mq_unlink(NAME);
		put(1, "one");
		return takes(0, "one") && mq_open(NAME, O_RDWR) == -1;
	}
	if (kind == MSGQ) {
		close(open_msgq(KEY + 1, MSGQ_OPEN_TEMPORARY));
		return msgq_get(device, KEY + 1, 0) == -1 && errno == ENOENT;
	}
	/* These have no name: no process can find them again. */
	return true;
}

static bool tells_by_signal(void)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGIO,
	};
	const struct timespec moment = { .tv_nsec = 500000000 };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (kind == POSIX) {
		must(mq_notify(in, &event), "mq_notify");
	} else if (kind != SYSV) {
		must(fcntl(in, F_SETOWN, getpid()), "fcntl");
		must(fcntl(in, F_SETFL, O_ASYNC | O_NONBLOCK), "fcntl");
	}
	put(1, "one");
	return sigtimedwait(&set, NULL, &moment) == SIGIO;
}

static bool is_found(void)
{
	must(unshare(CLONE_NEWIPC), "unshare");
	switch (kind) {
	case SYSV:
		return msgget(KEY, 0) != -1;
	case POSIX:
		return mq_open(NAME, O_RDWR) != -1;
	case MSGQ:
		return msgq_get(device, KEY, 0) != -1;
	default:
		return true;
	}
}

static bool apart(void)
{
	int status;

	if (!must(fork(), "fork"))
		_exit(is_found() ? 1 : 0);
	must(wait(&status), "wait");
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		_exit(3);
	return !status;
}

static const struct {
	const char *name;
	bool (*try)(void);
} features[] = {
	{ "keeps message boundaries", boundaries },
	{ "delivers the highest priority first", urgent_first },
	{ "a receiver chooses a message by type", by_type },
	{ "a message can be read and left there", look },
	{ "poll(2) and epoll(7)", polls },
	{ "a signal tells that a message has come", tells_by_signal },
	{ "a call can have a timeout", deadline },
	{ "one call sends or receives many messages", many },
	{ "a receive into a bad address loses no message", fault },
	{ "a message comes back if its receiver dies at work", death },
	{ "stays after the last process has closed it", stays },
	{ "can be set to go when the last process closes it", goes },
	{ "each IPC namespace has its own", apart },
};

/* Try a feature of a kind: "yes", "no", or "?" for a failure of this program. */
static const char *answer(bool (*try)(void))
{
	pid_t pid = must(fork(), "fork");
	bool well;
	int status;

	if (!pid) {
		alarm(30);
		open_it();
		well = try();
		remove_it();
		_exit(well ? 0 : 1);
	}
	must(waitpid(pid, &status, 0), "waitpid");
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 1)
		return "?";
	return WEXITSTATUS(status) ? "no" : "yes";
}

int main(void)
{
	const char *said;
	int failed = 0;

	puts("| | System V | POSIX | Unix seqpacket socket | pipe | msgq |");
	puts("|---|---|---|---|---|---|");
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		printf("| %s |", features[i].name);
		for (kind = 0; kind < KINDS; kind++) {
			fflush(stdout);
			said = answer(features[i].try);
			failed += *said == '?';
			printf(" %s |", said);
		}
		putchar('\n');
	}
	return failed ? 1 : 0;
}
