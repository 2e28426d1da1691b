/* SPDX-License-Identifier: GPL-2.0 */ /* simulated */
/* Compound pages, slab pages, free pages. */
#ifndef MIRROR_LINUX_PAGE_FLAGS_H
#define MIRROR_LINUX_PAGE_FLAGS_H

#include <linux/mm_types.h>

#define PG_head		6
#define PG_slab		9	/* here: kmalloc's */
#define MIRROR_PG_BUDDY	20	/* free */
#define MIRROR_PG_TAIL_FREE 21	/* free, behind its block's first page */
#define MIRROR_PG_BODY	22	/* behind the first page of an allocation */
#define MIRROR_PG_ORDER_SHIFT 24
#define MIRROR_PG_NID_SHIFT 32

static inline bool PageTail(const struct page *page)
{
	return READ_ONCE(page->compound_head) & 1;
}

static inline bool PageHead(const struct page *page)
{
	return page->flags & (1UL << PG_head) && !PageTail(page);
}

static inline bool PageCompound(const struct page *page)
{
	return PageHead(page) || PageTail(page);
}

static inline bool PageSlab(const struct page *page)
{
	return page->flags & (1UL << PG_slab);
}

static inline struct page *mirror_compound_head(const struct page *page)
{
	unsigned long head = READ_ONCE(page->compound_head);

	return head & 1 ? (struct page *)(head - 1) : (struct page *)page;
}

#define compound_head(page)	((typeof(page))mirror_compound_head(page))

#endif
