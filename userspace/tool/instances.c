// SPDX-License-Identifier: MIT
/*
 * instances.c - the sets of queues of all IPC namespaces and mounts, and a process
 * in each
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "objects.h"

void enter_namespace_of(pid_t pid)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1 && !setns(fd, CLONE_NEWIPC)) {
		close(fd);
		return;
	}

	if (errno == EACCES || errno == EPERM) {
		fprintf(stderr, "msgq: not allowed to enter the IPC namespace of process %d; root may\n",
			pid);
		exit(NO_PERMISSION);
	}
	if (errno != ENOENT)
		report_errno(path);
	else if (access("/proc/self/ns/ipc", F_OK))
		fprintf(stderr, "msgq: this kernel has no IPC namespaces\n");
	else
		fprintf(stderr, "msgq: no process %d\n", pid);
	exit(FAILED);
}

/* The IPC namespace of a process; 0 if it cannot be read. */
static unsigned long long namespace_of(pid_t pid)
{
	char path[32], link[64];
	unsigned long long id;
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/ns/ipc", pid);
	size = readlink(path, link, sizeof(link) - 1);
	if (size == -1)
		return 0;
	link[size] = '\0';
	return sscanf(link, "ipc:[%llu]", &id) == 1 ? id : 0;
}

static int compare_instances(const void *left, const void *right)
{
	const struct instance *a = left, *b = right;

	return a->holding.id < b->holding.id ? -1 : a->holding.id > b->holding.id;
}

struct search {
	struct instances *instances;
	size_t missing;		/* mounts that no process examined so far sees */
	pid_t pid;		/* the process examined now; 0: this one */
	ino_t *seen;		/* the mount namespaces examined */
	size_t seen_count;
};

static void found_mount(const struct mount *mount, void *data)
{
	struct search *search = data;
	struct instance wanted = { .holding.id = mount->id }, *found;

	found = bsearch(&wanted, search->instances->list,
			search->instances->count, sizeof(wanted),
			compare_instances);
	if (!found || !(found->holding.flags & MSGQ_HOLDING_MOUNT) ||
	    found->mount)
		return;
	found->mount = strdup(mount->point);
	if (!found->mount) {
		report_errno("instances");
		exit(FAILED);
	}
	found->pid = search->pid;
	search->missing--;
}

/* Examine the mounts of a process, unless another has been in its namespace. */
static void search_process(struct search *search, const char *process)
{
	struct stat namespace;
	char path[64];
	ino_t *seen;

	snprintf(path, sizeof(path), "/proc/%.20s/ns/mnt", process);
	if (stat(path, &namespace))
		return;
	for (size_t i = 0; i < search->seen_count; i++)
		if (search->seen[i] == namespace.st_ino)
			return;
	seen = reallocarray(search->seen, search->seen_count + 1, sizeof(*seen));
	if (!seen) {
		report_errno("instances");
		exit(FAILED);
	}
	search->seen = seen;
	seen[search->seen_count++] = namespace.st_ino;
	read_mounts(process, found_mount, search);
}

/*
 * Set the path of each mount, and the process that sees it there, if this one
 * does not.
 */
static void find_mounts(struct instances *instances)
{
	struct search search = { .instances = instances };
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	for (size_t i = 0; i < instances->count; i++)
		search.missing += (instances->list[i].holding.flags &
				   MSGQ_HOLDING_MOUNT) != 0;
	if (search.missing)
		search_process(&search, "self");
	while (search.missing && directory && (entry = readdir(directory))) {
		search.pid = atoi(entry->d_name);
		if (search.pid)
			search_process(&search, entry->d_name);
	}
	if (directory)
		closedir(directory);
	free(search.seen);
}

/* Set the process of each namespace: that with the lowest number. */
static void find_processes(struct instances *instances)
{
	DIR *directory = opendir("/proc");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		struct instance wanted = { .pid = atoi(entry->d_name) }, *found;

		if (!wanted.pid)
			continue;
		wanted.holding.id = namespace_of(wanted.pid);
		found = bsearch(&wanted, instances->list, instances->count,
				sizeof(wanted), compare_instances);
		if (found && (!found->pid || wanted.pid < found->pid))
			found->pid = wanted.pid;
	}
	if (directory)
		closedir(directory);
}

struct instances read_instances(int device)
{
	static struct msgq_holding holdings[MSGQ_INSTANCES_MOST];
	struct msgq_instances arg = {
		.holdings = (uintptr_t)holdings,
		.count = MSGQ_INSTANCES_MOST,
		.size = sizeof(holdings[0]),
	};
	struct instances instances = { .list = NULL };

	if (ioctl(device, MSGQ_IOC_INSTANCES, &arg)) {
		if (errno == EPERM)
			fprintf(stderr, "msgq: only root may list all instances\n");
		else if (errno == ENOTTY)
			fprintf(stderr, "msgq: this module does not list instances\n");
		else
			report_errno("instances");
		exit(errno == EPERM ? NO_PERMISSION : FAILED);
	}

	instances.list = calloc(arg.count, sizeof(*instances.list));
	if (!instances.list) {
		report_errno("instances");
		exit(FAILED);
	}
	for (unsigned int i = 0; i < arg.count; i++)
		instances.list[i].holding = holdings[i];
	instances.count = arg.count;
	qsort(instances.list, arg.count, sizeof(*instances.list),
	      compare_instances);
	find_processes(&instances);
	find_mounts(&instances);
	return instances;
}
