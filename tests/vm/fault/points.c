// SPDX-License-Identifier: MIT
/*
 * points.c - each allocation and each copy of each kind of call fails
 * once: the right errno, and nothing lost, doubled, leaked or changed
 *
 * If the kernel has fault injection, the first, second, third, ... place that
 * can fail does, until the call goes through.  On any kernel, memory ends at
 * the first, each next, and the last byte that the call should reach.
 */
#define _GNU_SOURCE
#include <assert.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault_inject.h"
#include "fault_scene.h"
#include "test.h"

#define PAGE	4096

/* The faults that all cases of this program have tried. */
static struct figures {
	unsigned long injected;
	unsigned long survived;
	unsigned long guarded;
} *figures;

__attribute__((constructor)) static void share_figures(void)
{
	figures = mmap(NULL, sizeof(*figures), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (figures == MAP_FAILED) {
		perror("mmap");
		exit(EXIT_FAILURE);
	}
}

__attribute__((format(printf, 1, 2)))
static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	fflush(stdout);
	va_end(args);
}

/* The progress of a call through the causes of its failures. */
struct walk {
	const struct kind *kind;
	unsigned int at;
	unsigned int count;		/* points of this cause so far */
	unsigned int points;
	unsigned int survived;
	bool counted;			/* check the number of points? */
};

static const struct cause *cause_of(const struct walk *walk)
{
	return &walk->kind->causes[walk->at];
}

static bool is_cause(const struct cause *cause, int error)
{
	if (!cause->why)
		return false;
	return cause->error ? error == cause->error :
			      error == ENOMEM || error == EFAULT;
}

static void end_cause(struct walk *walk)
{
	const struct cause *cause = cause_of(walk);

	if (walk->count < cause->least)
		FAIL("%s: %s: expected at least %u points, got %u",
		     walk->kind->name, cause->why, cause->least, walk->count);
	say("%s: %u x %s (%s)", walk->kind->name, walk->count,
	    cause->error ? strerrorname_np(cause->error) : "ENOMEM or EFAULT",
	    cause->why);
	walk->at++;
	walk->count = 0;
}

/* Go to the next point, in order of the causes, that may fail with this. */
static void step_in_order(struct walk *walk, int error)
{
	const struct cause *cause = cause_of(walk);

	while (cause->why && (!is_cause(cause, error) ||
			      (cause->most && walk->count == cause->most))) {
		end_cause(walk);
		cause = cause_of(walk);
	}
	if (!cause->why)
		FAIL("%s: point %u: nothing that follows may fail with %s",
		     walk->kind->name, walk->points, strerrorname_np(error));
	walk->count++;
}

/* The call failed at its next point: may it fail there? */
static void step(struct walk *walk, int error)
{
	unsigned int i = 0;

	if (walk->counted) {
		step_in_order(walk, error);
		return;
	}
	while (i < CAUSES && !is_cause(&walk->kind->causes[i], error))
		i++;
	if (i == CAUSES)
		FAIL("%s: point %u: nothing may fail with %s",
		     walk->kind->name, walk->points, strerrorname_np(error));
}

static void end_walk(struct walk *walk)
{
	while (walk->counted && cause_of(walk)->why)
		end_cause(walk);
	figures->injected += walk->points;
	figures->survived += walk->survived;
}

static void inject_into(const struct kind *kind, bool counted)
{
	struct walk walk = { .kind = kind, .counted = counted };
	struct scene scene;
	char point[32];
	bool injected;
	long ret;
	int error;

	scene_open(&scene, kind);
	scene_make(&scene);
	do {
		inject_arm(walk.points + 1);
		ret = scene_call(&scene);
		error = errno;
		injected = inject_disarm();
		walk.points += injected;

		if (ret < 0 && injected) {
			snprintf(point, sizeof(point), "point %u", walk.points);
			step(&walk, error);
			scene_same(&scene, point);
			continue;
		}
		errno = error;
		scene_end(&scene, ret);
		walk.survived += injected;
		scene_make(&scene);
	} while (injected);

	/* The call that failed so often still does its work. */
	scene_end(&scene, scene_call(&scene));
	scene_close(&scene);
	end_walk(&walk);
}

/* Memory for an object of some size, with an unmapped page behind it. */
struct fence {
	unsigned char *start;
	size_t room;
};

static struct fence fence_of(size_t size, int rights)
{
	struct fence fence = { .room = (size + PAGE) / PAGE * PAGE };

	fence.start = raw_memory(fence.room + PAGE);
	CHECK_OK(mprotect(fence.start + fence.room, PAGE, rights));
	return fence;
}

static void fence_remove(struct fence *fence)
{
	munmap(fence->start, fence->room + PAGE);
}

/* Which byte of an object is the first bad one, after this one? */
static size_t next_bad(size_t bad, size_t size)
{
	size_t page = (bad / PAGE + 1) * PAGE;

	if (bad < 150 || size - bad <= 2)
		return bad + 1;
	if (bad % PAGE <= 1)
		return bad + 1;
	/* The byte before each page's last; every seventh of many pages. */
	if (bad % PAGE == PAGE - 1)
		return bad + 1;
	if (page > 8 * PAGE)
		page += 6 * PAGE;
	return page - 1 < size - 2 ? page - 1 : size - 2;
}

static void expect_fault(struct scene *scene, const char *what, size_t bad)
{
	char point[64];
	long ret = scene_call(scene);

	snprintf(point, sizeof(point), "%s bad from byte %zu", what, bad);
	if (ret != -1 || errno != EFAULT)
		FAIL("%s: %s: expected EFAULT, got %s", scene->kind->name,
		     point, ret < 0 ? strerrorname_np(errno) : "success");
	scene_same(scene, point);
	figures->guarded++;
}

static void guard_argument(struct scene *scene)
{
	size_t size = _IOC_SIZE(scene->kind->command) + scene->kind->extra;
	union raw_argument *real = scene->argument;
	struct fence fence = fence_of(size, PROT_NONE);

	for (size_t bad = 0; bad < size; bad++) {
		unsigned char *at = fence.start + fence.room - bad;

		memcpy(at, real, bad);
		scene->argument = (union raw_argument *)at;
		expect_fault(scene, "argument", bad);
	}
	scene->argument = real;
	fence_remove(&fence);
}

static void guard_buffer(struct scene *scene, const char *what, size_t size,
			 int rights)
{
	uint64_t real = scene->argument->snd.msgp;
	struct fence fence = fence_of(size, rights);

	static_assert(offsetof(struct msgq_snd, msgp) ==
		      offsetof(struct msgq_rcv, msgp), "one place for all");
	static_assert(offsetof(struct msgq_snd, msgp) ==
		      offsetof(struct msgq_ctl, buf), "one place for all");
	static_assert(offsetof(struct msgq_snd, msgp) ==
		      offsetof(struct msgq_batch, entries), "one place for all");

	for (size_t bad = 0; bad < size; bad = next_bad(bad, size)) {
		unsigned char *at = fence.start + fence.room - bad;

		memcpy(at, scene->buffer, bad);
		scene->argument->snd.msgp = raw_address(at);
		expect_fault(scene, what, bad);
	}
	scene->argument->snd.msgp = real;
	fence_remove(&fence);
}

/* The reverse: the beginning is bad, and the rest is mapped. */
static void guard_front(struct scene *scene, size_t size)
{
	uint64_t real = scene->argument->snd.msgp;
	unsigned char *start = raw_memory(PAGE + size);

	CHECK_OK(mprotect(start, PAGE, PROT_NONE));
	for (size_t bad = 1; bad <= 8 && bad < size; bad++) {
		memcpy(start + PAGE, scene->buffer + bad, size - bad);
		scene->argument->snd.msgp = raw_address(start + PAGE - bad);
		expect_fault(scene, "front", bad);
	}
	scene->argument->snd.msgp = real;
	munmap(start, PAGE + size);
}

static void guard(const struct kind *kind)
{
	struct scene scene;

	scene_open(&scene, kind);
	scene_make(&scene);
	if (kind->command)
		guard_argument(&scene);
	if (kind->input) {
		guard_buffer(&scene, "input", kind->input, PROT_NONE);
		guard_front(&scene, kind->input);
	}
	if (kind->output) {
		guard_buffer(&scene, "output", kind->output, PROT_NONE);
		guard_buffer(&scene, "read-only output", kind->output,
			     PROT_READ);
		guard_front(&scene, kind->output);
	}
	scene_end(&scene, scene_call(&scene));
	scene_close(&scene);
}

CASE_SECONDS(memory_that_ends, 60)
{
	const struct kind *kind;

	DEVICE_ONLY();
	for (unsigned int i = 0; (kind = kind_at(i)); i++)
		guard(kind);
	say("%lu faults tried by memory that ends", figures->guarded);
}

static void inject(enum inject_scope scope)
{
	const struct kind *kind;

	DEVICE_ONLY();
	if (!inject_prepare(scope))
		SKIP("this kernel has no fault injection");
	for (unsigned int i = 0; (kind = kind_at(i)); i++) {
		/* A long chain adds nothing new if all allocations can fail. */
		if (scope == INJECT_ALL && kind->size == SCENE_LONGEST)
			continue;
		inject_into(kind, scope == INJECT_SLABS);
	}
	say("%lu fault points tried by injection, %lu of them did not matter",
	    figures->injected, figures->survived);
}

CASE_SECONDS(injected_faults, 80)
{
	inject(INJECT_SLABS);
}

/* Allocations inside the allocator and the checkers fail, too. */
CASE_SECONDS(injected_faults_behind_the_call, 80)
{
	inject(INJECT_ALL);
}

/* Enough keys to make the tables of keys and indices grow several times. */
#define KEYS		150
#define FIRST_KEY	0x10000

/*
 * A worker on the same processor grows the table of keys; the call itself does
 * only if the worker is too late.  Make it too late.
 */
static void keep_workers_away(void)
{
	const struct sched_param first = { .sched_priority = 1 };
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	CHECK_OK(sched_setaffinity(0, sizeof(here), &here));
	CHECK_OK(sched_setscheduler(0, SCHED_FIFO, &first));
}

/* Make a queue with a new key; each point of the call fails before that. */
static int inject_into_get(int fd, int key, int queues)
{
	struct msginfo totals;
	bool injected;
	int msqid, error;

	for (unsigned int nth = 1;; nth++) {
		inject_arm(nth);
		msqid = raw_get(fd, key, IPC_CREAT | IPC_EXCL | 0600);
		error = errno;
		injected = inject_disarm();
		if (!injected)
			break;

		figures->injected++;
		if (msqid >= 0) {
			figures->survived++;
			CHECK_OK(raw_ctl(fd, msqid, IPC_RMID, NULL, 8));
		} else {
			CHECK_INT(error, ENOMEM);
		}
		CHECK_ERR(raw_get(fd, key, 0), ENOENT);
		scene_totals(fd, &totals);
		CHECK_INT(totals.msgpool, queues);
	}
	if (msqid < 0)
		FAIL("key %#x: expected success, got %s", key,
		     strerrorname_np(error));
	return msqid;
}

CASE_SECONDS(injected_faults_while_the_tables_grow, 40)
{
	unsigned long before = figures->injected;
	struct msginfo totals;
	int msqids[KEYS];
	int fd;

	DEVICE_ONLY();
	if (!inject_prepare(INJECT_SLABS))
		SKIP("this kernel has no fault injection");
	fd = raw_open();
	scene_totals(fd, &totals);
	keep_workers_away();
	for (int i = 0; i < KEYS; i++)
		msqids[i] = inject_into_get(fd, FIRST_KEY + i,
					    totals.msgpool + i);
	for (int i = 0; i < KEYS; i++) {
		CHECK_INT(raw_get(fd, FIRST_KEY + i, 0), msqids[i]);
		CHECK_OK(raw_ctl(fd, msqids[i], IPC_RMID, NULL, 8));
	}
	say("get of %d new keys: %lu fault points tried", KEYS,
	    figures->injected - before);
}

/*
 * A failed get gives its index back.  Indices are used in a cycle of one and a
 * half times the number in use; a lost index leaves a hole in it.
 */
#define HELD	240
#define CYCLE	(HELD * 3 / 2)

CASE_SECONDS(no_index_is_lost, 20)
{
	bool seen[CYCLE] = { false };
	struct msginfo totals;
	int held[HELD], fd, msqid;

	DEVICE_ONLY();
	fd = raw_open();
	scene_totals(fd, &totals);
	if (totals.msgpool)
		SKIP("there are queues already");
	for (int i = 0; i < HELD; i++) {
		held[i] = CHECK_OK(raw_get(fd, IPC_PRIVATE, 0600));
		CHECK((held[i] & 0x7fff) < CYCLE);
		seen[held[i] & 0x7fff] = true;
	}
	for (int i = 0; i < CYCLE; i++) {
		msqid = CHECK_OK(raw_get(fd, IPC_PRIVATE, 0600));
		CHECK_OK(raw_ctl(fd, msqid, IPC_RMID, NULL, 8));
		CHECK((msqid & 0x7fff) < CYCLE);
		seen[msqid & 0x7fff] = true;
	}
	for (int i = 0; i < HELD; i++)
		CHECK_OK(raw_ctl(fd, held[i], IPC_RMID, NULL, 8));
	for (int i = 0; i < CYCLE; i++)
		if (!seen[i])
			FAIL("index %d: expected in use once a cycle", i);
}

CASE_SECONDS(nothing_leaked, 24)
{
	DEVICE_ONLY();
	leaks_check();
	say("fault points tried: %lu by injection, %lu by memory that ends",
	    figures->injected, figures->guarded);
}
