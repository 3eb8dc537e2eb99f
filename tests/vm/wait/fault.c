// SPDX-License-Identifier: MIT
/*
 * A receive whose buffer faults loses nothing: intended difference 1.
 *
 * Linux has taken the message off the queue and frees it.  Behaviour that is
 * the same in both is asserted for both.
 *
 * A copy hangs in a buffer on a page that userfaultfd(2) watches: it goes on
 * when the case fills the page, and fails when the receiver is killed.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "peer.h"

#define WATCH_FD	100

/* The type fits, and two bytes of the text. */
static void little_room(struct peer *peer)
{
	peer->buffer = guarded(sizeof(long) + 2);
}

static void watched_room(struct peer *peer)
{
	struct uffdio_register range = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct uffdio_api api = { .api = UFFD_API };
	size_t size = sysconf(_SC_PAGESIZE);
	int fd = CHECK_OK(syscall(SYS_userfaultfd, O_CLOEXEC));

	CHECK_OK(ioctl(fd, UFFDIO_API, &api));
	peer->buffer = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(peer->buffer != MAP_FAILED);
	range.range.start = (uintptr_t)peer->buffer;
	range.range.len = size;
	CHECK_OK(ioctl(fd, UFFDIO_REGISTER, &range));
	CHECK_OK(dup3(fd, WATCH_FD, O_CLOEXEC));
}

/* Show the case the received message. */
static long receive_and_show(struct peer *peer)
{
	long size = peer_receive(peer);

	if (size >= 0)
		memcpy(&peer->message, peer->buffer,
		       sizeof(peer->message.type) + size);
	return size;
}

static void need_watching(void)
{
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0)
		SKIP("this kernel has no userfaultfd");
	close(fd);
}

struct watched {
	struct peer *peer;
	int fd;
};

/* Start a peer that waits for a message of type 2, or hangs in its copy. */
static struct watched watched(int msqid)
{
	struct watched watched;
	int pidfd;

	watched.peer = peer_start(&(struct peer){
		.call = receive_and_show,
		.prepare = watched_room,
		.msqid = msqid,
		.size = 10,
		.type = 2,
	});
	CHECK_WAITS(watched.peer);
	pidfd = CHECK_OK(syscall(SYS_pidfd_open, watched.peer->pid, 0));
	watched.fd = CHECK_OK(syscall(SYS_pidfd_getfd, pidfd,
				      WATCH_FD, 0));
	close(pidfd);
	return watched;
}

static void until_hangs(const struct watched *watched)
{
	struct pollfd poll_fd = { .fd = watched->fd, .events = POLLIN };
	struct uffd_msg event;

	CHECK_INT(poll(&poll_fd, 1, 1000 * PATIENCE), 1);
	CHECK_INT(read(watched->fd, &event, sizeof(event)), sizeof(event));
	CHECK_INT(event.event, UFFD_EVENT_PAGEFAULT);
}

static void let_go(const struct watched *watched)
{
	struct uffdio_zeropage page = {
		.range.start = (uintptr_t)watched->peer->buffer,
		.range.len = sysconf(_SC_PAGESIZE),
	};

	CHECK_OK(ioctl(watched->fd, UFFDIO_ZEROPAGE, &page));
	close(watched->fd);
}

static void holds(int msqid, unsigned long messages, unsigned long bytes)
{
	struct msqid_ds state = queue_state(msqid);

	CHECK_INT(state.msg_qnum, messages);
	CHECK_INT(state.__msg_cbytes, bytes);
}

static int three_messages(void)
{
	int msqid = queue_of(12);

	CHECK_PUT(msqid, 1, "one");
	CHECK_PUT(msqid, 2, "two");
	CHECK_PUT(msqid, 3, "three!");
	return msqid;
}

static void all_in_place(int msqid)
{
	holds(msqid, 3, 12);
	CHECK_INT(queue_state(msqid).msg_lrpid, 0);
	CHECK_INT(queue_state(msqid).msg_rtime, 0);
	CHECK_TAKE(msqid, 0, 0, 1, "one");
	CHECK_TAKE(msqid, 0, 0, 2, "two");
	CHECK_TAKE(msqid, 0, 0, 3, "three!");
}

static void taken_at_once(void (*prepare)(struct peer *))
{
	int msqid = three_messages();
	struct peer *peer = faulty(msqid, 2, prepare);

	CHECK_FAILED(peer, EFAULT);
	if (on_device())
		all_in_place(msqid);
	else
		holds(msqid, 2, 9);
	remove_queue(msqid);
}

CASE(taken_without_room)
{
	taken_at_once(no_room);
	taken_at_once(little_room);
}

static void handed_over(void (*prepare)(struct peer *))
{
	int msqid = queue_of(100);
	struct peer *peer = faulty(msqid, 2, prepare);

	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 1, "before");
	CHECK_WAITS(peer);
	CHECK_PUT(msqid, 2, "two");
	CHECK_FAILED(peer, EFAULT);
	CHECK_PUT(msqid, 3, "after");
	holds(msqid, 3, 14);
	CHECK_TAKE(msqid, 0, 0, 1, "before");
	CHECK_TAKE(msqid, 0, 0, 2, "two");
	CHECK_TAKE(msqid, 0, 0, 3, "after");
	remove_queue(msqid);
}

CASE(handed_over_without_room)
{
	DEVICE_ONLY();
	handed_over(no_room);
	handed_over(little_room);
}

/* A message goes from one waiting receiver to the next, until it arrives. */
CASE(put_back_is_offered)
{
	struct peer *faulty_ones[3], *good, *behind;
	int msqid, i;

	DEVICE_ONLY();
	msqid = queue_of(100);
	for (i = 0; i < 3; i++) {
		faulty_ones[i] = faulty(msqid, 2, i & 1 ? no_room : little_room);
		CHECK_WAITS(faulty_ones[i]);
	}
	good = receiver(msqid, 10, -2, 0);
	CHECK_WAITS(good);
	behind = receiver(msqid, 10, 0, 0);
	CHECK_WAITS(behind);

	CHECK_PUT(msqid, 2, "two");
	for (i = 0; i < 3; i++)
		CHECK_FAILED(faulty_ones[i], EFAULT);
	CHECK_GOT(good, 2, "two");
	CHECK_INT(queue_state(msqid).msg_lrpid, good->pid);
	holds(msqid, 0, 0);
	CHECK_WAITS(behind);
	remove_queue(msqid);
	CHECK_FAILED(behind, EIDRM);
}

/* A message in flight counts, and no other task can receive it. */
CASE(taken_while_copied)
{
	struct watched slow;
	long message[3];
	int msqid;

	DEVICE_ONLY();
	need_watching();
	msqid = three_messages();
	slow = watched(msqid);
	until_hangs(&slow);

	holds(msqid, 3, 12);
	CHECK_INT(queue_state(msqid).msg_lrpid, 0);
	CHECK_ERR(msgrcv(msqid, message, 8, 2, IPC_NOWAIT), ENOMSG);
	CHECK_TAKE(msqid, 1, MSG_COPY, 3, "three!");
	CHECK_TAKE(msqid, 0, 0, 1, "one");
	CHECK_TAKE(msqid, 0, 0, 3, "three!");
	CHECK_ERR(msgrcv(msqid, message, 8, 0, IPC_NOWAIT), ENOMSG);
	holds(msqid, 1, 3);

	let_go(&slow);
	CHECK_GOT(slow.peer, 2, "two");
	holds(msqid, 0, 0);
	CHECK_INT(queue_state(msqid).msg_lrpid, slow.peer->pid);
	remove_queue(msqid);
}

CASE(killed_while_copied)
{
	struct watched slow;
	struct peer *next;
	int msqid;

	DEVICE_ONLY();
	need_watching();
	msqid = three_messages();
	slow = watched(msqid);
	until_hangs(&slow);
	peer_kill(slow.peer);
	all_in_place(msqid);

	/* The same with a receiver that waits for it. */
	CHECK_PUT(msqid, 2, "again");
	slow = watched(msqid);
	until_hangs(&slow);
	next = receiver(msqid, 10, 2, 0);
	CHECK_WAITS(next);
	holds(msqid, 1, 5);
	peer_kill(slow.peer);
	CHECK_GOT(next, 2, "again");
	CHECK_INT(queue_state(msqid).msg_lrpid, next->pid);
	holds(msqid, 0, 0);
	remove_queue(msqid);
}

/* There is room when the bytes have arrived, not before. */
CASE(sender_waits_for_copy)
{
	struct peer *from;
	struct watched slow;
	int msqid;

	DEVICE_ONLY();
	need_watching();
	msqid = three_messages();
	slow = watched(msqid);
	until_hangs(&slow);
	from = sender(msqid, 4, "new");
	CHECK_WAITS(from);

	let_go(&slow);
	CHECK_GOT(slow.peer, 2, "two");
	CHECK_ENDED(from, 0);
	holds(msqid, 3, 12);
	remove_queue(msqid);
}

/* A handed-over message is put on the queue when it returns, despite limits. */
CASE(killed_after_hand_over)
{
	struct watched slow;
	int msqid;

	DEVICE_ONLY();
	need_watching();
	msqid = queue_of(6);
	CHECK_PUT(msqid, 1, "one");
	slow = watched(msqid);
	CHECK_PUT(msqid, 2, "two");
	until_hangs(&slow);
	holds(msqid, 1, 3);
	CHECK_PUT(msqid, 2, "new");
	holds(msqid, 2, 6);

	peer_kill(slow.peer);
	holds(msqid, 3, 9);
	CHECK_TAKE(msqid, 0, 0, 1, "one");
	CHECK_TAKE(msqid, 0, 0, 2, "two");
	CHECK_TAKE(msqid, 0, 0, 2, "new");
	remove_queue(msqid);
}

/* The receive ends as if the queue had been removed later. */
CASE(removed_while_copied)
{
	struct watched slow;
	struct peer *from;
	int msqid;

	need_watching();
	msqid = three_messages();
	slow = watched(msqid);
	until_hangs(&slow);
	remove_queue(msqid);
	let_go(&slow);
	CHECK_GOT(slow.peer, 2, "two");

	msqid = queue_of(12);
	slow = watched(msqid);
	from = sender(msqid, 2, "two");
	CHECK_ENDED(from, 0);
	until_hangs(&slow);
	remove_queue(msqid);
	let_go(&slow);
	CHECK_GOT(slow.peer, 2, "two");

	msqid = three_messages();
	slow = watched(msqid);
	until_hangs(&slow);
	remove_queue(msqid);
	peer_kill(slow.peer);

	msqid = queue_of(12);
	slow = watched(msqid);
	CHECK_PUT(msqid, 2, "two");
	until_hangs(&slow);
	remove_queue(msqid);
	peer_kill(slow.peer);
}

/* A dying receiver does not keep a message that is handed to it. */
CASE(killed_at_hand_over)
{
	int msqid, i;

	DEVICE_ONLY();
	msqid = queue_of(100);
	for (i = 0; i < 200; i++) {
		struct peer *peer = receiver(msqid, 10, 2, 0);

		CHECK_WAITS(peer);
		CHECK_OK(kill(peer->pid, SIGKILL));
		CHECK_PUT(msqid, 2, "two");
		CHECK_OK(waitpid(peer->pid, NULL, 0));
		CHECK_INT(peer->message.type, 0);
		holds(msqid, 1, 3);
		CHECK_TAKE(msqid, 0, 0, 2, "two");
		CHECK_OK(munmap(peer, sizeof(*peer)));
	}
	remove_queue(msqid);
}
