// SPDX-License-Identifier: MIT
/*
 * msgq - see and remove the queues of /dev/msgq
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/msg.h>

#include <msgq.h>

#include "libmsgq.h"

static const char usage[] =
	"usage: msgq ls               list the queues\n"
	"       msgq rm MSQID...      remove queues and their messages\n"
	"       msgq rm --all         remove all of them\n"
	"       msgq version          tell the interface of the module\n"
	"       msgq --help           show this\n";

static int complain(const char *what)
{
	fprintf(stderr, "msgq: %s: %s\n", what, strerror(errno));
	return 1;
}

/*
 * Call a function for each queue; the number of those for which it failed, or
 * -1 when there is no list.
 */
static int each_queue(int device, int (*call)(int device, int msqid,
					      const struct msqid_ds *ds))
{
	int highest, index, msqid, failed = 0;
	struct msginfo info;
	struct msqid_ds ds;

	highest = msgq_ctl(device, 0, MSG_INFO, (struct msqid_ds *)&info);
	if (highest == -1)
		return -1;

	for (index = 0; index <= highest; index++) {
		msqid = msgq_ctl(device, index, MSG_STAT_ANY, &ds);
		if (msqid != -1 && call(device, msqid, &ds))
			failed++;
	}
	return failed;
}

static int list_queue(int device, int msqid, const struct msqid_ds *ds)
{
	const struct passwd *owner = getpwuid(ds->msg_perm.uid);
	char number[16];

	(void)device;
	snprintf(number, sizeof(number), "%u", ds->msg_perm.uid);
	printf("0x%08x %-10d %-10s %-6.3o %-10lu %lu\n",
	       (unsigned int)ds->msg_perm.__key, msqid,
	       owner ? owner->pw_name : number, ds->msg_perm.mode & 0777u,
	       (unsigned long)ds->__msg_cbytes, (unsigned long)ds->msg_qnum);
	return 0;
}

static int list(int device)
{
	printf("%-10s %-10s %-10s %-6s %-10s %s\n", "key", "msqid", "owner",
	       "perms", "bytes", "messages");
	return each_queue(device, list_queue) ? complain("ls") : 0;
}

static int remove_queue(int device, int msqid, const struct msqid_ds *ds)
{
	bool gone;

	if (!msgq_ctl(device, msqid, IPC_RMID, NULL))
		return 0;

	gone = errno == EINVAL || errno == EIDRM;
	/* One that was listed and is gone by now is what was asked for. */
	if (gone && ds)
		return 0;
	fprintf(stderr, "msgq: queue %d: %s\n", msqid,
		gone ? "there is none with this identifier" : strerror(errno));
	return -1;
}

static int remove_some(int device, int count, char **names)
{
	int i, failed = 0;

	for (i = 0; i < count; i++) {
		char *end;
		long msqid;

		errno = 0;
		msqid = strtol(names[i], &end, 10);
		if (errno || end == names[i] || *end || msqid < 0 ||
		    msqid > INT_MAX) {
			fprintf(stderr, "msgq: %s is no identifier of a queue\n",
				names[i]);
			failed++;
		} else if (remove_queue(device, (int)msqid, NULL)) {
			failed++;
		}
	}
	return failed;
}

static int remove_all(int device)
{
	int failed = each_queue(device, remove_queue);

	if (failed == -1)
		return complain("rm");
	return failed ? 1 : 0;
}

static int version(int device)
{
	struct msgq_info info;

	if (msgq_info(device, &info) == -1)
		return complain("version");

	printf("interface %u%s\n", info.version,
	       info.features & MSGQ_FEATURE_TYPE_INDEX ? ", type index" : "");
	return 0;
}

static int wrong_usage(void)
{
	fputs(usage, stderr);
	return 2;
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "";
	bool ls = !strcmp(command, "ls"), rm = !strcmp(command, "rm");
	int device, status;

	if (!strcmp(command, "--help")) {
		fputs(usage, stdout);
		return 0;
	}
	if (!ls && !rm && strcmp(command, "version"))
		return wrong_usage();
	if (rm ? argc < 3 : argc != 2)
		return wrong_usage();

	device = msgq_device();
	if (device == -1 && errno == ENOSYS) {
		fprintf(stderr, "msgq: no /dev/msgq: the module is not loaded\n");
		return 1;
	}
	if (device == -1)
		return complain("/dev/msgq");

	if (ls)
		status = list(device);
	else if (!rm)
		status = version(device);
	else if (argc == 3 && !strcmp(argv[2], "--all"))
		status = remove_all(device);
	else
		status = remove_some(device, argc - 2, argv + 2) ? 1 : 0;

	if (fflush(stdout))
		return complain("standard output");
	return status;
}
