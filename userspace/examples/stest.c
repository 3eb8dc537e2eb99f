// SPDX-License-Identifier: MIT
/*
 * stest - receive the names that etest sends, those of the lowest type first
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/types.h>
#include <unistd.h>

#define QKEY		0105
#define QPERM		0660
#define MAXOBN		50
#define MAXPRIOR	10

struct entry {
	long mtype;
	char mtext[MAXOBN];
};

/* Receive names for ever; returns when that fails. */
static void serve(void)
{
	struct entry entry;
	ssize_t len;
	int msqid;

	msqid = msgget(QKEY, QPERM | IPC_CREAT);
	if (msqid == -1)
		return;

	for (;;) {
		len = msgrcv(msqid, &entry, MAXOBN, -MAXPRIOR, MSG_NOERROR);
		if (len == -1 && errno == EINTR)
			continue;
		if (len == -1)
			return;
		printf("\npriority: %ld name: %.*s\n", entry.mtype, (int)len,
		       entry.mtext);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	pid_t pid;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("usage: stest\nLeaves a server behind that prints what etest enters.");
		return 0;
	}
	if (argc != 1) {
		fprintf(stderr, "usage: stest\n");
		return 1;
	}

	pid = fork();
	if (pid == -1) {
		perror("stest: no server process");
		return 1;
	}
	if (pid) {
		printf("server process pid is %ld\n", (long)pid);
		return 0;
	}

	serve();
	perror("stest: the server ends");
	return 1;
}
