/* SPDX-License-Identifier: MIT */
/*
 * layout.h - check that struct msqid_ds of the C library has the layout of the
 * device
 *
 * The library passes the struct of the program unchanged, except that of a
 * program of 32 bits with 64-bit times.  If its layout differs, the library
 * does not build.  Not installed.
 */
#ifndef LAYOUT_H
#define LAYOUT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/msg.h>

#include <msgq.h>

#if __SIZEOF_LONG__ == 8
#define LAYOUT_DS	struct msgq_ds64
#else
#define LAYOUT_DS	struct msgq_ds32
#endif

#define LAYOUT_SAME(field, member)					\
	_Static_assert(offsetof(struct msqid_ds, field) ==		\
		       offsetof(LAYOUT_DS, member),			\
		       "the device does not know this struct msqid_ds")

LAYOUT_SAME(msg_perm.__key, key);
LAYOUT_SAME(msg_perm.uid, uid);
LAYOUT_SAME(msg_perm.gid, gid);
LAYOUT_SAME(msg_perm.cuid, cuid);
LAYOUT_SAME(msg_perm.cgid, cgid);
LAYOUT_SAME(msg_perm.mode, mode);
LAYOUT_SAME(msg_perm.__seq, seq);
LAYOUT_SAME(msg_stime, stime);
LAYOUT_SAME(msg_rtime, rtime);
LAYOUT_SAME(msg_ctime, ctime);
LAYOUT_SAME(__msg_cbytes, cbytes);
LAYOUT_SAME(msg_qnum, qnum);
LAYOUT_SAME(msg_qbytes, qbytes);
LAYOUT_SAME(msg_lspid, lspid);
LAYOUT_SAME(msg_lrpid, lrpid);
_Static_assert(sizeof(struct msqid_ds) == sizeof(LAYOUT_DS),
	       "the device does not know this struct msqid_ds");

/* Since this version, glibc has programs of 32 bits with 64-bit times. */
#if defined(__TIMESIZE) && __TIMESIZE == 32
#if __GLIBC_PREREQ(2, 34)
#define LAYOUT_TIMES64
/* A time of which the device writes two words. */
static inline __time64_t layout_join(__time_t low, unsigned long high)
{
	return (__time64_t)((uint64_t)high << 32 | (unsigned long)low);
}

/* msgq_ctl() of such a program. */
int msgq_ctl64(int device, int msqid, int cmd, struct __msqid64_ds *buf);
#endif
#endif

#endif /* LAYOUT_H */
