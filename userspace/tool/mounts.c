// SPDX-License-Identifier: MIT
/*
 * mounts.c - where msgqfs is mounted
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "tool.h"

/* The list of mounts writes some characters as a backslash and octal digits. */
static void decode_path(char *path)
{
	char *to = path;

	for (; *path; path++) {
		if (*path == '\\' && strspn(path + 1, "01234567") >= 3) {
			*to++ = (char)((path[1] - '0') << 6 |
				       (path[2] - '0') << 3 | (path[3] - '0'));
			path += 3;
		} else {
			*to++ = *path;
		}
	}
	*to = '\0';
}

/* Look for a file system in the mounts that a process sees. */
static bool find_mount_of(const char *process, dev_t id, struct mount *mount)
{
	char *line = NULL, path[64], *options;
	unsigned int upper, lower;
	bool found = false;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/mountinfo", process);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &size, file) != -1) {
		options = strstr(line, " - " MSGQ_FILE_SYSTEM " ");
		if (!options ||
		    sscanf(line, "%*d %*d %u:%u %*s %4095s", &upper, &lower,
			   mount->point) != 3 ||
		    makedev(upper, lower) != id)
			continue;
		found = true;
		decode_path(mount->point);
		options = strstr(options, "msgtql=");
		mount->msgtql = options ? atoi(options + 7) : -1;
	}
	free(line);
	fclose(file);
	return found;
}

bool find_mount(dev_t id, struct mount *mount)
{
	return find_mount_of("self", id, mount);
}

pid_t find_mount_elsewhere(dev_t id, struct mount *mount)
{
	char path[64], mine[64] = "", last[64] = "", other[64] = "";
	struct dirent **processes;
	pid_t found = 0;
	int count;

	if (readlink("/proc/self/ns/mnt", mine, sizeof(mine) - 1) == -1)
		return 0;
	count = scandir("/proc", &processes, NULL, versionsort);
	for (int i = 0; i < count; i++) {
		const char *process = processes[i]->d_name;

		snprintf(path, sizeof(path), "/proc/%.20s/ns/mnt", process);
		if (!found && atoi(process) &&
		    readlink(path, other, sizeof(other) - 1) > 0 &&
		    strcmp(other, mine) && strcmp(other, last)) {
			memcpy(last, other, sizeof(last));
			if (find_mount_of(process, id, mount))
				found = atoi(process);
		}
		free(processes[i]);
	}
	if (count >= 0)
		free(processes);
	return found;
}

bool is_mounted(int device, struct mount *mount)
{
	struct stat file;

	if (fstat(device, &file) || !S_ISREG(file.st_mode))
		return false;
	if (!find_mount(file.st_dev, mount))
		*mount = (struct mount){ .point = "DIRECTORY", .msgtql = -1 };
	return true;
}
