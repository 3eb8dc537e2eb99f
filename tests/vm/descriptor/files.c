// SPDX-License-Identifier: MIT
/*
 * files.c - opening a queue without a free descriptor or file: nothing is made,
 * and nothing is left behind
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "desc_io.h"

#define KEY		0x0df1
#define OTHER_KEY	0x0df2
#define FILE_MAX	"/proc/sys/fs/file-max"
#define USERS		"/sys/module/msgq/refcnt"

/* Often enough to notice a small leak. */
#define TIMES		200

static char file_max[32];

static void write_file_max(const char *value)
{
	int fd = open(FILE_MAX, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		FAIL("%s: expected to be set to %s, got %s", FILE_MAX, value,
		     strerrorname_np(errno));
	close(fd);
}

/*
 * Restore the limit however the case ends: another process, which is not killed
 * with it, waits for its end.
 */
static void keep_file_max(void)
{
	int fd = CHECK_OK(open(FILE_MAX, O_RDONLY | O_CLOEXEC));
	int ends[2];
	char byte;

	CHECK(read(fd, file_max, sizeof(file_max) - 1) > 0);
	close(fd);
	CHECK_OK(pipe2(ends, O_CLOEXEC));
	if (CHECK_OK(fork())) {
		close(ends[0]);
		return;
	}
	CHECK_OK(setsid());
	close(ends[1]);
	while (read(ends[0], &byte, 1) < 0)
		;
	write_file_max(file_max);
	_exit(0);
}

/* The number of users of the module; -1 if it is unknown. */
static int users(void)
{
	FILE *file = fopen(USERS, "re");
	int count;

	if (!file)
		return -1;
	CHECK_INT(fscanf(file, "%d", &count), 1);
	fclose(file);
	return count;
}

/* The state that must be the same afterwards. */
struct before {
	struct msgq_state state;
	int queues;
	int users;
	int next;
};

static struct before note(int msqid)
{
	return (struct before){
		.state = state_of_queue(msqid),
		.queues = desc_queues(),
		.users = users(),
		.next = desc_next(),
	};
}

static void check(int msqid, const struct before *before)
{
	const struct before after = note(msqid);

	CHECK_INT(after.queues, before->queues);
	CHECK_INT(after.users, before->users);
	CHECK_INT(after.next, before->next);
	CHECK_INT(after.state.descriptors, before->state.descriptors);
	CHECK_INT(after.state.qnum, before->state.qnum);
	CHECK_ERR(msgget(OTHER_KEY, 0), ENOENT);
}

/* Opening an existing queue by identifier and key, or making one, fails. */
static void all_fail(int msqid, int error)
{
	const struct msgq_open ways[] = {
		{ .name = msqid, .flags = DESC_BOTH, .type = 1 },
		desc_key(KEY, 0, 0),
		desc_key(OTHER_KEY, IPC_CREAT | 0666, 0),
		desc_key(OTHER_KEY, IPC_CREAT | 0666, MSGQ_OPEN_TEMPORARY),
		desc_key(IPC_PRIVATE, 0666, 0),
	};

	for (unsigned int i = 0; i < TIMES; i++)
		for (size_t j = 0; j < ARRAY_SIZE(ways); j++)
			CHECK_ERR(desc_open(&ways[j]), error);
}

/* Make a queue with a message, which all users may open. */
static int make_known_queue(void)
{
	int msqid;

	DEVICE_ONLY();
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0666));
	CHECK_PUT(msqid, 1, "there");
	/* Open the device now. */
	the_device();
	return msqid;
}

static void opens(int msqid)
{
	int fd = open_as(msqid, DESC_BOTH, 0);

	CHECK_READ(fd, "there");
	CHECK_OK(close(fd));
	remove_queue(msqid);
}

CASE(no_number)
{
	int msqid = make_known_queue();
	struct before before = note(msqid);

	desc_allow(before.next);
	all_fail(msqid, EMFILE);
	desc_allow(1024);
	check(msqid, &before);
	opens(msqid);
}

CASE(no_file)
{
	int msqid = make_known_queue(), status;
	struct before before;
	pid_t pid;

	keep_file_max();
	before = note(msqid);
	/* The count of open files is per processor and lags: only 0 is safe. */
	write_file_max("0");
	pid = CHECK_OK(fork());
	if (!pid) {
		/* A task with CAP_SYS_ADMIN gets files beyond the limit. */
		become(&nobody);
		all_fail(msqid, ENFILE);
		_exit(0);
	}
	/* Restore the limit before anything else can fail. */
	waitpid(pid, &status, 0);
	write_file_max(file_max);
	CHECK_INT(status, 0);
	check(msqid, &before);
	AS(&nobody)
		CHECK_OK(close(open_as(msqid, DESC_BOTH, 0)));
	opens(msqid);
}
