/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Lists with one link, without locks. */
#ifndef MIRROR_LINUX_LLIST_H
#define MIRROR_LINUX_LLIST_H

#include <linux/atomic.h>
#include <linux/container_of.h>

struct llist_head {
	struct llist_node *first;
};

struct llist_node {
	struct llist_node *next;
};

#define LLIST_HEAD_INIT(name)	{ NULL }
#define LLIST_HEAD(name)	struct llist_head name = LLIST_HEAD_INIT(name)

static inline void init_llist_head(struct llist_head *list)
{
	list->first = NULL;
}

#define llist_entry(ptr, type, member) container_of(ptr, type, member)
#define llist_for_each(pos, node) for (pos = (node); pos; pos = pos->next)
#define llist_for_each_safe(pos, n, node) \
	for (pos = (node); pos && ((n) = pos->next, true); pos = (n))
#define llist_for_each_entry(pos, node, member)				\
	for (struct llist_node *__n = (node);				\
	     __n && (pos = llist_entry(__n, typeof(*pos), member), true); \
	     __n = __n->next)
#define llist_for_each_entry_safe(pos, n, node, member)			\
	for (struct llist_node *__n = (node), *__m;			\
	     __n && (__m = __n->next,					\
		     pos = llist_entry(__n, typeof(*pos), member),	\
		     n = __m ? llist_entry(__m, typeof(*pos), member) : NULL, \
		     (void)n, true);					\
	     __n = __m)

static inline bool llist_empty(const struct llist_head *head)
{
	return !__atomic_load_n(&head->first, __ATOMIC_RELAXED);
}

static inline bool llist_add_batch(struct llist_node *new_first,
				   struct llist_node *new_last,
				   struct llist_head *head)
{
	struct llist_node *first = __atomic_load_n(&head->first,
						   __ATOMIC_RELAXED);

	do {
		new_last->next = first;
	} while (!try_cmpxchg(&head->first, &first, new_first));
	return !first;
}

static inline bool llist_add(struct llist_node *node, struct llist_head *head)
{
	return llist_add_batch(node, node, head);
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return xchg(&head->first, NULL);
}

static inline struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *first = __atomic_load_n(&head->first,
						   __ATOMIC_ACQUIRE);

	while (first && !try_cmpxchg(&head->first, &first, first->next))
		;
	return first;
}

static inline struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *reversed = NULL, *next;

	for (; head; head = next) {
		next = head->next;
		head->next = reversed;
		reversed = head;
	}
	return reversed;
}

#endif
