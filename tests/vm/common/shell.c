// SPDX-License-Identifier: MIT
/*
 * shell.c - shell command lines and their output; see shell.h
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

struct terminal terminal_start(const char *line, unsigned short columns)
{
	const struct winsize window = { .ws_row = 24, .ws_col = columns };
	struct terminal terminal = { .size = 0 };

	said[0] = 0;
	terminal.pid = CHECK_OK(forkpty(&terminal.fd, NULL, NULL, &window));
	if (!terminal.pid) {
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(127);
	}
	return terminal;
}

/* Returns false if it has ended, or has printed more than there is room for. */
static bool terminal_read(struct terminal *terminal)
{
	size_t room = sizeof(said) - 1 - terminal->size;
	ssize_t got;

	/* read(2) fails when the line has ended. */
	got = room ? read(terminal->fd, said + terminal->size, room) : 0;
	if (got <= 0)
		return false;
	terminal->size += (size_t)got;
	said[terminal->size] = 0;
	return true;
}

void terminal_says(struct terminal *terminal, const char *text)
{
	while (!strstr(said, text))
		if (!terminal_read(terminal))
			FAIL("expected '%s', got '%s'", text, said);
}

void terminal_type(struct terminal *terminal, const char *text)
{
	CHECK_INT(write(terminal->fd, text, strlen(text)), strlen(text));
}

int terminal_end(struct terminal *terminal)
{
	int status;

	while (terminal_read(terminal))
		;
	close(terminal->fd);
	CHECK_INT(waitpid(terminal->pid, &status, 0), terminal->pid);
	CHECK(WIFEXITED(status));
	return WEXITSTATUS(status);
}

int run_on_terminal(const char *line, const char *input,
		    unsigned short columns)
{
	struct terminal terminal = terminal_start(line, columns);

	terminal_type(&terminal, input);
	return terminal_end(&terminal);
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
	snprintf(slash, PATH_MAX, "/..:%s", getenv("PATH"));
	CHECK_OK(setenv("PATH", path, 1));
}
