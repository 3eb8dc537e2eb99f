/* SPDX-License-Identifier: MIT */
/*
 * shell.h - shell command lines that run the tool, and their output
 */
#ifndef SHELL_H
#define SHELL_H

#include <stddef.h>
#include <sys/types.h>

/* Put the tool, one folder above the program, in the path of lines. */
void use_tools(void);

/* Run a line; returns its exit status.  Its output is in @said afterwards. */
int run_line(const char *line);
extern char said[4096];

/*
 * The same on a terminal of 24 lines and that many columns, where input is
 * typed; an end of line is output as \r\n.
 */
int run_on_terminal(const char *line, const char *input,
		    unsigned short columns);

/* A line on such a terminal, which the case reads from and types to. */
struct terminal {
	int fd;
	pid_t pid;
	size_t size;
};

struct terminal terminal_start(const char *line, unsigned short columns);

/* Wait until it has printed this; @said has this and the output before. */
void terminal_says(struct terminal *terminal, const char *text);
void terminal_type(struct terminal *terminal, const char *text);

/* Wait for its end; returns its exit status. */
int terminal_end(struct terminal *terminal);

/* It ends with this status and prints exactly this. */
void check_run(const char *line, int expected, const char *expect);

/* It prints this message, in a line of its own. */
void check_complains(const char *line, int expected, const char *what);

#endif /* SHELL_H */
