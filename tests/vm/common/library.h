/* SPDX-License-Identifier: MIT */
/*
 * library.h - the drop-in library under a program, and what that does to it
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <stdbool.h>
#include <sys/types.h>

struct message {
	long type;
	char text[16];
};

/* How many descriptors of the device the caller has; the one found last. */
int count_devices(int *found);

/* The library's, where the program has none of its own. */
int library_fd(void);

/* All that a program may close. */
void close_all(void);
void nothing(void);

/* Each call in turn, after something has been done to the descriptor. */
void use_all(void (*disturb)(void));

/* One call that asks for no queue. */
bool call_works(void);

/* A file of the program's own in the place of the library's descriptor. */
extern int program_fd;
void take_number(void);
ino_t inode_of(int fd);

/*
 * Run this in a child of vfork: one that closes all files first, or puts one in
 * the place of the library's descriptor, so that it gets another number.
 */
void in_vfork(void (*run)(void));
void close_and_call(void);
void take_and_call(void);

/* Each of them fails so. */
void all_answer(int error);

#endif /* LIBRARY_H */
