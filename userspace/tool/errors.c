// SPDX-License-Identifier: MIT
/*
 * errors.c - what went wrong with a queue, and what the user can do about it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "tool.h"

static int say(int status, const char *queue, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int say(int status, const char *queue, const char *format, ...)
{
	va_list rest;

	fprintf(stderr, "msgq: queue %s: ", queue);
	va_start(rest, format);
	vfprintf(stderr, format, rest);
	va_end(rest);
	fputc('\n', stderr);
	return status;
}

int complain_of_private(const struct name *name)
{
	return say(NO_QUEUE, name->text,
		   "private queues have this key; name them by identifier");
}

static int no_right(const struct name *name, const char *what)
{
	struct queue queue;

	if (!read_queue(name->device, name->msqid, &queue))
		return say(NO_RIGHT, name->text, "no right to %s", what);
	return say(NO_RIGHT, name->text,
		   "no right to %s: it belongs to %s and has mode %04o, which its owner can change: msgq set --mode=MODE %s",
		   what, user_name(queue.ds.msg_perm.uid),
		   (unsigned int)queue.ds.msg_perm.mode & 0777, name->text);
}

static int not_owner(const struct name *name, const char *what)
{
	struct queue queue;

	if (!read_queue(name->device, name->msqid, &queue))
		return say(NO_RIGHT, name->text, "no right to %s", what);
	return say(NO_RIGHT, name->text,
		   "no right to %s: only its owner %s, its creator and root have",
		   what, user_name(queue.ds.msg_perm.uid));
}

int complain_of(const struct name *name, const char *what)
{
	switch (errno) {
	case EINVAL:
		return say(NO_QUEUE, name->text,
			   "there is none with this identifier; \"msgq ls\" shows those that there are");
	case ENOENT:
		return say(NO_QUEUE, name->text,
			   "there is none with this key; \"msgq create %s\" makes it",
			   name->text);
	case EIDRM:
		return say(NO_QUEUE, name->text, "it has been removed");
	case EACCES:
		return no_right(name, what);
	case EPERM:
		return not_owner(name, what);
	case EAGAIN:
	case ENOMSG:
	case ETIMEDOUT:
		return say(NOT_NOW, name->text, "there is no such message%s",
			   errno == ETIMEDOUT ? " in time" : "");
	default:
		return say(FAILED, name->text, "cannot %s: %s", what,
			   strerror(errno));
	}
}

/* What stands in the way of a message that has to wait. */
static int no_room(const struct name *name, size_t size, const char *when)
{
	const char *more = "; receive from it, or wait without --no-wait or for longer, or let it hold more: msgq set --bytes=NUMBER";
	struct msginfo info = { .msgmap = 0 };
	struct queue queue;
	unsigned long most;

	if (!read_queue(name->device, name->msqid, &queue))
		return say(NO_QUEUE, name->text, "it has been removed");
	most = queue.ds.msg_qbytes;
	if (size > most)
		return say(LIMIT_MET, name->text,
			   "it holds %lu bytes at most, and never a message of %zu; its owner lets it hold more: msgq set --bytes=%zu %s",
			   most, size, size, name->text);
	if (queue.ds.__msg_cbytes + size > most)
		return say(NOT_NOW, name->text,
			   "no room for %zu bytes%s, it holds %lu of %lu%s %s",
			   size, when, (unsigned long)queue.ds.__msg_cbytes,
			   most, more, name->text);
	if (queue.ds.msg_qnum >= most)
		return say(NOT_NOW, name->text,
			   "no room%s, it holds %lu messages, as many as bytes are allowed%s %s",
			   when, (unsigned long)queue.ds.msg_qnum, more,
			   name->text);
	msgq_ctl(name->device, 0, MSG_INFO, (struct msqid_ds *)&info);
	return say(NOT_NOW, name->text,
		   "no room%s: with %d messages on all queues the limit msgtql, which is %d, is met, or was just now; root raises it: msgq limits msgtql=NUMBER",
		   when, info.msgmap, read_limit("msgtql"));
}

int complain_of_message(const struct name *name, size_t size)
{
	struct msginfo info = { .msgmax = 0 };

	switch (errno) {
	case EMSGSIZE:
		msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&info);
		if (!size)
			return say(LIMIT_MET, name->text,
				   "the message is longer than the limit msgmax allows, which is %d; root raises it: msgq limits msgmax=NUMBER",
				   info.msgmax);
		return say(LIMIT_MET, name->text,
			   "a message of %zu bytes is longer than the limit msgmax allows, which is %d; root raises it: msgq limits msgmax=%zu",
			   size, info.msgmax, size);
	case EAGAIN:
		return no_room(name, size, "");
	case ETIMEDOUT:
		return no_room(name, size, " in time");
	default:
		return complain_of(name, "send to it");
	}
}

int complain_of_making(const struct name *name)
{
	struct msginfo limits = { .msgmni = 0 }, total = { .msgpool = 0 };

	switch (errno) {
	case EEXIST:
		return say(FAILED, name->text,
			   "there is one; without --exclusive it is used");
	case ENOSPC:
		msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&limits);
		msgq_ctl(name->device, 0, MSG_INFO, (struct msqid_ds *)&total);
		return say(LIMIT_MET, name->text,
			   "the limit msgmni is met: there are %d queues of %d; remove some, or root raises it: msgq limits msgmni=NUMBER",
			   total.msgpool, limits.msgmni);
	default:
		return say(FAILED, name->text, "cannot make it: %s",
			   strerror(errno));
	}
}

int complain_of_change(const struct name *name, unsigned long bytes)
{
	struct msginfo limits = { .msgmnb = 0 };

	if (errno == EPERM &&
	    msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&limits) !=
	    -1 && bytes > (unsigned long)limits.msgmnb)
		return say(LIMIT_MET, name->text,
			   "its bytes would be %lu, and more than the limit msgmnb, which is %d, takes root, who can also raise it: msgq limits msgmnb=%lu",
			   bytes, limits.msgmnb, bytes);
	return complain_of(name, "change it");
}
