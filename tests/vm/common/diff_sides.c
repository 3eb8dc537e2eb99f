// SPDX-License-Identifier: MIT
/*
 * diff_sides.c - the kernel's own queues and the device's; see diff.h
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "diff.h"
#include "test.h"

/* The parts of an identifier. */
#define INDEX(msqid)	((msqid) & 0x7fff)
#define SEQUENCE(msqid)	((msqid) >> 15)

/* The cycle of indices while there are few queues. */
#define CYCLE		64

/* A call changes errno only to an error. */
#define NO_ERROR	12345

static long limits_before[DIFF_SIDES][DIFF_LIMITS];

static struct diff_world *world;

const char *diff_limit_name(enum diff_limit limit)
{
	static const char *const names[] = { "msgmax", "msgmnb", "msgmni" };

	return names[limit];
}

long diff_kernel_get(int key, int flags)
{
	return syscall(SYS_msgget, key, flags);
}

long diff_kernel_send(int msqid, const void *msgp, size_t size, int flags)
{
	return syscall(SYS_msgsnd, msqid, msgp, size, flags);
}

long diff_kernel_receive(int msqid, void *msgp, size_t size, long type,
			 int flags)
{
	return syscall(SYS_msgrcv, msqid, msgp, size, type, flags);
}

long diff_kernel_control(int msqid, int command, void *buf)
{
	return syscall(SYS_msgctl, msqid, command, buf);
}

static long make_kernel(const struct diff_call *call, void *buffer)
{
	switch (call->kind) {
	case DIFF_GET:
		return diff_kernel_get(call->key, call->flags);
	case DIFF_SEND:
		return diff_kernel_send(call->msqid, buffer, call->size,
					call->flags);
	case DIFF_RECEIVE:
		return diff_kernel_receive(call->msqid, buffer, call->size,
					   call->type, call->flags);
	default:
		return diff_kernel_control(call->msqid, call->command, buffer);
	}
}

static long make_device(const struct diff_call *call, void *buffer)
{
	switch (call->kind) {
	case DIFF_GET:
		return msgget(call->key, call->flags);
	case DIFF_SEND:
		return msgsnd(call->msqid, buffer, call->size, call->flags);
	case DIFF_RECEIVE:
		return msgrcv(call->msqid, buffer, call->size, call->type,
			      call->flags);
	default:
		return msgctl(call->msqid, call->command, buffer);
	}
}

struct diff_answer diff_make(enum diff_side side, const struct diff_call *call,
			     void *buffer)
{
	struct diff_answer answer = { .error = 0 };

	errno = NO_ERROR;
	answer.ret = side == DIFF_KERNEL ? make_kernel(call, buffer) :
					   make_device(call, buffer);
	if (errno != NO_ERROR || answer.ret == -1)
		answer.error = errno;
	return answer;
}

static long control(enum diff_side side, int msqid, int command, void *buf)
{
	return side == DIFF_KERNEL ? diff_kernel_control(msqid, command, buf) :
				     msgctl(msqid, command, buf);
}

static long make_private(enum diff_side side)
{
	return side == DIFF_KERNEL ? diff_kernel_get(IPC_PRIVATE, 0600) :
				     msgget(IPC_PRIVATE, 0600);
}

static void limit_file(enum diff_side side, enum diff_limit limit, char *path,
		       size_t size)
{
	snprintf(path, size, "/proc/sys/%s/%s",
		 side == DIFF_KERNEL ? "kernel" : "msgq",
		 diff_limit_name(limit));
}

int diff_limit_set(enum diff_side side, enum diff_limit limit, long value)
{
	char path[64], text[32];
	int fd, error = 0;

	limit_file(side, limit, path, sizeof(path));
	snprintf(text, sizeof(text), "%ld", value);
	fd = CHECK_OK(open(path, O_WRONLY | O_CLOEXEC));
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* Returns false if there is no such limit. */
static bool limit_read(enum diff_side side, enum diff_limit limit, long *value)
{
	char path[64];
	FILE *file;
	bool read;

	limit_file(side, limit, path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		return false;
	read = fscanf(file, "%ld", value) == 1;
	fclose(file);
	return read;
}

void diff_clock_jump(void)
{
	struct timespec now;

	CHECK_OK(clock_gettime(CLOCK_REALTIME, &now));
	now.tv_sec += DIFF_JUMP;
	CHECK_OK(clock_settime(CLOCK_REALTIME, &now));
	world->jumped += DIFF_JUMP;
}

static bool close_times(time_t kernel, time_t device)
{
	/* The second may change between the two calls. */
	return llabs((long long)kernel - (long long)device) <= 2;
}

bool diff_same_state(const struct msqid_ds *kernel,
		     const struct msqid_ds *device)
{
	struct msqid_ds same = *device;

	if (close_times(kernel->msg_stime, device->msg_stime))
		same.msg_stime = kernel->msg_stime;
	if (close_times(kernel->msg_rtime, device->msg_rtime))
		same.msg_rtime = kernel->msg_rtime;
	if (close_times(kernel->msg_ctime, device->msg_ctime))
		same.msg_ctime = kernel->msg_ctime;
	return !memcmp(kernel, &same, sizeof(same));
}

static void remove_all(enum diff_side side)
{
	struct msqid_ds state;
	struct msginfo info;
	long highest = control(side, 0, MSG_INFO, &info);

	for (long i = 0; i <= highest; i++) {
		long msqid = control(side, i, MSG_STAT_ANY, &state);

		if (msqid >= 0)
			control(side, msqid, IPC_RMID, NULL);
	}
}

static bool any_queue(enum diff_side side)
{
	struct msginfo info;

	CHECK_OK(control(side, 0, MSG_INFO, &info));
	return info.msgpool > 0;
}

static int use_one(enum diff_side side)
{
	int msqid = CHECK_OK(make_private(side));

	CHECK_OK(control(side, msqid, IPC_RMID, NULL));
	return msqid;
}

/*
 * Use up identifiers from the last one to the wanted one.  While there is no
 * queue, each round of the cycle has CYCLE of them.
 */
static void advance(enum diff_side side, int last, int wanted)
{
	long uses = (long)(SEQUENCE(wanted) - SEQUENCE(last)) * CYCLE +
		    INDEX(wanted) - INDEX(last);

	while (uses-- > 0)
		last = use_one(side);
	if (last != wanted)
		FAIL("the %s gave %d for an identifier, expected %d",
		     side == DIFF_KERNEL ? "kernel" : "device", last, wanted);
}

/* Advance the side that is behind to the identifier of the other. */
static void align(void)
{
	int last[DIFF_SIDES];

	for (int side = 0; side < DIFF_SIDES; side++)
		do
			last[side] = use_one(side);
		while (INDEX(last[side]) >= CYCLE);
	if (last[DIFF_KERNEL] < last[DIFF_DEVICE])
		advance(DIFF_KERNEL, last[DIFF_KERNEL], last[DIFF_DEVICE]);
	else
		advance(DIFF_DEVICE, last[DIFF_DEVICE], last[DIFF_KERNEL]);
}

static bool kernel_copies(void)
{
	struct { long type; char text[1]; } message = { .type = 1 };
	int msqid = CHECK_OK(make_private(DIFF_KERNEL));
	long ret = diff_kernel_receive(msqid, &message, 1, 0,
				       MSG_COPY | IPC_NOWAIT);
	int error = errno;

	CHECK_OK(diff_kernel_control(msqid, IPC_RMID, NULL));
	CHECK_INT(ret, -1);
	return error != ENOSYS;
}

static void note_limits(void)
{
	static const long usual[] = { 8192, 16384, 32000 };

	for (int i = 0; i < DIFF_LIMITS; i++) {
		for (int side = 0; side < DIFF_SIDES; side++)
			if (!limit_read(side, i, &limits_before[side][i]))
				SKIP("the kernel has no queues of its own");
		for (int side = 0; side < DIFF_SIDES; side++)
			CHECK_INT(diff_limit_set(side, i, usual[i]), 0);
		world->limits[i] = usual[i];
	}
}

struct diff_world *diff_begin(unsigned long seed)
{
	DEVICE_ONLY();
	world = mmap(NULL, sizeof(*world), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(world != MAP_FAILED);
	world->seed = seed;
	fuzz_seed(&world->random, seed);
	for (size_t i = 0; i < sizeof(world->pattern); i++)
		world->pattern[i] = fuzz_next(&world->random);

	note_limits();
	/* An earlier run that was killed may have left queues. */
	remove_all(DIFF_KERNEL);
	if (any_queue(DIFF_DEVICE))
		SKIP("others have queues");
	world->copies = kernel_copies();
	if (!world->copies)
		printf("# this kernel has no MSG_COPY, so it is left out\n");
	align();
	return world;
}

void diff_end(void)
{
	struct timespec now;

	for (int side = 0; side < DIFF_SIDES; side++) {
		remove_all(side);
		for (int i = 0; i < DIFF_LIMITS; i++)
			diff_limit_set(side, i, limits_before[side][i]);
	}
	clock_gettime(CLOCK_REALTIME, &now);
	now.tv_sec -= world->jumped;
	clock_settime(CLOCK_REALTIME, &now);
}
