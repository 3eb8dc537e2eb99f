/* SPDX-License-Identifier: MIT */
/*
 * trace.h - queues as tracers see them, for cases about tracepoints
 *
 * Events are read through tracefs, in an instance of the case's own.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdbool.h>
#include <sys/types.h>

#include "test.h"

/* A case with an instance; it ends early if none can be made. */
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
 * Trace an event of the system, such as "msgq_send", from now on, or all events
 * by NULL; or stop that.
 */
void trace(const char *name, bool on);

/* Take the events traced so far, to check them from the first on. */
void trace_look(void);

/* The next event, as it is printed. */
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

/* All events have been checked. */
void trace_no_more(void);

#endif /* TRACE_H */
