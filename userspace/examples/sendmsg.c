// SPDX-License-Identifier: MIT
/*
 * sendmsg - send a greeting to recvmsg by the queue with the key of a path and a number
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
	struct greeting greeting = { .mtype = 1, .mtext = "hello" };
	long proj;
	key_t key;
	char *end;
	int msqid;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("usage: sendmsg PATH PROJ\nSends a greeting to recvmsg.");
		return 0;
	}
	if (argc != 3) {
		fprintf(stderr, "usage: sendmsg PATH PROJ\n");
		return 1;
	}

	proj = strtol(argv[2], &end, 10);
	if (end == argv[2] || *end) {
		fprintf(stderr, "sendmsg: PROJ is a number, not %s\n", argv[2]);
		return 1;
	}
	key = ftok(argv[1], (int)proj);
	if (key == -1) {
		perror("sendmsg: ftok");
		return 1;
	}
	/* Either program may be the first. */
	msqid = msgget(key, 0600 | IPC_CREAT);
	if (msqid == -1) {
		perror("sendmsg: msgget");
		return 1;
	}
	if (msgsnd(msqid, &greeting, sizeof(greeting.mtext), 0) == -1) {
		perror("sendmsg: msgsnd");
		return 1;
	}
	return 0;
}
