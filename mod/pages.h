/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page source: every page that myslab holds for objects comes from here,
 * is counted in /proc/meminfo's Slab, and carries its owner.
 *
 * private: the owner, a cache. Only ever compared, since a foreign page may
 *	    have anything there. Set and cleared under lists->lock, as the slab
 *	    is listed and unlisted.
 * lru:	    the slab. Followed only after private matched.
 *
 * Both stand in the first page of the span. One more reference than the page
 * allocator gave is held, so that a kfree() of our memory does not free it.
 */
#ifndef MYSLAB_PAGES_H
#define MYSLAB_PAGES_H

#include <linux/mm.h>

#include <asm/asm.h>

#include "compat.h"
#include "types.h"

struct page *myslab_pages_alloc(struct myslab_cache *cache, gfp_t gfp,
				int nid);
bool myslab_pages_free(struct myslab_cache *cache, struct page *page);

/* No slab ends above this offset into the direct map. Only ever rises. */
extern unsigned long myslab_pages_top;

/*
 * The owner word of the page at an offset into the direct map; 0: none. Below
 * the top lie holes that have no struct page: reading one faults, which the
 * exception table turns into no owner.
 */
static __always_inline unsigned long myslab_pages_owner(unsigned long offset)
{
	unsigned long owner = 0;
#if defined(CONFIG_X86_64) && defined(CONFIG_SPARSEMEM_VMEMMAP)
	struct page *page = pfn_to_page(offset >> PAGE_SHIFT);

	/* __get_kernel_nofault() of gcc 12 tests an error code: 3 more. */
	asm volatile("1:	mov %1, %0\n"
		     "2:\n"
		     _ASM_EXTABLE(1b, 2b)
		     : "+r" (owner) : "m" (page->private));
#else
	void *addr = (void *)(PAGE_OFFSET + offset);

	if (virt_addr_valid(addr))
		__get_kernel_nofault(&owner, &virt_to_page(addr)->private,
				     unsigned long, hole);
hole:
#endif
	return owner;
}

#endif
