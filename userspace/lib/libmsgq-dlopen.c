// SPDX-License-Identifier: MIT
/*
 * libmsgq-dlopen.c - dlopen(3) without RTLD_DEEPBIND
 *
 * To be preloaded with the drop-in library for programs that bind their
 * plugins to the plugins' own libraries first, as PHP does: these would get the
 * C library's msgget and the others.
 *
 * The C library takes who asks from the return address, for the folders where
 * that one looks: so this has to be left by a jump, which the Makefile asks the
 * compiler for.
 */
#define _GNU_SOURCE
#include <dlfcn.h>

void *dlopen(const char *file, int mode)
{
	void *(*next)(const char *file, int mode);

	*(void **)&next = dlsym(RTLD_NEXT, "dlopen");
	return next(file, mode & ~RTLD_DEEPBIND);
}
