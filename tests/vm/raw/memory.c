// SPDX-License-Identifier: MIT
/*
 * The memory of queues and messages: which group it is charged to, and how much
 * of it may be copied to programs.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test.h"

#define GROUPS		"/tmp/cgroup"
#define QUEUES		32000
#define MESSAGES	8192
#define TEXT		4000
#define MANY		3000

/* Until Linux 5.13 a group is not told of the last 32 pages of a processor. */
#define NOT_TOLD	(32LL * 4096)

/* Bytes of a message before its type, and of a segment before its text. */
#define HEAD_OF_MESSAGE	88
#define HEAD_OF_SEGMENT	8

static char group[64];

static void group_file(char *path, size_t size, const char *name)
{
	CHECK(snprintf(path, size, "%s/%s", group, name) < (int)size);
}

/* Move the case to a new control group. */
static void enter_group(void)
{
	char path[128], pid[16];

	DEVICE_ONLY();
	mkdir(GROUPS, 0755);
	if (mount("none", GROUPS, "cgroup2", 0, NULL) && errno != EBUSY)
		SKIP("there are no control groups here");
	if (access(GROUPS "/memory.stat", R_OK))
		SKIP("no controller of memory here");
	write_text(GROUPS "/cgroup.subtree_control", "+memory");
	snprintf(group, sizeof(group), GROUPS "/case-%d", getpid());
	CHECK_OK(mkdir(group, 0755));
	group_file(path, sizeof(path), "cgroup.procs");
	snprintf(pid, sizeof(pid), "%d", getpid());
	write_text(path, pid);
}

/* The bytes charged to the group. */
static long long charged(const char *what)
{
	char path[128], name[64];
	long long value = -1;
	FILE *file;

	group_file(path, sizeof(path), "memory.stat");
	file = fopen(path, "re");
	CHECK(file);
	while (fscanf(file, "%63s %lld", name, &value) == 2) {
		if (!strcmp(name, what)) {
			fclose(file);
			return value;
		}
	}
	FAIL("%s does not tell %s", path, what);
}

static int queues[QUEUES];

static void make_queues(void)
{
	for (int i = 0; i < QUEUES; i++)
		queues[i] = make_queue();
}

static void remove_queues(void)
{
	for (int i = 0; i < QUEUES; i++)
		CHECK_OK(msgctl(queues[i], IPC_RMID, NULL));
}

/* Queues have 512 bytes each: see docs/performance.md. */
CASE(queues)
{
	long long before;

	enter_group();
	before = charged("slab_unreclaimable");
	make_queues();
	CHECK(charged("slab_unreclaimable") - before >= QUEUES * 512LL);
	remove_queues();
}

/* The table of queues: a piece of 576 bytes for 64, which can be reclaimed. */
CASE(table_of_identifiers)
{
	const long long least = QUEUES / 64 * 576;
	long long before;
	cpu_set_t one;

	enter_group();
	CPU_ZERO(&one);
	CPU_SET(0, &one);
	CHECK_OK(sched_setaffinity(0, sizeof(one), &one));
	before = charged("slab_reclaimable");
	make_queues();
	CHECK(charged("slab_reclaimable") - before + NOT_TOLD >=
	      least * 9 / 10);
	remove_queues();
}

/* Messages are charged to the sender's group until any task receives them. */
CASE(messages)
{
	static struct {
		long type;
		char text[TEXT];
	} message = { 1, "" };
	const long long least = MESSAGES * (long long)TEXT;
	long long before, full;
	int msqid;

	enter_group();
	limit_set("msgmnb", 2 * least);
	msqid = make_queue();
	before = charged("slab_unreclaimable");
	for (int i = 0; i < MESSAGES; i++)
		CHECK_OK(msgsnd(msqid, &message, TEXT, IPC_NOWAIT));
	full = charged("slab_unreclaimable");
	CHECK(full - before >= least);
	AS(NULL) {
		char pid[16];

		snprintf(pid, sizeof(pid), "%d", getpid());
		write_text(GROUPS "/cgroup.procs", pid);
		for (int i = 0; i < MESSAGES; i++)
			CHECK_INT(msgrcv(msqid, &message, TEXT, 0, IPC_NOWAIT),
				  TEXT);
	}
	CHECK(full - charged("slab_unreclaimable") >= least * 9 / 10);
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}

/* Read a number of a cache of the kernel. */
static long of_cache(const char *cache, const char *what)
{
	char path[128];
	long value;
	FILE *file;

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/%s", cache, what);
	file = fopen(path, "re");
	if (!file)
		FAIL("%s cannot be opened", path);
	CHECK_INT(fscanf(file, "%ld", &value), 1);
	fclose(file);
	return value;
}

/* The kernel may copy the bytes behind the head of a piece to programs. */
static void check_pieces(const char *prefix, long head)
{
	for (int piece = 128; piece <= 4096; piece *= 2) {
		char cache[64];

		snprintf(cache, sizeof(cache), "%s_%d", prefix, piece);
		CHECK_INT(of_cache(cache, "object_size"), piece - 8);
		CHECK_INT(of_cache(cache, "usersize"), piece - 8 - head);
	}
}

CASE(bytes_for_programs)
{
	DEVICE_ONLY();
	if (access("/sys/kernel/slab/kmalloc-64/usersize", R_OK))
		SKIP("this kernel does not tell of its caches");
	check_pieces("msgq", HEAD_OF_MESSAGE);
	check_pieces("msgq_segment", HEAD_OF_SEGMENT);
	/* The type and a short text of a queue may be copied. */
	CHECK_INT(of_cache("msgq_queue", "usersize"), 8 + 24);
}

/* A text of 8,000 bytes lies in a message and in a segment. */
CASE(segments_in_caches_of_their_own)
{
	static struct {
		long type;
		char text[8000];
	} message = { 1, "" };
	const int few = MANY / 3;
	long messages, segments;
	int msqid;

	DEVICE_ONLY();
	if (access("/sys/kernel/slab/kmalloc-64/total_objects", R_OK))
		SKIP("this kernel does not tell of its caches");
	limit_set("msgmnb", MANY * 8000);
	msqid = make_queue();
	messages = of_cache("msgq_4096", "total_objects");
	segments = of_cache("msgq_segment_4096", "total_objects");
	for (int i = 0; i < MANY; i++)
		CHECK_OK(msgsnd(msqid, &message, 8000, IPC_NOWAIT));
	messages = of_cache("msgq_4096", "total_objects") - messages;
	segments = of_cache("msgq_segment_4096", "total_objects") - segments;
	/* A few of each may have existed before, or be allocated ahead. */
	CHECK(messages > MANY - few && messages < MANY + few);
	CHECK(segments > MANY - few && segments < MANY + few);
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}
