/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page source: every page that myslab holds for objects comes from here,
 * is counted in /proc/meminfo's Slab, and carries its owner.
 *
 * private: the owner, a cache. Only ever compared, since a foreign page may
 *	    have anything there; cleared before the page is given back.
 * lru:	    the slab. Followed only after private matched.
 *
 * Both stand in the first page of the span. One more reference than the page
 * allocator gave is held, so that a kfree() of our memory does not free it.
 */
#ifndef MYSLAB_PAGES_H
#define MYSLAB_PAGES_H

#include <linux/mm.h>

#include "compat.h"
#include "types.h"

struct page *myslab_pages_alloc(struct myslab_cache *cache, gfp_t gfp,
				int nid);
bool myslab_pages_free(struct myslab_cache *cache, struct page *page);

/* The page at an offset into the direct map; NULL: none can be there. */
static __always_inline struct page *myslab_page_at(unsigned long offset)
{
#if defined(CONFIG_X86_64) && defined(CONFIG_SPARSEMEM_VMEMMAP)
	return pfn_to_page(offset >> PAGE_SHIFT);
#else
	void *addr = (void *)(PAGE_OFFSET + offset);

	return virt_addr_valid(addr) ? virt_to_page(addr) : NULL;
#endif
}

/*
 * Below high_memory lie holes that have no struct page: reading one faults,
 * which the exception table turns into no owner.
 */
static __always_inline unsigned long myslab_page_owner(const struct page *page)
{
	unsigned long owner;

	__get_kernel_nofault(&owner, &page->private, unsigned long, hole);
	return owner;
hole:
	return 0;
}

#endif
