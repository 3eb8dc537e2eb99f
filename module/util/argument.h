/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copying the argument of a command.
 *
 * The size that is part of a command tells how much of the argument the program
 * knows.  Bytes that it does not know count as zero, and bytes that this module
 * does not know have to be zero.  Arguments are not written unless the command
 * is to return something in them: a call that a signal interrupts is made again
 * with the same argument.
 */
#ifndef MSGQ_ARGUMENT_H
#define MSGQ_ARGUMENT_H

#include <linux/compiler.h>
#include <linux/ioctl.h>
#include <linux/types.h>

#include "words.h"

int msgq_copy_result(void __user *to, size_t size, const void *from,
		     size_t known);
int msgq_copy_results(void __user *to, size_t size, const void *from,
		      size_t known, u32 count);
int msgq_copy_any_argument(void *to, size_t known, size_t least,
			   unsigned int cmd, const void __user *from);

/**
 * msgq_copy_argument() - copy an argument that has had one version so far
 * @to: where to
 * @known: bytes that this module knows; a constant
 * @cmd: the command
 * @from: the address of the argument
 *
 * Context: process context, may sleep.
 * Return: as msgq_copy_any_argument().
 */
static __always_inline int msgq_copy_argument(void *to, size_t known,
					      unsigned int cmd,
					      const void __user *from)
{
	if (MSGQ_COPIES_WORDS && likely(_IOC_SIZE(cmd) == known))
		return msgq_get_words(to, from, known);
	return msgq_copy_any_argument(to, known, known, cmd, from);
}

#endif /* MSGQ_ARGUMENT_H */
