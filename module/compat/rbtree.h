/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Searches in red-black trees.
 */
#ifndef MSGQ_COMPAT_RBTREE_H
#define MSGQ_COMPAT_RBTREE_H

#include <linux/rbtree.h>

/* 5.12: searches by a function that compares. */
#ifndef rb_for_each
static inline struct rb_node *
rb_find_first(const void *key, const struct rb_root *tree,
	      int (*compare)(const void *key, const struct rb_node *rb))
{
	struct rb_node *rb = tree->rb_node, *found = NULL;

	while (rb) {
		int order = compare(key, rb);

		if (!order)
			found = rb;
		rb = order > 0 ? rb->rb_right : rb->rb_left;
	}
	return found;
}

#define rb_find rb_find_first

static inline void rb_add(struct rb_node *added, struct rb_root *tree,
			  bool (*less)(struct rb_node *,
				       const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(added, parent) ? &parent->rb_left :
					     &parent->rb_right;
	}
	rb_link_node(added, parent, link);
	rb_insert_color(added, tree);
}
#endif

#endif /* MSGQ_COMPAT_RBTREE_H */
