// SPDX-License-Identifier: MIT
/*
 * batch.c - many messages in one call: how many, in which order, and for
 * how many it waits
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "desc_claims.h"
#include "fault_raw.h"
#include "peer.h"

#define ROOM	(MSGQ_BATCH_MOST * NUMBERED_LONGEST)

static struct batch batch;
static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };

/* The call of a peer; its batch begins with the message in peer->type. */
static int batch_fd;
static unsigned int batch_count;
static struct msgq_how batch_how;

static long send_many(struct peer *peer)
{
	batch_fill(&batch, peer->type, batch_count);
	return msgq_sendv(batch_fd, batch.entries, batch_count, &batch_how);
}

static long receive_many(struct peer *peer)
{
	int got;

	batch_clean(&batch, batch_count);
	got = msgq_recvv(batch_fd, batch.entries, batch_count, 0, &batch_how);
	for (int i = 0; i < got; i++)
		CHECK_NUMBERED(&batch.entries[i], peer->type + i);
	return got;
}

static struct peer *many(long (*call)(struct peer *), unsigned int first,
			 unsigned int count, unsigned int least)
{
	batch_count = count;
	batch_how.least = least;
	return peer_start(&(struct peer){ .call = call, .type = first });
}

static void all_at_once(int fd, struct msgq_how how, unsigned int count)
{
	batch_fill(&batch, 0, count);
	CHECK_INT(msgq_sendv(fd, batch.entries, count, &how), count);
	batch_clean(&batch, count);
	CHECK_INT(msgq_recvv(fd, batch.entries, count, 0, &how), count);
	for (unsigned int i = 0; i < count; i++) {
		CHECK_NUMBERED(&batch.entries[i], i);
		CHECK_INT(batch.entries[i].deliveries, 0);
		CHECK_INT(batch.entries[i].token, 0);
	}
}

CASE(as_many_as_there_are)
{
	static const unsigned int counts[] = {
		1, 2, 15, 16, 17, 31, 32, 33, 1023, MSGQ_BATCH_MOST,
	};
	int msqid = queue_of(ROOM);
	const struct msgq_how how = { .msqid = msqid };
	int fd = open_queue(msqid);

	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		all_at_once(fd, at_once, counts[i]);
		all_at_once(the_device(), how, counts[i]);
	}
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

/* A batch leaves only its messages, which single calls see. */
CASE(with_single_calls)
{
	int msqid = queue_of(ROOM);
	int fd = open_queue(msqid);

	put_numbered(msqid, 0, 100);
	CHECK_INT(queue_state(msqid).msg_qnum, 100);
	CHECK_INT(queue_state(msqid).msg_lspid, getpid());
	CHECK_INT(queue_state(msqid).msg_lrpid, 0);
	batch_clean(&batch, 40);
	CHECK_INT(msgq_recvv(fd, batch.entries, 40, 0, NULL), 40);
	CHECK_INT(queue_state(msqid).msg_lrpid, getpid());
	CHECK_DRAIN(msqid, 40, 60);
	remove_queue(msqid);
}

CASE(by_type)
{
	static const struct {
		long rule;
		int msgflg;
		int texts[6];
	} rules[] = {
		{ 2, 0, { 2, 2, 0 } },
		{ 2, MSG_EXCEPT, { 3, 1, 3, 0 } },
		{ -2, 0, { 1, 2, 2, 0 } },
		{ 0, 0, { 3, 2, 1, 2, 3, 0 } },
	};
	int msqid = make_queue();
	int fd = open_queue(msqid);

	for (unsigned int i = 0; i < ARRAY_SIZE(rules); i++) {
		const struct msgq_how how = {
			.msgflg = rules[i].msgflg | IPC_NOWAIT,
		};
		const int *want = rules[i].texts;
		int got;

		CHECK_PUT(msqid, 3, "c");
		CHECK_PUT(msqid, 2, "b");
		CHECK_PUT(msqid, 1, "a");
		CHECK_PUT(msqid, 2, "b");
		CHECK_PUT(msqid, 3, "c");
		batch_clean(&batch, 9);
		got = msgq_recvv(fd, batch.entries, 9, rules[i].rule, &how);
		for (int j = 0; j < got; j++)
			CHECK_INT(batch.entries[j].type, want[j]);
		CHECK_INT(want[got], 0);
		while (msgq_recvv(fd, batch.entries, 9, 0, &at_once) > 0)
			;
	}
	remove_queue(msqid);
}

CASE(no_sense)
{
	const struct msgq_how least = { .msgflg = IPC_NOWAIT, .least = 3 };
	const struct msgq_how named = { .msqid = 1 };
	int msqid = make_queue();
	int fd = open_queue(msqid);
	struct msgq_batch arg = {
		.count = 1,
		.entries = raw_address(batch.entries),
		.msgtyp = 1,
	};

	put_numbered(msqid, 0, 3);
	batch_fill(&batch, 3, 2);
	CHECK_ERR(msgq_sendv(fd, batch.entries, 0, &at_once), EINVAL);
	CHECK_ERR(msgq_sendv(fd, batch.entries, 1025, &at_once), EINVAL);
	CHECK_ERR(msgq_sendv(fd, batch.entries, UINT32_MAX, &at_once), EINVAL);
	CHECK_ERR(msgq_sendv(fd, batch.entries, 2, &least), EINVAL);
	CHECK_ERR(msgq_sendv(fd, batch.entries, 2, &named), EINVAL);
	CHECK_ERR(ioctl(fd, MSGQ_IOC_SENDV, &arg), EINVAL);
	CHECK_ERR(msgq_recvv(fd, batch.entries, 0, 0, &at_once), EINVAL);
	CHECK_ERR(msgq_recvv(fd, batch.entries, 1025, 0, &at_once), EINVAL);
	CHECK_ERR(msgq_recvv(fd, batch.entries, 2, 0, &least), EINVAL);
	CHECK_ERR(msgq_recvv(fd, batch.entries, 2, 0, &named), EINVAL);
	arg.reserved = 1;
	CHECK_ERR(ioctl(fd, MSGQ_IOC_RECVV, &arg), EINVAL);
	CHECK_DRAIN(msqid, 0, 3);
	remove_queue(msqid);
}

/* Calls by identifier check permission each time; a descriptor was checked. */
CASE(rights)
{
	int msqid = make_queue();
	int fd = open_queue(msqid);
	int reads = open_as(msqid, MSGQ_OPEN_READ, 0);
	int writes = open_as(msqid, MSGQ_OPEN_WRITE, 0);
	const struct msgq_how how = {
		.msqid = msqid,
		.msgflg = IPC_NOWAIT,
	};
	const struct msgq_how unknown = { .msqid = msqid + 1 };
	const struct msgq_how negative = { .msqid = -1 };

	batch_fill(&batch, 0, 1);
	CHECK_ERR(msgq_recvv(writes, batch.entries, 1, 0, &at_once), EBADF);
	CHECK_ERR(msgq_claimv(writes, batch.entries, 1, 0, &at_once), EBADF);
	CHECK_ERR(msgq_sendv(reads, batch.entries, 1, &at_once), EBADF);
	CHECK_ERR(msgq_sendv(the_device(), batch.entries, 1, &unknown), EINVAL);
	CHECK_ERR(msgq_recvv(the_device(), batch.entries, 1, 0, &negative),
		  EINVAL);
	AS(&nobody) {
		CHECK_ERR(msgq_sendv(the_device(), batch.entries, 1, &how),
			  EACCES);
		CHECK_ERR(msgq_recvv(the_device(), batch.entries, 1, 0, &how),
			  EACCES);
		CHECK_INT(msgq_sendv(fd, batch.entries, 1, &at_once), 1);
		batch_clean(&batch, 1);
		CHECK_INT(msgq_recvv(fd, batch.entries, 1, 0, &at_once), 1);
		CHECK_NUMBERED(&batch.entries[0], 0);
	}
	set_mode(msqid, 0622);
	AS(&nobody) {
		CHECK_INT(msgq_sendv(the_device(), batch.entries, 1, &how), 1);
		CHECK_ERR(msgq_recvv(the_device(), batch.entries, 1, 0, &how),
			  EACCES);
	}
	remove_queue(msqid);
	CHECK_ERR(msgq_sendv(fd, batch.entries, 1, &at_once), EIDRM);
	CHECK_ERR(msgq_recvv(fd, batch.entries, 1, 0, &at_once), EIDRM);
	CHECK_ERR(msgq_sendv(the_device(), batch.entries, 1, &how), EINVAL);
}

/* Without a least number a receive waits for one, and takes all there are. */
CASE(waits_for_the_first)
{
	int msqid = make_queue();
	struct peer *peer;

	batch_fd = open_queue(msqid);
	put_numbered(msqid, 0, 3);
	peer = many(receive_many, 0, 8, 0);
	CHECK_ENDED(peer, 3);
	peer = many(receive_many, 3, 8, 0);
	CHECK_WAITS(peer);
	put_numbered(msqid, 3, 1);
	CHECK_ENDED(peer, 1);
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

CASE(waits_for_the_least)
{
	int msqid = make_queue();
	struct peer *peer;

	batch_fd = open_queue(msqid);
	put_numbered(msqid, 0, 2);
	peer = many(receive_many, 0, 40, 20);
	for (unsigned int i = 2; i < 20; i++) {
		CHECK_WAITS(peer);
		put_numbered(msqid, i, 1);
	}
	CHECK_ENDED(peer, 20);
	CHECK_STATE(msqid, 0, 0);

	/* It takes messages beyond the least number, but waits for none. */
	put_numbered(msqid, 0, 30);
	CHECK_ENDED(many(receive_many, 0, 40, 20), 30);

	/* IPC_NOWAIT does not wait for the least number either. */
	batch_how.msgflg = IPC_NOWAIT;
	put_numbered(msqid, 0, 19);
	CHECK_ENDED(many(receive_many, 0, 40, 20), 19);
	CHECK_FAILED(many(receive_many, 0, 40, 20), ENOMSG);
	remove_queue(msqid);
}

static unsigned long bytes_of(unsigned int first, unsigned int count)
{
	unsigned long bytes = 0;

	for (unsigned int i = first; i < first + count; i++)
		bytes += numbered_size(i);
	return bytes;
}

/* Batches of sends do so, too: the first waits, others go if they fit. */
CASE(senders_wait)
{
	int msqid = queue_of(bytes_of(0, 20));
	struct peer *peer;

	batch_fd = open_queue(msqid);
	put_numbered(msqid, 0, 20);
	peer = many(send_many, 20, 3, 0);
	CHECK_WAITS(peer);
	set_qbytes(msqid, bytes_of(0, 21));
	CHECK_ENDED(peer, 1);
	CHECK_DRAIN(msqid, 0, 21);

	/* The messages of the least number go one after the other. */
	set_qbytes(msqid, bytes_of(0, 20));
	peer = many(send_many, 0, 26, 24);
	for (unsigned int i = 20; i < 24; i++) {
		CHECK_WAITS(peer);
		CHECK_STATE(msqid, i, 0);
		set_qbytes(msqid, bytes_of(0, i + 1));
	}
	CHECK_ENDED(peer, 24);
	CHECK_DRAIN(msqid, 0, 24);
	remove_queue(msqid);
}

/* Each waiting receiver gets its own message, in order. */
CASE(serves_those_who_wait)
{
	int msqid = queue_of(4 * NUMBERED_LONGEST);
	struct peer *peers[4];

	batch_fd = open_queue(msqid);
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++) {
		peers[i] = many(receive_many, i, 1, 0);
		CHECK_WAITS(peers[i]);
	}
	put_numbered(msqid, 0, 6);
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++)
		CHECK_ENDED(peers[i], 1);
	CHECK_DRAIN(msqid, 4, 2);

	set_qbytes(msqid, bytes_of(0, 4));
	put_numbered(msqid, 0, 4);
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++) {
		peers[i] = many(send_many, i, 1, 0);
		CHECK_WAITS(peers[i]);
	}
	batch_clean(&batch, 4);
	CHECK_INT(msgq_recvv(batch_fd, batch.entries, 4, 0, &at_once), 4);
	for (unsigned int i = 0; i < ARRAY_SIZE(peers); i++)
		CHECK_ENDED(peers[i], 1);
	CHECK_DRAIN(msqid, 0, 4);
	remove_queue(msqid);
}

CASE(texts_are_cut)
{
	const struct msgq_how cuts = { .msgflg = MSG_NOERROR | IPC_NOWAIT };
	int msqid = make_queue();
	int fd = open_queue(msqid);

	CHECK_PUT(msqid, 1, "a long text");
	CHECK_PUT(msqid, 2, "another");
	CHECK_PUT(msqid, 3, "");
	batch_clean(&batch, 3);
	batch.entries[0].size = 6;
	batch.entries[1].size = 0;
	batch.entries[1].text = 0;
	CHECK_INT(msgq_recvv(fd, batch.entries, 3, 0, &cuts), 3);
	CHECK_INT(batch.entries[0].size, 6);
	CHECK(!memcmp(batch.texts[0], "a long\0", 7));
	CHECK_INT(batch.entries[1].size, 0);
	CHECK_INT(batch.entries[1].type, 2);
	CHECK_INT(batch.entries[2].size, 0);
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

#define LONG_TEXTS	40
#define LONG_BYTES	2048

/* More texts than are copied in one round, for each way to choose them. */
CASE(long_texts)
{
	static char texts[LONG_TEXTS][LONG_BYTES];
	static struct msgq_message entries[LONG_TEXTS];
	static struct { long type; char text[LONG_BYTES]; } message;
	int msqid = queue_of(LONG_TEXTS * LONG_BYTES);
	int fd = open_queue(msqid);

	message.type = 1;
	for (long msgtyp = 0; msgtyp <= 1; msgtyp++) {
		for (int i = 0; i < LONG_TEXTS; i++) {
			memset(message.text, 'a' + i, LONG_BYTES);
			CHECK_OK(msgsnd(msqid, &message, LONG_BYTES - i, 0));
			entries[i].text = texts[i];
			entries[i].size = LONG_BYTES;
		}
		CHECK_INT(msgq_recvv(fd, entries, LONG_TEXTS, msgtyp, &at_once),
			  LONG_TEXTS);
		for (int i = 0; i < LONG_TEXTS; i++) {
			memset(message.text, 'a' + i, LONG_BYTES);
			CHECK_INT(entries[i].size, LONG_BYTES - i);
			CHECK(!memcmp(texts[i], message.text, LONG_BYTES - i));
		}
	}
	CHECK_STATE(msqid, 0, 0);
	remove_queue(msqid);
}

/* No byte behind the last entry of the array is read or written. */
CASE(array_at_the_end_of_memory)
{
	int msqid = queue_of(ROOM);
	int fd = open_queue(msqid);

	for (unsigned int count = 1; count <= 40; count++) {
		size_t size = count * sizeof(struct msgq_message);
		struct msgq_message *entries = guarded(size);

		batch_fill(&batch, 0, count);
		memcpy(entries, batch.entries, size);
		CHECK_INT(msgq_sendv(fd, entries, count, &at_once), count);
		batch_clean(&batch, count);
		memcpy(entries, batch.entries, size);
		CHECK_INT(msgq_recvv(fd, entries, count, 0, &at_once), count);
		for (unsigned int i = 0; i < count; i++)
			CHECK_NUMBERED(&entries[i], i);
	}
	remove_queue(msqid);
}
