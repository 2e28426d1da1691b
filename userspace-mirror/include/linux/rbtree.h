/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Sorted trees of the kernel's interface, that nobody balances. */
#ifndef MIRROR_LINUX_RBTREE_H
#define MIRROR_LINUX_RBTREE_H

#include <linux/container_of.h>
#include <linux/types.h>

struct rb_node {
	struct rb_node *parent;
	struct rb_node *rb_left;
	struct rb_node *rb_right;
};

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT			((struct rb_root){ NULL })
#define rb_entry(ptr, type, member) container_of(ptr, type, member)

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **place)
{
	*node = (struct rb_node){ .parent = parent };
	*place = node;
}

#define rb_insert_color(node, root) ((void)(node), (void)(root))

/* @new takes the place of @old below its parent. */
static inline void mirror_rb_replace(struct rb_root *root, struct rb_node *old,
				     struct rb_node *new)
{
	if (!old->parent)
		root->rb_node = new;
	else if (old->parent->rb_left == old)
		old->parent->rb_left = new;
	else
		old->parent->rb_right = new;
	if (new)
		new->parent = old->parent;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next = node->rb_right;

	if (!node->rb_left || !next) {
		mirror_rb_replace(root, node, next ? next : node->rb_left);
		return;
	}
	while (next->rb_left)
		next = next->rb_left;
	rb_erase(next, root);
	mirror_rb_replace(root, node, next);
	next->rb_left = node->rb_left;
	next->rb_right = node->rb_right;
	if (next->rb_left)
		next->rb_left->parent = next;
	if (next->rb_right)
		next->rb_right->parent = next;
}

#endif
