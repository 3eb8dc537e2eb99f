/* SPDX-License-Identifier: MIT */
/*
 * test.h - named cases about message queues, each in a process of its own
 *
 * A program is a series of CASE(name) { ... }; test.c has main().  Each case
 * runs in a forked child that leads a process group: it may drop privileges,
 * crash or hang, and fails alone.  The first check that fails, in the case or
 * in any child of it, ends the process that made it and prints the reason.
 * When a case has ended, its remaining processes are killed, its queues are
 * removed (one left behind fails the case) and the limits are restored.
 *
 * Programs use <sys/msg.h> alone and run over the kernel's own queues as well
 * as over the device.  MSGQ_VARIANT, "kernel" or "device", only tells which
 * answer to expect where the two are meant to differ.
 */
#ifndef TEST_H
#define TEST_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/types.h>
#include <time.h>

struct test_case {
	const char *name;
	void (*run)(void);
	unsigned int seconds;
	struct test_case *next;
};

void test_add(struct test_case *add);

/*
 * The limit of a case is the most seconds that it takes on a quiet machine; it
 * is multiplied like that of test_patience().
 */
#define CASE(id) CASE_SECONDS(id, 12)
#define CASE_SECONDS(id, limit)						\
	static void case_##id(void);					\
	static struct test_case entry_##id = {				\
		.name = #id, .run = case_##id, .seconds = (limit),	\
	};								\
	__attribute__((constructor)) static void add_##id(void)		\
	{								\
		test_add(&entry_##id);					\
	}								\
	static void case_##id(void)

/*
 * The limit for something that takes at most that many seconds on a quiet
 * machine: MSGQ_SLOWNESS times as many.  Its purpose is to end a hang.
 */
unsigned int test_patience(unsigned int seconds);

/* The same for an event that happens soon. */
#define PATIENCE	test_patience(10)

/* End the case. */
void test_fail(const char *file, int line, const char *format, ...)
	__attribute__((noreturn, format(printf, 3, 4)));
void test_skip(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));

#define FAIL(...)	test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(...)	test_skip(__VA_ARGS__)

#define CHECK(what) \
	((what) ? (void)0 : FAIL("%s: expected true, got false", #what))

/* CHECK_INT(got, expected) */
#define CHECK_INT(what, expected) \
	test_int((what), (expected), #what, __FILE__, __LINE__)

/* A call that does not fail; returns its value. */
#define CHECK_OK(call)	test_ok((call), #call, __FILE__, __LINE__)

/* A call that fails with -1 and this error. */
#define CHECK_ERR(call, error) \
	test_error((call), (error), #call, __FILE__, __LINE__)

/* Send a text without its end mark, without waiting. */
#define CHECK_PUT(msqid, type, text) \
	test_put((msqid), (type), (text), __FILE__, __LINE__)

/* Receive this type and this text by a rule, without waiting. */
#define CHECK_TAKE(msqid, rule, flags, type, text)			\
	test_take((msqid), (rule), (flags), (type), (text), __FILE__,	\
		  __LINE__)

void test_int(long long got, long long expected, const char *what,
	      const char *file, int line);
long test_ok(long got, const char *what, const char *file, int line);
void test_error(long got, int expected, const char *what, const char *file,
		int line);
void test_put(int msqid, long type, const char *text, const char *file,
	      int line);
void test_take(int msqid, long rule, int flags, long type, const char *text,
	       const char *file, int line);

/* Which queues are tested. */
bool on_device(void);
#define DEVICE_ONLY() (on_device() ? (void)0 : SKIP("for the device alone"))

/*
 * Does msgctl() of the C library copy the caller's struct itself?  Then a bad
 * pointer is a crash, and fields that it does not know are left unchanged.
 */
bool libc_copies_structs(void);

/* A new private queue of mode 0600; the state of a queue, read as root. */
int make_queue(void);
struct msqid_ds queue_state(int msqid);

/* The identity of a caller.  Root has no privilege beyond its capabilities. */
#define NO_CAPABILITIES	0ULL
#define CAPABILITY(number) (1ULL << (number))

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t group;			/* one more group; 0: none */
	uint64_t capabilities;		/* a subset of the caller's */
};

void become(const struct identity *who);

/*
 * AS(&who) { ... }: the block runs in a child that has become @who (NULL: stays
 * as it is).  The case goes on when the child has ended, and fails if it has
 * failed.  Nothing may jump out of the block.
 */
#define AS(who) \
	for (bool child_ = child_begin(who); child_; child_ = child_end())

bool child_begin(const struct identity *who);
bool child_end(void);

/* Wait for a child of the caller that should exit with 0. */
void child_passed(pid_t pid);

/*
 * Wait until the kernel shows a task asleep in one of the calls that wait for
 * queues.  The case fails if that does not happen in time.
 */
void wait_asleep(pid_t tid);

/*
 * Is this a kernel with PREEMPT_RT?  A task also sleeps for locks there, and
 * the timers of a processor wait for its urgent tasks.
 */
bool kernel_is_realtime(void);

/* size bytes, filled with 0, before a page without access. */
void *guarded(size_t size);

/* A limit by its System V name: its file and value, and to set it, as root. */
void limit_path(const char *name, char *path, size_t size);
long limit_get(const char *name);
void limit_set(const char *name, long value);

/* The size of a stack for many threads: this one, if the machine allows so little. */
size_t small_stack(size_t size);

/* Write a text to an existing file, which takes all of it. */
void write_text(const char *path, const char *text);

#endif /* TEST_H */
