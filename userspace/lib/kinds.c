// SPDX-License-Identifier: MIT
/*
 * kinds.c - which kinds of objects the drop-in library serves; see kinds.h
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "device.h"
#include "kinds.h"

static const char *const names[KINDS] = MSGQ_KIND_NAMES;

/* A bit for each kind; 0: the environment has not been read. */
#define WAS_READ	(1U << KINDS)

static unsigned int served;

static void report_unknown(const char *word, size_t length)
{
	static const char intro[] =
		"libmsgq-sysv: " MSGQ_KINDS_VARIABLE ": unknown kind '";
	struct iovec line[] = {
		{ (char *)intro, sizeof(intro) - 1 },
		{ (char *)word, length },
		{ "'\n", 2 },
	};

	if (writev(STDERR_FILENO, line, 3) == -1)
		/* Nothing can be done about it. */
		return;
}

static unsigned int kind_of(const char *word, size_t length)
{
	for (unsigned int i = 0; i < KINDS; i++)
		if (strlen(names[i]) == length &&
		    !strncmp(names[i], word, length))
			return 1U << i;
	report_unknown(word, length);
	return 0;
}

/*
 * The program may change its environment, or write over it.  Then the kinds must
 * stay the same, so this runs before the program does.
 */
__attribute__((constructor)) static void read_kinds(void)
{
	const char *list = secure_getenv(MSGQ_KINDS_VARIABLE);
	unsigned int chosen = WAS_READ;

	if (served)
		return;
	if (!list || !*list)
		chosen |= WAS_READ - 1;
	while (list && *list) {
		size_t length = strcspn(list, ",");

		chosen |= kind_of(list, length);
		list += length + (list[length] == ',');
	}
	served = chosen;
}

bool kind_is_served(enum kind kind)
{
	/* The constructor of another library may come first. */
	if (!served)
		read_kinds();
	return served & 1U << kind;
}

void *next_call(const char *name)
{
	void *next = dlsym(RTLD_NEXT, name);

	if (!next)
		errno = ENOSYS;
	return next;
}
