// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying struct semid_ds from and to programs; the model is described in
 * layout.h.
 *
 * Locks: none.
 */
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sem.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "layout.h"

/* The struct of programs whose long has 32 bits, if the kernel can run any. */
#if defined(CONFIG_COMPAT)
#define NARROW	struct compat_semid64_ds
#elif !defined(CONFIG_64BIT)
#define NARROW	struct semid64_ds
#endif

#ifdef CONFIG_64BIT
static int wide_to_user(void __user *buf, const struct semset_ds *ds)
{
	struct semid64_ds wide;

	memset(&wide, 0, sizeof(wide));
	wide.sem_perm.key = ds->key;
	wide.sem_perm.uid = ds->uid;
	wide.sem_perm.gid = ds->gid;
	wide.sem_perm.cuid = ds->cuid;
	wide.sem_perm.cgid = ds->cgid;
	wide.sem_perm.mode = ds->mode;
	wide.sem_perm.seq = ds->seq;
	wide.sem_otime = ds->otime;
	wide.sem_ctime = ds->ctime;
	wide.sem_nsems = ds->nsems;
	return copy_to_user(buf, &wide, sizeof(wide)) ? -EFAULT : 0;
}

static int wide_from_user(struct semset_ds *ds, const void __user *buf)
{
	struct semid64_ds wide;

	if (copy_from_user(&wide, buf, sizeof(wide)))
		return -EFAULT;
	ds->uid = wide.sem_perm.uid;
	ds->gid = wide.sem_perm.gid;
	ds->mode = wide.sem_perm.mode;
	return 0;
}
#else
static int wide_to_user(void __user *buf, const struct semset_ds *ds)
{
	return -EINVAL;
}

static int wide_from_user(struct semset_ds *ds, const void __user *buf)
{
	return -EINVAL;
}
#endif

#ifdef NARROW
static int narrow_to_user(void __user *buf, const struct semset_ds *ds)
{
	NARROW narrow;

	memset(&narrow, 0, sizeof(narrow));
	narrow.sem_perm.key = ds->key;
	narrow.sem_perm.uid = ds->uid;
	narrow.sem_perm.gid = ds->gid;
	narrow.sem_perm.cuid = ds->cuid;
	narrow.sem_perm.cgid = ds->cgid;
	narrow.sem_perm.mode = ds->mode;
	narrow.sem_perm.seq = ds->seq;
	narrow.sem_otime = lower_32_bits(ds->otime);
	narrow.sem_otime_high = upper_32_bits(ds->otime);
	narrow.sem_ctime = lower_32_bits(ds->ctime);
	narrow.sem_ctime_high = upper_32_bits(ds->ctime);
	narrow.sem_nsems = ds->nsems;
	return copy_to_user(buf, &narrow, sizeof(narrow)) ? -EFAULT : 0;
}

/* The call of a 64-bit kernel for such programs reads no more than this, too. */
static int narrow_from_user(struct semset_ds *ds, const void __user *buf)
{
	NARROW narrow;

	if (copy_from_user(&narrow.sem_perm, buf, sizeof(narrow.sem_perm)))
		return -EFAULT;
	ds->uid = narrow.sem_perm.uid;
	ds->gid = narrow.sem_perm.gid;
	ds->mode = narrow.sem_perm.mode;
	return 0;
}
#else
static int narrow_to_user(void __user *buf, const struct semset_ds *ds)
{
	return -EINVAL;
}

static int narrow_from_user(struct semset_ds *ds, const void __user *buf)
{
	return -EINVAL;
}
#endif

/**
 * semset_ds_to_user() - write the state of a set to a program
 * @buf: its struct semid_ds
 * @ds: the state
 * @long_size: bytes of the program's long: 4 or 8
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT; -EINVAL when the kernel runs no programs with such a
 * long.
 */
int semset_ds_to_user(void __user *buf, const struct semset_ds *ds,
		      u32 long_size)
{
	return long_size == sizeof(s64) ? wide_to_user(buf, ds) :
					  narrow_to_user(buf, ds);
}

/**
 * semset_ds_from_user() - read what IPC_SET sets from a program
 * @ds: where to put it: uid, gid and mode; others mean nothing
 * @buf: the program's struct semid_ds
 * @long_size: bytes of the program's long: 4 or 8
 *
 * Context: process context, may sleep.
 * Return: as semset_ds_to_user().
 */
int semset_ds_from_user(struct semset_ds *ds, const void __user *buf,
			u32 long_size)
{
	return long_size == sizeof(s64) ? wide_from_user(ds, buf) :
					  narrow_from_user(ds, buf);
}
