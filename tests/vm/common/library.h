/* SPDX-License-Identifier: MIT */
/*
 * library.h - the drop-in library under a program that disturbs it
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdbool.h>
#include <sys/types.h>

struct message {
	long type;
	char text[16];
};

/* The number of the caller's descriptors of the device; and the last found. */
int count_devices(int *found);

/* The library's descriptor, if the program has none of its own. */
int library_fd(void);

/* Close all descriptors that a program may close. */
void close_all(void);
void nothing(void);

/* Make each call in turn, after disturbing the descriptor. */
void use_all(void (*disturb)(void));

/* Make one call that needs no queue. */
bool call_works(void);

/* Put the program's own file in the place of the library's descriptor. */
extern int program_fd;
void take_number(void);
ino_t inode_of(int fd);

/*
 * Run this in a child of vfork().  The child closes all files first, or puts
 * one in the place of the library's descriptor, which gets a new number then.
 */
void in_vfork(void (*run)(void));
void close_and_call(void);
void take_and_call(void);

/* Each call fails with this error. */
void all_answer(int error);

#endif /* LIBRARY_H */
