/* SPDX-License-Identifier: MIT */
/*
 * shell.h - lines of shell that run the tool, and what they say
 */
#ifndef SHELL_H
#define SHELL_H

#include <stddef.h>
#include <sys/types.h>

/* The tool stands in the folder above the program's: let lines find it. */
void use_tools(void);

/* Run a line; its exit status.  What it said is in said afterwards. */
int run_line(const char *line);
extern char said[4096];

/*
 * The same on a terminal of 24 lines and so many columns, where input is typed;
 * an end of line is said as \r\n.
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

/* Wait until it has said this; it stands in said, with what came before. */
void terminal_says(struct terminal *terminal, const char *text);
void terminal_type(struct terminal *terminal, const char *text);

/* Wait for its end; its exit status. */
int terminal_end(struct terminal *terminal);

/* It ends with this status and says just this. */
void check_run(const char *line, int expected, const char *expect);

/* It complains of this, in a line of its own. */
void check_complains(const char *line, int expected, const char *what);

#endif /* SHELL_H */
