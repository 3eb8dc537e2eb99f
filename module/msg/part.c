// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parts of batches; the model is described in part.h.
 *
 * Locks: none.
 */
#include <linux/errno.h>
#include <linux/nospec.h>
#include <linux/uaccess.h>

#include "util/words.h"
#include "part.h"

/**
 * msgq_part_get() - read what a program says in the entries of a part
 * @part: the part
 * @from: the entries
 * @count: how many, at least 1 and at most MSGQ_PART
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT.
 */
int msgq_part_get(struct msgq_part *part, const struct msgq_entry __user *from,
		  unsigned int count)
{
	struct msgq_entry *to = part->entries;
	unsigned int i, last;

	if (!MSGQ_COPIES_WORDS)
		return copy_from_user(to, from, count * sizeof(*to)) ? -EFAULT :
								       0;

	if (!user_read_access_begin(from, count * sizeof(*from)))
		return -EFAULT;
	for (i = 0; i < count; i++) {
		unsafe_get_user(to[i].type, &from[i].type, fault);
		unsafe_get_user(to[i].text, &from[i].text, fault);
		unsafe_get_user(to[i].size, &from[i].size, fault);
	}
	/* The rest of the last, so that all of it is known to be there. */
	last = array_index_nospec(count - 1, MSGQ_PART);
	unsafe_get_user(to[last].token, &from[last].token, fault);
	user_read_access_end();
	return 0;

fault:
	user_read_access_end();
	return -EFAULT;
}
