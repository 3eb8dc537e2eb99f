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

/* Write a text into a file; returns -1 with errno. */
static int write_file(const char *name, const char *text)
{
	ssize_t length = (ssize_t)strlen(text), written;
	char path[64];
	int fd, error;

	snprintf(path, sizeof(path), DIRECTORY "%s", name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return -1;
	written = write(fd, text, (size_t)length);
	error = errno;
	close(fd);
	errno = error;
	return written == length ? 0 : -1;
}

/* The limits on sets are the numbers of one file, in this order. */
static const char *const in_sem[] = { "semmsl", "semmns", "semopm", "semmni" };

#define IN_SEM	(sizeof(in_sem) / sizeof(in_sem[0]))

static int write_in_sem(size_t place, int value)
{
	FILE *file = fopen(DIRECTORY "sem", "re");
	int values[IN_SEM], count = 0;
	char text[64];

	if (!file)
		return -1;
	while (count < (int)IN_SEM && fscanf(file, "%d", &values[count]) == 1)
		count++;
	fclose(file);
	if (count < (int)IN_SEM) {
		errno = EIO;
		return -1;
	}
	values[place] = value;
	snprintf(text, sizeof(text), "%d %d %d %d", values[0], values[1],
		 values[2], values[3]);
	return write_file("sem", text);
}

int write_limit(const char *name, int value)
{
	char text[16];

	for (size_t i = 0; i < IN_SEM; i++)
		if (!strcmp(name, in_sem[i]))
			return write_in_sem(i, value);
	snprintf(text, sizeof(text), "%d", value);
	return write_file(name, text);
}
