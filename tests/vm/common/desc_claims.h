/* SPDX-License-Identifier: MIT */
/*
 * desc_claims.h - batches and claims, for cases about them
 *
 * The number of a numbered message determines its type, size and text, so that
 * a batch of them can be sent and recognized without records.
 */
#ifndef DESC_CLAIMS_H
#define DESC_CLAIMS_H

#include <stdint.h>
#include <time.h>

#include <libmsgq.h>
#include <msgq.h>

#include "test.h"

#define MILLISECOND	1000000ULL
#define SECOND		1000000000ULL
#define HOUR		(3600 * SECOND)

/* A clock in nanoseconds. */
uint64_t now(clockid_t clock);

/* Sleep until this time of CLOCK_MONOTONIC. */
void sleep_until(uint64_t time);

/* The device, opened once in a process. */
int the_device(void);

/* A queue's descriptor: to read any message and write type 1. */
int open_queue(int msqid);
/* The same, with these MSGQ_OPEN_* and a time limit for claims. */
int open_as(int msqid, uint32_t flags, uint64_t limit);

/* The longest numbered message. */
#define NUMBERED_LONGEST	32

struct batch {
	struct msgq_message entries[MSGQ_BATCH_MOST];
	unsigned char texts[MSGQ_BATCH_MOST][NUMBERED_LONGEST];
};

long numbered_type(unsigned int number);
unsigned int numbered_size(unsigned int number);

/* A batch of so many numbered messages, to send. */
void batch_fill(struct batch *batch, unsigned int first, unsigned int count);
/* Cleared buffers for a batch of count messages. */
void batch_clean(struct batch *batch, unsigned int count);
/* An entry holds this numbered message. */
#define CHECK_NUMBERED(entry, number) \
	batch_holds((entry), (number), __FILE__, __LINE__)
void batch_holds(const struct msgq_message *entry, unsigned int number,
		 const char *file, int line);

/* Send numbered messages to a queue, in one call, without waiting. */
void put_numbered(int msqid, unsigned int first, unsigned int count);
/* Receive these messages, in this order: there are no others. */
#define CHECK_DRAIN(msqid, first, count) \
	drain_numbered((msqid), (first), (count), __FILE__, __LINE__)
void drain_numbered(int msqid, unsigned int first, unsigned int count,
		    const char *file, int line);

/* Claim this message without waiting; returns its token. */
#define CLAIM(fd, rule, type, text, deliveries)				\
	claim_text((fd), (rule), (type), (text), (deliveries), __FILE__, \
		   __LINE__)
uint64_t claim_text(int fd, long rule, long type, const char *text,
		    unsigned int deliveries, const char *file, int line);

/* Nothing can be claimed. */
#define CHECK_NO_CLAIM(fd) \
	CHECK_ERR(try_claim((fd), IPC_NOWAIT), ENOMSG)
/* Claim the first message, of at most 32 bytes; returns the number claimed. */
int try_claim(int fd, int msgflg);

#define ACKNOWLEDGE(fd, token) \
	CHECK_INT(settle_one((fd), (token), false), 1)
#define RELEASE(fd, token) \
	CHECK_INT(settle_one((fd), (token), true), 1)
int settle_one(int fd, uint64_t token, bool release);

/* The result of MSGQ_IOC_STATE for a queue, by its identifier. */
struct msgq_state state_of_queue(int msqid);
#define CHECK_STATE(msqid, messages, are_claimed)			\
	do {								\
		struct msgq_state state_ = state_of_queue(msqid);	\
									\
		CHECK_INT(state_.qnum, messages);			\
		CHECK_INT(state_.claimed, are_claimed);			\
	} while (0)

/* Wait until so many messages of a queue are claimed. */
void wait_claimed(int msqid, unsigned int claimed);

/* Skip the case if the kernel gives no notice of the end of processes. */
void needs_notice_of_exits(void);

/* There is no queue and no message, and none has been left uncounted. */
void nothing_left(void);

#endif /* DESC_CLAIMS_H */
