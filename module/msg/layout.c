// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copying struct msqid_ds from and to programs; the model is described in
 * layout.h.
 *
 * Locks: none.
 */
#include <linux/build_bug.h>
#include <linux/compat.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/msg.h>
#include <linux/stddef.h>
#include <linux/uaccess.h>

#include <asm/byteorder.h>

#include <msgq.h>

#include "layout.h"

/* The mode of some is of two bytes, which are the first of ours then. */
#ifndef __LITTLE_ENDIAN
#error "msgq: the layouts of struct msqid_ds are not known for big-endian machines"
#endif

static_assert(sizeof(struct msgq_ds64) == 120);
static_assert(sizeof(struct msgq_ds32) == 88);

#define DIFFERS	"msgq: struct msqid_ds of this architecture differs"

#define BEGINS(theirs, field, ours, member)				\
	static_assert(offsetof(theirs, field) ==			\
		      offsetof(ours, member), DIFFERS)

#define ENDS(theirs, field, ours, member)				\
	static_assert(offsetofend(theirs, field) ==			\
		      offsetofend(ours, member), DIFFERS)

/* Each field that the module writes or reads, and the end. */
#ifdef CONFIG_64BIT
#define WIDE	struct msqid64_ds

BEGINS(WIDE, msg_perm.key, struct msgq_ds64, key);
ENDS(WIDE, msg_perm.key, struct msgq_ds64, key);
BEGINS(WIDE, msg_perm.uid, struct msgq_ds64, uid);
ENDS(WIDE, msg_perm.uid, struct msgq_ds64, uid);
BEGINS(WIDE, msg_perm.gid, struct msgq_ds64, gid);
ENDS(WIDE, msg_perm.gid, struct msgq_ds64, gid);
BEGINS(WIDE, msg_perm.cuid, struct msgq_ds64, cuid);
ENDS(WIDE, msg_perm.cuid, struct msgq_ds64, cuid);
BEGINS(WIDE, msg_perm.cgid, struct msgq_ds64, cgid);
ENDS(WIDE, msg_perm.cgid, struct msgq_ds64, cgid);
BEGINS(WIDE, msg_perm.mode, struct msgq_ds64, mode);
BEGINS(WIDE, msg_perm.seq, struct msgq_ds64, seq);
ENDS(WIDE, msg_perm.seq, struct msgq_ds64, seq);
BEGINS(WIDE, msg_stime, struct msgq_ds64, stime);
ENDS(WIDE, msg_stime, struct msgq_ds64, stime);
BEGINS(WIDE, msg_rtime, struct msgq_ds64, rtime);
ENDS(WIDE, msg_rtime, struct msgq_ds64, rtime);
BEGINS(WIDE, msg_ctime, struct msgq_ds64, ctime);
ENDS(WIDE, msg_ctime, struct msgq_ds64, ctime);
BEGINS(WIDE, msg_cbytes, struct msgq_ds64, cbytes);
ENDS(WIDE, msg_cbytes, struct msgq_ds64, cbytes);
BEGINS(WIDE, msg_qnum, struct msgq_ds64, qnum);
ENDS(WIDE, msg_qnum, struct msgq_ds64, qnum);
BEGINS(WIDE, msg_qbytes, struct msgq_ds64, qbytes);
ENDS(WIDE, msg_qbytes, struct msgq_ds64, qbytes);
BEGINS(WIDE, msg_lspid, struct msgq_ds64, lspid);
ENDS(WIDE, msg_lspid, struct msgq_ds64, lspid);
BEGINS(WIDE, msg_lrpid, struct msgq_ds64, lrpid);
ENDS(WIDE, msg_lrpid, struct msgq_ds64, lrpid);
static_assert(sizeof(WIDE) == sizeof(struct msgq_ds64), DIFFERS);
#endif

#if defined(CONFIG_COMPAT)
#define NARROW	struct compat_msqid64_ds
#elif !defined(CONFIG_64BIT)
#define NARROW	struct msqid64_ds
#endif

#ifdef NARROW
BEGINS(NARROW, msg_perm.key, struct msgq_ds32, key);
ENDS(NARROW, msg_perm.key, struct msgq_ds32, key);
BEGINS(NARROW, msg_perm.uid, struct msgq_ds32, uid);
ENDS(NARROW, msg_perm.uid, struct msgq_ds32, uid);
BEGINS(NARROW, msg_perm.gid, struct msgq_ds32, gid);
ENDS(NARROW, msg_perm.gid, struct msgq_ds32, gid);
BEGINS(NARROW, msg_perm.cuid, struct msgq_ds32, cuid);
ENDS(NARROW, msg_perm.cuid, struct msgq_ds32, cuid);
BEGINS(NARROW, msg_perm.cgid, struct msgq_ds32, cgid);
ENDS(NARROW, msg_perm.cgid, struct msgq_ds32, cgid);
BEGINS(NARROW, msg_perm.mode, struct msgq_ds32, mode);
BEGINS(NARROW, msg_perm.seq, struct msgq_ds32, seq);
ENDS(NARROW, msg_perm.seq, struct msgq_ds32, seq);
BEGINS(NARROW, msg_stime, struct msgq_ds32, stime);
ENDS(NARROW, msg_stime, struct msgq_ds32, stime);
BEGINS(NARROW, msg_stime_high, struct msgq_ds32, stime_high);
ENDS(NARROW, msg_stime_high, struct msgq_ds32, stime_high);
BEGINS(NARROW, msg_rtime, struct msgq_ds32, rtime);
ENDS(NARROW, msg_rtime, struct msgq_ds32, rtime);
BEGINS(NARROW, msg_rtime_high, struct msgq_ds32, rtime_high);
ENDS(NARROW, msg_rtime_high, struct msgq_ds32, rtime_high);
BEGINS(NARROW, msg_ctime, struct msgq_ds32, ctime);
ENDS(NARROW, msg_ctime, struct msgq_ds32, ctime);
BEGINS(NARROW, msg_ctime_high, struct msgq_ds32, ctime_high);
ENDS(NARROW, msg_ctime_high, struct msgq_ds32, ctime_high);
BEGINS(NARROW, msg_cbytes, struct msgq_ds32, cbytes);
ENDS(NARROW, msg_cbytes, struct msgq_ds32, cbytes);
BEGINS(NARROW, msg_qnum, struct msgq_ds32, qnum);
ENDS(NARROW, msg_qnum, struct msgq_ds32, qnum);
BEGINS(NARROW, msg_qbytes, struct msgq_ds32, qbytes);
ENDS(NARROW, msg_qbytes, struct msgq_ds32, qbytes);
BEGINS(NARROW, msg_lspid, struct msgq_ds32, lspid);
ENDS(NARROW, msg_lspid, struct msgq_ds32, lspid);
BEGINS(NARROW, msg_lrpid, struct msgq_ds32, lrpid);
ENDS(NARROW, msg_lrpid, struct msgq_ds32, lrpid);
static_assert(sizeof(NARROW) == sizeof(struct msgq_ds32), DIFFERS);
#endif

/**
 * msgq_ds_to_user() - write the state of a queue to a program
 * @buf: its struct msqid_ds
 * @ds: the state
 * @long_size: bytes of the program's long: 4 or 8
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT.
 */
int msgq_ds_to_user(void __user *buf, const struct msgq_ds64 *ds,
		    u32 long_size)
{
	struct msgq_ds32 ds32 = {
		.key = ds->key,
		.uid = ds->uid,
		.gid = ds->gid,
		.cuid = ds->cuid,
		.cgid = ds->cgid,
		.mode = ds->mode,
		.seq = ds->seq,
		.stime = lower_32_bits(ds->stime),
		.stime_high = upper_32_bits(ds->stime),
		.rtime = lower_32_bits(ds->rtime),
		.rtime_high = upper_32_bits(ds->rtime),
		.ctime = lower_32_bits(ds->ctime),
		.ctime_high = upper_32_bits(ds->ctime),
		.cbytes = ds->cbytes,
		.qnum = ds->qnum,
		.qbytes = ds->qbytes,
		.lspid = ds->lspid,
		.lrpid = ds->lrpid,
	};
	const void *from = ds;
	size_t size = sizeof(*ds);

	if (long_size == sizeof(s32)) {
		from = &ds32;
		size = sizeof(ds32);
	}
	return copy_to_user(buf, from, size) ? -EFAULT : 0;
}

/**
 * msgq_ds_from_user() - read what IPC_SET sets from a program
 * @ds: where to put it: uid, gid, mode and qbytes; others mean nothing
 * @buf: the program's struct msqid_ds
 * @long_size: bytes of the program's long: 4 or 8
 *
 * Nothing behind these members of a 32-bit struct is read: the kernel's own
 * call for such programs does not read it either.
 *
 * Context: process context, may sleep.
 * Return: 0, or -EFAULT.
 */
int msgq_ds_from_user(struct msgq_ds64 *ds, const void __user *buf,
		      u32 long_size)
{
	struct msgq_ds32 ds32;

	if (long_size == sizeof(s64))
		return copy_from_user(ds, buf, sizeof(*ds)) ? -EFAULT : 0;

	if (copy_from_user(&ds32, buf, offsetofend(struct msgq_ds32, qbytes)))
		return -EFAULT;
	ds->uid = ds32.uid;
	ds->gid = ds32.gid;
	ds->mode = ds32.mode;
	ds->qbytes = ds32.qbytes;
	return 0;
}
