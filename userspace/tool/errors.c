// SPDX-License-Identifier: MIT
/*
 * errors.c - what failed, and what the user can do about it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "commands.h"

#define BEFORE_DEADLINE	" before the deadline"

static int print_report(int status, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int print_report(int status, const char *name, const char *format, ...)
{
	va_list rest;

	fprintf(stderr, "msgq: %s %s: ", kind->noun, name);
	va_start(rest, format);
	vfprintf(stderr, format, rest);
	va_end(rest);
	fputc('\n', stderr);
	return status;
}

int report_private_key(const struct name *name)
{
	return print_report(NO_QUEUE, name->text,
			    "private %ss have this key; name them by their identifiers",
			    kind->noun);
}

static int report_access(const struct name *name, const char *action)
{
	struct object object;

	if (!read_object(name->device, name->id, &object))
		return print_report(NO_PERMISSION, name->text, "no permission to %s",
				    action);
	return print_report(NO_PERMISSION, name->text,
			    "no permission to %s: it belongs to %s and has mode %04o; its owner can change the mode: msgq set%s --mode=MODE %s",
			    action, user_name(object.perm.uid),
			    (unsigned int)object.perm.mode & 0777,
			    kind->option, name->text);
}

static int report_ownership(const struct name *name, const char *action)
{
	struct object object;

	if (!read_object(name->device, name->id, &object))
		return print_report(NO_PERMISSION, name->text, "no permission to %s",
				    action);
	return print_report(NO_PERMISSION, name->text,
			    "no permission to %s: only its owner %s, its creator and root may",
			    action, user_name(object.perm.uid));
}

int report_object(const struct name *name, const char *action)
{
	switch (errno) {
	case EINVAL:
		return print_report(NO_QUEUE, name->text,
				    "no such %s; \"msgq ls%s\" lists them",
				    kind->noun, kind->option);
	case ENOENT:
		return print_report(NO_QUEUE, name->text,
				    "no %s has this key; \"msgq create%s %s\" creates one",
				    kind->noun, kind->option, name->text);
	case EIDRM:
		return print_report(NO_QUEUE, name->text, "it has been removed");
	case EACCES:
		return report_access(name, action);
	case EPERM:
		return report_ownership(name, action);
	case EAGAIN:
	case ENOMSG:
	case ETIMEDOUT:
		return print_report(NOT_NOW, name->text, "no such message%s",
				    errno == ETIMEDOUT ? BEFORE_DEADLINE : "");
	default:
		return print_report(FAILED, name->text, "cannot %s: %s", action,
				    strerror(errno));
	}
}

/* Report why a message does not fit on the queue now. */
static int report_no_space(const struct name *name, size_t size,
			   const char *when)
{
	const char *hint = "; receive from it, wait (without --no-wait, or longer), or increase its size: msgq set --bytes=NUMBER";
	struct msginfo info = { .msgmap = 0 };
	unsigned long bytes, messages, max;
	struct object queue;
	int most;

	if (!read_object(name->device, name->id, &queue))
		return print_report(NO_QUEUE, name->text,
				    "it has been removed");
	bytes = queue.ds.__msg_cbytes;
	messages = queue.ds.msg_qnum;
	max = queue.ds.msg_qbytes;
	if (size > max)
		return print_report(LIMIT_MET, name->text,
				    "a message of %zu bytes is larger than the queue, which may hold %lu bytes; its owner can increase that: msgq set --bytes=%zu %s",
				    size, max, size, name->text);
	if (bytes + size > max)
		return print_report(NOT_NOW, name->text,
				    "no room for %zu bytes%s: it holds %lu of %lu bytes%s %s",
				    size, when, bytes, max, hint, name->text);
	if (messages >= max)
		return print_report(NOT_NOW, name->text,
				    "no room%s: it holds %lu messages, as many as it may hold bytes%s %s",
				    when, messages, hint, name->text);
	msgq_ctl(name->device, 0, MSG_INFO, (struct msqid_ds *)&info);
	most = device_limit(name->device, "msgtql");
	if (most == -1 || most > info.msgmap)
		return print_report(NOT_NOW, name->text,
				    "no room%s: the user that has created it, or all users of these queues together, may have no more messages; root can raise the limit: msgq limits --help",
				    when);
	return print_report(NOT_NOW, name->text,
			    "no room%s: the limit msgtql is %d, and all queues together hold %d messages now; root can raise the limit: msgq limits msgtql=NUMBER",
			    when, most, info.msgmap);
}

int report_message(const struct name *name, size_t size)
{
	struct msginfo info = { .msgmax = 0 };

	switch (errno) {
	case EMSGSIZE:
		msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&info);
		if (!size)
			return print_report(LIMIT_MET, name->text,
					    "the message is longer than the limit msgmax, which is %d bytes; root can raise it: msgq limits msgmax=NUMBER",
					    info.msgmax);
		return print_report(LIMIT_MET, name->text,
				    "a message of %zu bytes is longer than the limit msgmax, which is %d bytes; root can raise it: msgq limits msgmax=%zu",
				    size, info.msgmax, size);
	case EAGAIN:
		return report_no_space(name, size, "");
	case ETIMEDOUT:
		return report_no_space(name, size, BEFORE_DEADLINE);
	default:
		return report_object(name, "send to it");
	}
}

/* Report the limit that forbids another object. */
static int report_most(const struct name *name)
{
	struct msginfo limits = { .msgmni = 0 }, total = { .msgpool = 0 };
	const char *quota = reached_quota(name->device);

	if (quota)
		return print_report(LIMIT_MET, name->text,
				    "%s; remove some, or let root raise it: msgq limits%s --help",
				    quota, kind->option);
	if (kind == &set_kind)
		return print_report(LIMIT_MET, name->text,
				    "the limit semmni on sets or semmns on semaphores is reached; remove some, or let root raise the limit: msgq limits --sem --help");
	msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&limits);
	msgq_ctl(name->device, 0, MSG_INFO, (struct msqid_ds *)&total);
	return print_report(LIMIT_MET, name->text,
			    "the limit msgmni is reached: %d of %d queues exist; remove some, or let root raise the limit: msgq limits msgmni=NUMBER",
			    total.msgpool, limits.msgmni);
}

int report_create(const struct name *name)
{
	switch (errno) {
	case EEXIST:
		return print_report(FAILED, name->text,
				    "the %s exists; without --exclusive it is used",
				    kind->noun);
	case ENOSPC:
		return report_most(name);
	case EINVAL:
		if (kind == &set_kind)
			return print_report(LIMIT_MET, name->text,
					    "more semaphores than the limit semmsl allows in a set; root can raise it: msgq limits --sem semmsl=NUMBER");
		/* fallthrough */
	default:
		return print_report(FAILED, name->text, "cannot create it: %s",
				    strerror(errno));
	}
}

/* A size that is unchanged is refused like a new one. */
static int report_size(const struct name *name, const struct change *change,
		       const struct object *queue)
{
	unsigned long bytes = change->set_bytes ? change->bytes :
						  queue->ds.msg_qbytes;
	struct msginfo limits = { .msgmnb = 0 };
	int error = errno;

	if (msgq_ctl(name->device, 0, IPC_INFO, (struct msqid_ds *)&limits) !=
	    -1 && bytes > (unsigned long)limits.msgmnb)
		return print_report(LIMIT_MET, name->text,
				    "%lu bytes are more than the limit msgmnb, which is %d; only root may set more, or raise the limit: msgq limits msgmnb=%lu",
				    bytes, limits.msgmnb, bytes);
	errno = error;
	return report_object(name, "change it");
}

int report_change(const struct name *name, const struct change *change,
		  const struct object *object)
{
	struct object now;

	if (kind == &queue_kind && errno == EPERM)
		return report_size(name, change, object);
	if (errno == EINVAL && change->set_value && change->semaphore != -1 &&
	    read_object(name->device, name->id, &now))
		return print_report(FAILED, name->text,
				    "it has no semaphore %d",
				    change->semaphore);
	return report_object(name, "change it");
}
