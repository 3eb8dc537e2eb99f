// SPDX-License-Identifier: MIT
/*
 * test.c - runs the cases of a program; see test.h
 */
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leftovers.h"
#include "test.h"

enum outcome { PASSED, FAILED, SKIPPED };

/* The outcome of a case; its processes share it, and the first report counts. */
static struct report {
	int taken;
	int outcome;
	char text[512];
} *report;

static struct test_case *cases;
static struct test_case **last = &cases;
static bool device;
/* The same as in scripts/patience.sh. */
static unsigned int slowness = 10;

static volatile sig_atomic_t running;
static volatile sig_atomic_t late;

void test_add(struct test_case *add)
{
	*last = add;
	last = &add->next;
}

bool on_device(void)
{
	return device;
}

unsigned int test_patience(unsigned int seconds)
{
	return seconds < INT_MAX / slowness ? seconds * slowness : INT_MAX;
}

__attribute__((format(printf, 2, 0)))
static void tell(enum outcome outcome, const char *format, va_list args)
{
	if (__atomic_exchange_n(&report->taken, 1, __ATOMIC_ACQ_REL))
		return;
	vsnprintf(report->text, sizeof(report->text), format, args);
	report->outcome = outcome;
}

__attribute__((format(printf, 1, 2)))
static void tell_failure(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(FAILED, format, args);
	va_end(args);
}

void test_fail(const char *file, int line, const char *format, ...)
{
	char text[400];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	tell_failure("%s:%d: %s", file, line, text);
	_exit(EXIT_FAILURE);
}

void test_skip(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	tell(SKIPPED, format, args);
	va_end(args);
	_exit(EXIT_FAILURE);
}

void test_int(long long got, long long expected, const char *what,
	      const char *file, int line)
{
	if (got != expected)
		test_fail(file, line, "%s: expected %lld, got %lld", what,
			  expected, got);
}

long test_ok(long got, const char *what, const char *file, int line)
{
	if (got == -1)
		test_fail(file, line, "%s: expected success, got %s", what,
			  strerrorname_np(errno));
	return got;
}

void test_error(long got, int expected, const char *what, const char *file,
		int line)
{
	int error = errno;

	if (got != -1)
		test_fail(file, line, "%s: expected %s, got %ld", what,
			  strerrorname_np(expected), got);
	if (error != expected)
		test_fail(file, line, "%s: expected %s, got %s", what,
			  strerrorname_np(expected), strerrorname_np(error));
}

static void start(const struct test_case *run)
{
	sigset_t alarm_only;

	setpgid(0, 0);
	signal(SIGALRM, SIG_DFL);
	sigemptyset(&alarm_only);
	sigaddset(&alarm_only, SIGALRM);
	sigprocmask(SIG_UNBLOCK, &alarm_only, NULL);
	run->run();
	_exit(EXIT_SUCCESS);
}

static void too_late(int signal)
{
	(void)signal;
	late = 1;
	kill(-running, SIGKILL);
	kill(running, SIGKILL);
}

static int await(pid_t pid, unsigned int seconds)
{
	int status;

	late = 0;
	running = pid;
	alarm(seconds);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	alarm(0);
	return status;
}

/* This process is a subreaper: strays of the group become its children. */
static void end_strays(pid_t group)
{
	kill(-group, SIGKILL);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		;
}

static enum outcome run_case(const struct test_case *run)
{
	static const char *const words[] = { "ok", "not ok", "skip" };
	int status, left;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	leftovers_note();
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		exit(EXIT_FAILURE);
	}
	if (!pid)
		start(run);
	setpgid(pid, pid);
	status = await(pid, test_patience(run->seconds));
	end_strays(pid);

	if (late)
		tell_failure("still running after %u seconds",
			     test_patience(run->seconds));
	else if (WIFSIGNALED(status))
		tell_failure("ended by signal %d", WTERMSIG(status));
	else if (WEXITSTATUS(status))
		tell_failure("exited with %d", WEXITSTATUS(status));
	left = leftovers_clear();
	if (left)
		tell_failure("left %d object(s) behind", left);

	printf("%s %s%s%s\n", words[report->outcome], run->name,
	       report->taken ? ": " : "", report->text);
	return report->outcome;
}

static bool chosen(const struct test_case *run, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], run->name))
			return true;
	return argc < 2;
}

static void check_names(int argc, char **argv)
{
	const struct test_case *run;

	for (int i = 1; i < argc; i++) {
		for (run = cases; run; run = run->next)
			if (!strcmp(argv[i], run->name))
				break;
		if (!run) {
			fprintf(stderr, "%s: there is no case named '%s'\n",
				argv[0], argv[i]);
			exit(2);
		}
	}
}

static void check_environment(const char *program)
{
	const char *variant = getenv("MSGQ_VARIANT");
	const char *factor = getenv("MSGQ_SLOWNESS");
	char rest;

	device = variant && !strcmp(variant, "device");
	if (variant && !device && strcmp(variant, "kernel")) {
		fprintf(stderr,
			"%s: MSGQ_VARIANT is 'device' or 'kernel', not '%s'\n",
			program, variant);
		exit(2);
	}
	if (factor && (sscanf(factor, "%u%c", &slowness, &rest) != 1 ||
		       !slowness || slowness > 1000)) {
		fprintf(stderr,
			"%s: MSGQ_SLOWNESS is a number from 1 to 1000, not '%s'\n",
			program, factor);
		exit(2);
	}
	if (geteuid()) {
		fprintf(stderr, "%s: must be run as root\n", program);
		exit(2);
	}
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = too_late };
	int count[3] = { 0 };

	check_environment(argv[0]);
	check_names(argc, argv);
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED) {
		perror("mmap");
		return EXIT_FAILURE;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	sigaction(SIGALRM, &action, NULL);

	/* A faulty module makes each case wait until its limit. */
	for (const struct test_case *run = cases; run; run = run->next) {
		if (chosen(run, argc, argv))
			count[run_case(run)]++;
		if (count[FAILED] && getenv("MSGQ_FIRST"))
			break;
	}
	printf("%d passed, %d failed, %d skipped\n", count[PASSED],
	       count[FAILED], count[SKIPPED]);
	return count[FAILED] ? EXIT_FAILURE : EXIT_SUCCESS;
}
