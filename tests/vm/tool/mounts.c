// SPDX-License-Identifier: MIT
/*
 * mounts.c - the tool and the libraries with the file of a msgqfs in the place
 * of the device, by --device and MSGQ_DEVICE
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "mounts.h"
#include "peer.h"
#include "shell.h"

static const char *folder;
static char line[512];

/* Mount msgqfs in the current folder, which has a blank in its name. */
static void mount_here(const char *options)
{
	DEVICE_ONLY();
	mounts_own();
	use_tools();
	folder = mounts_folder();
	CHECK_OK(chdir(folder));
	CHECK_OK(mkdir("a b", 0755));
	CHECK_OK(mounts_try("a b", options));
	CHECK_OK(chdir("a b"));
}

CASE(device_option)
{
	mount_here(NULL);
	CHECK_INT(run_line("msgq --device msgq create 0x0df0 >/dev/null && msgq --device=msgq send 0x0df0 one"), 0);
	check_run("msgq ls -H", 0, "");
	check_run("msgq --device ../a\\ b/msgq recv 0x0df0", 0, "one\n");
	check_complains("msgq --in $$ --device msgq ls 2>&1", 2,
			"--in is for the queues of /dev/msgq");
	/* A process is in the variable's place, and has /dev/msgq. */
	if (!access("/proc/self/ns/ipc", F_OK))
		check_run("MSGQ_DEVICE=/nothing msgq --in $$ ls -H", 0, "");
	check_run("msgq --device msgq rm --all --yes && msgq --device msgq ls -H",
		  0, "");
	check_complains("msgq --device nothing ls 2>&1", 7,
			"/a b/nothing: it does not exist");
	check_complains("msgq --device /dev/null ls 2>&1", 7,
			"msgq: /dev/null: it is not the msgq device");
	check_complains("msgq --device 2>&1", 2, "option '--device' needs a value");
}

CASE(variable)
{
	mount_here(NULL);
	snprintf(line, sizeof(line), "MSGQ_DEVICE='%s/a b/msgq' msgq create 0x0df0 >/dev/null",
		 folder);
	CHECK_INT(run_line(line), 0);
	check_run("msgq --device msgq ls -H | awk '{ print $1 }'", 0, "0x00000df0\n");
	check_run("MSGQ_DEVICE= msgq ls -H", 0, "");
	check_complains("MSGQ_DEVICE=msgq msgq ls 2>&1", 7,
			"msgq: msgq: the value of MSGQ_DEVICE does not begin with a slash");
	check_complains("MSGQ_DEVICE=/nothing msgq ls 2>&1", 7,
			"msgq: /nothing: it does not exist");
	check_run("MSGQ_DEVICE=/$(printf '%1022s' | tr ' ' x) msgq ls 2>&1 | grep -o 'the value.*'",
		  0, "the value of MSGQ_DEVICE is too long\n");
	check_run("MSGQ_DEVICE=/nothing msgq version | tail -n 1", 0,
		  "no device: /nothing: it does not exist; is the module loaded, and is /dev complete?\n");
	/* --device counts, and not the variable. */
	check_run("MSGQ_DEVICE=/nothing msgq --device msgq ls -H | awk '{ print $1 }'",
		  0, "0x00000df0\n");
}

/*
 * This program is run, too: it looks for a queue by msgget() of the drop-in
 * library, also after it has written over its environment and lost the device.
 */
__attribute__((constructor)) static void when_run(void)
{
	char *wanted = getenv("MSGQ_DEVICE");
	int found;

	if (!getenv("MSGQ_MOUNTS_RUN"))
		return;
	found = msgget(0x0df0, 0) >= 0;
	if (wanted)
		memset(wanted, '/', strlen(wanted));
	clearenv();
	close_range(3, ~0U, 0);
	if (found != (msgget(0x0df0, 0) >= 0))
		_exit(9);
	_exit(found);
}

CASE(run)
{
	char self[256] = "";

	mount_here(NULL);
	CHECK(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
	CHECK_OK(setenv("MSGQ_MOUNTS_RUN", "1", 1));
	CHECK_INT(run_line("msgq --device msgq create 0x0df0 >/dev/null"), 0);
	snprintf(line, sizeof(line), "msgq run %s", self);
	CHECK_INT(run_line(line), 0);
	snprintf(line, sizeof(line), "msgq --device msgq run %s", self);
	CHECK_INT(run_line(line), 1);
	/* Programs that it runs have the device as well. */
	check_run("msgq --device msgq run msgq ls -H | awk '{ print $1 }'",
		  0, "0x00000df0\n");
}

CASE(limits)
{
	mount_here("msgmni=7,msgtql=9");
	check_run("msgq --device msgq limits | awk '{ print $1, $2, $3 }'", 0,
		  "limit value used\n"
		  "msgmax 8192 -\n"
		  "msgmnb 16384 -\n"
		  "msgmni 7 0\n"
		  "msgtql 9 0\n");
	CHECK_INT(run_line("msgq --device msgq limits --json"), 0);
	CHECK(strstr(said, "\"msgtql\": 9"));
	check_run("msgq --device msgq limits msgmni=8 msgtql=0", 0, "");
	check_run("msgq --device msgq limits | tail -n 2 | tr -s ' '", 0,
		  "msgmni 8 0 queues\nmsgtql 0 0 messages on all queues\n");
	CHECK_INT(run_line("msgq --device msgq create 0x3"), 0);
	check_complains("msgq --device msgq send --no-wait 0x3 text 2>&1", 4,
			"the limit msgtql is 0");
	CHECK_INT(run_line("msgq --device msgq rm 0x3"), 0);
	check_run("msgq limits | grep -c 'msgtql *none'", 0, "1\n");
	CHECK_INT(run_line("touch /tmp/bound && mount --bind msgq /tmp/bound"), 0);
	check_run("msgq --device /tmp/bound limits msgtql=none msgmni=9", 0, "");
	AS((&(struct identity){ .uid = 1000, .gid = 1000 }))
		check_complains("msgq --device msgq limits msgmni=8 2>&1", 5,
				"only root may change msgmni");
	check_run("msgq --device msgq limits --bound queues=1", 0, "");
	AS((&(struct identity){ .uid = 1000, .gid = 1000 })) {
		CHECK_INT(run_line("msgq --device msgq create 0x1 >/dev/null"), 0);
		CHECK_INT(run_line("msgq --device msgq create 0x2 2>&1"), 6);
	}
	check_run("msgq limits --bound | grep -c none", 0, "3\n");
}

/* Where it is mounted, also if only another process sees that. */
CASE(listed)
{
	struct stat stat_of_file;
	char id[32];
	int ready[2];
	pid_t pid;

	mount_here(NULL);
	CHECK_OK(stat("msgq", &stat_of_file));
	snprintf(id, sizeof(id), "%u:%u", major(stat_of_file.st_dev),
		 minor(stat_of_file.st_dev));
	CHECK_INT(run_line("msgq --device msgq create 0x0df0 >/dev/null"), 0);
	CHECK_INT(run_line("msgq ls -A -H | tr -s ' ' | sed 's/^ //'"), 0);
	snprintf(line, sizeof(line), "%s - %s/a b 1 0 0\n", id, folder);
	CHECK(strstr(said, line));
	CHECK_INT(run_line("msgq ls -A --json"), 0);
	snprintf(line, sizeof(line), "{\"instance\": %lu, \"kind\": \"mount\", \"pid\": null, \"command\": null, \"mount\": \"%s/a b\", \"queues\": 1,",
		 (unsigned long)stat_of_file.st_dev, folder);
	CHECK(strstr(said, line));

	CHECK_OK(pipe(ready));
	pid = CHECK_OK(fork());
	if (!pid) {
		mounts_own();
		mount_here(NULL);
		CHECK_OK(stat("msgq", &stat_of_file));
		CHECK_INT(write(ready[1], &stat_of_file, sizeof(stat_of_file)),
			  sizeof(stat_of_file));
		pause();
	}
	CHECK_INT(read(ready[0], &stat_of_file, sizeof(stat_of_file)),
		  sizeof(stat_of_file));
	CHECK_INT(run_line("msgq ls -A --json"), 0);
	snprintf(line, sizeof(line), "{\"instance\": %lu, \"kind\": \"mount\", \"pid\": %d, \"command\": \"mounts\", \"mount\": \"/tmp/mount.",
		 (unsigned long)stat_of_file.st_dev, pid);
	CHECK(strstr(said, line));

	/* The root of that process leads there, although it is written as "/". */
	snprintf(line, sizeof(line), "cd / && msgq --device \"/proc/%d/root$(msgq ls -A --json | grep -o '/tmp/mount[^\"]*' | tail -n 1)/msgq\" ls -H",
		 pid);
	check_run(line, 0, "");
	CHECK_OK(kill(pid, SIGKILL));
}

/* Names that others give are shown in a form that a terminal does not obey. */
CASE(hostile_names)
{
	mount_here(NULL);
	CHECK_OK(mkdir("/tmp/\033[2J\n", 0755));
	CHECK_OK(mount("msgtql=5,", "/tmp/\033[2J\n", "msgqfs", 0, "msgtql=3"));
	CHECK_INT(run_line("msgq ls -A -H"), 0);
	CHECK(strstr(said, "/tmp/\\x1b[2J\\n "));
	CHECK(!strchr(said, '\033'));
	CHECK_OK(chdir("/tmp/\033[2J\n"));
	check_run("msgq --device msgq limits | tail -n 1 | tr -s ' '", 0,
		  "msgtql 3 0 messages on all queues\n");
}

/* A program that gains privileges ignores the variable, and obeys the option. */
CASE(set_user_id)
{
	mount_here(NULL);
	CHECK_INT(run_line("cp $(which msgq) /tmp/tool && chmod 4755 /tmp/tool"), 0);
	AS((&(struct identity){ .uid = 1000, .gid = 1000 })) {
		check_run("MSGQ_DEVICE=/nothing /tmp/tool ls -H", 0, "");
		check_complains("/tmp/tool --device /nothing ls 2>&1", 7,
				"/nothing: it does not exist");
	}
}
