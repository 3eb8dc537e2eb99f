// SPDX-License-Identifier: MIT
/*
 * partial.c - batches that fail in the middle: at each place, for each
 * reason, nothing is lost, doubled or touched
 */
#define _GNU_SOURCE
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "desc_claims.h"
#include "fault_raw.h"
#include "peer.h"

/* More messages than two of the parts into which the module cuts a batch. */
#define COUNT		36

static struct batch batch;
static struct batch before;
static const struct msgq_how at_once = { .msgflg = IPC_NOWAIT };
static int msqid;
static int fd;

static void begin(unsigned long qbytes)
{
	msqid = queue_of(qbytes);
	fd = open_queue(msqid);
}

static void end(void)
{
	remove_queue(msqid);
	close(fd);
	nothing_left();
}

/* Check the answer of a batch that stops before one of its messages. */
static void check_answer(int got, unsigned int index, int error)
{
	if (index)
		CHECK_INT(got, index);
	else
		CHECK_ERR(got, error);
}

static void bad_type(struct msgq_message *entry)
{
	static const int64_t types[] = { 0, -1, INT64_MIN };
	static unsigned int turn;

	entry->type = types[turn++ % ARRAY_SIZE(types)];
}

static void too_large(struct msgq_message *entry)
{
	static const uint32_t sizes[] = { 8193, INT32_MAX, UINT32_MAX };
	static unsigned int turn;

	entry->size = sizes[turn++ % ARRAY_SIZE(sizes)];
}

/* Its last byte is not mapped. */
static void bad_text(struct msgq_message *entry)
{
	entry->text = (char *)guarded(8) + 8 - entry->size + 1;
}

static void no_text(struct msgq_message *entry)
{
	entry->text = NULL;
}

static void send_fails(void (*spoil)(struct msgq_message *), int error)
{
	begin(COUNT * NUMBERED_LONGEST);
	for (unsigned int i = 0; i < COUNT; i++) {
		batch_fill(&batch, 0, COUNT);
		spoil(&batch.entries[i]);
		before = batch;
		check_answer(msgq_sendv(fd, batch.entries, COUNT, &at_once), i,
			     error);
		CHECK(!memcmp(&before, &batch, sizeof(batch)));
		CHECK_STATE(msqid, i, 0);
		CHECK_DRAIN(msqid, 0, i);
	}
	end();
}

CASE(send_bad_type)
{
	send_fails(bad_type, EINVAL);
}

CASE(send_too_large)
{
	send_fails(too_large, EMSGSIZE);
}

CASE(send_bad_text)
{
	send_fails(bad_text, EFAULT);
	send_fails(no_text, EFAULT);
}

/*
 * The number of messages done by a batch whose array ends in the middle: some
 * before the end may fail with those beyond it.
 */
static int some_of(int done, int there)
{
	if (done < 0) {
		CHECK_ERR(done, EFAULT);
		done = 0;
	}
	CHECK(done <= there);
	CHECK(done > there - 16);
	return done;
}

/*
 * Give a bad array directly to the kernel: in programs of 32 bits the library
 * itself would read and write the program's array.
 */
static int raw_batch(unsigned long command, struct msgq_entry *entries,
		     uint32_t flags)
{
	struct msgq_batch arg = {
		.msgflg = IPC_NOWAIT,
		.entries = raw_address(entries),
		.count = COUNT,
		.flags = flags,
	};

	return ioctl(fd, command, &arg);
}

static void to_raw(struct msgq_entry *entries, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		entries[i] = (struct msgq_entry){
			.type = batch.entries[i].type,
			.text = raw_address(batch.entries[i].text),
			.size = batch.entries[i].size,
		};
}

static void from_raw(const struct msgq_entry *entries, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		batch.entries[i].type = entries[i].type;
		batch.entries[i].size = entries[i].size;
		batch.entries[i].deliveries = entries[i].deliveries;
		batch.entries[i].token = entries[i].token;
	}
}

CASE(send_bad_array)
{
	begin(COUNT * NUMBERED_LONGEST);
	for (unsigned int i = 0; i < COUNT; i++) {
		struct msgq_entry *entries = guarded(i * sizeof(*entries));
		int sent;

		batch_fill(&batch, 0, COUNT);
		to_raw(entries, i);
		sent = raw_batch(MSGQ_IOC_SENDV, entries, 0);
		sent = some_of(sent, i);
		CHECK_DRAIN(msqid, 0, sent);
	}
	end();
}

static unsigned long bytes_of(unsigned int count)
{
	unsigned long bytes = 0;

	for (unsigned int i = 0; i < count; i++)
		bytes += numbered_size(i);
	return bytes;
}

CASE(send_full)
{
	begin(COUNT);
	for (unsigned int i = 0; i < COUNT; i++) {
		set_qbytes(msqid, bytes_of(i) + 7);
		batch_fill(&batch, 0, COUNT);
		before = batch;
		check_answer(msgq_sendv(fd, batch.entries, COUNT, &at_once), i,
			     EAGAIN);
		CHECK(!memcmp(&before, &batch, sizeof(batch)));
		CHECK_DRAIN(msqid, 0, i);
	}
	end();
}

static long send_all(struct peer *peer)
{
	const struct msgq_how how = { .least = COUNT };

	(void)peer;
	batch_fill(&batch, 0, COUNT);
	return msgq_sendv(fd, batch.entries, COUNT, &how);
}

static long receive_all(struct peer *peer)
{
	const struct msgq_how how = { .least = COUNT };
	int got;

	batch_clean(&batch, COUNT);
	before = batch;
	got = msgq_recvv(fd, batch.entries, COUNT, 0, &how);
	for (int i = 0; i < got; i++)
		CHECK_NUMBERED(&batch.entries[i], peer->type + i);
	if (got >= 0)
		CHECK(!memcmp(before.entries + got, batch.entries + got,
			      (COUNT - got) * sizeof(struct msgq_message)));
	return got;
}

static void ignore(int number)
{
	(void)number;
}

static void interrupt(struct peer *peer)
{
	CHECK_OK(kill(peer->pid, SIGUSR1));
}

/* Start a peer that waits after it has sent or received some messages. */
static struct peer *in_the_middle(long (*call)(struct peer *), unsigned int i)
{
	struct peer *peer;

	begin(call == send_all ? bytes_of(i) + 7 : COUNT * NUMBERED_LONGEST);
	if (call == receive_all && i)
		put_numbered(msqid, 0, i);
	peer = peer_start(&(struct peer){ .call = call });
	CHECK_WAITS(peer);
	CHECK_STATE(msqid, call == send_all ? i : 0, 0);
	return peer;
}

static void ended(struct peer *peer, unsigned int i, int error)
{
	if (i)
		CHECK_ENDED(peer, i);
	else
		CHECK_FAILED(peer, error);
}

/* Few enough to start a process for each. */
static const unsigned int places[] = { 0, 1, 2, 15, 16, 17, 33 };

CASE(interrupted)
{
	struct sigaction action = { .sa_handler = ignore };

	CHECK_OK(sigaction(SIGUSR1, &action, NULL));
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		struct peer *peer = in_the_middle(send_all, places[i]);

		interrupt(peer);
		ended(peer, places[i], EINTR);
		CHECK_DRAIN(msqid, 0, places[i]);
		end();

		peer = in_the_middle(receive_all, places[i]);
		interrupt(peer);
		ended(peer, places[i], EINTR);
		put_numbered(msqid, 50, 3);
		CHECK_DRAIN(msqid, 50, 3);
		end();
	}
}

CASE(removed)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		struct peer *peer = in_the_middle(send_all, places[i]);

		end();
		ended(peer, places[i], EIDRM);
		peer = in_the_middle(receive_all, places[i]);
		end();
		ended(peer, places[i], EIDRM);
	}
}

/* Messages not received are on the queue; messages sent, too. */
CASE(killed)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
		peer_kill(in_the_middle(send_all, places[i]));
		CHECK_INT(state_of_queue(msqid).senders, 0);
		CHECK_DRAIN(msqid, 0, places[i]);
		end();

		peer_kill(in_the_middle(receive_all, places[i]));
		CHECK_INT(state_of_queue(msqid).receivers, 0);
		put_numbered(msqid, 50, 3);
		CHECK_DRAIN(msqid, 50, 3);
		end();
	}
}

static int receive(bool claims)
{
	return claims ? msgq_claimv(fd, batch.entries, COUNT, 0, &at_once) :
			msgq_recvv(fd, batch.entries, COUNT, 0, &at_once);
}

/* Earlier messages are received, and the others keep their places, twice. */
static void check_received(int got, bool claims)
{
	uint64_t tokens[COUNT];

	for (int i = 0; i < got; i++) {
		CHECK_NUMBERED(&batch.entries[i], i);
		CHECK_INT(batch.entries[i].deliveries, claims);
		tokens[i] = batch.entries[i].token;
	}
	CHECK_STATE(msqid, claims ? COUNT : COUNT - got, claims ? got : 0);
	if (claims && got)
		CHECK_INT(msgq_acknowledge(fd, tokens, got), got);

	/* None of the others has been delivered. */
	batch_clean(&batch, COUNT);
	CHECK_INT(msgq_claimv(fd, batch.entries, COUNT, 0, &at_once),
		  COUNT - got);
	for (int i = got; i < COUNT; i++) {
		CHECK_NUMBERED(&batch.entries[i - got], i);
		CHECK_INT(batch.entries[i - got].deliveries, 1);
		tokens[i] = batch.entries[i - got].token;
	}
	CHECK_INT(msgq_release(fd, tokens + got, COUNT - got), COUNT - got);
	CHECK_DRAIN(msqid, got, COUNT - got);
}

static void receive_fails(void (*spoil)(struct msgq_message *), int error,
			  bool claims)
{
	begin(COUNT * NUMBERED_LONGEST);
	for (unsigned int i = 0; i < COUNT; i++) {
		int got;

		put_numbered(msqid, 0, COUNT);
		batch_clean(&batch, COUNT);
		spoil(&batch.entries[i]);
		before = batch;
		got = receive(claims);
		check_answer(got, i, error);
		CHECK(!memcmp(before.entries + i, batch.entries + i,
			      (COUNT - i) * sizeof(struct msgq_message)));
		check_received(i, claims);
	}
	end();
}

static void too_small(struct msgq_message *entry)
{
	entry->size = 7;
}

static void bad_room(struct msgq_message *entry)
{
	entry->text = (char *)guarded(7);
}

CASE(receive_too_small)
{
	receive_fails(too_small, E2BIG, false);
	receive_fails(too_small, E2BIG, true);
}

CASE(receive_bad_room)
{
	receive_fails(bad_room, EFAULT, false);
	receive_fails(bad_room, EFAULT, true);
}

/* An array that ends, or cannot be written, from some place on. */
static void bad_array(int protection, bool claims)
{
	size_t page = sysconf(_SC_PAGESIZE);

	begin(COUNT * NUMBERED_LONGEST);
	for (unsigned int i = 0; i < COUNT; i++) {
		size_t size = i * sizeof(struct msgq_entry);
		unsigned char *area = mmap(NULL, 2 * page,
					   PROT_READ | PROT_WRITE,
					   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		struct msgq_entry *entries = (void *)(area + page - size);
		int got;

		CHECK(area != MAP_FAILED);
		put_numbered(msqid, 0, COUNT);
		batch_clean(&batch, COUNT);
		to_raw(entries, COUNT);
		CHECK_OK(mprotect(area + page, page, protection));
		got = raw_batch(MSGQ_IOC_RECVV, entries,
				claims ? MSGQ_CLAIM : 0);
		got = some_of(got, i);
		from_raw(entries, got);
		check_received(got, claims);
		CHECK_OK(munmap(area, 2 * page));
	}
	end();
}

CASE(receive_bad_array)
{
	bad_array(PROT_NONE, false);
	bad_array(PROT_READ, false);
}

CASE(claim_bad_array)
{
	bad_array(PROT_NONE, true);
	bad_array(PROT_READ, true);
}
