/* SPDX-License-Identifier: GPL-2.0 */ /* faithful */
/* Lists with readers under RCU. */
#ifndef MIRROR_LINUX_RCULIST_H
#define MIRROR_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

static inline void list_add_rcu(struct list_head *new, struct list_head *head)
{
	struct list_head *next = head->next;

	new->next = next;
	new->prev = head;
	rcu_assign_pointer(head->next, new);
	next->prev = new;
}

static inline void list_add_tail_rcu(struct list_head *new,
				     struct list_head *head)
{
	list_add_rcu(new, head->prev);
}

static inline void list_del_rcu(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->prev = LIST_POISON2;
}

#define list_entry_rcu(ptr, type, member) \
	container_of(rcu_dereference(ptr), type, member)
#define list_for_each_entry_rcu(pos, head, member, cond...)		\
	for (pos = list_entry_rcu((head)->next, typeof(*pos), member);	\
	     &pos->member != (head);					\
	     pos = list_entry_rcu(pos->member.next, typeof(*pos), member))

static inline void hlist_add_head_rcu(struct hlist_node *new,
				      struct hlist_head *head)
{
	new->next = head->first;
	new->pprev = &head->first;
	if (new->next)
		WRITE_ONCE(new->next->pprev, &new->next);
	smp_store_release(&head->first, new);
}

static inline void hlist_del_rcu(struct hlist_node *n)
{
	WRITE_ONCE(*n->pprev, n->next);
	if (n->next)
		WRITE_ONCE(n->next->pprev, n->pprev);
	n->pprev = LIST_POISON2;
}

#define hlist_for_each_entry_rcu(pos, head, member, cond...)		\
	for (pos = hlist_entry_safe(smp_load_acquire(&(head)->first),	\
				    typeof(*(pos)), member);		\
	     pos;							\
	     pos = hlist_entry_safe(smp_load_acquire(&(pos)->member.next), \
				    typeof(*(pos)), member))

#endif
