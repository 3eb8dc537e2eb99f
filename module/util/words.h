/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying a few bytes from and to a program, word by word.
 *
 * The checks that copy_from_user() and copy_to_user() make of the kernel's
 * side cost several times what it costs to copy a few words.  These are for
 * where that side is known to be in order.  They do not sleep unless a page
 * has to be brought in, and not even then with page faults disabled.
 */
#ifndef MSGQ_WORDS_H
#define MSGQ_WORDS_H

#include <linux/errno.h>
#include <linux/kconfig.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* A type and 256 bytes of text.  With more bytes the checks cost little. */
#define MSGQ_WORDS_MAX 264

/* Words may lie anywhere.  User-Mode Linux copies byte by byte in any case. */
#define MSGQ_COPIES_WORDS						\
	(IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) ||		\
	 IS_ENABLED(CONFIG_UML))

/**
 * msgq_get_words() - copy from a program
 * @to: where to
 * @from: where from
 * @size: bytes, few
 *
 * Context: process context, may sleep unless page faults are disabled.
 * Return: 0, or -EFAULT.
 */
static __always_inline int msgq_get_words(void *to, const void __user *from,
					  size_t size)
{
	size_t at;

	if (!user_read_access_begin(from, size))
		return -EFAULT;
	if (size >= sizeof(u64)) {
		for (at = 0; at + sizeof(u64) < size; at += sizeof(u64))
			unsafe_get_user(*(u64 *)(to + at),
					(u64 __user *)(from + at), fault);
		/* The last may overlap the one before. */
		at = size - sizeof(u64);
		unsafe_get_user(*(u64 *)(to + at), (u64 __user *)(from + at),
				fault);
	} else {
		for (at = 0; at < size; at++)
			unsafe_get_user(*(u8 *)(to + at),
					(u8 __user *)(from + at), fault);
	}
	user_read_access_end();
	return 0;

fault:
	user_read_access_end();
	return -EFAULT;
}

/**
 * msgq_put_words() - copy to a program
 * @to: where to
 * @from: where from
 * @size: bytes, few
 *
 * Context: as msgq_get_words().
 * Return: 0, or -EFAULT.
 */
static __always_inline int msgq_put_words(void __user *to, const void *from,
					  size_t size)
{
	size_t at;

	if (!user_write_access_begin(to, size))
		return -EFAULT;
	if (size >= sizeof(u64)) {
		for (at = 0; at + sizeof(u64) < size; at += sizeof(u64))
			unsafe_put_user(*(u64 *)(from + at),
					(u64 __user *)(to + at), fault);
		/* The last may overlap the one before. */
		at = size - sizeof(u64);
		unsafe_put_user(*(u64 *)(from + at), (u64 __user *)(to + at),
				fault);
	} else {
		for (at = 0; at < size; at++)
			unsafe_put_user(*(u8 *)(from + at),
					(u8 __user *)(to + at), fault);
	}
	user_write_access_end();
	return 0;

fault:
	user_write_access_end();
	return -EFAULT;
}

#endif /* MSGQ_WORDS_H */
