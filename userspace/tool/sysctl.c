// SPDX-License-Identifier: MIT
/*
 * sysctl.c - the limits as files of /proc/sys/msgq
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define DIRECTORY	"/proc/sys/msgq/"

int read_limit(const char *name)
{
	char path[64];
	int value = -1;
	FILE *file;

	snprintf(path, sizeof(path), DIRECTORY "%s", name);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

int write_limit(const char *name, int value)
{
	char path[64], text[16];
	int fd, length, error;
	ssize_t written;

	snprintf(path, sizeof(path), DIRECTORY "%s", name);
	length = snprintf(text, sizeof(text), "%d", value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	written = write(fd, text, (size_t)length);
	error = errno;
	close(fd);
	errno = error;
	return written == length ? 0 : -1;
}
