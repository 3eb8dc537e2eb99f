// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying arguments and results whose size is not the newest; the rules are described in
 * argument.h.
 *
 * Locks: none.
 */
#include <linux/errno.h>
#include <linux/ioctl.h>
#include <linux/minmax.h>
#include <linux/uaccess.h>

#include "argument.h"

/**
 * msgq_copy_any_argument() - copy an argument of some version
 * @to: where to
 * @known: bytes that this module knows
 * @least: bytes of the first version, which each program has
 * @cmd: the command
 * @from: the address of the argument
 *
 * Context: process context, may sleep.
 * Return: 0; -EINVAL when it is too short, or asks for something that this
 * module does not know; -EFAULT.
 */
int msgq_copy_any_argument(void *to, size_t known, size_t least,
			   unsigned int cmd, const void __user *from)
{
	int err;

	if (_IOC_SIZE(cmd) < least)
		return -EINVAL;
	err = copy_struct_from_user(to, known, from, _IOC_SIZE(cmd));
	return err == -E2BIG ? -EINVAL : err;
}

/**
 * msgq_copy_result() - copy a struct to a program that knows another version
 * @to: the struct of the program
 * @size: bytes that the program knows; those that this module does not know are
 *	cleared
 * @from: the struct
 * @known: bytes that this module knows
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT.
 */
int msgq_copy_result(void __user *to, size_t size, const void *from,
		     size_t known)
{
	size_t both = min(size, known);

	if (copy_to_user(to, from, both) || clear_user(to + both, size - both))
		return -EFAULT;
	return 0;
}

/**
 * msgq_copy_results() - copy an array of structs to such a program
 * @to: the array of the program
 * @size: bytes that the program knows of each struct
 * @from: the array
 * @known: bytes that this module knows of each struct
 * @count: how many
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT.
 */
int msgq_copy_results(void __user *to, size_t size, const void *from,
		      size_t known, u32 count)
{
	int err = 0;

	for (; !err && count; count--) {
		err = msgq_copy_result(to, size, from, known);
		to += size;
		from += known;
	}
	return err;
}
