// SPDX-License-Identifier: MIT
/*
 * trace.c - queues as tracers see them; see trace.h
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "trace.h"

#define TRACING		"/sys/kernel/tracing"
#define INSTANCES	TRACING "/instances/"
/* An instance left by a failed case is removed, and made again. */
#define INSTANCE	"msgq-case"

/*
 * Recording task names needs a hook in the scheduler.  Qemu with several
 * processors does not always survive changes of the scheduler's code.
 */
#define NAMES		TRACING "/options/record-cmd"

/* The traced events, one line each; and the next one to check. */
static char *lines[256];
static unsigned int count, next;

static void put(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), INSTANCES INSTANCE "/%s", name);
	write_text(path, text);
}

void trace_begin(void)
{
	if (mount("none", TRACING, "tracefs", 0, NULL) && errno != EBUSY)
		SKIP("this kernel has no tracefs");
	if (access(TRACING "/events/sched", F_OK))
		SKIP("this kernel has no events");
	rmdir(INSTANCES INSTANCE);
	/* An instance starts with the global options. */
	write_text(NAMES, "0");
	CHECK_OK(mkdir(INSTANCES INSTANCE, 0700));
	write_text(NAMES, "1");
	/* This clock gives an exact order between processors. */
	put("trace_clock", "counter");
}

void trace(const char *name, bool on)
{
	char path[64];

	snprintf(path, sizeof(path), "events/msgq/%s%senable", name ? name : "",
		 name ? "/" : "");
	put(path, on ? "1" : "0");
}

void trace_end(void)
{
	put("events/enable", "0");
	CHECK_OK(rmdir(INSTANCES INSTANCE));
}

void trace_look(void)
{
	static char line[512];
	FILE *file = fopen(INSTANCES INSTANCE "/trace", "re");

	CHECK(file);
	for (count = next = 0; fgets(line, sizeof(line), file);) {
		if (*line == '#')
			continue;
		CHECK(count < ARRAY_SIZE(lines));
		line[strcspn(line, "\n")] = '\0';
		lines[count++] = strdup(line);
	}
	fclose(file);
	put("trace", "");
}

/* Cut all before the event off a line, and write "+" for any time waited. */
static void shorten(const char *line, char *text, size_t size)
{
	const char *begin = strstr(line, "msgq_"), *waited;
	int length;

	CHECK(begin);
	waited = strstr(begin, " waited=");
	if (!waited || !strncmp(waited, " waited=0", 9)) {
		snprintf(text, size, "%s", begin);
		return;
	}
	waited += strlen(" waited=");
	length = waited - begin;
	snprintf(text, size, "%.*s+%s", length, begin,
		 waited + strspn(waited, "0123456789"));
}

const char *trace_next(void)
{
	CHECK(next < count);
	return lines[next++];
}

void trace_event(int line, pid_t pid, const char *name, int key, int msqid,
		 const char *format, ...)
{
	char wanted[256], got[256] = "nothing", task[32];
	size_t head;
	va_list args;

	head = snprintf(wanted, sizeof(wanted),
			"msgq_%s: key=0x%08x msqid=%d ", name, key, msqid);
	va_start(args, format);
	vsnprintf(wanted + head, sizeof(wanted) - head, format, args);
	va_end(args);

	if (next < count)
		shorten(lines[next], got, sizeof(got));
	if (strcmp(got, wanted))
		test_fail(__FILE__, line, "expected '%s', got '%s'", wanted,
			  got);
	snprintf(task, sizeof(task), "-%d ", pid);
	if (!strstr(lines[next], task))
		test_fail(__FILE__, line, "expected it of %d: '%s'", pid,
			  lines[next]);
	next++;
}

void trace_no_more(void)
{
	if (next < count)
		FAIL("expected no more, got '%s'", lines[next]);
}
