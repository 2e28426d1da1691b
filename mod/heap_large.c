// SPDX-License-Identifier: GPL-2.0
/*
 * Large blocks: whole pages each. One that is kept where there is one of about
 * that length; or contiguous pages where those can be had, of which the end
 * that is not needed goes back at once; else, and if the caller may sleep,
 * mapped ones.
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

/* A block may be this part of its pages longer than it has to. */
#define SPARE_PART	8

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
struct myslab_large *myslab_large_locked(struct myslab_heap *heap,
					 const void *p)
{
	unsigned long word = myslab_heap_word(heap, p);

	lockdep_assert_held(&heap->large_lock);
	if (word & MYSLAB_LARGE_BIT)
		return (void *)(word - MYSLAB_LARGE_BIT);
	return word ? NULL : myslab_mapped_find(heap, p);
}

/* What @p is, which lies in @large or, if that is NULL, in no block. */
enum myslab_found myslab_large_state(const struct myslab_large *large,
				     const void *p)
{
	if (!large)
		return MYSLAB_NOT_OURS;
	return p == large->base + large->pad ? large->state : MYSLAB_NO_START;
}

/* The block that it is; the lock is held. */
void myslab_large_at(const struct myslab_large *large,
		     struct myslab_block *block)
{
	*block = (struct myslab_block){
		.base = large->base, .room = large->room, .size = large->size,
		.pad = large->pad,
		.guarded = large->special & MYSLAB_LARGE_GUARDED,
		.mapped = large->mapped, .record = large->record,
	};
}

enum myslab_found myslab_large_find(struct myslab_heap *heap, const void *p,
				    struct myslab_block *block)
{
	enum myslab_found found;
	struct myslab_large *large;
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_large_locked(heap, p);
	found = myslab_large_state(large, p);
	if (large)
		myslab_large_at(large, block);
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	return found;
}

/* Who had the block that @p is in; false: not known. */
bool myslab_large_tracks(struct myslab_heap *heap, const void *p,
			 struct myslab_track *tracks)
{
	struct myslab_block block = { };
	struct myslab_large *large;
	unsigned long flags;
	bool known;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_large_locked(heap, p);
	if (large)
		myslab_large_at(large, &block);
	known = myslab_block_copy_tracks(&block, tracks);
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	return known;
}

/*
 * Making one.
 */

/* Neither the killer of tasks nor a warning, where there is another way. */
static gfp_t gfp_of_span(const struct myslab_heap *heap, gfp_t gfp,
			 unsigned int order)
{
	if (order && !heap->contiguous && gfpflags_allow_blocking(gfp) &&
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
	page = myslab_pages_alloc(&heap->self, gfp_of_span(heap, gfp, order),
				  numa_mem_id(), &large->span);
	if (!page)
		return false;
	large->base = page_address(page);
	return true;
}

/* Hand it out; the lock is held. */
static void give(struct myslab_heap *heap, struct myslab_large *large,
		 const struct myslab_want *want)
{
	void *start = PTR_ALIGN(large->base + want->pad, want->align);

	lockdep_assert_held(&heap->large_lock);
	large->state = MYSLAB_OUT;
	large->size = want->size;
	large->special = want->pad ? MYSLAB_LARGE_GUARDED : 0;
	large->pad = start - large->base;
	heap->allocs++;
	heap->used += large->room;
	heap->requested += large->size;
}

/* Only @pages of it stay, from now on; the lock is held. */
static void cut(struct myslab_heap *heap, struct myslab_large *large,
		unsigned int pages)
{
	lockdep_assert_held(&heap->large_lock);
	set_pages(heap, large, pages, large->span.pages, false);
	large->room = pages * PAGE_SIZE;
}

/* Give back what was cut off; not locked. */
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

static bool give_kept(struct myslab_heap *heap, const struct myslab_want *want,
		      struct myslab_block *block)
{
	unsigned int pages = PFN_UP(want->bytes);
	struct myslab_large *large;
	unsigned long flags;
	bool longer = false;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	large = myslab_kept_take(heap, pages);
	if (large) {
		longer = large->span.pages > pages + pages / SPARE_PART;
		if (longer)
			cut(heap, large, pages);
		give(heap, large, want);
		myslab_large_at(large, block);
	}
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (longer)
		trim(heap, large, pages);
	return large;
}

static void give_new(struct myslab_heap *heap, struct myslab_large *large,
		     const struct myslab_want *want, struct myslab_block *block)
{
	unsigned long flags;

	raw_spin_lock_irqsave(&heap->large_lock, flags);
	list_add(&large->link, &heap->large);
	if (large->mapped)
		myslab_mapped_add(heap, large);
	else
		set_pages(heap, large, 0, large->span.pages, true);
	give(heap, large, want);
	myslab_large_at(large, block);
	block->fresh = true;
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
}

/* Not a single page: if there is none, there is none to map either. */
static bool may_be_mapped(const struct myslab_heap *heap,
			  const struct myslab_large *large,
			  const struct myslab_want *want, gfp_t gfp)
{
	return !heap->contiguous && gfpflags_allow_blocking(gfp) &&
	       max(large->room, want->align) > PAGE_SIZE;
}

/*
 * A block of whole pages. Those that are kept are aligned to a page.
 *
 * Context: As @gfp says.
 */
bool myslab_large_alloc(struct myslab_heap *heap,
			const struct myslab_want *want, gfp_t gfp,
			struct myslab_block *block)
{
	struct myslab_large *large;

	if (want->align <= PAGE_SIZE && give_kept(heap, want, block))
		return true;
	gfp &= ~__GFP_ZERO;
	large = kzalloc(sizeof(*large), gfp & ~__GFP_THISNODE);
	if (!large)
		return false;
	large->room = PAGE_ALIGN(want->bytes);
	if (!get_span(heap, large, want->align, gfp) &&
	    (!may_be_mapped(heap, large, want, gfp) ||
	     !myslab_mapped_get(heap, large, want->align, gfp))) {
		kfree(large);
		return false;
	}
	give_new(heap, large, want, block);
	return true;
}

/* From here on nobody owns it. */
void myslab_large_unlist(struct myslab_heap *heap, struct myslab_large *large)
{
	lockdep_assert_held(&heap->large_lock);
	list_del(&large->link);
	if (large->mapped)
		myslab_mapped_remove(heap, large);
	else
		set_pages(heap, large, 0, large->span.pages, false);
}

/* Bytes that a block of @size takes, from its base on. */
static size_t taken(const struct myslab_large *large, size_t size)
{
	return large->pad + size + (large->special & MYSLAB_LARGE_GUARDED ?
					  MYSLAB_CANARY_BACK : 0);
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
	large = myslab_large_locked(heap, block->base);
	heap->requested += size - large->size;
	large->size = size;
	/* Nobody looks at it until its zones are where they belong now. */
	if (large->record)
		WRITE_ONCE(large->record->record.state, MYSLAB_GIVEN_BACK);
	if (!large->mapped) {
		pages = PFN_UP(taken(large, size));
		all = large->span.pages;
		heap->used -= large->room - pages * PAGE_SIZE;
		cut(heap, large, pages);
	}
	raw_spin_unlock_irqrestore(&heap->large_lock, flags);
	if (pages < all)
		trim(heap, large, pages);
}
