/* SPDX-License-Identifier: MIT */
/*
 * chaos.h - senders and receivers that are disturbed, and the records that
 * tell what must have become of each message
 *
 * A sender draws a number for each try to send.  It records the message before
 * the call, and the answer after it.  The number alone determines each byte of
 * the message.  A receiver records its request, and receives into shared memory
 * that it has cleared before.  A process that is killed at any instant
 * therefore leaves a record of its last call:
 *
 * - A sender in a call: its message may have been accepted or not, and this
 *   is the one thing that stays unknown.
 * - A receiver in a call, all bytes of a message in its memory: it has received
 *   the message.  A message leaves for good once its last byte is stored.
 * - A receiver in a call, not all bytes there: it has not received the message.
 *   It may have held at most one message, which is back in its old place.
 *
 * Order is judged by two clocks: the numbers themselves on the sending side,
 * and a tick drawn at the begin and at the end of each call on the receiving
 * side.  Let the send of one message end before the send of another one, of the
 * same type to the same queue, begins.  Then the receive of the second must not
 * end before the receive of the first begins.  The exception: the first was put
 * back, and was invisible until then.  Order is not judged on a queue where
 * messages are claimed.
 *
 * A claimed message has been received when it is acknowledged.  A claimer
 * records the messages that it will acknowledge before the call.  If it was
 * killed in the call, and the message has not been delivered again, the message
 * may have been acknowledged.
 */
#ifndef CHAOS_H
#define CHAOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "fuzz_make.h"

#define CHAOS_PAGE		4096
#define CHAOS_PLACES		6	/* queues at any time */
#define CHAOS_KEPT		2	/* queues that are never removed */
#define CHAOS_PROCESSES		24	/* every other one sends */
#define CHAOS_THREADS		3	/* the most that a process has */
#define CHAOS_SLOTS		(CHAOS_PROCESSES * CHAOS_THREADS)
#define CHAOS_INCARNATIONS	4096	/* queues in a round */
#define CHAOS_ROUND		32768	/* tries to send in a round, at most */
#define CHAOS_TYPES		6
#define CHAOS_TEXT		8192	/* largest message */
#define CHAOS_AREA		(4 * CHAOS_PAGE)
#define CHAOS_PATTERN		4093
#define CHAOS_ERRORS		160
#define CHAOS_BATCH		64	/* messages in a call, at most */
#define CHAOS_NO_LIMIT		0x7fffffffL	/* msgtql without effect */

/* The begin of a text; its last byte is never 0. */
struct chaos_header {
	uint32_t number;
	uint32_t incarnation;
	uint32_t sender;
	uint32_t size;
	uint32_t seal;
};

/* The smallest message is a header without payload. */
#define CHAOS_HEADER	sizeof(struct chaos_header)
/* The offset of the text in a msgbuf. */
#define CHAOS_LONG	sizeof(long)

enum chaos_fate {
	CHAOS_DRAWN,		/* a number, and no call yet */
	CHAOS_SENDING,
	CHAOS_ACCEPTED,
	CHAOS_REFUSED,
	CHAOS_UNKNOWN,		/* the sender was killed in its call */
};

/* A try to send, by its number. */
struct chaos_record {
	uint32_t incarnation;
	uint32_t sent_by;	/* numbers below this may have begun before */
	uint32_t begin;		/* tick of the receive that took it, or 0 */
	uint32_t end;
	uint32_t put_back;	/* tick of the last time; 0: never */
	uint32_t delivery;	/* the last one reported */
	uint32_t ending;	/* may have been ended by a killed claimer */
	uint64_t told;		/* a bit for each delivery below 64 */
	uint16_t sender;
	uint16_t size;
	uint8_t type;		/* index in chaos_types */
	uint8_t fate;
	uint8_t position;	/* in the batch that took it */
	bool overtaken;
};

/* A queue, from its making to its removal. */
struct chaos_incarnation {
	int msqid;
	uint32_t removing;	/* tick before IPC_RMID; 0: not removed */
	uint32_t removed;	/* tick after it; 0: has not returned */
	uint32_t sent_before;	/* numbers from this on began after it */
	uint32_t excuses;	/* killed receivers that may have put back */
	bool unordered;		/* messages of it are claimed */
};

enum chaos_state { CHAOS_IDLE, CHAOS_CALLING, CHAOS_ENDED };

/* A thread, and its call. */
struct chaos_slot {
	pid_t tid;
	int state;
	uint32_t number;	/* a sender's */
	uint32_t call;		/* a receiver's: the tick at which it began */
	uint32_t incarnation;
	long rule;
	int flags;
	size_t size;
	size_t offset;		/* the msgbuf's place in the slot's area */
	unsigned int count;	/* messages in a batch */
};

/* The messages that a claimer will acknowledge next. */
struct chaos_ends {
	unsigned int count;
	uint32_t numbers[CHAOS_BATCH];
	uint32_t deliveries[CHAOS_BATCH];
};

enum chaos_phase {
	CHAOS_RUN,
	CHAOS_SETTLE,		/* no new sends; receivers only wait */
	CHAOS_STOP,
};

enum chaos_count {
	CHAOS_SENT,
	CHAOS_RECEIVED,
	CHAOS_CUT,
	CHAOS_PUT_BACK,
	CHAOS_SETS,
	CHAOS_REMOVALS,
	CHAOS_LIMITS,
	CHAOS_KILLS,
	CHAOS_KEPT_BY_KILLED,
	CHAOS_STOPS,
	CHAOS_SIGNALS,
	CHAOS_CLAIMED,
	CHAOS_RELEASED,
	CHAOS_OUT_OF_TIME,
	CHAOS_COUNTS,
};

/* The state that all processes share. */
struct chaos_world {
	/* The possible events. */
	bool faults;
	bool kill_receivers;
	bool limit;		/* msgtql exists */
	uint32_t round;		/* the number of tries to send */

	int phase;
	uint32_t next;		/* number */
	uint32_t clock;
	uint32_t disturbances;
	uint32_t incarnations;
	uint32_t current[CHAOS_PLACES];
	int busy[CHAOS_PLACES];
	unsigned long counts[CHAOS_COUNTS];
	unsigned long errors[2][CHAOS_ERRORS];	/* by send and receive */
	struct chaos_incarnation queues[CHAOS_INCARNATIONS];
	struct chaos_slot slots[CHAOS_SLOTS];
	struct chaos_ends ends[CHAOS_PROCESSES];
	struct chaos_record records[CHAOS_ROUND];

	/*
	 * Each slot's memory, mapped twice: once for the program itself, and
	 * once for the calls, where pages may be missing.
	 */
	int memory;
	unsigned char *areas;
	unsigned char *windows;
	unsigned char pattern[CHAOS_PATTERN + CHAOS_TEXT];
};

extern const long chaos_types[CHAOS_TYPES];

struct chaos_world *chaos_world_make(uint32_t round);
/* Forget the messages, queues and calls of the last round. */
void chaos_world_clear(struct chaos_world *world);
uint32_t chaos_tick(struct chaos_world *world);
void chaos_count(struct chaos_world *world, enum chaos_count which);
int chaos_phase(struct chaos_world *world);
unsigned char *chaos_area(struct chaos_world *world, unsigned int slot);
unsigned char *chaos_window(struct chaos_world *world, unsigned int slot);

/* Make the next queue of a place, and publish it. */
void chaos_queue_make(struct chaos_world *world, unsigned int place);

/* The whole msgbuf of a number: CHAOS_LONG bytes, and the record's size. */
void chaos_message(struct chaos_world *world, uint32_t number,
		   unsigned char *to);

enum chaos_found {
	CHAOS_NOTHING,		/* no message that was sent */
	CHAOS_PART,
	CHAOS_WHOLE,		/* or as much as the call asked for */
};

/* How much of which message a receive has left in a slot's area. */
enum chaos_found chaos_find(struct chaos_world *world, unsigned int slot,
			    uint32_t *number);

/* The same for any text in a buffer of size room, received from a queue. */
enum chaos_found chaos_find_text(struct chaos_world *world,
				 uint32_t incarnation,
				 const unsigned char *text, size_t room,
				 uint32_t *number);

/* Record that a receive could not keep a message. */
void chaos_put_back(struct chaos_world *world, uint32_t number);

/* Account a message to the receive begun at a tick; false: another has it. */
bool chaos_take(struct chaos_world *world, uint32_t number, uint32_t begin);

/* Does a rule, with MSG_EXCEPT in the flags or not, admit a type? */
bool chaos_admits(long rule, int flags, long type);

/* Unmap or protect all pages of a slot's window but the first. */
void chaos_take_pages(struct chaos_world *world, struct fuzz_random *random,
		      unsigned int slot);
void chaos_give_pages(struct chaos_world *world, unsigned int slot);

/* The parts. */
bool chaos_sends(unsigned int process);
unsigned int chaos_threads(unsigned int process);
/* Neither returns. */
void chaos_process(struct chaos_world *world, unsigned int process,
		   uint64_t seed) __attribute__((noreturn));
void chaos_controller(struct chaos_world *world, uint64_t seed)
	__attribute__((noreturn));

/* The fates of the messages of a round. */
struct chaos_verdict {
	unsigned long accepted;		/* the killed senders' included */
	unsigned long received;
	unsigned long left;		/* on a queue at the end */
	unsigned long removed;
	unsigned long unknown;
	unsigned long ended;		/* by claimers killed in the call */
	unsigned long overtaken;	/* and that was right */
	unsigned long lost;
	unsigned long wrong;		/* anything else */
};

/* A process is dead: settle its threads' last calls. */
void chaos_settle(struct chaos_world *world, unsigned int process,
		  struct chaos_verdict *verdict);
/* All calls are over: receive the remaining messages, and judge. */
void chaos_verify(struct chaos_world *world, struct chaos_verdict *verdict);
/* All sleep: report tasks that should not, under this msgtql. */
void chaos_sleepers(struct chaos_world *world, long limit,
		    struct chaos_verdict *verdict);
/* Remove the round's queues. */
void chaos_remove_all(struct chaos_world *world);

#endif /* CHAOS_H */
