/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Iterators over one piece of a program's memory.
 */
#ifndef MSGQ_COMPAT_UIO_H
#define MSGQ_COMPAT_UIO_H

#include <linux/types.h>
#include <linux/uio.h>

/* 6.2: the directions of a copy have names of their own. */
#ifndef ITER_SOURCE
#define ITER_SOURCE	WRITE
#define ITER_DEST	READ
#endif

/**
 * struct msgq_user_iter - an iterator over one piece of a program's memory
 * @iter: the iterator
 * @vec: the piece; until 6.0 the iterator points to it
 */
struct msgq_user_iter {
	struct iov_iter iter;
#ifndef MSGQ_HAS_ITER_UBUF
	struct iovec vec;
#endif
};

/* 6.0: an iterator can hold the piece itself.  Kbuild looks whether it can. */
#ifdef MSGQ_HAS_ITER_UBUF
static inline struct iov_iter *msgq_user_iter(struct msgq_user_iter *user,
					      unsigned int direction,
					      void __user *memory, size_t size)
{
	iov_iter_ubuf(&user->iter, direction, memory, size);
	return &user->iter;
}

static inline bool msgq_iter_is_piece(const struct iov_iter *iter)
{
	return iter_is_ubuf(iter);
}

/* The rest of the piece. */
static inline void __user *msgq_iter_piece(const struct iov_iter *iter)
{
	return iter->ubuf + iter->iov_offset;
}
#else
static inline struct iov_iter *msgq_user_iter(struct msgq_user_iter *user,
					      unsigned int direction,
					      void __user *memory, size_t size)
{
	user->vec.iov_base = memory;
	user->vec.iov_len = size;
	iov_iter_init(&user->iter, direction, &user->vec, 1, size);
	return &user->iter;
}

static inline bool msgq_iter_is_piece(const struct iov_iter *iter)
{
	return iter_is_iovec(iter) && iter->nr_segs == 1;
}

static inline void __user *msgq_iter_piece(const struct iov_iter *iter)
{
	return iter->iov->iov_base + iter->iov_offset;
}
#endif

#endif /* MSGQ_COMPAT_UIO_H */
