// SPDX-License-Identifier: MIT
/*
 * recvmsg - receive the greeting of sendmsg from the queue with the key of a path
 * and a number
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>

struct greeting {
	long mtype;
	char mtext[10];
};

int main(int argc, char **argv)
{
	struct greeting greeting;
	ssize_t len;
	long proj;
	key_t key;
	char *end;
	int msqid;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("usage: recvmsg PATH PROJ\nPrints the greeting of sendmsg.");
		return 0;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: recvmsg PATH PROJ\n");
		return 1;
	}

	proj = strtol(argv[2], &end, 10);
	if (end == argv[2] || *end) {
		fprintf(stderr, "recvmsg: PROJ is a number, not %s\n", argv[2]);
		return 1;
	}
	key = ftok(argv[1], (int)proj);
	if (key == -1) {
		perror("recvmsg: ftok");
		return 1;
	}
	/* Either program may be the first. */
	msqid = msgget(key, 0600 | IPC_CREAT);
	if (msqid == -1) {
		perror("recvmsg: msgget");
		return 1;
	}
	len = msgrcv(msqid, &greeting, sizeof(greeting.mtext), 1, 0);
	if (len == -1) {
		perror("recvmsg: msgrcv");
		return 1;
	}
	printf("%.*s\n", (int)len, greeting.mtext);
	return 0;
}
