// SPDX-License-Identifier: MIT
/*
 * base.c - errno, the device, the clock, and how the program ends
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device.h"
#include "tool.h"

char called[32] = "msgq";

int report_errno(const char *what)
{
	fprintf(stderr, "msgq: %s: %s\n", what, strerror(errno));
	return FAILED;
}

int open_device(void)
{
	const char *why;
	int device = msgq_device_why(&why);

	if (device == -1)
		fprintf(stderr, "msgq: %s: %s\n", msgq_device_path(), why);
	return device;
}

int execute(char **command)
{
	int status;

	execvp(*command, command);
	status = errno == ENOENT ? 127 : 126;
	report_errno(*command);
	return status;
}

const char *process_name(pid_t pid)
{
	static char name[64];
	char path[32];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	file = pid ? fopen(path, "re") : NULL;
	if (!file)
		return "-";
	name[0] = '\0';
	if (fgets(name, sizeof(name), file))
		name[strcspn(name, "\n")] = '\0';
	fclose(file);
	return *name ? name : "-";
}

int finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		report_errno("standard output");
		return status ? status : FAILED;
	}
	return status;
}

uint64_t monotonic(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}
