/* SPDX-License-Identifier: MIT */
/*
 * memcheck.h - tell valgrind what the device has written; not installed
 *
 * valgrind does not know the commands of the device.  Without this, its
 * memcheck would treat memory that they write as uninitialised.  A program
 * makes a request to valgrind by a sequence of instructions that changes
 * nothing on a processor:  it rotates a register by its whole width, and then
 * uses another register in an instruction without effect.  Under valgrind, a
 * third register points to the words of the request, and a fourth one receives
 * the answer.  Otherwise the fourth register keeps its value, which is 0.
 */
#ifndef MEMCHECK_H
#define MEMCHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The requests: is this valgrind, and mark memory as defined. */
#define MEMCHECK_PRESENT	0x1001
#define MEMCHECK_DEFINED	('M' << 24 | 'C' << 16 | 2)

/* A request is a word, its number, and five words of arguments. */
#define MEMCHECK_WORDS		6

static inline uintptr_t memcheck_ask(const uintptr_t *request)
{
#if defined(__x86_64__) && defined(__LP64__)
	uintptr_t answer = 0;

	__asm__ volatile("rol $3, %%rdi\n\t"
			 "rol $13, %%rdi\n\t"
			 "rol $61, %%rdi\n\t"
			 "rol $51, %%rdi\n\t"
			 "xchg %%rbx, %%rbx"
			 : "+d"(answer) : "a"(request) : "cc", "memory");
	return answer;
#elif defined(__i386__)
	uintptr_t answer = 0;

	__asm__ volatile("rol $3, %%edi\n\t"
			 "rol $13, %%edi\n\t"
			 "rol $29, %%edi\n\t"
			 "rol $19, %%edi\n\t"
			 "xchg %%ebx, %%ebx"
			 : "+d"(answer) : "a"(request) : "cc", "memory");
	return answer;
#elif defined(__aarch64__)
	register uintptr_t answer __asm__("x3") = 0;
	register const uintptr_t *asked __asm__("x4") = request;

	__asm__ volatile("ror x12, x12, #3\n\t"
			 "ror x12, x12, #13\n\t"
			 "ror x12, x12, #51\n\t"
			 "ror x12, x12, #61\n\t"
			 "orr x10, x10, x10"
			 : "+r"(answer) : "r"(asked) : "cc", "memory");
	return answer;
#else
	(void)request;
	return 0;
#endif
}

/*
 * Does the program run under valgrind?  The answer is cached, so that a check
 * costs two instructions.
 */
static inline bool memcheck_present(void)
{
	static const uintptr_t request[MEMCHECK_WORDS] = { MEMCHECK_PRESENT };
	static enum { UNKNOWN, ABSENT, PRESENT } known;

	if (__builtin_expect(__atomic_load_n(&known, __ATOMIC_RELAXED) ==
			     ABSENT, 1))
		return false;
	__atomic_store_n(&known, memcheck_ask(request) ? PRESENT : ABSENT,
			 __ATOMIC_RELAXED);
	return known == PRESENT;
}

/* Tell memcheck that these bytes have been written. */
static inline void memcheck_written(const void *bytes, size_t size)
{
	const uintptr_t request[MEMCHECK_WORDS] = {
		MEMCHECK_DEFINED, (uintptr_t)bytes, size,
	};

	memcheck_ask(request);
}

#endif /* MEMCHECK_H */
