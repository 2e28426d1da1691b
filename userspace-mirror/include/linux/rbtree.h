/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Ordered trees that are not balanced: the same calls, the same order. */
#ifndef MIRROR_LINUX_RBTREE_H
#define MIRROR_LINUX_RBTREE_H

#include <linux/bug.h>
#include <linux/container_of.h>
#include <linux/stddef.h>
#include <linux/types.h>

/* The colour's word is the parent's address alone; itself: in no tree. */
struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
} __aligned(sizeof(long));

struct rb_root {
	struct rb_node *rb_node;
};

#define RB_ROOT			(struct rb_root) { NULL, }
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_parent(node)		((struct rb_node *)(node)->__rb_parent_color)

#define RB_EMPTY_ROOT(root)	(READ_ONCE((root)->rb_node) == NULL)
#define RB_EMPTY_NODE(node) \
	((node)->__rb_parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node) \
	((node)->__rb_parent_color = (unsigned long)(node))

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	if (*link)
		mirror_abort("rb_link_node() where there is a node");
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = NULL;
	node->rb_right = NULL;
	*link = node;
}

static inline void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	while (rb_parent(node))
		node = rb_parent(node);
	if (root->rb_node != node)
		mirror_abort("rb_insert_color() in another tree");
}

static inline struct rb_node *rb_first(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_left)
		node = node->rb_left;
	return node;
}

static inline struct rb_node *rb_last(const struct rb_root *root)
{
	struct rb_node *node = root->rb_node;

	while (node && node->rb_right)
		node = node->rb_right;
	return node;
}

static inline struct rb_node *rb_next(const struct rb_node *node)
{
	const struct rb_node *parent;

	if (node->rb_right)
		return rb_first(&(struct rb_root){ node->rb_right });
	while ((parent = rb_parent(node)) && node == parent->rb_right)
		node = parent;
	return (struct rb_node *)parent;
}

/* Put @by, which may be NULL, where @node hangs. */
static inline void mirror_rb_replace(struct rb_node *node, struct rb_node *by,
				     struct rb_root *root)
{
	struct rb_node *parent = rb_parent(node);

	if (by)
		by->__rb_parent_color = (unsigned long)parent;
	if (!parent)
		root->rb_node = by;
	else if (parent->rb_left == node)
		parent->rb_left = by;
	else
		parent->rb_right = by;
}

static inline void rb_erase(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *next;

	if (RB_EMPTY_NODE(node) || !root->rb_node)
		mirror_abort("rb_erase() of a node in no tree");
	if (!node->rb_left || !node->rb_right) {
		mirror_rb_replace(node, node->rb_left ? : node->rb_right,
				  root);
		return;
	}
	/* Its successor has nothing on the left, and takes its place. */
	next = rb_next(node);
	mirror_rb_replace(next, next->rb_right, root);
	next->rb_left = node->rb_left;
	next->rb_right = node->rb_right;
	if (next->rb_left)
		next->rb_left->__rb_parent_color = (unsigned long)next;
	if (next->rb_right)
		next->rb_right->__rb_parent_color = (unsigned long)next;
	mirror_rb_replace(node, next, root);
}

#endif
