// SPDX-License-Identifier: MIT
/*
 * run.c - "msgq run" puts the drop-in library under programs, and reports
 * when it cannot; the tool is in the folder above this program
 *
 * This program is run, too: with LIB_RUN in the environment it makes a call and
 * prints which queues the call reached.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "library.h"
#include "own_dev.h"
#include "peer.h"
#include "shell.h"

#define PROGRAM		"/tmp/lib_run"
#define SCRIPT		"/tmp/lib_run_script"
/* A name like that of a sanitizer's runtime; here it is another library. */
#define RUNTIME		"/tmp/libasan.so.9"

/* Make a call, print its queues and what the last argument asks for; exit. */
__attribute__((constructor)) static void when_run(int argc, char **argv)
{
	struct msginfo info;
	int fd;

	if (!getenv("LIB_RUN"))
		return;
	if (!argv || argc < 2 || strncmp(argv[argc - 1], "tell", 4))
		_exit(99);
	msgctl(0, IPC_INFO, (struct msqid_ds *)&info);
	printf("%s\n", count_devices(&fd) == 1 ? "device" : "kernel");
	if (!strcmp(argv[argc - 1], "tell-preload"))
		puts(getenv("LD_PRELOAD"));
	if (!strcmp(argv[argc - 1], "tell-asan"))
		puts(getenv("ASAN_OPTIONS"));
	fflush(stdout);
	if (!strcmp(argv[argc - 1], "tell-and-die"))
		raise(SIGTERM);
	_exit(argc);
}

/* Copy this program, and clear the environment of the library. */
static void begin(void)
{
	DEVICE_ONLY();
	use_tools();
	CHECK_OK(unsetenv("LD_PRELOAD"));
	CHECK_OK(setenv("LIB_RUN", "1", 1));
	CHECK_INT(run_line("cp /proc/$PPID/exe " PROGRAM " && chmod 755 " PROGRAM),
		  0);
}

static void write_script(const char *first_line)
{
	FILE *file = fopen(SCRIPT, "we");

	CHECK(file);
	CHECK(fprintf(file, "%s\n", first_line) > 0);
	CHECK_INT(fclose(file), 0);
	CHECK_OK(chmod(SCRIPT, 0755));
}

static void end(void)
{
	unlink(SCRIPT);
	CHECK_OK(unlink(PROGRAM));
}

CASE(reached)
{
	begin();
	check_run(PROGRAM " tell", 2, "kernel\n");
	check_run("msgq run " PROGRAM " tell", 2, "device\n");
	check_run("msgq run -- " PROGRAM " --x -- tell", 4, "device\n");
	check_run("cd /tmp && msgq run ./lib_run tell", 2, "device\n");
	check_run("cd / && PATH=$PATH:/tmp msgq run lib_run tell", 2, "device\n");
	check_run("msgq run --kinds=msg,sem " PROGRAM " tell", 2, "device\n");
	check_run("msgq run -k sem " PROGRAM " tell", 2, "kernel\n");
	/* Its children have the library, too. */
	check_run("msgq run msgq run " PROGRAM " tell", 2, "device\n");
	end();
}

CASE(script)
{
	begin();
	write_script("#!" PROGRAM);
	check_run("msgq run " SCRIPT " tell", 3, "device\n");
	write_script("#! \t" PROGRAM " option");
	check_run("msgq run " SCRIPT " tell", 4, "device\n");
	/* A shell runs a script without "#!": here that shell is static. */
	write_script("exec " PROGRAM " tell");
	check_complains("msgq run " SCRIPT " 2>&1", 126, "the program is statically linked");
	write_script("#!/bin/busybox sh");
	check_complains("msgq run " SCRIPT " 2>&1", 126,
			"/bin/busybox: cannot preload the library: the program is statically linked");
	write_script("#!" SCRIPT);
	check_complains("msgq run " SCRIPT " tell 2>&1", 126, SCRIPT);
	end();
}

CASE(static_program)
{
	begin();
	check_complains("msgq run busybox true 2>&1", 126,
			"busybox: cannot preload the library: the program is statically linked");
	end();
}

/* A folder with that name, earlier in the path, is skipped. */
CASE(folder_of_that_name)
{
	begin();
	CHECK_OK(mkdir("/tmp/busybox", 0755));
	check_complains("PATH=/tmp:$PATH; msgq run busybox true 2>&1", 126,
			"busybox: cannot preload the library: the program is statically linked");
	check_complains("msgq run /tmp/busybox true 2>&1", 126,
			"/tmp/busybox: Permission denied");
	CHECK_OK(rmdir("/tmp/busybox"));
	end();
}

/* The refusal is right: the library is not loaded into such a program. */
CASE(other_rights)
{
	static const struct identity alice = { .uid = 1000, .gid = 1000 };
	/* cap_net_bind_service=ep, in version 2 of the attribute. */
	static const unsigned int capability[] = {
		0x02000001, 1 << CAP_NET_BIND_SERVICE, 0, 0, 0,
	};
	static const char *const line = "msgq run " PROGRAM " tell 2>&1";
	char preloaded[600];

	begin();
	CHECK_INT(run_line("msgq run " PROGRAM " tell-preload"), 2);
	CHECK(strncmp(said, "device\n/", 8) == 0);
	snprintf(preloaded, sizeof(preloaded), "LD_PRELOAD=%.*s %s tell",
		 (int)strcspn(said + 7, "\n"), said + 7, PROGRAM);
	check_run(preloaded, 2, "device\n");

	CHECK_OK(chown(PROGRAM, 1001, 1002));
	CHECK_OK(chmod(PROGRAM, 04755));
	check_complains(line, 126, PROGRAM ": cannot preload the library: the program is set-user-ID");
	CHECK_INT(run_line(preloaded), 2);
	CHECK(!strcmp(said, "kernel\n"));
	CHECK_OK(chmod(PROGRAM, 02755));
	check_complains(line, 126, PROGRAM ": cannot preload the library: the program is set-user-ID");
	CHECK_INT(run_line(preloaded), 2);
	CHECK(!strcmp(said, "kernel\n"));
	CHECK_OK(chmod(PROGRAM, 02745));
	check_run(line, 2, "device\n");

	/* Its owner gets no other permission by it. */
	CHECK_OK(chown(PROGRAM, 1000, 1000));
	CHECK_OK(chmod(PROGRAM, 06755));
	AS(&alice)
		check_run(line, 2, "device\n");
	CHECK_OK(chmod(PROGRAM, 0755));
	if (setxattr(PROGRAM, "security.capability", capability,
		     sizeof(capability), 0)) {
		CHECK_INT(errno, ENOTSUP);
	} else {
		check_run(line, 2, "device\n");
		AS(&alice)
			check_complains(line, 126, PROGRAM ": cannot preload the library: the program is set-user-ID");
	}
	end();
}

CASE(other_libraries_are_kept)
{
	begin();
	CHECK_INT(run_line("LD_PRELOAD=libm.so.6 msgq run " PROGRAM " tell-preload"),
		  2);
	CHECK(!strncmp(said, "device\n/", 8));
	CHECK(strstr(said, "/libmsgq-sysv.so:libm.so.6\n"));
	CHECK_INT(run_line("LD_PRELOAD= msgq run " PROGRAM " tell-preload"), 2);
	CHECK(strstr(said, "/libmsgq-sysv.so\n"));
	end();
}

/* A runtime has to be the first library: otherwise it reports that and ends. */
CASE(behind_the_runtime_of_a_sanitizer)
{
	static const char *const lists[] = {
		RUNTIME, RUNTIME ":libm.so.6", "libm.so.6:" RUNTIME,
		" libm.so.6  " RUNTIME " ",
	};
	const char *library = getenv("LD_PRELOAD");
	char line[256];

	DEVICE_ONLY();
	snprintf(line, sizeof(line), "cp %s " RUNTIME, library);
	begin();
	CHECK_INT(run_line(line), 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(lists); i++) {
		snprintf(line, sizeof(line),
			 "LD_PRELOAD='%s' msgq run " PROGRAM " tell-preload",
			 lists[i]);
		CHECK_INT(run_line(line), 2);
		CHECK(!strncmp(said, "device\n" RUNTIME ":/",
			       sizeof("device\n" RUNTIME ":/") - 1));
		CHECK(strstr(said, i ? "/libmsgq-sysv.so:libm.so.6\n" :
				       "/libmsgq-sysv.so\n"));
	}
	CHECK_OK(unlink(RUNTIME));
	end();
}

/* A runtime that the program is linked with does not check the order then. */
CASE(linked_with_a_sanitizer)
{
	static const char *const options[][2] = {
		{ "", "verify_asan_link_order=0" },
		{ "detect_leaks=0", "detect_leaks=0:verify_asan_link_order=0" },
		{ "verify_asan_link_order=1", "verify_asan_link_order=1" },
	};
	char line[256], expected[256];

	begin();
	CHECK_OK(unsetenv("ASAN_OPTIONS"));
	check_run("msgq run " PROGRAM " tell-asan", 2,
		  "device\nverify_asan_link_order=0\n");
	for (unsigned int i = 0; i < ARRAY_SIZE(options); i++) {
		snprintf(line, sizeof(line),
			 "ASAN_OPTIONS=%s msgq run " PROGRAM " tell-asan",
			 options[i][0]);
		snprintf(expected, sizeof(expected), "device\n%s\n",
			 options[i][1]);
		check_run(line, 2, expected);
	}
	end();
}

CASE(ended_by_a_signal)
{
	int status;
	pid_t pid;

	begin();
	pid = CHECK_OK(fork());
	if (!pid) {
		CHECK_OK(close(1));
		CHECK_INT(open("/dev/null", O_WRONLY), 1);
		execlp("msgq", "msgq", "run", PROGRAM, "tell-and-die", NULL);
		_exit(EXIT_FAILURE);
	}
	CHECK_OK(waitpid(pid, &status, 0));
	CHECK(WIFSIGNALED(status));
	CHECK_INT(WTERMSIG(status), SIGTERM);
	end();
}

CASE(not_run)
{
	begin();
	check_complains("msgq run /nowhere/at-all 2>&1", 127,
			"/nowhere/at-all: No such file");
	check_complains("msgq run nowhere-at-all 2>&1", 127,
			"nowhere-at-all: No such file");
	check_complains("msgq run / 2>&1", 126, "/: Permission");
	CHECK_OK(chmod(PROGRAM, 0644));
	check_complains("msgq run " PROGRAM " 2>&1", 126,
			PROGRAM ": Permission");
	CHECK_OK(chmod(PROGRAM, 0755));
	AS(NULL) {
		own_dev_empty();
		check_complains("msgq run " PROGRAM " tell 2>&1", 1,
				"/dev/msgq: it does not exist");
	}
	end();
}

/* The library is not in the tool's folder. */
CASE(no_library)
{
	begin();
	CHECK_INT(run_line("mkdir -p /tmp/a/b && cp /proc/$PPID/exe /tmp/x; cp $(command -v msgq) /tmp/a/b"),
		  0);
	check_complains("/tmp/a/b/msgq run " PROGRAM " tell 2>&1", 1,
			"no libmsgq-sysv.so for " PROGRAM);
	CHECK_INT(run_line("rm -r /tmp/a /tmp/x"), 0);
	end();
}

/* Programs of both widths, whatever the tool's own width is. */
CASE(other_width)
{
	const char *other = sizeof(long) == 8 ? "/tests32/library/run" :
						"/tests/library/run";
	char line[128];

	begin();
	snprintf(line, sizeof(line), "msgq run %s tell", other);
	if (access(other, X_OK))
		check_complains("msgq run /tests32/library/run 2>&1", 127,
				"library/run");
	else
		check_run(line, 2, "device\n");
	end();
}

CASE(usage)
{
	begin();
	CHECK_INT(run_line("msgq run --help"), 0);
	CHECK(strstr(said, "msgq run [OPTION]... [--] PROGRAM"));
	CHECK_INT(run_line("msgq run 2>&1"), 2);
	CHECK_INT(run_line("msgq run -- 2>&1"), 2);
	check_complains("msgq run --nothing true 2>&1", 2, "--nothing");
	check_complains("msgq run --kinds=sem,shm true 2>&1", 2,
			"unknown kind 'shm'; there are msg and sem");
	check_complains("msgq run --kinds= true 2>&1", 2, "unknown kind ''");
	end();
}
