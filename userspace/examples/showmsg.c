// SPDX-License-Identifier: MIT
/*
 * showmsg - show the state of the queue with a key
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/types.h>
#include <time.h>

static void show_last(const char *what, pid_t pid, time_t when)
{
	char date[64];

	if (!when) {
		printf("nobody has %s yet\n", what);
		return;
	}
	strftime(date, sizeof(date), "%a %b %e %H:%M:%S %Y", localtime(&when));
	printf("process %ld %s last, at %s\n", (long)pid, what, date);
}

/* Parse a key in decimal, octal or hexadecimal; false: invalid. */
static int parse_key(const char *text, key_t *key)
{
	long long value;
	char *end;

	errno = 0;
	value = strtoll(text, &end, 0);
	*key = (key_t)value;
	return !errno && end != text && !*end && value >= INT_MIN &&
	       value <= UINT_MAX;
}

int main(int argc, char **argv)
{
	struct msqid_ds ds;
	key_t key;
	int msqid;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		puts("usage: showmsg KEY\n"
		     "Shows the queue with KEY: decimal, octal (0105) or hexadecimal (0x45).");
		return 0;
	}
	if (argc != 2 || !parse_key(argv[1], &key)) {
		fprintf(stderr, "usage: showmsg KEY\n");
		return 1;
	}

	msqid = msgget(key, 0);
	if (msqid == -1) {
		fprintf(stderr, "showmsg: no queue with key %s: %s\n", argv[1],
			strerror(errno));
		return 2;
	}
	if (msgctl(msqid, IPC_STAT, &ds) == -1) {
		fprintf(stderr, "showmsg: no status of queue %d: %s\n", msqid,
			strerror(errno));
		return 3;
	}

	printf("key %ld, msqid %d\n", (long)key, msqid);
	printf("%lu message(s) on queue\n", (unsigned long)ds.msg_qnum);
	show_last("sent", ds.msg_lspid, ds.msg_stime);
	show_last("received", ds.msg_lrpid, ds.msg_rtime);
	return 0;
}
