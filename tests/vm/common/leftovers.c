// SPDX-License-Identifier: MIT
/*
 * leftovers.c - objects and limits that a case leaves behind; see leftovers.h
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>
#include <unistd.h>

#include "leftovers.h"
#include "test.h"

static const char *const limit_names[] = { "msgmax", "msgmnb", "msgmni",
					   "msgtql", "sem" };
#define LIMITS (sizeof(limit_names) / sizeof(limit_names[0]))

/* Kept as text, so that any contents of the file can be written back. */
static char limits[LIMITS][64];

/* Of a kind of objects: the highest index, the identifier at one, removal. */
struct kind {
	int (*highest)(void);
	int (*id_at)(int index);
	int (*discard)(int id);
	int *ids;
	int count;
};

static int highest_queue(void)
{
	struct msginfo info;

	return msgctl(0, MSG_INFO, (struct msqid_ds *)&info);
}

static int queue_at(int index)
{
	struct msqid_ds state;

	return msgctl(index, MSG_STAT_ANY, &state);
}

static int discard_queue(int msqid)
{
	return msgctl(msqid, IPC_RMID, NULL);
}

static int highest_set(void)
{
	struct seminfo info;

	return semctl(0, 0, SEM_INFO, &info);
}

static int set_at(int index)
{
	struct semid_ds state;

	return semctl(index, 0, SEM_STAT_ANY, &state);
}

static int discard_set(int semid)
{
	return semctl(semid, 0, IPC_RMID);
}

static struct kind kinds[] = {
	{ highest_queue, queue_at, discard_queue, NULL, 0 },
	{ highest_set, set_at, discard_set, NULL, 0 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool noted(const struct kind *kind, int id)
{
	for (int i = 0; i < kind->count; i++)
		if (kind->ids[i] == id)
			return true;
	return false;
}

static void note_objects(struct kind *kind)
{
	int highest = kind->highest();

	free(kind->ids);
	kind->count = 0;
	kind->ids = calloc(highest + 2, sizeof(*kind->ids));
	if (!kind->ids) {
		perror("calloc");
		exit(EXIT_FAILURE);
	}
	for (int i = 0; i <= highest; i++) {
		int id = kind->id_at(i);

		if (id >= 0)
			kind->ids[kind->count++] = id;
	}
}

static int clear_objects(const struct kind *kind)
{
	int highest = kind->highest();
	int cleared = 0;

	for (int i = 0; i <= highest; i++) {
		int id = kind->id_at(i);

		if (id >= 0 && !noted(kind, id) && !kind->discard(id))
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
	char path[64], now[64] = "";
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
	for (size_t i = 0; i < KINDS; i++)
		note_objects(&kinds[i]);
	for (size_t i = 0; i < LIMITS; i++) {
		limits[i][0] = '\0';
		read_limit(limit_names[i], limits[i], sizeof(limits[i]));
	}
}

int leftovers_clear(void)
{
	int cleared = 0;

	for (size_t i = 0; i < LIMITS; i++)
		restore_limit(limit_names[i], limits[i]);
	for (size_t i = 0; i < KINDS; i++)
		cleared += clear_objects(&kinds[i]);
	return cleared;
}
