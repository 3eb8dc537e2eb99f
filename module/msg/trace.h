/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The events of queues for tracers, in the system msgq.
 *
 * Each event names its queue by key and identifier, and occurs in the task
 * whose action it reports.  A sender that waited reports its send when it is
 * awake again, and its message may have been received by then.  Likewise, a
 * receive is reported once the bytes have arrived, and never when they could
 * not be written.  A send, a receive, a claim and a return are each reported
 * once for each message; each wait ends with one wake.
 *
 * Events occur under the queue's lock, but for receives of messages that were
 * handed over and sends of messages that waited.  While there is no tracer,
 * each costs an instruction that does nothing; the time at which a wait began
 * is noted only for events that report how long it was.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM msgq

#if !defined(MSGQ_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define MSGQ_TRACE_H

#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/tracepoint.h>
#include <linux/types.h>

#include "util/elapsed.h"
#include "claim.h"
#include "message.h"
#include "queue.h"
#include "rule.h"
#include "wait.h"

DECLARE_EVENT_CLASS(msgq_queue,
	TP_PROTO(const struct msgq_queue *queue),
	TP_ARGS(queue),
	TP_STRUCT__entry(
		__field(s32, key)
		__field(int, msqid)
		__field(u32, mode)
		__field(u64, qbytes)
		__field(u64, qnum)
		__field(u64, cbytes)
	),
	TP_fast_assign(
		__entry->key = queue->ipc.key;
		__entry->msqid = queue->ipc.id;
		__entry->mode = queue->ipc.mode;
		__entry->qbytes = queue->qbytes;
		__entry->qnum = queue->store.count;
		__entry->cbytes = queue->store.bytes;
	),
	TP_printk("key=0x%08x msqid=%d mode=%04o qbytes=%llu qnum=%llu cbytes=%llu",
		  __entry->key, __entry->msqid, __entry->mode, __entry->qbytes,
		  __entry->qnum, __entry->cbytes)
);

/**
 * msgq_make() - a queue was made
 * @queue: the queue
 */
DEFINE_EVENT(msgq_queue, msgq_make,
	TP_PROTO(const struct msgq_queue *queue),
	TP_ARGS(queue)
);

/**
 * msgq_remove() - a queue is removed, with what it holds
 * @queue: the queue
 */
DEFINE_EVENT(msgq_queue, msgq_remove,
	TP_PROTO(const struct msgq_queue *queue),
	TP_ARGS(queue)
);

DECLARE_EVENT_CLASS(msgq_message,
	TP_PROTO(const struct msgq_queue *queue, s64 type, u64 size, u64 since),
	TP_ARGS(queue, type, size, since),
	TP_STRUCT__entry(
		__field(s32, key)
		__field(int, msqid)
		__field(s64, type)
		__field(u64, size)
		__field(u64, waited)
	),
	TP_fast_assign(
		__entry->key = queue->ipc.key;
		__entry->msqid = queue->ipc.id;
		__entry->type = type;
		__entry->size = size;
		__entry->waited = msgq_elapsed(since);
	),
	TP_printk("key=0x%08x msqid=%d type=%lld size=%llu waited=%llu",
		  __entry->key, __entry->msqid, __entry->type, __entry->size,
		  __entry->waited)
);

/**
 * msgq_send() - a message was accepted
 * @queue: the queue
 * @type: its type
 * @size: bytes of text
 * @since: when the wait for room began, or 0
 */
DEFINE_EVENT(msgq_message, msgq_send,
	TP_PROTO(const struct msgq_queue *queue, s64 type, u64 size, u64 since),
	TP_ARGS(queue, type, size, since)
);

/**
 * msgq_receive() - a message has arrived, or its claim is acknowledged
 * @queue: the queue
 * @type: its type
 * @size: bytes of text, whatever was cut
 * @since: when the wait for it began, or 0
 */
DEFINE_EVENT(msgq_message, msgq_receive,
	TP_PROTO(const struct msgq_queue *queue, s64 type, u64 size, u64 since),
	TP_ARGS(queue, type, size, since)
);

/**
 * msgq_wait() - a task begins to wait
 * @queue: the queue
 * @waiter: the waiter
 * @rule: which message it wants; NULL for a sender
 */
TRACE_EVENT(msgq_wait,
	TP_PROTO(const struct msgq_queue *queue,
		 const struct msgq_waiter *waiter, const struct msgq_rule *rule),
	TP_ARGS(queue, waiter, rule),
	TP_STRUCT__entry(
		__field(s32, key)
		__field(int, msqid)
		__field(bool, sends)
		__field(bool, except)
		__field(s64, type)
		__field(u64, size)
	),
	TP_fast_assign(
		__entry->key = queue->ipc.key;
		__entry->msqid = queue->ipc.id;
		__entry->sends = !rule;
		__entry->except = rule && rule->mode == MSGQ_EXCEPT;
		__entry->type = rule ? msgq_rule_type(rule) : waiter->type;
		__entry->size = rule ? rule->room : waiter->node.key;
	),
	TP_printk("key=0x%08x msqid=%d to=%s type=%s%lld size=%llu",
		  __entry->key, __entry->msqid,
		  __entry->sends ? "send" : "receive",
		  __entry->except ? "!" : "", __entry->type, __entry->size)
);

/**
 * msgq_wake() - a wait ends
 * @queue: the queue
 * @waiter: the waiter
 * @result: the result: 0 when the call is done, -EAGAIN when the task tries by
 *	itself and may wait again, or an errno
 */
TRACE_EVENT(msgq_wake,
	TP_PROTO(const struct msgq_queue *queue,
		 const struct msgq_waiter *waiter, int result),
	TP_ARGS(queue, waiter, result),
	TP_STRUCT__entry(
		__field(s32, key)
		__field(int, msqid)
		__field(bool, sends)
		__field(pid_t, pid)
		__field(int, result)
		__field(u64, waited)
	),
	TP_fast_assign(
		__entry->key = queue->ipc.key;
		__entry->msqid = queue->ipc.id;
		__entry->sends = waiter->type;
		__entry->pid = waiter->task->pid;
		/* A program sees a signal as EINTR. */
		__entry->result = result <= -ERESTARTSYS ? -EINTR : result;
		__entry->waited = msgq_elapsed(waiter->since);
	),
	TP_printk("key=0x%08x msqid=%d to=%s pid=%d result=%d waited=%llu",
		  __entry->key, __entry->msqid,
		  __entry->sends ? "send" : "receive", __entry->pid,
		  __entry->result, __entry->waited)
);

/**
 * msgq_claim() - a message is claimed
 * @queue: the queue
 * @msg: the message
 * @since: when the wait for it began, or 0
 */
TRACE_EVENT(msgq_claim,
	TP_PROTO(const struct msgq_queue *queue, const struct msgq_msg *msg,
		 u64 since),
	TP_ARGS(queue, msg, since),
	TP_STRUCT__entry(
		__field(s32, key)
		__field(int, msqid)
		__field(s64, type)
		__field(u64, size)
		__field(u64, waited)
		__field(u64, token)
		__field(u32, deliveries)
	),
	TP_fast_assign(
		__entry->key = queue->ipc.key;
		__entry->msqid = queue->ipc.id;
		__entry->type = msg->node.key;
		__entry->size = msg->size;
		__entry->waited = msgq_elapsed(since);
		__entry->token = msg->claim.token;
		__entry->deliveries = msg->deliveries;
	),
	TP_printk("key=0x%08x msqid=%d type=%lld size=%llu waited=%llu token=%llu deliveries=%u",
		  __entry->key, __entry->msqid, __entry->type, __entry->size,
		  __entry->waited, __entry->token, __entry->deliveries)
);

/**
 * msgq_return() - a claim ends, and its message is back on the queue
 * @queue: the queue
 * @msg: the message
 * @by: MSGQ_BY_*
 */
TRACE_EVENT(msgq_return,
	TP_PROTO(const struct msgq_queue *queue, const struct msgq_msg *msg,
		 int by),
	TP_ARGS(queue, msg, by),
	TP_STRUCT__entry(
		__field(s32, key)
		__field(int, msqid)
		__field(s64, type)
		__field(u64, size)
		__field(u64, token)
		__field(u32, deliveries)
		__field(int, by)
	),
	TP_fast_assign(
		__entry->key = queue->ipc.key;
		__entry->msqid = queue->ipc.id;
		__entry->type = msg->node.key;
		__entry->size = msg->size;
		__entry->token = msg->claim.token;
		__entry->deliveries = msg->deliveries;
		__entry->by = by;
	),
	TP_printk("key=0x%08x msqid=%d type=%lld size=%llu token=%llu deliveries=%u by=%s",
		  __entry->key, __entry->msqid, __entry->type, __entry->size,
		  __entry->token, __entry->deliveries,
		  __print_symbolic(__entry->by,
				   { MSGQ_BY_RELEASE, "release" },
				   { MSGQ_BY_EXPIRY, "expiry" },
				   { MSGQ_BY_CLOSE, "close" },
				   { MSGQ_BY_EXIT, "exit" }))
);

#endif /* MSGQ_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH msg
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
