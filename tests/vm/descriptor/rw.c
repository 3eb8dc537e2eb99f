// SPDX-License-Identifier: MIT
/*
 * read(2) and write(2): one message's text a call, whole or not at all.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "desc_io.h"

/* As long as two pages, and allowed. */
#define LONG_TEXT	8192

static int msqid = -1;
static int fd = -1;

static void open_both(unsigned int flags)
{
	DEVICE_ONLY();
	msqid = make_queue();
	fd = open_as(msqid, DESC_BOTH | flags, 0);
}

CASE(one_message_a_call)
{
	char text[16];
	int seven;

	open_both(MSGQ_OPEN_NONBLOCK);
	seven = desc_writer(msqid, 7);
	CHECK_WRITE(fd, "one");
	CHECK_WRITE(seven, "second");
	CHECK_WRITE(fd, "3");
	CHECK_INT(queue_state(msqid).msg_qnum, 3);
	CHECK_INT(queue_state(msqid).__msg_cbytes, 10);

	CHECK_INT(read(fd, text, sizeof(text)), 3);
	CHECK(!memcmp(text, "one", 3));
	CHECK_TAKE(msqid, 0, 0, 7, "second");
	CHECK_TAKE(msqid, 0, 0, 1, "3");
	CHECK_PUT(msqid, 9, "by identifier");
	CHECK_READ(fd, "by identifier");
	CHECK_ERR(read(fd, text, sizeof(text)), EAGAIN);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

CASE(empty_messages)
{
	char text[4] = "abc";

	open_both(MSGQ_OPEN_NONBLOCK);
	CHECK_INT(write(fd, NULL, 0), 0);
	CHECK_INT(write(fd, "", 0), 0);
	CHECK_INT(queue_state(msqid).msg_qnum, 2);
	CHECK_INT(read(fd, text, sizeof(text)), 0);
	/* An empty buffer is enough for an empty message. */
	CHECK_INT(read(fd, NULL, 0), 0);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	CHECK(!memcmp(text, "abc", 4));
	CHECK_ERR(read(fd, text, 0), EAGAIN);
	remove_queue(msqid);
}

CASE(no_wait_by_fcntl)
{
	struct peer *peer;
	char text[8];

	open_both(0);
	peer = reader(fd);
	CHECK_WAITS(peer);
	CHECK_OK(fcntl(fd, F_SETFL, O_NONBLOCK));
	CHECK_ERR(read(fd, text, sizeof(text)), EAGAIN);
	/* The waiting call was made before O_NONBLOCK was set. */
	CHECK_WAITS(peer);
	CHECK_WRITE(fd, "now");
	CHECK_GOT(peer, 0, "now");

	set_qbytes(msqid, 3);
	CHECK_WRITE(fd, "abc");
	CHECK_ERR(write(fd, "d", 1), EAGAIN);
	CHECK_OK(fcntl(fd, F_SETFL, 0));
	peer = writer(fd, "d");
	CHECK_WAITS(peer);
	CHECK_READ(fd, "abc");
	CHECK_ENDED(peer, 1);
	CHECK_READ(fd, "d");
	remove_queue(msqid);
}

/* The flag of the call works, whatever the descriptor's flags are. */
CASE(no_wait_by_flag)
{
	char text[8];
	struct iovec part = { text, sizeof(text) };

	open_both(0);
	CHECK_ERR(preadv2(fd, &part, 1, -1, RWF_NOWAIT), EAGAIN);
	CHECK_WRITE(fd, "there");
	CHECK_INT(preadv2(fd, &part, 1, -1, RWF_NOWAIT), 5);
	set_qbytes(msqid, 3);
	CHECK_ERR(pwritev2(fd, &part, 1, -1, RWF_NOWAIT), EAGAIN);
	part.iov_len = 3;
	CHECK_INT(pwritev2(fd, &part, 1, -1, RWF_NOWAIT), 3);
	CHECK_READ(fd, "the");
	remove_queue(msqid);
}

CASE(too_small)
{
	char text[8] = "-------";
	int cuts;

	open_both(MSGQ_OPEN_NONBLOCK);
	CHECK_WRITE(fd, "four");
	CHECK_ERR(read(fd, text, 3), E2BIG);
	CHECK_ERR(read(fd, NULL, 0), E2BIG);
	CHECK(!memcmp(text, "-------", 8));
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_EVENTS(fd, POLLIN | POLLOUT);
	CHECK_INT(read(fd, text, 4), 4);

	cuts = desc_reader(msqid, 0, MSG_NOERROR);
	CHECK_WRITE(fd, "fifth");
	CHECK_INT(read(cuts, text, 2), 2);
	CHECK(!memcmp(text, "fiur---", 8));
	CHECK_ERR(read(cuts, text, 8), EAGAIN);
	CHECK_WRITE(fd, "sixth");
	CHECK_INT(read(cuts, NULL, 0), 0);
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

static long read_little(struct peer *peer)
{
	return read(peer->fd, peer->message.text, 3);
}

CASE(too_small_for_a_later_one)
{
	struct peer *little, *cut, *large;

	open_both(0);
	little = peer_start(&(struct peer){ .call = read_little, .fd = fd });
	CHECK_WAITS(little);
	large = reader(fd);
	CHECK_WAITS(large);
	CHECK_WRITE(fd, "large");
	CHECK_FAILED(little, E2BIG);
	CHECK_GOT(large, 0, "large");

	cut = peer_start(&(struct peer){
		.call = read_little,
		.fd = CHECK_OK(desc_open(&(struct msgq_open){
			.name = msqid,
			.flags = MSGQ_OPEN_READ,
			.msgflg = MSG_NOERROR,
		})),
	});
	CHECK_WAITS(cut);
	CHECK_WRITE(fd, "large");
	CHECK_GOT(cut, 0, "lar");
	CHECK_INT(queue_state(msqid).msg_qnum, 0);
	remove_queue(msqid);
}

CASE(too_large)
{
	static char text[65536];
	long most;

	open_both(MSGQ_OPEN_NONBLOCK);
	most = limit_get("msgmax");
	CHECK_ERR(write(fd, text, most + 1), EMSGSIZE);
	CHECK_ERR(write(fd, text, sizeof(text)), EMSGSIZE);
	CHECK_ERR(write(fd, desc_nowhere(), most + 1), EMSGSIZE);
	CHECK_INT(write(fd, text, most), most);
	CHECK_INT(read(fd, text, sizeof(text)), most);
	limit_set("msgmax", most + 5);
	CHECK_INT(write(fd, text, most + 5), most + 5);
	CHECK_INT(read(fd, text, sizeof(text)), most + 5);
	CHECK_ERR(read(fd, text, sizeof(text)), EAGAIN);
	remove_queue(msqid);
}

static void fill(char *text, size_t size, unsigned int seed)
{
	for (size_t i = 0; i < size; i++)
		text[i] = (i * 7 + i / 256 + seed) & 0xff;
}

/* A text longer than a page, in parts that do not begin at a page. */
CASE(parts)
{
	static char out[LONG_TEXT], in[LONG_TEXT + 100];
	struct iovec to[] = {
		{ out, 1 }, { NULL, 0 }, { out + 1, 4095 },
		{ out + 4096, 3000 }, { out + 7096, LONG_TEXT - 7096 },
	};
	struct iovec from[] = {
		{ in, 4000 }, { in + 4000, 97 }, { NULL, 0 },
		{ in + 4097, 1 }, { in + 4098, 4000 }, { in + 8098, 194 },
	};

	open_both(MSGQ_OPEN_NONBLOCK);
	fill(out, sizeof(out), 1);
	CHECK_INT(writev(fd, to, ARRAY_SIZE(to)), LONG_TEXT);
	CHECK_INT(queue_state(msqid).msg_qnum, 1);
	CHECK_INT(readv(fd, from, ARRAY_SIZE(from)), LONG_TEXT);
	CHECK(!memcmp(in, out, LONG_TEXT));
	CHECK(!in[LONG_TEXT]);

	for (size_t size = 4000; size < 4200; size++) {
		fill(out, size, size);
		to[3].iov_len = size > 4096 ? size - 4096 : 0;
		to[2].iov_len = size > 4096 ? 4095 : size - 1;
		memset(in, 0, sizeof(in));
		CHECK_INT(writev(fd, to, 4), size);
		CHECK_INT(readv(fd, from, ARRAY_SIZE(from)), size);
		CHECK(!memcmp(in, out, size));
		CHECK(!in[size]);
	}

	CHECK_INT(writev(fd, to, 3), 4096);
	CHECK_ERR(readv(fd, from, 1), E2BIG);
	CHECK_INT(readv(fd, from, 2), 4096);
	remove_queue(msqid);
}

static bool state_unchanged(struct msqid_ds *before)
{
	struct msqid_ds now = queue_state(msqid);

	return now.msg_qnum == before->msg_qnum &&
	       now.__msg_cbytes == before->__msg_cbytes &&
	       now.msg_lspid == before->msg_lspid &&
	       now.msg_lrpid == before->msg_lrpid &&
	       now.msg_stime == before->msg_stime &&
	       now.msg_rtime == before->msg_rtime;
}

CASE(faults)
{
	static char text[LONG_TEXT], in[LONG_TEXT];
	static const size_t sizes[] = { 1, 5, 4095, 4096, 4097, LONG_TEXT };
	/* A compiler that knows where it points would warn. */
	void *volatile low = (void *)8;
	struct msqid_ds before;

	open_both(MSGQ_OPEN_NONBLOCK);
	fill(text, sizeof(text), 3);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		size_t size = sizes[i];
		/* All but the last byte is mapped. */
		char *most = guarded(size - 1);
		struct iovec parts[] = { { in, size - 1 },
					 { desc_nowhere(), 1 } };

		before = queue_state(msqid);
		memcpy(most, text, size - 1);
		CHECK_ERR(write(fd, most, size), EFAULT);
		CHECK_ERR(write(fd, desc_nowhere(), size), EFAULT);
		CHECK_ERR(write(fd, low, size), EFAULT);
		CHECK_ERR(writev(fd, parts, 2), EFAULT);
		CHECK(state_unchanged(&before));

		CHECK_INT(write(fd, text, size), size);
		CHECK_PUT(msqid, 2, "behind it");
		before = queue_state(msqid);
		CHECK_ERR(read(fd, most, size), EFAULT);
		CHECK_ERR(read(fd, desc_nowhere(), size), EFAULT);
		CHECK_ERR(read(fd, low, size), EFAULT);
		CHECK_ERR(readv(fd, parts, 2), EFAULT);
		CHECK(state_unchanged(&before));
		CHECK_EVENTS(fd, POLLIN | POLLOUT);

		memset(in, 0, sizeof(in));
		CHECK_INT(read(fd, in, size), size);
		CHECK(!memcmp(in, text, size));
		CHECK_READ(fd, "behind it");
	}
	remove_queue(msqid);
}

static long read_nowhere(struct peer *peer)
{
	return read(peer->fd, peer->buffer, 100);
}

/* A message handed to a reader that cannot take it goes to the next one. */
CASE(fault_of_one_that_waited)
{
	struct peer *faulty, *next;

	open_both(0);
	faulty = peer_start(&(struct peer){
		.call = read_nowhere,
		.fd = fd,
		.buffer = desc_nowhere(),
	});
	CHECK_WAITS(faulty);
	next = reader(fd);
	CHECK_WAITS(next);
	CHECK_WRITE(fd, "kept");
	CHECK_FAILED(faulty, EFAULT);
	CHECK_GOT(next, 0, "kept");
	remove_queue(msqid);
}

static void no_seek(void)
{
	char text[8];
	struct iovec part = { text, sizeof(text) };

	CHECK_ERR(lseek(fd, 0, SEEK_SET), ESPIPE);
	CHECK_ERR(lseek(fd, 0, SEEK_CUR), ESPIPE);
	CHECK_ERR(lseek(fd, 0, SEEK_END), ESPIPE);
	CHECK_ERR(pread(fd, text, sizeof(text), 0), ESPIPE);
	CHECK_ERR(pwrite(fd, text, sizeof(text), 0), ESPIPE);
	CHECK_ERR(preadv(fd, &part, 1, 0), ESPIPE);
	CHECK_ERR(pwritev(fd, &part, 1, 0), ESPIPE);
	CHECK_ERR(ftruncate(fd, 0), EINVAL);
}

CASE(no_positions)
{
	open_both(MSGQ_OPEN_NONBLOCK);
	no_seek();
	CHECK_WRITE(fd, "there");
	no_seek();
	CHECK_READ(fd, "there");
	remove_queue(msqid);
}

/* As in msgsnd(2), a new message that fits does not wait behind others. */
CASE(order_of_writers)
{
	struct peer *first, *second;

	open_both(0);
	set_qbytes(msqid, 8);
	CHECK_WRITE(fd, "123456");
	first = writer(fd, "first");
	CHECK_WAITS(first);
	second = writer(fd, "2nd");
	CHECK_WAITS(second);
	CHECK_WRITE(fd, "ab");
	CHECK_READ(fd, "123456");
	CHECK_ENDED(first, 5);
	CHECK_WAITS(second);
	CHECK_INT(queue_state(msqid).msg_lspid, first->pid);
	CHECK_READ(fd, "ab");
	CHECK_READ(fd, "first");
	CHECK_ENDED(second, 3);
	CHECK_READ(fd, "2nd");
	remove_queue(msqid);
}
