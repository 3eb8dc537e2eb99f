// SPDX-License-Identifier: MIT
/*
 * bench.c - messages by all ways that there are, measured side by side
 */
#define _GNU_SOURCE
#include <getopt.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define ROUNDS		9
#define TASK_ROUNDS	5
#define MOST_LIMITS	16

static bool counted = true;
static pid_t self;

static struct {
	const char *path;
	long value;
} limits[MOST_LIMITS];
static unsigned int limit_count;

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	if (getpid() != self)
		_exit(1);
	exit(1);
}

void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die("no memory");
	return memory;
}

void none_failed(const struct run *run, unsigned long failed)
{
	if (failed)
		die("%s, %s %lu: %lu calls failed", run->peer->name,
		    run->what->name, run->param, failed);
}

long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static bool write_limit(const char *path, long value)
{
	FILE *file = fopen(path, "we");
	bool written;

	if (!file)
		return false;
	written = fprintf(file, "%ld\n", value) > 0;
	return !fclose(file) && written;
}

/* Raise a limit of the system while this runs; -1 is none. */
static void raise_limit(const char *path, long value)
{
	FILE *file = fopen(path, "re");
	long old;

	if (!file) {
		fprintf(stderr, "bench: there is no %s\n", path);
		return;
	}
	if (limit_count == MOST_LIMITS || fscanf(file, "%ld", &old) != 1)
		die("%s cannot be kept", path);
	fclose(file);
	if (old < 0 || (value >= 0 && old >= value))
		return;
	limits[limit_count].path = path;
	limits[limit_count++].value = old;
	if (!write_limit(path, value))
		die("%s cannot be set to %ld: %s", path, value,
		    strerror(errno));
}

static void restore_limits(void)
{
	if (getpid() != self)
		return;
	while (limit_count--)
		write_limit(limits[limit_count].path, limits[limit_count].value);
}

static void raise_limits(void)
{
	static const struct {
		const char *path;
		long value;
	} wanted[] = {
		{ "/proc/sys/kernel/msgmax", LARGEST },
		{ "/proc/sys/kernel/msgmnb", 1 << 28 },
		{ "/proc/sys/kernel/msgmni", MOST_QUEUES + 10 },
		{ "/proc/sys/msgq/msgmax", LARGEST },
		{ "/proc/sys/msgq/msgmnb", 1 << 28 },
		{ "/proc/sys/msgq/msgmni", MOST_QUEUES + 10 },
		{ "/proc/sys/kernel/threads-max", 40000 },
		{ "/proc/sys/kernel/pid_max", 40000 },
		/* Tasks that wait may keep the processor for long. */
		{ "/proc/sys/kernel/sched_rt_runtime_us", -1 },
	};
	const struct rlimit none = { RLIM_INFINITY, RLIM_INFINITY };

	atexit(restore_limits);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		raise_limit(wanted[i].path, wanted[i].value);
	if (setrlimit(RLIMIT_MSGQUEUE, &none))
		die("setrlimit: %s", strerror(errno));
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/*
 * Instructions: the least, which nothing has disturbed; but the mean where some
 * work is done later, since the least lacks most of that work.  Time: the
 * median, since the least is the luckiest.
 */
static double choose(const struct run *run, unsigned int rounds)
{
	double sum = 0;

	qsort(run->samples, rounds, sizeof(*run->samples), ascending);
	if (!counted)
		return run->samples[rounds / 2];
	if (!run->what->later)
		return run->samples[0];
	for (unsigned int i = 0; i < rounds; i++)
		sum += run->samples[i];
	return sum / rounds;
}

static void print(const struct run *run, unsigned int rounds)
{
	double value = choose(run, rounds);

	printf("%s,%s,%lu,%s,%.1f,%s\n", counted ? "counted" : "time",
	       run->what->name, run->param, run->peer->name, value,
	       run->what->fixed ? "bytes" : counted ? "instructions" : "ns");
	fflush(stdout);
}

/* The aim for one batch: short, so that most contain no tick of the clock. */
static long long wanted(const struct bench_case *what)
{
	if (what->least)
		return counted ? 20000000 : 100000000;
	if (what->later)
		return counted ? 20000000 : 50000000;
	return counted ? 2000000 : 5000000;
}

/* Find how many operations take that long. */
static void calibrate(struct run *run)
{
	const struct bench_case *what = run->what;
	unsigned long least = what->least / run->peer->messages ?: 1;
	unsigned long count = least;
	long long took = what->measure(run, count);

	if (took < wanted(what) / 8 && !what->least) {
		count = 8;
		took = what->measure(run, count);
	}
	run->count = took > 0 ? wanted(what) * count / took : count;
	if (run->count < least)
		run->count = least;
}

static void sample(struct run *run, unsigned int round)
{
	run->samples[round] = (double)run->what->measure(run, run->count) /
			      run->count / run->peer->messages;
}

/* Earlier work leaves deferred work behind: wait until that is over. */
static void settle(void)
{
	usleep(100000);
}

/* Peers take turns, so that a disturbance affects all of them. */
static void by_turns(struct run *runs, unsigned int count, unsigned int rounds)
{
	settle();
	for (unsigned int round = 0; round < rounds; round++)
		for (unsigned int i = 0; i < count; i++)
			sample(&runs[i], round);
}

/* The deferred work of one peer must not run in another's turn. */
static void one_by_one(struct run *runs, unsigned int count, unsigned int rounds)
{
	for (unsigned int i = 0; i < count; i++) {
		settle();
		for (unsigned int round = 0; round < rounds; round++)
			sample(&runs[i], round);
	}
}

static void measure(const struct bench_case *what, unsigned long param)
{
	struct run *runs = allocate(peer_count, sizeof(*runs));
	unsigned int rounds = what->fixed ? 1 : what->least ? TASK_ROUNDS :
			      ROUNDS;
	unsigned int count = 0;

	for (size_t i = 0; i < peer_count; i++) {
		struct run *run = &runs[count];

		memset(run, 0, sizeof(*run));
		if ((peers[i].can & what->needs) != what->needs)
			continue;
		run->what = what;
		run->peer = &peers[i];
		run->param = param;
		if (!what->prepare(run))
			continue;
		run->samples = allocate(rounds, sizeof(double));
		run->count = what->fixed;
		if (!what->fixed)
			calibrate(run);
		count++;
	}
	(what->later ? one_by_one : by_turns)(runs, count, rounds);
	for (struct run *run = runs; run < runs + count; run++) {
		print(run, rounds);
		what->finish(run);
		free(run->samples);
	}
	free(runs);
}

/* "size" or "size:16" */
static bool chosen(const struct bench_case *what, unsigned long param,
		   char **names)
{
	char full[64];

	snprintf(full, sizeof(full), "%s:%lu", what->name, param);
	for (; *names; names++)
		if (!strcmp(*names, what->name) || !strcmp(*names, full))
			return true;
	return false;
}

static void usage(void)
{
	puts("Usage: bench [--mode counted|time] [--drop-in FILE] [--list] [--help]\n"
	     "             [CASE[:PARAM]]...\n"
	     "\n"
	     "Measures what messages cost over the device and its peers, and prints a line\n"
	     "of each: mode,case,param,peer,per_op,unit. All cases, or just those named.\n"
	     "Must be run as root, with the module loaded; limits that it changes are put\n"
	     "back at the end.\n"
	     "\n"
	     "  --mode counted  the clock counts instructions, as under scripts/vm --icount:\n"
	     "                  the least of nine batches (the default)\n"
	     "  --mode time     it counts nanoseconds: the median of nine batches, or of five where\n"
	     "                  there are several tasks\n"
	     "  --drop-in FILE  libmsgq-sysv.so; else the dynamic linker finds it\n"
	     "  --list          the cases, and what is measured in them");
}

static void list(void)
{
	for (size_t i = 0; i < case_count; i++)
		printf("%-24s %s\n", cases[i].name, cases[i].about);
}

static const char *options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "drop-in", required_argument, NULL, 'd' },
		{ "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },
		{}
	};
	const char *drop_in = "libmsgq-sysv.so";
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (option) {
		case 'm':
			counted = !strcmp(optarg, "counted");
			if (!counted && strcmp(optarg, "time"))
				die("there is no mode '%s'", optarg);
			break;
		case 'd':
			drop_in = optarg;
			break;
		case 'l':
			list();
			exit(0);
		case 'h':
			usage();
			exit(0);
		default:
			exit(2);
		}
	}
	return drop_in;
}

int main(int argc, char **argv)
{
	const char *drop_in;
	cpu_set_t first;
	unsigned int left = 0;

	self = getpid();
	drop_in = options(argc, argv);
	if (geteuid())
		die("must be run as root");
	raise_limits();
	peers_begin(drop_in);
	CPU_ZERO(&first);
	CPU_SET(sched_getcpu(), &first);
	if (sched_setaffinity(0, sizeof(first), &first))
		die("sched_setaffinity: %s", strerror(errno));
	/* The system has finished its boot work by then. */
	sleep(2);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < case_count; i++) {
			for (size_t k = 0; k < cases[i].param_count; k++) {
				unsigned long param = cases[i].params[k];

				if (argv[optind] &&
				    !chosen(&cases[i], param, argv + optind))
					continue;
				if (!pass) {
					left++;
					continue;
				}
				fprintf(stderr, "bench: %s %lu, %u to go\n",
					cases[i].name, param, left--);
				measure(&cases[i], param);
			}
		}
	}
	return 0;
}
