// SPDX-License-Identifier: MIT
/*
 * fault_inject.c - make the nth place that can fail in the kernel fail; see
 * fault_inject.h
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "fault_inject.h"
#include "test.h"

#define DEBUGFS	"/sys/kernel/debug"
#define CACHES	"/sys/kernel/slab"

/* kmemleak reports only objects of at least this age, in seconds. */
#define LEAK_AGE	5

static int fail_nth = -1;

static void mount_debugfs(void)
{
	if (access(DEBUGFS "/kmemleak", F_OK) &&
	    access(DEBUGFS "/failslab", F_OK))
		mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
}

static void set(const char *name, const char *value)
{
	char path[96];

	snprintf(path, sizeof(path), DEBUGFS "/%s", name);
	write_text(path, value);
}

static bool of_a_checker(const char *cache)
{
	return !strncmp(cache, "kmemleak", strlen("kmemleak")) ||
	       !strncmp(cache, "debug_objects", strlen("debug_objects"));
}

/* Some caches cannot be chosen, because others have been merged into them. */
static bool choose_caches(void)
{
	struct dirent *entry;
	unsigned int chosen = 0;
	DIR *caches = opendir(CACHES);
	char path[320];
	int fd;

	if (!caches)
		return false;
	while ((entry = readdir(caches))) {
		if (of_a_checker(entry->d_name))
			continue;
		snprintf(path, sizeof(path), CACHES "/%s/failslab",
			 entry->d_name);
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		chosen += write(fd, "1", 1) == 1;
		close(fd);
	}
	closedir(caches);
	return chosen;
}

bool inject_prepare(enum inject_scope scope)
{
	if (fail_nth >= 0)
		close(fail_nth);
	fail_nth = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		return false;

	mount_debugfs();
	if (scope == INJECT_SLABS && !choose_caches())
		return false;
	set("failslab/cache-filter", scope == INJECT_SLABS ? "Y" : "N");
	set("fail_page_alloc/min-order", scope == INJECT_SLABS ? "99" : "0");
	/* Allocations that may sleep fail, too. */
	set("failslab/ignore-gfp-wait", "N");
	set("fail_page_alloc/ignore-gfp-wait", "N");
	/* Traces of all failures would hide other messages of the log. */
	set("failslab/verbose", "0");
	set("fail_page_alloc/verbose", "0");
	set("fail_usercopy/verbose", "0");
	return true;
}

void inject_arm(unsigned int nth)
{
	char number[16];
	int length = snprintf(number, sizeof(number), "%u", nth);

	if (pwrite(fail_nth, number, length, 0) != length)
		FAIL("fail-nth: expected to be set, got %s",
		     strerrorname_np(errno));
}

bool inject_disarm(void)
{
	char number[16] = "";
	ssize_t length = pread(fail_nth, number, sizeof(number) - 1, 0);

	/* The read or write of fail-nth may fail: then the call did not. */
	if (length > 0 && !atoi(number))
		return true;
	if (pwrite(fail_nth, "0", 1, 0) < 0 && errno == EFAULT)
		inject_arm(0);
	return false;
}

static void pass(unsigned int seconds)
{
	struct timespec left = { .tv_sec = seconds };

	while (nanosleep(&left, &left))
		;
}

static bool scan(void)
{
	int fd = open(DEBUGFS "/kmemleak", O_WRONLY | O_CLOEXEC);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, "scan", 4) == 4;
	close(fd);
	if (!done)
		FAIL("kmemleak: expected to scan, got %s",
		     strerrorname_np(errno));
	return true;
}

/*
 * Find the first report in which the module stands, and end it there.  The
 * kernel itself loses the name of a cache that it cannot show in sysfs.
 */
static char *leak_of_module(char *text)
{
	static const char begin[] = "unreferenced object";
	char *next;

	for (text = strstr(text, begin); text; text = next) {
		char *name = strstr(text, "[msgq]");

		next = strstr(text + 1, begin);
		if (!name)
			return NULL;
		if (next && name > next)
			continue;
		name[strlen("[msgq]")] = '\0';
		if (!strstr(text, "sysfs_slab_add"))
			return text;
	}
	return NULL;
}

void leaks_check(void)
{
	static char text[1 << 18];
	const char *report;
	size_t length;
	FILE *file;

	mount_debugfs();
	if (access(DEBUGFS "/kmemleak", W_OK))
		SKIP("this kernel has no kmemleak");
	/* This waits for no event: the age is a condition of the report. */
	pass(LEAK_AGE + 1);
	/* The first scan only records changes since the scan before it. */
	if (!scan() || !scan())
		SKIP("this kernel has no kmemleak");

	file = fopen(DEBUGFS "/kmemleak", "re");
	CHECK(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = '\0';
	report = leak_of_module(text);
	if (report)
		FAIL("%s", report);
}
