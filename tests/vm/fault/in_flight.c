// SPDX-License-Identifier: MIT
/*
 * in_flight.c - a receiver or claimer is held in the middle of its copy,
 * and others use, fail, close and remove the queue meanwhile
 *
 * Its buffer is a page that is missing until this program provides it, by
 * userfaultfd(2): no race has to be won.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "desc_claims.h"
#include "fault_raw.h"

#define FIRST		"the first"
#define NEXT		"second"
#define FIRST_BYTES	((long)sizeof(FIRST) - 1)
#define NEXT_BYTES	((long)sizeof(NEXT) - 1)
#define LONG		((unsigned int)sizeof(long))

static int device;
static int faults;
static int msqid;
static unsigned char *page;
static size_t page_bytes;

static pthread_t thread;
static long answer;
static int error;

/* A claim's descriptor, and its entry. */
static int claimer;
static struct msgq_message entry;

static void hold_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	page_bytes = sysconf(_SC_PAGESIZE);
	page = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(page != MAP_FAILED);
	faults = syscall(SYS_userfaultfd, O_CLOEXEC);
	if (faults < 0)
		SKIP("this kernel has no userfaultfd");
	CHECK_OK(ioctl(faults, UFFDIO_API, &api));
	range.range.start = raw_address(page);
	range.range.len = page_bytes;
	CHECK_OK(ioctl(faults, UFFDIO_REGISTER, &range));
}

static void *receive(void *unused)
{
	(void)unused;
	answer = raw_rcv(device, msqid, page, 100, 0, 0, LONG);
	error = errno;
	return NULL;
}

static void *claim(void *unused)
{
	(void)unused;
	entry = (struct msgq_message){ .text = page, .size = 100 };
	answer = msgq_claimv(claimer, &entry, 1, 0, NULL);
	error = errno;
	return NULL;
}

/* The time limit of claims; 0: none. */
static uint64_t limit;

/* Make a queue of two messages; a receiver is taking the first. */
static void begin_with(void *(*call)(void *))
{
	struct uffd_msg message;

	DEVICE_ONLY();
	device = raw_open();
	hold_page();
	msqid = make_queue();
	CHECK_PUT(msqid, 1, FIRST);
	CHECK_PUT(msqid, 2, NEXT);
	claimer = open_as(msqid, MSGQ_OPEN_READ, limit);
	CHECK(!pthread_create(&thread, NULL, call, NULL));
	CHECK_INT(read(faults, &message, sizeof(message)), sizeof(message));
	CHECK_INT(message.event, UFFD_EVENT_PAGEFAULT);
}

static void begin(void)
{
	begin_with(receive);
}

/* Provide the page: the copy goes on. */
static void let_go(void)
{
	struct uffdio_zeropage zero = {
		.range = { .start = raw_address(page), .len = page_bytes },
	};

	CHECK_OK(ioctl(faults, UFFDIO_ZEROPAGE, &zero));
	CHECK(!pthread_join(thread, NULL));
}

/* Never provide it: the copy fails. */
static void let_fail(void)
{
	struct uffdio_range range = {
		.start = raw_address(page),
		.len = page_bytes,
	};

	CHECK_OK(mprotect(page, page_bytes, PROT_NONE));
	CHECK_OK(ioctl(faults, UFFDIO_UNREGISTER, &range));
	CHECK(!pthread_join(thread, NULL));
	CHECK_INT(answer, -1);
	CHECK_INT(error, EFAULT);
}

static void got_first(void)
{
	CHECK_INT(answer, FIRST_BYTES);
	CHECK_INT(raw_type(page, LONG), 1);
	CHECK(!memcmp(page + LONG, FIRST, FIRST_BYTES));
}

static void counts(long messages, long bytes)
{
	struct msqid_ds state = queue_state(msqid);

	CHECK_INT(state.msg_qnum, messages);
	CHECK_INT(state.__msg_cbytes, bytes);
}

static void remove_it(void)
{
	CHECK_OK(msgctl(msqid, IPC_RMID, NULL));
}

/* The message counts, but no other task can receive it. */
CASE(taken_from_a_queue)
{
	char text[8 + 100];

	begin();
	counts(2, FIRST_BYTES + NEXT_BYTES);
	CHECK_INT(queue_state(msqid).msg_lrpid, 0);
	CHECK_ERR(msgrcv(msqid, text, 100, 1, IPC_NOWAIT), ENOMSG);
	CHECK_TAKE(msqid, 0, MSG_COPY, 2, NEXT);
	CHECK_TAKE(msqid, 0, 0, 2, NEXT);
	CHECK_ERR(msgrcv(msqid, text, 100, 0, IPC_NOWAIT), ENOMSG);
	counts(1, FIRST_BYTES);

	let_go();
	got_first();
	counts(0, 0);
	remove_it();
	nothing_left();
}

CASE(failed_at_last)
{
	begin();
	let_fail();
	counts(2, FIRST_BYTES + NEXT_BYTES);
	CHECK_TAKE(msqid, 0, 0, 1, FIRST);
	CHECK_TAKE(msqid, 0, 0, 2, NEXT);
	remove_it();
	nothing_left();
}

CASE(removed_meanwhile)
{
	begin();
	remove_it();
	let_go();
	got_first();
	nothing_left();
}

CASE(removed_and_failed)
{
	begin();
	remove_it();
	let_fail();
	nothing_left();
}

/* The message is claimed when its bytes have arrived, and taken until then. */
CASE(claimed)
{
	begin_with(claim);
	CHECK_STATE(msqid, 2, 0);
	CHECK_TAKE(msqid, 0, MSG_COPY, 2, NEXT);
	CHECK_TAKE(msqid, 0, 0, 2, NEXT);
	CHECK_NO_CLAIM(claimer);
	let_go();
	CHECK_INT(answer, 1);
	CHECK_INT(entry.type, 1);
	CHECK(!memcmp(page, FIRST, FIRST_BYTES));
	CHECK_STATE(msqid, 1, 1);
	ACKNOWLEDGE(claimer, entry.token);
	counts(0, 0);
	remove_it();
	nothing_left();
}

CASE(claim_failed_at_last)
{
	begin_with(claim);
	let_fail();
	counts(2, FIRST_BYTES + NEXT_BYTES);
	CHECK_STATE(msqid, 2, 0);
	RELEASE(claimer, CLAIM(claimer, 0, 1, FIRST, 1));
	CHECK_TAKE(msqid, 0, 0, 1, FIRST);
	CHECK_TAKE(msqid, 0, 0, 2, NEXT);
	remove_it();
	nothing_left();
}

/*
 * A claim that was long in flight, and one made meanwhile: each expires at its
 * own time.  On a busy machine both may have expired at the check.
 */
CASE(expires_by_its_own_time)
{
	unsigned int claimed = 0;

	limit = SECOND;
	while (claimed != 1) {
		begin_with(claim);
		sleep_until(now(CLOCK_MONOTONIC) + SECOND / 2);
		CLAIM(claimer, 0, 2, NEXT, 1);
		let_go();
		CHECK_INT(answer, 1);
		do {
			claimed = state_of_queue(msqid).claimed;
		} while (claimed == 2);
		wait_claimed(msqid, 0);
		remove_it();
		CHECK_OK(close(claimer));
	}
}

/* The result is as if the removal had come after the claim. */
CASE(removed_while_claimed)
{
	begin_with(claim);
	remove_it();
	let_go();
	CHECK_INT(answer, 1);
	CHECK_ERR(settle_one(claimer, entry.token, false), EIDRM);
	nothing_left();
}

CASE(removed_and_claim_failed)
{
	begin_with(claim);
	remove_it();
	let_fail();
	nothing_left();
}

/* The opening ends when the call has returned, and the claim with it. */
CASE(closed_while_claimed)
{
	begin_with(claim);
	CHECK_OK(close(claimer));
	let_go();
	CHECK_INT(answer, 1);
	CHECK_STATE(msqid, 2, 0);
	CHECK_TAKE(msqid, 0, 0, 1, FIRST);
	remove_it();
	nothing_left();
}
