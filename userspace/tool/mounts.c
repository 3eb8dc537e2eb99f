// SPDX-License-Identifier: MIT
/*
 * mounts.c - where msgqfs is mounted, and its limits
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "device.h"
#include "objects.h"

#define FILE_SYSTEM	"msgqfs"

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

/* Split a line of mountinfo, see proc(5); false: it is another file system. */
static bool parse_mount(char *line, struct mount *mount)
{
	const char *type, *options;
	unsigned int upper, lower;
	char *field = strsep(&line, " ");

	for (int i = 1; field && strcmp(field, "-"); i++) {
		if (i == 3 && sscanf(field, "%u:%u", &upper, &lower) == 2)
			mount->id = makedev(upper, lower);
		if (i == 5)
			mount->point = field;
		field = strsep(&line, " ");
	}
	type = strsep(&line, " ");
	/* The source is any text of whoever mounted it. */
	strsep(&line, " ");
	options = strsep(&line, "\n");
	if (!options || strcmp(type, FILE_SYSTEM))
		return false;
	options = strstr(options, ",msgtql=");
	mount->msgtql = options ? atoi(options + 8) : -1;
	decode_path(mount->point);
	return true;
}

void read_mounts(const char *process,
		 void (*call)(const struct mount *mount, void *data),
		 void *data)
{
	char path[64], *line = NULL;
	struct mount mount;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.20s/mountinfo", process);
	file = fopen(path, "re");
	if (!file)
		return;
	while (getline(&line, &size, file) != -1)
		if (parse_mount(line, &mount))
			call(&mount, data);
	free(line);
	fclose(file);
}

/* Is the device the file of a mount?  *id is the number of its file system then. */
static bool is_mount(int device, dev_t *id)
{
	struct stat file;

	if (fstat(device, &file) || !S_ISREG(file.st_mode))
		return false;
	*id = file.st_dev;
	return true;
}

static void find_msgtql(const struct mount *mount, void *data)
{
	struct mount *wanted = data;

	if (mount->id == wanted->id)
		wanted->msgtql = mount->msgtql;
}

int device_limit(int device, const char *name)
{
	struct mount mount = { .msgtql = -1 };
	struct msginfo info;

	if (!is_mount(device, &mount.id))
		return read_limit(name);
	if (!strcmp(name, "msgtql")) {
		read_mounts("self", find_msgtql, &mount);
		return mount.msgtql;
	}
	if (msgq_ctl(device, 0, IPC_INFO, (struct msqid_ds *)&info) == -1)
		return -1;
	return !strcmp(name, "msgmax") ? info.msgmax :
	       !strcmp(name, "msgmnb") ? info.msgmnb : info.msgmni;
}

/* Begin to change the mount that the file is in: it is bound, or in the root. */
static int pick_mount(void)
{
	char *path = strdup(msgq_device_path());
	int fd = -1;

	if (!path)
		return -1;
	fd = (int)syscall(SYS_fspick, AT_FDCWD, path, FSPICK_CLOEXEC);
	if (fd == -1 && errno == EINVAL)
		fd = (int)syscall(SYS_fspick, AT_FDCWD, dirname(path),
				  FSPICK_CLOEXEC);
	free(path);
	return fd;
}

int set_device_limit(int device, const char *name, int value)
{
	char text[16];
	int fd, error;
	dev_t id;
	long ret;

	if (!is_mount(device, &id))
		return write_limit(name, value);

	snprintf(text, sizeof(text), "%d", value);
	fd = pick_mount();
	if (fd == -1)
		return -1;
	ret = syscall(SYS_fsconfig, fd, FSCONFIG_SET_STRING, name, text, 0);
	if (!ret)
		ret = syscall(SYS_fsconfig, fd, FSCONFIG_CMD_RECONFIGURE, NULL,
			      NULL, 0);
	error = errno;
	close(fd);
	errno = error;
	return (int)ret;
}
