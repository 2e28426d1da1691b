/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The page source: every page that myslab holds for clients comes from here,
 * is counted in /proc/meminfo's Slab, and carries its owner.
 *
 * private: the owner, a struct myslab_allocator. Only ever compared, since a
 *	    foreign page may have anything there.
 * lru:	    what the owner keeps there, such as a slab. Followed only after
 *	    private matched.
 *
 * Owners set both, in the first page of a span at least, and clear them before
 * they give it back. One more reference than the page allocator gave is held,
 * so that a kfree() of our memory does not free it.
 */
#ifndef MYSLAB_PAGES_H
#define MYSLAB_PAGES_H

#include <linux/mm.h>

#include <asm/asm.h>

#include "allocator.h"
#include "compat.h"
#include "types.h"

/* No more is had for __GFP_NOFAIL, of any allocator: see get_pages(). */
#define MYSLAB_NOFAIL_ORDER	PAGE_ALLOC_COSTLY_ORDER
#define MYSLAB_NOFAIL_BYTES	(PAGE_SIZE << MYSLAB_NOFAIL_ORDER)

bool myslab_pages_reserve(struct myslab_allocator *allocator,
			  unsigned long pages);
struct page *myslab_pages_alloc(struct myslab_allocator *allocator, gfp_t gfp,
				int nid, const struct myslab_span *span);
bool myslab_pages_free(struct myslab_allocator *allocator, struct page *page,
		       const struct myslab_span *span);
bool myslab_pages_trim(struct myslab_allocator *allocator, struct page *page,
		       struct myslab_span *span, unsigned int pages);

/* No span ends above this offset into the direct map. Only ever rises. */
extern unsigned long myslab_pages_top;

/* The page that starts at an offset into the direct map. */
static __always_inline struct page *myslab_pages_page(unsigned long offset)
{
#if defined(CONFIG_X86_64) && defined(CONFIG_SPARSEMEM_VMEMMAP)
	/* It begins with page 0. With nothing below a page one shift does. */
	if (PAGE_SIZE % sizeof(struct page) == 0)
		return (void *)pfn_to_page(0) +
		       offset / (PAGE_SIZE / sizeof(struct page));
	return pfn_to_page(offset >> PAGE_SHIFT);
#else
	return virt_to_page((void *)(PAGE_OFFSET + offset));
#endif
}

/*
 * The owner word of the page that starts at an offset; 0: none. Below the top
 * lie holes that have no struct page: reading one faults, which the exception
 * table turns into no owner.
 */
static __always_inline unsigned long myslab_pages_owner(unsigned long offset)
{
	unsigned long owner = 0;
#if defined(CONFIG_X86_64) && defined(CONFIG_SPARSEMEM_VMEMMAP)
	struct page *page = myslab_pages_page(offset);

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

/* Is @addr in a page that names @allocator as its owner? */
static __always_inline bool
myslab_pages_owned(const struct myslab_allocator *allocator, const void *addr)
{
	unsigned long offset = (unsigned long)addr - PAGE_OFFSET;

	if (offset >= READ_ONCE(myslab_pages_top))
		return false;
	return myslab_pages_owner(offset & PAGE_MASK) ==
	       (unsigned long)allocator;
}

#endif
