// SPDX-License-Identifier: MIT
/*
 * errors.c - what went wrong with a queue, and what the user can do about it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "tool.h"

static int print_report(int status, const char *queue, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int print_report(int status, const char *queue, const char *format, ...)
{
	va_list rest;

	fprintf(stderr, "msgq: queue %s: ", queue);
	va_start(rest, format);
	vfprintf(stderr, format, rest);
	va_end(rest);
	fputc('\n', stderr);
	return status;
}

int report_private_key(const struct name *name)
{
	return print_report(NO_QUEUE, name->text,
			    "private queues have this key; name them by identifier");
}

static int report_access(const struct name *name, const char *action)
{
	struct queue queue;

	if (!read_queue(name->device, name->msqid, &queue))
		return print_report(NO_PERMISSION, name->text, "no right to %s",
				    action);
	return print_report(NO_PERMISSION, name->text,
			    "no right to %s: it belongs to %s and has mode %04o, which its owner can change: msgq set --mode=MODE %s",
			    action, user_name(queue.ds.msg_perm.uid),
			    (unsigned int)queue.ds.msg_perm.mode & 0777,
			    name->text);
}

static int report_ownership(const struct name *name, const char *action)
{
	struct queue queue;

	if (!read_queue(name->device, name->msqid, &queue))
		return print_report(NO_PERMISSION, name->text, "no right to %s",
				    action);
	return print_report(NO_PERMISSION, name->text,
			    "no right to %s: only its owner %s, its creator and root have",
			    action, user_name(queue.ds.msg_perm.uid));
}

int report_queue(const struct name *name, const char *action)
{
	switch (errno) {
	case EINVAL:
		return print_report(NO_QUEUE, name->text,
				    "there is none with this identifier; \"msgq ls\" shows those that there are");
	case ENOENT:
		return print_report(NO_QUEUE, name->text,
				    "there is none with this key; \"msgq create %s\" makes it",
				    name->text);
	case EIDRM:
		return print_report(NO_QUEUE, name->text, "it has been removed");
	case EACCES:
		return report_access(name, action);
	case EPERM:
		return report_ownership(name, action);
	case EAGAIN:
	case ENOMSG:
	case ETIMEDOUT:
		return print_report(NOT_NOW, name->text, "there is no such message%s",
				    errno == ETIMEDOUT ? " in time" : "");
	default:
		return print_report(FAILED, name->text, "cannot %s: %s", action,
				    strerror(errno));
	}
}

/* What stands in the way of a message that has to wait. */
static int report_no_space(const struct name *name, size_t size,
			   const char *when)
{
	const char *more = "; receive from it, or wait without --no-wait or for longer, or let it hold more: msgq set --bytes=NUMBER";
	struct msginfo info = { .msgmap = 0 };
	unsigned long bytes, messages, max;
	struct queue queue;

	if (!read_queue(name->device, name->msqid, &queue))
		return print_report(NO_QUEUE, name->text,
				    "it has been removed");
	bytes = queue.ds.__msg_cbytes;
	messages = queue.ds.msg_qnum;
	max = queue.ds.msg_qbytes;
	if (size > max)
		return print_report(LIMIT_MET, name->text,
				    "it holds %lu bytes at most, and never a message of %zu; its owner lets it hold more: msgq set --bytes=%zu %s",
				    max, size, size, name->text);
	if (bytes + size > max)
		return print_report(NOT_NOW, name->text,
				    "no room for %zu bytes%s, it holds %lu of %lu%s %s",
				    size, when, bytes, max, more, name->text);
	if (messages >= max)
		return print_report(NOT_NOW, name->text,
				    "no room%s, it holds %lu messages, as many as bytes are allowed%s %s",
				    when, messages, more, name->text);
	msgq_ctl(name->device, 0, MSG_INFO, (struct msqid_ds *)&info);
	return print_report(NOT_NOW, name->text,
			    "no room%s: with %d messages on all queues the limit msgtql, which is %d, is met, or was just now; root raises it: msgq limits msgtql=NUMBER",
			    when, info.msgmap, read_limit("msgtql"));
}

int report_message(const struct name *name, size_t size)
{
	struct msginfo info = { .msgmax = 0 };

	switch (errno) {
	case EMSGSIZE:
		msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&info);
		if (!size)
			return print_report(LIMIT_MET, name->text,
					    "the message is longer than the limit msgmax allows, which is %d; root raises it: msgq limits msgmax=NUMBER",
					    info.msgmax);
		return print_report(LIMIT_MET, name->text,
				    "a message of %zu bytes is longer than the limit msgmax allows, which is %d; root raises it: msgq limits msgmax=%zu",
				    size, info.msgmax, size);
	case EAGAIN:
		return report_no_space(name, size, "");
	case ETIMEDOUT:
		return report_no_space(name, size, " in time");
	default:
		return report_queue(name, "send to it");
	}
}

int report_create(const struct name *name)
{
	struct msginfo limits = { .msgmni = 0 }, total = { .msgpool = 0 };

	switch (errno) {
	case EEXIST:
		return print_report(FAILED, name->text,
				    "there is one; without --exclusive it is used");
	case ENOSPC:
		msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&limits);
		msgq_ctl(name->device, 0, MSG_INFO, (struct msqid_ds *)&total);
		return print_report(LIMIT_MET, name->text,
				    "the limit msgmni is met: there are %d queues of %d; remove some, or root raises it: msgq limits msgmni=NUMBER",
				    total.msgpool, limits.msgmni);
	default:
		return print_report(FAILED, name->text, "cannot make it: %s",
				    strerror(errno));
	}
}

int report_change(const struct name *name, unsigned long bytes)
{
	struct msginfo limits = { .msgmnb = 0 };

	if (errno == EPERM &&
	    msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&limits) !=
	    -1 && bytes > (unsigned long)limits.msgmnb)
		return print_report(LIMIT_MET, name->text,
				    "its bytes would be %lu, and more than the limit msgmnb, which is %d, takes root, who can also raise it: msgq limits msgmnb=%lu",
				    bytes, limits.msgmnb, bytes);
	return report_queue(name, "change it");
}
