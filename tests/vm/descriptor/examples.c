// SPDX-License-Identifier: MIT
/*
 * examples.c - the examples of descriptors work as described; they are in
 * the folder above this program
 */
#define _GNU_SOURCE
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

#define MOST_ARGUMENTS	8

/* A running program, and its output. */
struct example {
	const char *name;
	pid_t pid;
	int output;
	char text[1 << 16];
	size_t size;
};

static struct example example, other;

/* The path of an example, in the folder above this program's. */
static void path_of(const char *name, char *path, size_t size)
{
	ssize_t length = CHECK_OK(readlink("/proc/self/exe", path, size - 1));
	char *slash;

	path[length] = 0;
	slash = strrchr(path, '/');
	CHECK(slash);
	snprintf(slash + 1, size - (slash + 1 - path), "../%s", name);
}

/* Start a program with arguments up to a NULL. */
static void start(struct example *run, const char *name, ...)
{
	char path[PATH_MAX], *arguments[MOST_ARGUMENTS + 2];
	va_list args;
	int count = 0;
	int pipes[2];

	path_of(name, path, sizeof(path));
	arguments[count++] = path;
	va_start(args, name);
	while ((arguments[count] = va_arg(args, char *)))
		CHECK(++count <= MOST_ARGUMENTS);
	va_end(args);

	CHECK_OK(pipe(pipes));
	run->name = name;
	run->size = 0;
	run->text[0] = 0;
	run->pid = CHECK_OK(fork());
	if (!run->pid) {
		CHECK_OK(dup2(pipes[1], 1));
		CHECK_OK(dup2(pipes[1], 2));
		close(pipes[0]);
		close(pipes[1]);
		execv(path, arguments);
		_exit(127);
	}
	close(pipes[1]);
	run->output = pipes[0];
}

/* Read the next output; returns false at the end. */
static bool read_more(struct example *run)
{
	ssize_t got;

	CHECK(run->size < sizeof(run->text) - 1);
	got = CHECK_OK(read(run->output, run->text + run->size,
			    sizeof(run->text) - 1 - run->size));
	run->size += got;
	run->text[run->size] = 0;
	return got;
}

static void check_said(const struct example *run, const char *part)
{
	if (!strstr(run->text, part))
		FAIL("%s did not say '%s', but:\n%s", run->name, part,
		     run->text);
}

static void await_said(struct example *run, const char *part)
{
	while (!strstr(run->text, part) && read_more(run))
		;
	check_said(run, part);
}

/* It ends by itself, with this status. */
static void check_ends(struct example *run, int expected)
{
	int status;

	while (read_more(run))
		;
	close(run->output);
	CHECK_INT(CHECK_OK(waitpid(run->pid, &status, 0)), run->pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != expected)
		FAIL("%s: status 0x%x, expected exit with %d:\n%s", run->name,
		     status, expected, run->text);
}

/* The number in the output before these words. */
static unsigned long number_before(const struct example *run, const char *words)
{
	const char *end, *begin;

	check_said(run, words);
	end = strstr(run->text, words);
	begin = end;
	while (begin > run->text && begin[-1] >= '0' && begin[-1] <= '9')
		begin--;
	CHECK(begin < end);
	return strtoul(begin, NULL, 10);
}

static void tell(const char *where, const char *first, const char *second)
{
	start(&other, "serverepoll", "--to", where, first, second, NULL);
	check_ends(&other, 0);
}

static void serve(const char *seconds)
{
	start(&example, "serverepoll", "--seconds", seconds, NULL);
	await_said(&example, "serverepoll: ready\n");
}

CASE(serverepoll_stops)
{
	DEVICE_ONLY();
	serve("600");
	tell("jobs", "build", "pack");
	tell("socket", "good\nmorning", NULL);
	await_said(&example, "socket: good?morning\n");
	tell("control", "report", NULL);
	await_said(&example, "timer: ");
	tell("jobs", "send", NULL);
	tell("control", "stop", NULL);
	check_ends(&example, 0);
	check_said(&example, "job of type 1: build\njob of type 1: pack\n");
	check_said(&example, "control: report\n");
	check_said(&example, "job of type 1: send\n");
	check_said(&example, "ended by a control message; 3 jobs, 2 control messages, 1 datagrams, ");
}

CASE(serverepoll_by_signal)
{
	DEVICE_ONLY();
	serve("600");
	CHECK_OK(kill(example.pid, SIGTERM));
	check_ends(&example, 0);
	check_said(&example, "signal: Terminated\n");
	check_said(&example, "ended by a signal; 0 jobs, 0 control messages, 0 datagrams, ");
}

CASE(serverepoll_by_time)
{
	DEVICE_ONLY();
	serve("1");
	check_ends(&example, 0);
	check_said(&example, "ended by time; 0 jobs, ");
}

CASE(serverepoll_alone)
{
	DEVICE_ONLY();
	start(&other, "serverepoll", "--to", "jobs", "build", NULL);
	check_ends(&other, 1);
	check_said(&other, "no server runs");

	serve("600");
	start(&other, "serverepoll", NULL);
	check_ends(&other, 1);
	check_said(&other, "does another one run?");
	tell("control", "stop", NULL);
	check_ends(&example, 0);
}

CASE_SECONDS(request, 24)
{
	DEVICE_ONLY();
	start(&example, "request", "--clients", "20", "--requests", "30", NULL);
	check_ends(&example, 0);
	check_said(&example, "request: 20 clients, 600 of 600 requests answered, 0 wrong, 0 left; ");
}

CASE_SECONDS(workers, 24)
{
	DEVICE_ONLY();
	start(&example, "workers", "--jobs", "3000", "--seed", "1", NULL);
	check_ends(&example, 0);
	check_said(&example, "workers: 3000 jobs, 0 missing, 0 left; ");
	CHECK(number_before(&example, " workers killed") > 0);
}

CASE(usage)
{
	static const char *const names[] = { "serverepoll", "request", "workers" };

	DEVICE_ONLY();
	for (int i = 0; i < 3; i++) {
		start(&example, names[i], "--help", NULL);
		check_ends(&example, 0);
		check_said(&example, "usage: ");
		start(&example, names[i], "--other", NULL);
		check_ends(&example, 2);
		check_said(&example, "usage: ");
		start(&example, names[i], "more", NULL);
		check_ends(&example, 2);
	}
}
