// SPDX-License-Identifier: MIT
/*
 * fault_in_flight.c - a receiver is held in the middle of its copy, and others
 * use, fail and remove the queue meanwhile
 *
 * Its buffer is a page that is not there until this program says so, by
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

#include "common/fault_raw.h"
#include "common/fault_scene.h"
#include "common/test.h"

#define FIRST		"the first"
#define SECOND		"second"
#define FIRST_BYTES	((long)sizeof(FIRST) - 1)
#define SECOND_BYTES	((long)sizeof(SECOND) - 1)
#define LONG		((unsigned int)sizeof(long))

static int device;
static int faults;
static int msqid;
static unsigned char *page;
static size_t page_bytes;

static pthread_t thread;
static long answer;
static int error;

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

/* A queue of two messages, the first of which a receiver is taking. */
static void begin(void)
{
	struct uffd_msg message;

	DEVICE_ONLY();
	device = raw_open();
	hold_page();
	msqid = make_queue();
	CHECK_PUT(msqid, 1, FIRST);
	CHECK_PUT(msqid, 2, SECOND);
	CHECK(!pthread_create(&thread, NULL, receive, NULL));
	CHECK_INT(read(faults, &message, sizeof(message)), sizeof(message));
	CHECK_INT(message.event, UFFD_EVENT_PAGEFAULT);
}

/* The page is there: the copy goes on. */
static void let_go(void)
{
	struct uffdio_zeropage zero = {
		.range = { .start = raw_address(page), .len = page_bytes },
	};

	CHECK_OK(ioctl(faults, UFFDIO_ZEROPAGE, &zero));
	CHECK(!pthread_join(thread, NULL));
}

/* It never will be: the copy fails. */
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

static void nothing_left(void)
{
	struct msginfo totals;

	scene_totals(device, &totals);
	CHECK_INT(totals.msgpool, 0);
	CHECK_INT(totals.msgmap, 0);
	CHECK_INT(totals.msgtql, 0);
}

/* It counts, but nobody else can have it. */
CASE(taken_from_a_queue)
{
	char text[8 + 100];

	begin();
	counts(2, FIRST_BYTES + SECOND_BYTES);
	CHECK_INT(queue_state(msqid).msg_lrpid, 0);
	CHECK_ERR(msgrcv(msqid, text, 100, 1, IPC_NOWAIT), ENOMSG);
	CHECK_TAKE(msqid, 0, MSG_COPY, 2, SECOND);
	CHECK_TAKE(msqid, 0, 0, 2, SECOND);
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
	counts(2, FIRST_BYTES + SECOND_BYTES);
	CHECK_TAKE(msqid, 0, 0, 1, FIRST);
	CHECK_TAKE(msqid, 0, 0, 2, SECOND);
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
