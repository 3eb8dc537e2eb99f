// SPDX-License-Identifier: MIT
/*
 * limits.c - the limits of queues, changed at run time
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"
#include "test.h"

static struct {
	long type;
	char text[70000];
} message = { .type = 1 };

static const char *const names[] = { "msgmax", "msgmnb", "msgmni", "msgtql" };

static int limits(void)
{
	/* The kernel's own queues do not have the last limit. */
	return on_device() ? 4 : 3;
}

/* Write this text to the limit's file; returns 0 or an errno. */
static int written(const char *name, const char *text)
{
	char path[64];
	ssize_t ret;
	int fd, error;

	limit_path(name, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	ret = write(fd, text, strlen(text));
	error = ret < 0 ? errno : 0;
	close(fd);
	return error;
}

static int queues_in_use(void)
{
	struct msginfo info;

	CHECK_OK(msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	return info.msgpool;
}

CASE(defaults)
{
	if (!on_device())
		SKIP("a distribution may set others");
	CHECK_INT(limit_get("msgmax"), 8192);
	CHECK_INT(limit_get("msgmnb"), 16384);
	CHECK_INT(limit_get("msgmni"), 32000);
	CHECK_INT(limit_get("msgtql"), INT_MAX);
}

CASE(msgmax_bounds_a_message)
{
	static const size_t values[] = { 2048, 8192, 0, 1, 65536 };
	int msqid = queue_of(limit_get("msgmnb"));

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		size_t value = values[i];

		limit_set("msgmax", value);
		CHECK_INT(limit_get("msgmax"), value);
		message.type = 1;
		CHECK_ERR(msgsnd(msqid, &message, value + 1, IPC_NOWAIT),
			  EINVAL);
		if (value <= 16384) {
			CHECK_OK(msgsnd(msqid, &message, value, IPC_NOWAIT));
			CHECK_INT(msgrcv(msqid, &message,
					 sizeof(message.text), 0, 0), value);
		}
	}
	remove_queue(msqid);
}

CASE(lowered_msgmax_does_not_touch_what_is_there)
{
	int msqid = make_queue();

	CHECK_OK(msgsnd(msqid, &message, 8000, IPC_NOWAIT));
	limit_set("msgmax", 2048);
	CHECK_INT(msgrcv(msqid, &message, sizeof(message.text), 0, 0), 8000);
	remove_queue(msqid);
}

CASE(msgmnb_is_for_new_queues)
{
	static const long values[] = { 4096, 0, 1, 65536, INT_MAX };
	int old = make_queue();
	long before = queue_state(old).msg_qbytes;

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		int msqid;

		limit_set("msgmnb", values[i]);
		msqid = make_queue();
		CHECK_INT(queue_state(msqid).msg_qbytes, values[i]);
		remove_queue(msqid);
	}
	CHECK_INT(queue_state(old).msg_qbytes, before);
	remove_queue(old);
}

CASE(queue_of_the_historical_size)
{
	int msqid;

	limit_set("msgmnb", 4096);
	limit_set("msgmax", 2048);
	msqid = make_queue();
	CHECK_OK(msgsnd(msqid, &message, 2048, IPC_NOWAIT));
	CHECK_OK(msgsnd(msqid, &message, 2048, IPC_NOWAIT));
	CHECK_ERR(msgsnd(msqid, &message, 1, IPC_NOWAIT), EAGAIN);
	remove_queue(msqid);
}

CASE(msgmni_bounds_the_queues)
{
	int in_use = queues_in_use(), made = 0;
	int msqids[50];

	if (in_use)
		SKIP("others have queues");
	limit_set("msgmni", 50);
	while (made < 50)
		msqids[made++] = make_queue();
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);

	/* A lowered limit removes nothing. */
	limit_set("msgmni", 10);
	CHECK_INT(queues_in_use(), 50);
	remove_queue(msqids[--made]);
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
	limit_set("msgmni", 50);
	msqids[made++] = make_queue();
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
	while (made)
		remove_queue(msqids[--made]);

	limit_set("msgmni", 0);
	CHECK_ERR(msgget(IPC_PRIVATE, 0600), ENOSPC);
}

/* Fill two queues up to a limit on both together. */
static void fill_to(int first, int second, int messages)
{
	for (int i = 0; i < messages; i++)
		CHECK_PUT(i % 2 ? first : second, 1, "x");
	CHECK_ERR(msgsnd(first, &message, 0, IPC_NOWAIT), EAGAIN);
	CHECK_ERR(msgsnd(second, &message, 1, IPC_NOWAIT), EAGAIN);
}

CASE(msgtql_bounds_the_messages_of_all_queues)
{
	int first, second;

	DEVICE_ONLY();
	first = make_queue();
	second = make_queue();
	limit_set("msgtql", 40);
	fill_to(first, second, 40);

	/* Room on one queue is room on all, and for one message. */
	CHECK_TAKE(second, 0, 0, 1, "x");
	CHECK_PUT(first, 2, "y");
	CHECK_ERR(msgsnd(second, &message, 1, IPC_NOWAIT), EAGAIN);

	/* A lowered limit removes nothing; a raised one gives room at once. */
	limit_set("msgtql", 10);
	CHECK_INT(queue_state(first).msg_qnum, 21);
	CHECK_TAKE(first, 0, 0, 1, "x");
	CHECK_ERR(msgsnd(first, &message, 1, IPC_NOWAIT), EAGAIN);
	limit_set("msgtql", 40);
	CHECK_PUT(first, 3, "z");
	CHECK_ERR(msgsnd(first, &message, 1, IPC_NOWAIT), EAGAIN);
	limit_set("msgtql", 41);
	CHECK_PUT(first, 3, "z");

	/* A removed queue's messages count no more. */
	remove_queue(first);
	CHECK_PUT(second, 3, "z");
	remove_queue(second);
	limit_set("msgtql", 0);
	first = make_queue();
	CHECK_ERR(msgsnd(first, &message, 0, IPC_NOWAIT), EAGAIN);
	remove_queue(first);
}

CASE(msgtql_is_not_shown_in_msginfo)
{
	struct msginfo info;

	DEVICE_ONLY();
	limit_set("msgtql", 40);
	CHECK_OK(msgctl(0, IPC_INFO, (struct msqid_ds *)&info));
	CHECK_INT(info.msgtql, 16384);
}

CASE(root_alone_writes)
{
	for (int i = 0; i < limits(); i++) {
		struct stat file;
		char path[64];
		long value = limit_get(names[i]);

		limit_path(names[i], path, sizeof(path));
		CHECK_OK(stat(path, &file));
		CHECK_INT(file.st_mode & 0777, 0644);
		AS(&nobody) {
			CHECK_INT(written(names[i], "7"), EACCES);
			CHECK_INT(limit_get(names[i]), value);
		}
		CHECK_INT(limit_get(names[i]), value);
	}
}

CASE(out_of_range_is_refused)
{
	static const char *const texts[] = { "-1", "2147483648", "99999999999",
					     "-2147483648", "many" };

	for (int i = 0; i < limits(); i++) {
		long value = limit_get(names[i]);

		for (size_t j = 0; j < ARRAY_SIZE(texts); j++) {
			CHECK_INT(written(names[i], texts[j]), EINVAL);
			CHECK_INT(limit_get(names[i]), value);
		}
	}
	CHECK_INT(written("msgmni", "32769"), EINVAL);
	CHECK_INT(written("msgmni", "32768"), 0);
	CHECK_INT(limit_get("msgmni"), 32768);
}

CASE(whole_range_is_accepted)
{
	for (int i = 0; i < limits(); i++) {
		limit_set(names[i], 0);
		CHECK_INT(limit_get(names[i]), 0);
		if (strcmp(names[i], "msgmni")) {
			limit_set(names[i], INT_MAX);
			CHECK_INT(limit_get(names[i]), INT_MAX);
		}
	}
}
