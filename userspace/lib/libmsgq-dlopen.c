// SPDX-License-Identifier: MIT
/*
 * libmsgq-dlopen.c - dlopen(3) and dlsym(3) that lead to the drop-in library
 *
 * To be preloaded with the drop-in library for programs that would find msgget
 * and the others in the C library:
 *
 * - Programs that bind their plugins to the plugins' own libraries first, as
 *   PHP does, do so with RTLD_DEEPBIND: this dlopen(3) goes without.
 * - Programs that look a call up by the handle of a library, as foreign
 *   function interfaces do, get that of the C library, whose handle or that of
 *   a library that needs it they have: this dlsym(3) answers with that of the
 *   drop-in library instead, and changes nothing else.
 *
 * The C library finds its caller by the return address, to know in which folders
 * to look and what RTLD_NEXT stands for.  So both functions end with a jump to
 * its function, which the Makefile has the compiler make of the last call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <stdbool.h>
#include <string.h>

#define DROP_IN	"libmsgq-sysv.so." MSGQ_SOVERSION

/*
 * The dlsym(3) behind this one.  It has a version, which dlvsym(3) finds it by,
 * and this one has none.  Since glibc 2.34 it is the same on most machines;
 * before, it was that of the first glibc for the machine.
 */
static __typeof__(&dlsym) next_dlsym(void)
{
	static const char *const versions[] = {
		"GLIBC_2.34", "GLIBC_2.36", "GLIBC_2.38", "GLIBC_2.2.5",
		"GLIBC_2.0", "GLIBC_2.17", "GLIBC_2.4", "GLIBC_2.27",
		"GLIBC_2.2", "GLIBC_2.3",
	};
	static void *kept;
	void *next = __atomic_load_n(&kept, __ATOMIC_RELAXED);
	__typeof__(&dlsym) found;

	for (size_t i = 0; !next && i < sizeof(versions) / sizeof(*versions);
	     i++)
		next = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
	__atomic_store_n(&kept, next, __ATOMIC_RELAXED);
	*(void **)&found = next;
	return found;
}

static __typeof__(&dlopen) next_dlopen(void)
{
	__typeof__(&dlopen) found;

	*(void **)&found = next_dlsym()(RTLD_NEXT, "dlopen");
	return found;
}

static bool is_call(const char *name)
{
	static const char *const calls[] = {
		"msgget", "msgsnd", "msgrcv", "msgctl", "__msgctl64",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (!strcmp(name, calls[i]))
			return true;
	return false;
}

/* What a library has by a name, if it is loaded; NULL, and no error to tell. */
static void *find_in(const char *library, const char *name)
{
	void *handle = next_dlopen()(library, RTLD_LAZY | RTLD_NOLOAD);
	void *found = NULL;

	if (handle) {
		found = next_dlsym()(handle, name);
		dlclose(handle);
	}
	if (!found)
		dlerror();
	return found;
}

/* A call by the handle of some library: the C library's is not what is meant. */
static void *find_call(void *handle, const char *name)
{
	void *found = next_dlsym()(handle, name);

	if (!found || found != find_in(LIBC_SO, name))
		return found;
	return find_in(DROP_IN, name) ?: found;
}

void *dlsym(void *handle, const char *name)
{
	__typeof__(&dlsym) next = next_dlsym();

	if (handle != RTLD_DEFAULT && handle != RTLD_NEXT && is_call(name))
		return find_call(handle, name);
	return next(handle, name);
}

void *dlopen(const char *file, int mode)
{
	__typeof__(&dlopen) next = next_dlopen();

	return next(file, mode & ~RTLD_DEEPBIND);
}
