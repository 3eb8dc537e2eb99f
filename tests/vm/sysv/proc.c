// SPDX-License-Identifier: MIT
/*
 * proc.c - the list of queues in a file: /proc/msgq, and /proc/sysvipc/msg
 * of the kernel's own queues
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diff.h"
#include "peer.h"
#include "test.h"
#include "user_ns.h"

#define KERNEL_LIST	"/proc/sysvipc/msg"
#define KEY		0x6d736731

/* The begin of columns in a line, if no number is wider than its column. */
#define MSQID		11
#define MODE		23
#define BYTES		29
#define LSPID		51
#define LRPID		57
#define UID		63
#define TIMES		87
#define LINE		120

static char text[1 << 20];

static const char *list(void)
{
	return on_device() ? "/proc/msgq" : KERNEL_LIST;
}

static int open_list(void)
{
	return CHECK_OK(open(list(), O_RDONLY | O_CLOEXEC));
}

/* Read the rest of a file in chunks of this size; returns its size. */
static size_t read_rest(int fd, char *to, size_t room, size_t chunk)
{
	size_t size = 0;
	ssize_t part;

	while ((part = CHECK_OK(read(fd, to + size, chunk))) > 0) {
		CHECK((size_t)part <= chunk);
		size += part;
		CHECK(size + chunk < room);
	}
	to[size] = '\0';
	return size;
}

static size_t read_file(const char *path)
{
	int fd = CHECK_OK(open(path, O_RDONLY | O_CLOEXEC));
	size_t size = read_rest(fd, text, sizeof(text), 65536);

	CHECK_OK(close(fd));
	return size;
}

/* The line of a queue, with its newline; the text is cut behind it. */
static char *line_of(int msqid)
{
	char *line, *end;

	for (line = strchr(text, '\n'); line && line[1]; line = end) {
		line++;
		end = strchr(line, '\n');
		CHECK(end);
		if (atoi(line + MSQID) != msqid)
			continue;
		end[1] = '\0';
		return line;
	}
	return NULL;
}

static char *read_line_of(int msqid)
{
	char *line;

	read_file(list());
	line = line_of(msqid);
	if (!line)
		FAIL("%s: expected a line about queue %d", list(), msqid);
	return line;
}

static void check_text(const char *got, const char *expected)
{
	if (strcmp(got, expected))
		FAIL("%s: expected '%s', got '%s'", list(), expected, got);
}

/* A queue whose columns all have values that differ from their neighbours'. */
static int full_queue(void)
{
	int msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0640));
	struct msqid_ds state = queue_state(msqid);
	pid_t pid;

	CHECK_PUT(msqid, 1, "abc");
	CHECK_PUT(msqid, 1, "");
	CHECK_PUT(msqid, 1, "defgh");
	pid = CHECK_OK(fork());
	if (!pid) {
		CHECK_TAKE(msqid, 0, 0, 1, "abc");
		_exit(EXIT_SUCCESS);
	}
	child_passed(pid);
	state.msg_perm.uid = 12345;
	state.msg_perm.gid = 4000000000U;
	CHECK_OK(msgctl(msqid, IPC_SET, &state));
	return msqid;
}

CASE(columns)
{
	int msqid = full_queue();
	struct msqid_ds state = queue_state(msqid);
	char expected[256], *line;

	CHECK(state.msg_lspid != state.msg_lrpid);
	snprintf(expected, sizeof(expected),
		 "%10d %10d  %4o  %10lu %10lu %5u %5u %5u %5u %5u %5u %10lld %10lld %10lld\n",
		 KEY, msqid, 0640, 5UL, 2UL, state.msg_lspid, state.msg_lrpid,
		 12345, 4000000000U, 0, 0, (long long)state.msg_stime,
		 (long long)state.msg_rtime, (long long)state.msg_ctime);
	line = read_line_of(msqid);
	check_text(line, expected);

	/* The line of a new queue, with a negative number as its key. */
	remove_queue(msqid);
	msqid = CHECK_OK(msgget(-2, IPC_CREAT | IPC_EXCL));
	line = read_line_of(msqid);
	snprintf(expected, sizeof(expected),
		 "%10d %10d  %4d  %10d %10d %5d %5d %5d %5d %5d %5d %10d %10d %10lld\n",
		 -2, msqid, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		 (long long)queue_state(msqid).msg_ctime);
	check_text(line, expected);
	remove_queue(msqid);
}

/* Read the kernel's file with the same queue made by the kernel's own calls. */
static void read_kernel(char *heading, char *line, size_t room)
{
	struct { long type; char text[6]; } message = { 1, "abcde" };
	int msqid;

	if (access(KERNEL_LIST, R_OK))
		SKIP("the kernel has no queues of its own");
	CHECK_INT(diff_limit_set(DIFF_KERNEL, DIFF_MSGMNI, 32000), 0);
	msqid = CHECK_OK(diff_kernel_get(KEY, IPC_CREAT | IPC_EXCL | 0640));
	diff_limit_set(DIFF_KERNEL, DIFF_MSGMNI, 0);
	CHECK_OK(diff_kernel_send(msqid, &message, 5, 0));
	CHECK_OK(diff_kernel_send(msqid, &message, 2, 0));
	CHECK_OK(diff_kernel_receive(msqid, &message, 5, 0, 0));
	read_file(KERNEL_LIST);
	CHECK_OK(diff_kernel_control(msqid, IPC_RMID, NULL));
	snprintf(line, room, "%s", line_of(msqid));
	snprintf(heading, room, "%.*s", (int)strcspn(text, "\n") + 1, text);
}

CASE(same_as_the_kernel)
{
	char heading[256], expected[256], *line;
	struct { long type; char text[6]; } message = { 1, "abcde" };
	int msqid;

	DEVICE_ONLY();
	read_kernel(heading, expected, sizeof(heading));
	CHECK_INT(strlen(expected), LINE);
	msqid = CHECK_OK(msgget(KEY, IPC_CREAT | IPC_EXCL | 0640));
	CHECK_OK(msgsnd(msqid, &message, 5, 0));
	CHECK_OK(msgsnd(msqid, &message, 2, 0));
	CHECK_OK(msgrcv(msqid, &message, 5, 0, 0));
	line = read_line_of(msqid);
	CHECK_INT(strlen(line), LINE);
	/* The kernel's queue had its own identifier and times. */
	memcpy(expected + MSQID, line + MSQID, 10);
	memcpy(expected + TIMES, line + TIMES, LINE - TIMES);
	check_text(line, expected);
	remove_queue(msqid);

	read_file(list());
	text[strlen(heading)] = '\0';
	check_text(text, heading);
}

/* The list shows all queues to every user. */
CASE(rights)
{
	int msqid = make_queue();
	struct stat stat;

	set_mode(msqid, 0);
	CHECK_OK(lstat(list(), &stat));
	CHECK_INT(stat.st_mode, S_IFREG | 0444);
	CHECK_INT(stat.st_uid, 0);
	CHECK_INT(stat.st_size, 0);
	AS(&nobody) {
		CHECK_ERR(open(list(), O_WRONLY), EACCES);
		CHECK_INT(strncmp(read_line_of(msqid) + MODE, "   0 ", 5), 0);
	}
	remove_queue(msqid);
}

/* Process ids are those seen by the task that opened the file. */
static long read_in_pid_ns(struct peer *peer)
{
	char line[256];
	int outside = peer->fd;

	CHECK_INT(getpid(), 1);
	snprintf(line, sizeof(line), "%s", read_line_of(peer->msqid));
	CHECK_INT(strncmp(line + LSPID, "    0     0 ", 12), 0);
	CHECK_PUT(peer->msqid, 1, "inside");
	snprintf(line, sizeof(line), "%s", read_line_of(peer->msqid));
	CHECK_INT(strncmp(line + LSPID, "    1     0 ", 12), 0);
	read_rest(outside, text, sizeof(text), 4096);
	CHECK(line_of(peer->msqid));
	return atoi(line_of(peer->msqid) + LSPID);
}

CASE(processes)
{
	int msqid = make_queue();
	struct peer *peer;

	CHECK_PUT(msqid, 1, "outside");
	CHECK_TAKE(msqid, 0, 0, 1, "outside");
	CHECK_INT(atoi(read_line_of(msqid) + LSPID), getpid());
	CHECK_INT(atoi(read_line_of(msqid) + LRPID), getpid());
	if (unshare(CLONE_NEWPID) && errno == EINVAL)
		SKIP("this kernel has no pid namespaces");
	peer = peer_start(&(struct peer){
		.call = read_in_pid_ns,
		.msqid = msqid,
		.fd = open_list(),
	});
	CHECK_ENDED(peer, peer->pid);
	CHECK_INT(atoi(read_line_of(msqid) + LSPID), peer->pid);
	remove_queue(msqid);
}

static int opened_outside;

static void check_ids(int fd, int msqid, int uid, int gid, int creator)
{
	char expected[64], *line;

	snprintf(expected, sizeof(expected), "%5d %5d %5d %5d ", uid, gid,
		 creator, creator);
	read_rest(fd, text, sizeof(text), 4096);
	line = line_of(msqid);
	CHECK(line);
	line[UID + strlen(expected)] = '\0';
	check_text(line + UID, expected);
}

static void read_in_user_ns(int msqid)
{
	check_ids(open_list(), msqid, 5, 6, overflow_id());
	check_ids(opened_outside, msqid, OUTSIDE(5), OUTSIDE(6), 0);
}

CASE(ids)
{
	int msqid = queue_owned_by(OUTSIDE(5), OUTSIDE(6), 0600);

	opened_outside = open_list();
	in_user_ns(read_in_user_ns, msqid);
	remove_queue(msqid);
}

#define QUEUES	70

static void make_queues(int *msqids, int count)
{
	for (int i = 0; i < count; i++)
		msqids[i] = make_queue();
}

static void remove_queues(const int *msqids, int count)
{
	for (int i = 0; i < count; i++)
		remove_queue(msqids[i]);
}

CASE(small_reads)
{
	static char whole[QUEUES * 4 * LINE];
	static const size_t chunks[] = { 1, 7, LINE - 1, LINE, LINE + 1, 4095,
					 4096, 4097 };
	int msqids[QUEUES], fd = open_list();
	size_t size;

	make_queues(msqids, QUEUES);
	size = read_rest(fd, whole, sizeof(whole), 9000);
	CHECK(size >= (QUEUES + 1) * LINE);
	for (size_t i = 0; i < ARRAY_SIZE(chunks); i++) {
		CHECK_INT(lseek(fd, 0, SEEK_SET), 0);
		CHECK_INT(read_rest(fd, text, sizeof(text), chunks[i]), size);
		check_text(text, whole);
	}
	for (size_t at = 0; at < size; at += 61) {
		CHECK_INT(lseek(fd, at, SEEK_SET), at);
		CHECK_INT(read(fd, text, 100), size - at < 100 ? size - at : 100);
		CHECK_INT(memcmp(text, whole + at, size - at < 100 ?
				 size - at : 100), 0);
		/* pread(2) uses its own offset, not the file's. */
		CHECK_INT(pread(fd, text, 10, size - 10), 10);
		CHECK_INT(memcmp(text, whole + size - 10, 10), 0);
	}
	CHECK_INT(pread(fd, text, 10, size), 0);
	CHECK_INT(pread(fd, text, 10, size + 4096), 0);
	CHECK_ERR(lseek(fd, 0, SEEK_END), EINVAL);
	CHECK_ERR(lseek(fd, -1, SEEK_SET), EINVAL);
	remove_queues(msqids, QUEUES);
}

CASE(buffer_that_faults)
{
	static char whole[QUEUES * 4 * LINE];
	int msqids[QUEUES], fd = open_list();
	char *half = guarded(200);
	size_t size;

	make_queues(msqids, QUEUES);
	size = read_file(list());
	memcpy(whole, text, size + 1);
	CHECK_ERR(read(fd, guarded(0), 4096), EFAULT);
	CHECK_INT(read(fd, half, 300), 200);
	CHECK_INT(memcmp(half, whole, 200), 0);
	/* Bytes that could not be copied come with the next read. */
	CHECK_INT(read_rest(fd, text, sizeof(text), 4096), size - 200);
	check_text(text, whole + 200);
	remove_queues(msqids, QUEUES);
}

/* Bytes read so far stay valid; new lines come in order of their index. */
CASE(changed_while_read)
{
	int msqids[QUEUES], fd = open_list();
	size_t got = 0;

	make_queues(msqids, QUEUES);
	/* Read up to the middle of some line. */
	while (got < 10 * LINE + 50)
		got += CHECK_OK(read(fd, text + got, 10 * LINE + 50 - got));
	remove_queues(msqids, QUEUES);
	got += read_rest(fd, text + got, sizeof(text) - got, 1);
	/* The list ends with a whole line, soon after. */
	CHECK_INT(text[got - 1], '\n');
	CHECK(got < 45 * LINE);
	CHECK_INT(read(fd, text, 1), 0);
	CHECK_OK(close(fd));
}

static volatile bool *stop_changing;

static long change(struct peer *peer)
{
	int msqids[10];

	(void)peer;
	while (!*stop_changing) {
		make_queues(msqids, ARRAY_SIZE(msqids));
		remove_queues(msqids, ARRAY_SIZE(msqids));
	}
	return 0;
}

/* Each line is whole; queues that stay appear once, in order of their index. */
static void check_lines(const int *msqids, int count)
{
	int found = 0, last = -1;
	char *line, *end;

	for (line = strchr(text, '\n') + 1; *line; line = end + 1) {
		int msqid = atoi(line + MSQID);

		end = strchr(line, '\n');
		CHECK(end);
		CHECK_INT(end + 1 - line, LINE);
		CHECK((msqid & 0x7fff) > last);
		last = msqid & 0x7fff;
		for (int i = 0; i < count; i++)
			found += msqids[i] == msqid;
	}
	CHECK_INT(found, count);
}

CASE(made_and_removed_while_read)
{
	int msqids[QUEUES];
	struct peer *peers[2];

	stop_changing = mmap(NULL, sizeof(*stop_changing),
			     PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(stop_changing != MAP_FAILED);
	make_queues(msqids, QUEUES);
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
		peers[i] = peer_start(&(struct peer){ .call = change });
	for (int i = 0; i < 300; i++) {
		int fd = open_list();

		read_rest(fd, text, sizeof(text), 100 + i);
		CHECK_OK(close(fd));
		check_lines(msqids, QUEUES);
	}
	*stop_changing = true;
	for (size_t i = 0; i < ARRAY_SIZE(peers); i++)
		CHECK_ENDED(peers[i], 0);
	remove_queues(msqids, QUEUES);
}
