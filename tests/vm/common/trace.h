/* SPDX-License-Identifier: MIT */
/*
 * trace.h - what tracers see of queues, for cases about it
 *
 * It is read through tracefs, in an instance of the case's own.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "test.h"

/* A case with an instance; it ends early where none can be made. */
#define TRACED(id)							\
	static void traced_##id(void);					\
	CASE(id)							\
	{								\
		trace_begin();						\
		traced_##id();						\
		trace_end();						\
	}								\
	static void traced_##id(void)

void trace_begin(void);
void trace_end(void);

/*
 * Trace an event of the system from now on, "msgq_send", or all of it by NULL;
 * or no more.
 */
void trace(const char *name, bool on);

/* Take what has been traced so far, to be looked at from the first on. */
void trace_look(void);

/* The next event, as it is told. */
const char *trace_next(void);

/*
 * EVENT(pid, name, msqid, fields...): the next event is this one, by this task,
 * at a private queue; with "+" for any time waited.
 */
#define EVENT(pid, name, msqid, ...) \
	trace_event(__LINE__, (pid), (name), 0, (msqid), __VA_ARGS__)
void trace_event(int line, pid_t pid, const char *name, int key, int msqid,
		 const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* All have been looked at. */
void trace_no_more(void);

#endif /* TRACE_H */
