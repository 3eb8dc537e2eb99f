/* SPDX-License-Identifier: MIT */
/*
 * tool.h - what the parts of the msgq command share
 */
#ifndef TOOL_H
#define TOOL_H

/* Tell errno; 1, for an exit status. */
int complain(const char *what);

/* The device, or -1 with the reason told. */
int open_device(void);

/* Become a command; 126 or 127 with the reason told when it cannot be. */
int execute(char **command);

/* "msgq run": argv[0] is "run". */
int run(int argc, char **argv);

#endif /* TOOL_H */
