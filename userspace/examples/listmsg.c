// SPDX-License-Identifier: MIT
/*
 * listmsg - list all queues
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

static void list_queue(int msqid, const struct msqid_ds *ds)
{
	const struct passwd *owner = getpwuid(ds->msg_perm.uid);
	char number[16];

	snprintf(number, sizeof(number), "%u", ds->msg_perm.uid);
	printf("0x%08x %-10d %-10s %-10o %-12lu %lu\n",
	       (unsigned int)ds->msg_perm.__key, msqid,
	       owner ? owner->pw_name : number, ds->msg_perm.mode & 0777u,
	       (unsigned long)ds->__msg_cbytes, (unsigned long)ds->msg_qnum);
}

int main(int argc, char **argv)
{
	struct msginfo info;
	struct msqid_ds ds;
	int highest, index, msqid;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("usage: listmsg\nLists all message queues.");
		return 0;
	}
	if (argc != 1) {
		fprintf(stderr, "usage: listmsg\n");
		return 1;
	}

	highest = msgctl(0, MSG_INFO, (struct msqid_ds *)&info);
	if (highest == -1) {
		perror("listmsg: no list of queues");
		return 1;
	}

	printf("%-10s %-10s %-10s %-10s %-12s %s\n", "key", "msqid", "owner",
	       "perms", "used-bytes", "messages");
	for (index = 0; index <= highest; index++) {
		msqid = msgctl(index, MSG_STAT_ANY, &ds);
		/* Linux before 4.17 has no MSG_STAT_ANY. */
		if (msqid == -1 && errno == EINVAL)
			msqid = msgctl(index, MSG_STAT, &ds);
		if (msqid != -1)
			list_queue(msqid, &ds);
	}
	return 0;
}
