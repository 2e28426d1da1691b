// SPDX-License-Identifier: GPL-2.0
/*
 * Large blocks: whole pages each. Contiguous ones where those can be had, of
 * which the end that is not needed goes back at once; else, and if the caller
 * may sleep, mapped ones.
 */
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>

#include "canary.h"
#include "heap_slab.h"
#include "layout.h"
#include "pages.h"
#include "report.h"

/* What blocks find by their address: first page to last. */
static void set_pages(struct myslab_heap *heap, struct myslab_large *large,
		      unsigned int from, unsigned int to, bool ours)
{
	struct page *page = virt_to_page(large->base);
	unsigned int i;

	for (i = from; i < to; i++) {
		myslab_page_set_slab(page + i, ours ? (void *)large +
				     MYSLAB_LARGE_BIT : NULL);
		/* Who finds the owner finds the block: myslab_heap_word(). */
		smp_wmb();
		set_page_private(page + i, ours ? (unsigned long)heap : 0);
	}
}

/* The block whose pages @p lies in; NULL: none. */
static struct myslab_large *find_locked(struct myslab_heap *heap,
					const void *p)
{
	unsigned long word = myslab_heap_word(heap, p);

	lockdep_assert_held(&heap->large_lock);
	if (word & MYSLAB_LARGE_BIT)
		return (void *)(word - MYSLAB_LARGE_BIT);
	return word ? NULL : myslab_mapped_find(heap, p);
}

static void describe_block(const struct myslab_large *large,
			   struct myslab_block *block)
{
	*block = (struct myslab_block){
		.base = large->base, .room = large->room, .size = large->size,
		.pad = large->pad, .guarded = large->guarded,
		.mapped = large->mapped,
	};
}

enum myslab_found myslab_large_find(struct myslab_heap *heap, const void *p,
				    struct myslab_block *block)
{
	enum myslab_found found = MYSLAB_NOT_OURS;
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = find_locked(heap, p);
	if (large) {
		describe_block(large, block);
		if (p != large->base + large->pad)
			found = MYSLAB_NO_START;
		else
			found = large->condemned ? MYSLAB_GONE : MYSLAB_OUT;
	}
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	return found;
}

/*
 * Making one.
 */

/* Neither the killer of tasks nor a warning, where there is another way. */
static gfp_t gfp_of_span(gfp_t gfp, unsigned int order)
{
	if (order && gfpflags_allow_blocking(gfp) &&
	    !(gfp & (__GFP_RETRY_MAYFAIL | __GFP_NOFAIL)))
		gfp |= __GFP_NORETRY;
	return gfp;
}

static bool get_span(struct myslab_heap *heap, struct myslab_large *large,
		     size_t align, gfp_t gfp)
{
	unsigned int order = max(get_order(large->room), get_order(align));
	struct page *page;

	if (order > MYSLAB_MAX_ORDER)
		return false;
	large->span.order = order;
	large->span.pages = large->room >> PAGE_SHIFT;
	large->span.blocks = true;
	page = myslab_pages_alloc(&heap->self, gfp_of_span(gfp, order),
				  numa_mem_id(), &large->span);
	if (!page)
		return false;
	large->base = page_address(page);
	return true;
}

static void list_large(struct myslab_heap *heap, struct myslab_large *large)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	list_add(&large->link, &heap->large);
	if (large->mapped)
		myslab_mapped_add(heap, large);
	else
		set_pages(heap, large, 0, large->span.pages, true);
	heap->allocs++;
	heap->used += large->room;
	heap->requested += large->size;
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
}

/*
 * A block of whole pages.
 *
 * Context: As @gfp says.
 */
bool myslab_large_alloc(struct myslab_heap *heap,
			const struct myslab_want *want, gfp_t gfp,
			struct myslab_block *block)
{
	struct myslab_large *large;
	void *start;

	gfp &= ~__GFP_ZERO;
	large = kzalloc(sizeof(*large), gfp & ~__GFP_THISNODE);
	if (!large)
		return false;
	large->size = want->size;
	large->guarded = want->pad;
	large->room = PAGE_ALIGN(want->bytes);
	if (!get_span(heap, large, want->align, gfp) &&
	    (!gfpflags_allow_blocking(gfp) ||
	     !myslab_mapped_get(heap, large, want->align, gfp))) {
		kfree(large);
		return false;
	}
	start = PTR_ALIGN(large->base + want->pad, want->align);
	large->pad = start - large->base;
	describe_block(large, block);
	list_large(heap, large);
	return true;
}

/*
 * Its end.
 */

static void end_large(struct myslab_heap *heap, struct myslab_large *large)
{
	struct myslab_allocator *self = &heap->self;
	unsigned int pages = large->span.pages;
	bool intact;

	if (large->mapped) {
		myslab_mapped_end(heap, large);
		return;
	}
	intact = myslab_pages_free(self, virt_to_page(large->base),
				   &large->span);
	kfree(large);
	if (!intact)
		myslab_report_on(MYSLAB_CORRUPT_METADATA, self, NULL,
				 "somebody put a page of it: kfree() of a block?");
	atomic_long_sub(pages, &self->nr_pages);
}

static void unlist(struct myslab_heap *heap, struct myslab_large *large)
{
	lockdep_assert_held(&heap->large_lock);
	list_del(&large->link);
	if (large->mapped)
		myslab_mapped_remove(heap, large);
	else
		set_pages(heap, large, 0, large->span.pages, false);
}

/*
 * A block comes back, or is withdrawn instead.
 *
 * Return: MYSLAB_OUT, or what @p was otherwise, with nothing done.
 */
enum myslab_found myslab_large_put(struct myslab_heap *heap, const void *p,
				   bool condemn)
{
	enum myslab_found found = MYSLAB_NOT_OURS;
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = find_locked(heap, p);
	if (large && p != large->base + large->pad)
		found = MYSLAB_NO_START;
	else if (large)
		found = large->condemned ? MYSLAB_GONE : MYSLAB_OUT;
	if (found == MYSLAB_OUT) {
		heap->frees++;
		heap->used -= large->room;
		heap->requested -= large->size;
		large->condemned = condemn;
		heap->condemned += condemn;
		if (!condemn)
			unlist(heap, large);
	}
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (found == MYSLAB_OUT && !condemn)
		end_large(heap, large);
	return found;
}

/* Bytes that a block of @size takes, from its base on. */
static size_t taken(const struct myslab_large *large, size_t size)
{
	return large->pad + size + (large->guarded ? MYSLAB_CANARY_BACK : 0);
}

static void trim(struct myslab_heap *heap, struct myslab_large *large,
		 unsigned int pages)
{
	struct myslab_allocator *self = &heap->self;
	unsigned int rest = large->span.pages - pages;

	if (!myslab_pages_trim(self, virt_to_page(large->base), &large->span,
			       pages))
		myslab_report_on(MYSLAB_CORRUPT_METADATA, self, NULL,
				 "somebody put a page of it: kfree() of a block?");
	atomic_long_sub(rest, &self->nr_pages);
}

/*
 * Resize a block that was found where it lies, which it fits; its client is
 * the caller. Pages that it no longer needs go back, unless they are mapped.
 */
void myslab_large_resize(struct myslab_heap *heap,
			 const struct myslab_block *block, size_t size)
{
	unsigned int pages = 0, all = 0;
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = find_locked(heap, block->base);
	heap->requested += size - large->size;
	large->size = size;
	if (!large->mapped) {
		pages = PFN_UP(taken(large, size));
		all = large->span.pages;
		set_pages(heap, large, pages, all, false);
		heap->used -= (all - pages) * PAGE_SIZE;
		large->room = pages * PAGE_SIZE;
	}
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (pages < all)
		trim(heap, large, pages);
}

/* At the end of the module: clients' blocks go too. */
void myslab_large_forget_all(struct myslab_heap *heap)
{
	struct myslab_large *large, *next;

	list_for_each_entry_safe(large, next, &heap->large, link) {
		raw_spin_lock_irq(&heap->large_lock);
		unlist(heap, large);
		raw_spin_unlock_irq(&heap->large_lock);
		end_large(heap, large);
	}
}
