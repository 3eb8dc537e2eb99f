// SPDX-License-Identifier: MIT
/*
 * fuzz_ioctl.c - random calls of the device, and on descriptors of queues,
 * from several processes and threads at once, get only sensible answers
 *
 * Processes, one of them unprivileged, are forked with a descriptor that all
 * their threads share, make their calls, and exit in the middle of others.
 * Between calls a thread takes memory away from the others, closes or
 * exchanges a descriptor that they use, or changes a limit.  A timer of each
 * thread ends calls that wait.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz_make.h"
#include "options.h"
#include "test.h"

#define PROCESSES	3
#define THREADS		3
#define PAGE		4096

/* The calls of a process before another takes its place. */
#define LIFE		4000

/* The period of the timer that ends a thread's wait, in nanoseconds. */
#define TICK		10000000L

/* Fewer sets than by default. */
#define SEM_LIMITS	"32000 1024000000 500 30"

/* The default number of calls. */
#define MANY		40000

static const char usage[] =
"Usage: fuzz_ioctl [--calls N] [--seconds S] [--seed N] [--help] [CASE]...\n"
"\n"
"Makes random calls of the device, and of its queues, as root.\n"
"  --calls N    at least so many (40000); a tenth in a program of 32 bits\n"
"  --seconds S  for at least so long as well (0)\n"
"  --seed N     draw the calls of another run again; without it, by the clock\n"
"The environment says the same by MSGQ_FUZZ_CALLS, _SECONDS and _SEED.\n";

static struct options options = {
	.program = "fuzz_ioctl",
	.usage = usage,
	.unit = "calls",
	.variable = "MSGQ_FUZZ_CALLS",
	.prefix = "MSGQ_FUZZ",
};

__attribute__((constructor)) static void read_options(int argc, char **argv)
{
	options_read(&options, argc, argv);
	if (!options.count)
		options.count = MANY;
	/* A 32-bit program makes only a tenth of the calls requested. */
	if (sizeof(long) < 8 && getenv("MSGQ_FUZZ_CALLS"))
		options.count /= 10;
}

static struct fuzz_world *world;
static struct fuzz_memory memory;
static unsigned long life_ends;

static unsigned long calls_made(void)
{
	return __atomic_load_n(&world->calls, __ATOMIC_RELAXED);
}

static void ignore(int signal)
{
	(void)signal;
}

/* Start a timer for one thread, whose signal has no SA_RESTART. */
static void start_timer(void)
{
	const struct itimerspec tick = {
		.it_value.tv_nsec = TICK,
		.it_interval.tv_nsec = TICK,
	};
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD_ID,
		.sigev_signo = SIGUSR1,
	};
	timer_t timer;

	event._sigev_un._tid = gettid();
	CHECK_OK(timer_create(CLOCK_MONOTONIC, &event, &timer));
	CHECK_OK(timer_settime(timer, 0, &tick, NULL));
}

/* Change memory that another thread may be using in a call. */
static void change_memory(struct fuzz_random *random)
{
	static const int rights[] = { PROT_NONE, PROT_READ,
				      PROT_READ | PROT_WRITE };
	size_t pages = 1 + fuzz_below(random, FUZZ_VANISHING / PAGE);
	size_t first = fuzz_below(random, FUZZ_VANISHING / PAGE + 1 - pages);
	unsigned char *start = memory.vanishing + first * PAGE;

	switch (fuzz_below(random, 8)) {
	case 0:
		munmap(start, pages * PAGE);
		break;
	case 1:
		mprotect(start, pages * PAGE, rights[fuzz_below(random, 3)]);
		break;
	case 2:
		madvise(start, pages * PAGE, MADV_DONTNEED);
		break;
	default:
		/* No other thread of this process maps memory by now. */
		mmap(memory.vanishing, FUZZ_VANISHING, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		break;
	}
}

static void change_descriptor(struct fuzz_task *task)
{
	int queue = FUZZ_QUEUE_FD + fuzz_below(&task->random, FUZZ_QUEUE_FDS);
	int other = -1;

	switch (fuzz_below(&task->random, 7)) {
	case 0:
		close(FUZZ_SHAKY_FD);
		return;
	case 3:
		close(queue);
		return;
	case 4:
		dup2(queue, FUZZ_SHAKY_FD);
		return;
	case 1:
		other = open("/dev/null", O_RDWR | O_CLOEXEC);
		break;
	case 2:
		other = open("/dev/" MSGQ_DEVICE_NAME, O_RDWR | O_CLOEXEC);
		break;
	default:
		dup2(task->fd, FUZZ_SHAKY_FD);
		return;
	}
	if (other >= 0) {
		dup2(other, FUZZ_SHAKY_FD);
		close(other);
	}
}

static void change_limit(struct fuzz_random *random)
{
	static const struct {
		const char *path;
		const char *values[4];
	} limits[] = {
		{ "/proc/sys/msgq/msgmax", { "0", "100", "8192", "8192" } },
		{ "/proc/sys/msgq/msgmnb", { "0", "50", "16384", "65536" } },
		{ "/proc/sys/msgq/msgmni", { "0", "5", "30", "30" } },
		{ "/proc/sys/msgq/msgtql",
		  { "0", "40", "2147483647", "2147483647" } },
		{ "/proc/sys/msgq/sem",
		  { "0 0 0 0", "5 9 2 3", SEM_LIMITS, SEM_LIMITS } },
	};
	unsigned int which = fuzz_below(random, 5);
	const char *value = limits[which].values[fuzz_below(random, 4)];
	int fd = open(limits[which].path, O_WRONLY | O_CLOEXEC);

	/* The unprivileged process may try, too. */
	if (fd < 0)
		return;
	if (write(fd, value, strlen(value)) < 0 && errno != EBADF)
		FAIL("%s: expected to be set, got %s", limits[which].path,
		     strerrorname_np(errno));
	close(fd);
}

static void *work(void *argument)
{
	struct fuzz_task *task = argument;

	start_timer();
	while (calls_made() < life_ends) {
		if (fuzz_once_in(&task->random, 4))
			fuzz_io(task);
		else
			fuzz_call(task);
		if (fuzz_once_in(&task->random, 50))
			change_memory(&task->random);
		if (fuzz_once_in(&task->random, 100))
			change_descriptor(task);
		if (fuzz_once_in(&task->random, 400))
			change_limit(&task->random);
	}
	return NULL;
}

static void prepare_memory(struct fuzz_task *tasks, int fd, uint64_t seed)
{
	const size_t bytes = FUZZ_ENTRIES * sizeof(struct msgq_entry);

	memory.vanishing = fuzz_fenced(FUZZ_VANISHING);
	memory.read_only = fuzz_fenced(FUZZ_BUFFER);
	CHECK_OK(mprotect(memory.read_only, FUZZ_BUFFER, PROT_READ));
	for (int i = 0; i < THREADS; i++) {
		tasks[i] = (struct fuzz_task){
			.world = world,
			.memory = &memory,
			.fd = fd,
			.argument = fuzz_fenced(FUZZ_ARGUMENT),
			.before = fuzz_fenced(FUZZ_ARGUMENT),
			.buffer = fuzz_fenced(FUZZ_BUFFER),
			.entries = guarded(bytes),
			.entries_before = raw_memory(bytes),
		};
		fuzz_seed(&tasks[i].random, seed * THREADS + i);
	}
}

/* A process of the storm; it ends while its threads are still in calls. */
static void live(int fd, bool without_rights, uint64_t seed)
{
	const struct identity nobody = { .uid = 4711, .gid = 4711 };
	const struct sigaction action = { .sa_handler = ignore };
	struct fuzz_task tasks[THREADS];
	pthread_t thread;

	prepare_memory(tasks, fd, seed);
	if (without_rights)
		become(&nobody);
	sigaction(SIGUSR1, &action, NULL);
	life_ends = calls_made() + LIFE;
	for (int i = 1; i < THREADS; i++)
		CHECK(!pthread_create(&thread, NULL, work, &tasks[i]));
	work(&tasks[0]);
	_exit(EXIT_SUCCESS);
}

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

static void storm(int fd)
{
	time_t until = now() + options.seconds;
	uint64_t seed = options.seed * 100000;
	unsigned int born = 0, alive = 0;
	int status;
	pid_t pid;

	do {
		while (alive < PROCESSES) {
			pid = CHECK_OK(fork());
			if (!pid)
				live(fd, born % PROCESSES == 1, seed + born);
			born++;
			alive++;
		}
		pid = CHECK_OK(waitpid(-1, &status, 0));
		alive--;
		if (status)
			FAIL("process %d: wait status %#x", pid, status);
	} while (calls_made() < world->wanted || now() < until);

	while (alive--) {
		CHECK_OK(wait(&status));
		CHECK_INT(status, 0);
	}
}

static int control_set(int fd, int semid, int cmd, const void *memory)
{
	return raw_semctl(fd, semid, 0, cmd, raw_address(memory),
			  sizeof(long));
}

/* No process that has used SEM_UNDO is left: the sets can be removed. */
static void remove_sets(int fd)
{
	struct seminfo info;
	struct semid_ds ds;
	int highest, semid;

	highest = CHECK_OK(control_set(fd, 0, SEM_INFO, &info));
	for (int i = 0; i <= highest; i++) {
		semid = control_set(fd, i, SEM_STAT_ANY, &ds);
		if (semid >= 0)
			CHECK_OK(control_set(fd, semid, IPC_RMID, NULL));
	}
	CHECK_OK(control_set(fd, 0, SEM_INFO, &info));
	CHECK_INT(info.semusz, 0);
	CHECK_INT(info.semaem, 0);
}

static void remove_all(int fd)
{
	struct msginfo info;
	struct msgq_ds64 ds;
	int highest, msqid;

	highest = CHECK_OK(raw_ctl(fd, 0, MSG_INFO, &info, sizeof(long)));
	for (int i = 0; i <= highest; i++) {
		msqid = raw_ctl(fd, i, MSG_STAT_ANY, &ds, 8);
		if (msqid >= 0)
			CHECK_OK(raw_ctl(fd, msqid, IPC_RMID, NULL, 8));
	}
	CHECK_OK(raw_ctl(fd, 0, MSG_INFO, &info, sizeof(long)));
	CHECK_INT(info.msgpool, 0);
	CHECK_INT(info.msgmap, 0);
	CHECK_INT(info.msgtql, 0);
}

static void send_and_receive(int fd)
{
	struct {
		int64_t type;
		char text[100];
	} message = { .type = 7 };
	int msqid = CHECK_OK(raw_get(fd, IPC_PRIVATE, 0600));

	raw_fill(message.text, sizeof(message.text), 7);
	CHECK_OK(raw_snd(fd, msqid, &message, sizeof(message.text), 0, 8));
	memset(&message, 0, sizeof(message));
	CHECK_INT(raw_rcv(fd, msqid, &message, sizeof(message.text), 7, 0, 8),
		  sizeof(message.text));
	CHECK_INT(message.type, 7);
	CHECK(raw_filled(message.text, sizeof(message.text), 7));
	CHECK_OK(raw_ctl(fd, msqid, IPC_RMID, NULL, 8));
}

static void set_sem_limits(const char *limits)
{
	int fd = CHECK_OK(open("/proc/sys/msgq/sem", O_WRONLY | O_CLOEXEC));

	CHECK_INT(write(fd, limits, strlen(limits)), strlen(limits));
	close(fd);
}

CASE_SECONDS(random_calls, UINT_MAX)
{
	int fd;

	DEVICE_ONLY();
	printf("# seed %lu\n", options.seed);
	fflush(stdout);
	fd = raw_open();
	world = raw_memory(sizeof(*world));
	world->wanted = options.count;
	/* End this process, and thus the case, if a call does not end. */
	alarm(options.seconds + test_patience(options.count / 2500 + 24));
	limit_set("msgmni", 30);
	set_sem_limits(SEM_LIMITS);
	storm(fd);

	limit_set("msgmax", 8192);
	limit_set("msgmnb", 16384);
	limit_set("msgmni", 30);
	limit_set("msgtql", INT_MAX);
	set_sem_limits(SEM_LIMITS);
	remove_sets(fd);
	remove_all(fd);
	send_and_receive(fd);
	printf("# made %lu raw calls (%lu succeeded, %lu EFAULT, %lu EINTR; %lu texts read, %lu written)\n",
	       world->calls, world->succeeded, world->faulted,
	       world->interrupted, world->texts_read, world->texts_written);
	fflush(stdout);
	CHECK(world->succeeded > world->calls / 100);
	CHECK(world->texts_read > 0 && world->texts_written > 0);
}
