/* SPDX-License-Identifier: MIT */
/*
 * kinds.h - which kinds of objects the drop-in library serves; not installed
 *
 * The library serves all kinds that it has.  If the environment names some, the
 * calls of the others are those of the C library.
 */
#ifndef KINDS_H
#define KINDS_H

#include <stdbool.h>

enum kind { KIND_MSG, KIND_SEM, KINDS };

bool kind_is_served(enum kind kind);

/* A call of the C library, or NULL with ENOSYS. */
void *next_call(const char *name);

/* Make the call of this name of the C library. */
#define PASS_ON(name, ...)						\
({									\
	__typeof__(&(name)) next_;					\
									\
	*(void **)&next_ = next_call(#name);				\
	next_ ? next_(__VA_ARGS__) : -1;				\
})

#endif /* KINDS_H */
