// SPDX-License-Identifier: MIT
/*
 * shell.c - lines of shell, and what they say; see shell.h
 */
#define _GNU_SOURCE
#include <limits.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell.h"
#include "test.h"

char said[4096];

int run_line(const char *line)
{
	FILE *pipe = popen(line, "re");
	size_t size;
	int status;

	CHECK(pipe);
	size = fread(said, 1, sizeof(said) - 1, pipe);
	said[size] = 0;
	status = CHECK_OK(pclose(pipe));
	if (!WIFEXITED(status))
		FAIL("%s: wait status %#x", line, status);
	return WEXITSTATUS(status);
}

int run_on_terminal(const char *line, const char *input,
		    unsigned short columns)
{
	const struct winsize window = { .ws_row = 24, .ws_col = columns };
	int terminal, status;
	size_t size = 0;
	ssize_t got;
	pid_t pid;

	pid = CHECK_OK(forkpty(&terminal, NULL, NULL, &window));
	if (!pid) {
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(127);
	}
	CHECK_INT(write(terminal, input, strlen(input)), strlen(input));
	/* At its end reading fails. */
	while (size < sizeof(said) - 1 &&
	       (got = read(terminal, said + size, sizeof(said) - 1 - size)) > 0)
		size += got;
	said[size] = 0;
	close(terminal);
	CHECK_INT(waitpid(pid, &status, 0), pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

void check_run(const char *line, int expected, const char *expect)
{
	int status = run_line(line);

	if (status != expected || strcmp(said, expect))
		FAIL("%s: expected %d and '%s', got %d and '%s'", line,
		     expected, expect, status, said);
}

void check_complains(const char *line, int expected, const char *what)
{
	int status = run_line(line);

	if (status != expected || strncmp(said, "msgq", 4) ||
	    !strstr(said, what))
		FAIL("%s: expected %d and '%s', got %d and '%s'", line,
		     expected, what, status, said);
}

void use_tools(void)
{
	char path[2 * PATH_MAX], *slash;
	ssize_t length;

	DEVICE_ONLY();
	length = CHECK_OK(readlink("/proc/self/exe", path, PATH_MAX));
	path[length] = 0;
	slash = strrchr(path, '/');
	CHECK(slash);
	snprintf(slash, PATH_MAX, ":%s", getenv("PATH"));
	CHECK_OK(setenv("PATH", path, 1));
}
