// SPDX-License-Identifier: MIT
/*
 * leftovers.c - queues and limits that a case leaves behind; see leftovers.h
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "leftovers.h"
#include "test.h"

static int *queues;
static int queue_count;

static const char *const limit_names[] = { "msgmax", "msgmnb", "msgmni",
					   "msgtql" };
#define LIMITS (sizeof(limit_names) / sizeof(limit_names[0]))

/* Kept as text, so that any contents of the file can be written back. */
static char limits[LIMITS][32];

static int highest_index(void)
{
	struct msginfo info;

	return msgctl(0, MSG_INFO, (struct msqid_ds *)&info);
}

static int id_at(int index)
{
	struct msqid_ds state;

	return msgctl(index, MSG_STAT_ANY, &state);
}

static bool noted(int msqid)
{
	for (int i = 0; i < queue_count; i++)
		if (queues[i] == msqid)
			return true;
	return false;
}

static void note_queues(void)
{
	int highest = highest_index();

	free(queues);
	queue_count = 0;
	queues = calloc(highest + 2, sizeof(*queues));
	if (!queues) {
		perror("calloc");
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i <= highest; i++) {
		int msqid = id_at(i);

		if (msqid >= 0)
			queues[queue_count++] = msqid;
	}
}

static int clear_queues(void)
{
	int highest = highest_index();
	int cleared = 0;

	for (int i = 0; i <= highest; i++) {
		int msqid = id_at(i);

		if (msqid >= 0 && !noted(msqid) &&
		    !msgctl(msqid, IPC_RMID, NULL))
			cleared++;
	}
	return cleared;
}

/* Returns false if the limit does not exist. */
static bool read_limit(const char *name, char *value, size_t size)
{
	char path[64];
	FILE *file;
	bool read;

	limit_path(name, path, sizeof(path));
	file = fopen(path, "re");
	if (!file)
		return false;
	read = fgets(value, size, file);
	fclose(file);
	return read;
}

static void restore_limit(const char *name, const char *value)
{
	char path[64], now[32] = "";
	FILE *file;

	if (!*value || !read_limit(name, now, sizeof(now)))
		return;
	limit_path(name, path, sizeof(path));
	file = fopen(path, "we");
	if (!file || fputs(value, file) == EOF || fclose(file) == EOF) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

void leftovers_note(void)
{
	note_queues();
	for (size_t i = 0; i < LIMITS; i++) {
		limits[i][0] = '\0';
		read_limit(limit_names[i], limits[i], sizeof(limits[i]));
	}
}

int leftovers_clear(void)
{
	for (size_t i = 0; i < LIMITS; i++)
		restore_limit(limit_names[i], limits[i]);
	return clear_queues();
}
