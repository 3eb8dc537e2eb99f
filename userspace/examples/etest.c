// SPDX-License-Identifier: MIT
/*
 * etest - send an object name to the queue that stest serves, with its priority
 * as message type
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#define QKEY		0105
#define QPERM		0660
#define MAXOBN		50
#define MAXPRIOR	10

struct entry {
	long mtype;
	char mtext[MAXOBN];
};

/* Send a name; returns -1 on failure. */
static int enter(const char *name, long priority)
{
	struct entry entry = { .mtype = priority };
	size_t len = strlen(name);
	int msqid;

	if (len > MAXOBN) {
		fprintf(stderr, "warning: a name has at most %d bytes\n", MAXOBN);
		return -1;
	}
	memcpy(entry.mtext, name, len);

	msqid = msgget(QKEY, QPERM | IPC_CREAT);
	if (msqid == -1) {
		fprintf(stderr, "warning: no queue: %s\n", strerror(errno));
		return -1;
	}
	/* Without the final zero: the size of the message is that of the name. */
	if (msgsnd(msqid, &entry, len, 0) == -1) {
		fprintf(stderr, "warning: not sent: %s\n", strerror(errno));
		return -1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	long priority;
	char *end;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		printf("usage: etest NAME PRIORITY\n"
		       "Enters NAME (at most %d bytes) with PRIORITY (1 to %d) for stest.\n",
		       MAXOBN, MAXPRIOR);
		return 0;
	}
	if (argc != 3) {
		fprintf(stderr, "warning: usage: etest NAME PRIORITY\n");
		return 1;
	}

	errno = 0;
	priority = strtol(argv[2], &end, 10);
	if (errno || end == argv[2] || *end || priority < 1 ||
	    priority > MAXPRIOR) {
		fprintf(stderr, "warning: a priority is 1 to %d, not %s\n",
			MAXPRIOR, argv[2]);
		return 2;
	}
	return enter(argv[1], priority) ? 3 : 0;
}
