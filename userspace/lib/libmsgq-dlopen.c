// SPDX-License-Identifier: MIT
/*
 * libmsgq-dlopen.c - dlopen(3) and dlsym(3) that find the drop-in library
 *
 * This library is preloaded together with the drop-in library, for programs
 * that would otherwise find msgget and the other calls in the C library:
 *
 * - A program that loads plugins with RTLD_DEEPBIND, as PHP does, binds them to
 *   their own libraries first.  This dlopen(3) removes the flag.
 * - A program that looks up a call by the handle of the C library, or of a
 *   library that needs it, as foreign function interfaces do, finds the call of
 *   the C library.  This dlsym(3) returns that of the drop-in library instead,
 *   and changes nothing else.
 *
 * The C library uses the return address to identify the caller, which
 * determines the directories to search and the meaning of RTLD_NEXT.  Therefore
 * both functions end with a jump to the C library's function; with the options
 * in the Makefile, the compiler turns the last call into one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <gnu/lib-names.h>
#include <stdbool.h>
#include <string.h>

#define DROP_IN	"libmsgq-sysv.so." MSGQ_SOVERSION

/*
 * The dlsym(3) of the C library.  Unlike ours it has a version, by which
 * dlvsym(3) finds it.  Since glibc 2.34 the version is the same on most
 * architectures; before, it was that of the first glibc for the architecture.
 */
static __typeof__(&dlsym) next_dlsym(void)
{
	static const char *const versions[] = {
		"GLIBC_2.34", "GLIBC_2.36", "GLIBC_2.38", "GLIBC_2.2.5",
		"GLIBC_2.0", "GLIBC_2.17", "GLIBC_2.4", "GLIBC_2.27",
		"GLIBC_2.2", "GLIBC_2.3",
	};
	static void *cached;
	void *next = __atomic_load_n(&cached, __ATOMIC_RELAXED);
	__typeof__(&dlsym) found;

	for (size_t i = 0; !next && i < sizeof(versions) / sizeof(*versions);
	     i++)
		next = dlvsym(RTLD_NEXT, "dlsym", versions[i]);
	__atomic_store_n(&cached, next, __ATOMIC_RELAXED);
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
		"semget", "semop", "semtimedop", "semctl",
		"__semtimedop64", "__semctl64",
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (!strcmp(name, calls[i]))
			return true;
	return false;
}

/*
 * Look up a name in a library, if it is loaded.  Returns NULL without leaving
 * an error for dlerror(3).
 */
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

/* Look up a call by handle; replace that of the C library. */
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
