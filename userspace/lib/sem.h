/* SPDX-License-Identifier: MIT */
/*
 * sem.h - the last argument of semctl(2), for both libraries; not installed
 */
#ifndef SEM_H
#define SEM_H

#include <stdarg.h>
#include <stddef.h>
#include <sys/sem.h>

#include "layout.h"

/* The union semun of the program, which the program itself declares. */
union semctl_arg {
	int val;
	struct semid_ds *buf;
	unsigned short *array;
	struct seminfo *info;
};

/* Get the argument that a command has; a program may pass none to the others. */
static inline union semctl_arg semctl_arg(int cmd, va_list args)
{
	switch (cmd) {
	case SETVAL:
	case GETALL:
	case SETALL:
	case IPC_STAT:
	case IPC_SET:
	case IPC_INFO:
	case SEM_STAT:
	case SEM_STAT_ANY:
	case SEM_INFO:
		return va_arg(args, union semctl_arg);
	default:
		return (union semctl_arg){ .buf = NULL };
	}
}

/* msgq_semctl() with the argument that it was passed. */
int msgq_semctl_arg(int device, int semid, int semnum, int cmd,
		    union semctl_arg arg);

#ifdef LAYOUT_TIMES64
/* The functions of a program with 64-bit times. */
int msgq_semtimedop64(int device, int semid, struct sembuf *sops, size_t nsops,
		      const void *timeout);
int msgq_semctl64(int device, int semid, int semnum, int cmd, ...);
int msgq_semctl64_arg(int device, int semid, int semnum, int cmd,
		      union semctl_arg arg);

/* semtimedop() and semctl() of the drop-in library for such a program. */
int __semtimedop64(int semid, struct sembuf *sops, size_t nsops,
		   const void *timeout);
int __semctl64(int semid, int semnum, int cmd, ...);
#endif

#endif /* SEM_H */
